import { isIP } from "node:net";
import type { Construct } from "constructs";
import { Component } from "../core/component";
import { checkKeys, show } from "../core/keys";
import { isDnsSubdomain } from "../core/names";
import { findTenant } from "../core/scope";
import {
  type Connectable,
  type ConnectionOptions,
  type ConnectionTarget,
  connectionTo,
  type EndpointKey,
  type Peer,
  type Reach,
} from "./connectable";

/** Properties of an {@link ExternalService}. */
export interface ExternalServiceProps {
  /** Where it answers, as in `https://api.stripe.com`; `tcp` needs a port. */
  readonly url: `${"https" | "http" | "grpcs" | "grpc" | "tcp"}://${string}`;
  /**
   * Addresses that it answers from, where they are known: only those are admitted. Private addresses need them.
   *
   * @default - by host name on clusters with `Capability.cilium()`, else every public address
   */
  readonly cidrs?: readonly [string, ...string[]] | undefined;
}

const PORTS: Readonly<Record<string, number>> = { https: 443, http: 80, grpcs: 443, grpc: 80 };

/**
 * A third party's service, or anything else that is not run on the platform: workloads that connect to it get its address, and may
 * reach it. Others may not.
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
 *   return new WebService(shop, "checkout", { image: "registry.acme.example/shop/checkout:1.4.2", connections: { stripe } });
 * };
 * ```
 */
export class ExternalService extends Component implements Connectable<EndpointKey> {
  /** What workloads are told. */
  public readonly coordinates: { readonly [P in EndpointKey]: string };
  private readonly peers: readonly Peer[];

  public constructor(scope: Construct, id: string, props: ExternalServiceProps) {
    super(scope, id);
    const parsed = parseUrl(String(props.url));
    this.report(...checkKeys("", props, ["url", "cidrs"]), ...checkCidrs(props.cidrs ?? []));
    if (!parsed) {
      this.report({
        rule: "external/url",
        message: `url ${show(props.url)} is not where a service answers`,
        fix: 'write it as "https://api.example.com" or "tcp://db.example.com:5432"',
      });
    }
    const { host, port } = parsed ?? { host: "", port: 0 };
    this.coordinates = { url: props.url, host, port: String(port), address: `${host}:${port}` };
    this.peers = [peerOf(host, port, props.cidrs)];
  }

  /** How it is reached. */
  public get target(): ConnectionTarget {
    const reach: Reach = { coordinates: this.coordinates, peers: this.peers, problems: [] };
    return { kind: "external", id: this.node.path, tenant: findTenant(this)?.name, reach: () => reach };
  }

  /** The same connection, with other variables. */
  public connection(options: ConnectionOptions<EndpointKey>): Connectable<EndpointKey> {
    return connectionTo<EndpointKey>(this, options);
  }
}

function parseUrl(text: string): { readonly host: string; readonly port: number } | undefined {
  const match = /^(https?|grpcs?|tcp):\/\/(\[[0-9a-fA-F:.]+\]|[^/:?#@\s]+)(?::(\d{1,5}))?(?:[/?#]\S*)?$/.exec(text);
  const [, scheme = "", host = "", given] = match ?? [];
  const port = given === undefined ? PORTS[scheme] : Number(given);
  const address = host.replace(/^\[|\]$/g, "");
  const isHost = isIP(address) > 0 || (isDnsSubdomain(host.toLowerCase()) && /[a-z]/i.test(host));
  if (!match || !isHost || port === undefined || port < 1 || port > 65_535) return undefined;
  return { host, port };
}

function peerOf(host: string, port: number, cidrs: readonly string[] | undefined): Peer {
  const address = host.replace(/^\[|\]$/g, "");
  if (cidrs) return { kind: "addresses", cidrs, port };
  const version = isIP(address);
  if (version > 0) return { kind: "addresses", cidrs: [`${address}/${version === 4 ? 32 : 128}`], port };
  return { kind: "host", host: host.toLowerCase(), port };
}

function checkCidrs(cidrs: readonly string[]): { rule: string; message: string; fix: string }[] {
  return cidrs
    .filter((cidr) => {
      const [address = "", prefix = "", ...more] = cidr.split("/");
      const bits = { 4: 32, 6: 128 }[isIP(address)];
      return bits === undefined || more.length > 0 || !/^\d{1,3}$/.test(prefix) || Number(prefix) > bits;
    })
    .map((cidr) => ({
      rule: "external/cidr",
      message: `cidrs has ${show(cidr)}, which is no range of addresses`,
      fix: 'write it as "203.0.113.0/24"',
    }));
}
