import { groupOf, isBuiltIn } from "../plan/kinds";

// Kinds that moved: other API versions under which Kubernetes served the same objects.
// https://kubernetes.io/docs/reference/using-api/deprecation-guide/
const MOVES: Readonly<Record<string, readonly string[]>> = {
  CronJob: ["batch/v1", "batch/v1beta1"],
  DaemonSet: ["apps/v1", "apps/v1beta2", "extensions/v1beta1"],
  Deployment: ["apps/v1", "apps/v1beta2", "apps/v1beta1", "extensions/v1beta1"],
  EndpointSlice: ["discovery.k8s.io/v1", "discovery.k8s.io/v1beta1"],
  HorizontalPodAutoscaler: ["autoscaling/v2", "autoscaling/v2beta2", "autoscaling/v2beta1", "autoscaling/v1"],
  Ingress: ["networking.k8s.io/v1", "networking.k8s.io/v1beta1", "extensions/v1beta1"],
  IngressClass: ["networking.k8s.io/v1", "networking.k8s.io/v1beta1"],
  NetworkPolicy: ["networking.k8s.io/v1", "extensions/v1beta1"],
  PodDisruptionBudget: ["policy/v1", "policy/v1beta1"],
  PriorityClass: ["scheduling.k8s.io/v1", "scheduling.k8s.io/v1beta1"],
  ReplicaSet: ["apps/v1", "apps/v1beta2", "extensions/v1beta1"],
  StatefulSet: ["apps/v1", "apps/v1beta2", "apps/v1beta1"],
  ValidatingAdmissionPolicy: ["admissionregistration.k8s.io/v1", "admissionregistration.k8s.io/v1beta1"],
  ValidatingAdmissionPolicyBinding: ["admissionregistration.k8s.io/v1", "admissionregistration.k8s.io/v1beta1"],
};
const CUSTOM_VERSIONS = ["v1", "v1beta1", "v1alpha1"];

/** Pulumi's type token of a Kubernetes object; the core group, which has no name, is `core`. */
export function typeToken(apiVersion: string, kind: string): string {
  return `kubernetes:${apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`}:${kind}`;
}

/** Tokens that the same object may have had under another version of its API, so that a move does not re-create it. */
export function formerTokens(apiVersion: string, kind: string): string[] {
  const known = MOVES[kind];
  const versions = known?.includes(apiVersion)
    ? known
    : isBuiltIn(apiVersion)
      ? []
      : CUSTOM_VERSIONS.map((version) => `${groupOf(apiVersion)}/${version}`);
  return versions.filter((version) => version !== apiVersion).map((version) => typeToken(version, kind));
}
