import type { Construct } from "constructs";
import {
  defaultsFor,
  definePlatform,
  type Tenant,
  WebService,
  type WebServiceProps,
  withDefaults,
  type Without,
} from "flagstone";
import { type Plan, testTenant } from "flagstone/testing";
import { describe, expect, test } from "vitest";
import { IMAGE } from "../testing/fixtures";

type Settings = Record<string, Plan["constructs"][number]["settings"][number]>;

const settingsOf = (plan: Plan, path: string): Settings =>
  Object.fromEntries(
    plan.constructs.find((construct) => construct.path === path)!.settings.map((setting) => [setting.name, setting]),
  );

/** A golden path. */
class Company extends WebService {
  public constructor(scope: Construct, id: string, props: WebServiceProps & { readonly page?: string }) {
    const { page, ...rest } = withDefaults(Company, scope, props, { health: "/healthz", replicas: 3, page: "none" });
    super(scope, id, {
      ...rest,
      podAnnotations: { "company/page": page ?? "", ...rest.podAnnotations },
      size: "medium",
    });
  }
}

/** A golden path on top of it. */
class Grpc extends Company {
  public constructor(scope: Construct, id: string, props: Without<WebServiceProps, "endpoints">) {
    super(scope, id, {
      ...withDefaults(Grpc, scope, props, { health: "grpc", env: { A: "grpc" } }),
      endpoints: { http: { port: 50051, protocol: "grpc" } },
    });
  }
}

const platform = definePlatform("acme", {
  domain: "acme.example",
  environments: { dev: { defaults: [defaultsFor(WebService, { gracePeriod: "20s", env: { B: "environment" } })] } },
  tenants: {
    shop: { defaults: [defaultsFor(Company, { replicas: 4 }), defaultsFor(WebService, { env: { C: "tenant" } })] },
  },
  defaults: [
    defaultsFor(WebService, { gracePeriod: "10s", env: { B: "platform", D: "platform" } }),
    defaultsFor(Grpc, { env: { A: "platform" } }),
  ],
});

async function explain(make: (shop: Tenant) => unknown): Promise<Settings> {
  const shop = testTenant(platform, "dev", "shop");
  make(shop);
  const { plan, findings } = await shop.plan();
  expect(findings).toEqual([]);
  return settingsOf(plan, "dev/shop/web");
}

describe("settings of a construct", () => {
  test("name the layer of each value, and what it replaced, nearest first", async () => {
    const settings = await explain(
      (shop) => new WebService(shop, "web", { image: IMAGE, gracePeriod: "5s", env: { E: "props" } }),
    );
    expect(settings["image"]).toEqual({ name: "image", value: IMAGE, layer: "props", by: "program", over: [] });
    expect(settings["user"]).toEqual({ name: "user", value: 10_001, layer: "own", by: "WebService", over: [] });
    expect(settings["gracePeriod"]).toEqual({
      name: "gracePeriod",
      value: "5s",
      layer: "props",
      by: "program",
      over: [
        { layer: "environment", by: "WebService", value: "20s" },
        { layer: "platform", by: "WebService", value: "10s" },
        { layer: "own", by: "WebService", value: "30s" },
      ],
    });
  });

  test("name the layer of each key of a record", async () => {
    const settings = await explain((shop) => new WebService(shop, "web", { image: IMAGE, env: { E: "props" } }));
    expect(settings).not.toHaveProperty("env");
    const layers = ["B", "C", "D", "E"].map((key) => [settings[`env.${key}`]!.value, settings[`env.${key}`]!.layer]);
    expect(layers).toEqual([
      ["environment", "environment"],
      ["tenant", "tenant"],
      ["platform", "platform"],
      ["props", "props"],
    ]);
    expect(settings["env.B"]!.over).toEqual([{ layer: "platform", by: "WebService", value: "platform" }]);
  });

  test("say what a size means, of the workload and of containers beside it", async () => {
    const settings = await explain(
      (shop) =>
        new WebService(shop, "web", {
          image: IMAGE,
          size: "large",
          init: { migrate: { size: "medium" } },
          sidecars: { proxy: { image: IMAGE }, cache: { image: IMAGE, size: { cpu: 1, memory: "1Gi" } } },
        }),
    );
    expect(settings["size"]).toEqual({
      name: "size",
      value: "large",
      means: "2 CPU, 2Gi memory",
      layer: "props",
      by: "program",
      over: [{ layer: "own", by: "WebService", value: "small" }],
    });
    expect(settings["init.migrate.size"]!.means).toBe("500m CPU, 512Mi memory");
    const others = Object.values(settings).filter(({ means }) => means !== undefined);
    expect(others.map(({ name }) => name)).toEqual(["init.migrate.size", "size"]);
  });

  test("say nothing of a size that says itself what it is", async () => {
    const settings = await explain(
      (shop) => new WebService(shop, "web", { image: IMAGE, size: { cpu: 1, memory: "1Gi" } }),
    );
    expect(settings["size"]).not.toHaveProperty("means");
  });

  test("are sorted by name", async () => {
    const names = Object.keys(await explain((shop) => new WebService(shop, "web", { image: IMAGE })));
    expect(names).toEqual([...names].sort());
    expect(names.length).toBeGreaterThan(5);
  });

  test("of a golden path name its own defaults, its code, and those who use it", async () => {
    const settings = await explain((shop) => new Company(shop, "web", { image: IMAGE, gracePeriod: "5s" }));
    const origin = (name: string) => [settings[name]!.value, settings[name]!.layer, settings[name]!.by];
    expect(origin("image")).toEqual([IMAGE, "props", "program"]);
    expect(origin("health")).toEqual(["/healthz", "own", "Company"]);
    expect(origin("replicas")).toEqual([4, "tenant", "Company"]);
    expect(origin("size")).toEqual(["medium", "class", "Company"]);
    expect(origin("podAnnotations.company/page")).toEqual(["none", "class", "Company"]);
    expect(origin("user")).toEqual([10_001, "own", "WebService"]);
    expect(origin("gracePeriod")).toEqual(["5s", "props", "program"]);
    expect(settings["replicas"]!.over).toEqual([
      { layer: "own", by: "WebService", value: 1 },
      { layer: "own", by: "Company", value: 3 },
    ]);
    expect(settings).not.toHaveProperty("page");
  });

  test("of a golden path on a golden path name the one that said it", async () => {
    const settings = await explain(
      (shop) => new Grpc(shop, "web", { image: IMAGE, env: { F: "props" }, podAnnotations: { x: "y" } }),
    );
    const origin = (name: string) => [settings[name]!.value, settings[name]!.layer, settings[name]!.by];
    expect(origin("image")).toEqual([IMAGE, "props", "program"]);
    expect(origin("health")).toEqual(["grpc", "own", "Grpc"]);
    expect(origin("endpoints")).toEqual([{ http: { port: 50051, protocol: "grpc" } }, "class", "Grpc"]);
    expect(origin("size")).toEqual(["medium", "class", "Company"]);
    expect(origin("replicas")).toEqual([4, "tenant", "Company"]);
    expect(origin("env.A")).toEqual(["platform", "platform", "Grpc"]);
    expect(origin("env.B")).toEqual(["environment", "environment", "WebService"]);
    expect(origin("env.F")).toEqual(["props", "props", "program"]);
    expect(origin("podAnnotations.x")).toEqual(["y", "props", "program"]);
    expect(settings["health"]!.over).toEqual([{ layer: "own", by: "Company", value: "/healthz" }]);
    expect(settings["env.A"]!.over).toEqual([{ layer: "own", by: "Grpc", value: "grpc" }]);
  });

  test("of two services in one tenant are kept apart", async () => {
    const shop = testTenant(platform, "dev", "shop");
    new Company(shop, "a", { image: IMAGE, replicas: 7 });
    new Company(shop, "b", { image: IMAGE });
    new WebService(shop, "c", { image: IMAGE });
    const { plan } = await shop.plan();
    expect(settingsOf(plan, "dev/shop/a")["replicas"]).toMatchObject({ value: 7, layer: "props", by: "program" });
    expect(settingsOf(plan, "dev/shop/b")["replicas"]).toMatchObject({ value: 4, layer: "tenant", by: "Company" });
    expect(settingsOf(plan, "dev/shop/c")["replicas"]).toMatchObject({ value: 1, layer: "own", by: "WebService" });
  });

  test("show what is no plain data in brackets", async () => {
    const settings = await explain(
      (shop) =>
        new WebService(shop, "web", {
          image: IMAGE,
          transform: { service: () => undefined, deployment: { spec: { paused: true } } },
        }),
    );
    expect(settings["transform.service"]!.value).toBe("[function]");
    expect(settings["transform.deployment"]!.value).toEqual({ spec: { paused: true } });
  });
});
