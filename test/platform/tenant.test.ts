import {
  Cluster,
  defaultsFor,
  definePlatform,
  type Placement,
  Platform,
  Tenant,
  type TenantProps,
  WebService,
} from "flagstone";
import { planOf, testTenant } from "flagstone/testing";
import { describe, expect, test } from "vitest";
import { acme, applicationThat, brief, IMAGE, platformThat, rulesOf } from "../testing/fixtures";

describe("a tenant", () => {
  test("of the platform's program has its namespaces, and in each of them what bounds it", async () => {
    const plan = await planOf(
      platformThat((environment) => new Tenant(environment, "bank")),
      "dev",
    );
    const ofNamespace = (namespace: string) =>
      plan
        .objects()
        .filter(({ metadata }) => metadata.namespace === namespace)
        .map(({ kind, metadata }) => `${kind} ${metadata.name}`)
        .sort();
    expect(plan.objects("Namespace").map(({ metadata }) => metadata.name)).toEqual(["bank", "bank-batch"]);
    for (const namespace of ["bank", "bank-batch"])
      expect(ofNamespace(namespace)).toEqual([
        "LimitRange tenant",
        "NetworkPolicy allow-dns",
        "NetworkPolicy default-deny",
        "ResourceQuota tenant",
        "ServiceAccount default",
      ]);
    expect(plan.findings).toEqual([]);
  });

  test("of an application's program is only referred to", async () => {
    const plan = await planOf(
      applicationThat((environment) => {
        new WebService(Tenant.fromName(environment, "shop"), "web", { image: IMAGE });
      }),
      "dev",
    );
    const kinds = ["Namespace", "ResourceQuota", "LimitRange", "Role", "RoleBinding", "ValidatingAdmissionPolicy"];
    for (const kind of kinds) expect(plan.objects(kind)).toEqual([]);
    expect(plan.object("Deployment", "web").metadata.namespace).toBe("shop");
    expect(plan.findings).toEqual([]);
  });

  test("cannot be created by an application's program", async () => {
    const plan = await planOf(
      applicationThat((environment) => new Tenant(environment, "shop")),
      "dev",
    );
    expect(brief(plan.findings)).toEqual([
      'tenant/not-yours dev/shop: an application\'s program creates tenant "shop", whose namespaces belong to the platform\'s program; refer to it by Tenant.fromName(environment, "shop")',
    ]);
  });

  test("is the same one wherever it is referred to", () => {
    const environment = applicationThat(() => undefined).instantiate("dev");
    expect(Tenant.fromName(environment, "shop")).toBe(Tenant.fromName(environment, "shop"));
  });

  test("that the facts do not have is a finding", async () => {
    const plan = await planOf(
      platformThat((environment) => new Tenant(environment, "shpo" as "shop")),
      "dev",
    );
    expect(brief(plan.findings)).toEqual([
      'tenant/unknown dev/shpo: tenant "shpo" is not in the facts of platform "acme"; add it to tenants of definePlatform("acme", …); did you mean "shop"?',
    ]);
  });

  test("has no place in environments that the facts leave out", async () => {
    const platform = definePlatform("small", {
      domain: "small.example",
      environments: { dev: {}, prod: {} },
      tenants: { shop: { environments: ["prod"] } },
    });
    const [dev, prod] = [testTenant(platform, "dev", "shop"), testTenant(platform, "prod", "shop")];
    expect(brief((await dev.plan()).findings)).toEqual([
      'tenant/environment dev/shop: tenant "shop" has no share of environment "dev"; declare it only in "prod", or extend the facts',
    ]);
    expect(rulesOf((await prod.plan()).findings)).toEqual(["program/empty"]);
  });
});

describe("hosts that facts add", () => {
  const found = async (hosts: readonly string[], pay: { environments?: readonly ["dev"] } = {}) => {
    const facts = definePlatform("acme", {
      domain: "acme.example",
      environments: { dev: {}, prod: { domain: "acme.example" } },
      tenants: { shop: { allowed: { hosts: { prod: hosts } } }, pay, "x-shop": {} },
    });
    const clusters = Cluster.fromKubeconfig();
    const platform = new Platform(facts, { environments: { dev: { clusters }, prod: { clusters } } });
    platform.run((environment) => new Tenant(environment, "shop"));
    return brief((await planOf(platform, "prod")).findings).map((text) => text.replace(/;.*/, ""));
  };
  const says = (pattern: string, others: string) =>
    `tenant/hosts-of-others prod/shop: allowed.hosts.prod of the tenant's facts has "${pattern}", by which it takes hosts of ${others}`;

  test.each([
    ["*.acme.example", '"pay", "x-shop"'],
    ["*-shop.acme.example", '"x-shop"'],
    ["pay.acme.example", '"pay"'],
    ["*.pay.acme.example", '"pay"'],
    ["api.pay.acme.example", '"pay"'],
  ])("and that are also others' are a warning: %s", async (pattern, others) => {
    expect(await found(["shop.example", pattern])).toEqual([says(pattern, others)]);
  });

  test("and that nobody else has are not", async () => {
    expect(await found(["www.acme.example", "*.shop.example", "repay.acme.example", "*-store.acme.example"])).toEqual(
      [],
    );
    expect(await found(["*.pay.acme.example"], { environments: ["dev"] })).toEqual([]);
  });
});

describe("facts and props of a tenant", () => {
  const facts = definePlatform("small", {
    domain: "small.example",
    labels: { company: "small", tier: "a" },
    environments: { dev: {} },
    tenants: { shop: { owners: ["group:shop"], labels: { "cost-center": "1", tier: "b" } } },
  });
  const plan = (props: TenantProps) => {
    const platform = new Platform(facts, { environments: { dev: { clusters: Cluster.fromKubeconfig() } } });
    platform.run((environment) => {
      new WebService(new Tenant(environment, "shop", props), "web", { image: IMAGE });
    });
    return planOf(platform, "dev");
  };

  test("its labels go over those of the platform", async () => {
    expect((await plan({})).object("Deployment", "web").metadata.labels).toMatchObject({
      company: "small",
      tier: "b",
      "cost-center": "1",
    });
  });

  test("owners of props replace those of the facts", async () => {
    expect((await plan({})).plan.objects[0]!.owner).toBe("group:shop");
    expect((await plan({ owners: ["group:web", "group:shop"] })).plan.objects[0]!.owner).toBe("group:web");
  });

  test("without owners, findings are the platform team's", async () => {
    const tenant = testTenant(acme, "dev", "bank");
    new WebService(tenant, "web", { image: "web" });
    expect((await tenant.plan()).findings).toMatchObject([{ rule: "image/mutable", owner: "platform" }]);
  });

  test("defaults of its props go over those of its facts, and those over environment and platform", async () => {
    const layered = definePlatform("layered", {
      domain: "layered.example",
      environments: {
        dev: { defaults: [defaultsFor(WebService, { replicas: 3, env: { B: "environment", C: "environment" } })] },
      },
      tenants: { shop: { defaults: [defaultsFor(WebService, { replicas: 4, env: { C: "facts", D: "facts" } })] } },
      defaults: [defaultsFor(WebService, { replicas: 2, gracePeriod: "10s", env: { A: "platform", B: "platform" } })],
    });
    const platform = new Platform(layered, { environments: { dev: { clusters: Cluster.fromKubeconfig() } } });
    platform.run((environment) => {
      const defaults = [defaultsFor(WebService, { replicas: 5, env: { D: "tenant" } })];
      new WebService(new Tenant(environment, "shop", { defaults }), "web", { image: IMAGE, env: { E: "props" } });
    });
    const { spec } = (await planOf(platform, "dev")).object("Deployment", "web");
    expect(spec.replicas).toBe(5);
    expect(spec.template.spec).toMatchObject({ terminationGracePeriodSeconds: 15 });
    expect(spec.template.spec.containers[0]!.env).toEqual([
      { name: "A", value: "platform" },
      { name: "B", value: "environment" },
      { name: "C", value: "facts" },
      { name: "D", value: "tenant" },
      { name: "E", value: "props" },
      { name: "PORT", value: "8080" },
    ]);
  });

  test("defaults reach labels, namespace and placement, which decide where objects go", async () => {
    const platform = definePlatform("placed", {
      domain: "placed.example",
      environments: { dev: { clusters: { a: {}, b: { region: "x" } } } },
      tenants: { shop: { namespaces: ["shop", "web"] } },
      defaults: [defaultsFor(WebService, { labels: { team: "web" }, namespace: "web", placement: { region: "x" } })],
    });
    const tenant = testTenant(platform, "dev", "shop");
    new WebService(tenant, "web", { image: IMAGE, labels: { page: "1" } });
    const { plan } = await tenant.plan();
    const deployments = plan.objects.filter(({ kind }) => kind === "Deployment");
    expect(deployments.map(({ id }) => id)).toEqual(["b/apps/Deployment/web/web"]);
    expect(deployments[0]!.manifest.metadata.labels).toMatchObject({ team: "web", page: "1" });
  });

  test("a misspelled prop is a finding", async () => {
    const made = await plan({ onwers: ["group:a"] } as TenantProps);
    expect(brief(made.findings)).toEqual(['props/unknown dev/shop: unknown property "onwers"; did you mean "owners"?']);
  });

  test("defaults that no construct of the tenant takes are warned about", async () => {
    class Other extends WebService {}
    const made = await plan({ defaults: [defaultsFor(Other, { replicas: 2 })] });
    expect(made.findings).toMatchObject([
      {
        rule: "defaults/unused",
        severity: "warning",
        path: "dev/shop",
        message:
          "the tenant's defaults for Other reach no construct: this program has none of exactly this class in the tenant",
      },
    ]);
  });

  test("defaults for a class of which there are two copies are warned about", async () => {
    const copy = { WebService: class WebService extends Tenant {} }.WebService;
    const platform = definePlatform("copies", {
      domain: "copies.example",
      environments: { dev: {} },
      tenants: { shop: {} },
      defaults: [defaultsFor(copy, {})],
    });
    const tenant = testTenant(platform, "dev", "shop");
    new WebService(tenant, "web", { image: IMAGE });
    expect(brief((await tenant.plan()).findings)).toEqual([
      "defaults/two-copies dev/shop/web: the platform's defaults for WebService do not reach this construct, whose class is another one of that name; install one copy of the package that has the class (npm ls)",
    ]);
  });
});

describe("placement", () => {
  /** The facts of a platform with two clusters, whose tenant is placed so in production. */
  const placedFacts = (placement: Placement | undefined) =>
    definePlatform("placed", {
      domain: "placed.example",
      environments: {
        prod: { clusters: { eu: { region: "eu-central-1", labels: { disk: "nvme" } }, us: { region: "us-east-1" } } },
      },
      tenants: { shop: { placement: { prod: placement } } },
    });
  const serviceAt = async (tenantAt: Placement | undefined, at?: Placement) => {
    const tenant = testTenant(placedFacts(tenantAt), "prod", "shop");
    new WebService(tenant, "web", { image: IMAGE, placement: at });
    const { plan } = await tenant.plan();
    return { plan, clusters: [...new Set(plan.objects.map(({ cluster }) => cluster))] };
  };

  const cases: [string, Placement | undefined, string[]][] = [
    ["nothing said", undefined, ["eu", "us"]],
    ["an empty placement", {}, ["eu", "us"]],
    ["a name", { cluster: "us" }, ["us"]],
    ["several names", { cluster: ["us", "eu"] }, ["eu", "us"]],
    ["a region", { region: "eu-central-1" }, ["eu"]],
    ["several regions", { region: ["eu-central-1", "us-east-1"] }, ["eu", "us"]],
    ["labels", { labels: { disk: "nvme" } }, ["eu"]],
    ["all of them at once", { cluster: ["eu", "us"], region: "eu-central-1", labels: { disk: "nvme" } }, ["eu"]],
  ];
  test.each(cases)("of a tenant by %s", async (_, placement, clusters) => {
    expect((await serviceAt(placement)).clusters).toEqual(clusters);
  });
  test.each(cases)("of a workload by %s", async (_, placement, clusters) => {
    expect((await serviceAt(undefined, placement)).clusters).toEqual(clusters);
  });

  test("of a tenant that fits no cluster is a finding, once", async () => {
    for (const placement of [
      { cluster: "asia" },
      { region: "eu-central-1", cluster: "us" },
      { labels: { disk: "x" } },
    ]) {
      const { plan } = await serviceAt(placement);
      expect(brief(plan.findings)).toEqual([
        'placement/nowhere prod/shop: the placement in the tenant\'s facts fits no cluster of the environment; known clusters are "eu", "us"',
      ]);
    }
  });

  test("of a workload chooses among the clusters of its tenant", async () => {
    const { plan, clusters } = await serviceAt({ cluster: "eu" }, { cluster: ["eu", "us"] });
    expect(clusters).toEqual(["eu"]);
    expect(plan.constructs.map(({ path, clusters: of }) => [path, of])).toEqual([
      ["prod", ["eu", "us"]],
      ["prod/shop", ["eu"]],
      ["prod/shop/web", ["eu"]],
    ]);
    expect(brief((await serviceAt({ cluster: "eu" }, { cluster: "us" })).plan.findings)).toEqual([
      'placement/nowhere prod/shop/web: placement {"cluster":"us"} fits no cluster of the tenant; known clusters are "eu"',
    ]);
  });

  test("of a workload by a misspelled key is a finding", async () => {
    const { plan } = await serviceAt(undefined, { regoin: "x" } as Placement);
    expect(brief(plan.findings)).toEqual([
      'props/unknown prod/shop/web: unknown property "placement.regoin"; did you mean "region"?',
    ]);
  });
});
