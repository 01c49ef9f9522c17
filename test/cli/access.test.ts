import { describe, expect, test } from "vitest";
import { type KnownAccess, parseObject } from "../../lib/cli/access-question.ts";
import { flagstone, folder } from "./command.ts";
import { twoTeams } from "./two-teams.ts";

const at = twoTeams();

async function lines(...args: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await flagstone(at, args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout.trimEnd().split("\n");
}

const BACKUP = [
  "  ServiceAccount  backup/backup  in all namespaces  by ClusterRoleBinding backup",
  "  User            ada            in all namespaces  by ClusterRoleBinding backup",
];

describe("who-can", () => {
  test("names groups, users and service accounts with the binding that lets them, for each namespace", async () => {
    expect(await lines("who-can", "get", "secrets", "platform.ts", "-e", "prod")).toEqual([
      "get secrets in acme in prod · eu, us",
      ...BACKUP,
      "  Group           bank           in bank            by RoleBinding bank/tenant-admin",
      "  Group           shop-leads     in shop            by RoleBinding shop/tenant-admin",
      "  Group           bank           in vault           by RoleBinding vault/tenant-admin",
    ]);
  });

  test("environments are answered apart, clusters that are alike together", async () => {
    const heads = (await lines("who-can", "get", "secrets", "platform.ts")).filter((line) => /^\S/.test(line));
    expect(heads).toEqual(["get secrets in acme in dev · main", "get secrets in acme in prod · eu, us"]);
  });

  test("-n asks about one namespace, and --cluster about one cluster", async () => {
    expect(
      await lines("who-can", "delete", "pods/web", "platform.ts", "-e", "prod", "-n", "shop", "--cluster", "us"),
    ).toEqual([
      "delete pods/web in acme in prod · us",
      "  Group  shop        in shop  by RoleBinding shop/tenant-developer",
      "  Group  shop-leads  in shop  by RoleBinding shop/tenant-admin",
    ]);
  });

  test("what is in no namespace is given by ClusterRoleBindings only", async () => {
    expect(await lines("who-can", "list", "namespaces", "platform.ts", "-e", "dev")).toEqual([
      "list namespaces in acme in dev · main",
      "  ServiceAccount  backup/backup    by ClusterRoleBinding backup",
      "  User            ada              by ClusterRoleBinding backup",
    ]);
    expect(await lines("who-can", "list", "nodes", "platform.ts", "-e", "dev")).toEqual([
      "list nodes in acme in dev · main",
      "  nobody, but for those whom Kubernetes itself lets, such as system:masters",
    ]);
  });

  test("verbs and resources that only roles of the program know can be asked for", async () => {
    const [, ...rows] = await lines("who-can", "restore", "snapshots/data", "platform.ts", "-e", "dev");
    expect(rows).toEqual(BACKUP);
  });

  test("--json has the question and the answers of each cluster", async () => {
    const { code, stdout } = await flagstone(at, [
      ...["who-can", "get", "pods/log", "platform.ts", "-e", "prod", "-n", "shop", "--json"],
    ]);
    expect(code).toBe(0);
    const answers = JSON.parse(stdout) as any[];
    expect(answers.map(({ environment, cluster }) => `${environment} ${cluster}`)).toEqual(["prod eu", "prod us"]);
    expect(answers[0].question).toEqual({ verb: "get", group: "", resource: "pods", subresource: "log" });
    expect(answers[0].answers).toEqual([
      {
        namespace: "shop",
        holders: [
          { kind: "Group", name: "shop", through: ["RoleBinding shop/tenant-developer"] },
          { kind: "Group", name: "shop-leads", through: ["RoleBinding shop/tenant-admin"] },
        ],
      },
    ]);
  });
});

describe("bindings to roles of Kubernetes itself", () => {
  const made = folder({
    "index.ts": `import { ApiObject } from "cdk8s";
import { Cluster, definePlatform, Platform, Tenant } from "flagstone";
const facts = definePlatform("acme", {
  domain: "acme.example",
  environments: { dev: {} },
  tenants: { shop: {} },
});
const platform = new Platform(facts, { environments: { dev: { clusters: Cluster.fromKubeconfig() } } });
const apiGroup = "rbac.authorization.k8s.io";
const group = (name: string) => [{ apiGroup, kind: "Group", name }];
const role = (name: string) => ({ apiGroup, kind: "ClusterRole", name });
export const flagstone = platform.run((environment) => {
  new Tenant(environment, "shop");
  const add = (id: string, json: object) =>
    new ApiObject(environment, id, { apiVersion: "rbac.authorization.k8s.io/v1", ...json } as never);
  add("ops", { kind: "ClusterRoleBinding", metadata: { name: "ops" }, roleRef: role("cluster-admin"), subjects: group("ops") });
  add("edit", {
    kind: "RoleBinding",
    metadata: { name: "edit", namespace: "shop" },
    roleRef: role("admin"),
    subjects: group("helpers"),
  });
  add("metrics", {
    kind: "ClusterRole",
    metadata: { name: "metrics" },
    rules: [{ nonResourceURLs: ["/metrics"], verbs: ["get"] }],
  });
  add("robots", { kind: "ClusterRoleBinding", metadata: { name: "robots" }, roleRef: role("metrics"), subjects: group("robots") });
});
`,
  });
  const ask = async (...args: string[]): Promise<string> => (await flagstone(made, args)).stdout;
  const note =
    "  not judged: RoleBinding shop/edit of Group helpers refers to ClusterRole admin, which is in no program";

  test("cluster-admin may do everything, and what other roles give is not judged", async () => {
    expect((await ask("who-can", "delete", "nodes")).trimEnd().split("\n")).toEqual([
      "delete nodes in acme in dev · main",
      "  Group  ops    by ClusterRoleBinding ops",
    ]);
    expect((await ask("who-can", "delete", "pods", "-n", "shop")).trimEnd().split("\n")).toEqual([
      "delete pods in acme in dev · main",
      "  Group  ops  in all namespaces  by ClusterRoleBinding ops",
      note,
    ]);
    const [answer] = JSON.parse(await ask("who-can", "delete", "pods", "--json")) as any[];
    expect(answer.notJudged).toEqual([
      { binding: "RoleBinding shop/edit", namespace: "shop", role: "ClusterRole admin", subjects: ["Group helpers"] },
    ]);
  });

  test("what a group can do says what is not judged, and which URLs it has", async () => {
    expect((await ask("what-can", "group:helpers")).trimEnd().split("\n")).toEqual([
      "helpers in acme in dev · main",
      note,
    ]);
    expect((await ask("what-can", "robots")).trimEnd().split("\n")).toEqual([
      "robots in acme in dev · main",
      "  of URLs of the API server itself: get /metrics",
    ]);
    const [answer] = JSON.parse(await ask("what-can", "robots", "--json")) as any[];
    expect(answer).toMatchObject({ grants: [], urls: ["get /metrics"], notJudged: [] });
  });

  test.each(["externalsecrets", "es", "scaledobjects", "deploy", "netpol/allow-dns"])(
    "%s is known without its group",
    async (object) => {
      const { code, stderr } = await flagstone(made, ["who-can", "get", object]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    },
  );
});

describe("an object", () => {
  const known: KnownAccess = {
    verbs: [],
    resources: [
      "pods",
      "secrets",
      "namespaces",
      "nodes",
      "deployments.apps",
      "widgets.acme.example",
      "widgets.acme.example/gears",
    ],
  };

  test.each<[string, string | undefined, object]>([
    ["pods", undefined, { group: "", resource: "pods" }],
    ["deployments.apps", undefined, { group: "apps", resource: "deployments" }],
    ["deployments", undefined, { group: "apps", resource: "deployments" }],
    ["deployments.apps/checkout", undefined, { group: "apps", resource: "deployments", name: "checkout" }],
    ["deployments.apps/scale", undefined, { group: "apps", resource: "deployments", subresource: "scale" }],
    ["pods/log", undefined, { group: "", resource: "pods", subresource: "log" }],
    ["secrets/log", undefined, { group: "", resource: "secrets", name: "log" }],
    ["pods/web", "log", { group: "", resource: "pods", name: "web", subresource: "log" }],
    ["pods/log", "log", { group: "", resource: "pods", name: "log", subresource: "log" }],
    ["widgets.acme.example/gears", undefined, { group: "acme.example", resource: "widgets", subresource: "gears" }],
    ["others.other.example/x", undefined, { group: "other.example", resource: "others", name: "x" }],
    ["po/log", undefined, { group: "", resource: "pods", subresource: "log" }],
    ["es", undefined, { group: "external-secrets.io", resource: "externalsecrets" }],
    ["*", undefined, { group: "", resource: "*" }],
  ])("%s with --subresource %s", (text, subresource, expected) => {
    expect(parseObject(text, subresource, known)).toEqual({ ...expected, isClusterScoped: false });
  });

  test("nodes and namespaces are in no namespace", () => {
    expect(parseObject("nodes", undefined, known).isClusterScoped).toBe(true);
    expect(parseObject("namespaces/shop", undefined, known)).toMatchObject({ name: "shop", isClusterScoped: true });
  });
});

describe("what-can", () => {
  test("prints a table of resources and verbs, once for namespaces that are alike", async () => {
    const [head, where, verbs, ...rows] = await lines("what-can", "group:bank", "platform.ts", "-e", "dev");
    expect([head, where]).toEqual(["bank in acme in dev · main", "  in bank, vault"]);
    expect(verbs!.trim().split(/\s+/)).toEqual([
      ...["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"],
    ]);
    const row = (resource: string) => rows.find((line) => line.trim().split(/\s+/)[0] === resource)!;
    const allowed = (resource: string) =>
      verbs!
        .trim()
        .split(/\s+/)
        .filter((verb) => row(resource)[verbs!.search(new RegExp(`\\b${verb}\\b`))] === "✓");
    expect(allowed("resourcequotas")).toEqual(["get", "list", "watch"]);
    expect(allowed("deployments.apps/scale")).toEqual(["get", "list", "watch", "update", "patch"]);
    expect(allowed("pods/eviction")).toEqual(["create"]);
    expect(allowed("secrets")).toHaveLength(8);
    expect(rows).toEqual(rows.toSorted((a, b) => (a.trim() < b.trim() ? -1 : 1)));
  });

  test("a group that has nothing in a cluster has nothing", async () => {
    const { stdout } = await flagstone(at, ["what-can", "shop", "shop.ts", "platform.ts", "--json"]);
    const answers = JSON.parse(stdout) as any[];
    expect(
      answers.map(({ cluster, group, grants }) => [cluster, group, grants.map((one: any) => one.namespace)]),
    ).toEqual([
      ["main", "shop", ["shop"]],
      ["eu", "shop", ["shop"]],
      ["us", "shop", ["shop"]],
    ]);
  });
});
