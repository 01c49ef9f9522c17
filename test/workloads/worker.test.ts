import {
  Capability,
  defaultsFor,
  definePlatform,
  ExternalService,
  WebService,
  Worker,
  type WorkerProps,
} from "flagstone";
import { type PlanView, testTenant } from "flagstone/testing";
import { describe, expect, test } from "vitest";
import { mermaid } from "../../lib/cli/mermaid";
import { treeLines } from "../../lib/cli/tree-text";
import { objectsOf, upOf } from "../engine/engine";
import { platformOf, registeredObjects, renderedObjects } from "../deploy/programs";
import { brief, IMAGE, tenantIn } from "../testing/fixtures";

async function workerWith(
  props: Partial<WorkerProps> = {},
  environment: "dev" | "prod" | "stage" = "dev",
): Promise<PlanView> {
  const shop = tenantIn(environment);
  new Worker(shop, "invoicer", { image: IMAGE, ...props });
  return shop.plan();
}
const podOf = (plan: PlanView) =>
  plan.object("Deployment", "invoicer").spec.template.spec as unknown as {
    readonly terminationGracePeriodSeconds: number;
    readonly securityContext: object;
    readonly containers: readonly {
      readonly lifecycle?: object;
      readonly ports?: readonly object[];
      readonly env?: readonly object[];
      readonly readinessProbe?: object;
      readonly livenessProbe?: object;
      readonly startupProbe?: object;
    }[];
  };

describe("a worker with an image and nothing else", () => {
  test("is a Deployment, its ServiceAccount and a policy, and nothing leads to it", async () => {
    const plan = await workerWith({}, "stage");
    expect(plan.findings).toMatchObject([{ rule: "health/none", severity: "warning" }]);
    expect(plan.objects().map(({ kind }) => kind)).toEqual([
      "Deployment",
      "ServiceAccount",
      "NetworkPolicy",
      "PodDisruptionBudget",
    ]);
    expect(plan.object("NetworkPolicy", "invoicer")["spec"]).toEqual({
      podSelector: { matchLabels: { "app.kubernetes.io/name": "invoicer" } },
      policyTypes: ["Ingress", "Egress"],
    });
  });

  test("has the same care as a web service: hardened, spread, replaced without a gap", async () => {
    const shop = tenantIn("stage");
    new Worker(shop, "invoicer", { image: IMAGE, health: false });
    new WebService(shop, "web", { image: IMAGE });
    const plan = await shop.plan();
    const care = (name: string) => {
      const { template, ...spec } = plan.object("Deployment", name).spec as unknown as Record<string, any>;
      const { containers, topologySpreadConstraints, securityContext, volumes } = template.spec;
      const { image, resources, securityContext: own, volumeMounts } = containers[0];
      const rest = { spec, securityContext, volumes, image, resources, own, volumeMounts, topologySpreadConstraints };
      return JSON.stringify(rest).replaceAll(`/name":"${name}"`, '/name":"it"');
    };
    expect(care("invoicer")).toBe(care("web"));
  });

  test("waits for no traffic to stop when it ends, and is asked for no health", async () => {
    const pod = podOf(await workerWith());
    expect(pod.terminationGracePeriodSeconds).toBe(30);
    const [container] = pod.containers;
    for (const field of ["lifecycle", "readinessProbe", "livenessProbe", "startupProbe", "env"])
      expect(container).not.toHaveProperty(field);
    expect(container?.ports ?? []).toEqual([]);
  });
});

describe("a worker's health", () => {
  test("is known by a command", async () => {
    const [container] = podOf(await workerWith({ health: { exec: ["/healthy"] } })).containers;
    expect(container).toMatchObject({
      readinessProbe: { exec: { command: ["/healthy"] } },
      livenessProbe: { exec: { command: ["/healthy"] } },
      startupProbe: { exec: { command: ["/healthy"] } },
    });
  });

  test("is known by a port that its probes alone reach", async () => {
    const plan = await workerWith({ ports: { metrics: { port: 9090 } }, health: "/healthz" });
    expect(plan.findings).toEqual([]);
    expect(podOf(plan).containers[0]).toMatchObject({
      ports: [{ name: "metrics", containerPort: 9090, protocol: "TCP" }],
      readinessProbe: { httpGet: { path: "/healthz", port: "metrics" } },
    });
    expect(plan.object("NetworkPolicy", "invoicer")["spec"]).not.toHaveProperty("ingress");
    expect(plan.objects("Service")).toEqual([]);
  });

  test("is whether its port accepts connections, or its gRPC health, where nothing is said", async () => {
    const tcp = podOf(await workerWith({ ports: { metrics: { port: 9090 } } }));
    expect(tcp.containers[0]).toMatchObject({ livenessProbe: { tcpSocket: { port: "metrics" } } });
    const grpc = podOf(await workerWith({ ports: { admin: { port: 9090, protocol: "grpc" } } }));
    expect(grpc.containers[0]).toMatchObject({ livenessProbe: { grpc: { port: 9090 } } });
  });

  test("cannot be asked of a port that there is not", async () => {
    const { findings } = await workerWith({ health: "/healthz" });
    expect(findings).toMatchObject([{ rule: "health/endpoint", path: "dev/shop/invoicer" }]);
  });
});

describe("a worker", () => {
  test("reaches what it is connected to, and has its variables", async () => {
    const shop = tenantIn("dev");
    const web = new WebService(shop, "web", { image: IMAGE });
    const bank = new ExternalService(shop, "bank", { url: "https://bank.example", cidrs: ["203.0.113.0/24"] });
    new Worker(shop, "invoicer", { image: IMAGE, connections: { web, bank } });
    const plan = await shop.plan();
    expect(plan.edges()).toEqual(["shop/invoicer → shop/bank", "shop/invoicer → shop/web.http"]);
    expect(podOf(plan).containers[0]?.env).toContainEqual({ name: "WEB_URL", value: "http://web.shop.svc:8080" });
    const { egress } = plan.object("NetworkPolicy", "invoicer")["spec"] as { egress: object[] };
    expect(JSON.stringify(egress)).toContain("203.0.113.0/24");
  });

  test("has layers of defaults of its own", async () => {
    const platform = definePlatform("acme", {
      domain: "acme.example",
      environments: { dev: { clusters: { main: { capabilities: [Capability.keda()] } } } },
      tenants: { shop: {} },
      defaults: [
        defaultsFor(Worker, { gracePeriod: "10m", awake: { from: "07:00", to: "20:00" } }),
        defaultsFor(WebService, { replicas: 4 }),
      ],
    });
    const shop = testTenant(platform, "dev", "shop");
    new Worker(shop, "invoicer", { image: IMAGE, health: false });
    new WebService(shop, "web", { image: IMAGE });
    const plan = await shop.plan();
    expect(plan.findings).toEqual([]);
    expect(podOf(plan).terminationGracePeriodSeconds).toBe(600);
    expect(plan.objects("ScaledObject").map(({ metadata }) => metadata.name)).toEqual(["invoicer"]);
    expect(plan.object("Deployment", "web").spec.replicas).toBe(4);
  });

  test("may have a name that begins with a digit, as no Service has it", async () => {
    const shop = tenantIn("dev");
    new Worker(shop, "1-by-1", { image: IMAGE, health: false });
    new WebService(shop, "1-web", { image: IMAGE });
    expect(brief((await shop.plan()).findings)).toEqual([
      'names/service dev/shop/1-web: workload name "1-web" begins with a digit, which Kubernetes before 1.36 does not take as the name of a Service; begin it with a letter',
    ]);
  });

  test("says what is wrong with its ports, and with props of a web service", async () => {
    const props = { ports: { Metrics: { port: 0 } }, endpoints: {}, transform: { service: {} } };
    expect(brief((await workerWith(props as Partial<WorkerProps>)).findings)).toEqual([
      'ports/name dev/shop/invoicer: port name "Metrics" cannot name a port; use at most 15 lower-case letters, digits and -, with a letter among them',
      "ports/port dev/shop/invoicer: ports.Metrics.port 0 is not a port; use a whole number from 1 to 65535",
      expect.stringContaining('props/unknown dev/shop/invoicer: unknown property "endpoints"'),
      expect.stringContaining('props/unknown dev/shop/invoicer: unknown property "transform.service"'),
    ]);
  });

  test("is reached by transform, child by child", async () => {
    const annotate = { metadata: { annotations: { "acme.example/changed": "yes" } } };
    const plan = await workerWith(
      {
        replicas: { min: 2, max: 4 },
        health: false,
        transform: {
          deployment: annotate,
          serviceAccount: annotate,
          networkPolicy: annotate,
          disruptionBudget: annotate,
          autoscaler: annotate,
        },
      },
      "stage",
    );
    expect(plan.findings).toEqual([]);
    expect(plan.objects()).toHaveLength(5);
    for (const { metadata } of plan.objects())
      expect(metadata.annotations).toMatchObject(annotate.metadata.annotations);
  });

  test("stands in trees and charts as a web service does", async () => {
    const shop = tenantIn("dev");
    const web = new WebService(shop, "web", { image: IMAGE });
    new Worker(shop, "invoicer", { image: IMAGE, connections: { web } });
    const { plan } = await shop.plan();
    expect(treeLines(plan).map((line) => line.trim().replaceAll(/ +/g, " "))).toContain(
      "├─ invoicer Worker → Deployment, NetworkPolicy, ServiceAccount",
    );
    const chart = mermaid([plan]);
    const node = /(n\d+_\d+)\["invoicer<br\/>Worker"\]/.exec(chart)?.[1];
    const target = /(n\d+_\d+)\["web<br\/>WebService"\]/.exec(chart)?.[1];
    expect(chart).toContain(`${node} ==>|"web"| ${target}`);
  });

  test("is registered by the engine as it is rendered, and its objects in their order", async () => {
    const program = platformOf(
      (shop) => new Worker(shop, "invoicer", { image: IMAGE, health: false, replicas: { min: 2, max: 4 } }),
    );
    for (const environment of ["dev", "prod"]) {
      const up = await upOf(program, environment);
      expect(registeredObjects(up)).toEqual(renderedObjects(program, environment));
      expect(objectsOf(up).filter(({ name }) => name.endsWith("/shop/invoicer")).length).toBeGreaterThan(4);
    }
  });
});
