import type { k8s } from "cdk8s-plus-28";
import { isPlainObject } from "../../core/merge";
import { compare, type Problem } from "../../core/findings";
import { checkKeys, show } from "../../core/keys";
import { groupBy } from "../../core/lists";
import { isDnsLabel } from "../../core/names";
import { Ref } from "../../core/refs";
import type { Named } from "../../core/scope";
import { documentText, isOutput, type OutputValue, Token } from "../../core/tokens";
import { type Carried, type Carriers, digest } from "./carriers";
import { checkData, checkText, definedOnly, type Format, FORMATS, WRITERS } from "./formats";
import { isMountPath } from "./paths";
import type { FileContent, FileOptions, StructuredFile } from "./sources";
import { toFileMode } from "./volumes";

/** A file of a container, and the key that it is. */
export interface PlacedFile {
  readonly path: string;
  readonly from: Carried;
  readonly mode: number | undefined;
  /** Whether it follows changes: then it is in its folder, with others of its kind, and not mounted by itself. */
  readonly reloads: boolean;
  /** Container that it is of, and of those that inherit from it; empty for the workload's own. */
  readonly owner: string;
}

/** Files by path, and what is to replace the pods beside their own text. */
export interface PlacedFiles {
  readonly files: Named<PlacedFile>;
  readonly restartsOn: readonly Carried[];
  readonly problems: readonly Problem[];
}

/** Sorts files by where their text lives; `owner` is the container, or empty for the workload's own. */
export function placeFiles(files: Named<FileContent>, owner: string, carriers: Carriers): PlacedFiles {
  const placed: Record<string, PlacedFile> = {};
  const restartsOn: Carried[] = [];
  const problems: Problem[] = [];
  for (const [path, given] of Object.entries(files).sort(([a], [b]) => compare(a, b))) {
    const name = path.slice(1).replaceAll("/", "_");
    const key = owner === "" ? name : `${owner}.${name}`;
    if (!isMountPath(path) || name.startsWith("..") || key.length > MAX_KEY) {
      problems.push({
        rule: "files/path",
        message: `files has a path ${show(path)}, which cannot be mounted`,
        fix: "use an absolute path of letters, digits, . _ and -",
      });
      continue;
    }
    const { content, options } = contentOf(path, given, problems);
    if (content === undefined) continue;
    const reloads = options.onChange === "reload";
    if (reloads && folderOf(path) === "/") {
      problems.push({
        rule: "files/reload",
        message: `file "${path}" is to follow changes, and its folder is the root`,
        fix: "put it into a folder of its own",
      });
      continue;
    }
    const from =
      content instanceof Ref
        ? keyOf(path, content, options, restartsOn, problems)
        : carriers.add(key, content, `file "${path}"`, !reloads, problems);
    if (from) placed[path] = { path, from, mode: toFileMode(options.mode), reloads, owner };
  }
  return { files: placed, restartsOn, problems };
}

/** Longest key of a Secret or a ConfigMap. */
const MAX_KEY = 253;
const FILE_KEYS = ["mode", "onChange"] satisfies (keyof FileOptions)[];
const CONTENT_KEYS: readonly string[] = ["text", ...FORMATS];

interface Content {
  /** Text, maybe with tokens, or the key of others that it is; undefined where it is nothing. */
  readonly content: string | Ref | undefined;
  readonly options: FileOptions;
}

function contentOf(path: string, given: FileContent, problems: Problem[]): Content {
  if (!isPlainObject(given)) return { content: textOf(path, given, problems), options: {} };
  const file = given as Partial<Record<Format | "text", unknown>> & FileOptions;
  const kinds = CONTENT_KEYS.filter((kind) => given[kind] !== undefined);
  problems.push(...checkKeys(`files["${path}"]`, given, [...FILE_KEYS, ...CONTENT_KEYS]), ...checkOptions(path, file));
  const [kind, ...more] = kinds;
  if (kind === undefined || more.length > 0) {
    problems.push({
      rule: "files/value",
      message: `file "${path}" is ${kind === undefined ? "nothing" : `${kinds.join(" and ")} at once`}`,
      fix: `say one of ${CONTENT_KEYS.join(", ")}`,
    });
    return { content: undefined, options: file };
  }
  if (kind === "text") return { content: textOf(path, file.text as FileContent, problems), options: file };
  return { content: dataText(path, kind as Format, given as StructuredFile, problems), options: file };
}

function checkOptions(path: string, { mode, onChange }: FileOptions): Problem[] {
  const problems: Problem[] = [];
  if (mode !== undefined && toFileMode(mode) === undefined) {
    problems.push({
      rule: "files/mode",
      message: `mode ${show(mode)} of file "${path}" is not a file mode`,
      fix: 'write it in octal, as in "0400"',
    });
  }
  if (onChange !== undefined && onChange !== "restart" && onChange !== "reload") {
    problems.push({
      rule: "files/on-change",
      message: `onChange ${show(onChange)} of file "${path}" is not known`,
      fix: 'say "restart" or "reload"',
    });
  }
  return problems;
}

function textOf(path: string, given: FileContent, problems: Problem[]): string | Ref | undefined {
  const content = isOutput(given) || isCloud(given) ? Token.asString(given as OutputValue) : given;
  if (content instanceof Ref) return content;
  if (typeof content !== "string") {
    problems.push({
      rule: "files/value",
      message: `file "${path}" is ${show(content)}, which is no text`,
      fix: "give a string, an output, or a Ref",
    });
    return undefined;
  }
  problems.push(...checkText(`file "${path}"`, content));
  return content;
}

function isCloud(given: unknown): boolean {
  return given instanceof Ref && given.source.kind === "cloud";
}

function dataText(path: string, format: Format, file: StructuredFile, problems: Problem[]): string | undefined {
  const data = file[format];
  const found = checkData(path, format, data);
  problems.push(...found);
  return found.length > 0 ? undefined : documentText(format, definedOnly(data), WRITERS[format], file);
}

function keyOf(
  path: string,
  { source }: Ref,
  options: FileOptions,
  restartsOn: Carried[],
  problems: Problem[],
): Carried | undefined {
  if (source.kind !== "secret-key" && source.kind !== "config-key") {
    problems.push({
      rule: "files/pod-field",
      message: `file "${path}" is a field of the pod, which only env takes`,
      fix: "put it into env",
    });
    return undefined;
  }
  const { name, key, onChange, optional } = source;
  if (optional === true) {
    problems.push({
      rule: "files/optional",
      message: `file "${path}" is an optional key, and the kubelet would make a folder of its name where the key is not there`,
      fix: "use a volume of kind keys with optional: true, or a variable",
    });
  }
  const kind = source.kind === "secret-key" ? "secret" : "config";
  const from: Carried = { kind, name, key, volume: volumeName(kind, name) };
  if (onChange === "restart" && options.onChange === "reload") {
    problems.push({
      rule: "files/on-change",
      message: `file "${path}" is to follow changes, and its key is to replace the pods`,
      fix: "say onChange once",
    });
  }
  if (onChange === "restart" || options.onChange === "restart") restartsOn.push(from);
  return from;
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

/** Where a container sees its files: each by itself, or their folder where they follow changes. */
export function fileMounts(files: Named<PlacedFile>): k8s.VolumeMount[] {
  const { single, folders } = split(files);
  return [
    ...single.map((file) => ({
      name: volumeOf(file),
      mountPath: file.path,
      subPath: file.from.key,
      readOnly: true,
    })),
    ...[...folders].map(([folder, inside]) => ({
      name: folderVolume(folder, inside),
      mountPath: folder,
      readOnly: true,
    })),
  ];
}

/** Volumes of the files of a container. */
export function fileVolumes(files: Named<PlacedFile>): k8s.Volume[] {
  const { single, folders } = split(files);
  return [
    ...single.map((file) => ({ name: volumeOf(file), ...sourceOf(file) })),
    ...[...folders].map(([folder, inside]) => ({
      name: folderVolume(folder, inside),
      projected: { sources: inside.map(itemOf) },
    })),
  ];
}

/**
 * What is wrong with folders whose files follow changes. The kubelet replaces such a folder as a whole, so nothing else has a place in it.
 *
 * @param mounts - everything that the container sees
 */
export function checkFolders(files: Named<PlacedFile>, mounts: readonly k8s.VolumeMount[]): Problem[] {
  const { folders } = split(files);
  return [...folders].flatMap(([folder, [first]]) =>
    mounts
      .filter(
        ({ name, mountPath }) =>
          name !== folderVolume(folder, folders.get(folder) ?? []) && isWithin(mountPath, folder),
      )
      .map(({ mountPath }) => ({
        rule: "files/reload",
        message: `file "${first?.path ?? ""}" is to follow changes, and ${mountPath === folder ? "something else is at its folder" : `"${mountPath}" is in its folder, too`}`,
        fix: "put what follows changes into a folder that holds nothing else",
      })),
  );
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function split(files: Named<PlacedFile>): {
  readonly single: readonly PlacedFile[];
  readonly folders: ReadonlyMap<string, PlacedFile[]>;
} {
  const sorted = Object.values(files).sort((a, b) => (a.path < b.path ? -1 : 1));
  return {
    single: sorted.filter(({ reloads }) => !reloads),
    folders: groupBy(
      sorted.filter(({ reloads }) => reloads),
      ({ path }) => folderOf(path),
    ),
  };
}

/** One volume for each object and mode. */
function volumeOf({ from, mode }: PlacedFile): string {
  return mode === undefined ? from.volume : volumeName("mode", `${mode.toString(8).padStart(4, "0")}-${from.volume}`);
}

function sourceOf({ from, mode }: PlacedFile): Omit<k8s.Volume, "name"> {
  const defaultMode = mode === undefined ? {} : { defaultMode: mode };
  return from.kind === "secret"
    ? { secret: { secretName: from.name, ...defaultMode } }
    : { configMap: { name: from.name, ...defaultMode } };
}

function itemOf({ path, from, mode }: PlacedFile): k8s.VolumeProjection {
  const item = { key: from.key, path: path.slice(path.lastIndexOf("/") + 1), ...(mode === undefined ? {} : { mode }) };
  return from.kind === "secret"
    ? { secret: { name: from.name, items: [item] } }
    : { configMap: { name: from.name, items: [item] } };
}

/** Folders of a container that has what another has are its volumes; with a file of its own among them it is another folder. */
function folderVolume(folder: string, inside: readonly PlacedFile[]): string {
  const owner = inside.find((file) => file.owner !== "")?.owner ?? "";
  const readable = /^(\/[a-z0-9]+)+$/.test(folder) ? folder.slice(1).replaceAll("/", "-") : digest([folder]);
  return volumeName(owner === "" ? "reload" : `reload--${owner}-`, readable);
}

/** The name of what a volume holds, where Kubernetes takes it: a Secret's may have dots, and be long. */
export function volumeName(kind: string, name: string): string {
  const readable = `${kind}-${name}`;
  return isDnsLabel(readable) ? readable : `${kind}-${digest([name])}`;
}
