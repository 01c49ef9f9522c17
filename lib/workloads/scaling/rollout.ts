import { type k8s } from "cdk8s-plus-28";
import type { Problem } from "../../core/findings";
import { checkKeys, show } from "../../core/keys";
import { type Duration, toSeconds } from "../../core/units";
import { checkSeconds, isWhole } from "./bounds";
import { checkPodCount, isZero, podCount, podsOf } from "./pods";
import type { Replicas, Rollout } from "./types";

const TIMING = ["minReady", "deadline", "history"] as const;
const SHARES = ["maxSurge", "maxUnavailable"] as const;

const DEFAULTS = { maxSurge: "25%", maxUnavailable: 0, minReady: 0, deadline: 600, history: 5 } as const;

/** How long Pulumi waits for a Deployment by itself, in seconds. */
const PULUMI_WAITS = 600;

/** What is wrong with how new pods are to take over. */
export function checkRollout(rollout: Rollout): Problem[] {
  const { strategy } = rollout;
  if (strategy !== "rolling" && strategy !== "recreate") {
    return [
      {
        rule: "rollout/strategy",
        message: `rollout.strategy ${show(strategy)} is not known`,
        fix: 'write "rolling" or "recreate"',
      },
    ];
  }
  const shares = strategy === "rolling" ? SHARES : [];
  return [
    ...checkKeys("rollout", rollout, ["strategy", ...shares, ...TIMING]),
    ...shares.flatMap((key) => checkPodCount(`rollout.${key}`, rollout[key])),
    ...checkStuck(rollout),
    ...checkTiming(rollout),
  ];
}

function checkStuck({ strategy, maxSurge, maxUnavailable }: Rollout): Problem[] {
  if (strategy !== "rolling" || !isZero(maxSurge) || !isZero(maxUnavailable ?? DEFAULTS.maxUnavailable)) return [];
  return [
    {
      rule: "rollout/stuck",
      message: "rollout.maxSurge and rollout.maxUnavailable are both zero, so no pod can ever be replaced",
      fix: "allow one of them",
    },
  ];
}

function checkTiming({ minReady, deadline, history }: Rollout): Problem[] {
  const problems = [...checkSeconds("rollout.minReady", minReady, 0), ...checkSeconds("rollout.deadline", deadline, 1)];
  if (history !== undefined && !isWhole(history, 0)) {
    problems.push({
      rule: "rollout/history",
      message: `rollout.history ${show(history)} is not a number of former versions`,
      fix: "use a whole number from 0",
    });
  }
  if (problems.length === 0 && seconds(deadline, DEFAULTS.deadline) <= seconds(minReady, DEFAULTS.minReady)) {
    problems.push({
      rule: "rollout/deadline",
      message: `rollout.minReady ${show(minReady)} is not shorter than rollout.deadline (${deadline === undefined ? "10m by default" : show(deadline)}), so every rollout would fail`,
      fix: "give it a longer deadline",
    });
  }
  return problems;
}

function seconds(duration: Duration | undefined, otherwise: number): number {
  return (duration === undefined ? undefined : toSeconds(duration)) ?? otherwise;
}

/** What a Deployment says of how new pods take over. */
export function rolloutFields(
  rollout: Rollout,
): Pick<k8s.DeploymentSpec, "strategy" | "minReadySeconds" | "progressDeadlineSeconds" | "revisionHistoryLimit"> {
  return {
    strategy:
      rollout.strategy === "recreate"
        ? { type: "Recreate" }
        : {
            type: "RollingUpdate",
            rollingUpdate: {
              maxSurge: podCount(rollout.maxSurge ?? DEFAULTS.maxSurge),
              maxUnavailable: podCount(rollout.maxUnavailable ?? DEFAULTS.maxUnavailable),
            },
          },
    ...(rollout.minReady === undefined ? {} : { minReadySeconds: seconds(rollout.minReady, DEFAULTS.minReady) }),
    progressDeadlineSeconds: seconds(rollout.deadline, DEFAULTS.deadline),
    revisionHistoryLimit: rollout.history ?? DEFAULTS.history,
  };
}

/**
 * Seconds that Pulumi is to wait for a rollout, so that Kubernetes is the first to say that it failed: pods take over in waves, each of
 * which waits for `minReady`. Undefined where the ten minutes that Pulumi waits by itself are enough.
 *
 * @see https://www.pulumi.com/registry/packages/kubernetes/installation-configuration/
 */
export function secondsToAwait(rollout: Rollout, replicas: Replicas): number | undefined {
  const all = typeof replicas === "number" ? replicas : replicas.max;
  const waves = Math.ceil(all / Math.max(1, podsAtOnce(rollout, all)));
  const longest = waves * seconds(rollout.minReady, DEFAULTS.minReady) + seconds(rollout.deadline, DEFAULTS.deadline);
  return longest > PULUMI_WAITS ? longest + 60 : undefined;
}

function podsAtOnce(rollout: Rollout, all: number): number {
  if (rollout.strategy === "recreate") return all;
  const { maxSurge, maxUnavailable } = { ...DEFAULTS, ...rollout };
  return (
    podsOf(maxSurge ?? DEFAULTS.maxSurge, all, "up") + podsOf(maxUnavailable ?? DEFAULTS.maxUnavailable, all, "down")
  );
}
