import { isIP } from "node:net";
import type { Construct } from "constructs";
import { rangeOfOne } from "../core/address-ranges";
import { capabilityOf } from "../core/capability";
import { Component } from "../core/component";
import { checkKeys, show } from "../core/keys";
import { checkProps } from "../core/place";
import { isDnsSubdomain } from "../core/names";
import { findTenant, type Named } from "../core/scope";
import { checkCidrs, checkInCluster, checkPods, checkPrivateName, isInCluster, isPrivateName } from "./check-external";
import {
  type Connectable,
  type ConnectedWorkload,
  type ConnectionOptions,
  type ConnectionTarget,
  connectionTo,
  type EndpointKey,
  type Peer,
  type Reach,
} from "./connectable";
import { checkHosts } from "./edges";
import { isNamed, type NamedHost } from "./egress";

/** An {@link ExternalService} outside of the clusters. */
export interface OutsideServiceProps {
  /**
   * Where it answers, as in `https://api.stripe.com`; `tcp` needs a port. `https://*.example.com` means all hosts below, `https://*` any
   * public host: these give workloads no variables.
   */
  readonly url: `${"https" | "http" | "grpcs" | "grpc" | "tcp"}://${string}`;
  /**
   * Addresses that it answers from, where they are known: only those are admitted. Private addresses need them.
   *
   * @default - by host name on clusters with `Capability.cilium()`, else every public address
   */
  readonly cidrs?: readonly [string, ...string[]] | undefined;
  /** What runs outside of the clusters has none. */
  readonly pods?: never;
}

/** An {@link ExternalService} of the clusters themselves that is no tenant's, such as what monitors them. */
export interface ClusterServiceProps extends Pick<OutsideServiceProps, "url"> {
  /** The pods that answer. */
  readonly pods: ServicePods;
  /** The pods have what addresses they get. */
  readonly cidrs?: never;
}

/** Pods behind a Service that no tenant owns. */
export interface ServicePods {
  /** Their namespace. */
  readonly namespace: string;
  /** Labels that they have. */
  readonly labels: Named<string>;
  /** Port that they listen on, which policies are about. @default - that of the url */
  readonly port?: number | undefined;
}

/** Properties of an {@link ExternalService}. */
export type ExternalServiceProps = OutsideServiceProps | ClusterServiceProps;

const PORTS: Readonly<Record<string, number>> = { https: 443, http: 80, grpcs: 443, grpc: 80 };

/**
 * A third party's service, or anything else that no tenant runs: workloads that connect to it get its address, and may reach it. Others
 * may not.
 *
 * It is made in a tenant, or in the environment for all tenants of the same program.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/network-policies/
 * @example
 * ```ts
 * import { ExternalService, type Tenant, WebService } from "flagstone";
 *
 * export const checkout = (shop: Tenant) => {
 *   const stripe = new ExternalService(shop, "stripe", { url: "https://api.stripe.com" });
 *   const prometheus = new ExternalService(shop, "prometheus", {
 *     url: "http://prometheus.monitoring.svc:9090",
 *     pods: { namespace: "monitoring", labels: { "app.kubernetes.io/name": "prometheus" } },
 *   });
 *   const connections = { stripe, prometheus };
 *   return new WebService(shop, "checkout", { image: "registry.acme.example/shop/checkout:1.4.2", connections });
 * };
 * ```
 */
export class ExternalService extends Component implements Connectable<EndpointKey> {
  /** What workloads are told; empty texts where the url stands for many hosts. */
  public readonly coordinates: { readonly [P in EndpointKey]: string };
  private readonly peer: Peer | undefined;
  private readonly users = new Set<ConnectedWorkload>();

  public constructor(scope: Construct, id: string, props: ExternalServiceProps) {
    super(scope, id);
    checkProps(new.target, scope, props);
    const parsed = parseUrl(String(props.url));
    this.peer = parsed && peerOf(parsed, props);
    this.coordinates = parsed ? coordinatesOf(props.url, parsed) : NOWHERE;
    this.report(...checkKeys("", props, ["url", "cidrs", "pods"]), ...checkCidrs(this.peer, props.cidrs));
    if (!parsed) {
      this.report({
        rule: "external/url",
        message: `url ${show(props.url)} is not where a service answers`,
        fix: 'write it as "https://api.example.com" or "tcp://db.example.com:5432"',
      });
    }
    if (this.peer?.kind === "host") this.report(...checkInCluster(this.peer.host));
    if (props.pods) this.report(...checkPods(props.pods, props.cidrs));
  }

  /** How it is reached. */
  public get target(): ConnectionTarget {
    const reach: Reach = { coordinates: this.coordinates, peers: this.peer ? [this.peer] : [], problems: [] };
    return {
      kind: "external",
      id: this.node.path,
      tenant: findTenant(this)?.name,
      reach: () => reach,
      connectedBy: (workload) => void this.users.add(workload),
      reportsHosts: true,
    };
  }

  /** The same connection, with other variables. */
  public connection(options: ConnectionOptions<EndpointKey>): Connectable<EndpointKey> {
    return connectionTo<EndpointKey>(this, options);
  }

  /** @internal What is open depends on where those run who use it. */
  public override checkDeclared(): void {
    const { peer } = this;
    if (!peer || !isNamed(peer) || isInCluster(peer.host)) return;
    const unnamed = new Map<string, readonly NamedHost[]>();
    const reaching = [...this.users].filter(({ clusters }) => {
      const without = clusters.filter((cluster) => !capabilityOf(cluster, "cilium"));
      for (const { name } of without) unnamed.set(name, [peer]);
      return without.length > 0;
    });
    if (isPrivateName(peer.host)) this.report(...checkPrivateName(peer.host, [...unnamed.keys()].sort()));
    else this.report(...checkHosts(unnamed, reaching.length));
  }
}

interface ParsedUrl {
  /** Without the brackets of an IPv6 address. */
  readonly host: string;
  readonly port: number;
}

function parseUrl(text: string): ParsedUrl | undefined {
  const match = /^(https?|grpcs?|tcp):\/\/(\[[0-9a-fA-F:.]+\]|[^/:?#@\s[\]]+)(?::(\d{1,5}))?(?:[/?#]\S*)?$/.exec(text);
  const [, scheme = "", authority = "", given] = match ?? [];
  const port = given === undefined ? PORTS[scheme] : Number(given);
  const host = authority.replace(/^\[|\]$/g, "");
  if (!match || !isHost(host) || port === undefined || port < 1 || port > 65_535) return undefined;
  return { host, port };
}

/** An address, a name, `*`, or a name with a first label that stands for any. */
function isHost(host: string): boolean {
  if (isIP(host) > 0 || host === "*") return true;
  const name = host.toLowerCase().replace(/^\*\./, "");
  return isDnsSubdomain(name) && /[a-z]/.test(name);
}

const NOWHERE = { url: "", host: "", port: "", address: "" } as const;

function coordinatesOf(url: string, { host, port }: ParsedUrl): ExternalService["coordinates"] {
  if (host.startsWith("*")) return NOWHERE;
  const address = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  return { url, host, port: String(port), address };
}

/** Where traffic goes; nowhere where no address is said, which is reported. */
function peerOf({ host, port }: ParsedUrl, { cidrs, pods }: ExternalServiceProps): Peer | undefined {
  if (pods) {
    const { namespace, labels } = pods;
    return { kind: "pods", namespace, labels, port: pods.port ?? port, transport: "TCP" };
  }
  if (cidrs) return (cidrs as readonly string[]).length > 0 ? { kind: "addresses", cidrs, port } : undefined;
  const range = rangeOfOne(host);
  return range === undefined
    ? { kind: "host", host: host.toLowerCase(), port }
    : { kind: "addresses", cidrs: [range], port };
}
