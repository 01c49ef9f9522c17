import { relative } from "node:path";
import { stripVTControlCharacters, styleText } from "node:util";
import { countFindings } from "../core/errors";
import { type Finding, foldFindings, formatSource, type Severity } from "../core/findings";

type Style = Parameters<typeof styleText>[0];

/** Styles text: only on a terminal, and as `NO_COLOR` and `FORCE_COLOR` say. */
export function style(format: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return styleText(format, text, { stream });
}

// Kept before programs are loaded: see claimStdout.
const write = process.stdout.write.bind(process.stdout);

/**
 * Keeps standard output for results. What a program prints while it is read goes to standard error, so that it never gets between the
 * lines of JSON or of a chart.
 */
export function claimStdout(): void {
  process.stdout.write = process.stderr.write.bind(process.stderr);
}

/** Waits until everything that was written is out, or nobody reads it any more. */
export async function flushed(): Promise<void> {
  // After what was rejected meanwhile, and nobody handles.
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise<void>((resolve) => void write("", () => resolve()));
  await new Promise<void>((resolve) => void process.stderr.write("", () => resolve()));
}

/** Writes results. */
export function print(text = ""): void {
  write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, undefined, 2));
}

/** Writes what is wrong. */
export function complain(text = ""): void {
  process.stderr.write(`${text}\n`);
}

const COLORS: Readonly<Record<Severity, Style>> = { error: "red", warning: "yellow", info: "cyan" };

/** Findings for people: what, where, how to mend it. Those that say the same of several constructs are one. */
export function findingLines(findings: readonly Finding[], stream: NodeJS.WriteStream): string[] {
  const lines = foldFindings(findings).flatMap((alike) => {
    const [{ severity, message, rule, fix, owner }] = alike;
    const places = named(alike.flatMap(({ source }) => (source ? [formatSource(source)] : [])));
    const at = places === "" ? "" : `at ${places}, `;
    const paths = named(alike.map(({ path }) => path));
    return [
      `${style(COLORS[severity], severity, stream)} ${style("bold", paths, stream)}: ${message} ${style("dim", `(${rule})`, stream)}`,
      `  fix: ${fix}`,
      style("dim", `  ${at}owner ${owner}`, stream),
    ];
  });
  return findings.length > 0 ? [...lines, countFindings(findings)] : [];
}

/** Of many, how many are named. */
const NAMED = 3;

/** `a, b, c and 7 more` */
function named(texts: readonly string[]): string {
  const all = [...new Set(texts)];
  const rest = all.length - NAMED;
  return rest > 1 ? `${all.slice(0, NAMED).join(", ")} and ${rest} more` : all.join(", ");
}

export function complainAbout(findings: readonly Finding[]): void {
  for (const line of findingLines(findings, process.stderr)) complain(line);
}

/** Says on a terminal what is going on, when it takes long enough to wonder. */
export class Progress {
  private shown = false;
  private readonly start = performance.now();

  public say(text: string): void {
    const canMove = process.stderr.isTTY && process.env["TERM"] !== "dumb";
    if (!canMove || performance.now() - this.start < 300) return;
    process.stderr.write(`\r\u001b[2K${text}`);
    this.shown = true;
  }

  public done(): void {
    if (this.shown) process.stderr.write("\r\u001b[2K");
    this.shown = false;
  }
}

/** `1 object`, `2 objects`, `2 NetworkPolicies` */
export function count(number: number, noun: string): string {
  return `${number} ${number === 1 ? noun : plural(noun)}`;
}

function plural(noun: string): string {
  if (/(?:ss|x|ch|sh)$/.test(noun)) return `${noun}es`;
  if (noun.endsWith("s")) return noun; // Endpoints is one of Kubernetes' kinds
  return /[^aeiou]y$/.test(noun) ? `${noun.slice(0, -1)}ies` : `${noun}s`;
}

/** Number of characters that a text takes on a terminal. */
export function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}

/** Rows of cells with their columns aligned; a row may have fewer cells than others. */
export function alignColumns(rows: readonly (readonly string[])[], indent = "  "): string[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, widthOf(cell))));
  return rows.map((row) =>
    `${indent}${row.map((cell, i) => cell + " ".repeat((widths[i] ?? 0) - widthOf(cell))).join("  ")}`.trimEnd(),
  );
}

/** A text in at most so many characters. */
export function cut(text: string, width: number): string {
  if (text.length <= width) return text;
  // Not between the halves of a character.
  return `${text.slice(0, Math.max(0, width - 1)).replace(/[\uD800-\uDBFF]$/, "")}…`;
}

// Programs run in folders of their own.
const start = process.cwd();

/** A path as it is shortest to read where the command was typed. */
export function displayPath(path: string): string {
  const near = relative(start, path) || ".";
  return near.length < path.length ? near : path;
}
