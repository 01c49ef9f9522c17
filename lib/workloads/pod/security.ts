import type { k8s } from "cdk8s-plus-28";

/**
 * What Pod Security `restricted` asks of a pod, and a user id that no system user of a node has.
 *
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 */
export function podSecurity(user: number | "image"): k8s.PodSecurityContext {
  return {
    runAsNonRoot: true,
    ...(user === "image"
      ? {}
      : { runAsUser: user, runAsGroup: user, fsGroup: user, fsGroupChangePolicy: "OnRootMismatch" }),
    seccompProfile: { type: "RuntimeDefault" },
  };
}

/** What Pod Security `restricted` asks of a container, and a root file system that nobody writes to. */
export function containerSecurity(user: number | "image"): k8s.SecurityContext {
  return {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
    privileged: false,
    readOnlyRootFilesystem: true,
    runAsNonRoot: true,
    ...(user === "image" ? {} : { runAsUser: user, runAsGroup: user }),
  };
}
