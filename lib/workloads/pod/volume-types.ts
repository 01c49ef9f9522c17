import type { KeySource, Ref } from "../../core/refs";
import type { Named } from "../../core/scope";
import type { Bytes, Duration } from "../../core/units";
import type { AbsolutePath } from "./types";

/** What every volume has. */
export interface VolumePlace {
  /** Where the workload's own container sees it. @default - not at all: sidecars and init containers mount it by name */
  readonly path?: AbsolutePath | undefined;
  /** Whether nobody writes to it. @default - false for empty volumes and disks; true for the rest, which nobody can write to */
  readonly readOnly?: boolean | undefined;
}

/** Room that lives as long as the pod: on the node's disk, or in its memory, where it counts as the container's. */
export interface EmptyVolume extends VolumePlace {
  /** What it is. */
  readonly kind: "empty";
  /** Most that it holds; a pod that puts more there is evicted, where it is on the node's disk. @default - 1Gi on disk, 64Mi in memory */
  readonly size?: Bytes | undefined;
  /** Where it is. @default "disk" */
  readonly medium?: "disk" | "memory" | undefined;
}

/** What a disk is. */
export interface Disk extends VolumePlace {
  /** What it holds. */
  readonly size: Bytes;
  /** From how many nodes it is used at once. @default "one-node" */
  readonly access?: "one-node" | "many-nodes" | undefined;
  /** Name of its StorageClass. @default - the cluster's default */
  readonly storageClass?: string | undefined;
}

/**
 * A disk that outlives pods, one for all pods of the workload.
 *
 * @see https://kubernetes.io/docs/concepts/storage/persistent-volumes/
 */
export interface PersistentVolume extends Disk {
  /** What it is. */
  readonly kind: "persistent";
}

/**
 * A disk of each pod's own, which goes with it.
 *
 * @see https://kubernetes.io/docs/concepts/storage/ephemeral-volumes/#generic-ephemeral-volumes
 */
export interface EphemeralVolume extends Disk {
  /** What it is. */
  readonly kind: "ephemeral";
}

/** Files from keys of a Secret or a ConfigMap; they follow its changes within a minute. */
export type KeysVolume = VolumePlace &
  KeySource & {
    readonly kind: "keys";
    /** Files by name, with the key that each holds. @default - all keys, by their names */
    readonly files?: Named<string> | undefined;
    /** Whether the container starts without it, too. @default false */
    readonly optional?: boolean | undefined;
    /** Who may read them, in octal, as in `"0400"`. @default "0644" */
    readonly mode?: `0${number}` | undefined;
  };

/** One part of a {@link ProjectedVolume}. */
export type Projection =
  | (KeySource & {
      readonly kind: "keys";
      /** Files by name, with the key that each holds. @default - all keys, by their names */
      readonly files?: Named<string> | undefined;
      /** Whether the container starts without it, too. @default false */
      readonly optional?: boolean | undefined;
    })
  | {
      readonly kind: "pod";
      /** Files by name, with the field of the pod that each holds. */
      readonly files: Named<Ref>;
    }
  | {
      readonly kind: "token";
      /** Name of the file. @default "token" */
      readonly file?: string | undefined;
      /** Whom it is for: only that service takes it. */
      readonly audience: string;
      /** How long it is valid, at least 10 minutes; the file is renewed before. @default "1h" */
      readonly expires?: Duration | undefined;
    };

/**
 * Files from several sources in one folder: keys, fields of the pod, a token that says who the pod is.
 *
 * @see https://kubernetes.io/docs/concepts/storage/projected-volumes/
 */
export interface ProjectedVolume extends VolumePlace {
  /** What it is. */
  readonly kind: "projected";
  /** What it is made of. */
  readonly sources: readonly [Projection, ...Projection[]];
  /** Who may read the files, in octal, as in `"0400"`. @default "0644" */
  readonly mode?: `0${number}` | undefined;
}

/** Somewhere that files are. Folders of a node are none: a pod that sees them sees other tenants' pods. */
export type Volume = EmptyVolume | PersistentVolume | EphemeralVolume | KeysVolume | ProjectedVolume;

/** A volume in another container, or at one more place: its name, or a part of it. */
export type Mount =
  | string
  | {
      /** Name of the volume. */
      readonly volume: string;
      /** File or folder inside of the volume. @default - all of it */
      readonly subPath?: string | undefined;
      /** Whether nobody writes to it here. @default - as the volume says */
      readonly readOnly?: boolean | undefined;
    };
