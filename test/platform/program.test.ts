import { Application, Cluster, FlagstoneError, Platform, Tenant, WebService } from "flagstone";
import { planOf, type PlanView } from "flagstone/testing";
import { describe, expect, test } from "vitest";
import { registeredPrograms } from "../../lib/core/host";
import { acme, applicationThat, brief, IMAGE, platformThat, rulesOf } from "../testing/fixtures";

const main = Cluster.fromKubeconfig();

describe("a program", () => {
  test("outside of the engine, run says only who it is", () => {
    const platform = new Platform(acme, {
      environments: { dev: { clusters: main }, prod: { clusters: { eu: main, us: main } }, stage: { clusters: main } },
    });
    let calls = 0;
    expect(platform.run(() => calls++)).toEqual({
      contractVersion: 1,
      kind: "platform",
      program: "acme",
      platform: "acme",
      environment: undefined,
    });
    expect(calls).toBe(0);
    expect(registeredPrograms()).toContain(platform);
  });

  test("is run once", () => {
    const platform = platformThat(() => undefined);
    expect(() => platform.run(() => undefined)).toThrow(
      new FlagstoneError("acme: run was called twice; a program has one"),
    );
  });

  test("is asked anew for each environment, each in a tree of its own", async () => {
    const seen: string[] = [];
    const platform = platformThat((environment) => {
      seen.push(environment.name);
      new Tenant(environment, "shop");
    });
    const [dev, prod] = [await planOf(platform, "dev"), await planOf(platform, "prod")];
    expect(seen).toEqual(["dev", "prod"]);
    const namespaces = ({ plan }: PlanView) =>
      plan.objects.flatMap(({ kind, id }) => (kind === "Namespace" ? [id] : []));
    expect(namespaces(dev)).toEqual(["main/core/Namespace/-/shop"]);
    expect(namespaces(prod)).toEqual(["eu/core/Namespace/-/shop", "us/core/Namespace/-/shop"]);
  });

  test("planned again gives the same bytes", async () => {
    const application = applicationThat((environment) => {
      const shop = Tenant.fromName(environment, "shop");
      new WebService(shop, "web", { image: IMAGE, files: { "/etc/web": "a" } });
      new WebService(shop, "Api", { image: "api" });
    });
    const first = await planOf(application, "prod");
    const second = await planOf(application, "prod");
    expect(JSON.stringify(second.plan)).toBe(JSON.stringify(first.plan));
    expect(second.yaml()).toBe(first.yaml());
    expect(first.plan.objects.length).toBeGreaterThan(0);
    expect(first.findings.length).toBeGreaterThan(0);
    expect(first.plan.constructs[0]!.source).toMatchObject({ file: "testing/fixtures.ts" }); // where the program is made
  });

  test("that knows no such environment says which there are", () => {
    const platform = platformThat(() => undefined);
    expect(() => platform.instantiate("prd")).toThrow('acme has no environment "prd"; did you mean "prod"?');
  });

  test("knows only the environments that it was given", () => {
    const application = new Application("shop", { platform: acme, environments: { dev: { clusters: main } } });
    application.run(() => undefined);
    expect(application.environmentNames).toEqual(["dev"]);
    expect(() => application.instantiate("prod")).toThrow('shop has no environment "prod"; known are "dev"');
  });

  test("with environments that the facts do not have cannot be made, and all are named", () => {
    const environments: object = { dvelopment: { clusters: main }, prd: { clusters: main } };
    expect(() => new Application("shop", { platform: acme, environments })).toThrow(
      [
        "shop cannot be made",
        'error: shop: environment "dvelopment" is not in the facts of platform "acme" (environment/unknown)',
        '  fix: known are "dev", "prod", "stage"',
        'error: shop: environment "prd" is not in the facts of platform "acme" (environment/unknown)',
        '  fix: did you mean "prod"?',
      ].join("\n"),
    );
  });

  test("of an application has a name that Kubernetes takes", () => {
    expect(() => new Application("Web Shop", { platform: acme, environments: {} })).toThrow(
      /^Web Shop cannot be made\n.*application name "Web Shop".*\n {2}fix: call it "web-shop"$/,
    );
  });

  test("that declares nothing is warned about: deploying it deletes what was there", async () => {
    const plan = await planOf(
      platformThat(() => undefined),
      "dev",
    );
    expect(brief(plan.findings)).toEqual([
      "program/empty dev: the program declares nothing in this environment: deploying it deletes what was there; declare something, or destroy the stack",
    ]);
    expect(plan.findings[0]!.severity).toBe("warning");
  });
});

test("without a function that declares is refused, because nothing of it would be left", () => {
  const platform = new Platform(acme, {
    environments: { dev: { clusters: main }, stage: { clusters: main }, prod: { clusters: main } },
  });
  for (const [given, shown] of [
    [undefined, "undefined"],
    [{ dev: {} }, '{"dev":{}}'],
  ] as const)
    expect(() => platform.run(given as never)).toThrow(
      `acme: run takes the function that declares what belongs to one environment, and was given ${shown}`,
    );
  expect(platform.defined).toBe(false);
});

describe("clusters", () => {
  const program = (clusters: object) => {
    const application = new Application("shop", { platform: acme, environments: { prod: { clusters } } });
    application.run((environment) => {
      new WebService(Tenant.fromName(environment, "shop"), "web", { image: IMAGE });
    });
    return planOf(application, "prod");
  };

  test("are all given by name", async () => {
    const plan = await program({ eu: main, us: Cluster.fromKubeconfig({ context: "prod-us" }) });
    expect(plan.findings).toEqual([]);
    expect(plan.plan.clusters).toEqual([
      { name: "eu", region: "eu-central-1", labels: { disk: "nvme" }, capabilities: [] },
      { name: "us", region: "us-east-1", labels: {}, capabilities: [] },
    ]);
  });

  test("that are missing or unknown are findings", async () => {
    const plan = await program({ eu: main, us: undefined, usa: main });
    expect(brief(plan.findings)).toEqual([
      'cluster/missing prod: cluster "us" of environment "prod" is not given; add clusters: { "us": Cluster.fromKubeconfig({ … }) }, or the address of the platform\'s stack to the facts',
      'cluster/unknown prod: cluster "usa" is not in the facts of environment "prod"; did you mean "us"?',
    ]);
  });

  test("are all missing where nothing is said of them, and the facts name no stack of the platform", async () => {
    const application = new Application("shop", { platform: acme, environments: { prod: {} } });
    application.run((environment) => {
      new WebService(Tenant.fromName(environment, "shop"), "web", { image: IMAGE });
    });
    expect(rulesOf((await planOf(application, "prod")).findings)).toEqual(["cluster/missing", "cluster/missing"]);
  });

  test("cannot be stood for by a single one where there are several", async () => {
    const plan = await program(main);
    expect(rulesOf(plan.findings)).toEqual(["cluster/missing", "cluster/missing", "cluster/unknown"]);
  });

  test("are one called main when the facts say nothing", async () => {
    const plan = await planOf(
      platformThat((environment) => new Tenant(environment, "shop")),
      "dev",
    );
    expect(plan.plan.clusters).toEqual([{ name: "main", labels: {}, capabilities: [] }]);
  });
});

describe("what a program throws", () => {
  const platform = platformThat((environment) => {
    const shop = new Tenant(environment, "shop");
    new WebService(shop, "web", { image: "web" });
    if (environment.name === "prod") throw new RangeError("no price list");
    new WebService(shop, "api", { image: "api" });
  });

  test("is a finding of its environment, next to what was found before, with the line that threw", async () => {
    const { findings } = await planOf(platform, "prod");
    expect(brief(findings)).toEqual([
      "program/threw prod: the program threw: no price list; mend the program; what it declares after this line is not checked yet",
      'image/mutable prod/shop/web: image "web" has no tag, so what runs depends on when it was pulled; pin a digest or a version tag, or say allowMutableImage: true',
    ]);
    expect(findings[0]!.source).toMatchObject({ package: "test", file: "platform/program.test.ts" });
  });

  test("does not hide the findings of another environment", async () => {
    const { findings } = await planOf(platform, "dev");
    expect(findings.map(({ rule, path }) => [rule, path])).toEqual([
      ["image/mutable", "dev/shop/api"],
      ["image/mutable", "dev/shop/web"],
    ]);
  });

  test("is an output in text, where Pulumi was told to refuse that", async () => {
    const plan = await planOf(
      platformThat(() => {
        throw new Error("Calling [toString] on an [Output<T>] is not supported.\n\nTo get the value of …");
      }),
      "dev",
    );
    expect(brief(plan.findings)).toEqual([
      "tokens/in-text dev: the program puts an output into text, which Pulumi was told to refuse; write Token.asString(output) in the text, or make all of it an output by pulumi.interpolate",
    ]);
  });

  test("may be anything", async () => {
    const plan = await planOf(
      platformThat(() => {
        throw "a string"; // eslint-disable-line @typescript-eslint/only-throw-error
      }),
      "dev",
    );
    expect(brief(plan.findings)[0]).toContain("the program threw: a string");
    expect(rulesOf(plan.findings)).toEqual(["program/threw"]);
  });
});

test("an asynchronous function is a finding, because what it declares later is lost", async () => {
  const define: () => unknown = async () => undefined;
  const plan = await planOf(platformThat(define), "dev");
  expect(brief(plan.findings)).toEqual([
    "program/async dev: the function that run() was given is asynchronous, so what it declares later is lost; make it synchronous; await before the program calls run()",
  ]);
});
