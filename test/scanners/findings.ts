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
  readonly version: string;
  /** The flags it was run with, without the files. */
  readonly flags: readonly string[];
  /** Objects that at least one check looked at. Never empty: then `scan.ts` throws. */
  readonly objects: readonly ScannedObject[];
  /** Every check that ran. */
  readonly rules: readonly RuleResult[];
  readonly findings: readonly Finding[];
}

/** A rule that we do not follow, and why. Without `kinds` for objects of every kind. */
export interface Exception {
  readonly tool: Scanner;
  readonly rule: string;
  readonly kinds?: readonly string[];
  readonly reason: string;
}

export interface Report {
  readonly open: readonly Finding[];
  readonly excepted: readonly { readonly finding: Finding; readonly reason: string }[];
  /** Exceptions that nothing needs any more: to be removed. */
  readonly unusedExceptions: readonly Exception[];
}

export function report(scans: readonly Scan[], exceptions: readonly Exception[]): Report {
  const open: Finding[] = [];
  const excepted: { finding: Finding; reason: string }[] = [];
  const used = new Set<Exception>();
  for (const finding of scans.flatMap(({ findings }) => findings)) {
    const exception = exceptions.find(
      ({ tool, rule, kinds }) =>
        tool === finding.tool && rule === finding.rule && (kinds?.includes(finding.object.kind) ?? true),
    );
    if (exception === undefined) open.push(finding);
    else {
      used.add(exception);
      excepted.push({ finding, reason: exception.reason });
    }
  }
  return { open, excepted, unusedExceptions: exceptions.filter((exception) => !used.has(exception)) };
}

export const objectName = ({ kind, namespace, name }: ScannedObject): string =>
  `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;

export const refOf = ({ kind, metadata }: KubernetesObject): ScannedObject => ({
  kind,
  namespace: metadata.namespace,
  name: metadata.name,
});

/** The report as a page to read, with what was run: "no finding" means little without it. */
export function markdown(scans: readonly Scan[], { open, excepted, unusedExceptions }: Report): string {
  const lines = ["# What scanners say about the rendered manifests", ""];
  lines.push("| scanner | run as | objects | checks run | clean | passed |", "|---|---|---|---|---|---|");
  for (const { tool, version, flags, objects, rules } of scans) {
    const clean = rules.filter(({ failed }) => failed === 0).length;
    const passed = rules.reduce((sum, rule) => sum + rule.passed, 0);
    const ran = `${rules.length} | ${clean} | ${passed}`;
    lines.push(`| ${tool} ${version} | \`${flags.join(" ")}\` | ${objects.length} | ${ran} |`);
  }
  lines.push("", `## Open: ${open.length}`, "");
  for (const { tool, rule, object, message, severity } of open)
    lines.push(`- **${tool} ${rule}** (${severity}) ${objectName(object)}: ${message}`);
  lines.push("", `## Excepted: ${excepted.length}`, "");
  const groups = new Map<string, { reason: string; objects: string[] }>();
  for (const { finding, reason } of excepted) {
    const key = `${finding.tool} ${finding.rule}`;
    const group = groups.get(key) ?? { reason, objects: [] };
    group.objects.push(objectName(finding.object));
    groups.set(key, group);
  }
  for (const [key, { reason, objects }] of groups)
    lines.push(`- **${key}**, ${objects.length} times: ${reason} (${[...new Set(objects)].join(", ")})`);
  if (unusedExceptions.length > 0) lines.push("", "## Exceptions that nothing needs", "");
  for (const { tool, rule, reason } of unusedExceptions) lines.push(`- ${tool} ${rule}: ${reason}`);
  lines.push("", "## Checks that ran", "");
  for (const { tool, rules } of scans) {
    lines.push(`### ${tool}`, "", "| rule | passed | failed | what it asks |", "|---|---|---|---|");
    for (const { rule, passed, failed, title } of rules) lines.push(`| ${rule} | ${passed} | ${failed} | ${title} |`);
    lines.push("");
  }
  return `${lines.join("\n").trimEnd()}\n`;
}

/** The same for programs. */
export function json(scans: readonly Scan[], result: Report): string {
  return `${JSON.stringify({ scans, ...result }, null, 2)}\n`;
}
