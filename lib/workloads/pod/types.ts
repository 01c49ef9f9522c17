import type { Named } from "../../core/scope";
import type { Bytes, Cpu, Duration } from "../../core/units";
import type { Protocol } from "../endpoints/types";
import type { Health } from "./health";
import type { Scheme } from "./http";
import type { EnvironmentSource, FileContent, Value } from "./sources";
import type { Mount } from "./volume-types";

/** A path that starts with a slash. */
export type AbsolutePath = `/${string}`;

/**
 * Names of sizes. A platform with sizes of its own adds their names, so that no other name compiles.
 *
 * @example
 * ```ts
 * declare module "flagstone" {
 *   interface SizeNames {
 *     readonly huge: true;
 *   }
 * }
 * ```
 */
export interface SizeNames {
  /** Of the least. */
  readonly small: true;
  /** Of the middle. */
  readonly medium: true;
  /** Of the most. */
  readonly large: true;
}

/** The name of a size. What it means is the platform's to say, by tier. */
export type SizeName = keyof SizeNames;

/**
 * CPU and memory of a container. There is no CPU limit unless one is asked for: it would slow the container down while a core is idle.
 *
 * @see https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
 */
export interface Compute {
  /** What it needs, by the platform's names; where it says nothing, `small` is 100m and 128Mi, `medium` 500m and 512Mi, `large` 2 cores and 2Gi. @default "small" */
  readonly size?: SizeName | { readonly cpu: Cpu; readonly memory: Bytes } | undefined;
  /** One value is the request, without a limit. @default - by size */
  readonly cpu?: Cpu | { readonly request: Cpu; readonly limit?: Cpu | "none" | undefined } | undefined;
  /** One value is request and limit; with `"none"` the tenant's default limit of 512Mi holds. @default - by size */
  readonly memory?: Bytes | { readonly request: Bytes; readonly limit: Bytes | "none" } | undefined;
  /**
   * Disk of the node for logs, for what the container writes outside of volumes, and for empty volumes on it. One value is request and
   * limit; a pod that takes more than its containers may together is evicted.
   *
   * @default - request 64Mi; limit 1Gi, and for the workload's own container what the empty volumes hold
   */
  readonly ephemeralStorage?: Bytes | { readonly request: Bytes; readonly limit: Bytes } | undefined;
  /** Whole GPUs, as `nvidia.com/gpu`; the pod goes to nodes that have them. @default 0 */
  readonly gpus?: number | undefined;
}

/** What is done in a container at the beginning or the end of its life. */
export type Hook =
  | {
      /** Command that runs in the container. */
      readonly exec: readonly string[];
      readonly http?: never;
      readonly sleep?: never;
    }
  | {
      /** Path that is asked for. */
      readonly http: AbsolutePath;
      /** Endpoint or port to ask, by name. @default - the first that speaks HTTP */
      readonly endpoint?: string | undefined;
      /** With `"https"`, whoever issued the certificate does not matter. @default "http" */
      readonly scheme?: Scheme | undefined;
      readonly exec?: never;
      readonly sleep?: never;
    }
  | {
      /** Time that passes. */
      readonly sleep: Duration;
      readonly exec?: never;
      readonly http?: never;
    };

/**
 * Hooks of a container.
 *
 * @see https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/
 */
export interface Lifecycle {
  /** Right after the start, beside the process itself; it counts as started when this is done. @default - nothing */
  readonly postStart?: Hook | undefined;
  /** Before SIGTERM. Its time counts as grace period. @default - a sleep of 5 seconds, in which traffic stops, where there is any */
  readonly preStop?: Hook | false | undefined;
}

/** A port of a container that no Service leads to: for probes. */
export interface PortProps {
  /** Port that the container listens on, 1 to 65535. */
  readonly port: number;
  /** What it speaks. @default "http" */
  readonly protocol?: Protocol | undefined;
}

/** What a container runs, and with what. */
export interface ContainerProps extends Compute {
  /** Reference of the image: with a tag that is not `latest`, or better a digest. */
  readonly image: string;
  /** Takes an image without a tag, or tagged `latest`. What runs then depends on when it was pulled. @default false */
  readonly allowMutableImage?: boolean | undefined;
  /** Replaces the image's entry point. @default - the image's */
  readonly command?: readonly string[] | undefined;
  /** Replaces the image's arguments. @default - the image's */
  readonly args?: readonly string[] | undefined;
  /** Directory that the process starts in. @default - the image's */
  readonly workingDirectory?: AbsolutePath | undefined;
  /** Environment variables by name. Outputs reach them by a Secret that Pulumi delivers. @default - none */
  readonly env?: Named<Value | undefined> | undefined;
  /** All keys of Secrets and ConfigMaps as variables; later ones win, and `env` before all. @default - none */
  readonly envFrom?: readonly EnvironmentSource[] | undefined;
  /**
   * Files by absolute path: text, an output, a key of a Secret or ConfigMap, data as JSON, YAML, TOML or properties. They are read-only. A
   * change of the content replaces the pods, unless `onChange` says otherwise. `false` takes a default away.
   *
   * @default - none
   */
  readonly files?: Readonly<Record<AbsolutePath, FileContent | false>> | undefined;
  /** Volumes of the workload by the path where this container sees them, besides what the volumes say themselves. @default - none */
  readonly mounts?: Readonly<Record<AbsolutePath, Mount>> | undefined;
  /** Hooks at the beginning and the end of the container's life. @default - see {@link Lifecycle} */
  readonly lifecycle?: Lifecycle | undefined;
}

/**
 * How far another container of the pod must be: its process runs, it is healthy, or it ended with success.
 */
export type Readiness = "started" | "healthy" | "complete";

/** What init containers and sidecars have. */
export interface HelperContainerProps extends Omit<ContainerProps, "image"> {
  /** Reference of the image. @default - the workload's, where it inherits */
  readonly image?: string | undefined;
  /**
   * Init containers and sidecars that come before it, and how far they must be. `complete` is for init containers, `healthy` for sidecars
   * with `health`.
   *
   * @default - sidecars start first, then init containers run, each in the order of their names in the program; last comes the workload's own
   */
  readonly after?: Named<Readiness> | undefined;
  /**
   * Whether it has the workload's image, variables, files, volumes and `/tmp`, too. What it says itself wins; without, it has a `/tmp` of
   * its own.
   *
   * @default - true for init containers, false for sidecars
   */
  readonly inherit?: boolean | undefined;
}

/**
 * A container that runs to its end before the workload's own starts, in every pod. What is to run once for all pods is a `Job`.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/pods/init-containers/
 */
export interface InitProps extends HelperContainerProps {
  /** Hooks have no place in an init container. */
  readonly lifecycle?: never;
}

/**
 * A container that runs beside the workload's own: it starts before, and ends after.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/
 */
export interface SidecarProps extends HelperContainerProps {
  /** Its ports by name, for probes. Endpoints of the workload lead to whichever container listens. @default - none */
  readonly ports?: Named<PortProps> | undefined;
  /** How its health is known. @default false */
  readonly health?: Health | undefined;
}
