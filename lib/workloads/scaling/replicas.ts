import type { Problem } from "../../core/findings";
import { checkKeys, show } from "../../core/keys";
import { checkMetrics, checkSpeed } from "./autoscaler";
import { isWhole } from "./bounds";
import { checkTriggers } from "./trigger-checks";
import type { Replicas } from "./types";

const KEYS = ["min", "max", "cpu", "memory", "metrics", "triggers", "up", "down"];

/** Fewest pods that run while any run, so that budgets can be judged; none at all for what is stopped. */
export function fewestReplicas(replicas: Replicas): number {
  return typeof replicas === "number" ? replicas : Math.max(1, replicas.min);
}

/** What is wrong with a number of replicas, or a range of them. */
export function checkReplicas(replicas: Replicas): Problem[] {
  if (typeof replicas !== "object" || replicas === null)
    return isWhole(replicas, 0) ? [] : [impossible("replicas", replicas, "use a whole number from 0, or { min, max }")];
  const { min, max, metrics = {}, triggers = {}, up, down } = replicas;
  const problems = checkKeys("replicas", replicas, KEYS);
  if (!isWhole(min, 0)) problems.push(impossible("replicas.min", min, "use a whole number from 0"));
  const least = isWhole(min, 1) ? min : 1;
  if (!isWhole(max, least)) {
    const said = least === min ? `replicas.min (${min})` : "1";
    problems.push(impossible("replicas.max", max, `use a whole number from ${said}`));
  }
  for (const resource of ["cpu", "memory"] as const) {
    const target = replicas[resource];
    if (target !== undefined && (!isWhole(target, 1) || target > 100))
      problems.push(impossible(`replicas.${resource}`, target, "use a whole number of percent from 1 to 100"));
  }
  return [
    ...problems,
    ...checkMetrics(metrics),
    ...checkTriggers(triggers),
    ...checkSpeed("replicas.up", up),
    ...checkSpeed("replicas.down", down),
  ];
}

function impossible(where: string, value: unknown, fix: string): Problem {
  return { rule: "replicas/invalid", message: `${where} ${show(value)} is not possible`, fix };
}
