import { createHash } from "node:crypto";
import type { Delivery } from "../core/scope";
import { groupOf } from "../plan/kinds";
import type { DraftObject } from "../plan/draft";

/** Folder of objects that belong to no tenant. A tenant cannot be called so. */
export const SHARED = "_shared";

/**
 * Where each object is written: `<environment>/<cluster>/<tenant>/<kind>-<name>.yaml`, in lower case. Objects that would share a file
 * say their namespace and group too; those that still would, a digest of what they are.
 *
 * Flux applies all of a folder at once. So what waits for Jobs is in a folder beside the cluster's, `<cluster>.after-<number of Jobs>`: no
 * cluster can be called so, and whoever applies the cluster's folder does not apply that.
 */
export function filePaths(
  environment: string,
  objects: readonly DraftObject[],
  delivery: Delivery,
): Map<DraftObject, string> {
  const paths = new Map<DraftObject, string>();
  const taken = new Set<string>();
  let left = objects;
  for (const nameOf of [shortName, qualifiedName, uniqueName]) {
    const sharing = new Map<string, DraftObject[]>();
    for (const object of left) {
      const cluster = clusterFolder(object, delivery);
      const path = [environment, cluster, object.tenant?.name ?? SHARED, `${safe(nameOf(object))}.yaml`].join("/");
      const same = sharing.get(path);
      if (same) same.push(object);
      else sharing.set(path, [object]);
    }
    const crowded: DraftObject[] = [];
    for (const [path, same] of sharing) {
      const [only] = same;
      if (only && same.length === 1 && !taken.has(path)) paths.set(only, path);
      else crowded.push(...same);
      taken.add(path);
    }
    left = crowded;
  }
  return paths;
}

const shortName = ({ json }: DraftObject): string => `${json.kind}-${json.metadata.name}`;

const qualifiedName = (object: DraftObject): string =>
  [shortName(object), object.json.metadata.namespace ?? "-", groupOf(object.json.apiVersion)].join(".");

const uniqueName = (object: DraftObject): string =>
  `${qualifiedName(object)}.${createHash("sha256").update(object.id).digest("hex").slice(0, 8)}`;

function clusterFolder({ cluster, stage }: DraftObject, delivery: Delivery): string {
  return delivery === "flux" && stage > 0 ? `${cluster.name}.after-${stage}` : cluster.name;
}

/** Characters that some file system refuses (as the colon of `system:node`) become `_`. */
function safe(file: string): string {
  return file.toLowerCase().replace(/[^a-z0-9._-]/g, "_");
}
