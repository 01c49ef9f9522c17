import { compare } from "../core/findings";
import {
  Namespaces,
  type NetworkObject,
  type NetworkPod,
  type NetworkPort,
  podOf,
  type Protocol,
} from "./network-pods";
import {
  admitsPort,
  type Direction,
  type NetworkPeer,
  type NetworkPolicy,
  type NetworkRule,
  policiesOf,
  type PortRange,
} from "./network-policies";
import { type Outside, outsideOf } from "./network-outside";
import { type Labels, selects } from "./network-selectors";

/** Pods that no Plan knows, such as those of a gateway: where they run and how they are labeled. */
export interface OtherPods {
  readonly cluster: string;
  readonly namespace: string;
  /** Labels of the pods. @default - none */
  readonly labels?: Labels | undefined;
}

/** An address outside of the clusters. */
export interface Address {
  readonly ip: string;
}

/** A host outside of the clusters, by its name in DNS. */
export interface Host {
  readonly host: string;
}

/** Policies that admit traffic, by id; none on a side where no policy holds anything off. */
export interface AdmittedBy {
  /** Of the pods that traffic comes from. */
  readonly egress: readonly string[];
  /** Of the pods that it goes to. */
  readonly ingress: readonly string[];
}

/** Whether traffic arrives, and which policies admit it. */
export interface Verdict {
  readonly allowed: boolean;
  /** What admits it, on the sides that do. */
  readonly by: AdmittedBy;
}

/** Pods that reach a port of other pods. */
export interface NetworkEdge {
  readonly from: NetworkPod;
  readonly to: NetworkPod;
  readonly port: NetworkPort;
  readonly by: AdmittedBy;
}

/** What is not in the Plans and reaches a port of pods, as far as their own policies say. */
export interface NetworkEntry {
  readonly from: Outside;
  readonly to: NetworkPod;
  readonly port: NetworkPort;
  /** Ids of the policies that admit it; none where no policy holds anything off. */
  readonly by: readonly string[];
}

/** What is not in the Plans and is reached by pods, as far as their own policies say. */
export interface NetworkExit {
  readonly from: NetworkPod;
  readonly to: Outside;
  /** The ports; none means all of them. */
  readonly port: PortRange | undefined;
  /** Ids of the policies that admit it; none where no policy holds anything off. */
  readonly by: readonly string[];
}

/** What a side of a connection says: open to everything, or only to what policies admit. */
interface Side {
  readonly allowed: boolean;
  readonly by: readonly string[];
}

const OPEN: Side = { allowed: true, by: [] };

/**
 * Who can reach whom, by the policies of one environment: of one Plan, or of a platform's and applications' together.
 *
 * It reads NetworkPolicies as the API defines them, and from CiliumNetworkPolicies what they say of egress to hosts and of ingress from
 * entities. A workload stands for
 * its pods, which reach only what is in the same cluster; whether it reaches itself is about two of its pods. No policy holds off a node
 * from the pods that it runs, so pods in the network of their node reach all others.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/network-policies/
 */
export class Network {
  /** Pods by id of the objects that make them. */
  public readonly pods: readonly NetworkPod[];
  private readonly namespaces: Namespaces;
  private readonly policies = new Map<string, NetworkPolicy[]>();
  private readonly selecting = new Map<NetworkPod, readonly NetworkPolicy[]>();
  private readonly meant = new Map<NetworkPeer, ReadonlySet<NetworkPod>>();
  private readonly alike = new Map<string, ReadonlySet<NetworkPod>>();

  public constructor(objects: readonly NetworkObject[]) {
    this.pods = objects.flatMap((object) => podOf(object) ?? []).sort((a, b) => compare(a.id, b.id));
    this.namespaces = new Namespaces(objects);
    const policies = objects.flatMap(policiesOf).sort((a, b) => compare(a.id, b.id));
    for (const policy of policies) push(this.policies, placeOf(policy), policy);
    for (const pod of this.pods) this.selecting.set(pod, this.policiesFor(pod));
  }

  /**
   * Whether a port of pods is reached.
   *
   * @param from - pods of the Plans, other pods, or an address outside of the clusters
   * @param to - pods of the Plans
   * @param port - number of the port that the pods listen on, not that of a Service before them
   */
  public reaches(
    from: NetworkPod | OtherPods | Address,
    to: NetworkPod,
    port: number,
    protocol: Protocol = "TCP",
  ): Verdict {
    const admits = (rule: NetworkRule): boolean => admitsPort(rule.ports, port, protocol, to);
    if ("ip" in from) {
      const ingress = this.side(to, "ingress", (rule) => admits(rule) && toAddress(rule, from.ip));
      return verdict(OPEN, ingress);
    }
    if (from.cluster !== to.cluster) return { allowed: false, by: { egress: [], ingress: [] } };
    const egress = this.side(from, "egress", (rule, policy) => admits(rule) && this.toPods(rule, policy, to));
    if (isOnNode(from)) return verdict(egress, OPEN);
    const ingress = this.side(to, "ingress", (rule, policy) => admits(rule) && this.toPods(rule, policy, from));
    return verdict(egress, ingress);
  }

  /**
   * Whether pods reach an address or a host outside of the clusters. By name, policies of addresses admit a host only where they admit
   * every address but some.
   *
   * @param from - pods of the Plans, or other pods
   */
  public egressTo(from: NetworkPod | OtherPods, to: Address | Host, port: number, protocol: Protocol = "TCP"): Verdict {
    const admits = (rule: NetworkRule): boolean =>
      admitsPort(rule.ports, port, protocol, undefined) &&
      ("ip" in to ? toAddress(rule, to.ip) : toHost(rule, to.host));
    return verdict(this.side(from, "egress", admits), OPEN);
  }

  /** Every port that containers declare and pods of the same cluster reach. */
  public reachable(): NetworkEdge[] {
    return this.pods.flatMap((from) =>
      this.candidates(from).flatMap((to) =>
        to.ports.flatMap((port) => {
          const { allowed, by } = this.reaches(from, to, port.port, port.protocol);
          return allowed ? [{ from, to, port, by }] : [];
        }),
      ),
    );
  }

  /** What is not in the Plans and that policies of pods admit to their ports: addresses, and pods of namespaces that rules name. */
  public entries(): NetworkEntry[] {
    return this.pods.flatMap((to) =>
      to.ports.flatMap((port) =>
        this.outside(to, "ingress", (rule) => admitsPort(rule.ports, port.port, port.protocol, to)).map(
          ({ place, by }) => ({ from: place, to, port, by }),
        ),
      ),
    );
  }

  /** What is not in the Plans and that policies of pods let them reach: addresses, hosts, and pods that rules name. */
  public exits(): NetworkExit[] {
    return this.pods.flatMap((from) => {
      const ranges = new Map<string, PortRange | undefined>();
      for (const { rules } of this.selecting.get(from) ?? [])
        for (const rule of rules.egress ?? [])
          for (const range of rule.ports ?? [undefined]) ranges.set(JSON.stringify(range ?? null), range);
      const all = this.isOpen(from, "egress") ? new Map([["null", undefined]]) : ranges;
      return [...all].sort(byKey).flatMap(([key, port]) => {
        const has = (rule: NetworkRule): boolean =>
          (rule.ports ?? [undefined]).some((range) => JSON.stringify(range ?? null) === key);
        return this.outside(from, "egress", has).map(({ place, by }) => ({ from, to: place, port, by }));
      });
    });
  }

  /** Places outside that rules of the policies of pods admit, each with the policies. */
  private outside(
    pod: NetworkPod,
    direction: Direction,
    has: (rule: NetworkRule) => boolean,
  ): { readonly place: Outside; readonly by: readonly string[] }[] {
    if (this.isOpen(pod, direction)) return [{ place: { kind: "anywhere" }, by: [] }];
    const found = new Map<string, { readonly place: Outside; readonly by: string[] }>();
    for (const policy of this.selecting.get(pod) ?? []) {
      for (const rule of policy.rules[direction] ?? []) {
        if (!has(rule)) continue;
        for (const place of this.placesOf(rule, policy)) {
          const key = JSON.stringify(place);
          const known = found.get(key) ?? { place, by: [] };
          if (!known.by.includes(policy.id)) known.by.push(policy.id);
          found.set(key, known);
        }
      }
    }
    return [...found].sort(byKey).map(([, one]) => one);
  }

  private placesOf(rule: NetworkRule, policy: NetworkPolicy): readonly Outside[] {
    if (!rule.peers) return [{ kind: "anywhere" }];
    return rule.peers.flatMap((peer) =>
      // Pods that the Plans know are no outside.
      peer.kind === "pods" && this.podsOf(peer, policy).size > 0 ? [] : outsideOf(peer, policy.namespace),
    );
  }

  /** The pods that some may reach by their own policies. */
  private candidates(from: NetworkPod): readonly NetworkPod[] {
    if (this.isOpen(from, "egress")) return this.pods.filter(({ cluster }) => cluster === from.cluster);
    const found = new Set<NetworkPod>();
    for (const policy of this.selecting.get(from) ?? []) {
      for (const { peers } of policy.rules.egress ?? []) {
        if (!peers) return this.pods.filter(({ cluster }) => cluster === from.cluster);
        for (const peer of peers) for (const pod of this.podsOf(peer, policy)) found.add(pod);
      }
    }
    return [...found].sort((a, b) => compare(a.id, b.id));
  }

  private isOpen(pod: NetworkPod | OtherPods, direction: Direction): boolean {
    return !this.policiesFor(pod).some(({ isolates, rules }) => isolates && rules[direction]);
  }

  private side(
    pod: NetworkPod | OtherPods,
    direction: Direction,
    admits: (rule: NetworkRule, policy: NetworkPolicy) => boolean,
  ): Side {
    if (this.isOpen(pod, direction)) return OPEN;
    const by = this.policiesFor(pod)
      .filter((policy) => policy.rules[direction]?.some((rule) => admits(rule, policy)))
      .map(({ id }) => id);
    return { allowed: by.length > 0, by };
  }

  private policiesFor(pod: NetworkPod | OtherPods): readonly NetworkPolicy[] {
    const known = "id" in pod ? this.selecting.get(pod) : undefined;
    if (known) return known;
    if (isOnNode(pod)) return [];
    return (this.policies.get(placeOf(pod)) ?? []).filter(({ pods }) => selects(pods, pod.labels ?? {}));
  }

  private toPods(rule: NetworkRule, policy: NetworkPolicy, pod: NetworkPod | OtherPods): boolean {
    if (!rule.peers) return true;
    return rule.peers.some((peer) =>
      "id" in pod ? this.podsOf(peer, policy).has(pod) : this.means(peer, policy, pod),
    );
  }

  /** The pods of the Plans that a peer means. Rules of many policies say the same. */
  private podsOf(peer: NetworkPeer, policy: NetworkPolicy): ReadonlySet<NetworkPod> {
    const known = this.meant.get(peer);
    if (known) return known;
    const { cluster, namespace } = policy;
    const key = JSON.stringify([cluster, peer.kind === "pods" && peer.namespaces ? "" : namespace, peer]);
    const found = this.alike.get(key) ?? new Set(this.pods.filter((pod) => this.means(peer, policy, pod)));
    this.meant.set(peer, found);
    this.alike.set(key, found);
    return found;
  }

  private means(peer: NetworkPeer, { cluster, namespace }: NetworkPolicy, pod: NetworkPod | OtherPods): boolean {
    if (pod.cluster !== cluster) return false;
    if (peer.kind === "addresses") return peer.block.holdsPods;
    if (peer.kind !== "pods" || isOnNode(pod)) return false;
    if (!selects(peer.pods, pod.labels ?? {})) return false;
    return peer.namespaces
      ? selects(peer.namespaces, this.namespaces.labelsOf(cluster, pod.namespace))
      : pod.namespace === namespace;
  }
}

function verdict(egress: Side, ingress: Side): Verdict {
  return { allowed: egress.allowed && ingress.allowed, by: { egress: egress.by, ingress: ingress.by } };
}

function toAddress(rule: NetworkRule, ip: string): boolean {
  return rule.peers?.some((peer) => peer.kind === "addresses" && peer.block.has(ip)) ?? true;
}

function toHost(rule: NetworkRule, host: string): boolean {
  if (!rule.peers) return true;
  return rule.peers.some((peer) =>
    peer.kind === "host" ? peer.has(host) : peer.kind === "addresses" && peer.block.isEverywhere,
  );
}

/** Whether pods are in the network of their node: policies take them for the node. */
function isOnNode(pod: NetworkPod | OtherPods): boolean {
  return "hostNetwork" in pod && pod.hostNetwork;
}

function placeOf({ cluster, namespace }: { readonly cluster: string; readonly namespace: string }): string {
  return `${cluster}\0${namespace}`;
}

function push<T>(groups: Map<string, T[]>, key: string, item: T): void {
  const group = groups.get(key);
  if (group) group.push(item);
  else groups.set(key, [item]);
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return compare(a, b);
}
