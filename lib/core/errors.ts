import { type Finding, formatFinding, sortFindings } from "./findings";

/**
 * Everything that is wrong with a program, in one error.
 *
 * Its message lists every finding with construct path, value and fix; `findings` holds them as data. Wrong arguments of constructs do not
 * throw one each: they are recorded, and reported together before anything is deployed or rendered. What makes going on impossible
 * throws at once.
 *
 * @example
 * ```ts
 * import { FlagstoneError } from "flagstone";
 *
 * export const rulesOf = (thrown: unknown): string[] =>
 *   thrown instanceof FlagstoneError ? thrown.findings.map(({ rule }) => rule) : [];
 * ```
 */
export class FlagstoneError extends Error {
  /** Tells it from other errors, across copies of this package too. */
  public override readonly name = "FlagstoneError";
  /** Sorted by severity, path and rule; empty where the summary says it all. */
  public readonly findings: readonly Finding[];

  public constructor(summary: string, findings: readonly Finding[] = []) {
    const sorted = sortFindings(findings);
    super([summary, ...sorted.map(formatFinding)].join("\n"));
    this.findings = sorted;
    // Pulumi prints the message of such an error without a stack trace, which would be all inside of this library.
    Object.defineProperty(this, "__pulumiRunError", { value: true });
  }
}

/** `2 errors, 1 warning` */
export function countFindings(findings: readonly Finding[]): string {
  const parts = (["error", "warning", "info"] as const).flatMap((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    if (count === 0) return [];
    return [`${count} ${severity}${count === 1 || severity === "info" ? "" : "s"}`];
  });
  return parts.length === 0 ? "no findings" : parts.join(", ");
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
