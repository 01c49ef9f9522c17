import { isPlainObject } from "../../core/merge";
import type { Problem } from "../../core/findings";
import { checkKeys, checkList, show } from "../../core/keys";
import { NODE_ROLES } from "../../core/labels";
import { listOf, quoted } from "../../core/lists";
import { checkDnsLabel, checkLabels, isDnsSubdomain } from "../../core/names";
import type { Allowed, Named } from "../../core/scope";
import { didYouMean, nearest } from "../../core/suggest";
import type { Nearness, Scheduling, Spread, Toleration } from "./scheduling-types";

const ARCHITECTURES: readonly string[] = ["amd64", "arm64"];
const EFFECTS: readonly string[] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
const KEYS: readonly (keyof Scheduling)[] = [
  "spread",
  "near",
  "apart",
  "architectures",
  "nodes",
  "tolerations",
  "priority",
  "runtimeClass",
];

/** What is wrong with where pods are to run. */
export function checkScheduling(scheduling: Scheduling): Problem[] {
  const { spread: over, near, apart, architectures, nodes, tolerations, priority, runtimeClass } = scheduling;
  return [
    ...checkKeys("scheduling", scheduling, KEYS),
    ...checkSpread(over ?? {}),
    ...checkNearness("scheduling.near", near ?? {}),
    ...checkNearness("scheduling.apart", apart ?? {}),
    ...checkBoth(near ?? {}, apart ?? {}),
    ...(architectures === undefined ? [] : checkArchitectures(architectures)),
    ...checkLabels(nodes ?? {}),
    ...checkList("scheduling.tolerations", tolerations),
    ...listOf(tolerations).flatMap((toleration, i) => checkToleration(`scheduling.tolerations.${i}`, toleration)),
    ...checkClass("scheduling.priority", priority, "PriorityClass"),
    ...checkClass("scheduling.runtimeClass", runtimeClass, "RuntimeClass"),
  ];
}

function checkSpread(over: NonNullable<Scheduling["spread"]>): Problem[] {
  return [
    ...checkKeys("scheduling.spread", over, ["zones", "hosts"]),
    ...Object.entries<unknown>(over)
      .filter(([, how]) => ![undefined, false, "preferred", "required"].includes(how as Spread))
      .map(([what, how]) =>
        badValue(`scheduling.spread.${what}`, how, "a way to spread pods", 'write "preferred", "required" or false'),
      ),
  ];
}

function checkNearness(where: string, workloads: Named<Nearness>): Problem[] {
  return Object.entries<unknown>(workloads).flatMap(([name, nearness]) => {
    const at = `${where}.${name}`;
    if (!isPlainObject(nearness)) return [badValue(at, nearness, "a nearness", 'write { within: "zone" }')];
    const { within, required } = nearness;
    return [
      ...checkDnsLabel(`workload of ${where}`, name),
      ...checkKeys(at, nearness, ["within", "required"]),
      ...(within === "host" || within === "zone"
        ? []
        : [badValue(`${at}.within`, within, "what pods can share", 'write "host" or "zone"')]),
      ...(required === undefined || typeof required === "boolean"
        ? []
        : [badValue(`${at}.required`, required, "true or false", "write one of them")]),
    ];
  });
}

/** Pods that must be near to others and must be apart from them run nowhere; apart on nodes of one zone is possible. */
function checkBoth(near: Named<Nearness>, apart: Named<Nearness>): Problem[] {
  return Object.entries(near).flatMap(([name, nearness]) => {
    const other = apart[name];
    if (!isPlainObject(nearness) || nearness.required !== true || other?.required !== true) return [];
    const { within } = nearness;
    if (within === "zone" && other.within === "host") return [];
    return [
      {
        rule: "scheduling/nowhere",
        message: `scheduling.near and scheduling.apart both require "${name}": within a ${within}, and not within a ${other.within}`,
        fix: "leave one of them out, or let it be a preference",
      },
    ];
  });
}

function checkArchitectures(architectures: readonly unknown[]): Problem[] {
  const where = "scheduling.architectures";
  if (!Array.isArray(architectures))
    return [badValue(where, architectures, "a list of processors", `write [${quoted(ARCHITECTURES)}]`)];
  if (architectures.length === 0) return [badValue(where, architectures, "any processor", "name one, or leave it out")];
  return architectures
    .filter((given) => typeof given !== "string" || !ARCHITECTURES.includes(given))
    .map((given) => badValue(where, given, "a processor that nodes have", `write ${quoted(ARCHITECTURES)}`));
}

function checkToleration(where: string, toleration: Toleration): Problem[] {
  if (!isPlainObject(toleration)) return []; // reported as a list's entry
  const { key, value, effect }: { key?: unknown; value?: unknown; effect?: unknown } = toleration;
  const meant = typeof effect === "string" ? didYouMean(effect, EFFECTS) : `write one of ${quoted(EFFECTS)}`;
  if (typeof key !== "string" || key === "") {
    return [
      badValue(
        where,
        toleration,
        "a toleration with a key; without one it fits every node",
        "name the key of the taint",
      ),
    ];
  }
  if (key.startsWith(NODE_ROLES)) {
    return [
      {
        rule: "scheduling/not-allowed",
        message: `${where} is ${key}, and the nodes of the control plane are no tenant's`,
        fix: "remove it",
      },
    ];
  }
  return [
    ...checkKeys(where, toleration, ["key", "value", "effect"]),
    ...checkLabels({ [key]: (value ?? "") as string }),
    ...(effect === undefined || EFFECTS.includes(effect as string)
      ? []
      : [badValue(`${where}.effect`, effect, "an effect of a taint", meant)]),
  ];
}

function checkClass(where: string, name: unknown, kind: string): Problem[] {
  if (name === undefined || (typeof name === "string" && isDnsSubdomain(name))) return [];
  return [badValue(where, name, `the name of a ${kind}`, "use the name of one that the cluster has")];
}

function badValue(where: string, value: unknown, what: string, fix: string): Problem {
  const message = value === undefined ? `${where} is missing` : `${where} ${show(value)} is not ${what}`;
  return { rule: "scheduling/value", message, fix };
}

/** Problems of a priority that admission would refuse the tenant. */
export function checkPriority(
  { priority }: { readonly priority?: unknown },
  { priorityClasses }: Pick<Allowed, "priorityClasses">,
): Problem[] {
  if (typeof priority !== "string") return [];
  if (priorityClasses ? priorityClasses.includes(priority) : !priority.startsWith("system-")) return [];
  return [
    {
      rule: "scheduling/not-allowed",
      message: `scheduling.priority "${priority}" is not one that the tenant may use`,
      fix: priorityClasses
        ? `use ${priorityClasses.length === 0 ? "none" : `one of ${quoted(priorityClasses)}`}, or extend allowed.priorityClasses of the tenant's facts`
        : "those of system-… are for what Kubernetes itself needs: use another, or none",
    },
  ];
}

/** Names in `near` and `apart` that were probably meant to be those of other workloads; what another program has is not known. */
export function checkNeighbors({ near, apart }: Scheduling, known: readonly string[]): Problem[] {
  return Object.entries({ near, apart }).flatMap(([prop, workloads]) =>
    Object.keys(workloads ?? {}).flatMap((name): Problem[] => {
      const meant = known.includes(name) ? undefined : nearest(name, known);
      if (meant === undefined) return [];
      return [
        {
          rule: "scheduling/unknown-workload",
          severity: "warning",
          message: `scheduling.${prop} names "${name}", which is no workload that this program has in its namespace`,
          fix: `did you mean "${meant}"?`,
        },
      ];
    }),
  );
}
