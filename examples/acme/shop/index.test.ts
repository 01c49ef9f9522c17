// What a team can check of its own program: no cluster, no cloud account, no mocks.
import { planOf } from "flagstone/testing";
import { expect, test } from "vitest";
import { flagstone } from "./index.ts";

const environments = ["dev", "prod"] as const;

test.each(environments)("nothing is wrong with the shop in %s", async (environment) => {
  const plan = await planOf(flagstone, environment);
  expect(plan.findings).toEqual([]);
});

test("the frontend is small in development and grows in production", async () => {
  const dev = await planOf(flagstone, "dev");
  expect(dev.object("Deployment", "frontend").spec.replicas).toBe(1);
  expect(dev.objects("HorizontalPodAutoscaler")).toEqual([]);

  const prod = await planOf(flagstone, "prod");
  const { minReplicas, maxReplicas } = prod.object("HorizontalPodAutoscaler", "frontend", "eu").spec;
  expect([minReplicas, maxReplicas]).toEqual([2, 8]);
});

test("advertisements are sold in Europe only", async () => {
  const { plan } = await planOf(flagstone, "prod");
  const clusters = plan.objects.filter(({ name }) => name === "ads").map(({ cluster }) => cluster);
  expect(new Set(clusters)).toEqual(new Set(["eu"]));
});

test("people wait for the checkout, so it comes first", async () => {
  const plan = await planOf(flagstone, "dev");
  expect(plan.object("Deployment", "checkout")).toMatchObject({
    spec: { template: { spec: { priorityClassName: "business-critical" } } },
  });
});

test("each address that a service is told is one that a service has", async () => {
  const plan = await planOf(flagstone, "dev");
  for (const { metadata } of plan.objects("Deployment")) {
    const [container] = plan.object("Deployment", metadata.name).spec.template.spec.containers;
    for (const { name, value = "" } of container?.env ?? []) {
      if (!name.endsWith("_ADDR")) continue;
      const [host = "", port] = value.split(":");
      const { ports } = plan.object("Service", host).spec;
      expect(ports.map((served) => String(served.port))).toContain(port);
    }
  }
});
