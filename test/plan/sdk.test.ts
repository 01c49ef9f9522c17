import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const directory = mkdtempSync(join(tmpdir(), "sdk-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

beforeAll(() => {
  if (!existsSync(join(root, "dist/index.js"))) throw new Error("these tests run the built package: npm run build");
});

/** Names of the packages of Pulumi that a process loads which plans this program. */
async function loadedAfterPlanning(define: string): Promise<string[]> {
  const program = join(directory, "program.cjs");
  writeFileSync(
    program,
    `const { Application, Cluster, Component, definePlatform, Tenant, Token, WebService } = require("${root}/dist");
     const { planOf } = require("${root}/dist/testing");
     const facts = definePlatform("acme", { domain: "acme.example", environments: { dev: {} }, tenants: { shop: {} } });
     const app = new Application("shop", { platform: facts, environments: { dev: { clusters: Cluster.fromKubeconfig() } } });
     app.run((environment) => {
       const shop = Tenant.fromName(environment, "shop");
       ${define}
     });
     planOf(app, "dev").then((plan) => {
       plan.yaml();
       if (plan.findings.some(({ severity }) => severity === "error")) throw new Error(JSON.stringify(plan.findings));
       const names = Object.keys(require.cache).map((file) => /node_modules\\/(@pulumi\\/[^/]+)/.exec(file)?.[1]);
       console.log(JSON.stringify({ objects: plan.objects().length, loaded: [...new Set(names.filter(Boolean))].sort() }));
     });`,
  );
  const { stdout } = await promisify(execFile)(process.execPath, [program], { cwd: root });
  const { objects, loaded } = JSON.parse(stdout) as { objects: number; loaded: string[] };
  expect(objects).toBeGreaterThan(0);
  return loaded;
}

describe("a program that is planned and rendered", () => {
  test("loads no SDK of Pulumi when it has no cloud resources", async () => {
    const service = `new WebService(shop, "web", { image: "web:1", files: { "/a": "b" }, replicas: { min: 2, max: 3 } });`;
    expect(await loadedAfterPlanning(service)).toEqual([]);
  });

  test("loads the SDK when it has some, so that this test can fail", async () => {
    const service = `new WebService(shop, "web", { image: "web:1" });
      new (class Store extends Component {})(shop, "store").cloud("Thing", (name, options) => {
        const { ComponentResource } = require("${root}/node_modules/@pulumi/pulumi");
        return new ComponentResource("acme:index:Thing", name, {}, options);
      });`;
    expect(await loadedAfterPlanning(service)).toContain("@pulumi/pulumi");
  });
});
