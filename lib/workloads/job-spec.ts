import { createHash } from "node:crypto";
import type { k8s } from "cdk8s-plus-28";
import { compare, type Problem } from "../core/findings";
import { show } from "../core/keys";
import { ANNOTATION } from "../core/labels";
import { checkDnsLabel, isDnsLabel } from "../core/names";
import { knownText } from "../core/tokens";
import { type Duration, toSeconds } from "../core/units";
import type { RunProps } from "./job";
import type { PodParts } from "./workload";

type Run = Pick<RunProps<string>, "retries" | "deadline">;

/** Props of everything that runs to its end, besides those of all workloads. */
export const RUN_KEYS: readonly (keyof Run)[] = ["retries", "deadline"];

/** What the pods of everything that runs to its end have: nobody reaches them, and nobody asks for their health. */
export const RUN_PARTS: PodParts = { kind: "job", ports: [], probes: {}, variables: {} };

/** What runs do when nobody says otherwise. */
export const RUN_DEFAULTS = { size: "small", retries: 3, deadline: "1h", user: 10_001 } as const;

/** A run: the spec of a Job, or of what a CronJob makes each time. */
export function jobSpec(run: Run, template: k8s.PodTemplateSpec): k8s.JobSpec {
  return {
    backoffLimit: run.retries ?? RUN_DEFAULTS.retries,
    activeDeadlineSeconds: deadlineSeconds(run),
    // A pod that went because its node did is no failure of what it ran.
    podFailurePolicy: {
      rules: [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] }],
    },
    // A pod that failed stays to be looked at; the next try is another pod.
    template: { ...template, spec: { containers: [], ...template.spec, restartPolicy: "Never" } },
  };
}

/** How long a run may take. */
export function deadlineSeconds({ deadline }: Run): number {
  return toSeconds(deadline ?? RUN_DEFAULTS.deadline) ?? 3600;
}

/** What is wrong with how a run is carried out. */
export function checkRun({ retries, deadline }: Run): Problem[] {
  return [
    ...checkCount("retries", retries),
    ...(deadline === undefined ? [] : checkSeconds("deadline", deadline, 1, 'write "30m" or "2h"')),
  ];
}

/**
 * What is wrong with a name that Kubernetes adds something to.
 *
 * @param room - most characters that the name itself may have
 */
export function checkRunName(name: string, room: number): Problem[] {
  // What is no name at all is said of every workload.
  return isDnsLabel(name) ? checkDnsLabel("name of what runs", name, room) : [];
}

/** What is wrong with a number of something: 32 bits are what the API server takes. */
export function checkCount(where: string, count: number | undefined): Problem[] {
  if (count === undefined || (Number.isInteger(count) && count >= 0 && count < 2 ** 31)) return [];
  return [{ rule: "jobs/count", message: `${where} ${show(count)} is not possible`, fix: "use a whole number from 0" }];
}

/** What is wrong with a length of time that is counted in seconds. */
export function checkSeconds(where: string, duration: Duration, least: number, fix: string): Problem[] {
  const seconds = toSeconds(duration);
  if (seconds !== undefined && seconds >= least) return [];
  const what = least === 0 ? "a whole number of seconds" : "a whole number of seconds above 0";
  return [{ rule: "units/duration", message: `${where} ${show(duration)} is not ${what}`, fix }];
}

/**
 * The template without what follows outputs: values of another stack's must not change a Job that ran, which cannot be changed, and is not
 * known to whoever renders.
 */
export function withoutOutputs(template: k8s.PodTemplateSpec): k8s.PodTemplateSpec {
  const { [ANNOTATION.outputsHash]: hash, ...annotations } = template.metadata?.annotations ?? {};
  if (hash === undefined) return template;
  return { ...template, metadata: { ...template.metadata, annotations } };
}

/** A version of a spec, in 8 hexadecimal digits: the same for the same content, in whatever order its fields come. */
export function versionOf(spec: unknown): string {
  const text = JSON.stringify(spec, (_, value: unknown) => {
    if (typeof value === "string") return knownText(value); // what outputs will be is not known yet
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => compare(a, b)));
  });
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}
