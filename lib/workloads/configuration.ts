import { createHash } from "node:crypto";
import { type k8s } from "cdk8s-plus-28";
import type { Problem } from "../core/findings";
import { show } from "../core/keys";
import { isDnsLabel } from "../core/names";
import { Ref } from "../core/refs";
import type { Named } from "../core/scope";
import { digestToken, hasToken, isLocal, isOutput, splitTokens, Token, tokenText } from "../core/tokens";
import type { FileContent, Value } from "./types";

/** A container's variables and files, and the objects that carry them. */
export interface Configuration {
  readonly env: readonly k8s.EnvVar[];
  readonly volumes: readonly k8s.Volume[];
  readonly mounts: readonly k8s.VolumeMount[];
  /** Data of the ConfigMap with files whose text is known. */
  readonly files: Named<string>;
  /** Data of the Secret with whatever holds outputs; Pulumi delivers it. */
  readonly outputs: Named<string>;
  /** Changes when the content of files or outputs changes; undefined when there is neither. */
  readonly digest: string | undefined;
  readonly problems: readonly Problem[];
}

/** Names of the objects that carry files and outputs of a workload. */
export interface CarrierNames {
  readonly files: string;
  readonly outputs: string;
}

/** Sorts variables and files by where their values live. */
export function configure(env: Named<Value>, files: Named<FileContent>, carriers: CarrierNames): Configuration {
  const problems: Problem[] = [];
  const outputs: Record<string, string> = {};
  const variables = Object.entries(env).flatMap(([name, value]) => variable(name, value, carriers, outputs, problems));
  const placed = placeFiles(files, carriers, outputs, problems);
  return {
    env: variables,
    volumes: placed.volumes,
    mounts: placed.mounts,
    files: placed.data,
    outputs,
    digest: digestOf(placed.data, outputs),
    problems,
  };
}

function variable(
  name: string,
  value: Value,
  carriers: CarrierNames,
  outputs: Record<string, string>,
  problems: Problem[],
): k8s.EnvVar[] {
  if (!/^(?!\.{1,2}$|\.\.)[A-Za-z_.-][A-Za-z0-9_.-]*$/.test(name)) {
    problems.push({
      rule: "env/name",
      message: `env has a variable "${name}", which cannot be one`,
      fix: "use letters, digits and _, not starting with a digit",
    });
  }
  if (value instanceof Ref) return [fromRef(name, value, carriers, outputs)];
  if (isOutput(value)) return [fromOutput(name, Token.asString(value), carriers, outputs)];
  if (typeof value === "string" && hasToken(value)) return composed(name, value, carriers, outputs);
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") {
    problems.push({
      rule: "env/value",
      message: `env.${name} is ${show(value)}, which is no value`,
      fix: "give a string, number, boolean, output, or a Ref",
    });
  }
  return [{ name, value: literal(String(value)) }];
}

function fromRef(name: string, ref: Ref, carriers: CarrierNames, outputs: Record<string, string>): k8s.EnvVar {
  const { source } = ref;
  switch (source.kind) {
    case "secret-key":
      return { name, valueFrom: { secretKeyRef: { name: source.name, key: source.key } } };
    case "config-key":
      return { name, valueFrom: { configMapKeyRef: { name: source.name, key: source.key } } };
    case "pod-field":
      return { name, valueFrom: { fieldRef: { fieldPath: source.fieldPath } } };
    case "cloud":
      return fromOutput(name, Token.asString(ref), carriers, outputs);
  }
}

/**
 * Text with values inside that only the kubelet knows: each of those becomes a variable of its own, which the text then names. Text
 * whose values are all outputs is put together before.
 */
function composed(name: string, text: string, carriers: CarrierNames, outputs: Record<string, string>): k8s.EnvVar[] {
  const parts = splitTokens(text);
  if (!parts.some((part) => typeof part !== "string" && isLocal(part)))
    return [fromOutput(name, text, carriers, outputs)];
  const [only, ...more] = parts;
  if (typeof only === "object" && more.length === 0 && only.kind === "ref")
    return [fromRef(name, only.ref, carriers, outputs)];
  const made: k8s.EnvVar[] = [];
  const value = parts.map((part) => {
    if (typeof part === "string") return literal(part);
    const helper = `${name}__${made.length + 1}`;
    made.push(
      part.kind === "ref"
        ? fromRef(helper, part.ref, carriers, outputs)
        : fromOutput(helper, tokenText(part), carriers, outputs),
    );
    return `$(${helper})`;
  });
  return [...made, { name, value: value.join("") }];
}

/**
 * The kubelet takes `$$` for an escaped `$`. What was written is what the process sees; `$(NAME)` of another variable is still expanded.
 *
 * @see https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
 */
function literal(value: string): string {
  return value.replaceAll("$$", () => "$$$$");
}

function fromOutput(name: string, text: string, carriers: CarrierNames, outputs: Record<string, string>): k8s.EnvVar {
  outputs[name] = text;
  return { name, valueFrom: { secretKeyRef: { name: carriers.outputs, key: name } } };
}

interface PlacedFiles {
  readonly data: Record<string, string>;
  readonly volumes: k8s.Volume[];
  readonly mounts: k8s.VolumeMount[];
}

function placeFiles(
  files: Named<FileContent>,
  carriers: CarrierNames,
  outputs: Record<string, string>,
  problems: Problem[],
): PlacedFiles {
  const data: Record<string, string> = {};
  const volumes = new Map<string, k8s.Volume>();
  const mounts: k8s.VolumeMount[] = [];
  const keys = new Map<string, string>();
  for (const [path, given] of Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const key = path.slice(1).replaceAll("/", "_");
    const content = isOutput(given) ? Token.asString(given) : given;
    if (!/^(\/[A-Za-z0-9._-]+)+$/.test(path) || path.split("/").some((step) => step === "." || step === "..")) {
      problems.push({
        rule: "files/path",
        message: `files has a path ${show(path)}, which cannot be mounted`,
        fix: "use an absolute path of letters, digits, . _ and -",
      });
      continue;
    }
    if (typeof content !== "string" && !(content instanceof Ref)) {
      problems.push({
        rule: "files/value",
        message: `file "${path}" is ${show(content)}, which is no text`,
        fix: "give a string, an output, or a Ref",
      });
      continue;
    }
    const other = keys.get(key) ?? (isFromOutput(content) && Object.hasOwn(outputs, key) ? `env.${key}` : undefined);
    if (other !== undefined) {
      problems.push({
        rule: "files/key",
        message: `file "${path}" and ${other} would be one key of a ConfigMap or Secret`,
        fix: "rename one of them",
      });
    }
    keys.set(key, `file "${path}"`);
    const at =
      content instanceof Ref
        ? keyOf(path, content, carriers, outputs, key, problems)
        : text(content, carriers, data, outputs, key);
    if (!at) continue;
    volumes.set(at.volume.name, at.volume);
    mounts.push({ name: at.volume.name, mountPath: path, subPath: at.key, readOnly: true });
  }
  return { data, volumes: [...volumes.values()], mounts };
}

function isFromOutput(content: string | Ref): boolean {
  return content instanceof Ref ? content.source.kind === "cloud" : hasToken(content);
}

/** The name of what a volume holds, where Kubernetes takes it: a Secret's may have dots, and be long. */
function volumeName(kind: "secret" | "config", name: string): string {
  const readable = `${kind}-${name}`;
  return isDnsLabel(readable) ? readable : `${kind}-${digest([name])}`;
}

interface FileSource {
  readonly volume: k8s.Volume;
  readonly key: string;
}

function text(
  content: string,
  carriers: CarrierNames,
  data: Record<string, string>,
  outputs: Record<string, string>,
  key: string,
): FileSource {
  if (hasToken(content)) {
    outputs[key] = content;
    return { volume: { name: "outputs", secret: { secretName: carriers.outputs } }, key };
  }
  data[key] = content;
  return { volume: { name: "files", configMap: { name: carriers.files } }, key };
}

function keyOf(
  path: string,
  ref: Ref,
  carriers: CarrierNames,
  outputs: Record<string, string>,
  key: string,
  problems: Problem[],
): FileSource | undefined {
  const { source } = ref;
  switch (source.kind) {
    case "secret-key":
      return {
        volume: { name: volumeName("secret", source.name), secret: { secretName: source.name } },
        key: source.key,
      };
    case "config-key":
      return { volume: { name: volumeName("config", source.name), configMap: { name: source.name } }, key: source.key };
    case "cloud":
      return text(Token.asString(ref), carriers, {}, outputs, key);
    case "pod-field":
      problems.push({
        rule: "files/pod-field",
        message: `file "${path}" is a field of the pod, which only env takes`,
        fix: "put it into env",
      });
      return undefined;
  }
}

function digestOf(...carried: readonly Named<string>[]): string | undefined {
  const parts = carried.flatMap((data) =>
    Object.entries(data)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flat(),
  );
  if (parts.length === 0) return undefined;
  return parts.some(hasToken) ? digestToken(parts, digest) : digest(parts);
}

function digest(parts: readonly string[]): string {
  // Lengths keep ["ab", "c"] and ["a", "bc"] apart.
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest("hex").slice(0, 16);
}
