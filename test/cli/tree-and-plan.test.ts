import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { flagstone, folder, program, root } from "./command.ts";

const NESTED = program(
  `const group = new Group(shop, "backend");
  new WebService(group, "cart", { image });
  new WebService(new Construct(group, "plain"), "stock", { image, files: { "/etc/a.txt": "a" } });
  new WebService(shop, "web", { image });
  for (const name of ["a", "b"]) new ApiObject(environment, name, { apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", value: 1 });`,
  { top: "class Group extends Component {}", tenant: "of" },
);

/** Makes the command believe that it writes to a terminal of so many columns. */
function terminal(columns: number): NodeJS.ProcessEnv {
  const script = join(folder({ "terminal.cjs": `process.stdout.columns = ${columns};` }), "terminal.cjs");
  return { NODE_OPTIONS: `--require=${script}` };
}

describe("flagstone tree", () => {
  test("prints nested constructs with what became of each, in aligned columns", async () => {
    expect(await flagstone(folder({ "index.ts": NESTED }), ["tree"])).toEqual({
      code: 0,
      signal: null,
      stderr: "",
      stdout: `index.ts
acme in dev · development · 1 cluster · 15 objects
dev  Environment                  → 2 PriorityClasses
└─ shop  Tenant
   ├─ backend  Group
   │  ├─ cart  WebService         → Deployment, NetworkPolicy, Service, ServiceAccount
   │  └─ plain/stock  WebService  → ConfigMap, Deployment, NetworkPolicy, Service, ServiceAccount
   └─ web  WebService             → Deployment, NetworkPolicy, Service, ServiceAccount

acme in prod · production · 1 cluster · 18 objects
prod  Environment                 → 2 PriorityClasses
└─ shop  Tenant
   ├─ backend  Group
   │  ├─ cart  WebService         → Deployment, NetworkPolicy, PodDisruptionBudget, Service, ServiceAccount
   │  └─ plain/stock  WebService  → ConfigMap, Deployment, NetworkPolicy, PodDisruptionBudget, Service, ServiceAccount
   └─ web  WebService             → Deployment, NetworkPolicy, PodDisruptionBudget, Service, ServiceAccount

`,
    });
  });

  test("wraps on a terminal, with the lines of the tree drawn on", async () => {
    const { stdout } = await flagstone(folder({ "index.ts": NESTED }), ["tree", "-e", "prod"], terminal(80));
    expect(stdout).toBe(`index.ts
acme in prod · production · 1 cluster · 18 objects
prod  Environment                 → 2 PriorityClasses
└─ shop  Tenant
   ├─ backend  Group
   │  ├─ cart  WebService         → Deployment, NetworkPolicy,
   │  │                             PodDisruptionBudget, Service, ServiceAccount
   │  └─ plain/stock  WebService  → ConfigMap, Deployment, NetworkPolicy,
   │                                PodDisruptionBudget, Service, ServiceAccount
   └─ web  WebService             → Deployment, NetworkPolicy,
                                    PodDisruptionBudget, Service, ServiceAccount

`);
  });

  test("says which clusters, where there are several", async () => {
    const { stdout } = await flagstone(root, ["tree", "-e", "prod", "examples/acme/platform"]);
    expect(stdout).toContain("\nprod  Environment    → on eu, us: PriorityClass\n");
    expect(stdout).toMatch(/^├─ payments {2}Tenant {2}→ on eu, us: \w/m);
  });

  test("prints cloud resources next to objects", async () => {
    const { stdout } = await flagstone(root, ["tree", "-e", "dev", "examples/uploads"]);
    expect(stdout).toMatch(/^ {3}└─ uploads {2}Uploads +→ Bucket, BucketPublicAccessBlock$/m);
  });
});

describe("flagstone plan", () => {
  test("prints objects in the order in which they come to life, in aligned columns", async () => {
    const body = `const cart = new WebService(shop, "cart", { image });
  new WebService(shop, "api", { image }).node.addDependency(cart);`;
    const { code, stdout } = await flagstone(folder({ "index.ts": program(body, { tenant: "of" }) }), [
      "plan",
      "-e",
      "dev",
    ]);
    expect(code).toBe(0);
    expect(stdout).toBe(`acme in dev · development · 1 cluster · 8 objects
  Deployment      shop/cart  dev/shop/cart
  Service         shop/cart  dev/shop/cart
  ServiceAccount  shop/cart  dev/shop/cart
  NetworkPolicy   shop/cart  dev/shop/cart
  Deployment      shop/api   dev/shop/api
  Service         shop/api   dev/shop/api
  ServiceAccount  shop/api   dev/shop/api
  NetworkPolicy   shop/api   dev/shop/api

`);
  });

  test("names the cluster of each object where there are several", async () => {
    const { stdout } = await flagstone(root, ["plan", "-e", "prod", "examples/acme/platform"]);
    const lines = stdout.trimEnd().split("\n").slice(1);
    expect(lines.map((line) => line.slice(0, 6)).filter((line) => !/^ {2}(eu|us) {2}$/.test(line))).toEqual([]);
    expect(lines.map((line) => line.trim().split(/ {2,}/)).filter(([, kind]) => kind === "PriorityClass")).toEqual([
      ["eu", "PriorityClass", "business-critical", "prod"],
      ["us", "PriorityClass", "business-critical", "prod"],
    ]);
  });

  test("prints cloud resources, and says which are protected", async () => {
    const { stdout } = await flagstone(root, ["plan", "-e", "prod", "examples/uploads"]);
    expect(stdout).toContain(`
  aws:s3:Bucket                   media-uploads-Bucket             prod/media/uploads, protected
  aws:s3:BucketPublicAccessBlock  media-uploads-PublicAccessBlock  prod/media/uploads, protected
`);
  });

  test("lists Pulumi resources that the program makes by itself, when it is loaded and inside of run", async () => {
    const text = program("new s3.Bucket(`inside-${environment.name}`);", {
      top: 'import * as s3 from "@pulumi/aws/s3/index.js";\nnew s3.Bucket("loaded");',
    });
    const at = folder({ "index.ts": text });
    const { code, stdout } = await flagstone(at, ["plan"]);
    expect(code).toBe(0);
    expect(stdout.split("\n").filter((line) => line.includes("aws:"))).toEqual([
      "  aws:s3:Bucket  inside-dev  dev, made outside of cloud()",
      "  aws:s3:Bucket  loaded      dev, made outside of cloud()",
      "  aws:s3:Bucket  inside-prod  prod, made outside of cloud()",
      "  aws:s3:Bucket  loaded       prod, made outside of cloud()",
    ]);
    const plans = JSON.parse((await flagstone(at, ["plan", "--json"])).stdout) as any[];
    for (const { cloud } of plans) expect(cloud.map((resource: any) => resource.ours)).toEqual([false, false]);
  });
});

describe("Pulumi's SDK", () => {
  /** Which packages of Pulumi a command loaded. */
  async function loaded(...args: string[]): Promise<string[]> {
    const at = folder({
      "report.cjs": `process.on("exit", () => {
  const files = Object.keys(require.cache).filter((path) => path.includes("/node_modules/@pulumi/"));
  const names = files.map((path) => /node_modules\\/(@pulumi\\/[^/]+)/.exec(path)[1]);
  require("node:fs").writeFileSync(__dirname + "/loaded.json", JSON.stringify([...new Set(names)].sort()));
});`,
    });
    const { code } = await flagstone(root, args, { NODE_OPTIONS: `--require=${join(at, "report.cjs")}` });
    expect(code).toBe(0);
    return JSON.parse(readFileSync(join(at, "loaded.json"), "utf8")) as string[];
  }

  test.each([
    ["tree"],
    ["plan"],
    ["graph"],
    ["graph", "--network"],
    ["who-can", "get", "pods"],
    ["what-can", "group:demo"],
    ["offboard", "demo"],
  ])("%s %s %s does not load it for a program without cloud resources", async (...command) => {
    expect(await loaded(...command.filter(Boolean), "examples/quickstart")).toEqual([]);
  });

  test("synth does not load it for a program without cloud resources", async () => {
    expect(await loaded("synth", "examples/quickstart", "--out", join(folder({}), "out"))).toEqual([]);
  });

  test("a program that imports it has it loaded", async () => {
    expect(await loaded("tree", "examples/uploads")).toContain("@pulumi/pulumi");
  });
});
