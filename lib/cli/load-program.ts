import { registerHooks } from "node:module";
import { relative } from "node:path";
import { pathToFileURL } from "node:url";
import { FlagstoneError, messageOf } from "../core/errors";
import { type Finding, formatSource } from "../core/findings";
import { registeredPrograms, type Runnable } from "../core/host";
import { locate, userFrames } from "../core/source";
import { didYouMean } from "../core/suggest";
import { type Reading, readEnvironment } from "../plan/read";
import { isPulumiLoaded, type RecordedResource, Recorder } from "../plan/recorder";
import { findProgram } from "./find-program";
import type { Progress } from "./output";
import { UsageError } from "./usage-error";

/** A program that was found and loaded. */
export interface LoadedProgram {
  readonly program: Runnable;
  /** Pulumi resources that it made while it was loaded. */
  readonly outside: readonly RecordedResource[];
  /** Its file, relative to the working directory. */
  readonly file: string;
}

/** One environment of a program. */
export interface LoadedEnvironment extends LoadedProgram, Reading {}

/** The program's own code threw while it was loaded. */
export class ProgramError extends Error {
  public override readonly name = "ProgramError";
}

/** What a command needs to know to read programs. */
export interface LoadOptions {
  readonly environment?: readonly string[] | undefined;
  readonly json?: boolean | undefined;
}

/**
 * Loads programs and makes the environments that were asked for.
 *
 * @param paths - files or folders; the working directory when there is none
 * @throws UsageError when a program or an environment does not exist
 */
export async function loadEnvironments(
  paths: readonly string[],
  options: LoadOptions,
  progress: Progress,
): Promise<LoadedEnvironment[]> {
  const restore = options.json ? divertConsole() : () => undefined;
  try {
    const programs: LoadedProgram[] = [];
    for (const path of paths.length > 0 ? paths : ["."]) {
      progress.say(`loading ${path}`);
      programs.push(await loadProgram(path));
    }
    const environments: LoadedEnvironment[] = [];
    for (const { name, ...loaded } of selectEnvironments(programs, options.environment)) {
      progress.say(`reading ${loaded.program.name} in ${name}`);
      environments.push({ ...loaded, ...(await readEnvironment(loaded.program, name, loaded.outside)) });
    }
    return environments;
  } finally {
    restore();
    progress.done();
  }
}

async function loadProgram(path: string): Promise<LoadedProgram> {
  const found = findProgram(path);
  const file = relative(process.cwd(), found) || found;
  const before = new Set(registeredPrograms());
  let outside: RecordedResource[];
  try {
    outside = await recordWhileLoading(() => import(pathToFileURL(found).href));
  } catch (thrown) {
    throw programError(file, thrown);
  }
  const programs = registeredPrograms().filter((program) => !before.has(program));
  const [program] = programs;
  if (!program) throw new UsageError(`${file} makes no Platform and no Application`);
  const defined = programs.filter((candidate) => candidate.defined);
  if (defined.length > 1) {
    throw new UsageError(
      `${file} runs ${defined.map(({ name }) => `"${name}"`).join(" and ")}; a program is one of them, so split it`,
    );
  }
  if (!defined[0]) {
    throw new ProgramError(
      `${program.name}: run was never called, and an empty program would delete everything; end ${file} with\n  export const flagstone = … .run((environment) => { … });`,
    );
  }
  return { program: defined[0], file, outside };
}

/**
 * Records the Pulumi resources that a program makes while it is loaded. The recording starts when the program asks for the SDK, so that
 * one that does not pays nothing for it.
 */
async function recordWhileLoading(loading: () => Promise<unknown>): Promise<RecordedResource[]> {
  let recorder: Recorder | undefined = isPulumiLoaded() ? Recorder.start("program", "load") : undefined;
  let isStarting = recorder !== undefined;
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      if (!isStarting && specifier.startsWith("@pulumi/")) {
        isStarting = true;
        recorder = Recorder.start("program", "load");
      }
      return next(specifier, context);
    },
  });
  try {
    await loading();
    return (await recorder?.finish()) ?? [];
  } finally {
    hooks.deregister();
  }
}

/** The user's frame first: the rest of a stack trace is ours and Node's. */
function programError(file: string, thrown: unknown): ProgramError {
  if (thrown instanceof FlagstoneError) return new ProgramError(thrown.message, { cause: thrown });
  const frames = thrown instanceof Error ? userFrames(thrown.stack ?? "") : [];
  const lines = frames
    .slice(0, 5)
    .map((frame) => `  at ${formatSource(locate(frame))}${frame.callee === "" ? "" : ` (${frame.callee})`}`);
  const name = thrown instanceof Error && thrown.name !== "Error" ? `${thrown.name}: ` : "";
  return new ProgramError([`${file} threw: ${name}${messageOf(thrown)}`, ...lines].join("\n"), { cause: thrown });
}

function selectEnvironments(
  programs: readonly LoadedProgram[],
  asked: readonly string[] | undefined,
): (LoadedProgram & { readonly name: string })[] {
  const known = [...new Set(programs.flatMap(({ program }) => program.environmentNames))];
  const unknown = (asked ?? []).filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new UsageError(
      unknown.map((name) => `there is no environment "${name}": ${didYouMean(name, known)}`).join("\n"),
    );
  }
  return programs.flatMap((loaded) =>
    loaded.program.environmentNames
      .filter((name) => !asked || asked.includes(name))
      .map((name) => ({ ...loaded, name })),
  );
}

/** What a program prints must not get between the lines of JSON. */
function divertConsole(): () => void {
  const { log, info } = console;
  console.log = console.info = console.error;
  return () => {
    console.log = log;
    console.info = info;
  };
}

export function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some(({ severity }) => severity === "error");
}
