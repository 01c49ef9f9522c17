import { createHash } from "node:crypto";
import type { Problem } from "../../core/findings";
import type { Named } from "../../core/scope";
import { digestToken, hasToken } from "../../core/tokens";

/** Names of the objects that carry files and outputs of a workload. */
export interface CarrierNames {
  readonly files: string;
  readonly outputs: string;
}

/** Where a text is carried: an object, and a key in it. */
export interface Carried {
  readonly kind: "secret" | "config";
  readonly name: string;
  readonly key: string;
  /** Name of the volume with all keys of the object. */
  readonly volume: string;
}

/** The ConfigMap and the Secret that carry the configuration of all containers of a pod. */
export class Carriers {
  private readonly texts = { files: new Map<string, Entry>(), outputs: new Map<string, Entry>() };

  public constructor(private readonly names: CarrierNames) {}

  /**
   * Carries text: what holds outputs by the Secret, which Pulumi delivers, the rest by the ConfigMap.
   *
   * @param what - what it is of, for messages
   * @param restarts - whether a change of it replaces the pods
   */
  public add(key: string, text: string, what: string, restarts: boolean, problems: Problem[]): Carried {
    return hasToken(text)
      ? this.addOutput(key, text, what, restarts, problems)
      : this.put("files", key, { text, what, restarts }, problems);
  }

  /** Carries text that holds outputs, or is to be read from a Secret. */
  public addOutput(key: string, text: string, what: string, restarts: boolean, problems: Problem[]): Carried {
    return this.put("outputs", key, { text, what, restarts }, problems);
  }

  /** Data of the ConfigMap with files whose text is known. */
  public get files(): Named<string> {
    return textsOf(this.texts.files);
  }

  /** Data of the Secret with whatever holds outputs. */
  public get outputs(): Named<string> {
    return textsOf(this.texts.outputs);
  }

  /** Changes when the text of anything changes for which pods are replaced; undefined when there is nothing of the kind. */
  public get digest(): string | undefined {
    const parts = [this.texts.files, this.texts.outputs].flatMap((texts) =>
      [...texts]
        .filter(([, { restarts }]) => restarts)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .flatMap(([key, { text }]) => [key, text]),
    );
    if (parts.length === 0) return undefined;
    return parts.some(hasToken) ? digestToken(parts, digest) : digest(parts);
  }

  private put(carrier: keyof CarrierNames, key: string, entry: Entry, problems: Problem[]): Carried {
    const other = this.texts[carrier].get(key);
    if (other) {
      problems.push({
        rule: "files/key",
        message: `${entry.what} and ${other.what} would be one key of a ConfigMap or Secret`,
        fix: "rename one of them",
      });
    }
    this.texts[carrier].set(key, entry);
    return { kind: carrier === "files" ? "config" : "secret", name: this.names[carrier], key, volume: carrier };
  }
}

interface Entry {
  readonly text: string;
  readonly what: string;
  readonly restarts: boolean;
}

function textsOf(texts: ReadonlyMap<string, Entry>): Named<string> {
  return Object.fromEntries([...texts].map(([key, { text }]) => [key, text]));
}

/** A short digest of texts, the same on every machine. */
export function digest(parts: readonly string[]): string {
  // Lengths keep ["ab", "c"] and ["a", "bc"] apart.
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest("hex").slice(0, 16);
}
