// The examples with Pulumi itself, where it is installed, on a control plane of our own: never on whatever cluster is current.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { KubernetesList } from "../cluster/api.ts";
import { type ControlPlane, controlPlaneTools, startControlPlane } from "../cluster/control-plane.ts";
import { missingTools } from "../tools/status.ts";

const examples = join(import.meta.dirname, "..", "..", "examples");
const fixtures = join(import.meta.dirname, "fixtures", "programs");
const MINUTES = 60_000;

// npm puts folders of node_modules first, and a launcher there hides the real one.
const pulumi = (process.env.PATH ?? "")
  .split(delimiter)
  .filter((folder) => folder !== "" && !folder.split(sep).includes("node_modules"))
  .map((folder) => join(folder, "pulumi"))
  .find((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
const missing = pulumi === undefined ? "needs pulumi on PATH" : missingTools(controlPlaneTools);

let controlPlane: ControlPlane;
let folder: string;

beforeAll(async () => {
  if (missing !== undefined) return;
  folder = mkdtempSync(join(tmpdir(), "flagstone-pulumi-"));
  mkdirSync(join(folder, "state"));
  controlPlane = await startControlPlane();
}, 3 * MINUTES);
beforeEach((context) => {
  if (missing !== undefined) context.skip(missing);
});
afterAll(async () => {
  if (missing !== undefined) return;
  await controlPlane.stop();
  rmSync(folder, { recursive: true });
  for (const directory of ["quickstart", "acme/platform", "acme/shop"]
    .map((program) => join(examples, program))
    .concat(fixtures))
    rmSync(join(directory, `Pulumi.${STACK}.yaml`), { force: true });
}, MINUTES);

const STACK = "dev";

/** Runs Pulumi in a folder; fails with what it wrote. */
function run(directory: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  const { status, stdout, stderr } = spawnSync(pulumi!, [...args, "--stack", STACK, "--non-interactive"], {
    cwd: directory,
    encoding: "utf8",
    env: {
      ...process.env,
      KUBECONFIG: controlPlane.kubeconfig,
      PULUMI_BACKEND_URL: pathToFileURL(join(folder, "state")).href,
      PULUMI_CONFIG_PASSPHRASE: "",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      ...env,
    },
  });
  if (status !== 0) throw new Error(`pulumi ${args.join(" ")} in ${directory}: ${stdout}${stderr}`);
  return stdout;
}

async function namespaces(): Promise<string[]> {
  const { body } = await controlPlane.request<KubernetesList>("GET", "/api/v1/namespaces");
  return body.items
    .map(({ metadata }) => metadata.name)
    .filter((name) => !name.startsWith("kube-") && name !== "default");
}

describe.each([
  ["quickstart", ["quickstart"], ["demo"]],
  ["acme", ["acme/platform", "acme/shop"], ["payments", "shop"]],
])("%s with Pulumi", (_, programs, expected) => {
  test(
    "goes up, up again without changes, and away without a trace",
    async () => {
      const directories = programs.map((program) => join(examples, program));
      for (const directory of directories) {
        run(directory, ["stack", "init"]);
        run(directory, ["up", "--yes"]);
      }
      expect(await namespaces()).toEqual(expected);
      for (const directory of directories) run(directory, ["up", "--yes", "--expect-no-changes"]);
      for (const directory of directories.toReversed()) run(directory, ["destroy", "--yes"]);
      expect(await namespaces()).toEqual([]);
    },
    15 * MINUTES,
  );
});

describe("a program that was tidied up", () => {
  /** What Pulumi would do to objects, as `<operation> <kind>`; it tells only of those that change. */
  function planned(env: NodeJS.ProcessEnv): string[] {
    const { steps } = JSON.parse(run(fixtures, ["preview", "--json"], env)) as { steps: { op: string; urn: string }[] };
    return steps
      .filter(({ urn }) => urn.includes("kubernetes:") && !urn.includes("pulumi:providers:"))
      .map(({ op, urn }) => `${op} ${urn.split("::")[2]!.split(":").at(-1)!}`);
  }

  /** Changes when an object is made anew, or its specification changes. */
  async function identity(path: string): Promise<unknown> {
    const { metadata } = (await controlPlane.request("GET", path)).body;
    return [metadata.uid, metadata.generation];
  }

  test(
    "keeps every object: moved, subclassed, in another version of its API, on a cluster that is reached otherwise",
    async () => {
      const deployment = "/apis/apps/v1/namespaces/shop/deployments/checkout";
      const scaler = "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers/checkout";
      run(fixtures, ["stack", "init"]);
      run(fixtures, ["up", "--yes"], { FIXTURE: "before" });
      const before = [await identity(deployment), await identity(scaler)];

      const elsewhere = join(folder, "other-kubeconfig");
      copyFileSync(controlPlane.kubeconfig, elsewhere);
      const after = { FIXTURE: "after", FIXTURE_KUBECONFIG: elsewhere };
      expect(planned(after)).toEqual(["update HorizontalPodAutoscaler"]);
      run(fixtures, ["up", "--yes"], after);
      expect([await identity(deployment), await identity(scaler)]).toEqual(before);
      expect(planned(after)).toEqual([]);

      const outputs = JSON.parse(run(fixtures, ["stack", "output", "--json"])) as { flagstone: { outputs: object } };
      expect(outputs.flagstone.outputs).toEqual({
        "main/core/Secret/shop/checkout-outputs#stringData.GREETING": null,
        "main/core/Secret/shop/checkout-outputs#stringData.PASSWORD": null,
        'main/apps/Deployment/shop/checkout#spec.template.metadata.annotations["flagstone.dev/config-hash"]': null,
      });
      expect(run(fixtures, ["stack", "export"])).not.toContain("correct horse battery");
      run(fixtures, ["destroy", "--yes"]);
    },
    15 * MINUTES,
  );
});
