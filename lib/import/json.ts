/** Data as YAML and JSON have it. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** A map of data. */
export type JsonMap = { [key: string]: Json };

export function isMap(value: unknown): value is JsonMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function mapOf(value: unknown): JsonMap {
  return isMap(value) ? value : {};
}

export function listOf(value: unknown): Json[] {
  return Array.isArray(value) ? (value as Json[]) : [];
}

/** The maps of a list; what else stands there is no object of Kubernetes. */
export function mapsOf(value: unknown): JsonMap[] {
  return listOf(value).filter(isMap);
}

export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** What was said, as text: values of manifests are meant to be plain, and may be anything. */
export function said(value: unknown): string {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}

/** A map whose values are all texts, or undefined. */
export function textsOf(value: unknown): Record<string, string> | undefined {
  if (!isMap(value)) return undefined;
  const entries = Object.entries(value);
  return entries.every(([, item]) => typeof item === "string")
    ? (Object.fromEntries(entries) as Record<string, string>)
    : undefined;
}

/** What is at a path, or undefined. */
export function at(value: unknown, ...path: readonly string[]): Json | undefined {
  let here: unknown = value;
  for (const key of path) here = isMap(here) && Object.hasOwn(here, key) ? here[key] : undefined;
  return here as Json | undefined;
}

/** Takes what is at a path out of a map, with maps that are empty then. What nobody takes is left over, and so never lost. */
export function take(map: JsonMap, ...path: readonly string[]): Json | undefined {
  const [key = "", ...rest] = path;
  const value = Object.hasOwn(map, key) ? map[key] : undefined;
  if (value === undefined) return undefined;
  if (rest.length === 0) {
    Reflect.deleteProperty(map, key);
    return value;
  }
  if (!isMap(value)) return undefined;
  const taken = take(value, ...rest);
  if (Object.keys(value).length === 0) Reflect.deleteProperty(map, key);
  return taken;
}

/** A copy without nulls, and without maps and lists that are empty where Kubernetes takes that for nothing. */
export function pruned(value: Json): Json | undefined {
  if (value === null) return undefined;
  if (Array.isArray(value)) {
    const items = value.flatMap((item) => pruned(item) ?? (isMap(item) ? {} : []));
    return items.length === 0 ? undefined : items;
  }
  if (!isMap(value)) return value;
  const entries = Object.entries(value).flatMap(([key, item]): [string, Json][] => {
    const kept = EMPTY_MATTERS.has(key) && isMap(item) ? (pruned(item) ?? {}) : pruned(item);
    return kept === undefined ? [] : [[key, kept]];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

// Fields whose being there says something: which union member is meant, or "everything".
const EMPTY_MATTERS: ReadonlySet<string> = new Set([
  "emptyDir",
  "podSelector",
  "namespaceSelector",
  "selector",
  "selfSigned",
  "labelSelector",
  "status",
  "scale",
]);

export function prunedMap(value: JsonMap): JsonMap {
  return mapOf(pruned(value));
}

/** Whether two values are the same data, whatever the order of their keys. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => same(item, b[i]));
  if (!isMap(a) || !isMap(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]));
}

/** Number of values in data: what a report counts as fields. */
export function leaves(value: unknown): number {
  if (Array.isArray(value))
    return Math.max(
      1,
      value.reduce<number>((sum, item) => sum + leaves(item), 0),
    );
  if (isMap(value))
    return Math.max(
      1,
      Object.values(value).reduce<number>((sum, item) => sum + leaves(item), 0),
    );
  return 1;
}
