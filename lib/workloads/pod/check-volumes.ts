import { isPlainObject } from "../../core/merge";
import type { Problem } from "../../core/findings";
import { checkKeys, show } from "../../core/keys";
import { quoted } from "../../core/lists";
import { checkDnsLabel, checkLabels, isDnsSubdomain } from "../../core/names";
import { Ref } from "../../core/refs";
import type { Allowed, Named } from "../../core/scope";
import { didYouMean } from "../../core/suggest";
import { type Bytes, toKibibytes, toSeconds } from "../../core/units";
import { isRelativePath } from "./paths";
import type { Projection, Volume } from "./volume-types";
import { isReadable, keysOf, toFileMode } from "./volumes";

const KINDS: readonly string[] = ["empty", "persistent", "ephemeral", "keys", "projected"] satisfies Volume["kind"][];
const DISK_KEYS = ["size", "access", "storageClass"];
const KEYS_KEYS = ["secret", "config", "files", "optional", "onChange"];
const VOLUME_KEYS: Readonly<Record<Volume["kind"], readonly string[]>> = {
  empty: ["size", "medium"],
  persistent: DISK_KEYS,
  ephemeral: DISK_KEYS,
  keys: [...KEYS_KEYS, "mode"],
  projected: ["sources", "mode"],
};
const PROJECTION_KEYS: Readonly<Record<Projection["kind"], readonly string[]>> = {
  keys: KEYS_KEYS,
  pod: ["files"],
  token: ["file", "audience", "expires"],
};

/** Names of the volumes that Flagstone makes itself, and how they begin. */
const RESERVED = /^(tmp|files|outputs|(tmp|mode|reload|secret|config)-.*)$/;

// Of pods, what a file can hold; the rest is known only when a container starts.
const FIELDS_OF_FILES = /^metadata\.(?:name|namespace|uid|labels|annotations|(?:labels|annotations)\['([^']+)'\])$/;

/** What is wrong with volumes by themselves; what containers do with them is another matter. */
export function checkVolumes(volumes: Named<Volume>): Problem[] {
  return Object.entries(volumes).flatMap(([name, volume]) => [
    ...checkName(name),
    ...(isReadable(volume) ? checkVolume(`volumes.${name}`, volume) : [unreadable(`volumes.${name}`, volume)]),
  ]);
}

/** Problems of disks that admission would refuse the tenant. */
export function checkStorageClasses(
  volumes: Named<Volume>,
  { storageClasses }: Pick<Allowed, "storageClasses">,
): Problem[] {
  if (storageClasses === undefined) return [];
  return Object.entries(volumes).flatMap(([name, volume]) => {
    if (!isReadable(volume) || (volume.kind !== "persistent" && volume.kind !== "ephemeral")) return [];
    const { storageClass } = volume;
    if (storageClass === undefined || storageClasses.includes(storageClass)) return [];
    return [
      {
        rule: "volumes/not-allowed",
        message: `volumes.${name}.storageClass "${storageClass}" is not one that the tenant may use`,
        fix: `use ${storageClasses.length === 0 ? "none: it may have no disks" : `one of ${quoted(storageClasses)}`}, or extend allowed.storageClasses of the tenant's facts`,
      },
    ];
  });
}

function checkName(name: string): Problem[] {
  if (!RESERVED.test(name)) return checkDnsLabel("volume", name);
  return [
    {
      rule: "volumes/reserved",
      message: `volume "${name}" has a name that Flagstone gives to volumes of its own`,
      fix: name === "tmp" ? 'there is one at "/tmp"; give a further one another name' : "give it another name",
    },
  ];
}

function unreadable(where: string, volume: unknown): Problem {
  const kind: unknown = isPlainObject(volume) ? volume["kind"] : undefined;
  if (kind === "host") {
    return {
      rule: "volumes/host",
      message: `${where} is a folder of the node, where a pod finds what belongs to other tenants and to the node itself`,
      fix: 'use kind "empty" for room that goes with the pod, or "persistent" for a disk that stays',
    };
  }
  if (kind === "projected") {
    return {
      rule: "volumes/kind",
      message: `${where} ${show(volume)} has sources that are none`,
      fix: 'list sources of kind "keys", "token", or "pod" with files',
    };
  }
  return {
    rule: "volumes/kind",
    message:
      kind === undefined ? `${where} ${show(volume)} says no kind` : `${where}.kind ${show(kind)} does not exist`,
    fix: didYouMean(kind, KINDS),
  };
}

/** What is wrong with how a container says what it mounts. */
export function checkMountProps(mounts: Readonly<Record<string, unknown>>): Problem[] {
  return Object.entries(mounts).flatMap(([path, mount]) => {
    const where = `mounts.${path}`;
    if (!isPlainObject(mount)) return [];
    return [
      ...checkKeys(where, mount, ["volume", "subPath", "readOnly"]),
      ...checkFlag(`${where}.readOnly`, mount["readOnly"]),
    ];
  });
}

function checkVolume(where: string, volume: Volume): Problem[] {
  const problems = [
    ...checkKeys(where, volume, ["kind", "path", "readOnly", ...VOLUME_KEYS[volume.kind]]),
    ...checkFlag(`${where}.readOnly`, volume.readOnly),
  ];
  switch (volume.kind) {
    case "empty":
      return [
        ...problems,
        ...(volume.size === undefined ? [] : checkSize(where, volume.size)),
        ...checkOneOf(`${where}.medium`, volume.medium, ["disk", "memory"]),
      ];
    case "persistent":
    case "ephemeral":
      return [
        ...problems,
        ...checkSize(where, volume.size),
        ...checkOneOf(`${where}.access`, volume.access, ["one-node", "many-nodes"]),
        ...(volume.storageClass === undefined || isDnsSubdomain(volume.storageClass)
          ? []
          : [
              badValue(
                `${where}.storageClass`,
                volume.storageClass,
                "the name of a StorageClass",
                "use the name of one",
              ),
            ]),
      ];
    case "keys":
      return [...problems, ...checkMode(where, volume.mode), ...checkKeysOf(where, volume)];
    case "projected":
      return [...problems, ...checkMode(where, volume.mode), ...checkSources(where, volume.sources)];
  }
}

function checkSources(where: string, sources: readonly Projection[]): Problem[] {
  const problems: Problem[] = [];
  const seen = new Set<string>();
  if (sources.length === 0) {
    problems.push({ rule: "volumes/kind", message: `${where}.sources is empty`, fix: "list what it is made of" });
  }
  sources.forEach((source, index) => {
    const at = `${where}.sources.${index}`;
    problems.push(...checkKeys(at, source, ["kind", ...PROJECTION_KEYS[source.kind]]), ...checkProjection(at, source));
    for (const file of filesOf(source)) {
      if (seen.has(file))
        problems.push(badFile(at, file, "comes from another source, too", "name one of them otherwise"));
      seen.add(file);
    }
  });
  return problems;
}

function filesOf(source: Projection): readonly string[] {
  return source.kind === "token" ? [source.file ?? "token"] : Object.keys(source.files ?? {});
}

function checkProjection(where: string, source: Projection): Problem[] {
  switch (source.kind) {
    case "keys":
      return checkKeysOf(where, source);
    case "pod":
      return [
        ...checkFiles(where, Object.keys(source.files)),
        ...Object.entries(source.files).flatMap(([file, ref]) => checkField(where, file, ref)),
      ];
    case "token":
      return [...checkFiles(where, [source.file ?? "token"]), ...checkToken(where, source)];
  }
}

function checkField(where: string, file: string, ref: unknown): Problem[] {
  if (ref instanceof Ref && ref.source.kind === "resource-field") return [];
  if (!(ref instanceof Ref) || ref.source.kind !== "pod-field")
    return [badFile(where, file, `is ${show(ref)}, which is no field of the pod`, "use a Field, as in Field.podName")];
  const { fieldPath } = ref.source;
  const match = FIELDS_OF_FILES.exec(fieldPath);
  if (!match)
    return [badFile(where, file, `is the field ${fieldPath}, which only variables can hold`, "put it into env")];
  const [, key] = match;
  return key === undefined ? [] : checkLabels({ [key]: "" });
}

function checkToken(where: string, { audience, expires }: Extract<Projection, { kind: "token" }>): Problem[] {
  const seconds = expires === undefined ? 3600 : toSeconds(expires);
  return [
    ...(typeof audience === "string" && audience !== ""
      ? []
      : [badValue(`${where}.audience`, audience, "whom a token can be for", "name the service that takes it")]),
    ...(seconds !== undefined && seconds >= 600 && seconds <= 2 ** 32
      ? []
      : [badValue(`${where}.expires`, expires, "a whole number of seconds of at least 10 minutes", 'write "1h"')]),
  ];
}

type Keys = Extract<Volume | Projection, { kind: "keys" }>;

function checkKeysOf(where: string, keys: Keys): Problem[] {
  const { secret, config }: { secret?: unknown; config?: unknown } = keys;
  const { files } = keys;
  const name: unknown = keysOf(keys).name;
  if ((secret === undefined) === (config === undefined)) {
    const message = `${where} names ${secret === undefined ? "neither a secret nor a config" : "a secret and a config"}`;
    return [{ rule: "volumes/source", message, fix: "say one of both" }];
  }
  if (typeof name !== "string" || !isDnsSubdomain(name)) {
    const message = `${where} names an object ${show(name)}, which cannot be one`;
    return [{ rule: "volumes/source", message, fix: "use the name of a Secret or ConfigMap of the namespace" }];
  }
  const problems = [
    ...checkFlag(`${where}.optional`, keys.optional),
    ...checkOneOf(`${where}.onChange`, keys.onChange, ["restart"]),
  ];
  if (files === undefined) return problems;
  if (!isPlainObject(files) || Object.keys(files).length === 0) {
    return [
      badValue(`${where}.files`, files, "a record of files", "name some with their keys, or leave it out for all keys"),
    ];
  }
  return [
    ...problems,
    ...checkFiles(where, Object.keys(files)),
    ...Object.entries<unknown>(files)
      .filter(([, key]) => typeof key !== "string" || !/^(?!\.\.)[-._a-zA-Z0-9]{1,253}$/.test(key) || key === ".")
      .map(([file, key]) =>
        badFile(where, file, `holds key ${show(key)}, which cannot be one`, "use letters, digits, -, _ and ."),
      ),
  ];
}

function checkFiles(where: string, files: readonly string[]): Problem[] {
  return files
    .filter((file) => !isRelativePath(file))
    .map((file) => badFile(where, file, "is no path inside of the volume", 'write it as "a.crt" or "certs/a.crt"'));
}

function checkSize(where: string, size: unknown): Problem[] {
  return toKibibytes(size as Bytes) === undefined
    ? [badValue(`${where}.size`, size, "an amount above zero", 'write "512Mi" or "10Gi"')]
    : [];
}

function checkFlag(where: string, value: unknown): Problem[] {
  return value === undefined || typeof value === "boolean"
    ? []
    : [badValue(where, value, "true or false", "write one of them")];
}

function checkMode(where: string, mode: unknown): Problem[] {
  return mode === undefined || toFileMode(mode) !== undefined
    ? []
    : [badValue(`${where}.mode`, mode, "a file mode", 'write it in octal, as in "0400"')];
}

function checkOneOf(where: string, value: unknown, known: readonly string[]): Problem[] {
  return value === undefined || known.includes(value as string)
    ? []
    : [
        badValue(
          where,
          value,
          `one of ${quoted(known)}`,
          typeof value === "string" ? didYouMean(value, known) : "use one of them",
        ),
      ];
}

function badValue(where: string, value: unknown, what: string, fix: string): Problem {
  const message = value === undefined ? `${where} is missing` : `${where} ${show(value)} is not ${what}`;
  return { rule: "volumes/value", message, fix };
}

function badFile(where: string, file: string, what: string, fix: string): Problem {
  return { rule: "volumes/file", message: `${where}: file "${file}" ${what}`, fix };
}
