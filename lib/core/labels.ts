/**
 * Labels that Flagstone sets. The `app.kubernetes.io` ones are Kubernetes' recommended labels.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/
 */
export const LABEL = {
  name: "app.kubernetes.io/name",
  version: "app.kubernetes.io/version",
  managedBy: "app.kubernetes.io/managed-by",
  partOf: "app.kubernetes.io/part-of",
  tenant: "flagstone.dev/tenant",
  environment: "flagstone.dev/environment",
  /** Of namespaces: the first group that owns the tenant. */
  owner: "flagstone.dev/owner",
  /** Of namespaces: who pays. */
  costCenter: "flagstone.dev/cost-center",
  /** Of namespaces: how sensitive the tenant's data is. */
  dataClass: "flagstone.dev/data-class",
  /** Of namespaces: who is called when something breaks. */
  onCall: "flagstone.dev/on-call",
  /** Of objects that hold a tenant to its bounds: only who may delete the namespace may change them. */
  guard: "flagstone.dev/guard",
} as const;

/** Label by which the API server itself names each namespace. */
export const NAMESPACE_NAME = "kubernetes.io/metadata.name";

/** Annotations that Flagstone sets. */
export const ANNOTATION = {
  /** Changes when what the program says of a pod's configuration changes, so that the pods are replaced. */
  configHash: "flagstone.dev/config-hash",
  /** Changes when the outputs in a pod's configuration turn out otherwise, where they are known. */
  outputsHash: "flagstone.dev/outputs-hash",
  /** Tells Pulumi not to wait until an object is ready: https://www.pulumi.com/registry/packages/kubernetes/installation-configuration/ */
  skipAwait: "pulumi.com/skipAwait",
  /** Tells Pulumi how long to wait until an object is ready, in seconds. */
  secondsToAwait: "pulumi.com/timeoutSeconds",
  /** How many seconds Pulumi waits until an object is ready. */
  timeout: "pulumi.com/timeoutSeconds",
  /** Tells Pulumi to make a Job anew that failed: https://www.pulumi.com/registry/packages/kubernetes/api-docs/batch/v1/job/ */
  replaceUnready: "pulumi.com/replaceUnready",
  /** The place of an object in the order in which Argo CD applies them: https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/ */
  syncWave: "argocd.argoproj.io/sync-wave",
  /** What Argo CD does and leaves with an object: https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/ */
  syncOptions: "argocd.argoproj.io/sync-options",
  /** Keeps an object from Flux when it is in Git no more: https://fluxcd.io/flux/components/kustomize/kustomizations/#prune */
  fluxPrune: "kustomize.toolkit.fluxcd.io/prune",
} as const;

/** Beginning of the keys of taints that keep nodes for Kubernetes itself, as those of the control plane. */
export const NODE_ROLES = "node-role.kubernetes.io/";
