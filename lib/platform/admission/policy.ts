import type { Allowed } from "../../core/scope";

/** What admission holds a tenant to. */
export interface Admission {
  readonly tenant: string;
  /** Whom the messages say to ask. */
  readonly platform: string;
  readonly allowed: Allowed;
  /** Whether nothing new may start. */
  readonly cordoned: boolean;
  /** Extended resources that its quotas count. */
  readonly extendedResources: readonly string[];
  /** The store that the cluster reads secrets from, if it has one. */
  readonly secretStore: { readonly store: string; readonly storeKind: string } | undefined;
}

/** What one ValidatingAdmissionPolicy is about. */
export interface Policy {
  /** Last part of its name. */
  readonly about: string;
  readonly rule: {
    readonly apiGroups: readonly string[];
    readonly apiVersions: readonly string[];
    readonly operations: readonly ("CREATE" | "UPDATE" | "DELETE")[];
    readonly resources: readonly string[];
  };
  readonly matchConditions?: readonly { readonly name: string; readonly expression: string }[];
  readonly variables?: readonly { readonly name: string; readonly expression: string }[];
  readonly validations: readonly Validation[];
}

/** One condition of a policy, and what is said where it does not hold. */
export interface Validation {
  readonly expression: string;
  /** In CEL, for messages that name what was refused. */
  readonly messageExpression?: string;
  readonly message?: string;
}

/** A text or a list of texts in CEL, whose escapes are those of JSON. */
export const cel = (value: string | readonly string[]): string => JSON.stringify(value);

/**
 * Without this, what was there before a policy could not change any more, not even to be deleted: controllers remove their finalizers
 * by an update.
 */
export const SPEC_CHANGES = [
  { name: "spec-changes", expression: "oldObject == null || object.spec != oldObject.spec" },
];

/** Whom a message says to ask. */
export const ask = ({ platform }: Admission): string => `ask the platform team of ${platform}`;

/** A list in a message. */
export function orNone(names: readonly string[]): string {
  return names.length === 0 ? "none" : names.join(", ");
}
