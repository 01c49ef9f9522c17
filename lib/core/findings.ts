/** How much a finding matters: an `error` stops deploying and rendering, a `warning` does not, an `info` is for those who ask. */
export type Severity = "error" | "warning" | "info";

/** Where in the program something was declared, relative to its npm package, so that every machine says the same. */
export interface SourceLocation {
  /** Name of the npm package (or of its folder, where it has no name). */
  readonly package: string;
  /** Path of the file inside the package, with forward slashes. */
  readonly file: string;
  /** First line is 1. */
  readonly line: number;
}

/** One result of a check. */
export interface Finding {
  /** Stable name of the rule, as in `image/mutable`. */
  readonly rule: string;
  /** How much it matters. */
  readonly severity: Severity;
  /** Path of the construct that it is about. */
  readonly path: string;
  /** What is wrong, with the value. */
  readonly message: string;
  /** What to do about it. */
  readonly fix: string;
  /** Who is to act: a tenant's owner, or `platform`. */
  readonly owner: string;
  /** Where the construct was declared, when that is known. */
  readonly source?: SourceLocation | undefined;
}

/** What a pure check says; the construct that asked adds its path, owner and source. */
export interface Problem {
  /** Stable name of the rule, as in `image/mutable`. */
  readonly rule: string;
  /** How much it matters. @default "error" */
  readonly severity?: Severity | undefined;
  /** What is wrong, with the value. */
  readonly message: string;
  /** What to do about it. */
  readonly fix: string;
}

const RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };

/** Sorts by severity, path, rule and message, so that a report does not depend on the order of construction. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  return [...findings].sort(
    (a, b) =>
      RANK[a.severity] - RANK[b.severity] ||
      compare(a.path, b.path) ||
      compare(a.rule, b.rule) ||
      compare(a.message, b.message),
  );
}

/**
 * Findings that say the same of several constructs, as of one in several environments, together: the most severe first, whatever the
 * environment.
 */
export function foldFindings(findings: readonly Finding[]): (readonly [Finding, ...Finding[]])[] {
  const alike = new Map<string, [Finding, ...Finding[]]>();
  for (const finding of sortFindings(findings)) {
    const { severity, rule, message, fix, owner } = finding;
    const key = [severity, rule, message, fix, owner].join("\0");
    const known = alike.get(key);
    if (known) known.push(finding);
    else alike.set(key, [finding]);
  }
  return [...alike.values()];
}

/** Orders strings by code unit: the same on every machine, whatever its locale. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `index.ts:12 in @acme/shop`, for people. */
export function formatSource(source: SourceLocation): string {
  return `${source.package}/${source.file}:${source.line}`;
}

/** One finding as lines of text, without color. */
export function formatFinding(finding: Finding): string {
  const lines = [`${finding.severity}: ${finding.path}: ${finding.message} (${finding.rule})`, `  fix: ${finding.fix}`];
  if (finding.source) lines.push(`  at: ${formatSource(finding.source)}`);
  return lines.join("\n");
}
