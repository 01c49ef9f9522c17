import type { k8s } from "cdk8s-plus-28";
import { compare, type Problem } from "../../core/findings";
import { LABEL } from "../../core/labels";
import { listOf } from "../../core/lists";
import { isPlainObject } from "../../core/merge";
import type { Named } from "../../core/scope";
import { checkScheduling } from "./check-scheduling";
import type { Nearness, Scheduling, Spread, Toleration } from "./scheduling-types";

/** Fields of a pod's spec that say where it runs. */
export type SchedulingFields = Pick<
  k8s.PodSpec,
  "topologySpreadConstraints" | "affinity" | "nodeSelector" | "tolerations" | "priorityClassName" | "runtimeClassName"
>;

/** Where a pod runs, and what is wrong with what was asked for. */
export interface Scheduled {
  readonly fields: SchedulingFields;
  readonly problems: readonly Problem[];
}

/** What the rest of a pod says of where it can run. */
export interface Schedulable {
  /** Labels that its own pods are found by. */
  readonly selector: Named<string>;
  /** GPUs that its containers ask for. */
  readonly gpus: number;
  /** Pods of services and workers come in versions, those of jobs do not. */
  readonly kind: "service" | "worker" | "job";
  /** Name of a workload that is said by its construct id. */
  readonly nameOf: (said: string) => string;
}

const ZONE = "topology.kubernetes.io/zone";
const HOST = "kubernetes.io/hostname";
const TOPOLOGY: Readonly<Record<Nearness["within"], string>> = { host: HOST, zone: ZONE };
const GPU = "nvidia.com/gpu";

/** Fields of a pod that say where it runs. */
export function schedule(scheduling: Scheduling, pod: Schedulable): Scheduled {
  const problems = checkScheduling(scheduling);
  // What has problems is not made.
  if (problems.length > 0) return { fields: {}, problems };
  const { nodes, priority, runtimeClass } = scheduling;
  const constraints = spread(scheduling.spread ?? {}, pod);
  const affinity = affinityOf(scheduling, pod);
  const tolerations = tolerationsOf(
    listOf(scheduling.tolerations).filter((each) => isPlainObject(each)),
    pod.gpus,
  );
  return {
    fields: {
      ...(constraints.length > 0 ? { topologySpreadConstraints: constraints } : {}),
      ...(Object.keys(affinity).length > 0 ? { affinity } : {}),
      ...(nodes && Object.keys(nodes).length > 0 ? { nodeSelector: { ...nodes } } : {}),
      ...(tolerations.length > 0 ? { tolerations } : {}),
      ...(priority === undefined ? {} : { priorityClassName: priority }),
      ...(runtimeClass === undefined ? {} : { runtimeClassName: runtimeClass }),
    },
    problems,
  };
}

/**
 * Spreads pods over zones and nodes, each version by itself.
 *
 * @see https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/
 */
function spread(
  { zones = "preferred", hosts = "preferred" }: NonNullable<Scheduling["spread"]>,
  { selector, kind }: Schedulable,
): k8s.TopologySpreadConstraint[] {
  const over: [string, Spread][] = [
    [ZONE, zones],
    [HOST, hosts],
  ];
  return over.flatMap(([topologyKey, how]) =>
    how === false
      ? []
      : [
          {
            topologyKey,
            maxSkew: 1,
            whenUnsatisfiable: how === "required" ? "DoNotSchedule" : "ScheduleAnyway",
            labelSelector: { matchLabels: { ...selector } },
            // A node that no pod of it can run on would count as one that is empty, and keep the others from being filled.
            ...(how === "required" ? { nodeTaintsPolicy: "Honor" } : {}),
            ...(kind === "job" ? {} : { matchLabelKeys: ["pod-template-hash"] }),
          },
        ],
  );
}

/** @see https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#affinity-and-anti-affinity */
function affinityOf({ near, apart, architectures }: Scheduling, { nameOf }: Schedulable): k8s.Affinity {
  return {
    ...(architectures
      ? {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [
                { matchExpressions: [{ key: "kubernetes.io/arch", operator: "In", values: [...architectures] }] },
              ],
            },
          },
        }
      : {}),
    ...(near && Object.keys(near).length > 0 ? { podAffinity: podAffinity(near, nameOf) } : {}),
    ...(apart && Object.keys(apart).length > 0 ? { podAntiAffinity: podAffinity(apart, nameOf) } : {}),
  };
}

function podAffinity(
  workloads: Named<Nearness>,
  nameOf: (said: string) => string,
): k8s.PodAffinity & k8s.PodAntiAffinity {
  const terms = (required: boolean): k8s.PodAffinityTerm[] =>
    Object.entries(workloads)
      .filter(([, nearness]) => (nearness.required ?? false) === required)
      .sort(([a], [b]) => compare(a, b))
      .map(([said, { within }]) => ({
        topologyKey: TOPOLOGY[within],
        labelSelector: { matchLabels: { [LABEL.name]: nameOf(said) } },
      }));
  const required = terms(true);
  const preferred = terms(false);
  return {
    ...(required.length > 0 ? { requiredDuringSchedulingIgnoredDuringExecution: required } : {}),
    ...(preferred.length > 0
      ? {
          preferredDuringSchedulingIgnoredDuringExecution: preferred.map((podAffinityTerm) => ({
            weight: 100,
            podAffinityTerm,
          })),
        }
      : {}),
  };
}

/** Nodes with GPUs are commonly kept from pods that need none by a taint of the resource's name. */
function tolerationsOf(tolerations: readonly Toleration[], gpus: number): k8s.Toleration[] {
  const own = tolerations.map(({ key, value, effect }) => ({
    key,
    ...(value === undefined ? { operator: "Exists" } : { operator: "Equal", value }),
    ...(effect === undefined ? {} : { effect }),
  }));
  return gpus > 0 && !own.some(({ key }) => key === GPU) ? [...own, { key: GPU, operator: "Exists" }] : own;
}
