import { type k8s } from "cdk8s-plus-28";
import type { Problem } from "../../core/findings";
import { checkKeys, show } from "../../core/keys";
import { type Duration, toSeconds } from "../../core/units";
import type { Scheduling } from "../pod/scheduling-types";
import { checkSeconds, isWhole } from "./bounds";
import { checkPodCount, isZero, podCount, podsOf } from "./pods";
import { mostReplicas } from "./replicas";
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

/**
 * Whether a pod may take longer to start than a rollout may make no progress: it would count as failed while all is well. What has no
 * startup probe is not known to take any time.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#progress-deadline-seconds
 */
export function checkProgress({ minReady, deadline }: Rollout, startup: k8s.Probe | undefined): Problem[] {
  if (!startup) return [];
  const { initialDelaySeconds = 0, periodSeconds = 10, failureThreshold = 3 } = startup;
  const toStart = initialDelaySeconds + periodSeconds * failureThreshold;
  const toStay = seconds(minReady, DEFAULTS.minReady);
  if (toStart + toStay <= seconds(deadline, DEFAULTS.deadline)) return [];
  return [
    {
      rule: "rollout/too-short",
      severity: "warning",
      message: `rollout.deadline (${deadline === undefined ? "10m by default" : show(deadline)}) may end while new pods still start: health.startup gives them ${toStart} s${toStay > 0 ? `, and rollout.minReady ${toStay} s` : ""}`,
      fix: `make it deadline: "${toStart + toStay}s", or let health.startup give up sooner`,
    },
  ];
}

/**
 * Whether new pods need a zone beside those of all old ones, which there may not be.
 *
 * @param names - how the workload is called in `apart`
 */
export function checkRoom(
  rollout: Rollout,
  replicas: Replicas,
  apart: Scheduling["apart"],
  names: readonly string[],
): Problem[] {
  const pods = mostReplicas(replicas);
  const isAlone = names.some((name) => apart?.[name]?.within === "zone" && apart[name].required === true);
  if (!isAlone || rollout.strategy !== "rolling" || pods < 2) return [];
  if (podsOf(rollout.maxUnavailable ?? DEFAULTS.maxUnavailable, pods, "down") > 0) return [];
  return [
    {
      rule: "rollout/no-room",
      severity: "warning",
      message: `scheduling.apart allows one pod in a zone, and no old pod goes before a new one is ready: ${pods} pods take over only where there are more than ${pods} zones`,
      fix: 'allow rollout: { strategy: "rolling", maxUnavailable: 1 }, or use spread: { zones: "required" } instead',
    },
  ];
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
  const all = mostReplicas(replicas);
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
