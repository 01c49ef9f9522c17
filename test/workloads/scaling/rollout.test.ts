import fc from "fast-check";
import type { DisruptionBudget, PodCount, Replicas, Rollout, WebServiceProps } from "flagstone";
import { describe, expect, test } from "vitest";
import { checkDisruptionBudget, disruptionsAllowed } from "../../../lib/workloads/scaling/budget";
import { checkRollout } from "../../../lib/workloads/scaling/rollout";
import { brief, serviceWith } from "../../testing/fixtures";

interface DeploymentSpec {
  readonly replicas?: number;
  readonly strategy: {
    readonly type: string;
    readonly rollingUpdate?: { readonly maxSurge: PodCount; readonly maxUnavailable: PodCount };
  };
  readonly minReadySeconds?: number;
  readonly progressDeadlineSeconds: number;
  readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly template: {
    readonly metadata: { readonly labels: Readonly<Record<string, string>> };
    readonly spec: {
      readonly terminationGracePeriodSeconds: number;
      readonly containers: readonly {
        readonly lifecycle: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
        readonly readinessProbe?: object;
      }[];
    };
  };
}
const deploymentOf = async (props: { replicas?: Replicas; rollout?: Rollout }) => {
  const plan = await serviceWith(props);
  expect(plan.findings).toEqual([]);
  return plan.object("Deployment", "web");
};
const specOf = async (props: { replicas?: Replicas; rollout?: Rollout }) =>
  (await deploymentOf(props)).spec as unknown as DeploymentSpec;

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
    expect((await specOf({ rollout })).strategy).toEqual({ type: "RollingUpdate", rollingUpdate });
  });

  test("that recreates ends all pods first, however many there are", async () => {
    const { strategy } = await specOf({ replicas: 3, rollout: { strategy: "recreate" } });
    expect(strategy).toEqual({ type: "Recreate" });
  });

  test.each<Rollout["strategy"]>(["rolling", "recreate"])("by %s takes its time as it is told", async (strategy) => {
    expect(await specOf({ rollout: { strategy, minReady: "20s", deadline: "5m", history: 2 } })).toMatchObject({
      minReadySeconds: 20,
      progressDeadlineSeconds: 300,
      revisionHistoryLimit: 2,
    });
    expect(await specOf({ rollout: { strategy } })).toMatchObject({
      progressDeadlineSeconds: 600,
      revisionHistoryLimit: 5,
    });
    expect(await specOf({ rollout: { strategy } })).not.toHaveProperty("minReadySeconds");
    expect(await specOf({ rollout: { strategy, history: 0 } })).toHaveProperty("revisionHistoryLimit", 0);
  });

  test.each<[unknown, string]>([
    [
      { strategy: "rolling", maxSurge: 0 },
      "rollout/stuck: rollout.maxSurge and rollout.maxUnavailable are both zero, so no pod can ever be replaced; allow one of them",
    ],
    [
      { strategy: "rolling", maxSurge: "0%", maxUnavailable: 0 },
      "rollout/stuck: rollout.maxSurge and rollout.maxUnavailable are both zero, so no pod can ever be replaced; allow one of them",
    ],
    [
      { strategy: "rolling", maxSurge: "1" },
      'pods/count: rollout.maxSurge "1" is not a number of pods; use a whole number from 0, or a share as in "25%"',
    ],
    [
      { strategy: "rolling", maxUnavailable: -1 },
      'pods/count: rollout.maxUnavailable -1 is not a number of pods; use a whole number from 0, or a share as in "25%"',
    ],
    [
      { strategy: "rolling", maxUnavailable: "101%" },
      'pods/count: rollout.maxUnavailable "101%" is not a number of pods; use a whole number from 0, or a share as in "25%"',
    ],
    [{ strategy: "canary" }, 'rollout/strategy: rollout.strategy "canary" is not known; write "rolling" or "recreate"'],
    [
      { strategy: "rolling", surge: 1 },
      'props/unknown: unknown property "rollout.surge"; known are "deadline", "history", "maxSurge", "maxUnavailable", "minReady", "strategy"',
    ],
    [
      { strategy: "recreate", maxSurge: 1 },
      'props/unknown: unknown property "rollout.maxSurge"; known are "deadline", "history", "minReady", "strategy"',
    ],
    [
      { strategy: "rolling", minReady: "1.5s" },
      'units/duration: rollout.minReady "1.5s" is not a whole number of seconds from 0 s; write "30s" or "5m"',
    ],
    [
      { strategy: "recreate", deadline: "0s" },
      'units/duration: rollout.deadline "0s" is not a whole number of seconds from 1 s; write "30s" or "5m"',
    ],
    [
      { strategy: "rolling", minReady: "5m", deadline: "300s" },
      'rollout/deadline: rollout.minReady "5m" is not shorter than rollout.deadline ("300s"), so every rollout would fail; give it a longer deadline',
    ],
    [
      { strategy: "recreate", minReady: "10m" },
      'rollout/deadline: rollout.minReady "10m" is not shorter than rollout.deadline (10m by default), so every rollout would fail; give it a longer deadline',
    ],
    [
      { strategy: "recreate", history: -1 },
      "rollout/history: rollout.history -1 is not a number of former versions; use a whole number from 0",
    ],
  ])("cannot be %j", async (rollout, finding) => {
    const { findings } = await serviceWith({ rollout: rollout as Rollout });
    expect(brief(findings).map((text) => text.replace(" dev/shop/web", ""))).toEqual([finding]);
  });

  test.each<[string, Partial<WebServiceProps>, string | undefined]>([
    ["two minutes, by default", {}, undefined],
    ["as long as the deadline", { rollout: { strategy: "rolling", deadline: "140s", minReady: "20s" } }, undefined],
    [
      "a second longer than the deadline",
      { rollout: { strategy: "rolling", deadline: "139s", minReady: "20s" } },
      'rollout.deadline ("139s") may end while new pods still start: health.startup gives them 120 s, and rollout.minReady 20 s; make it deadline: "140s", or let health.startup give up sooner',
    ],
    [
      "half an hour",
      { health: { startup: { http: "/", every: "30s", failures: 60, delay: "5s" } } },
      'rollout.deadline (10m by default) may end while new pods still start: health.startup gives them 1805 s; make it deadline: "1805s", or let health.startup give up sooner',
    ],
    [
      "as long as they like, as nobody asks",
      { health: { startup: false }, rollout: { strategy: "recreate", deadline: "5s" } },
      undefined,
    ],
  ])("warns of a deadline where pods may take %s to start", async (_, props, message) => {
    const { findings } = await serviceWith(props);
    expect(findings.map(({ severity }) => severity)).toEqual(message === undefined ? [] : ["warning"]);
    expect(brief(findings)).toEqual(message === undefined ? [] : [`rollout/too-short dev/shop/web: ${message}`]);
  });

  test("that brings a pod before one goes needs a zone more than there are pods, where each has one for itself", async () => {
    const alone = { apart: { web: { within: "zone", required: true } } } as const;
    const rulesWith = async (props: Partial<WebServiceProps>) =>
      (await serviceWith({ replicas: 3, scheduling: alone, ...props })).findings.map(({ rule, severity }) => [
        rule,
        severity,
      ]);
    const noRoom = [["rollout/no-room", "warning"]];
    expect(await rulesWith({})).toEqual(noRoom);
    expect(await rulesWith({ replicas: { min: 1, max: 2 } })).toEqual(noRoom);
    expect(await rulesWith({ rollout: { strategy: "rolling", maxUnavailable: "30%" } })).toEqual(noRoom);
    expect(await rulesWith({ rollout: { strategy: "rolling", maxUnavailable: 1 } })).toEqual([]);
    expect(await rulesWith({ rollout: { strategy: "rolling", maxUnavailable: "34%" } })).toEqual([]);
    expect(await rulesWith({ rollout: { strategy: "recreate" } })).toEqual([]);
    expect(await rulesWith({ replicas: 1 })).toEqual([]);
    expect(await rulesWith({ scheduling: { apart: { web: { within: "zone" } } } })).toEqual([]);
    expect(await rulesWith({ scheduling: { apart: { web: { within: "host", required: true } } } })).toEqual([]);
    // Versions are spread each by itself, so old pods take no room from new ones.
    expect(await rulesWith({ scheduling: { spread: { zones: "required" } } })).toEqual([]);
  });

  test.each<[string, { replicas: Replicas; rollout: Rollout }, string | undefined]>([
    ["takes no longer than Pulumi waits anyway", { replicas: 2, rollout: { strategy: "rolling" } }, undefined],
    ["may take longer", { replicas: 2, rollout: { strategy: "rolling", deadline: "20m" } }, "1260"],
    // One pod more at a time, each of which must be ready for a minute.
    ["goes in waves", { replicas: 8, rollout: { strategy: "rolling", maxSurge: 1, minReady: "1m" } }, "1140"],
    ["goes in one wave", { replicas: { min: 2, max: 8 }, rollout: { strategy: "recreate", minReady: "1m" } }, "720"],
  ])("that %s is waited for by Pulumi until Kubernetes gives it up", async (_, props, seconds) => {
    expect((await deploymentOf(props)).metadata.annotations?.["pulumi.com/timeoutSeconds"]).toBe(seconds);
  });
});

// https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-update-deployment: surge is rounded up, what may be
// missing is rounded down, and where both come to nothing one pod may be missing.
function bounds(pods: number, spec: DeploymentSpec): { readonly most: number; readonly fewest: number } {
  if (!spec.strategy.rollingUpdate) return { most: pods, fewest: 0 };
  const { maxSurge, maxUnavailable } = spec.strategy.rollingUpdate;
  const scaled = (count: PodCount, round: (x: number) => number) =>
    typeof count === "number" ? count : round((pods * Number(count.slice(0, -1))) / 100);
  const surge = scaled(maxSurge, Math.ceil);
  const missing = scaled(maxUnavailable, Math.floor);
  return { most: pods + surge, fewest: Math.max(0, pods - (surge + missing === 0 ? 1 : missing)) };
}

describe("what the objects of a service promise while pods are replaced", () => {
  const replicas = fc.integer({ min: 2, max: 30 });
  const count = fc.oneof(
    fc.nat({ max: 12 }),
    fc.nat({ max: 100 }).map((share) => `${share}%` as const),
  );
  const rollout = fc.oneof(
    fc.record({ strategy: fc.constant("recreate" as const) }),
    fc.record({ strategy: fc.constant("rolling" as const), maxSurge: count, maxUnavailable: count }),
    fc.record({ strategy: fc.constant("rolling" as const), maxSurge: count }),
  );
  const budget = fc.option(
    fc.oneof(
      count.map((minAvailable): DisruptionBudget => ({ minAvailable })),
      count.map((maxUnavailable): DisruptionBudget => ({ maxUnavailable })),
    ),
    { nil: undefined },
  );
  const gracePeriod = fc.integer({ min: 1, max: 600 }).map((seconds) => `${seconds}s` as const);

  test("is kept for any number of replicas, any rollout and any budget that is not refused", async () => {
    const seen = { judged: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(replicas, rollout, budget, gracePeriod, async (pods, given, disruptionBudget, grace) => {
        const problems = [
          ...checkRollout(given),
          ...(disruptionBudget ? checkDisruptionBudget(disruptionBudget, pods) : []),
        ];
        if (problems.length > 0) {
          seen.refused++;
          return;
        }
        seen.judged++;
        const plan = await serviceWith({ replicas: pods, rollout: given, disruptionBudget, gracePeriod: grace });
        expect(plan.findings).toEqual([]);
        const spec = plan.object("Deployment", "web").spec as unknown as DeploymentSpec;

        // Something can always be replaced, and nobody asks for fewer pods than by default unless it was said.
        const { most, fewest } = bounds(pods, spec);
        expect(most - fewest).toBeGreaterThan(0);
        if (given.strategy === "rolling" && !("maxUnavailable" in given) && given.maxSurge !== 0)
          expect(fewest).toBe(pods);

        // Readiness decides when a new pod counts, and traffic ends before the process must.
        const { containers, terminationGracePeriodSeconds } = spec.template.spec;
        expect(containers[0]?.readinessProbe).toMatchObject({ tcpSocket: { port: "http" } });
        expect(containers[0]?.lifecycle.preStop.sleep.seconds).toBeGreaterThan(0);
        expect(containers[0]?.lifecycle.preStop.sleep.seconds).toBeLessThan(terminationGracePeriodSeconds);

        // The budget is of exactly these pods, and lets at least one of them go.
        const { selector, ...held } = plan.object("PodDisruptionBudget", "web")["spec"] as DisruptionBudget & {
          readonly selector: object;
        };
        expect(selector).toEqual({ matchLabels: { "app.kubernetes.io/name": "web" } });
        expect(selector).toEqual(spec.selector);
        expect(spec.template.metadata.labels).toMatchObject(spec.selector.matchLabels);
        expect(disruptionsAllowed(held, pods)).toBeGreaterThanOrEqual(1);
        if (disruptionBudget === undefined) expect(disruptionsAllowed(held, pods)).toBe(1);
      }),
      { numRuns: 150 },
    );
    expect(seen.judged).toBeGreaterThan(30);
    expect(seen.refused).toBeGreaterThan(0);
  }, 60_000);
});
