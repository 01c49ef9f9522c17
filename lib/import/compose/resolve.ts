import { isMap, type Json, type JsonMap, mapOf, said } from "../json";
import { type FileReader, readText } from "./files";
import { interpolate, parseEnvFile } from "./syntax";

/** A Compose file with all variables filled in. */
export interface Resolved {
  readonly document: JsonMap;
  /** Paths of fields that variables were filled into. */
  readonly filled: readonly (readonly (string | number)[])[];
  /** Names of variables that nobody sets. */
  readonly unknown: readonly string[];
}

/** Fills in variables from `.env` beside the file, and services from those that they extend. */
export function resolveCompose(document: JsonMap, file: string, readFile: FileReader | undefined): Resolved {
  const variables = parseEnvFile(readText(readFile, file, ".env") ?? "");
  const filled: (string | number)[][] = [];
  const unknown = new Set<string>();
  const visit = (value: Json, path: readonly (string | number)[]): Json => {
    if (typeof value === "string") {
      const result = interpolate(value, variables);
      if (result.text !== value) filled.push([...path]);
      for (const name of result.unknown) unknown.add(name);
      return result.text;
    }
    if (Array.isArray(value)) return value.map((item, i) => visit(item, [...path, i]));
    if (isMap(value))
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, visit(item, [...path, key])]));
    return value;
  };
  const whole = mapOf(visit(document, []));
  return { document: { ...whole, services: extended(mapOf(whole["services"])) }, filled, unknown: [...unknown] };
}

/** Services with what they have from others of the same file; their own wins. */
function extended(services: JsonMap): JsonMap {
  const resolve = (name: string, seen: readonly string[]): JsonMap => {
    const own = mapOf(services[name]);
    const base =
      typeof own["extends"] === "string"
        ? own["extends"]
        : isMap(own["extends"]) && own["extends"]["file"] === undefined
          ? said(own["extends"]["service"])
          : undefined;
    if (base === undefined || seen.includes(base) || !isMap(services[base])) return own;
    const from = resolve(base, [...seen, name]);
    const merged: JsonMap = { ...from, ...own };
    for (const key of ["environment", "labels"])
      if (isMap(from[key]) && isMap(own[key])) merged[key] = { ...mapOf(from[key]), ...mapOf(own[key]) };
    return merged;
  };
  return Object.fromEntries(Object.keys(services).map((name) => [name, resolve(name, [])]));
}
