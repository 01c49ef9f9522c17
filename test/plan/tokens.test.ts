import { output } from "@pulumi/pulumi";
import { ApiObject } from "cdk8s";
import * as kplus from "cdk8s-plus-28";
import { Component, Ref, Token, WebService } from "flagstone";
import { describe, expect, test } from "vitest";
import { brief, IMAGE, rulesOf, tenantIn } from "../testing/fixtures";

const host = output("db.example");
const token = Token.asString(host);

async function findingsOf(manifest: object, id = "x") {
  const tenant = tenantIn("dev");
  new ApiObject(tenant, id, { apiVersion: "v1", kind: "ConfigMap", ...manifest });
  return (await tenant.plan()).findings;
}

describe("an output in an object", () => {
  test("may stand in any value, whole or as part of a text", async () => {
    const tenant = tenantIn("dev");
    new ApiObject(tenant, "x", {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { annotations: { "acme.example/host": token } },
      data: { host: host as unknown as string, url: `postgres://${token}/shop`, json: Token.asJson({ host }) },
    });
    const plan = await tenant.plan();
    expect(plan.findings).toEqual([]);
    expect(plan.object("ConfigMap", "x")).toMatchObject({
      metadata: { annotations: { "acme.example/host": "[output]" } },
      data: { host: "[output]", url: "postgres://[output]/shop", json: "[json with outputs]" },
    });
  });

  test("may be given to cdk8s-plus as if it were text", async () => {
    const tenant = tenantIn("dev");
    new kplus.ConfigMap(tenant, "x", { data: { url: `https://${token}` } });
    expect((await tenant.plan()).object("ConfigMap", "x")).toMatchObject({ data: { url: "https://[output]" } });
  });

  test.each<[string, object, string]>([
    [
      "its name",
      { metadata: { name: `x-${token}` } },
      "metadata.name holds an output, which is not known before deploying",
    ],
    [
      "its namespace",
      { metadata: { namespace: token } },
      "metadata.namespace holds an output, which is not known before deploying",
    ],
    [
      "a label",
      { metadata: { labels: { a: token } } },
      "metadata.labels.a holds an output, which is not known before deploying",
    ],
    [
      "a selector",
      { spec: { selector: { matchLabels: { a: token } } } },
      "spec.selector.matchLabels.a holds an output, which is not known before deploying",
    ],
  ])("cannot stand in %s", async (_, manifest, message) => {
    const findings = await findingsOf(manifest);
    expect(brief(findings.filter(({ rule }) => rule.startsWith("tokens/")))).toEqual([
      `tokens/in-name dev/shop/x: ${message}; use a value that is known; names, labels and keys decide what the object is`,
    ]);
  });

  test("cannot stand in a key", async () => {
    const findings = await findingsOf({ data: { [token]: "x", [`a-${token}`]: { b: "c" } } });
    expect(rulesOf(findings)).toEqual(["tokens/in-name", "tokens/in-name"]);
    expect(findings[0]!.message).toBe("data has a key that holds an output, which is not known before deploying");
  });

  test("cannot stand in the id of a construct", async () => {
    const findings = await findingsOf({ metadata: { name: "known" } }, `x-${token}`);
    expect(findings).toMatchObject([
      {
        rule: "tokens/in-id",
        message: "a construct id holds an output, which is not known yet",
        fix: "use an id that is known",
      },
    ]);
  });

  test("cannot stand in JSON text that JSON.stringify made, where a quote in it would break the text", async () => {
    expect(brief(await findingsOf({ data: { json: JSON.stringify({ host: token }) } }))).toEqual([
      "tokens/in-json dev/shop/x: data.json is JSON text with an output inside, which breaks when the value has a quote; build it with Token.asJson(…) instead of JSON.stringify(…)",
    ]);
    expect(await findingsOf({ data: { list: `[${token}]`, plain: `{{ ${token} }}` } })).toEqual([]);
  });

  test("in JSON text of a workload's file is found as well", async () => {
    const tenant = tenantIn("dev");
    new WebService(tenant, "web", { image: IMAGE, files: { "/app.json": JSON.stringify([token]) } });
    expect(rulesOf((await tenant.plan()).findings)).toEqual(["tokens/in-json"]);
  });

  test("cannot stand where a Ref to a key stands", async () => {
    const findings = await findingsOf({ data: { key: Ref.secretKey({ name: "a", key: "b" }) } });
    expect(rulesOf(findings)).toEqual(["object/invalid"]);
  });

  test("reaches everything that may hold text in a workload", async () => {
    const tenant = tenantIn("dev");
    new WebService(tenant, "web", {
      image: `registry.example/web:${token}`,
      args: [`--host=${token}`],
      podAnnotations: { host: token },
    });
    const plan = await tenant.plan();
    expect(plan.findings).toEqual([]);
    expect(plan.object("Deployment", "web").spec.template).toMatchObject({
      metadata: { annotations: { host: "[output]" } },
      spec: { containers: [{ image: "registry.example/web:[output]", args: ["--host=[output]"] }] },
    });
  });

  test("keeps an object out of what is rendered, and whoever delivers the rest, Pulumi delivers it", async () => {
    const tenant = tenantIn("dev");
    new ApiObject(tenant, "known", { apiVersion: "v1", kind: "ConfigMap" });
    new ApiObject(tenant, "unknown", { apiVersion: "v1", kind: "ConfigMap", data: { host: token } });
    const plan = await tenant.plan();
    expect(plan.yaml()).toMatch(/name: known/);
    expect(plan.yaml()).not.toMatch(/name: unknown/);
    expect(plan.plan.objects.map(({ deliveredBy }) => deliveredBy)).toEqual(["pulumi", "pulumi"]);
  });
});

describe("a value of a cloud resource", () => {
  test("is a Ref in env, and text elsewhere by Token.asString", async () => {
    const tenant = tenantIn("dev");
    class Store extends Component {
      public readonly url = this.cloud("Bucket", () => expect.unreachable()).output(() => "url");
    }
    const store = new Store(tenant, "store");
    new ApiObject(tenant, "x", {
      apiVersion: "v1",
      kind: "ConfigMap",
      data: { whole: store.url as unknown as string, part: `https://${Token.asString(store.url)}` },
    });
    const [object] = (await tenant.plan()).objects("ConfigMap");
    expect(object).toMatchObject({
      data: { whole: "[output of shop-store-Bucket]", part: "https://[output of shop-store-Bucket]" },
    });
  });
});
