import { k8s } from "cdk8s-plus-28";
import { compare } from "../core/findings";
import { NAMESPACE_NAME } from "../core/labels";
import type { Peer } from "./connectable";

// Addresses that are not on the internet: https://www.iana.org/assignments/iana-ipv4-special-registry/ and its sibling for IPv6.
const PRIVATE_IPV4 = [
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.168.0.0/16",
];
const PRIVATE_IPV6 = ["::1/128", "fc00::/7", "fe80::/10"];

/** Every address of the internet, and none of a private network or of a cloud's metadata service. */
export const PUBLIC: readonly k8s.NetworkPolicyPeer[] = [
  { ipBlock: { cidr: "0.0.0.0/0", except: PRIVATE_IPV4 } },
  { ipBlock: { cidr: "::/0", except: PRIVATE_IPV6 } },
];

/**
 * Rules that admit traffic to these peers: one for each place, with all of its ports. A place that several connections lead to is there
 * once.
 */
export function egressRules(peers: readonly Peer[]): k8s.NetworkPolicyEgressRule[] {
  const places = new Map<string, { to: readonly k8s.NetworkPolicyPeer[]; ports: Set<string> }>();
  for (const peer of peers) {
    const to = placeOf(peer);
    const key = JSON.stringify(to);
    const place = places.get(key) ?? { to, ports: new Set() };
    place.ports.add(`${peer.kind === "pods" ? peer.transport : "TCP"} ${peer.port}`);
    places.set(key, place);
  }
  return [...places]
    .sort(([a], [b]) => compare(a, b))
    .map(([, { to, ports }]) => ({ to: [...to], ports: [...ports].sort(byPort).map(portOf) }));
}

function placeOf(peer: Peer): readonly k8s.NetworkPolicyPeer[] {
  switch (peer.kind) {
    case "pods":
      return [
        {
          namespaceSelector: { matchLabels: { [NAMESPACE_NAME]: peer.namespace } },
          podSelector: { matchLabels: { ...peer.labels } },
        },
      ];
    case "addresses":
      return [...peer.cidrs].sort(compare).map((cidr) => ({ ipBlock: { cidr } }));
    case "host":
      return PUBLIC;
  }
}

function byPort(a: string, b: string): number {
  return Number(a.slice(4)) - Number(b.slice(4)) || compare(a, b);
}

function portOf(text: string): k8s.NetworkPolicyPort {
  return { protocol: text.slice(0, 3), port: k8s.IntOrString.fromNumber(Number(text.slice(4))) };
}

/** Port of a host that a policy admits by name. */
type HostPeer = Extract<Peer, { kind: "host" }>;

/**
 * What a CiliumNetworkPolicy says of hosts: lookups go through Cilium, which learns the addresses from the answers.
 *
 * @see https://docs.cilium.io/en/stable/security/policy/language/#dns-based
 */
export function ciliumEgress(hosts: readonly HostPeer[]): object[] {
  const names = new Map<string, Set<number>>();
  for (const { host, port } of hosts) names.set(host, (names.get(host) ?? new Set()).add(port));
  const sorted = [...names].sort(([a], [b]) => compare(a, b));
  return [
    {
      toEndpoints: [{ matchLabels: { "k8s:io.kubernetes.pod.namespace": "kube-system", "k8s:k8s-app": "kube-dns" } }],
      toPorts: [{ ports: [{ port: "53", protocol: "ANY" }], rules: { dns: [{ matchPattern: "*" }] } }],
    },
    ...sorted.map(([matchName, ports]) => ({
      toFQDNs: [{ matchName }],
      toPorts: [
        { ports: [...ports].sort((a, b) => a - b).map((port) => ({ port: String(port), protocol: "TCP" as const })) },
      ],
    })),
  ];
}
