import {
  boolCoreTag,
  boolYaml11Tag,
  defineScalarTag,
  FAILSAFE_SCHEMA,
  floatCoreTag,
  loadAll,
  mergeTag,
  NOT_RESOLVED,
  nullCoreTag,
  type Schema,
} from "js-yaml";
import type { Json } from "../json";

/**
 * Whole numbers as Go reads them: `0644` and `0o644` are octal, underscores are passed over.
 *
 * @see https://pkg.go.dev/strconv#ParseInt
 */
const intGoTag = defineScalarTag("tag:yaml.org,2002:int", {
  implicit: true,
  implicitFirstChars: ["-", "+", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
  resolve: (text) => {
    const match = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9_]*))$/.exec(text);
    if (!match) return NOT_RESOLVED;
    const [, sign, hexadecimal, binary, octal, decimal] = match;
    const number =
      hexadecimal !== undefined
        ? Number.parseInt(hexadecimal, 16)
        : binary !== undefined
          ? Number.parseInt(binary, 2)
          : octal !== undefined
            ? Number.parseInt(octal, 8)
            : Number((decimal ?? "").replaceAll("_", ""));
    return sign === "-" ? -number : number;
  },
  identify: () => false,
});

// In the order in which they are tried.
const PLAIN = FAILSAFE_SCHEMA.withTags(nullCoreTag, intGoTag, floatCoreTag, mergeTag);

/**
 * YAML as kubectl reads it: `yes` and `on` are true, `0644` is octal.
 *
 * @see https://github.com/kubernetes-sigs/yaml
 */
export const KUBERNETES_YAML: Schema = PLAIN.withTags(boolYaml11Tag);

/** YAML as Compose and Score read it: only `true` and `false` are such. */
export const PLAIN_YAML: Schema = PLAIN.withTags(boolCoreTag);

/** The documents of a text, without empty ones. */
export function documentsOf(text: string, schema: Schema): Json[] {
  return loadAll(text, { schema, json: true }).filter((document) => document !== null) as Json[];
}
