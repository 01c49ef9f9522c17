import { compare } from "../core/findings";
import type { Plan, PlanConstruct, PlanObject } from "../plan/plan";
import { count, style } from "./output";

/** A construct with what is below it. */
interface Branch {
  readonly construct: PlanConstruct;
  readonly children: Branch[];
}

/** The constructs of a plan as a tree of text, each with what became of it. */
export function treeLines(plan: Plan): string[] {
  const [root] = branches(plan.constructs);
  if (!root) return [];
  const rows: { readonly label: string; readonly width: number; readonly became: string }[] = [];
  const add = ({ construct, children }: Branch, prefix: string, own: string): void => {
    const id = construct.path.slice(construct.path.lastIndexOf("/") + 1);
    const plain = `${own}${id}  ${construct.type}`;
    const label = `${own}${style("bold", id)}  ${style("cyan", construct.type)}`;
    rows.push({ label, width: plain.length, became: became(construct, plan) });
    children.forEach((child, i) => {
      const isLast = i === children.length - 1;
      add(child, `${prefix}${isLast ? "   " : "│  "}`, `${prefix}${isLast ? "└─ " : "├─ "}`);
    });
  };
  add(root, "", "");
  const width = Math.max(...rows.map((row) => row.width));
  return rows.map((row) => `${row.label}${" ".repeat(width - row.width)}  ${row.became}`.trimEnd());
}

/** The parent of a construct is the nearest one above that is in the plan: plain constructs between are not. */
function branches(constructs: readonly PlanConstruct[]): Branch[] {
  const byPath = new Map<string, Branch>();
  const roots: Branch[] = [];
  for (const construct of constructs) {
    const branch: Branch = { construct, children: [] };
    byPath.set(construct.path, branch);
    const steps = construct.path.split("/").slice(0, -1);
    while (steps.length > 0 && !byPath.has(steps.join("/"))) steps.pop();
    (byPath.get(steps.join("/"))?.children ?? roots).push(branch);
  }
  return roots;
}

/** `Deployment, Service on eu, us`: the kinds of its objects, and the cloud resources. */
function became(construct: PlanConstruct, plan: Plan): string {
  const objects = plan.objects.filter((object) => object.construct === construct.path);
  const cloud = plan.cloud.filter((resource) => resource.construct === construct.path);
  const parts = [...kinds(objects), ...cloud.map(({ type }) => type.split(":").at(-1) ?? type)];
  if (parts.length === 0) return "";
  const clusters = [...new Set(objects.map(({ cluster }) => cluster))].sort(compare);
  const where = plan.clusters.length > 1 && clusters.length > 0 ? style("dim", ` on ${clusters.join(", ")}`) : "";
  return `→ ${parts.join(", ")}${where}`;
}

function kinds(objects: readonly PlanObject[]): string[] {
  const counts = new Map<string, Set<string>>();
  for (const { kind, namespace = "", name } of objects) {
    const names = counts.get(kind) ?? new Set();
    counts.set(kind, names.add(`${namespace}/${name}`));
  }
  return [...counts]
    .sort(([a], [b]) => compare(a, b))
    .map(([kind, names]) => (names.size === 1 ? kind : `${names.size} ${kind}`));
}

/** `prod · regulated (like production) · 2 clusters · 91 objects` */
export function environmentLine(plan: Plan): string {
  const { name, tier, tierLike } = plan.environment;
  return [
    style("bold", name),
    tier === tierLike ? tier : `${tier} (like ${tierLike})`,
    count(plan.clusters.length, "cluster"),
    count(plan.objects.length, "object"),
    ...(plan.cloud.length > 0 ? [count(plan.cloud.length, "cloud resource")] : []),
  ].join(" · ");
}
