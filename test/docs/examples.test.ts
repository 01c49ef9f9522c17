import { rmSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
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

/** What the guides tell users to set, and nothing that is more forgiving. */
const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  lib: ["lib.es2023.d.ts"],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: ["node"],
  typeRoots: [join(root, "node_modules/@types")],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  verbatimModuleSyntax: true,
  erasableSyntaxOnly: true,
  allowImportingTsExtensions: true,
  skipLibCheck: true,
  noEmit: true,
  paths: {
    flagstone: [join(root, "lib/index.ts")],
    "flagstone/testing": [join(root, "lib/testing/index.ts")],
    "@acme/platform": [join(root, "examples/acme/platform/index.ts")],
  },
};

describe("TypeScript in the documentation", () => {
  test("is there", () => {
    expect(guideBlocks.filter(({ language }) => language === "ts").length).toBeGreaterThan(10);
    expect(docstringBlocks.length).toBeGreaterThan(10);
    expect(byPath.size).toBe(blocks.length);
  });

  test("compiles", { timeout: 120_000 }, () => {
    const program = ts.createProgram([...byPath.keys()], options);
    const problems = [...byPath].flatMap(([path, { file, line }]) => {
      const source = program.getSourceFile(path);
      const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
      return found.map(({ start, messageText }) => {
        const at = line + (source?.getLineAndCharacterOfPosition(start ?? 0).line ?? 0);
        return `${file}:${at} ${ts.flattenDiagnosticMessageText(messageText, "\n  ")}`;
      });
    });
    expect(problems).toEqual([]);
  });
});
