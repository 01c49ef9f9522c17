import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { messageOf } from "../../core/errors";
import type { Finding } from "../../core/findings";
import type { KnownOutputs } from "../../render/outputs";
import { type Rendered, render } from "../../render/render";
import { writeFiles, type Written } from "../../render/write";
import { type LoadedEnvironment, type LoadOptions, hasErrors, loadEnvironments } from "../load-program";
import { count, print, printFindings, printJson, Progress, style } from "../output";
import { environmentLine, treeLines } from "../tree-text";
import { UsageError } from "../usage-error";

export interface SynthOptions extends LoadOptions {
  readonly out: string;
  /** File with the outputs of a stack. */
  readonly outputs?: string | undefined;
}

interface RenderedEnvironment extends LoadedEnvironment {
  readonly rendered: Rendered;
}

/** Renders programs as YAML, one file for each object, and says what became of each construct. */
export async function synth(paths: readonly string[], options: SynthOptions): Promise<number> {
  const progress = new Progress();
  const outputs = options.outputs === undefined ? undefined : await readOutputs(options.outputs);
  const environments = await loadEnvironments(paths, options, progress);
  const rendered = environments.map((environment): RenderedEnvironment => {
    progress.say(`rendering ${environment.program.name} in ${environment.draft.environment.name}`);
    return { ...environment, rendered: render(environment.draft, outputs) };
  });
  const plans = environments.map(({ plan }) => plan);
  const findings = [...plans.flatMap((plan) => plan.findings), ...rendered.flatMap((one) => one.rendered.findings)];
  if (hasErrors(findings)) {
    progress.done();
    if (options.json) printJson({ out: options.out, written: false, findings });
    else {
      printFindings(findings);
      print("nothing was written");
    }
    return 1;
  }
  progress.say(`writing to ${options.out}`);
  const written = await writeAll(rendered, options.out);
  progress.done();
  if (options.json) printJson(summary(rendered, written, findings, options.out));
  else {
    plans.forEach((plan, i) => {
      print(`${style("bold", plan.program)} in ${environmentLine(plan)}  ${style("dim", rendered[i]?.file ?? "")}`);
      for (const line of treeLines(plan)) print(line);
      print();
    });
    printFindings(findings);
    printSummary(rendered, written, options.out, paths);
  }
  return 0;
}

async function readOutputs(file: string): Promise<KnownOutputs> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, "utf8"));
  } catch (thrown) {
    throw new UsageError(`--outputs ${file} cannot be read: ${messageOf(thrown)}`);
  }
  const outputs = (value as { flagstone?: { outputs?: unknown } } | null)?.flagstone?.outputs;
  if (typeof outputs !== "object" || outputs === null) {
    throw new UsageError(`--outputs ${file} has no flagstone.outputs: write it with "pulumi stack output --json"`);
  }
  return outputs as KnownOutputs;
}

/** Each program knows its own files, so its environments are written together. */
async function writeAll(rendered: readonly RenderedEnvironment[], out: string): Promise<Written[]> {
  const programs = new Map<string, Map<string, ReadonlyMap<string, string>>>();
  for (const { program, draft, rendered: one } of rendered) {
    const environments = programs.get(program.name) ?? new Map<string, ReadonlyMap<string, string>>();
    programs.set(program.name, environments.set(draft.environment.name, one.files));
  }
  const written: Written[] = [];
  for (const [program, environments] of programs) written.push(await writeFiles(out, program, environments));
  return written;
}

function summary(
  rendered: readonly RenderedEnvironment[],
  written: readonly Written[],
  findings: readonly Finding[],
  out: string,
): object {
  return {
    out,
    written: true,
    created: written.flatMap(({ created }) => created),
    changed: written.flatMap(({ changed }) => changed),
    removed: written.flatMap(({ removed }) => removed),
    unchanged: written.reduce((sum, { unchanged }) => sum + unchanged, 0),
    leftToPulumi: rendered.flatMap((one) => one.rendered.leftToPulumi.map(({ id }) => id)),
    findings,
  };
}

function printSummary(
  rendered: readonly RenderedEnvironment[],
  written: readonly Written[],
  out: string,
  paths: readonly string[],
): void {
  const sum = (of: (one: Written) => number): number => written.reduce((total, one) => total + of(one), 0);
  const parts = [
    `${sum(({ created }) => created.length)} new`,
    `${sum(({ changed }) => changed.length)} changed`,
    `${sum(({ unchanged }) => unchanged)} unchanged`,
    `${sum(({ removed }) => removed.length)} removed`,
  ];
  const total = rendered.reduce((files, one) => files + one.rendered.files.size, 0);
  print(`${style("green", "rendered")} ${count(total, "file")} in ${out} (${parts.join(", ")})`);
  for (const { rendered: one } of rendered) {
    for (const { id } of one.leftToPulumi) print(style("dim", `  left to Pulumi, because it carries outputs: ${id}`));
  }
  printNext(rendered, out, paths);
}

function printNext(rendered: readonly RenderedEnvironment[], out: string, paths: readonly string[]): void {
  const files = rendered.flatMap((one) => [...one.rendered.files.keys()]);
  const file = files.find((path) => path.includes("/deployment-")) ?? files[0];
  const workload = rendered
    .flatMap(({ draft }) => draft.components)
    .find((component) => component.makesObjects && component.node.path.split("/").length > 2);
  const last = rendered.at(-1);
  if (file === undefined || !last) return;
  const at = paths.length === 0 ? "" : ` ${relative(process.cwd(), paths.at(-1) ?? ".") || "."}`;
  print();
  print("next");
  print(`  open ${join(out, file)}`);
  if (workload)
    print(
      `  npx flagstone explain ${workload.node.path.split("/").slice(1).join("/")}${at}   where each value comes from`,
    );
  print(`  npx flagstone plan --json${at}   everything as data`);
  print("  npx flagstone --help");
}
