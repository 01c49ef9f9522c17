import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compilerProblems } from "../compile.ts";
import { type Block, docstringBlocks, guideBlocks, root, writeBlocks } from "./markdown.ts";

const folder = join(root, "node_modules/.cache/docs-examples");
const blocks = [...guideBlocks, ...docstringBlocks].filter(({ language }) => language === "ts");

let byPath = new Map<string, Block>();

beforeAll(() => {
  byPath = writeBlocks(folder, blocks);
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("TypeScript in the documentation", () => {
  test("is there", () => {
    expect(guideBlocks.filter(({ language }) => language === "ts").length).toBeGreaterThan(10);
    expect(docstringBlocks.length).toBeGreaterThan(10);
    expect(byPath.size).toBe(blocks.length);
  });

  test("compiles", { timeout: 120_000 }, () => {
    const problems = compilerProblems([...byPath.keys()], (path, inside) => {
      const { file, line } = byPath.get(path)!;
      return `${file}:${line + inside}`;
    });
    expect(problems).toEqual([]);
  });
});
