import type { Connections } from "../connections/connectable";
import type { EnvironmentNames } from "../connections/variables";
import type { Patch, KubeObject } from "../core/amend";
import type { Ref } from "../core/refs";
import type { ClusterRef, Named, Placement } from "../core/scope";
import type { OutputValue } from "../core/tokens";
import type { Bytes, Cpu, Duration, Percent } from "../core/units";

/** A path that starts with a slash. */
export type AbsolutePath = `/${string}`;

/** A value of an environment variable: plain, an output, a key of a secret or of a config, a field of the pod. */
export type Value = string | number | boolean | OutputValue | Ref;

/** Content of a file: text, an output, a key of a secret or of a config. */
export type FileContent = string | OutputValue | Ref;

/**
 * What an endpoint speaks.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/service/#application-protocol
 */
export type Protocol = "http" | "grpc" | "tcp" | "udp" | "websocket";

/**
 * From where an endpoint can be reached: workloads of its tenant, of any tenant of its environment, or from outside of the cluster, too.
 * Who reaches it within the environment needs a connection besides.
 */
export type Visibility = "tenant" | "environment" | "external";

/** Ports of an endpoint. */
export interface EndpointPorts {
  /** Port that the container listens on, 1 to 65535. */
  readonly port: number;
  /** Port of the Service, 1 to 65535. @default - the container's port */
  readonly servicePort?: number | undefined;
}

/** An endpoint for workloads of the environment. */
export interface InternalEndpointProps extends EndpointPorts, NoEntry<keyof HttpEntry> {
  /** What it speaks: decides the default probe and the `appProtocol` of the Service. @default "http" */
  readonly protocol?: Protocol | undefined;
  /** Whose workloads may connect to it. @default "tenant" */
  readonly visibility?: "tenant" | "environment" | undefined;
}

/** Changes of headers by name. */
export interface HeaderChanges {
  /** Headers that get this value, whatever they had. @default - none */
  readonly set?: Named<string> | undefined;
  /** Names of headers that are removed. @default - none */
  readonly remove?: readonly string[] | undefined;
}

/** How an external endpoint is reached, whatever it speaks. */
export interface Entry {
  /** Host names. @default - one, by the platform's rule: `<service>.<tenant>.<domain of the environment>` */
  readonly hosts?: readonly [string, ...string[]] | undefined;
  /**
   * Whose certificate an Ingress has: that of a Secret of type `kubernetes.io/tls`, or none with `false`. A Gateway holds its own.
   *
   * @default - cert-manager's, where the cluster has it
   * @see https://kubernetes.io/docs/concepts/services-networking/ingress/#tls
   */
  readonly tls?: { readonly secret: string } | false | undefined;
  /** Changes of headers of requests; Gateway API only. @default - none */
  readonly requestHeaders?: HeaderChanges | undefined;
  /** Changes of headers of responses; Gateway API only. @default - none */
  readonly responseHeaders?: HeaderChanges | undefined;
}

/** How an external endpoint that speaks HTTP is reached. */
export interface HttpEntry extends Entry {
  /** Paths that it serves, with everything below. @default - all */
  readonly paths?: readonly [AbsolutePath, ...AbsolutePath[]] | undefined;
  /**
   * Where whoever asks for a path is sent: to another path, or a URL without query, with status 302. What is below the path is kept: of
   * `"/docs": "https://docs.acme.example"`, `/docs/a` leads to `https://docs.acme.example/a`. Gateway API only.
   *
   * @default - none
   */
  readonly redirects?: Readonly<Record<AbsolutePath, AbsolutePath | `https://${string}`>> | undefined;
  /** How long a request may take; `"0s"` means without limit. Gateway API only. @default - the gateway's */
  readonly timeout?: Duration | undefined;
}

type NoEntry<K extends string> = { readonly [P in K]?: never };

/** An endpoint that speaks HTTP, reached from outside of the cluster. */
export interface HttpEntryEndpointProps extends EndpointPorts, HttpEntry {
  /** What it speaks. @default "http" */
  readonly protocol?: "http" | "websocket" | undefined;
  /** Reached from outside. */
  readonly visibility: "external";
}

/** An endpoint that speaks gRPC, reached from outside of the cluster. */
export interface GrpcEntryEndpointProps extends EndpointPorts, Entry, NoEntry<Exclude<keyof HttpEntry, keyof Entry>> {
  /** What it speaks. Optional for the compiler's sake, which could not tell what a chosen `visibility` goes with. @default "http" */
  readonly protocol?: "grpc" | undefined;
  /** Reached from outside. */
  readonly visibility: "external";
}

/** A named way into a workload. How it is reached from outside can be said of external ones only. */
export type EndpointProps = InternalEndpointProps | HttpEntryEndpointProps | GrpcEntryEndpointProps;

/**
 * When a probe is made, and when it counts as failed. Times are whole seconds.
 *
 * @see https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
 */
export interface ProbeTiming {
  /** Endpoint to probe, by name. @default - the first that speaks what the probe speaks, else the first that is not UDP */
  readonly endpoint?: string | undefined;
  /** Time between probes. @default - "5s" for readiness, "10s" for liveness, "2s" for startup */
  readonly every?: Duration | undefined;
  /** How long one probe may take. @default "2s" */
  readonly timeout?: Duration | undefined;
  /** Failures in a row before it counts. @default - 3 for readiness, 6 for liveness, 60 for startup */
  readonly failures?: number | undefined;
}

type OnlyOne<K extends string> = { readonly [P in Exclude<"http" | "grpc" | "tcp" | "exec", K>]?: never };

/** One check of a container's health. */
export type Probe =
  | (OnlyOne<"http"> &
      ProbeTiming & {
        /** Path that answers 200 to 399. */
        readonly http: AbsolutePath;
        readonly headers?: Named<string> | undefined;
      })
  | (OnlyOne<"grpc"> &
      ProbeTiming & {
        /** Name of the service for the gRPC health protocol; `true` asks for the whole server. */
        readonly grpc: string | true;
      })
  | (OnlyOne<"tcp"> &
      ProbeTiming & {
        /** The port accepts connections. */
        readonly tcp: true;
      })
  | (OnlyOne<"exec"> &
      ProbeTiming & {
        /** Command in the container that exits with 0. */
        readonly exec: readonly string[];
      });

/** One purpose's probe: a path to get, `"grpc"`, `"tcp"`, a {@link Probe}, or `false` for none. */
export type ProbeShorthand = AbsolutePath | "grpc" | "tcp" | false | Probe;

/** Probes by purpose; what is left out follows from `readiness`, or else from the protocol. */
export interface HealthByPurpose {
  /** Whether it gets traffic. */
  readonly readiness?: ProbeShorthand | undefined;
  /** Whether it is restarted. */
  readonly liveness?: ProbeShorthand | undefined;
  /** Whether it has started; the other two wait for it. */
  readonly startup?: ProbeShorthand | undefined;
}

/** How the health of a container is known: one answer for all purposes, or one for each. */
export type Health = ProbeShorthand | HealthByPurpose;

/**
 * How many pods run in each cluster: a fixed number, or a range that an autoscaler moves in.
 *
 * @see https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/
 */
export type Replicas =
  | number
  | {
      /** Fewest pods, at least 1. */
      readonly min: number;
      /** Most pods. */
      readonly max: number;
      /** Average use of the CPU request to aim at, in percent. @default - 70 when `memory` is not said either */
      readonly cpu?: Percent | undefined;
      /** Average use of the memory request to aim at, in percent. @default - not scaled by memory */
      readonly memory?: Percent | undefined;
    };

/** A whole number of pods, or a share of them, as in `"25%"`. */
export type PodCount = number | `${number}%`;

/**
 * How new pods take over from old ones.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-update-deployment
 */
export interface Rollout {
  /** New pods take over one by one. */
  readonly strategy: "rolling";
  /** Pods above the wanted number while it goes on. @default "25%" */
  readonly maxSurge?: PodCount | undefined;
  /** Pods below the wanted number while it goes on. @default 0 */
  readonly maxUnavailable?: PodCount | undefined;
}

/**
 * How many pods a drained node, or another voluntary disruption, may take away at once.
 *
 * @see https://kubernetes.io/docs/tasks/run-application/configure-pdb/
 */
export type DisruptionBudget =
  | { readonly maxUnavailable: PodCount; readonly minAvailable?: never }
  | { readonly minAvailable: PodCount; readonly maxUnavailable?: never };

/** Names of sizes. */
export type SizeName = "small" | "medium" | "large";

/**
 * CPU and memory of a container. There is no CPU limit unless one is asked for: it would slow the container down while a core is idle.
 *
 * @see https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
 */
export interface Compute {
  /** What it needs: `small` is 100m and 128Mi, `medium` 500m and 512Mi, `large` 2 cores and 2Gi. @default "small" */
  readonly size?: SizeName | { readonly cpu: Cpu; readonly memory: Bytes } | undefined;
  /** One value is the request, without a limit. @default - by size */
  readonly cpu?: Cpu | { readonly request: Cpu; readonly limit?: Cpu | "none" | undefined } | undefined;
  /** One value is request and limit; with `"none"` the tenant's default limit of 512Mi holds. @default - by size */
  readonly memory?: Bytes | { readonly request: Bytes; readonly limit: Bytes | "none" } | undefined;
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
  readonly env?: Named<Value> | undefined;
  /**
   * Files by absolute path: text, an output, or a key of a Secret or ConfigMap. They are read-only. A change of the text replaces the
   * pods.
   *
   * @default - none
   */
  readonly files?: Readonly<Record<AbsolutePath, FileContent>> | undefined;
}

/** Changes the final JSON of an object: a {@link Patch} that is merged into it, or a function that changes it in place. */
export type Transform = Patch | ((object: KubeObject, cluster: ClusterRef) => void);

/** Transforms by child; a name of no child is an error. */
export type Transforms<Child extends string> = { readonly [C in Child]?: Transform | undefined };

/** What every workload has. */
export interface WorkloadProps<Child extends string> extends ContainerProps {
  /**
   * What it uses, by the name that its variables begin with: endpoints, workloads with one endpoint, resources, external services. Each
   * gives it variables, and lets it reach what it uses; everything else is out of its reach. Variables of `env` win.
   *
   * @default - none
   */
  readonly connections?: Connections | undefined;
  /** How connections become variables. @default - `PAYMENTS_URL`, `PAYMENTS_HOST` and `PAYMENTS_PORT` for one called `payments` */
  readonly environmentNames?: EnvironmentNames | undefined;
  /** The clusters that it runs on. @default - all of the tenant's */
  readonly placement?: Placement | undefined;
  /** One of the tenant's namespaces. @default - the first */
  readonly namespace?: string | undefined;
  /** Labels of all its objects and pods. `app.kubernetes.io/name` and `flagstone.dev/…` are taken. @default - none */
  readonly labels?: Named<string> | undefined;
  /** Annotations of its pods. @default - none */
  readonly podAnnotations?: Named<string> | undefined;
  /** Time that the process has to finish after SIGTERM, in whole seconds; traffic has stopped 5 seconds before. @default "30s" */
  readonly gracePeriod?: Duration | undefined;
  /** User and group id that it runs as, above 0; `"image"` leaves the image's own, which must be a number above 0. @default 10001 */
  readonly user?: number | "image" | undefined;
  /** Last word on its objects, by child: reaches any field. @default - none */
  readonly transform?: Transforms<Child> | undefined;
}
