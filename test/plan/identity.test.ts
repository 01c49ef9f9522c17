import { ApiObject } from "cdk8s";
import * as kplus from "cdk8s-plus-28";
import { type Construct } from "constructs";
import { Component, Tenant, WebService } from "flagstone";
import { planOf } from "flagstone/testing";
import { describe, expect, test } from "vitest";
import { applicationThat, brief, IMAGE, platformThat, rulesOf, tenantIn } from "../testing/fixtures";

const configMap = (scope: Construct, id: string, metadata: object = {}) =>
  new ApiObject(scope, id, { apiVersion: "v1", kind: "ConfigMap", metadata });

class Group extends Component {}

describe("two objects that would be one", () => {
  test("are a finding that names both, with cluster and namespace", async () => {
    const tenant = tenantIn("prod");
    new WebService(tenant, "web", { image: IMAGE });
    new ApiObject(tenant, "other", { apiVersion: "v1", kind: "Service", metadata: { name: "web" } });
    expect(brief((await tenant.plan()).findings)).toEqual([
      'names/collision prod/shop/other: Service "web" in namespace "shop" of cluster "eu" is declared by prod/shop/other and prod/shop/web/@eu/service; give one of them another id, or another name',
      'names/collision prod/shop/other: Service "web" in namespace "shop" of cluster "us" is declared by prod/shop/other and prod/shop/web/@us/service; give one of them another id, or another name',
    ]);
  });

  test("in different groups of constructs are found too", async () => {
    const tenant = tenantIn("dev");
    for (const id of ["a", "b"]) new WebService(new Group(tenant, id), "web", { image: IMAGE });
    const { findings } = await tenant.plan();
    expect(rulesOf(findings)).toEqual(Array(4).fill("names/collision"));
    expect(findings[0]!.message).toContain("dev/shop/a/web/@main/deployment and dev/shop/b/web/@main/deployment");
  });

  test("of different versions of an API are one object", async () => {
    const tenant = tenantIn("dev");
    for (const version of ["v1", "v1beta1"])
      new ApiObject(tenant, version, { apiVersion: `batch/${version}`, kind: "CronJob", metadata: { name: "a" } });
    expect(rulesOf((await tenant.plan()).findings)).toEqual(["names/collision"]);
  });

  test("in different namespaces, clusters, kinds or groups are two", async () => {
    const tenant = tenantIn("prod");
    for (const cluster of ["eu", "us"])
      new WebService(new Group(tenant, cluster), "web", { image: IMAGE, placement: { cluster } });
    configMap(tenant, "a");
    new ApiObject(tenant, "b", { apiVersion: "v1", kind: "Secret", metadata: { name: "a" } });
    new ApiObject(tenant, "c", { apiVersion: "acme.example/v1", kind: "ConfigMap", metadata: { name: "a" } });
    expect((await tenant.plan()).findings).toEqual([]);
  });

  test("without a namespace are found as well", async () => {
    const plan = await planOf(
      platformThat((environment) => {
        for (const id of ["a", "b"])
          new ApiObject(environment, id, {
            apiVersion: "scheduling.k8s.io/v1",
            kind: "PriorityClass",
            metadata: { name: "high" },
          });
      }),
      "dev",
    );
    expect(brief(plan.findings)).toEqual([
      'names/collision dev/a: PriorityClass "high" of cluster "main" is declared by dev/a and dev/b; give one of them another id, or another name',
    ]);
  });
});

describe("a name", () => {
  test.each([
    ["v1", "Service", "Web", 'Service name "Web" is not one that Kubernetes takes (3 characters); call it "web"'],
    [
      "v1",
      "Service",
      "web.shop",
      'Service name "web.shop" is not one that Kubernetes takes (8 characters); call it "web-shop"',
    ],
    ["v1", "ConfigMap", "a_b", 'ConfigMap name "a_b" is not one that Kubernetes takes (3 characters); call it "a-b"'],
    [
      "v1",
      "ConfigMap",
      "_",
      'ConfigMap name "_" is not one that Kubernetes takes (1 characters); choose a name of lower-case letters, digits and -',
    ],
    [
      "rbac.authorization.k8s.io/v1",
      "Role",
      "a/b",
      'Role name "a/b" is not one that Kubernetes takes (3 characters); call it "a-b"',
    ],
  ])("of a %s %s cannot be %s", async (apiVersion, kind, name, finding) => {
    const tenant = tenantIn("dev");
    new ApiObject(tenant, "x", { apiVersion, kind, metadata: { name } });
    expect(brief((await tenant.plan()).findings)).toEqual([`names/invalid dev/shop/x: ${finding}`]);
  });

  test.each([
    ["v1", "ConfigMap", "web.shop"],
    ["v1", "Service", "w".repeat(63)],
    ["v1", "ConfigMap", "w".repeat(253)],
    ["rbac.authorization.k8s.io/v1", "Role", "system:web:Reader"],
  ])("of a %s %s may be %s", async (apiVersion, kind, name) => {
    const tenant = tenantIn("dev");
    new ApiObject(tenant, "x", { apiVersion, kind, metadata: { name } });
    expect((await tenant.plan()).findings).toEqual([]);
  });
});

describe("a namespace", () => {
  test("that is missing is a finding for kinds of Kubernetes' own", async () => {
    const plan = await planOf(
      platformThat((environment) => {
        configMap(environment, "flags");
        new kplus.Secret(environment, "keys");
        new ApiObject(environment, "widget", { apiVersion: "acme.example/v1", kind: "Widget" });
        new ApiObject(environment, "gateway", { apiVersion: "gateway.networking.k8s.io/v1", kind: "GatewayClass" });
      }),
      "dev",
    );
    expect(brief(plan.findings)).toEqual([
      'namespace/missing dev/flags: ConfigMap "flags" has no namespace; make it below a tenant, or say metadata.namespace',
      'namespace/missing dev/keys/Resource: Secret "keys" has no namespace; make it below a tenant, or say metadata.namespace',
    ]);
  });

  test("of another tenant is a finding", async () => {
    const plan = await planOf(
      applicationThat((environment) => {
        configMap(Tenant.fromName(environment, "bank"), "flags", { namespace: "shop" });
      }),
      "dev",
    );
    expect(brief(plan.findings)).toEqual([
      'namespace/foreign dev/bank/flags: ConfigMap "flags" goes to namespace "shop", which is not one of tenant "bank"; use "bank" or "bank-batch", or make it outside of the tenant',
    ]);
  });

  test("of anybody is fine outside of tenants", async () => {
    const plan = await planOf(
      platformThat((environment) => configMap(environment, "flags", { namespace: "kube-system" })),
      "dev",
    );
    expect(plan.findings).toEqual([]);
  });
});
