import { type AddressBlock, addressBlock } from "./network-addresses";
import { namespaceOf, type NetworkObject, type NetworkPod, type Protocol } from "./network-pods";
import type { LabelSelector } from "./network-selectors";

/** Which way traffic goes, seen from the pods that a policy selects. */
export type Direction = "ingress" | "egress";

/** A policy as it is evaluated. */
export interface NetworkPolicy {
  /** Id of its object. */
  readonly id: string;
  readonly cluster: string;
  readonly namespace: string;
  /** The pods of its namespace that it is about. */
  readonly pods: LabelSelector;
  /** Whether what no policy admits is held off from the pods; else it only adds to what others admit. */
  readonly isolates: boolean;
  /** What it admits; a direction that is not there is none that it is about. */
  readonly rules: Readonly<Partial<Record<Direction, readonly NetworkRule[]>>>;
}

/** Traffic that a policy admits: to or from any of its peers, on any of its ports. */
export interface NetworkRule {
  /** None means anybody. */
  readonly peers: readonly NetworkPeer[] | undefined;
  /** None means every port. */
  readonly ports: readonly PortRange[] | undefined;
}

/** Whom a rule admits. */
export type NetworkPeer =
  | {
      readonly kind: "pods";
      /** None means the policy's own namespace. */
      readonly namespaces: LabelSelector | undefined;
      readonly pods: LabelSelector;
    }
  | { readonly kind: "addresses"; readonly block: AddressBlock }
  | { readonly kind: "host"; readonly host: string; has(host: string): boolean }
  /** What Cilium has a name for, and that may be no pod: its own gateway is `ingress`. */
  | { readonly kind: "entity"; readonly entity: string };

/** Ports that a rule admits: one by number or name, or a range. */
export interface PortRange {
  /** None means every port. */
  readonly port: number | string | undefined;
  /** The last port of a range that `port` begins. */
  readonly endPort: number | undefined;
  /** None means every protocol. */
  readonly protocol: Protocol | undefined;
}

interface PolicySpec {
  readonly podSelector?: LabelSelector;
  readonly policyTypes?: readonly string[];
  readonly ingress?: readonly { readonly from?: readonly PeerSpec[]; readonly ports?: readonly PortSpec[] }[];
  readonly egress?: readonly { readonly to?: readonly PeerSpec[]; readonly ports?: readonly PortSpec[] }[];
}

interface PeerSpec {
  readonly podSelector?: LabelSelector;
  readonly namespaceSelector?: LabelSelector;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}

interface PortSpec {
  readonly port?: number | string;
  readonly endPort?: number;
  readonly protocol?: Protocol;
}

interface CiliumSpec {
  readonly endpointSelector?: LabelSelector;
  readonly egress?: readonly CiliumRule[];
  readonly ingress?: readonly CiliumIngressRule[];
  readonly enableDefaultDeny?: { readonly egress?: boolean };
}

interface CiliumRule {
  readonly toFQDNs?: readonly { readonly matchName?: string; readonly matchPattern?: string }[];
  readonly toPorts?: readonly { readonly ports?: readonly CiliumPort[] }[];
}

interface CiliumIngressRule {
  readonly fromEntities?: readonly string[];
  readonly toPorts?: readonly { readonly ports?: readonly CiliumPort[] }[];
}

interface CiliumPort {
  readonly port?: string | number;
  readonly endPort?: number;
  readonly protocol?: Protocol | "ANY";
}

/** The policies that an object stands for: a NetworkPolicy, or a CiliumNetworkPolicy. */
export function policiesOf(object: NetworkObject): NetworkPolicy[] {
  const { apiVersion, kind } = object.manifest;
  if (apiVersion === "networking.k8s.io/v1" && kind === "NetworkPolicy") return [kubernetesPolicy(object)];
  if (apiVersion === "cilium.io/v2" && kind === "CiliumNetworkPolicy") return ciliumPolicies(object);
  return [];
}

/** @see https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/ */
function kubernetesPolicy({ id, cluster, manifest }: NetworkObject): NetworkPolicy {
  const spec = (manifest["spec"] ?? {}) as PolicySpec;
  const ingress = spec.ingress ?? [];
  const egress = spec.egress ?? [];
  const types = spec.policyTypes?.length ? spec.policyTypes : ["Ingress", ...(egress.length > 0 ? ["Egress"] : [])];
  return {
    id,
    cluster,
    namespace: namespaceOf(manifest),
    pods: spec.podSelector ?? {},
    isolates: true,
    rules: {
      ...(types.includes("Ingress") ? { ingress: ingress.map(({ from, ports }) => ruleOf(from, ports)) } : {}),
      ...(types.includes("Egress") ? { egress: egress.map(({ to, ports }) => ruleOf(to, ports)) } : {}),
    },
  };
}

/** An empty list admits as much as none. */
function ruleOf(peers: readonly PeerSpec[] = [], ports: readonly PortSpec[] = []): NetworkRule {
  return {
    peers: peers.length > 0 ? peers.flatMap(peerOf) : undefined,
    ports:
      ports.length > 0 ? ports.map(({ port, endPort, protocol = "TCP" }) => ({ port, endPort, protocol })) : undefined,
  };
}

function peerOf({ podSelector, namespaceSelector, ipBlock }: PeerSpec): NetworkPeer[] {
  if (ipBlock) return [{ kind: "addresses", block: addressBlock(ipBlock.cidr, ipBlock.except) }];
  // The API server refuses a peer that says nothing.
  if (!podSelector && !namespaceSelector) return [];
  return [{ kind: "pods", namespaces: namespaceSelector ?? undefined, pods: podSelector ?? {} }];
}

/**
 * What a CiliumNetworkPolicy says of egress to hosts, and of ingress from entities. Its other peers admit nothing here; what it holds off
 * from pods by rules of ingress is not known.
 *
 * @see https://docs.cilium.io/en/stable/security/policy/intro/#rule-basics
 */
function ciliumPolicies({ id, cluster, manifest }: NetworkObject): NetworkPolicy[] {
  const specs = [manifest["spec"], ...((manifest["specs"] ?? []) as unknown[])] as (CiliumSpec | undefined)[];
  return specs.flatMap((spec) => {
    const { endpointSelector, egress = [], ingress = [], enableDefaultDeny } = spec ?? {};
    if (!endpointSelector) return [];
    const policy = { id, cluster, namespace: namespaceOf(manifest), pods: plainKeys(endpointSelector) };
    const out = { isolates: enableDefaultDeny?.egress ?? true, rules: { egress: egress.flatMap(ciliumRule) } };
    const into = { isolates: false, rules: { ingress: ingress.flatMap(ciliumIngressRule) } };
    return [
      ...(egress.length > 0 ? [{ ...policy, ...out }] : []),
      ...(into.rules.ingress.length > 0 ? [{ ...policy, ...into }] : []),
    ];
  });
}

function ciliumIngressRule({ fromEntities = [], toPorts = [] }: CiliumIngressRule): NetworkRule[] {
  if (fromEntities.length === 0) return [];
  const ports = toPorts.flatMap((one) => one.ports ?? []).map(ciliumPort);
  const peers = fromEntities.map((entity): NetworkPeer => ({ kind: "entity", entity }));
  return [{ peers, ports: ports.length > 0 ? ports : undefined }];
}

function ciliumRule(rule: CiliumRule): NetworkRule[] {
  const ports = (rule.toPorts ?? []).flatMap((one) => one.ports ?? []).map(ciliumPort);
  const admitted = ports.length > 0 ? ports : undefined;
  const peers = Object.keys(rule).filter((key) => key.startsWith("to") && key !== "toPorts");
  if (peers.length === 0) return admitted ? [{ peers: undefined, ports: admitted }] : [];
  return rule.toFQDNs ? [{ peers: rule.toFQDNs.flatMap(hostPeers), ports: admitted }] : [];
}

function ciliumPort({ port, endPort, protocol = "ANY" }: CiliumPort): PortRange {
  const text = String(port ?? 0);
  const value = /^\d+$/.test(text) ? Number(text) : text;
  return {
    port: value === 0 ? undefined : value,
    endPort: endPort ?? undefined,
    protocol: protocol === "ANY" ? undefined : protocol,
  };
}

function hostPeers({ matchName, matchPattern }: { matchName?: string; matchPattern?: string }): NetworkPeer[] {
  return [
    ...(matchName === undefined ? [] : [{ host: matchName, pattern: literal(matchName) }]),
    ...(matchPattern === undefined ? [] : [{ host: matchPattern, pattern: patternOf(matchPattern) }]),
  ].map(({ host, pattern }) => ({ kind: "host", host, has: (name: string) => pattern.test(withoutDot(name)) }));
}

/** `*` stands for characters of one DNS label; alone for every name, and in `**.` for one label or more. */
function patternOf(text: string): RegExp {
  if (text.trim() === "*") return /^/;
  const [, any, rest = ""] = /^(\*\*\.)?(.*)$/.exec(withoutDot(text.trim())) ?? [];
  const pattern = rest.split("*").map(escape).join("[-a-z0-9_]*");
  return new RegExp(`^${any === undefined ? "" : "([-a-z0-9_]+\\.)+"}${pattern}$`, "i");
}

function literal(text: string): RegExp {
  return new RegExp(`^${escape(withoutDot(text))}$`, "i");
}

function escape(text: string): string {
  return text.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
}

function withoutDot(host: string): string {
  return host.replace(/\.$/, "");
}

/** Cilium says where a label comes from, as in `k8s:app`. */
function plainKeys(selector: LabelSelector): LabelSelector {
  const plain = (key: string): string => key.replace(/^(k8s|any)[:.]/, "");
  return {
    matchLabels: Object.fromEntries(
      Object.entries(selector.matchLabels ?? {}).map(([key, value]) => [plain(key), value]),
    ),
    matchExpressions: selector.matchExpressions?.map((one) => ({ ...one, key: plain(one.key) })),
  };
}

/** Whether a rule admits a port. Names are those of the pod that traffic goes to; outside of the cluster there are none. */
export function admitsPort(
  ranges: readonly PortRange[] | undefined,
  port: number,
  protocol: Protocol,
  to: NetworkPod | undefined,
): boolean {
  if (!ranges) return true;
  return ranges.some((range) => {
    if (range.protocol !== undefined && range.protocol !== protocol) return false;
    if (range.port === undefined) return true;
    if (typeof range.port === "number") return range.port <= port && port <= (range.endPort ?? range.port);
    return to?.ports.some((one) => one.name === range.port && one.port === port && one.protocol === protocol) ?? false;
  });
}
