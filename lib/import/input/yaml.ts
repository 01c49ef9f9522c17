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

/** More than any manifest has; what repeats itself by anchors is more in a moment. */
const MOST_NODES = 2_000_000;

/**
 * The documents of a text; empty ones are null.
 *
 * @throws Error when it is no YAML, or by its anchors has no end
 */
export function documentsOf(text: string, schema: Schema): Json[] {
  const documents = loadAll(text, { schema, json: true }) as Json[];
  checkEnd(documents);
  return documents;
}

/** Where a text says a key twice, as `duplicated mapping key (3:1)`; the last one counts. */
export function duplicateKeyIn(text: string, schema: Schema): string | undefined {
  try {
    loadAll(text, { schema });
    return undefined;
  } catch (thrown) {
    const [message = ""] = thrown instanceof Error ? thrown.message.split("\n", 1) : [];
    return message.startsWith("duplicated mapping key") ? message : undefined;
  }
}

/** An alias is the same value as its anchor: values may hold themselves, or each other so often that nobody comes to an end. */
function checkEnd(documents: readonly Json[]): void {
  let nodes = 0;
  const within = new Set<Json>();
  const visit = (value: Json): void => {
    if (++nodes > MOST_NODES) throw new Error(`its anchors stand for more than ${MOST_NODES} values`);
    if (typeof value !== "object" || value === null) return;
    if (within.has(value)) throw new Error("an anchor is inside of itself");
    within.add(value);
    for (const item of Object.values(value)) visit(item);
    within.delete(value);
  };
  for (const document of documents) visit(document);
}
