import type { Code } from "./write/code";

// https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
const UNITS: Readonly<Record<string, bigint>> = {
  n: 1n,
  u: 1_000n,
  m: 1_000_000n,
  "": 1_000_000_000n,
  k: 10n ** 12n,
  M: 10n ** 15n,
  G: 10n ** 18n,
  T: 10n ** 21n,
  P: 10n ** 24n,
  E: 10n ** 27n,
  Ki: 2n ** 10n * 10n ** 9n,
  Mi: 2n ** 20n * 10n ** 9n,
  Gi: 2n ** 30n * 10n ** 9n,
  Ti: 2n ** 40n * 10n ** 9n,
  Pi: 2n ** 50n * 10n ** 9n,
  Ei: 2n ** 60n * 10n ** 9n,
};

/** A quantity of Kubernetes in billionths, or undefined where it is none. */
export function billionths(quantity: unknown): bigint | undefined {
  const text = typeof quantity === "number" ? String(quantity) : quantity;
  if (typeof text !== "string") return undefined;
  const match = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d{1,2}))?$/.exec(text);
  if (!match) return undefined;
  const [, sign = "", digits = "0", unit = "", exponent] = match;
  const [whole = "", fraction = ""] = digits.split(".");
  const scale = exponent === undefined ? (UNITS[unit] ?? 1n) : 10n ** BigInt(Math.max(0, 9 + Number(exponent)));
  const value =
    (BigInt(`${whole}${fraction}` === "" ? "0" : `${whole}${fraction}`) * scale) / 10n ** BigInt(fraction.length);
  return sign === "-" ? -value : value;
}

/** The same text for the same quantity, however it was written. */
export function canonical(quantity: unknown): string {
  const value = billionths(quantity);
  if (value === undefined) return String(quantity);
  const whole = value / 1_000_000_000n;
  const rest = value % 1_000_000_000n;
  return rest === 0n ? String(whole) : `${whole}.${String(rest).padStart(9, "0").replace(/0+$/, "")}`;
}

/** CPU as Flagstone takes it; undefined where it is finer than a thousandth of a core. */
export function cpuCode(quantity: unknown): string | number | undefined {
  const value = billionths(quantity);
  if (value === undefined || value <= 0n || value % 1_000_000n !== 0n) return undefined;
  const thousandths = Number(value / 1_000_000n);
  return thousandths % 1000 === 0 ? thousandths / 1000 : `${thousandths}m`;
}

/** Memory or storage as Flagstone takes it; undefined where it is not whole in kibibytes. */
export function bytesCode(quantity: unknown): string | undefined {
  const value = billionths(quantity);
  const kibibyte = UNITS["Ki"] ?? 1n;
  if (value === undefined || value <= 0n || value % kibibyte !== 0n) return undefined;
  for (const unit of ["Ti", "Gi", "Mi"]) {
    const size = UNITS[unit] ?? 1n;
    if (value % size === 0n) return `${value / size}${unit}`;
  }
  return `${value / kibibyte}Ki`;
}

/** The nearest quantity from above that Flagstone takes, as Kubernetes writes it. */
export function roundedUp(quantity: unknown, of: "cpu" | "bytes"): string | undefined {
  const value = billionths(quantity);
  const step = of === "cpu" ? 1_000_000n : (UNITS["Ki"] ?? 1n);
  if (value === undefined || value <= 0n) return undefined;
  const steps = (value + step - 1n) / step;
  return of === "cpu" ? `${steps}m` : `${steps}Ki`;
}

/** Seconds as Flagstone takes them. */
export function secondsCode(seconds: unknown): Code | undefined {
  if (typeof seconds !== "number" || !Number.isInteger(seconds) || seconds < 0) return undefined;
  if (seconds > 0 && seconds % 86_400 === 0) return `${seconds / 86_400}d`;
  if (seconds > 0 && seconds % 3600 === 0) return `${seconds / 3600}h`;
  if (seconds > 0 && seconds % 60 === 0) return `${seconds / 60}m`;
  return `${seconds}s`;
}
