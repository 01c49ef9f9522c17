import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

// `npm run up` with commands that only write down how they were called.
const root = join(import.meta.dirname, "..", "..");
const script = join(root, "examples", "up.mjs");
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "flagstone-up-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Puts a command into a folder below; it exits with `status`. */
function command(path: string, status = 0): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(
    file,
    [
      "#!/bin/sh",
      'outer="${PWD%/*}"',
      `printf '%s\\n' "${path}|\${outer##*/}/\${PWD##*/}|$PULUMI_BACKEND_URL|$PULUMI_CONFIG_PASSPHRASE|$*" >> "${join(folder, "calls")}"`,
      `exit ${status}`,
    ].join("\n"),
  );
  chmodSync(file, 0o755);
  return dirname(file);
}

function kubeconfig(text = "apiVersion: v1\nkind: Config\ncurrent-context: kind-acme\n"): string {
  const file = join(folder, "kubeconfig");
  writeFileSync(file, text);
  return file;
}

interface Given {
  readonly path?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

function up(args: readonly string[], { path = [], env = {} }: Given = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    encoding: "utf8",
    // No other folder: what is installed on this machine must not be found.
    env: { PATH: path.join(":"), HOME: folder, ...env },
  });
  return { status, stdout, stderr };
}

/** Command, folder and arguments of every call, in order. */
function calls(): string[] {
  const lines = readFileSync(join(folder, "calls"), "utf8").trim().split("\n");
  return lines.map((line) => {
    const [name, cwd, , , args] = line.split("|");
    return [name, cwd, args].join(" ");
  });
}

test("the platform comes up before its tenants, each as stack dev, with the flags that were given", () => {
  const { status, stdout } = up(["acme", "--yes"], {
    path: [command("bin/pulumi")],
    env: { KUBECONFIG: kubeconfig() },
  });
  expect(status).toBe(0);
  expect(stdout).toContain("cluster context: kind-acme");
  expect(calls()).toEqual([
    "bin/pulumi acme/platform stack select dev --create",
    "bin/pulumi acme/platform up --stack dev --yes",
    "bin/pulumi acme/payments stack select dev --create",
    "bin/pulumi acme/payments up --stack dev --yes",
    "bin/pulumi acme/shop stack select dev --create",
    "bin/pulumi acme/shop up --stack dev --yes",
  ]);
});

test("destroy takes the tenants away before the platform", () => {
  const bin = command("bin/pulumi");
  expect(
    up(["destroy", "acme", "--yes", "--skip-preview"], { path: [bin], env: { KUBECONFIG: kubeconfig() } }).status,
  ).toBe(0);
  expect(calls().filter((call) => call.includes("destroy"))).toEqual([
    "bin/pulumi acme/shop destroy --stack dev --yes --skip-preview",
    "bin/pulumi acme/payments destroy --stack dev --yes --skip-preview",
    "bin/pulumi acme/platform destroy --stack dev --yes --skip-preview",
  ]);
});

test("state is kept in the checkout, and the passphrase is empty unless one is set", () => {
  const path = [command("bin/pulumi")];
  const backend = pathToFileURL(join(root, ".pulumi-state")).href;
  up([], { path, env: { KUBECONFIG: kubeconfig() } });
  expect(readFileSync(join(folder, "calls"), "utf8")).toContain(`|${backend}||up`);
  up([], { path, env: { KUBECONFIG: kubeconfig(), PULUMI_CONFIG_PASSPHRASE: "mine" } });
  expect(readFileSync(join(folder, "calls"), "utf8")).toContain(`|${backend}|mine|up`);
  expect(readFileSync(join(root, ".pulumi-state", ".gitignore"), "utf8")).toBe("*\n");
});

test("a launcher below node_modules does not hide the real pulumi", () => {
  const path = [command("node_modules/.bin/pulumi", 1), command("real/pulumi")];
  expect(up([], { path, env: { KUBECONFIG: kubeconfig() } }).status).toBe(0);
  expect(calls().every((call) => call.startsWith("real/pulumi "))).toBe(true);
});

test("without a real pulumi npm's launcher is asked, when it works", () => {
  const path = [command("node_modules/.bin/pulumi", 1), command("bin/npx")];
  expect(up(["--yes"], { path, env: { KUBECONFIG: kubeconfig() } }).status).toBe(0);
  const [probe, ...others] = calls();
  expect(probe).toMatch(/^bin\/npx .* --yes pulumi@3 version$/);
  expect(others).toContain("bin/npx examples/quickstart --yes pulumi@3 up --stack dev --yes");
});

test("without any pulumi it says what to install, and does nothing", () => {
  const { status, stderr, stdout } = up([], { path: [command("bin/npx", 1)], env: { KUBECONFIG: kubeconfig() } });
  expect(status).toBe(1);
  expect(stdout).toBe("");
  expect(stderr).toMatch(/^error: there is no pulumi: .*https:\/\/www\.pulumi\.com\/docs\/install\/.*npx pulumi@3/);
  expect(calls()).toHaveLength(1);
});

test.each([
  ["no kubeconfig", undefined],
  ["no current context", "apiVersion: v1\nkind: Config\ncontexts: []\n"],
  ["an empty current context", 'apiVersion: v1\ncurrent-context: ""\n'],
])("with %s it refuses before it asks pulumi anything", (_, text) => {
  const env = text === undefined ? {} : { KUBECONFIG: kubeconfig(text) };
  const { status, stderr } = up(["--yes"], { path: [command("bin/pulumi")], env });
  expect(status).toBe(1);
  expect(stderr).toContain("error: kubectl has no current context");
  expect(() => calls()).toThrow("ENOENT");
});

test("the context is found as kubectl finds it", () => {
  const second = join(folder, "second");
  writeFileSync(second, '{ "apiVersion": "v1", "current-context": "from-json" }');
  const first = kubeconfig("apiVersion: v1\nkind: Config\n");
  const path = [command("bin/pulumi")];
  expect(up([], { path, env: { KUBECONFIG: `${first}:${second}` } }).stdout).toContain("cluster context: from-json");
  mkdirSync(join(folder, ".kube"));
  writeFileSync(join(folder, ".kube", "config"), "current-context: 'from-home'\n");
  expect(up([], { path }).stdout).toContain("cluster context: from-home");
});

test("what fails stops the rest, with its own exit code", () => {
  const { status } = up(["acme", "--yes"], { path: [command("bin/pulumi", 3)], env: { KUBECONFIG: kubeconfig() } });
  expect(status).toBe(3);
  expect(calls()).toEqual(["bin/pulumi acme/platform stack select dev --create"]);
});

test("--help says how it is used, and does nothing", () => {
  const { status, stdout } = up(["--help"], { path: [command("bin/pulumi")] });
  expect(status).toBe(0);
  expect(stdout).toMatch(/^usage: npm run up/);
  expect(() => calls()).toThrow("ENOENT");
});
