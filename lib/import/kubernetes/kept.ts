import { isMap, type JsonMap, mapOf, mapsOf } from "../json";
import type { Item } from "./inventory";
import { podTemplateOf, labelsOf } from "./objects";

const NETWORK_POLICY = { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" } as const;

/**
 * A policy for pods that stay as they are: their tenant denies all traffic that nobody lets through, and before, all of the namespace got
 * to them.
 */
export function policyForKept(item: Item): JsonMap | undefined {
  const template = podTemplateOf(item.object);
  const labels = template && selectorOf(item, template);
  if (!labels || Object.keys(labels).length === 0) return undefined;
  return {
    ...NETWORK_POLICY,
    metadata: { name: `kept-${item.name}`, namespace: item.namespace },
    spec: {
      podSelector: { matchLabels: labels },
      policyTypes: ["Ingress", "Egress"],
      ingress: [{ from: [{ podSelector: {} }] }],
      egress: [{}],
    },
  };
}

/** Lets all pods of the namespace get to pods that stay as they are. */
export function policyToKept(item: Item): JsonMap | undefined {
  const template = podTemplateOf(item.object);
  const labels = template && selectorOf(item, template);
  if (!labels || Object.keys(labels).length === 0) return undefined;
  return {
    ...NETWORK_POLICY,
    metadata: { name: `to-kept-${item.name}`, namespace: item.namespace },
    spec: {
      podSelector: {},
      policyTypes: ["Egress"],
      egress: [{ to: [{ podSelector: { matchLabels: labels } }] }],
    },
  };
}

function selectorOf(item: Item, template: JsonMap): JsonMap {
  const { matchLabels } = mapOf(mapOf(item.object["spec"])["selector"]);
  return isMap(matchLabels) ? matchLabels : labelsOf(template);
}

/** Lets traffic from outside to ports of a workload, where what brings it is no endpoint's. */
export function policyFromOutside(workload: string, namespace: string, by: string, ports: readonly number[]): JsonMap {
  return {
    ...NETWORK_POLICY,
    metadata: { name: `${by}-from-outside`, namespace },
    spec: {
      podSelector: { matchLabels: { "app.kubernetes.io/name": workload } },
      policyTypes: ["Ingress"],
      ingress: [{ ports: [...ports].sort((a, b) => a - b).map((port) => ({ port, protocol: "TCP" })) }],
    },
  };
}

/** What a Service takes of a tenant's quota. */
export function quotaOf(service: JsonMap): { readonly loadBalancers: number; readonly nodePorts: number } {
  const { type, ports, allocateLoadBalancerNodePorts } = mapOf(service["spec"]);
  const isBalanced = type === "LoadBalancer";
  const takes = type === "NodePort" || (isBalanced && allocateLoadBalancerNodePorts !== false);
  return { loadBalancers: isBalanced ? 1 : 0, nodePorts: takes ? mapsOf(ports).length : 0 };
}
