import { k8s } from "cdk8s-plus-28";
import { compare } from "../core/findings";
import { NAMESPACE_NAME } from "../core/labels";
import type { DnsServer, Named } from "../core/scope";
import type { Peer } from "./connectable";

// Addresses that are not on the internet, but for what IANA gave to documentation and tests of no network:
// https://www.iana.org/assignments/iana-ipv4-special-registry/ and its sibling for IPv6.
const NOT_PUBLIC_IPV4 = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "168.63.129.16/32", // https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "224.0.0.0/4",
  "240.0.0.0/4",
];
const NOT_PUBLIC_IPV6 = [
  "::/128",
  "::1/128",
  ...NOT_PUBLIC_IPV4.map(translated), // what clusters without IPv4 reach the rest of the internet by is open
  "64:ff9b:1::/48",
  "100::/64",
  "2002::/16",
  "5f00::/16",
  "fc00::/7",
  "fe80::/10",
  "ff00::/8",
];

/**
 * A range of IPv4 as clusters without IPv4 reach it.
 *
 * @see https://datatracker.ietf.org/doc/html/rfc6052#section-2.1
 */
function translated(range: string): string {
  const [address = "", length] = range.split("/");
  const [a = 0, b = 0, c = 0, d = 0] = address.split(".").map(Number);
  const [high, low] = [a * 256 + b, c * 256 + d];
  const last = high === 0 && low === 0 ? "" : `${high.toString(16)}:${low.toString(16)}`;
  return `64:ff9b::${last}/${96 + Number(length)}`;
}

/** Every address of the internet, and none of a private network or of a cloud's metadata service. */
export const PUBLIC: readonly k8s.NetworkPolicyPeer[] = [
  { ipBlock: { cidr: "0.0.0.0/0", except: NOT_PUBLIC_IPV4 } },
  { ipBlock: { cidr: "::/0", except: NOT_PUBLIC_IPV6 } },
];

/** A host that a policy can admit by name. */
export type NamedHost = Extract<Peer, { kind: "host" }>;

/** Whether it is a host that has a name, or many with a pattern: not just any public one. */
export function isNamed(peer: Peer): peer is NamedHost {
  return peer.kind === "host" && peer.host !== "*";
}

/**
 * Rules that admit traffic to these peers: one for each place, with all of its ports. A place that several connections lead to is there
 * once.
 */
export function egressRules(peers: readonly Peer[]): k8s.NetworkPolicyEgressRule[] {
  const places = new Map<string, { to: readonly k8s.NetworkPolicyPeer[]; ports: Set<string> }>();
  for (const peer of peers) {
    const to = peer.kind === "host" ? PUBLIC : placeOf(peer);
    // The API server takes an empty list for everybody.
    if (to.length === 0) continue;
    const key = JSON.stringify(to);
    const place = places.get(key) ?? { to, ports: new Set() };
    place.ports.add(`${peer.kind === "pods" ? peer.transport : "TCP"} ${peer.port}`);
    places.set(key, place);
  }
  return [...places]
    .sort(([a], [b]) => compare(a, b))
    .map(([, { to, ports }]) => ({ to: [...to], ports: [...ports].sort(byPort).map(portOf) }));
}

/** Pods of a namespace, or ranges of addresses. */
type Place =
  | { readonly namespace: string; readonly labels: Named<string>; readonly cidrs?: undefined }
  | { readonly cidrs: readonly string[] };

/** Pods or addresses as a rule names them. */
export function placeOf(place: Place): readonly k8s.NetworkPolicyPeer[] {
  if (place.cidrs !== undefined) return [...place.cidrs].sort(compare).map((cidr) => ({ ipBlock: { cidr } }));
  return [
    {
      namespaceSelector: { matchLabels: { [NAMESPACE_NAME]: place.namespace } },
      podSelector: { matchLabels: { ...place.labels } },
    },
  ];
}

function byPort(a: string, b: string): number {
  return Number(a.slice(4)) - Number(b.slice(4)) || compare(a, b);
}

function portOf(text: string): k8s.NetworkPolicyPort {
  return { protocol: text.slice(0, 3), port: k8s.IntOrString.fromNumber(Number(text.slice(4))) };
}

/**
 * What a CiliumNetworkPolicy says of hosts: lookups go through Cilium, which learns the addresses from the answers.
 *
 * @param dns - where names are asked for
 * @see https://docs.cilium.io/en/stable/security/policy/language/#dns-based
 */
export function ciliumEgress(hosts: readonly NamedHost[], dns: readonly DnsServer[]): object[] {
  const names = new Map<string, Set<number>>();
  for (const { host, port } of hosts) names.set(host, (names.get(host) ?? new Set()).add(port));
  const sorted = [...names].sort(([a], [b]) => compare(a, b));
  return [
    ...dns.map((server) => ({
      ...ciliumPlaceOf(server),
      toPorts: [
        {
          ports: [{ port: String(server.port ?? 53), protocol: "ANY" }],
          rules: { dns: [{ matchPattern: "*" }] },
        },
      ],
    })),
    ...sorted.map(([host, ports]) => ({
      toFQDNs: [host.includes("*") ? { matchPattern: host } : { matchName: host }],
      toPorts: [
        { ports: [...ports].sort((a, b) => a - b).map((port) => ({ port: String(port), protocol: "TCP" as const })) },
      ],
    })),
  ];
}

function ciliumPlaceOf({ namespace, labels, cidrs }: DnsServer): object {
  if (cidrs !== undefined) return { toCIDR: [...cidrs].sort(compare) };
  const ofPods = Object.entries(labels).map(([key, value]) => [`k8s:${key}`, value] as const);
  return {
    toEndpoints: [{ matchLabels: { "k8s:io.kubernetes.pod.namespace": namespace, ...Object.fromEntries(ofPods) } }],
  };
}
