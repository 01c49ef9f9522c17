import { isPlainObject } from "./defaults";
import type { Problem } from "./findings";
import { didYouMean } from "./suggest";

/**
 * Problems of an object with keys that nothing reads, as a typo in plain JavaScript or behind a cast leaves them.
 *
 * @param where - the object's place in the props, as in `endpoints.http`; empty for the props themselves
 */
export function checkKeys(where: string, object: unknown, known: readonly string[]): Problem[] {
  if (!isPlainObject(object)) return [];
  return Object.keys(object)
    .filter((key) => !known.includes(key) && object[key] !== undefined)
    .map((key) => ({
      rule: "props/unknown",
      message: `unknown property "${where === "" ? key : `${where}.${key}`}"`,
      fix: didYouMean(key, known),
    }));
}

/** A value as an error message shows it: short, and on one line. */
export function show(value: unknown): string {
  if (typeof value === "function") return "a function";
  if (typeof value === "object" && value !== null && !isPlainObject(value) && !Array.isArray(value)) {
    return `a ${value.constructor.name}`;
  }
  const text = JSON.stringify(value, (_, item: unknown) => (typeof item === "bigint" ? String(item) : item)) as
    string | undefined;
  if (text === undefined) return String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
