import type { Named } from "../../core/scope";
import type { Duration } from "../../core/units";
import type { AbsolutePath } from "../pod/types";

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
