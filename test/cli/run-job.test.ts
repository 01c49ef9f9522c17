import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { runName, stateOf } from "../../lib/cli/commands/run-job.ts";
import { flagstone, folder } from "./command.ts";

const IMAGE = "registry.acme.example/web:1.0.0@sha256:5f0c2d4c1fd4a1d2b6d4d1f3b0c0a8c8a7f1f6f2c6a3d5b9e7c1d0f8a2b4c6d8";

/** A program with a job in each of two tenants; in `prod` it is on two clusters, and one of them is reached by its address. */
const PROGRAM = `import { Cluster, definePlatform, Platform, ScheduledJob, Tenant, WebService } from "flagstone";
const facts = definePlatform("acme", {
  domain: "acme.example",
  environments: { dev: {}, prod: { tier: "production", clusters: { eu: {}, us: {} } } },
  tenants: { shop: {}, bank: {} },
});
const us = Cluster.fromEndpoint({
  server: "https://10.0.0.1:6443",
  certificateAuthority: Buffer.from("-----BEGIN CERTIFICATE-----\\n-----END CERTIFICATE-----").toString("base64"),
  exec: { command: "aws" },
});
const platform = new Platform(facts, {
  environments: {
    dev: { clusters: Cluster.fromKubeconfig({ path: "config/dev", context: "the dev one" }) },
    prod: { clusters: { eu: Cluster.fromKubeconfig(), us } },
  },
});
export const flagstone = platform.run((environment) => {
  const props = { image: "${IMAGE}", schedule: "@daily" };
  const shop = new Tenant(environment, "shop");
  new ScheduledJob(shop, "dunning", props);
  new ScheduledJob(shop, "report", { ...props, suspended: true });
  new ScheduledJob(shop, "sweep", { ...props, history: { succeeded: 0 } });
  new ScheduledJob(shop, "trace", { ...props, history: { succeeded: 0, failed: 0 } });
  new WebService(shop, "web", { image: "${IMAGE}" });
  new ScheduledJob(new Tenant(environment, "bank"), "report", props);
});
`;

/** An application that the platform's contract tells how the cluster is reached. */
const APPLICATION = `import { Application, definePlatform, ScheduledJob, Tenant } from "flagstone";
const facts = definePlatform("acme", {
  domain: "acme.example",
  environments: { dev: { stack: "organization/acme/dev" } },
  tenants: { shop: {} },
});
export const flagstone = new Application("shop", { platform: facts }).run((environment) => {
  new ScheduledJob(Tenant.fromName(environment, "shop"), "dunning", { image: "${IMAGE}", schedule: "@daily" });
});
`;

const at = folder({ "index.ts": PROGRAM, "application.ts": APPLICATION });

/** A kubectl that writes down what it was asked for, and answers with the statuses of a job, one after the other, as long as it is there. */
function kubectl(...statuses: readonly (object | "gone")[]) {
  const directory = join(at, `bin-${Math.random().toString(36).slice(2)}`);
  const log = join(directory, "log");
  mkdirSync(directory);
  writeFileSync(log, "");
  writeFileSync(join(directory, "statuses"), JSON.stringify(statuses));
  writeFileSync(
    join(directory, "kubectl"),
    `#!${process.execPath}
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
const args = process.argv.slice(2);
const at = args.indexOf("--kubeconfig");
const config = at < 0 ? undefined : (() => { try { return readFileSync(args[at + 1], "utf8"); } catch { return undefined; } })();
appendFileSync(${JSON.stringify(log)}, JSON.stringify({ args, config }) + "\\n");
if (args.includes("create")) {
  if (${statuses.length} === 0) { console.error('Error from server (Forbidden): jobs is forbidden'); process.exit(1); }
  console.log("job.batch/x created");
} else {
  const [first, ...left] = JSON.parse(readFileSync(${JSON.stringify(join(directory, "statuses"))}, "utf8"));
  if (left.length > 0) writeFileSync(${JSON.stringify(join(directory, "statuses"))}, JSON.stringify(left));
  if (first !== "gone") console.log(JSON.stringify({ status: first }));
}
`,
  );
  chmodSync(join(directory, "kubectl"), 0o755);
  const env = { PATH: [directory, dirname(process.execPath)].join(delimiter) };
  const calls = (): { readonly args: string[]; readonly config?: string }[] =>
    readFileSync(log, "utf8")
      .trim()
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  return { env, calls, run: (...args: string[]) => flagstone(at, ["run-job", ...args], env) };
}

const COMPLETE = { succeeded: 1, conditions: [{ type: "Complete", status: "True" }] };
const FAILED = {
  failed: 4,
  conditions: [
    {
      type: "Failed",
      status: "True",
      reason: "BackoffLimitExceeded",
      message: "Job has reached the specified backoff limit",
    },
  ],
};

describe("flagstone run-job", () => {
  test("makes a job of the CronJob in its cluster and namespace, and waits until it is complete", async () => {
    const { run, calls } = kubectl({ active: 1 }, COMPLETE);
    const { code, stdout, stderr } = await run("dunning", "-e", "dev");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const reached = ["--kubeconfig", join(at, "config/dev"), "--context", "the dev one"];
    const [create, ...looks] = calls().map(({ args }) => args);
    const name = create?.[6] ?? "";
    expect(name).toMatch(/^dunning-\d{10}$/);
    expect(create).toEqual([...reached, "create", "job", name, "--from=cronjob/dunning", "--namespace", "shop"]);
    const look = [...reached, "get", "job", name, "--namespace", "shop", "--ignore-not-found", "--output", "json"];
    expect(looks).toEqual([look, look]);
    expect(stdout.split("\n")).toEqual([
      `dev/shop/dunning: job ${name} was made on cluster main`,
      "complete after 1 s",
      `logs: kubectl --kubeconfig ${join(at, "config/dev")} --context 'the dev one' logs job/${name} --namespace shop`,
      "",
    ]);
  });

  test("ends with 1 and the reason when the run failed", async () => {
    const { run } = kubectl(FAILED);
    const { code, stdout } = await run("shop/dunning", "-e", "dev");
    expect(code).toBe(1);
    expect(stdout).toContain(
      "failed after 0 s: BackoffLimitExceeded: Job has reached the specified backoff limit\nlogs: kubectl",
    );
  });

  test("ends with 0 when the run is deleted because it succeeded", async () => {
    const { code, stdout } = await kubectl({ active: 1 }, "gone").run("sweep", "-e", "dev");
    expect(code).toBe(0);
    expect(stdout).not.toContain("logs");
    expect(stdout).toContain(
      "complete after 1 s: it was deleted at once, as history.succeeded: 0 says; one that failed is kept\n",
    );
  });

  test.each(["dunning", "trace"])("ends with 1 when the run of %s is deleted, and nobody knows why", async (name) => {
    const { code, stdout, stderr } = await kubectl("gone").run(name, "-e", "dev");
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    expect(stdout).toContain("gone after 0 s: somebody deleted the job before it was seen how it ended\n");
  });

  test("does not wait when it is told so", async () => {
    const { run, calls } = kubectl({ active: 1 });
    const { code, stdout } = await run("dunning", "-e", "dev", "--no-wait");
    expect(code).toBe(0);
    expect(stdout).not.toContain("complete");
    expect(calls()).toHaveLength(1);
  });

  test("--dry-run prints the command and runs nothing", async () => {
    const { run, calls } = kubectl(COMPLETE);
    const { code, stdout } = await run("dunning", "-e", "dev", "--dry-run");
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^kubectl --kubeconfig \S+ --context 'the dev one' create job dunning-\d{10} --from=cronjob\/dunning --namespace shop\n$/,
    );
    expect(calls()).toEqual([]);
  });

  test.each([
    [["--json"], 0, "complete", [COMPLETE]],
    [["--json"], 1, "failed", [FAILED]],
    [["--json", "--no-wait"], 0, "started", [COMPLETE]],
    [["--json", "--dry-run"], 0, "not-run", [COMPLETE]],
  ] as const)("%j prints one JSON document, with code %i and state %s", async (args, expected, state, statuses) => {
    const { code, stdout } = await kubectl(...statuses).run("dunning", "-e", "dev", ...args);
    expect(code).toBe(expected);
    expect(JSON.parse(stdout)).toMatchObject({
      construct: "dev/shop/dunning",
      environment: "dev",
      cluster: "main",
      namespace: "shop",
      cronJob: "dunning",
      job: expect.stringMatching(/^dunning-\d{10}$/),
      state,
    });
  });

  test("reaches a cluster by its address with a file that nobody else can read, and that is gone afterwards", async () => {
    const { run, calls } = kubectl(COMPLETE);
    const { code, stdout } = await run("dunning", "-e", "prod", "--cluster", "us");
    expect(code).toBe(0);
    const [{ args, config } = { args: [] }] = calls();
    expect(args[0]).toBe("--kubeconfig");
    expect(JSON.parse(config ?? "{}")).toMatchObject({
      clusters: [{ cluster: { server: "https://10.0.0.1:6443" } }],
      users: [{ user: { exec: { command: "aws" } } }],
    });
    expect(() => readFileSync(args[1] ?? "")).toThrow("ENOENT");
    expect(stdout).toMatch(/logs: kubectl logs job\//);
  });

  test("says what kubectl says when it fails", async () => {
    const { code, stdout, stderr } = await kubectl().run("dunning", "-e", "dev");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("kubectl failed: Error from server (Forbidden): jobs is forbidden");
  });

  test("says what to install where there is no kubectl", async () => {
    const { env } = kubectl(COMPLETE);
    rmSync(join(env.PATH.split(delimiter)[0]!, "kubectl"));
    const { code, stderr } = await flagstone(at, ["run-job", "dunning", "-e", "dev"], env);
    expect(code).toBe(1);
    expect(stderr).toContain(
      "kubectl is not on the PATH, and runs jobs here; install it: https://kubernetes.io/docs/tasks/tools/",
    );
  });

  test.each([
    [["dunnin", "-e", "dev"], 'there is no ScheduledJob "dunnin": did you mean "dunning"?'],
    [
      ["web", "-e", "dev"],
      "dev/shop/web is a WebService, and makes no CronJob: there are dunning, report, sweep, trace",
    ],
    [["report", "-e", "dev"], '"report" may be dev/bank/report in dev or dev/shop/report in dev: say more of its path'],
    [["dunning"], "say more of its path, or --environment"],
    [["dunning", "-e", "prod"], "prod/shop/dunning in prod is on eu and us: say one by --cluster"],
    [["dunning", "-e", "prod", "--cluster", "ue"], 'is not on cluster "ue": did you mean'],
    [["dunning", "-e", "prod", "--cluster", "moon"], 'is not on cluster "moon": it is on eu and us'],
    [
      ["dunning", "application.ts"],
      'shop does not say how cluster "main" is reached: name a context of your kubeconfig by --context',
    ],
  ])("%j is refused, with code 2", async (args, expected) => {
    const { run, calls } = kubectl(COMPLETE);
    const { code, stderr } = await run(...args);
    expect(stderr).toContain(expected);
    expect(code).toBe(2);
    expect(calls()).toEqual([]);
  });

  test("takes a context of the user's own, where the program does not know the cluster, and where it does", async () => {
    for (const args of [["application.ts"], ["-e", "dev"]]) {
      const { run, calls } = kubectl(COMPLETE);
      const { code } = await run("dunning", ...args, "--context", "mine");
      expect(code).toBe(0);
      expect(calls()[0]!.args.slice(0, 4)).toEqual(["--context", "mine", "create", "job"]);
    }
  });
});

test("the name of a run fits, however long the name of the CronJob is", () => {
  const now = new Date("2026-11-21T10:00:00Z");
  expect(runName("dunning", now)).toBe("dunning-1795255200");
  for (const name of ["a".repeat(52), "a".repeat(80), `${"a".repeat(51)}-b`, `${"a".repeat(50)}-.b`]) {
    expect(runName(name, now).length).toBeLessThanOrEqual(63);
    expect(runName(name, now)).toMatch(/^a+-1795255200$/);
  }
});

test("a job stands as its conditions say, and not as its pods do", () => {
  expect(stateOf({})).toEqual({ state: "running", detail: "0 running, 0 failed" });
  expect(stateOf({ status: { active: 1, failed: 2 } })).toEqual({ state: "running", detail: "1 running, 2 failed" });
  expect(stateOf({ status: { ...COMPLETE, failed: 1 } })).toEqual({ state: "complete", detail: "1 failed before" });
  expect(stateOf({ status: { conditions: [{ type: "Complete", status: "False" }] } }).state).toBe("running");
  expect(stateOf({ status: FAILED }).state).toBe("failed");
});
