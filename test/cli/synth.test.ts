import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { flagstone, folder, main, program, type Result, root, start } from "./command.ts";

/** Every file below a folder with its text and the time of its last change. */
function files(at: string): Record<string, { readonly text: string; readonly mtime: number }> {
  const paths = readdirSync(at, { recursive: true, encoding: "utf8" }).sort();
  return Object.fromEntries(
    paths
      .filter((path) => statSync(join(at, path)).isFile())
      .map((path) => [path, { text: readFileSync(join(at, path), "utf8"), mtime: statSync(join(at, path)).mtimeMs }]),
  );
}

async function synth(cwd: string, ...args: string[]): Promise<any> {
  const { code, stdout, stderr } = await flagstone(cwd, ["synth", "--json", ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
}

const summaryOf = ({ stdout }: Result) => stdout.split("\n").find((line) => line.startsWith("rendered"));

describe("the folder", () => {
  test("each object becomes a file, and the summary counts them", async () => {
    const at = folder({ "index.ts": program(undefined, { tenant: "of" }) });
    const result = await flagstone(at, ["synth", "-e", "dev"]);
    expect(summaryOf(result)).toBe("rendered 4 files to rendered (4 new, 0 changed, 0 unchanged, 0 removed)");
    expect(Object.keys(files(join(at, "rendered")))).toEqual([
      ".flagstone/acme.json",
      "dev/main/shop/deployment-web.yaml",
      "dev/main/shop/networkpolicy-web.yaml",
      "dev/main/shop/service-web.yaml",
      "dev/main/shop/serviceaccount-web.yaml",
    ]);
  });

  test("a second time nothing changes: no byte, no time, and the summary says so", async () => {
    const at = folder({ "index.ts": program() });
    await flagstone(at, ["synth"]);
    const before = files(join(at, "rendered"));
    const result = await flagstone(at, ["synth"]);
    expect(files(join(at, "rendered"))).toEqual(before);
    const total = Object.keys(before).length - 1;
    expect(summaryOf(result)).toBe(
      `rendered ${total} files to rendered (0 new, 0 changed, ${total} unchanged, 0 removed)`,
    );
  });

  test("files of objects that are gone go, with their folders, and files of others stay", async () => {
    const config = `new ApiObject(shop, "config", { apiVersion: "v1", kind: "ConfigMap" });`;
    const web = 'new WebService(shop, "web", { image });';
    const at = folder({ "index.ts": program(config + web, { tenant: "of" }) });
    await synth(at);
    writeFileSync(join(at, "rendered/dev/main/shop/by-hand.yaml"), "kind: ConfigMap\n");
    writeFileSync(join(at, "index.ts"), program(config, { tenant: "of" }));
    const { removed, unchanged } = await synth(at);
    expect(removed).toContain("dev/main/shop/deployment-web.yaml");
    expect(unchanged).toBe(2);
    expect(Object.keys(files(join(at, "rendered")))).toEqual([
      ".flagstone/acme.json",
      "dev/main/shop/by-hand.yaml",
      "dev/main/shop/configmap-config.yaml",
      "prod/main/shop/configmap-config.yaml",
    ]);
  });

  test("a changed object changes its file only", async () => {
    const at = folder({ "index.ts": program() });
    await synth(at);
    writeFileSync(join(at, "index.ts"), program('new WebService(shop, "web", { image, replicas: 3 });'));
    const { created, changed, removed } = await synth(at, "-e", "prod");
    expect({ created, changed, removed }).toEqual({
      created: [],
      changed: ["prod/main/shop/deployment-web.yaml"],
      removed: [],
    });
  });

  test("the files of environments that were not asked for stay", async () => {
    const at = folder({ "index.ts": program() });
    await synth(at);
    const { removed } = await synth(at, "-e", "dev");
    expect(removed).toEqual([]);
    expect(existsSync(join(at, "rendered/prod/main/shop/deployment-web.yaml"))).toBe(true);
  });

  test("--out names the folder, below the one where the command was typed", async () => {
    const at = folder({ "app/index.ts": program(), "deploy/other.txt": "" });
    expect((await synth(at, "app", "--out", "deploy/yaml", "-e", "dev")).out).toBe("deploy/yaml");
    expect(readdirSync(join(at, "deploy/yaml"))).toEqual([".flagstone", "dev"]);
    expect(readdirSync(join(at, "app"))).toEqual(["index.ts"]);
  });

  test("several programs share a folder, and each knows its own files", async () => {
    const at = folder({
      "a.ts": program("", { name: "a" }),
      "b.ts": program("", { name: "b" }).replaceAll('"shop"', '"bank"').replace("shop: {", "bank: {"),
    });
    const { created } = await synth(at, "a.ts", "b.ts");
    expect(created).toEqual(
      expect.arrayContaining([
        "dev/main/bank/namespace-bank.yaml",
        "dev/main/shop/namespace-shop.yaml",
        "prod/main/bank/namespace-bank.yaml",
        "prod/main/shop/namespace-shop.yaml",
      ]),
    );
    expect((await synth(at, "a.ts")).removed).toEqual([]);
    expect(readdirSync(join(at, "rendered/.flagstone"))).toEqual(["a.json", "b.json"]);
  });

  test("a file of somebody else that is in the way is not overwritten", async () => {
    const at = folder({ "index.ts": program(), "rendered/dev/main/shop/service-web.yaml": "mine\n" });
    const { code, stdout, stderr } = await flagstone(at, ["synth"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(
      /^error: nothing was written\n.*service-web\.yaml exists, and was not written by this program/,
    );
    expect(files(join(at, "rendered"))).toEqual({
      "dev/main/shop/service-web.yaml": { text: "mine\n", mtime: expect.any(Number) },
    });
  });
});

describe("outputs", () => {
  const uploads = join(root, "examples/uploads");
  const SECRET = "main/core/Secret/media/gallery-outputs";
  const DEPLOYMENT = "main/apps/Deployment/media/gallery";
  const place = `${SECRET}#stringData.BUCKET`;

  /** Renders examples/uploads with what a stack says. */
  function withOutputs(contract: unknown, ...args: string[]): Promise<Result> & { readonly at: string } {
    const at = folder({ "outputs.json": JSON.stringify({ flagstone: contract }) });
    return Object.assign(flagstone(at, ["synth", uploads, "--outputs", "outputs.json", ...args]), { at });
  }
  const stack = (environment: string, outputs?: Record<string, unknown>) => ({
    contractVersion: 1,
    program: "uploads",
    environment,
    ...(outputs ? { outputs } : {}),
  });

  test("without them, objects that carry outputs are left to Pulumi, and the summary says so", async () => {
    const at = folder({});
    expect((await synth(at, uploads, "-e", "dev")).leftToPulumi).toEqual([
      { program: "uploads", environment: "dev", id: SECRET },
    ]);
    const { stdout } = await flagstone(at, ["synth", uploads, "-e", "dev"]);
    expect(stdout).toContain(`\n  left to Pulumi, for its outputs: dev: ${SECRET}\n`);
    expect(existsSync(join(at, "rendered/dev/main/media/secret-gallery-outputs.yaml"))).toBe(false);
  });

  test("their values are filled in", async () => {
    const run = withOutputs(stack("dev", { [place]: "uploads-4711" }), "-e", "dev");
    expect(await run).toMatchObject({ code: 0, stderr: "" });
    const text = readFileSync(join(run.at, "rendered/dev/main/media/secret-gallery-outputs.yaml"), "utf8");
    expect(text).toContain("BUCKET: uploads-4711\n");
  });

  test("a secret, which is null, is left to Pulumi", async () => {
    const run = withOutputs(stack("dev", { [place]: null }), "-e", "dev", "--json");
    const { code, stdout } = await run;
    expect(code).toBe(0);
    expect(JSON.parse(stdout).leftToPulumi).toEqual([{ program: "uploads", environment: "dev", id: SECRET }]);
    expect(existsSync(join(run.at, "rendered/dev/main/media/deployment-gallery.yaml"))).toBe(true);
  });

  test("one that is missing is a finding, and nothing is written", async () => {
    const run = withOutputs(stack("dev", { [`${DEPLOYMENT}#spec.replicas`]: 2 }), "-e", "dev");
    const { code, stdout, stderr } = await run;
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(`the output at "${place}" is not among those given (tokens/unresolved)`);
    expect(stderr).toContain("nothing was written");
    expect(existsSync(join(run.at, "rendered"))).toBe(false);
  });

  test("a stack without outputs has none", async () => {
    const { code, stderr } = await withOutputs(stack("dev"), "-e", "dev");
    expect(code).toBe(1);
    expect(stderr).toContain("(tokens/unresolved)");
  });

  test("those of one environment do not get into another, whose places are the same", async () => {
    const run = withOutputs(stack("dev", { [place]: "uploads-of-dev" }));
    expect(await run).toMatchObject({ code: 0, stderr: "" });
    const rendered = files(join(run.at, "rendered"));
    expect(Object.keys(rendered).filter((path) => path.endsWith("secret-gallery-outputs.yaml"))).toEqual([
      "dev/main/media/secret-gallery-outputs.yaml",
    ]);
    expect(Object.values(rendered).filter(({ text }) => text.includes("uploads-of-dev"))).toHaveLength(1);
  });

  test.each<[string, unknown, string]>([
    [
      "of another environment",
      stack("prod", {}),
      "outputs.json has the outputs of uploads in prod, and what is rendered is uploads in dev",
    ],
    [
      "of another program",
      { ...stack("dev", {}), program: "shop" },
      "outputs.json has the outputs of shop in dev, and what is rendered is uploads in dev",
    ],
    [
      "of another kind of stack",
      undefined,
      '--outputs outputs.json has no outputs of a stack of Flagstone: write it with "pulumi stack output --json"',
    ],
    [
      "that are no plain values",
      stack("dev", { [place]: {} }),
      `--outputs outputs.json: "${place}" is neither text, number, boolean nor null`,
    ],
  ])("outputs %s are refused", async (_, contract, message) => {
    expect(await withOutputs(contract, "-e", "dev")).toEqual({
      code: 2,
      signal: null,
      stdout: "",
      stderr: `error: ${message}\n`,
    });
  });

  test("a file that is no JSON is refused", async () => {
    const at = folder({ "outputs.json": "{" });
    const { code, stdout, stderr } = await flagstone(at, ["synth", uploads, "--outputs", "outputs.json"]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^error: --outputs outputs\.json cannot be read: .+\n$/);
  });
});

describe("what to type next", () => {
  const hints = ({ stdout }: Result) =>
    stdout
      .slice(stdout.indexOf("\nnext\n"))
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => line.trim());

  test("every hint works when it is pasted", async () => {
    const at = folder({
      "it's mine/index.ts": program(),
      "other.ts": program("", { name: "other" }).replaceAll("shop", "bank"),
    });
    const result = await flagstone(at, ["synth", "other.ts", "it's mine", "--out", "out put"]);
    const commands = hints(result);
    expect(commands.map((command) => command.replace(/^node \S+/, "flagstone"))).toEqual([
      "cat 'out put/dev/main/shop/deployment-web.yaml'",
      `flagstone explain shop/web 'it'\\''s mine'`,
      `flagstone plan --json other.ts 'it'\\''s mine'`,
      "flagstone --help",
    ]);
    for (const command of commands) {
      const { code, stderr } = await start("sh", ["-c", command], at).result;
      expect({ command, code, stderr }).toEqual({ command, code: 0, stderr: "" });
    }
  });

  test.each<[string, string, NodeJS.ProcessEnv, string]>([
    ["by node", main, {}, "node ../"],
    ["by npm", main, { npm_execpath: "/usr/lib/npm-cli.js" }, "npx flagstone "],
    ["from node_modules", join(root, "node_modules/flagstone/dist/cli/main.js"), {}, "npx flagstone "],
  ])("a command that was started %s is hinted at in the same way", async (_, script, env, expected) => {
    const at = folder({ "index.ts": program() });
    const [, explain] = hints(await start(process.execPath, [script, "synth"], at, env).result);
    expect(explain!.slice(0, expected.length)).toBe(expected);
    expect(explain).toMatch(/ explain shop\/web$/);
  });

  test("a command on the path is hinted at by its name", async () => {
    const at = folder({ "index.ts": program() });
    mkdirSync(join(at, "bin"));
    execFileSync("ln", ["-s", main, join(at, "bin/flagstone")]);
    const [, explain] = hints(await start(process.execPath, [join(at, "bin/flagstone"), "synth"], at).result);
    expect(explain).toBe("flagstone explain shop/web");
  });
});

describe("interruptions", () => {
  const many = program("for (let i = 0; i < 300; i++) new WebService(shop, `web-${i}`, { image });");

  test.each(["SIGINT", "SIGTERM"] as const)(
    "%s while files are written leaves every file whole, and then ends the command",
    async (signal) => {
      const at = folder({ "index.ts": many });
      const out = join(at, "rendered");
      const { child, result } = start(process.execPath, [main, "synth", "-e", "prod"], at);
      while (child.exitCode === null && !existsSync(join(out, "prod")))
        await new Promise((resolve) => setTimeout(resolve, 1));
      child.kill(signal);
      expect(await result).toMatchObject({ code: null, signal });
      const texts = (folder: string) => Object.entries(files(folder)).map(([path, { text }]) => ({ path, text }));
      await synth(at, "-e", "prod", "--out", "undisturbed");
      expect(texts(out)).toEqual(texts(join(at, "undisturbed")));
    },
  );
});
