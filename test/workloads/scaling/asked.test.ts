import { Capability, definePlatform, Trigger, WebService, type WebServiceProps, Worker } from "flagstone";
import { testTenant } from "flagstone/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Network } from "../../../lib/checks/network";
import { asksHost } from "../../../lib/workloads/scaling/asked";
import { IMAGE, rulesOf } from "../../testing/fixtures";

const image = IMAGE;
const list = { list: "mails", perReplica: 20 };

/** A worker that is connected to two services, one of which its triggers may ask. */
async function scaledBy(trigger: (redis: WebService<"redis">) => Trigger, more: Partial<WebServiceProps> = {}) {
  const capabilities = [Capability.keda({ from: { namespace: "keda" } })];
  const facts = definePlatform("acme", {
    domain: "acme.example",
    environments: { dev: { clusters: { main: { capabilities }, plain: {} } } },
    tenants: { shop: {} },
  });
  const shop = testTenant(facts, "dev", "shop");
  const redis = new WebService(shop, "redis", { image, endpoints: { redis: { port: 6379, protocol: "tcp" } } });
  const cart = new WebService(shop, "cart", { image, endpoints: { http: { port: 8080 }, admin: { port: 8081 } } });
  new Worker(shop, "mailer", {
    image,
    health: false,
    placement: { cluster: "main" },
    connections: { redis, cart: cart.endpoints.http },
    replicas: { min: 0, max: 9, triggers: { mails: trigger(redis) } },
    ...(more as object),
  });
  const plan = await shop.plan();
  const network = new Network(plan.plan.objects);
  const lets = (name: string, port: number, cluster = "main", namespace = "keda") => {
    const pod = network.pods.find((one) => one.name === name && one.cluster === cluster)!;
    return network.reaches({ cluster, namespace }, pod, port).allowed;
  };
  return { plan, lets };
}

describe("KEDA", () => {
  test.each<readonly [string, (redis: WebService<"redis">) => Trigger, object]>([
    ["its address", (redis) => Trigger.redisList({ address: redis.coordinates.address, ...list }), {}],
    ["a variable of the connection", () => Trigger.of("x", { hostFromEnv: "REDIS_HOST" }), {}],
    [
      "a variable that names those of the connection",
      () => Trigger.redisList({ addressFromEnv: "ADDRESS", ...list }),
      { env: { HOST: "$(REDIS_HOST)", ADDRESS: "$(HOST):$(REDIS_PORT)" } },
    ],
  ])("is let in by what a trigger asks by %s, on that port and where it scales", async (_, trigger, more) => {
    const { plan, lets } = await scaledBy(trigger, more);
    expect(plan.findings).toEqual([]);
    expect(lets("redis", 6379)).toBe(true);
    expect(lets("redis", 6379, "plain")).toBe(false);
    expect(lets("redis", 6379, "main", "other")).toBe(false);
    expect(lets("cart", 8080)).toBe(false);
    expect(lets("mailer", 8080)).toBe(false);
    expect(plan.object("NetworkPolicy", "redis", "main")).toMatchObject({
      spec: {
        ingress: [
          {},
          {
            from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "keda" } } }],
            ports: [{ port: "redis", protocol: "TCP" }],
          },
        ],
      },
    });
  });

  test("is let in by nobody whom no trigger asks, or who scales nobody", async () => {
    const cron = Trigger.cron({ start: "0 11 * * *", end: "0 14 * * *", replicas: 2 });
    const elsewhere = Trigger.redisList({ address: "redis.other.svc:6379", ...list });
    for (const trigger of [cron, elsewhere]) expect((await scaledBy(() => trigger)).lets("redis", 6379)).toBe(false);
    const fixed = await scaledBy(() => cron, { replicas: 2 });
    expect(fixed.lets("redis", 6379)).toBe(false);
  });

  test("is warned of where the facts do not say where it runs", async () => {
    const facts = definePlatform("acme", {
      domain: "acme.example",
      environments: { dev: { clusters: { main: { capabilities: [Capability.keda()] } } } },
      tenants: { shop: {} },
    });
    const shop = testTenant(facts, "dev", "shop");
    const redis = new WebService(shop, "redis", { image });
    const triggers = { mails: Trigger.redisList({ address: redis.coordinates.address, ...list }) };
    const cron = Trigger.cron({ start: "0 11 * * *", end: "0 14 * * *", replicas: 2 });
    const props = { image, health: false, connections: { redis } } as const;
    new Worker(shop, "mailer", { ...props, replicas: { min: 0, max: 9, triggers } });
    new Worker(shop, "other", { ...props, replicas: { min: 0, max: 9, triggers: { cron } } });
    const { findings } = await shop.plan();
    expect(rulesOf(findings)).toEqual(["replicas/keda-outside"]);
    expect(findings[0]?.path).toBe("dev/shop/mailer");
  });
});

describe("a host that triggers ask", () => {
  const asks = (text: string, host = "redis.shop.svc") => asksHost({ x: Trigger.of("x", { a: text }) }, {}, host);

  test("is a whole one", () => {
    for (const text of [
      "redis.shop.svc",
      "redis.shop.svc:6379",
      "http://redis.shop.svc/x",
      "a,redis.shop.svc.cluster.local",
    ])
      expect(asks(text)).toBe(true);
    for (const text of ["my-redis.shop.svc", "redis.shop.svcs", "redisxshop.svc", "a.redis.shop.svc", ""])
      expect(asks(text)).toBe(false);
  });

  test("is found behind any variables, also where these go round in a circle", () => {
    const name = fc.constantFrom("A", "B", "C", "D");
    const value = fc
      .array(
        fc.oneof(
          name.map((one) => `$(${one})`),
          fc.constantFrom("redis.shop.svc", ":", "x"),
        ),
      )
      .map((all) => all.join("/"));
    fc.assert(
      fc.property(fc.dictionary(name, value), (variables) => {
        const trigger = { x: Trigger.of("x", { hostFromEnv: "A" }) };
        const seen = new Set<string>();
        const reached = ["A"];
        for (let at = reached.pop(); at !== undefined; at = reached.pop()) {
          if (seen.has(at)) continue;
          seen.add(at);
          reached.push(...[...(variables[at] ?? "").matchAll(/\$\((.)\)/g)].map(([, other]) => other!));
        }
        const holds = [...seen].some((one) => (variables[one] ?? "").includes("redis.shop.svc"));
        expect(asksHost(trigger, variables, "redis.shop.svc")).toBe(holds);
      }),
    );
  });
});
