// What a team can check of its own program: no cluster, no cloud account, no mocks.
import { acme } from "@acme/platform";
import { Tenant, WebService } from "flagstone";
import { planOf, testTenant } from "flagstone/testing";
import { expect, test } from "vitest";
import { flagstone } from "./index.ts";

const environments = ["dev", "prod"] as const;

test.each(environments)("nothing is wrong with the shop in %s", async (environment) => {
  const plan = await planOf(flagstone, environment);
  // What shipping is told to know: no policy of Kubernetes names a host.
  expect(plan.findings.map(({ rule, path }) => [rule, path])).toEqual([
    ["connections/public-egress", `${environment}/shop/tracking`],
  ]);
});

test("these talk to each other, and no others", async () => {
  const plan = await planOf(flagstone, "prod");
  expect(plan.edges()).toEqual([
    "shop/abandoned-carts → shop/cart.grpc",
    "shop/abandoned-carts → shop/email.http",
    "shop/checkout → payments/ledger.grpc",
    "shop/checkout → shop/cart.grpc",
    "shop/checkout → shop/catalog.grpc",
    "shop/checkout → shop/email.http",
    "shop/checkout → shop/shipping.grpc",
    "shop/frontend → shop/cart.grpc",
    "shop/frontend → shop/catalog.grpc",
    "shop/frontend → shop/checkout.grpc",
    "shop/mailer → shop/email.http",
    "shop/migrate-orders → payments/ledger.grpc",
    "shop/shipping → shop/tracking",
  ]);
});

test("a preview stands beside dev, with hosts of its own, and uses the ledger of dev", async () => {
  const plan = await planOf(flagstone, { preview: "pr-12" });
  expect(plan.object("Ingress", "frontend-pr-12")).toMatchObject({
    spec: { rules: [{ host: "frontend-pr-12.shop.dev.acme.example" }] },
  });
  const [container] = plan.object("Deployment", "checkout-pr-12").spec.template.spec.containers;
  expect(container?.env).toContainEqual({ name: "CART_ADDR", value: "cart-pr-12.shop.svc:50051" });
  expect(container?.env).toContainEqual({ name: "LEDGER_ADDR", value: "ledger.payments.svc:50051" });
});

test("the vault of payments is out of reach", async () => {
  const shop = testTenant(acme, "dev", "shop");
  const payments = Tenant.fromName(shop.environment, "payments");
  const vault = WebService.fromName(payments, "vault", { endpoints: { grpc: { port: 50051, protocol: "grpc" } } });
  new WebService(shop, "curious", { image: "registry.acme.example/shop/curious:1.0.0", connections: { vault } });
  const { findings } = await shop.plan();
  expect(findings).toMatchObject([
    { rule: "connections/not-visible", path: "dev/shop/curious", owner: "group:shop-leads" },
  ]);
});

test("customers come in by the front door only", async () => {
  const plan = await planOf(flagstone, "prod");
  expect(plan.objects("Ingress").map(({ metadata }) => metadata.name)).toEqual(["frontend", "frontend"]);
  expect(plan.object("Ingress", "frontend", "eu")).toMatchObject({ spec: { rules: [{ host: "www.acme.example" }] } });
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

test("no pod of a new checkout starts before the orders were migrated", async () => {
  const { plan } = await planOf(flagstone, "prod");
  const checkouts = plan.objects.filter(({ kind, name }) => kind === "Deployment" && name === "checkout");
  expect(checkouts.map(({ cluster }) => cluster).sort()).toEqual(["eu", "us"]);
  for (const { dependsOnConstructs } of checkouts) expect(dependsOnConstructs).toContain("prod/shop/migrate-orders");
});

test("people are reminded of their carts on weekday mornings, as it is in Berlin", async () => {
  const plan = await planOf(flagstone, "dev");
  expect(plan.object("CronJob", "abandoned-carts")).toMatchObject({
    spec: { schedule: "0 6 * * mon-fri", timeZone: "Europe/Berlin", concurrencyPolicy: "Forbid" },
  });
});

test("pictures are made smaller beside the frontend, not by it", async () => {
  const plan = await planOf(flagstone, "dev");
  const { containers, initContainers } = plan.object("Deployment", "frontend").spec.template.spec;
  expect(containers.map(({ name }) => name)).toEqual(["frontend"]);
  expect(initContainers).toMatchObject([{ name: "pictures", restartPolicy: "Always" }]);
});

test("programs are told addresses under the names that they have at Acme", async () => {
  const plan = await planOf(flagstone, "dev");
  const [container] = plan.object("Deployment", "checkout").spec.template.spec.containers;
  expect(container?.env).toContainEqual({ name: "LEDGER_ADDR", value: "ledger.payments.svc:50051" });
  expect(container?.env).toContainEqual({ name: "CART_ADDR", value: "cart.shop.svc:50051" });
});
