import { Duration } from "cdk8s";
import { ScheduledJob, type ScheduledJobProps } from "flagstone";
import { describe, expect, test } from "vitest";
import { brief, IMAGE, rulesOf, tenantIn } from "../testing/fixtures";

/** What a ScheduledJob called `dunning` becomes. */
async function jobWith(props: Partial<ScheduledJobProps> = {}, id = "dunning") {
  const shop = tenantIn("dev");
  new ScheduledJob(shop, id, { image: IMAGE, schedule: "0 6 * * 1-5", ...props });
  return (await shop.plan()).plan;
}

const specOf = async (props: Partial<ScheduledJobProps> = {}): Promise<any> =>
  (await jobWith(props)).objects.find(({ kind }) => kind === "CronJob")!.manifest["spec"];

describe("a ScheduledJob", () => {
  test("runs at its times, in UTC, one at a time", async () => {
    const { findings, objects } = await jobWith();
    expect(findings).toEqual([]);
    expect(objects.filter(({ kind }) => kind === "CronJob").map(({ name }) => name)).toEqual(["dunning"]);
    expect(await specOf()).toMatchObject({
      schedule: "0 6 * * 1-5",
      timeZone: "Etc/UTC",
      concurrencyPolicy: "Forbid",
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
      suspend: false,
      jobTemplate: {
        metadata: { labels: { "app.kubernetes.io/name": "dunning", "flagstone.dev/tenant": "shop" } },
        spec: {
          backoffLimit: 3,
          activeDeadlineSeconds: 3600,
          template: { spec: { restartPolicy: "Never", containers: [{ name: "dunning", image: IMAGE }] } },
        },
      },
    });
    expect(await specOf()).not.toHaveProperty("startingDeadlineSeconds");
  });

  test("is what its props say", async () => {
    const props = {
      timeZone: "Europe/Berlin",
      startWithin: Duration.minutes(5),
      history: { succeeded: 0, failed: 5 },
      suspended: true,
      retries: 0,
      deadline: "10m",
    } as const;
    expect(await specOf(props)).toMatchObject({
      timeZone: "Europe/Berlin",
      startingDeadlineSeconds: 300,
      successfulJobsHistoryLimit: 0,
      failedJobsHistoryLimit: 5,
      suspend: true,
      jobTemplate: { spec: { backoffLimit: 0, activeDeadlineSeconds: 600 } },
    });
  });

  test.each([
    ["allow", "Allow"],
    ["skip", "Forbid"],
    ["replace", "Replace"],
  ] as const)("with overlap %s has the policy %s", async (overlap, policy) => {
    expect((await specOf({ overlap })).concurrencyPolicy).toBe(policy);
  });

  test("has the account, the files and the policies of any workload, and waits for what it needs", async () => {
    const { objects } = await jobWith({ files: { "/etc/motd": "hello" } });
    expect(objects.filter(({ construct }) => construct === "dev/shop/dunning").map(({ id }) => id)).toEqual([
      "main/core/ConfigMap/shop/dunning-files",
      "main/core/ServiceAccount/shop/dunning",
      "main/networking.k8s.io/NetworkPolicy/shop/dunning",
      "main/batch/CronJob/shop/dunning",
    ]);
    const { dependsOn } = objects.find(({ kind }) => kind === "CronJob")!;
    expect(dependsOn).toContain("main/core/ConfigMap/shop/dunning-files");
  });

  test("lets transform have the last word", async () => {
    expect(await specOf({ transform: { cronJob: { spec: { suspend: true } } } })).toMatchObject({ suspend: true });
  });

  test("can be called anything that leaves Kubernetes room for the time of a run", async () => {
    expect((await jobWith({}, "a".repeat(52))).findings).toEqual([]);
    expect(rulesOf((await jobWith({}, "a".repeat(53))).findings)).toEqual(["names/invalid"]);
  });
});

describe("a ScheduledJob is refused", () => {
  test.each<[string, object, string]>([
    ["with no time", { schedule: "0 25 * * *" }, "schedule/cron"],
    ["in no time zone", { timeZone: "Europe/Berln" }, "schedule/time-zone"],
    ["with an overlap that is none", { overlap: "forbid" }, "jobs/overlap"],
    ["with half a run in its history", { history: { failed: 0.5 } }, "jobs/count"],
    ["with a history of what is none", { history: { success: 1 } }, "props/unknown"],
    ["that may start half a second late", { startWithin: "500ms" }, "units/duration"],
    ["that is suspended perhaps", { suspended: "yes" }, "jobs/suspended"],
  ])("%s", async (_, props, rule) => {
    expect(rulesOf((await jobWith(props)).findings)).toEqual([rule]);
  });

  test("not at all for what never comes, or may never start: those are warnings", async () => {
    const { findings } = await jobWith({ schedule: "0 0 30 2 *", startWithin: "5s" });
    expect(brief(findings)).toEqual([
      'jobs/start-within dev/shop/dunning: startWithin "5s" may leave out every run, because Kubernetes looks every 10 seconds only; use at least "10s"',
      'schedule/never dev/shop/dunning: schedule "0 0 30 2 *" never comes; name a day that one of the months has',
    ]);
    expect(findings.every(({ severity }) => severity === "warning")).toBe(true);
  });
});
