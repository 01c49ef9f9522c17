import { isMap, type Json, type JsonMap, listOf, mapOf, said, textOf } from "../json";
import { dnsLabel } from "../names";
import { readText } from "./files";
import type { ServiceNeeds } from "./service";
import { parseMemory, parseVolume } from "./syntax";

/** Objects, volumes and mounts of a service. */
export interface Volumes {
  readonly objects: JsonMap[];
  readonly volumes: JsonMap[];
  readonly mounts: JsonMap[];
  readonly claims: string[];
}

/** Volumes, files, configs, secrets and rooms in memory. */
export function volumesOf(needs: ServiceNeeds, id: string): Volumes {
  const result: Volumes = { objects: [], volumes: [], mounts: [], claims: [] };
  listOf(needs.service["volumes"]).forEach((given, i) => addVolume(needs, id, given, i, result));
  [needs.service["tmpfs"]].flat().forEach((given, i) => {
    if (typeof given !== "string") return;
    const [path = "", options = ""] = given.split(":");
    const size = parseMemory(/size=(\w+)/.exec(options)?.[1]);
    addEmpty(result, `memory-${i}`, path, size);
    needs.fields.expressed(...(Array.isArray(needs.service["tmpfs"]) ? ["tmpfs", i] : ["tmpfs"]));
  });
  const shared = parseMemory(needs.service["shm_size"]);
  if (shared !== undefined) {
    addEmpty(result, "shm", "/dev/shm", shared);
    needs.fields.expressed("shm_size");
  }
  addConfigs(needs, id, result);
  addSecrets(needs, result);
  return result;
}

function addEmpty({ volumes, mounts }: Volumes, name: string, path: string, size: string | undefined): void {
  volumes.push({ name, emptyDir: { medium: "Memory", ...(size === undefined ? {} : { sizeLimit: size }) } });
  mounts.push({ name, mountPath: path });
}

function addVolume(needs: ServiceNeeds, id: string, given: Json, i: number, result: Volumes): void {
  const { fields, sharedVolumes } = needs;
  const volume = parseVolume(given);
  const at = ["volumes", i];
  if (!volume) {
    fields.lost(at, "it is no volume");
    return;
  }
  const { type, source, target, readOnly } = volume;
  const mount = { mountPath: target, ...(readOnly ? { readOnly } : {}) };
  if (type === "tmpfs") {
    addEmpty(result, `memory-volume-${i}`, target, parseMemory(mapOf(mapOf(given)["tmpfs"])["size"]));
    fields.expressed(...at);
  } else if (type === "bind") addBind(needs, id, source ?? "", target, at, result);
  else {
    const isShared = source !== undefined && sharedVolumes.has(source);
    const name = dnsLabel(source ?? `data-${i}`, `data-${i}`);
    const claimName = isShared ? name : name.startsWith(`${id}-`) ? name : `${id}-${name}`;
    result.claims.push(claimName);
    result.volumes.push({
      name: name.startsWith(`${id}-`) ? name.slice(id.length + 1) : name,
      persistentVolumeClaim: { claimName },
    });
    result.mounts.push({ name: result.volumes.at(-1)?.["name"] ?? name, ...mount });
    if (!isShared) result.objects.push(claimObject(claimName, "ReadWriteOnce"));
    fields.changed(at, isShared ? "compose/shared-volume" : "compose/volume-size");
  }
}

export function claimObject(name: string, mode: string): JsonMap {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name },
    spec: { accessModes: [mode], resources: { requests: { storage: "1Gi" } } },
  };
}

/** Text of the machine is a file of the program; the folder that an image is built from is not, it is in the image. */
function addBind(
  { fields, file, readFile, service }: ServiceNeeds,
  id: string,
  source: string,
  target: string,
  at: (string | number)[],
  result: Volumes,
): void {
  if (/docker\.sock$/.test(source)) {
    fields.lost(at, "the socket of Docker is none of a pod's");
    return;
  }
  const build = service["build"];
  const context = (isMap(build) ? textOf(build["context"]) : textOf(build))?.replace(/\/+$/, "");
  const isBuilt = context !== undefined && (source === context || source.startsWith(`${context}/`));
  if (isBuilt) {
    fields.lost(at, "what the image is built from is in the image");
    return;
  }
  const texts = /^\.{0,2}\//.test(source) ? readFile?.(file, source) : undefined;
  if (!texts || texts.length === 0) {
    fields.lost(
      at,
      "a folder of the machine that is large, not there, or no text: put it into the image, or into a volume",
    );
    return;
  }
  for (const { path, text, isExecutable } of texts)
    addText(
      result,
      id,
      path === "" ? target : `${target.replace(/\/+$/, "")}/${path}`,
      text,
      isExecutable ? 0o755 : undefined,
    );
  fields.changed(at, "compose/bind-file");
}

function addText(result: Volumes, id: string, target: string, text: string, mode?: number): void {
  const key = target.slice(target.lastIndexOf("/") + 1) || "file";
  const name = dnsLabel(`${id}-file-${result.mounts.length}`, "file");
  result.objects.push({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { [key]: text } });
  result.volumes.push({ name, configMap: { name, ...(mode === undefined ? {} : { defaultMode: mode }) } });
  result.mounts.push({ name, mountPath: target, subPath: key });
}

function addConfigs({ service, fields, document, file, readFile }: ServiceNeeds, id: string, result: Volumes): void {
  listOf(service["configs"]).forEach((given, i) => {
    const name = isMap(given) ? said(given["source"]) : said(given);
    const target = (isMap(given) ? textOf(given["target"]) : undefined) ?? `/${name}`;
    const config = mapOf(mapOf(document["configs"])[name]);
    const path = textOf(config["file"]);
    const text = textOf(config["content"]) ?? (path === undefined ? undefined : readText(readFile, file, path));
    if (text === undefined) {
      fields.lost(["configs", i], `config "${name}" is no text that is there`);
      return;
    }
    const mode = isMap(given) && given["mode"] !== undefined ? Number(given["mode"]) : undefined;
    addText(result, id, target.startsWith("/") ? target : `/${target}`, text, mode);
    fields.changed(["configs", i], "compose/config");
  });
}

function addSecrets({ service, fields, hint }: ServiceNeeds, result: Volumes): void {
  listOf(service["secrets"]).forEach((given, i) => {
    const source = isMap(given) ? said(given["source"]) : said(given);
    const target = (isMap(given) ? textOf(given["target"]) : undefined) ?? source;
    const name = dnsLabel(source, "secret");
    result.volumes.push({ name: `from-${name}`, secret: { secretName: name } });
    result.mounts.push({
      name: `from-${name}`,
      mountPath: target.startsWith("/") ? target : `/run/secrets/${target}`,
      subPath: source,
    });
    fields.changed(["secrets", i], "compose/secret");
    hint(
      `the Secret "${name}" with the key "${source}" has to be there before: Compose read it from outside, and secrets do not belong into a program`,
    );
  });
}
