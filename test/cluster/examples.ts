// The examples, rendered as users render them: by the command line, each to a folder of its own.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const root = join(import.meta.dirname, "../..");

/** Programs that share clusters are rendered to one folder. */
const examples = {
  quickstart: ["examples/quickstart"],
  acme: ["examples/acme/platform", "examples/acme/payments", "examples/acme/shop"],
  uploads: ["examples/uploads"],
} as const;

export interface LeftToPulumi {
  readonly program: string;
  readonly environment: string;
  readonly id: string;
}

export interface Rendering {
  /** Files, as `quickstart/dev/main/demo/service-hello.yaml`. */
  readonly files: readonly string[];
  /** Clusters, as `quickstart/dev/main`. */
  readonly places: readonly string[];
  /** Objects that carry outputs. */
  readonly leftToPulumi: readonly LeftToPulumi[];
}

/** Renders every example for all its environments below a folder, as `<example>/<environment>/<cluster>/…`. */
export async function renderExamples(out: string): Promise<Rendering> {
  await expectAll();
  expectBuilt();
  const files: string[] = [];
  const leftToPulumi: LeftToPulumi[] = [];
  for (const [example, programs] of Object.entries(examples)) {
    const cli = [join(root, "dist/cli/main.js"), "synth", ...programs, "--out", join(out, example), "--json"];
    const { stdout } = await promisify(execFile)(process.execPath, cli, { cwd: root });
    const said = JSON.parse(stdout) as { readonly created: string[]; readonly leftToPulumi: LeftToPulumi[] };
    files.push(...said.created.map((file) => `${example}/${file}`));
    leftToPulumi.push(...said.leftToPulumi);
  }
  const places = [...new Set(files.map((file) => file.split("/").slice(0, 3).join("/")))].sort();
  return { files: files.sort(), places, leftToPulumi };
}

/** An example that nobody listed here would be tried by nobody. */
async function expectAll(): Promise<void> {
  const listed: readonly string[] = Object.values(examples).flat();
  for await (const file of glob("examples/**/Pulumi.yaml", { cwd: root, exclude: ["**/node_modules"] })) {
    const folder = file.replaceAll("\\", "/").replace(/\/Pulumi\.yaml$/, "");
    if (!listed.includes(folder)) throw new Error(`${folder} is not among the examples of test/cluster/examples.ts`);
  }
}

interface BuildInfo {
  readonly fileNames: readonly string[];
  /** In the same order: a hash of the text, or an object that holds it. */
  readonly fileInfos: readonly (string | { readonly version: string })[];
}

/** The command line runs from `dist/`, and an old one would prove nothing of the sources. */
function expectBuilt(): void {
  const file = join(root, "dist/tsconfig.tsbuildinfo");
  const advice = 'run "npm run build" first';
  if (!existsSync(file)) throw new Error(`dist/ is not built: ${advice}`);
  const { fileNames, fileInfos } = JSON.parse(readFileSync(file, "utf8")) as BuildInfo;
  for (const [index, name] of fileNames.entries()) {
    if (!name.startsWith("../lib/")) continue;
    const info = fileInfos[index];
    const built = typeof info === "object" ? info.version : info;
    const source = join(root, "dist", name);
    const hash = existsSync(source) ? createHash("sha256").update(readFileSync(source, "utf8")).digest("hex") : "gone";
    if (hash !== built) throw new Error(`dist/ was built from another ${name.slice(3)}: ${advice}`);
  }
}
