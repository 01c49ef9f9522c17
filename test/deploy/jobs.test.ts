import { output } from "@pulumi/pulumi";
import { Job, ScheduledJob, type Tenant, WebService } from "flagstone";
import { describe, expect, test } from "vitest";
import { changesBetween, realChanges } from "../engine/changes.ts";
import { objectsOf, type Up, upOf } from "../engine/engine.ts";
import { platformOf } from "./programs.ts";

const imageOf = (version: string) =>
  `registry.acme.example/web:${version}@sha256:5f0c2d4c1fd4a1d2b6d4d1f3b0c0a8c8a7f1f6f2c6a3d5b9e7c1d0f8a2b4c6d8`;

/** A shop whose service waits for its migration, of one version. */
const shopOf = (version: string, more: (shop: Tenant, migrate: Job) => void = () => undefined) =>
  platformOf((shop) => {
    const image = imageOf(version);
    const migrate = new Job(shop, "migrate", { image, args: ["migrate"], files: { "/etc/version": version } });
    new WebService(shop, "web", { image, runAfter: [migrate], replicas: { min: 2, max: 4 } });
    more(shop, migrate);
  });

const indexOf = ({ resources }: Up, part: string): number => resources.findIndex(({ urn }) => urn.includes(part));
const JOB = "kubernetes:batch/v1:Job::main/shop/migrate-";

describe("deploying with a Job before a workload", () => {
  test("registers the workload after the Job, and has it wait for that", async () => {
    const done = await upOf(shopOf("1.0.0"), "dev");
    const job = done.resources[indexOf(done, JOB)]!;
    const own = objectsOf(done).filter(({ name }) => name === "main/shop/web");
    expect(own.length).toBeGreaterThan(3);
    for (const { urn, dependencies } of own) {
      expect(dependencies).toContain(job.urn);
      expect(indexOf(done, urn)).toBeGreaterThan(indexOf(done, JOB));
    }
  });

  test("holds the order in each cluster for itself", async () => {
    const done = await upOf(shopOf("1.0.0"), "prod");
    for (const cluster of ["eu", "us"]) {
      const { dependencies } = done.resources[indexOf(done, `apps/v1:Deployment::${cluster}/shop/web`)]!;
      const jobs = dependencies.filter((urn) => urn.includes("batch/v1:Job::"));
      expect(jobs).toEqual([expect.stringContaining(`batch/v1:Job::${cluster}/shop/migrate-`)]);
    }
  });

  test("holds a chain of Jobs, and what runs at set times", async () => {
    const program = shopOf("1.0.0", (shop, migrate) => {
      const index = new Job(shop, "index", { image: imageOf("1.0.0"), runAfter: [migrate] });
      new ScheduledJob(shop, "report", { image: imageOf("1.0.0"), schedule: "@daily", runAfter: [index] });
    });
    const done = await upOf(program, "dev");
    const order = [JOB, "batch/v1:Job::main/shop/index-", "batch/v1:CronJob::main/shop/report"];
    expect(order.map((part) => indexOf(done, part))).toEqual(
      [...order.map((part) => indexOf(done, part))].sort((a, b) => a - b),
    );
    const report = done.resources[indexOf(done, order[2]!)]!;
    expect(report.dependencies).toContain(done.resources[indexOf(done, order[1]!)]!.urn);
  });
});

describe("a new version", () => {
  test("makes a new Job, changes the workload after that, and lets the old Job go last", async () => {
    const [before, after] = [await upOf(shopOf("1.0.0"), "dev"), await upOf(shopOf("1.0.1"), "dev")];
    const changes = changesBetween(before, after).filter(({ operation }) => operation !== "same");
    const short = (urn: string) => urn.split("::").slice(-2).join(" ").replace(/^.*\$/, "");
    expect(changes.map(({ operation, urn }) => `${operation} ${short(urn)}`)).toEqual([
      "updated kubernetes:core/v1:ConfigMap main/shop/migrate-files",
      expect.stringMatching(/^created kubernetes:batch\/v1:Job main\/shop\/migrate-/),
      "updated kubernetes:apps/v1:Deployment main/shop/web",
      expect.stringMatching(/^deleted kubernetes:batch\/v1:Job main\/shop\/migrate-/),
    ]);
    expect(changes.every(({ refused }) => refused === undefined)).toBe(true);
  });

  test("that changes nothing of the Job leaves it alone", async () => {
    const program = (level: string) =>
      platformOf((shop) => {
        const migrate = new Job(shop, "migrate", { image: imageOf("1.0.0") });
        new WebService(shop, "web", { image: imageOf("1.0.0"), runAfter: [migrate], env: { LEVEL: level } });
      });
    const changes = realChanges(await upOf(program("info"), "dev"), await upOf(program("debug"), "dev"));
    expect(changes.map(({ operation, urn }) => [operation, urn.split("::").at(-1)])).toEqual([
      ["updated", "main/shop/web"],
    ]);
  });

  test("of what an output turns out to be changes its Secret, and no Job", async () => {
    const program = (host: string) =>
      platformOf((shop) => new Job(shop, "migrate", { image: imageOf("1.0.0"), env: { HOST: output(host) } }));
    const changes = realChanges(await upOf(program("a"), "dev"), await upOf(program("b"), "dev"));
    expect(changes.map(({ operation, urn }) => [operation, urn.split("::").at(-1)])).toEqual([
      ["updated", "main/shop/migrate-outputs"],
    ]);
  });
});
