import { join } from "node:path";
import { expect, test } from "vitest";
import { flagstone, folder, program, root } from "./command.ts";

/** The file that the tree is of, or what was said instead. */
async function found(cwd: string, ...paths: string[]): Promise<string> {
  const { code, stdout, stderr } = await flagstone(cwd, ["tree", ...paths]);
  return code === 0 ? stdout.split("\n", 1)[0]! : `${code}: ${stderr}`;
}

const yaml = (main?: string) => `name: shop\nruntime: nodejs\n${main === undefined ? "" : `main: ${main}\n`}`;

test.each<[string, Record<string, string>, string]>([
  ["the file that Pulumi.yaml names", { "Pulumi.yaml": yaml("src/main.ts"), "src/main.ts": program() }, "src/main.ts"],
  [
    "the index of the folder that Pulumi.yaml names",
    { "Pulumi.yaml": yaml("src/"), "src/index.ts": program() },
    "src/index.ts",
  ],
  ["the file that Pulumi.yml names", { "Pulumi.yml": yaml("main.ts"), "main.ts": program() }, "main.ts"],
  [
    "main of package.json, where Pulumi.yaml names nothing",
    { "Pulumi.yaml": yaml(), "package.json": '{"type":"module","main":"lib/app.ts"}', "lib/app.ts": program() },
    "lib/app.ts",
  ],
  [
    "main of package.json, without a Pulumi.yaml",
    { "package.json": '{"type":"module","main":"app.ts"}', "app.ts": program() },
    "app.ts",
  ],
  [
    "exports of package.json, which come before main",
    {
      "Pulumi.yaml": yaml(),
      "package.json": '{"type":"module","main":"a.ts","exports":{".":{"types":"./a.d.ts","default":"./b.ts"}}}',
      "a.ts": "",
      "b.ts": program(),
    },
    "b.ts",
  ],
  [
    "a plain string in exports of package.json",
    { "package.json": '{"type":"module","exports":"./b.ts"}', "b.ts": program() },
    "b.ts",
  ],
  [
    "the index, where package.json names a file that is not there",
    { "Pulumi.yaml": yaml(), "package.json": '{"type":"module","main":"dist/app.js"}', "index.ts": program() },
    "index.ts",
  ],
  [
    "the file that Pulumi.yaml names, before the one of package.json",
    { "Pulumi.yaml": yaml("b.ts"), "package.json": '{"type":"module","main":"a.ts"}', "a.ts": "", "b.ts": program() },
    "b.ts",
  ],
  ["index.ts, where nothing names a file", { "index.ts": program() }, "index.ts"],
  ["index.js before index.ts, as Pulumi does", { "index.ts": "", "index.js": program() }, "index.js"],
])("the program is %s", async (_, files, expected) => {
  expect(await found(folder(files))).toBe(expected);
});

test("the program is found from a folder below the one with Pulumi.yaml", async () => {
  const at = folder({ "Pulumi.yaml": yaml("main.ts"), "main.ts": program(), "src/deep/facts.ts": "" });
  expect(await found(join(at, "src/deep"))).toBe("../../main.ts");
  expect(await found(at, "src/deep")).toBe("main.ts");
});

test("the program is the file that is named, whatever Pulumi.yaml says", async () => {
  const at = folder({ "Pulumi.yaml": yaml("main.ts"), "main.ts": "", "other.ts": program() });
  expect(await found(at, "other.ts")).toBe("other.ts");
  expect(await found(at, join(at, "other.ts"))).toBe("other.ts");
});

test("a package in CommonJS is a program too", async () => {
  const text = `const { Cluster, definePlatform, Platform } = require("flagstone");
const facts = definePlatform("acme", { domain: "acme.example", environments: { dev: {} } });
exports.flagstone = new Platform(facts, { environments: { dev: { clusters: Cluster.fromKubeconfig() } } }).run(() => undefined);`;
  expect(await found(folder({ "package.json": '{"name":"shop"}', "index.js": text }))).toBe("index.js");
});

test("a program runs in its own folder, as under Pulumi", async () => {
  const top = 'import { readFileSync } from "node:fs";';
  const body = 'new WebService(shop, readFileSync("name.txt", "utf8"), { image });';
  const files = { "Pulumi.yaml": yaml("src/main.ts"), "src/main.ts": program(body, { top }), "src/name.txt": "named" };
  const { stdout } = await flagstone(root, ["tree", folder(files)]);
  expect(stdout).toContain("named  WebService");
});

test.each<[string, Record<string, string>, string]>([
  [
    "where there is nothing",
    {},
    "there is no program: looked for a Pulumi.yaml in . or above, and index.js, index.mjs, index.cjs, index.ts, index.mts in .; name its file or folder",
  ],
  [
    "where package.json names what is not there",
    { "package.json": '{"main":"app.ts"}' },
    "there is no program: looked for a Pulumi.yaml in . or above, and app.ts, and index.js, index.mjs, index.cjs, index.ts, index.mts in .; name its file or folder",
  ],
  [
    "where Pulumi.yaml names a file that is not there",
    { "Pulumi.yaml": yaml("man.ts") },
    "there is no man.ts, which Pulumi.yaml names as main",
  ],
  [
    "where Pulumi.yaml names an empty folder",
    { "Pulumi.yaml": yaml("src"), "src/facts.ts": "" },
    "there is no program: looked for index.js, index.mjs, index.cjs, index.ts, index.mts in src; name its file or folder",
  ],
])("%s, it is said what was looked for", async (_, files, message) => {
  expect(await flagstone(folder(files), ["tree"])).toEqual({
    code: 2,
    signal: null,
    stdout: "",
    stderr: `error: ${message}\n`,
  });
});

test("a path that is not there is said to be so", async () => {
  expect(await found(folder({}), "shp")).toBe("2: error: there is no file or folder shp\n");
});

test.each([
  ["Pulumi.yaml", "name: [", "2: error: Pulumi.yaml cannot be read: "],
  ["package.json", "{", "2: error: package.json cannot be read: "],
])("a broken %s is named", async (file, text, message) => {
  const said = await found(folder({ [file]: text, "index.ts": program() }));
  expect(said.slice(0, message.length)).toBe(message);
});

test("several programs in one command are read one after the other", async () => {
  const at = folder({ "a.ts": program(undefined, { name: "a" }), "b.ts": program(undefined, { name: "b" }) });
  const { code, stdout } = await flagstone(at, ["plan", "--json", "b.ts", "a.ts"]);
  expect(code).toBe(0);
  const plans = (JSON.parse(stdout) as any[]).map((plan) => `${plan.program} in ${plan.environment.name}`);
  expect(plans).toEqual(["b in dev", "b in prod", "a in dev", "a in prod"]);
});

test("a program that is named twice is read once", async () => {
  const at = folder({ "Pulumi.yaml": yaml("main.ts"), "main.ts": program() });
  const { code, stdout } = await flagstone(at, ["plan", "--json", ".", "main.ts"]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toHaveLength(2);
});

test("two programs of one name would overwrite each other's files, and are refused", async () => {
  const at = folder({ "a.ts": program(), "b.ts": program() });
  expect(await found(at, "a.ts", "b.ts")).toBe(
    '2: error: a.ts and b.ts are both called "acme": name one of them only\n',
  );
});
