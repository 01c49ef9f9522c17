import { isMap, type Json, type JsonMap, listOf, mapOf, mapsOf, take, textOf, said } from "../json";
import { Call, type Code, Raw } from "../write/code";

/** What is known of a variable before it becomes code. */
export type Variable = { readonly text: string } | { readonly code: Code };

/** ConfigMaps that a workload takes in: their data by name. */
export type FoldedConfigs = ReadonlyMap<string, Readonly<Record<string, string>>>;

// https://kubernetes.io/docs/concepts/workloads/pods/downward-api/
const FIELDS: Readonly<Record<string, string>> = {
  "metadata.name": "Field.podName",
  "metadata.namespace": "Field.namespace",
  "metadata.uid": "Field.podUid",
  "spec.nodeName": "Field.nodeName",
  "spec.serviceAccountName": "Field.serviceAccountName",
  "status.podIP": "Field.podIp",
  "status.hostIP": "Field.nodeIp",
};
const RESOURCES: Readonly<Record<string, string>> = {
  "requests.cpu": "Field.cpuRequest",
  "limits.cpu": "Field.cpuLimit",
  "requests.memory": "Field.memoryRequest",
  "limits.memory": "Field.memoryLimit",
  "requests.ephemeral-storage": "Field.ephemeralStorageRequest",
  "limits.ephemeral-storage": "Field.ephemeralStorageLimit",
};

/** Code for a field of the pod; undefined where Flagstone has none. */
export function fieldCode(fieldRef: unknown): Code | undefined {
  const { fieldPath, apiVersion } = mapOf(fieldRef);
  if (typeof fieldPath !== "string" || (apiVersion !== undefined && apiVersion !== "v1")) return undefined;
  const known = FIELDS[fieldPath];
  if (known !== undefined) return new Raw(known);
  const [, kind, key] = /^metadata\.(label|annotation)s\['([^']+)'\]$/.exec(fieldPath) ?? [];
  return kind === undefined || key === undefined ? undefined : new Call(`Field.${kind}`, key);
}

/** Code for one key of a Secret or a ConfigMap. */
export function keyCode(kind: "secret" | "config", name: string, key: string, optional = false): Call {
  const place = optional ? { name, key, optional } : { name, key };
  return new Call(kind === "secret" ? "Ref.secretKey" : "Ref.configKey", place);
}

/**
 * Takes the variables of a container. What `env` cannot hold is left in it, with whatever needs it by `$(NAME)`: the kubelet expands only
 * what stands before.
 *
 * @see https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
 */
export function takeVariables(container: JsonMap, configs: FoldedConfigs): Map<string, Variable> {
  const variables = new Map<string, Variable>();
  const left: Json[] = [];
  const leftNames = new Set<string>();
  for (const entry of lastOfEach(mapsOf(container["env"]))) {
    const name = said(entry["name"]);
    const variable = variableOf(entry, configs);
    const needsLeft = [...leftNames].some((other) => textOf(entry["value"])?.includes(`$(${other})`));
    if (variable !== undefined && !needsLeft && isVariableName(name)) variables.set(name, variable);
    else {
      left.push(entry);
      leftNames.add(name);
    }
  }
  take(container, "env");
  if (left.length > 0) container["env"] = left;
  return variables;
}

/** A name that stands twice: the last one counts, where it stands. */
function lastOfEach(entries: readonly JsonMap[]): JsonMap[] {
  return entries.filter(({ name }, i) => !entries.slice(i + 1).some((later) => later["name"] === name));
}

function isVariableName(name: string): boolean {
  return /^(?!\.{1,2}$|\.\.)[A-Za-z_.-][A-Za-z0-9_.-]*$/.test(name) && name !== "__proto__";
}

function variableOf(entry: JsonMap, configs: FoldedConfigs): Variable | undefined {
  const { value, valueFrom } = entry;
  if (!isMap(valueFrom)) {
    const text = value === undefined || value === null ? "" : typeof value === "object" ? undefined : said(value);
    // `$$(X)` keeps the kubelet from expanding it, which `env` has no way to say.
    return text === undefined || text.includes("$$(") ? undefined : { text: text.replaceAll("$$", "$") };
  }
  if (isMap(valueFrom["fieldRef"])) {
    const code = fieldCode(valueFrom["fieldRef"]);
    return code === undefined ? undefined : { code };
  }
  if (isMap(valueFrom["resourceFieldRef"])) {
    const { resource, ...rest } = valueFrom["resourceFieldRef"];
    const known = RESOURCES[said(resource)];
    const isPlain = Object.entries(rest).every(([key, item]) => key === "divisor" && /^[01]?$/.test(said(item)));
    return known !== undefined && isPlain ? { code: new Raw(known) } : undefined;
  }
  for (const [field, kind] of [["secretKeyRef", "secret"] as const, ["configMapKeyRef", "config"] as const]) {
    const ref = valueFrom[field];
    if (!isMap(ref)) continue;
    const { name, key, optional } = ref;
    if (typeof name !== "string" || typeof key !== "string") return undefined;
    const text = kind === "config" ? configs.get(name)?.[key] : undefined;
    if (text !== undefined) return { text };
    return { code: keyCode(kind, name, key, optional === true) };
  }
  return undefined;
}

/** Takes `envFrom`: ConfigMaps that are taken in become variables, which those of `env` win over. */
export function takeSources(
  container: JsonMap,
  configs: FoldedConfigs,
): { readonly sources: Code[]; readonly variables: Map<string, Variable> } {
  const sources: Code[] = [];
  const variables = new Map<string, Variable>();
  const given = mapsOf(container["envFrom"]);
  for (const entry of given) {
    const isSecret = isMap(entry["secretRef"]);
    const ref = mapOf(entry[isSecret ? "secretRef" : "configMapRef"]);
    const name = said(ref["name"]);
    const prefix = textOf(entry["prefix"]);
    const folded = isSecret ? undefined : configs.get(name);
    if (folded) {
      for (const [key, text] of Object.entries(folded)) variables.set(`${prefix ?? ""}${key}`, { text });
    } else {
      const optional = ref["optional"] === true ? true : undefined;
      sources.push({ [isSecret ? "secret" : "config"]: name, prefix: prefix === "" ? undefined : prefix, optional });
    }
  }
  take(container, "envFrom");
  return { sources, variables };
}

/** Whether a ConfigMap's data can be variables. */
export function canBeVariables(data: Readonly<Record<string, string>>, prefix: string): boolean {
  return Object.entries(data).every(([key, text]) => isVariableName(`${prefix}${key}`) && !text.includes("$$("));
}

/**
 * Takes command, arguments and what else of a container is plain.
 *
 * @param script - code for a word of many lines
 */
export function takePlain(container: JsonMap, script: (text: string) => Code): Record<string, Code | undefined> {
  const list = (key: string): Code | undefined => {
    const given = listOf(container[key]);
    if (!given.every((item) => typeof item === "string")) return undefined;
    take(container, key);
    return given.length > 0 ? given.map((word) => (word.includes("\n") ? script(word) : word)) : undefined;
  };
  const directory = textOf(container["workingDir"]);
  const isAbsolute = directory?.startsWith("/") ?? false;
  if (isAbsolute) take(container, "workingDir");
  return { command: list("command"), args: list("args"), workingDirectory: isAbsolute ? directory : undefined };
}
