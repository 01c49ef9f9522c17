import type { k8s } from "cdk8s-plus-28";
import { DEFAULT_MEMORY_LIMIT } from "../../core/allowed";
import type { Problem } from "../../core/findings";
import { show } from "../../core/keys";
import type { Named } from "../../core/scope";
import { didYouMean } from "../../core/suggest";
import { type Bytes, formatKibibytes, toKibibytes } from "../../core/units";
import { isMountPath, isRelativePath } from "./paths";
import type { Volume } from "./volume-types";
import { isAlwaysReadOnly, volumesOf } from "./volumes";

type Container = Pick<k8s.Container, "name" | "volumeMounts" | "resources" | "restartPolicy">;
/** A pod as it will be; volumes that make no sense are not in it any more. */
export type MountedPod = Pick<k8s.PodSpec, "volumes"> & {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
};

/** What is wrong with what the containers of a pod do with its volumes, and with what else is in their file systems. */
export function checkMounts(pod: MountedPod, volumes: Named<Volume>): Problem[] {
  const names = Object.keys(volumes);
  const made = (pod.volumes ?? []).map(({ name }) => name);
  const known = new Map(volumesOf(volumes));
  const emptyDirs = emptyDirsOf(pod.volumes ?? []).filter(({ name }) => known.has(name));
  const init = pod.initContainers ?? [];
  const running = [...pod.containers, ...init.filter(({ restartPolicy }) => restartPolicy === "Always")];
  const all = [...pod.containers, ...init];
  const problems = [
    ...all.flatMap(({ volumeMounts: mounts = [] }) => [
      ...mounts
        .filter(({ name }) => !names.includes(name) && !made.includes(name))
        .map((mount) => unknown(mount, names)),
      ...mounts.flatMap((mount) => checkMount(mount, known.get(mount.name))),
      ...mounts.flatMap((mount, i) => mounts.slice(i + 1).flatMap((other) => checkPair(mount, other, known))),
    ]),
    ...all.flatMap((container) => checkMemory(container, emptyDirs)),
    ...checkDisk(running, emptyDirs),
    ...checkUse(all, [...known.keys()]),
  ];
  // Containers that have what the workload's own has make its mistakes, too.
  const seen = new Set<string>();
  return problems.filter(({ message }) => !seen.has(message) && seen.add(message));
}

function unknown({ name, mountPath }: k8s.VolumeMount, names: readonly string[]): Problem {
  return {
    rule: "volumes/unknown",
    message: `mounts has volume ${show(name)} at ${mountPath}, which does not exist`,
    fix: didYouMean(name, names),
  };
}

function checkMount({ name, mountPath, subPath, readOnly }: k8s.VolumeMount, volume: Volume | undefined): Problem[] {
  if (!volume) return [];
  const problems: Problem[] = [];
  if (!isMountPath(mountPath)) {
    problems.push({
      rule: "volumes/path",
      message: `volume "${name}" has the path ${show(mountPath)}, where nothing can be mounted`,
      fix: "use an absolute path of letters, digits, . _ and -",
    });
  }
  if (subPath !== undefined && !isRelativePath(subPath)) {
    problems.push({
      rule: "volumes/path",
      message: `${mountPath} is to be ${show(subPath)} of volume "${name}", which is no path inside of it`,
      fix: 'write it as "a.crt" or "certs/a.crt"',
    });
  }
  if (isAlwaysReadOnly(volume) && readOnly !== true) {
    problems.push({
      rule: "volumes/read-only",
      message: `volume "${name}" is of kind "${volume.kind}", which nobody can write to, and ${mountPath} is to be more than read`,
      fix: 'leave readOnly out, or copy what is to change into a volume of kind "empty"',
    });
  }
  return problems;
}

/**
 * What is mounted inside of something else needs a place there: a runtime makes one where it can write, and fails where it cannot.
 */
function checkPair(one: k8s.VolumeMount, other: k8s.VolumeMount, known: ReadonlyMap<string, Volume>): Problem[] {
  const isOwnFolder = ({ name, subPath }: k8s.VolumeMount): boolean =>
    !known.has(name) && !isTemporary(name) && subPath === undefined;
  if ([one, other].some(isOwnFolder) && ![one, other].some(({ name }) => known.has(name))) return []; // files are checked as such
  const say = (mount: k8s.VolumeMount): string => {
    if (known.has(mount.name)) return `volume "${mount.name}"`;
    if (isTemporary(mount.name)) return "the room for temporary files";
    return mount.subPath === undefined ? `the folder of files "${mount.mountPath}"` : `file "${mount.mountPath}"`;
  };
  if (one.mountPath === other.mountPath) {
    return [
      {
        rule: "mounts/collision",
        message: `${say(one)} and ${say(other)} are both to be at ${one.mountPath}`,
        fix: "give one of them another path",
      },
    ];
  }
  const [outer, inner] = one.mountPath.length < other.mountPath.length ? [one, other] : [other, one];
  if (!inner.mountPath.startsWith(`${outer.mountPath}/`) || outer.readOnly !== true) return [];
  return [
    {
      rule: "mounts/collision",
      message: `${say(inner)} at ${inner.mountPath} is inside of ${say(outer)} at ${outer.mountPath}, where nothing can be made`,
      fix: "give one of them another path",
    },
  ];
}

/** The room that each container has at `/tmp`. */
function isTemporary(volume: string): boolean {
  return volume === "tmp" || (typeof volume === "string" && volume.startsWith("tmp-"));
}

/** Whoever fills a volume in memory has it counted as its own. */
function checkMemory(container: Container, emptyDirs: readonly EmptyDir[]): Problem[] {
  const written = new Set(
    (container.volumeMounts ?? []).filter(({ readOnly }) => readOnly !== true).map(({ name }) => name),
  );
  const volumes = emptyDirs.filter(({ inMemory, name }) => inMemory && written.has(name));
  const limit = kibibytes(container.resources?.limits?.["memory"]) ?? toKibibytes(DEFAULT_MEMORY_LIMIT) ?? 0;
  const size = sum(volumes.map((volume) => volume.size));
  if (size <= limit) return [];
  return [
    {
      rule: "volumes/beyond-limit",
      message: `container "${container.name}" may fill ${formatKibibytes(size)} of memory as ${named(volumes)}, which is more than its limit of ${formatKibibytes(limit)}`,
      fix: "give it more memory, or the volume a smaller size",
    },
  ];
}

/** A pod that fills more of the node's disk than all its containers may together is evicted. */
function checkDisk(containers: readonly Container[], emptyDirs: readonly EmptyDir[]): Problem[] {
  const limits = containers.map(({ resources }) => kibibytes(resources?.limits?.["ephemeral-storage"]));
  const limit = sum(limits.map((amount) => amount ?? 0));
  const volumes = emptyDirs.filter(({ inMemory }) => !inMemory);
  const size = sum(volumes.map((volume) => volume.size));
  if (size <= limit || limits.includes(undefined)) return [];
  return [
    {
      rule: "volumes/beyond-limit",
      message: `${named(volumes)} may hold ${formatKibibytes(size)} of the node's disk, and the pod is evicted when it takes more than ${formatKibibytes(limit)}`,
      fix: "raise the limit of ephemeralStorage, leave it out so that it follows, or give the volume a smaller size",
    },
  ];
}

/** A volume that nobody sees does nothing but wait to be attached. */
function checkUse(containers: readonly Container[], names: readonly string[]): Problem[] {
  const used = new Set(containers.flatMap(({ volumeMounts }) => (volumeMounts ?? []).map(({ name }) => name)));
  return names
    .filter((name) => !used.has(name))
    .map((name) => ({
      rule: "volumes/unused",
      severity: "warning" as const,
      message: `volume "${name}" is mounted by no container`,
      fix: "say its path, mount it by name, or remove it",
    }));
}

interface EmptyDir {
  readonly name: string;
  readonly inMemory: boolean;
  /** Kibibytes that it may hold. */
  readonly size: number;
}

function emptyDirsOf(volumes: readonly k8s.Volume[]): EmptyDir[] {
  return volumes.flatMap(({ name, emptyDir }) =>
    emptyDir ? [{ name, inMemory: emptyDir.medium === "Memory", size: kibibytes(emptyDir.sizeLimit) ?? 0 }] : [],
  );
}

function kibibytes(quantity: k8s.Quantity | undefined): number | undefined {
  return quantity && toKibibytes(String(quantity.value) as Bytes);
}

function named(volumes: readonly EmptyDir[]): string {
  return volumes.map(({ name }) => `volume "${name}"`).join(" and ");
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((all, amount) => all + amount, 0);
}
