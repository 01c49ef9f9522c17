import type { ApiObject } from "cdk8s";

/** A Kubernetes object as JSON, as it is sent. */
export interface KubeObject {
  /** Group and version of its API, as in `apps/v1`; the core group has no name, as in `v1`. */
  apiVersion: string;
  /** As in `Deployment`. */
  kind: string;
  /** What identifies and describes it. */
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    [field: string]: unknown;
  };
  [field: string]: unknown;
}

/** Changes the final JSON of an object, in place. */
export type Amendment = (json: KubeObject) => void;

interface Named {
  /** Said in errors, as in `transform.deployment`. */
  readonly name: string;
  readonly amend: Amendment;
}

// On the object itself, so that another copy of this package (the command line's) finds them.
const AMENDMENTS = Symbol.for("flagstone.amendments");

function amendmentsOf(object: ApiObject): Named[] {
  const holder = object as { [AMENDMENTS]?: Named[] };
  return (holder[AMENDMENTS] ??= []);
}

/** Changes the JSON of an object after cdk8s made it, so that it reaches fields which cdk8s does not know. */
export function amend(object: ApiObject, name: string, change: Amendment): void {
  amendmentsOf(object).push({ name, amend: change });
}

/** The final JSON of an object: cdk8s's, then every amendment in the order in which they were made. */
export function finalJson(object: ApiObject): KubeObject {
  const json = object.toJson() as KubeObject;
  for (const { name, amend: change } of amendmentsOf(object)) {
    try {
      change(json);
    } catch (thrown) {
      throw new Error(`${name}: ${thrown instanceof Error ? thrown.message : String(thrown)}`, { cause: thrown });
    }
  }
  return json;
}

/**
 * A part of a Kubernetes object: objects merge by key, lists of things that all have a `name` merge by that name, anything else is
 * replaced, and `null` removes.
 *
 * @see https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/
 */
export type Patch = { readonly [key: string]: unknown };

/**
 * Merges a patch into JSON, in place, as `kubectl apply` would: objects by key, lists of objects that all have a `name` by
 * that name, anything else replaced; `null` removes.
 */
export function mergePatch(target: Record<string, unknown>, patch: Patch): void {
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined) continue;
    if (value === null) Reflect.deleteProperty(target, key);
    else target[key] = merged(target[key], value);
  }
}

function merged(before: unknown, value: unknown): unknown {
  if (isNamedList(value) && isNamedList(before)) {
    const result = [...before];
    for (const item of value) {
      const index = result.findIndex((other) => other.name === item.name);
      if (index < 0) result.push(withoutNulls(item));
      else result[index] = merged(result[index], item) as { name: string };
    }
    return result;
  }
  if (isObject(value) && isObject(before)) {
    const copy = { ...before };
    mergePatch(copy, value);
    return copy;
  }
  return withoutNulls(value);
}

function withoutNulls<T>(value: T): T {
  if (Array.isArray(value)) return value.map((item: unknown) => withoutNulls(item)) as T;
  if (!isObject(value)) return value;
  const copy: Record<string, unknown> = {};
  mergePatch(copy, value);
  return copy as T;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNamedList(value: unknown): value is { name: string }[] {
  return Array.isArray(value) && value.every((item) => isObject(item) && typeof item["name"] === "string");
}
