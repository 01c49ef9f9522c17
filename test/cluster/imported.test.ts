// What `flagstone import` writes deploys as any other program does: taken strictly by the server, its pods run, and it goes.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { fixture, importPaths, root } from "../import/imported.ts";
import { applyDirectory, expectUnchanged } from "./apply.ts";
import { deleteAll, expectNothingRemains, takeInventory } from "./inventory.ts";
import { readyPods, waitForPods } from "./pods.ts";
import { withControlPlane } from "./suite.ts";

const controlPlane = withControlPlane();
const out = mkdtempSync(join(tmpdir(), "imported-"));
afterAll(() => rmSync(out, { recursive: true, force: true }));

test.each([
  ["a shop of many services", "shop.yaml", 12],
  ["a Compose file", "voting", 4],
])("%s that was imported runs, and a second apply changes nothing", async (_, input, atLeast) => {
  const { folder, report } = await importPaths([fixture(input)], { tenant: "imported" });
  expect(report.unexplained).toEqual([]);
  const before = await takeInventory(controlPlane());
  const rendered = join(out, input);
  const synth = [join(root, "dist/cli/main.js"), "synth", folder, "--out", rendered];
  await promisify(execFile)(process.execPath, synth, { cwd: root });
  const applied = await applyDirectory(controlPlane(), rendered);
  await waitForPods(controlPlane(), ["imported"]);
  expect(Object.keys(await readyPods(controlPlane(), "imported")).length).toBeGreaterThanOrEqual(atLeast);
  await expectUnchanged(controlPlane(), applied);
  await deleteAll(controlPlane(), applied);
  await expectNothingRemains(controlPlane(), before);
});
