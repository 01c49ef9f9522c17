// What the engine and Pulumi's Kubernetes provider refuse, and Pulumi's mocks accept.
import { parseToken, GROUPS, SCOPES, type Scope } from "./kubernetes.ts";
import type { Registered } from "./registry.ts";
import { type Decoded, isRecord, isSecretWire } from "./wire.ts";

const GARBAGE = [
  // https://github.com/pulumi/pulumi/blob/master/sdk/nodejs/output.ts (toString and toJSON)
  /Calling \[to(String|JSON)\] on an \[Output<T>\]/,
  /\[object (Promise|Object|Undefined)\]/,
  /\$\{flagstone:/,
  /^(undefined|NaN)$/,
];

/** Text that no user meant: what is left of an output, a promise or a token that somebody made a string of. */
export function checkTexts({ texts }: Pick<Decoded, "texts">): string[] {
  return texts.flatMap(({ path, text }) =>
    GARBAGE.some((pattern) => pattern.test(text)) ? [`"${path}" holds text that is no value: ${text}`] : [],
  );
}

/** JSON has no `undefined`, `NaN` or infinity; on the wire they become `null`, which removes a field or fills a list with holes. */
export function checkNumbersAndNulls(value: unknown, path = ""): string[] {
  if (value === null || value === undefined) return [`"${path}" is ${String(value)}`];
  if (typeof value === "number" && !Number.isFinite(value)) return [`"${path}" is ${value}`];
  if (Array.isArray(value)) return value.flatMap((item, i) => checkNumbersAndNulls(item, `${path}[${i}]`));
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    checkNumbersAndNulls(item, path === "" ? key : `${path}.${key}`),
  );
}

/** Scopes of kinds that CustomResourceDefinitions of the same program define. */
export function scopesDefinedBy(resources: readonly Registered[]): Map<string, Scope> {
  const scopes = new Map<string, Scope>();
  for (const { type, inputs } of resources) {
    if (!/^kubernetes:apiextensions\.k8s\.io\/[^:]+:CustomResourceDefinition$/.test(type)) continue;
    const { group, names, scope } = inputs["spec"] as { group?: string; names?: { kind: string }; scope?: string };
    if (group === undefined || names === undefined) continue;
    scopes.set(`${group}/${names.kind}`, scope === "Cluster" ? "cluster" : "namespace");
  }
  return scopes;
}

/** An object that the provider could not take, or would take for another one. */
export function checkKubernetes(
  resource: Registered,
  defined: ReadonlyMap<string, Scope>,
  wire: Readonly<Record<string, unknown>>,
): string[] {
  const token = parseToken(resource.type);
  if (!token) return [`the type has no group and version, as in "kubernetes:core/v1:Service"`];
  const { group, version, kind } = token;
  const refusals: string[] = [];
  const expected = group === "core" ? version : `${group}/${version}`;
  const { apiVersion, metadata } = resource.inputs;
  if (apiVersion !== expected) refusals.push(`apiVersion "${String(apiVersion)}" does not go with the type`);
  if (resource.inputs["kind"] !== kind)
    refusals.push(`kind "${String(resource.inputs["kind"])}" does not go with the type`);
  const { name, namespace } = isRecord(metadata) ? metadata : {};
  if (typeof name !== "string" || name === "") refusals.push("it has no name, so that the provider would make one up");
  const scope = SCOPES.get(`${group}/${kind}`) ?? defined.get(`${group}/${kind}`);
  if (scope === undefined && GROUPS.has(group)) refusals.push(`Kubernetes has no ${kind} in group "${group}"`);
  if (scope === "namespace" && typeof namespace !== "string")
    refusals.push("it has no namespace, and its kind has one");
  if (scope === "cluster" && namespace !== undefined)
    refusals.push(`it has namespace ${JSON.stringify(namespace)}, and its kind has none`);
  if (resource.version === "") refusals.push("it names no version of the provider");
  if (group === "core" && kind === "Secret") refusals.push(...checkSecret(wire));
  return [...refusals, ...checkNumbersAndNulls(resource.inputs)];
}

/** Values of a Secret that would stand in clear in the state of the stack. */
function checkSecret(wire: Readonly<Record<string, unknown>>): string[] {
  return ["data", "stringData"].flatMap((field) => {
    const values = wire[field];
    if (!isRecord(values) || isSecretWire(values)) return [];
    return Object.entries(values).flatMap(([key, value]) =>
      isSecretWire(value) ? [] : [`${field}.${key} of a Secret is not secret on the wire`],
    );
  });
}

/** Whether a provider serves a type: both name a package. */
export function serves(providerUrn: string, type: string): boolean {
  return providerUrn.split("::")[2]?.split("$").at(-1) === `pulumi:providers:${type.split(":")[0] ?? ""}`;
}
