import { type JsonPath, formatJsonPath, replaceTokens, splitTokens } from "../core/tokens";
import type { DraftObject } from "../plan/draft";

/** Values of a stack by place: `<object id>#<path in the object>`, as deploying exports them under `outputs`. `null` is a secret. */
export type KnownOutputs = Readonly<Record<string, string | number | boolean | null>>;

/** Key of one place in {@link KnownOutputs}. */
export function placeOf(object: Pick<DraftObject, "id">, path: JsonPath): string {
  return `${object.id}#${formatJsonPath(path)}`;
}

/** An object with its outputs filled in. */
export interface Filled {
  readonly json: unknown;
  /** Places whose value is not known. */
  readonly missing: readonly string[];
  /** Places whose value is a secret, which is never written to a file. */
  readonly secret: readonly string[];
}

/**
 * Replaces what depends on outputs by their values. A digest of outputs that are not known is left out: whoever delivers the outputs
 * knows it.
 */
export function fillOutputs(object: DraftObject, known: KnownOutputs): Filled {
  const missing: string[] = [];
  const secret: string[] = [];
  if (!object.hasTokens) return { json: object.json, missing, secret };
  const json = replaceTokens(object.json, (text, path) => {
    const place = placeOf(object, path);
    const value = known[place];
    if (value !== undefined && value !== null) return value;
    const isDigest = splitTokens(text).every((part) => typeof part !== "string" && part.kind === "digest");
    if (isDigest) return undefined;
    (value === null ? secret : missing).push(place);
    return text;
  });
  return { json, missing, secret };
}
