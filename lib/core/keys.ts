import { isPlainObject } from "./merge";
import type { Problem } from "./findings";
import { didYouMean } from "./suggest";
import { isOutput } from "./tokens";

/**
 * Problems of an object with keys that nothing reads, as a typo in plain JavaScript or behind a cast leaves them.
 *
 * @param where - the object's place in the props, as in `endpoints.http`; empty for the props themselves
 */
export function checkKeys(where: string, object: unknown, known: readonly string[]): Problem[] {
  if (isOutput(object)) {
    return [
      {
        rule: "props/output",
        message: `${where === "" ? "the props are" : `${where} is`} an output, which is known only after deployment`,
        fix: "give what is known now; variables and files take outputs, and other text takes Token.asString(output)",
      },
    ];
  }
  if (!isPlainObject(object)) return [];
  return Object.keys(object)
    .filter((key) => !known.includes(key) && object[key] !== undefined)
    .map((key) => ({
      rule: "props/unknown",
      message: `unknown property "${where === "" ? key : `${where}.${key}`}"`,
      fix: didYouMean(key, known),
    }));
}

/**
 * Problems of a prop that holds things by name and is no record of them: entries of anything else would be dropped, or mean what nobody
 * said. JavaScript drops a key `__proto__`, too.
 *
 * @param where - its place in the props, as in `env`
 */
export function checkRecord(where: string, value: unknown): Problem[] {
  if (value === undefined) return [];
  if (isOutput(value)) return checkKeys(where, value, []);
  if (!isPlainObject(value)) {
    const message = `${where} is ${show(value)}, which holds nothing by name`;
    return [{ rule: "props/record", message, fix: "write it as an object literal, as in { name: … }" }];
  }
  if (!Object.hasOwn(value, "__proto__")) return [];
  return [{ rule: "props/record", message: `${where} has a key "__proto__"`, fix: "give it another name" }];
}

/** Problems of a prop that holds a list and is none, or has entries that are no props. */
export function checkList(where: string, value: unknown): Problem[] {
  if (value === undefined) return [];
  if (isOutput(value)) return checkKeys(where, value, []);
  const wrong = (what: string, found: unknown, fix: string): Problem => ({
    rule: "props/list",
    message: `${what} is ${show(found)}, ${fix}`,
    fix: "write it as a list of object literals, as in [{ … }]",
  });
  if (!Array.isArray(value)) return [wrong(where, value, "and not a list")];
  return Array.from(value, (item: unknown, i) =>
    isPlainObject(item) ? [] : [wrong(`${where}.${i}`, item, "which says nothing")],
  ).flat();
}

/** A value as an error message shows it: short, and on one line. */
export function show(value: unknown): string {
  if (isOutput(value)) return "an output (known only after deployment)";
  const text = shown(value, []);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** Like JSON, but with what that has no words for. */
function shown(value: unknown, around: readonly unknown[]): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return String(value);
  if (isOutput(value)) return "an output";
  if (around.includes(value)) return "itself";
  const inside = [...around, value];
  if (Array.isArray(value)) return `[${Array.from(value, (item: unknown) => shown(item, inside)).join(",")}]`;
  if (!isPlainObject(value)) return withArticle(classOf(value));
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${shown(item, inside)}`).join(",")}}`;
}

/** Name of the class of an object, or `object` where that has none. */
export function classOf(value: object): string {
  const { constructor }: { readonly constructor?: unknown } = value;
  return typeof constructor === "function" && constructor.name !== "" ? constructor.name : "object";
}

function withArticle(noun: string): string {
  return `${/^[AEIOU]/i.test(noun) ? "an" : "a"} ${noun}`;
}
