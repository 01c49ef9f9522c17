import fc from "fast-check";
import { type DisruptionBudget, type Replicas, Trigger, type WakingHours, WebService } from "flagstone";
import { describe, expect, test } from "vitest";
import { checkDisruptionBudget, disruptionBudgetOf } from "../../../lib/workloads/scaling/budget";
import { brief, IMAGE, serviceWith, tenantIn } from "../../testing/fixtures";
import { inCluster } from "./clusters";

describe("a disruption budget", () => {
  const budgetOf = async (replicas: Replicas, disruptionBudget?: DisruptionBudget | false) => {
    const plan = await serviceWith({ replicas, disruptionBudget });
    expect(plan.findings).toEqual([]);
    return plan.objects("PodDisruptionBudget")[0]?.["spec"];
  };
  const selector = { matchLabels: { "app.kubernetes.io/name": "web" } };

  test("is there where there can be more than one replica", async () => {
    expect(await budgetOf(0)).toBeUndefined();
    expect(await budgetOf(1)).toBeUndefined();
    expect(await budgetOf({ min: 1, max: 1 })).toBeUndefined();
    const expected = { selector, maxUnavailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow" };
    expect(await budgetOf(2)).toEqual(expected);
    expect(await budgetOf({ min: 2, max: 5 })).toEqual(expected);
    expect(await budgetOf({ min: 1, max: 30 })).toEqual(expected);
  });

  test("is what was asked for, or none", async () => {
    expect(await budgetOf(5, { minAvailable: 3 })).toMatchObject({ selector, minAvailable: 3 });
    expect(await budgetOf(5, { maxUnavailable: "40%" })).toMatchObject({ selector, maxUnavailable: "40%" });
    expect(await budgetOf(5, false)).toBeUndefined();
    expect(await budgetOf(1, { maxUnavailable: 1 })).toMatchObject({ maxUnavailable: 1 });
  });

  test("is of the pods of its workload, and of no other's", async () => {
    const shop = tenantIn("dev");
    for (const id of ["web", "web-2", "worker"]) new WebService(shop, id, { image: IMAGE, replicas: 2 });
    const plan = await shop.plan();
    for (const id of ["web", "web-2", "worker"]) {
      const { matchLabels } = (plan.object("PodDisruptionBudget", id)["spec"] as { selector: { matchLabels: object } })
        .selector;
      const held = plan.objects("Deployment").filter(({ spec }) => {
        const { labels } = (spec as { template: { metadata: { labels: Record<string, string> } } }).template.metadata;
        return Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
      });
      expect(held.map(({ metadata }) => metadata.name)).toEqual([id]);
    }
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

  const sleepy: WakingHours = { from: "07:00", to: "20:00" };
  const woken: Replicas = { min: 0, max: 5, triggers: { jobs: Trigger.of("mysql", { query: "select 1" }) } };

  test.each<[string, { replicas: Replicas; awake?: WakingHours }, number]>([
    ["of what may have no pods is judged by the first of them", { replicas: woken }, 1],
    ["of what sleeps is judged by the pods that are awake", { replicas: 2, awake: sleepy }, 2],
    [
      "of a range that sleeps is judged by the fewest that are awake",
      { replicas: { min: 3, max: 9 }, awake: sleepy },
      3,
    ],
  ])("%s", async (_, props, pods) => {
    const all = { ...props, disruptionBudget: { minAvailable: pods } };
    expect((await inCluster(all)).findings.map(({ rule }) => rule)).toEqual(["disruption-budget/blocks"]);
    const plan = await inCluster({ ...props, disruptionBudget: { maxUnavailable: 1 } });
    expect(plan.findings).toEqual([]);
    expect(plan.objects("PodDisruptionBudget")).toHaveLength(1);
    expect((await inCluster(props)).objects("PodDisruptionBudget")).toMatchObject([{ spec: { maxUnavailable: 1 } }]);
  });

  test("by default never holds back the only pod that runs", () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 }), fc.integer({ min: 2, max: 30 }), (min, max) => {
        const budget = disruptionBudgetOf(undefined, { min, max });
        for (let pods = 1; pods <= max; pods++) expect(disruptionsAllowed(pods, budget!)).toBe(1);
      }),
    );
  });

  test("of what is stopped blocks nothing", async () => {
    expect(await budgetOf(0, { minAvailable: 1 })).toMatchObject({ minAvailable: 1 });
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

  test.each<[object, string]>([
    [
      { minAvailable: "half" },
      'pods/count dev/shop/web: disruptionBudget.minAvailable "half" is not a number of pods; use a whole number from 0, or a share as in "25%"',
    ],
    [
      {},
      "disruption-budget/both dev/shop/web: disruptionBudget {} says not exactly one of minAvailable and maxUnavailable; write { maxUnavailable: 1 }",
    ],
    [
      { minAvailable: 1, maxUnavailable: 1 },
      'disruption-budget/both dev/shop/web: disruptionBudget {"minAvailable":1,"maxUnavailable":1} says not exactly one of minAvailable and maxUnavailable; write { maxUnavailable: 1 }',
    ],
  ])("cannot be %j", async (disruptionBudget, finding) => {
    const { findings } = await serviceWith({ replicas: 3, disruptionBudget: disruptionBudget as DisruptionBudget });
    expect(brief(findings)).toEqual([finding]);
  });
});
