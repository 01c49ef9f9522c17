import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { output } from "@pulumi/pulumi";
import { ApiObject } from "cdk8s";
import { Application, Cluster, Component, Ref, Tenant, WebService } from "flagstone";
import { type Plan, planOf } from "flagstone/testing";
import { describe, expect, test } from "vitest";
import { acme, applicationThat, IMAGE, platformThat, tenantIn } from "../testing/fixtures";

describe("the Plan", () => {
  test("says of each object what it is, where it goes, where it comes from, and who has it", async () => {
    const plan = await planOf(
      applicationThat((environment) => {
        const shop = Tenant.fromName(environment, "shop");
        new WebService(shop, "web", { image: IMAGE, placement: { cluster: "eu" } });
      }),
      "prod",
    );
    const { manifest, source, ...service } = plan.plan.objects.find(({ kind }) => kind === "Service")!;
    expect(service).toEqual({
      id: "eu/core/Service/shop/web",
      environment: "prod",
      cluster: "eu",
      apiVersion: "v1",
      kind: "Service",
      namespace: "shop",
      name: "web",
      path: "prod/shop/web/@eu/service",
      construct: "prod/shop/web",
      constructType: "WebService",
      tenant: "shop",
      owner: "group:shop",
      deliveredBy: "pulumi",
      dependsOn: [],
      dependsOnConstructs: [],
    });
    expect(manifest).toMatchObject({ kind: "Service", metadata: { name: "web" } });
    expect(source).toMatchObject({ package: "test", file: "plan/plan.test.ts" });
  });

  test("says of the environment what rules hold there", async () => {
    const { plan } = await planOf(
      platformThat((environment) => new Tenant(environment, "shop")),
      "prod",
    );
    expect(plan).toMatchObject({
      planVersion: 1,
      program: "acme",
      platform: "acme",
      environment: {
        name: "prod",
        tier: "regulated",
        tierLike: "production",
        domain: "prod.acme.example",
        delivery: "pulumi",
      },
      constructs: [
        { path: "prod", type: "Environment", owner: "platform" },
        { path: "prod/shop", type: "Tenant", tenant: "shop", owner: "group:shop" },
      ],
    });
  });

  test("lists constructs with parents first and siblings by id", async () => {
    const tenant = tenantIn("dev");
    class Group extends Component {}
    new Group(new Group(tenant, "b"), "x");
    new Group(tenant, "b-2");
    new Group(new Group(tenant, "a"), "z");
    const { plan } = await tenant.plan();
    expect(plan.constructs.map(({ path }) => path)).toEqual([
      "dev",
      "dev/shop",
      "dev/shop/a",
      "dev/shop/a/z",
      "dev/shop/b",
      "dev/shop/b/x",
      "dev/shop/b-2",
    ]);
  });

  test("says what waits for what: objects by id, groups of objects by path", async () => {
    const tenant = tenantIn("dev");
    const api = new WebService(tenant, "api", { image: IMAGE });
    const settings = new ApiObject(tenant, "settings", { apiVersion: "v1", kind: "ConfigMap" });
    new WebService(tenant, "web", { image: IMAGE, files: { "/a": "b" } }).node.addDependency(api, settings);
    const { plan } = await tenant.plan();
    const deployment = plan.objects.find(({ id }) => id === "main/apps/Deployment/shop/web")!;
    expect(deployment.dependsOn).toEqual(["main/core/ConfigMap/shop/settings", "main/core/ConfigMap/shop/web-files"]);
    expect(deployment.dependsOnConstructs).toEqual(["dev/shop/api"]);
  });

  test("says that a GitOps controller delivers what it can, and Pulumi what carries outputs", async () => {
    const application = new Application("shop", {
      platform: acme,
      environments: { dev: { clusters: Cluster.fromKubeconfig(), delivery: "argo-cd" } },
    });
    application.run((environment) => {
      const shop = Tenant.fromName(environment, "shop");
      new WebService(shop, "web", { image: IMAGE, env: { HOST: output("db") } });
    });
    const { plan } = await planOf(application, "dev");
    expect(plan.environment.delivery).toBe("argo-cd");
    expect(plan.objects.map(({ kind, deliveredBy }) => [kind, deliveredBy])).toEqual([
      ["Secret", "pulumi"],
      ["Service", "argo-cd"],
      ["ServiceAccount", "argo-cd"],
      ["NetworkPolicy", "argo-cd"],
      ["Deployment", "argo-cd"],
    ]);
  });

  test("hides what is in Secrets, in the objects and in the settings", async () => {
    const tenant = tenantIn("dev");
    new ApiObject(tenant, "keys", {
      apiVersion: "v1",
      kind: "Secret",
      data: { a: "aHVudGVyMg==" },
      stringData: { b: "hunter2" },
    });
    new WebService(tenant, "web", {
      image: IMAGE,
      env: { URL: output("postgres://user:hunter2@db"), KEY: Ref.secretKey({ name: "stripe", key: "api" }) },
    });
    const { plan } = await tenant.plan();
    const [keys, outputs] = plan.objects.filter(({ kind }) => kind === "Secret");
    expect(keys!.manifest).toMatchObject({ data: { a: "[secret]" }, stringData: { b: "[secret]" } });
    expect(outputs!.manifest).toMatchObject({ stringData: { URL: "[output]" } });
    const { settings } = plan.constructs.find(({ path }) => path === "dev/shop/web")!;
    expect(settings).toContainEqual(expect.objectContaining({ name: "env.URL", value: "[output]" }));
    expect(settings).toContainEqual(expect.objectContaining({ name: "env.KEY", value: "[key api of secret stripe]" }));
    expect(JSON.stringify(plan)).not.toMatch(/hunter2|aHVudGVyMg/);
  });

  test("is plain data", async () => {
    const { plan } = await planOf(everything(), "prod");
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });
});

/** A program that has something for each part of the Plan. */
function everything() {
  return platformThat((environment) => {
    const shop = new Tenant(environment, "shop");
    const api = new WebService(shop, "api", { image: "api:1", replicas: { min: 2, max: 3 } });
    new WebService(shop, "web", {
      image: IMAGE,
      env: { HOST: output("db"), KEY: Ref.secretKey({ name: "a", key: "b" }) },
      transform: { deployment: () => undefined },
    }).node.addDependency(api);
    new ApiObject(environment, "high", { apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass" });
    new WebService(shop, "Wrong", { image: "wrong" });
  });
}

describe("the JSON Schema of the Plan", () => {
  const schema = JSON.parse(
    readFileSync(join(import.meta.dirname, "../../lib/plan/plan.schema.json"), "utf8"),
  ) as object;
  const validate = new Ajv({ allErrors: true, strict: true }).compile(schema);
  const errorsOf = (plan: unknown) => {
    validate(JSON.parse(JSON.stringify(plan)));
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${String(message)}`);
  };

  test.each(["dev", "prod"] as const)("takes the Plan of a whole program in %s", async (environment) => {
    const { plan } = await planOf(everything(), environment);
    expect(plan.findings.length).toBeGreaterThan(0);
    expect(errorsOf(plan)).toEqual([]);
  });

  test("takes the Plan of an empty program", async () => {
    const { plan } = await planOf(
      platformThat(() => undefined),
      "dev",
    );
    expect(errorsOf(plan)).toEqual([]);
  });

  test("takes the Plan of a preview", async () => {
    const environments = { dev: { clusters: Cluster.fromKubeconfig() } };
    const application = new Application("shop", { platform: acme, environments, previews: { from: "dev" } });
    application.run((environment) => {
      new WebService(Tenant.fromName(environment, "shop"), "web", { image: IMAGE });
    });
    const { plan } = await planOf(application, { preview: "pr-12" });
    expect(plan.environment).toMatchObject({ name: "pr-12", preview: { from: "dev" } });
    expect(errorsOf(plan)).toEqual([]);
  });

  test("refuses what is no Plan", async () => {
    const { plan } = await planOf(everything(), "dev");
    const wrong: [Partial<Record<keyof Plan, unknown>>, string][] = [
      [{ planVersion: 2 }, "/planVersion: must be equal to constant"],
      [{ objects: [{ id: 1 }] }, "/objects/0/id: must be string"],
      [
        { findings: [{ ...plan.findings[0], severity: "fatal" }] },
        "/findings/0/severity: must be equal to one of the allowed values",
      ],
      [{ environment: undefined }, ": must have required property 'environment'"],
      [
        { objects: [{ ...plan.objects[0], manifest: { kind: "A" } }] },
        "/objects/0/manifest: must have required property 'metadata'",
      ],
      [{ clusters: [{ name: "a" }] }, "/clusters/0: must have required property 'labels'"],
    ];
    for (const [part, error] of wrong) expect(errorsOf({ ...plan, ...part })).toContain(error);
  });
});
