import { ApiObject } from "cdk8s";
import { Application, Cluster, FlagstoneError, Platform, Tenant, WebService } from "flagstone";
import { planOf, testTenant } from "flagstone/testing";
import { describe, expect, test } from "vitest";
import { acme, applicationThat, IMAGE, platformThat, rulesOf, tenantIn } from "./fixtures";

const shopThat = (define: (shop: Tenant) => void) =>
  applicationThat((environment) => define(Tenant.fromName(environment, "shop")));
const twoServices = shopThat((shop) => {
  new WebService(shop, "web", { image: IMAGE });
  new WebService(shop, "api", { image: IMAGE, replicas: { min: 2, max: 3 } });
});

describe("planOf", () => {
  test("gives one object by kind and name, typed for kinds that tests look into", async () => {
    const plan = await planOf(twoServices, "dev");
    expect(plan.object("Deployment", "web").spec.template.spec.containers[0]!.image).toBe(IMAGE);
    expect(plan.object("Service", "web").spec.ports[0]!.port).toBe(8080);
    expect(plan.object("HorizontalPodAutoscaler", "api").spec.maxReplicas).toBe(3);
    expect(plan.object("ServiceAccount", "web")["automountServiceAccountToken"]).toBe(false);
  });

  test("gives all objects, or all of a kind", async () => {
    const plan = await planOf(twoServices, "dev");
    expect(plan.objects("Service").map(({ metadata }) => metadata.name)).toEqual(["api", "web"]);
    expect(plan.objects().length).toBe(plan.plan.objects.length);
    expect(plan.objects("Gateway")).toEqual([]);
  });

  test("gives the object of one cluster where several have it", async () => {
    const plan = await planOf(twoServices, "prod");
    expect(plan.object("Service", "web", "eu")).toEqual(plan.object("Service", "web", "us"));
    expect(() => plan.object("Service", "web")).toThrow(
      new FlagstoneError(
        'there are 2 of Service "web"; the plan has\n  eu/core/Service/shop/web\n  us/core/Service/shop/web',
      ),
    );
  });

  test("says what there is when there is no such object", async () => {
    const plan = await planOf(
      shopThat((shop) => new ApiObject(shop, "flags", { apiVersion: "v1", kind: "ConfigMap" })),
      "dev",
    );
    expect(() => plan.object("ConfigMap", "flag")).toThrow(
      new FlagstoneError('there are 0 of ConfigMap "flag"; the plan has\n  main/core/ConfigMap/shop/flags'),
    );
    expect(() => plan.object("ConfigMap", "flags", "eu")).toThrow('there are 0 of ConfigMap "flags" in cluster "eu"');
  });

  test("says what is wrong with the program when that is why an object is not there", async () => {
    const plan = await planOf(
      shopThat((shop) => new WebService(shop, "web", { image: "web" })),
      "dev",
    );
    expect(() => plan.object("Deployment", "web")).toThrow(
      /^there are 0 of Deployment "web"; the plan has\n {2}nothing\nerror: dev\/shop\/web: image "web" has no tag/,
    );
  });

  test("gives everything as YAML, with the path of each file", async () => {
    const yaml = (await planOf(twoServices, "dev")).yaml();
    const paths = [...yaml.matchAll(/^# (\S+)$/gm)].map(([, path]) => path);
    expect(paths).toEqual([...paths].sort());
    expect(paths).toContain("dev/main/shop/deployment-web.yaml");
    expect(yaml.split("---\n")[0]).toMatch(
      /^# dev\/main\/shop\/deployment-api\.yaml\napiVersion: apps\/v1\nkind: Deployment\n/,
    );
  });

  test("gives the findings, which do not throw", async () => {
    const plan = await planOf(
      platformThat((environment) => {
        new WebService(new Tenant(environment, "shop"), "web", { image: "web" });
      }),
      "dev",
    );
    expect(rulesOf(plan.findings)).toEqual(["image/mutable"]);
    expect(plan.findings).toBe(plan.plan.findings);
  });

  test("wants a program whose run was called, and one of its environments", async () => {
    const main = Cluster.fromKubeconfig();
    const idle = new Platform(acme, {
      environments: { dev: { clusters: main }, prod: { clusters: { eu: main, us: main } }, stage: { clusters: main } },
    });
    await expect(planOf(idle, "dev")).rejects.toThrow("acme: run was never called, so there is nothing to plan");
    const application = new Application("shop", { platform: acme, environments: { dev: { clusters: main } } });
    application.run(() => undefined);
    await expect(planOf(application, undefined as never)).rejects.toThrow(
      'planOf(shop, …) takes an environment, and was given undefined; known are "dev"',
    );
    await expect(planOf(application, "prod")).rejects.toThrow('shop has no environment "prod"; known are "dev"');
    // An error does not stand in the way of what is planned next.
    expect(rulesOf((await planOf(application, "dev")).findings)).toEqual(["program/empty"]);
  });
});

describe("testTenant", () => {
  test("is a tenant to try a construct in, with all clusters of its environment", async () => {
    const shop = testTenant(acme, "prod", "shop");
    new WebService(shop, "web", { image: IMAGE });
    const plan = await shop.plan();
    expect(plan.findings).toEqual([]);
    expect(plan.plan.clusters.map(({ name }) => name)).toEqual(["eu", "us"]);
    expect(plan.objects("PodDisruptionBudget")).toHaveLength(2);
    expect(plan.objects("Namespace")).toEqual([]);
    expect(shop.environment.tierLike).toBe("production");
  });

  test("can be planned as often as wanted, and then has what was added", async () => {
    const shop = tenantIn("dev");
    new WebService(shop, "web", { image: IMAGE });
    const first = await shop.plan();
    expect((await shop.plan()).plan).toEqual(first.plan);
    new WebService(shop, "api", { image: IMAGE });
    expect((await shop.plan()).objects("Deployment")).toHaveLength(2);
  });

  test("of two tests do not know each other", async () => {
    const [one, two] = [tenantIn("dev"), tenantIn("dev")];
    new WebService(one, "web", { image: IMAGE });
    new WebService(two, "web", { image: IMAGE, replicas: 5 });
    expect((await one.plan()).object("Deployment", "web").spec.replicas).toBe(1);
    expect((await two.plan()).object("Deployment", "web").spec.replicas).toBe(5);
  });

  test("wants an environment of the platform, and says which tenants there are", async () => {
    expect(() => testTenant(acme, "live" as "dev", "shop")).toThrow('platform "acme" has no environment "live"');
    const unknown = testTenant(acme, "dev", "shpo" as "shop");
    expect((await unknown.plan()).findings).toMatchObject([
      { rule: "tenant/unknown", fix: expect.stringContaining('did you mean "shop"?') as string },
    ]);
  });
});
