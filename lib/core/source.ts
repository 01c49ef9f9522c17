import { existsSync, readFileSync, realpathSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { SourceLocation } from "./findings";

const LIBRARY = dirname(__dirname) + sep;
const FRAME = /^\s+at (?:async )?(?:(?<callee>.*?) \()?(?<file>(?:file:\/\/)?\/?[^()]*?):(?<line>\d+):\d+\)?$/;

/** One line of a stack trace. */
export interface Frame {
  readonly callee: string;
  readonly file: string;
  readonly line: number;
}

/** The frames of a stack trace that are the user's: not Node's, not a package's, not this library's. */
export function userFrames(stack: string): Frame[] {
  return [...readFrames(stack)];
}

function* readFrames(stack: string): Generator<Frame> {
  for (const text of stack.split("\n")) {
    const groups = FRAME.exec(text)?.groups;
    if (!groups?.file || groups.file.startsWith("node:")) continue;
    const file = groups.file.startsWith("file://") ? fileURLToPath(groups.file) : groups.file;
    if (file.startsWith(LIBRARY) || file.includes(`${sep}node_modules${sep}`)) continue;
    yield { callee: groups.callee ?? "", file, line: Number(groups.line) };
  }
}

/**
 * Where `construct` is being created: the first frame outside of the library that is not the constructor of one of its own
 * classes, so that a golden path points at who uses it.
 */
export function captureSource(construct: object): SourceLocation | undefined {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 25;
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder, captureSource);
  Error.stackTraceLimit = limit;
  const classes = classNames(construct);
  let nearest: Frame | undefined;
  for (const frame of readFrames(holder.stack ?? "")) {
    const isOwn = frame.callee.startsWith("new ") && classes.has(frame.callee.slice(4));
    if (!isOwn) return locate(frame);
    nearest ??= frame;
  }
  return nearest && locate(nearest);
}

function classNames(construct: object): Set<string> {
  const names = new Set<string>();
  for (let proto: unknown = Object.getPrototypeOf(construct); proto; proto = Object.getPrototypeOf(proto)) {
    names.add((proto as { constructor: { name: string } }).constructor.name);
  }
  return names;
}

const packages = new Map<string, { readonly name: string; readonly root: string }>();
const realPaths = new Map<string, string>();

/** A frame relative to its npm package. */
export function locate(frame: Frame): SourceLocation {
  let file = realPaths.get(frame.file);
  if (file === undefined) {
    file = existsSync(frame.file) ? realpathSync(frame.file) : frame.file;
    realPaths.set(frame.file, file);
  }
  const owner = packageOf(dirname(file));
  return { package: owner.name, file: relative(owner.root, file).split(sep).join("/"), line: frame.line };
}

function packageOf(directory: string): { readonly name: string; readonly root: string } {
  const known = packages.get(directory);
  if (known) return known;
  const manifest = join(directory, "package.json");
  const parent = dirname(directory);
  let found: { readonly name: string; readonly root: string };
  if (existsSync(manifest)) {
    const { name } = JSON.parse(readFileSync(manifest, "utf8")) as { name?: unknown };
    found = { name: typeof name === "string" ? name : basename(directory), root: directory };
  } else {
    found = parent === directory ? { name: "", root: directory } : packageOf(parent);
  }
  packages.set(directory, found);
  return found;
}
