import { groupOf } from "../plan/kinds";

// Kinds that were served by another group, or in unusual versions.
// https://kubernetes.io/docs/reference/using-api/deprecation-guide/
const MOVES: Readonly<Record<string, readonly string[]>> = {
  DaemonSet: ["apps/v1", "apps/v1beta2", "extensions/v1beta1"],
  Deployment: ["apps/v1", "apps/v1beta2", "apps/v1beta1", "extensions/v1beta1"],
  HorizontalPodAutoscaler: ["autoscaling/v2", "autoscaling/v2beta2", "autoscaling/v2beta1", "autoscaling/v1"],
  Ingress: ["networking.k8s.io/v1", "networking.k8s.io/v1beta1", "extensions/v1beta1"],
  NetworkPolicy: ["networking.k8s.io/v1", "extensions/v1beta1"],
  ReplicaSet: ["apps/v1", "apps/v1beta2", "extensions/v1beta1"],
};
/** Versions that a kind goes through within its group. */
const VERSIONS = ["v1", "v1beta2", "v1beta1", "v1alpha1"];

/** Pulumi's type token of a Kubernetes object; the core group, which has no name, is `core`. */
export function typeToken(apiVersion: string, kind: string): string {
  return `kubernetes:${apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`}:${kind}`;
}

/** Tokens that the same object may have had under another version of its API, so that a move does not re-create it. */
export function formerTokens(apiVersion: string, kind: string): string[] {
  return versionsOf(apiVersion, kind)
    .filter((version) => version !== apiVersion)
    .map((version) => typeToken(version, kind));
}

function versionsOf(apiVersion: string, kind: string): readonly string[] {
  const group = groupOf(apiVersion);
  if (group === "core") return [];
  const known = MOVES[kind];
  return known?.includes(apiVersion) ? known : VERSIONS.map((version) => `${group}/${version}`);
}
