import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { WebServiceProps } from "flagstone";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeDraft } from "../../lib/plan/make-draft.ts";
import { render } from "../../lib/render/render.ts";
import { bodyOf, type KubernetesList, type KubernetesObject } from "./api.ts";
import { type Applied, applyDirectory, expectStored, expectUnchanged } from "./apply.ts";
import { allProps, programOf, services } from "./every-prop.ts";
import { deleteAll, expectNothingRemains, type Inventory, takeInventory } from "./inventory.ts";
import { readyPods, waitForPods } from "./pods.ts";
import { until } from "./processes.ts";
import { withControlPlane } from "./suite.ts";

const controlPlane = withControlPlane("gateway-api", "cilium", "vertical-pod-autoscaler");
const folder = mkdtempSync(join(tmpdir(), "web-service-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// Its values, so that the server judges also the Secret that Pulumi delivers.
const secret = "eu/core/Secret/shop/everything-outputs#stringData";
const outputs = {
  [`${secret}.OUTPUT`]: "from the cloud",
  [`${secret}.COMPOSED`]: "hunter2",
  [`${secret}["etc_app_output.txt"]`]: "text\n",
};

let renders = 0;
/** Renders what goes to the cluster `eu` to a folder of its own, and applies it. */
async function apply(made: Parameters<typeof programOf>[0]): Promise<Applied> {
  const draft = makeDraft(programOf(made).instantiate("prod"));
  expect(draft.findings.filter(({ severity }) => severity === "error")).toEqual([]);
  const directory = join(folder, String(++renders));
  for (const [path, text] of render(draft, outputs).files) {
    if (!path.startsWith("prod/eu/")) continue;
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return applyDirectory(controlPlane(), directory);
}

const get = async <T = KubernetesObject>(path: string): Promise<T> =>
  bodyOf(await controlPlane().request<T>("GET", path), path);

test("the program of this test sets every prop of a WebService", () => {
  const given = Object.values(services).flatMap(({ props, ...more }) => [...Object.keys(props), ...Object.keys(more)]);
  expect([...new Set(given)].filter((key) => key !== "pods").sort()).toEqual(Object.keys(allProps).sort());
});

test("a WebService with any of its props is taken without a warning, stored as written, runs, stays and goes", async () => {
  const before = await takeInventory(controlPlane());
  const applied = await apply(services);
  const wanted = Object.entries(services).flatMap(([name, { pods }]) => (pods === 0 ? [] : [[name, pods]]));
  const ask = async () => {
    await waitForPods(controlPlane(), ["shop", "shop-batch"]);
    const found = { ...(await readyPods(controlPlane(), "shop")), ...(await readyPods(controlPlane(), "shop-batch")) };
    const complete = wanted.every(([name, pods]) => found[name!] === pods);
    return complete && Object.keys(found).length === wanted.length ? undefined : JSON.stringify(found);
  };
  await until("the pods that the program asks for", ask, { timeout: 60_000 });
  expect(await readyPods(controlPlane(), "shop-batch")).toEqual({ "image-user": 2 });
  await expectStored(controlPlane(), applied);
  await expectUnchanged(controlPlane(), applied);
  await deleteAll(controlPlane(), applied);
  await expectNothingRemains(controlPlane(), before);
});

describe("a change", () => {
  const shop = (props: Partial<WebServiceProps<string>>) => ({
    web: { props: { image: services["plain"]!.props.image, replicas: 3, ...props } },
  });
  const files = { "/etc/app/banner.txt": "Free shipping\n", "/etc/app/limits.yaml": "items: 10\n" };

  interface ReplicaSet extends KubernetesObject {
    readonly spec: { readonly replicas: number };
  }

  /** Names of the ReplicaSets, and how many pods each is to have, once everything is Ready. */
  async function rolledOut(): Promise<Record<string, number>> {
    await waitForPods(controlPlane(), ["shop"]);
    const { items } = await get<KubernetesList<ReplicaSet>>("/apis/apps/v1/namespaces/shop/replicasets");
    expect(await readyPods(controlPlane(), "shop")).toEqual({ web: 3 });
    return Object.fromEntries(items.map(({ metadata: { name }, spec: { replicas } }) => [name, replicas]));
  }

  let before: Inventory;
  beforeEach(async () => {
    before = await takeInventory(controlPlane());
  });
  afterEach(async () => {
    await deleteAll(controlPlane(), await apply(shop({ files })));
    await expectNothingRemains(controlPlane(), before);
  });

  test("of a file's text replaces all pods by Ready ones, and a second apply replaces none", async () => {
    await apply(shop({ files }));
    const first = await rolledOut();
    expect(Object.values(first)).toEqual([3]);

    const applied = await apply(shop({ files: { ...files, "/etc/app/banner.txt": "Half price\n" } }));
    const after = await rolledOut();
    const [old] = Object.keys(first);
    const [now, ...more] = Object.keys(after).filter((name) => name !== old);
    expect(more).toEqual([]);
    expect(after).toEqual({ [old!]: 0, [now!]: 3 });
    expect(await get("/api/v1/namespaces/shop/configmaps/web-files")).toMatchObject({
      data: { "etc_app_banner.txt": "Half price\n", "etc_app_limits.yaml": "items: 10\n" },
    });

    await expectUnchanged(controlPlane(), applied);
    expect(await rolledOut()).toEqual(after);
  });

  test("of what is not in the pods replaces none", async () => {
    await apply(shop({ files }));
    const first = await rolledOut();
    await apply(
      shop({
        files: Object.fromEntries(Object.entries(files).reverse()),
        disruptionBudget: { maxUnavailable: 2 },
        rollout: { strategy: "rolling", maxSurge: 3 },
        transform: { service: { spec: { sessionAffinity: "ClientIP" } } },
      }),
    );
    expect(await rolledOut()).toEqual(first);
  });

  test("that takes props away leaves nothing of them in the pods", async () => {
    await apply(shop({ files, env: { LEVEL: "debug" }, podAnnotations: { "acme.example/note": "x" } }));
    await rolledOut();
    await apply(shop({}));
    await rolledOut();
    const { spec } = await get<KubernetesObject & { spec: { template: PodTemplate } }>(
      "/apis/apps/v1/namespaces/shop/deployments/web",
    );
    const { metadata, spec: pod } = spec.template;
    expect(metadata.annotations).toBeUndefined();
    expect(pod.volumes.map(({ name }) => name)).toEqual(["tmp"]);
    expect(pod.containers[0]!.volumeMounts.map(({ name }) => name)).toEqual(["tmp"]);
    expect(pod.containers[0]!.env.map(({ name }) => name)).toEqual(["PORT"]);
  });
});

type Names = readonly { readonly name: string }[];

interface PodTemplate {
  readonly metadata: { readonly annotations?: object };
  readonly spec: { readonly volumes: Names; readonly containers: readonly { volumeMounts: Names; env: Names }[] };
}
