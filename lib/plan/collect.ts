import { ApiObject, resolve } from "cdk8s";
import type { IConstruct } from "constructs";
import { finalJson, type KubeObject } from "../core/amend";
import { ClusterChart, clusterOfChart, type Component, type EnvironmentTree, isComponent } from "../core/component";
import { messageOf } from "../core/errors";
import type { Finding, Problem } from "../core/findings";
import { show } from "../core/keys";
import { type ClusterRef, isTenantScope, type TenantScope } from "../core/scope";
import { isOutput } from "../core/tokens";
import { checkShape, settle } from "./checks/values";
import type { Collected } from "./draft";

interface Context {
  readonly component: Component;
  readonly tenant: TenantScope | undefined;
  readonly cluster: ClusterRef | undefined;
}

/**
 * Walks the tree once: lets constructs make their objects for each cluster, and collects those and everybody else's as final JSON.
 */
export function collect(environment: EnvironmentTree): Collected {
  const collected: Collected = { objects: [], components: [], dependents: [], findings: [], ranges: new Map() };
  visit(environment, { component: environment, tenant: undefined, cluster: undefined }, collected);
  return collected;
}

function visit(construct: IConstruct, outer: Context, collected: Collected): void {
  const start = collected.objects.length;
  const context = enter(construct, outer);
  if (context.component !== outer.component || collected.components.length === 0) {
    collected.components.push(context.component);
    checkDeclared(context, collected.findings);
    makeObjects(context.component, context, collected.findings);
  }
  if (dependenciesOf(construct, context, collected.findings).length > 0)
    collected.dependents.push({ construct, component: context.component, tenant: context.tenant });
  for (const message of validationsOf(construct)) {
    collected.findings.push(
      findingAt(
        context,
        { rule: "construct/invalid", message, fix: "see the documentation of the construct" },
        construct,
      ),
    );
  }
  if (construct instanceof ApiObject) addObject(construct, context, collected);
  for (const child of construct.node.children) visit(child, context, collected);
  collected.ranges.set(construct, [start, collected.objects.length]);
}

function enter(construct: IConstruct, outer: Context): Context {
  const cluster = clusterOfChart(construct);
  if (cluster) return { ...outer, cluster };
  if (!isComponent(construct)) return outer;
  return { component: construct, tenant: isTenantScope(construct) ? construct : outer.tenant, cluster: outer.cluster };
}

/** A constructor that threw left its construct half made, and what it is asked then may fail. */
function checkDeclared(context: Context, findings: Finding[]): void {
  try {
    context.component.checkDeclared();
  } catch (thrown) {
    findings.push(findingAt(context, threw("checking it", thrown)));
  }
}

function threw(doing: string, thrown: unknown): Problem {
  return { rule: "construct/threw", message: `${doing} failed: ${messageOf(thrown)}`, fix: "mend the construct" };
}

/** What it waits for, or nothing where that is no construct. */
function dependenciesOf(construct: IConstruct, context: Context, findings: Finding[]): readonly IConstruct[] {
  try {
    return construct.node.dependencies;
  } catch (thrown) {
    const fix = "give addDependency() constructs";
    findings.push(findingAt(context, { rule: "dependencies/invalid", message: messageOf(thrown), fix }, construct));
    return [];
  }
}

/** What checks of constructs' own say. */
function validationsOf(construct: IConstruct): string[] {
  try {
    return construct.node.validate().map((message: unknown) => (typeof message === "string" ? message : show(message)));
  } catch (thrown) {
    return [`its own check failed: ${messageOf(thrown)}`];
  }
}

function makeObjects(component: Component, context: Context, findings: Finding[]): void {
  const isBroken = component.problems.some(({ severity = "error" }) => severity === "error");
  if (!component.makesObjects || isBroken) return;
  const clusters = context.cluster ? [context.cluster] : component.clusters;
  for (const cluster of clusters) {
    try {
      component.makeObjects(new ClusterChart(component, cluster), cluster);
    } catch (thrown) {
      findings.push(findingAt(context, threw("making its objects", thrown), component));
    }
  }
}

function addObject(construct: ApiObject, context: Context, collected: Collected): void {
  try {
    const { json, problems } = settle(finalJson(construct), (value) => lateValue(value, construct));
    const all = [...problems, ...checkShape(json)];
    collected.findings.push(...all.map((problem) => findingAt(context, problem, construct)));
    if (all.length > 0) return;
    const clusters = context.cluster ? [context.cluster] : context.component.clusters;
    const { component, tenant } = context;
    collected.objects.push({ construct, component, tenant, clusters, json: json as KubeObject });
  } catch (thrown) {
    collected.findings.push(
      findingAt(
        context,
        { rule: "object/invalid", message: messageOf(thrown), fix: "mend what the object was given" },
        construct,
      ),
    );
  }
}

/** What stands for an instance of a class in an object: what an output is known by, what cdk8s makes late, the value of a quantity. */
function lateValue(value: object, object: ApiObject): unknown {
  const { value: inside }: { readonly value?: unknown } = isOutput(value) ? {} : value;
  return typeof inside === "string" || typeof inside === "number" ? inside : resolve([], value, object);
}

/** A problem of a construct as a finding, with path, owner and source. */
export function findingAt(
  at: Pick<Context, "component" | "tenant">,
  problem: Problem,
  construct: IConstruct = at.component,
): Finding {
  const source = at.component.declaredAt;
  return {
    severity: "error",
    ...problem,
    path: construct.node.path,
    owner: at.tenant?.owners[0] ?? "platform",
    ...(source ? { source } : {}),
  } as Finding;
}
