// What was measured, as Markdown: printed, and put into the README.
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { format } from "prettier";
import { medianOf, type Outcome } from "./measure.ts";
import { OBJECTS_PER_SERVICE, type Shape } from "./shape.ts";

/** All contenders at all sizes. */
export interface Comparison {
  readonly scopes: Shape["scopes"];
  readonly sizes: readonly number[];
  /** One outcome for each size, by contender. */
  readonly cells: ReadonlyMap<string, readonly Outcome[]>;
}

/** A figure that must not be exceeded. */
export interface Target {
  readonly what: string;
  readonly value: number | undefined;
  readonly limit: number;
  readonly unit: "×" | "MB" | "ms" | "";
}

/** Tables of everything. */
export async function report(comparisons: readonly Comparison[], targets: readonly Target[]): Promise<string> {
  const notes = new Set<string>();
  const tables = comparisons.map((comparison) => sizesTable(comparison, notes));
  const machine = `${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GB of memory, Node ${process.versions.node}`;
  const text = [
    `Measured side by side on ${machine}: time from the start of a process to its end and peak memory, medians of up to five runs. A service is ${OBJECTS_PER_SERVICE} objects.`,
    ...tables,
    ...[...notes].map((note) => `${note}.`),
    targetsTable(targets),
  ].join("\n\n");
  return format(text, { parser: "markdown", printWidth: 120 });
}

function sizesTable({ scopes, sizes, cells }: Comparison, notes: Set<string>): string {
  const title = scopes === "few" ? "all in one scope" : "each in a scope of its own";
  const header = [`Services, ${title}`, ...sizes.map((size) => size.toLocaleString("en"))];
  const rows = [...cells].map(([name, outcomes]) => [name, ...outcomes.map((outcome) => cell(name, outcome, notes))]);
  return table(header, rows);
}

function cell(name: string, outcome: Outcome, notes: Set<string>): string {
  const time = medianOf(outcome, (run) => run.time);
  if (time === undefined) {
    const missing = outcome.missing ?? "";
    if (!missing.startsWith("skipped: ")) return missing;
    notes.add(`${name} was ${missing}`);
    return "skipped";
  }
  const memory = medianOf(outcome, (run) => run.memory);
  return `${(time / 1000).toFixed(2)} s, ${memory === undefined ? "?" : Math.round(memory / 1e6)} MB`;
}

function targetsTable(targets: readonly Target[]): string {
  return table(
    ["", "Measured", "At most", ""],
    targets.map(({ what, value, limit, unit }) => [
      what,
      value === undefined ? "not measured" : figure(value, unit),
      figure(limit, unit),
      value !== undefined && value <= limit ? "met" : "**missed**",
    ]),
  );
}

function figure(value: number, unit: Target["unit"]): string {
  const number = unit === "MB" || unit === "ms" ? Math.round(value) : Number(value.toFixed(2));
  return `${number} ${unit}`.trim();
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = header.map((_, i) => (i === 0 ? "---" : "---:"));
  return [header, rule, ...rows].map(line).join("\n");
}

const START = "<!-- bench:start -->";
const END = "<!-- bench:end -->";

/** Puts text between the markers of a file. */
export function updateReadme(file: string, text: string): void {
  const readme = readFileSync(file, "utf8");
  const [start, end] = [readme.indexOf(START), readme.indexOf(END)];
  if (start < 0 || end < start) throw new Error(`${file} has no ${START} followed by ${END}`);
  writeFileSync(file, `${readme.slice(0, start + START.length)}\n\n${text.trim()}\n\n${readme.slice(end)}`);
}
