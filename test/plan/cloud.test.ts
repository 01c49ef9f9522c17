import * as s3 from "@pulumi/aws/s3/index.js";
import * as pulumi from "@pulumi/pulumi";
import type { Construct } from "constructs";
import {
  Application,
  type CloudHandle,
  Cluster,
  Component,
  type CreateResource,
  type Ref,
  Tenant,
  WebService,
} from "flagstone";
import { type PlanView, planOf } from "flagstone/testing";
import { describe, expect, test } from "vitest";
import { acme, type AcmeEnvironment, brief, IMAGE, rulesOf } from "../testing/fixtures";

/** An application whose environments have an AWS account. */
function applicationIn(define: (environment: AcmeEnvironment) => void, aws = true) {
  const main = Cluster.fromKubeconfig();
  const account = aws ? { aws: { region: "eu-central-1" } } : {};
  const application = new Application("shop", {
    platform: acme,
    environments: { dev: { clusters: main, ...account }, prod: { clusters: { eu: main, us: main }, ...account } },
  });
  application.run(define);
  return application;
}

const planIn = (define: (environment: AcmeEnvironment) => void, aws = true): Promise<PlanView> =>
  planOf(applicationIn(define, aws), "dev");

/** A construct with one cloud resource. */
class Store<R extends pulumi.Resource> extends Component {
  public readonly handle: CloudHandle<R>;

  public constructor(scope: Construct, id: string, create: CreateResource<R>) {
    super(scope, id);
    this.handle = this.cloud("Bucket", create);
  }
}

const shopOf = (environment: AcmeEnvironment) => Tenant.fromName(environment, "shop");
const bucket: CreateResource<s3.Bucket> = (name, options) => new s3.Bucket(name, { bucket: "acme-uploads" }, options);

describe("a cloud resource in the Plan", () => {
  test("says what it is, where it comes from, and what it is given", async () => {
    const plan = await planIn((environment) => new Store(shopOf(environment), "uploads", bucket));
    expect(plan.findings).toEqual([]);
    expect(plan.cloud()).toMatchObject([
      {
        id: "aws:s3/bucket:Bucket::shop-uploads-Bucket",
        environment: "dev",
        type: "aws:s3/bucket:Bucket",
        name: "shop-uploads-Bucket",
        construct: "dev/shop/uploads",
        constructType: "Store",
        tenant: "shop",
        owner: "group:shop",
        deliveredBy: "pulumi",
        ours: true,
        protect: false,
        dependsOn: [],
        inputs: { bucket: "acme-uploads" },
      },
    ]);
    expect(plan.cloud("aws:s3/bucket:Bucket")).toHaveLength(1);
    expect(plan.cloud("aws:s3/other:Other")).toEqual([]);
  });

  test("is protected in tiers like production", async () => {
    const application = applicationIn((environment) => new Store(shopOf(environment), "uploads", bucket));
    expect((await planOf(application, "prod")).cloud()).toMatchObject([{ protect: true }]);
  });

  test("hides what is secret, and says what is not known yet", async () => {
    class Policy extends Component {
      public constructor(scope: Construct, id: string) {
        super(scope, id);
        const made = this.cloud("Bucket", bucket);
        this.cloud(
          "Object",
          (name, options) =>
            new s3.BucketObjectv2(
              name,
              { bucket: made.get().arn, key: "a", content: pulumi.secret("hunter2"), tags: { a: "b" } },
              options,
            ),
        );
      }
    }
    const plan = await planIn((environment) => new Policy(shopOf(environment), "policy"));
    expect(plan.cloud("aws:s3/bucketObjectv2:BucketObjectv2")).toMatchObject([
      {
        dependsOn: ["aws:s3/bucket:Bucket::shop-policy-Bucket"],
        inputs: { bucket: "[unknown]", content: "[secret]", key: "a", tags: { a: "b" } },
      },
    ]);
    expect(JSON.stringify(plan.plan)).not.toContain("hunter2");
  });

  test("is what an object waits for that carries one of its values", async () => {
    const plan = await planIn((environment) => {
      const shop = shopOf(environment);
      const store = new Store(shop, "uploads", bucket);
      new WebService(shop, "web", { image: IMAGE, env: { BUCKET: store.handle.output((made) => made.bucket) } });
    });
    const [secret] = plan.plan.objects.filter(({ kind }) => kind === "Secret");
    expect(secret!.manifest).toMatchObject({ stringData: { BUCKET: "[output of shop-uploads-Bucket]" } });
    expect(secret!.dependsOn).toEqual(["aws:s3/bucket:Bucket::shop-uploads-Bucket"]);
  });

  test("has a name that does not change when its construct moves under a group", async () => {
    class Group extends Component {}
    const names = async (scope: (shop: Construct) => Construct) =>
      (await planIn((environment) => new Store(scope(shopOf(environment)), "uploads", bucket)))
        .cloud()
        .map(({ id }) => id);
    expect(await names((shop) => new Group(shop, "group"))).toEqual(await names((shop) => shop));
  });

  test("is made once, in an order that does not depend on that of construction", async () => {
    const made: string[] = [];
    const create: CreateResource<s3.Bucket> = (name, options) => {
      made.push(name);
      return bucket(name, options);
    };
    await planIn((environment) => {
      const shop = shopOf(environment);
      for (const id of ["b", "a"]) new Store(shop, id, create);
    });
    expect(made).toEqual(["shop-a-Bucket", "shop-b-Bucket"]);
  });

  test("is not made while something is wrong with the program", async () => {
    const plan = await planIn((environment) => {
      const shop = shopOf(environment);
      new Store(shop, "uploads", () => expect.unreachable());
      new WebService(shop, "web", { image: "web" });
    });
    expect(rulesOf(plan.findings)).toEqual(["image/mutable"]);
    expect(plan.cloud()).toEqual([]);
  });

  test("planned again is the same, also when both plans are made at once", async () => {
    const application = applicationIn((environment) => {
      const shop = shopOf(environment);
      const store = new Store(shop, "uploads", bucket);
      new WebService(shop, "web", { image: IMAGE, env: { BUCKET: store.handle.output((made) => made.bucket) } });
    });
    const plans = async (...planning: Promise<PlanView>[]) =>
      (await Promise.all(planning)).map(({ plan }) => JSON.stringify(plan));
    const [dev] = await plans(planOf(application, "dev"));
    const [prod] = await plans(planOf(application, "prod"));
    expect(dev).toContain("aws:s3/bucket:Bucket::shop-uploads-Bucket");
    expect(prod).toContain("aws:s3/bucket:Bucket::shop-uploads-Bucket");
    const [devToo, prodToo] = await plans(planOf(application, "dev"), planOf(application, "prod"));
    expect(devToo === dev).toBe(true);
    expect(prodToo === prod).toBe(true);
  });

  test("that the program makes outside of cloud() is listed as not ours", async () => {
    const plan = await planIn((environment) => {
      const shop = shopOf(environment);
      new s3.Bucket("by-hand", {});
      new Store(shop, "inside", (name) => new s3.Bucket(name, {}, { provider: undefined as never }));
    });
    expect(plan.cloud().map(({ name, ours, construct }) => [name, ours, construct])).toEqual([
      ["by-hand", false, "dev"],
      ["shop-inside-Bucket", false, "dev"],
    ]);
  });
});

describe("the handle of a cloud resource", () => {
  test("has no resource while the program is declared", async () => {
    const plan = await planIn((environment) => new Store(shopOf(environment), "uploads", bucket).handle.get());
    expect(brief(plan.findings)).toEqual([
      'program/threw dev: the program threw: dev/shop/uploads: the resource "Bucket" does not exist while the program is being declared; call .get() inside the function of another cloud(), or use .output(r => …) for a value; mend the program; what it declares after this line is not checked yet',
    ]);
  });

  test("gives the resource to the function of another, which is made first", async () => {
    const plan = await planIn((environment) => {
      const shop = shopOf(environment);
      const z = new Store(shop, "z", bucket);
      new Store(
        shop,
        "a",
        (name, options) => new s3.BucketPublicAccessBlock(name, { bucket: z.handle.get().id }, options),
      );
    });
    expect(plan.findings).toEqual([]);
    expect(plan.cloud().map(({ name, dependsOn }) => [name, dependsOn])).toEqual([
      ["shop-z-Bucket", []],
      ["shop-a-Bucket", ["aws:s3/bucket:Bucket::shop-z-Bucket"]],
    ]);
  });

  test("of resources that need each other is a finding with their names", async () => {
    const plan = await planIn((environment) => {
      const shop = shopOf(environment);
      const stores: Store<s3.Bucket>[] = [];
      for (const [id, other] of [
        ["a", 1],
        ["b", 0],
      ] as const)
        stores.push(
          new Store(
            shop,
            id,
            (name, options) => new s3.Bucket(name, { bucket: stores[other]!.handle.get().id }, options),
          ),
        );
    });
    expect(plan.findings[0]).toMatchObject({
      rule: "cloud/threw",
      message: expect.stringContaining(
        "cloud resources need each other: shop-a-Bucket → shop-b-Bucket → shop-a-Bucket",
      ) as string,
    });
  });
});

describe("a mistake with cloud resources", () => {
  const mistakes = async (create: CreateResource<pulumi.Resource>, aws = true) =>
    brief((await planIn((environment) => new Store(shopOf(environment), "uploads", create), aws)).findings);

  test("a resource of AWS without an account is a finding", async () => {
    expect(await mistakes(bucket, false)).toEqual([
      'cloud/default-provider dev/shop/uploads: cloud("Bucket", …) makes a aws:s3/bucket:Bucket that would use the default provider of its package; say aws: { region: "…" } for the environment, and pass on the options that cloud() gives',
    ]);
  });

  test("options that are not passed on are a finding", async () => {
    expect(await mistakes((name) => new s3.Bucket(name, {}))).toEqual([
      expect.stringContaining("cloud/default-provider dev/shop/uploads"),
    ]);
  });

  test("a function that makes no resource is a finding", async () => {
    expect(await mistakes(() => ({}) as pulumi.Resource)).toEqual([
      'cloud/no-resource dev/shop/uploads: cloud("Bucket", …) returned no Pulumi resource; return the resource that the function makes',
    ]);
  });

  test("a function that throws is a finding, and others still run", async () => {
    const plan = await planIn((environment) => {
      const shop = shopOf(environment);
      new Store(shop, "a", () => {
        throw new Error("no quota");
      });
      new Store(shop, "b", bucket);
    });
    expect(brief(plan.findings)).toEqual([
      'cloud/threw dev/shop/a: cloud("Bucket", …) threw: no quota; mend the function',
    ]);
    expect(plan.cloud().map(({ name }) => name)).toEqual(["shop-b-Bucket"]);
  });

  test("one id twice in a construct is a finding", async () => {
    class Twice extends Component {
      public constructor(scope: Construct, id: string) {
        super(scope, id);
        this.cloud("Bucket", bucket);
        this.cloud("Bucket", bucket);
      }
    }
    const plan = await planIn((environment) => new Twice(shopOf(environment), "twice"));
    expect(brief(plan.findings)).toEqual([
      'cloud/duplicate dev/shop/twice: cloud("Bucket", …) is declared twice on this construct; give one of them another id',
    ]);
  });

  test("one id of constructs twice in a tenant is a finding that names both", async () => {
    class Group extends Component {}
    const plan = await planIn((environment) => {
      const shop = shopOf(environment);
      new Store(shop, "uploads", bucket);
      new Store(new Group(shop, "group"), "uploads", bucket);
    });
    expect(brief(plan.findings)).toEqual([
      'cloud/collision dev/shop/group/uploads: cloud resource "shop-uploads-Bucket" is declared by dev/shop/group/uploads and dev/shop/uploads; ids of constructs with cloud resources are unique within a tenant: rename one',
    ]);
  });
});

describe("names of cloud resources", () => {
  class Renamed extends Component {
    public readonly ref: Ref;

    public constructor(scope: Construct, id: string) {
      super(scope, id);
      this.formerly("old", "older");
      this.ref = this.cloud("Bucket", bucket).output((made) => made.bucket);
    }
  }

  test("hold tenant, construct and id; those of former ids are kept", async () => {
    const environment = applicationIn(() => undefined).instantiate("dev") as AcmeEnvironment;
    const [inTenant, outside] = [new Renamed(shopOf(environment), "new"), new Renamed(environment, "new")];
    expect(inTenant.cloudDeclarations).toMatchObject([
      { name: "shop-new-Bucket", formerNames: ["shop-old-Bucket", "shop-older-Bucket"] },
    ]);
    expect(outside.cloudDeclarations).toMatchObject([
      { name: "new-Bucket", formerNames: ["old-Bucket", "older-Bucket"] },
    ]);
  });
});
