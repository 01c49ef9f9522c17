import { stringify as writeToml } from "smol-toml";
import { isPlainObject } from "../../core/merge";
import type { Problem } from "../../core/findings";
import { show } from "../../core/keys";
import { Ref } from "../../core/refs";
import { formatJsonPath, hasToken, isLocal, isOutput, type JsonPath, splitTokens } from "../../core/tokens";
import { writeYaml } from "../../core/yaml";

/** What data can be written as. */
export const FORMATS = ["json", "yaml", "toml", "properties"] as const;
export type Format = (typeof FORMATS)[number];

/** Text of data that {@link checkData} finds nothing wrong with. */
export const WRITERS: Readonly<Record<Format, (data: unknown) => string>> = {
  json: (data) => `${JSON.stringify(data, null, 2)}\n`,
  yaml: (data) => writeYaml(data),
  toml: (data) => writeToml(data),
  properties: (data) => writeProperties(data as Readonly<Record<string, string | number | boolean>>),
};

/**
 * A file of `key=value` lines, in ASCII: older readers take it for Latin-1.
 *
 * @see https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/util/Properties.html#load(java.io.Reader)
 */
function writeProperties(data: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(data)
    .map(
      ([key, value]) => `${escaped(key).replace(/[ =:#!]/g, "\\$&")}=${escaped(String(value)).replace(/^ /, "\\ ")}\n`,
    )
    .join("");
}

const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r" };

function escaped(text: string): string {
  return text.replace(
    /[^ -[\]-~]/g,
    (unit) => ESCAPES[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/**
 * What a format cannot hold, and what nobody could put into a file.
 *
 * @param file - path of the file, for messages
 */
export function checkData(file: string, format: Format, data: unknown): Problem[] {
  if ((format === "toml" || format === "properties") && !isPlainObject(data)) {
    const message = `file "${file}": ${format} ${show(data)} has no keys`;
    return [{ rule: "files/data", message, fix: `give a record of keys and values` }];
  }
  return checkItem(data, { file, format, path: [format], around: [] });
}

interface Place {
  readonly file: string;
  readonly format: Format;
  readonly path: JsonPath;
  readonly around: readonly unknown[];
}

function checkItem(item: unknown, place: Place): Problem[] {
  const at = `file "${place.file}": ${formatJsonPath(place.path)}`;
  if (item instanceof Ref) return item.source.kind === "cloud" ? [] : [localInside(at, item)];
  if (isOutput(item)) return [];
  if (typeof item === "string") return checkText(at, item);
  if (typeof item === "boolean" || (typeof item === "number" && Number.isFinite(item))) return [];
  if (item === null && (place.format === "json" || place.format === "yaml")) return [];
  const items = entriesOf(item);
  if (!items || (place.format === "properties" && place.path.length > 1)) {
    return [
      {
        rule: "files/data",
        message: `${at} is ${isNumber(item) ? String(item) : show(item)}, which ${place.format} cannot hold`,
        fix:
          place.format === "properties"
            ? "give text, a number, a boolean or an output"
            : "give plain data, or leave it out",
      },
    ];
  }
  if (place.around.includes(item)) {
    return [{ rule: "files/data", message: `${at} is inside of itself`, fix: "give data that ends" }];
  }
  return items.flatMap(([key, value]) => [
    ...(typeof key === "string" && hasToken(key)
      ? [{ rule: "files/data", message: `${at} has a key that holds an output`, fix: "use keys that are known" }]
      : []),
    ...checkItem(value, { ...place, path: [...place.path, key], around: [...place.around, item] }),
  ]);
}

/** Numbers that JSON does not know are shown as they are. */
function isNumber(item: unknown): item is number | bigint {
  return typeof item === "number" || typeof item === "bigint";
}

function entriesOf(item: unknown): [string | number, unknown][] | undefined {
  if (Array.isArray(item)) return item.map((value: unknown, index) => [index, value]);
  return isPlainObject(item) ? Object.entries(item).filter(([, value]) => value !== undefined) : undefined;
}

/** Data as every format is given it: without what is undefined in it. */
export function definedOnly(data: unknown): unknown {
  if (Array.isArray(data)) return data.map(definedOnly);
  if (!isPlainObject(data)) return data;
  return Object.fromEntries((entriesOf(data) ?? []).map(([key, value]) => [key, definedOnly(value)]));
}

/** Values in text of a file that only the kubelet knows. */
export function checkText(at: string, text: string): Problem[] {
  return splitTokens(text).flatMap((part) =>
    typeof part !== "string" && isLocal(part) ? [localInside(at, part.ref)] : [],
  );
}

function localInside(at: string, { source }: Ref): Problem {
  const isKey = source.kind === "secret-key" || source.kind === "config-key";
  const what = isKey
    ? `key "${source.key}" of ${source.kind === "secret-key" ? "Secret" : "ConfigMap"} "${source.name}"`
    : "a field of the pod";
  return {
    rule: "files/inside",
    message: `${at} is ${what}, which nobody puts into a file with anything else`,
    fix: isKey ? "give the key as a file of its own, or as a variable" : "give it as a variable",
  };
}
