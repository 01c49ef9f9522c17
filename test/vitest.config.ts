import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: at(".."),
  cacheDir: at("../node_modules/.cache/vite"),
  resolve: {
    // Tests run against the sources: no build is needed.
    alias: [
      { find: /^flagstone$/, replacement: at("../lib/index.ts") },
      { find: /^flagstone\/testing$/, replacement: at("../lib/testing/index.ts") },
      { find: /^@acme\/platform$/, replacement: at("../examples/acme/platform/index.ts") },
    ],
  },
  test: {
    pool: "forks",
    reporters: ["default", ["json", { outputFile: at("../node_modules/.cache/vitest.json") }]], // .ci/run reads it
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*.test.ts", "examples/**/*.test.ts"],
          exclude: ["test/bench/ratios.test.ts", "test/cluster/**", "**/node_modules/**"],
          testTimeout: 60_000, // a property takes a third of that, and machines are slow and busy
          hookTimeout: 60_000,
          maxWorkers: "100%",
          sequence: { groupOrder: 1 }, // not 0: with a single worker that would be the last group
          typecheck: {
            enabled: true,
            include: ["test/**/*.test-d.ts"],
            tsconfig: at("tsconfig.json"),
            ignoreSourceErrors: true, // `npm run typecheck` reports those
          },
        },
      },
      {
        extends: true,
        test: {
          // Measures time: nothing else may run meanwhile.
          name: "speed",
          include: ["test/bench/ratios.test.ts"],
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          // Needs the control plane of test/tools: one file after the other, after all unit tests.
          name: "cluster",
          include: ["test/cluster/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 900_000,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
