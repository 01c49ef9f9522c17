import type { ApiObject } from "cdk8s";
import { isPlainObject } from "./merge";
import { show } from "./keys";

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
 * Does to an object what a program says: a patch is merged into it, a function changes it in place.
 *
 * @throws TypeError when the function returns something, which would change nothing
 */
export function transform(json: KubeObject, by: Patch | ((json: KubeObject) => unknown)): void {
  if (typeof by !== "function") {
    mergePatch(json, by);
    return;
  }
  const returned = by(json);
  if (returned === undefined) return;
  const instead =
    returned instanceof Promise
      ? "nobody waits for it, so await before the program declares"
      : "change the object that is given, or give a patch instead of a function";
  throw new TypeError(`returned ${show(returned)}, which changes nothing: ${instead}`);
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
  if (!isPlainObject(patch)) throw new TypeError(`${show(patch)} is no patch`);
  mergeInto(target, patch, []);
}

/** @param around - what the patch is inside of */
function mergeInto(target: Record<string, unknown>, patch: Patch, around: readonly unknown[]): void {
  const inside = within(patch, around);
  for (const [key, value] of Object.entries(patch)) {
    if (key === "__proto__") throw new TypeError('a patch has a key "__proto__", which no object takes');
    if (value === undefined) continue;
    if (value === null) Reflect.deleteProperty(target, key);
    else target[key] = merged(target[key], value, inside);
  }
}

function merged(before: unknown, value: unknown, around: readonly unknown[]): unknown {
  if (isNamedList(value) && isNamedList(before)) {
    const inside = within(value, around);
    const result = [...before];
    for (const item of value) {
      const index = result.findIndex((other) => other.name === item.name);
      if (index < 0) result.push(withoutNulls(item, inside));
      else result[index] = merged(result[index], item, inside) as { name: string };
    }
    return result;
  }
  if (isPlainObject(value) && isPlainObject(before)) {
    const copy = { ...before };
    mergeInto(copy, value, around);
    return copy;
  }
  return withoutNulls(value, around);
}

/** Instances of classes stay what they are: an output, or what cdk8s makes late. */
function withoutNulls<T>(value: T, around: readonly unknown[]): T {
  if (Array.isArray(value)) {
    const inside = within(value, around);
    return Array.from(value, (item: unknown) => withoutNulls(item, inside)) as T;
  }
  if (!isPlainObject(value)) return value;
  const copy: Record<string, unknown> = {};
  mergeInto(copy, value, around);
  return copy as T;
}

function within(value: unknown, around: readonly unknown[]): readonly unknown[] {
  if (around.includes(value)) throw new TypeError("a patch has a value that refers to itself");
  return [...around, value];
}

function isNamedList(value: unknown): value is { name: string }[] {
  return Array.isArray(value) && value.every((item) => isPlainObject(item) && typeof item["name"] === "string");
}
