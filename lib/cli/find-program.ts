import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { load } from "js-yaml";
import { messageOf } from "../core/errors";
import { displayPath } from "./output";
import { UsageError } from "./usage-error";

// In the order in which Pulumi tries them.
const ENTRIES = ["index.js", "index.mjs", "index.cjs", "index.ts", "index.mts"];

/** A program's file, and the folder that Pulumi would run it in. */
export interface FoundProgram {
  readonly file: string;
  readonly folder: string;
}

/**
 * The file that Pulumi would run: `main` of the nearest `Pulumi.yaml` from the folder upwards, else `exports` or `main` of
 * `package.json`, else the folder's index.
 *
 * @param given - a file, or a folder
 * @throws UsageError when there is none
 */
export function findProgram(given: string): FoundProgram {
  const start = resolve(given);
  if (!existsSync(start)) throw new UsageError(`there is no file or folder ${given}`);
  if (!isFolder(start)) return { file: start, folder: dirname(start) };
  const project = findUp(start, ["Pulumi.yaml", "Pulumi.yml"]);
  const folder = project === undefined ? start : dirname(project);
  const main = project === undefined ? undefined : mainOfProject(project);
  const place = main === undefined ? folder : resolve(folder, main);
  if (!existsSync(place)) {
    throw new UsageError(`there is no ${displayPath(place)}, which ${displayPath(project ?? "")} names as main`);
  }
  if (!isFolder(place)) return { file: place, folder: dirname(place) };
  const manifest = project === undefined ? join(place, "package.json") : findUp(place, ["package.json"]);
  const candidates = [
    // As Pulumi does, a Pulumi.yaml without main leaves it to package.json; where that names nothing that is there, to the index.
    ...(main === undefined ? entriesOfPackage(manifest) : []),
    ...ENTRIES.map((name) => join(place, name)),
  ];
  const file = candidates.find((path) => existsSync(path) && !isFolder(path));
  if (file !== undefined) return { file, folder: place };
  const looked = [
    ...(project === undefined ? [`a Pulumi.yaml in ${displayPath(start)} or above`] : []),
    ...(main === undefined ? entriesOfPackage(manifest).map(displayPath) : []),
    `${ENTRIES.join(", ")} in ${displayPath(place)}`,
  ];
  throw new UsageError(`there is no program: looked for ${looked.join(", and ")}; name its file or folder`);
}

function isFolder(path: string): boolean {
  return statSync(path).isDirectory();
}

function findUp(folder: string, names: readonly string[]): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const found = names.map((name) => join(at, name)).find((path) => existsSync(path));
    if (found !== undefined) return found;
    if (dirname(at) === at) return undefined;
  }
}

function mainOfProject(path: string): string | undefined {
  const project = parse(path, load) as { main?: unknown } | null | undefined;
  return typeof project?.main === "string" ? project.main : undefined;
}

function entriesOfPackage(path: string | undefined): string[] {
  if (path === undefined || !existsSync(path)) return [];
  const { exports, main } = (parse(path, JSON.parse) ?? {}) as { exports?: unknown; main?: unknown };
  const entry = exports === undefined ? main : entryOfExports(exports);
  if (typeof entry !== "string") return [];
  const place = resolve(dirname(path), entry);
  return existsSync(place) && isFolder(place) ? ENTRIES.map((name) => join(place, name)) : [place];
}

function entryOfExports(exports: unknown): unknown {
  if (typeof exports !== "object" || exports === null) return exports;
  const { ".": own } = exports as { "."?: unknown };
  if (typeof own !== "object" || own === null) return own;
  const conditions = own as { default?: unknown; require?: unknown; import?: unknown };
  return conditions.default ?? conditions.require ?? conditions.import;
}

function parse(path: string, parser: (text: string) => unknown): unknown {
  try {
    return parser(readFileSync(path, "utf8").replace(/^\uFEFF/, ""));
  } catch (thrown) {
    throw new UsageError(`${displayPath(path)} cannot be read: ${messageOf(thrown)}`);
  }
}
