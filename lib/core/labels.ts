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
} as const;

/** Annotations that Flagstone sets. */
export const ANNOTATION = {
  /** Changes when the configuration of a pod changes, so that the pods are replaced. */
  configHash: "flagstone.dev/config-hash",
} as const;
