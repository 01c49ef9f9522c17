import type { Named } from "../../core/scope";

/** How much pods are spread: a preference, a rule that keeps a pod from running, or not at all. */
export type Spread = "preferred" | "required" | false;

/** How near pods are to those of another workload, or how far from them. */
export interface Nearness {
  /** What they share, or do not: a node, or a zone. */
  readonly within: "host" | "zone";
  /** Whether a pod that cannot be so does not run at all. @default false */
  readonly required?: boolean | undefined;
}

/**
 * What a pod puts up with. A toleration without a key would fit every node, and is refused.
 *
 * @see https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
 */
export interface Toleration {
  /** Key of the taint. */
  readonly key: string;
  /** Value of the taint. @default - any */
  readonly value?: string | undefined;
  /** Effect of the taint. @default - any */
  readonly effect?: "NoSchedule" | "PreferNoSchedule" | "NoExecute" | undefined;
}

/** Where pods run. */
export interface Scheduling {
  /** Over zones and nodes, each version by itself. @default - both preferred */
  readonly spread?: { readonly zones?: Spread | undefined; readonly hosts?: Spread | undefined } | undefined;
  /** Workloads of the same namespace by name, that its pods want to be near to. @default - none */
  readonly near?: Named<Nearness> | undefined;
  /** Workloads of the same namespace by name, that its pods want to be apart from. @default - none */
  readonly apart?: Named<Nearness> | undefined;
  /** Processors that the image is built for. @default - any */
  readonly architectures?: readonly ("amd64" | "arm64")[] | undefined;
  /** Labels of the nodes, all of which they must have. @default - none */
  readonly nodes?: Named<string> | undefined;
  /** Taints of nodes that it puts up with. @default - none, but that of GPUs where it asks for some */
  readonly tolerations?: readonly Toleration[] | undefined;
  /** Name of the PriorityClass, one of those that the tenant may use. @default - the cluster's default */
  readonly priority?: string | undefined;
  /** Name of the RuntimeClass, as of a sandbox. @default - the cluster's default */
  readonly runtimeClass?: string | undefined;
}
