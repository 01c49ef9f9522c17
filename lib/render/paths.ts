import { groupOf } from "../plan/kinds";
import type { DraftObject } from "../plan/draft";

/** Folder of objects that belong to no tenant. A tenant cannot be called so. */
export const SHARED = "_shared";

/**
 * Where each object is written: `<environment>/<cluster>/<tenant>/<kind>-<name>.yaml`, in lower case. Objects that would share a file
 * say their namespace and group too.
 */
export function filePaths(environment: string, objects: readonly DraftObject[]): Map<DraftObject, string> {
  const short = new Map<string, DraftObject[]>();
  for (const object of objects) {
    const path = pathOf(environment, object, false);
    const same = short.get(path);
    if (same) same.push(object);
    else short.set(path, [object]);
  }
  const paths = new Map<DraftObject, string>();
  for (const [path, same] of short) {
    for (const object of same) paths.set(object, same.length === 1 ? path : pathOf(environment, object, true));
  }
  return paths;
}

function pathOf(environment: string, { json, cluster, tenant }: DraftObject, qualified: boolean): string {
  const { name, namespace = "-" } = json.metadata;
  const file = [`${json.kind}-${name}`, ...(qualified ? [namespace, groupOf(json.apiVersion)] : [])].join(".");
  return [environment, cluster.name, tenant?.name ?? SHARED, `${safe(file)}.yaml`].join("/");
}

/** Characters that some file system refuses (as the colon of `system:node`) become `_`. */
function safe(file: string): string {
  return file.toLowerCase().replace(/[^a-z0-9._-]/g, "_");
}
