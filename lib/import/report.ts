import { said } from "./json";
import type { Finding } from "../core/findings";
import { FIELD_RULES } from "./field-rules";
import type { Account, Translation } from "./model";
import type { Explained, Proof, Unexplained } from "./proof/prove";
import { RULES } from "./proof/rules";

/** One field of an input that is not Kubernetes', and what became of it. */
export interface FieldReport {
  /** As in `services.web.ports`. */
  readonly path: string;
  readonly fate: "expressed" | "changed" | "not-expressible";
  /** By which rule, or why not. */
  readonly note?: string | undefined;
}

/** What an import says of itself, as data. */
export interface ImportReport {
  readonly from: "kubernetes" | "score" | "compose";
  readonly sources: readonly string[];
  readonly out: string;
  readonly written: readonly string[];
  readonly lines: { readonly input: number; readonly program: number };
  readonly constructs: readonly { readonly type: string; readonly id: string; readonly objects: readonly string[] }[];
  readonly kept: readonly { readonly object: string; readonly file: string; readonly reason: string }[];
  readonly notDeployed: readonly { readonly object: string; readonly file: string; readonly rule: string }[];
  readonly rules: readonly (Explained & { readonly sentence: string })[];
  readonly added: Proof["added"];
  readonly unexplained: readonly Unexplained[];
  /** Of inputs that are not Kubernetes': each field. */
  readonly fields: readonly FieldReport[];
  readonly hints: readonly string[];
  readonly findings: readonly Finding[];
}

/** What became of the objects, by construct. */
export function constructsOf(accounts: readonly Account[]): ImportReport["constructs"] {
  const byConstruct = new Map<string, { type: string; id: string; objects: string[] }>();
  for (const { fate, id } of accounts) {
    if (fate.kind !== "construct") continue;
    const key = `${fate.type} ${fate.id}`;
    const known = byConstruct.get(key) ?? { type: fate.type, id: fate.id, objects: [] };
    known.objects.push(id);
    byConstruct.set(key, known);
  }
  return [...byConstruct.values()];
}

/** Puts a report together. */
export function makeReport(
  given: Pick<ImportReport, "from" | "sources" | "out" | "written" | "lines" | "fields"> & {
    readonly hints: readonly string[];
  },
  translation: Translation,
  proof: Proof,
): ImportReport {
  const { accounts } = translation;
  return {
    ...given,
    constructs: constructsOf(accounts),
    kept: accounts.flatMap(({ id, fate }) =>
      fate.kind === "kept" ? [{ object: id, file: fate.file, reason: fate.reason }] : [],
    ),
    notDeployed: accounts.flatMap(({ id, fate }) =>
      fate.kind === "aside" ? [{ object: id, file: fate.file, rule: fate.rule }] : [],
    ),
    rules: proof.explained.map((explained) => ({
      ...explained,
      sentence: RULES.find(({ name }) => name === explained.rule)?.sentence ?? "",
    })),
    added: proof.added,
    unexplained: proof.unexplained,
    hints: [...translation.hints, ...given.hints],
    findings: proof.findings,
  };
}

/** Whether somebody has to look at it before the program can be used. */
export function hasFaults({ unexplained, findings }: ImportReport): boolean {
  return unexplained.length > 0 || findings.some(({ severity }) => severity === "error");
}

/** The report as Markdown. */
export function reportText(report: ImportReport): string {
  const { constructs, kept, notDeployed, rules, unexplained, fields, hints, findings, added } = report;
  const objects = constructs.reduce((sum, each) => sum + each.objects.length, 0);
  const all = objects + kept.length + notDeployed.length;
  const lines = [
    "# What was imported",
    "",
    `From ${report.sources.map(code).join(", ")}: ${all} objects, of which ${objects} became ${constructs.length} constructs, ${kept.length} stay as they were and ${notDeployed.length} are not deployed. ${report.lines.input} lines of input are ${report.lines.program} lines of program.`,
    "",
    unexplained.length === 0
      ? `The objects that the program renders are those of the input, but for ${notDeployed.length > 0 ? "what is not deployed and " : ""}the differences below, each of which is meant to be.`
      : `**${unexplained.length} differences are not explained:** look at them before you use the program.`,
    "",
    ...table(
      "Differences that nothing explains",
      ["Object", "Field", "Before", "After"],
      unexplained.map(({ object, path, before, after }) => [code(object), code(path), value(before), value(after)]),
    ),
    ...table(
      "What Flagstone says of the program",
      ["Severity", "Where", "What", "Fix"],
      findings.map(({ severity, path, message, fix, rule }) => [severity, code(path), `${message} (${rule})`, fix]),
    ),
    ...list("What to look at", hints),
    ...table(
      "Constructs",
      ["Construct", "From"],
      constructs.map(({ type, id, objects: from }) => [`${type} ${code(id)}`, from.map(code).join(", ")]),
    ),
    ...table(
      "What stays as it was",
      ["Object", "File", "Why"],
      kept.map(({ object, file, reason }) => [code(object), code(`kept/${file}`), reason]),
    ),
    ...table(
      "What is not deployed",
      ["Object", "File", "Rule"],
      notDeployed.map(({ object, file, rule }) => [code(object), code(`not-deployed/${file}`), rule]),
    ),
    ...table(
      "Intended differences",
      ["Rule", "Fields", "Why"],
      rules.map(({ rule, fields: count, sentence }) => [code(rule), said(count), sentence]),
    ),
    ...table(
      "Fields of the input that are gone or other",
      ["Rule", "Object", "Field"],
      rules.flatMap(({ rule, lost }) => lost.map(({ object, path }) => [code(rule), code(object), code(path)])),
    ),
    ...table("Objects that the input does not have", ["Rule", "Objects"], byRule(added)),
    ...table(
      "Fields",
      ["Field", "What became of it", "Note"],
      fields.map(({ path, fate, note }) => [
        code(path),
        FATES[fate],
        fate === "changed" ? code(note ?? "") : (note ?? ""),
      ]),
    ),
    ...table("Rules of changed fields", ["Rule", "How"], fieldRules(fields)),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}

function fieldRules(fields: readonly FieldReport[]): string[][] {
  const names = [
    ...new Set(fields.flatMap(({ fate, note }) => (fate === "changed" && note !== undefined ? [note] : []))),
  ].sort();
  return names.map((name) => [code(name), FIELD_RULES[name] ?? ""]);
}

const FATES: Readonly<Record<FieldReport["fate"], string>> = {
  expressed: "expressed",
  changed: "changed",
  "not-expressible": "**not expressible**",
};

function byRule(added: Proof["added"]): string[][] {
  const rules = [...new Set(added.map(({ rule }) => rule))];
  return rules.map((rule) => [
    code(rule),
    added
      .filter((each) => each.rule === rule)
      .map(({ object }) => code(object))
      .join(", "),
  ]);
}

function table(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  return [`## ${title}`, "", line(head), line(head.map(() => "---")), ...rows.map(line), ""];
}

function list(title: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : [`## ${title}`, "", ...items.map((item) => `- ${item}`), ""];
}

function code(text: string): string {
  return text === "" ? "" : `\`${text}\``;
}

function value(data: unknown): string {
  if (data === undefined) return "nothing";
  const text = JSON.stringify(data);
  return code(text.length > 80 ? `${text.slice(0, 79)}…` : text);
}
