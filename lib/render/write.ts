import { mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { dirname, isAbsolute, join, sep } from "node:path";
import { messageOf, FlagstoneError } from "../core/errors";
import { compare, type Finding } from "../core/findings";
import { show } from "../core/keys";
import { isPlainObject } from "../core/merge";

/** What writing did. */
export interface Written {
  readonly created: readonly string[];
  readonly changed: readonly string[];
  readonly unchanged: number;
  readonly removed: readonly string[];
}

/** Which files of a folder are a program's. It is written beside them, so that a folder in Git knows it too. */
interface Manifest {
  readonly version: 1;
  readonly program: string;
  /** Paths by environment. */
  readonly environments: Readonly<Record<string, readonly string[]>>;
}

const MANIFESTS = ".flagstone";

/**
 * Brings a folder to what was rendered: writes what differs, removes files of objects that are gone, leaves alone what it did not write.
 * Each file is written beside its place and renamed, so that none is ever half there.
 *
 * @param out - the folder
 * @param program - name of the platform or application; each knows its own files
 * @param rendered - text by path, for each environment that was rendered
 * @param isKnown - whether the program has an environment or preview; files of those that it does not have any more are removed
 * @throws FlagstoneError when a file is in the way that somebody else wrote
 */
export async function writeFiles(
  out: string,
  program: string,
  rendered: ReadonlyMap<string, ReadonlyMap<string, string>>,
  isKnown: (environment: string) => boolean,
): Promise<Written> {
  const manifests = await readManifests(out);
  const before = manifests.get(program)?.environments ?? {};
  const forgotten = Object.keys(before).filter((environment) => !isKnown(environment));
  const own = new Set(Object.values(before).flat());
  const files = new Map([...rendered.values()].flatMap((texts) => [...texts]));
  const existing = await readAll(out, [...files.keys()]);
  refuseForeign(program, files, existing, own, manifests);

  const after = Object.fromEntries(Object.entries(before).filter(([environment]) => !forgotten.includes(environment)));
  const claimed = { ...before };
  for (const [environment, texts] of rendered) {
    after[environment] = [...texts.keys()].sort();
    claimed[environment] = [...new Set([...(before[environment] ?? []), ...texts.keys()])].sort();
  }
  // Said before anything is written: after a failure, the next run knows its files and goes on.
  await writeManifest(out, { version: 1, program, environments: claimed });

  const different = [...files].filter(([path, text]) => existing.get(path) !== text);
  for (const folder of new Set(different.map(([path]) => dirname(path)))) {
    await mkdir(join(out, folder), { recursive: true });
  }
  await forEach(different, ([path, text]) => writeWhole(join(out, path), text));
  const paths = different.map(([path]) => path);
  const created = paths.filter((path) => !existing.has(path));
  const changed = paths.filter((path) => existing.has(path));
  const gone = [...rendered.keys(), ...forgotten]
    .flatMap((environment) => before[environment] ?? [])
    .filter((path) => !files.has(path));
  const removed: string[] = [];
  for (const path of gone) if (await remove(out, path)) removed.push(path);

  await writeManifest(out, { version: 1, program, environments: after });
  return { created, changed, unchanged: files.size - created.length - changed.length, removed };
}

async function readManifests(out: string): Promise<Map<string, Manifest>> {
  const manifests = new Map<string, Manifest>();
  const names = await readdir(join(out, MANIFESTS)).catch(() => []);
  for (const name of names.filter((file) => file.endsWith(".json")).sort()) {
    const path = join(out, MANIFESTS, name);
    try {
      const manifest = manifestIn(JSON.parse(await readFile(path, "utf8")));
      manifests.set(manifest.program, manifest);
    } catch (thrown) {
      throw new FlagstoneError(
        `${path} cannot be read: ${messageOf(thrown)}; restore it, or remove the folder ${out} to render anew`,
      );
    }
  }
  return manifests;
}

/** What is read may remove files: it must be whole, and name nothing outside of the folder. */
function manifestIn(json: unknown): Manifest {
  const { version, program, environments } = (isPlainObject(json) ? json : {}) as Partial<Manifest>;
  if (version !== 1) throw new Error(`version ${String(version)} is not known`);
  if (typeof program !== "string" || !isPlainObject(environments)) throw new Error("it names no program or no files");
  for (const paths of Object.values(environments) as unknown[]) {
    if (!Array.isArray(paths) || !paths.every((path) => typeof path === "string"))
      throw new Error("it names files that are no paths");
    const outside = paths.find((path: string) => !isWithin(path));
    if (outside !== undefined) throw new Error(`it names ${show(outside)}, which is not in the folder`);
  }
  return { version, program, environments };
}

function isWithin(path: string): boolean {
  const steps = path.split(/[/\\]/);
  return path !== "" && !isAbsolute(path) && !path.includes("\0") && !steps.includes("..");
}

async function writeManifest(out: string, manifest: Manifest): Promise<void> {
  const environments = Object.fromEntries(
    Object.entries(manifest.environments)
      .filter(([, paths]) => paths.length > 0)
      .sort(([a], [b]) => compare(a, b)),
  );
  const path = join(out, MANIFESTS, `${manifest.program}.json`);
  const text = `${JSON.stringify({ ...manifest, environments }, undefined, 2)}\n`;
  if ((await readFile(path, "utf8").catch(() => undefined)) === text) return;
  await mkdir(dirname(path), { recursive: true });
  await writeWhole(path, text);
}

async function readAll(out: string, paths: readonly string[]): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  await forEach(paths, async (path) => {
    const text = await readFile(join(out, path), "utf8").catch((error: unknown) => {
      const { code } = error as { code?: string };
      if (code === "ENOENT" || code === "ENOTDIR") return undefined;
      if (code === "EISDIR") return ""; // in the way as any text of somebody else is
      throw error;
    });
    if (text !== undefined) texts.set(path, text);
  });
  return texts;
}

/** Takes a step for each item, several at a time: one by one waits for the disk, all at once opens too many files. */
async function forEach<T>(items: readonly T[], step: (item: T) => Promise<void>): Promise<void> {
  const left = [...items].reverse();
  const work = async (): Promise<void> => {
    try {
      for (let item = left.pop(); item !== undefined; item = left.pop()) await step(item);
    } finally {
      left.length = 0; // after a failure nobody goes on
    }
  };
  // Until all have come to an end, so that nothing is written any more when this is over.
  for (const result of await Promise.allSettled(Array.from({ length: 16 }, work))) {
    if (result.status === "rejected") throw result.reason;
  }
}

function refuseForeign(
  program: string,
  files: ReadonlyMap<string, string>,
  existing: ReadonlyMap<string, string>,
  own: ReadonlySet<string>,
  manifests: ReadonlyMap<string, Manifest>,
): void {
  const findings: Finding[] = [];
  const others = new Map<string, string>();
  for (const manifest of manifests.values()) {
    if (manifest.program === program) continue;
    for (const path of Object.values(manifest.environments).flat()) others.set(path, manifest.program);
  }
  for (const path of files.keys()) {
    const other = others.get(path);
    const inTheWay = existing.has(path) && !own.has(path) && existing.get(path) !== files.get(path);
    if (!other && !inTheWay) continue;
    findings.push({
      rule: other ? "render/two-programs" : "render/foreign-file",
      severity: "error",
      path: program,
      message: other
        ? `file ${path} is rendered by program "${other}" too`
        : `file ${path} exists, and was not written by this program`,
      fix: other ? "declare the object in one of them" : "move it away, or render to another folder",
      owner: "platform",
    });
  }
  if (findings.length > 0) throw new FlagstoneError("nothing was written", findings);
}

async function writeWhole(path: string, text: string): Promise<void> {
  const beside = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(beside, text);
    await rename(beside, path);
  } catch (thrown) {
    await rm(beside, { force: true });
    throw thrown;
  }
}

/** Removes a file, and the folders that it leaves empty. */
async function remove(out: string, path: string): Promise<boolean> {
  try {
    await rm(join(out, path));
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return false;
    throw error;
  }
  const steps = path.split("/").slice(0, -1);
  for (; steps.length > 0; steps.pop()) {
    try {
      await rmdir(join(out, steps.join(sep)));
    } catch {
      break;
    }
  }
  return true;
}
