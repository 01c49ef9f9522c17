// The examples with Pulumi itself, where it is installed, on a control plane of our own: never on whatever cluster is current.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { load } from "js-yaml";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { KubernetesList } from "../cluster/api.ts";
import { type ControlPlane, controlPlaneTools, startControlPlane } from "../cluster/control-plane.ts";
import { missingTools } from "../tools/status.ts";

const examples = join(import.meta.dirname, "..", "..", "examples");
const fixtures = join(import.meta.dirname, "fixtures", "programs");
const repositories = join(import.meta.dirname, "fixtures", "repositories");
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
  const directories = [
    ...["quickstart", "acme/platform", "acme/payments", "acme/shop"].map((program) => join(examples, program)),
    ...["platform", "application"].map((program) => join(repositories, program)),
    fixtures,
  ];
  for (const directory of directories)
    for (const stack of [STACK, PREVIEW]) rmSync(join(directory, `Pulumi.${stack}.yaml`), { force: true });
}, MINUTES);

const STACK = "dev";
const PREVIEW = "pr-12";

/** Runs Pulumi in a folder; fails with what it wrote. */
function run(directory: string, args: readonly string[], env?: NodeJS.ProcessEnv, stack = STACK): string {
  const { status, text } = attempt(directory, args, env, stack);
  if (status !== 0) throw new Error(`pulumi ${args.join(" ")} in ${directory}: ${text}`);
  return text;
}

/** The same where it may fail. */
function attempt(directory: string, args: readonly string[], env: NodeJS.ProcessEnv = {}, stack = STACK) {
  const { status, stdout, stderr } = spawnSync(pulumi!, [...args, "--stack", stack, "--non-interactive"], {
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
  return { status, text: status === 0 ? stdout : stdout + stderr };
}

async function namespaces(): Promise<string[]> {
  const { body } = await controlPlane.request<KubernetesList>("GET", "/api/v1/namespaces");
  return body.items
    .map(({ metadata }) => metadata.name)
    .filter((name) => !name.startsWith("kube-") && name !== "default");
}

describe.each([
  ["quickstart", ["quickstart"], ["demo"]],
  ["acme", ["acme/platform", "acme/payments", "acme/shop"], ["payments", "shop"]],
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
        'main/apps/Deployment/shop/checkout#spec.template.metadata.annotations["flagstone.dev/outputs-hash"]': null,
      });
      expect(run(fixtures, ["stack", "export"])).not.toContain("correct horse battery");
      run(fixtures, ["destroy", "--yes"]);
    },
    15 * MINUTES,
  );
});

describe("a platform and an application that know each other by the contract only", () => {
  const [platform, application] = [join(repositories, "platform"), join(repositories, "application")];
  // Whoever reaches a cluster here does so because the contract says how.
  const elsewhere = { KUBECONFIG: "/dev/null" };

  /** How the platform's program is told where its cluster is. */
  function whereabouts(): NodeJS.ProcessEnv {
    const { clusters, users } = load(readFileSync(controlPlane.kubeconfig, "utf8")) as {
      clusters: [{ cluster: { server: string; "certificate-authority-data": string } }];
      users: [{ user: { token: string } }];
    };
    const credentials = join(folder, "credentials.json");
    const { token } = users[0].user;
    writeFileSync(
      credentials,
      JSON.stringify({ apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential", status: { token } }),
    );
    const { server, "certificate-authority-data": certificate } = clusters[0].cluster;
    return { ...elsewhere, FIXTURE_SERVER: server, FIXTURE_CERTIFICATE: certificate, FIXTURE_CREDENTIALS: credentials };
  }

  const deployments = async (): Promise<string[]> => {
    const { body } = await controlPlane.request<KubernetesList>("GET", "/apis/apps/v1/namespaces/shop/deployments");
    return body.items.map(({ metadata }) => metadata.name).sort();
  };
  const typesIn = (directory: string): string[] => {
    const { deployment } = JSON.parse(run(directory, ["stack", "export"])) as {
      deployment: { resources?: { type: string }[] };
    };
    return (deployment.resources ?? []).map(({ type }) => type).sort();
  };

  test(
    "come to life one after the other, a preview beside its base, and nothing before the contract is right",
    async () => {
      const env = whereabouts();
      const unsafe = ["up", "--yes", "--skip-preview"];
      for (const [directory, stack] of [[platform], [application], [application, PREVIEW]] as const)
        run(directory, ["stack", "init"], env, stack);

      run(platform, ["up", "--yes"], { ...env, FIXTURE: "without-tenant" });
      const early = attempt(application, unsafe, elsewhere);
      expect(early.status).not.toBe(0);
      const [, diagnostics = ""] = early.text.split("Diagnostics:"); // before it stands what went by
      expect(diagnostics.match(/web cannot be deployed on what the platform has deployed: 1 error/g)).toHaveLength(1);
      expect(diagnostics).toContain('has not created tenant "shop" yet');
      expect(diagnostics).not.toMatch(/^\s+at .*\.(js|ts):\d+/m);
      expect(typesIn(application).filter((type) => !type.startsWith("pulumi:pulumi:"))).toEqual([
        "pulumi:providers:pulumi",
      ]);

      run(platform, ["up", "--yes"], env);
      run(application, ["up", "--yes"], elsewhere);
      run(application, ["up", "--yes"], elsewhere, PREVIEW);
      expect(await deployments()).toEqual(["web", `web-${PREVIEW}`]);
      for (const stack of [STACK, PREVIEW]) run(application, ["up", "--yes", "--expect-no-changes"], elsewhere, stack);

      run(application, ["destroy", "--yes"], elsewhere, PREVIEW);
      expect(await deployments()).toEqual(["web"]);
      run(application, ["destroy", "--yes"], elsewhere);
      run(platform, ["destroy", "--yes"], env);
      expect(await namespaces()).toEqual([]);
    },
    15 * MINUTES,
  );

  test("an application whose platform has no such stack fails, and says which", () => {
    const { status, text } = attempt(application, ["preview"], { ...elsewhere, PULUMI_BACKEND_URL: emptyBackend() });
    expect(status).not.toBe(0);
    expect(text).toContain('unknown stack "organization/repositories-platform/dev"');
  });

  /** A backend that knows the application's stack and no other. */
  function emptyBackend(): string {
    mkdirSync(join(folder, "empty"));
    const url = pathToFileURL(join(folder, "empty")).href;
    run(application, ["stack", "init"], { PULUMI_BACKEND_URL: url });
    return url;
  }
});
