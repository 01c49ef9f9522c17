import type { Problem } from "../../core/findings";
import { show } from "../../core/keys";
import { type Duration, toSeconds } from "../../core/units";

/** The most that Kubernetes counts pods, seconds and failures to: 32 bits, with a sign. */
export const MOST = 2 ** 31 - 1;

/** Whether it is a whole number from `least` that Kubernetes can hold. */
export function isWhole(value: unknown, least: number): value is number {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= MOST;
}

/** Problems of a duration that is to be a whole number of seconds within bounds. */
export function checkSeconds(
  where: string,
  duration: Duration | undefined,
  least: number,
  most = Number.POSITIVE_INFINITY,
): Problem[] {
  if (duration === undefined) return [];
  const value = toSeconds(duration);
  if (isWhole(value, least) && value <= most) return [];
  const bounds = `from ${least} s${Number.isFinite(most) ? ` to ${most} s` : ""}`;
  return [
    {
      rule: "units/duration",
      message: `${where} ${show(duration)} is not a whole number of seconds ${bounds}`,
      fix: 'write "30s" or "5m"',
    },
  ];
}
