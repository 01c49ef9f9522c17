import { output } from "@pulumi/pulumi";
import { Capability, definePlatform, Job, Ref, WebService, type WebServiceProps } from "flagstone";
import { testTenant } from "flagstone/testing";
import { describe, expect, test } from "vitest";
import { brief, IMAGE, serviceWith } from "../../testing/fixtures";

const capabilities = [Capability.reloader()];
const platform = definePlatform("acme", {
  domain: "acme.example",
  environments: { dev: { clusters: { eu: { capabilities } } }, mixed: { clusters: { eu: { capabilities }, us: {} } } },
  tenants: { shop: {} },
});

async function annotations(props: Partial<WebServiceProps>) {
  const tenant = testTenant(platform, "dev", "shop");
  new WebService(tenant, "web", { image: IMAGE, ...props });
  const plan = await tenant.plan();
  expect(plan.findings).toEqual([]);
  const { metadata, spec } = plan.object("Deployment", "web");
  expect(JSON.stringify(spec.template.metadata)).not.toContain("reloader");
  return Object.fromEntries(
    Object.entries(metadata.annotations ?? {}).flatMap(([key, value]) => {
      const match = /^(\w+)\.reloader\.stakater\.com\/reload$/.exec(key);
      return match ? [[match[1], value]] : [];
    }),
  );
}

describe("pods are replaced by Reloader", () => {
  const secret = (name: string) => Ref.secretKey({ name, key: "k", onChange: "restart" });

  test.each<[string, Partial<WebServiceProps>, object]>([
    ["a key of a Secret in a variable", { env: { A: secret("s") } }, { secret: "s" }],
    [
      "a key of a ConfigMap in a variable",
      { env: { A: Ref.configKey({ name: "c", key: "k", onChange: "restart" }) } },
      { configmap: "c" },
    ],
    ["a key in a file", { files: { "/a": secret("s") } }, { secret: "s" }],
    [
      "a key in a file that says so itself",
      { files: { "/a": { text: Ref.configKey({ name: "c", key: "k" }), onChange: "restart" } } },
      { configmap: "c" },
    ],
    ["a whole Secret as variables", { envFrom: [{ secret: "s", onChange: "restart" }] }, { secret: "s" }],
    [
      "a volume of keys",
      { volumes: { v: { kind: "keys", config: "c", path: "/v", onChange: "restart" } } },
      { configmap: "c" },
    ],
    [
      "another container's",
      { init: { seed: { env: { A: secret("i") } } }, sidecars: { p: { image: IMAGE, env: { A: secret("s") } } } },
      { secret: "i,s" },
    ],
    [
      "any of several, each once and in the order of their names",
      { env: { B: secret("b"), A: secret("a"), C: secret("b") } },
      { secret: "a,b" },
    ],
  ])("when %s changes and is to", async (_, props, expected) => {
    expect(await annotations(props)).toEqual(expected);
  });

  test("for nothing that does not say so, and not for what Flagstone delivers itself", async () => {
    const props: Partial<WebServiceProps> = {
      env: { A: Ref.secretKey({ name: "s", key: "k" }), B: output("x") },
      envFrom: [{ config: "c" }],
      files: { "/a": "text", "/b": { text: "text", onChange: "restart" } },
    };
    expect(await annotations(props)).toEqual({});
  });

  test("only where a cluster has it; where not, that is an error that names the cluster", async () => {
    const tenant = testTenant(platform, "mixed", "shop");
    new WebService(tenant, "web", { image: IMAGE, env: { A: secret("s"), B: secret("t") } });
    expect(brief((await tenant.plan()).findings)).toEqual([
      'configuration/reloader mixed/shop/web: pods are to be replaced when "s", "t" change, and cluster "us" has nothing that does it; add Capability.reloader() to the cluster\'s facts where it is there, or leave out onChange',
    ]);
  });

  test("not in jobs, which read everything anew when they start", async () => {
    const tenant = testTenant(platform, "mixed", "shop");
    new Job(tenant, "once", { image: IMAGE, env: { A: secret("s") } });
    const plan = await tenant.plan();
    expect(plan.findings).toEqual([]);
    expect(JSON.stringify(plan.objects("Job"))).not.toContain("reloader");
  });

  test("or their files follow changes, but not both", async () => {
    const { findings } = await serviceWith({ files: { "/a/a": { text: secret("s"), onChange: "reload" } } });
    expect(findings.map(({ rule }) => rule)).toEqual(["files/on-change"]);
  });
});
