// A platform and an application, each a program and a stack of its own, that meet in the contract.
import { Bucket } from "@pulumi/aws/s3/bucket.js";
import {
  Application,
  type ApplicationProps,
  Cluster,
  Component,
  definePlatform,
  type Environment,
  Platform,
  Tenant,
  WebService,
} from "flagstone";
import { describe, expect, test } from "vitest";
import { kubeconfigOf } from "../../lib/deploy/providers.ts";
import {
  type Attempt,
  attemptOf,
  objectsOf,
  resourceOf,
  secretWire,
  type Stacks,
  type Up,
  upOf,
} from "../engine/engine.ts";
import { registeredObjects, renderedObjects } from "./programs.ts";

const IMAGE = "registry.acme.example/web:1.0.0@sha256:5f0c2d4c1fd4a1d2b6d4d1f3b0c0a8c8a7f1f6f2c6a3d5b9e7c1d0f8a2b4c6d8";
const PROVIDER = "pulumi:providers:kubernetes";
const ADDRESS = "organization/acme-platform/prod";
const AWS = { region: "eu-central-1" };

const facts = definePlatform("acme", {
  domain: "acme.example",
  environments: {
    dev: { stack: "organization/acme-platform/dev" },
    prod: { tier: "production", stack: ADDRESS, clusters: { eu: {}, us: {} } },
  },
  tenants: { shop: { owners: ["group:shop"], namespaces: ["shop", "shop-batch"] }, payments: {} },
});
type Names = typeof facts extends { environmentOf(scope: never): Environment<infer X> } ? X : never;

const certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
const us = {
  server: "https://us.acme.example:6443",
  certificateAuthority: Buffer.from(certificate).toString("base64"),
  exec: { command: "aws", args: ["eks", "get-token", "--cluster-name", "us"], env: { AWS_PROFILE: "deploy" } },
};

function platformThat(define: (environment: Environment<Names>) => void): Platform<Names> {
  const platform = new Platform(facts, {
    environments: {
      dev: { clusters: Cluster.fromKubeconfig({ context: "dev" }) },
      prod: {
        clusters: {
          eu: Cluster.fromKubeconfig({ path: "/home/ops/kubeconfig", context: "prod-eu" }),
          us: Cluster.fromEndpoint(us),
        },
      },
    },
  });
  platform.run(define);
  return platform;
}
const platform = platformThat((environment) => {
  new Tenant(environment, "shop");
  new Tenant(environment, "payments");
});

class Uploads extends Component {
  constructor(scope: Component, id: string) {
    super(scope, id);
    this.cloud("Bucket", (name, options) => new Bucket(name, {}, options));
  }
}

function applicationThat(
  define: (environment: Environment<Names>) => void,
  props: Omit<ApplicationProps<Names>, "platform"> = {},
): Application<Names> {
  const application = new Application("web", { platform: facts, ...props });
  application.run(define);
  return application;
}
const web = (environment: Environment<Names>) =>
  new WebService(Tenant.fromName(environment, "shop"), "web", { image: IMAGE });
const deployed = async (program = platform, environment = "prod"): Promise<Stacks> => ({
  [`organization/acme-platform/${environment}`]: (await upOf(program, environment)).wire,
});
const providers = ({ resources }: Pick<Up, "resources">) => resources.filter(({ type }) => type === PROVIDER);

describe("the contract of a platform's stack", () => {
  test("has names, and how clusters are reached: no path of one machine, no secret", async () => {
    const { outputs, decoded } = await upOf(platform, "prod");
    expect(outputs["flagstone"]).toEqual({
      contractVersion: 1,
      kind: "platform",
      program: "acme",
      platform: "acme",
      environment: "prod",
      tenants: {
        payments: { namespaces: ["payments"], clusters: ["eu", "us"] },
        shop: { namespaces: ["shop", "shop-batch"], clusters: ["eu", "us"] },
      },
      clusters: { eu: { kind: "kubeconfig", context: "prod-eu" }, us: { kind: "endpoint", ...us } },
    });
    expect(decoded.secrets).toEqual([]);
  });

  test("is the same in whatever order tenants are declared", async () => {
    const other = platformThat((environment) => {
      new Tenant(environment, "payments");
      new Tenant(environment, "shop");
    });
    expect(JSON.stringify((await upOf(other, "prod")).wire)).toBe(JSON.stringify((await upOf(platform, "prod")).wire));
  });

  test("has the tenants that the program creates, and not all of the facts", async () => {
    const { contract } = await upOf(
      platformThat((environment) => {
        new Tenant(environment, "shop");
        Tenant.fromName(environment, "payments");
      }),
      "dev",
    );
    expect(contract.tenants).toEqual({ shop: { namespaces: ["shop", "shop-batch"], clusters: ["main"] } });
  });

  test("of an application says who it is, and nothing of clusters", async () => {
    const { contract } = await upOf(applicationThat(web), "prod", { stacks: await deployed() });
    expect(contract).toEqual({
      contractVersion: 1,
      kind: "application",
      program: "web",
      platform: "acme",
      environment: "prod",
    });
  });
});

describe("an application that names no clusters", () => {
  const application = applicationThat(web);

  test("has the environments whose stacks the facts name", () => {
    expect(application.environmentNames).toEqual(["dev", "prod"]);
  });

  test("reaches clusters as the platform's stack says", async () => {
    const done = await upOf(application, "prod", { stacks: await deployed() });
    expect(providers(done).map(({ name, inputs }) => [name, inputs["kubeconfig"], inputs["context"]])).toEqual([
      ["eu", undefined, "prod-eu"],
      ["us", kubeconfigOf(us), undefined],
    ]);
    expect(providers(done).map(({ inputs }) => inputs["clusterIdentifier"])).toEqual(["acme/prod/eu", "acme/prod/us"]);
  });

  test("registers what it renders, field by field", async () => {
    const done = await upOf(application, "prod", { stacks: await deployed() });
    expect(registeredObjects(done)).toEqual(renderedObjects(application, "prod"));
    expect(objectsOf(done).length).toBeGreaterThan(5);
  });

  test("is previewed by Pulumi with everything known", async () => {
    const done = await upOf(application, "prod", { stacks: await deployed(), preview: true });
    expect(done.resources.flatMap(({ unknown }) => unknown)).toEqual([]);
  });

  test("has every provider and component wait for the contract", async () => {
    const done = await upOf(
      applicationThat(
        (environment) => {
          web(environment);
          new Uploads(Tenant.fromName(environment, "shop"), "uploads");
        },
        { environments: { prod: { aws: AWS } } },
      ),
      "prod",
      { stacks: await deployed() },
    );
    const reference = resourceOf(done, "pulumi:pulumi:StackReference", ADDRESS);
    const first = done.resources.filter(
      ({ type }) => type.startsWith("pulumi:providers:") || type.startsWith("flagstone:"),
    );
    expect(first.map(({ name }) => name).sort()).toEqual([
      "aws-eu-central-1",
      "eu",
      "prod/shop/uploads",
      "prod/shop/web",
      "us",
    ]);
    for (const { dependencies } of first) expect(dependencies).toEqual([reference.urn]);
  });
});

describe("an application that says itself how clusters are reached", () => {
  const own = Cluster.fromKubeconfig({ context: "mine" });

  test("reaches them so", async () => {
    const done = await upOf(
      applicationThat(web, { environments: { prod: { clusters: { eu: own, us: own } } } }),
      "prod",
      {
        stacks: await deployed(),
      },
    );
    expect(providers(done).map(({ name, inputs }) => [name, inputs["kubeconfig"], inputs["context"]])).toEqual([
      ["eu", undefined, "mine"],
      ["us", undefined, "mine"],
    ]);
  });

  test("and leaves one out, reaches that one as the contract says", async () => {
    const done = await upOf(applicationThat(web, { environments: { prod: { clusters: { eu: own } } } }), "prod", {
      stacks: await deployed(),
    });
    expect(providers(done).map(({ name, inputs }) => [name, inputs["context"] ?? inputs["kubeconfig"]])).toEqual([
      ["eu", "mine"],
      ["us", kubeconfigOf(us)],
    ]);
  });

  test("has the contract checked all the same", async () => {
    const application = applicationThat(web, { environments: { prod: { clusters: { eu: own, us: own } } } });
    const empty = platformThat((environment) => new Tenant(environment, "payments"));
    expectRefused(await attemptOf(application, "prod", { stacks: await deployed(empty) }), [
      'has not created tenant "shop" yet',
    ]);
  });

  test("reads no contract where the facts name no stack", async () => {
    const small = definePlatform("small", {
      domain: "small.example",
      environments: { dev: {} },
      tenants: { shop: {} },
    });
    const application = new Application("web", { platform: small, environments: { dev: { clusters: own } } });
    application.run((environment) => {
      new WebService(Tenant.fromName(environment, "shop"), "web", { image: IMAGE });
    });
    const { resources } = await upOf(application, "dev");
    expect(resources.filter(({ type }) => type === "pulumi:pulumi:StackReference")).toEqual([]);
  });
});

test("a platform reads no contract, though its facts name its stack", async () => {
  const { resources } = await upOf(platform, "prod");
  expect(resources.filter(({ type }) => type === "pulumi:pulumi:StackReference")).toEqual([]);
});

/** The run failed with these problems and no others, and nothing but the reference to the stack was registered. */
function expectRefused({ error, resources }: Attempt, problems: readonly string[]): void {
  const lines = error?.message.split("\n").filter((line) => line.startsWith("error: ")) ?? [];
  expect(lines).toEqual(problems.map((problem) => expect.stringContaining(problem) as string));
  expect(error?.stack).toBe(error?.message);
  expect(resources.map(({ type }) => type)).toEqual(["pulumi:pulumi:StackReference"]);
}

describe("a wrong contract stops everything", () => {
  const application = applicationThat(
    (environment) => {
      web(environment);
      new Uploads(Tenant.fromName(environment, "shop"), "uploads");
    },
    { environments: { prod: { aws: AWS } } },
  );
  const attempt = (flagstone: Stacks[string][string]) =>
    attemptOf(application, "prod", { stacks: { [ADDRESS]: { flagstone } } });
  const good = async () =>
    (await deployed())[ADDRESS]!["flagstone"] as { readonly [key: string]: Stacks[string][string] };

  test("none at all", async () => {
    expectRefused(await attemptOf(application, "prod", { stacks: { [ADDRESS]: { other: "x" } } }), [
      `stack "${ADDRESS}" exports no "flagstone"`,
    ]);
  });

  test("one that Pulumi could not decrypt", async () => {
    expectRefused(await attempt(secretWire({})), ["was left out, because it is secret"]);
  });

  test("of another version", async () => {
    expectRefused(await attempt({ ...(await good()), contractVersion: 2 }), ["has version 2"]);
  });

  test("of another environment: the platform's address is that of dev", async () => {
    const dev = (await deployed(platform, "dev"))["organization/acme-platform/dev"]!;
    expectRefused(await attemptOf(application, "prod", { stacks: { [ADDRESS]: dev } }), [
      'deploys environment "dev", and this program needs "prod"',
    ]);
  });

  test("of another application", async () => {
    const other = await upOf(applicationThat(web), "prod", { stacks: await deployed() });
    expectRefused(await attemptOf(application, "prod", { stacks: { [ADDRESS]: other.wire } }), [
      `is not the platform's, but that of application "web"`,
    ]);
  });

  test("of a platform that is not deployed as far: everything that is missing, in one error", async () => {
    const { eu } = (await good())["clusters"] as { eu: string };
    expectRefused(await attempt({ ...(await good()), tenants: {}, clusters: { eu } }), [
      'knows no cluster "us" yet',
      'has not created tenant "shop" yet',
    ]);
  });

  test("also for a program that declares nothing, which would delete what is there", async () => {
    const empty = applicationThat(() => undefined);
    const { error } = await attemptOf(empty, "prod", { stacks: { [ADDRESS]: {} } });
    expect(error?.message).toContain('exports no "flagstone"');
  });

  test("and a stack that does not exist", async () => {
    const { error, resources } = await attemptOf(application, "prod");
    expect(error?.message).toContain(`unknown stack "${ADDRESS}"`);
    expect(resources.map(({ type }) => type)).toEqual(["pulumi:pulumi:StackReference"]);
  });

  test("but mistakes of the program itself come first, and nothing is read", async () => {
    const mistaken = applicationThat((environment) => {
      new WebService(Tenant.fromName(environment, "shop"), "web", { image: "web" });
    });
    const { error, resources } = await attemptOf(mistaken, "prod");
    expect(error?.message).toContain("image/mutable");
    expect(resources).toEqual([]);
  });
});

test("a secret contract that can be decrypted is read, and what comes of it is secret", async () => {
  const { flagstone } = (await deployed())[ADDRESS]!;
  const done = await upOf(applicationThat(web), "prod", {
    stacks: { [ADDRESS]: { flagstone: secretWire(flagstone!) } },
  });
  const { inputs, secrets } = resourceOf(done, PROVIDER, "eu");
  expect(inputs["context"]).toBe("prod-eu");
  expect(secrets).toContain("context");
});

describe("a preview", () => {
  const application = applicationThat(web, { previews: { from: "dev" } });

  test("is deployed on its base: its contract, its clusters", async () => {
    const stacks = await deployed(platform, "dev");
    const [preview, dev] = [await upOf(application, "pr-12", { stacks }), await upOf(application, "dev", { stacks })];
    expect(providers(preview).map(({ inputs }) => inputs)).toEqual(providers(dev).map(({ inputs }) => inputs));
    expect(providers(preview)[0]!.inputs).toMatchObject({ context: "dev", clusterIdentifier: "acme/dev/main" });
    expect(preview.contract).toMatchObject({ environment: "pr-12", platform: "acme" });
    const deployment = resourceOf(preview, "kubernetes:apps/v1:Deployment", "main/shop/web-pr-12");
    expect(deployment.inputs).toMatchObject({ metadata: { namespace: "shop", name: "web-pr-12" } });
  });

  test("is known by the stack's name: any other is refused with what there is", async () => {
    const { error, resources } = await attemptOf(application, "feature-12");
    expect(error?.message).toBe(
      'web has no environment "feature-12", and a stack is called as its environment: known are "dev", "prod"; previews are called pr-… or preview-…, as DNS labels',
    );
    expect(resources).toEqual([]);
  });

  test("of a platform is none", async () => {
    expect((await attemptOf(platform, "pr-12")).error?.message).toContain('acme has no environment "pr-12"');
  });
});
