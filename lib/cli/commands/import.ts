import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { messageOf } from "../../core/errors";
import type { SourceFile } from "../../import/compose/files";
import { importProgram, type ImportProps, type ImportResult, type PlatformView } from "../../import/import";
import { InputError, type InputKind, readFiles, readInput } from "../../import/input/read";
import { prove } from "../../import/proof/prove";
import { hasFaults, type ImportReport, makeReport, reportText } from "../../import/report";
import type { Draft } from "../../plan/draft";
import { loadEnvironments } from "../load-program";
import {
  alignColumns,
  complain,
  complainAbout,
  count,
  displayPath,
  print,
  printJson,
  Progress,
  style,
} from "../output";
import { quote, startedAs } from "../started-as";
import { UsageError } from "../usage-error";

/** Options of `flagstone import`. */
export interface ImportOptions {
  readonly from?: string | undefined;
  readonly tenant?: string | undefined;
  readonly namespace?: string | undefined;
  readonly platform?: string | undefined;
  readonly out: string;
  readonly json?: boolean | undefined;
  readonly force?: boolean | undefined;
}

const KINDS: readonly string[] = ["kubernetes", "score", "compose"] satisfies InputKind[];
/** Folders of which all is the importer's, so that nothing of a former import stays in them. */
const OWN_FOLDERS = ["kept", "files", "not-deployed"];
/** How often what Flagstone refuses is left as it was, before the import gives up. */
const ATTEMPTS = 5;

/** Writes a program from what a team has, and proves that it renders the same objects. */
export async function importCommand(paths: readonly string[], options: ImportOptions): Promise<number> {
  const report = await runImport(paths, options);
  if (options.json) printJson(report);
  else printReport(report);
  return hasFaults(report) ? 1 : 0;
}

/** The same, without a word. */
export async function runImport(paths: readonly string[], options: ImportOptions): Promise<ImportReport> {
  if (options.out === "") throw new UsageError("--out names no folder");
  const out = resolve(options.out);
  refuseOccupied(out, options.force ?? false);
  try {
    const platform = options.platform === undefined ? undefined : await loadPlatform(options.platform, out);
    const input = readInput(readAll(paths), kindOf(options.from));
    const props: ImportProps = {
      input,
      tenant: options.tenant,
      namespace: options.namespace,
      platform,
      readFile: readSources,
    };
    const { result, draft } = await writeAndLoad(props, out);
    const proof = prove(result.translation, draft);
    const shown = displayPath(out);
    const sources = input.files.map(({ path }) => path);
    const written = [...result.files.keys()].sort();
    const report = makeReport(
      { from: input.kind, sources, out: shown, written, ...pick(result) },
      result.translation,
      proof,
    );
    writeFileSync(join(out, "import-report.md"), reportText(report));
    return report;
  } catch (thrown) {
    if (thrown instanceof InputError) throw new UsageError(thrown.message);
    throw thrown;
  }
}

function pick({ lines, fields, hints }: ImportResult): Pick<ImportResult, "lines" | "fields" | "hints"> {
  return { lines, fields, hints };
}

function kindOf(from: string | undefined): InputKind | undefined {
  if (from === undefined || KINDS.includes(from)) return from as InputKind | undefined;
  throw new UsageError(`--from ${from} is not known: write ${KINDS.join(", ")}`);
}

function readAll(paths: readonly string[]): ReturnType<typeof readFiles> {
  for (const path of paths)
    if (path !== "-" && !existsSync(path)) throw new UsageError(`there is no file or folder ${path}`);
  return readFiles(paths);
}

/** Most files of a folder that stand in the program one by one. */
const MOST_FILES = 10;

/** Text files beside a Compose file. */
function readSources(from: string, path: string): SourceFile[] | undefined {
  const root = resolve(dirname(from === "-" ? "." : from), path);
  if (!existsSync(root)) return undefined;
  const isFolder = statSync(root).isDirectory();
  const names = isFolder ? readdirSync(root).sort() : [""];
  if (names.length > MOST_FILES) return undefined;
  const files = names.map((name) => sourceFile(join(root, name), name));
  return files.every((file) => file !== undefined) ? files : undefined;
}

function sourceFile(file: string, path: string): SourceFile | undefined {
  const status = statSync(file);
  if (!status.isFile()) return undefined;
  const text = readFileSync(file, "utf8");
  const isText = !text.includes("\u0000") && !text.includes("\ufffd");
  return isText ? { path, text, isExecutable: (status.mode & 0o100) !== 0 } : undefined;
}

/** A folder with files of somebody else is left alone. */
function refuseOccupied(out: string, force: boolean): void {
  if (force || !existsSync(out)) return;
  const others = readdirSync(out).filter((name) => name !== "node_modules" && !name.startsWith("."));
  if (others.length === 0) return;
  throw new UsageError(
    `${displayPath(out)} is not empty: name another folder by --out, or say --force to write over it`,
  );
}

/** Writes the program and loads it; what Flagstone refuses as a construct stays as it was, and the program is written again. */
async function writeAndLoad(
  props: ImportProps,
  out: string,
): Promise<{ readonly result: ImportResult; readonly draft: Draft }> {
  const refused = new Map<string, string>();
  for (let attempt = 1; ; attempt++) {
    const result = importProgram({ ...props, refused });
    write(out, result.files);
    const draft = await load(out, attempt, result.files);
    const found = refusals(result, draft);
    if (found.size === 0 || attempt === ATTEMPTS) return { result, draft };
    for (const [id, reason] of found) refused.set(id, reason);
  }
}

/** Objects of the input whose constructs have errors, and what is wrong with those. */
function refusals({ translation }: ImportResult, draft: Draft): Map<string, string> {
  const found = new Map<string, string>();
  for (const { severity, path, message, rule } of draft.findings) {
    if (severity !== "error") continue;
    const id = path.split("/")[2];
    const isEntry = rule.startsWith("entry/") || rule.startsWith("host/");
    const account = translation.accounts.find(
      ({ fate, object }) =>
        fate.kind === "construct" &&
        fate.id === id &&
        (isEntry ? object["kind"] === "Ingress" : WORKLOADS.has(object["kind"]) || fate.type === "ExternalService"),
    );
    if (account) found.set(account.id, `Flagstone refuses it: ${message} (${rule})`);
  }
  return found;
}

const WORKLOADS: ReadonlySet<unknown> = new Set(["Deployment", "Job", "CronJob"]);

function write(out: string, files: ReadonlyMap<string, string>): void {
  for (const folder of OWN_FOLDERS) rmSync(join(out, folder), { recursive: true, force: true });
  for (const [path, text] of files) {
    mkdirSync(dirname(join(out, path)), { recursive: true });
    writeFileSync(join(out, path), text);
  }
}

/** Loads the program as `flagstone synth` does. Node loads a file once, so that a second attempt is a copy. */
async function load(out: string, attempt: number, files: ReadonlyMap<string, string>): Promise<Draft> {
  const place = attempt === 1 ? out : join(out, `.attempt-${attempt}`);
  if (attempt > 1) write(place, files);
  const hooks = borrowPackages();
  try {
    const [environment] = await loadEnvironments([place], {}, new Progress());
    if (!environment) throw new UsageError("the platform has no environment");
    return environment.draft;
  } finally {
    hooks.deregister();
    if (attempt > 1) rmSync(place, { recursive: true, force: true });
  }
}

/** Packages that are not installed where the program was written are those of the working directory, or of this command. */
function borrowPackages(): ReturnType<typeof registerHooks> {
  const others = [join(process.cwd(), "package.json"), __filename].map((file) => pathToFileURL(file).href);
  return registerHooks({
    resolve(specifier, context, next) {
      try {
        return next(specifier, context);
      } catch (thrown) {
        if (/^[./]|^node:|^file:/.test(specifier)) throw thrown;
        for (const parentURL of others) {
          try {
            return next(specifier, { ...context, parentURL });
          } catch {
            continue;
          }
        }
        throw thrown;
      }
    },
  });
}

/** The facts behind `<module>#<export>`. */
async function loadPlatform(given: string, out: string): Promise<PlatformView> {
  const [module = "", name = "default"] = given.split("#");
  const isFile = /^\.{0,2}\//.test(module) || isAbsolute(module);
  const hooks = borrowPackages();
  try {
    const loaded = (await import(isFile ? pathToFileURL(resolve(module)).href : module)) as Record<string, unknown>;
    const definition = loaded[name] as PlatformView | undefined;
    if (typeof definition?.facts !== "object") {
      throw new UsageError(`--platform ${given}: ${module} exports no "${name}" that definePlatform made`);
    }
    const inProgram = isFile ? relativeModule(out, resolve(module)) : module;
    return { module: inProgram, export: name, domain: definition.domain, facts: definition.facts };
  } catch (thrown) {
    if (thrown instanceof UsageError) throw thrown;
    throw new UsageError(`--platform ${given} cannot be loaded: ${messageOf(thrown)}`);
  } finally {
    hooks.deregister();
  }
}

function relativeModule(out: string, file: string): string {
  const path = relative(out, file).replaceAll("\\", "/");
  return path.startsWith(".") ? path : `./${path}`;
}

function printReport(report: ImportReport): void {
  const { constructs, kept, notDeployed, rules, unexplained, fields, findings, hints, lines, out } = report;
  const objects = constructs.reduce((sum, each) => sum + each.objects.length, 0);
  print(
    `${style("green", "wrote")} ${count(report.written.length, "file")} to ${out}: ${lines.program} lines of program for ${lines.input} of input`,
  );
  print();
  print(`${count(objects, "object")} became ${count(constructs.length, "construct")}`);
  for (const line of alignColumns(
    constructs.map(({ type, id, objects: from }) => [type, id, style("dim", count(from.length, "object"))]),
  ))
    print(line);
  if (kept.length > 0) {
    print(`${count(kept.length, "object")} stay as they were`);
    for (const line of alignColumns(kept.map(({ object, reason }) => [object, style("dim", reason)]))) print(line);
  }
  if (notDeployed.length > 0) {
    print(`${count(notDeployed.length, "object")} of Helm ${notDeployed.length === 1 ? "is" : "are"} not deployed`);
    for (const line of alignColumns(notDeployed.map(({ object, rule }) => [object, style("dim", rule)]))) print(line);
  }
  if (fields.length > 0) {
    const of = (fate: string): number => fields.filter((field) => field.fate === fate).length;
    print(
      `${count(fields.length, "field")}: ${of("expressed")} expressed, ${of("changed")} changed, ${of("not-expressible")} not expressible`,
    );
    for (const line of alignColumns(
      fields.filter(({ fate }) => fate === "not-expressible").map(({ path, note }) => [path, style("dim", note ?? "")]),
    ))
      print(line);
  }
  print("intended differences");
  for (const line of alignColumns(
    rules.map(({ rule, fields: number, sentence }) => [rule, String(number), style("dim", sentence)]),
  ))
    print(line);
  for (const hint of hints) print(`${style("cyan", "look at")} ${hint}`);
  print();
  if (unexplained.length === 0)
    print(
      `${style("green", "proved")}: what it renders is what was imported, but for ${notDeployed.length > 0 ? "what is not deployed and " : ""}these intended differences`,
    );
  else {
    complain(
      `${style("red", "error", process.stderr)}: ${count(unexplained.length, "difference")} that no rule explains`,
    );
    for (const { object, path, before, after } of unexplained)
      complain(`  ${object} ${path}: ${shown(before)} → ${shown(after)}`);
  }
  complainAbout(findings.filter(({ severity }) => severity !== "info"));
  print();
  print("next");
  print(`  ${startedAs()} synth ${quote(out)}`);
  print(`  cat ${quote(join(out, "import-report.md"))}`);
}

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 99)}…` : text;
}
