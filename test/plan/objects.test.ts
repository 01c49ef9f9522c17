import { ApiObject, Chart, JsonPatch, Lazy } from "cdk8s";
import * as kplus from "cdk8s-plus-28";
import { Construct } from "constructs";
import { Component, Tenant, WebService } from "flagstone";
import { planOf } from "flagstone/testing";
import { describe, expect, test } from "vitest";
import { applicationThat, brief, IMAGE, platformThat, rulesOf, tenantIn } from "../testing/fixtures";

const configMap = (scope: Construct, id: string, metadata: object = {}) =>
  new ApiObject(scope, id, { apiVersion: "v1", kind: "ConfigMap", metadata });

describe("plain objects of cdk8s", () => {
  test("below a tenant get its namespace, its labels, and a name without a hash", async () => {
    const tenant = tenantIn("dev");
    configMap(tenant, "flags");
    expect((await tenant.plan()).objects()).toEqual([
      {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: {
          name: "flags",
          namespace: "shop",
          labels: {
            "app.kubernetes.io/managed-by": "flagstone",
            "flagstone.dev/environment": "dev",
            "flagstone.dev/tenant": "shop",
          },
        },
      },
    ]);
  });

  test("below a workload get its labels, a name that starts with its, and go where it goes", async () => {
    const tenant = tenantIn("prod");
    const web = new WebService(tenant, "web", { image: IMAGE, placement: { cluster: "us" } });
    new kplus.ConfigMap(web, "handbook", { data: { url: "https://handbook.acme.example" } });
    const plan = await tenant.plan();
    expect(plan.object("ConfigMap", "web-handbook")).toMatchObject({
      metadata: { namespace: "shop", labels: { "app.kubernetes.io/name": "web" } },
      data: { url: "https://handbook.acme.example" },
    });
    expect(plan.plan.objects.find(({ kind }) => kind === "ConfigMap")).toMatchObject({
      cluster: "us",
      path: "prod/shop/web/handbook/Resource",
      construct: "prod/shop/web",
      constructType: "WebService",
    });
  });

  test("below an environment go to all of its clusters, and cluster-scoped ones have no namespace", async () => {
    const platform = platformThat((environment) => {
      new ApiObject(environment, "business-critical", {
        apiVersion: "scheduling.k8s.io/v1",
        kind: "PriorityClass",
        value: 1000,
      });
    });
    const { plan } = await planOf(platform, "prod");
    expect(plan.objects.map(({ id }) => id)).toEqual([
      "eu/scheduling.k8s.io/PriorityClass/-/business-critical",
      "us/scheduling.k8s.io/PriorityClass/-/business-critical",
    ]);
    expect(plan.objects[0]).toMatchObject({ owner: "platform", construct: "prod", constructType: "Environment" });
  });

  test("that are cluster-scoped carry no namespace wherever they stand, custom ones included", async () => {
    const tenant = tenantIn("dev");
    const web = new WebService(tenant, "web", { image: IMAGE });
    new ApiObject(web, "reader", { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole" });
    new ApiObject(tenant, "definition", {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "galaxies.acme.example" },
      spec: { group: "acme.example", scope: "Cluster", names: { kind: "Galaxy", plural: "galaxies" } },
    });
    new ApiObject(tenant, "milky-way", { apiVersion: "acme.example/v1", kind: "Galaxy" });
    new ApiObject(tenant, "issuer", { apiVersion: "cert-manager.io/v1", kind: "ClusterIssuer" });
    const plan = await tenant.plan();
    for (const [kind, name] of [
      ["ClusterRole", "web-reader"],
      ["CustomResourceDefinition", "galaxies.acme.example"],
      ["Galaxy", "milky-way"],
      ["ClusterIssuer", "issuer"],
    ] as const)
      expect(plan.object(kind, name).metadata).not.toHaveProperty("namespace");
    expect(plan.object("Deployment", "web").metadata.namespace).toBe("shop");
    expect(plan.findings).toEqual([]);
  });

  test("keep the name, namespace and labels that they are given", async () => {
    const plan = await planOf(
      applicationThat((environment) => {
        const bank = Tenant.fromName(environment, "bank");
        configMap(bank, "x", { name: "own", namespace: "bank-batch", labels: { "flagstone.dev/tenant": "own" } });
      }),
      "dev",
    );
    const { metadata } = plan.object("ConfigMap", "own");
    expect(metadata.namespace).toBe("bank-batch");
    expect(metadata.labels).toMatchObject({
      "flagstone.dev/tenant": "own",
      "app.kubernetes.io/managed-by": "flagstone",
    });
    expect(plan.findings).toEqual([]);
  });

  test("are named by the ids from their construct of Flagstone downwards", async () => {
    const tenant = tenantIn("dev");
    class Group extends Component {}
    configMap(new Construct(new Group(tenant, "group"), "innerPart"), "settingsFile");
    configMap(new Construct(tenant, "plain"), "a");
    expect((await tenant.plan()).objects("ConfigMap").map(({ metadata }) => metadata.name)).toEqual([
      "group-inner-part-settings-file",
      "plain-a",
    ]);
  });

  test("in a Chart are named and placed as the Chart says", async () => {
    const tenant = tenantIn("dev");
    configMap(new Chart(tenant, "chart", { namespace: "shop", disableResourceNameHashes: true }), "a");
    const [object] = (await tenant.plan()).plan.objects;
    expect(object).toMatchObject({ namespace: "shop", construct: "dev/shop" });
    expect(object!.name).toMatch(/-a$/);
  });
});

describe("objects of cdk8s-plus", () => {
  test("with late values and patches are as cdk8s would write them", async () => {
    const tenant = tenantIn("dev");
    let replicas = 1;
    const deployment = new kplus.Deployment(tenant, "worker", {
      replicas: Lazy.any({ produce: () => replicas }) as number,
      select: false,
      containers: [{ image: "worker:1", resources: {}, securityContext: { user: 1000 } }],
    });
    ApiObject.of(deployment).addJsonPatch(JsonPatch.add("/spec/minReadySeconds", 5));
    replicas = 4;
    const made = (await tenant.plan()).object("Deployment", "worker");
    expect(made).toMatchObject({
      metadata: { namespace: "shop", labels: { "flagstone.dev/tenant": "shop" } },
      spec: { replicas: 4, minReadySeconds: 5, template: { spec: { containers: [{ image: "worker:1" }] } } },
    });
  });

  test("with dependencies come after what they depend on", async () => {
    const tenant = tenantIn("dev");
    const early = new kplus.ConfigMap(tenant, "z-early");
    const late = new kplus.ConfigMap(tenant, "a-late");
    late.node.addDependency(early);
    const { objects } = (await tenant.plan()).plan;
    expect(objects.map(({ name }) => name)).toEqual(["z-early", "a-late"]);
    expect(objects[1]!.dependsOn).toEqual([objects[0]!.id]);
  });

  test("that select their pods by a hash of their path are warned about, with the way around it", async () => {
    const tenant = tenantIn("dev");
    const containers = [{ image: "worker:1" }];
    new kplus.Deployment(tenant, "moves", { containers });
    const stays = new kplus.Deployment(tenant, "stays", { containers, select: false });
    stays.podMetadata.addLabel(kplus.Pod.ADDRESS_LABEL, "stays");
    stays.select(kplus.LabelSelector.of({ labels: { "app.kubernetes.io/name": "stays" } }));
    const { findings } = await tenant.plan();
    expect(findings).toMatchObject([{ rule: "selectors/path", severity: "warning", path: "dev/shop/moves/Resource" }]);
    expect(findings[0]!.message).toBe(
      'Deployment "moves" selects its pods by a hash of its construct path, so moving the code changes a field that cannot be changed',
    );
  });

  test("that cannot be made are findings, next to others", async () => {
    const tenant = tenantIn("dev");
    new kplus.Deployment(tenant, "empty");
    new WebService(tenant, "web", { image: "web" });
    expect(brief((await tenant.plan()).findings)).toEqual([
      "object/invalid dev/shop/empty/Resource: Failed serializing construct at path 'dev/shop/empty/Resource' with name 'empty': Error: PodSpec must have at least 1 container; mend what the object was given",
      expect.stringMatching(/^image\/mutable dev\/shop\/web: /),
    ]);
  });

  test("with a value that is no JSON are findings", async () => {
    const tenant = tenantIn("dev");
    new ApiObject(tenant, "a", { apiVersion: "v1", kind: "ConfigMap", data: { at: new Map() } });
    const { findings } = await tenant.plan();
    expect(rulesOf(findings)).toEqual(["object/invalid"]);
    expect(findings[0]!.message).toContain("Map");
  });
});

describe("own constructs", () => {
  test("make objects for each cluster, which may differ", async () => {
    class Routes extends Component {
      protected override objectsIn(chart: Chart, cluster: { readonly name: string }): void {
        new ApiObject(chart, "route", { apiVersion: "v1", kind: "ConfigMap", data: { cluster: cluster.name } });
      }
    }
    const tenant = tenantIn("prod");
    new Routes(tenant, "routes");
    const { objects } = (await tenant.plan()).plan;
    expect(objects.map(({ id, manifest }) => [id, manifest["data"]])).toEqual([
      ["eu/core/ConfigMap/shop/routes-route", { cluster: "eu" }],
      ["us/core/ConfigMap/shop/routes-route", { cluster: "us" }],
    ]);
  });

  test("that throw while they make objects are findings, for each cluster", async () => {
    class Broken extends Component {
      protected override objectsIn(): void {
        throw new Error("no route");
      }
    }
    const tenant = tenantIn("dev");
    new Broken(tenant, "broken");
    configMap(tenant, "other");
    const plan = await tenant.plan();
    expect(brief(plan.findings)).toEqual([
      "construct/threw dev/shop/broken: making its objects failed: no route; mend the construct",
    ]);
    expect(plan.objects("ConfigMap")).toHaveLength(1);
  });

  test("report what is wrong with them, and a check of constructs' own is heard too", async () => {
    class Picky extends Component {
      public constructor(scope: Construct, id: string) {
        super(scope, id);
        this.report({ rule: "picky/size", severity: "info", message: "could be smaller", fix: "make it so" });
        this.node.addValidation({ validate: () => ["is not what it should be"] });
      }
    }
    const tenant = tenantIn("dev");
    new Picky(tenant, "picky");
    configMap(tenant, "other");
    expect((await tenant.plan()).findings).toMatchObject([
      { rule: "construct/invalid", severity: "error", path: "dev/shop/picky", message: "is not what it should be" },
      { rule: "picky/size", severity: "info", path: "dev/shop/picky", owner: "group:shop" },
    ]);
  });

  test("may have checks that fail, or say what is no text", async () => {
    class Picky extends Component {
      public constructor(scope: Construct, id: string, check: () => string[]) {
        super(scope, id);
        this.node.addValidation({ validate: check });
      }
    }
    const tenant = tenantIn("dev");
    configMap(tenant, "other");
    new Picky(tenant, "throws", () => {
      throw new Error("no idea");
    });
    new Picky(tenant, "talks", () => [null, { a: 1 }] as never);
    expect((await tenant.plan()).findings.map(({ rule, path, message }) => `${rule} ${path}: ${message}`)).toEqual([
      "construct/invalid dev/shop/talks: null",
      'construct/invalid dev/shop/talks: {"a":1}',
      "construct/invalid dev/shop/throws: its own check failed: no idea",
    ]);
  });

  test("that threw when they were made are not asked what they cannot say", async () => {
    class Half extends Component {
      public constructor(scope: Construct, id: string) {
        super(scope, id);
        throw new Error("half made");
      }
      public override checkDeclared(): void {
        throw new TypeError("there is nothing to check");
      }
    }
    const plan = await planOf(
      platformThat((environment) => {
        configMap(new Tenant(environment, "shop"), "other");
        new Half(environment, "half");
      }),
      "dev",
    );
    expect(plan.findings.map(({ rule, message }) => `${rule}: ${message}`)).toEqual([
      "program/threw: the program threw: half made",
      "construct/threw: checking it failed: there is nothing to check",
    ]);
  });

  test("can be planned again after more was declared", async () => {
    const tenant = tenantIn("prod");
    new WebService(tenant, "web", { image: IMAGE });
    const first = await tenant.plan();
    new WebService(tenant, "api", { image: IMAGE });
    const second = await tenant.plan();
    expect(second.findings).toEqual([]);
    expect(second.objects().length).toBe(2 * first.objects().length);
  });
});
