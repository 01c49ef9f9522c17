import { groupBy } from "../core/lists";
import type { Plan, PlanCloudResource, PlanConstruct, PlanObject } from "../plan/plan";

/** A construct with what became of it, and what is below it. */
export interface Branch {
  /** Its path below the construct above; plain constructs between are not in a plan, but in paths. */
  readonly name: string;
  readonly construct: PlanConstruct;
  readonly objects: readonly PlanObject[];
  readonly cloud: readonly PlanCloudResource[];
  readonly children: readonly Branch[];
}

/**
 * The constructs of a plan as a tree.
 *
 * @returns the environment, with everything below
 */
export function branchesOf(plan: Plan): Branch | undefined {
  const objects = groupBy(plan.objects, ({ construct }) => construct);
  const cloud = groupBy(plan.cloud, ({ construct }) => construct);
  const made = new Map<string, Branch & { readonly children: Branch[] }>();
  let root: Branch | undefined;
  for (const construct of plan.constructs) {
    const { path } = construct;
    const parent = nearest(parentPath(path), made);
    const name = parent ? path.slice(parent.construct.path.length + 1) : path;
    const branch = { name, construct, objects: objects.get(path) ?? [], cloud: cloud.get(path) ?? [], children: [] };
    if (parent) parent.children.push(branch);
    else root ??= branch;
    made.set(path, branch);
  }
  return root;
}

function parentPath(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/** What is known of a path, or of the nearest one above. */
export function nearest<T>(path: string, known: ReadonlyMap<string, T>): T | undefined {
  for (let at = path; at !== ""; at = parentPath(at)) {
    const found = known.get(at);
    if (found !== undefined) return found;
  }
  return undefined;
}
