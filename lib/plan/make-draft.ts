import type { CloudDeclaration } from "../core/cloud";
import type { EnvironmentTree } from "../core/component";
import { sortFindings } from "../core/findings";
import { hasOutputInside, hasTokenInside } from "./checks/tokens";
import { validate } from "./checks/validate";
import { collect } from "./collect";
import type { Collected, Draft, DraftObject } from "./draft";
import { definitionOf, type GroupKind, groupKindOf, isClusterScoped, makesPods } from "./kinds";
import { addConstructDependencies, order } from "./order";
import { secretMadeBy, secretsUsedBy } from "./secrets";
import { setSyncWaves } from "./stages";

/**
 * Prepares, validates and orders what one environment declares. Loads no SDK and creates nothing.
 */
export function makeDraft(environment: EnvironmentTree): Draft {
  const collected = collect(environment);
  dropLeakedNamespaces(collected);
  const placed = place(collected);
  const objects = [...placed.values()].flat();
  addConstructDependencies(collected, placed);
  addImplicitDependencies(objects);
  const { ordered, findings } = order(objects);
  setSyncWaves(ordered, environment);
  const cloud = collected.components.flatMap((component): readonly CloudDeclaration[] => component.cloudDeclarations);
  const draft = { environment, objects: ordered, components: collected.components, cloud };
  return { ...draft, findings: sortFindings(validate(draft, [...collected.findings, ...findings])) };
}

/** A Chart gives its namespace to everything in it; objects without one would show it as a change on every run. */
function dropLeakedNamespaces(collected: Collected): void {
  const definitions = new Map<GroupKind, "Cluster" | "Namespaced">();
  for (const { json } of collected.objects) {
    const definition = definitionOf(json);
    if (definition) definitions.set(definition.kind, definition.scope);
  }
  for (const { json } of collected.objects) {
    if (isClusterScoped(json, definitions)) Reflect.deleteProperty(json.metadata, "namespace");
  }
}

/** One object for each cluster that it goes to, by its index in the walk. */
function place(collected: Collected): Map<number, DraftObject[]> {
  const placed = new Map<number, DraftObject[]>();
  collected.objects.forEach(({ construct, component, tenant, clusters, json }, index) => {
    const hasTokens = hasTokenInside(json);
    const hasOutputs = hasTokens && hasOutputInside(json);
    placed.set(
      index,
      clusters.map((cluster) => {
        const id = [cluster.name, groupKindOf(json), json.metadata.namespace ?? "-", json.metadata.name].join("/");
        const origin = { construct, component, tenant };
        return { id, cluster, json, ...origin, hasTokens, hasOutputs, dependsOn: [], dependsOnGroups: [], stage: 0 };
      }),
    );
  });
  return placed;
}

// What the API server asks before it lets a pod in.
const GUARDS: ReadonlySet<GroupKind> = new Set(["core/ResourceQuota", "core/LimitRange"]);

/**
 * An object comes after its namespace and after the definition of its kind; pods, after the limits of their namespace and after what makes
 * the Secrets that they use.
 */
function addImplicitDependencies(objects: readonly DraftObject[]): void {
  const namespaces = new Map<string, DraftObject>();
  const definitions = new Map<string, DraftObject>();
  const guards = new Map<string, DraftObject[]>();
  const secrets = new Map<string, DraftObject>();
  for (const object of objects) {
    const kind = groupKindOf(object.json);
    const { name, namespace } = object.json.metadata;
    if (kind === "core/Namespace") namespaces.set(`${object.cluster.name} ${name}`, object);
    if (GUARDS.has(kind)) {
      const key = `${object.cluster.name} ${namespace ?? ""}`;
      guards.set(key, [...(guards.get(key) ?? []), object]);
    }
    const definition = definitionOf(object.json);
    if (definition) definitions.set(`${object.cluster.name} ${definition.kind}`, object);
    const secret = secretMadeBy(object.json);
    if (secret !== undefined) secrets.set(`${object.cluster.name} ${namespace ?? ""} ${secret}`, object);
  }
  if (namespaces.size + definitions.size + guards.size + secrets.size === 0) return;
  for (const object of objects) {
    const kind = groupKindOf(object.json);
    const key = `${object.cluster.name} ${object.json.metadata.namespace ?? ""}`;
    const before = [namespaces.get(key), definitions.get(`${object.cluster.name} ${kind}`)];
    if (makesPods(kind)) {
      before.push(...(guards.get(key) ?? []));
      if (secrets.size > 0) for (const name of secretsUsedBy(object.json)) before.push(secrets.get(`${key} ${name}`));
    }
    for (const other of before) if (other && other !== object) object.dependsOn.push(other);
  }
}
