import type { Output } from "@pulumi/pulumi";
import { Ref } from "./refs";

/**
 * A plain value that a Pulumi resource gives once it exists.
 *
 * @see https://www.pulumi.com/docs/iac/concepts/inputs-outputs/
 */
export type OutputValue = Output<string> | Output<number> | Output<boolean>;

/** What a token in a string stands for. */
export type TokenSource =
  | { readonly kind: "output"; readonly output: OutputValue }
  /** The same where it is the whole value of a field, which keeps its type: a number stays one. */
  | { readonly kind: "value"; readonly output: OutputValue }
  | { readonly kind: "ref"; readonly ref: Ref; readonly keepsType: boolean }
  /** Text that a writer makes of a value whose strings may hold tokens: they are replaced first, so that quotes in them do no harm. */
  | {
      readonly kind: "document";
      /** What it is written as, as in `json`. */
      readonly format: string;
      readonly value: unknown;
      readonly write: (value: unknown) => string;
    }
  /** A digest over texts that hold tokens: computed from what they resolve to, left out where that is not known. */
  | {
      readonly kind: "digest";
      readonly parts: readonly string[];
      readonly digest: (parts: readonly string[]) => string;
    };

interface Store {
  readonly sources: TokenSource[];
  readonly indices: WeakMap<object, number>;
  readonly valueIndices: WeakMap<object, number>;
}

// Shared by every copy of this package in the process: an application and its platform's package may each have one.
const STORE_KEY = Symbol.for("flagstone.tokens");
const TOKEN = /\$\{flagstone:token:(\d+)\}/g;

function store(): Store {
  const holder = globalThis as { [STORE_KEY]?: Store };
  return (holder[STORE_KEY] ??= { sources: [], indices: new WeakMap(), valueIndices: new WeakMap() });
}

/** Whether a value is a Pulumi `Output`. Asks the value itself, so that the SDK need not be loaded. */
export function isOutput(value: unknown): value is Output<unknown> {
  return typeof value === "object" && value !== null && (value as { __pulumiOutput?: unknown }).__pulumiOutput === true;
}

/**
 * Whether text has in it what a Pulumi `Output` says when it is made into text, in a template string or by `JSON.stringify`: an
 * explanation, and not its value.
 */
export function isOutputText(text: string): boolean {
  return (
    text.includes("on an [Output<T>] is not supported") && /Calling \[to(String|JSON)\] on an \[Output<T>\]/.test(text)
  );
}

/**
 * Values that are known only once resources exist, as text.
 *
 * Deploying replaces the text by the value, string by string; rendering reports what is left of them. They may stand in
 * any value of a Kubernetes object, but not in a name, a label, a key or a construct id.
 */
export class Token {
  private constructor() {}

  /**
   * A string that stands for an output: a Pulumi `Output`, or what `output()` of a cloud handle returns.
   *
   * @example
   * ```ts
   * import { Token } from "flagstone";
   * import { output } from "@pulumi/pulumi";
   *
   * const host = Token.asString(output("db.example"));
   * export const url = `postgres://${host}:5432/shop`;
   * ```
   *
   * @throws TypeError when it is not an output
   */
  public static asString(value: OutputValue | Ref): string {
    return outputToken(value, false);
  }

  /**
   * JSON text of a value that has outputs or tokens inside. `JSON.stringify` would break on an output that holds a quote.
   *
   * @example
   * ```ts
   * import { Token } from "flagstone";
   * import { output } from "@pulumi/pulumi";
   *
   * export const config = Token.asJson({ database: { host: output("db.example"), port: 5432 } });
   * ```
   */
  public static asJson(value: unknown): string {
    return documentText("json", value, JSON.stringify);
  }
}

/**
 * Text that a writer makes of a value; where outputs or tokens are inside, a token for the whole text, which is written once they are
 * known.
 *
 * @param identity - what has one token however often it is asked for
 */
export function documentText(
  format: string,
  value: unknown,
  write: (value: unknown) => string,
  identity: object = {},
): string {
  const tokens = outputsToTokens(value);
  const text = write(tokens);
  return hasToken(text) ? tokenFor(identity, { kind: "document", format, value: tokens, write }) : text;
}

/** Copies a value with every output and reference replaced by its token. */
function outputsToTokens(value: unknown): unknown {
  if (isOutput(value)) return valueToken(value as OutputValue);
  if (value instanceof Ref) return valueToken(value);
  if (Array.isArray(value)) return value.map(outputsToTokens);
  if (typeof value !== "object" || value === null) return value;
  if ("toJSON" in value) return value; // as a Date has it
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, outputsToTokens(item)]));
}

function tokenFor(identity: object, source: TokenSource): string {
  const { sources, indices: strings, valueIndices } = store();
  const indices = keepsType(source) ? valueIndices : strings;
  let index = indices.get(identity);
  if (index === undefined) {
    index = sources.push(source) - 1;
    indices.set(identity, index);
  }
  return `\${flagstone:token:${index}}`;
}

/** The text of a token that {@link splitTokens} found. */
export function tokenText(source: TokenSource): string {
  return `\${flagstone:token:${store().sources.indexOf(source)}}`;
}

/** A string that stands for an output as the whole value of a field. */
export function valueToken(value: OutputValue | Ref): string {
  return outputToken(value, true);
}

/** A string that stands for a value that lives somewhere: variables of workloads take any, other text takes outputs only. */
export function refToken(ref: Ref): string {
  return tokenFor(ref, { kind: "ref", ref, keepsType: false });
}

/** Whether a token stands for a key or a field of the pod, which is known to the kubelet only. */
export function isLocal(source: TokenSource): source is Extract<TokenSource, { kind: "ref" }> {
  return source.kind === "ref" && source.ref.source.kind !== "cloud";
}

function outputToken(value: OutputValue | Ref, keepsType: boolean): string {
  if (isOutput(value)) return tokenFor(value, { kind: keepsType ? "value" : "output", output: value });
  if (value instanceof Ref && value.source.kind === "cloud")
    return tokenFor(value, { kind: "ref", ref: value, keepsType });
  const what = value instanceof Ref ? `a Ref (${value.source.kind})` : typeof value;
  throw new TypeError(
    `Token.asString takes an output, not ${what}: a Ref to a key or to a field of the pod is the whole value of a variable or file`,
  );
}

/** Whether a token that is the whole value of a field becomes the value itself, and not text. */
export function keepsType(source: TokenSource): boolean {
  return source.kind === "value" || (source.kind === "ref" && source.keepsType);
}

/** A string that becomes a digest over what `parts` resolve to. */
export function digestToken(parts: readonly string[], digest: (parts: readonly string[]) => string): string {
  return tokenFor(parts, { kind: "digest", parts, digest });
}

/** Whether text holds at least one token. */
export function hasToken(text: string): boolean {
  return text.includes("${flagstone:token:") && text.search(TOKEN) >= 0;
}

/** Stands for any output in {@link knownText}. */
const UNKNOWN = "${flagstone:output}";

/**
 * Text as the program says it, with the same mark in the place of every token: it changes with the text around outputs and with where they
 * are, not with what they turn out to be, nor with the numbers of tokens.
 */
export function knownText(text: string): string {
  return splitTokens(text)
    .map((part) => {
      if (typeof part === "string") return part;
      return part.kind === "document" ? part.write(replaceTokens(part.value, knownText)) : UNKNOWN;
    })
    .join("");
}

/** The text split into literal strings and token sources; empty strings are left out. */
export function splitTokens(text: string): (string | TokenSource)[] {
  if (!hasToken(text)) return text === "" ? [] : [text];
  const parts: (string | TokenSource)[] = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    if (match.index > end) parts.push(text.slice(end, match.index));
    const source = store().sources[Number(match[1])];
    parts.push(source ?? match[0]);
    end = match.index + match[0].length;
  }
  if (end < text.length) parts.push(text.slice(end));
  return parts;
}

/** The sources of all tokens anywhere in a value, also inside of documents and digests. */
export function* tokenSources(json: unknown): Generator<TokenSource> {
  if (typeof json === "string") {
    for (const part of splitTokens(json)) {
      if (typeof part === "string") continue;
      yield part;
      if (part.kind === "document") yield* tokenSources(part.value);
      if (part.kind === "digest") yield* tokenSources(part.parts);
    }
  } else if (typeof json === "object" && json !== null) {
    for (const value of Object.values(json)) yield* tokenSources(value);
  }
}

/** A place inside a JSON value, as in `spec.containers[0].image`. */
export type JsonPath = readonly (string | number)[];

/** `spec.containers[0].image`; keys that are no identifiers are quoted. */
export function formatJsonPath(path: JsonPath): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (/^[A-Za-z_$][\w$]*$/.test(step)) text += text === "" ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}

/**
 * Copies a JSON value with every string that holds a token replaced by what `replace` returns for it; `undefined` leaves
 * the property out. Shares with the input whatever holds no token.
 */
export function replaceTokens(
  json: unknown,
  replace: (text: string, path: JsonPath) => unknown,
  path: JsonPath = [],
): unknown {
  if (typeof json === "string") return hasToken(json) ? replace(json, path) : json;
  if (Array.isArray(json)) {
    const items = json.map((item, i) => replaceTokens(item, replace, [...path, i]));
    return items.some((item, i) => item !== json[i]) ? items : json;
  }
  if (typeof json !== "object" || json === null) return json;
  let copy: Record<string, unknown> | undefined;
  for (const [key, value] of Object.entries(json)) {
    const replaced = replaceTokens(value, replace, [...path, key]);
    if (replaced === value) continue;
    copy ??= { ...json };
    if (replaced === undefined) Reflect.deleteProperty(copy, key);
    else copy[key] = replaced;
  }
  return copy ?? json;
}
