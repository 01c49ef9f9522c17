import type { KubeObject } from "../core/amend";

/** Group and kind, as in `apps/Deployment`; the core group is `core`. */
export type GroupKind = string;

// Kinds without a namespace in Kubernetes 1.36, and those of operators that platforms commonly run. Kinds of custom resource
// definitions in the same program are known from those.
const CLUSTER_SCOPED: ReadonlySet<GroupKind> = new Set([
  "core/Namespace",
  "core/Node",
  "core/PersistentVolume",
  "core/ComponentStatus",
  "admissionregistration.k8s.io/MutatingAdmissionPolicy",
  "admissionregistration.k8s.io/MutatingAdmissionPolicyBinding",
  "admissionregistration.k8s.io/MutatingWebhookConfiguration",
  "admissionregistration.k8s.io/ValidatingAdmissionPolicy",
  "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding",
  "admissionregistration.k8s.io/ValidatingWebhookConfiguration",
  "apiextensions.k8s.io/CustomResourceDefinition",
  "apiregistration.k8s.io/APIService",
  "certificates.k8s.io/CertificateSigningRequest",
  "certificates.k8s.io/ClusterTrustBundle",
  "flowcontrol.apiserver.k8s.io/FlowSchema",
  "flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration",
  "networking.k8s.io/IngressClass",
  "networking.k8s.io/IPAddress",
  "networking.k8s.io/ServiceCIDR",
  "node.k8s.io/RuntimeClass",
  "rbac.authorization.k8s.io/ClusterRole",
  "rbac.authorization.k8s.io/ClusterRoleBinding",
  "resource.k8s.io/DeviceClass",
  "resource.k8s.io/ResourcePoolStatusRequest",
  "resource.k8s.io/ResourceSlice",
  "resource.k8s.io/DeviceTaintRule",
  "scheduling.k8s.io/PriorityClass",
  "storage.k8s.io/CSIDriver",
  "storage.k8s.io/CSINode",
  "storage.k8s.io/StorageClass",
  "storage.k8s.io/VolumeAttachment",
  "storage.k8s.io/VolumeAttributesClass",
  "storagemigration.k8s.io/StorageVersionMigration",
  "cert-manager.io/ClusterIssuer",
  "cilium.io/CiliumClusterwideNetworkPolicy",
  "external-secrets.io/ClusterExternalSecret",
  "external-secrets.io/ClusterSecretStore",
  "gateway.networking.k8s.io/GatewayClass",
  "karpenter.k8s.aws/EC2NodeClass",
  "karpenter.sh/NodePool",
  "karpenter.sh/NodeClaim",
  "kyverno.io/ClusterPolicy",
  "kyverno.io/ClusterCleanupPolicy",
  "policy.networking.k8s.io/AdminNetworkPolicy",
  "policy.networking.k8s.io/BaselineAdminNetworkPolicy",
]);

/** `apps` of `apps/v1`, `core` of `v1`. */
export function groupOf(apiVersion: string): string {
  return apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "core";
}

export function groupKindOf(object: Pick<KubeObject, "apiVersion" | "kind">): GroupKind {
  return `${groupOf(object.apiVersion)}/${object.kind}`;
}

const PRECIOUS: ReadonlySet<GroupKind> = new Set([
  "core/Namespace",
  "core/PersistentVolume",
  "core/PersistentVolumeClaim",
  "apiextensions.k8s.io/CustomResourceDefinition",
]);

/** Whether deleting it loses data, or everything inside; Pulumi protects such objects in tiers like production. */
export function isPrecious(object: Pick<KubeObject, "apiVersion" | "kind">): boolean {
  return PRECIOUS.has(groupKindOf(object));
}

/** Whether the group is one of Kubernetes' own, whose kinds are all known here. */
export function isBuiltIn(apiVersion: string): boolean {
  const group = groupOf(apiVersion);
  return (
    !group.includes(".") ||
    (group.endsWith(".k8s.io") &&
      !/^(gateway|policy)\.networking\.|\.x-k8s\.io$|^(autoscaling|snapshot|metrics)\./.test(group))
  );
}

export function isClusterScoped(
  object: KubeObject,
  definitions: ReadonlyMap<GroupKind, "Cluster" | "Namespaced">,
): boolean {
  const kind = groupKindOf(object);
  const defined = definitions.get(kind);
  return defined ? defined === "Cluster" : CLUSTER_SCOPED.has(kind);
}

/** The kind and scope that a CustomResourceDefinition defines. */
export function definitionOf(
  object: KubeObject,
): { readonly kind: GroupKind; readonly scope: "Cluster" | "Namespaced" } | undefined {
  if (groupKindOf(object) !== "apiextensions.k8s.io/CustomResourceDefinition") return undefined;
  const spec = object["spec"] as { group?: string; scope?: string; names?: { kind?: string } } | undefined;
  if (!spec?.group || !spec.names?.kind) return undefined;
  return { kind: `${spec.group}/${spec.names.kind}`, scope: spec.scope === "Cluster" ? "Cluster" : "Namespaced" };
}

// Kinds of Kubernetes that people make pods by.
const PODS: ReadonlySet<GroupKind> = new Set([
  "apps/DaemonSet",
  "apps/Deployment",
  "apps/StatefulSet",
  "batch/CronJob",
  "batch/Job",
  "core/Pod",
]);

/** Whether objects of a kind are pods, or make some. */
export function makesPods(kind: GroupKind): boolean {
  return PODS.has(kind);
}

// Where those that keep a template of their pods have it.
const TEMPLATES: Readonly<Record<GroupKind, readonly string[]>> = {
  "apps/DaemonSet": ["spec", "template"],
  "apps/Deployment": ["spec", "template"],
  "apps/ReplicaSet": ["spec", "template"],
  "apps/StatefulSet": ["spec", "template"],
  "batch/CronJob": ["spec", "jobTemplate", "spec", "template"],
  "batch/Job": ["spec", "template"],
  "core/Pod": [],
  "core/ReplicationController": ["spec", "template"],
};

/** The pods that an object of a kind makes, with `metadata` and `spec`; a Pod is its own. Undefined for kinds that make none. */
export function podTemplateOf(kind: GroupKind, object: unknown): object | undefined {
  const path = TEMPLATES[kind];
  let here: unknown = path && object;
  for (const key of path ?? []) here = (here as Readonly<Record<string, unknown>> | undefined)?.[key];
  return typeof here === "object" && here !== null ? here : undefined;
}
