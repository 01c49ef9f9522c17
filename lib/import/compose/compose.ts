import { Fields } from "../fields";
import type { Manifests } from "../import";
import { InputError, type InputFile } from "../input/read";
import { isMap, type JsonMap, listOf, mapOf, textOf, said } from "../json";
import { dnsLabel } from "../names";
import type { FileReader } from "./files";
import { resolveCompose } from "./resolve";
import { serviceObjects } from "./service";
import { parsePort, parseVolume } from "./syntax";
import { claimObject } from "./volumes";

/** What Compose files are translated with. */
export interface ComposeOptions {
  readonly tenant: string;
  readonly domain: string;
  readonly readFile: FileReader | undefined;
}

/**
 * Compose files as objects of Kubernetes, straightforwardly: those are then imported as any.
 *
 * @see https://github.com/compose-spec/compose-spec/blob/main/spec.md
 */
export function composeManifests(
  documents: readonly { readonly file: InputFile; readonly document: JsonMap }[],
  options: ComposeOptions,
): Manifests {
  const [first] = documents;
  const merged = mergeDocuments(documents.map(({ document }) => document));
  const file = first?.file.path ?? "";
  const { document, filled, unknown, required, notExtended } = resolveCompose(merged, file, options.readFile);
  const services = mapOf(document["services"]);
  const all = new Fields(merged);
  const hints: string[] = [];
  const objects: JsonMap[] = [];
  const comments = new Map<string, readonly string[]>();
  const calls = new Map<string, readonly string[]>();
  const runAfter = new Map<string, readonly string[]>();
  accountForTop(document, all);
  checkNames(services);
  const shared = sharedVolumes(services);
  for (const name of shared) objects.push(claimObject(dnsLabel(name, "data"), "ReadWriteMany"));
  const waitedFor = new Set(
    Object.keys(services).flatMap((name) =>
      dependencies(mapOf(services[name])).flatMap(({ on, condition }) =>
        condition === "service_completed_successfully" ? [on] : [],
      ),
    ),
  );
  for (const [name, given] of Object.entries(services)) {
    const service = mapOf(given);
    const made = serviceObjects({
      name,
      service,
      fields: all.below("services", name),
      document,
      file,
      readFile: options.readFile,
      called: portsCalled(name, services),
      runsToEnd: waitedFor.has(name),
      sharedVolumes: shared,
      host: (suffix) => `${suffix}.${options.tenant}.${options.domain}`,
      notExtended: notExtended.get(name),
      hint: (text) => hints.push(text),
    });
    objects.push(...made.objects);
    comments.set(made.id, made.comments);
    const missing = dependencies(service).flatMap(({ on }) => (Object.hasOwn(services, on) ? [] : [`"${on}"`]));
    if (missing.length > 0)
      hints.push(`service "${name}" depends on ${missing.join(", ")}, which the file does not have`);
    runAfter.set(
      made.id,
      dependencies(service).flatMap(({ on }) => (waitedFor.has(on) ? [dnsLabel(on, "service")] : [])),
    );
    calls.set(
      made.id,
      dependencies(service).flatMap(({ on }) => addressOf(on, services)),
    );
  }
  checkOrder(runAfter);
  for (const path of filled) all.changed(path, "compose/interpolation");
  if (unknown.length > 0)
    hints.push(`nobody sets ${unknown.join(", ")}: they are empty, as Compose leaves them; say them in env`);
  for (const text of required)
    hints.push(`Compose does not start without a value of ${text}; it is empty in the program: say it in env`);
  const name = textOf(document["name"]);
  return { objects, runAfter, comments, calls, fields: all.report(), hints, name };
}

/** @throws InputError when two services would be one workload */
function checkNames(services: JsonMap): void {
  const byId = new Map<string, string>();
  for (const name of Object.keys(services)) {
    const id = dnsLabel(name, "service");
    const other = byId.get(id);
    if (other !== undefined)
      throw new InputError(`services "${other}" and "${name}" would both be called "${id}": rename one of them`);
    byId.set(id, name);
  }
}

/** @throws InputError when services wait for each other's end, as Compose does */
function checkOrder(runAfter: ReadonlyMap<string, readonly string[]>): void {
  const visit = (id: string, path: readonly string[]): void => {
    if (path.includes(id)) throw new InputError(`services wait for each other: ${[...path, id].join(" → ")}`);
    for (const job of runAfter.get(id) ?? []) visit(job, [...path, id]);
  };
  for (const id of runAfter.keys()) visit(id, []);
}

/** Later files win, as with several -f. */
function mergeDocuments(documents: readonly JsonMap[]): JsonMap {
  return documents.reduce<JsonMap>((merged, document) => mergeMaps(merged, document, 0), {});
}

function mergeMaps(a: JsonMap, b: JsonMap, depth: number): JsonMap {
  const result = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const before = result[key];
    if (isMap(before) && isMap(value)) result[key] = mergeMaps(before, value, depth + 1);
    else if (Array.isArray(before) && Array.isArray(value) && !["command", "entrypoint", "test"].includes(key))
      result[key] = [...before, ...value];
    else result[key] = value;
  }
  return result;
}

function dependencies(service: JsonMap): { readonly on: string; readonly condition: string }[] {
  const given = service["depends_on"];
  const links = listOf(service["links"]).map((link) => ({
    on: said(link).split(":")[0] ?? "",
    condition: "service_started",
  }));
  if (Array.isArray(given)) return [...given.map((on) => ({ on: said(on), condition: "service_started" })), ...links];
  return [
    ...Object.entries(mapOf(given)).map(([on, how]) => ({
      on,
      condition: textOf(mapOf(how)["condition"]) ?? "service_started",
    })),
    ...links,
  ];
}

/** Ports at which other services call one, as in `redis:6379`. */
function portsCalled(name: string, services: JsonMap): number[] {
  const pattern = new RegExp(`(?<![\\w.-])${name.replace(/[.*+?^$()[\]{}|\\]/g, "\\$&")}:(\\d{2,5})(?!\\d)`, "g");
  const found = Object.entries(services).flatMap(([other, service]) =>
    other === name
      ? []
      : [
          ...JSON.stringify([mapOf(service)["environment"] ?? null, mapOf(service)["command"] ?? null]).matchAll(
            pattern,
          ),
        ].map(([, port]) => Number(port)),
  );
  return [...new Set(found)];
}

/** Where a service is called that another depends on. */
function addressOf(on: string, services: JsonMap): string[] {
  const service = mapOf(services[on]);
  const ports = [...listOf(service["ports"]), ...listOf(service["expose"])].flatMap((port) => parsePort(port) ?? []);
  const [first] = ports;
  const name = dnsLabel(on, "service");
  // Any port leads to it where none is said: the first endpoint.
  return [first ? `${name}:${first.target}` : `http://${name}`];
}

function sharedVolumes(services: JsonMap): Set<string> {
  const users = new Map<string, Set<string>>();
  for (const [name, service] of Object.entries(services)) {
    for (const given of listOf(mapOf(service)["volumes"])) {
      const volume = parseVolume(given);
      if (volume?.type !== "volume" || volume.source === undefined) continue;
      users.set(volume.source, new Set([...(users.get(volume.source) ?? []), name]));
    }
  }
  return new Set([...users].filter(([, by]) => by.size > 1).map(([name]) => name));
}

function accountForTop(document: JsonMap, fields: Fields): void {
  if (document["name"] !== undefined) fields.expressed("name");
  if (document["version"] !== undefined) fields.changed(["version"], "compose/version");
  if (document["networks"] !== undefined) fields.changed(["networks"], "compose/networks");
  for (const [name, given] of Object.entries(mapOf(document["volumes"]))) {
    if (!isMap(given)) fields.expressed("volumes", name);
    else {
      for (const key of Object.keys(given)) {
        if (key === "name") fields.changed(["volumes", name, key], "compose/names");
        else fields.lost(["volumes", name, key], "what a disk is made of is said by its StorageClass");
      }
      if (Object.keys(given).length === 0) fields.expressed("volumes", name);
    }
  }
  for (const [name, given] of Object.entries(mapOf(document["configs"]))) {
    const isKnown = isMap(given) && (given["file"] !== undefined || given["content"] !== undefined);
    if (isKnown) fields.changed(["configs", name], "compose/config");
    else fields.lost(["configs", name], "it is kept outside: name its ConfigMap by Ref.configKey");
  }
  for (const name of Object.keys(mapOf(document["secrets"]))) fields.changed(["secrets", name], "compose/secret");
  for (const key of Object.keys(document)) {
    if (key.startsWith("x-")) fields.lost([key], "an extension; what services take from it by YAML is theirs");
    if (key === "include") fields.lost([key], "import those files together with this one");
  }
}
