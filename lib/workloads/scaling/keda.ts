import { capabilityOf } from "../../core/capability";
import { compare, type Problem } from "../../core/findings";
import { quotedClusters } from "../../core/lists";
import type { ClusterRef, EnvironmentScope, Named } from "../../core/scope";
import { toSeconds } from "../../core/units";
import { type ScaleTarget, scalingBehavior, utilizationTargets } from "./autoscaler";
import { Trigger } from "./trigger";
import { isTrigger } from "./trigger-checks";
import type { Replicas, Scaling, WakingHours } from "./types";
import { checkWakingHours, wakingSchedules } from "./waking-hours";

/** How a workload's number of pods is to be found. */
export interface ScalingWishes {
  readonly replicas: Replicas;
  readonly awake: WakingHours | undefined;
}

/** Who owns the number of pods in a cluster: the Deployment itself, Kubernetes' autoscaler, or KEDA. */
export type Scaler = "none" | "autoscaler" | "keda";

/** Who owns the number of pods in this cluster. */
export function scalerIn(cluster: ClusterRef, { replicas, awake }: ScalingWishes): Scaler {
  if (replicas === 0) return "none"; // stopped: there is nothing to wake
  if (capabilityOf(cluster, "keda") && (awake || needsKeda(replicas))) return "keda";
  return typeof replicas === "number" ? "none" : "autoscaler";
}

function needsKeda(replicas: Replicas): replicas is Scaling {
  return typeof replicas === "object" && replicas !== null && (replicas.min === 0 || hasTriggers(replicas));
}

function hasTriggers({ triggers = {} }: Scaling): boolean {
  return Object.keys(triggers).length > 0;
}

/** Where a workload is, as far as its scaling is concerned. */
export interface ScalingPlace {
  readonly environment: Pick<EnvironmentScope, "name" | "tier" | "tierLike">;
  readonly clusters: readonly ClusterRef[];
}

/** What is wrong with wishes that only KEDA fulfills, by themselves and on these clusters. */
export function checkKeda({ replicas, awake }: ScalingWishes, { environment, clusters }: ScalingPlace): Problem[] {
  const without = clusters.filter((cluster) => !capabilityOf(cluster, "keda")).map(({ name }) => name);
  return [
    ...(typeof replicas === "number" ? [] : checkRange(replicas, without)),
    ...(awake ? [...checkWakingHours(awake), ...checkAwake(replicas, environment, without)] : []),
  ];
}

function checkRange(scaling: Scaling, without: readonly string[]): Problem[] {
  if (!needsKeda(scaling)) return [];
  const what = hasTriggers(scaling) ? "replicas.triggers" : "replicas.min 0";
  return [
    ...(scaling.min === 0 && !hasTriggers(scaling) ? [neverWakes()] : []),
    ...checkNoMetrics(scaling, what),
    ...(without.length === 0
      ? []
      : [
          {
            rule: "replicas/keda",
            message: `${what} needs KEDA, which ${quotedClusters(without)} does not have`,
            fix: "add Capability.keda() to it in the platform facts, choose other clusters by placement, or scale by cpu, memory or metrics from a min of 1",
          },
        ]),
  ];
}

function neverWakes(): Problem {
  return {
    rule: "replicas/never-wakes",
    message:
      "replicas.min 0 has nothing that starts the first pod: use of CPU and memory is known of running pods only",
    fix: "add what wakes it to replicas.triggers, or use a min from 1",
  };
}

/** KEDA makes the autoscaler, and knows only triggers. */
function checkNoMetrics({ metrics = {} }: Scaling, what: string): Problem[] {
  if (Object.keys(metrics).length === 0) return [];
  return [
    {
      rule: "replicas/metrics",
      message: `replicas.metrics cannot stand beside ${what}: KEDA scales by triggers only`,
      fix: "ask the same by a trigger, as Trigger.prometheus(…)",
    },
  ];
}

function checkAwake(
  replicas: Replicas,
  { name, tier, tierLike }: ScalingPlace["environment"],
  without: readonly string[],
): Problem[] {
  const problems: Problem[] = [];
  if (tierLike === "production") {
    problems.push({
      rule: "awake/production",
      message: `awake lets pods sleep in environment "${name}", whose tier "${tier}" is like production`,
      fix: "say it for other tiers only, as environment.select({ development: { from: …, to: … } })",
    });
  }
  if (typeof replicas !== "number") {
    problems.push(...checkNoMetrics(replicas, "awake"));
    if (hasTriggers(replicas)) {
      problems.push({
        rule: "awake/triggers",
        message: "replicas.triggers would start pods outside of awake, too",
        fix: "write awake: false, and let triggers alone say when pods run: Trigger.cron(…) is one",
      });
    }
  }
  if (without.length > 0) {
    problems.push({
      rule: "awake/keda",
      severity: "warning",
      message: `awake changes nothing in ${quotedClusters(without)}, without KEDA: pods never sleep there`,
      fix: "add Capability.keda() to it in the platform facts, or leave awake out",
    });
  }
  return problems;
}

/** Longest name that KEDA can put `keda-hpa-` before, to name its autoscaler and a label of that. */
const LONGEST_NAME = 54;

/**
 * Annotation of an autoscaler that KEDA is not to mind. A workload that begins to scale by triggers has both for a moment, as the new object
 * is made before the old one goes; without it KEDA would refuse the new one.
 *
 * @see https://keda.sh/docs/latest/concepts/scaling-deployments/#transfer-ownership-of-an-existing-hpa
 */
export const NOT_MINDED_BY_KEDA = { "validations.keda.sh/hpa-ownership": "false" } as const;

/** A trigger as KEDA has it. */
interface TriggerSpec {
  readonly type: string;
  readonly name?: string;
  readonly metricType?: "Utilization";
  readonly metadata: Named<string>;
  readonly authenticationRef?: { readonly kind: string; readonly name: string };
}

/**
 * What a ScaledObject says: KEDA starts the first pod and takes the last one, and between the two has an autoscaler of its own.
 *
 * @see https://keda.sh/docs/latest/reference/scaledobject-spec/
 */
export function scaledObjectSpec({ deployment, container }: ScaleTarget, { replicas, awake }: ScalingWishes): object {
  const { min, max } = typeof replicas === "number" ? { min: replicas, max: replicas } : replicas;
  const scaling = typeof replicas === "number" ? undefined : replicas;
  const behavior = scaling && scalingBehavior(scaling);
  const autoscaler = {
    ...(deployment.length > LONGEST_NAME ? { name: deployment } : {}),
    ...(behavior ? { behavior } : {}),
  };
  const fewest = awake ? 0 : min;
  const after = scaling?.down?.after;
  // Sleeping begins at its time; a queue that is empty may fill again. Without a way to zero, KEDA would warn of it.
  const cooldownPeriod = after === undefined ? (awake ? 0 : undefined) : toSeconds(after);
  return {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: deployment },
    minReplicaCount: fewest,
    maxReplicaCount: max,
    ...(fewest > 0 || cooldownPeriod === undefined ? {} : { cooldownPeriod }),
    ...(Object.keys(autoscaler).length > 0 ? { advanced: { horizontalPodAutoscalerConfig: autoscaler } } : {}),
    triggers: [
      ...(awake ? [triggerSpec("awake", awakeTrigger(awake, min))] : []),
      ...(scaling ? [...namedTriggers(scaling), ...resourceTriggers(scaling, container)] : []),
    ],
  };
}

function awakeTrigger(awake: WakingHours, replicas: number): Trigger {
  return Trigger.cron({ ...wakingSchedules(awake), timeZone: awake.timeZone, replicas });
}

function namedTriggers({ triggers = {} }: Scaling): TriggerSpec[] {
  return Object.entries(triggers)
    .filter(([, trigger]) => isTrigger(trigger))
    .sort(([a], [b]) => compare(a, b))
    .map(([name, trigger]) => triggerSpec(name, trigger));
}

function triggerSpec(name: string, { type, metadata, authentication }: Trigger): TriggerSpec {
  return {
    type,
    name,
    metadata: { ...metadata },
    ...(authentication
      ? {
          authenticationRef: {
            kind: authentication.kind ?? "ClusterTriggerAuthentication",
            name: authentication.name,
          },
        }
      : {}),
  };
}

function resourceTriggers(scaling: Scaling, container: string | undefined): TriggerSpec[] {
  return Object.entries(utilizationTargets(scaling)).map(([type, percent]) => ({
    type,
    metricType: "Utilization",
    metadata: { value: String(percent), ...(container === undefined ? {} : { containerName: container }) },
  }));
}
