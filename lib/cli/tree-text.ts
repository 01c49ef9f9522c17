import { compare } from "../core/findings";
import type { Plan } from "../plan/plan";
import { groupBy } from "../core/lists";
import { type Branch, branchesOf } from "./branches";
import { count, style, widthOf } from "./output";

interface Row {
  readonly label: string;
  /** The lines that lead on to what is below. */
  readonly bars: string;
  /** What became of the construct. */
  readonly became: readonly string[];
}

// Less is not worth a column.
const NARROWEST = 30;

/**
 * The constructs of a plan as a tree of text, each with what became of it.
 *
 * @param width - of the terminal; without one, lines are as long as they are
 */
export function treeLines(plan: Plan, width = Infinity): string[] {
  const root = branchesOf(plan);
  if (!root) return [];
  const rows: Row[] = [];
  const add = (branch: Branch, own: string, below: string): void => {
    const label = `${own}${style("bold", branch.name)}  ${style("cyan", branch.construct.type)}`;
    const last = branch.children.at(-1);
    rows.push({ label, bars: last ? `${below}│` : below, became: became(branch, plan) });
    for (const child of branch.children) {
      add(child, `${below}${child === last ? "└─ " : "├─ "}`, `${below}${child === last ? "   " : "│  "}`);
    }
  };
  add(root, "", "");
  const labels = Math.max(...rows.map(({ label }) => widthOf(label)));
  const left = Math.max(NARROWEST, width - labels - "  → ".length);
  return rows.flatMap(({ label, bars, became }) => {
    if (became.length === 0) return label;
    const [first = "", ...more] = wrap(became, left);
    return [`${pad(label, labels)}  → ${first}`, ...more.map((line) => `${pad(bars, labels)}    ${line}`)];
  });
}

function pad(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - widthOf(text)));
}

/** Words, separated by commas, in lines of at most so many characters. */
function wrap(words: readonly string[], width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const [i, word] of words.entries()) {
    const next = i < words.length - 1 ? `${word},` : word;
    if (line !== "" && widthOf(line) + 1 + widthOf(next) > width) {
      lines.push(line);
      line = next;
    } else line = line === "" ? next : `${line} ${next}`;
  }
  return [...lines, line];
}

/** `Bucket`, `on eu, us: 2 ConfigMaps`, `Deployment`: the cloud resources, and the kinds of its objects. */
function became({ objects, cloud }: Branch, plan: Plan): string[] {
  const types = cloud.map(({ type, name }) => ({ kind: type.split(":").at(-1) ?? type, name }));
  const clusters = [...new Set(objects.map(({ cluster }) => cluster))].sort(compare);
  const where = plan.clusters.length > 1 ? `${style("dim", `on ${clusters.join(", ")}:`)} ` : "";
  return [...counted(types), ...counted(objects).map((word, i) => (i === 0 ? `${where}${word}` : word))];
}

/** Kinds with their number; an object that goes to several clusters counts once. */
function counted(
  items: readonly { readonly kind: string; readonly namespace?: string | undefined; readonly name: string }[],
): string[] {
  return [...groupBy(items, ({ kind }) => kind)]
    .sort(([a], [b]) => compare(a, b))
    .map(([kind, same]) => {
      const number = new Set(same.map(({ namespace = "", name }) => `${namespace}/${name}`)).size;
      return number === 1 ? kind : count(number, kind);
    });
}

/** `prod · regulated (like production) · 2 clusters · 91 objects` */
export function environmentLine(plan: Plan): string {
  const { name, preview, tier, tierLike } = plan.environment;
  return [
    style("bold", name),
    ...(preview ? [`preview of ${preview.from}`] : []),
    tier === tierLike ? tier : `${tier} (like ${tierLike})`,
    count(plan.clusters.length, "cluster"),
    count(plan.objects.length, "object"),
    ...(plan.cloud.length > 0 ? [count(plan.cloud.length, "cloud resource")] : []),
  ].join(" · ");
}
