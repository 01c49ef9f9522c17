import {
  Application,
  Cluster,
  defaultsFor,
  definePlatform,
  Environment,
  type Placement,
  Platform,
  type PlatformDefinition,
  type Program,
  Tenant,
  WebService,
} from "flagstone";
import { planOf, testTenant } from "flagstone/testing";
import { describe, expectTypeOf, test } from "vitest";

const acme = definePlatform("acme", {
  domain: "acme.example",
  tiers: { regulated: { like: "production" } },
  environments: { dev: { tier: "development" }, prod: { tier: "regulated", clusters: { eu: {}, us: {} } } },
  tenants: { shop: { owners: ["group:shop"] }, bank: {} },
});
type Acme = typeof acme extends { environmentOf(scope: never): Environment<infer X> } ? X : never;
const main = Cluster.fromKubeconfig();
declare const environment: Environment<Acme>;
declare const shop: Tenant<Acme>;

describe("platform facts", () => {
  test("give their names to the type system", () => {
    expectTypeOf<Acme["environment"]>().toEqualTypeOf<"dev" | "prod">();
    expectTypeOf<Acme["tier"]>().toEqualTypeOf<"regulated">();
    expectTypeOf<Acme["tenant"]>().toEqualTypeOf<"shop" | "bank">();
    expectTypeOf<Acme["cluster"]>().toEqualTypeOf<"eu" | "us">();
  });

  test("without tiers, tenants and clusters have none to name, but the cluster main", () => {
    const small = definePlatform("small", { domain: "small.example", environments: { dev: {} } });
    expectTypeOf(small).toEqualTypeOf<
      PlatformDefinition<{ environment: "dev"; tier: never; tenant: never; cluster: "main" }>
    >();
  });

  test("cannot name what they do not have", () => {
    const domain = "x.example";
    const tiers = { regulated: { like: "staging" } } as const;
    // @ts-expect-error there is no such tier
    definePlatform("x", { domain, environments: { dev: { tier: "regulatd" } }, tiers });
    // @ts-expect-error no built-in tier is called so
    definePlatform("x", { domain, environments: { dev: {} }, tiers: { regulated: { like: "prod" } } });
    // @ts-expect-error there is no such environment
    definePlatform("x", { domain, environments: { dev: {} }, tenants: { shop: { environments: ["prod"] } } });
    // @ts-expect-error there is no such environment
    definePlatform("x", { domain, environments: { dev: {} }, tenants: { shop: { placement: { prod: {} } } } });
    // @ts-expect-error owners are groups
    definePlatform("x", { domain, environments: { dev: {} }, tenants: { shop: { owners: ["shop"] } } });
    // @ts-expect-error a tenant has at least one namespace
    definePlatform("x", { domain, environments: { dev: {} }, tenants: { shop: { namespaces: [] } } });
    // @ts-expect-error a domain is required
    definePlatform("x", { environments: { dev: {} } });
    // @ts-expect-error there is no such fact
    definePlatform("x", { domain, environments: { dev: {} }, domian: "y" });
    // @ts-expect-error nor such a fact of an environment
    definePlatform("x", { domain, environments: { dev: { teir: "staging" } } });
    // @ts-expect-error the address of a stack has three parts
    definePlatform("x", { domain, environments: { dev: { stack: "acme-platform/dev" } } });
  });

  test("have other clusters in each environment", () => {
    const regions = definePlatform("x", {
      domain: "x.example",
      environments: {
        dev: { clusters: { main: {} }, stack: "organization/x-platform/dev" },
        prod: { clusters: { eu: { region: "eu-central-1" }, us: {} } },
      },
    });
    expectTypeOf(regions).toEqualTypeOf<
      PlatformDefinition<{ environment: "dev" | "prod"; tier: never; tenant: never; cluster: "main" | "eu" | "us" }>
    >();
  });
});

describe("select", () => {
  test("with a default always gives a value, of all the types in it", () => {
    expectTypeOf(environment.select({ production: { min: 3, max: 12 }, default: 1 })).toEqualTypeOf<
      { readonly min: 3; readonly max: 12 } | 1
    >();
  });

  test("without a default may give nothing", () => {
    expectTypeOf(environment.select({ prod: "large" })).toEqualTypeOf<"large" | undefined>();
  });

  test("takes names of environments, tiers and built-in tiers", () => {
    environment.select({ dev: 1, prod: 2, regulated: 3, development: 4, staging: 5, production: 6, default: 7 });
    environment.select({ preview: 1, dev: 2 });
    // @ts-expect-error neither an environment nor a tier
    environment.select({ live: 1, default: 2 });
    // @ts-expect-error nor next to one that is
    environment.select({ prod: 1, producton: 2 });
  });

  test("gives what props take", () => {
    new WebService(shop, "web", {
      image: "web:1",
      replicas: environment.select({ production: { min: 3, max: 12 }, default: 1 }),
      placement: environment.select({ production: { region: "eu-central-1" } }),
      health: environment.select({ dev: false, default: "/healthz" }),
    });
  });
});

describe("environments and tenants", () => {
  test("are known by name", () => {
    expectTypeOf(environment.name).toEqualTypeOf<"dev" | "prod">();
    expectTypeOf(environment.tier).toEqualTypeOf<"regulated" | "development" | "staging" | "production">();
    expectTypeOf(shop.name).toEqualTypeOf<"shop" | "bank">();
    expectTypeOf(acme.environmentOf(shop)).toEqualTypeOf<Environment<Acme>>();
    expectTypeOf(acme.tenantOf(shop)).toEqualTypeOf<Tenant<Acme>>();
  });

  test("that do not exist cannot be named", () => {
    new Tenant(environment, "shop");
    Tenant.fromName(environment, "bank");
    // @ts-expect-error there is no such tenant
    new Tenant(environment, "shpo");
    // @ts-expect-error there is no such tenant
    Tenant.fromName(environment, "shpo");
    // @ts-expect-error there is no such environment
    testTenant(acme, "live", "shop");
    // @ts-expect-error there is no such tenant
    testTenant(acme, "dev", "shpo");
  });

  test("say nothing that tenants do not have", () => {
    // @ts-expect-error there is no such prop
    new Tenant(environment, "shop", { onwers: ["group:shop"] });
    // @ts-expect-error a group is written as group:…
    new Tenant(environment, "shop", { owners: ["shop"] });
  });

  test("cannot be changed", () => {
    // @ts-expect-error cannot be changed
    environment.name = "dev";
    // @ts-expect-error cannot be changed
    environment.clusters.push({ name: "x", region: undefined, labels: {} });
    // @ts-expect-error cannot be changed
    shop.namespaces[0] = "x";
    // @ts-expect-error cannot be changed
    shop.owners = [];
  });

  test("are not made by programs: run hands them out", () => {
    // @ts-expect-error its constructor is private
    new Environment(acme, "dev", {}, {});
  });
});

describe("programs", () => {
  test("of a platform reach all environments, those of an application some", () => {
    new Platform(acme, { environments: { dev: { clusters: main }, prod: { clusters: { eu: main, us: main } } } });
    new Application("shop", { platform: acme, environments: { dev: { clusters: main } } });
    // @ts-expect-error prod is missing
    new Platform(acme, { environments: { dev: { clusters: main } } });
    // @ts-expect-error there is no such environment
    new Application("shop", { platform: acme, environments: { live: { clusters: main } } });
    // @ts-expect-error there is no such cluster
    new Application("shop", { platform: acme, environments: { prod: { clusters: { asia: main } } } });
    // @ts-expect-error an environment of a platform has clusters
    new Platform(acme, { environments: { dev: {}, prod: { clusters: { eu: main, us: main } } } });
    // @ts-expect-error delivery is one of three
    new Application("shop", { platform: acme, environments: { dev: { clusters: main, delivery: "argo" } } });
  });

  test("of an application may leave clusters to the contract of the platform's stack", () => {
    new Application("shop", { platform: acme });
    new Application("shop", { platform: acme, environments: { prod: { aws: { region: "eu-central-1" } } } });
    new Application("shop", { platform: acme, environments: { prod: { clusters: { eu: main } } } });
    // @ts-expect-error that of a platform is the one that says it
    new Platform(acme);
  });

  test("of an application have previews of one of the platform's environments", () => {
    new Application("shop", { platform: acme, previews: { from: "dev" } });
    // @ts-expect-error there is no such environment
    new Application("shop", { platform: acme, previews: { from: "live" } });
    // @ts-expect-error a preview is made from an environment
    new Application("shop", { platform: acme, previews: {} });
    const environments = { dev: { clusters: main }, prod: { clusters: main } };
    // @ts-expect-error a platform has none
    new Platform(acme, { environments, previews: { from: "dev" } });
    expectTypeOf(environment.preview).toEqualTypeOf<{ readonly name: string } | undefined>();
  });

  test("get an environment that knows its platform", () => {
    const app = new Application("shop", { platform: acme, environments: {} });
    app.run((given) => {
      expectTypeOf(given).toEqualTypeOf<Environment<Acme>>();
    });
    // @ts-expect-error what declares nothing would delete everything
    app.run();
    void planOf(app, "prod");
    void planOf(app, { preview: "pr-12" });
    // @ts-expect-error there is no such environment
    void planOf(app, "live");
  });

  test("of one platform are programs of any", () => {
    expectTypeOf<Application<Acme>>().toExtend<Program>();
    expectTypeOf<Tenant<Acme>>().toExtend<Tenant>();
  });
});

describe("clusters", () => {
  const [server, certificateAuthority] = ["https://10.0.0.1", "LS0t"];

  test("are reached by a command that gives credentials, and by no token", () => {
    Cluster.fromEndpoint({ server, certificateAuthority, exec: { command: "aws", args: ["eks"], env: { A: "b" } } });
    // @ts-expect-error somebody must say who is asking
    Cluster.fromEndpoint({ server, certificateAuthority });
    // @ts-expect-error a token is a secret
    Cluster.fromEndpoint({ server, certificateAuthority, exec: { command: "aws" }, token: "x" });
    // @ts-expect-error there is no such version
    Cluster.fromEndpoint({ server, certificateAuthority, exec: { command: "aws", apiVersion: "v1" } });
  });
});

describe("placement", () => {
  test("is by cluster, region and labels", () => {
    expectTypeOf<{ cluster: "eu" }>().toExtend<Placement>();
    expectTypeOf<{ cluster: readonly ["eu", "us"] }>().toExtend<Placement>();
    // @ts-expect-error there is no such way
    new WebService(shop, "web", { image: "web:1", placement: { zone: "a" } });
  });
});

describe("defaultsFor", () => {
  test("takes props of its class, and no others", () => {
    defaultsFor(WebService, { gracePeriod: "60s", env: { A: "b" } });
    // @ts-expect-error there is no such prop
    defaultsFor(WebService, { replcias: 2 });
    // @ts-expect-error not what the prop takes
    defaultsFor(WebService, { gracePeriod: 60 });
    // @ts-expect-error not a class of constructs
    defaultsFor(Cluster, {});
  });
});
