import { k8s } from "cdk8s-plus-28";
import { egressRules } from "../../connections/egress";
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
  const hosts = capabilityOf(cluster, "cilium") ? needs.peers.filter(({ kind }) => kind !== "host") : needs.peers;
  const ingress = ingressRules(needs, entryCapability(cluster)?.from);
  const egress = egressRules(hosts);
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
    if (visible.length === 0) return [];
    const ports = visible.map(({ name, protocol }) => ({
      port: k8s.IntOrString.fromString(name),
      protocol: transport(protocol),
    }));
    return [{ from: from[visibility], ports }];
  });
}

const ANY_TENANT: k8s.NetworkPolicyPeer = {
  namespaceSelector: { matchExpressions: [{ key: LABEL.tenant, operator: "Exists" }] },
};

function sourcePeers(source: TrafficSource): k8s.NetworkPolicyPeer[] {
  if (source.namespace !== undefined)
    return [{ namespaceSelector: { matchLabels: { [NAMESPACE_NAME]: source.namespace } } }];
  return source.cidrs.map((cidr) => ({ ipBlock: { cidr } }));
}
