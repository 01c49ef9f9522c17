import type { CloudDeclaration } from "./cloud";

/** What running pods do when a key changes: nothing, or they are replaced. */
export interface KeyChange {
  /**
   * Replaces the pods when the keys change, where the cluster has the capability `reloader`.
   *
   * @default - what was read at the start stays until the next one; only where a whole folder is mounted, its files follow within a minute
   */
  readonly onChange?: "restart" | undefined;
}

/** A Secret, whoever makes it. */
export interface SecretSource {
  /** Name of the Secret. */
  readonly secretName: string;
}

/** Keys of a Secret or a ConfigMap of the workload's namespace, whoever makes it. */
export type KeySource = KeyChange &
  (
    | { readonly secret: string | SecretSource; readonly config?: never }
    | { readonly config: string; readonly secret?: never }
  );

/** One key of a Secret or a ConfigMap. */
export interface KeyPlace extends KeyChange {
  /** Name of the object. */
  readonly name: string;
  /** The key. */
  readonly key: string;
  /** Whether a variable is just not there where the key is not; for variables only. @default false */
  readonly optional?: boolean | undefined;
}

/** Where the value of a `Ref` lives. */
export type RefSource =
  | (KeyPlace & { readonly kind: "secret-key" })
  | (KeyPlace & { readonly kind: "config-key" })
  | { readonly kind: "pod-field"; readonly fieldPath: string }
  | { readonly kind: "resource-field"; readonly resource: string }
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
   * One key of a Secret that exists in the workload's namespace, whoever made it.
   *
   * @see https://kubernetes.io/docs/concepts/configuration/secret/
   */
  public static secretKey(from: KeyPlace): Ref {
    return new Ref({ kind: "secret-key", ...from });
  }

  /**
   * One key of a ConfigMap that exists in the workload's namespace, whoever made it.
   *
   * @see https://kubernetes.io/docs/concepts/configuration/configmap/
   */
  public static configKey(from: KeyPlace): Ref {
    return new Ref({ kind: "config-key", ...from });
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

  /**
   * What a container asks for, or is limited to.
   *
   * @internal
   * @see https://kubernetes.io/docs/concepts/workloads/pods/downward-api/#downwardapi-resourceFieldRef
   */
  public static resourceField(resource: string): Ref {
    return new Ref({ kind: "resource-field", resource });
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
 * Facts about the pod and the container, as environment values.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/pods/downward-api/
 * @example
 * ```ts
 * import { Field } from "flagstone";
 *
 * export const env = { POD_NAME: Field.podName, GOMEMLIMIT: Field.memoryLimit };
 * ```
 */
export const Field = {
  /** Name of the pod. */
  podName: Ref.podField("metadata.name"),
  /** Unique id of the pod. */
  podUid: Ref.podField("metadata.uid"),
  /** IP address of the pod. */
  podIp: Ref.podField("status.podIP"),
  /** Name of the node that the pod runs on. */
  nodeName: Ref.podField("spec.nodeName"),
  /** IP address of that node. */
  nodeIp: Ref.podField("status.hostIP"),
  /** Namespace of the pod. */
  namespace: Ref.podField("metadata.namespace"),
  /** Name of the ServiceAccount that the pod runs as. */
  serviceAccountName: Ref.podField("spec.serviceAccountName"),
  /** Value of a label of the pod. */
  label: (key: string): Ref => Ref.podField(`metadata.labels['${key}']`),
  /** Value of an annotation of the pod. */
  annotation: (key: string): Ref => Ref.podField(`metadata.annotations['${key}']`),
  /** CPU that the container requests, in cores, rounded up. */
  cpuRequest: Ref.resourceField("requests.cpu"),
  /** CPU that the container is limited to, in cores, rounded up; without a limit, what the node has. */
  cpuLimit: Ref.resourceField("limits.cpu"),
  /** Memory that the container requests, in bytes. */
  memoryRequest: Ref.resourceField("requests.memory"),
  /** Memory that the container is limited to, in bytes. */
  memoryLimit: Ref.resourceField("limits.memory"),
  /** Disk of the node that the container requests, in bytes. */
  ephemeralStorageRequest: Ref.resourceField("requests.ephemeral-storage"),
  /** Disk of the node that the container is limited to, in bytes. */
  ephemeralStorageLimit: Ref.resourceField("limits.ephemeral-storage"),
} as const;
