import type { Problem } from "../../core/findings";
import { show } from "../../core/keys";
import { quoted } from "../../core/lists";
import type { Named } from "../../core/scope";
import { didYouMean } from "../../core/suggest";
import type { Readiness } from "./types";

/** An init container or a sidecar, as far as its place in the order goes. */
export interface Helper {
  readonly name: string;
  readonly kind: "init" | "sidecar";
  readonly after: Named<Readiness>;
  /** Whether the kubelet knows when it is healthy: what comes next waits for a startup probe, and for no other. */
  readonly hasStartupProbe: boolean;
}

/** Helpers in the order in which they start. */
export interface Ordered {
  /** Indices of the helpers that were given. */
  readonly order: readonly number[];
  readonly problems: readonly Problem[];
}

const READINESS: readonly string[] = ["started", "healthy", "complete"] satisfies Readiness[];

/**
 * The order in which the kubelet starts helpers, one after the other: an init container when what is before it has ended, or has
 * started where it is a sidecar. As given, but for what `after` says.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/
 */
export function orderHelpers(helpers: readonly Helper[]): Ordered {
  const problems: Problem[] = [];
  const before = helpers.map((helper) => predecessors(helper, helpers, problems));
  const order: number[] = [];
  const left = new Set(helpers.keys());
  while (left.size > 0) {
    const next = [...left].find((index) => before[index]?.every((other) => !left.has(other)));
    if (next === undefined) break;
    left.delete(next);
    order.push(next);
  }
  if (left.size > 0) problems.push(...cycles(helpers, before, left));
  return { order: [...order, ...left], problems };
}

function predecessors(helper: Helper, helpers: readonly Helper[], problems: Problem[]): number[] {
  return Object.entries(helper.after).flatMap(([name, readiness]) => {
    const index = helpers.findIndex((other) => other.name === name);
    const other = helpers[index];
    if (!other) {
      problems.push({
        rule: "containers/after",
        message: `${placeOf(helper)}.after has "${name}", which is no init container or sidecar`,
        fix: didYouMean(
          name,
          helpers.filter((known) => known !== helper).map((known) => known.name),
        ),
      });
      return [];
    }
    problems.push(...checkReadiness(`${placeOf(helper)}.after.${name}`, other, readiness));
    return [index];
  });
}

function checkReadiness(where: string, other: Helper, readiness: Readiness): Problem[] {
  const problem = (message: string, fix: string): Problem[] => [{ rule: "containers/readiness", message, fix }];
  if (!READINESS.includes(readiness))
    return problem(`${where} ${show(readiness)} is not known`, didYouMean(readiness, READINESS));
  if (other.kind === "init") {
    if (readiness === "complete") return [];
    return problem(`${where} is "${readiness}", and an init container runs to its end first`, 'write "complete"');
  }
  if (readiness === "complete")
    return problem(
      `${where} is "complete", and a sidecar ends only after the workload's own container`,
      'write "started", or "healthy" where it has health',
    );
  if (readiness === "healthy" && !other.hasStartupProbe)
    return problem(
      `${where} is "healthy", which nobody knows of a sidecar without a startup probe`,
      `say ${placeOf(other)}.health, or write "started"`,
    );
  return [];
}

/** Each circle of what cannot start, once. */
function cycles(
  helpers: readonly Helper[],
  before: readonly (readonly number[])[],
  left: ReadonlySet<number>,
): Problem[] {
  const problems: Problem[] = [];
  const seen = new Set<number>();
  for (const start of left) {
    const path: number[] = [];
    let at: number | undefined = start;
    while (at !== undefined && !seen.has(at)) {
      seen.add(at);
      path.push(at);
      at = before[at]?.find((other) => left.has(other));
    }
    const from = at === undefined ? -1 : path.indexOf(at);
    if (from < 0) continue; // what waits for a circle is in none
    const names = path.slice(from).map((index) => helpers[index]?.name ?? "");
    problems.push({
      rule: "containers/cycle",
      message:
        names.length === 1
          ? `container ${quoted(names)} is to come after itself`
          : `containers ${quoted(names)} wait for each other`,
      fix: "leave out one after",
    });
  }
  return problems;
}

/** Its place in the props. */
export function placeOf({ kind, name }: Pick<Helper, "kind" | "name">): string {
  return `${kind === "init" ? "init" : "sidecars"}.${name}`;
}
