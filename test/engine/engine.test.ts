import * as pulumi from "@pulumi/pulumi";
import * as kubernetes from "@pulumi/kubernetes/provider.js";
import { describe, expect, test } from "vitest";
import { isClusterScoped } from "../../lib/plan/kinds.ts";
import { attempt, objectsOf, resourceOf, secretWire, UNKNOWN, up, type UpSettings } from "./engine.ts";
import { SCOPES } from "./kubernetes.ts";

class Resource extends pulumi.CustomResource {
  declare readonly text: pulumi.Output<string>;
  declare readonly computed: pulumi.Output<string>;
}
class Component extends pulumi.ComponentResource {}

const provider = (name = "main") => new kubernetes.Provider(name, { clusterIdentifier: name });
const configMap = (
  name: string,
  data: unknown,
  options: pulumi.CustomResourceOptions = { provider: provider(), version: "4.0.0" },
) =>
  new Resource(
    "kubernetes:core/v1:ConfigMap",
    name,
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "shop" }, data },
    options,
  );

/** What JavaScript makes of a value in a template string. */
const asText = (value: unknown) => String(value);

async function refusalsOf(program: () => unknown, settings?: UpSettings): Promise<readonly string[]> {
  const { refusals, error } = await attempt(() => void program(), "dev", settings);
  expect(error).toBeUndefined();
  return refusals;
}

test("a program that an engine would take is not refused", async () => {
  expect(await refusalsOf(() => configMap("web", { key: "value" }))).toEqual([]);
});

test("a URN holds the types of all parents but the stack", async () => {
  const { resources } = await up(() => {
    const outer = new Component("a:index:A", "outer");
    const inner = new Component("b:index:B", "inner", {}, { parent: outer });
    configMap("web", {}, { provider: provider(), version: "4.0.0", parent: inner });
    return undefined;
  }, "dev");
  expect(resources.at(-1)!.urn).toBe("urn:pulumi:dev::test::a:index:A$b:index:B$kubernetes:core/v1:ConfigMap::web");
});

test("aliases become URNs, and those of a parent count for its children", async () => {
  const { resources } = await up(() => {
    const parent = new Component("a:index:New", "p", {}, { aliases: [{ type: "a:index:Old" }] });
    configMap("web", {}, { provider: provider(), version: "4.0.0", parent, aliases: [{ name: "before" }] });
    return undefined;
  }, "dev");
  const urn = (parent: string, name: string) =>
    `urn:pulumi:dev::test::a:index:${parent}$kubernetes:core/v1:ConfigMap::${name}`;
  expect(resources.at(-1)!.aliases).toEqual([urn("New", "before"), urn("Old", "web"), urn("Old", "before")]);
});

describe("is refused:", () => {
  const object = (type: string, inputs: object, options: pulumi.CustomResourceOptions = {}) =>
    new Resource(type, "it", inputs, { provider: provider(), version: "4.0.0", ...options });
  const service = { apiVersion: "v1", kind: "Service", metadata: { name: "web", namespace: "shop" } };

  test.each([
    [
      "two resources with one URN",
      () => {
        const main = provider();
        configMap("web", {}, { provider: main, version: "4.0.0" });
        configMap("web", {}, { provider: main, version: "4.0.0" });
      },
      "duplicate resource URN urn:pulumi:dev::test::kubernetes:core/v1:ConfigMap::web",
    ],
    ["a type without a group", () => object("kubernetes:v1:Service", service), "no group and version"],
    [
      "an apiVersion of another type",
      () => object("kubernetes:core/v1:Service", { ...service, apiVersion: "apps/v1" }),
      'apiVersion "apps/v1" does not go with the type',
    ],
    [
      "a kind of another type",
      () => object("kubernetes:core/v1:Service", { ...service, kind: "ConfigMap" }),
      'kind "ConfigMap" does not go with the type',
    ],
    [
      "a kind that does not exist",
      () => object("kubernetes:apps/v1:Deploiment", { ...service, apiVersion: "apps/v1", kind: "Deploiment" }),
      'Kubernetes has no Deploiment in group "apps"',
    ],
    [
      "an object without a name",
      () => object("kubernetes:core/v1:Service", { ...service, metadata: { namespace: "shop" } }),
      "has no name",
    ],
    [
      "a namespaced object without a namespace",
      () => object("kubernetes:core/v1:Service", { ...service, metadata: { name: "web" } }),
      "has no namespace",
    ],
    [
      "a cluster-scoped object with a namespace",
      () =>
        object("kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", {
          apiVersion: "rbac.authorization.k8s.io/v1",
          kind: "ClusterRole",
          metadata: { name: "reader", namespace: "shop" },
        }),
      'has namespace "shop", and its kind has none',
    ],
    [
      "a resource without a provider",
      () => configMap("web", {}, { version: "4.0.0" }),
      "default providers are disabled, and it names none",
    ],
    [
      "a provider of another package",
      () => new Resource("aws:s3/bucket:Bucket", "it", {}, { provider: provider() }),
      "its provider is of another package",
    ],
    [
      "an object that says no version of its provider",
      () => configMap("web", {}, { provider: provider() }),
      "names no version",
    ],
    [
      "a dependency on what is not registered",
      () => {
        const other = configMap("other", {});
        const urn = pulumi.output("urn:pulumi:dev::test::kubernetes:core/v1:ConfigMap::gone");
        Object.assign(other, { urn });
        configMap("web", {}, { provider: provider("second"), version: "4.0.0", dependsOn: other });
      },
      "depends on a resource that is not registered: urn:pulumi:dev::test::kubernetes:core/v1:ConfigMap::gone",
    ],
    [
      "an output in a template string",
      () => configMap("web", { key: asText(pulumi.output("x")) }),
      "text that is no value",
    ],
    [
      "a promise in a template string",
      () => configMap("web", { key: asText(Promise.resolve("x")) }),
      "text that is no value",
    ],
    ["a token that nobody replaced", () => configMap("web", { key: "${flagstone:token:7}" }), "text that is no value"],
    ["a token in a key", () => configMap("web", { "${flagstone:token:7}": "value" }), "text that is no value"],
    ["undefined as text", () => configMap("web", { key: String(undefined) }), "text that is no value"],
    [
      "a hole in a list",
      () => object("kubernetes:core/v1:Service", { ...service, spec: { ports: [undefined] } }),
      "is null",
    ],
    ["a field that is null", () => object("kubernetes:core/v1:Service", { ...service, spec: null }), '"spec" is null'],
    [
      "a Secret in clear",
      () =>
        object("kubernetes:core/v1:Secret", {
          apiVersion: "v1",
          kind: "Secret",
          metadata: { name: "web", namespace: "shop" },
          stringData: { open: "hunter2", closed: pulumi.secret("hunter3") },
        }),
      "stringData.open of a Secret is not secret on the wire",
    ],
    [
      "a secret that is in clear elsewhere",
      () => {
        configMap("closed", { key: pulumi.secret("correct horse") });
        configMap("open", { key: "the password is correct horse" }, { provider: provider("second"), version: "4.0.0" });
      },
      '"data.key" shows a secret in clear',
    ],
  ])("%s", async (_, program, expected) => {
    expect(await refusalsOf(program)).toEqual([expect.stringContaining(expected)]);
  });

  test("a secret that the stack exports in clear", async () => {
    const { refusals } = await attempt(() => {
      configMap("web", { key: pulumi.secret("correct horse") });
      return { password: "correct horse" };
    }, "dev");
    expect(refusals).toEqual([expect.stringContaining('"password" shows a secret in clear')]);
  });
});

test("a custom resource has the scope that a definition in the same program gives it", async () => {
  const definition = (scope: string) => () => {
    const main = provider();
    const crd = new Resource(
      "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition",
      "crd",
      {
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: { name: "teas.acme.example" },
        spec: { group: "acme.example", scope, names: { kind: "Tea" } },
      },
      { provider: main, version: "4.0.0" },
    );
    new Resource(
      "kubernetes:acme.example/v1:Tea",
      "tea",
      { apiVersion: "acme.example/v1", kind: "Tea", metadata: { name: "green", namespace: "shop" } },
      { provider: main, version: "4.0.0", dependsOn: crd },
    );
  };
  expect(await refusalsOf(definition("Namespaced"))).toEqual([]);
  expect(await refusalsOf(definition("Cluster"))).toEqual([expect.stringContaining('has namespace "shop"')]);
});

test("what a program throws is thrown, and what it registered before is still told", async () => {
  const program = () => {
    configMap("web", {});
    throw new Error("too late");
  };
  await expect(up(program, "dev")).rejects.toThrow("too late");
  expect(objectsOf(await attempt(program, "dev"))).toHaveLength(1);
});

/** An object whose provider computes one more field. */
class Bucket extends Resource {
  constructor(name: string, inputs: pulumi.Inputs, options: pulumi.CustomResourceOptions) {
    const identity = { apiVersion: "acme.example/v1", kind: "Bucket", metadata: { name, namespace: "shop" } };
    super("kubernetes:acme.example/v1:Bucket", name, { ...identity, ...inputs, computed: undefined }, options);
  }
}

test("secrets are known by their place, and stay secret through outputs of a resource", async () => {
  const program = () => {
    const main = { provider: provider(), version: "4.0.0" };
    const { text, computed } = new Bucket("bucket", { text: pulumi.secret("hunter2") }, main);
    configMap("web", { text, computed, inside: pulumi.interpolate`<${computed}>`, plain: "plain" }, main);
    return { computed, plain: "plain" };
  };
  const done = await up(program, "dev", { computed: () => ({ computed: secretWire("made by the provider") }) });
  expect(resourceOf(done, "kubernetes:acme.example/v1:Bucket", "bucket").secrets).toEqual(["text"]);
  const web = resourceOf(done, "kubernetes:core/v1:ConfigMap", "web");
  expect(web.secrets).toEqual(["data.computed", "data.inside", "data.text"]);
  expect(web.inputs["data"]).toMatchObject({ text: "hunter2", inside: "<made by the provider>" });
  expect(done.decoded.secrets).toEqual(["computed"]);
});

test("in a preview nothing has an id, and what a provider computes is not known", async () => {
  const program = () => {
    const main = { provider: provider(), version: "4.0.0" };
    const { id, computed } = new Bucket("bucket", {}, main);
    configMap("web", { id, computed, plain: "plain" }, main);
    return undefined;
  };
  const settings = { computed: () => ({ computed: "bucket-1a2b3c" }) };
  const preview = await up(program, "dev", { ...settings, preview: true });
  const web = resourceOf(preview, "kubernetes:core/v1:ConfigMap", "web");
  expect(web.inputs["data"]).toEqual({ id: UNKNOWN, computed: UNKNOWN, plain: "plain" });
  expect(web.unknown).toEqual(["data.computed", "data.id"]);
  const real = resourceOf(await up(program, "dev", settings), "kubernetes:core/v1:ConfigMap", "web");
  expect(real.inputs["data"]).toEqual({ id: "shop/bucket", computed: "bucket-1a2b3c", plain: "plain" });
});

test("the library and the API reference agree which kinds have no namespace", () => {
  const differing = [...SCOPES].filter(([groupKind, scope]) => {
    const [group, kind] = groupKind.split("/") as [string, string];
    const apiVersion = group === "core" ? "v1" : `${group}/v1`;
    return isClusterScoped({ apiVersion, kind, metadata: { name: "it" } }, new Map()) !== (scope === "cluster");
  });
  expect(differing).toEqual([]);
});
