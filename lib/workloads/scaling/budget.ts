import type { k8s } from "cdk8s-plus-28";
import type { Problem } from "../../core/findings";
import { checkKeys, show } from "../../core/keys";
import type { Named } from "../../core/scope";
import { checkPodCount, isZero, podCount, podsOf } from "./pods";
import { fewestReplicas, mostReplicas } from "./replicas";
import type { DisruptionBudget, Replicas } from "./types";

/** What is wrong with how many pods may be missing. */
export function checkDisruptionBudget(budget: DisruptionBudget, replicas: Replicas): Problem[] {
  const where = "disruptionBudget";
  const problems = [
    ...checkKeys(where, budget, ["minAvailable", "maxUnavailable"]),
    ...checkPodCount(`${where}.minAvailable`, budget.minAvailable),
    ...checkPodCount(`${where}.maxUnavailable`, budget.maxUnavailable),
  ];
  if (problems.length > 0) return problems;
  if ((budget.minAvailable === undefined) === (budget.maxUnavailable === undefined)) {
    return [
      {
        rule: "disruption-budget/both",
        message: `${where} ${show(budget)} says not exactly one of minAvailable and maxUnavailable`,
        fix: "write { maxUnavailable: 1 }",
      },
    ];
  }
  const fewest = fewestReplicas(replicas);
  if (fewest === 0 || disruptionsAllowed(budget, fewest) > 0) return [];
  return [
    {
      rule: "disruption-budget/blocks",
      message: `${where} ${show(budget)} never lets go of one of ${fewest} pods, so no node can be drained`,
      fix: "use { maxUnavailable: 1 }, or more replicas",
    },
  ];
}

/**
 * How many of so many healthy pods may be taken away at once.
 *
 * @see https://kubernetes.io/docs/tasks/run-application/configure-pdb/#rounding-logic-when-specifying-percentages
 */
export function disruptionsAllowed({ minAvailable, maxUnavailable }: DisruptionBudget, pods: number): number {
  if (minAvailable !== undefined) return Math.max(0, pods - podsOf(minAvailable, pods, "up"));
  return isZero(maxUnavailable) ? 0 : Math.min(pods, podsOf(maxUnavailable ?? 1, pods, "up"));
}

/** The budget of a workload, where it has one: one pod at a time, where there can be more than one. That never holds a single pod. */
export function disruptionBudgetOf(
  given: DisruptionBudget | false | undefined,
  replicas: Replicas,
): DisruptionBudget | undefined {
  if (given === false || (given === undefined && mostReplicas(replicas) < 2)) return undefined;
  return given ?? { maxUnavailable: 1 };
}

export function disruptionBudgetSpec(
  { minAvailable, maxUnavailable }: DisruptionBudget,
  selector: Named<string>,
): k8s.PodDisruptionBudgetSpec {
  return {
    selector: { matchLabels: { ...selector } },
    ...(minAvailable === undefined ? {} : { minAvailable: podCount(minAvailable) }),
    ...(maxUnavailable === undefined ? {} : { maxUnavailable: podCount(maxUnavailable) }),
    // A pod that does not work anyway must not keep a node from being drained.
    unhealthyPodEvictionPolicy: "AlwaysAllow",
  };
}
