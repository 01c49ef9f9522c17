import { ApiObject } from "cdk8s";
import { Job, Secret, Tenant, WebService, Worker } from "flagstone";
import { planOf } from "flagstone/testing";
import { describe, expect, test } from "vitest";
import { applicationThat, brief, IMAGE, platformThat, rulesOf, tenantIn } from "../testing/fixtures";

describe("a second construct of an id", () => {
  test("is one finding, and what is wrong elsewhere is found in the same run", async () => {
    const plan = await planOf(
      platformThat((environment) => {
        const shop = new Tenant(environment, "shop");
        new WebService(shop, "web", { image: IMAGE });
        new Worker(shop, "web", { image: IMAGE });
        new WebService(shop, "web", { image: IMAGE });
        new WebService(shop, "late", { image: "late" });
      }),
      "dev",
    );
    const errors = plan.findings.filter(({ severity }) => severity === "error");
    expect(errors.map(({ rule, path, message }) => `${rule} ${path}: ${message}`)).toEqual([
      expect.stringContaining("image/mutable dev/shop/late: "),
      'names/duplicate dev/shop/web-2: this Worker has the id "web", as WebService dev/shop/web has it already',
      'names/duplicate dev/shop/web-3: this WebService has the id "web", as WebService dev/shop/web has it already',
    ]);
  });

  test("is one whatever the kinds, also of a plain object before it", async () => {
    const shop = tenantIn("dev");
    new ApiObject(shop, "settings", { apiVersion: "v1", kind: "ConfigMap" });
    new Job(shop, "settings", { image: IMAGE });
    expect(brief((await shop.plan()).findings).join()).toContain(
      'this Job has the id "settings", as ApiObject dev/shop/settings has it already',
    );
  });

  test("that is a plain object after it says what to do", async () => {
    const plan = await planOf(
      platformThat((environment) => {
        const shop = new Tenant(environment, "shop");
        new WebService(shop, "web", { image: IMAGE });
        new ApiObject(shop, "web", { apiVersion: "v1", kind: "ConfigMap" });
      }),
      "dev",
    );
    expect(brief(plan.findings).join()).toMatch(
      /program\/threw .*'web'.*; give one of them another id: all constructs/,
    );
  });

  test("in another scope is none", async () => {
    const plan = await planOf(
      platformThat((environment) => {
        for (const name of ["shop", "bank"] as const)
          new WebService(new Tenant(environment, name), "web", { image: IMAGE });
      }),
      "dev",
    );
    expect(rulesOf(plan.findings)).not.toContain("names/duplicate");
  });
});

describe("names that a tenant's own objects have", () => {
  test("are no workload's, in an application's program either", async () => {
    const platform = platformThat((environment) => {
      new Tenant(environment, "shop");
    });
    const tenant = (await planOf(platform, "dev")).objects();
    const own = ["NetworkPolicy", "ServiceAccount"].flatMap((kind) =>
      tenant.filter((object) => object.kind === kind).map(({ metadata }) => metadata.name),
    );
    expect(own.length).toBeGreaterThan(2);
    for (const name of own) {
      const program = applicationThat((environment) => {
        new WebService(Tenant.fromName(environment, "shop"), name, { image: IMAGE });
      });
      expect(rulesOf((await planOf(program, "dev")).findings), name).toContain("names/reserved");
    }
  });

  test("are a Secret's where Kubernetes tells the kinds apart", async () => {
    const shop = tenantIn("dev");
    new Secret(shop, "default", { path: "shop/x", keys: ["a"] });
    expect(rulesOf((await shop.plan()).findings)).not.toContain("names/reserved");
  });
});
