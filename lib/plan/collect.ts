import { ApiObject } from "cdk8s";
import type { IConstruct } from "constructs";
import { finalJson } from "../core/amend";
import { ClusterChart, clusterOfChart, type Component, type EnvironmentTree, isComponent } from "../core/component";
import { messageOf } from "../core/errors";
import type { Finding, Problem } from "../core/findings";
import { type ClusterRef, isTenantScope, type TenantScope } from "../core/scope";
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
    context.component.checkDeclared();
    makeObjects(context.component, context, collected.findings);
  }
  if (construct.node.dependencies.length > 0) collected.dependents.push(construct);
  for (const message of construct.node.validate()) {
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

function makeObjects(component: Component, context: Context, findings: Finding[]): void {
  const isBroken = component.problems.some(({ severity = "error" }) => severity === "error");
  if (!component.makesObjects || isBroken) return;
  const clusters = context.cluster ? [context.cluster] : component.clusters;
  for (const cluster of clusters) {
    try {
      component.makeObjects(new ClusterChart(component, cluster), cluster);
    } catch (thrown) {
      findings.push(
        findingAt(
          context,
          {
            rule: "construct/threw",
            message: `making its objects failed: ${messageOf(thrown)}`,
            fix: "mend the construct",
          },
          component,
        ),
      );
    }
  }
}

function addObject(construct: ApiObject, context: Context, collected: Collected): void {
  try {
    const json = finalJson(construct);
    const clusters = context.cluster ? [context.cluster] : context.component.clusters;
    collected.objects.push({ construct, component: context.component, tenant: context.tenant, clusters, json });
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
