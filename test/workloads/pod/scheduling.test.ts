import {
  Application,
  Cluster,
  definePlatform,
  Job,
  type Scheduling,
  Tenant,
  WebService,
  Worker,
  type WebServiceProps,
} from "flagstone";
import { planOf, type PlanView, testTenant } from "flagstone/testing";
import { describe, expect, test } from "vitest";
import { acme, brief, IMAGE, serviceWith, tenantIn } from "../../testing/fixtures";

interface PodSpec {
  readonly containers: readonly { readonly resources: { readonly limits: Readonly<Record<string, unknown>> } }[];
  readonly [field: string]: unknown;
}

const FIELDS = [
  "topologySpreadConstraints",
  "affinity",
  "nodeSelector",
  "tolerations",
  "priorityClassName",
  "runtimeClassName",
];
const specOf = (plan: PlanView, kind = "Deployment", name = "web"): PodSpec =>
  (plan.object(kind, name)["spec"] as { template: { spec: PodSpec } }).template.spec;
const placeOf = (spec: PodSpec): object =>
  Object.fromEntries(FIELDS.flatMap((field) => (spec[field] === undefined ? [] : [[field, spec[field]]])));

async function specWith(props: Partial<WebServiceProps>): Promise<PodSpec> {
  const plan = await serviceWith(props);
  expect(brief(plan.findings)).toEqual([]);
  return specOf(plan);
}
/** Where pods run, without what says how they are spread. */
const placed = async (scheduling: Scheduling, more: Partial<WebServiceProps> = {}) =>
  placeOf(await specWith({ ...more, scheduling: { spread: { zones: false, hosts: false }, ...scheduling } }));

const constraint = (topologyKey: string, whenUnsatisfiable: string) => ({
  topologyKey,
  maxSkew: 1,
  whenUnsatisfiable,
  labelSelector: { matchLabels: { "app.kubernetes.io/name": "web" } },
  // A node whose taint the pod does not tolerate would count as an empty one.
  ...(whenUnsatisfiable === "DoNotSchedule" ? { nodeTaintsPolicy: "Honor" } : {}),
  matchLabelKeys: ["pod-template-hash"],
});
const ZONE = "topology.kubernetes.io/zone";
const HOST = "kubernetes.io/hostname";

describe("pods are spread", () => {
  test.each<[string, Scheduling | undefined, object[]]>([
    [
      "over zones and nodes as far as possible",
      undefined,
      [constraint(ZONE, "ScheduleAnyway"), constraint(HOST, "ScheduleAnyway")],
    ],
    [
      "over what is not said, too",
      { spread: { zones: "required" } },
      [constraint(ZONE, "DoNotSchedule"), constraint(HOST, "ScheduleAnyway")],
    ],
    ["over nodes in any case", { spread: { zones: false, hosts: "required" } }, [constraint(HOST, "DoNotSchedule")]],
    ["over zones only", { spread: { zones: "preferred", hosts: false } }, [constraint(ZONE, "ScheduleAnyway")]],
  ])("%s", async (_, scheduling, constraints) => {
    const spec = await specWith({ scheduling });
    expect(spec["topologySpreadConstraints"]).toEqual(constraints);
  });

  test("not at all", async () => {
    const spec = await specWith({ scheduling: { spread: { zones: false, hosts: false } } });
    expect(placeOf(spec)).toEqual({});
  });

  test("each version by itself where there are versions: those of a worker, but not those of a job", async () => {
    const shop = tenantIn("dev");
    new Worker(shop, "worker", { image: IMAGE });
    new Job(shop, "job", { image: IMAGE });
    const plan = await shop.plan();
    const keys = (spec: PodSpec) =>
      (spec["topologySpreadConstraints"] as { matchLabelKeys?: string[] }[]).map(
        ({ matchLabelKeys }) => matchLabelKeys,
      );
    expect(keys(specOf(plan, "Deployment", "worker"))).toEqual([["pod-template-hash"], ["pod-template-hash"]]);
    const [job] = plan.objects("Job");
    expect(keys((job!["spec"] as { template: { spec: PodSpec } }).template.spec)).toEqual([undefined, undefined]);
  });
});

describe("pods run", () => {
  const term = (topologyKey: string, name: string) => ({
    topologyKey,
    labelSelector: { matchLabels: { "app.kubernetes.io/name": name } },
  });

  test.each<[string, Scheduling, object]>([
    [
      "near to those of another workload, if they can",
      { near: { cache: { within: "zone" } } },
      {
        affinity: {
          podAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term(ZONE, "cache") }],
          },
        },
      },
    ],
    [
      "near to some in any case, and apart from others",
      {
        near: { cache: { within: "host", required: true }, db: { within: "zone", required: false } },
        apart: { batch: { within: "host", required: true } },
      },
      {
        affinity: {
          podAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [term(HOST, "cache")],
            preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term(ZONE, "db") }],
          },
          podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term(HOST, "batch")] },
        },
      },
    ],
    [
      "one on a node",
      { apart: { web: { within: "host", required: true } } },
      {
        affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term(HOST, "web")] } },
      },
    ],
    [
      "on nodes of an architecture",
      { architectures: ["arm64"] },
      {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [
                { matchExpressions: [{ key: "kubernetes.io/arch", operator: "In", values: ["arm64"] }] },
              ],
            },
          },
        },
      },
    ],
    [
      "on nodes with labels",
      { nodes: { "acme.example/disk": "nvme", pool: "" } },
      { nodeSelector: { "acme.example/disk": "nvme", pool: "" } },
    ],
    [
      "on nodes with taints",
      {
        tolerations: [
          { key: "spot" },
          { key: "acme.example/team", value: "shop", effect: "NoSchedule" },
          { key: "old", effect: "NoExecute" },
        ],
      },
      {
        tolerations: [
          { key: "spot", operator: "Exists" },
          { key: "acme.example/team", operator: "Equal", value: "shop", effect: "NoSchedule" },
          { key: "old", operator: "Exists", effect: "NoExecute" },
        ],
      },
    ],
    [
      "with a priority and in a sandbox",
      { priority: "business.critical", runtimeClass: "gvisor" },
      { priorityClassName: "business.critical", runtimeClassName: "gvisor" },
    ],
    ["anywhere, when what is said says nothing", { near: {}, apart: {}, nodes: {}, tolerations: [] }, {}],
  ])("%s", async (_, scheduling, expected) => {
    expect(await placed(scheduling)).toEqual(expected);
  });

  test("where GPUs are, when a container asks for some", async () => {
    const toleration = { key: "nvidia.com/gpu", operator: "Exists" };
    const spread = { zones: false, hosts: false } as const;
    const spec = await specWith({ gpus: 2, scheduling: { spread } });
    expect(placeOf(spec)).toEqual({ tolerations: [toleration] });
    expect(spec.containers[0]!.resources.limits["nvidia.com/gpu"]).toBe("2");
    expect(await placed({}, { gpus: 0 })).toEqual({});
    expect(await placed({}, { sidecars: { model: { image: IMAGE, gpus: 1 } } })).toEqual({ tolerations: [toleration] });
    const own = { key: "nvidia.com/gpu", effect: "NoSchedule" } as const;
    expect(await placed({ tolerations: [own] }, { gpus: 1 })).toEqual({
      tolerations: [{ ...own, operator: "Exists" }],
    });
  });
});

describe("workloads that are said by name", () => {
  const plan = (names: readonly string[], preview?: string) => {
    const environments = { dev: { clusters: Cluster.fromKubeconfig() } };
    const app = new Application("shop", { platform: acme, environments, previews: { from: "dev" } });
    app.run((environment) => {
      const shop = Tenant.fromName(environment, "shop");
      const apart = Object.fromEntries(names.map((name) => [name, { within: "host" }] as const));
      new WebService(shop, "web", { image: IMAGE, scheduling: { apart } });
      new WebService(shop, "cache", { image: IMAGE });
    });
    return planOf(app, preview === undefined ? "dev" : { preview });
  };
  const namesIn = (view: PlanView, name: string): unknown[] => {
    const { affinity } = specOf(view, "Deployment", name) as unknown as {
      affinity: {
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: {
            podAffinityTerm: { labelSelector: { matchLabels: Record<string, string> } };
          }[];
        };
      };
    };
    return affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution.map(
      ({ podAffinityTerm }) => podAffinityTerm.labelSelector.matchLabels["app.kubernetes.io/name"],
    );
  };

  test("are those of this environment", async () => {
    const view = await plan(["web", "cache", "ledger"]);
    expect(brief(view.findings)).toEqual([]);
    expect(namesIn(view, "web")).toEqual(["cache", "ledger", "web"]);
  });

  test("are those of the same preview, wherever they are made; other programs have none there", async () => {
    const view = await plan(["web", "cache", "cache-pr-12", "ledger"], "pr-12");
    expect(brief(view.findings)).toEqual([]);
    expect(namesIn(view, "web-pr-12")).toEqual(["cache-pr-12", "cache-pr-12", "ledger", "web-pr-12"]);
  });

  test("are warned of when they are nearly those of the program", async () => {
    const { findings } = await plan(["cahce"]);
    expect(findings.map(({ severity }) => severity)).toEqual(["warning"]);
    expect(brief(findings)).toEqual([
      'scheduling/unknown-workload dev/shop/web: scheduling.apart names "cahce", which is no workload that this program has in its namespace; did you mean "cache"?',
    ]);
  });
});

describe("to be near and apart at once", () => {
  test.each<[string, Scheduling]>([
    [
      "is possible in one zone, on several nodes",
      { near: { web: { within: "zone", required: true } }, apart: { web: { within: "host", required: true } } },
    ],
    [
      "is possible as a preference",
      { near: { web: { within: "host" } }, apart: { web: { within: "host", required: true } } },
    ],
  ])("%s", async (_, scheduling) => {
    expect(brief((await serviceWith({ scheduling })).findings)).toEqual([]);
  });
});

describe("what is refused", () => {
  const at = "dev/shop/web";
  test.each<[string, object, string]>([
    [
      "an unknown property",
      { nodeSelector: {} },
      `props/unknown ${at}: unknown property "scheduling.nodeSelector"; did you mean "nodes"?`,
    ],
    [
      "another way to spread",
      { spread: { zones: "always" } },
      `scheduling/value ${at}: scheduling.spread.zones "always" is not a way to spread pods; write "preferred", "required" or false`,
    ],
    [
      "spreading over something else",
      { spread: { racks: "required" } },
      `props/unknown ${at}: unknown property "scheduling.spread.racks"; known are "hosts", "zones"`,
    ],
    [
      "no nearness",
      { near: { cache: true } },
      `scheduling/value ${at}: scheduling.near.cache true is not a nearness; write { within: "zone" }`,
    ],
    [
      "nearness within nothing that is known",
      { apart: { cache: { within: "rack" } } },
      `scheduling/value ${at}: scheduling.apart.cache.within "rack" is not what pods can share; write "host" or "zone"`,
    ],
    [
      "nearness that is required a little",
      { near: { cache: { within: "host", required: "yes" } } },
      `scheduling/value ${at}: scheduling.near.cache.required "yes" is not true or false; write one of them`,
    ],
    [
      "a name that no workload can have",
      { near: { Cache: { within: "host" } } },
      `names/invalid ${at}: workload of scheduling.near "Cache" is not a DNS label (lower-case letters, digits and "-", at most 63 characters); call it "cache"`,
    ],
    [
      "on a node with itself and on none with itself",
      { near: { web: { within: "host", required: true } }, apart: { web: { within: "host", required: true } } },
      `scheduling/nowhere ${at}: scheduling.near and scheduling.apart both require "web": within a host, and not within a host; leave one of them out, or let it be a preference`,
    ],
    [
      "on a node of another's, in another zone",
      { near: { cache: { within: "host", required: true } }, apart: { cache: { within: "zone", required: true } } },
      `scheduling/nowhere ${at}: scheduling.near and scheduling.apart both require "cache": within a host, and not within a zone; leave one of them out, or let it be a preference`,
    ],
    [
      "no architecture",
      { architectures: [] },
      `scheduling/value ${at}: scheduling.architectures [] is not any processor; name one, or leave it out`,
    ],
    [
      "an architecture by another name",
      { architectures: ["x86_64"] },
      `scheduling/value ${at}: scheduling.architectures "x86_64" is not a processor that nodes have; write "amd64", "arm64"`,
    ],
    [
      "a label of nodes that cannot be",
      { nodes: { "a b": "c" } },
      `labels/invalid-key ${at}: label key "a b" is not one that Kubernetes takes; write it as "example.com/name" or "name", with at most 63 characters after the slash`,
    ],
    [
      "a toleration that fits every node",
      { tolerations: [{ effect: "NoSchedule" }] },
      `scheduling/value ${at}: scheduling.tolerations.0 {"effect":"NoSchedule"} is not a toleration with a key; without one it fits every node; name the key of the taint`,
    ],
    [
      "a toleration of the control plane's nodes",
      { tolerations: [{ key: "node-role.kubernetes.io/control-plane" }] },
      `scheduling/not-allowed ${at}: scheduling.tolerations.0 is node-role.kubernetes.io/control-plane, and the nodes of the control plane are no tenant's; remove it`,
    ],
    [
      "a value of a taint that cannot be",
      { tolerations: [{ key: "a", value: "b c" }] },
      `labels/invalid-value ${at}: value "b c" of label "a" is not one that Kubernetes takes; use at most 63 letters, digits, - _ and ., or put it into an annotation`,
    ],
    [
      "an effect that there is not",
      { tolerations: [{ key: "a", effect: "NoScheduling" }] },
      `scheduling/value ${at}: scheduling.tolerations.0.effect "NoScheduling" is not an effect of a taint; did you mean "NoSchedule"?`,
    ],
    [
      "a class that cannot be one",
      { priority: "Very High" },
      `scheduling/value ${at}: scheduling.priority "Very High" is not the name of a PriorityClass; use the name of one that the cluster has`,
    ],
    [
      "a priority that is for Kubernetes itself",
      { priority: "system-cluster-critical" },
      `scheduling/not-allowed ${at}: scheduling.priority "system-cluster-critical" is not one that the tenant may use; those of system-… are for what Kubernetes itself needs: use another, or none`,
    ],
  ])("is %s", async (_, scheduling, finding) => {
    const { findings } = await serviceWith({ scheduling });
    expect(brief(findings)).toEqual([finding]);
  });

  test("is a priority that the tenant may not use", async () => {
    const findingsOf = async (priorityClasses: readonly string[], priority: string) => {
      const platform = definePlatform("acme", {
        domain: "acme.example",
        environments: { dev: {} },
        tenants: { shop: { allowed: { priorityClasses } } },
      });
      const shop = testTenant(platform, "dev", "shop");
      new WebService(shop, "web", { image: IMAGE, scheduling: { priority } });
      return brief((await shop.plan()).findings);
    };
    const refusal = `scheduling/not-allowed ${at}: scheduling.priority "high" is not one that the tenant may use`;
    const more = "or extend allowed.priorityClasses of the tenant's facts";
    expect(await findingsOf(["low", "mid"], "high")).toEqual([`${refusal}; use one of "low", "mid", ${more}`]);
    expect(await findingsOf([], "high")).toEqual([`${refusal}; use none, ${more}`]);
    expect(await findingsOf(["high"], "high")).toEqual([]);
  });
});
