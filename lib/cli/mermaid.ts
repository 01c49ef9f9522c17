import type { Plan, PlanConstruct } from "../plan/plan";

/**
 * Constructs as a Mermaid flowchart: a box for each environment and tenant, an arrow from what waits to what it waits for.
 *
 * @see https://mermaid.js.org/syntax/flowchart.html
 */
export function mermaid(plans: readonly Plan[]): string {
  const lines = ["flowchart LR"];
  plans.forEach((plan, i) => {
    const ids = new Map(plan.constructs.map((construct, j) => [construct.path, `n${i}_${j}`]));
    lines.push(`  subgraph e${i}["${escape(`${plan.program} in ${plan.environment.name}`)}"]`);
    for (const construct of topOf(plan.constructs)) lines.push(...box(construct, plan, ids, "    "));
    lines.push("  end");
    for (const [from, to] of edges(plan)) lines.push(`  ${ids.get(from) ?? ""} --> ${ids.get(to) ?? ""}`);
  });
  return `${lines.join("\n")}\n`;
}

/** The environment is the outermost box already. */
function topOf(constructs: readonly PlanConstruct[]): readonly PlanConstruct[] {
  const [root] = constructs;
  return root ? childrenOf(root, constructs) : [];
}

function childrenOf(parent: PlanConstruct, constructs: readonly PlanConstruct[]): readonly PlanConstruct[] {
  return constructs.filter((construct) => parentOf(construct, constructs) === parent);
}

function parentOf(construct: PlanConstruct, constructs: readonly PlanConstruct[]): PlanConstruct | undefined {
  const steps = construct.path.split("/");
  for (steps.pop(); steps.length > 0; steps.pop()) {
    const path = steps.join("/");
    const parent = constructs.find((candidate) => candidate.path === path);
    if (parent) return parent;
  }
  return undefined;
}

function box(construct: PlanConstruct, plan: Plan, ids: ReadonlyMap<string, string>, indent: string): string[] {
  const id = ids.get(construct.path) ?? "";
  const label = escape(`${construct.path.split("/").at(-1) ?? ""}\n${construct.type}`);
  const children = childrenOf(construct, plan.constructs);
  if (children.length === 0) return [`${indent}${id}["${label}"]`];
  return [
    `${indent}subgraph ${id}["${label}"]`,
    ...children.flatMap((child) => box(child, plan, ids, `${indent}  `)),
    `${indent}end`,
  ];
}

/** Arrows between constructs, from what their objects and cloud resources wait for; those inside of one are left out. */
function edges(plan: Plan): (readonly [string, string])[] {
  const constructOf = new Map<string, string>();
  for (const { id, construct } of [...plan.objects, ...plan.cloud]) constructOf.set(id, construct);
  const root = plan.constructs[0]?.path;
  const found = new Map<string, readonly [string, string]>();
  const add = (from: string, to: string | undefined): void => {
    const isInside = to === undefined || from === to || from.startsWith(`${to}/`) || from === root || to === root;
    if (!isInside) found.set(`${from}\0${to}`, [from, to]);
  };
  for (const object of plan.objects) {
    for (const id of object.dependsOn) add(object.construct, constructOf.get(id));
    for (const path of object.dependsOnConstructs) add(object.construct, nearest(path, plan.constructs));
  }
  for (const resource of plan.cloud) for (const id of resource.dependsOn) add(resource.construct, constructOf.get(id));
  return [...found.values()].sort(([a, b], [c, d]) => (`${a}\0${b}` < `${c}\0${d}` ? -1 : 1));
}

function nearest(path: string, constructs: readonly PlanConstruct[]): string | undefined {
  for (const steps = path.split("/"); steps.length > 0; steps.pop()) {
    const candidate = steps.join("/");
    if (constructs.some((construct) => construct.path === candidate)) return candidate;
  }
  return undefined;
}

function escape(text: string): string {
  return text.replaceAll("#", "#35;").replaceAll('"', "#quot;").replaceAll("<", "#lt;").replaceAll("\n", "<br/>");
}
