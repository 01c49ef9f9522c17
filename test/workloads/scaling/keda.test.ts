import fc from "fast-check";
import { type Replicas, type Scaling, Trigger, type WakingHours, type WebServiceProps } from "flagstone";
import { describe, expect, test } from "vitest";
import { wakingSchedules } from "../../../lib/workloads/scaling/waking-hours";
import { brief, IMAGE, rulesOf } from "../../testing/fixtures";
import { inCluster } from "./clusters";

const mail = Trigger.redisList({ address: "redis:6379", list: "mail", perReplica: 20 });
const scaledObject = async (props: Parameters<typeof inCluster>[0], id?: string) => {
  const plan = await inCluster(props, "dev", id);
  expect(plan.findings).toEqual([]);
  expect(plan.objects("HorizontalPodAutoscaler")).toEqual([]);
  return plan.object("ScaledObject", id ?? "web")["spec"] as {
    readonly triggers: readonly { readonly type: string; readonly name?: string; readonly metadata: object }[];
    readonly cooldownPeriod?: number;
    readonly advanced?: object;
  };
};
const findingsOf = async (
  props: { replicas?: unknown; awake?: unknown },
  environment: Parameters<typeof inCluster>[1] = "dev",
) =>
  brief((await inCluster(props as Parameters<typeof inCluster>[0], environment)).findings).map((text) =>
    text.replace(/ \S+\/shop\/web/, ""),
  );

describe("triggers", () => {
  test("make one ScaledObject, and the Deployment says no number", async () => {
    const plan = await inCluster({ replicas: { min: 0, max: 20, triggers: { mail } } });
    expect(plan.findings).toEqual([]);
    expect(plan.object("Deployment", "web").spec).not.toHaveProperty("replicas");
    expect(plan.object("ScaledObject", "web")).toEqual({
      apiVersion: "keda.sh/v1alpha1",
      kind: "ScaledObject",
      metadata: expect.objectContaining({ name: "web" }),
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
        minReplicaCount: 0,
        maxReplicaCount: 20,
        triggers: [
          { type: "redis", name: "mail", metadata: { address: "redis:6379", listName: "mail", listLength: "20" } },
        ],
      },
    });
  });

  test("come in the order of their names, and after them use of CPU and memory", async () => {
    const triggers = { z: mail, a: Trigger.of("mysql", { query: "select 1" }, { name: "reports" }) };
    const { triggers: made } = await scaledObject({ replicas: { min: 1, max: 2, cpu: 60, memory: 80, triggers } });
    expect(made.map(({ type, name }) => name ?? type)).toEqual(["a", "z", "cpu", "memory"]);
    expect(made[0]).toEqual({
      type: "mysql",
      name: "a",
      metadata: { query: "select 1" },
      authenticationRef: { kind: "ClusterTriggerAuthentication", name: "reports" },
    });
    expect(made[2]).toEqual({ type: "cpu", metricType: "Utilization", metadata: { value: "60" } });
  });

  test("move pods as fast as is said, and the last one goes after as long", async () => {
    const speed = { up: { pods: 3 }, down: { after: "2m" } } as const;
    const expected = {
      horizontalPodAutoscalerConfig: {
        behavior: {
          scaleUp: { policies: [{ type: "Pods", value: 3, periodSeconds: 15 }] },
          scaleDown: { stabilizationWindowSeconds: 120 },
        },
      },
    };
    const fromNone = await scaledObject({ replicas: { min: 0, max: 5, triggers: { mail }, ...speed } });
    expect(fromNone).toMatchObject({ cooldownPeriod: 120, advanced: expected });
    // KEDA warns of it where the last pod never goes.
    const fromOne = await scaledObject({ replicas: { min: 1, max: 5, triggers: { mail }, ...speed } });
    expect(fromOne.advanced).toEqual(expected);
    expect(fromOne).not.toHaveProperty("cooldownPeriod");
  });

  test("stand beside the use of the workload's own container, where there are sidecars", async () => {
    const replicas: Replicas = { min: 0, max: 5, cpu: 60, triggers: { mail } };
    const metadata = async (sidecars: WebServiceProps["sidecars"]) =>
      (await scaledObject({ replicas, sidecars })).triggers.find(({ type }) => type === "cpu")?.metadata;
    expect(await metadata({ proxy: { image: IMAGE } })).toEqual({ value: "60", containerName: "web" });
    expect(await metadata({})).toEqual({ value: "60" });
  });

  test("leave the name of KEDA's autoscaler to KEDA, unless it would get too long", async () => {
    const replicas: Replicas = { min: 0, max: 2, triggers: { mail } };
    expect(await scaledObject({ replicas }, "a".repeat(54))).not.toHaveProperty("advanced");
    const name = "a".repeat(55);
    expect(await scaledObject({ replicas }, name)).toMatchObject({
      advanced: { horizontalPodAutoscalerConfig: { name } },
    });
  });

  test("are reached by transform as the autoscaler", async () => {
    const { triggers } = await scaledObject({
      replicas: { min: 0, max: 2, triggers: { mail } },
      transform: {
        autoscaler: (object) => {
          (object["spec"] as { triggers: object[] }).triggers.push({ type: "x" });
        },
      },
    });
    expect(triggers).toHaveLength(2);
  });

  test("are an error where a cluster has no KEDA", async () => {
    const fix =
      "add Capability.keda() to it in the platform facts, choose other clusters by placement, or scale by cpu, memory or metrics from a min of 1";
    expect(await findingsOf({ replicas: { min: 1, max: 2, triggers: { mail } } }, "mixed")).toEqual([
      `replicas/keda: replicas.triggers needs KEDA, which cluster "us" does not have; ${fix}`,
    ]);
    expect(await findingsOf({ replicas: { min: 0, max: 2, triggers: { mail } } }, "plain")).toEqual([
      `replicas/keda: replicas.triggers needs KEDA, which cluster "main" does not have; ${fix}`,
    ]);
  });

  test("are what wakes a workload that may have no pods", async () => {
    const finding =
      "replicas/never-wakes: replicas.min 0 has nothing that starts the first pod: use of CPU and memory is known of running pods only; add what wakes it to replicas.triggers, or use a min from 1";
    expect(await findingsOf({ replicas: { min: 0, max: 2 } })).toEqual([finding]);
    expect(await findingsOf({ replicas: { min: 0, max: 2, cpu: 50, memory: 50 } })).toEqual([finding]);
    expect((await findingsOf({ replicas: { min: 0, max: 2 } }, "plain")).map((text) => text.split(":")[0])).toEqual([
      "replicas/keda",
      "replicas/never-wakes",
    ]);
  });

  test("stand beside no metrics, which KEDA does not know", async () => {
    const metrics: Scaling["metrics"] = { age: { kind: "pods", average: 1 } };
    expect(await findingsOf({ replicas: { min: 1, max: 2, metrics, triggers: { mail } } })).toEqual([
      "replicas/metrics: replicas.metrics cannot stand beside replicas.triggers: KEDA scales by triggers only; ask the same by a trigger, as Trigger.prometheus(…)",
    ]);
    const awake: WakingHours = { from: "07:00", to: "20:00" };
    expect(rulesOf((await inCluster({ replicas: { min: 1, max: 2, metrics }, awake })).findings)).toEqual([
      "replicas/metrics",
    ]);
  });

  test("need none of that where there are none", async () => {
    const plan = await inCluster({ replicas: { min: 1, max: 2, triggers: {} } }, "plain");
    expect(plan.findings).toEqual([]);
    expect(plan.objects("HorizontalPodAutoscaler")).toHaveLength(1);
  });
});

describe("waking hours", () => {
  const awake: WakingHours = { from: "07:00", to: "20:00" };

  test("let a fixed number of pods come and go", async () => {
    const plan = await inCluster({ replicas: 3, awake });
    expect(plan.findings).toEqual([]);
    expect(plan.object("Deployment", "web").spec).not.toHaveProperty("replicas");
    expect(plan.object("ScaledObject", "web")["spec"]).toEqual({
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      minReplicaCount: 0,
      maxReplicaCount: 3,
      cooldownPeriod: 0,
      triggers: [
        {
          type: "cron",
          name: "awake",
          metadata: {
            timezone: "Etc/UTC",
            start: "0 7 * * 1,2,3,4,5",
            end: "0 20 * * 1,2,3,4,5",
            desiredReplicas: "3",
          },
        },
      ],
    });
  });

  test("let the fewest pods of a range come, which then scales by use", async () => {
    const spec = await scaledObject({
      replicas: { min: 2, max: 6, down: { after: "1m" } },
      awake: { ...awake, timeZone: "Europe/Berlin" },
    });
    expect(spec).toMatchObject({ minReplicaCount: 0, maxReplicaCount: 6, cooldownPeriod: 60 });
    expect(spec.triggers).toMatchObject([
      { type: "cron", metadata: { timezone: "Europe/Berlin", desiredReplicas: "2" } },
      { type: "cpu", metadata: { value: "70" } },
    ]);
  });

  test.each<[WakingHours, string, string]>([
    [{ from: "7:05", to: "20:30", days: ["sat"] }, "5 7 * * 6", "30 20 * * 6"],
    [{ from: "22:00", to: "06:00" }, "0 22 * * 1,2,3,4,5", "0 6 * * 2,3,4,5,6"],
    [{ from: "22:00", to: "06:00", days: ["sat", "fri"] }, "0 22 * * 5,6", "0 6 * * 0,6"],
    [{ from: "08:00", to: "00:00", days: ["sun"] }, "0 8 * * 0", "0 0 * * 1"],
    [
      { from: "08:00", to: "17:00", days: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] },
      "0 8 * * *",
      "0 17 * * *",
    ],
  ])("%j begin at %s and end at %s", async (hours, start, end) => {
    const { triggers } = await scaledObject({ awake: hours });
    expect(triggers[0]?.metadata).toMatchObject({ start, end });
  });

  // What KEDA does with two schedules: https://github.com/kedacore/keda/blob/main/pkg/scalers/cron_scaler.go
  function runs({ start, end }: { start: string; end: string }, now: number): boolean {
    const next = (schedule: string) => {
      const [minute, hour, , , days] = schedule.split(" ");
      const at = Number(hour) * 60 + Number(minute);
      const week = days === "*" ? [0, 1, 2, 3, 4, 5, 6] : days!.split(",").map(Number);
      const times = [0, 1].flatMap((later) => week.map((day) => (later * 7 + day) * 1440 + at));
      return Math.min(...times.filter((time) => time > now));
    };
    return next(end) <= next(start);
  }

  test("are the hours in which KEDA runs pods, at each minute of the week", () => {
    const days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;
    const time = fc.tuple(fc.nat(23), fc.nat(59));
    const text = ([hour, minute]: readonly [number, number]) =>
      `${hour}:${String(minute).padStart(2, "0")}` as WakingHours["from"];
    fc.assert(
      fc.property(
        time,
        time,
        fc.subarray([...days], { minLength: 1 }),
        fc.nat(7 * 1440 - 1),
        (from, to, chosen, now) => {
          const [begin, end] = [from[0] * 60 + from[1], to[0] * 60 + to[1]];
          fc.pre(begin !== end);
          const length = (end - begin + 1440) % 1440;
          const isAwake = chosen.some((day) => {
            const since = (now - days.indexOf(day) * 1440 - begin + 7 * 1440) % (7 * 1440);
            return since < length;
          });
          const [first, ...more] = chosen;
          const schedules = wakingSchedules({ from: text(from), to: text(to), days: [first!, ...more] });
          expect(runs(schedules, now)).toBe(isAwake);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test("wake nothing of what is stopped", async () => {
    const plan = await inCluster({ replicas: 0, awake });
    expect(plan.findings).toEqual([]);
    expect(plan.objects("ScaledObject")).toEqual([]);
    expect(plan.object("Deployment", "web").spec.replicas).toBe(0);
  });

  test("change nothing on clusters without KEDA, which is a warning", async () => {
    const plan = await inCluster({ replicas: 2, awake }, "mixed");
    expect(plan.findings).toMatchObject([
      {
        rule: "awake/keda",
        severity: "warning",
        message: 'awake changes nothing in cluster "us", without KEDA: pods never sleep there',
      },
    ]);
    expect(plan.object("Deployment", "web", "us").spec.replicas).toBe(2);
    expect(plan.object("Deployment", "web", "eu").spec).not.toHaveProperty("replicas");
    expect(plan.objects("ScaledObject")).toHaveLength(1);
    const ranged = await inCluster({ replicas: { min: 1, max: 2 }, awake }, "mixed");
    expect(ranged.objects("HorizontalPodAutoscaler")).toHaveLength(1);
  });

  test("have no place in tiers like production", async () => {
    expect(await findingsOf({ awake }, "prod")).toEqual([
      'awake/production: awake lets pods sleep in environment "prod", whose tier "regulated" is like production; say it for other tiers only, as environment.select({ development: { from: …, to: … } })',
    ]);
  });

  test("stand beside no triggers, which would wake it at any time, and no min of 0", async () => {
    expect(await findingsOf({ replicas: { min: 1, max: 2, triggers: { mail } }, awake })).toEqual([
      "awake/triggers: replicas.triggers would start pods outside of awake, too; write awake: false, and let triggers alone say when pods run: Trigger.cron(…) is one",
    ]);
    expect(rulesOf((await inCluster({ replicas: { min: 0, max: 2, cpu: 50 }, awake })).findings)).toEqual([
      "replicas/never-wakes",
    ]);
  });

  test.each<[object, string]>([
    [{ from: "7" }, 'awake/invalid: awake.from "7" is not possible; write it as in "07:00"'],
    [{ to: "24:00" }, 'awake/invalid: awake.to "24:00" is not possible; write it as in "20:00"'],
    [{ to: "07:00" }, 'awake/invalid: awake.to "07:00" is not possible; let it be another time than awake.from'],
    [
      { days: [] },
      'awake/invalid: awake.days [] is not possible; name some of "sun", "mon", "tue", "wed", "thu", "fri", "sat"',
    ],
    [
      { days: ["monday"] },
      'awake/invalid: awake.days "monday" is not possible; use "sun", "mon", "tue", "wed", "thu", "fri", "sat"',
    ],
    [{ zone: "UTC" }, 'props/unknown: unknown property "awake.zone"; known are "days", "from", "timeZone", "to"'],
    [
      { timeZone: "Berlin" },
      'schedule/time-zone: awake.timeZone "Berlin" is no time zone; did you mean "Europe/Berlin"?',
    ],
  ])("cannot have %j", async (hours, finding) => {
    expect(await findingsOf({ awake: { ...awake, ...hours } })).toEqual([finding]);
  });
});
