// Whatever a program connects: variables, policies and relations say the same, and nobody reaches anything else.
import fc from "fast-check";
import { Cluster, definePlatform, type EndpointProps, ExternalService, Platform, Tenant, WebService } from "flagstone";
import { planOf, type PlanView } from "flagstone/testing";
import { expect, test } from "vitest";
import { Network } from "../../lib/checks/network";
import { IMAGE } from "../testing/fixtures";
import { variablesOf } from "./platform";

const TENANTS = ["red", "green", "blue"] as const;
const PROTOCOLS = ["http", "grpc", "tcp", "udp", "websocket"] as const;
const SCHEMES = { http: "http", grpc: "grpc", tcp: "tcp", udp: "udp", websocket: "ws" } as const;

const facts = definePlatform("acme", {
  domain: "acme.example",
  environments: { dev: {} },
  tenants: { red: {}, green: { namespaces: ["green", "green-batch"] }, blue: {} },
});

interface Service {
  readonly tenant: (typeof TENANTS)[number];
  readonly isInSecond: boolean;
  readonly endpoints: readonly { readonly protocol: (typeof PROTOCOLS)[number]; readonly isOpen: boolean }[];
}

/** Indices are taken modulo what there is; `to` beyond the services is an external service. */
interface Edge {
  readonly from: number;
  readonly to: number;
  readonly endpoint: number;
}

interface Sketch {
  readonly services: readonly Service[];
  readonly edges: readonly Edge[];
  readonly order: readonly number[];
}

const sketches: fc.Arbitrary<Sketch> = fc.record({
  services: fc.array(
    fc.record({
      tenant: fc.constantFrom(...TENANTS),
      isInSecond: fc.boolean(),
      endpoints: fc.array(fc.record({ protocol: fc.constantFrom(...PROTOCOLS), isOpen: fc.boolean() }), {
        minLength: 1,
        maxLength: 3,
      }),
    }),
    { minLength: 1, maxLength: 50 },
  ),
  edges: fc.array(fc.record({ from: fc.nat(49), to: fc.nat(52), endpoint: fc.nat(2) }), { maxLength: 80 }),
  order: fc.array(fc.nat(), { minLength: 50, maxLength: 50 }),
});

const nameOf = (index: number) => `s${index}`;
const portOf = (index: number) => 8000 + index;
const namespaceOf = ({ tenant, isInSecond }: Service) => (tenant === "green" && isInSecond ? "green-batch" : tenant);

/** Edges that are meant: each once, none to oneself, none that visibility refuses. */
function edgesOf({ services, edges }: Sketch): { from: number; to: number; endpoint: number; external: boolean }[] {
  const meant = new Map<string, { from: number; to: number; endpoint: number; external: boolean }>();
  for (const edge of edges) {
    const from = edge.from % services.length;
    const external = edge.to >= 50;
    const to = external ? edge.to : edge.to % services.length;
    const target = services[to];
    const endpoint = external ? 0 : edge.endpoint % (target?.endpoints.length ?? 1);
    const isVisible =
      external || target?.tenant === services[from]?.tenant || target?.endpoints[endpoint]?.isOpen === true;
    if ((external || from !== to) && isVisible)
      meant.set(`${from} ${to} ${endpoint}`, { from, to, endpoint, external });
  }
  return [...meant.values()];
}

async function planOfSketch(sketch: Sketch, rank: (index: number) => number): Promise<PlanView> {
  const platform = new Platform(facts, { environments: { dev: { clusters: Cluster.fromKubeconfig() } } });
  const inOrder = <T>(items: readonly T[]) =>
    items.map((item, i) => ({ item, i })).sort((a, b) => rank(a.i) - rank(b.i) || a.i - b.i);
  platform.run((environment) => {
    const tenants = Object.fromEntries(inOrder(TENANTS).map(({ item }) => [item, new Tenant(environment, item)]));
    const externals = inOrder([50, 51, 52]).map(
      ({ item }) =>
        [
          item,
          new ExternalService(environment, `x${item}`, {
            url: `https://x${item}.example`,
            cidrs: [`203.0.113.${item}/32`],
          }),
        ] as const,
    );
    const services = new Map<number, WebService<string>>();
    for (const { item, i } of inOrder(sketch.services)) {
      const endpoints = item.endpoints.map(({ protocol, isOpen }, e): [string, EndpointProps] => [
        `e${e}`,
        { port: portOf(e), protocol, servicePort: 80 + e, ...(isOpen ? { visibility: "environment" } : {}) },
      ]);
      const props = { image: IMAGE, endpoints: Object.fromEntries(endpoints), namespace: namespaceOf(item) };
      services.set(i, new WebService<string>(tenants[item.tenant]!, nameOf(i), props));
    }
    for (const { item } of inOrder(edgesOf(sketch))) {
      const target = item.external
        ? new Map(externals).get(item.to)!
        : Object.values(services.get(item.to)!.endpoints)[item.endpoint]!;
      services.get(item.from)!.connect(Object.fromEntries([[`c${item.to}e${item.endpoint}`, target]]));
    }
  });
  return planOf(platform, "dev");
}

const hash = (order: readonly number[]) => (index: number) => order[index % order.length] ?? 0;

test("variables, relations and policies of any program agree with its edges, and nobody reaches anything else", async () => {
  await fc.assert(
    fc.asyncProperty(sketches, async (sketch) => {
      const edges = edgesOf(sketch);
      const plan = await planOfSketch(sketch, (index) => index);
      expect(plan.findings.filter(({ severity }) => severity === "error")).toEqual([]);

      const target = ({ to, endpoint, external }: (typeof edges)[number]) =>
        external ? `x${to}` : `${sketch.services[to]!.tenant}/${nameOf(to)}.e${endpoint}`;
      const path = (index: number) => `${sketch.services[index]!.tenant}/${nameOf(index)}`;
      expect(plan.edges()).toEqual(edges.map((edge) => `${path(edge.from)} → ${target(edge)}`).sort());

      sketch.services.forEach((service, i) => {
        const expected: Record<string, unknown> = {};
        if (service.endpoints.length === 1) expected["PORT"] = "8000";
        for (const edge of edges.filter(({ from }) => from === i)) {
          const { to, endpoint, external } = edge;
          const name = `C${to}E${endpoint}`;
          const other = sketch.services[to];
          const host = external ? `x${to}.example` : `${nameOf(to)}.${namespaceOf(other!)}.svc`;
          const port = external ? "443" : String(80 + endpoint);
          const scheme = external ? "https" : SCHEMES[other!.endpoints[endpoint]!.protocol];
          expected[`${name}_HOST`] = host;
          expected[`${name}_PORT`] = port;
          expected[`${name}_URL`] = external ? `https://${host}` : `${scheme}://${host}:${port}`;
        }
        expect(variablesOf(plan, nameOf(i))).toEqual(expected);
      });

      const network = new Network(plan.plan.objects);
      const reached = network
        .reachable()
        .filter(({ from, to }) => from.id !== to.id)
        .map(({ from, to, port }) => `${from.id} ${to.id} ${port.port}`);
      const id = (index: number) => `main/apps/Deployment/${namespaceOf(sketch.services[index]!)}/${nameOf(index)}`;
      const wanted = edges.filter(({ external }) => !external);
      expect(reached.sort()).toEqual(wanted.map((e) => `${id(e.from)} ${id(e.to)} ${portOf(e.endpoint)}`).sort());

      for (const pod of network.pods) {
        const outside = [50, 51, 52].filter((x) => network.egressTo(pod, { ip: `203.0.113.${x}` }, 443).allowed);
        const meant = edges.filter(({ from, external }) => external && id(from) === pod.id).map(({ to }) => to);
        expect(outside).toEqual(meant.sort());
        expect(network.egressTo(pod, { ip: "203.0.113.60" }, 443).allowed).toBe(false);
      }
    }),
    { numRuns: 40 },
  );
}, 120_000);

test("the order of construction changes nothing", async () => {
  await fc.assert(
    fc.asyncProperty(sketches, async (sketch) => {
      const [one, other] = [await planOfSketch(sketch, (i) => i), await planOfSketch(sketch, hash(sketch.order))];
      expect(other.yaml()).toBe(one.yaml());
      expect(other.plan.relations).toEqual(one.plan.relations);
      expect(other.plan.objects.map(({ id }) => id)).toEqual(one.plan.objects.map(({ id }) => id));
    }),
    { numRuns: 25 },
  );
}, 120_000);
