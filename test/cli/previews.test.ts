import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { flagstone, folder, program } from "./command.ts";

const application = (previews: string): string => `
import { Application, Cluster, definePlatform, Tenant, WebService } from "flagstone";
const facts = definePlatform("acme", {
  domain: "acme.example",
  environments: { dev: {}, prod: { stack: "organization/acme-platform/prod" } },
  tenants: { shop: {} },
});
const app = new Application("shop", {
  platform: facts,
  environments: { dev: { clusters: Cluster.fromKubeconfig() } },${previews}
});
export const flagstone = app.run((environment) => {
  new WebService(Tenant.fromName(environment, "shop"), "web", { image: "registry.acme.example/web:1.0.0", allowMutableImage: true });
});
`;
const previews = 'previews: { from: "dev" },';
const at = folder({ "shop.ts": application(previews), "plain.ts": application(""), "platform.ts": program() });
const read = async (...args: string[]): Promise<string[]> => {
  const { code, stdout, stderr } = await flagstone(at, ["plan", "--json", ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return (JSON.parse(stdout) as any[]).map((plan) => `${plan.program} in ${plan.environment.name}`);
};

test("previews are read when they are asked for", async () => {
  expect(await read("shop.ts")).toEqual(["shop in dev", "shop in prod"]);
  expect(await read("shop.ts", "-e", "pr-12")).toEqual(["shop in pr-12"]);
  expect(await read("shop.ts", "-e", "pr-12,dev", "-e", "pr-12")).toEqual(["shop in dev", "shop in pr-12"]);
});

test("a preview of one of several programs leaves out those that have none", async () => {
  expect(await read("platform.ts", "shop.ts", "-e", "pr-12")).toEqual(["shop in pr-12"]);
});

test("what is neither an environment nor a preview is refused, with what there is", async () => {
  const misnamed = await flagstone(at, ["plan", "shop.ts", "-e", "feature_12"]);
  expect(misnamed.code).toBe(2);
  expect(misnamed.stderr).toContain(
    'there is no environment "feature_12": known are "dev", "prod"; previews are called pr-… or preview-…, as DNS labels',
  );
  const without = await flagstone(at, ["plan", "plain.ts", "-e", "pr-12345"]);
  expect(without.code).toBe(2);
  expect(without.stderr).toContain("previews: { from: … } of an application lets it have previews");
});

test("a preview's constructs are shown and explained under its name", async () => {
  const tree = await flagstone(at, ["tree", "shop.ts", "-e", "pr-12"]);
  expect(tree.stdout).toContain(
    "shop in pr-12 · preview of dev · development · 1 cluster · 4 objects\npr-12  Environment",
  );
  const { code, stdout } = await flagstone(at, ["explain", "shop/web", "shop.ts", "-e", "pr-12"]);
  expect(code).toBe(0);
  expect(stdout).toContain("pr-12/shop/web");
});

test("files of a preview stay until it is rendered again", async () => {
  const file = "rendered/pr-12/main/shop/deployment-web-pr-12.yaml";
  expect((await flagstone(at, ["synth", "shop.ts", "-e", "pr-12"])).code).toBe(0);
  expect(existsSync(join(at, file))).toBe(true);
  expect((await flagstone(at, ["synth", "shop.ts"])).code).toBe(0);
  expect(existsSync(join(at, file))).toBe(true);
  expect(existsSync(join(at, "rendered/prod/main/shop/deployment-web.yaml"))).toBe(true);
});
