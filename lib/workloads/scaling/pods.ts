import { k8s } from "cdk8s-plus-28";
import type { Problem } from "../../core/findings";
import { show } from "../../core/keys";
import { isWhole } from "./bounds";
import type { PodCount } from "./types";

/** Problems of a number of pods, or a share of them; some places take shares above 100 %. */
export function checkPodCount(where: string, count: PodCount | undefined, mostPercent = 100): Problem[] {
  if (count === undefined) return [];
  const percent = percentOf(count);
  if (percent === undefined ? isWhole(count, 0) : percent <= mostPercent) return [];
  return [
    {
      rule: "pods/count",
      message: `${where} ${show(count)} is not a number of pods`,
      fix: 'use a whole number from 0, or a share as in "25%"',
    },
  ];
}

/** The whole number of percent that a share is; undefined for what is no share. */
export function percentOf(count: PodCount): number | undefined {
  const share = typeof count === "string" ? /^(0|[1-9]\d{0,8})%$/.exec(count)?.[1] : undefined;
  return share === undefined ? undefined : Number(share);
}

export function isZero(count: PodCount | undefined): boolean {
  return count === 0 || count === "0%";
}

/**
 * A number of pods, or a share of all of them, as Kubernetes counts it: shares are rounded up for surges and budgets, down for pods that
 * may be missing while a rollout goes on.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-update-deployment
 */
export function podsOf(count: PodCount, all: number, round: "up" | "down"): number {
  const percent = percentOf(count);
  if (percent === undefined) return count as number;
  return (round === "up" ? Math.ceil : Math.floor)((percent * all) / 100);
}

export function podCount(count: PodCount): k8s.IntOrString {
  return typeof count === "number" ? k8s.IntOrString.fromNumber(count) : k8s.IntOrString.fromString(count);
}
