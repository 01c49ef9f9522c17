import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { missingTools } from "../tools/status.ts";
import { type Applied, applyDirectory, expectStored, expectUnchanged } from "./apply.ts";
import { controlPlaneTools } from "./control-plane.ts";
import { renderExamples, type Rendering } from "./examples.ts";
import { deleteAll, expectNothingRemains, type Inventory, takeInventory } from "./inventory.ts";
import { readyPods, waitForPods } from "./pods.ts";
import { until } from "./processes.ts";
import { withControlPlane } from "./suite.ts";

/** Pods that the programs ask for, by tenant's namespace and service: with an autoscaler, its minimum. */
const wanted = {
  "quickstart/dev/main": { demo: { hello: 1 } },
  "acme/dev/main": {
    shop: { frontend: 1, catalog: 1, cart: 2, checkout: 1, shipping: 1, email: 1, ads: 1, mailer: 1 },
    payments: { ledger: 1, vault: 1 },
  },
  "acme/prod/eu": {
    shop: { frontend: 2, catalog: 2, cart: 2, checkout: 2, shipping: 2, email: 2, ads: 2, mailer: 2 },
    payments: { ledger: 2, vault: 2 },
  },
  // Advertisements are in Europe only.
  "acme/prod/us": {
    shop: { frontend: 2, catalog: 2, cart: 2, checkout: 2, shipping: 2, email: 2, mailer: 2 },
    payments: { ledger: 2, vault: 2 },
  },
  "uploads/dev/main": { media: { gallery: 1 } },
  "uploads/prod/main": { media: { gallery: 2 } },
} as const;

const controlPlane = withControlPlane();
const out = mkdtempSync(join(tmpdir(), "examples-"));
let rendering: Rendering;
beforeAll(async () => {
  if (missingTools(controlPlaneTools) === undefined) rendering = await renderExamples(out);
});
afterAll(() => rmSync(out, { recursive: true, force: true }));

test("every environment and cluster of every example is tried", () => {
  expect(rendering.places).toEqual(Object.keys(wanted).sort());
});

test("what is not rendered is what carries outputs", () => {
  const id = "main/core/Secret/media/gallery-outputs";
  expect(rendering.leftToPulumi).toEqual([
    { program: "uploads", environment: "dev", id },
    { program: "uploads", environment: "prod", id },
  ]);
});

describe.each(Object.entries(wanted))("%s", (place, podsByNamespace) => {
  const namespaces = Object.keys(podsByNamespace);
  let before: Inventory;
  let applied: Applied;

  test("is taken by the API server, strictly read and without a warning", async () => {
    before = await takeInventory(controlPlane());
    applied = await applyDirectory(controlPlane(), join(out, place));
    expect(applied.objects.map(({ manifest }) => manifest.file.slice(out.length + 1)).sort()).toEqual(
      rendering.files.filter((file) => file.startsWith(`${place}/`)),
    );
    expect(applied.notServed).toEqual([]);
  });

  test("runs as many pods as the program asks for, all scheduled and Ready", async () => {
    const ask = async () => {
      await waitForPods(controlPlane(), namespaces);
      const found = Object.fromEntries(
        await Promise.all(
          namespaces.map(async (namespace) => [namespace, await readyPods(controlPlane(), namespace)] as const),
        ),
      );
      const differ = JSON.stringify(found, sorted) !== JSON.stringify(podsByNamespace, sorted);
      return differ ? JSON.stringify(found) : undefined;
    };
    await until("the pods that the program asks for", ask, { timeout: 60_000 });
  });

  test("is stored with every field as it is written", async () => {
    await expectStored(controlPlane(), applied);
  });

  test("does not change when it is applied again", async () => {
    await expectUnchanged(controlPlane(), applied);
  });

  test.each(namespaces)("refuses a privileged pod in the tenant's namespace %s", async (namespace) => {
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "intruder", namespace },
      spec: { containers: [{ name: "main", image: "example/intruder:1", securityContext: { privileged: true } }] },
    };
    const { status, body } = await controlPlane().request("POST", `/api/v1/namespaces/${namespace}/pods`, pod);
    expect(status).toBe(403);
    expect(body).toMatchObject({
      message: expect.stringContaining('violates PodSecurity "restricted:latest": privileged (container "main"'),
    });
  });

  test("leaves nothing behind when it is deleted", async () => {
    await deleteAll(controlPlane(), applied);
    await expectNothingRemains(controlPlane(), before);
  });
});

/** Keys in order, so that equal records have equal texts. */
const sorted = (_: string, value: unknown): unknown =>
  typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
