import { type Environment, Job, ScheduledJob, Tenant, WebService } from "flagstone";
import { planOf } from "flagstone/testing";
import { describe, expect, test } from "vitest";
import { addressesIn } from "../../lib/plan/checks/addresses";
import { brief, IMAGE, platformThat } from "../testing/fixtures";

describe("addresses in a text", () => {
  test.each([
    ["cart:8080", [["cart", undefined, 8080]]],
    ["http://cart:8080/v1?x=1", [["cart", undefined, 8080]]],
    ["cart.shop:80", [["cart", "shop", 80]]],
    ["grpc://cart.shop.svc:9090", [["cart", "shop", 9090]]],
    ["cart.shop.svc.cluster.local:80", [["cart", "shop", 80]]],
    ["http://cart/", [["cart", undefined, 80]]],
    ["https://cart.shop.svc", [["cart", "shop", 443]]],
    ["a:1,b:2", [["a", undefined, 1], ["b", undefined, 2]]], // prettier-ignore
    ["redis://cache:6379/0", [["cache", undefined, 6379]]],
    ["cart", []],
    ["cart.shop.svc", []],
    ["https://api.stripe.com", []],
    ["api.stripe.com:443", []],
    ["10.0.0.1:80", []],
    ["12:30:15", []],
    ["key:value", []],
    ["", []],
  ] as const)("%j", (text, expected) => {
    const found = addressesIn(text).map(({ service, namespace, port }) => [service, namespace, port]);
    expect(found).toEqual(expected);
  });
});

test.each(["a", "a-", "a.", "a:", "http://", "a.b.svc.", " a", "0"])(
  "a variable that holds a megabyte of %j is read in no time",
  (part) => {
    const start = performance.now();
    addressesIn(`${part.repeat(1_000_000 / part.length)}_`);
    expect(performance.now() - start).toBeLessThan(2_000);
  },
);

describe("a variable with the address of a workload", () => {
  const findings = async (define: (shop: Tenant, bank: Tenant) => unknown) => {
    const program = platformThat((environment: Environment) => {
      define(new Tenant(environment, "shop"), new Tenant(environment, "bank"));
    });
    return brief((await planOf(program, "dev")).findings);
  };

  test("to which there is no connection is a warning that says how to connect", async () => {
    const found = await findings((shop) => {
      new WebService(shop, "cart", { image: IMAGE });
      new WebService(shop, "web", { image: IMAGE, env: { CART_ADDR: "cart:8080", CART: "http://cart.shop.svc:8080" } });
    });
    expect(found).toEqual([
      'connections/missing dev/shop/web: env.CART is an address of "dev/shop/cart", which it is not connected to: ' +
        "its NetworkPolicy lets no traffic out to there; add it to connections; " +
        "to keep the variable: .connection({ env: ({ address }) => ({ CART: address }) })",
      'connections/missing dev/shop/web: env.CART_ADDR is an address of "dev/shop/cart", which it is not connected to: ' +
        "its NetworkPolicy lets no traffic out to there; add it to connections; " +
        "to keep the variable: .connection({ env: ({ address }) => ({ CART_ADDR: address }) })",
    ]);
  });

  test.each([
    ["a Job", (shop: Tenant, env: Record<string, string>) => new Job(shop, "run", { image: IMAGE, env })],
    [
      "a ScheduledJob",
      (shop: Tenant, env: Record<string, string>) =>
        new ScheduledJob(shop, "run", { image: IMAGE, env, schedule: "@daily" }),
    ],
  ])("is found in %s as well", async (_, make) => {
    const found = await findings((shop) => {
      new WebService(shop, "cart", { image: IMAGE });
      make(shop, { CART_ADDR: "cart:8080" });
    });
    expect(found.map((text) => text.split(" is an address")[0])).toEqual([
      "connections/missing dev/shop/run: env.CART_ADDR",
    ]);
  });

  test("is right where there is one, whatever it is called", async () => {
    const found = await findings((shop) => {
      const cart = new WebService(shop, "cart", { image: IMAGE });
      new WebService(shop, "web", { image: IMAGE, connections: { basket: cart }, env: { CART_ADDR: "cart:8080" } });
    });
    expect(found).toEqual([]);
  });

  test("is found across namespaces, by the namespace that it says", async () => {
    const found = await findings((shop, bank) => {
      const endpoints = { http: { port: 8080, visibility: "environment" } } as const;
      new WebService(bank, "ledger", { image: IMAGE, endpoints });
      new WebService(shop, "web", { image: IMAGE, env: { A: "ledger:8080", B: "ledger.bank:8080" } });
    });
    expect(found.map((text) => text.split(" is an address")[0])).toEqual(["connections/missing dev/shop/web: env.B"]);
  });

  test("means nothing with a port that it does not serve, and to itself", async () => {
    const found = await findings((shop) => {
      new WebService(shop, "cart", { image: IMAGE });
      new WebService(shop, "web", { image: IMAGE, env: { A: "cart:9999", SELF: "web:8080" } });
    });
    expect(found).toEqual([]);
  });
});
