import type { Ref } from "../core/refs";
import type { TargetKind } from "../core/relations";
import type { ClusterRef, Named, TenantScope } from "../core/scope";
import type { IConstruct } from "constructs";
import type { Problem } from "../core/findings";

/** What endpoints and external services publish: `url` with a scheme, `host`, `port`, and `address` for `host:port`. */
export type EndpointKey = "url" | "host" | "port" | "address";

/** One of what a target publishes: text that is known, or a value that lives somewhere. */
export type Coordinate = string | Ref;

/** Where traffic goes. Ports are those that the other side listens on, behind any Service. */
export type Peer =
  | {
      /** Pods of the cluster. */
      readonly kind: "pods";
      readonly namespace: string;
      readonly labels: Named<string>;
      readonly port: number;
      readonly transport: "TCP" | "UDP";
    }
  /** Addresses; there must be one, as a policy that names none admits all. */
  | { readonly kind: "addresses"; readonly cidrs: readonly [string, ...string[]]; readonly port: number }
  /**
   * A host somewhere else, as in `api.example.com`, or `*.example.com` for all below; where policies know no names, any public address
   * stands for it. `*` is any public host.
   */
  | { readonly kind: "host"; readonly host: string; readonly port: number };

/** What a target is to one workload in one cluster. */
export interface Reach {
  /** What it publishes there. */
  readonly coordinates: Named<Coordinate>;
  /** Where traffic to it goes. */
  readonly peers: readonly Peer[];
  /** Why it cannot be reached, or what to know about that. */
  readonly problems: readonly Problem[];
}

/** Who connects. */
export interface Consumer {
  /** Name of the workload. */
  readonly name: string;
  /** The tenant that it belongs to. */
  readonly tenant: TenantScope;
  /** The namespace of its pods, one of the tenant's. */
  readonly namespace: string;
}

/** A workload as what it is connected to sees it. */
export interface ConnectedWorkload {
  /** The clusters that it runs on. */
  readonly clusters: readonly ClusterRef[];
  /** Whether what scales it in a cluster asks this host; known once the whole program was declared. */
  isScaledBy(host: string, cluster: ClusterRef): boolean;
}

/** The other end of a connection, and what it takes to get there. */
export interface ConnectionTarget {
  /** What it is. */
  readonly kind: TargetKind;
  /** Identity in the Plan: path of a construct, with the endpoint after a dot. */
  readonly id: string;
  /** Name of the tenant that it belongs to; none for what belongs to the environment. */
  readonly tenant?: string | undefined;
  /** What must exist before a workload that uses it starts: a resource. */
  readonly waitFor?: IConstruct | undefined;
  /** What it is to a workload in a cluster. Called after the whole program was declared. */
  reach(consumer: Consumer, cluster: ClusterRef): Reach;
  /** @internal Told of each workload that connects to it, when that is declared. */
  connectedBy?(workload: ConnectedWorkload): void;
  /** @internal Whether it reports itself where policies do not know its name. */
  readonly reportsHosts?: boolean | undefined;
}

/** How one connection differs from what is derived. */
export interface ConnectionOptions<K extends string> {
  /**
   * The variables of the workload, instead of the derived ones. What it gets is text to put into template strings.
   *
   * @default - by `environmentNames` of the workload
   */
  readonly env?: ((coordinates: { readonly [P in K]: string }) => Named<string>) | undefined;
}

/**
 * Anything that `connections` of a workload takes: an endpoint, a workload with a sole endpoint, a resource, an external service.
 *
 * A platform's own resources implement it: `coordinates` say what they publish, `target` how they are reached, and `connection` returns
 * {@link connectionTo}.
 *
 * @typeParam K - names of its coordinates
 * @example
 * ```ts
 * import { Component, type Connectable, type ConnectionOptions, type ConnectionTarget, connectionTo, Ref } from "flagstone";
 *
 * // A database that administrators hand out: its password is in a Secret, its address is known.
 * export class Schema extends Component implements Connectable<"host" | "port" | "password"> {
 *   readonly coordinates = {
 *     host: "db.acme.internal",
 *     port: "5432",
 *     password: Ref.secretKey({ name: `${this.node.id}-credentials`, key: "password" }),
 *   };
 *   get target(): ConnectionTarget {
 *     const { coordinates } = this;
 *     return {
 *       kind: "resource",
 *       id: this.node.path,
 *       waitFor: this,
 *       reach: () => ({ coordinates, peers: [{ kind: "addresses", cidrs: ["10.20.0.0/24"], port: 5432 }], problems: [] }),
 *     };
 *   }
 *   connection(options: ConnectionOptions<"host" | "port" | "password">): Connectable<"host" | "port" | "password"> {
 *     return connectionTo(this, options);
 *   }
 * }
 * ```
 */
export interface Connectable<K extends string = string> {
  /** What it publishes, for `env` and `files` of workloads. */
  readonly coordinates: { readonly [P in K]: Coordinate };
  /** How it is reached. */
  readonly target: ConnectionTarget;
  /** The same connection, with other variables. */
  connection(options: ConnectionOptions<K>): Connectable<K>;
}

/** Connections of a workload, by the name that its variables begin with. */
export type Connections = Named<Connectable>;

const OPTIONS = Symbol.for("flagstone.ConnectionOptions");

/**
 * A connectable with options for one connection, for implementations of `connection()`.
 *
 * @param to - what is connected to
 * @param options - how the connection differs from what is derived
 * @example
 * ```ts
 * import { type Connectable, type ConnectionOptions, type ConnectionTarget, connectionTo } from "flagstone";
 *
 * export class Mainframe implements Connectable<"host"> {
 *   readonly coordinates = { host: "mainframe.acme.internal" };
 *   get target(): ConnectionTarget {
 *     const { coordinates } = this;
 *     return {
 *       kind: "resource",
 *       id: "mainframe",
 *       reach: () => ({ coordinates, peers: [{ kind: "addresses", cidrs: ["10.9.0.1/32"], port: 3270 }], problems: [] }),
 *     };
 *   }
 *   connection(options: ConnectionOptions<"host">): Connectable<"host"> {
 *     return connectionTo(this, options);
 *   }
 * }
 * ```
 */
export function connectionTo<K extends string>(to: Connectable<K>, options: ConnectionOptions<K>): Connectable<K> {
  const connection: Connectable<K> = {
    coordinates: to.coordinates,
    target: to.target,
    connection: (others) => connectionTo(to, { ...options, ...others }),
  };
  return Object.defineProperty(connection, OPTIONS, { value: options });
}

/** The options that {@link connectionTo} was given. */
export function optionsOf(connection: object): ConnectionOptions<string> {
  return (connection as { [OPTIONS]?: ConnectionOptions<string> })[OPTIONS] ?? {};
}

/** Whether a value can be connected to; a workload with several endpoints cannot. */
export function isConnectable(value: unknown): value is Connectable {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as { target?: { reach?: unknown } }).target?.reach === "function"
  );
}
