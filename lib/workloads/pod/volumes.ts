import { k8s } from "cdk8s-plus-28";
import { isPlainObject } from "../../core/merge";
import { compare } from "../../core/findings";
import { type KeySource, Ref } from "../../core/refs";
import { ANNOTATION } from "../../core/labels";
import type { Delivery, EnvironmentScope, Named } from "../../core/scope";
import { type Bytes, formatKibibytes, toKibibytes, toSeconds } from "../../core/units";
import type { RestartSources } from "./restarts";
import type { AbsolutePath } from "./types";
import type { Disk, EmptyVolume, Mount, Projection, Volume } from "./volume-types";

/** Most that an empty volume holds where nobody says it. */
const EMPTY_SIZE: Readonly<Record<NonNullable<EmptyVolume["medium"]>, Bytes>> = { disk: "1Gi", memory: "64Mi" };

/** A disk that outlives pods. */
export interface Claim {
  readonly name: string;
  readonly spec: k8s.PersistentVolumeClaimSpec;
}

/** The volumes of a pod; those that make no sense are left out, and reported by the checks. */
export function podVolumes(volumes: Named<Volume>, workload: string): k8s.Volume[] {
  return volumesOf(volumes).flatMap(([name, volume]) => {
    const source = sourceOf(name, volume, workload);
    return source ? [{ name, ...source }] : [];
  });
}

/** Where the workload's own container, and those that have what it has, see volumes. */
export function ownMounts(volumes: Named<Volume>, mounts: Readonly<Record<AbsolutePath, Mount>>): k8s.VolumeMount[] {
  const placed = volumesOf(volumes).flatMap(([name, volume]) =>
    volume.path === undefined ? [] : [volumeMount(volume.path, { volume: name }, volume)],
  );
  return mountsByPath([...placed, ...extraMounts(volumes, mounts)]);
}

/** Where a container that has only mounts of its own sees volumes. */
export function extraMounts(volumes: Named<Volume>, mounts: Readonly<Record<AbsolutePath, Mount>>): k8s.VolumeMount[] {
  const known = new Map(volumesOf(volumes));
  return mountsByPath(
    Object.entries(mounts).map(([path, given]) => {
      const mount = isPlainObject(given) ? given : { volume: String(given) };
      return volumeMount(path, mount, known.get(mount.volume));
    }),
  );
}

function mountsByPath(mounts: readonly k8s.VolumeMount[]): k8s.VolumeMount[] {
  return [...mounts].sort((a, b) => compare(a.mountPath, b.mountPath));
}

function byPath<T>(files: readonly [string, T][]): [string, T][] {
  return [...files].sort(([a], [b]) => compare(a, b));
}

/** The disks that outlive the pods of a workload. */
export function claimsOf(volumes: Named<Volume>, workload: string): Claim[] {
  return volumesOf(volumes).flatMap(([name, volume]) =>
    volume.kind === "persistent" ? [{ name: claimName(workload, name), spec: claimSpec(volume) }] : [],
  );
}

const KEPT: Readonly<Record<Exclude<Delivery, "pulumi">, Named<string>>> = {
  "argo-cd": { [ANNOTATION.syncOptions]: "Prune=false,Delete=false" },
  flux: { [ANNOTATION.fluxPrune]: "disabled" },
};

/** What tells whoever applies a claim to keep it, where data is dear, and not to wait for it. */
export function claimAnnotations({
  delivery,
  tierLike,
}: Pick<EnvironmentScope, "delivery" | "tierLike">): Named<string> {
  // A claim whose volume is made where its first pod runs is bound after that; Pulumi would wait for it before it makes the pod.
  if (delivery === "pulumi") return { [ANNOTATION.skipAwait]: "true" };
  return tierLike === "production" ? KEPT[delivery] : {};
}

/** Kibibytes of the node's disk that empty volumes may hold. */
export function diskOfEmptyVolumes(volumes: Named<Volume>): number {
  return volumesOf(volumes)
    .map(([, volume]) => (volume.kind === "empty" && volume.medium !== "memory" ? toKibibytes(emptySize(volume)) : 0))
    .reduce<number>((sum, size) => sum + (size ?? 0), 0);
}

/** Secrets and ConfigMaps in volumes whose changes replace the pods. */
export function restartsOnVolumes(volumes: Named<Volume>): RestartSources {
  const keys = volumesOf(volumes)
    .flatMap(([, volume]): readonly (Volume | Projection)[] =>
      volume.kind === "projected" ? volume.sources : [volume],
    )
    .flatMap((part) => (part.kind === "keys" && part.onChange === "restart" ? [keysOf(part)] : []));
  const named = (kind: "secret" | "config"): string[] => [
    ...new Set(keys.filter((source) => source.kind === kind).map(({ name }) => name)),
  ];
  return { secrets: named("secret").sort(), configs: named("config").sort() };
}

/** Which object keys come from. */
export function keysOf(source: KeySource): { readonly kind: "secret" | "config"; readonly name: string } {
  if (source.secret === undefined) return { kind: "config", name: source.config };
  return { kind: "secret", name: typeof source.secret === "string" ? source.secret : source.secret.secretName };
}

/** The number that octal digits stand for, as in `"0400"`; undefined where they are no file mode. */
export function toFileMode(mode: unknown): number | undefined {
  return typeof mode === "string" && /^0[0-7]{3}$/.test(mode) ? Number.parseInt(mode, 8) : undefined;
}

/** Volumes in the order of their names, without what plain JavaScript may have put among them. */
export function volumesOf(volumes: Named<Volume>): [string, Volume][] {
  return Object.entries(volumes)
    .filter(([, volume]) => isReadable(volume))
    .sort(([a], [b]) => compare(a, b));
}

/** Whether a volume is one of those that there are, as far as its form goes. */
export function isReadable(volume: unknown): volume is Volume {
  if (!isPlainObject(volume)) return false;
  const { kind, sources } = volume;
  if (kind === "projected") return Array.isArray(sources) && sources.every(isReadableProjection);
  return kind === "empty" || kind === "persistent" || kind === "ephemeral" || kind === "keys";
}

function isReadableProjection(source: unknown): source is Projection {
  if (!isPlainObject(source)) return false;
  const { kind, files } = source;
  return kind === "keys" || kind === "token" || (kind === "pod" && isPlainObject(files));
}

/** Where files of a volume come from that nobody can write to. */
export function isAlwaysReadOnly(volume: Volume): boolean {
  return volume.kind === "keys" || volume.kind === "projected";
}

function volumeMount(mountPath: string, mount: Exclude<Mount, string>, volume: Volume | undefined): k8s.VolumeMount {
  const readOnly = mount.readOnly ?? volume?.readOnly ?? (volume !== undefined && isAlwaysReadOnly(volume));
  return {
    name: mount.volume,
    mountPath,
    ...(mount.subPath === undefined ? {} : { subPath: mount.subPath }),
    ...(readOnly ? { readOnly } : {}),
  };
}

function sourceOf(name: string, volume: Volume, workload: string): Omit<k8s.Volume, "name"> | undefined {
  switch (volume.kind) {
    case "empty":
      return {
        emptyDir: {
          ...(volume.medium === "memory" ? { medium: "Memory" } : {}),
          sizeLimit: quantity(emptySize(volume)),
        },
      };
    case "persistent":
      return { persistentVolumeClaim: { claimName: claimName(workload, name) } };
    case "ephemeral":
      return { ephemeral: { volumeClaimTemplate: { spec: claimSpec(volume) } } };
    case "keys": {
      const { kind, name: source } = keysOf(volume);
      const rest = { ...keyItems(volume), ...modeOf(volume) };
      return kind === "secret" ? { secret: { secretName: source, ...rest } } : { configMap: { name: source, ...rest } };
    }
    case "projected":
      return {
        projected: { ...modeOf(volume), sources: volume.sources.map((source) => projection(source, workload)) },
      };
    default:
      return undefined;
  }
}

function projection(source: Projection, workload: string): k8s.VolumeProjection {
  switch (source.kind) {
    case "keys": {
      const { kind, name } = keysOf(source);
      const keys = { name, ...keyItems(source) };
      return kind === "secret" ? { secret: keys } : { configMap: keys };
    }
    case "pod":
      return {
        downwardApi: {
          items: byPath(Object.entries(source.files)).map(([path, ref]) => ({ path, ...podField(ref, workload) })),
        },
      };
    case "token":
      return {
        serviceAccountToken: {
          audience: source.audience,
          expirationSeconds: toSeconds(source.expires ?? "1h") ?? 3600,
          path: source.file ?? "token",
        },
      };
    default:
      return {};
  }
}

/** What a container asks for is a fact about that container, and a volume is nobody's: it is the workload's own. */
function podField(ref: unknown, workload: string): Omit<k8s.DownwardApiVolumeFile, "path"> {
  if (!(ref instanceof Ref)) return {}; // plain JavaScript may give anything
  const { source } = ref;
  if (source.kind === "pod-field") return { fieldRef: { fieldPath: source.fieldPath } };
  if (source.kind !== "resource-field") return {};
  return { resourceFieldRef: { containerName: workload, resource: source.resource } };
}

function keyItems(keys: { readonly files?: Named<string> | undefined; readonly optional?: boolean | undefined }): {
  readonly items?: k8s.KeyToPath[];
  readonly optional?: boolean;
} {
  return {
    ...(keys.files ? { items: byPath(Object.entries(keys.files)).map(([path, key]) => ({ key, path })) } : {}),
    ...(keys.optional === undefined ? {} : { optional: keys.optional }),
  };
}

function modeOf({ mode }: { readonly mode?: string | undefined }): { readonly defaultMode?: number } {
  const defaultMode = toFileMode(mode);
  return defaultMode === undefined ? {} : { defaultMode };
}

function claimName(workload: string, volume: string): string {
  return `${workload}-${volume}`;
}

function claimSpec({ access, storageClass, size }: Disk): k8s.PersistentVolumeClaimSpec {
  return {
    accessModes: [access === "many-nodes" ? "ReadWriteMany" : "ReadWriteOnce"],
    ...(storageClass === undefined ? {} : { storageClassName: storageClass }),
    resources: { requests: { storage: quantity(size) } },
  };
}

/** What an empty volume may hold. */
function emptySize({ size, medium }: EmptyVolume): Bytes {
  return size ?? EMPTY_SIZE[medium === "memory" ? "memory" : "disk"];
}

function quantity(bytes: Bytes): k8s.Quantity {
  return k8s.Quantity.fromString(formatKibibytes(toKibibytes(bytes) ?? 0));
}
