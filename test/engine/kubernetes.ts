// What the API server of Kubernetes 1.36 and Pulumi's provider know of kinds, written from the API reference and not from lib/.
// https://kubernetes.io/docs/reference/kubernetes-api/

export type Scope = "cluster" | "namespace";

const CLUSTER: Readonly<Record<string, string>> = {
  core: "Namespace Node PersistentVolume",
  "admissionregistration.k8s.io":
    "MutatingAdmissionPolicy MutatingAdmissionPolicyBinding MutatingWebhookConfiguration " +
    "ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration",
  "apiextensions.k8s.io": "CustomResourceDefinition",
  "apiregistration.k8s.io": "APIService",
  "certificates.k8s.io": "CertificateSigningRequest ClusterTrustBundle",
  "flowcontrol.apiserver.k8s.io": "FlowSchema PriorityLevelConfiguration",
  "networking.k8s.io": "IPAddress IngressClass ServiceCIDR",
  "node.k8s.io": "RuntimeClass",
  "rbac.authorization.k8s.io": "ClusterRole ClusterRoleBinding",
  "resource.k8s.io": "DeviceClass DeviceTaintRule ResourcePoolStatusRequest ResourceSlice",
  "scheduling.k8s.io": "PriorityClass",
  "storage.k8s.io": "CSIDriver CSINode StorageClass VolumeAttachment VolumeAttributesClass",
  "storagemigration.k8s.io": "StorageVersionMigration",
};

const NAMESPACE: Readonly<Record<string, string>> = {
  core:
    "ConfigMap Endpoints Event LimitRange PersistentVolumeClaim Pod PodTemplate ReplicationController ResourceQuota " +
    "Secret Service ServiceAccount",
  apps: "ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet",
  autoscaling: "HorizontalPodAutoscaler",
  batch: "CronJob Job",
  "certificates.k8s.io": "PodCertificateRequest",
  "coordination.k8s.io": "Lease LeaseCandidate",
  "discovery.k8s.io": "EndpointSlice",
  "events.k8s.io": "Event",
  "networking.k8s.io": "Ingress NetworkPolicy",
  policy: "PodDisruptionBudget",
  "rbac.authorization.k8s.io": "Role RoleBinding",
  "resource.k8s.io": "ResourceClaim ResourceClaimTemplate",
  "scheduling.k8s.io": "PodGroup Workload",
  "storage.k8s.io": "CSIStorageCapacity",
  // Not served any more; kept for tests of objects that moved away from it.
  extensions: "DaemonSet Deployment Ingress NetworkPolicy ReplicaSet",
};

/** Kinds of Kubernetes itself with their scope, as `<group>/<kind>`; the core group is `core`. */
export const SCOPES: ReadonlyMap<string, Scope> = new Map([
  ...kindsOf(CLUSTER).map((kind) => [kind, "cluster"] as const),
  ...kindsOf(NAMESPACE).map((kind) => [kind, "namespace"] as const),
]);

/** Groups of Kubernetes itself: a kind of one of these that is not above does not exist. */
export const GROUPS: ReadonlySet<string> = new Set([...Object.keys(CLUSTER), ...Object.keys(NAMESPACE)]);

function kindsOf(groups: Readonly<Record<string, string>>): string[] {
  return Object.entries(groups).flatMap(([group, kinds]) => kinds.split(" ").map((kind) => `${group}/${kind}`));
}

/**
 * The parts of a type token, as Pulumi's provider takes it apart; undefined when it cannot. `ServiceAccountPatch` is a ServiceAccount of
 * which it sets some fields.
 *
 * @see https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/#patch-a-resource
 */
export function parseToken(
  token: string,
): { readonly group: string; readonly version: string; readonly kind: string } | undefined {
  const match = /^kubernetes:(?<group>[^/:]+)\/(?<version>[^/:]+):(?<kind>[^:]+)$/.exec(token);
  const { group, version, kind } = match?.groups ?? {};
  if (group === undefined || version === undefined || kind === undefined) return undefined;
  const patched = kind.replace(/Patch$/, "");
  return { group, version, kind: SCOPES.has(`${group}/${patched}`) ? patched : kind };
}

// Fields whose change makes Pulumi's provider replace the object.
// https://github.com/pulumi/pulumi-kubernetes/blob/master/provider/pkg/provider/diff.go
const REPLACING: Readonly<Record<string, readonly string[]>> = {
  "apps/DaemonSet": ["spec.selector"],
  "apps/Deployment": ["spec.selector"],
  "apps/StatefulSet": [
    "spec.podManagementPolicy",
    "spec.revisionHistoryLimit",
    "spec.selector",
    "spec.serviceName",
    "spec.volumeClaimTemplates",
  ],
  "batch/Job": ["spec.completions", "spec.parallelism", "spec.selector", "spec.template"],
  "core/PersistentVolumeClaim": ["spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName"],
  "core/Secret": ["type"],
  "core/Service": ["spec.clusterIP"],
  "rbac.authorization.k8s.io/ClusterRoleBinding": ["roleRef"],
  "rbac.authorization.k8s.io/RoleBinding": ["roleRef"],
  "storage.k8s.io/StorageClass": ["parameters", "provisioner"],
};

/** Fields of an object that cannot change in place, given the configuration of its provider. */
export function replacingFields(token: string, provider: Readonly<Record<string, unknown>>): string[] {
  const parsed = parseToken(token);
  const kind = parsed ? `${parsed.group}/${parsed.kind}` : "";
  return [
    "metadata.name",
    "metadata.namespace",
    ...(REPLACING[kind] ?? []),
    ...(kind === "core/ConfigMap" && !isTrue(provider["enableConfigMapMutable"]) ? ["data", "binaryData"] : []),
    ...(kind === "core/Secret" && !isTrue(provider["enableSecretMutable"]) ? ["data", "stringData"] : []),
  ];
}

/** Configuration of a provider travels as JSON text. */
function isTrue(value: unknown): boolean {
  return value === true || value === "true";
}
