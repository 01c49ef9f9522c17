import { defineScalarTag, dump, DUMP_SCHEMA, NOT_RESOLVED } from "js-yaml";
import { compare } from "../core/findings";

// What identifies an object, or an item of a list, is read first.
const FIRST = ["apiVersion", "kind", "metadata", "name", "namespace"];

function compareKeys(a: string, b: string): number {
  return rank(a) - rank(b) || compare(a, b);
}

function rank(key: string): number {
  const index = FIRST.indexOf(key);
  return index < 0 ? FIRST.length : index;
}

const NUMBER = /^[-+]?(0x[0-9a-f]+|0b[-+]?[01]+|0o?[-+]?[0-7]+|(\.\d+|\d+(\.\d*)?)(e[-+]?\d+)?)$/i;

/**
 * Text that Kubernetes' reader of YAML takes for a number although YAML does not (`0XFF`, `1_0e2`): it drops underscores first, and
 * then asks Go. Such text is quoted.
 *
 * @see https://github.com/yaml/go-yaml/blob/v2/resolve.go
 */
const likeNumbers = defineScalarTag("tag:flagstone.dev,2026:like-a-number", {
  implicit: true,
  implicitFirstChars: ["-", "+", ".", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
  resolve: (text) => (NUMBER.test(text.replaceAll("_", "")) ? text : NOT_RESOLVED),
  identify: () => false,
});

const SCHEMA = DUMP_SCHEMA.withTags(likeNumbers);

/** One document of YAML, the same bytes for the same value whatever the order of its keys. */
export function toYaml(value: unknown): string {
  return dump(value, { lineWidth: -1, noRefs: true, sortKeys: compareKeys, schema: SCHEMA });
}
