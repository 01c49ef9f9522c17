import { Instance } from "@pulumi/aws/rds/instance.js";
import { Bucket } from "@pulumi/aws/s3/bucket.js";
import { Provider } from "@pulumi/aws/provider.js";
import { ComponentResource, type CustomResourceOptions, type Output, StackReference } from "@pulumi/pulumi";
import { type CloudHandle, Component, Token, WebService } from "flagstone";
import { describe, expect, test, vi } from "vitest";
import { attemptOf, objectsOf, resourceOf, upOf } from "../engine/engine.ts";
import { namesOf, platformOf } from "./programs.ts";

const IMAGE = "registry.acme.example/web:1.0.0@sha256:5f0c2d4c1fd4a1d2b6d4d1f3b0c0a8c8a7f1f6f2c6a3d5b9e7c1d0f8a2b4c6d8";
const AWS = { aws: { region: "eu-central-1" } };
const BUCKET = "aws:s3/bucket:Bucket";
const INSTANCE = "aws:rds/instance:Instance";

class Cloud extends Component {
  declare<R extends Bucket | Instance>(id: string, create: (name: string, options: CustomResourceOptions) => R) {
    return this.cloud<R>(id, create);
  }
}

const instance = { instanceClass: "db.t4g.micro" };

describe("the functions of cloud()", () => {
  test("run once for each up, after the whole program was found valid", async () => {
    const steps: string[] = [];
    class Traced extends Cloud {
      protected override objectsIn(): void {
        steps.push(`objects of ${this.node.id}`);
      }
    }
    const program = platformOf((shop) => {
      steps.push("declare");
      const uploads = new Traced(shop, "uploads").declare("Bucket", (name, options) => {
        steps.push("make");
        return new Bucket(name, {}, options);
      });
      new Traced(shop, "reader").declare("Copy", (name, options) => {
        void uploads.get();
        void uploads.get();
        return new Bucket(name, {}, options);
      });
      steps.push("declared");
    }, AWS);
    await upOf(program, "dev");
    expect(steps).toEqual(["declare", "declared", "objects of uploads", "objects of reader", "make"]);
  });

  test.each([
    ["before", ["database", "backup"]],
    ["after", ["backup", "database"]],
  ])("get each other's resources, one being declared %s the other", async (_, order) => {
    const program = platformOf((shop) => {
      const handles: Partial<Record<string, CloudHandle<Instance>>> = {};
      for (const id of order) {
        handles[id] = new Cloud(shop, id).declare("Instance", (name, options) => {
          const source = id === "backup" ? { replicateSourceDb: handles["database"]!.get().arn } : {};
          return new Instance(name, { ...instance, ...source }, options);
        });
      }
    }, AWS);
    const done = await upOf(program, "dev", { computed: ({ name }) => ({ arn: `arn:aws:rds:::${name}` }) });
    const backup = resourceOf(done, INSTANCE, "shop-backup-Instance");
    expect(backup.inputs["replicateSourceDb"]).toBe("arn:aws:rds:::shop-database-Instance");
    expect(backup.dependencies).toEqual([resourceOf(done, INSTANCE, "shop-database-Instance").urn]);
  });

  test("that need each other are reported with the circle", async () => {
    const program = platformOf((shop) => {
      const handles: Partial<Record<string, CloudHandle<Bucket>>> = {};
      for (const [id, other] of [
        ["a", "b"],
        ["b", "c"],
        ["c", "a"],
      ] as const) {
        handles[id] = new Cloud(shop, id).declare("Bucket", (name, options) => {
          return new Bucket(name, { bucketPrefix: handles[other]!.get().id }, options);
        });
      }
    }, AWS);
    const { error } = await attemptOf(program, "dev");
    expect((error as Error).message).toContain(
      "cloud resources need each other: shop-a-Bucket → shop-b-Bucket → shop-c-Bucket → shop-a-Bucket",
    );
  });

  test("are told that nothing exists yet when a handle is asked while the program is being declared", async () => {
    const program = platformOf((shop) => {
      const uploads = new Cloud(shop, "uploads").declare("Bucket", (name, options) => new Bucket(name, {}, options));
      new WebService(shop, "web", { image: IMAGE, env: { BUCKET: uploads.get().bucket } });
    }, AWS);
    const { resources, error } = await attemptOf(program, "dev");
    expect(resources).toEqual([]);
    expect((error as Error).message).toContain(
      'dev/shop/uploads: the resource "Bucket" does not exist while the program is being declared',
    );
  });

  test("that throw are reported with their construct, all of them", async () => {
    const program = platformOf((shop) => {
      for (const id of ["a", "b"]) {
        new Cloud(shop, id).declare("Bucket", (): Bucket => {
          throw new TypeError(`no ${id} today`);
        });
      }
    }, AWS);
    const { error } = await attemptOf(program, "dev");
    expect((error as Error).message).toContain('error: dev/shop/a: cloud("Bucket", …) threw: no a today');
    expect((error as Error).message).toContain('error: dev/shop/b: cloud("Bucket", …) threw: no b today');
  });

  test("that return no resource are reported", async () => {
    const program = platformOf((shop) => {
      new Cloud(shop, "uploads").declare("Bucket", () => ({}) as Bucket);
    }, AWS);
    const { error } = await attemptOf(program, "dev");
    expect((error as Error).message).toContain('cloud("Bucket", …) returned no Pulumi resource');
  });

  test("may make a component, whose children get the provider", async () => {
    class Store extends ComponentResource {
      constructor(name: string, options: CustomResourceOptions) {
        super("acme:index:Store", name, {}, options);
        new Bucket(`${name}-data`, {}, { parent: this });
      }
    }
    class Stores extends Component {
      constructor(scope: Component, id: string) {
        super(scope, id);
        this.cloud("Store", (name, options) => new Store(name, options));
      }
    }
    const done = await upOf(
      platformOf((shop) => new Stores(shop, "stores"), AWS),
      "dev",
    );
    expect(resourceOf(done, BUCKET, "shop-stores-Store-data").provider).toMatch(/pulumi:providers:aws::aws-/);
  });
});

describe("a cloud resource", () => {
  const uploads = (aws: { region: string; accountId?: string } | undefined) =>
    platformOf(
      (shop) => new Cloud(shop, "uploads").declare("Bucket", (name, options) => new Bucket(name, {}, options)),
      { aws },
    );

  test("is named by tenant, construct and id, below the component of its construct", async () => {
    const done = await upOf(uploads({ region: "eu-central-1" }), "dev");
    const bucket = resourceOf(done, BUCKET, "shop-uploads-Bucket");
    expect(bucket.parent).toBe("urn:pulumi:dev::acme::flagstone:index:Construct::dev/shop/uploads");
    expect(bucket.urn).toBe(`urn:pulumi:dev::acme::flagstone:index:Construct$${BUCKET}::shop-uploads-Bucket`);
  });

  test("is protected in production, and not in development", async () => {
    const program = uploads({ region: "eu-central-1" });
    expect(resourceOf(await upOf(program, "prod"), BUCKET, "shop-uploads-Bucket").protect).toBe(true);
    expect(resourceOf(await upOf(program, "dev"), BUCKET, "shop-uploads-Bucket").protect).toBe(false);
  });

  test("without a region said for its environment is an error that says how", async () => {
    const { error } = await attemptOf(uploads(undefined), "dev");
    expect((error as Error).message).toContain("would use the default provider of its package");
    expect((error as Error).message).toContain('say aws: { region: "…" } for the environment');
  });

  test("that is made without the given options is an error", async () => {
    const program = platformOf((shop) => {
      new Cloud(shop, "uploads").declare("Bucket", (name) => new Bucket(name, {}));
    }, AWS);
    const { error } = await attemptOf(program, "dev");
    expect((error as Error).message).toContain("would use the default provider of its package");
  });

  test("may be one that exists already, and a reference to another stack needs no provider", async () => {
    class Existing extends Component {
      readonly bucketName = this.cloud("Bucket", (name, options) => Bucket.get(name, "old-1a2b3c", {}, options)).output(
        (b) => b.bucket,
      );
      readonly host = this.cloud("Platform", (name, { parent }) => {
        return new StackReference(name, { name: "organization/acme/dev" }, parent ? { parent } : {});
      }).output((stack) => stack.getOutput("host") as Output<string>);
    }
    const program = platformOf((shop) => {
      const { bucketName, host } = new Existing(shop, "existing");
      new WebService(shop, "web", { image: IMAGE, env: { BUCKET: bucketName, HOST: host } });
    }, AWS);
    const done = await upOf(program, "dev", {
      computed: ({ type }) => (type === BUCKET ? { bucket: "old" } : undefined),
      stacks: { "organization/acme/dev": { host: "db.acme.example" } },
    });
    expect(resourceOf(done, "kubernetes:core/v1:Secret", "main/shop/web-outputs").inputs["stringData"]).toEqual({
      BUCKET: "old",
      HOST: "db.acme.example",
    });
  });

  test("may have a provider of its own", async () => {
    const program = platformOf((shop) => {
      new Cloud(shop, "uploads").declare("Bucket", (name, options) => {
        const provider = new Provider("elsewhere", { region: "us-east-1" });
        return new Bucket(name, {}, { ...options, provider });
      });
    }, AWS);
    const done = await upOf(program, "dev");
    expect(resourceOf(done, BUCKET, "shop-uploads-Bucket").provider).toMatch(/::elsewhere$/);
  });

  test("is in the same program as objects, which wait for it where they carry its outputs", async () => {
    const program = platformOf((shop) => {
      const bucket = new Cloud(shop, "uploads").declare("Bucket", (name, options) => new Bucket(name, {}, options));
      new WebService(shop, "web", { image: IMAGE, env: { BUCKET: bucket.output((b) => b.bucket) } });
      new WebService(shop, "other", { image: IMAGE });
    }, AWS);
    const done = await upOf(program, "dev", { computed: () => ({ bucket: "uploads-1a2b3c" }) });
    const { urn } = resourceOf(done, BUCKET, "shop-uploads-Bucket");
    const waiting = objectsOf(done).filter(({ dependencies }) => dependencies.includes(urn));
    // The Deployment's digest is computed from the bucket's name.
    expect(namesOf(waiting)).toEqual([
      "kubernetes:apps/v1:Deployment main/shop/web",
      "kubernetes:core/v1:Secret main/shop/web-outputs",
    ]);
  });
});

test("a program without cloud resources makes no AWS provider", async () => {
  const done = await upOf(
    platformOf((shop) => new WebService(shop, "web", { image: IMAGE }), AWS),
    "dev",
  );
  expect(done.resources.filter(({ type }) => type === "pulumi:providers:aws")).toEqual([]);
});

test("an output that is part of the name of a workload is reported before anything is made", async () => {
  const called = vi.fn();
  const program = platformOf((shop) => {
    const bucket = new Cloud(shop, "uploads").declare("Bucket", (name, options) => {
      called();
      return new Bucket(name, {}, options);
    });
    new WebService(shop, "web", {
      image: IMAGE,
      transform: { service: { metadata: { name: Token.asString(bucket.output((b) => b.bucket)) } } },
    });
  }, AWS);
  const { resources, error } = await attemptOf(program, "dev");
  expect((error as Error).message).toContain("metadata.name holds an output");
  expect(called).not.toHaveBeenCalled();
  expect(resources).toEqual([]);
});
