import { type UnjudgedBinding, unjudgedBindings } from "../access/who-can";
import type { KubeObject } from "../core/amend";
import { compare } from "../core/findings";
import { didYouMean } from "../core/suggest";
import type { Plan } from "../plan/plan";
import { type JoinedPlans, joinPlans } from "./joined";
import { print, style } from "./output";
import { UsageError } from "./usage-error";

/** One cluster of an environment, with what all programs make in it. */
export interface AccessPlace {
  readonly joined: JoinedPlans;
  readonly cluster: string;
  readonly objects: readonly KubeObject[];
  /** Its namespaces, as far as the programs know, sorted. */
  readonly namespaces: readonly string[];
  /** Bindings to roles that are in no program. */
  readonly notJudged: readonly UnjudgedBinding[];
}

/**
 * The clusters of Plans; each has RBAC of its own.
 *
 * @param cluster - only those of this name
 * @throws UsageError when there is none of this name
 */
export function accessPlaces(plans: readonly Plan[], cluster?: string): AccessPlace[] {
  const names = [...new Set(plans.flatMap((plan) => plan.clusters.map(({ name }) => name)))];
  if (cluster !== undefined && !names.includes(cluster))
    throw new UsageError(`there is no cluster "${cluster}": ${didYouMean(cluster, names)}`);
  return joinPlans(plans).flatMap((joined) => {
    const own = new Set(joined.plans.flatMap((plan) => plan.clusters.map(({ name }) => name)));
    return [...own]
      .filter((name) => cluster === undefined || name === cluster)
      .sort(compare)
      .map((name) => placeOf(joined, name));
  });
}

function placeOf(joined: JoinedPlans, cluster: string): AccessPlace {
  const objects = joined.plans.flatMap((plan) => plan.objects.filter((object) => object.cluster === cluster));
  const namespaces = objects.flatMap(({ kind, name, namespace }) => (kind === "Namespace" ? name : (namespace ?? [])));
  const manifests = objects.map(({ manifest }) => manifest);
  return {
    joined,
    cluster,
    objects: manifests,
    namespaces: [...new Set(namespaces)].sort(compare),
    notJudged: unjudgedBindings(manifests),
  };
}

/** Says which bindings an answer leaves out. */
export function printNotJudged(bindings: readonly UnjudgedBinding[]): void {
  for (const { binding, role, subjects } of bindings)
    print(
      `  ${style("yellow", "not judged")}: ${binding} of ${subjects.join(", ") || "nobody"} refers to ${role}, which is in no program`,
    );
}

/** The same answer for several clusters of an environment is given once. */
export function alikeClusters<T>(
  answers: readonly (readonly [AccessPlace, T])[],
): { readonly joined: JoinedPlans; readonly clusters: readonly string[]; readonly answer: T }[] {
  const found: { joined: JoinedPlans; clusters: string[]; answer: T }[] = [];
  for (const [{ joined, cluster }, answer] of answers) {
    const text = JSON.stringify(answer);
    const same = found.find((one) => one.joined === joined && JSON.stringify(one.answer) === text);
    if (same) same.clusters.push(cluster);
    else found.push({ joined, clusters: [cluster], answer });
  }
  return found;
}
