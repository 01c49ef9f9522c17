import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { readAsKubernetes } from "./kubernetes-yaml.ts";
import { missingTools } from "./status.ts";

const directory = mkdtempSync(join(tmpdir(), "yaml-"));
const file = join(directory, "values.yaml");
afterAll(() => rmSync(directory, { recursive: true, force: true }));
beforeEach((context) => {
  const missing = missingTools(["yaml-to-json"]);
  if (missing !== undefined) context.skip(missing);
});

test("Kubernetes reads YAML 1.1: bare words and octal numbers are not text", async () => {
  writeFileSync(file, "a: yes\nb: 0644\nc: 'on'\n---\nd: 1e3\n");
  expect(await readAsKubernetes([file])).toEqual([
    { file, index: 0, value: { a: true, b: 420, c: "on" } },
    { file, index: 1, value: { d: 1000 } },
  ]);
});

test("a duplicate key is an error", async () => {
  writeFileSync(file, "a: 1\na: 2\n");
  await expect(readAsKubernetes([file])).rejects.toThrow('key "a" already set in map');
});
