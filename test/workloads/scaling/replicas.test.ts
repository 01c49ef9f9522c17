import type { Replicas, Scaling, WebServiceProps } from "flagstone";
import type { PlanView } from "flagstone/testing";
import { describe, expect, test } from "vitest";
import { brief, IMAGE, serviceWith } from "../../testing/fixtures";
import { inCluster } from "./clusters";

const findingsOf = async (replicas: unknown) => {
  const { findings } = await serviceWith({ replicas: replicas as Replicas });
  return brief(findings).map((text) => text.replace(" dev/shop/web", ""));
};
const autoscalerOf = async (scaling: Partial<Scaling>) => {
  const plan = await serviceWith({ replicas: { min: 1, max: 9, ...scaling } });
  expect(plan.findings).toEqual([]);
  return plan.object("HorizontalPodAutoscaler", "web").spec as unknown as {
    readonly metrics: readonly object[];
    readonly behavior?: object;
  };
};

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
    expect(plan.object("HorizontalPodAutoscaler", "web")).toEqual({
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: expect.objectContaining({ name: "web" }),
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

  test("as a range by CPU have a CPU request to measure by", async () => {
    const [container] = (await serviceWith({ replicas: { min: 1, max: 2 } })).object("Deployment", "web").spec.template
      .spec.containers;
    expect(container).toMatchObject({ resources: { requests: { cpu: "100m" } } });
  });

  test.each([
    [{ cpu: 50 }, { cpu: 50 }],
    [{ memory: 80 }, { memory: 80 }],
    [
      { cpu: 60, memory: 80 },
      { cpu: 60, memory: 80 },
    ],
  ])("with %j follow the use of %j", async (scaling, targets) => {
    const { metrics } = (await autoscalerOf(scaling)) as {
      metrics: { resource: { name: string; target: { averageUtilization: number } } }[];
    };
    expect(
      Object.fromEntries(metrics.map(({ resource }) => [resource.name, resource.target.averageUtilization])),
    ).toEqual(targets);
  });

  test("may aim at more than what is requested, where the CPU has no limit", async () => {
    expect((await autoscalerOf({ cpu: 250 })).metrics).toMatchObject([
      { resource: { target: { averageUtilization: 250 } } },
    ]);
  });

  test("follow the use of the workload's own container, where there are sidecars", async () => {
    const props = { sidecars: { proxy: { image: IMAGE } }, replicas: { min: 1, max: 9, cpu: 60, memory: 80 } };
    const specOf = (plan: PlanView) => plan.object("HorizontalPodAutoscaler", "web").spec;
    const target = (averageUtilization: number) => ({ type: "Utilization", averageUtilization });
    expect(specOf(await serviceWith(props))).toHaveProperty("metrics", [
      { type: "ContainerResource", containerResource: { name: "cpu", container: "web", target: target(60) } },
      { type: "ContainerResource", containerResource: { name: "memory", container: "web", target: target(80) } },
    ]);
    expect(specOf(await serviceWith({ ...props, sidecars: undefined, init: { warm: {} } }))).toMatchObject({
      metrics: [{ type: "Resource" }, { type: "Resource" }],
    });
  });

  test("that an autoscaler moves are no number of a transform", async () => {
    const findings = async (replicas: Replicas, transform: WebServiceProps["transform"]) =>
      brief((await serviceWith({ replicas, transform })).findings);
    const three = { deployment: { spec: { replicas: 3 } } };
    expect(await findings({ min: 2, max: 6 }, three)).toEqual([
      "replicas/transform dev/shop/web: transform.deployment says 3 replicas, which an autoscaler moves: each deployment would undo what it did; say in replicas how many there are",
    ]);
    expect(await findings(2, three)).toEqual([]);
    expect(await findings({ min: 2, max: 6 }, { deployment: { spec: { replicas: null, paused: true } } })).toEqual([]);
  });

  test("follow other metrics, in the order of their names, and CPU no longer by default", async () => {
    const { metrics } = await autoscalerOf({
      metrics: {
        queue_depth: { kind: "external", average: 2000, selector: { queue: "orders" } },
        busy_threads: { kind: "pods", average: "1500m" },
        age: { kind: "external", average: 0.25 },
      },
    });
    const target = (averageValue: string) => ({ type: "AverageValue", averageValue });
    expect(metrics).toEqual([
      { type: "External", external: { metric: { name: "age" }, target: target("250m") } },
      { type: "Pods", pods: { metric: { name: "busy_threads" }, target: target("1500m") } },
      {
        type: "External",
        external: {
          metric: { name: "queue_depth", selector: { matchLabels: { queue: "orders" } } },
          target: target("2k"),
        },
      },
    ]);
    expect((await autoscalerOf({ cpu: 60, metrics: { age: { kind: "pods", average: 1 } } })).metrics).toHaveLength(2);
  });

  test("move as fast as Kubernetes moves them", async () => {
    expect(await autoscalerOf({})).not.toHaveProperty("behavior");
    expect(await autoscalerOf({ up: {}, down: {} })).not.toHaveProperty("behavior");
  });

  test.each<[Pick<Scaling, "up" | "down">, object]>([
    [{ up: { after: "30s" } }, { scaleUp: { stabilizationWindowSeconds: 30 } }],
    [{ up: { pods: 2 } }, { scaleUp: { policies: [{ type: "Pods", value: 2, periodSeconds: 15 }] } }],
    [
      { up: { pods: "200%", every: "1m" } },
      { scaleUp: { policies: [{ type: "Percent", value: 200, periodSeconds: 60 }] } },
    ],
    // Kubernetes' own policies, with another period.
    [
      { up: { every: "1m" }, down: { every: "2m" } },
      {
        scaleUp: {
          policies: [
            { type: "Pods", value: 4, periodSeconds: 60 },
            { type: "Percent", value: 100, periodSeconds: 60 },
          ],
        },
        scaleDown: { policies: [{ type: "Percent", value: 100, periodSeconds: 120 }] },
      },
    ],
    [{ down: { pods: 0 } }, { scaleDown: { selectPolicy: "Disabled" } }],
    [
      { down: { after: "1h", pods: "0%" } },
      { scaleDown: { stabilizationWindowSeconds: 3600, selectPolicy: "Disabled" } },
    ],
  ])("move as %j says", async (speed, behavior) => {
    expect((await autoscalerOf(speed)).behavior).toEqual(behavior);
  });

  test.each<[unknown, string]>([
    [-1, "replicas -1 is not possible; use a whole number from 0, or { min, max }"],
    [1.5, "replicas 1.5 is not possible; use a whole number from 0, or { min, max }"],
    [2 ** 31, "replicas 2147483648 is not possible; use a whole number from 0, or { min, max }"],
    ["3", 'replicas "3" is not possible; use a whole number from 0, or { min, max }'],
    [{ min: -1, max: 2 }, "replicas.min -1 is not possible; use a whole number from 0"],
    [{ min: 3, max: 2 }, "replicas.max 2 is not possible; use a whole number from replicas.min (3)"],
    [{ min: 1 }, "replicas.max undefined is not possible; use a whole number from replicas.min (1)"],
    [{ min: 0, max: 0 }, "replicas.max 0 is not possible; use a whole number from 1"],
    [{ min: 1, max: 2, cpu: 0 }, "replicas.cpu 0 is not possible; use a whole number of percent from 1 to 1000"],
    [{ min: 1, max: 2, cpu: 1001 }, "replicas.cpu 1001 is not possible; use a whole number of percent from 1 to 1000"],
    [
      { min: 1, max: 2, memory: 101 },
      "replicas.memory 101 is not possible; use a whole number of percent from 1 to 100",
    ],
    [
      { min: 1, max: 2, memory: 0.7 },
      "replicas.memory 0.7 is not possible; use a whole number of percent from 1 to 100",
    ],
  ])("cannot be %j", async (replicas, finding) => {
    expect(await findingsOf(replicas)).toEqual([`replicas/invalid: ${finding}`]);
  });

  test.each<[object, string]>([
    [{ cup: 50 }, 'props/unknown: unknown property "replicas.cup"; did you mean "cpu"?'],
    [{ up: { by: 1 } }, 'props/unknown: unknown property "replicas.up.by"; known are "after", "every", "pods"'],
    [
      { up: { after: "61m" } },
      'units/duration: replicas.up.after "61m" is not a whole number of seconds from 0 s to 3600 s; write "30s" or "5m"',
    ],
    [
      { down: { every: "0s" } },
      'units/duration: replicas.down.every "0s" is not a whole number of seconds from 1 s to 1800 s; write "30s" or "5m"',
    ],
    [
      { down: { every: "31m" } },
      'units/duration: replicas.down.every "31m" is not a whole number of seconds from 1 s to 1800 s; write "30s" or "5m"',
    ],
    [
      { down: { pods: -1 } },
      'pods/count: replicas.down.pods -1 is not a number of pods; use a whole number from 0, or a share as in "25%"',
    ],
    [
      { metrics: { "a/b": { kind: "pods", average: 1 } } },
      'metric/invalid: replicas.metrics has "a/b", which is no name of a metric; write it as the metrics API does, without / and %',
    ],
    [
      { metrics: { age: { kind: "object", average: 1 } } },
      'metric/invalid: replicas.metrics.age.kind "object" is not known; known are "external", "pods"',
    ],
    [
      { metrics: { age: { kind: "pods", average: 0 } } },
      'metric/invalid: replicas.metrics.age.average 0 is not an amount above zero; use a number, or thousandths as in "500m"',
    ],
    [
      { metrics: { age: { kind: "pods", average: "0.5" } } },
      'metric/invalid: replicas.metrics.age.average "0.5" is not an amount above zero; use a number, or thousandths as in "500m"',
    ],
    [
      { metrics: { age: { kind: "pods", average: 1, selector: { a: "b" } } } },
      'props/unknown: unknown property "replicas.metrics.age.selector"; known are "average", "kind"',
    ],
    [
      { metrics: { age: { kind: "external", average: 1, selector: { a: "b c" } } } },
      'labels/invalid-value: value "b c" of label "a" is not one that Kubernetes takes; use at most 63 letters, digits, - _ and ., or put it into an annotation',
    ],
    [
      { metrics: { age: 5 } },
      'metric/invalid: replicas.metrics.age 5 is no metric; write { kind: "pods", average: 100 }, or { kind: "external", … }',
    ],
  ])("as a range cannot have %j", async (scaling, finding) => {
    expect(await findingsOf({ min: 1, max: 2, ...scaling })).toEqual([finding]);
  });

  test("as a range are not taken over by KEDA where nothing needs it, and KEDA does not mind", async () => {
    const plan = await inCluster({ replicas: { min: 1, max: 2 } });
    expect(plan.objects("ScaledObject")).toEqual([]);
    expect(plan.object("HorizontalPodAutoscaler", "web").metadata.annotations).toEqual({
      "validations.keda.sh/hpa-ownership": "false",
    });
    const elsewhere = await serviceWith({ replicas: { min: 1, max: 2 } });
    expect(elsewhere.object("HorizontalPodAutoscaler", "web").metadata).not.toHaveProperty("annotations");
  });
});

describe("a vertical autoscaler", () => {
  test("recommends, and changes nothing, where the cluster has one", async () => {
    const plan = await inCluster({}, "vertical");
    expect(plan.findings).toEqual([]);
    expect(plan.objects("VerticalPodAutoscaler")).toHaveLength(1);
    expect(plan.object("VerticalPodAutoscaler", "web", "eu")).toMatchObject({
      apiVersion: "autoscaling.k8s.io/v1",
      spec: {
        targetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
        updatePolicy: { updateMode: "Off" },
      },
    });
  });

  test("is reached by transform", async () => {
    const plan = await inCluster(
      { transform: { verticalAutoscaler: { spec: { updatePolicy: { updateMode: "Initial" } } } } },
      "vertical",
    );
    expect(plan.object("VerticalPodAutoscaler", "web")["spec"]).toMatchObject({
      updatePolicy: { updateMode: "Initial" },
    });
  });
});
