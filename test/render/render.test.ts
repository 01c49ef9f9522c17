import { output } from "@pulumi/pulumi";
import { ApiObject } from "cdk8s";
import type { Construct } from "constructs";
import fc from "fast-check";
import { Component, type Tenant, Token, WebService } from "flagstone";
import { describe, expect, test } from "vitest";
import type { EnvironmentTree } from "../../lib/core/component";
import { findEnvironment } from "../../lib/core/scope";
import { makeDraft } from "../../lib/plan/make-draft";
import type { KnownOutputs } from "../../lib/render/outputs";
import { render, type Rendered } from "../../lib/render/render";
import { IMAGE, platformThat, tenantIn } from "../testing/fixtures";

const rendered = (scope: Construct, outputs?: KnownOutputs): Rendered =>
  render(makeDraft(findEnvironment(scope) as EnvironmentTree), outputs);
const configMap = (scope: Construct, id: string, manifest: object = {}) =>
  new ApiObject(scope, id, { apiVersion: "v1", kind: "ConfigMap", ...manifest });

describe("paths", () => {
  const pathsOf = (scope: Construct) => [...rendered(scope).files.keys()];

  test("say environment, cluster, tenant, kind and name", () => {
    const tenant = tenantIn("prod");
    configMap(tenant, "flags");
    expect(pathsOf(tenant)).toEqual(["prod/eu/shop/configmap-flags.yaml", "prod/us/shop/configmap-flags.yaml"]);
  });

  test("of what belongs to no tenant are in a folder that no tenant can have", () => {
    const environment = platformThat((scope) => {
      new ApiObject(scope, "high", { apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass" });
    }).instantiate("dev");
    expect(pathsOf(environment)).toEqual(["dev/main/_shared/priorityclass-high.yaml"]);
  });

  test("that would be one say namespace and group too", () => {
    const environment = platformThat((scope) => {
      for (const namespace of ["a", "b"]) configMap(scope, `x-${namespace}`, { metadata: { name: "x", namespace } });
      configMap(scope, "y", { metadata: { name: "y", namespace: "a" } });
      for (const group of ["one.example", "two.example"])
        new ApiObject(scope, group, { apiVersion: `${group}/v1`, kind: "Thing", metadata: { name: "t" } });
    }).instantiate("dev");
    expect(pathsOf(environment)).toEqual([
      "dev/main/_shared/configmap-x.a.core.yaml",
      "dev/main/_shared/configmap-x.b.core.yaml",
      "dev/main/_shared/configmap-y.yaml",
      "dev/main/_shared/thing-t.-.one.example.yaml",
      "dev/main/_shared/thing-t.-.two.example.yaml",
    ]);
  });

  test("hold no character that a file system refuses", () => {
    const environment = platformThat((scope) => {
      new ApiObject(scope, "reader", {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRole",
        metadata: { name: "acme:Reader of*all" },
      });
    }).instantiate("dev");
    expect(pathsOf(environment)).toEqual(["dev/main/_shared/clusterrole-acme_reader_of_all.yaml"]);
  });

  test("are different for different objects, whatever their names", () => {
    const name = fc.string({ unit: fc.constantFrom("a", "A", ":", "_", ".", "-"), minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(name, fc.constantFrom("a", "b", "a.b")), { selector: String, maxLength: 8 }),
        (names) => {
          const environment = platformThat((scope) => {
            names.forEach(([role, namespace], i) => {
              new ApiObject(scope, String(i), {
                apiVersion: "rbac.authorization.k8s.io/v1",
                kind: "Role",
                metadata: { name: role, namespace },
              });
            });
          }).instantiate("dev");
          const { files } = rendered(environment);
          expect(files.size).toBe(names.length);
          for (const path of files.keys()) expect(path).toMatch(/^dev\/main\/_shared\/[a-z0-9._-]+\.yaml$/);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("rendering", () => {
  class Group extends Component {}
  /** Declarations that do not need each other; each may be made at any time. */
  const declarations: ((shop: Tenant) => unknown)[] = [
    (shop) => new WebService(shop, "web", { image: IMAGE, files: { "/a": "1", "/b": "2" } }),
    (shop) => new WebService(shop, "api", { image: IMAGE, replicas: { min: 2, max: 4 } }),
    (shop) => new WebService(new Group(shop, "group"), "ads", { image: IMAGE, placement: { cluster: "us" } }),
    (shop) => configMap(shop, "flags", { data: { a: "b" } }),
    (shop) => new WebService(shop, "out", { image: IMAGE, env: { HOST: output("db") } }),
    (shop) => new ApiObject(shop, "reader", { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole" }),
  ];

  test("gives the same bytes in any order of construction", () => {
    const bytes = (order: readonly number[]) => {
      const tenant = tenantIn("prod");
      for (const i of order) declarations[i]!(tenant);
      return [...rendered(tenant).files];
    };
    const all = [...declarations.keys()];
    const expected = bytes(all);
    expect(expected.length).toBeGreaterThan(20);
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: all.length }), (order) => {
        expect(bytes(order)).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });

  test("lists files in order of path", () => {
    const tenant = tenantIn("prod");
    for (const declare of declarations) declare(tenant);
    const paths = [...rendered(tenant).files.keys()];
    expect(paths).toEqual([...paths].sort());
  });
});

describe("objects that carry outputs", () => {
  const declare = () => {
    const tenant = tenantIn("dev");
    configMap(tenant, "known");
    configMap(tenant, "addresses", {
      data: { url: `https://${Token.asString(output("a"))}`, port: output(5432) },
      spec: { replicas: output(3) },
    });
    return tenant;
  };
  const at = (place: string) => `main/core/ConfigMap/shop/addresses#${place}`;

  test("are left to Pulumi when nobody knows the values", () => {
    const { files, leftToPulumi, findings } = rendered(declare());
    expect([...files.keys()]).toEqual(["dev/main/shop/configmap-known.yaml"]);
    expect(leftToPulumi.map(({ id }) => id)).toEqual(["main/core/ConfigMap/shop/addresses"]);
    expect(findings).toEqual([]);
  });

  test("are filled in with the values of a stack, which keep their types", () => {
    const outputs = { [at("data.url")]: "https://a", [at("data.port")]: "5432", [at("spec.replicas")]: 3 };
    const { files, leftToPulumi, findings } = rendered(declare(), outputs);
    expect(files.get("dev/main/shop/configmap-addresses.yaml")).toContain(
      "data:\n  port: '5432'\n  url: https://a\nspec:\n  replicas: 3\n",
    );
    expect(leftToPulumi).toEqual([]);
    expect(findings).toEqual([]);
  });

  test("are findings where the stack should know a value and does not", () => {
    const { files, findings } = rendered(declare(), { [at("data.port")]: "5432", [at("spec.replicas")]: 3 });
    expect(files.size).toBe(1);
    expect(findings).toMatchObject([
      {
        rule: "tokens/unresolved",
        severity: "error",
        path: "dev/shop/addresses",
        message: 'the output at "main/core/ConfigMap/shop/addresses#data.url" is not among those given',
        fix: "deploy the stack first, then export its outputs again",
        owner: "group:shop",
      },
    ]);
  });

  test("stay with Pulumi where a value is secret", () => {
    const outputs = { [at("data.url")]: null, [at("data.port")]: "5432", [at("spec.replicas")]: 3 };
    const { files, leftToPulumi, findings } = rendered(declare(), outputs);
    expect(files.size).toBe(1);
    expect(leftToPulumi.map(({ id }) => id)).toEqual(["main/core/ConfigMap/shop/addresses"]);
    expect(findings).toEqual([]);
  });

  test("of a workload are in a Secret, so that the workload itself is rendered", () => {
    const tenant = tenantIn("dev");
    new WebService(tenant, "web", { image: IMAGE, env: { HOST: output("db") } });
    const { files, leftToPulumi } = rendered(tenant);
    expect(files.get("dev/main/shop/deployment-web.yaml")).toContain("name: web-outputs");
    expect(files.get("dev/main/shop/deployment-web.yaml")).not.toMatch(/outputs-hash|flagstone:token/);
    expect(leftToPulumi.map(({ id }) => id)).toEqual(["main/core/Secret/shop/web-outputs"]);
  });

  test("of a workload are hashed into its pods where the stack knows the hash", () => {
    const tenant = tenantIn("dev");
    new WebService(tenant, "web", { image: IMAGE, env: { HOST: output("db") } });
    const place = 'main/apps/Deployment/shop/web#spec.template.metadata.annotations["flagstone.dev/outputs-hash"]';
    const { files } = rendered(tenant, {
      [place]: "abc123",
      "main/core/Secret/shop/web-outputs#stringData.HOST": null,
    });
    expect(files.get("dev/main/shop/deployment-web.yaml")).toContain("flagstone.dev/outputs-hash: abc123");
  });
});
