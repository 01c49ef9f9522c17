// Autoscalers of all sorts, as the API server and the definitions of KEDA and the Vertical Pod Autoscaler judge them.
import fc from "fast-check";
import {
  Capability,
  Cluster,
  definePlatform,
  Platform,
  Ref,
  type Scaling,
  Tenant,
  Trigger,
  Worker,
  type WorkerProps,
} from "flagstone";
import { describe, expect, test } from "vitest";
import { autoscalerSpec } from "../../lib/workloads/scaling/autoscaler.ts";
import { scaledObjectSpec } from "../../lib/workloads/scaling/keda.ts";
import { checkReplicas } from "../../lib/workloads/scaling/replicas.ts";
import { checkRollout, rolloutFields } from "../../lib/workloads/scaling/rollout.ts";
import { bodyOf, type KubernetesList } from "./api.ts";
import { applyProgram } from "./apply-program.ts";
import { expectStored, expectUnchanged } from "./apply.ts";
import { deleteAll, expectNothingRemains, takeInventory } from "./inventory.ts";
import { waitForPods } from "./pods.ts";
import { withControlPlane } from "./suite.ts";

const controlPlane = withControlPlane("keda", "vertical-pod-autoscaler");

const facts = definePlatform("acme", {
  domain: "acme.example",
  environments: {
    dev: { clusters: { eu: { capabilities: [Capability.keda(), Capability.verticalPodAutoscaler()] }, us: {} } },
  },
  tenants: { shop: { owners: ["group:shop"], allowed: { triggerAuthentications: ["aws"] } } },
});
const image = `registry.acme.example/shop/worker:1.0.0@sha256:${"0123456789abcdef".repeat(4)}`;
const speed = { up: { after: "30s", pods: "200%", every: "1m" }, down: { after: "10m", pods: 2 } } as const;
const authentication = { name: "aws" };

/** Everything that can be said of scaling, and how many pods that makes without anybody who scales. */
const workers: Readonly<Record<string, Partial<WorkerProps>>> = {
  fixed: { replicas: 2 },
  utilization: { replicas: { min: 1, max: 4, cpu: 60, memory: 80, ...speed } },
  metrics: {
    replicas: {
      min: 1,
      max: 4,
      metrics: {
        busy_threads: { kind: "pods", average: "1500m" },
        queue_depth: { kind: "external", average: 2000, selector: { queue: "orders" } },
        queue_age: { kind: "external", average: 0.5 },
      },
      up: { every: "30m" },
      down: { pods: 0 },
    },
  },
  triggers: {
    env: { URL: "x", PASSWORD: Ref.secretKey({ name: "queue", key: "password" }) },
    replicas: {
      min: 0,
      max: 20,
      cpu: 60,
      triggers: {
        cron: Trigger.cron({ start: "0 11 * * 1-5", end: "0 14 * * 1-5", timeZone: "Europe/Berlin", replicas: 8 }),
        rabbit: Trigger.rabbitMq({ hostFromEnv: "URL", queue: "orders", perReplica: 50 }),
        sqs: Trigger.sqs({ queueUrl: "https://sqs/q", region: "eu-central-1", perReplica: 5, authentication }),
        kafka: Trigger.kafka({ bootstrapServersFromEnv: "URL", consumerGroup: "g", topic: "t", perReplica: 5 }),
        redis: Trigger.redisList({ address: "r:6379", list: "l", perReplica: 5, passwordFromEnv: "PASSWORD" }),
        prometheus: Trigger.prometheus({ server: "http://p:9090", query: "sum(x)", perReplica: 0.5 }),
        any: Trigger.of("mysql", { query: "select 1", queryValue: "5" }, { name: "db", kind: "TriggerAuthentication" }),
      },
      ...speed,
    },
    placement: { cluster: "eu" },
  },
  sleepy: { replicas: 3, awake: { from: "07:00", to: "20:00", timeZone: "Europe/Berlin" } },
  nightly: { replicas: { min: 2, max: 5 }, awake: { from: "22:00", to: "06:00", days: ["sat", "sun"] } },
  // Longer than KEDA could name its autoscaler after.
  [`long-${"x".repeat(55)}`]: { replicas: 1, awake: { from: "07:00", to: "20:00" } },
  once: { replicas: 1, rollout: { strategy: "recreate", minReady: "10s", deadline: "20m", history: 0 } },
};

function program(): Pick<Platform, "instantiate"> {
  const cluster = Cluster.fromKubeconfig();
  const platform = new Platform(facts, { environments: { dev: { clusters: { eu: cluster, us: cluster } } } });
  platform.run((environment) => {
    const shop = new Tenant(environment, "shop");
    for (const [name, props] of Object.entries(workers)) new Worker(shop, name, { image, ...props });
  });
  return platform;
}

const names = async (path: string) =>
  bodyOf(await controlPlane().request<KubernetesList>("GET", path), path)
    .items.map(({ metadata }) => metadata.name)
    .sort();

describe.each([
  {
    cluster: "eu",
    vertical: Object.keys(workers),
    keda: Object.keys(workers).filter((name) => /^(l|n|s|t)/.test(name)),
  },
  { cluster: "us", vertical: [], keda: [] },
] as const)("on cluster $cluster", ({ cluster, vertical, keda }) => {
  test("whatever scales a worker is taken without a warning, stored as written, stays and goes", async () => {
    const before = await takeInventory(controlPlane());
    const applied = await applyProgram(controlPlane(), program(), `dev/${cluster}`);
    await waitForPods(controlPlane(), ["shop"]);
    await expectStored(controlPlane(), applied);
    await expectUnchanged(controlPlane(), applied);
    const scaled = await names("/apis/keda.sh/v1alpha1/namespaces/shop/scaledobjects");
    expect(scaled).toEqual([...keda].sort());
    expect(await names("/apis/autoscaling.k8s.io/v1/namespaces/shop/verticalpodautoscalers")).toEqual(
      [...vertical].sort(),
    );
    const autoscalers = await names("/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers");
    expect(autoscalers).toEqual(cluster === "eu" ? ["metrics", "utilization"] : ["metrics", "nightly", "utilization"]);
    await deleteAll(controlPlane(), applied);
    await expectNothingRemains(controlPlane(), before);
  });
});

describe("what the server refuses, our own checks refuse, and the other way around", () => {
  const metadata = { name: "web", namespace: "default" };
  /** Asks the server without storing anything: what it says against it, in an error or a warning. */
  async function refusal(path: string, object: object): Promise<string | undefined> {
    const resource = `${path}?dryRun=All&fieldValidation=Strict`;
    const { status, body, warnings } = await controlPlane().request<{ message?: string }>("POST", resource, object);
    return status === 201 && warnings.length === 0 ? undefined : (body.message ?? warnings.join());
  }
  async function compare<T>(
    samples: readonly T[],
    problemsOf: (sample: T) => readonly object[],
    ask: (sample: T) => Promise<string | undefined>,
  ): Promise<void> {
    const seen = { taken: 0, refused: 0 };
    const differing: string[] = [];
    await Promise.all(
      samples.map(async (sample) => {
        const said = await ask(sample);
        const problems = problemsOf(sample);
        seen[said === undefined ? "taken" : "refused"]++;
        if ((said === undefined) !== (problems.length === 0))
          differing.push(`${JSON.stringify(sample)}: ${said ?? "taken"}, ${JSON.stringify(problems)}`);
      }),
    );
    expect(differing).toEqual([]);
    expect(seen.taken).toBeGreaterThan(50);
    expect(seen.refused).toBeGreaterThan(50);
  }

  const seconds = (around: readonly number[]) =>
    fc.constantFrom(...around.flatMap((n) => [n - 1, n, n + 1]).filter((n) => n >= 0)).map((n) => `${n}s` as const);
  const after = seconds([0, 60, 3600]);
  // Where none may come or go, it does not matter how often: that is not sent.
  const direction = fc.oneof(
    fc.record({ after, pods: fc.constantFrom<0 | "0%">(0, "0%") }, { requiredKeys: ["pods"] }),
    fc.record(
      { after, pods: fc.constantFrom<number | `${number}%`>(1, 7, "1%", "300%"), every: seconds([1, 60, 1800]) },
      { requiredKeys: [] },
    ),
  );
  const scaling = fc.record(
    {
      min: fc.integer({ min: 1, max: 3 }),
      max: fc.integer({ min: 0, max: 4 }),
      metrics: fc.dictionary(
        fc.constantFrom("age", "a.b:c", "a/b", "%"),
        fc.record({
          kind: fc.constantFrom("pods" as const, "external" as const),
          average: fc.constantFrom<number | `${number}m`>(0, 1, 0.001, 1500, "0m", "1m", "2500m"),
        }),
        { maxKeys: 2 },
      ),
      up: direction,
      down: direction,
    },
    { requiredKeys: ["min", "max"] },
  );

  test("of a HorizontalPodAutoscaler", async () => {
    let asked = 0;
    await compare<Scaling>(fc.sample(scaling, 1_000), checkReplicas, (sample) =>
      refusal("/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers", {
        apiVersion: "autoscaling/v2",
        kind: "HorizontalPodAutoscaler",
        metadata,
        spec: plain(autoscalerSpec({ deployment: "web", container: asked++ % 2 ? "web" : undefined }, sample)),
      }),
    );
  });

  test("of a ScaledObject, as far as its definition goes", async () => {
    const triggers = { it: Trigger.of("x", {}) };
    const range = fc.record({ min: fc.integer({ min: -1, max: 4 }), max: fc.integer({ min: -1, max: 4 }) });
    await compare(
      fc.sample(range, 300),
      (sample) => checkReplicas({ ...sample, triggers }),
      (sample) =>
        refusal("/apis/keda.sh/v1alpha1/namespaces/default/scaledobjects", {
          apiVersion: "keda.sh/v1alpha1",
          kind: "ScaledObject",
          metadata,
          spec: scaledObjectSpec(
            { deployment: "web", container: "web" },
            { replicas: { ...sample, triggers }, awake: undefined },
          ),
        }),
    );
  });

  test("of a Deployment's rollout", async () => {
    const timing = {
      minReady: seconds([0, 10, 600]),
      deadline: seconds([1, 10, 600]),
      history: fc.integer({ min: -1, max: 2 }),
    };
    const count = fc.constantFrom<number | `${number}%`>(-1, 0, 1, "0%", "25%", "100%", "101%");
    const rollout = fc.oneof(
      fc.record({ strategy: fc.constant("recreate" as const), ...timing }, { requiredKeys: ["strategy"] }),
      fc.record(
        { strategy: fc.constant("rolling" as const), maxSurge: count, maxUnavailable: count, ...timing },
        { requiredKeys: ["strategy"] },
      ),
    );
    const selector = { app: "web" };
    const template = { metadata: { labels: selector }, spec: { containers: [{ name: "web", image }] } };
    // Stricter than the server on purpose: a surge of more than all pods is a mistake.
    const samples = fc.sample(rollout, 1_500).filter((each) => !("maxSurge" in each && each.maxSurge === "101%"));
    await compare(samples, checkRollout, (sample) =>
      refusal("/apis/apps/v1/namespaces/default/deployments", {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata,
        spec: plain({ selector: { matchLabels: selector }, template, ...rolloutFields(sample) }),
      }),
    );
  });
});

/** cdk8s's values that are a number or a text, as JSON has them. */
function plain(value: unknown): object {
  return JSON.parse(
    JSON.stringify(value, (_, item: unknown) =>
      typeof item === "object" && item !== null && "value" in item && Object.keys(item).length === 1
        ? item.value
        : item,
    ),
  ) as object;
}
