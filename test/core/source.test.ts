import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Component, type Tenant, WebService, type WebServiceProps } from "flagstone";
import type { Construct } from "constructs";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { locate, userFrames } from "../../lib/core/source";
import { IMAGE, tenantIn } from "../testing/fixtures";

class GoldenPath extends WebService {
  public constructor(scope: Construct, id: string, props: WebServiceProps) {
    super(scope, id, { ...props, replicas: 3 });
    new Helper(this, "helper");
  }
}

class Narrower extends GoldenPath {}

class Helper extends Component {}

/** The line of this file that calls it. */
function line(): number {
  return Number(/source\.test\.ts:(\d+)/.exec(new Error().stack!.split("\n")[2]!)![1]);
}

function readLine(number: number): string {
  return readFileSync(import.meta.filename, "utf8")
    .split("\n")
    [number - 1]!.trim();
}

describe("where a construct is declared", () => {
  let shop: Tenant;
  beforeEach(() => {
    shop = tenantIn("dev");
  });

  test("is the line that calls its constructor, in the package of that file", () => {
    const [web, here] = [new WebService(shop, "web", { image: IMAGE }), line()];
    expect(web.declaredAt).toEqual({ package: "test", file: "core/source.test.ts", line: here });
  });

  test("is not inside of a golden path but where that is used", () => {
    const [web, here] = [new GoldenPath(shop, "web", { image: IMAGE }), line()];
    expect(web.declaredAt?.line).toBe(here);
  });

  test("is not inside of a golden path of a golden path either", () => {
    const [web, here] = [new Narrower(shop, "web", { image: IMAGE }), line()];
    expect(web.declaredAt?.line).toBe(here);
  });

  test("is inside of a golden path for what the golden path declares", () => {
    const web = new GoldenPath(shop, "web", { image: IMAGE });
    const helper = web.node.findChild("helper") as Helper;
    const source = readLine(helper.declaredAt!.line);
    expect(source).toBe('new Helper(this, "helper");');
  });

  test("is inside of a function that makes constructs", () => {
    const makeWeb = () => [new WebService(shop, "web", { image: IMAGE }), line()] as const;
    const [web, here] = makeWeb();
    expect(web.declaredAt?.line).toBe(here);
  });

  test("is said of findings too", async () => {
    const tenant = tenantIn("dev");
    const [, here] = [new WebService(tenant, "web", { image: "web" }), line()];
    const { findings } = await tenant.plan();
    expect(findings).toMatchObject([{ rule: "image/mutable", source: { file: "core/source.test.ts", line: here } }]);
  });
});

describe("stack frames", () => {
  test("of Node, of packages and of this library are nobody's", () => {
    const stack = [
      "Error: oops",
      "    at new Tenant (LIB/platform/tenant.ts:10:5)".replace("LIB", join(import.meta.dirname, "../../lib")),
      "    at Object.<anonymous> (/home/dev/shop/node_modules/cdk8s/lib/app.js:1:2)",
      "    at /home/dev/shop/index.ts:7:3",
      "    at async makeAll (file:///home/dev/my%20shop/all.ts:8:4)",
      "    at new AcmeWebService (file:///home/dev/shop/web.ts:9:1)",
      "    at node:internal/modules/run_main:123:5",
      "    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)",
      "    at <anonymous>",
    ].join("\n");
    expect(userFrames(stack)).toEqual([
      { callee: "", file: "/home/dev/shop/index.ts", line: 7 },
      { callee: "makeAll", file: "/home/dev/my shop/all.ts", line: 8 },
      { callee: "new AcmeWebService", file: "/home/dev/shop/web.ts", line: 9 },
    ]);
  });
});

describe("a location", () => {
  const directory = mkdtempSync(join(tmpdir(), "source-"));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const at = (file: string) => locate({ callee: "", file: join(directory, file), line: 3 });
  mkdirSync(join(directory, "named/src/deep"), { recursive: true });
  writeFileSync(join(directory, "named/package.json"), '{ "name": "@acme/shop" }');
  writeFileSync(join(directory, "named/src/deep/a.ts"), "");
  mkdirSync(join(directory, "unnamed"));
  writeFileSync(join(directory, "unnamed/package.json"), "{}");
  symlinkSync(join(directory, "named"), join(directory, "linked"));

  test("is relative to the package of its file, so that every machine says the same", () => {
    expect(at("named/src/deep/a.ts")).toEqual({ package: "@acme/shop", file: "src/deep/a.ts", line: 3 });
  });

  test("has the name of the folder where the package has none", () => {
    expect(at("unnamed/a.ts")).toEqual({ package: "unnamed", file: "a.ts", line: 3 });
  });

  test("of a linked package is that of the package itself", () => {
    expect(at("linked/src/deep/a.ts")).toEqual({ package: "@acme/shop", file: "src/deep/a.ts", line: 3 });
  });
});
