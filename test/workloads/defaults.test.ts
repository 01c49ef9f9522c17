// What a platform says of its workloads, and what teams make of it.
import type { Construct } from "constructs";
import {
  Capability,
  type Default,
  defaultsFor,
  definePlatform,
  Trigger,
  WebService,
  type WebServiceProps,
  withDefaults,
  Worker,
  type WorkerProps,
} from "flagstone";
import { type PlanView, testTenant } from "flagstone/testing";
import { describe, expect, test } from "vitest";
import { IMAGE } from "../testing/fixtures";

const shopWith = (defaults: Default[], ofDev: Default[] = []) =>
  testTenant(
    definePlatform("acme", {
      domain: "acme.example",
      environments: { dev: { clusters: { main: { capabilities: [Capability.keda()] } }, defaults: ofDev } },
      tenants: { shop: {} },
      defaults,
    }),
    "dev",
    "shop",
  );

async function serviceOver(defaults: Partial<WebServiceProps>, props: Partial<WebServiceProps>): Promise<PlanView> {
  const shop = shopWith([defaultsFor(WebService, defaults)]);
  new WebService(shop, "web", { image: IMAGE, ...props });
  const plan = await shop.plan();
  expect(plan.findings).toEqual([]);
  return plan;
}
const podOf = (plan: PlanView) => plan.object("Deployment", "web").spec.template.spec;
const helpersOf = (plan: PlanView) => podOf(plan).initContainers ?? [];
const settingOf = (plan: PlanView, name: string) =>
  plan.plan.constructs
    .find(({ path }) => path === "dev/shop/web")
    ?.settings.filter((setting) => setting.name.startsWith(name))
    .map(({ name: said, value, layer, over }) => [said, value, layer, over.map((lower) => lower.value)]);

const log = { image: "registry.acme.example/tools/log:1", size: "small", env: { A: "1", B: "1" } } as const;

describe("a field of scheduling that a service says", () => {
  test("leaves the others as the platform said them", async () => {
    const scheduling = { architectures: ["arm64"], nodes: { pool: "apps" }, spread: { hosts: "required" } } as const;
    const pod = podOf(await serviceOver({ scheduling }, { scheduling: { spread: { zones: "required" } } }));
    expect(pod).toMatchObject({
      nodeSelector: { pool: "apps" },
      affinity: { nodeAffinity: {} },
      topologySpreadConstraints: [{ whenUnsatisfiable: "DoNotSchedule" }, { whenUnsatisfiable: "ScheduleAnyway" }],
    });
  });
});

describe("a sidecar of the platform", () => {
  test("is changed where a service says something of it", async () => {
    const plan = await serviceOver({ sidecars: { log } }, { sidecars: { log: { size: "medium", env: { B: "2" } } } });
    expect(helpersOf(plan)).toMatchObject([
      {
        name: "log",
        image: log.image,
        resources: { requests: { cpu: "500m" } },
        env: [
          { name: "A", value: "1" },
          { name: "B", value: "2" },
        ],
      },
    ]);
    expect(settingOf(plan, "sidecars.")).toEqual([
      ["sidecars.log.env.A", "1", "platform", []],
      ["sidecars.log.env.B", "2", "props", ["1"]],
      ["sidecars.log.image", log.image, "platform", []],
      ["sidecars.log.size", "medium", "props", ["small"]],
    ]);
  });

  test("is taken away by false, which explain shows", async () => {
    const plan = await serviceOver({ sidecars: { log, proxy: { image: IMAGE } } }, { sidecars: { log: false } });
    expect(helpersOf(plan).map(({ name }) => name)).toEqual(["proxy"]);
    expect(settingOf(plan, "sidecars.log")).toEqual([["sidecars.log", false, "props", [log]]]);
  });

  test("that an environment took away is there again for whoever says more of it", async () => {
    const shop = shopWith(
      [defaultsFor(Worker, { health: false, sidecars: { log } })],
      [defaultsFor(Worker, { sidecars: { log: false } })],
    );
    new Worker(shop, "web", { image: IMAGE, sidecars: { log: { size: "large" } } });
    new Worker(shop, "other", { image: IMAGE });
    const plan = await shop.plan();
    expect(helpersOf(plan)).toMatchObject([{ image: log.image, resources: { requests: { cpu: "2" } } }]);
    expect(plan.object("Deployment", "other").spec.template.spec).not.toHaveProperty("initContainers");
  });

  test("reaches a golden path, whose users take it away", async () => {
    class Company extends Worker {
      public constructor(scope: Construct, id: string, props: WorkerProps) {
        super(scope, id, withDefaults(Company, scope, props, { health: false, sidecars: { own: { image: IMAGE } } }));
      }
    }
    const shop = shopWith([defaultsFor(Worker, { sidecars: { log } })]);
    new Company(shop, "web", { image: IMAGE, sidecars: { log: false } });
    new Company(shop, "other", { image: IMAGE, sidecars: { own: false } });
    const plan = await shop.plan();
    expect(helpersOf(plan).map(({ name }) => name)).toEqual(["own"]);
    const other = plan.object("Deployment", "other").spec.template.spec.initContainers;
    expect(other).toMatchObject([{ name: "log" }]);
  });
});

describe("what else is taken away by false", () => {
  test("is an init container, a volume, a file", async () => {
    const plan = await serviceOver(
      {
        init: { warm: { args: ["warm"] } },
        volumes: { cache: { kind: "empty", path: "/cache" } },
        files: { "/etc/a/a": "a", "/etc/b/b": "b" },
      },
      { init: { warm: false }, volumes: { cache: false }, files: { "/etc/a/a": false } },
    );
    const pod = podOf(plan);
    expect(pod).not.toHaveProperty("initContainers");
    expect(pod).toMatchObject({ volumes: [{ name: "tmp" }, { configMap: { name: "web-files" } }] });
    expect(Object.values(plan.object("ConfigMap", "web-files")["data"] as object)).toEqual(["b"]);
  });

  test("are waking hours, which triggers would not keep", async () => {
    const awake = { from: "07:00", to: "20:00" } as const;
    const shop = shopWith([defaultsFor(Worker, { health: false, awake })]);
    const triggers = { mail: Trigger.of("mysql", { query: "select 1" }) };
    new Worker(shop, "web", { image: IMAGE, awake: false, replicas: { min: 0, max: 3, triggers } });
    new Worker(shop, "always", { image: IMAGE, awake: false });
    const plan = await shop.plan();
    expect(plan.findings).toEqual([]);
    expect(plan.objects("ScaledObject")).toMatchObject([
      { metadata: { name: "web" }, spec: { triggers: [{ name: "mail" }] } },
    ]);
  });

  test("is no variable, whose value false is one like any other", async () => {
    const [own] = podOf(await serviceOver({ env: { DEBUG: "yes" } }, { env: { DEBUG: false } })).containers;
    expect(own).toMatchObject({ env: expect.arrayContaining([{ name: "DEBUG", value: "false" }]) });
  });
});
