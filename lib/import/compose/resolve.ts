import { dirname, join } from "node:path";
import { documentsOf, PLAIN_YAML } from "../input/yaml";
import { isMap, type Json, type JsonMap, mapOf, said, textOf } from "../json";
import { type FileReader, readText } from "./files";
import { interpolate, parseEnvFile } from "./syntax";

/** A Compose file with all variables filled in. */
export interface Resolved {
  readonly document: JsonMap;
  /** Paths of fields that variables were filled into. */
  readonly filled: readonly (readonly (string | number)[])[];
  /** Names of variables that nobody sets. */
  readonly unknown: readonly string[];
  /** Variables without which Compose does not start, with what the file says of that. */
  readonly required: readonly string[];
  /** Why a service has nothing of what it extends, by its name. */
  readonly notExtended: ReadonlyMap<string, string>;
}

/** Fills in variables from `.env` beside the file, and services from those that they extend. */
export function resolveCompose(document: JsonMap, file: string, readFile: FileReader | undefined): Resolved {
  const variables = parseEnvFile(readText(readFile, file, ".env") ?? "");
  const filled: (string | number)[][] = [];
  const unknown = new Set<string>();
  const required = new Set<string>();
  const visit = (value: Json, path: readonly (string | number)[] | undefined): Json => {
    if (typeof value === "string") {
      const result = interpolate(value, variables);
      if (result.text !== value && path) filled.push([...path]);
      for (const name of result.unknown) unknown.add(name);
      for (const text of result.required) required.add(text);
      return result.text;
    }
    if (Array.isArray(value)) return value.map((item, i) => visit(item, path && [...path, i]));
    if (isMap(value))
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, visit(item, path && [...path, key])]));
    return value;
  };
  const whole = mapOf(visit(document, []));
  const services = mapOf(whole["services"]);
  const read = (path: string): JsonMap | undefined => {
    const text = readText(readFile, file, path);
    return text === undefined ? undefined : mapOf(mapOf(visit(firstOf(text), undefined))["services"]);
  };
  const { extended, notExtended } = extendedServices(services, read);
  return {
    document: { ...whole, services: extended },
    filled,
    unknown: [...unknown],
    required: [...required],
    notExtended,
  };
}

/** A file that is no YAML has no services. */
function firstOf(text: string): Json {
  try {
    return documentsOf(text, PLAIN_YAML)[0] ?? {};
  } catch {
    return {};
  }
}

/**
 * Services with what they have from others, also of other files; their own wins.
 *
 * @param read - services of another file, by its path beside the first one
 */
function extendedServices(
  services: JsonMap,
  read: (path: string) => JsonMap | undefined,
): { readonly extended: JsonMap; readonly notExtended: ReadonlyMap<string, string> } {
  const notExtended = new Map<string, string>();
  const resolve = (name: string, all: JsonMap, file: string, seen: readonly string[], asked: string): JsonMap => {
    const own = mapOf(all[name]);
    const given = own["extends"];
    const base = typeof given === "string" ? given : textOf(mapOf(given)["service"]);
    if (given === undefined || given === null) return own;
    const fail = (reason: string): JsonMap => {
      notExtended.set(asked, reason);
      return own;
    };
    if (base === undefined) return fail("it names no service");
    const path = textOf(mapOf(given)["file"]);
    const place = path === undefined ? file : join(dirname(file), path);
    const others = path === undefined ? all : read(place);
    if (!others) return fail(`the file ${said(path)} is not there`);
    if (!isMap(others[base])) return fail(`there is no service "${base}"${path === undefined ? "" : ` in ${path}`}`);
    const key = `${place} ${base}`;
    if (seen.includes(key)) return fail("services extend each other in a circle");
    const from = resolve(base, others, place, [...seen, `${file} ${name}`, key], asked);
    const merged: JsonMap = { ...from, ...own };
    for (const key of ["environment", "labels"])
      if (isMap(from[key]) && isMap(own[key])) merged[key] = { ...mapOf(from[key]), ...mapOf(own[key]) };
    return merged;
  };
  const extended = Object.fromEntries(
    Object.keys(services).map((name) => [name, resolve(name, services, "", [], name)]),
  );
  return { extended, notExtended };
}
