import { k8s } from "cdk8s-plus-28";
import type { Problem } from "../core/findings";
import { checkKeys, show } from "../core/keys";
import type { DisruptionBudget, PodCount, Replicas, Rollout } from "./types";

/** Fewest pods that run at any time, so that budgets can be judged. */
export function minimumReplicas(replicas: Replicas): number {
  return typeof replicas === "number" ? replicas : replicas.min;
}

/** What is wrong with a number of replicas. */
export function checkReplicas(replicas: Replicas): Problem[] {
  const bad = (where: string, value: unknown, fix: string): Problem => ({
    rule: "replicas/invalid",
    message: `${where} ${show(value)} is not possible`,
    fix,
  });
  if (typeof replicas !== "object" || replicas === null) {
    return Number.isInteger(replicas) && replicas >= 0
      ? []
      : [bad("replicas", replicas, "use a whole number from 0, or { min, max }")];
  }
  const problems = checkKeys("replicas", replicas, ["min", "max", "cpu", "memory"]);
  if (!Number.isInteger(replicas.min) || replicas.min < 1)
    problems.push(bad("replicas.min", replicas.min, "use a whole number from 1"));
  if (!Number.isInteger(replicas.max) || replicas.max < replicas.min) {
    problems.push(bad("replicas.max", replicas.max, `use a whole number from replicas.min (${show(replicas.min)})`));
  }
  for (const metric of ["cpu", "memory"] as const) {
    const target = replicas[metric];
    if (target !== undefined && (!Number.isInteger(target) || target < 1 || target > 100)) {
      problems.push(bad(`replicas.${metric}`, target, "use a whole number of percent from 1 to 100"));
    }
  }
  return problems;
}

/** The metrics that an autoscaler follows. */
export function autoscalerMetrics(replicas: Exclude<Replicas, number>): k8s.MetricSpecV2[] {
  const targets = { cpu: replicas.cpu ?? (replicas.memory === undefined ? 70 : undefined), memory: replicas.memory };
  return Object.entries(targets).flatMap(([name, averageUtilization]) =>
    averageUtilization === undefined
      ? []
      : [{ type: "Resource", resource: { name, target: { type: "Utilization", averageUtilization } } }],
  );
}

export function checkRollout(rollout: Rollout): Problem[] {
  const problems = checkKeys("rollout", rollout, ["strategy", "maxSurge", "maxUnavailable"]);
  if ((rollout.strategy as string) !== "rolling") {
    problems.push({
      rule: "rollout/strategy",
      message: `rollout.strategy ${show(rollout.strategy)} is not known`,
      fix: 'write "rolling"',
    });
  }
  for (const key of ["maxSurge", "maxUnavailable"] as const)
    problems.push(...checkPodCount(`rollout.${key}`, rollout[key]));
  if (isZero(rollout.maxSurge) && isZero(rollout.maxUnavailable ?? 0)) {
    problems.push({
      rule: "rollout/stuck",
      message: "rollout.maxSurge and rollout.maxUnavailable are both zero, so no pod can ever be replaced",
      fix: "allow one of them",
    });
  }
  return problems;
}

export function checkDisruptionBudget(budget: DisruptionBudget, replicas: Replicas): Problem[] {
  const where = "disruptionBudget";
  const problems = [
    ...checkKeys(where, budget, ["minAvailable", "maxUnavailable"]),
    ...checkPodCount(`${where}.minAvailable`, budget.minAvailable),
    ...checkPodCount(`${where}.maxUnavailable`, budget.maxUnavailable),
  ];
  const minimum = minimumReplicas(replicas);
  const blocks =
    minimum > 0 &&
    (isZero(budget.maxUnavailable) ||
      (budget.minAvailable !== undefined && podsOf(budget.minAvailable, minimum) >= minimum));
  if (blocks) {
    problems.push({
      rule: "disruption-budget/blocks",
      message: `${where} ${show(budget)} never lets go of one of ${minimum} pods, so no node can be drained`,
      fix: "use { maxUnavailable: 1 }, or more replicas",
    });
  }
  return problems;
}

function checkPodCount(where: string, count: PodCount | undefined): Problem[] {
  const valid =
    count === undefined ||
    (typeof count === "number" ? Number.isInteger(count) && count >= 0 : /^(100|[1-9]?\d)%$/.test(count));
  return valid
    ? []
    : [
        {
          rule: "pods/count",
          message: `${where} ${show(count)} is not a number of pods`,
          fix: 'use a whole number from 0, or a share as in "25%"',
        },
      ];
}

function isZero(count: PodCount | undefined): boolean {
  return count === 0 || count === "0%";
}

/** A share of pods as Kubernetes counts it for a budget: rounded up. */
function podsOf(count: PodCount, all: number): number {
  return typeof count === "number" ? count : Math.ceil((Number.parseInt(count, 10) * all) / 100);
}

export function podCount(count: PodCount): k8s.IntOrString {
  return typeof count === "number" ? k8s.IntOrString.fromNumber(count) : k8s.IntOrString.fromString(count);
}
