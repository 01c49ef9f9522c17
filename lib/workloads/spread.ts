import type { k8s } from "cdk8s-plus-28";

/**
 * Spreads pods over zones and nodes where that is possible, each revision by itself, without keeping any from running.
 *
 * @see https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/
 */
export function spread(selector: Readonly<Record<string, string>>): k8s.TopologySpreadConstraint[] {
  return ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map((topologyKey) => ({
    topologyKey,
    maxSkew: 1,
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: { ...selector } },
    matchLabelKeys: ["pod-template-hash"],
  }));
}
