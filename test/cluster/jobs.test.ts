// What runs to its end, and what an operator reads from a store: taken by a real API server, and run there.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import {
  Capability,
  Cluster,
  definePlatform,
  Job,
  Platform,
  ScheduledJob,
  Secret,
  Tenant,
  WebService,
} from "flagstone";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeDraft } from "../../lib/plan/make-draft.ts";
import { render } from "../../lib/render/render.ts";
import { flagstone, folder } from "../cli/command.ts";
import { missingTools, toolPath } from "../tools/status.ts";
import { bodyOf, type KubernetesList, type KubernetesObject } from "./api.ts";
import { applyDirectory, conditionIsTrue, expectStored } from "./apply.ts";
import { until } from "./processes.ts";
import { withControlPlane } from "./suite.ts";

const controlPlane = withControlPlane("external-secrets");
const directory = mkdtempSync(join(tmpdir(), "jobs-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const facts = definePlatform("acme", {
  domain: "acme.example",
  environments: { dev: { clusters: { main: { capabilities: [Capability.externalSecrets({ store: "vault" })] } } } },
  tenants: { shop: {} },
});
const imageOf = (version: string) =>
  `registry.acme.example/web:${version}@sha256:5f0c2d4c1fd4a1d2b6d4d1f3b0c0a8c8a7f1f6f2c6a3d5b9e7c1d0f8a2b4c6d8`;

/** Applies a shop of one version, as a GitOps controller does. */
async function apply(version: string) {
  const platform = new Platform(facts, {
    environments: { dev: { clusters: Cluster.fromKubeconfig(), delivery: "argo-cd" } },
  });
  platform.run((environment) => {
    const shop = new Tenant(environment, "shop");
    const image = imageOf(version);
    const stripe = new Secret(shop, "stripe", { path: "shop/stripe", keys: ["api_key", "tls.crt"], refresh: "90m" });
    const pull = new Secret(shop, "registry", { path: "shop/registry", keys: [".dockerconfigjson"] });
    new Secret(shop, "edge-tls", { path: "shop/edge", keys: ["tls.crt", "tls.key"] });
    const migrate = new Job(shop, "migrate", {
      image,
      imagePullSecrets: [pull.secretName],
      files: { "/etc/motd": "hello" },
      retries: 1,
      deadline: "10m",
      connections: { stripe },
    });
    new WebService(shop, "web", {
      image,
      runAfter: [migrate],
      envFrom: [{ secret: stripe, prefix: "S_", optional: true }],
    });
    new ScheduledJob(shop, "a".repeat(52), {
      image,
      schedule: "*/5 6-18/2 ? JAN-dec mon,FRI",
      timeZone: "America/Argentina/Buenos_Aires",
      overlap: "replace",
      startWithin: "10s",
      history: { succeeded: 0, failed: 0 },
      retries: 0,
      runAfter: [migrate],
    });
    new ScheduledJob(shop, "tick", { image, schedule: "@every 1h30m", suspended: true, overlap: "allow" });
  });
  const draft = makeDraft(platform.instantiate("dev"));
  expect(draft.findings).toEqual([]);
  for (const [path, text] of render(draft).files) {
    const file = join(directory, version, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return applyDirectory(controlPlane(), join(directory, version));
}

const jobsNow = async (): Promise<readonly KubernetesObject[]> =>
  bodyOf(await controlPlane().request<KubernetesList>("GET", "/apis/batch/v1/namespaces/shop/jobs"), "jobs").items;

test("jobs and secrets are taken without a warning and stored as written, and each version of a Job runs to its end", async () => {
  await expectStored(controlPlane(), await apply("1.0.0"));
  await expectStored(controlPlane(), await apply("1.0.1"));
  const done = async () => {
    const jobs = await jobsNow();
    const migrations = jobs.filter(({ metadata: { name } }) => name.startsWith("migrate-"));
    const complete = migrations.filter((job) => conditionIsTrue(job.status, "Complete"));
    return complete.length === 2
      ? undefined
      : JSON.stringify(jobs.map(({ metadata, status }) => [metadata.name, status]));
  };
  await until("two migrations to be complete", done, { timeout: 60_000 });
});

describe("flagstone run-job", () => {
  const missing = missingTools(["kubectl"]);
  let at = "";
  let env: NodeJS.ProcessEnv = {};
  beforeAll(() => {
    if (missing !== undefined) return;
    env = { PATH: [dirname(toolPath("kubectl")), process.env["PATH"]].join(delimiter), HOME: directory };
    at = folder({
      "index.ts": `import { Cluster, definePlatform, Platform, ScheduledJob, Tenant } from "flagstone";
const facts = definePlatform("acme", { domain: "acme.example", environments: { dev: {} }, tenants: { shop: {} } });
const clusters = Cluster.fromKubeconfig({ path: ${JSON.stringify(controlPlane().kubeconfig)} });
export const flagstone = new Platform(facts, { environments: { dev: { clusters } } }).run((environment) => {
  const shop = new Tenant(environment, "shop");
  new ScheduledJob(shop, "tick", { image: "${imageOf("1.0.0")}", schedule: "@every 1h30m" });
  new ScheduledJob(shop, "gone", { image: "${imageOf("1.0.0")}", schedule: "@daily" });
});
`,
    });
  });

  test("runs a CronJob that is there once, now, and waits for its end", async ({ skip }) => {
    if (missing !== undefined) return void skip(missing);
    const { code, stdout, stderr } = await flagstone(at, ["run-job", "tick"], env);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const name = /job (tick-\d{10}) was made on cluster main/.exec(stdout)?.[1];
    expect(stdout).toMatch(
      /complete after \d+ s\nlogs: kubectl --kubeconfig \S+ logs job\/tick-\d{10} --namespace shop\n$/,
    );
    const job = (await jobsNow()).find(({ metadata }) => metadata.name === name)!;
    expect(job.metadata).toMatchObject({
      annotations: { "cronjob.kubernetes.io/instantiate": "manual" },
      ownerReferences: [{ kind: "CronJob", name: "tick" }],
    });
  });

  test("says what kubectl says of one that is not there", async ({ skip }) => {
    if (missing !== undefined) return void skip(missing);
    const { code, stdout, stderr } = await flagstone(at, ["run-job", "gone"], env);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain('cronjobs.batch "gone" not found');
  });
});
