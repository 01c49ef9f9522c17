import {
  Capability,
  Cluster,
  definePlatform,
  ExternalService,
  type FlagstoneError,
  Platform,
  Tenant,
  type TrafficSource,
  WebService,
} from "flagstone";
import { planOf } from "flagstone/testing";
import { describe, expect, test } from "vitest";
import { Network } from "../../lib/checks/network";
import { reachability } from "../../lib/cli/network-edges";
import { joinPlans } from "../../lib/cli/joined";
import { IMAGE } from "../testing/fixtures";

/** What is wrong with the facts of a cluster. */
function problemsOf(main: object): string[] {
  try {
    definePlatform("acme", { domain: "acme.example", environments: { dev: { clusters: { main } } } });
    return [];
  } catch (error) {
    return (error as FlagstoneError).findings.map(({ rule, message }) =>
      `${rule}: ${message}`.replace("environments.dev.clusters.main.", ""),
    );
  }
}
const from = (source: unknown, ...more: readonly Capability[]) =>
  problemsOf({
    capabilities: [Capability.gatewayApi({ gateway: "edge/public", from: source as TrafficSource }), ...more],
  });

describe("who brings traffic from outside", () => {
  test.each<readonly [unknown, string]>([
    [{ cidrs: ["nonsense"] }, 'from.cidrs has "nonsense", which is no range of addresses'],
    [{ cidrs: [] }, "from.cidrs is empty"],
    [{ cidrs: "10.0.0.0/8" }, 'from.cidrs "10.0.0.0/8" is no list'],
    [{ namespace: "A b" }, 'from.namespace "A b" is no name of a namespace'],
    [{}, "from {} does not say who, in one way"],
    [{ namespace: "edge", cidrs: ["10.0.0.0/8"] }, "does not say who, in one way"],
    [{ entity: "world" }, 'from.entity "world" is not known'],
    [{ entity: "ingress" }, 'from.entity "ingress" is Cilium\'s, which the cluster does not have'],
  ])("is refused as %j", (source, message) => {
    expect(from(source)).toEqual([expect.stringContaining(`facts/capability: capabilities: gateway-api: `)]);
    expect(from(source)[0]).toContain(message);
  });

  test.each([{ namespace: "edge" }, { cidrs: ["10.0.0.0/8", "fd00::/8"] }])("is said as %j", (source) => {
    expect(from(source)).toEqual([]);
  });

  test("may be Cilium where the cluster has it", () => {
    expect(from({ entity: "ingress" }, Capability.cilium())).toEqual([]);
  });

  test("is checked of an Ingress controller and of KEDA, too", () => {
    const ingress = Capability.ingress({ className: "public", from: { cidrs: ["x"] } });
    const keda = Capability.keda({ from: { namespace: "" } });
    expect(problemsOf({ capabilities: [ingress, keda] })).toEqual([
      'facts/capability: capabilities: ingress: from.cidrs has "x", which is no range of addresses',
      'facts/capability: capabilities: keda: from.namespace "" is no name of a namespace',
    ]);
  });
});

describe("where pods ask for names", () => {
  const pods = { namespace: "openshift-dns", labels: { "dns.operator.openshift.io/daemonset-dns": "default" } };

  test.each<readonly [readonly object[], string]>([
    [[], "facts/dns: dns is empty, and no pod could find anything"],
    [[{}], "facts/dns: dns[0] {} says neither pods nor addresses alone"],
    [[{ namespace: "dns" }], "says neither pods nor addresses alone"],
    [[{ ...pods, labels: {} }], "says neither pods nor addresses alone"],
    [[{ ...pods, cidrs: ["10.0.0.10/32"] }], "says neither pods nor addresses alone"],
    [[{ cidrs: [] }], "facts/dns: dns[0].cidrs is empty"],
    [[pods, { cidrs: ["10.0.0.10"] }], 'facts/dns: dns[1].cidrs has "10.0.0.10", which is no range of addresses'],
    [[{ ...pods, namespace: "A" }], 'facts/dns: dns[0].namespace "A" is no name of a namespace'],
    [[{ ...pods, port: 70000 }], "facts/dns: dns[0].port 70000 is not a port"],
    [[{ ...pods, label: {} }], 'props/unknown: unknown property "dns[0].label"'],
  ])("is refused as %j", (dns, message) => {
    expect(problemsOf({ dns })).toEqual([expect.stringContaining(message)]);
  });

  /** A program with a tenant and a service, on clusters that ask in different places. */
  const planned = () => {
    const facts = definePlatform("acme", {
      domain: "acme.example",
      environments: {
        dev: {
          clusters: {
            nodes: { dns: [{ cidrs: ["169.254.20.10/32", "10.96.0.10/32"] }] },
            openshift: { dns: [{ ...pods, port: 5353 }] },
            plain: {},
          },
        },
      },
      tenants: { shop: {} },
    });
    const cluster = Cluster.fromKubeconfig();
    const platform = new Platform(facts, {
      environments: { dev: { clusters: { nodes: cluster, openshift: cluster, plain: cluster } } },
    });
    platform.run((environment) => {
      const shop = new Tenant(environment, "shop");
      const api = new ExternalService(shop, "api", { url: "https://api.example", cidrs: ["203.0.113.0/24"] });
      new WebService(shop, "web", { image: IMAGE, connections: { api } });
    });
    return planOf(platform, "dev");
  };

  test("is open to pods, and it alone", async () => {
    const plan = await planned();
    expect(plan.findings).toEqual([]);
    const network = new Network(plan.plan.objects);
    const ask = (cluster: string, ip: string, port: number) =>
      (["TCP", "UDP"] as const).map((protocol) => {
        const pod = network.pods.find((one) => one.cluster === cluster)!;
        return network.egressTo(pod, { ip }, port, protocol).allowed;
      });
    expect(ask("nodes", "169.254.20.10", 53)).toEqual([true, true]);
    expect(ask("nodes", "10.96.0.10", 53)).toEqual([true, true]);
    expect(ask("nodes", "169.254.20.10", 80)).toEqual([false, false]);
    expect(ask("nodes", "169.254.169.254", 53)).toEqual([false, false]);
    expect(ask("plain", "169.254.20.10", 53)).toEqual([false, false]);
    const egress = (cluster: string) => plan.object("NetworkPolicy", "allow-dns", cluster)["spec"];
    const rule = (namespace: string, labels: object, port: number) => ({
      egress: [
        {
          to: [
            {
              namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
              podSelector: { matchLabels: labels },
            },
          ],
          ports: [
            { port, protocol: "TCP" },
            { port, protocol: "UDP" },
          ],
        },
      ],
    });
    expect(egress("openshift")).toMatchObject(rule(pods.namespace, pods.labels, 5353));
    expect(egress("plain")).toMatchObject(rule("kube-system", { "k8s-app": "kube-dns" }, 53));
  });

  test("is left out of who reaches whom, whichever its port is", async () => {
    const plan = await planned();
    const [joined] = joinPlans([plan.plan]);
    const { edges } = reachability(joined!);
    expect(edges.map(({ cluster, to, port }) => [cluster, to.kind, port])).toEqual(
      ["nodes", "openshift", "plain"].map((cluster) => [cluster, "addresses", 443]),
    );
  });
});
