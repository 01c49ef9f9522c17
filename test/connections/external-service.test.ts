import { Capability, type Connectable, definePlatform, type DnsServer, ExternalService, WebService } from "flagstone";
import { type PlanView, testTenant } from "flagstone/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Network } from "../../lib/checks/network";
import { egressRules, PUBLIC } from "../../lib/connections/egress";
import { isLinkLocal, isMixed, rangeOf } from "../../lib/core/address-ranges";
import { brief, IMAGE, rulesOf } from "../testing/fixtures";
import { egressOf, planWith, variablesOf } from "./platform";

const image = IMAGE;
const METADATA = ["169.254.169.254", "168.63.129.16", "fd00:ec2::254"];
const PRIVATE = ["10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "127.0.0.1", "0.0.0.0", "fc00::1", "fe80::1"];

/** What a service becomes that is connected to an external one. */
const using = (props: object, environment: "dev" | "prod" = "dev"): Promise<PlanView> =>
  planWith(({ shop }) => {
    const target = new ExternalService(shop, "x", props as ConstructorParameters<typeof ExternalService>[2]);
    new WebService(shop, "web", { image, connections: { x: target } });
  }, environment);
/** Whether that service reaches an address or a host. */
const reaches = (plan: PlanView, to: { ip: string } | { host: string }, port = 443, cluster = "main"): boolean => {
  const network = new Network(plan.plan.objects);
  const pod = network.pods.find((one) => one.name === "web" && one.cluster === cluster)!;
  return network.egressTo(pod, to, port).allowed;
};

describe("a target of which no address is known", () => {
  const nowhere: Connectable<"host"> = {
    coordinates: { host: "db.internal" },
    target: {
      kind: "resource",
      id: "db",
      reach: () => ({
        coordinates: { host: "db.internal" },
        peers: [{ kind: "addresses", cidrs: [] as string[] as [string], port: 5432 }],
        problems: [],
      }),
    },
    connection: () => nowhere,
  };

  test("opens nothing, and is an error", async () => {
    const plan = await planWith(({ shop }) => new WebService(shop, "web", { image, connections: { db: nowhere } }));
    expect(brief(plan.findings)).toEqual([
      'connections/no-address dev/shop/web: connection "db": none of its addresses is known, so its port 5432 stays closed; ' +
        "let its target name ranges of addresses, or a host",
    ]);
    expect(egressRules([{ kind: "addresses", cidrs: [] as string[] as [string], port: 5432 }])).toEqual([]);
  });

  test("no rule of egress is ever without places, whatever the peers", () => {
    const cidrs = fc.array(fc.constantFrom("10.0.0.0/8", "203.0.113.0/24")) as fc.Arbitrary<string[] & [string]>;
    const port = fc.integer({ min: 1, max: 65_535 });
    const peers = fc.array(
      fc.oneof(
        fc.record({ kind: fc.constant("addresses" as const), cidrs, port }),
        fc.record({ kind: fc.constant("host" as const), host: fc.constantFrom("*", "a.example"), port }),
      ),
    );
    fc.assert(
      fc.property(peers, (given) => {
        const rules = egressRules(given);
        expect(rules.every(({ to, ports }) => to!.length > 0 && ports!.length > 0)).toBe(true);
        const open = given.filter((peer) => peer.kind === "host" || peer.cidrs.length > 0);
        const ports = new Set(rules.flatMap((rule) => rule.ports!.map((one) => one.port!.value)));
        expect(ports).toEqual(new Set(open.map((peer) => peer.port)));
      }),
    );
  });

  test("is an error of an external service with no ranges", async () => {
    const { findings } = await using({ url: "https://x.example", cidrs: [] });
    expect(brief(findings)).toEqual([
      "external/cidr dev/shop/x: cidrs is empty; name a range of addresses, or leave it out",
    ]);
  });
});

describe("a url of the cluster itself", () => {
  const url = "http://prometheus.monitoring.svc:9090";
  const pods = { namespace: "monitoring", labels: { "app.kubernetes.io/name": "prometheus" } };

  test.each([
    "http://prometheus.monitoring.svc:9090",
    "http://prometheus.monitoring.svc.cluster.local",
    "tcp://x.y.cluster.local:1",
  ])("as %s is an error without its pods", async (given) => {
    const { findings } = await using({ url: given });
    expect(rulesOf(findings)).toEqual(["external/in-cluster"]);
  });

  test("is reached at its pods, on the port that they listen on", async () => {
    const plan = await using({ url, pods: { ...pods, port: 9091 } });
    expect(plan.findings).toEqual([]);
    const to = [
      {
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } },
        podSelector: { matchLabels: pods.labels },
      },
    ];
    expect(egressOf(plan, "web")).toEqual([{ to, ports: [{ protocol: "TCP", port: 9091 }] }]);
    expect(variablesOf(plan, "web")).toMatchObject({ X_URL: url, X_HOST: "prometheus.monitoring.svc", X_PORT: "9090" });
    expect(egressOf(await using({ url, pods }), "web")).toEqual([{ to, ports: [{ protocol: "TCP", port: 9090 }] }]);
  });

  test("may lead out of the cluster, to addresses that are said", async () => {
    expect((await using({ url: "tcp://db.shop.svc:5432", cidrs: ["10.1.0.0/16"] })).findings).toEqual([]);
  });

  test.each([
    [{ ...pods, namespace: "A b" }, 'pods.namespace "A b" is no name of a namespace'],
    [{ ...pods, labels: {} }, "pods.labels is empty: every pod of the namespace would be open"],
    [{ ...pods, port: 0 }, "pods.port 0 is not a port"],
  ])("is refused with pods %j", async (given, message) => {
    expect((await using({ url, pods: given })).findings).toMatchObject([{ rule: "external/pods", message }]);
  });

  test("has pods or addresses, not both", async () => {
    const { findings } = await using({ url, pods, cidrs: ["10.0.0.0/8"] });
    expect(findings).toMatchObject([{ rule: "external/pods", message: "pods and cidrs are both said" }]);
  });
});

describe("a private name", () => {
  test.each(["tcp://db.corp.internal:5432", "https://nas.local", "https://a.lan", "https://a.b.corp", "https://db"])(
    "as %s is warned of where policies know no names",
    async (url) => {
      const { findings } = await using({ url });
      expect(findings).toMatchObject([{ rule: "external/private-name", severity: "warning" }]);
    },
  );

  test("is none where its addresses are said", async () => {
    expect((await using({ url: "https://git.acme.internal", cidrs: ["10.0.0.0/24"] })).findings).toEqual([]);
  });

  test("is warned of in the clusters that know no names only", async () => {
    const { findings } = await using({ url: "https://git.acme.internal" }, "prod");
    expect(findings.map(({ message }) => message)).toEqual([
      'url leads to "git.acme.internal", a private name, and policies of cluster "us" know no host names: they open every public address, and not its own',
    ]);
  });
});

describe("an address", () => {
  test.each([
    [{ url: "http://169.254.169.254" }, "external/link-local"],
    [{ url: "http://x.example", cidrs: ["169.254.170.0/24"] }, "external/link-local"],
    [{ url: "http://[fe80::1]" }, "external/link-local"],
    [{ url: "https://x.example", cidrs: ["0.0.0.0/0"] }, "external/wide"],
    [{ url: "https://x.example", cidrs: ["::/0"] }, "external/wide"],
    [{ url: "https://x.example", cidrs: ["172.0.0.0/8"] }, "external/wide"],
    [{ url: "https://x.example", cidrs: ["10.0.0.0/7"] }, "external/wide"],
  ])("of %j is told of", async (props, rule) => {
    expect(rulesOf((await using(props)).findings)).toEqual([rule]);
  });

  test.each(["10.0.0.0/8", "10.20.0.0/16", "203.0.112.0/20", "3.0.0.0/8", "2000::/3", "fc00::/7"])(
    "of %s is fine",
    async (cidr) => {
      expect((await using({ url: "https://x.example", cidrs: [cidr] })).findings).toEqual([]);
    },
  );

  test("of IPv6 is a host without brackets, and an address with them", async () => {
    const plan = await planWith(({ shop }) => {
      const x = new ExternalService(shop, "x", { url: "https://[2001:db8::1]:8443/a" });
      const named = x.connection({ env: ({ address }) => ({ X_ADDR: address }) });
      new WebService(shop, "web", { image, connections: { x } });
      new WebService(shop, "named", { image, connections: { x: named } });
    });
    expect(variablesOf(plan, "web")).toMatchObject({
      X_URL: "https://[2001:db8::1]:8443/a",
      X_HOST: "2001:db8::1",
      X_PORT: "8443",
    });
    expect(variablesOf(plan, "named")).toMatchObject({ X_ADDR: "[2001:db8::1]:8443" });
  });
});

describe("hosts by a wildcard", () => {
  test("as https://* are every public one, and nothing private, on any cluster, and nothing to know of", async () => {
    for (const [environment, cluster] of [
      ["dev", "main"],
      ["prod", "eu"],
      ["prod", "us"],
    ] as const) {
      const plan = await using({ url: "https://*" }, environment);
      expect(plan.findings).toEqual([]);
      expect(egressOf(plan, "web", cluster)).toMatchObject([{ ports: [{ protocol: "TCP", port: 443 }] }]);
      for (const ip of ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
        expect(reaches(plan, { ip }, 443, cluster)).toBe(true);
      for (const ip of [
        ...METADATA,
        ...PRIVATE,
        "224.0.0.1",
        "255.255.255.255",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b::a00:1",
      ])
        expect(reaches(plan, { ip }, 443, cluster)).toBe(false);
      expect(plan.objects("CiliumNetworkPolicy")).toEqual([]);
    }
  });

  test("as https://*.example.com are those below, where policies know names", async () => {
    const plan = await using({ url: "https://*.example.com" }, "prod");
    expect(plan.object("CiliumNetworkPolicy", "web-hosts", "eu")).toMatchObject({
      spec: { egress: [{}, { toFQDNs: [{ matchPattern: "*.example.com" }] }] },
    });
    expect(reaches(plan, { host: "a.example.com" }, 443, "eu")).toBe(true);
    expect(reaches(plan, { host: "a.example.org" }, 443, "eu")).toBe(false);
    expect(rulesOf(plan.findings)).toEqual(["connections/public-egress"]);
    expect(reaches(plan, { ip: "8.8.8.8" }, 443, "us")).toBe(true);
  });

  test("give no variables, whatever the workload calls them", async () => {
    const plan = await planWith(({ shop }) => {
      const connections = { net: new ExternalService(shop, "net", { url: "https://*" }) };
      const environmentNames = () => ({ ADDR: "x" });
      new WebService(shop, "web", { image, connections });
      new WebService(shop, "named", { image, connections, environmentNames });
    });
    expect(variablesOf(plan, "web")).toEqual({ PORT: "8080" });
    expect(variablesOf(plan, "named")).toEqual({ PORT: "8080" });
  });

  test.each(["https://a*.example.com", "https://a.*.com", "https://**", "tcp://*"])(
    "as %s are refused",
    async (url) => {
      expect(rulesOf((await using({ url })).findings)).toEqual(["external/url"]);
    },
  );
});

test("what is open for want of names is told of once, with how many it is open to", async () => {
  const plan = await planWith(({ shop, bank }) => {
    const api = new ExternalService(shop, "api", { url: "https://api.example.com" });
    for (const name of ["a", "b"]) new WebService(shop, name, { image, connections: { api } });
    new WebService(bank, "c", { image, connections: { api: api.connection({ env: () => ({}) }) } });
  });
  expect(plan.findings).toMatchObject([
    {
      rule: "connections/public-egress",
      severity: "info",
      path: "dev/shop/api",
      message:
        'policies of cluster "main" know no host names: to reach api.example.com:443, that port of every public address is open to 3 workloads',
    },
  ]);
});

describe("where names are asked for", () => {
  const OPENSHIFT = { namespace: "openshift-dns", labels: { "dns.operator.openshift.io/daemonset-dns": "default" } };
  const on = async (dns: readonly [DnsServer, ...DnsServer[]]) => {
    const main = { dns, capabilities: [Capability.cilium()] };
    const platform = definePlatform("acme", {
      domain: "acme.example",
      environments: { dev: { clusters: { main } } },
      tenants: { shop: {} },
    });
    const shop = testTenant(platform, "dev", "shop");
    const api = new ExternalService(shop, "api", { url: "https://api.example.com" });
    new WebService(shop, "web", { image, connections: { api } });
    return shop.plan();
  };

  test("names are asked for by Cilium's policy as by all others", async () => {
    const plan = await on([{ ...OPENSHIFT, port: 5353 }, { cidrs: ["169.254.20.10/32"] }]);
    const rules = { dns: [{ matchPattern: "*" }] };
    expect(plan.object("CiliumNetworkPolicy", "web-hosts")).toMatchObject({
      spec: {
        egress: [
          {
            toEndpoints: [
              {
                matchLabels: {
                  "k8s:io.kubernetes.pod.namespace": "openshift-dns",
                  "k8s:dns.operator.openshift.io/daemonset-dns": "default",
                },
              },
            ],
            toPorts: [{ ports: [{ port: "5353", protocol: "ANY" }], rules }],
          },
          { toCIDR: ["169.254.20.10/32"], toPorts: [{ ports: [{ port: "53", protocol: "ANY" }], rules }] },
          { toFQDNs: [{ matchName: "api.example.com" }] },
        ],
      },
    });
  });
});

describe("ranges of addresses", () => {
  const byte = fc.integer({ min: 0, max: 255 });
  const ipv4 = fc.tuple(byte, byte, byte, byte).map((bytes) => bytes.join("."));

  test("are mixed exactly when addresses of both kinds are in them, or all of a private range and more", () => {
    expect(["0.0.0.0/0", "128.0.0.0/1", "100.0.0.0/8", "f000::/4"].map(isMixed)).toEqual([true, true, true, true]);
    expect(["10.0.0.0/8", "10.0.0.0/9", "9.0.0.0/8", "::1/128", "x"].map(isMixed)).toEqual(Array(5).fill(false));
  });

  test("are link-local as a whole or not at all", () => {
    expect(["169.254.0.0/16", "169.254.1.2/32", "fe80::/64"].map(isLinkLocal)).toEqual([true, true, true]);
    expect(["169.254.0.0/15", "0.0.0.0/0", "x"].map(isLinkLocal)).toEqual([false, false, false]);
  });

  test("hold the addresses that have their first bits", () => {
    const bits = (ip: string) =>
      ip
        .split(".")
        .map((part) => Number(part).toString(2).padStart(8, "0"))
        .join("");
    fc.assert(
      fc.property(ipv4, fc.integer({ min: 0, max: 32 }), ipv4, (network, prefix, ip) => {
        const isIn = bits(network).slice(0, prefix) === bits(ip).slice(0, prefix);
        expect(rangeOf(`${network}/${prefix}`)?.has(ip)).toBe(isIn);
      }),
    );
  });

  test("that are public leave out ranges of their own only, as the API server demands", () => {
    for (const { ipBlock } of PUBLIC) {
      const all = rangeOf(ipBlock!.cidr)!;
      for (const hole of ipBlock!.except!) expect(all.contains(hole) && hole !== ipBlock!.cidr).toBe(true);
    }
  });
});
