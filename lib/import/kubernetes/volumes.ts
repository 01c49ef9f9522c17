import { isMap, type JsonMap, listOf, mapOf, mapsOf, take, textOf, said } from "../json";
import { bytesCode, secondsCode } from "../quantities";
import type { Code, CodeRecord } from "../write/code";
import { fieldCode, type FoldedConfigs, keyCode } from "./configuration";

/** A disk that a workload alone uses. */
export interface Claim {
  readonly name: string;
  readonly spec: JsonMap;
}

/** What volumes of a pod become. */
export interface VolumeNeeds {
  /** Name of the workload. */
  readonly workload: string;
  readonly configs: FoldedConfigs;
  /** Disks that become volumes of the workload, by the name of the claim. */
  readonly claims: ReadonlyMap<string, Claim>;
  /** Code for the text of a file; long ones go to a file of their own. */
  text(container: string, path: string, text: string): Code;
}

/** What one container sees. */
interface Seen {
  readonly files: { [path: string]: Code };
  readonly mounts: { [path: string]: Code };
}

/** Volumes of a workload, and what each container sees of them. */
export interface TakenVolumes {
  readonly volumes: CodeRecord;
  readonly seenBy: ReadonlyMap<JsonMap, Seen>;
  /** Disks that need another name than Flagstone would give. */
  readonly renamed: ReadonlyMap<string, string>;
}

interface MountPlace {
  readonly container: JsonMap;
  readonly mount: JsonMap;
}

// Names that Flagstone gives to volumes of its own.
const RESERVED = /^(tmp|files|outputs|(tmp|files|outputs|secret|config)-.*)$/;
const PATH = /^(\/[A-Za-z0-9._-]+)+$/;

/** Gives volumes names that do not get in the way of Flagstone's; nobody outside of a pod knows them. */
export function renameVolumes(spec: JsonMap, containers: readonly JsonMap[]): void {
  const taken = new Set<string>();
  for (const volume of mapsOf(spec["volumes"])) {
    const before = said(volume["name"]);
    let name = RESERVED.test(before) ? before.replace(/^(tmp|files|outputs|secret|config)-?/, "") || "data" : before;
    if (RESERVED.test(name)) name = `volume-${name}`;
    for (let i = 2, base = name; taken.has(name) || (name !== before && hasVolume(spec, name)); i++)
      name = `${base}-${i}`;
    taken.add(name);
    if (name === before) continue;
    volume["name"] = name;
    for (const container of containers)
      for (const mount of mapsOf(container["volumeMounts"])) if (mount["name"] === before) mount["name"] = name;
  }
}

function hasVolume(spec: JsonMap, name: string): boolean {
  return mapsOf(spec["volumes"]).some((volume) => volume["name"] === name);
}

/** Takes volumes and mounts out of a pod, as far as Flagstone has words for them; the rest is left in it, with its mounts. */
export function takeVolumes(
  spec: JsonMap,
  containers: readonly { readonly name: string; readonly json: JsonMap; readonly isOwn: boolean }[],
  needs: VolumeNeeds,
): TakenVolumes {
  const volumes: Record<string, CodeRecord> = {};
  const renamed = new Map<string, string>();
  const seenBy = new Map(containers.map(({ json }): [JsonMap, Seen] => [json, { files: {}, mounts: {} }]));
  const left: JsonMap[] = [];
  const done = new Set<JsonMap>();
  const nameOf = new Map(containers.map(({ json, name }) => [json, name]));
  for (const volume of mapsOf(spec["volumes"])) {
    const name = said(volume["name"]);
    const places = containers.flatMap(({ json }) =>
      mapsOf(json["volumeMounts"])
        .filter((mount) => mount["name"] === name)
        .map((mount) => ({ container: json, mount })),
    );
    if (isTemporary(volume, places) || asFiles(volume, places, needs, seenBy, nameOf)) {
      for (const { mount } of places) done.add(mount);
      continue;
    }
    const code = volumeCode(volume, needs);
    if (!code || !places.every(isPlainMount)) {
      left.push(volume);
      continue;
    }
    const claimName = textOf(mapOf(volume["persistentVolumeClaim"])["claimName"]);
    const key = claimName?.startsWith(`${needs.workload}-`) ? claimName.slice(needs.workload.length + 1) : name;
    const id = claimName !== undefined && !RESERVED.test(key) && !volumes[key] ? key : name;
    if (claimName !== undefined && claimName !== `${needs.workload}-${id}`) renamed.set(id, claimName);
    const own = containers.find(({ isOwn }) => isOwn)?.json;
    const isDisk = code["kind"] === "persistent" || code["kind"] === "ephemeral" || code["kind"] === "empty";
    const first = places.find(({ container, mount }) => container === own && textOf(mount["subPath"]) === undefined);
    const readOnly = first?.mount["readOnly"] === true && isDisk ? true : undefined;
    const { kind, ...rest } = code;
    volumes[id] = { kind, path: textOf(first?.mount["mountPath"]), ...rest, readOnly };
    for (const place of places) {
      done.add(place.mount);
      if (place === first) continue;
      const seen = seenBy.get(place.container);
      if (seen) seen.mounts[pathOf(place.mount)] = mountCode(id, place.mount, isDisk, readOnly === true);
    }
  }
  take(spec, "volumes");
  if (left.length > 0) spec["volumes"] = left;
  for (const { json } of containers) {
    const rest = mapsOf(json["volumeMounts"]).filter((mount) => !done.has(mount));
    take(json, "volumeMounts");
    if (rest.length > 0) json["volumeMounts"] = rest;
  }
  return { volumes, seenBy, renamed };
}

/** `/data/` is `/data`. */
export function pathOf(mount: JsonMap): string {
  return said(mount["mountPath"]).replace(/(?<=.)\/+$/, "");
}

/** Room for temporary files that one container has, as each has in Flagstone. */
function isTemporary(volume: JsonMap, places: readonly MountPlace[]): boolean {
  const [only, ...more] = places;
  return isMap(volume["emptyDir"]) && only !== undefined && more.length === 0 && pathOf(only.mount) === "/tmp";
}

function isPlainMount({ mount }: MountPlace): boolean {
  const known = new Set(["name", "mountPath", "subPath", "readOnly"]);
  const subPath = textOf(mount["subPath"]);
  const isInside = subPath === undefined || (!/^\/|(^|\/)\.\.(\/|$)/.test(subPath) && subPath !== "");
  return Object.keys(mount).every((key) => known.has(key)) && PATH.test(pathOf(mount)) && isInside;
}

function mountCode(volume: string, mount: JsonMap, isDisk: boolean, readOnlyByVolume: boolean): Code {
  const subPath = textOf(mount["subPath"]);
  const isReadOnly = mount["readOnly"] === true;
  const readOnly = isDisk && isReadOnly !== readOnlyByVolume ? isReadOnly : undefined;
  return subPath === undefined && readOnly === undefined ? volume : { volume, subPath, readOnly };
}

/** Text that is known becomes files; so do single keys of Secrets and ConfigMaps. */
function asFiles(
  volume: JsonMap,
  places: readonly MountPlace[],
  needs: VolumeNeeds,
  seenBy: ReadonlyMap<JsonMap, Seen>,
  nameOf: ReadonlyMap<JsonMap, string>,
): boolean {
  const source = keysSource(volume);
  if (!source || places.length === 0) return false;
  const data = source.kind === "config" ? needs.configs.get(source.name) : undefined;
  const isSingle = places.every(({ mount }) => typeof mount["subPath"] === "string");
  if (!data && (!isSingle || source.optional)) return false;
  const mode = source.mode === undefined ? undefined : `0${source.mode.toString(8).padStart(3, "0")}`;
  for (const { container, mount } of places) {
    const subPath = textOf(mount["subPath"]);
    const files = subPath === undefined ? filesOf(source, data ?? {}) : { "": source.items?.[subPath] ?? subPath };
    const seen = seenBy.get(container);
    for (const [file, key] of Object.entries(files)) {
      const path = file === "" ? pathOf(mount) : `${pathOf(mount)}/${file}`;
      const text = data?.[key];
      const content =
        text === undefined
          ? keyCode(source.kind, source.name, key)
          : needs.text(nameOf.get(container) ?? "", path, text);
      if (seen) seen.files[path] = mode === undefined ? content : { text: content, mode };
    }
  }
  return true;
}

/** Files that a ConfigMap's volume has, by path inside of it, and the key of each. */
function filesOf(source: KeysSource, data: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return source.items ?? Object.fromEntries(Object.keys(data).map((key) => [key, key]));
}

interface KeysSource {
  readonly kind: "secret" | "config";
  readonly name: string;
  /** Keys by path. */
  readonly items: Readonly<Record<string, string>> | undefined;
  readonly mode: number | undefined;
  readonly optional: boolean;
}

/** A volume with keys of a Secret or a ConfigMap, where there is nothing about it that Flagstone could not say. */
export function keysSource(volume: JsonMap): KeysSource | undefined {
  const isSecret = isMap(volume["secret"]);
  const source = volume[isSecret ? "secret" : "configMap"];
  if (!isMap(source)) return undefined;
  const { name, secretName, items, defaultMode, optional, ...rest } = source;
  const object = textOf(isSecret ? secretName : name);
  if (object === undefined || Object.keys(rest).length > 0) return undefined;
  const mode = typeof defaultMode === "number" && defaultMode !== 0o644 ? defaultMode : undefined;
  if (mode !== undefined && !/^[1-7]?[0-7]{1,2}$|^[1-7][0-7]{2}$/.test(mode.toString(8))) return undefined;
  const listed = mapsOf(items);
  if (listed.some((item) => item["mode"] !== undefined)) return undefined;
  return {
    kind: isSecret ? "secret" : "config",
    name: object,
    items: listed.length > 0 ? Object.fromEntries(listed.map(({ key, path }) => [said(path), said(key)])) : undefined,
    mode,
    optional: optional === true,
  };
}

/** Whether a disk can be a volume of the workload: mounted, and without more to say. */
export function canBeDisk(volume: JsonMap, mounts: readonly JsonMap[]): boolean {
  const isPlain = Object.keys(mapOf(volume["persistentVolumeClaim"])).length === 1;
  return isPlain && mounts.length > 0 && mounts.every((mount) => isPlainMount({ container: {}, mount }));
}

/** Whether what a ConfigMap's volume holds can be files where it is mounted. */
export function canBeFiles(
  volume: JsonMap,
  mounts: readonly JsonMap[],
  data: Readonly<Record<string, string>>,
): boolean {
  const source = keysSource(volume);
  if (!source) return false;
  return mounts.every((mount) => {
    if (!isPlainMount({ container: {}, mount })) return false;
    const subPath = textOf(mount["subPath"]);
    const keys = subPath === undefined ? filesOf(source, data) : { "": source.items?.[subPath] ?? subPath };
    const entries = Object.entries(keys);
    return (
      entries.length > 0 &&
      entries.every(
        ([file, key]) =>
          Object.hasOwn(data, key) && PATH.test(file === "" ? pathOf(mount) : `${pathOf(mount)}/${file}`),
      )
    );
  });
}

/** Keys of a ConfigMap that a container sees by a mount. */
export function keysSeen(volume: JsonMap, mount: JsonMap, data: Readonly<Record<string, string>>): string[] {
  const source = keysSource(volume);
  const subPath = textOf(mount["subPath"]);
  if (!source) return [];
  return subPath === undefined ? Object.values(filesOf(source, data)) : [source.items?.[subPath] ?? subPath];
}

function volumeCode(volume: JsonMap, needs: VolumeNeeds): CodeRecord | undefined {
  const source = keysSource(volume);
  if (source) {
    const { kind, name, items: files, mode, optional } = source;
    return {
      kind: "keys",
      [kind]: name,
      files,
      optional: optional ? true : undefined,
      mode: mode === undefined ? undefined : `0${mode.toString(8).padStart(3, "0")}`,
    };
  }
  if (isMap(volume["emptyDir"])) return emptyCode(volume["emptyDir"]);
  if (isMap(volume["projected"])) return projectedCode(volume["projected"]);
  if (isMap(volume["ephemeral"])) {
    const template = mapOf(volume["ephemeral"]["volumeClaimTemplate"]);
    const isPlain = Object.keys(template).every((key) => key === "spec");
    return isPlain ? diskCode("ephemeral", mapOf(template["spec"])) : undefined;
  }
  const claim = volume["persistentVolumeClaim"];
  if (!isMap(claim)) return undefined;
  const known = needs.claims.get(said(claim["claimName"]));
  return known && Object.keys(claim).length === 1 ? diskCode("persistent", known.spec) : undefined;
}

function emptyCode({ medium, sizeLimit, ...rest }: JsonMap): CodeRecord | undefined {
  const size = bytesCode(sizeLimit);
  if (Object.keys(rest).length > 0 || (sizeLimit !== undefined && size === undefined)) return undefined;
  if (medium !== undefined && medium !== "" && medium !== "Memory") return undefined;
  const isMemory = medium === "Memory";
  // What Flagstone says by itself.
  const isDefault = size === (isMemory ? "64Mi" : "1Gi");
  return { kind: "empty", medium: isMemory ? "memory" : undefined, size: isDefault ? undefined : size };
}

/** A disk as `kind`; undefined where a claim says more than Flagstone has words for. */
export function diskCode(kind: "persistent" | "ephemeral", spec: JsonMap): CodeRecord | undefined {
  const { accessModes, resources, storageClassName, volumeMode, ...rest } = spec;
  const [mode = "ReadWriteOnce", ...more] = listOf(accessModes);
  const size = bytesCode(mapOf(mapOf(resources)["requests"])["storage"]);
  const isKnown = (mode === "ReadWriteOnce" || mode === "ReadWriteMany") && more.length === 0;
  const isFiles = volumeMode === undefined || volumeMode === "Filesystem";
  if (!isKnown || !isFiles || size === undefined || Object.keys(rest).length > 0) return undefined;
  if (storageClassName === "") return undefined;
  return {
    kind,
    size,
    access: mode === "ReadWriteMany" ? "many-nodes" : undefined,
    storageClass: textOf(storageClassName),
  };
}

function projectedCode({ sources, defaultMode, ...rest }: JsonMap): CodeRecord | undefined {
  const codes = mapsOf(sources).map(projectionCode);
  const mode = typeof defaultMode === "number" && defaultMode !== 0o644 ? defaultMode : undefined;
  if (Object.keys(rest).length > 0 || codes.length === 0 || !codes.every((code) => code !== undefined))
    return undefined;
  return {
    kind: "projected",
    sources: codes,
    mode: mode === undefined ? undefined : `0${mode.toString(8).padStart(3, "0")}`,
  };
}

function projectionCode(source: JsonMap): CodeRecord | undefined {
  for (const [field, kind] of [["secret", "secret"] as const, ["configMap", "config"] as const]) {
    if (!isMap(source[field])) continue;
    const { name, items, optional } = source[field];
    const listed = mapsOf(items);
    if (typeof name !== "string" || listed.some((item) => item["mode"] !== undefined)) return undefined;
    const files = Object.fromEntries(listed.map(({ key, path }) => [said(path), said(key)]));
    return {
      kind: "keys",
      [kind]: name,
      files: listed.length > 0 ? files : undefined,
      optional: optional === true ? true : undefined,
    };
  }
  if (isMap(source["serviceAccountToken"])) {
    const { audience, expirationSeconds, path, ...rest } = source["serviceAccountToken"];
    if (typeof audience !== "string" || audience === "" || Object.keys(rest).length > 0) return undefined;
    const expires =
      expirationSeconds === undefined || expirationSeconds === 3600 ? undefined : secondsCode(expirationSeconds);
    return { kind: "token", audience, file: path === "token" ? undefined : textOf(path), expires };
  }
  if (isMap(source["downwardAPI"])) {
    const items = mapsOf(source["downwardAPI"]["items"]).map(({ path, fieldRef, ...rest }) => ({
      path: said(path),
      code: Object.keys(rest).length > 0 ? undefined : fieldCode(fieldRef),
    }));
    const entries = items.flatMap(({ path, code }): [string, Code][] => (code === undefined ? [] : [[path, code]]));
    return entries.length === items.length && items.length > 0
      ? { kind: "pod", files: Object.fromEntries(entries) }
      : undefined;
  }
  return undefined;
}

/** Names of ConfigMaps and Secrets that a piece of a pod mentions. */
export function mentioned(volume: JsonMap): { readonly configs: string[]; readonly secrets: string[] } {
  const parts = [volume, ...mapsOf(mapOf(volume["projected"])["sources"])];
  return {
    configs: parts.flatMap((part) => textOf(mapOf(part["configMap"])["name"]) ?? []),
    secrets: parts.flatMap(
      (part) => textOf(mapOf(part["secret"])["secretName"] ?? mapOf(part["secret"])["name"]) ?? [],
    ),
  };
}
