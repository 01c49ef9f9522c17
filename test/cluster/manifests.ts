// Rendered manifests as files: read, checked for what every manifest has, and put in the order of a first apply.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import type { KubernetesObject } from "./api.ts";

export interface Manifest {
  readonly file: string;
  /** As it is in the file: the server reads our text, not our reading of it. */
  readonly text: string;
  readonly object: KubernetesObject;
}

/** The objects of all `.yaml` and `.yml` files below a directory. */
export function readManifests(directory: string): Manifest[] {
  const manifests = yamlFiles(directory).flatMap(readFile);
  const files = new Map<string, string>();
  for (const { file, object } of manifests) {
    const identity = identityOf(object);
    const other = files.get(identity);
    if (other !== undefined) throw new Error(`${identity} is in two files, ${other} and ${file}`);
    files.set(identity, file);
  }
  return manifests;
}

/** Of a file that is ours: one object. */
export function readManifest(file: string): Manifest {
  const [only, ...more] = readFile(file);
  if (!only || more.length > 0) throw new Error(`${file} has not one object`);
  return only;
}

function readFile(file: string): Manifest[] {
  const texts = readFileSync(file, "utf8").split(/^---$/m);
  return texts.filter((text) => text.trim() !== "").map((text) => ({ file, text, object: asObject(load(text), file) }));
}

/** Paths of all YAML files below a directory, sorted. */
export function yamlFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** `apps/v1 Deployment shop/checkout` */
export function identityOf({ apiVersion, kind, metadata }: KubernetesObject): string {
  const scope = metadata.namespace === undefined ? "" : `${metadata.namespace}/`;
  return `${apiVersion} ${kind} ${scope}${metadata.name}`;
}

function asObject(value: unknown, file: string): KubernetesObject {
  if (isRecord(value) && typeof value.apiVersion === "string" && typeof value.kind === "string")
    if (isRecord(value.metadata) && typeof value.metadata.name === "string")
      return value as unknown as KubernetesObject;
  throw new Error(`${file} has no apiVersion, kind and metadata.name`);
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * What others refer to comes first, pods last. Controllers would get there in any order, but only after pods that were
 * refused for want of a ServiceAccount or of a computed quota; then a FailedCreate event would prove nothing.
 */
const waves: readonly (readonly string[])[] = [
  ["Namespace", "CustomResourceDefinition", "PriorityClass", "StorageClass"],
  ["ResourceQuota", "LimitRange", "ServiceAccount", "ConfigMap", "Secret"],
  ["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "NetworkPolicy", "Service", "PersistentVolumeClaim"],
  [], // every other kind
  ["Pod", "ReplicaSet", "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"],
  ["HorizontalPodAutoscaler", "PodDisruptionBudget"],
];

export function inWaves(manifests: readonly Manifest[]): Manifest[][] {
  const other = waves.findIndex((kinds) => kinds.length === 0);
  return waves.map((_, index) =>
    manifests.filter(({ object }) => {
      const found = waves.findIndex((kinds) => kinds.includes(object.kind));
      return (found === -1 ? other : found) === index;
    }),
  );
}
