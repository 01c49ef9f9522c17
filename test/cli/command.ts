import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, vi } from "vitest";

/** The repository. */
export const root = join(import.meta.dirname, "../..");
export const main = join(root, "dist/cli/main.js");
if (!existsSync(main)) throw new Error("these tests run the command as it is built: npm run build");

// A test starts up to a dozen processes.
vi.setConfig({ testTimeout: 120_000 });

/** What a command did. */
export interface Result {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `flagstone` in a folder, in a process of its own that inherits nothing of how the tests were started. */
export function flagstone(cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Result> {
  return start(process.execPath, [main, ...args], cwd, env).result;
}

/** Starts a program; `NO_COLOR`, `npm_…` and the like are only what the test says. */
export function start(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}) {
  const PATH = [dirname(process.execPath), process.env["PATH"]].join(delimiter);
  const child = spawn(command, args, { cwd, env: { PATH, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const result = new Promise<Result>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { child, result };
}

const temporary = realpathSync(mkdtempSync(join(tmpdir(), "flagstone-cli-")));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));
let folders = 0;

/** Writes files into a new folder, a package of ES modules that can import what the repository can. */
export function folder(files: Readonly<Record<string, string>>): string {
  const at = join(temporary, `f${++folders}`);
  const all = { "package.json": JSON.stringify({ name: "shop", type: "module" }), ...files };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(at, path)), { recursive: true });
    writeFileSync(join(at, path), text);
  }
  symlinkSync(join(root, "node_modules"), join(at, "node_modules"));
  return at;
}

const DIGEST = "sha256:5f0c2d4c1fd4a1d2b6d4d1f3b0c0a8c8a7f1f6f2c6a3d5b9e7c1d0f8a2b4c6d8";

/**
 * The text of a program: a platform with the environments `dev` and `prod`, and the tenant `shop`.
 *
 * @param body - of the function that `run` is given, which knows `environment`, `shop` and `image`
 * @param top - what comes before, after the imports
 * @param tenant - how the program comes by it: `of` refers to one that another program makes, and so makes no objects for it
 */
export function program(
  body = 'new WebService(shop, "web", { image });',
  { name = "acme", top = "", tenant = "new" }: { name?: string; top?: string; tenant?: "new" | "of" } = {},
): string {
  return `import { ApiObject, Chart } from "cdk8s";
import { Construct } from "constructs";
import { Cluster, Component, definePlatform, Platform, Tenant, WebService } from "flagstone";
${top}
const facts = definePlatform("${name}", {
  domain: "acme.example",
  environments: { dev: {}, prod: { tier: "production" } },
  tenants: { shop: { owners: ["group:shop"] } },
});
const clusters = Cluster.fromKubeconfig();
const aws = { region: "eu-central-1" };
const image = "registry.acme.example/web:1.0.0@${DIGEST}";
const platform = new Platform(facts, { environments: { dev: { clusters, aws }, prod: { clusters, aws } } });
export const flagstone = platform.run((environment) => {
  const shop = ${tenant === "new" ? "new Tenant" : "Tenant.fromName"}(environment, "shop");
  ${body}
});
`;
}

/** Every command, with what it needs to be told about the program of the tests. */
export const COMMANDS = [
  ["synth"],
  ["plan"],
  ["tree"],
  ["explain", "web"],
  ["graph"],
  ["graph", "--network"],
  ["who-can", "get", "pods"],
  ["what-can", "group:shop"],
  ["offboard", "shop"],
];
