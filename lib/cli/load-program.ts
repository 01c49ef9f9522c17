import { registerHooks } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Finding } from "../core/findings";
import { registeredPrograms, type Runnable } from "../core/host";
import { suggestEnvironment } from "../core/previews";
import { type Reading, readEnvironment } from "../plan/read";
import { isPulumiLoaded, type RecordedResource, Recorder } from "../plan/recorder";
import { findProgram, type FoundProgram } from "./find-program";
import { displayPath, type Progress } from "./output";
import { programError, ProgramError } from "./program-error";
import { withSharedClaims } from "./shared-claims";
import { UsageError } from "./usage-error";

/** A program that was found and loaded. */
export interface LoadedProgram {
  readonly program: Runnable;
  /** Pulumi resources that it made while it was loaded. */
  readonly outside: readonly RecordedResource[];
  /** Its file, relative to the working directory. */
  readonly file: string;
  /** The folder that it runs in. */
  readonly folder: string;
  /** How the user named it; undefined for the program of the working directory. */
  readonly given: string | undefined;
}

/** One environment of a program. */
export interface LoadedEnvironment extends LoadedProgram, Reading {}

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
  try {
    const programs: LoadedProgram[] = [];
    for (const [{ file, folder }, given] of findAll(paths)) {
      progress.say(`loading ${displayPath(file)}`);
      programs.push({ ...(await loadProgram({ file, folder })), given });
    }
    checkNames(programs);
    const environments: LoadedEnvironment[] = [];
    for (const { name, ...loaded } of selectEnvironments(programs, options.environment)) {
      progress.say(`reading ${loaded.program.name} in ${name}`);
      const read = (): Promise<Reading> => readEnvironment(loaded.program, name, loaded.outside);
      environments.push({ ...loaded, ...(await inFolder(loaded.folder, read)) });
    }
    return withSharedClaims(environments);
  } finally {
    progress.done();
  }
}

/** Every program once, in the order in which they were named. */
function findAll(paths: readonly string[]): (readonly [FoundProgram, string | undefined])[] {
  const found = new Map<string, readonly [FoundProgram, string | undefined]>();
  for (const path of paths.length > 0 ? paths : [undefined]) {
    const program = findProgram(path ?? ".");
    if (!found.has(program.file)) found.set(program.file, [program, path]);
  }
  return [...found.values()];
}

async function loadProgram({ file, folder }: FoundProgram): Promise<Omit<LoadedProgram, "given">> {
  const shown = displayPath(file);
  const before = new Set(registeredPrograms());
  const outside = await inFolder(folder, () => recordWhileLoading(file, shown));
  const programs = registeredPrograms().filter((program) => !before.has(program));
  const [program, another] = programs;
  if (!program) throw new UsageError(`${shown} makes no Platform and no Application`);
  if (another) {
    const names = programs.map(({ name }) => `"${name}"`).join(" and ");
    throw new ProgramError(`${shown} makes ${names}: a program is one Platform or one Application, so split it`);
  }
  if (!program.defined) {
    throw new ProgramError(
      `${program.name}: run was never called, and an empty program would delete everything; end ${shown} with\n  export const flagstone = … .run((environment) => { … });`,
    );
  }
  if (program.environmentNames.length === 0) throw new ProgramError(`${program.name} has no environments`);
  return { program, file: shown, folder, outside };
}

/** Pulumi runs a program in its own folder, so that it finds files next to it. */
async function inFolder<T>(folder: string, body: () => Promise<T>): Promise<T> {
  const before = process.cwd();
  process.chdir(folder);
  try {
    return await body();
  } finally {
    process.chdir(before);
  }
}

/**
 * Loads a program, and records the Pulumi resources that it makes meanwhile. The recording starts when the program asks for the SDK,
 * so that one that does not pays nothing for it.
 */
async function recordWhileLoading(file: string, shown: string): Promise<RecordedResource[]> {
  let recorder: Recorder | undefined = isPulumiLoaded() ? Recorder.start("program", "load") : undefined;
  let isStarting = recorder !== undefined;
  let last = file;
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      if (!isStarting && specifier.startsWith("@pulumi/")) {
        isStarting = true;
        recorder = Recorder.start("program", "load");
      }
      const resolved = next(specifier, context);
      if (resolved.url.startsWith("file:")) last = fileURLToPath(resolved.url);
      return resolved;
    },
  });
  try {
    await import(pathToFileURL(file).href);
  } catch (thrown) {
    throw programError(shown, thrown, last);
  } finally {
    hooks.deregister();
  }
  return (await recorder?.finish()) ?? [];
}

/** Files are rendered by the name of the program. */
function checkNames(programs: readonly LoadedProgram[]): void {
  for (const { program, file } of programs) {
    const other = programs.find((one) => one.program.name === program.name && one.program !== program);
    if (other)
      throw new UsageError(`${file} and ${other.file} are both called "${program.name}": name one of them only`);
  }
}

function selectEnvironments(
  programs: readonly LoadedProgram[],
  asked: readonly string[] | undefined,
): (LoadedProgram & { readonly name: string })[] {
  const suggest = (name: string): string =>
    suggestEnvironment(
      name,
      programs.map(({ program }) => program),
    );
  if (asked?.length === 0) throw new UsageError(`--environment names none: ${suggest("")}`);
  const unknown = (asked ?? []).filter((name) => !programs.some(({ program }) => program.knows(name)));
  if (unknown.length > 0) {
    throw new UsageError(unknown.map((name) => `there is no environment "${name}": ${suggest(name)}`).join("\n"));
  }
  return programs.flatMap((loaded) => {
    const { environmentNames: own } = loaded.program;
    // Previews are there when they are asked for, after the program's own environments.
    const previews = [...new Set(asked ?? [])].filter((name) => !own.includes(name) && loaded.program.knows(name));
    return [...own.filter((name) => !asked || asked.includes(name)), ...previews].map((name) => ({ ...loaded, name }));
  });
}

export function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some(({ severity }) => severity === "error");
}
