import { Duration as Cdk8sDuration, Size as Cdk8sSize } from "cdk8s";
import type { Cpu as Cdk8sCpu } from "cdk8s-plus-28";

/** A length of time: `"30s"`, `"5m"`, `"1h"`, `"3d"`, `"500ms"`, or cdk8s's `Duration`. A bare number has no unit, and is refused. */
export type Duration = `${number}${"ms" | "s" | "m" | "h" | "d"}` | Cdk8sDuration;

/**
 * An amount of CPU: `"250m"` (thousandths of a core), a number of cores, or cdk8s-plus's `Cpu`.
 *
 * @see https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#meaning-of-cpu
 */
export type Cpu = `${number}m` | number | Cdk8sCpu;

/**
 * An amount of memory or storage in powers of 1024 bytes: `"64Mi"`, `"1Gi"`, or cdk8s's `Size`.
 *
 * @see https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#meaning-of-memory
 */
export type Bytes = `${number}${"Ki" | "Mi" | "Gi" | "Ti"}` | Cdk8sSize;

/** A whole number of percent, from 1 to 100. */
export type Percent = number;

const MILLISECONDS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const KIBIBYTES = { Ki: 1, Mi: 1024, Gi: 1024 ** 2, Ti: 1024 ** 3 } as const;

/**
 * Whole seconds of a duration, which is how Kubernetes counts.
 *
 * @returns undefined when it is not a duration, or not a whole number of seconds
 */
export function toSeconds(duration: Duration): number | undefined {
  const milliseconds = toMilliseconds(duration);
  return milliseconds === undefined || milliseconds % 1000 !== 0 ? undefined : milliseconds / 1000;
}

/** @returns undefined when it is not a duration, or not a whole number of milliseconds */
export function toMilliseconds(duration: Duration): number | undefined {
  if (duration instanceof Cdk8sDuration) return duration.toMilliseconds();
  const match = typeof duration === "string" ? /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(duration) : null;
  if (!match) return undefined;
  const milliseconds = Number(match[1]) * MILLISECONDS[match[2] as keyof typeof MILLISECONDS];
  return Number.isSafeInteger(milliseconds) ? milliseconds : undefined;
}

/** @returns thousandths of a core, or undefined when it is not an amount of CPU above zero */
export function toMillicores(cpu: Cpu): number | undefined {
  if (typeof cpu === "number") return positiveInteger(Math.round(cpu * 1e6) / 1e3);
  const text = typeof cpu === "string" ? cpu : String((cpu as { amount?: unknown } | undefined)?.amount);
  const match = /^(\d+)(m?)$/.exec(text);
  if (!match) return undefined;
  return positiveInteger(Number(match[1]) * (match[2] === "m" ? 1 : 1000));
}

/** @returns kibibytes, or undefined when it is not an amount of memory above zero that is whole in kibibytes */
export function toKibibytes(bytes: Bytes): number | undefined {
  if (bytes instanceof Cdk8sSize) return positiveInteger(bytes.toKibibytes());
  const match = typeof bytes === "string" ? /^(\d+(?:\.\d+)?)(Ki|Mi|Gi|Ti)$/.exec(bytes) : null;
  if (!match) return undefined;
  return positiveInteger(Number(match[1]) * KIBIBYTES[match[2] as keyof typeof KIBIBYTES]);
}

function positiveInteger(value: number): number | undefined {
  return Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

/** As Kubernetes itself would print it: `2`, `250m`. */
export function formatMillicores(millicores: number): string {
  return millicores % 1000 === 0 ? String(millicores / 1000) : `${millicores}m`;
}

/** As Kubernetes itself would print it: the largest unit that keeps the number whole. */
export function formatKibibytes(kibibytes: number): string {
  for (const unit of ["Ti", "Gi", "Mi"] as const) {
    if (kibibytes % KIBIBYTES[unit] === 0) return `${kibibytes / KIBIBYTES[unit]}${unit}`;
  }
  return `${kibibytes}Ki`;
}
