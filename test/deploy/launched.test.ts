import { existsSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { launch, type Launched, type LaunchSettings } from "../engine/launch.ts";
import type { Stacks } from "../engine/registry.ts";
import { namesOf } from "./programs.ts";

// Programs as users run them: on the built package, as TypeScript that Node takes as it is, started by Pulumi's own launcher.
const root = join(import.meta.dirname, "..", "..");
const examples = join(root, "examples");
const fixtures = join(import.meta.dirname, "fixtures", "programs");

vi.setConfig({ testTimeout: 180_000 }); // each starts a process or two

beforeAll(() => {
  if (!existsSync(join(root, "dist", "index.js"))) throw new Error("these tests run the built package: npm run build");
});

const fixture = (main: string, settings: Partial<LaunchSettings> = {}): Promise<Launched> =>
  launch({ project: "fixture", stack: "dev", directory: fixtures, main, ...settings });

/** What the stack of the example's platform exports. */
async function platformIn(environment: string): Promise<Stacks> {
  const settings = { project: "acme-platform", stack: environment, directory: join(examples, "acme/platform") };
  const { outputs } = await launch({ ...settings, main: "main.ts" });
  return { [`organization/acme-platform/${environment}`]: outputs as Stacks[string] };
}

describe("an example program", () => {
  test.each([
    ["quickstart", "index.ts", "quickstart", "dev"],
    ["acme/platform", "main.ts", "acme", "prod"],
    ["acme/payments", "index.ts", "payments", "prod"],
    ["acme/shop", "index.ts", "shop", "prod"],
    ["uploads", "index.ts", "uploads", "dev"],
  ])("(%s/%s) comes to life under Pulumi's launcher", async (folder, main, program, environment) => {
    const settings = { project: program, stack: environment, directory: join(examples, folder), main };
    const { exitCode, log, refusals, outputs, resources } = await launch({
      ...settings,
      computed: () => ({ bucket: "bucket-1a2b3c" }),
      stacks: await platformIn(environment),
    });
    expect({ exitCode, log, refusals }).toEqual({ exitCode: 0, log: "", refusals: [] });
    // Every export of a program's file is an output of its stack: there is nothing but the contract.
    expect(Object.keys(outputs as object)).toEqual(["flagstone"]);
    expect(outputs).toMatchObject({ flagstone: { contractVersion: 1, program, environment } });
    expect(resources.filter(({ type }) => type.startsWith("kubernetes:")).length).toBeGreaterThan(2);
  });

  test("is previewed under it too", async () => {
    const settings = { project: "quickstart", stack: "dev", directory: join(examples, "quickstart"), main: "index.ts" };
    const [preview, real] = [await launch({ ...settings, preview: true }), await launch(settings)];
    expect(preview.exitCode).toBe(0);
    expect(namesOf(preview.resources)).toEqual(namesOf(real.resources));
  });
});

describe("an application whose platform is not deployed as it needs", () => {
  const shop = (stacks: Stacks) =>
    launch({ project: "shop", stack: "prod", directory: join(examples, "acme/shop"), main: "index.ts", stacks });

  test("fails with all that is wrong, once and without a stack trace, and nothing is registered", async () => {
    const [[address, { flagstone }]] = Object.entries(await platformIn("prod")) as [[string, { flagstone: object }]];
    const { exitCode, log, resources } = await shop({
      [address]: { flagstone: { ...flagstone, tenants: {}, clusters: {} } },
    });
    expect(exitCode).not.toBe(0);
    expect(log.match(/shop cannot be deployed on what the platform has deployed: 3 errors/g)).toHaveLength(1);
    for (const missing of ['no cluster "eu" yet', 'no cluster "us" yet', 'tenant "shop" yet'])
      expect(log.split(missing)).toHaveLength(2);
    expect(log).not.toMatch(/^\s+at .*\.(js|ts):\d+/m);
    expect(resources.map(({ type }) => type)).toEqual(["pulumi:pulumi:StackReference"]);
  });

  test("fails when there is no such stack", async () => {
    const { exitCode, log, resources } = await shop({});
    expect(exitCode).not.toBe(0);
    expect(log).toContain('unknown stack "organization/acme-platform/prod"');
    expect(resources.map(({ type }) => type)).toEqual(["pulumi:pulumi:StackReference"]);
  });
});

test("a program that never calls run fails, and says what is missing", async () => {
  const { exitCode, log, resources } = await fixture("never-run.ts");
  expect(exitCode).not.toBe(0);
  expect(log).toContain("fixture: run was never called, and an empty program would delete everything");
  expect(log).toContain("export const flagstone = … .run((environment) => { … });");
  expect(resources).toEqual([]);
});

test("a program that fails before it calls run says why, and not that run is missing", async () => {
  const { exitCode, log } = await fixture("throws-before.ts");
  expect(exitCode).not.toBe(0);
  expect(log).toContain("out of coffee");
  expect(log).not.toContain("run was never called");
});

test("a program with mistakes fails with all of them, without a stack trace, and nothing is registered", async () => {
  const { exitCode, log, resources } = await fixture("mistakes.ts");
  expect(exitCode).not.toBe(0);
  expect(resources).toEqual([]);
  expect(log).toContain("error: dev/shop/latest: ");
  expect(log).toContain("error: dev/shop/ports: ");
  expect(log).toContain("at: test/deploy/fixtures/programs/mistakes.ts:10");
  expect(log).not.toMatch(/^\s+at .*\.(js|ts):\d+:\d+/m);
});

test("a program on a stack that is no environment fails with the names of its environments", async () => {
  const { exitCode, log, resources } = await fixture("mistakes.ts", { stack: "staging" });
  expect(exitCode).not.toBe(0);
  expect(resources).toEqual([]);
  expect(log).toMatch(/fixture has no environment "staging".*"dev".*"prod"/s);
});
