// What programmers do to a program all day must not touch what runs: nothing is replaced or made anew, and no byte changes that need not.
import { Bucket } from "@pulumi/aws/s3/bucket.js";
import { ApiObject } from "cdk8s";
import { ConfigMap } from "cdk8s-plus-28";
import { Construct } from "constructs";
import fc from "fast-check";
import { Component, type KubeconfigProps, type Tenant, WebService, type WebServiceProps } from "flagstone";
import { describe, expect, test } from "vitest";
import type { Runnable } from "../lib/core/host.ts";
import { platformOf, type ProgramProps, renderedFiles } from "./deploy/programs.ts";
import { define } from "./deploy/fixtures/shop-before.ts";
import { defineShop } from "./deploy/fixtures/shop-after.ts";
import { type Change, changesBetween, realChanges } from "./engine/changes.ts";
import { upOf } from "./engine/engine.ts";

const IMAGE = "registry.acme.example/web:1.0.0@sha256:5f0c2d4c1fd4a1d2b6d4d1f3b0c0a8c8a7f1f6f2c6a3d5b9e7c1d0f8a2b4c6d8";
const STACKS = ["dev", "prod"];

/** A database, in the shape of a bucket: what must never be made anew. */
class Orders extends Component {
  readonly bucketName;

  constructor(scope: Construct, id: string, formerly: readonly string[] = []) {
    super(scope, id);
    this.formerly(...formerly);
    this.bucketName = this.cloud("Bucket", (name, options) => new Bucket(name, {}, options)).output((b) => b.bucket);
  }
}

class Group extends Component {}

class Checkout<E extends string = "http"> extends WebService<E> {
  constructor(scope: Construct, id: string, props: Omit<WebServiceProps<E>, "image">) {
    super(scope, id, { ...props, image: IMAGE });
  }
}

const program = (declare: (shop: Tenant) => void, props: ProgramProps = {}): Runnable =>
  platformOf((shop) => declare(shop), { aws: { region: "eu-central-1" }, ...props });

const computed = () => ({ bucket: "orders-1a2b3c" });

async function changes(before: Runnable, after: Runnable, stack: string): Promise<Change[]> {
  return realChanges(await upOf(before, stack, { computed }), await upOf(after, stack, { computed }));
}

/** Neither Pulumi nor a GitOps controller has anything to do. */
async function expectUntouched(before: Runnable, after: Runnable): Promise<void> {
  for (const stack of STACKS) {
    expect(await changes(before, after, stack)).toEqual([]);
    expect(renderedFiles(after, stack)).toEqual(renderedFiles(before, stack));
  }
}

test("the program that all of these change has objects and cloud resources to lose", async () => {
  const before = program(
    (shop) => new WebService(shop, "web", { image: IMAGE, env: { B: new Orders(shop, "o").bucketName } }),
  );
  const gone = await changes(
    before,
    program(() => undefined),
    "prod",
  );
  expect(gone.map(({ operation }) => operation)).toEqual(gone.map(() => "deleted"));
  expect(gone.length).toBeGreaterThan(10);
});

test("renaming variables, files and what is between them changes nothing", async () => {
  await expectUntouched(program(define), program(defineShop));
});

describe("moving a construct under a group", () => {
  const declare = (group: (shop: Tenant) => Construct) => (shop: Tenant) => {
    const scope = group(shop);
    const orders = new Orders(scope, "orders");
    new WebService(scope, "web", { image: IMAGE, env: { BUCKET: orders.bucketName }, files: { "/etc/motd": "hello" } });
  };

  test.each<[string, (shop: Tenant) => Construct]>([
    ["that is a plain construct", (shop) => new Construct(shop, "backend")],
    ["that is a component", (shop) => new Group(shop, "backend")],
    ["of groups", (shop) => new Group(new Construct(new Group(shop, "a"), "b"), "c")],
  ])("%s changes nothing that exists", async (_, group) => {
    await expectUntouched(program(declare((shop) => shop)), program(declare(group)));
  });

  test("changes only the names of components, which exist nowhere but in the state", async () => {
    const [before, after] = [program(declare((shop) => shop)), program(declare((shop) => new Group(shop, "backend")))];
    const moved = changesBetween(await upOf(before, "dev", { computed }), await upOf(after, "dev", { computed }));
    expect(moved.filter(({ operation }) => operation !== "same").map(({ urn }) => urn.split("::").at(-1))).toEqual([
      "dev/shop/backend/orders",
      "dev/shop/backend/web",
      "dev/shop/orders",
      "dev/shop/web",
    ]);
  });

  test("goes for plain cdk8s-plus objects below it too", async () => {
    const withHandbook = (scope: Construct) => {
      const service = new WebService(scope, "web", { image: IMAGE });
      new ConfigMap(service, "handbook", { data: { url: "https://handbook.acme.example" } });
    };
    await expectUntouched(
      program((shop) => withHandbook(shop)),
      program((shop) => withHandbook(new Group(shop, "backend"))),
    );
  });
});

test("replacing a class by a subclass changes nothing", async () => {
  await expectUntouched(
    program((shop) => new WebService(shop, "checkout", { image: IMAGE, replicas: 2 })),
    program((shop) => new Checkout(shop, "checkout", { replicas: 2 })),
  );
});

describe("switching how a cluster is reached", () => {
  const web = (kubeconfig: KubeconfigProps) =>
    program((shop) => new WebService(shop, "web", { image: IMAGE }), { kubeconfig });

  test.each<[string, KubeconfigProps, KubeconfigProps]>([
    ["to another context", { context: "old" }, { context: "new" }],
    ["to another file", { path: "/etc/old" }, { path: "/etc/new" }],
    ["from the current context to a named one", {}, { path: "/etc/new", context: "new" }],
  ])("%s updates the provider, and no object", async (_, before, after) => {
    for (const stack of STACKS) {
      const changed = await changes(web(before), web(after), stack);
      expect(changed.map(({ urn, operation }) => [urn.split("::")[2], operation])).toEqual(
        changed.map(() => ["pulumi:providers:kubernetes", "updated"]),
      );
      expect(changed).not.toEqual([]);
      expect(renderedFiles(web(after), stack)).toEqual(renderedFiles(web(before), stack));
    }
  });
});

test("constructors in any order give the same bytes and the same registrations", async () => {
  const constructors: ((shop: Tenant) => unknown)[] = [
    (shop) => new WebService(shop, "web", { image: IMAGE, env: { B: "2", A: "1" }, labels: { z: "1", a: "2" } }),
    (shop) => new WebService(shop, "admin", { image: IMAGE, replicas: { min: 2, max: 4 } }),
    (shop) => new Checkout(shop, "checkout", { files: { "/etc/b": "b", "/etc/a": "a" } }),
    (shop) => new ConfigMap(shop, "plain", { data: { key: "value" } }),
    (shop) => new Orders(new Group(shop, "group"), "orders"),
    (shop) => new Orders(shop, "returns"),
  ];
  const inOrder = program((shop) => constructors.forEach((make) => make(shop)));
  const expected = await upOf(inOrder, "prod", { computed });
  const files = renderedFiles(inOrder, "prod");
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray(constructors, { minLength: constructors.length }), async (shuffled) => {
      const other = program((shop) => shuffled.forEach((make) => make(shop)));
      expect(Object.entries(renderedFiles(other, "prod"))).toEqual(Object.entries(files));
      const done = await upOf(other, "prod", { computed });
      expect(changesBetween(expected, done).filter(({ operation }) => operation !== "same")).toEqual([]);
      expect(done.resources.map(({ urn }) => urn)).toEqual(expected.resources.map(({ urn }) => urn));
    }),
    { numRuns: 5 },
  );
});

describe("renaming a construct", () => {
  test("that has cloud resources keeps them, when it says what it was called", async () => {
    for (const stack of STACKS) {
      const renamed = await changes(
        program((shop) => new Orders(shop, "orders")),
        program((shop) => new Orders(shop, "purchases", ["orders"])),
        stack,
      );
      expect(renamed).toEqual([]);
    }
  });

  test("twice keeps them too, and so does moving it at the same time", async () => {
    const renamed = await changes(
      program((shop) => new Orders(shop, "orders")),
      program((shop) => new Orders(new Group(shop, "backend"), "purchases", ["sales", "orders"])),
      "prod",
    );
    expect(renamed).toEqual([]);
  });

  test("without saying so would make them anew, which production refuses", async () => {
    const renamed = await changes(
      program((shop) => new Orders(shop, "orders")),
      program((shop) => new Orders(shop, "purchases")),
      "prod",
    );
    expect(renamed.map(({ operation, refused }) => [operation, refused])).toEqual([
      ["created", undefined],
      ["deleted", "the resource is protected"],
    ]);
  });

  test("that has objects makes new ones before the old ones go, and never in their way", async () => {
    const renamed = await changes(
      program((shop) => new WebService(shop, "web", { image: IMAGE })),
      program((shop) => new WebService(shop, "site", { image: IMAGE })),
      "dev",
    );
    expect(new Set(renamed.map(({ operation }) => operation))).toEqual(new Set(["created", "deleted"]));
    expect(renamed.flatMap(({ refused }) => refused ?? [])).toEqual([]);
  });
});

describe("moving an object to another version of its API", () => {
  const object = (apiVersion: string, kind: string) =>
    program(
      (shop) => new ApiObject(shop, "it", { apiVersion, kind, metadata: { name: "it" }, spec: { selector: {} } }),
    );

  test.each([
    ["HorizontalPodAutoscaler", "autoscaling/v2beta2", "autoscaling/v2"],
    ["HorizontalPodAutoscaler", "autoscaling/v1", "autoscaling/v2"],
    ["Deployment", "apps/v1beta1", "apps/v1"],
    ["Deployment", "extensions/v1beta1", "apps/v1"],
    ["StatefulSet", "apps/v1beta2", "apps/v1"],
    ["Ingress", "extensions/v1beta1", "networking.k8s.io/v1"],
    ["CronJob", "batch/v1beta1", "batch/v1"],
    ["PodDisruptionBudget", "policy/v1beta1", "policy/v1"],
    ["ClusterRoleBinding", "rbac.authorization.k8s.io/v1beta1", "rbac.authorization.k8s.io/v1"],
    ["CustomResourceDefinition", "apiextensions.k8s.io/v1beta1", "apiextensions.k8s.io/v1"],
    ["ResourceClaim", "resource.k8s.io/v1beta2", "resource.k8s.io/v1"],
    ["Tea", "acme.example/v1alpha1", "acme.example/v1"],
    ["Tea", "acme.example/v1beta1", "acme.example/v1"],
    ["HTTPRoute", "gateway.networking.k8s.io/v1beta1", "gateway.networking.k8s.io/v1"],
    ["VolumeSnapshot", "snapshot.storage.k8s.io/v1beta1", "snapshot.storage.k8s.io/v1"],
  ])("updates a %s in place, from %s to %s", async (kind, before, after) => {
    const moved = await changes(object(before, kind), object(after, kind), "dev");
    expect(moved).toEqual([
      { urn: expect.stringContaining(kind) as unknown, operation: "updated", because: ["apiVersion"] },
    ]);
  });

  test("a constructs's objects follow those that were made by hand before", async () => {
    const byHand = program((shop) => {
      new WebService(shop, "web", { image: IMAGE });
      new ApiObject(shop, "scaler", {
        apiVersion: "autoscaling/v2beta2",
        kind: "HorizontalPodAutoscaler",
        metadata: { name: "web" },
        spec: {},
      });
    });
    const scaled = program((shop) => new WebService(shop, "web", { image: IMAGE, replicas: { min: 2, max: 4 } }));
    const operations = (await changes(byHand, scaled, "dev")).filter(({ urn }) => urn.includes("HorizontalPod"));
    expect(operations.map(({ operation }) => operation)).toEqual(["updated"]);
  });
});

describe("changing what a service is given", () => {
  const web = (props: Partial<WebServiceProps>) =>
    program((shop) => new WebService(shop, "web", { image: IMAGE, ...props }));

  test.each<[string, Partial<WebServiceProps>, Partial<WebServiceProps>]>([
    ["its image", {}, { image: IMAGE.replace("1.0.0", "1.0.1") }],
    ["its labels", {}, { labels: { "acme.example/step": "2" } }],
    ["its endpoints", {}, { endpoints: { http: { port: 9090 } } }],
    ["its files", { files: { "/etc/a": "1" } }, { files: { "/etc/a": "2" } }],
  ])("(%s) updates objects, and replaces none", async (_, before, after) => {
    for (const stack of STACKS) {
      const operations = (await changes(web(before), web(after), stack)).map(({ operation }) => operation);
      expect(new Set(operations)).toEqual(new Set(["updated"]));
    }
  });
});
