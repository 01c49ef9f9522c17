import { createHash } from "node:crypto";
import { compare, type Problem } from "../../core/findings";
import type { Named } from "../../core/scope";
import { digestToken, hasToken, knownText } from "../../core/tokens";

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

/**
 * Most that a ConfigMap or a Secret holds, as UTF-8 and without its keys.
 *
 * @see https://kubernetes.io/docs/concepts/configuration/configmap/#motivation
 */
const MOST_BYTES = 2 ** 20;

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

  /**
   * What changes when pods are to be replaced.
   *
   * @param all - whether all text counts, also what running pods read anew by themselves
   */
  public digests(all: boolean): Digests {
    const texts = [this.texts.files, this.texts.outputs].flatMap((carried) =>
      [...carried].filter(([, { restarts }]) => all || restarts).sort(([a], [b]) => compare(a, b)),
    );
    const unknown = texts.filter(([, { text }]) => hasToken(text)).flatMap(([key, { text }]) => [key, text]);
    return {
      known: texts.length === 0 ? undefined : digest(texts.flatMap(([key, { text }]) => [key, knownText(text)])),
      outputs: unknown.length === 0 ? undefined : digestToken(unknown, digest),
    };
  }

  /** Problems of objects that would hold more than the API server takes. */
  public checkSizes(): Problem[] {
    return (["files", "outputs"] as const).flatMap((carrier) => {
      const sizes = [...this.texts[carrier].values()]
        .map(({ what, text }) => ({ what, bytes: Buffer.byteLength(knownText(text)) }))
        .sort((a, b) => b.bytes - a.bytes || compare(a.what, b.what));
      const all = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
      if (all <= MOST_BYTES) return [];
      const object = `the ${carrier === "files" ? "ConfigMap" : "Secret"} "${this.names[carrier]}"`;
      const largest = sizes.slice(0, 3).map(({ what, bytes }) => `${what} with ${bytes}`);
      return [
        {
          rule: "files/size",
          message: `${object} would hold ${all} bytes, and the API server takes ${MOST_BYTES}; most are of ${largest.join(", ")}`,
          fix: "put what is large into the image, or onto a volume",
        },
      ];
    });
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

/** Two digests of what is carried; undefined when there is nothing of the kind. */
export interface Digests {
  /** Of what the program says. Known to everybody. */
  readonly known: string | undefined;
  /** Of what outputs turn out to be. Known to whoever delivers them. */
  readonly outputs: string | undefined;
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
