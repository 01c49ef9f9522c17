// Two repositories as they are in real life: the platform is a package that is packed, installed and imported as JavaScript.
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..");
const platform = join(root, "examples/acme/platform");
const shop = join(root, "examples/acme/shop");
const MINUTES = 60_000;
// What npm says when there is no way to its registry.
const OFFLINE = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT/;

let folder: string;
let application: string;
let skipped: string | undefined;

/** Runs a command without what npm tells the scripts that it runs. */
function run(cwd: string, command: string, ...args: readonly string[]) {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(package|lifecycle|config_(local_)?prefix)/.test(name)),
  );
  return spawnSync(command, args, { cwd, env, encoding: "utf8" });
}

function must(cwd: string, command: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = run(cwd, command, ...args);
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} in ${cwd}: ${stdout}${stderr}`);
  return stdout;
}

/** Packs what is built; building it anew would take it away from other tests. */
function pack(directory: string): string {
  const [packed] = JSON.parse(
    must(directory, "npm", "pack", "--json", "--ignore-scripts", "--pack-destination", folder),
  ) as [{ filename: string }];
  return join(folder, packed.filename);
}

beforeAll(() => {
  for (const built of [join(root, "dist/index.js"), join(platform, "dist/index.js")])
    if (!existsSync(built)) throw new Error("these tests install the built packages: npm run build");
  folder = mkdtempSync(join(tmpdir(), "flagstone-packages-"));
  application = join(folder, "shop");
  mkdirSync(application);
  for (const file of ["index.ts", "package.json", "Pulumi.yaml", "tsconfig.json"])
    copyFileSync(join(shop, file), join(application, file));
  const flags = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", "--fetch-retries=1"];
  const { status, stdout, stderr } = run(application, "npm", "install", ...flags, pack(root), pack(platform));
  if (status === 0) return;
  // Without a registry, npm may blame dependencies.
  const offline = OFFLINE.exec(run(application, "npm", "ping", "--fetch-retries=0").stderr);
  if (!offline) throw new Error(`npm install: ${stdout}${stderr}`);
  skipped = `needs npm's registry: ${offline[0]}`;
}, 5 * MINUTES);
beforeEach((context) => {
  if (skipped !== undefined) context.skip(skipped);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the platform's package is JavaScript with declarations, without the platform's own program", () => {
  const files = readdirSync(join(application, "node_modules/@acme/platform"), { recursive: true, encoding: "utf8" });
  expect(files.filter((file) => !/^dist[\\/][\w-]+(\.d\.ts|\.js)$/.test(file)).sort()).toEqual([
    "dist",
    "package.json",
  ]);
  expect(files.filter((file) => file.includes("main"))).toEqual([]);
});

test("an application that installed both renders the same bytes as in the repository", { timeout: 2 * MINUTES }, () => {
  must(application, "npx", "--no-install", "flagstone", "synth");
  must(root, process.execPath, "dist/cli/main.js", "synth", shop, "--out", join(folder, "rendered"));
  const [installed, own] = [textsIn(join(application, "rendered")), textsIn(join(folder, "rendered"))];
  expect(Object.keys(installed).length).toBeGreaterThan(50);
  expect(installed).toEqual(own);
});

test("its program compiles against the declarations, which know the platform's names", { timeout: 2 * MINUTES }, () => {
  const tsc = (file: string) => {
    const flags = [
      "--ignoreConfig",
      "--strict",
      "--noEmit",
      "--skipLibCheck",
      "--module",
      "nodenext",
      "--target",
      "es2023",
    ];
    return run(application, process.execPath, join(root, "node_modules/typescript/bin/tsc"), ...flags, file);
  };
  expect(tsc("index.ts").stdout).toBe("");
  const program = readFileSync(join(application, "index.ts"), "utf8");
  writeFileSync(
    join(application, "mistake.ts"),
    program.replace('fromName(environment, "shop")', 'fromName(environment, "shpo")'),
  );
  expect(tsc("mistake.ts").stdout).toMatch(/mistake\.ts.* Argument of type '"shpo"' is not assignable .*"shop"/);
});

test(
  "classes of the platform are the application's own copy of flagstone, so that its defaults reach them",
  { timeout: 2 * MINUTES },
  () => {
    const plans = JSON.parse(must(application, "npx", "--no-install", "flagstone", "plan", "--json")) as {
      findings: { rule: string }[];
      constructs: { settings: { name: string; layer: string }[] }[];
    }[];
    expect(plans.flatMap(({ findings }) => findings).filter(({ rule }) => rule.startsWith("defaults/"))).toEqual([]);
    const settings = plans.flatMap(({ constructs }) => constructs.flatMap((construct) => construct.settings));
    expect(settings).toContainEqual(expect.objectContaining({ name: "env.LOG_FORMAT", layer: "platform" }));
  },
);

function textsIn(at: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(at, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".yaml"))
      .map((file) => [file, readFileSync(join(at, file), "utf8")]),
  );
}
