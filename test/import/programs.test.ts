// What is written for the fixtures: programs that compile, that prettier leaves alone, and that render what was imported.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import * as prettier from "prettier";
import { beforeAll, describe, expect, test } from "vitest";
import { FIELD_RULES } from "../../lib/import/field-rules.ts";
import { RULES } from "../../lib/import/proof/rules.ts";
import { compilerProblems } from "../compile.ts";
import { fixture, type Imported, importPaths } from "./imported.ts";

const FIXTURES = {
  "a shop of eleven services": ["shop.yaml"],
  "a grown chart": ["web-chart.yaml"],
  "a small chart": ["info-chart.yaml"],
  "a folder of manifests": ["guestbook"],
  "what has no construct": ["everything.yaml"],
  "a Compose file of five services": ["voting/compose.yaml"],
  "a Compose file with every field": ["compose/docker-compose.yml"],
  "a workload of Score": ["score/hello.yaml"],
  "several workloads of Score": ["score"],
} as const;

const names = Object.keys(FIXTURES) as (keyof typeof FIXTURES)[];
const imported = new Map<string, Imported>();

beforeAll(async () => {
  for (const name of names) imported.set(name, await importPaths(FIXTURES[name].map(fixture), { tenant: "shop" }));
}, 120_000);

const of = (name: string): Imported => imported.get(name)!;

describe.each(names)("a program written for %s", (name) => {
  test("renders what was imported, but for differences that are meant to be", () => {
    expect(of(name).report.unexplained).toEqual([]);
  });

  test("has no errors", () => {
    expect(of(name).report.findings.filter(({ severity }) => severity === "error")).toEqual([]);
  });

  test("is as prettier would leave it", async () => {
    const { folder, read } = of(name);
    for (const file of readdirSync(folder).filter((path) => path.endsWith(".ts"))) {
      const formatted = await prettier.format(read(file), { parser: "typescript", printWidth: 120 });
      expect(read(file), file).toBe(formatted);
    }
  });

  test("loses no object", () => {
    const { constructs, kept, notDeployed } = of(name).report;
    const all = [
      ...constructs.flatMap(({ objects }) => objects),
      ...[...kept, ...notDeployed].map(({ object }) => object),
    ];
    expect(new Set(all).size).toBe(all.length);
    expect(all.length).toBeGreaterThan(0);
  });

  test("comes with a report that names every rule that it used", () => {
    const { report, read } = of(name);
    for (const { rule, sentence } of report.rules) {
      expect(sentence, rule).not.toBe("");
      expect(read("import-report.md")).toContain(`\`${rule}\``);
    }
  });
});

test("every rule is one that a fixture needs", () => {
  const reports = names.map((name) => of(name).report);
  const used = new Set(
    reports.flatMap(({ rules, fields }) => [...rules.map(({ rule }) => rule), ...fields.map(({ note }) => note)]),
  );
  expect([...RULES.map(({ name }) => name), ...Object.keys(FIELD_RULES)].filter((rule) => !used.has(rule))).toEqual([]);
});

test("written programs compile", { timeout: 120_000 }, () => {
  const files = names.flatMap((name) => {
    const { folder } = of(name);
    return readdirSync(folder)
      .filter((path) => path.endsWith(".ts"))
      .map((path) => join(folder, path));
  });
  expect(files.length).toBeGreaterThan(names.length);
  expect(compilerProblems(files)).toEqual([]);
});

test("programs are a fraction of the manifests that they were imported from", () => {
  const { lines } = of("a shop of eleven services").report;
  expect(lines.input).toBeGreaterThan(800);
  expect(lines.program).toBeLessThan(lines.input / 5);
});

test("the same input gives the same files", async () => {
  const again = await importPaths([fixture("web-chart.yaml")], { tenant: "shop" });
  const { read, report } = of("a grown chart");
  for (const file of report.written) expect(again.read(file)).toBe(read(file));
});
