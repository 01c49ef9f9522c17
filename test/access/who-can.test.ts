import fc from "fast-check";
import { canI, type KubeObject, whatCan, whoCan } from "flagstone";
import { describe, expect, test } from "vitest";
import { unjudgedBindings, urlsOf } from "../../lib/access/who-can";
import { objectsOf } from "../cluster/every-tenant";
import { questions } from "./questions";
import { rolesInUse } from "./roles-in-use";

const tenants = objectsOf("prod");
const all = [...tenants, ...rolesInUse];
const names = (objects: readonly KubeObject[], question: Parameters<typeof whoCan>[1]) =>
  whoCan(objects, question).map(({ kind, name, namespace }) => `${kind} ${namespace ? `${namespace}/` : ""}${name}`);

describe("who can", () => {
  test("names groups, users and accounts, and the bindings that give it", () => {
    expect(whoCan(all, { verb: "get", resource: "pods", subresource: "log", namespace: "shop" })).toEqual([
      { kind: "Group", name: "oidc:auditors", through: ["RoleBinding shop/tenant-viewer"] },
      { kind: "Group", name: "oidc:contractors", through: ["RoleBinding shop/tenant-developer"] },
      { kind: "Group", name: "oidc:marketing", through: ["RoleBinding shop/logs"] },
      { kind: "Group", name: "oidc:platform-on-call", through: ["RoleBinding shop/tenant-admin"] },
      { kind: "Group", name: "oidc:shop-admins", through: ["RoleBinding shop/tenant-admin"] },
      { kind: "Group", name: "oidc:shop-developers", through: ["RoleBinding shop/tenant-developer"] },
      { kind: "Group", name: "system:serviceaccounts:shop", through: ["ClusterRoleBinding logs"] },
      { kind: "ServiceAccount", name: "robot", namespace: "bank", through: ["ClusterRoleBinding logs"] },
    ]);
  });

  test("see the secrets of a tenant in production is its admins only", () => {
    const question = { verb: "get", resource: "secrets", namespace: "shop" };
    expect(names(tenants, question)).toEqual(["Group oidc:platform-on-call", "Group oidc:shop-admins"]);
    expect(names(objectsOf("dev"), question)).toEqual([
      "Group oidc:contractors",
      "Group oidc:platform-on-call",
      "Group oidc:shop-admins",
      "Group oidc:shop-developers",
    ]);
  });

  test("write what bounds a tenant, or anything of the cluster, is nobody", () => {
    for (const resource of ["resourcequotas", "limitranges", "namespaces", "nodes"])
      for (const verb of ["create", "update", "patch", "delete"])
        for (const namespace of ["shop", undefined]) expect(names(tenants, { verb, resource, namespace })).toEqual([]);
  });

  test("touch one object by its name asks for that name", () => {
    const update = { verb: "update", resource: "configmaps", namespace: "shop" };
    const only = rolesInUse.slice(0, 2);
    expect(names(only, { ...update, name: "flags" })).toEqual(["Group oidc:marketing", "ServiceAccount bank/robot"]);
    expect(names(only, { ...update, name: "other" })).toEqual([]);
    expect(names(only, update)).toEqual([]);
  });

  test("scale anything is who may scale any subresource of that name", () => {
    const scale = { verb: "patch", group: "apps", resource: "deployments", namespace: "shop" };
    expect(names(rolesInUse, { ...scale, subresource: "scale" })).toEqual(["ServiceAccount shop/robot", "User carol"]);
    expect(names(rolesInUse, scale)).toEqual([]);
  });

  test("do what an aggregated role collects is whom that role is given to", () => {
    const collected = (verb: string, group: string, resource: string) =>
      names(rolesInUse, { verb, group, resource, namespace: "bank" }).includes("User carol");
    expect(collected("create", "batch", "jobs")).toBe(true);
    expect(collected("update", "", "configmaps")).toBe(true);
    expect(collected("get", "", "secrets")).toBe(false);
    expect(collected("delete", "", "pods")).toBe(false);
  });

  test("do anything is whom cluster-admin is bound to, in a namespace or everywhere", () => {
    const objects = [
      bound("ops", undefined, "cluster-admin", "oidc:ops"),
      bound("lead", "shop", "cluster-admin", "oidc:lead"),
    ];
    expect(names(objects, { verb: "delete", resource: "nodes" })).toEqual(["Group oidc:ops"]);
    expect(names(objects, { verb: "get", resource: "secrets", namespace: "shop" })).toEqual([
      "Group oidc:lead",
      "Group oidc:ops",
    ]);
    expect(names(objects, { verb: "get", resource: "secrets", namespace: "bank" })).toEqual(["Group oidc:ops"]);
    expect(whatCan(objects, "oidc:ops")).toEqual([
      { namespace: undefined, rules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }] },
    ]);
    expect(unjudgedBindings(objects)).toEqual([]);
  });

  test("is not known of bindings to roles that are nowhere", () => {
    expect(unjudgedBindings([...rolesInUse, bound("edit", "shop", "admin", "oidc:helpers")])).toEqual([
      {
        binding: "RoleBinding shop/dangling",
        namespace: "shop",
        role: "Role shop/there-is-none",
        subjects: ["Group oidc:marketing"],
      },
      {
        binding: "RoleBinding shop/edit",
        namespace: "shop",
        role: "ClusterRole admin",
        subjects: ["Group oidc:helpers"],
      },
    ]);
    expect(unjudgedBindings(tenants)).toEqual([]);
  });

  test("is asked of everybody whom a binding names: what a group can do is what somebody in it can", () => {
    const groups = [...new Set(groupsInBindings())];
    expect(groups.length).toBeGreaterThan(5);
    fc.assert(
      fc.property(questions, fc.constantFrom(...groups), (question, group) => {
        const everybody = whoCan(all, question).flatMap(({ kind, name }) => (kind === "Group" ? [name] : []));
        const isAllowed = [group, "system:authenticated"].some((name) => everybody.includes(name));
        expect(canI(all, { groups: [group] }, question)).toBe(isAllowed);
      }),
      { numRuns: 2_000 },
    );
  });
});

/** A binding of a group to a ClusterRole. */
function bound(name: string, namespace: string | undefined, role: string, group: string): KubeObject {
  const apiGroup = "rbac.authorization.k8s.io";
  return {
    apiVersion: `${apiGroup}/v1`,
    kind: namespace === undefined ? "ClusterRoleBinding" : "RoleBinding",
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    roleRef: { apiGroup, kind: "ClusterRole", name: role },
    subjects: [{ apiGroup, kind: "Group", name: group }],
  };
}

/** Names of all groups that some binding names. */
function groupsInBindings(): string[] {
  return all.flatMap(({ subjects }) =>
    ((subjects ?? []) as { kind: string; name: string }[]).flatMap(({ kind, name }) =>
      kind === "Group" ? [name] : [],
    ),
  );
}

describe("what a group can do", () => {
  const everybody = [{ apiGroups: [""], resources: ["services"], verbs: ["get"] }];

  test("is listed by namespace, what holds everywhere first", () => {
    expect(whatCan(rolesInUse, "oidc:marketing")).toEqual([
      { namespace: "bank", rules: everybody },
      {
        namespace: "shop",
        rules: [
          {
            apiGroups: [""],
            resources: ["configmaps"],
            resourceNames: ["flags", "banner"],
            verbs: ["get", "update", "list"],
          },
          { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
        ],
      },
    ]);
    expect(whatCan(all, "oidc:auditors").map(({ namespace }) => namespace)).toEqual([
      undefined,
      "bank",
      "shop",
      "shop-batch",
    ]);
    expect(whatCan(all, "oidc:auditors")[0]!.rules).toEqual([
      { apiGroups: [""], resources: ["nodes", "namespaces"], verbs: ["get", "list"] },
    ]);
  });

  test("is what everybody can where no binding names it", () => {
    expect(whatCan(all, "oidc:nobody")).toEqual([{ namespace: "bank", rules: everybody }]);
    expect(whatCan(tenants, "oidc:nobody")).toEqual([]);
  });

  test("is what somebody in it can, whatever is asked", () => {
    const apiVersion = "rbac.authorization.k8s.io/v1";
    const granted = (group: string): KubeObject[] =>
      whatCan(all, group).flatMap(({ namespace, rules }, i) => [
        { apiVersion, kind: "ClusterRole", metadata: { name: `role-${i}` }, rules },
        bound(`binding-${i}`, namespace, `role-${i}`, "all-of-it"),
      ]);
    const groups = [...new Set(groupsInBindings())].map((group) => [group, granted(group)] as const);
    fc.assert(
      fc.property(questions, fc.constantFrom(...groups), (question, [group, objects]) => {
        expect(canI(objects, { groups: ["all-of-it"] }, question)).toBe(canI(all, { groups: [group] }, question));
      }),
      { numRuns: 2_000 },
    );
  });

  test("with URLs of the API server is no grant, and known apart", () => {
    expect(urlsOf(all, "oidc:auditors")).toEqual(["get /metrics"]);
    const metrics = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: "metrics" },
      rules: [{ nonResourceURLs: ["/metrics", "/logs/*"], verbs: ["get"] }],
    };
    const objects = [metrics, bound("metrics", undefined, "metrics", "oidc:robots")];
    expect(whatCan(objects, "oidc:robots")).toEqual([]);
    expect(urlsOf(objects, "oidc:robots")).toEqual(["get /logs/*", "get /metrics"]);
    expect(urlsOf(objects, "oidc:others")).toEqual([]);
  });
});
