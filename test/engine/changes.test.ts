import * as kubernetes from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { changesBetween, realChanges } from "./changes.ts";
import { up } from "./engine.ts";

class Resource extends pulumi.CustomResource {}
class Component extends pulumi.ComponentResource {}

interface Given {
  readonly provider?: kubernetes.ProviderArgs;
  readonly providerName?: string;
  readonly token?: string;
  readonly apiVersion?: string;
  readonly parent?: string;
  readonly name?: string;
  readonly metadata?: object;
  readonly aliases?: pulumi.Alias[];
  readonly protect?: boolean;
  readonly fields?: object;
}

const MAIN = { clusterIdentifier: "main", enableConfigMapMutable: true, enableSecretMutable: true };

/** One run of a program with one object. */
function run(given: Given = {}) {
  const { token = "core/v1:ConfigMap", name = "web", fields = { data: { key: "1" } }, apiVersion, parent } = given;
  const [version = "", kind = ""] = token.split(":");
  return up(() => {
    const provider = new kubernetes.Provider(given.providerName ?? "main", given.provider ?? MAIN);
    const options = parent === undefined ? {} : { parent: new Component(parent, "parent") };
    new Resource(
      `kubernetes:${token}`,
      name,
      {
        apiVersion: apiVersion ?? version.replace("core/", ""),
        kind,
        metadata: { name: "web", namespace: "shop", ...given.metadata },
        ...fields,
      },
      {
        ...options,
        provider,
        version: "4.0.0",
        ...(given.aliases ? { aliases: given.aliases } : {}),
        ...(given.protect === undefined ? {} : { protect: given.protect }),
      },
    );
    return undefined;
  }, "dev");
}

/** What happens to the object, in words; its provider and component are left out. */
async function objectChanges(previous: Given, next: Given): Promise<string[]> {
  return changesBetween(await run(previous), await run(next))
    .filter(({ urn }) => urn.includes("kubernetes:") && !urn.includes("pulumi:providers:"))
    .map(({ operation, because, refused }) =>
      [operation, ...because, ...(refused === undefined ? [] : [`refused: ${refused}`])].join(" "),
    );
}

const deployment = (name: string) => ({
  token: "apps/v1:Deployment",
  fields: { spec: { selector: { matchLabels: { name } } } },
});

describe("an object", () => {
  test.each<[string, Given, Given, string[]]>([
    ["that is asked for again is the same", {}, {}, ["same"]],
    ["with another value is updated", {}, { fields: { data: { key: "2" } } }, ["updated data"]],
    ["with another metadata.name is replaced", {}, { metadata: { name: "web2" } }, ["replaced metadata.name"]],
    ["with another namespace is replaced", {}, { metadata: { namespace: "b" } }, ["replaced metadata.namespace"]],
    ["with another label is updated", {}, { metadata: { labels: { a: "b" } } }, ["updated metadata"]],
    ["with another selector is replaced", deployment("a"), deployment("b"), ["replaced spec.selector"]],
    [
      "whose data changes is replaced where the provider says nothing of mutable ConfigMaps",
      { provider: { clusterIdentifier: "main" } },
      { provider: { clusterIdentifier: "main" }, fields: { data: { key: "2" } } },
      ["replaced data"],
    ],
    [
      "under another Pulumi name is in its own way",
      {},
      { name: "renamed" },
      ["created refused: an object of this name already exists", "deleted"],
    ],
    [
      "under another Pulumi name with an alias is the same",
      {},
      { name: "renamed", aliases: [{ name: "web" }] },
      ["same"],
    ],
    [
      "below a component of another type is in its own way",
      { parent: "a:index:A" },
      { parent: "a:index:B" },
      ["created refused: an object of this name already exists", "deleted"],
    ],
    ["below a component of the same type is the same", { parent: "a:index:A" }, { parent: "a:index:A" }, ["same"]],
    [
      "of another API version without an alias is in its own way",
      { token: "apps/v1beta2:Deployment" },
      { token: "apps/v1:Deployment" },
      ["created refused: an object of this name already exists", "deleted"],
    ],
    [
      "of another API version with an alias is updated",
      { token: "apps/v1beta2:Deployment" },
      { token: "apps/v1:Deployment", aliases: [{ type: "kubernetes:apps/v1beta2:Deployment" }] },
      ["updated apiVersion"],
    ],
    [
      "whose cluster has another identifier is replaced",
      {},
      { provider: { ...MAIN, clusterIdentifier: "other" } },
      ["replaced clusterIdentifier"],
    ],
    [
      "whose cluster has another address is the same, when it has an identifier",
      { provider: { ...MAIN, context: "a" } },
      { provider: { ...MAIN, context: "b" } },
      ["same"],
    ],
    [
      "whose cluster has another address is replaced, when it has no identifier",
      { provider: { context: "a" } },
      { provider: { context: "b" } },
      ["replaced context"],
    ],
    ["whose provider has another name is the same", {}, { providerName: "renamed" }, ["same"]],
    [
      "that is protected is not replaced",
      { protect: true },
      { protect: true, metadata: { name: "web2" } },
      ["replaced metadata.name refused: the resource is protected"],
    ],
  ])("%s", async (_, previous, next, expected) => {
    expect(await objectChanges(previous, next)).toEqual(expected);
  });

  test("that is protected is not deleted", async () => {
    const changes = changesBetween(await run({ protect: true }), await up(() => undefined, "dev"));
    expect(changes.find(({ urn }) => urn.endsWith("::web"))).toMatchObject({
      operation: "deleted",
      refused: "the resource is protected",
    });
  });
});

test("components are names in the state: real changes are without them", async () => {
  const [previous, next] = [await run({ parent: "a:index:A" }), await run({ parent: "a:index:A", name: "web" })];
  expect(realChanges(previous, next)).toEqual([]);
  const moved = await run({ parent: "a:index:B", aliases: [{ parent: "urn:pulumi:dev::test::a:index:A::parent" }] });
  expect(realChanges(previous, moved)).toEqual([]);
  expect(changesBetween(previous, moved).filter(({ operation }) => operation !== "same")).toHaveLength(2);
});
