import {
  type Connectable,
  type ConnectionOptions,
  type ConnectedWorkload,
  type ConnectionTarget,
  connectionTo,
  type Consumer,
  type EndpointKey,
  type Peer,
  type Reach,
} from "../../connections/connectable";
import { LABEL } from "../../core/labels";
import { type ClusterRef, findEnvironment, type TenantScope } from "../../core/scope";
import { type EndpointSpec, schemeOf, singleHost, transport } from "./endpoints";
import type { Protocol, Visibility } from "./types";

/** The workload behind an endpoint: of this program, or of another one. */
export interface EndpointOwner {
  /** Name of the workload's objects. */
  readonly name: string;
  readonly namespace: string;
  readonly tenant: TenantScope;
  /** The clusters that it runs on. */
  readonly clusters: readonly ClusterRef[];
  /** Path of its construct in the program that declares it. */
  readonly path: string;
}

/**
 * A named way into a workload. Give it to `connections` of another, or use its coordinates.
 *
 * @typeParam N - its name
 * @example
 * ```ts
 * import type { Endpoint } from "flagstone";
 *
 * export const flags = (grpc: Endpoint): string[] => [`--catalog=${grpc.coordinates.address}`];
 * ```
 */
export class Endpoint<N extends string = string> implements EndpointSpec<N>, Connectable<EndpointKey> {
  /** Its key in `endpoints`, and the name of the port. */
  public readonly name: N;
  /** Port that the container listens on. */
  public readonly port: number;
  /** Port of the Service. */
  public readonly servicePort: number;
  /** What it speaks. */
  public readonly protocol: Protocol;
  /** From where it can be reached. */
  public readonly visibility: Visibility;
  /** Host names outside of the cluster; none unless it is external. */
  public readonly hosts: readonly string[];
  /** Where it is reached from outside of the cluster: the first host that is no wildcard, and the first path. */
  public readonly publicUrl: string | undefined;
  /** Where it is reached inside of its clusters. */
  public readonly coordinates: { readonly [P in EndpointKey]: string };
  // Private to the language: a printed endpoint is not the whole tree.
  readonly #owner: EndpointOwner;
  readonly #users = new Set<ConnectedWorkload>();

  /** @internal Workloads make it. */
  public constructor(spec: EndpointSpec<N>, owner: EndpointOwner) {
    this.name = spec.name;
    this.port = spec.port;
    this.servicePort = spec.servicePort;
    this.protocol = spec.protocol;
    this.visibility = spec.visibility;
    this.hosts = spec.hosts;
    this.publicUrl = spec.publicUrl;
    this.#owner = owner;
    const host = `${owner.name}.${owner.namespace}.svc`;
    const port = String(spec.servicePort);
    const address = `${host}:${port}`;
    // TLS ends at the edge, so what is reached inside of a cluster speaks plain text.
    this.coordinates = { url: `${schemeOf(spec.protocol, false)}://${address}`, host, port, address };
  }

  /** How it is reached. */
  public get target(): ConnectionTarget {
    return {
      kind: "endpoint",
      id: `${this.#owner.path}.${this.name}`,
      tenant: this.#owner.tenant.name,
      reach: (consumer, cluster) => this.reach(consumer, cluster),
      connectedBy: (workload) => void this.#users.add(workload),
    };
  }

  /** The same connection, with other variables. */
  public connection(options: ConnectionOptions<EndpointKey>): Connectable<EndpointKey> {
    return connectionTo<EndpointKey>(this, options);
  }

  /** @internal Whether it is asked in a cluster how many pods of another workload are to run. */
  public isAskedByScaler(cluster: ClusterRef): boolean {
    return [...this.#users].some((workload) => workload.isScaledBy(this.coordinates.host, cluster));
  }

  private reach(consumer: Consumer, cluster: ClusterRef): Reach {
    const owner = this.#owner;
    const what = `endpoint "${this.name}" of "${owner.name}"`;
    const nowhere: Reach = { coordinates: this.coordinates, peers: [], problems: [] };
    if (findEnvironment(owner.tenant) !== findEnvironment(consumer.tenant)) {
      const problem = {
        rule: "connections/other-environment",
        message: `${what} is in environment "${findEnvironment(owner.tenant)?.node.id ?? ""}"`,
        fix: "make both ends in the same call of the function that run() was given",
      };
      return { ...nowhere, problems: [problem] };
    }
    if (owner.tenant.name !== consumer.tenant.name && this.visibility === "tenant") {
      const problem = {
        rule: "connections/not-visible",
        message: `${what} is visible to its tenant "${owner.tenant.name}" only, and this is tenant "${consumer.tenant.name}"`,
        fix: `ask ${owner.tenant.owners[0] ?? "its owner"} to give it visibility "environment", and say so where it is referred to`,
      };
      return { ...nowhere, problems: [problem] };
    }
    if (owner.clusters.some(({ name }) => name === cluster.name)) return { ...nowhere, peers: [this.peer] };
    const entry = this.publicCoordinates;
    if (entry) {
      const peer: Peer = { kind: "host", host: entry.host, port: Number(entry.port) };
      return { coordinates: entry, peers: [peer], problems: [] };
    }
    const problem = {
      rule: "connections/other-cluster",
      message: `${what} does not run on cluster "${cluster.name}"`,
      fix: 'place both on the same clusters, or give the endpoint visibility "external" and a host that is no wildcard: it is then reached by that',
    };
    return { ...nowhere, problems: [problem] };
  }

  private get peer(): Peer {
    const { name, namespace } = this.#owner;
    return {
      kind: "pods",
      namespace,
      labels: { [LABEL.name]: name },
      port: this.port,
      transport: transport(this.protocol),
    };
  }

  private get publicCoordinates(): { readonly [P in EndpointKey]: string } | undefined {
    const host = singleHost(this.hosts);
    if (host === undefined || this.publicUrl === undefined) return undefined;
    const port = this.publicUrl.startsWith(`${schemeOf(this.protocol, true)}:`) ? "443" : "80";
    return { url: this.publicUrl, host, port, address: `${host}:${port}` };
  }
}
