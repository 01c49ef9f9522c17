import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { FlagstoneError, messageOf } from "../core/errors";
import { userFrames } from "../core/source";
import { displayPath } from "./output";

/** The program's own code threw, or cannot be run. Its message is all that the user needs: no stack trace of ours. */
export class ProgramError extends Error {
  public override readonly name = "ProgramError";
}

// What those who are new to TypeScript without a build step run into, by Node's error code.
const FIXES: Readonly<Record<string, string>> = {
  ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX:
    "Node removes types and nothing else, so write it without; erasableSyntaxOnly in tsconfig.json makes the editor say so",
  ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING: "packages below node_modules have to be JavaScript: build this one",
  ERR_MODULE_NOT_FOUND:
    'relative imports name the file with its extension, as in "./facts.ts"; packages have to be installed',
};

/**
 * Says what a program's code threw, with the place in the user's own files first.
 *
 * @param subject - who threw, as in `index.ts`
 * @param lastFile - the file that was loaded last, where Node does not say in which one the mistake is
 */
export function programError(subject: string, thrown: unknown, lastFile?: string): ProgramError {
  const places = [...placeOfSyntaxError(thrown, lastFile), ...placesOf(thrown)];
  // Node's loader throws where no code of the user runs.
  const verb = thrown instanceof Error && !isUsers(thrown) ? "cannot be loaded" : "threw";
  const fix = fixFor(thrown);
  const lines = [
    thrown instanceof FlagstoneError ? thrown.message : `${subject} ${verb}: ${named(thrown)}`,
    ...places,
    ...(fix === undefined ? [] : [`  fix: ${fix}`]),
    ...causesOf(thrown).flatMap((cause) => [`  caused by ${named(cause)}`, ...placesOf(cause)]),
  ];
  return new ProgramError(lines.join("\n"), { cause: thrown });
}

/** Whether the user's code is where something was thrown; else it is a mistake of ours. */
export function isUsers(thrown: unknown): boolean {
  return !(thrown instanceof Error) || userFrames(thrown.stack ?? "").length > 0;
}

function causesOf(thrown: unknown): unknown[] {
  const causes: unknown[] = [];
  for (let at = thrown; at instanceof Error && at.cause !== undefined && causes.length < 5; at = at.cause)
    causes.push(at.cause);
  return causes;
}

function named(thrown: unknown): string {
  const name = thrown instanceof Error && thrown.name !== "Error" ? `${thrown.name}: ` : "";
  // Node goes on with advice for other packages.
  const message = isMissingExport(thrown) ? messageOf(thrown).split("\n", 1)[0] : messageOf(thrown);
  return `${name}${message ?? ""}`.trimEnd();
}

function placesOf(thrown: unknown): string[] {
  const frames = thrown instanceof Error ? userFrames(thrown.stack ?? "") : [];
  return frames
    .slice(0, 5)
    .map(({ file, line, callee }) => `  at ${displayPath(file)}:${line}${callee === "" ? "" : ` (${callee})`}`);
}

/**
 * Where a file cannot be compiled. Node writes it above the stack trace: file and line, the code, a marker below. For JavaScript it
 * keeps that to itself, and says it when it is asked to check the file.
 */
function placeOfSyntaxError(thrown: unknown, lastFile: string | undefined): string[] {
  if (!(thrown instanceof SyntaxError) || isUsers(thrown)) return []; // JSON.parse throws one too
  const head = headOf(thrown.stack ?? "");
  if (head.length > 0 || lastFile === undefined) return head;
  return headOf(spawnSync(process.execPath, ["--check", lastFile], { encoding: "utf8" }).stderr);
}

function headOf(text: string): string[] {
  const [first = "", ...rest] = text.split("\n");
  const at = /^(?<file>(?:file:\/\/)?\/.*):(?<line>\d+)$/.exec(first)?.groups;
  if (at?.["file"] === undefined || at["line"] === undefined) return [];
  const file = at["file"].startsWith("file://") ? fileURLToPath(at["file"]) : at["file"];
  const marker = rest.findIndex((line) => /^\s*\^+\s*$/.test(line));
  const code = marker > 0 ? rest.slice(marker - 1, marker + 1) : [];
  return [`  at ${displayPath(file)}:${at["line"]}`, ...code.map((line) => `    ${line}`)];
}

function fixFor(thrown: unknown): string | undefined {
  if (isMissingExport(thrown)) return "check the name; a type is imported with import { type … }";
  const { code = "" } = (thrown instanceof Error ? thrown : {}) as NodeJS.ErrnoException;
  return FIXES[code];
}

function isMissingExport(thrown: unknown): boolean {
  return thrown instanceof SyntaxError && /named export|export named/i.test(thrown.message);
}
