import { compare } from "../core/findings";
import type { Plan } from "../plan/plan";
import { type Branch, branchesOf, nearest } from "./branches";

/**
 * Constructs as a Mermaid flowchart: a box for each environment and tenant, a thin arrow from what waits to what it waits for, a thick
 * one from what connects to what it connects to, with the connection's names.
 *
 * @see https://mermaid.js.org/syntax/flowchart.html
 */
export function mermaid(plans: readonly Plan[]): string {
  const lines = ["flowchart LR"];
  const known = plans.map((plan, i) => new Map(plan.constructs.map(({ path }, j) => [path, `n${i}_${j}`])));
  plans.forEach((plan, i) => {
    const ids = known[i] ?? new Map<string, string>();
    lines.push(`  subgraph e${i}["${escape(`${plan.program} in ${plan.environment.name}`)}"]`);
    // The environment is the outermost box already.
    for (const branch of branchesOf(plan)?.children ?? []) lines.push(...box(branch, ids, "    "));
    lines.push("  end");
    const others = plans.flatMap((other, j) => (isSamePlace(plan, other) ? (known[j] ?? []) : []));
    const drawn = new Map([...others.flatMap((all) => [...all]), ...ids]);
    const { nodes, arrows: connections } = connectionsOf(plan, drawn, `x${i}_`);
    const waits = [...waitsOf(plan, ids)].filter(([pair]) => !connections.has(pair));
    const arrows = [...waits, ...connections].sort(([a], [b]) => compare(a, b)).map(([, arrow]) => arrow);
    lines.push(...[...nodes, ...arrows].map((line) => `  ${line}`));
  });
  return `${lines.join("\n")}\n`;
}

/** Whether two programs meet in one environment of one platform. */
function isSamePlace(a: Plan, b: Plan): boolean {
  const [x, y] = [a, b].map(({ platform, environment: { name, preview } }) => `${platform}\0${preview?.from ?? name}`);
  return x === y;
}

/** Arrows of connections by their ends; what is in no Plan that was read is drawn outside of all boxes. */
function connectionsOf(
  { relations }: Plan,
  ids: ReadonlyMap<string, string>,
  prefix: string,
): { readonly nodes: readonly string[]; readonly arrows: ReadonlyMap<string, string> } {
  const strangers = new Map<string, string>();
  const found = new Map<string, { readonly source: string; readonly target: string; readonly names: Set<string> }>();
  for (const { from, to, kind, names } of relations) {
    const path = kind === "endpoint" ? to.replace(/\.[^./]*$/, "") : to;
    const target = ids.get(path) ?? strangers.get(to) ?? `${prefix}${strangers.size}`;
    if (!ids.has(path)) strangers.set(to, target);
    if (isNested(from, path)) continue;
    const pair = pairOf(from, ids.has(path) ? path : to);
    const arrow = found.get(pair) ?? { source: ids.get(from) ?? "", target, names: new Set() };
    for (const name of names) arrow.names.add(name);
    found.set(pair, arrow);
  }
  const arrows = new Map<string, string>();
  for (const [pair, { source, target, names }] of found)
    arrows.set(pair, `${source} ==>|"${escape([...names].sort(compare).join(", "))}"| ${target}`);
  // The environment is in every path.
  const nodes = [...strangers].map(([to, id]) => `${id}(["${escape(to.slice(to.indexOf("/") + 1))}"])`);
  return { nodes, arrows };
}

/** Mermaid refuses an arrow between a box and one inside of it. */
function isNested(a: string, b: string): boolean {
  return `${a}/`.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}

function pairOf(from: string, to: string): string {
  return `${from}\0${to}`;
}

function box({ name, construct, children }: Branch, ids: ReadonlyMap<string, string>, indent: string): string[] {
  const { path, type } = construct;
  const shape = `${ids.get(path) ?? ""}["${escape(`${name}\n${type}`)}"]`;
  if (children.length === 0) return [`${indent}${shape}`];
  return [`${indent}subgraph ${shape}`, ...children.flatMap((child) => box(child, ids, `${indent}  `)), `${indent}end`];
}

/** Arrows by their ends, from what objects and cloud resources wait for. */
function waitsOf(plan: Plan, ids: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const constructOf = new Map([...plan.objects, ...plan.cloud].map(({ id, construct }) => [id, construct]));
  const paths = new Map(plan.constructs.map(({ path }) => [path, path]));
  const found = new Map<string, string>();
  const add = (from: string, to = from): void => {
    if (isNested(from, to)) return;
    found.set(pairOf(from, to), `${ids.get(from) ?? ""} --> ${ids.get(to) ?? ""}`);
  };
  for (const { construct, dependsOn } of [...plan.objects, ...plan.cloud])
    for (const id of dependsOn) add(construct, constructOf.get(id));
  for (const { construct, dependsOnConstructs } of plan.objects)
    for (const path of dependsOnConstructs) for (const to of meantBy(path, paths)) add(construct, to);
  return found;
}

/** A plain construct is not drawn: what is drawn of it are those below, or the one that it is a part of. */
function meantBy(path: string, drawn: ReadonlyMap<string, string>): readonly string[] {
  const below = drawn.has(path) ? [] : [...drawn.keys()].filter((candidate) => candidate.startsWith(`${path}/`));
  if (below.length > 0) return below.filter((one) => !below.some((other) => one.startsWith(`${other}/`)));
  const found = nearest(path, drawn);
  return found === undefined ? [] : [found];
}

/** A text as it stands between quotes in a chart. */
export function escape(text: string): string {
  return text.replaceAll("#", "#35;").replaceAll('"', "#quot;").replaceAll("<", "#lt;").replaceAll("\n", "<br/>");
}
