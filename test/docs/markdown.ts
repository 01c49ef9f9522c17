// What the tests of the documentation read from it: Markdown files, their code blocks, headings and links.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

const SKIPPED = new Set(["node_modules", "dist", "rendered", "coverage", ".git"]);

/** All files below a folder whose names end so, relative to the root of the checkout, sorted. */
export function filesIn(folder: string, ending: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : filesIn(path, ending);
      return entry.name.endsWith(ending) ? [path] : [];
    })
    .sort();
}

/** A fenced code block. */
export interface Block {
  /** File that it stands in, relative to the root. */
  readonly file: string;
  /** Line of its first line of code; the first line of a file is 1. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

/** The fenced code blocks of a text; `prefix` stands before each line, as ` * ` in comments. */
function blocksOf(file: string, text: string, prefix = /^/): Block[] {
  const blocks: Block[] = [];
  let open: { readonly language: string; readonly line: number; readonly lines: string[] } | undefined;
  text.split("\n").forEach((raw, index) => {
    const line = raw.replace(prefix, "");
    const fence = /^```(\w*)/.exec(line);
    if (!fence) open?.lines.push(line);
    else if (open) {
      blocks.push({ file, line: open.line, language: open.language, text: `${open.lines.join("\n")}\n` });
      open = undefined;
    } else open = { language: fence[1] ?? "", line: index + 2, lines: [] };
  });
  if (open) throw new Error(`${file}:${open.line}: the code block is not closed`);
  return blocks;
}

/** Markdown that people write; API.md repeats what docstrings say. */
export const markdownFiles = filesIn(".", ".md");
export const guides = markdownFiles.filter((file) => file !== "API.md");

export const guideBlocks = guides.flatMap((file) => blocksOf(file, read(file)));
export const docstringBlocks = filesIn("lib", ".ts").flatMap((file) => blocksOf(file, read(file), /^\s*\* ?/));

export function read(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

/**
 * Writes blocks of TypeScript where `flagstone` can be imported. Blocks of one file are neighbors: one that starts with `// facts.ts` is
 * imported by others as `./facts.ts`, in a package that is named as the platform team would.
 *
 * @returns blocks by path
 */
export function writeBlocks(folder: string, blocks: readonly Block[]): Map<string, Block> {
  rmSync(folder, { recursive: true, force: true });
  const byPath = new Map<string, Block>();
  for (const block of blocks) {
    const name = /^\/\/ ([\w.-]+\.ts)\n/.exec(block.text)?.[1] ?? `line-${block.line}.ts`;
    const home = join(folder, block.file.replace(/\W/g, "-"));
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, "package.json"), JSON.stringify({ name: "shop", type: "module" }));
    writeFileSync(join(home, name), block.text);
    byPath.set(join(home, name), block);
  }
  return byPath;
}

/** What a heading is linked by, as GitHub makes it: https://github.com/gjtorikian/html-pipeline */
export function anchorsOf(file: string): Set<string> {
  const seen = new Map<string, number>();
  const anchors = new Set<string>();
  const prose = withoutCode(read(file));
  for (const [, heading = ""] of prose.matchAll(/^#{1,6} +(.+)$/gm)) {
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/\\(.)/g, "$1");
    const slug = plain
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replace(/\s/g, "-");
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    anchors.add(count === 0 ? slug : `${slug}-${count}`);
  }
  for (const [, id = ""] of prose.matchAll(/<a id="([^"]+)">/g)) anchors.add(id);
  return anchors;
}

/** A relative link that leads nowhere. */
export function brokenLinks(file: string): string[] {
  const lines = withoutCode(read(file)).split("\n");
  return lines.flatMap((line, index) =>
    [...line.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = ""]) => {
      if (/^[a-z]+:/.test(target)) return [];
      const [path = "", anchor] = target.split("#");
      const linked = path === "" ? file : join(dirname(file), path);
      if (!existsSync(join(root, linked))) return [`${file}:${index + 1} ${target}`];
      const isKnown = anchor === undefined || (linked.endsWith(".md") && anchorsOf(linked).has(anchor));
      return isKnown ? [] : [`${file}:${index + 1} ${target}`];
    }),
  );
}

/** The same lines, with code blocks and code spans blank. */
function withoutCode(text: string): string {
  return text
    .replace(/^```[\s\S]*?^```/gm, (block) => block.replace(/[^\n]/g, ""))
    .replace(/`[^`\n]*\]\([^`\n]*`/g, "``");
}
