import type { Duration, Percent } from "../../core/units";
import type { Named } from "../../core/scope";
import type { Trigger } from "./trigger";

/** A whole number of pods, or a share of them, as in `"25%"`. */
export type PodCount = number | `${number}%`;

/**
 * A measure of the pods themselves, or of something outside of the cluster, that the cluster's metrics API serves.
 *
 * @see https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#scaling-on-custom-metrics
 */
export type ScalingMetric =
  | {
      readonly kind: "pods";
      /** Average over the pods to aim at, as a quantity: `"500m"` is a half. */
      readonly average: number | `${number}m`;
      readonly selector?: never;
    }
  | {
      readonly kind: "external";
      /** What is to be divided among the pods: how much each is to have, as a quantity. */
      readonly average: number | `${number}m`;
      /** Labels of the metric. @default - none */
      readonly selector?: Named<string> | undefined;
    };

/** How fast the number of pods moves in one direction. */
export interface ScalingSpeed {
  /** For how long the wish must hold, up to an hour. @default - none up, "5m" down */
  readonly after?: Duration | undefined;
  /** Most pods at once, as a number or a share of those there are; 0 lets none come, or none go. @default - the larger of 4 and 100% up, 100% down */
  readonly pods?: PodCount | undefined;
  /** How often so many may come or go, up to half an hour. @default "15s" */
  readonly every?: Duration | undefined;
}

/** A range of pods that an autoscaler moves in. */
export interface Scaling {
  /** Fewest pods. 0 is possible where the cluster has KEDA and a trigger wakes the workload. */
  readonly min: number;
  /** Most pods. */
  readonly max: number;
  /** Average use of the CPU request to aim at, in percent: above 100 where pods are to use what nobody requested, up to 1000. Sidecars do not count. @default - 70 when nothing else is said */
  readonly cpu?: number | undefined;
  /** Average use of the memory request to aim at, in percent. Sidecars do not count. @default - not scaled by memory */
  readonly memory?: Percent | undefined;
  /** Other measures by the metric's name. Whoever asks for the most pods wins. @default - none */
  readonly metrics?: Named<ScalingMetric> | undefined;
  /** Events that KEDA scales by, as the length of a queue, where the clusters have that capability. @default - none */
  readonly triggers?: Named<Trigger> | undefined;
  /** How fast pods come. @default - as fast as Kubernetes does */
  readonly up?: ScalingSpeed | undefined;
  /** How fast pods go. @default - as fast as Kubernetes does, after 5 minutes */
  readonly down?: ScalingSpeed | undefined;
}

/**
 * How many pods run in each cluster: a fixed number, or a range that an autoscaler moves in.
 *
 * @see https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/
 */
export type Replicas = number | Scaling;

/** Days of the week. */
export type Weekday = "mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun";

/** Waking hours: outside of them no pods run. Hours that pass midnight belong to the day on which they begin. */
export interface WakingHours {
  /** When pods come, as in `"07:00"`. */
  readonly from: `${number}:${number}`;
  /** When they go, as in `"20:00"`. */
  readonly to: `${number}:${number}`;
  /** Days with such hours. @default - Monday to Friday */
  readonly days?: readonly Weekday[] | undefined;
  /** Time zone of the hours, as in `Europe/Berlin`. @default "Etc/UTC" */
  readonly timeZone?: string | undefined;
}

/** What both ways of rolling out have. */
export interface RolloutTiming {
  /** How long a new pod must be ready before it counts, so that one that breaks at once stops the rollout. @default "0s" */
  readonly minReady?: Duration | undefined;
  /** How long a rollout may make no progress before it counts as failed; longer than `minReady`. @default "10m" */
  readonly deadline?: Duration | undefined;
  /** How many former versions are kept to go back to. @default 5 */
  readonly history?: number | undefined;
}

/**
 * How new pods take over from old ones.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#strategy
 */
export type Rollout =
  | (RolloutTiming & {
      /** New pods take over one by one. */
      readonly strategy: "rolling";
      /** Pods above the wanted number while it goes on. @default "25%" */
      readonly maxSurge?: PodCount | undefined;
      /** Pods below the wanted number while it goes on. @default 0 */
      readonly maxUnavailable?: PodCount | undefined;
    })
  | (RolloutTiming & {
      /** All old pods end before new ones start: for what must never run twice. */
      readonly strategy: "recreate";
      readonly maxSurge?: never;
      readonly maxUnavailable?: never;
    });

/**
 * How many pods a drained node, or another voluntary disruption, may take away at once.
 *
 * @see https://kubernetes.io/docs/tasks/run-application/configure-pdb/
 */
export type DisruptionBudget =
  | { readonly maxUnavailable: PodCount; readonly minAvailable?: never }
  | { readonly minAvailable: PodCount; readonly maxUnavailable?: never };
