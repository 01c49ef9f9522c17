import { type Finding, formatFinding, sortFindings } from "./findings";

/**
 * Everything that is wrong with a program, in one error.
 *
 * Its message lists every finding with construct path, value and fix; `findings` holds them as data.
 */
export class FlagstoneError extends Error {
  public override readonly name = "FlagstoneError";
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
