// Runs commands in processes of their own, and measures them from outside.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Report } from "./case.ts";
import type { Shape } from "./shape.ts";

/** What one run took. */
export interface Run {
  /** From the start of the process to its end, in milliseconds. */
  readonly time: number;
  /** Peak memory in bytes; undefined where it cannot be known. */
  readonly memory: number | undefined;
  /** What the process said about itself, for cases of our own. */
  readonly report?: Report | undefined;
}

/** Something to measure, or why that is not done. */
export interface Subject {
  readonly name: string;
  readonly run: (() => Promise<Run | undefined>) | string;
}

/** The runs of a subject, or why there are none. */
export type Outcome =
  { readonly runs: readonly Run[]; readonly missing?: never } | { readonly runs?: never; readonly missing: string };

/** No run may take longer, and nothing is repeated for longer. */
const LIMIT = 60_000;
export const TOO_LONG = `> ${LIMIT / 1000} s`;

/** Runs all subjects in turn, so that whatever else the machine does meets all of them alike. */
export async function repeat(title: string, subjects: readonly Subject[], rounds = 5): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  for (let round = 0; round < rounds; round++) {
    for (const { name, run } of subjects) {
      const before = outcomes.get(name) ?? { runs: [] };
      const spent = before.runs?.reduce((sum, { time }) => sum + time, 0) ?? LIMIT;
      if (spent >= LIMIT) continue;
      const made = typeof run === "string" ? undefined : await run();
      if (made) outcomes.set(name, { runs: [...(before.runs ?? []), made] });
      else outcomes.set(name, { missing: typeof run === "string" ? run : TOO_LONG });
      process.stderr.write(
        `${title}: ${name}: ${made ? `${(made.time / 1000).toFixed(2)} s` : (outcomes.get(name)?.missing ?? "")}\n`,
      );
    }
  }
  return outcomes;
}

/** The median of one figure over the runs; undefined when there are none. */
export function medianOf(outcome: Outcome | undefined, figure: (run: Run) => number | undefined): number | undefined {
  const values = (outcome?.runs ?? []).flatMap((run) => figure(run) ?? []);
  return values.length === 0 ? undefined : median(values);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
}

const CASE = fileURLToPath(new URL("case.ts", import.meta.url));

/** @returns undefined when it takes too long */
export async function measureCase(what: string, shape: Shape, folder = ""): Promise<Run | undefined> {
  const run = await measureCommand(process.execPath, [CASE, what, JSON.stringify(shape), folder]);
  if (!run) return undefined;
  const report = JSON.parse(run.output) as Report;
  return { time: run.time, memory: report.memory, report };
}

/** @returns undefined when it takes too long */
export function measureCommand(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<(Run & { readonly output: string; readonly errors: string }) | undefined> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...environment } });
    let memory: number | undefined;
    let output = "";
    let errors = "";
    let tooLong = false;
    // The kernel forgets a process's peak with the process, so that it is read while there is one.
    const watch = setInterval(() => (memory = peakOf(child.pid) ?? memory), 20);
    const limit = setTimeout(() => (tooLong = child.kill("SIGKILL")), LIMIT);
    // Everything is taken off the pipe; only as much is kept as a report has.
    child.stdout.on("data", (chunk: Buffer) => {
      if (output.length < 10_000) output += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-2_000)));
    child.on("error", reject);
    child.on("close", (code) => {
      const time = performance.now() - start;
      clearInterval(watch);
      clearTimeout(limit);
      if (tooLong) resolve(undefined);
      else if (code === 0) resolve({ time, memory, output, errors });
      else reject(new Error(`${command} ${args.join(" ")} ended with ${String(code)}: ${errors}`));
    });
  });
}

/** Peak memory of a running process, on Linux. */
function peakOf(pid: number | undefined): number | undefined {
  try {
    const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid ?? 0}/status`, "utf8"))?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
  } catch {
    return undefined;
  }
}
