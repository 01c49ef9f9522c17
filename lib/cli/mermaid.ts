import { compare } from "../core/findings";
import type { Plan } from "../plan/plan";
import { type Branch, branchesOf, nearest } from "./branches";

/**
 * Constructs as a Mermaid flowchart: a box for each environment and tenant, an arrow from what waits to what it waits for.
 *
 * @see https://mermaid.js.org/syntax/flowchart.html
 */
export function mermaid(plans: readonly Plan[]): string {
  const lines = ["flowchart LR"];
  plans.forEach((plan, i) => {
    const ids = new Map(plan.constructs.map(({ path }, j) => [path, `n${i}_${j}`]));
    lines.push(`  subgraph e${i}["${escape(`${plan.program} in ${plan.environment.name}`)}"]`);
    // The environment is the outermost box already.
    for (const branch of branchesOf(plan)?.children ?? []) lines.push(...box(branch, ids, "    "));
    lines.push("  end", ...arrows(plan, ids).map((arrow) => `  ${arrow}`));
  });
  return `${lines.join("\n")}\n`;
}

function box({ name, construct, children }: Branch, ids: ReadonlyMap<string, string>, indent: string): string[] {
  const { path, type } = construct;
  const shape = `${ids.get(path) ?? ""}["${escape(`${name}\n${type}`)}"]`;
  if (children.length === 0) return [`${indent}${shape}`];
  return [`${indent}subgraph ${shape}`, ...children.flatMap((child) => box(child, ids, `${indent}  `)), `${indent}end`];
}

/** From what objects and cloud resources wait for. A box cannot have an arrow to one inside of it. */
function arrows(plan: Plan, ids: ReadonlyMap<string, string>): string[] {
  const constructOf = new Map([...plan.objects, ...plan.cloud].map(({ id, construct }) => [id, construct]));
  const paths = new Map(plan.constructs.map(({ path }) => [path, path]));
  const found = new Map<string, string>();
  const add = (from: string, to = from): void => {
    const isNested = `${from}/`.startsWith(`${to}/`) || to.startsWith(`${from}/`);
    if (isNested) return;
    found.set(`${from}\0${to}`, `${ids.get(from) ?? ""} --> ${ids.get(to) ?? ""}`);
  };
  for (const { construct, dependsOn } of [...plan.objects, ...plan.cloud])
    for (const id of dependsOn) add(construct, constructOf.get(id));
  for (const { construct, dependsOnConstructs } of plan.objects)
    for (const path of dependsOnConstructs) for (const to of meantBy(path, paths)) add(construct, to);
  return [...found].sort(([a], [b]) => compare(a, b)).map(([, arrow]) => arrow);
}

/** A plain construct is not drawn: what is drawn of it are those below, or the one that it is a part of. */
function meantBy(path: string, drawn: ReadonlyMap<string, string>): readonly string[] {
  const below = drawn.has(path) ? [] : [...drawn.keys()].filter((candidate) => candidate.startsWith(`${path}/`));
  if (below.length > 0) return below.filter((one) => !below.some((other) => one.startsWith(`${other}/`)));
  const found = nearest(path, drawn);
  return found === undefined ? [] : [found];
}

function escape(text: string): string {
  return text.replaceAll("#", "#35;").replaceAll('"', "#quot;").replaceAll("<", "#lt;").replaceAll("\n", "<br/>");
}
