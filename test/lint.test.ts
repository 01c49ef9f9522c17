import { join } from "node:path";
import { ESLint } from "eslint";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
// The project's own configuration, with only the rule that reads the import table; it needs no type information.
const eslint = new ESLint({
  cwd: root,
  ruleFilter: ({ ruleId }) => ruleId === "flagstone/imports",
  overrideConfig: [
    {
      files: ["lib/**/*.ts"],
      languageOptions: { parserOptions: { projectService: false } },
      linterOptions: { reportUnusedDisableDirectives: "off" },
    },
  ],
});

async function lint(path: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath: join(root, path) });
  return result!.messages.map((message) => message.message);
}

test.each([
  ["lib/core/sample.ts", `import { names } from "./names";`],
  ["lib/core/sample.ts", `import { Construct } from "constructs";`],
  ["lib/workloads/sample.ts", `import { names } from "../core/names";`],
  ["lib/workloads/nested/sample.ts", `import { names } from "../../core/names"; import { a } from "../sibling";`],
  ["lib/platform/sample.ts", `import { WebService } from "../workloads/web-service";`],
  ["lib/plan/sample.ts", `import { Platform } from "../platform/platform";`],
  ["lib/testing/index.ts", `export * from "../render/render";`],
  ["lib/cli/synth.ts", `import { Platform } from "../index"; import { render } from "../render/render";`],
  ["lib/index.ts", `export * from "./core/names";`],
])("%s may hold %s", async (path, code) => {
  expect(await lint(path, code)).toEqual([]);
});

test.each([
  ["lib/core/sample.ts", `import { Platform } from "../platform/platform";`, "lib/core may not import lib/platform"],
  ["lib/core/sample.ts", `import type { Plan } from "../plan/plan";`, "lib/core may not import lib/plan"],
  ["lib/core/sample.ts", `import { Platform } from "../index";`, "lib/core may not import lib/index.ts"],
  ["lib/core/sample.ts", `import { Platform } from "..";`, "lib/core may not import lib/index.ts"],
  ["lib/workloads/sample.ts", `import { Cluster } from "../clusters/cluster";`, "lib/workloads may not import"],
  ["lib/workloads/sample.ts", `export { Cluster } from "../clusters/cluster";`, "lib/workloads may not import"],
  ["lib/render/sample.ts", `const later = import("../deploy/deploy");`, "lib/render may not import lib/deploy"],
  ["lib/render/sample.ts", `type Later = import("../deploy/deploy").Deploy;`, "lib/render may not import lib/deploy"],
  ["lib/deploy/sample.ts", `const now = require("../render/render");`, "lib/deploy may not import lib/render"],
  ["lib/checks/sample.ts", `import { main } from "../cli/main";`, "lib/checks may not import lib/cli"],
  ["lib/index.ts", `export * from "./cli/main";`, "lib/index.ts may not import lib/cli"],
  ["lib/core/sample.ts", `import { acme } from "../../examples/acme/platform/index.ts";`, "which is outside of it"],
  ["lib/core/sample.ts", `import { Platform } from "flagstone";`, "by relative path, not as 'flagstone'"],
  ["lib/novelty/sample.ts", `export {};`, "lib/novelty is not in the import table"],
])("%s may not hold %s", async (path, code, message) => {
  expect(await lint(path, code)).toEqual([expect.stringContaining(message)]);
});
