import { expect, test } from "vitest";
import { flagstone, folder, program, root } from "./command.ts";

const SHOP = "examples/acme/shop";

async function explained(path: string, ...args: string[]): Promise<any[]> {
  const { code, stdout, stderr } = await flagstone(root, ["explain", path, ...args, "--json"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
}
const paths = (found: any[]) => found.map(({ path }) => path);

test("a construct is explained by its full path", async () => {
  expect(paths(await explained("prod/shop/checkout", SHOP))).toEqual(["prod/shop/checkout"]);
});

test.each(["shop/checkout", "checkout"])("%s, the end of a path, is explained in all environments", async (end) => {
  expect(paths(await explained(end, SHOP))).toEqual(["dev/shop/checkout", "prod/shop/checkout"]);
});

test("only whole steps of a path count as its end", async () => {
  const { code } = await flagstone(root, ["explain", "out", SHOP]);
  expect(code).toBe(2);
});

test("an environment and a tenant are explained too", async () => {
  expect(paths(await explained("dev", SHOP))).toEqual(["dev"]);
  expect(paths(await explained("shop", SHOP, "-e", "prod"))).toEqual(["prod/shop"]);
});

test("each value of a golden path on a golden path names its layer and class, and those below", async () => {
  const [{ settings, type }] = await explained("dev/shop/checkout", SHOP);
  expect(type).toBe("AcmeGrpcService");
  const value = (name: string) => settings.find((setting: any) => setting.name === name);
  // AcmeGrpcService, on AcmeWebService, on WebService, on the platform
  expect(value("health")).toEqual({
    name: "health",
    value: "grpc",
    layer: "own",
    by: "AcmeGrpcService",
    over: [{ layer: "own", by: "AcmeWebService", value: "/healthz" }],
  });
  expect(value("gracePeriod")).toMatchObject({ value: "20s", layer: "own", by: "AcmeWebService" });
  expect(value("endpoints")).toMatchObject({ layer: "class", by: "AcmeGrpcService" });
  expect(value("rollout")).toMatchObject({ layer: "own", by: "WebService", over: [] });
  expect(value("image")).toMatchObject({ layer: "props", by: "program" });
  expect(value("env.LOG_FORMAT")).toEqual({
    name: "env.LOG_FORMAT",
    value: "text",
    layer: "props",
    by: "program",
    over: [{ layer: "platform", by: "WebService", value: "json" }],
  });
});

test("for people, a value is a line, and what it replaced is below it", async () => {
  const { stdout } = await flagstone(root, ["explain", "dev/shop/checkout", SHOP]);
  const lines = stdout.split("\n").map((line) => line.replace(/ {2,}/g, " | ").trim());
  const at = lines.indexOf('| env.LOG_FORMAT | "text" | the program');
  expect(lines[at + 1]).toBe('| over "json" | platform\'s default for WebService');
  const health = lines.indexOf('| health | "grpc" | default of AcmeGrpcService');
  expect(lines[health + 1]).toBe('| over "/healthz" | default of AcmeWebService');
  expect(lines).toContain("| → main/apps/Deployment/shop/checkout");
});

test("what a size became is below it, and in --json", async () => {
  const at = folder({ "index.ts": program(`new WebService(shop, "web", { image: "web:1.4.2" });`) });
  const { stdout } = await flagstone(at, ["explain", "dev/shop/web"]);
  const lines = stdout.split("\n").map((line) => line.replace(/ {2,}/g, " | ").trim());
  const size = lines.indexOf('| size | "small" | default of WebService');
  expect(lines[size + 1]).toBe("| → 100m CPU, 128Mi memory");
  const json = await flagstone(at, ["explain", "dev/shop/web", "--json"]);
  const [{ settings }] = JSON.parse(json.stdout);
  expect(settings.find(({ name }: any) => name === "size")).toMatchObject({
    value: "small",
    means: "100m CPU, 128Mi memory",
  });
});

test("lines fit into 80 columns, long values are cut, and the output says where whole ones are", async () => {
  const { stdout } = await flagstone(root, ["explain", "shop/checkout", SHOP]);
  const lines = stdout.trimEnd().split("\n");
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  expect(lines.find((line) => line.startsWith("  image "))).toMatch(
    /^ {2}image +"registry\.acme\.\S+… {2}the program$/,
  );
  expect(lines).toContain("  whole values: --json");
});

test("where nothing is cut, nothing is said of it", async () => {
  const { stdout } = await flagstone(root, ["explain", "shop", SHOP, "-e", "dev"]);
  expect(stdout).toContain("dev/shop  Tenant");
  expect(stdout).not.toContain("--json");
});

test("--json cuts nothing", async () => {
  const [{ settings }] = await explained("dev/shop/checkout", SHOP);
  const { value } = settings.find(({ name }: any) => name === "image");
  expect(value).toMatch(/^registry\.acme\.example\/shop\/checkout:2\.8\.0@sha256:[0-9a-f]{64}$/);
});

test("the findings of a construct and of what is below are part of its explanation, and those of others are not", async () => {
  const body = `new WebService(shop, "web", { image: "web:latest" });
  new WebService(shop, "web2", { image: "web:latest" });`;
  const at = folder({ "index.ts": program(body) });
  const { code, stdout, stderr } = await flagstone(at, ["explain", "dev/shop/web"]);
  expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
  expect(stdout).toMatch(/^error dev\/shop\/web: .*\(image\/mutable\)$/m);
  expect(stdout).not.toContain("web2");
  expect((await flagstone(at, ["explain", "dev/shop"])).stdout).toContain("error dev/shop/web, dev/shop/web2: ");
});

test("cloud resources of a construct are part of its explanation", async () => {
  const [{ cloud, objects }] = await explained("dev/media/uploads", "examples/uploads");
  expect(objects).toEqual([]);
  expect(cloud).toEqual([
    "aws:s3/bucket:Bucket::media-uploads-Bucket",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock::media-uploads-PublicAccessBlock",
  ]);
});
