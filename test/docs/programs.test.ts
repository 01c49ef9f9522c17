// The programs in the guides run, and what the guides say of them is what comes out.
import { mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, stripVTControlCharacters } from "node:util";
import { load } from "js-yaml";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { type Block, guideBlocks, root, writeBlocks } from "./markdown.ts";

// Outside of node_modules, where stack traces would not be taken for the user's.
const folder = realpathSync(mkdtempSync(join(tmpdir(), "flagstone-docs-")));
const out = join(folder, "rendered");
const typescript = guideBlocks.filter(({ language }) => language === "ts");

let byPath = new Map<string, Block>();

beforeAll(() => {
  byPath = writeBlocks(folder, typescript);
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

afterEach(() => {
  rmSync(out, { recursive: true, force: true });
});

const isProgram = ({ text }: Block): boolean => /^export const flagstone = \w+\.run\(/m.test(text);
const nameOf = ({ file, line }: Block): string => `${file}:${line}`;

/** The last program that stands above a block in its file. */
function programAbove({ file, line }: Block): Block {
  const above = typescript.filter((block) => block.file === file && block.line < line && isProgram(block));
  const [program] = above.slice(-1);
  if (!program) throw new Error(`${file}:${line}: there is no program above`);
  return program;
}

function pathOf(block: Block): string {
  const [path] = [...byPath].find(([, other]) => other === block) ?? [];
  if (path === undefined) throw new Error(`${nameOf(block)} was not written`);
  return path;
}

interface Ran {
  readonly code: number;
  readonly stdout: string;
  /** What a terminal shows: both streams, without color. */
  readonly text: string;
}

/** Runs one of the commands that guides show, on a program, with modules as in a fresh process. */
async function flagstone(program: Block, name: string, ...flags: string[]): Promise<Ran> {
  const { values, positionals } = parseArgs({
    args: flags,
    allowPositionals: true,
    options: { environment: { type: "string" }, json: { type: "boolean" }, out: { type: "string", default: out } },
  });
  const options = { ...values, environment: values.environment?.split(",") };
  const paths = [pathOf(program)];
  const streams = [process.stdout, process.stderr] as const;
  const writers = streams.map((stream) => stream.write.bind(stream));
  const chunks: { readonly stream: NodeJS.WriteStream; readonly text: string }[] = [];
  const textOf = (items: typeof chunks): string => stripVTControlCharacters(items.map(({ text }) => text).join(""));
  for (const stream of streams) {
    stream.write = (chunk: string | Uint8Array) => chunks.push({ stream, text: String(chunk) }) > 0;
  }
  try {
    vi.resetModules();
    const code = await runCommand(name, paths, options, positionals);
    return { code, stdout: textOf(chunks.filter(({ stream }) => stream === process.stdout)), text: textOf(chunks) };
  } finally {
    streams.forEach((stream, i) => (stream.write = writers[i]!));
  }
}

type Options = import("../../lib/cli/commands/synth.ts").SynthOptions;

async function runCommand(
  name: string,
  paths: readonly string[],
  options: Options,
  [what = ""]: readonly string[],
): Promise<number> {
  switch (name) {
    case "explain":
      return (await import("../../lib/cli/commands/explain.ts")).explain(what, paths, options);
    case "plan":
      return (await import("../../lib/cli/commands/plan.ts")).plan(paths, options);
    case "synth":
      return (await import("../../lib/cli/commands/synth.ts")).synth(paths, options);
    case "tree":
      return (await import("../../lib/cli/commands/tree.ts")).tree(paths, options);
    default:
      throw new Error(`the guides show no command ${name} yet: add it here`);
  }
}

const commands = guideBlocks.filter(({ language, text }) => language === "text" && text.startsWith("$ npx flagstone"));
const mistaken = new Set(commands.filter(({ text }) => /^error /m.test(text)).map(programAbove));

describe("a program in the guides", () => {
  test.each(
    typescript.filter((block) => isProgram(block) && !mistaken.has(block)).map((block) => [nameOf(block), block]),
  )("has no errors: %s", async (_, block) => {
    const { code, stdout } = await flagstone(block, "plan", "--json");
    const plans = JSON.parse(stdout) as { findings: { message: string; severity: string }[]; objects: object[] }[];
    expect(plans.flatMap(({ findings }) => findings).filter(({ severity }) => severity === "error")).toEqual([]);
    expect(plans.every(({ objects }) => objects.length > 0)).toBe(true);
    expect(code).toBe(0);
  });

  test.each(commands.map((block) => [nameOf(block), block]))("prints what is shown: %s", async (_, block) => {
    const [command = "", ...shown] = block.text.trimEnd().split("\n");
    const [name = "", ...flags] = command.replace("$ npx flagstone ", "").split(" ");
    const { text } = await flagstone(programAbove(block), name, ...flags);
    // A line of … stands for any lines.
    const parts = shown.join("\n").split(/^…\n?/m);
    let rest = text;
    for (const part of parts) {
      expect(rest).toContain(part);
      rest = rest.slice(rest.indexOf(part) + part.length);
    }
  });

  const files = guideBlocks.filter(({ language, text }) => language === "yaml" && /^# \S+\/\S+\.yaml\n/.test(text));

  test.each(files.map((block) => [nameOf(block), block]))("renders what is shown: %s", async (_, block) => {
    const [first = ""] = block.text.split("\n");
    const path = first.slice("# ".length);
    const [environment = ""] = path.split("/"); // a preview is rendered only when it is asked for
    const { code } = await flagstone(programAbove(block), "synth", "--environment", environment);
    expect(code).toBe(0);
    const written = load(readFileSync(join(out, path), "utf8"));
    expect(written).toMatchObject(load(block.text) as object);
  });
});

describe("a test in the guides", () => {
  const blocks = typescript.filter(({ text }) => text.includes('from "node:test"'));

  test.each(blocks.map((block) => [nameOf(block), block]))("passes: %s", async (_, block) => {
    const tests: (() => Promise<void>)[] = [];
    vi.resetModules();
    vi.doMock("node:test", () => ({ test: (name: string, body: () => Promise<void>) => tests.push(body) }));
    await import(/* @vite-ignore */ pathOf(block));
    vi.doUnmock("node:test");
    expect(tests).not.toEqual([]);
    for (const body of tests) await body();
  });
});
