import { isMap, type Json, type JsonMap, listOf, mapOf, mapsOf, same, take, said } from "../json";

/** What a pod's security context says for containers that do not say it themselves. */
const INHERITED = [
  "runAsUser",
  "runAsGroup",
  "runAsNonRoot",
  "seccompProfile",
  "seLinuxOptions",
  "windowsOptions",
  "appArmorProfile",
];

/** What holds for a container: its own security context over that of the pod. */
export function effectiveSecurity(pod: unknown, container: unknown): JsonMap {
  const inherited = Object.entries(mapOf(pod)).filter(([key]) => INHERITED.includes(key));
  return { ...Object.fromEntries(inherited), ...mapOf(container) };
}

/** What holds for the pod as a whole. */
export function podOnlySecurity(pod: unknown): JsonMap {
  return Object.fromEntries(Object.entries(mapOf(pod)).filter(([key]) => !INHERITED.includes(key)));
}

/** The `user` of a workload, by its own container: undefined where nothing is said. */
export function userOf(security: JsonMap): number | "image" | undefined {
  const { runAsUser, runAsNonRoot } = security;
  if (typeof runAsUser === "number") return runAsUser > 0 ? runAsUser : undefined;
  return runAsNonRoot === true ? "image" : undefined;
}

/** What was said of security and Flagstone says otherwise; nothing else has to be said. */
export function securityPatch(security: JsonMap, user: number | "image"): JsonMap {
  const id = user === "image" ? undefined : user;
  const own: Readonly<Record<string, Json | undefined>> = {
    runAsUser: id,
    runAsGroup: id,
    runAsNonRoot: true,
    allowPrivilegeEscalation: false,
    privileged: false,
    readOnlyRootFilesystem: true,
    seccompProfile: { type: "RuntimeDefault" },
  };
  const patch: JsonMap = {};
  for (const [key, value] of Object.entries(security)) {
    if (key === "capabilities") {
      // Flagstone drops all, which takes in whatever was dropped.
      const add = listOf(mapOf(value)["add"]);
      if (add.length > 0) patch["capabilities"] = { add };
    } else if (value !== null && !same(value, own[key])) patch[key] = value;
  }
  if (security["runAsUser"] === 0) {
    if (security["runAsNonRoot"] === undefined) patch["runAsNonRoot"] = false;
    // What was not said is the group of root, not that of the user whom Flagstone would take.
    if (security["runAsGroup"] === undefined) patch["runAsGroup"] = 0;
  }
  return patch;
}

/** The same for the pod as a whole. */
export function podSecurityPatch(security: JsonMap, user: number | "image"): JsonMap {
  const own: Readonly<Record<string, Json | undefined>> = {
    fsGroup: user === "image" ? undefined : user,
    fsGroupChangePolicy: "OnRootMismatch",
  };
  return Object.fromEntries(
    Object.entries(podOnlySecurity(security)).filter(([key, value]) => value !== null && !same(value, own[key])),
  );
}

const BASELINE_CAPABILITIES: ReadonlySet<string> = new Set(
  "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT".split(
    " ",
  ),
);
const RESTRICTED_VOLUMES: ReadonlySet<string> = new Set(
  "name configMap csi downwardAPI emptyDir ephemeral persistentVolumeClaim projected secret".split(" "),
);

/** Settings of a pod's own network and memory, which every level allows. */
const SAFE_SYSCTLS: ReadonlySet<string> = new Set([
  "kernel.shm_rmid_forced",
  ...[
    "ip_local_port_range",
    "ip_local_reserved_ports",
    "ip_unprivileged_port_start",
    "ping_group_range",
    "tcp_fin_timeout",
    "tcp_keepalive_intvl",
    "tcp_keepalive_probes",
    "tcp_keepalive_time",
    "tcp_syncookies",
  ].map((name) => `net.ipv4.${name}`),
]);

/** The security context of a pod, without the setting that Flagstone makes itself where a port is below 1024. */
export function withoutOwnSysctl(context: JsonMap, ports: readonly number[]): JsonMap {
  const { sysctls, ...rest } = context;
  const isOwn = ({ name, value }: JsonMap): boolean =>
    name === "net.ipv4.ip_unprivileged_port_start" && value === "0" && ports.some((port) => port < 1024);
  const left = mapsOf(sysctls).filter((sysctl) => !isOwn(sysctl));
  return left.length > 0 ? { ...rest, sysctls: left } : rest;
}

/**
 * The strictest level of Pod Security that lets a pod in.
 *
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */
export function podSecurityLevel(spec: JsonMap): "restricted" | "baseline" | "privileged" {
  const containers = ["containers", "initContainers", "ephemeralContainers"].flatMap((key) => mapsOf(spec[key]));
  const contexts = containers.map(({ securityContext }) => effectiveSecurity(spec["securityContext"], securityContext));
  const volumes = mapsOf(spec["volumes"]);
  const added = contexts.flatMap(({ capabilities }) => listOf(mapOf(capabilities)["add"]).map(said));
  const isPrivileged =
    usesNode(spec) !== undefined ||
    contexts.some(({ privileged, procMount }) => privileged === true || procMount === "Unmasked") ||
    contexts.some(({ seccompProfile }) => mapOf(seccompProfile)["type"] === "Unconfined") ||
    added.some((capability) => !BASELINE_CAPABILITIES.has(capability)) ||
    mapsOf(mapOf(spec["securityContext"])["sysctls"]).some(({ name }) => !SAFE_SYSCTLS.has(said(name)));
  if (isPrivileged) return "privileged";
  const isRestricted =
    volumes.every((volume) => Object.keys(volume).every((key) => RESTRICTED_VOLUMES.has(key))) &&
    added.every((capability) => capability === "NET_BIND_SERVICE") &&
    contexts.every(
      ({ allowPrivilegeEscalation, capabilities, runAsNonRoot, runAsUser, seccompProfile }) =>
        allowPrivilegeEscalation === false &&
        listOf(mapOf(capabilities)["drop"]).includes("ALL") &&
        runAsNonRoot === true &&
        runAsUser !== 0 &&
        ["RuntimeDefault", "Localhost"].includes(said(mapOf(seccompProfile)["type"])),
    );
  return isRestricted ? "restricted" : "baseline";
}

/** What a pod uses of its node, so that no hardened construct can run it. */
export function usesNode(spec: JsonMap): string | undefined {
  for (const key of ["hostNetwork", "hostPID", "hostIPC"]) if (spec[key] === true) return `it uses ${key} of its node`;
  const volume = mapsOf(spec["volumes"]).find((each) => isMap(each["hostPath"]));
  if (volume) return `its volume "${said(volume["name"])}" is a folder of the node`;
  const containers = ["containers", "initContainers"].flatMap((key) => mapsOf(spec[key]));
  for (const container of containers) {
    if (mapsOf(container["ports"]).some(({ hostPort }) => typeof hostPort === "number" && hostPort > 0))
      return `container "${said(container["name"])}" takes a port of the node`;
    if (mapOf(container["securityContext"])["privileged"] === true)
      return `container "${said(container["name"])}" is privileged`;
  }
  return undefined;
}

/** Takes all security contexts of a pod, which patches say anew. */
export function takeSecurity(spec: JsonMap): void {
  take(spec, "securityContext");
  for (const key of ["containers", "initContainers"])
    for (const container of mapsOf(spec[key])) Reflect.deleteProperty(container, "securityContext");
}
