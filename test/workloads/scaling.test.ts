import fc from "fast-check";
import type { DisruptionBudget, Replicas, Rollout } from "flagstone";
import { describe, expect, test } from "vitest";
import { checkDisruptionBudget } from "../../lib/workloads/scaling";
import { brief, serviceWith } from "../testing/fixtures";

const deploymentOf = async (props: { replicas?: Replicas; rollout?: Rollout }) =>
  (await serviceWith(props)).object("Deployment", "web").spec as { replicas?: number; strategy?: unknown };

describe("replicas", () => {
  test("as a number are written into the Deployment, and nothing scales it", async () => {
    const plan = await serviceWith({ replicas: 3 });
    expect(plan.object("Deployment", "web").spec.replicas).toBe(3);
    expect(plan.objects("HorizontalPodAutoscaler")).toEqual([]);
  });

  test("may be none at all", async () => {
    const plan = await serviceWith({ replicas: 0 });
    expect(plan.object("Deployment", "web").spec.replicas).toBe(0);
    expect(plan.findings).toEqual([]);
  });

  test("as a range are the autoscaler's, and the Deployment says no number", async () => {
    const plan = await serviceWith({ replicas: { min: 3, max: 12 } });
    expect(plan.object("Deployment", "web").spec).not.toHaveProperty("replicas");
    expect(plan.object("HorizontalPodAutoscaler", "web")).toMatchObject({
      apiVersion: "autoscaling/v2",
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
        minReplicas: 3,
        maxReplicas: 12,
        metrics: [
          { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } } },
        ],
      },
    });
  });

  test.each([
    [{ min: 1, max: 2, cpu: 50 }, { cpu: 50 }],
    [{ min: 1, max: 2, memory: 80 }, { memory: 80 }],
    [
      { min: 1, max: 2, cpu: 60, memory: 80 },
      { cpu: 60, memory: 80 },
    ],
  ])("of %j follow the use of %j", async (replicas, targets) => {
    const { spec } = (await serviceWith({ replicas })).object("HorizontalPodAutoscaler", "web");
    const { metrics } = spec as unknown as {
      metrics: { resource: { name: string; target: { averageUtilization: number } } }[];
    };
    expect(
      Object.fromEntries(metrics.map(({ resource }) => [resource.name, resource.target.averageUtilization])),
    ).toEqual(targets);
  });

  test.each<[unknown, string]>([
    [-1, "replicas -1 is not possible; use a whole number from 0, or { min, max }"],
    [1.5, "replicas 1.5 is not possible; use a whole number from 0, or { min, max }"],
    ["3", 'replicas "3" is not possible; use a whole number from 0, or { min, max }'],
    [{ min: 0, max: 2 }, "replicas.min 0 is not possible; use a whole number from 1"],
    [{ min: 3, max: 2 }, "replicas.max 2 is not possible; use a whole number from replicas.min (3)"],
    [{ min: 1 }, "replicas.max undefined is not possible; use a whole number from replicas.min (1)"],
    [{ min: 1, max: 2, cpu: 0 }, "replicas.cpu 0 is not possible; use a whole number of percent from 1 to 100"],
    [
      { min: 1, max: 2, memory: 0.7 },
      "replicas.memory 0.7 is not possible; use a whole number of percent from 1 to 100",
    ],
    [{ min: 1, max: 2, cup: 50 }, 'unknown property "replicas.cup"; did you mean "cpu"?'],
  ])("cannot be %j", async (replicas, finding) => {
    const { findings } = await serviceWith({ replicas: replicas as Replicas });
    expect(brief(findings).map((text) => text.replace(/^\S+ dev\/shop\/web: /, ""))).toEqual([finding]);
  });
});

describe("a rollout", () => {
  test.each<[Rollout, object]>([
    [{ strategy: "rolling" }, { maxSurge: "25%", maxUnavailable: 0 }],
    [
      { strategy: "rolling", maxSurge: 1, maxUnavailable: "50%" },
      { maxSurge: 1, maxUnavailable: "50%" },
    ],
    [
      { strategy: "rolling", maxSurge: 0, maxUnavailable: 1 },
      { maxSurge: 0, maxUnavailable: 1 },
    ],
  ])("as %j is %j", async (rollout, rollingUpdate) => {
    expect((await deploymentOf({ rollout })).strategy).toEqual({ type: "RollingUpdate", rollingUpdate });
  });

  test.each<[unknown, string]>([
    [
      { strategy: "rolling", maxSurge: 0 },
      "rollout/stuck dev/shop/web: rollout.maxSurge and rollout.maxUnavailable are both zero, so no pod can ever be replaced; allow one of them",
    ],
    [
      { strategy: "rolling", maxSurge: "0%", maxUnavailable: 0 },
      "rollout/stuck dev/shop/web: rollout.maxSurge and rollout.maxUnavailable are both zero, so no pod can ever be replaced; allow one of them",
    ],
    [
      { strategy: "rolling", maxSurge: "1" },
      'pods/count dev/shop/web: rollout.maxSurge "1" is not a number of pods; use a whole number from 0, or a share as in "25%"',
    ],
    [
      { strategy: "rolling", maxUnavailable: -1 },
      'pods/count dev/shop/web: rollout.maxUnavailable -1 is not a number of pods; use a whole number from 0, or a share as in "25%"',
    ],
    [
      { strategy: "recreate" },
      'rollout/strategy dev/shop/web: rollout.strategy "recreate" is not known; write "rolling"',
    ],
    [
      { strategy: "rolling", surge: 1 },
      'props/unknown dev/shop/web: unknown property "rollout.surge"; known are "maxSurge", "maxUnavailable", "strategy"',
    ],
  ])("cannot be %j", async (rollout, finding) => {
    expect(brief((await serviceWith({ rollout: rollout as Rollout })).findings)).toEqual([finding]);
  });
});

describe("a disruption budget", () => {
  const budgetOf = async (replicas: Replicas, disruptionBudget?: DisruptionBudget | false) => {
    const plan = await serviceWith({ replicas, disruptionBudget });
    expect(plan.findings).toEqual([]);
    return plan.objects("PodDisruptionBudget")[0]?.["spec"];
  };
  const selector = { matchLabels: { "app.kubernetes.io/name": "web" } };

  test("is there above one replica only", async () => {
    expect(await budgetOf(0)).toBeUndefined();
    expect(await budgetOf(1)).toBeUndefined();
    expect(await budgetOf({ min: 1, max: 5 })).toBeUndefined();
    const expected = { selector, maxUnavailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow" };
    expect(await budgetOf(2)).toEqual(expected);
    expect(await budgetOf({ min: 2, max: 5 })).toEqual(expected);
  });

  test("is what was asked for, or none", async () => {
    expect(await budgetOf(5, { minAvailable: 3 })).toMatchObject({ selector, minAvailable: 3 });
    expect(await budgetOf(5, { maxUnavailable: "40%" })).toMatchObject({ selector, maxUnavailable: "40%" });
    expect(await budgetOf(5, false)).toBeUndefined();
    expect(await budgetOf(1, { maxUnavailable: 1 })).toMatchObject({ maxUnavailable: 1 });
  });

  test.each<[Replicas, DisruptionBudget]>([
    [1, { minAvailable: 1 }],
    [3, { minAvailable: 3 }],
    [3, { minAvailable: "100%" }],
    [2, { minAvailable: "51%" }],
    [3, { maxUnavailable: 0 }],
    [3, { maxUnavailable: "0%" }],
    [{ min: 2, max: 9 }, { minAvailable: 2 }],
  ])("of %j replicas blocks the drain of nodes when it is %j", async (replicas, disruptionBudget) => {
    const minimum = typeof replicas === "number" ? replicas : replicas.min;
    expect(brief((await serviceWith({ replicas, disruptionBudget })).findings)).toEqual([
      `disruption-budget/blocks dev/shop/web: disruptionBudget ${JSON.stringify(disruptionBudget)} never lets go of one of ${minimum} pods, so no node can be drained; use { maxUnavailable: 1 }, or more replicas`,
    ]);
  });

  // https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/disruption/disruption.go: shares are rounded up
  const disruptionsAllowed = (pods: number, { minAvailable, maxUnavailable }: DisruptionBudget): number => {
    const scaled = (count: number | string) =>
      typeof count === "number" ? count : Math.ceil((pods * Number(count.slice(0, -1))) / 100);
    return minAvailable !== undefined ? pods - scaled(minAvailable) : scaled(maxUnavailable);
  };

  test("is refused exactly when Kubernetes would never allow a disruption", () => {
    const count = fc.oneof(
      fc.nat({ max: 12 }),
      fc.nat({ max: 100 }).map((share) => `${share}%` as const),
    );
    const budget = fc.oneof(
      count.map((minAvailable): DisruptionBudget => ({ minAvailable })),
      count.map((maxUnavailable): DisruptionBudget => ({ maxUnavailable })),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), budget, (pods, given) => {
        const rules = checkDisruptionBudget(given, pods).map(({ rule }) => rule);
        expect(rules).toEqual(disruptionsAllowed(pods, given) < 1 ? ["disruption-budget/blocks"] : []);
      }),
      { numRuns: 500 },
    );
  });

  test("is a number of pods or a share", async () => {
    const { findings } = await serviceWith({ replicas: 3, disruptionBudget: { minAvailable: "half" as "50%" } });
    expect(brief(findings)).toEqual([
      'pods/count dev/shop/web: disruptionBudget.minAvailable "half" is not a number of pods; use a whole number from 0, or a share as in "25%"',
    ]);
  });
});
