import { output } from "@pulumi/pulumi";
import { Component, ExternalService, Job, Secret, Tenant, WebService, Worker } from "flagstone";
import { planOf } from "flagstone/testing";
import { describe, expect, test } from "vitest";
import { type AcmeEnvironment, brief, IMAGE, platformThat, rulesOf, tenantIn } from "../testing/fixtures";

const none = undefined as never;

describe("a construct that cannot be made says what it was given", () => {
  const shop = tenantIn("dev");
  const url = "https://api.example";
  test.each<[string, () => unknown, string]>([
    [
      "no scope",
      () => new WebService(none, "web", { image: IMAGE }),
      "new WebService(…): the scope is undefined, and not a construct; begin with the environment that run() gives, or what is in it",
    ],
    ["no scope for what is no workload", () => new ExternalService(none, "api", { url }), "the scope is undefined"],
    ["text for a scope", () => new Job("shop" as never, "a", { image: IMAGE }), 'new Job(…): the scope is "shop", and'],
    ["no environment for a tenant", () => new Tenant(none, "shop"), "new Tenant(…): the scope is undefined"],
    [
      "a tenant for an environment",
      () => new Tenant(shop as never, "bank"),
      "new Tenant(…) in dev/shop: a tenant is made in an environment",
    ],
    ["a tenant to find another by", () => Tenant.fromName(shop as never, "bank"), "a tenant is made in an environment"],
    [
      "a number for a name",
      () => Tenant.fromName(shop.environment, 5 as never),
      "new Tenant(…) in dev: the id is 5, and",
    ],
    [
      "no props",
      () => new Worker(shop, "a", none),
      "new Worker(…) in dev/shop: the props are undefined, and not an object",
    ],
    ["text for props", () => new WebService(shop, "a", "nginx" as never), 'the props are "nginx", and not an object'],
    ["an output for props", () => new Secret(shop, "a", output({}) as never), "the props are an output (known only"],
    ["no props for what is no workload", () => new ExternalService(shop, "a", none), "the props are undefined"],
    ["no id", () => new WebService(shop, none, { image: IMAGE }), "in dev/shop: the id is undefined, and not a name"],
    ["an empty id", () => new WebService(shop, "", { image: IMAGE }), 'the id is "", and not a name; give it one'],
    [
      "an output for an id",
      () => new WebService(shop, output("a") as never, { image: IMAGE }),
      "the id holds an output",
    ],
    ...["constructor", "toString", "__proto__"].map((id): [string, () => unknown, string] => [
      id,
      () => new WebService(shop, id, { image: IMAGE }),
      `new WebService(…) in dev/shop: the id "${id}" is what every object of JavaScript has; choose another`,
    ]),
  ])("%s", (_, make, message) => {
    expect(make).toThrow(
      expect.objectContaining({ name: "FlagstoneError", message: expect.stringContaining(message) }),
    );
  });
});

describe("a tree that was read", () => {
  class Late extends Component {}

  test("takes nothing more, and says where that was to be made", async () => {
    let kept: AcmeEnvironment | undefined;
    await planOf(
      platformThat((environment) => void (kept = environment)),
      "dev",
    );
    expect(() => new Late(kept!, "late")).toThrow(
      /^dev\/late is made at test\/core\/place\.test\.ts:\d+ when its environment was read already, and would be lost; make everything in the function that run\(\) is given: anew for each environment, and before it returns$/,
    );
  });

  test("takes nothing of another environment, which would lose it", async () => {
    let kept: Tenant | undefined;
    const platform = platformThat((environment) => {
      kept ??= new Tenant(environment, "shop");
      new WebService(kept, `web-${environment.name}`, { image: IMAGE });
    });
    expect((await planOf(platform, "dev")).findings).toEqual([]);
    expect(brief((await planOf(platform, "prod")).findings)[0]).toMatch(
      /^program\/threw prod: the program threw: dev\/shop\/web-prod is made at test\/core\/place\.test\.ts:\d+ when its environment was read already/,
    );
  });

  test("lends nothing to another, as a Job to wait for", async () => {
    let kept: Job | undefined;
    const platform = platformThat((environment) => {
      const shop = new Tenant(environment, "shop");
      kept ??= new Job(shop, "migrate", { image: IMAGE });
      new WebService(shop, "web", { image: IMAGE, runAfter: [kept] });
    });
    expect((await planOf(platform, "dev")).findings).toEqual([]);
    expect(rulesOf((await planOf(platform, "prod")).findings)).toEqual(["run-after/other-environment"]);
  });

  test("can be made again, as often as it is asked for", async () => {
    const platform = platformThat((environment) => {
      new WebService(new Tenant(environment, "shop"), "web", { image: IMAGE });
    });
    const [first, second] = [await planOf(platform, "dev"), await planOf(platform, "dev")];
    expect(second.yaml()).toBe(first.yaml());
  });
});
