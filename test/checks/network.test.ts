import { describe, expect, test } from "vitest";
import { Network } from "../../lib/checks/network.ts";
import type { NetworkObject, Protocol } from "../../lib/checks/network-pods.ts";
import { ciliumPolicy, deployment, HTTP, namespace, object, podNamed, policy } from "./network-objects.ts";

const EVERYBODY = {};
const app = (name: string) => ({ matchLabels: { app: name } });
const team = (name: string) => ({ matchLabels: { team: name } });

/** `shop` has web, api and db; `bank` has api; namespaces are labeled by team. */
const WORLD = [
  namespace("shop", { team: "shop" }),
  namespace("bank", { team: "bank" }),
  deployment("web"),
  deployment("api"),
  deployment("db", {
    ports: [
      { name: "sql", containerPort: 5432 },
      { name: "gossip", containerPort: 7000, protocol: "UDP" },
    ],
  }),
  deployment("ledger", { namespace: "bank" }),
];

/** Who reaches `to`, of the workloads in the world. */
function whoReaches(to: string, policies: readonly NetworkObject[], port = 8080, protocol: Protocol = "TCP"): string[] {
  const network = new Network([...WORLD, ...policies]);
  return network.pods
    .filter((from) => network.reaches(from, podNamed(network, to), port, protocol).allowed)
    .map(({ name }) => name);
}

const ALL = ["api", "db", "ledger", "web"];
const ingress = (...rules: object[]) =>
  policy("p", { podSelector: EVERYBODY, policyTypes: ["Ingress"], ingress: rules });

describe("isolation", () => {
  test("without a policy everybody reaches everybody, on any port", () => {
    expect(whoReaches("api", []).sort()).toEqual(ALL);
    expect(whoReaches("api", [], 9999, "SCTP").sort()).toEqual(ALL);
  });

  test("a policy that selects pods and has no rule admits nobody to them", () => {
    expect(whoReaches("api", [policy("deny", { podSelector: app("api") })])).toEqual([]);
    expect(whoReaches("web", [policy("deny", { podSelector: app("api") })]).sort()).toEqual(ALL);
  });

  test("a policy is about pods of its own namespace only", () => {
    expect(whoReaches("ledger", [policy("deny", { podSelector: EVERYBODY })]).sort()).toEqual(ALL);
    expect(whoReaches("ledger", [policy("deny", { podSelector: EVERYBODY }, { namespace: "bank" })])).toEqual([]);
  });

  test("policies add up: each admits more, none takes away", () => {
    const policies = [
      policy("deny", { podSelector: EVERYBODY }),
      policy("web", { podSelector: app("api"), ingress: [{ from: [{ podSelector: app("web") }] }] }),
      policy("db", { podSelector: app("api"), ingress: [{ from: [{ podSelector: app("db") }] }] }),
    ];
    expect(whoReaches("api", policies)).toEqual(["db", "web"]);
  });

  test("traffic needs both the egress of where it comes from and the ingress of where it goes to", () => {
    const deny = policy("deny", { podSelector: EVERYBODY, policyTypes: ["Ingress", "Egress"] });
    const out = policy("out", {
      podSelector: app("web"),
      policyTypes: ["Egress"],
      egress: [{ to: [{ podSelector: app("api") }] }],
    });
    const into = policy("in", { podSelector: app("api"), ingress: [{ from: [{ podSelector: app("web") }] }] });
    expect(whoReaches("api", [deny, out])).toEqual([]);
    expect(whoReaches("api", [deny, into])).toEqual([]);
    expect(whoReaches("api", [deny, out, into])).toEqual(["web"]);
    const network = new Network([...WORLD, deny, out, into]);
    expect(network.reaches(podNamed(network, "web"), podNamed(network, "api"), 8080)).toEqual({
      allowed: true,
      by: { egress: ["eu/NetworkPolicy/shop/out"], ingress: ["eu/NetworkPolicy/shop/in"] },
    });
    expect(network.reaches(podNamed(network, "api"), podNamed(network, "web"), 8080).by).toEqual({
      egress: [],
      ingress: [],
    });
  });

  test("clusters do not reach each other", () => {
    const network = new Network([deployment("web"), deployment("api", { cluster: "us" })]);
    expect(network.reaches(podNamed(network, "web"), podNamed(network, "api"), 8080).allowed).toBe(false);
    expect(network.reachable().map(({ from, to }) => [from.name, to.name])).toEqual([
      ["web", "web"],
      ["api", "api"],
    ]);
  });

  test("a policy of one cluster is about pods of that one", () => {
    const network = new Network([deployment("web"), deployment("api"), policy("deny", {}, { cluster: "us" })]);
    expect(network.reaches(podNamed(network, "web"), podNamed(network, "api"), 8080).allowed).toBe(true);
  });
});

test("policies that say the same in two namespaces mean the pods of each", () => {
  const own = { podSelector: EVERYBODY, ingress: [{ from: [{ podSelector: EVERYBODY }] }] };
  const policies = [policy("own", own), policy("own", own, { namespace: "bank" })];
  expect(whoReaches("api", policies).sort()).toEqual(["api", "db", "web"]);
  expect(whoReaches("ledger", policies)).toEqual(["ledger"]);
});

describe("policyTypes", () => {
  /** Whether web still reaches api (egress of web), and whether api is still reached from the bank (ingress of api). */
  const effect = (spec: object): { readonly egress: boolean; readonly ingress: boolean } => {
    const policies = [policy("p", { podSelector: EVERYBODY, ...spec })];
    return {
      egress: whoReaches("ledger", policies).includes("web"),
      ingress: whoReaches("api", policies).includes("ledger"),
    };
  };
  const nobody = [{ to: [{ podSelector: app("none") }] }];

  test.each<[string, object, { egress: boolean; ingress: boolean }]>([
    ["none, and no rules: ingress only", {}, { egress: true, ingress: false }],
    ["none, and rules of egress: both", { egress: nobody }, { egress: false, ingress: false }],
    ["none, and an empty list of egress: ingress only", { egress: [] }, { egress: true, ingress: false }],
    ["an empty list is like none", { policyTypes: [], egress: nobody }, { egress: false, ingress: false }],
    ["Egress: that only", { policyTypes: ["Egress"] }, { egress: false, ingress: true }],
    [
      "Ingress: rules of egress count for nothing",
      { policyTypes: ["Ingress"], egress: nobody },
      { egress: true, ingress: false },
    ],
    ["both", { policyTypes: ["Ingress", "Egress"] }, { egress: false, ingress: false }],
  ])("%s", (_, spec, expected) => {
    expect(effect(spec)).toEqual(expected);
  });
});

describe("peers", () => {
  const bank = { namespaceSelector: team("bank") };

  test.each<[string, object, readonly string[]]>([
    ["no from admits all", {}, ALL],
    ["an empty from admits all", { from: [] }, ALL],
    [
      "an empty podSelector means all pods of the policy's namespace",
      { from: [{ podSelector: {} }] },
      ["api", "db", "web"],
    ],
    ["a podSelector means pods of the policy's namespace", { from: [{ podSelector: app("ledger") }] }, []],
    ["a namespaceSelector means all pods there", { from: [bank] }, ["ledger"]],
    ["an empty namespaceSelector means all pods of all namespaces", { from: [{ namespaceSelector: {} }] }, ALL],
    [
      "both in one peer means pods of those namespaces",
      { from: [{ namespaceSelector: {}, podSelector: app("ledger") }] },
      ["ledger"],
    ],
    ["both in one peer means neither alone", { from: [{ ...bank, podSelector: app("web") }] }, []],
    ["in two peers either is enough", { from: [bank, { podSelector: app("web") }] }, ["ledger", "web"]],
    [
      "the name of a namespace is one of its labels",
      { from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "bank" } } }] },
      ["ledger"],
    ],
    ["a peer that says nothing is refused by the API, and admits nobody", { from: [{}] }, []],
  ])("%s", (_, rule, expected) => {
    expect(whoReaches("api", [ingress(rule)]).sort()).toEqual(expected);
  });

  const labels = { app: "web", tier: "front" };
  test.each<[string, object, boolean]>([
    ["In with the value", { key: "tier", operator: "In", values: ["front", "back"] }, true],
    ["In without the value", { key: "tier", operator: "In", values: ["back"] }, false],
    ["In of a label that is not there", { key: "zone", operator: "In", values: ["a"] }, false],
    ["NotIn with the value", { key: "tier", operator: "NotIn", values: ["front"] }, false],
    ["NotIn without the value", { key: "tier", operator: "NotIn", values: ["back"] }, true],
    ["NotIn of a label that is not there", { key: "zone", operator: "NotIn", values: ["a"] }, true],
    ["Exists", { key: "tier", operator: "Exists" }, true],
    ["Exists of a label that is not there", { key: "zone", operator: "Exists" }, false],
    ["DoesNotExist", { key: "tier", operator: "DoesNotExist" }, false],
    ["DoesNotExist of a label that is not there", { key: "zone", operator: "DoesNotExist" }, true],
    ["an operator that the API does not know", { key: "tier", operator: "Gt", values: ["1"] }, false],
    ["a key that every JavaScript object has", { key: "constructor", operator: "Exists" }, false],
  ])("of expressions: %s", (_, expression, expected) => {
    const rule = { from: [{ podSelector: { matchLabels: { app: "web" }, matchExpressions: [expression] } }] };
    const network = new Network([deployment("web", { labels }), deployment("api"), ingress(rule)]);
    expect(network.reaches(podNamed(network, "web"), podNamed(network, "api"), 8080).allowed).toBe(expected);
  });

  test("a namespace of another program has the labels of its tenant's namespaces", () => {
    const from = [
      { namespaceSelector: { matchLabels: { "flagstone.dev/tenant": "bank", "flagstone.dev/environment": "prod" } } },
    ];
    const objects = [
      deployment("api"),
      deployment("ledger", { namespace: "bank-main", tenant: "bank" }),
      deployment("other", { namespace: "other" }),
      ingress({ from }),
    ];
    const network = new Network(objects);
    const reach = (name: string) => network.reaches(podNamed(network, name), podNamed(network, "api"), 8080).allowed;
    expect([reach("ledger"), reach("other")]).toEqual([true, false]);
    // What the Namespace says itself counts, where it is known.
    const known = new Network([...objects, namespace("bank-main", {})]);
    expect(known.reaches(podNamed(known, "ledger"), podNamed(known, "api"), 8080).allowed).toBe(false);
  });
});

describe("ports", () => {
  const rule = (...ports: object[]) => [ingress({ ports })];
  const isOpen = (to: string, port: number, protocol: Protocol, ...ports: object[]) =>
    whoReaches(to, rule(...ports), port, protocol).length > 0;

  test.each<[string, boolean, boolean]>([
    ["no ports admit all", true, isOpen("db", 1, "SCTP")],
    ["a number admits that port", true, isOpen("db", 5432, "TCP", { port: 5432 })],
    ["a number admits no other port", false, isOpen("db", 5433, "TCP", { port: 5432 })],
    ["a number admits a port that no container declares", true, isOpen("db", 9999, "TCP", { port: 9999 })],
    ["TCP is meant where nothing is said", false, isOpen("db", 5432, "UDP", { port: 5432 })],
    ["a protocol without a port admits all of its ports", true, isOpen("db", 1, "UDP", { protocol: "UDP" })],
    ["a protocol admits no other", false, isOpen("db", 1, "TCP", { protocol: "UDP" })],
    ["a range admits its first port", true, isOpen("db", 5000, "TCP", { port: 5000, endPort: 5002 })],
    ["a range admits its last port", true, isOpen("db", 5002, "TCP", { port: 5000, endPort: 5002 })],
    ["a range ends", false, isOpen("db", 5003, "TCP", { port: 5000, endPort: 5002 })],
    ["a name admits the port of that name", true, isOpen("db", 5432, "TCP", { port: "sql" })],
    ["a name admits no other port", false, isOpen("db", 5433, "TCP", { port: "sql" })],
    ["a name admits nothing where no port has it", false, isOpen("web", 8080, "TCP", { port: "sql" })],
    ["a name and another protocol admit nothing", false, isOpen("db", 7000, "TCP", { port: "gossip" })],
    ["a name and its protocol", true, isOpen("db", 7000, "UDP", { port: "gossip", protocol: "UDP" })],
    ["one of several is enough", true, isOpen("db", 5432, "TCP", { port: 1 }, { port: 5432 })],
  ])("%s", (_, expected, actual) => {
    expect(actual).toBe(expected);
  });

  test("a rule needs both its peers and its ports", () => {
    const rules = [
      { from: [{ podSelector: app("web") }], ports: [{ port: 8080 }] },
      { from: [{ podSelector: app("db") }], ports: [{ port: 9090 }] },
    ];
    expect(whoReaches("api", [ingress(...rules)])).toEqual(["web"]);
    expect(whoReaches("api", [ingress(...rules)], 9090)).toEqual(["db"]);
  });

  test("names in rules of egress are those of the pods that traffic goes to", () => {
    const out = policy("out", {
      podSelector: app("web"),
      policyTypes: ["Egress"],
      egress: [{ ports: [{ port: "sql" }] }],
    });
    expect(whoReaches("db", [out], 5432)).toContain("web");
    expect(whoReaches("api", [out], 5432)).not.toContain("web");
    const network = new Network([...WORLD, out]);
    expect(network.egressTo(podNamed(network, "web"), { ip: "203.0.113.1" }, 5432).allowed).toBe(false);
  });

  test("ports of sidecars count, those of containers that only start a pod do not", () => {
    const spec = {
      initContainers: [
        { name: "proxy", restartPolicy: "Always", ports: [{ name: "admin", containerPort: 9901 }] },
        { name: "setup", ports: [{ name: "setup", containerPort: 1 }] },
      ],
    };
    expect(new Network([deployment("web", { spec })]).pods[0]!.ports.map(({ name }) => name)).toEqual([
      "http",
      "admin",
    ]);
  });
});

describe("addresses", () => {
  const block = { ipBlock: { cidr: "10.0.0.0/8", except: ["10.1.0.0/16"] } };
  const api = (...policies: NetworkObject[]) => {
    const network = new Network([...WORLD, ...policies]);
    return { network, pod: podNamed(network, "api") };
  };

  test.each<[string, boolean]>([
    ["10.0.0.1", true],
    ["10.255.255.255", true],
    ["10.1.0.0", false],
    ["10.1.255.255", false],
    ["10.2.0.0", true],
    ["11.0.0.0", false],
    ["fd00::1", false],
    ["nonsense", false],
  ])("10.0.0.0/8 except 10.1.0.0/16: %s is admitted: %s", (ip, expected) => {
    const { network, pod } = api(
      policy("p", { policyTypes: ["Ingress", "Egress"], ingress: [{ from: [block] }], egress: [{ to: [block] }] }),
    );
    expect(network.reaches({ ip }, pod, 8080).allowed).toBe(expected);
    expect(network.egressTo(pod, { ip }, 443).allowed).toBe(expected);
  });

  test("an address of IPv6 is in a block of IPv6 only", () => {
    const { network, pod } = api(
      policy("p", { ingress: [{ from: [{ ipBlock: { cidr: "::/0", except: ["fd00::/8"] } }] }] }),
    );
    const reach = (ip: string) => network.reaches({ ip }, pod, 8080).allowed;
    expect([reach("2001:db8::1"), reach("fd00::1"), reach("203.0.113.1")]).toEqual([true, false, false]);
  });

  test("selectors admit no address", () => {
    const { network, pod } = api(ingress({ from: [{ namespaceSelector: {} }] }));
    expect(network.reaches({ ip: "203.0.113.1" }, pod, 8080).allowed).toBe(false);
  });

  test("a rule without peers admits addresses on its ports", () => {
    const { network, pod } = api(ingress({ ports: [{ port: "http" }] }));
    expect(network.reaches({ ip: "203.0.113.1" }, pod, 8080)).toEqual({
      allowed: true,
      by: { egress: [], ingress: ["eu/NetworkPolicy/shop/p"] },
    });
    expect(network.reaches({ ip: "203.0.113.1" }, pod, 8081).allowed).toBe(false);
  });

  test.each<[string, object, boolean]>([
    ["everything", { cidr: "0.0.0.0/0" }, true],
    ["everything but the metadata service", { cidr: "0.0.0.0/0", except: ["169.254.169.254/32"] }, true],
    ["a whole private range", { cidr: "10.0.0.0/8" }, true],
    ["everything but one of the private ranges", { cidr: "0.0.0.0/0", except: ["10.0.0.0/8"] }, true],
    [
      "everything but what is private",
      { cidr: "0.0.0.0/0", except: ["10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16"] },
      false,
    ],
    ["a part of a private range", { cidr: "10.20.0.0/24" }, false],
    ["public addresses", { cidr: "203.0.113.0/24" }, false],
    ["what is no range", { cidr: "10.0.0.0/33" }, false],
  ])("pods have private addresses that nobody knows: %s may hold them: %#", (_, ipBlock, expected) => {
    expect(whoReaches("api", [ingress({ from: [{ ipBlock }] })]).includes("ledger")).toBe(expected);
  });

  test("a host may have any address", () => {
    const out = (to: object[]) => policy("p", { policyTypes: ["Egress"], egress: [{ to, ports: [{ port: 443 }] }] });
    const reach = (...to: object[]) => {
      const { network, pod } = api(out(to));
      return network.egressTo(pod, { host: "api.stripe.com" }, 443).allowed;
    };
    expect(reach({ ipBlock: { cidr: "0.0.0.0/0", except: ["10.0.0.0/8"] } })).toBe(true);
    expect(reach({ ipBlock: { cidr: "203.0.113.0/24" } })).toBe(false);
    expect(reach({ namespaceSelector: {} })).toBe(false);
    expect(reach()).toBe(true);
  });
});

describe("CiliumNetworkPolicy", () => {
  const egress = (...rules: object[]) => ciliumPolicy("c", { endpointSelector: app("web"), egress: rules });
  const to443 = [{ ports: [{ port: "443", protocol: "TCP" }] }];
  const reach = (host: string, port: number, ...objects: NetworkObject[]) => {
    const network = new Network([...WORLD, ...objects]);
    return network.egressTo(podNamed(network, "web"), { host }, port).allowed;
  };

  test("admits hosts by name, on its ports", () => {
    const rule = egress({ toFQDNs: [{ matchName: "api.stripe.com" }], toPorts: to443 });
    expect(reach("api.stripe.com", 443, rule)).toBe(true);
    expect(reach("API.stripe.com.", 443, rule)).toBe(true);
    expect(reach("api.stripe.com", 80, rule)).toBe(false);
    expect(reach("apixstripe.com", 443, rule)).toBe(false);
    expect(reach("evil.example", 443, rule)).toBe(false);
  });

  test.each<[string, string, boolean]>([
    ["*.cilium.io", "www.cilium.io", true],
    ["*.cilium.io", "a.b.cilium.io", false],
    ["*.cilium.io", "cilium.io", false],
    ["*cilium.io", "cilium.io", true],
    ["*cilium.io", "sub-cilium.io", true],
    ["*cilium.io", "www.cilium.io", false],
    ["sub*.cilium.io", "subdomain.cilium.io", true],
    ["sub*.cilium.io", "other.cilium.io", false],
    ["**.cilium.io", "a.b.cilium.io", true],
    ["**.cilium.io", "cilium.io", false],
    ["*", "any.thing.example", true],
  ])("the pattern %s and the host %s: %s", (matchPattern, host, expected) => {
    expect(reach(host, 443, egress({ toFQDNs: [{ matchPattern }], toPorts: to443 }))).toBe(expected);
  });

  test("a rule without ports admits all of them", () => {
    expect(reach("a.example", 7, egress({ toFQDNs: [{ matchName: "a.example" }] }))).toBe(true);
  });

  test("egress holds off everything else from the pods that it selects, and from no others", () => {
    const policies = [egress({ toFQDNs: [{ matchName: "a.example" }], toPorts: to443 })];
    expect(whoReaches("api", policies).sort()).toEqual(["api", "db", "ledger"]);
    expect(whoReaches("web", policies)).not.toContain("web");
  });

  test("adds to what NetworkPolicies admit", () => {
    const out = policy("out", {
      podSelector: app("web"),
      policyTypes: ["Egress"],
      egress: [{ to: [{ podSelector: app("api") }] }],
    });
    const rule = egress({ toFQDNs: [{ matchName: "a.example" }], toPorts: to443 });
    expect(whoReaches("api", [out, rule])).toContain("web");
    expect(reach("a.example", 443, out, rule)).toBe(true);
    expect(reach("a.example", 443, out)).toBe(false);
  });

  test.each<[string, object, boolean]>([
    ["an empty rule of egress denies", { egress: [{}] }, false],
    ["an empty list of egress says nothing", { egress: [] }, true],
    ["no egress says nothing", { ingress: [{}] }, true],
    ["rules for other peers admit none of these", { egress: [{ toEntities: ["world"] }] }, false],
    ["ports alone admit everything on them", { egress: [{ toPorts: to443 }] }, true],
    ["default deny can be switched off", { egress: [{ toFQDNs: [] }], enableDefaultDeny: { egress: false } }, true],
  ])("%s", (_, spec, expected) => {
    expect(reach("a.example", 443, ciliumPolicy("c", { endpointSelector: app("web"), ...spec }))).toBe(expected);
  });

  test("without default deny it still adds to what others admit", () => {
    const rule = { egress: [{ toFQDNs: [{ matchName: "a.example" }] }], enableDefaultDeny: { egress: false } };
    const deny = policy("deny", { policyTypes: ["Egress"] });
    expect(reach("a.example", 443, deny, ciliumPolicy("c", { endpointSelector: {}, ...rule }))).toBe(true);
    expect(reach("b.example", 443, deny, ciliumPolicy("c", { endpointSelector: {}, ...rule }))).toBe(false);
  });

  test("labels may say where they come from", () => {
    const endpointSelector = { matchLabels: { "k8s:app": "web" } };
    expect(reach("a.example", 443, ciliumPolicy("c", { endpointSelector, egress: [{}] }))).toBe(false);
  });
});

describe("ingress of a CiliumNetworkPolicy", () => {
  const entry = (...rules: object[]) => ciliumPolicy("c", { endpointSelector: app("web"), ingress: rules });
  const toPorts = [{ ports: [{ port: "8080", protocol: "TCP" }] }];
  const entities = (...objects: Parameters<typeof entry>) =>
    new Network([deployment("web"), policy("deny", { podSelector: {}, policyTypes: ["Ingress"] }), entry(...objects)])
      .entries()
      .flatMap(({ from, port, by }) => (from.kind === "entity" ? [[from.entity, port.port, by]] : []));

  test("lets entities in on its ports, and on all where it says none", () => {
    const by = ["eu/CiliumNetworkPolicy/shop/c"];
    expect(entities({ fromEntities: ["ingress"], toPorts })).toEqual([["ingress", 8080, by]]);
    expect(entities({ fromEntities: ["ingress"] })).toEqual([["ingress", 8080, by]]);
    expect(entities({ fromEntities: ["ingress"], toPorts: [{ ports: [{ port: "9090" }] }] })).toEqual([]);
    expect(entities({ fromEndpoints: [{}], toPorts })).toEqual([]);
  });

  test("lets no pod in, and holds none off that others let in", () => {
    const objects = [deployment("web"), deployment("a"), entry({ fromEntities: ["ingress"], toPorts })];
    const [open, closed] = [[], [policy("deny", { podSelector: {}, policyTypes: ["Ingress"] })]].map((more) => {
      const network = new Network([...objects, ...more]);
      return network.reaches(podNamed(network, "a"), podNamed(network, "web"), 8080).allowed;
    });
    expect([open, closed]).toEqual([true, false]);
  });
});

describe("pods", () => {
  const template = { metadata: { labels: { app: "x" } }, spec: { containers: [{ name: "x", ports: [HTTP] }] } };

  test.each<[string, string, object]>([
    ["apps/v1", "Deployment", { spec: { template } }],
    ["apps/v1", "StatefulSet", { spec: { template } }],
    ["apps/v1", "DaemonSet", { spec: { template } }],
    ["apps/v1", "ReplicaSet", { spec: { template } }],
    ["batch/v1", "Job", { spec: { template } }],
    ["batch/v1", "CronJob", { spec: { jobTemplate: { spec: { template } } } }],
    ["v1", "Pod", { metadata: template.metadata, spec: template.spec }],
  ])("of %s %s", (apiVersion, kind, fields) => {
    const { pods } = new Network([object(apiVersion, kind, "x", { ...fields })]);
    expect(pods).toEqual([
      {
        id: `eu/${kind}/shop/x`,
        cluster: "eu",
        namespace: "shop",
        name: "x",
        kind,
        tenant: undefined,
        labels: { app: "x" },
        ports: [{ name: "http", port: 8080, protocol: "TCP" }],
        hostNetwork: false,
      },
    ]);
  });

  test("other kinds make none", () => {
    expect(new Network([object("v1", "Service", "x", { spec: { ports: [] } }), namespace("shop")]).pods).toEqual([]);
  });

  test("pods that no Plan knows are judged by namespace and labels, both ways", () => {
    const gateway = { cluster: "eu", namespace: "edge", labels: { app: "gateway" } };
    const from = [
      { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "edge" } }, podSelector: app("gateway") },
    ];
    const deny = policy("deny", { policyTypes: ["Egress"] }, { namespace: "edge" });
    const network = new Network([...WORLD, ingress({ from })]);
    const reach = (one: typeof gateway, of = network) => of.reaches(one, podNamed(of, "api"), 8080).allowed;
    expect(reach(gateway)).toBe(true);
    expect(reach({ ...gateway, labels: { app: "other" } })).toBe(false);
    expect(reach({ ...gateway, namespace: "other" })).toBe(false);
    expect(reach({ ...gateway, cluster: "us" })).toBe(false);
    expect(reach(gateway, new Network([...WORLD, ingress({ from }), deny]))).toBe(false);
    expect(network.egressTo(gateway, { host: "a.example" }, 443).allowed).toBe(true);
  });

  test("in the network of their node no policy holds them off, and none names them", () => {
    const agent = deployment("agent", { spec: { hostNetwork: true } });
    const deny = policy("deny", { policyTypes: ["Ingress", "Egress"], egress: [{ to: [{ podSelector: {} }] }] });
    const network = new Network([...WORLD, agent, deny]);
    const reach = (from: string, to: string) =>
      network.reaches(podNamed(network, from), podNamed(network, to), 8080).allowed;
    expect(reach("agent", "api")).toBe(true);
    expect(reach("ledger", "agent")).toBe(true);
    expect(reach("web", "agent")).toBe(false);
  });
});

describe("lists", () => {
  const deny = policy("deny", { policyTypes: ["Ingress", "Egress"] });
  const edge = { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "edge" } } };

  test("reachable has each port that pods reach, with the policies of both sides", () => {
    const network = new Network([
      ...WORLD,
      deny,
      policy("deny", { policyTypes: ["Ingress", "Egress"] }, { namespace: "bank" }),
      policy("web", {
        podSelector: app("web"),
        policyTypes: ["Egress"],
        egress: [{ to: [{ podSelector: app("db") }] }],
      }),
      policy("db", {
        podSelector: app("db"),
        ingress: [{ from: [{ podSelector: app("web") }], ports: [{ port: "sql" }] }],
      }),
    ]);
    expect(network.reachable().map(({ from, to, port, by }) => [from.name, to.name, port, by])).toEqual([
      [
        "web",
        "db",
        { name: "sql", port: 5432, protocol: "TCP" },
        { egress: ["eu/NetworkPolicy/shop/web"], ingress: ["eu/NetworkPolicy/shop/db"] },
      ],
    ]);
  });

  test("the order of objects changes nothing", () => {
    const objects = [
      ...WORLD,
      deny,
      ingress({ from: [edge] }),
      policy("out", { policyTypes: ["Egress"], egress: [{}] }),
    ];
    const all = (network: Network) => [network.reachable(), network.entries(), network.exits()];
    expect(all(new Network(objects.toReversed()))).toEqual(all(new Network(objects)));
  });

  test("entries are what rules name and no Plan has: namespaces, addresses, everything", () => {
    const web = { from: [edge, { ipBlock: { cidr: "203.0.113.0/24" } }], ports: [{ port: "http" }] };
    const network = new Network([
      ...WORLD,
      deny,
      policy("in", { podSelector: app("web"), ingress: [web, { from: [{ podSelector: app("api") }] }] }),
      policy("db", { podSelector: app("db"), ingress: [{ ports: [{ port: 5432 }] }] }),
    ]);
    expect(network.entries().map(({ from, to, port, by }) => [from, to.name, port.port, by])).toEqual([
      [{ kind: "anywhere" }, "ledger", 8080, []],
      [{ kind: "anywhere" }, "db", 5432, ["eu/NetworkPolicy/shop/db"]],
      [
        { kind: "addresses", cidr: "203.0.113.0/24", except: [], isInternet: false },
        "web",
        8080,
        ["eu/NetworkPolicy/shop/in"],
      ],
      [{ kind: "pods", namespace: "edge", selector: {} }, "web", 8080, ["eu/NetworkPolicy/shop/in"]],
    ]);
  });

  test("exits are what rules name and no Plan has: hosts, the internet, pods of another program", () => {
    const internet = {
      ipBlock: { cidr: "0.0.0.0/0", except: ["10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16"] },
    };
    const other = {
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "billing" } },
      podSelector: app("api"),
    };
    const network = new Network([
      deployment("web"),
      policy("out", {
        policyTypes: ["Egress"],
        egress: [
          { to: [internet], ports: [{ port: 443 }] },
          { to: [other], ports: [{ port: "grpc" }] },
        ],
      }),
      ciliumPolicy("names", { endpointSelector: {}, egress: [{ toFQDNs: [{ matchName: "a.example" }] }] }),
    ]);
    const at = (port: number | string) => ({ port, endPort: undefined, protocol: "TCP" });
    expect(network.exits().map(({ to, port, by }) => [to, port, by])).toEqual([
      [{ kind: "host", host: "a.example" }, undefined, ["eu/CiliumNetworkPolicy/shop/names"]],
      [{ kind: "pods", namespace: "billing", selector: app("api") }, at("grpc"), ["eu/NetworkPolicy/shop/out"]],
      [{ kind: "addresses", ...internet.ipBlock, isInternet: true }, at(443), ["eu/NetworkPolicy/shop/out"]],
    ]);
  });

  test("pods of another cluster are outside", () => {
    const to = [{ podSelector: app("api") }];
    const network = new Network([
      deployment("web"),
      deployment("api", { cluster: "us" }),
      policy("out", { policyTypes: ["Egress"], egress: [{ to }] }),
    ]);
    const [exit] = network.exits().filter(({ from }) => from.name === "web");
    expect(exit?.to).toEqual({ kind: "pods", namespace: "shop", selector: app("api") });
  });

  test("pods that no policy holds off may go anywhere", () => {
    const [exit] = new Network([deployment("web")]).exits();
    expect(exit).toMatchObject({ to: { kind: "anywhere" }, port: undefined, by: [] });
  });
});

test("five hundred workloads are judged in seconds", () => {
  const objects = Array.from({ length: 500 }, (_, i) => {
    const name = `w${i}`;
    const at = `t${i % 10}`;
    const peer = (to: number) => ({
      to: [
        {
          namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": `t${to % 10}` } },
          podSelector: app(`w${to}`),
        },
      ],
      ports: [{ port: 8080 }],
    });
    return [
      deployment(name, { namespace: at, tenant: at }),
      policy(
        name,
        {
          podSelector: app(name),
          policyTypes: ["Ingress", "Egress"],
          ingress: [{ from: [{ namespaceSelector: {} }], ports: [{ port: "http" }] }],
          egress: [1, 7, 20, 50].map((step) => peer((i + step) % 500)),
        },
        { namespace: at },
      ),
    ];
  }).flat();
  const start = performance.now();
  const network = new Network(objects);
  expect(network.reachable()).toHaveLength(2000);
  expect(network.entries()).toHaveLength(0);
  expect(network.exits()).toHaveLength(0);
  expect(performance.now() - start).toBeLessThan(5000);
});
