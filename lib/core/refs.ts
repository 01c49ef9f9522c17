import type { CloudDeclaration } from "./cloud";

/** Where the value of a `Ref` lives. */
export type RefSource =
  | { readonly kind: "secret-key"; readonly name: string; readonly key: string }
  | { readonly kind: "config-key"; readonly name: string; readonly key: string }
  | { readonly kind: "pod-field"; readonly fieldPath: string }
  | { readonly kind: "cloud"; readonly declaration: CloudDeclaration; readonly select: (resource: never) => unknown };

const REF = Symbol.for("flagstone.Ref");

/**
 * A value that is not a plain string: it knows where it lives and never prints what it holds.
 *
 * @example
 * ```ts
 * import { Ref } from "flagstone";
 *
 * export const env = { STRIPE_KEY: Ref.secretKey({ name: "stripe", key: "api-key" }) };
 * ```
 */
export class Ref {
  /** True for those of another copy of this package, too. */
  public static [Symbol.hasInstance](value: unknown): value is Ref {
    return typeof value === "object" && value !== null && REF in value;
  }

  private constructor(
    /** @internal */
    public readonly source: RefSource,
  ) {
    Object.defineProperty(this, REF, { value: true });
  }

  /**
   * One key of a Secret that exists in the workload's namespace, whoever made it. Its pods are not replaced when it changes.
   *
   * @see https://kubernetes.io/docs/concepts/configuration/secret/
   */
  public static secretKey(from: { readonly name: string; readonly key: string }): Ref {
    return new Ref({ kind: "secret-key", name: from.name, key: from.key });
  }

  /**
   * One key of a ConfigMap that exists in the workload's namespace, whoever made it. Its pods are not replaced when it changes.
   *
   * @see https://kubernetes.io/docs/concepts/configuration/configmap/
   */
  public static configKey(from: { readonly name: string; readonly key: string }): Ref {
    return new Ref({ kind: "config-key", name: from.name, key: from.key });
  }

  /**
   * A field of the pod.
   *
   * @internal
   * @see https://kubernetes.io/docs/concepts/workloads/pods/downward-api/
   */
  public static podField(fieldPath: string): Ref {
    return new Ref({ kind: "pod-field", fieldPath });
  }

  /** @internal */
  public static cloudOutput(declaration: CloudDeclaration, select: (resource: never) => unknown): Ref {
    return new Ref({ kind: "cloud", declaration, select });
  }

  /**
   * Keeps a template string from swallowing it: what it stands for is not known there.
   *
   * @throws TypeError always
   */
  public toString(): string {
    throw new TypeError(
      `a Ref (${this.source.kind}) has no text: give it as the whole value, or use Token.asString(…) for an output`,
    );
  }
}

/**
 * Facts about the pod that a container runs in, as environment values.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/pods/downward-api/
 * @example
 * ```ts
 * import { Field } from "flagstone";
 *
 * export const env = { POD_NAME: Field.podName, POD_IP: Field.podIp };
 * ```
 */
export const Field = {
  /** Name of the pod. */
  podName: Ref.podField("metadata.name"),
  /** IP address of the pod. */
  podIp: Ref.podField("status.podIP"),
  /** Name of the node that the pod runs on. */
  nodeName: Ref.podField("spec.nodeName"),
  /** Namespace of the pod. */
  namespace: Ref.podField("metadata.namespace"),
  /** Value of a label of the pod. */
  label: (key: string): Ref => Ref.podField(`metadata.labels['${key}']`),
} as const;
