import type { Named } from "../../core/scope";
import type { Duration } from "../../core/units";
import type { Scheme } from "./http";
import type { AbsolutePath } from "./types";

/**
 * When a probe is made, and when it counts as failed. Times are whole seconds.
 *
 * @see https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
 */
export interface ProbeTiming {
  /** Endpoint or port to probe, by name. @default - the first that speaks what the probe speaks, else the first that is not UDP */
  readonly endpoint?: string | undefined;
  /** Time between probes. @default - "5s" for readiness, "10s" for liveness, "2s" for startup */
  readonly every?: Duration | undefined;
  /** How long one probe may take. @default "2s" */
  readonly timeout?: Duration | undefined;
  /** Failures in a row before it counts. @default - 3 for readiness, 6 for liveness, 60 for startup */
  readonly failures?: number | undefined;
  /** Successes in a row before it counts as healthy again; above 1 for readiness only. @default 1 */
  readonly successes?: number | undefined;
  /** Time from the start of the container to the first probe. A startup probe is the better way to wait. @default - none */
  readonly delay?: Duration | undefined;
}

type Action = "http" | "grpc" | "tcp" | "exec";
type Purpose = "readiness" | "liveness" | "startup";
// What stands in one place has none in the other, or it would be dropped.
type None<K extends string> = { readonly [P in K]?: never };
type OnlyOne<K extends Action> = None<Exclude<Action, K> | Purpose>;

/** One check of a container's health. */
export type Probe =
  | (OnlyOne<"http"> &
      ProbeTiming & {
        /** Path that answers 200 to 399. */
        readonly http: AbsolutePath;
        /** Headers of the request. @default - none */
        readonly headers?: Named<string> | undefined;
        /** With `"https"`, whoever issued the certificate does not matter. @default "http" */
        readonly scheme?: Scheme | undefined;
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

/**
 * Probes by purpose. `readiness` may ask for what the container needs, as its database; a restart would not bring that back, so no other
 * purpose follows from it.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#when-should-you-use-a-readiness-probe
 */
export interface HealthByPurpose extends None<Action | "headers" | "scheme" | keyof ProbeTiming> {
  /** Whether it gets traffic. @default - gRPC health where the first endpoint speaks gRPC, else whether its port accepts connections */
  readonly readiness?: ProbeShorthand | undefined;
  /** Whether it is restarted. @default - as for readiness, which it does not follow */
  readonly liveness?: ProbeShorthand | undefined;
  /** Whether it has started; the other two wait for it. @default - what liveness asks, at its own times */
  readonly startup?: ProbeShorthand | undefined;
}

/**
 * How the health of a container is known: one answer for all purposes, or one for each. Times of one answer for all are those of
 * readiness; the others keep theirs.
 */
export type Health = ProbeShorthand | HealthByPurpose;
