import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { load } from "js-yaml";
import { messageOf } from "../core/errors";
import { UsageError } from "./usage-error";

const ENTRIES = ["index.ts", "index.mts", "index.js", "index.mjs", "index.cjs"];

/**
 * The file that Pulumi would run: `main` of the nearest `Pulumi.yaml` from the folder upwards, else of `package.json`, else `index.ts`.
 *
 * @param given - a file, or a folder
 * @throws UsageError when there is none
 */
export function findProgram(given: string): string {
  const start = resolve(given);
  if (!existsSync(start)) throw new UsageError(`there is no file or folder ${given}`);
  if (statSync(start).isFile()) return start;
  const project = findUp(start, ["Pulumi.yaml", "Pulumi.yml"]);
  const folder = project ? dirname(project) : start;
  const main = (project && mainOfProject(project)) ?? mainOfPackage(join(folder, "package.json"));
  const candidate = main === undefined ? folder : resolve(folder, main);
  const file = existsSync(candidate) && statSync(candidate).isDirectory() ? entryOf(candidate) : candidate;
  if (file !== undefined && existsSync(file)) return file;
  const missing =
    main === undefined
      ? `${ENTRIES.join(", ")} in ${folder}`
      : `${candidate}, which ${project ?? "package.json"} names`;
  throw new UsageError(`there is no program: looked for ${missing}; name its file or folder`);
}

function findUp(folder: string, names: readonly string[]): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const found = names.map((name) => join(at, name)).find((path) => existsSync(path));
    if (found !== undefined) return found;
    if (dirname(at) === at) return undefined;
  }
}

function mainOfProject(path: string): string | undefined {
  try {
    const project = load(readFileSync(path, "utf8")) as { main?: unknown } | undefined;
    return typeof project?.main === "string" ? project.main : undefined;
  } catch (thrown) {
    throw new UsageError(`${path} is no YAML: ${messageOf(thrown)}`);
  }
}

function mainOfPackage(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  const { main } = JSON.parse(readFileSync(path, "utf8")) as { main?: unknown };
  return typeof main === "string" ? main : undefined;
}

function entryOf(folder: string): string | undefined {
  return ENTRIES.map((name) => join(folder, name)).find((path) => existsSync(path));
}
