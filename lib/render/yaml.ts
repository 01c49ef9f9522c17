import { compare } from "../core/findings";
import { writeYaml } from "../core/yaml";

// What identifies an object, or an item of a list, is read first.
const FIRST = ["apiVersion", "kind", "metadata", "name", "namespace"];

function compareKeys(a: string, b: string): number {
  return rank(a) - rank(b) || compare(a, b);
}

function rank(key: string): number {
  const index = FIRST.indexOf(key);
  return index < 0 ? FIRST.length : index;
}

/** One document of YAML, the same bytes for the same value whatever the order of its keys. */
export function toYaml(value: unknown): string {
  return writeYaml(value, compareKeys);
}
