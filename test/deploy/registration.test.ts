import { createRequire } from "node:module";
import { Bucket } from "@pulumi/aws/s3/bucket.js";
import { ApiObject } from "cdk8s";
import { ConfigMap, Deployment } from "cdk8s-plus-28";
import { Construct } from "constructs";
import { Application, Cluster, Component, definePlatform, Platform, Tenant, WebService } from "flagstone";
import { describe, expect, test } from "vitest";
import { objectsOf, resourceOf, type Up, upOf } from "../engine/engine.ts";
import { facts, namesOf, platformOf, type ProgramProps, registeredObjects, renderedObjects } from "./programs.ts";

const IMAGE = "registry.acme.example/web:1.0.0@sha256:5f0c2d4c1fd4a1d2b6d4d1f3b0c0a8c8a7f1f6f2c6a3d5b9e7c1d0f8a2b4c6d8";
const KUBERNETES = "pulumi:providers:kubernetes";
const AWS = "pulumi:providers:aws";

const web = (props: ProgramProps = {}) => platformOf((shop) => new WebService(shop, "web", { image: IMAGE }), props);
const ofType = ({ resources }: Up, type: string) => resources.filter((resource) => resource.type === type);

/** Names of what is registered in dev, without what a tenant makes to guard its namespace. */
async function ownNames(program: Platform): Promise<string[]> {
  const guards = namesOf(
    objectsOf(
      await upOf(
        platformOf(() => undefined),
        "dev",
      ),
    ),
  );
  const isGuard = (name: string) => guards.includes(name) && !name.includes(":Namespace ");
  return namesOf(objectsOf(await upOf(program, "dev"))).filter((name) => !isGuard(name));
}

class Uploads extends Component {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.cloud("Bucket", (name, options) => new Bucket(name, {}, options));
  }
}

describe("the Kubernetes provider", () => {
  test("is one for each cluster, and knows the cluster by a name that is no address", async () => {
    const providers = ofType(await upOf(web(), "prod"), KUBERNETES);
    expect(providers.map(({ name, inputs }) => [name, inputs["clusterIdentifier"]])).toEqual([
      ["eu", "acme/prod/eu"],
      ["us", "acme/prod/us"],
    ]);
  });

  test("changes ConfigMaps and Secrets in place", async () => {
    const { inputs } = resourceOf(await upOf(web(), "dev"), KUBERNETES, "main");
    expect(inputs).toMatchObject({ enableConfigMapMutable: "true", enableSecretMutable: "true" });
  });

  test("reaches the cluster as the program says", async () => {
    const kubeconfig = { path: "/home/ops/.kube/config", context: "ops" };
    const { inputs } = resourceOf(await upOf(web({ kubeconfig }), "dev"), KUBERNETES, "main");
    expect(inputs).toMatchObject({ kubeconfig: "/home/ops/.kube/config", context: "ops" });
    expect(resourceOf(await upOf(web(), "dev"), KUBERNETES, "main").inputs).not.toHaveProperty("context");
  });

  test("serves exactly the objects of its cluster", async () => {
    for (const { provider, name } of objectsOf(await upOf(web(), "prod")))
      expect(provider?.split("::").at(-1)).toBe(name.split("/")[0]);
  });

  test("is asked for in the version of the installed package", async () => {
    const { version } = createRequire(import.meta.url)("@pulumi/kubernetes/package.json") as { version: string };
    const done = await upOf(web(), "dev");
    expect(new Set(objectsOf(done).map((object) => object.version))).toEqual(new Set([version]));
  });

  test("is not made for a cluster that gets nothing", async () => {
    const program = platformOf((shop) => new WebService(shop, "web", { image: IMAGE, placement: { cluster: "eu" } }));
    const application = new Application("elsewhere", {
      platform: facts,
      environments: { prod: { clusters: { eu: Cluster.fromKubeconfig(), us: Cluster.fromKubeconfig() } } },
    });
    application.run((environment) => {
      const shop = Tenant.fromName(environment, "shop");
      new WebService(shop, "web", { image: IMAGE, placement: { cluster: "eu" } });
    });
    expect(ofType(await upOf(application, "prod"), KUBERNETES).map(({ name }) => name)).toEqual(["eu"]);
    expect(ofType(await upOf(program, "prod"), KUBERNETES).map(({ name }) => name)).toEqual(["eu", "us"]);
  });
});

describe("the AWS provider", () => {
  const program = platformOf(
    (shop) => {
      new Uploads(shop, "uploads");
      new Uploads(shop, "thumbnails");
    },
    { aws: { region: "eu-central-1", accountId: "123456789012" } },
  );

  test("is one for the region, refuses other accounts, and tags everything", async () => {
    const providers = ofType(await upOf(program, "prod"), AWS);
    expect(providers.map(({ name }) => name)).toEqual(["aws-eu-central-1"]);
    const { region, allowedAccountIds, defaultTags } = providers[0]!.inputs;
    expect(region).toBe("eu-central-1");
    expect(allowedAccountIds).toBe('["123456789012"]');
    expect(JSON.parse(defaultTags as string)).toEqual({
      tags: {
        "app.kubernetes.io/managed-by": "flagstone",
        "app.kubernetes.io/part-of": "acme",
        "flagstone.dev/environment": "prod",
      },
    });
  });

  test("serves every cloud resource that is made with the given options", async () => {
    const done = await upOf(program, "prod");
    const [provider] = ofType(done, AWS);
    expect(ofType(done, "aws:s3/bucket:Bucket").map((bucket) => bucket.provider)).toEqual([
      provider!.urn,
      provider!.urn,
    ]);
  });
});

describe("an object's name in Pulumi", () => {
  test("is made of cluster, namespace and name, and of no path", async () => {
    expect(await ownNames(web())).toEqual([
      "kubernetes:apps/v1:Deployment main/shop/web",
      "kubernetes:core/v1:Namespace main/shop",
      "kubernetes:core/v1:Service main/shop/web",
      "kubernetes:core/v1:ServiceAccount main/shop/web",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy main/shop/web",
    ]);
  });

  test("goes with one component for each construct, all of one type and directly below the stack", async () => {
    const done = await upOf(web(), "dev");
    const components = done.resources.filter(({ custom }) => !custom);
    expect(components.map(({ type, name }) => `${type} ${name}`)).toEqual([
      "flagstone:index:Construct dev/shop",
      "flagstone:index:Construct dev/shop/web",
    ]);
    expect(new Set(components.map(({ parent }) => parent))).toEqual(
      new Set(["urn:pulumi:dev::acme::pulumi:pulumi:Stack::acme-dev"]),
    );
  });
});

describe("protection", () => {
  const definition = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "teas.acme.example" },
    spec: { group: "acme.example", scope: "Namespaced", names: { kind: "Tea", plural: "teas" }, versions: [] },
  };
  const program = platformOf((shop, environment) => {
    new WebService(shop, "web", { image: IMAGE });
    new ApiObject(environment, "teas", definition);
    new ApiObject(shop, "claim", { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "claim" } });
  });
  const protectedIn = async (stack: string) =>
    namesOf((await upOf(program, stack)).resources.filter(({ protect }) => protect));

  test("is on what holds data, in tiers like production", async () => {
    expect(await protectedIn("prod")).toEqual([
      "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition eu/teas.acme.example",
      "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition us/teas.acme.example",
      "kubernetes:core/v1:Namespace eu/shop",
      "kubernetes:core/v1:Namespace us/shop",
      "kubernetes:core/v1:PersistentVolumeClaim eu/shop/claim",
      "kubernetes:core/v1:PersistentVolumeClaim us/shop/claim",
    ]);
  });

  test("is on nothing in tiers like development", async () => {
    expect(await protectedIn("dev")).toEqual([]);
  });

  test("follows the tier that an own one is like", async () => {
    const own = definePlatform("own", {
      domain: "own.example",
      tiers: { regulated: { like: "production" } },
      environments: { bank: { tier: "regulated" } },
      tenants: { shop: {} },
    });
    const platform = new Platform(own, { environments: { bank: { clusters: Cluster.fromKubeconfig() } } });
    platform.run((environment) => {
      new Tenant(environment, "shop");
    });
    expect(resourceOf(await upOf(platform, "bank"), "kubernetes:core/v1:Namespace", "main/shop").protect).toBe(true);
  });
});

describe("dependencies", () => {
  const urns = (done: Up, ...names: [type: string, name: string][]) =>
    names.map(([type, name]) => resourceOf(done, type, name).urn).sort();

  test("put an object after its namespace and after the definition of its kind", async () => {
    const program = platformOf((shop, environment) => {
      new ApiObject(shop, "tea", { apiVersion: "acme.example/v1", kind: "Tea", metadata: { name: "green" } });
      new ApiObject(environment, "teas", {
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: { name: "teas.acme.example" },
        spec: { group: "acme.example", scope: "Namespaced", names: { kind: "Tea", plural: "teas" }, versions: [] },
      });
    });
    const done = await upOf(program, "dev");
    expect(resourceOf(done, "kubernetes:acme.example/v1:Tea", "main/shop/green").dependencies).toEqual(
      urns(
        done,
        ["kubernetes:core/v1:Namespace", "main/shop"],
        ["kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition", "main/teas.acme.example"],
      ),
    );
  });

  test("between constructs become dependencies of their objects, cluster by cluster", async () => {
    const program = platformOf((shop) => {
      const migration = new ConfigMap(shop, "migration", { data: { a: "b" } });
      const settings = new Construct(shop, "settings");
      new ConfigMap(settings, "one", {});
      new ConfigMap(settings, "two", {});
      const service = new WebService(shop, "web", { image: IMAGE });
      service.node.addDependency(migration, settings);
    });
    const done = await upOf(program, "prod");
    for (const cluster of ["eu", "us"]) {
      expect(resourceOf(done, "kubernetes:core/v1:Service", `${cluster}/shop/web`).dependencies).toEqual(
        urns(
          done,
          ["kubernetes:core/v1:Namespace", `${cluster}/shop`],
          ...objectsOf(done)
            .filter(({ type, name }) => type.endsWith(":ConfigMap") && name.startsWith(`${cluster}/`))
            .map(({ type, name }): [string, string] => [type, name]),
        ),
      );
    }
  });

  test("between workloads are none", async () => {
    const program = platformOf((shop) => {
      new WebService(shop, "a", { image: IMAGE, env: { B: "http://b:8080" } });
      new WebService(shop, "b", { image: IMAGE, env: { A: "http://a:8080" } });
    });
    const deployments = ofType(await upOf(program, "dev"), "kubernetes:apps/v1:Deployment");
    expect(deployments.length).toBe(2);
    for (const { dependencies } of deployments) {
      expect(dependencies.filter((urn) => /:(Namespace|LimitRange|ResourceQuota)::/.test(urn))).toEqual(dependencies);
      expect(dependencies).toContainEqual(expect.stringContaining("core/v1:Namespace"));
    }
  });

  test("put a Deployment after the ConfigMap with its files", async () => {
    const program = platformOf(
      (shop) => new WebService(shop, "web", { image: IMAGE, files: { "/etc/app/motd": "hello" } }),
    );
    const done = await upOf(program, "dev");
    const files = resourceOf(done, "kubernetes:core/v1:ConfigMap", "main/shop/web-files");
    expect(resourceOf(done, "kubernetes:apps/v1:Deployment", "main/shop/web").dependencies).toContain(files.urn);
  });
});

test("plain cdk8s and cdk8s-plus objects are registered like those of constructs", async () => {
  const program = platformOf((shop, environment) => {
    new Deployment(shop, "plus", { containers: [{ image: IMAGE }], replicas: 1 });
    new ApiObject(environment, "reader", {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: "reader" },
      rules: [],
    });
  });
  expect(await ownNames(program)).toEqual([
    "kubernetes:apps/v1:Deployment main/shop/plus",
    "kubernetes:core/v1:Namespace main/shop",
    "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole main/reader",
  ]);
});

describe("where a GitOps controller delivers", () => {
  class Store extends Component {
    readonly bucketName = this.cloud("Bucket", (name, options) => new Bucket(name, {}, options)).output(
      (b) => b.bucket,
    );
  }
  const program = (delivery: ProgramProps["delivery"]) =>
    platformOf(
      (shop) => {
        const { bucketName } = new Store(shop, "store");
        new WebService(shop, "web", { image: IMAGE, env: { BUCKET: bucketName } });
        new WebService(shop, "other", { image: IMAGE });
      },
      { aws: { region: "eu-central-1" }, delivery },
    );
  const computed = () => ({ bucket: "store-1a2b3c" });

  test.each(["argo-cd", "flux"] as const)(
    "(%s) Pulumi registers only cloud resources and what carries outputs",
    async (delivery) => {
      expect(namesOf((await upOf(program(delivery), "dev", { computed })).resources)).toEqual([
        "aws:s3/bucket:Bucket shop-store-Bucket",
        "kubernetes:core/v1:Secret main/shop/web-outputs",
        "pulumi:providers:aws aws-eu-central-1",
        "pulumi:providers:kubernetes main",
      ]);
    },
  );

  test("everything else is rendered: between them they have what Pulumi alone would register", async () => {
    const registered = Object.keys(registeredObjects(await upOf(program("argo-cd"), "dev", { computed })));
    const rendered = Object.keys(renderedObjects(program("argo-cd"), "dev"));
    const all = Object.keys(registeredObjects(await upOf(program("pulumi"), "dev", { computed })));
    expect([...registered, ...rendered].sort()).toEqual(all.sort());
  });

  test("a program without outputs registers nothing", async () => {
    expect((await upOf(web({ delivery: "argo-cd" }), "dev")).resources).toEqual([]);
  });
});
