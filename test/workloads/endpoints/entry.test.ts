import { Duration } from "cdk8s";
import {
  Capability,
  definePlatform,
  type EndpointProps,
  type KubeObject,
  type Tenant,
  WebService,
  type WebServiceProps,
} from "flagstone";
import { type PlanView, testTenant } from "flagstone/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Network } from "../../../lib/checks/network";
import { entryName } from "../../../lib/workloads/endpoints/entry";
import { gatewayDuration } from "../../../lib/workloads/endpoints/entry-routes";
import type { HttpEntryEndpointProps } from "../../../lib/workloads/endpoints/types";
import { IMAGE } from "../../testing/fixtures";

const gateway = Capability.gatewayApi({ gateway: "edge/public" });
const ingress = Capability.ingress({ className: "public", from: { namespace: "ingress" } });
const certManager = Capability.certManager({ issuer: "letsencrypt" });

/** A tenant on clusters with these capabilities. */
function tenantOn(clusters: Readonly<Record<string, readonly Capability[]>>, more: object = {}) {
  const platform = definePlatform("acme", {
    domain: "acme.example",
    environments: {
      dev: {
        clusters: Object.fromEntries(
          Object.entries(clusters).map(([name, capabilities]) => [name, { capabilities }] as const),
        ),
      },
    },
    tenants: { shop: { allowed: { hosts: { dev: ["www.example.com"] } } } },
    ...more,
  });
  return testTenant(platform, "dev", "shop");
}

/** What a service called `web` becomes on one cluster. */
async function entryOn(
  capabilities: readonly Capability[],
  endpoints: Readonly<Record<string, EndpointProps>>,
  props: Partial<WebServiceProps<string>> = {},
): Promise<PlanView> {
  const tenant = tenantOn({ main: capabilities });
  new WebService<string>(tenant, "web", { image: IMAGE, endpoints, ...props });
  return tenant.plan();
}

const ROUTES = ["HTTPRoute", "GRPCRoute", "Ingress"];
const entriesOf = (plan: PlanView) => plan.objects().filter(({ kind }) => ROUTES.includes(kind));
const namesOf = (plan: PlanView) => entriesOf(plan).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
const external = (more: Partial<HttpEntryEndpointProps> = {}): HttpEntryEndpointProps => ({
  port: 8080,
  visibility: "external",
  ...more,
});

describe("with Gateway API, an external endpoint", () => {
  test("is an HTTPRoute of the gateway that serves all paths of the host by rule", async () => {
    const plan = await entryOn([gateway], { http: external({ servicePort: 80 }) });
    expect(plan.findings).toEqual([]);
    expect(entriesOf(plan)).toEqual([
      {
        apiVersion: "gateway.networking.k8s.io/v1",
        kind: "HTTPRoute",
        metadata: expect.objectContaining({ name: "web", namespace: "shop" }),
        spec: {
          parentRefs: [{ group: "gateway.networking.k8s.io", kind: "Gateway", namespace: "edge", name: "public" }],
          hostnames: ["web.shop.dev.acme.example"],
          rules: [
            {
              matches: [{ path: { type: "PathPrefix", value: "/" } }],
              backendRefs: [{ group: "", kind: "Service", name: "web", port: 80, weight: 1 }],
            },
          ],
        },
      },
    ]);
  });

  test("carries the labels of its workload", async () => {
    const plan = await entryOn([gateway], { http: external() }, { labels: { team: "web" } });
    expect(plan.object("HTTPRoute", "web").metadata.labels).toEqual(plan.object("Service", "web").metadata.labels);
  });

  test("is offered to one listener where the capability names it", async () => {
    const one = Capability.gatewayApi({ gateway: "edge/public", listener: "https" });
    const plan = await entryOn([one], { http: external() });
    expect(plan.object("HTTPRoute", "web")["spec"]).toMatchObject({ parentRefs: [{ sectionName: "https" }] });
  });

  test("has the hosts and paths that it is given, in their order", async () => {
    const hosts = ["www.example.com", "*.web.shop.dev.acme.example"] as const;
    const plan = await entryOn([gateway], { http: external({ hosts, paths: ["/b", "/a"] }) });
    expect(plan.findings).toEqual([]);
    expect(plan.object("HTTPRoute", "web")["spec"]).toMatchObject({
      hostnames: hosts,
      rules: [{ matches: [{ path: { value: "/b" } }, { path: { value: "/a" } }] }],
    });
  });

  test("changes headers, and ends requests that take too long", async () => {
    const plan = await entryOn([gateway], {
      http: external({
        requestHeaders: { set: { "X-From": "edge" }, remove: ["Cookie"] },
        responseHeaders: { remove: ["Server"] },
        timeout: "1500ms",
      }),
    });
    expect(plan.findings).toEqual([]);
    expect((plan.object("HTTPRoute", "web")["spec"] as { rules: object[] }).rules).toEqual([
      {
        matches: [{ path: { type: "PathPrefix", value: "/" } }],
        filters: [
          {
            type: "RequestHeaderModifier",
            requestHeaderModifier: { set: [{ name: "X-From", value: "edge" }], remove: ["Cookie"] },
          },
          { type: "ResponseHeaderModifier", responseHeaderModifier: { remove: ["Server"] } },
        ],
        timeouts: { request: "1s500ms" },
        backendRefs: [{ group: "", kind: "Service", name: "web", port: 8080, weight: 1 }],
      },
    ]);
  });

  test("redirects with what is below the path, within the host or elsewhere", async () => {
    const plan = await entryOn([gateway], {
      http: external({
        paths: ["/shop"],
        redirects: {
          "/": "/shop",
          "/docs": "https://docs.acme.example",
          "/help": "https://docs.acme.example:8443/shop/help",
        },
      }),
    });
    expect(plan.findings).toEqual([]);
    const { rules } = plan.object("HTTPRoute", "web")["spec"] as { rules: object[] };
    const redirect = (from: string, to: object, path: string) => ({
      matches: [{ path: { type: "PathPrefix", value: from } }],
      filters: [
        {
          type: "RequestRedirect",
          requestRedirect: { ...to, path: { type: "ReplacePrefixMatch", replacePrefixMatch: path }, statusCode: 302 },
        },
      ],
    });
    const docs = { scheme: "https", hostname: "docs.acme.example" };
    expect(rules.slice(1)).toEqual([
      redirect("/", {}, "/shop"),
      redirect("/docs", docs, "/"),
      redirect("/help", { ...docs, port: 8443 }, "/shop/help"),
    ]);
  });

  test("that speaks gRPC is a GRPCRoute for all methods", async () => {
    const plan = await entryOn([gateway], {
      rpc: {
        port: 50051,
        protocol: "grpc",
        visibility: "external",
        hosts: ["www.example.com"],
        requestHeaders: { remove: ["Cookie"] },
      },
    });
    expect(plan.findings).toEqual([]);
    expect(plan.object("GRPCRoute", "web-rpc")["spec"]).toEqual({
      parentRefs: [{ group: "gateway.networking.k8s.io", kind: "Gateway", namespace: "edge", name: "public" }],
      hostnames: ["www.example.com"],
      rules: [
        {
          filters: [{ type: "RequestHeaderModifier", requestHeaderModifier: { remove: ["Cookie"] } }],
          backendRefs: [{ group: "", kind: "Service", name: "web", port: 50051, weight: 1 }],
        },
      ],
    });
  });

  test("that speaks WebSocket is an HTTPRoute", async () => {
    const plan = await entryOn([gateway], { live: external({ protocol: "websocket" }) });
    expect(plan.findings).toEqual([]);
    expect(namesOf(plan)).toEqual(["HTTPRoute web-live"]);
  });
});

const issuersOf = ({ metadata }: KubeObject) =>
  Object.keys(metadata.annotations ?? {}).filter((key) => key.startsWith("cert-manager.io/"));

describe("with an Ingress controller, an external endpoint", () => {
  test("is an Ingress of its class, whose certificate cert-manager makes", async () => {
    const plan = await entryOn([ingress, certManager], {
      http: external({ servicePort: 80, hosts: ["www.example.com", "web.shop.dev.acme.example"], paths: ["/", "/a"] }),
    });
    expect(plan.findings).toEqual([]);
    const backend = { service: { name: "web", port: { number: 80 } } };
    const paths = [
      { path: "/", pathType: "Prefix", backend },
      { path: "/a", pathType: "Prefix", backend },
    ];
    expect(entriesOf(plan)).toEqual([
      {
        apiVersion: "networking.k8s.io/v1",
        kind: "Ingress",
        metadata: expect.objectContaining({
          name: "web",
          namespace: "shop",
          annotations: expect.objectContaining({ "cert-manager.io/cluster-issuer": "letsencrypt" }),
        }),
        spec: {
          ingressClassName: "public",
          tls: [{ hosts: ["www.example.com", "web.shop.dev.acme.example"], secretName: "web-tls" }],
          rules: [
            { host: "www.example.com", http: { paths } },
            { host: "web.shop.dev.acme.example", http: { paths } },
          ],
        },
      },
    ]);
  });

  test("has a certificate by an Issuer of its namespace where the capability says so", async () => {
    const issuer = Capability.certManager({ issuer: "own", kind: "Issuer" });
    const plan = await entryOn([ingress, issuer], { api: external() });
    expect(plan.object("Ingress", "web-api")).toMatchObject({
      metadata: { annotations: { "cert-manager.io/issuer": "own" } },
      spec: { tls: [{ secretName: "web-api-tls" }] },
    });
  });

  test("has the certificate that it names, and cert-manager makes none", async () => {
    const plan = await entryOn([ingress, certManager], { http: external({ tls: { secret: "bought" } }) });
    expect(plan.findings).toEqual([]);
    expect(issuersOf(plan.object("Ingress", "web"))).toEqual([]);
    expect(plan.object("Ingress", "web")["spec"]).toMatchObject({
      tls: [{ hosts: ["web.shop.dev.acme.example"], secretName: "bought" }],
    });
  });

  test("has no certificate when it wants none", async () => {
    const plan = await entryOn([ingress, certManager], { http: external({ tls: false }) });
    expect(plan.findings).toEqual([]);
    expect(issuersOf(plan.object("Ingress", "web"))).toEqual([]);
    expect(plan.object("Ingress", "web")["spec"]).not.toHaveProperty("tls");
  });
});

describe("a cluster", () => {
  test("with Gateway API and an Ingress controller has a route", async () => {
    expect(namesOf(await entryOn([ingress, gateway], { http: external() }))).toEqual(["HTTPRoute web"]);
  });

  test("has what it offers, next to another one that offers something else", async () => {
    const tenant = tenantOn({ eu: [gateway], us: [ingress, certManager] });
    new WebService(tenant, "web", { image: IMAGE, endpoints: { http: external() } });
    const plan = await tenant.plan();
    expect(plan.findings).toEqual([]);
    expect(plan.object("HTTPRoute", "web", "eu")["spec"]).toMatchObject({ hostnames: ["web.shop.dev.acme.example"] });
    expect(plan.object("Ingress", "web", "us")["spec"]).toMatchObject({
      rules: [{ host: "web.shop.dev.acme.example" }],
    });
    expect(entriesOf(plan)).toHaveLength(2);
  });

  test("has nothing for endpoints that are not external", async () => {
    const plan = await entryOn([gateway], { http: { port: 8080 }, admin: { port: 8081, visibility: "environment" } });
    expect(plan.findings).toEqual([]);
    expect(namesOf(plan)).toEqual([]);
  });
});

describe("names", () => {
  test("are the workload's for the endpoint http, else with the endpoint's", async () => {
    const plan = await entryOn([gateway], { http: external(), admin: external({ port: 8081 }) });
    expect(namesOf(plan).sort()).toEqual(["HTTPRoute web", "HTTPRoute web-admin"]);
    expect(plan.object("HTTPRoute", "web-admin")["spec"]).toMatchObject({
      hostnames: ["web-admin.shop.dev.acme.example"],
    });
  });

  test("do not change when endpoints are added", async () => {
    const names = ["http", "admin", "api"];
    const endpoints = (list: readonly string[]) =>
      Object.fromEntries(list.map((name) => [name, external({ port: 8080 + names.indexOf(name) })]));
    for (const name of names) {
      const [alone] = namesOf(await entryOn([gateway], endpoints([name])));
      expect(namesOf(await entryOn([gateway], endpoints(names)))).toContain(alone);
    }
  });

  test("of two endpoints of a workload are never one", () => {
    const endpoint = fc.stringMatching(/^[a-z][a-z0-9]{0,7}(-[a-z0-9]{1,4})?$/);
    fc.assert(
      fc.property(endpoint, endpoint, (a, b) => {
        expect(entryName("web", a) === entryName("web", b)).toBe(a === b);
      }),
    );
  });
});

describe("transform.entry", () => {
  test("has the last word on each, in each cluster", async () => {
    const tenant = tenantOn({ eu: [gateway], us: [ingress, certManager] });
    new WebService(tenant, "web", {
      image: IMAGE,
      endpoints: { http: external(), admin: external({ port: 8081 }) },
      transform: {
        entry: (object, cluster) => {
          object.metadata.annotations = { ...object.metadata.annotations, "acme.example/in": cluster.name };
        },
      },
    });
    const plan = await tenant.plan();
    expect(plan.findings).toEqual([]);
    expect(entriesOf(plan).map(({ kind, metadata }) => [kind, metadata.annotations?.["acme.example/in"]])).toEqual([
      ["HTTPRoute", "eu"],
      ["HTTPRoute", "eu"],
      ["Ingress", "us"],
      ["Ingress", "us"],
    ]);
    expect(plan.object("Ingress", "web", "us").metadata.annotations).toHaveProperty(["cert-manager.io/cluster-issuer"]);
  });

  test("changes nothing where nothing is external", async () => {
    const plan = await entryOn([gateway], { http: { port: 8080 } }, { transform: { entry: {} } });
    expect(plan.findings).toMatchObject([{ rule: "transform/unused" }]);
  });
});

describe("where Cilium itself brings the traffic", () => {
  const own = Capability.gatewayApi({ gateway: "edge/public", from: { entity: "ingress" } });
  const endpoints = {
    http: external(),
    rpc: { port: 50051, protocol: "grpc", visibility: "external" },
    admin: { port: 9090, visibility: "environment" },
  } as const;

  test("a policy of Cilium's lets that in to external endpoints, and to no others", async () => {
    const plan = await entryOn([own, Capability.cilium()], endpoints);
    expect(plan.findings).toEqual([]);
    expect(plan.object("CiliumNetworkPolicy", "web-entry")).toMatchObject({
      metadata: { name: "web-entry", namespace: "shop" },
      spec: {
        endpointSelector: { matchLabels: { "app.kubernetes.io/name": "web" } },
        ingress: [
          {
            fromEntities: ["ingress"],
            toPorts: [
              {
                ports: [
                  { port: "8080", protocol: "TCP" },
                  { port: "50051", protocol: "TCP" },
                ],
              },
            ],
          },
        ],
      },
    });
    const entries = new Network(plan.plan.objects).entries().filter(({ from }) => from.kind === "entity");
    expect(entries.map(({ from, port }) => [from, port.port])).toEqual([
      [{ kind: "entity", entity: "ingress" }, 8080],
      [{ kind: "entity", entity: "ingress" }, 50051],
    ]);
  });

  test("no other place is let in from outside", async () => {
    const plan = await entryOn([own, Capability.cilium()], { http: external() });
    expect(plan.object("NetworkPolicy", "web")).toMatchObject({
      spec: { ingress: [{ from: [{ namespaceSelector: { matchExpressions: [{ operator: "Exists" }] } }] }] },
    });
    expect((plan.object("NetworkPolicy", "web") as any).spec.ingress[0].from).toHaveLength(1);
  });

  test("nothing is made where nothing is external, or pods bring the traffic", async () => {
    const inner = await entryOn([own, Capability.cilium()], { http: { port: 8080 } });
    const pods = await entryOn([gateway, Capability.cilium()], endpoints);
    for (const plan of [inner, pods]) expect(plan.objects("CiliumNetworkPolicy")).toEqual([]);
  });
});

describe("the public URL", () => {
  const urlOf = (props: object, more: object = {}) => {
    const tenant: Tenant = tenantOn({ main: [gateway] }, more);
    return new WebService(tenant, "web", { image: IMAGE, endpoints: { http: external({ ...props }) } }).url;
  };

  test("is that of the host by the platform's rule", () => {
    expect(urlOf({})).toBe("https://web.shop.dev.acme.example");
    const hostNames = ({ service, endpoint, tenant, environment, domain }: Readonly<Record<string, string>>) =>
      [endpoint, service, environment, tenant, domain].join(".");
    expect(urlOf({}, { hostNames })).toBe("https://http.web.dev.shop.dev.acme.example");
  });

  test("is that of the first host and path that it is given", () => {
    expect(urlOf({ hosts: ["www.example.com", "a.shop.dev.acme.example"], paths: ["/a", "/b"] })).toBe(
      "https://www.example.com/a",
    );
  });

  test("is of what the endpoint speaks, encrypted where the entry has a certificate", () => {
    const on = (capabilities: readonly Capability[], props: object) => {
      const endpoints = { x: { port: 80, visibility: "external", ...props } as EndpointProps };
      return new WebService<"x">(tenantOn({ main: capabilities }), "web", { image: IMAGE, endpoints }).endpoints.x
        .publicUrl;
    };
    const at = "://web-x.shop.dev.acme.example";
    const grpc = { protocol: "grpc" };
    const websocket = { protocol: "websocket" };
    const secret = { tls: { secret: "x" } };
    expect([{}, grpc, websocket].map((props) => on([gateway], props))).toEqual([
      `https${at}`,
      `grpcs${at}`,
      `wss${at}`,
    ]);
    expect([{}, grpc, websocket].map((props) => on([ingress], props))).toEqual([`http${at}`, `grpc${at}`, `ws${at}`]);
    expect([{}, grpc, websocket].map((props) => on([ingress, certManager], props))).toEqual([
      `https${at}`,
      `grpcs${at}`,
      `wss${at}`,
    ]);
    expect(on([ingress], secret)).toBe(`https${at}`);
    expect(on([ingress, certManager], { tls: false })).toBe(`http${at}`);
  });

  test("is without encryption where there is none", () => {
    expect(urlOf({ tls: false })).toBe("http://web.shop.dev.acme.example");
  });

  test("is never of a host that stands for many", () => {
    expect(urlOf({ hosts: ["*.shop.dev.acme.example", "a.shop.dev.acme.example"] })).toBe(
      "https://a.shop.dev.acme.example",
    );
    expect(urlOf({ hosts: ["*.shop.dev.acme.example"] })).toBeUndefined();
  });
});

describe("a duration of Gateway API", () => {
  const MILLISECONDS = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };

  test("has the same length, and the form of GEP-2257", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 99_999 * MILLISECONDS.h }), (length) => {
        const text = gatewayDuration(`${length}ms`)!;
        expect(text).toMatch(/^([0-9]{1,5}(h|m|s|ms)){1,4}$/);
        const parts = [...text.matchAll(/(\d+)(ms|h|m|s)/g)];
        const sum = parts.reduce((all, [, count, unit]) => all + Number(count) * MILLISECONDS[unit as "h"], 0);
        expect(sum).toBe(length);
      }),
    );
  });

  test.each([
    ["30s", "30s"],
    ["90s", "1m30s"],
    ["3d", "72h"],
    ["0.5s", "500ms"],
    ["0s", "0s"],
    [Duration.minutes(2), "2m"],
    ["5000d", undefined],
    ["0.5ms", undefined],
    ["30", undefined],
    ["-1s", undefined],
  ] as const)("of %s is %s", (given, wanted) => {
    expect(gatewayDuration(given as "30s")).toBe(wanted);
  });
});
