import { join } from "node:path";
import type { Finding } from "../../core/findings";
import { type Rendered, render } from "../../render/render";
import { writeFiles, type Written } from "../../render/write";
import { uninterrupted } from "../guard";
import { type LoadedEnvironment, type LoadOptions, hasErrors, loadEnvironments } from "../load-program";
import { complain, complainAbout, count, print, printJson, Progress, style } from "../output";
import { readOutputs, type StackOutputs } from "../stack-outputs";
import { quote, startedAs } from "../started-as";
import { UsageError } from "../usage-error";
import { printTrees } from "./tree";

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
  if (options.out === "") throw new UsageError("--out names no folder");
  const progress = new Progress();
  const outputs = options.outputs === undefined ? undefined : await readOutputs(options.outputs);
  const environments = await loadEnvironments(paths, options, progress);
  checkOutputs(outputs, environments);
  const rendered = environments.map((environment): RenderedEnvironment => {
    progress.say(`rendering ${environment.program.name} in ${environment.plan.environment.name}`);
    const known = isOf(outputs, environment) ? outputs?.outputs : undefined;
    return { ...environment, rendered: render(environment.draft, known) };
  });
  const findings = [
    ...environments.flatMap(({ plan }) => plan.findings),
    ...rendered.flatMap((one) => one.rendered.findings),
  ];
  if (hasErrors(findings)) {
    progress.done();
    if (options.json) printJson({ out: options.out, written: false, findings });
    else {
      complainAbout(findings);
      complain("nothing was written");
    }
    return 1;
  }
  progress.say(`writing to ${options.out}`);
  const written = await uninterrupted(() => writeAll(rendered, options.out)).finally(() => progress.done());
  if (options.json) printJson(summary(rendered, written, findings, options.out));
  else {
    printTrees(environments);
    complainAbout(findings);
    printSummary(rendered, written, options.out);
    printNext(rendered, options.out, paths);
  }
  return 0;
}

/** Outputs are those of one stack, which is one environment of one program: places in others look the same. */
function isOf(outputs: StackOutputs | undefined, { plan }: LoadedEnvironment): boolean {
  return outputs?.program === plan.program && outputs.environment === plan.environment.name;
}

function checkOutputs(outputs: StackOutputs | undefined, environments: readonly LoadedEnvironment[]): void {
  if (!outputs || environments.some((environment) => isOf(outputs, environment))) return;
  const known = environments.map(({ plan }) => `${plan.program} in ${plan.environment.name}`).join(", ");
  throw new UsageError(
    `${outputs.file} has the outputs of ${outputs.program} in ${outputs.environment}, and what is rendered is ${known}`,
  );
}

/** Each program knows its own files, so its environments are written together. */
async function writeAll(rendered: readonly RenderedEnvironment[], out: string): Promise<Written[]> {
  const programs = new Map<string, Map<string, ReadonlyMap<string, string>>>();
  for (const { plan, rendered: one } of rendered) {
    const environments = programs.get(plan.program) ?? new Map<string, ReadonlyMap<string, string>>();
    programs.set(plan.program, environments.set(plan.environment.name, one.files));
  }
  const written: Written[] = [];
  for (const [name, environments] of programs) {
    const program = rendered.find((one) => one.program.name === name)?.program;
    written.push(await writeFiles(out, name, environments, (environment) => program?.knows(environment) ?? false));
  }
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
    leftToPulumi: rendered.flatMap(({ plan, rendered: one }) =>
      one.leftToPulumi.map(({ id }) => ({ program: plan.program, environment: plan.environment.name, id })),
    ),
    findings,
  };
}

function printSummary(rendered: readonly RenderedEnvironment[], written: readonly Written[], out: string): void {
  const sum = (of: (one: Written) => number): number => written.reduce((total, one) => total + of(one), 0);
  const parts = [
    `${sum(({ created }) => created.length)} new`,
    `${sum(({ changed }) => changed.length)} changed`,
    `${sum(({ unchanged }) => unchanged)} unchanged`,
    `${sum(({ removed }) => removed.length)} removed`,
  ];
  const total = rendered.reduce((files, one) => files + one.rendered.files.size, 0);
  print(`${style("green", "rendered")} ${count(total, "file")} to ${out} (${parts.join(", ")})`);
  for (const { plan, rendered: one } of rendered) {
    for (const { id } of one.leftToPulumi)
      print(style("dim", `  left to Pulumi, for its outputs: ${plan.environment.name}: ${id}`));
  }
}

/** Commands to go on with, which work where this one was typed. */
function printNext(rendered: readonly RenderedEnvironment[], out: string, paths: readonly string[]): void {
  const files = rendered.flatMap((one) => [...one.rendered.files.keys()]);
  const file = files.find((path) => path.includes("/deployment-")) ?? files[0];
  if (file === undefined) return;
  const flagstone = startedAs();
  const workload = rendered
    .flatMap(({ plan, given }) => plan.constructs.map(({ path, settings }) => ({ path, settings, given })))
    .find(({ settings }) => settings.length > 0);
  const commands = [
    ["cat", join(out, file)],
    ...(workload
      ? [
          [
            flagstone,
            "explain",
            workload.path.split("/").slice(1).join("/"),
            ...(workload.given === undefined ? [] : [workload.given]),
          ],
        ]
      : []),
    [flagstone, "plan", "--json", ...paths],
    [flagstone, "--help"],
  ];
  print();
  print("next");
  for (const [command = "", ...rest] of commands) print(`  ${[command, ...rest.map(quote)].join(" ")}`);
}
