import { compare } from "../../core/findings";
import type { Inventory, Item } from "./inventory";
import { podTemplateOf } from "./objects";
import type { Planned } from "./plan";

const BEFORE: readonly string[] = ["pre-install", "pre-upgrade"];
const AFTER: readonly string[] = ["post-install", "post-upgrade"];
/** Kinds that run to their end, which Helm waits for before it goes on. */
const RUN: readonly string[] = ["batch/Job", "core/Pod"];

/**
 * The rule by which an object of a hook is not deployed. Undefined for what is deployed like the rest: objects that only have to be there,
 * and Jobs before each installation and upgrade, which is when a {@link Job} runs.
 *
 * @see https://helm.sh/docs/topics/charts_hooks/
 */
export function ruleOfHook({ hooks, kind }: Item): string | undefined {
  if (hooks.length === 0) return undefined;
  if (!hooks.some((hook) => [...BEFORE, ...AFTER, "crd-install"].includes(hook)))
    return hooks.some((hook) => hook.startsWith("test")) ? "helm/test" : "helm/hook";
  if (!RUN.includes(kind)) return undefined;
  if (hooks.some((hook) => AFTER.includes(hook))) return "helm/post-hook";
  if (!hooks.includes("pre-upgrade")) return "helm/install-hook";
  if (!hooks.includes("pre-install")) return "helm/upgrade-hook";
  return kind === "core/Pod" ? "helm/pod-hook" : undefined;
}

/** Whether it is a Job that the rest of a release waits for. */
export function isJobBefore(item: Item): boolean {
  return item.kind === "batch/Job" && item.hooks.length > 0 && ruleOfHook(item) === undefined;
}

/** Jobs in the order in which Helm runs them one by one: by weight, then by name. */
export function inHookOrder<T extends { readonly item: Item }>(jobs: readonly T[]): T[] {
  return [...jobs].sort(({ item: a }, { item: b }) => a.hookWeight - b.hookWeight || compare(a.name, b.name));
}

/**
 * Ids of the Jobs of hooks that one workload waits for: a Job for the one before it, everything else for the last one.
 *
 * @param jobs - all Jobs of the program
 */
export function hooksBefore({ item, id }: Pick<Planned, "item" | "id">, jobs: readonly Planned[]): string[] {
  const chain = inHookOrder(jobs.filter((job) => isJobBefore(job.item) && job.item.namespace === item.namespace)).map(
    (job) => job.id,
  );
  const own = isJobBefore(item) ? chain.indexOf(id) : chain.length;
  return chain.slice(0, own).slice(-1);
}

const BY_HAND: Readonly<Record<string, string>> = {
  "helm/post-hook":
    "nothing runs it any more. Let your pipeline run it once the new version runs, as a Job of the program would run before it or beside it",
  "helm/install-hook":
    "nothing runs it any more. Run it before you first deploy; where it may run at each version, make it a Job that workloads name in runAfter",
  "helm/upgrade-hook":
    "nothing runs it any more. Where it may run at the first installation, too, make it a Job that workloads name in runAfter; else let your pipeline run it before each deployment",
  "helm/pod-hook": "nothing runs it any more. Make it a Job that workloads name in runAfter",
};

/**
 * What readers have to know of hooks: those that nothing runs now, and what does not wait as it did.
 *
 * @param places - files of what is not deployed, and of what stays as it was
 */
export function hookHints(
  inventory: Inventory,
  planned: readonly Planned[],
  places: ReadonlyMap<Item, string>,
): string[] {
  const hints: string[] = [];
  for (const item of inventory.items) {
    const { id, hooks, namespace } = item;
    const rule = ruleOfHook(item) ?? "";
    const advice = BY_HAND[rule];
    const said = hooks.join(", ");
    const others = hooks.filter((hook) => !BEFORE.includes(hook));
    const place = places.get(item);
    if (advice !== undefined)
      hints.push(
        `Helm ran ${id} at ${said}, and ${advice}: kubectl create --namespace ${namespace} -f not-deployed/${place}`,
      );
    else if (isJobBefore(item) && place !== undefined)
      hints.push(`${id} stays as it was, so that nothing waits for it, as all did with Helm (${said})`);
    else if (isJobBefore(item) && others.length > 0)
      hints.push(`Helm ran ${id} at ${others.join(", ")}, too, where nothing runs it any more`);
  }
  const chain = inHookOrder(planned.filter(({ item }) => isJobBefore(item)));
  for (const namespace of new Set(chain.map(({ item }) => item.namespace))) {
    const last = chain.filter(({ item }) => item.namespace === namespace).at(-1);
    const waited = inventory.items.filter(
      (item) =>
        item.namespace === namespace && item.hooks.length === 0 && places.has(item) && podTemplateOf(item.object),
    );
    if (waited.length > 0)
      hints.push(
        `${waited.map(({ id }) => id).join(", ")}: what stays as it was does not wait for the job "${last?.id}", as it did with Helm`,
      );
  }
  return hints;
}
