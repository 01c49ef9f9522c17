import type { Problem } from "../../core/findings";
import { checkKeys, show } from "../../core/keys";
import { isPlainObject } from "../../core/merge";
import { isOutput } from "../../core/tokens";
import { checkMetrics, checkSpeed } from "./autoscaler";
import { isWhole } from "./bounds";
import { checkTriggers } from "./trigger-checks";
import type { Replicas } from "./types";

const KEYS = ["min", "max", "cpu", "memory", "metrics", "triggers", "up", "down"];

/** Of what is requested, more CPU can be used, as there is no limit by default; more memory is a reason to end. */
const MOST_PERCENT = { cpu: 1000, memory: 100 } as const;

/** Fewest pods that run while any run, so that budgets can be judged; none at all for what is stopped. */
export function fewestReplicas(replicas: Replicas): number {
  return typeof replicas === "number" ? replicas : Math.max(1, replicas.min);
}

/** Most pods that ever run. */
export function mostReplicas(replicas: Replicas): number {
  return typeof replicas === "number" ? replicas : replicas.max;
}

/** What is wrong with a number of replicas, or a range of them. */
export function checkReplicas(replicas: Replicas): Problem[] {
  if (typeof replicas !== "object" || replicas === null || isOutput(replicas))
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
    const [target, most] = [replicas[resource], MOST_PERCENT[resource]];
    if (target !== undefined && (!isWhole(target, 1) || target > most))
      problems.push(impossible(`replicas.${resource}`, target, `use a whole number of percent from 1 to ${most}`));
  }
  return [
    ...problems,
    ...checkMetrics(metrics),
    ...checkTriggers(triggers),
    ...checkSpeed("replicas.up", up),
    ...checkSpeed("replicas.down", down),
  ];
}

/** A transform that says a number which an autoscaler moves: each deployment would undo what that did. */
export function checkPatchedReplicas(patch: unknown): Problem[] {
  const spec = isPlainObject(patch) ? patch["spec"] : undefined;
  const replicas = isPlainObject(spec) ? spec["replicas"] : undefined;
  if (replicas === undefined || replicas === null) return [];
  return [
    {
      rule: "replicas/transform",
      severity: "warning",
      message: `transform.deployment says ${show(replicas)} replicas, which an autoscaler moves: each deployment would undo what it did`,
      fix: "say in replicas how many there are",
    },
  ];
}

function impossible(where: string, value: unknown, fix: string): Problem {
  return { rule: "replicas/invalid", message: `${where} ${show(value)} is not possible`, fix };
}
