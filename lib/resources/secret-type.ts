import type { Problem } from "../core/findings";
import { show } from "../core/keys";
import { quoted } from "../core/lists";
import { didYouMean } from "../core/suggest";

/**
 * What Kubernetes takes a Secret for: registry credentials are used by `imagePullSecrets` only in one of their type.
 *
 * @see https://kubernetes.io/docs/concepts/configuration/secret/#secret-types
 */
export type SecretType = "Opaque" | "kubernetes.io/dockerconfigjson" | "kubernetes.io/tls";

/** The keys that a Secret of a type must have. */
const REQUIRED: Readonly<Record<SecretType, readonly string[]>> = {
  Opaque: [],
  "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
  "kubernetes.io/tls": ["tls.crt", "tls.key"],
};

/** The type of a Secret: as it is said, or else the one whose keys it has. */
export function secretTypeOf(said: SecretType | undefined, keys: readonly string[]): SecretType {
  if (said !== undefined) return said;
  const types = Object.keys(REQUIRED) as SecretType[];
  return types.find((type) => type !== "Opaque" && REQUIRED[type].every((key) => keys.includes(key))) ?? "Opaque";
}

/** What is wrong with a type, for a Secret with these keys. */
export function checkSecretType(type: SecretType | undefined, keys: readonly string[]): Problem[] {
  if (type === undefined) return [];
  if (!Object.hasOwn(REQUIRED, type)) {
    const fix = didYouMean(type, Object.keys(REQUIRED));
    return [{ rule: "secrets/type", message: `type ${show(type)} is not known`, fix }];
  }
  const missing = REQUIRED[type].filter((key) => !keys.includes(key));
  if (missing.length === 0) return [];
  const message = `a Secret of type "${type}" must have ${quoted(REQUIRED[type])}, and keys has no ${quoted(missing)}`;
  return [{ rule: "secrets/type", message, fix: "add what is missing to keys, or leave out type" }];
}
