import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { COMMANDS, flagstone, folder, program, root } from "./command.ts";

const schema = JSON.parse(readFileSync(join(root, "dist/plan/plan.schema.json"), "utf8")) as object;
const validate = new Ajv({ allErrors: true }).compile(schema);

/** Prints whatever it can, while it is loaded and while it declares. */
const CHATTY = program(
  `console.log("declaring", environment.name);
  process.stdout.write("raw\\n");
  new WebService(shop, "web", { image });`,
  {
    top: 'console.log("loading"); console.info("info"); console.debug("debug"); console.table([1]); console.dir({}); console.group("group");',
  },
);
describe.each(COMMANDS)("flagstone %s", (...command) => {
  test("--json prints one JSON document, and what the program prints goes to standard error", async () => {
    const { code, stdout, stderr } = await flagstone(folder({ "index.ts": CHATTY }), [...command, "--json"]);
    expect(code).toBe(0);
    expect(() => JSON.parse(stdout) as unknown).not.toThrow();
    for (const text of ["loading", "info", "debug", "group", "declaring dev", "declaring prod", "raw"])
      expect(stderr).toContain(text);
  });

  test("without --json, what the program prints goes to standard error too", async () => {
    const { code, stdout, stderr } = await flagstone(folder({ "index.ts": CHATTY }), command);
    expect(code).toBe(0);
    expect(stdout).not.toMatch(/loading|declaring|raw/);
    expect(stderr).toContain("declaring prod");
  });

  test("--json prints the error where the program cannot be loaded", async () => {
    const { code, stdout, stderr } = await flagstone(folder({ "index.ts": "throw new Error('no');" }), [
      ...command,
      "--json",
    ]);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({ error: expect.stringMatching(/^index\.ts threw: no\n/) });
    expect(stderr).toContain("error: index.ts threw: no");
  });

  test("--json has the findings, and nothing else says them", async () => {
    const body = 'new WebService(shop, "web", { image: "web:latest" });';
    const { code, stdout, stderr } = await flagstone(folder({ "index.ts": program(body) }), [...command, "--json"]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    const document = JSON.parse(stdout);
    const findings: any[] = Array.isArray(document) ? document.flatMap((one) => one.findings) : document.findings;
    expect(findings.map(({ path, rule }) => `${path} ${rule}`)).toEqual(
      expect.arrayContaining(["dev/shop/web image/mutable", "prod/shop/web image/mutable"]),
    );
  });
});

test.each([
  [["tree", "nowhere"], /nowhere/],
  [["tree", "--wrong"], /^unknown option '--wrong'/],
  [["import", "nowhere.yaml"], /^there is no file or folder nowhere\.yaml$/],
])("--json prints the error where %j was typed wrong", async (args, message) => {
  const { code, stdout } = await flagstone(folder({}), [...args, "--json"]);
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toEqual({ error: expect.stringMatching(message) });
});

test.each(["quickstart", "acme/platform", "acme/shop", "uploads"])(
  "the Plan of examples/%s fits its schema",
  async (example) => {
    const { code, stdout } = await flagstone(root, ["plan", "--json", `examples/${example}`]);
    expect(code).toBe(0);
    const plans = JSON.parse(stdout) as unknown[];
    expect(plans.length).toBeGreaterThan(0);
    for (const plan of plans) {
      validate(plan);
      expect(validate.errors).toBeNull();
    }
  },
);

test("the Plan of a program with findings fits its schema, and one with a field too many does not", async () => {
  const body = 'new WebService(shop, "web", { image: "web:latest" });\n  throw new Error("no");';
  const { stdout } = await flagstone(folder({ "index.ts": program(body) }), ["plan", "--json", "-e", "prod"]);
  const [plan] = JSON.parse(stdout) as [any];
  expect(plan.findings).not.toHaveLength(0);
  validate(plan);
  expect(validate.errors).toBeNull();
  expect(validate({ ...plan, findings: [{ ...plan.findings[0], severity: "fatal" }] })).toBe(false);
});

test("tree --json has each construct with what became of it", async () => {
  const { stdout } = await flagstone(root, ["tree", "--json", "-e", "prod", "examples/uploads"]);
  const [{ program: name, environment, constructs }] = JSON.parse(stdout) as [any];
  expect({ name, environment }).toEqual({ name: "uploads", environment: "prod" });
  expect(constructs.map(({ path, type }: any) => `${path} ${type}`)).toEqual([
    "prod Environment",
    "prod/media Tenant",
    "prod/media/gallery WebService",
    "prod/media/uploads Uploads",
  ]);
  const [, tenant, , uploads] = constructs;
  expect(tenant).toEqual({
    path: "prod/media",
    type: "Tenant",
    source: { package: "uploads", file: "index.ts", line: expect.any(Number) },
    clusters: ["main"],
    objects: expect.arrayContaining(["main/core/Namespace/-/media"]),
    cloud: [],
  });
  expect(uploads.cloud).toHaveLength(2);
});
