import type { KubeObject } from "../core/amend";
import { Ref } from "../core/refs";
import { isOutput, replaceTokens, splitTokens, type TokenSource } from "../core/tokens";
import { isPlainObject } from "../core/merge";
import { classOf } from "../core/keys";

/** What a Plan shows instead of a secret. */
export const SECRET = "[secret]";

/** A token's source as a Plan shows it. */
export function describeToken(source: TokenSource): string {
  switch (source.kind) {
    case "ref":
      return describeRef(source.ref);
    case "output":
    case "value":
      return "[output]";
    case "document":
      return `[${source.format} with outputs]`;
    case "digest":
      return "[digest of outputs]";
  }
}

/** A manifest with outputs described and the values of Secrets masked. */
export function maskManifest(json: KubeObject): KubeObject {
  const described = replaceTokens(json, (text) =>
    splitTokens(text)
      .map((part) => (typeof part === "string" ? part : describeToken(part)))
      .join(""),
  ) as KubeObject;
  if (json.kind !== "Secret" || json.apiVersion !== "v1") return described;
  const masked = { ...described };
  for (const field of ["data", "stringData"]) {
    const values = masked[field];
    if (isPlainObject(values))
      masked[field] = Object.fromEntries(
        Object.entries(values).map(([key, value]) => [key, maskValue(json, field, key, value)]),
      );
  }
  return masked;
}

/** That a value is an output, and of what, is no secret; anything else in a Secret is. */
function maskValue(json: KubeObject, field: string, key: string, described: unknown): unknown {
  const raw = (json[field] as Record<string, unknown>)[key];
  const isOutputOnly =
    typeof raw === "string" && splitTokens(raw).every((part) => typeof part !== "string") && raw !== "";
  return isOutputOnly ? described : SECRET;
}

/** What `connections` takes, whatever its class. */
function isTarget(value: unknown): value is { readonly target: { readonly id: string } } {
  if (typeof value !== "object" || value === null || !("target" in value)) return false;
  const { target } = value;
  return typeof target === "object" && target !== null && "id" in target && "reach" in target;
}

function describeRef({ source }: Ref): string {
  switch (source.kind) {
    case "secret-key":
      return `[key ${source.key} of secret ${source.name}]`;
    case "config-key":
      return `[key ${source.key} of config ${source.name}]`;
    case "pod-field":
      return `[pod field ${source.fieldPath}]`;
    case "resource-field":
      return `[${source.resource} of the container]`;
    case "cloud":
      return `[output of ${source.declaration.name}]`;
  }
}

/** Whether a value that is no object can stand in JSON, where `undefined` says nothing. */
function isJson(value: unknown): boolean {
  return typeof value === "number" ? Number.isFinite(value) : typeof value !== "bigint" && typeof value !== "symbol";
}

/**
 * A prop as a Plan shows it: plain data, with whatever is not described in brackets.
 *
 * @param around - what it is inside of
 */
export function describeValue(value: unknown, around: readonly unknown[] = []): unknown {
  if (typeof value === "function") return "[function]";
  if (isOutput(value)) return "[output]";
  if (value instanceof Ref) return describeRef(value);
  if (typeof value === "string") {
    return splitTokens(value)
      .map((part) => (typeof part === "string" ? part : describeToken(part)))
      .join("");
  }
  // Without the environment, which a Plan has only one of.
  if (isTarget(value)) return `[${value.target.id.slice(value.target.id.indexOf("/") + 1)}]`;
  if (around.includes(value)) return "[refers to itself]";
  const inside = [...around, value];
  if (Array.isArray(value)) return value.map((item) => describeValue(item, inside));
  if (isPlainObject(value))
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, describeValue(item, inside)]));
  if (typeof value === "object" && value !== null) return `[${classOf(value)}]`;
  return isJson(value) ? value : String(value);
}
