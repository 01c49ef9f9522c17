import { styleText } from "node:util";
import { countFindings } from "../core/errors";
import { type Finding, formatSource, type Severity } from "../core/findings";

type Style = Parameters<typeof styleText>[0];

/** Styles text for standard output: only on a terminal, and as `NO_COLOR` and `FORCE_COLOR` say. */
export function style(format: Style, text: string): string {
  return styleText(format, text, { stream: process.stdout });
}

export function print(text = ""): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, undefined, 2));
}

const COLORS: Readonly<Record<Severity, Style>> = { error: "red", warning: "yellow", info: "cyan" };

/** Findings for people: what, where, how to mend it. */
export function printFindings(findings: readonly Finding[]): void {
  for (const finding of findings) {
    const { severity, path, message, rule, fix, source, owner } = finding;
    print(`${style(COLORS[severity], severity)} ${style("bold", path)}: ${message} ${style("dim", `(${rule})`)}`);
    print(`  fix: ${fix}`);
    const at = source ? `at ${formatSource(source)}, ` : "";
    print(style("dim", `  ${at}owner ${owner}`));
  }
  if (findings.length > 0) print(countFindings(findings));
}

/** Says on a terminal what is going on, when it takes long enough to wonder. */
export class Progress {
  private shown = false;
  private readonly start = performance.now();

  public say(text: string): void {
    if (!process.stderr.isTTY || performance.now() - this.start < 300) return;
    process.stderr.write(`\r\u001b[2K${text}`);
    this.shown = true;
  }

  public done(): void {
    if (this.shown) process.stderr.write("\r\u001b[2K");
    this.shown = false;
  }
}

/** `1 object`, `2 objects` */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
