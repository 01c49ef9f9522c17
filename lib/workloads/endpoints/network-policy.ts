import { k8s } from "cdk8s-plus-28";
import { egressRules, isNamed, placeOf } from "../../connections/egress";
import type { Peer } from "../../connections/connectable";
import { capabilityOf, type TrafficSource } from "../../core/capability";
import { LABEL, NAMESPACE_NAME } from "../../core/labels";
import type { ClusterRef, Named } from "../../core/scope";
import { type EndpointSpec, transport } from "./endpoints";
import { entryCapability } from "./entry";
import type { Visibility } from "./types";

/** Who reaches a workload, and whom it reaches: nothing else. */
export interface NetworkNeeds {
  readonly selector: Named<string>;
  readonly endpoints: readonly EndpointSpec[];
  /** Name of the tenant. */
  readonly tenant: string;
  /** Where its connections lead. */
  readonly peers: readonly Peer[];
}

/**
 * The policy of a workload. From inside of the environment its endpoints are open to whom they are visible to, as each consumer's own
 * policy says whether it gets there; they may be in different repositories.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/network-policies/
 */
export function networkPolicy(needs: NetworkNeeds, cluster: ClusterRef): k8s.NetworkPolicySpec {
  const unnamed = capabilityOf(cluster, "cilium") ? needs.peers.filter((peer) => !isNamed(peer)) : needs.peers;
  const ingress = [...ingressRules(needs, entryCapability(cluster)?.from), ...scalerRules(needs, cluster)];
  const egress = egressRules(unnamed);
  return {
    podSelector: { matchLabels: { ...needs.selector } },
    policyTypes: ["Ingress", "Egress"],
    ...(ingress.length > 0 ? { ingress } : {}),
    ...(egress.length > 0 ? { egress } : {}),
  };
}

function ingressRules(
  { endpoints, tenant }: NetworkNeeds,
  outside: TrafficSource | undefined,
): k8s.NetworkPolicyIngressRule[] {
  const from: Readonly<Record<Visibility, k8s.NetworkPolicyPeer[]>> = {
    tenant: [{ namespaceSelector: { matchLabels: { [LABEL.tenant]: tenant } } }],
    environment: [ANY_TENANT],
    external: [ANY_TENANT, ...(outside ? sourcePeers(outside) : [])],
  };
  return (["tenant", "environment", "external"] as const).flatMap((visibility) => {
    const visible = endpoints.filter((endpoint) => endpoint.visibility === visibility);
    return visible.length === 0 ? [] : [{ from: from[visibility], ports: portsOf(visible) }];
  });
}

/** What scales others lets in whoever asks it how many pods they need. */
function scalerRules({ endpoints }: NetworkNeeds, cluster: ClusterRef): k8s.NetworkPolicyIngressRule[] {
  const from = capabilityOf(cluster, "keda")?.from;
  const asked = from ? endpoints.filter((endpoint) => endpoint.isAskedByScaler?.(cluster)) : [];
  return from && asked.length > 0 ? [{ from: sourcePeers(from), ports: portsOf(asked) }] : [];
}

function portsOf(endpoints: readonly EndpointSpec[]): k8s.NetworkPolicyPort[] {
  return endpoints.map(({ name, protocol }) => ({
    port: k8s.IntOrString.fromString(name),
    protocol: transport(protocol),
  }));
}

const ANY_TENANT: k8s.NetworkPolicyPeer = {
  namespaceSelector: { matchExpressions: [{ key: LABEL.tenant, operator: "Exists" }] },
};

function sourcePeers({ namespace, cidrs }: TrafficSource): k8s.NetworkPolicyPeer[] {
  if (namespace !== undefined) return [{ namespaceSelector: { matchLabels: { [NAMESPACE_NAME]: namespace } } }];
  return cidrs === undefined ? [] : [...placeOf({ cidrs })];
}

/**
 * What a CiliumNetworkPolicy says of external endpoints where Cilium itself brings the traffic: that has an identity of its own, which
 * no NetworkPolicy can name. Undefined where something else brings it.
 *
 * @see https://docs.cilium.io/en/stable/network/servicemesh/ingress-and-network-policy/
 */
export function ciliumEntry(
  { endpoints, selector }: Pick<NetworkNeeds, "endpoints" | "selector">,
  cluster: ClusterRef,
): object | undefined {
  const external = endpoints.filter(({ visibility }) => visibility === "external");
  const entity = entryCapability(cluster)?.from.entity;
  if (entity === undefined || external.length === 0) return undefined;
  const ports = external.map(({ port, protocol }) => ({ port: String(port), protocol: transport(protocol) }));
  return {
    endpointSelector: { matchLabels: { ...selector } },
    ingress: [{ fromEntities: [entity], toPorts: [{ ports }] }],
  };
}
