// Values as they travel between a Pulumi program and the engine: plain JSON with markers for what is secret, unknown or a reference.
// https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/plugin/rpc.go
import { formatJsonPath, type JsonPath } from "../../lib/core/tokens.ts";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";
const RESOURCE_SIGNATURE = "5cf8f73096256a8f31e491e813e4eb8e";

/** What stands on the wire for a value that a preview cannot know. */
export const UNKNOWN_VALUE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
/** The same in decoded values. */
export const UNKNOWN = "[unknown]";

/** A value taken off the wire. */
export interface Decoded {
  /** The value itself, with secrets in clear and `[unknown]` for what is not known. */
  readonly value: unknown;
  /** Places that are marked as secret. */
  readonly secrets: readonly string[];
  /** Places that are not known. */
  readonly unknown: readonly string[];
  /** Every string in it, keys too. */
  readonly texts: readonly Text[];
}

export interface Text {
  readonly path: string;
  readonly text: string;
  readonly secret: boolean;
}

export type Wire = string | number | boolean | null | readonly Wire[] | { readonly [key: string]: Wire };

/** Marks a value as secret, as a provider does that returns one. */
export function secretWire(value: Wire): Wire {
  return { [SIGNATURE]: SECRET_SIGNATURE, value };
}

export function isSecretWire(value: unknown): value is { readonly value: unknown } {
  return isRecord(value) && value[SIGNATURE] === SECRET_SIGNATURE;
}

export function decode(wire: unknown): Decoded {
  const secrets: string[] = [];
  const unknown: string[] = [];
  const texts: Text[] = [];
  const walk = (value: unknown, path: JsonPath, secret: boolean): unknown => {
    const place = formatJsonPath(path);
    if (value === UNKNOWN_VALUE) {
      unknown.push(place);
      return UNKNOWN;
    }
    if (typeof value === "string") texts.push({ path: place, text: value, secret });
    if (Array.isArray(value)) return value.map((item: unknown, i) => walk(item, [...path, i], secret));
    if (!isRecord(value)) return value;
    if (isSecretWire(value)) {
      if (!secret) secrets.push(place);
      return walk(value.value, path, true);
    }
    if (value[SIGNATURE] === RESOURCE_SIGNATURE) return value["urn"];
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => {
        texts.push({ path: place, text: key, secret });
        return [key, walk(item, [...path, key], secret)];
      }),
    );
  };
  return { value: walk(wire, [], false), secrets, unknown, texts };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
