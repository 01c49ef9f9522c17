// A service goes to its next version while nodes are drained under it: what the objects promise is what happens.
import { Cluster, definePlatform, Platform, type Rollout, Tenant, WebService, type WebServiceProps } from "flagstone";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { bodyOf, type KubernetesList, type KubernetesObject } from "./api.ts";
import { applyProgram } from "./apply-program.ts";
import { conditionIsTrue } from "./apply.ts";
import { deleteAll, expectNothingRemains, type Inventory, takeInventory } from "./inventory.ts";
import { waitForPods } from "./pods.ts";
import { until } from "./processes.ts";
import { withControlPlane } from "./suite.ts";

const controlPlane = withControlPlane();

const facts = definePlatform("acme", {
  domain: "acme.example",
  environments: { prod: { tier: "production" } },
  tenants: { shop: { owners: ["group:shop"] } },
});
const REPLICAS = 3;
/** New pods count after they were ready for a second, so that there is something to see between two steps. */
const slowly: Rollout = { strategy: "rolling", minReady: "1s" };

function deploy(version: 1 | 2, props: Partial<WebServiceProps> = {}) {
  const platform = new Platform(facts, { environments: { prod: { clusters: Cluster.fromKubeconfig() } } });
  platform.run((environment) => {
    new WebService(new Tenant(environment, "shop"), "web", {
      image: `registry.acme.example/shop/web:${version}.0.0@sha256:${"0123456789abcdef".repeat(4)}`,
      replicas: REPLICAS,
      rollout: slowly,
      ...props,
    });
  });
  return applyProgram(controlPlane(), platform, "prod/main");
}

interface Pod extends KubernetesObject {
  readonly spec: { readonly containers: readonly { readonly image: string }[] };
}

/** The pods at one moment, without those that end: how many are Ready, how many there are by version, and who is Ready. */
interface Moment {
  readonly ready: { readonly old: number; readonly new: number };
  readonly all: { readonly old: number; readonly new: number };
  readonly names: readonly string[];
}

async function look(): Promise<Moment> {
  // Without a resourceVersion the server answers with what is stored at this moment.
  const path = "/api/v1/namespaces/shop/pods";
  const { items } = bodyOf(await controlPlane().request<KubernetesList<Pod>>("GET", path), path);
  const staying = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const count = (pods: readonly Pod[], version: string) =>
    pods.filter(({ spec }) => spec.containers[0]?.image.includes(`:${version}.0.0@`)).length;
  const ready = staying.filter(({ status }) => conditionIsTrue(status, "Ready"));
  return {
    ready: { old: count(ready, "1"), new: count(ready, "2") },
    all: { old: count(staying, "1"), new: count(staying, "2") },
    names: ready.map(({ metadata }) => metadata.name),
  };
}

interface Deployment extends KubernetesObject {
  readonly spec: { readonly replicas: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly replicas?: number;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason?: string }[];
  };
}

async function deployment(): Promise<Deployment> {
  const path = "/apis/apps/v1/namespaces/shop/deployments/web";
  return bodyOf(await controlPlane().request<Deployment>("GET", path), path);
}

async function isRolledOut(): Promise<boolean> {
  const { metadata, status = {} } = await deployment();
  return (
    (status.observedGeneration ?? 0) >= (metadata.generation ?? 0) &&
    [status.updatedReplicas, status.availableReplicas, status.replicas].every((number) => number === REPLICAS)
  );
}

/** What is seen, one moment after the other, until the rollout is complete. */
async function watchRollout(between: () => Promise<void> = async () => undefined): Promise<readonly Moment[]> {
  const seen: Moment[] = [];
  const started = Date.now();
  for (;;) {
    seen.push(await look());
    if (await isRolledOut()) return seen;
    if (Date.now() - started > 90_000) throw new Error(`the rollout does not end: ${JSON.stringify(seen.at(-1))}`);
    await between();
  }
}

/** Asks as `kubectl drain` does. @returns the status of the answer */
async function evict(name: string): Promise<number> {
  const { status } = await controlPlane().request("POST", `/api/v1/namespaces/shop/pods/${name}/eviction`, {
    apiVersion: "policy/v1",
    kind: "Eviction",
    metadata: { name, namespace: "shop" },
  });
  return status;
}

/** Lets no new pod on any node, or again all: while nodes are drained, pods that must go elsewhere may find no place. */
async function cordon(unschedulable: boolean): Promise<void> {
  const { items } = bodyOf(await controlPlane().request<KubernetesList>("GET", "/api/v1/nodes"), "nodes");
  for (const { metadata } of items) {
    const path = `/api/v1/nodes/${metadata.name}`;
    const patch = { spec: { unschedulable } };
    bodyOf(await controlPlane().request("PATCH", path, patch, "application/merge-patch+json"), path);
  }
}

/** Asks for each of the pods, one after the other, while none can be replaced: the statuses of the answers, and how many pods are left. */
async function drain(): Promise<{ readonly answers: readonly number[]; readonly left: number }> {
  await cordon(true);
  try {
    await untilCounted();
    const answers: number[] = [];
    for (const name of (await look()).names) answers.push(await evict(name));
    return { answers, left: (await look()).names.length };
  } finally {
    await cordon(false);
  }
}

interface Budget extends KubernetesObject {
  readonly status?: {
    readonly observedGeneration?: number;
    readonly currentHealthy: number;
    readonly desiredHealthy: number;
    readonly disruptionsAllowed: number;
    readonly expectedPods: number;
  };
}

async function budget(): Promise<NonNullable<Budget["status"]>> {
  const path = "/apis/policy/v1/namespaces/shop/poddisruptionbudgets/web";
  const { status } = bodyOf(await controlPlane().request<Budget>("GET", path), path);
  return { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0, ...status };
}

/** The budget counts what is there: its controller is a moment behind. */
async function untilCounted(): Promise<void> {
  const ask = async () => {
    const [{ ready }, { currentHealthy }] = await Promise.all([look(), budget()]);
    return currentHealthy === ready.old + ready.new ? undefined : `${currentHealthy} of ${JSON.stringify(ready)}`;
  };
  await until("the budget has counted the pods", ask, { timeout: 30_000, interval: 20 });
}

let before: Inventory;
beforeEach(async () => {
  before = await takeInventory(controlPlane());
  await deploy(1);
  await waitForPods(controlPlane(), ["shop"]);
  await untilCounted();
}, 120_000);
afterEach(async () => {
  await deleteAll(controlPlane(), await deploy(1));
  await expectNothingRemains(controlPlane(), before);
}, 120_000);

describe("a new version", () => {
  test("takes over pod by pod, and an old pod goes only after a new one is Ready in its place", async () => {
    await deploy(2);
    const seen = await watchRollout();
    for (const { ready, all } of seen) {
      expect(ready.old + ready.new).toBeGreaterThanOrEqual(REPLICAS);
      expect(REPLICAS - all.old).toBeLessThanOrEqual(ready.new);
      expect(all.old + all.new).toBeLessThanOrEqual(REPLICAS + 1); // a quarter of three, rounded up
    }
    // It was seen at work, and to its end.
    expect(seen.filter(({ all }) => all.old > 0 && all.new > 0).length).toBeGreaterThan(3);
    expect((await look()).ready).toEqual({ old: 0, new: REPLICAS });
  }, 120_000);

  test("whose pods never become Ready takes none of the old ones away, and is given up in time", async () => {
    const nowhere = { template: { spec: { nodeSelector: { "acme.example/nowhere": "yes" } } } };
    await deploy(2, {
      rollout: { ...slowly, deadline: "5s" },
      transform: { deployment: { spec: nowhere } },
    });
    const failure = async () => {
      const { all, ready } = await look();
      expect(ready.old).toBe(REPLICAS);
      expect(ready.new).toBe(0);
      expect(all.new).toBeLessThanOrEqual(1);
      const progressing = (await deployment()).status?.conditions?.find(({ type }) => type === "Progressing");
      return progressing?.reason === "ProgressDeadlineExceeded" ? undefined : JSON.stringify(progressing);
    };
    await until("the rollout is given up", failure, { timeout: 60_000 });
    expect((await look()).ready).toEqual({ old: REPLICAS, new: 0 });
  }, 120_000);

  test("that must never run beside the old one comes after all of that are gone", async () => {
    await deploy(2, { rollout: { strategy: "recreate", minReady: "1s" } });
    const seen = await watchRollout();
    expect(seen.filter(({ all }) => all.old > 0 && all.new > 0)).toEqual([]);
    expect((await look()).ready).toEqual({ old: 0, new: REPLICAS });
  }, 120_000);
});

describe("whoever drains nodes", () => {
  test("gets one pod at once, and is refused all others until it is replaced", async () => {
    expect(await budget()).toMatchObject({
      currentHealthy: REPLICAS,
      desiredHealthy: REPLICAS - 1,
      disruptionsAllowed: 1,
      expectedPods: REPLICAS, // exactly the pods of the service
    });
    const { names } = await look();
    expect(names).toHaveLength(REPLICAS);
    expect(await drain()).toEqual({ answers: [201, 429, 429], left: REPLICAS - 1 });
    await waitForPods(controlPlane(), ["shop"]);
    await untilCounted();
    const after = await look();
    expect(after.ready.old).toBe(REPLICAS);
    expect(after.names.filter((name) => names.includes(name))).toHaveLength(REPLICAS - 1);
    expect(await evict(after.names[0]!)).toBe(201);
  }, 120_000);

  test("during a rollout never gets more than the budget, and does not keep the rollout from its end", async () => {
    const drained: object[] = [];
    // Pods that are Ready count five seconds later: until then the Deployment takes none away, and whoever drains is the only one.
    await deploy(2, { rollout: { strategy: "rolling", minReady: "5s" } });
    let rested = true;
    const seen = await watchRollout(async () => {
      const { names } = await look();
      const surged = names.length === REPLICAS + 1;
      if (surged && rested && drained.length < 2) drained.push(await drain());
      rested = !surged;
    });
    // Four were Ready, of which two must stay.
    const each = { answers: [201, 201, 429, 429], left: REPLICAS - 1 };
    expect(drained).toEqual([each, each]);
    for (const { ready } of seen) expect(ready.old + ready.new).toBeGreaterThanOrEqual(REPLICAS - 1);
    expect((await look()).ready).toEqual({ old: 0, new: REPLICAS });
  }, 180_000);
});
