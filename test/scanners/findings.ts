// What scanners say, in one shape, and what is left of it after the exceptions that we stand by.
import type { KubernetesObject } from "../cluster/api.ts";

export type Scanner = "checkov" | "kube-score" | "pod-security";

export interface ScannedObject {
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name: string;
}

export interface Finding {
  readonly tool: Scanner;
  readonly rule: string;
  readonly object: ScannedObject;
  readonly message: string;
  /** checkov rates nothing without an account. */
  readonly severity: "critical" | "warning" | "unrated";
}

export interface RuleResult {
  readonly rule: string;
  readonly title: string;
  readonly passed: number;
  readonly failed: number;
}

export interface Scan {
  readonly tool: Scanner;
  /** What was scanned, as `acme/prod/eu`. */
  readonly place: string;
  readonly version: string;
  /** The flags it was run with, without the files. */
  readonly flags: readonly string[];
  /** Objects that at least one check looked at. Never empty: then `scan.ts` throws. */
  readonly objects: readonly ScannedObject[];
  /** Every check that ran. */
  readonly rules: readonly RuleResult[];
  readonly findings: readonly Finding[];
}

/** A rule that we do not follow, and why. What it does not say, it does not ask: without `kinds`, objects of every kind. */
export interface Exception {
  readonly tool: Scanner;
  readonly rule: string;
  /** A part of the finding's message, for rules that ask for several things. */
  readonly message?: string;
  readonly kinds?: readonly string[];
  /** Objects, as `Deployment shop/checkout`. */
  readonly objects?: readonly string[];
  readonly places?: readonly string[];
  readonly reason: string;
}

/** A finding, and where it is. */
export interface PlacedFinding extends Finding {
  readonly place: string;
}

export interface Report {
  readonly open: readonly PlacedFinding[];
  readonly excepted: readonly { readonly finding: PlacedFinding; readonly exception: Exception }[];
  /** Exceptions that nothing needs any more: to be removed. */
  readonly unusedExceptions: readonly Exception[];
}

export function report(scans: readonly Scan[], exceptions: readonly Exception[]): Report {
  const open: PlacedFinding[] = [];
  const excepted: { finding: PlacedFinding; exception: Exception }[] = [];
  const findings = scans.flatMap((scan) => scan.findings.map((each) => ({ ...each, place: scan.place })));
  // Scanners list objects in any order; the same findings should make the same report.
  for (const finding of findings.sort((a, b) => compare(keyOf(a), keyOf(b)))) {
    const exception = exceptions.find((each) => covers(each, finding));
    if (exception === undefined) open.push(finding);
    else excepted.push({ finding, exception });
  }
  const used = new Set(excepted.map(({ exception }) => exception));
  return { open, excepted, unusedExceptions: exceptions.filter((exception) => !used.has(exception)) };
}

const keyOf = ({ tool, rule, place, object, message }: PlacedFinding): string =>
  [tool, rule, place, objectName(object), message].join("\n");

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

function covers(exception: Exception, finding: PlacedFinding): boolean {
  const { tool, rule, message = "", kinds, objects, places } = exception;
  return (
    tool === finding.tool &&
    rule === finding.rule &&
    finding.message.includes(message) &&
    (kinds?.includes(finding.object.kind) ?? true) &&
    (objects?.includes(objectName(finding.object)) ?? true) &&
    (places?.includes(finding.place) ?? true)
  );
}

export const objectName = ({ kind, namespace, name }: ScannedObject): string =>
  `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;

export const refOf = ({ kind, metadata }: KubernetesObject): ScannedObject => ({
  kind,
  namespace: metadata.namespace,
  name: metadata.name,
});

/** One scan per tool, of all places together. */
function byTool(scans: readonly Scan[]): Scan[] {
  const merged = new Map<Scanner, Scan>();
  for (const scan of scans) {
    const before = merged.get(scan.tool);
    if (before === undefined) merged.set(scan.tool, scan);
    else {
      merged.set(scan.tool, {
        ...before,
        place: `${before.place}, ${scan.place}`,
        objects: [...before.objects, ...scan.objects],
        rules: mergeRules([...before.rules, ...scan.rules]),
        findings: [...before.findings, ...scan.findings],
      });
    }
  }
  return [...merged.values()];
}

/** Results of the same rule added up, in order of its name. */
export function mergeRules(results: readonly RuleResult[]): RuleResult[] {
  const rules = new Map<string, RuleResult>();
  for (const result of results) {
    const { passed, failed } = rules.get(result.rule) ?? { passed: 0, failed: 0 };
    rules.set(result.rule, { ...result, passed: passed + result.passed, failed: failed + result.failed });
  }
  return [...rules.values()].sort((a, b) => a.rule.localeCompare(b.rule, "en", { numeric: true }));
}

/** What was run and what came of it, in a few lines: "no finding" means little without the checks that ran. */
export function summary(scans: readonly Scan[], { open, excepted }: Report): string {
  const lines = ["| scanner | run as | objects | checks run | clean | passed | open | excepted |"];
  lines.push("|---|---|---|---|---|---|---|---|");
  for (const { tool, version, flags, objects, rules } of byTool(scans)) {
    const cells = [
      `${tool} ${version}`,
      `\`${flags.join(" ")}\``,
      objects.length,
      rules.length,
      rules.filter(({ failed }) => failed === 0).length,
      rules.reduce((sum, rule) => sum + rule.passed, 0),
      open.filter((finding) => finding.tool === tool).length,
      excepted.filter(({ finding }) => finding.tool === tool).length,
    ];
    lines.push(`| ${cells.join(" | ")} |`);
  }
  return lines.join("\n");
}

/** The report as a page to read. */
export function markdown(scans: readonly Scan[], result: Report): string {
  const { open, excepted, unusedExceptions } = result;
  const places = [...new Set(scans.map(({ place }) => place))].join(", ");
  const lines = ["# What scanners say about the rendered manifests", "", `Scanned: ${places}.`, ""];
  lines.push(summary(scans, result), "", `## Open: ${open.length}`, "");
  for (const { tool, rule, object, place, message, severity } of open)
    lines.push(`- **${tool} ${rule}** (${severity}) ${objectName(object)} in ${place}: ${message}`);
  lines.push("", `## Excepted: ${excepted.length}`, "");
  for (const exception of new Set(excepted.map((each) => each.exception))) {
    const objects = excepted
      .filter((each) => each.exception === exception)
      .map(({ finding: { object, place } }) => `${objectName(object)} in ${place}`);
    lines.push(`- ${exceptionName(exception)}, ${objects.length} times: ${exception.reason}`);
    lines.push(`  (${[...new Set(objects)].join("; ")})`);
  }
  if (unusedExceptions.length > 0) lines.push("", "## Exceptions that nothing needs", "");
  for (const exception of unusedExceptions) lines.push(`- ${exceptionName(exception)}: ${exception.reason}`);
  lines.push("", "## Checks that ran", "");
  for (const { tool, rules } of byTool(scans)) {
    lines.push(`### ${tool}`, "", "| rule | passed | failed | what it asks |", "|---|---|---|---|");
    for (const { rule, passed, failed, title } of rules) lines.push(`| ${rule} | ${passed} | ${failed} | ${title} |`);
    lines.push("");
  }
  return `${lines.join("\n").trimEnd()}\n`;
}

const exceptionName = ({ tool, rule, message }: Exception): string =>
  `**${tool} ${rule}**${message === undefined ? "" : ` ("${message}")`}`;

/** The same for programs. */
export function json(scans: readonly Scan[], result: Report): string {
  return `${JSON.stringify({ scans, ...result }, null, 2)}\n`;
}
