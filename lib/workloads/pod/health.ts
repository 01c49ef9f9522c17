import type { Named } from "../../core/scope";
import type { Duration } from "../../core/units";
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
