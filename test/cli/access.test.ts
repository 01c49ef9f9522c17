import { describe, expect, test } from "vitest";
import { type KnownAccess, parseObject } from "../../lib/cli/access-question.ts";
import { flagstone } from "./command.ts";
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
