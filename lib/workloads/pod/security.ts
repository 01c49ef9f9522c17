import type { k8s } from "cdk8s-plus-28";

/** The first port that anybody may listen on, where nothing else is said. */
const FIRST_OPEN_PORT = 1024;

/**
 * What Pod Security `restricted` asks of a pod, and a user id that no system user of a node has. Who is not root may listen on ports below
 * 1024 by a setting of the pod's own network alone, which is among those that `restricted` allows; some container runtimes set it anyway.
 *
 * @param ports - ports that its containers listen on
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 * @see https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/#safe-and-unsafe-sysctls
 */
export function podSecurity(user: number | "image", ports: readonly number[] = []): k8s.PodSecurityContext {
  return {
    runAsNonRoot: true,
    ...(user === "image"
      ? {}
      : { runAsUser: user, runAsGroup: user, fsGroup: user, fsGroupChangePolicy: "OnRootMismatch" }),
    seccompProfile: { type: "RuntimeDefault" },
    ...(ports.some((port) => port < FIRST_OPEN_PORT)
      ? { sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }] }
      : {}),
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
