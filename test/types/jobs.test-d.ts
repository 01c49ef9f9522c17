import { Job, type Ref, ScheduledJob, Secret, type Tenant, WebService } from "flagstone";
import { describe, expectTypeOf, test } from "vitest";

declare const shop: Tenant;
const image = "registry.acme.example/web:1.0.0";

describe("a job", () => {
  test("is waited for by any workload, and nothing else is", () => {
    const migrate = new Job(shop, "migrate", { image, retries: 1, deadline: "5m" });
    const web = new WebService(shop, "web", { image, runAfter: [migrate] });
    new ScheduledJob(shop, "report", { image, schedule: "@daily", runAfter: [migrate] });
    new Job(shop, "index", { image, runAfter: [migrate] });
    // @ts-expect-error a service never ends
    new WebService(shop, "cart", { image, runAfter: [web] });
    // @ts-expect-error one of several
    new WebService(shop, "cart", { image, runAfter: migrate });
  });

  test("has no endpoints, replicas or health", () => {
    // @ts-expect-error nobody reaches it
    new Job(shop, "migrate", { image, endpoints: { http: { port: 80 } } });
    // @ts-expect-error it runs once
    new Job(shop, "migrate", { image, replicas: 2 });
    // @ts-expect-error nobody asks
    new Job(shop, "migrate", { image, health: "/" });
    // @ts-expect-error that is a ScheduledJob
    new Job(shop, "migrate", { image, schedule: "@daily" });
    // @ts-expect-error an hour of what?
    new Job(shop, "migrate", { image, deadline: 3600 });
  });

  test("has transforms of its own objects", () => {
    new Job(shop, "migrate", { image, transform: { job: {}, serviceAccount: {} } });
    new ScheduledJob(shop, "report", { image, schedule: "@daily", transform: { cronJob: {} } });
    // @ts-expect-error it has none
    new Job(shop, "migrate", { image, transform: { deployment: {} } });
    // @ts-expect-error it has none
    new ScheduledJob(shop, "report", { image, schedule: "@daily", transform: { job: {} } });
  });
});

describe("a scheduled job", () => {
  test("needs a schedule", () => {
    // @ts-expect-error nobody knows when
    new ScheduledJob(shop, "report", { image });
  });

  test("overlaps in one of three ways", () => {
    new ScheduledJob(shop, "report", { image, schedule: "@daily", overlap: "replace", history: { failed: 3 } });
    // @ts-expect-error Kubernetes' word
    new ScheduledJob(shop, "report", { image, schedule: "@daily", overlap: "Forbid" });
  });
});

describe("a secret", () => {
  const stripe = new Secret(shop, "stripe", { path: "shop/stripe", keys: ["api_key", "webhook"] });

  test("knows its keys", () => {
    expectTypeOf(stripe).toEqualTypeOf<Secret<"api_key" | "webhook">>();
    expectTypeOf(stripe.keys.api_key).toEqualTypeOf<Ref>();
    expectTypeOf(stripe.keys.webhook).toEqualTypeOf<Ref>();
    // @ts-expect-error there is no such key
    expectTypeOf(stripe.keys.apikey);
    stripe.connection({ env: ({ api_key }) => ({ KEY: api_key }) });
    // @ts-expect-error there is no such key
    stripe.connection({ env: ({ apikey }) => ({ KEY: apikey }) });
  });

  test("is taken wherever keys are", () => {
    new WebService(shop, "web", {
      image,
      connections: { stripe },
      env: { KEY: stripe.keys.api_key },
      envFrom: [{ secret: stripe }],
      files: { "/etc/webhook": stripe.keys.webhook },
      volumes: { stripe: { kind: "keys", secret: stripe, path: "/etc/stripe" } },
    });
  });

  test("has at least one key, and a place in the store", () => {
    // @ts-expect-error it would hold nothing
    new Secret(shop, "stripe", { path: "shop/stripe", keys: [] });
    // @ts-expect-error nobody knows where
    new Secret(shop, "stripe", { keys: ["a"] });
    // @ts-expect-error there is nothing to reload
    new Secret(shop, "stripe", { path: "shop/stripe", keys: ["a"], onChange: "reload" });
  });
});
