import { Component, Tenant, WebService } from "flagstone";
import { planOf } from "flagstone/testing";
import { describe, expect, test } from "vitest";
import { applicationThat, brief, IMAGE, serviceWith, tenantIn } from "../testing/fixtures";

const labels = {
  "app.kubernetes.io/managed-by": "flagstone",
  "app.kubernetes.io/name": "web",
  "app.kubernetes.io/part-of": "test",
  "flagstone.dev/environment": "dev",
  "flagstone.dev/tenant": "shop",
};
const selector = { "app.kubernetes.io/name": "web" };
const metadata = { name: "web", namespace: "shop", labels };

describe("a web service with an image and nothing else", () => {
  test("is a Deployment that a demanding reviewer would have written", async () => {
    const plan = await serviceWith();
    expect(plan.object("Deployment", "web")).toEqual({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: {
        replicas: 1,
        selector: { matchLabels: selector },
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: 0 } },
        revisionHistoryLimit: 5,
        progressDeadlineSeconds: 600,
        template: {
          metadata: { labels: { ...labels, "app.kubernetes.io/version": "1.4.2" } },
          spec: {
            serviceAccountName: "web",
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            securityContext: {
              runAsNonRoot: true,
              runAsUser: 10_001,
              runAsGroup: 10_001,
              fsGroup: 10_001,
              fsGroupChangePolicy: "OnRootMismatch",
              seccompProfile: { type: "RuntimeDefault" },
            },
            terminationGracePeriodSeconds: 35,
            topologySpreadConstraints: ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map((topologyKey) => ({
              topologyKey,
              maxSkew: 1,
              whenUnsatisfiable: "ScheduleAnyway",
              labelSelector: { matchLabels: selector },
              matchLabelKeys: ["pod-template-hash"],
            })),
            containers: [
              {
                name: "web",
                image: IMAGE,
                imagePullPolicy: "Always",
                ports: [{ name: "http", containerPort: 8080, protocol: "TCP" }],
                env: [{ name: "PORT", value: "8080" }],
                resources: {
                  requests: { cpu: "100m", memory: "128Mi", "ephemeral-storage": "64Mi" },
                  limits: { memory: "128Mi", "ephemeral-storage": "1Gi" },
                },
                securityContext: {
                  allowPrivilegeEscalation: false,
                  capabilities: { drop: ["ALL"] },
                  privileged: false,
                  readOnlyRootFilesystem: true,
                  runAsNonRoot: true,
                  runAsUser: 10_001,
                  runAsGroup: 10_001,
                },
                volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
                readinessProbe: {
                  tcpSocket: { port: "http" },
                  periodSeconds: 5,
                  timeoutSeconds: 2,
                  failureThreshold: 3,
                },
                livenessProbe: {
                  tcpSocket: { port: "http" },
                  periodSeconds: 10,
                  timeoutSeconds: 2,
                  failureThreshold: 6,
                },
                startupProbe: {
                  tcpSocket: { port: "http" },
                  periodSeconds: 2,
                  timeoutSeconds: 2,
                  failureThreshold: 60,
                },
                lifecycle: { preStop: { sleep: { seconds: 5 } } },
              },
            ],
            volumes: [{ name: "tmp", emptyDir: { sizeLimit: "512Mi" } }],
          },
        },
      },
    });
  });

  test("has a Service that finds its pods by name", async () => {
    expect((await serviceWith()).object("Service", "web")).toEqual({
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: {
        type: "ClusterIP",
        selector,
        ports: [{ name: "http", port: 8080, targetPort: "http", protocol: "TCP", appProtocol: "http" }],
      },
    });
  });

  test("has a ServiceAccount of its own, without a token", async () => {
    expect((await serviceWith()).object("ServiceAccount", "web")).toEqual({
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata,
      automountServiceAccountToken: false,
    });
  });

  test("has a NetworkPolicy that lets its tenant in to what its endpoints serve, and nothing out", async () => {
    expect((await serviceWith()).object("NetworkPolicy", "web")).toEqual({
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata,
      spec: {
        podSelector: { matchLabels: selector },
        policyTypes: ["Ingress", "Egress"],
        ingress: [
          {
            from: [{ namespaceSelector: { matchLabels: { "flagstone.dev/tenant": "shop" } } }],
            ports: [{ port: "http", protocol: "TCP" }],
          },
        ],
      },
    });
  });

  test("has nothing else, and nothing to be found fault with", async () => {
    const plan = await serviceWith();
    expect(
      plan
        .objects()
        .map(({ kind }) => kind)
        .sort(),
    ).toEqual(["Deployment", "NetworkPolicy", "Service", "ServiceAccount"]);
    expect(plan.findings).toEqual([]);
  });

  test.each([
    ["dev", undefined, 1],
    ["stage", undefined, 2],
    ["prod", "eu", 2],
  ] as const)("in %s runs as %s pods", async (environment, cluster, replicas) => {
    const plan = await serviceWith({}, environment);
    expect(plan.object("Deployment", "web", cluster).spec.replicas).toBe(replicas);
    expect(plan.objects("PodDisruptionBudget").length > 0).toBe(replicas > 1);
  });
});

describe("a web service", () => {
  test("goes to each cluster of its tenant", async () => {
    const plan = await serviceWith({}, "prod");
    const of = (cluster: string) => plan.plan.objects.filter((object) => object.cluster === cluster);
    expect(of("eu").map(({ manifest }) => manifest)).toEqual(of("us").map(({ manifest }) => manifest));
    expect(of("eu").map(({ kind }) => kind)).toContain("PodDisruptionBudget");
  });

  test("goes to one of its tenant's namespaces, or is told which there are", async () => {
    const tenant = tenantIn("dev");
    new WebService(tenant, "web", { image: IMAGE, namespace: "shpo" });
    expect(brief((await tenant.plan()).findings)).toEqual([
      'namespace/foreign dev/shop/web: namespace "shpo" is not one of tenant "shop"; did you mean "shop"?',
    ]);
    const application = applicationThat((environment) => {
      new WebService(Tenant.fromName(environment, "bank"), "batch", { image: IMAGE, namespace: "bank-batch" });
    });
    const plan = await planOf(application, "dev");
    expect(new Set(plan.objects().map((object) => object.metadata.namespace))).toEqual(new Set(["bank-batch"]));
    expect(plan.findings).toEqual([]);
  });

  test("has a name that becomes that of its objects", async () => {
    const tenant = tenantIn("dev");
    new WebService(tenant, "checkoutService", { image: IMAGE });
    expect(brief((await tenant.plan()).findings)).toEqual([
      'names/invalid dev/shop/checkoutService: workload name "checkoutService" is not a DNS label (lower-case letters, digits and "-", at most 63 characters); call it "checkout-service"',
    ]);
  });

  test("in another construct has the same objects as next to it", async () => {
    const [flat, nested] = [tenantIn("dev"), tenantIn("dev")];
    new WebService(flat, "web", { image: IMAGE });
    new WebService(new (class Group extends Component {})(nested, "group"), "web", { image: IMAGE });
    expect((await nested.plan()).yaml()).toBe((await flat.plan()).yaml());
  });

  test("labels all its objects and pods, but not its selector", async () => {
    const plan = await serviceWith({ labels: { "acme.example/page": "7" } });
    for (const object of plan.objects()) expect(object.metadata.labels).toMatchObject({ "acme.example/page": "7" });
    const { spec } = plan.object("Deployment", "web");
    expect(spec.template.metadata.labels).toMatchObject({ "acme.example/page": "7" });
    expect(spec).toMatchObject({ selector: { matchLabels: { "app.kubernetes.io/name": "web" } } });
  });

  test("keeps to itself the labels that it is found by", async () => {
    const plan = await serviceWith({
      labels: { "app.kubernetes.io/name": "x", "flagstone.dev/tenant": "y", "a b": "z" },
    });
    expect(brief(plan.findings)).toEqual([
      'labels/invalid-key dev/shop/web: label key "a b" is not one that Kubernetes takes; write it as "example.com/name" or "name", with at most 63 characters after the slash',
      'labels/reserved dev/shop/web: label "app.kubernetes.io/name" is set by Flagstone; use another key',
      'labels/reserved dev/shop/web: label "flagstone.dev/tenant" is set by Flagstone; use another key',
    ]);
  });

  test("passes on command, arguments, working directory and annotations", async () => {
    const plan = await serviceWith({
      command: ["/bin/web"],
      args: ["--verbose"],
      workingDirectory: "/srv",
      podAnnotations: { "prometheus.io/scrape": "true" },
    });
    const { template } = plan.object("Deployment", "web").spec;
    expect(template.spec.containers[0]).toMatchObject({
      command: ["/bin/web"],
      args: ["--verbose"],
      workingDir: "/srv",
    });
    expect(template.metadata.annotations).toEqual({ "prometheus.io/scrape": "true" });
  });

  test("says which props it does not know", async () => {
    const plan = await serviceWith({ replcias: 3, healht: "/" } as object);
    expect(brief(plan.findings)).toEqual([
      'props/unknown dev/shop/web: unknown property "healht"; did you mean "health"?',
      'props/unknown dev/shop/web: unknown property "replcias"; did you mean "replicas"?',
    ]);
  });

  test("belongs to a tenant", () => {
    const environment = applicationThat(() => undefined).instantiate("dev");
    expect(() => new WebService(environment, "web", { image: IMAGE })).toThrow(
      "dev/web: a workload belongs to a tenant; make it below new Tenant(…) or Tenant.fromName(…)",
    );
  });

  test("makes no objects while something is wrong with it", async () => {
    const plan = await serviceWith({ image: "web" });
    expect(plan.objects()).toEqual([]);
    expect(plan.findings.map(({ rule }) => rule)).toEqual(["image/mutable"]);
  });
});

describe("the pod of a web service", () => {
  const podOf = async (props: Parameters<typeof serviceWith>[0]) => {
    const plan = await serviceWith(props);
    return plan.object("Deployment", "web").spec.template.spec as unknown as {
      securityContext: object;
      terminationGracePeriodSeconds: number;
      containers: [{ securityContext: object; lifecycle: object }];
    };
  };

  test("runs as the given user", async () => {
    const pod = await podOf({ user: 2_000 });
    expect(pod.securityContext).toMatchObject({ runAsUser: 2_000, runAsGroup: 2_000, fsGroup: 2_000 });
    expect(pod.containers[0].securityContext).toMatchObject({ runAsUser: 2_000, runAsNonRoot: true });
  });

  test("runs as the image's own user, which still is not root", async () => {
    const pod = await podOf({ user: "image" });
    expect(pod.securityContext).toEqual({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
    expect(pod.containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      privileged: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
    });
  });

  const sysctls = [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }];
  const proxy = (port: number): Parameters<typeof serviceWith>[0] => ({
    sidecars: { proxy: { image: IMAGE, ports: { it: { port } }, health: "tcp" } },
  });

  test.each<[string, Parameters<typeof serviceWith>[0], object | undefined]>([
    ["lets who is not root listen on ports below 1024", { endpoints: { http: { port: 80 } } }, sysctls],
    ["lets the image's own user do so, too", { endpoints: { http: { port: 1023 } }, user: "image" }, sysctls],
    ["lets sidecars do so", proxy(443), sysctls],
    ["needs nothing for other ports", { endpoints: { http: { port: 1024, servicePort: 80 } } }, undefined],
    ["needs nothing for other ports of sidecars", proxy(1024), undefined],
  ])("%s", async (_, props, expected) => {
    expect(((await podOf(props)).securityContext as { sysctls?: object }).sysctls).toEqual(expected);
  });

  test.each([0, -1, 1.5, "root"])("does not run as user %o", async (user) => {
    const { findings } = await serviceWith({ user: user as number });
    expect(brief(findings)).toEqual([
      `security/user dev/shop/web: user ${JSON.stringify(user)} is not a user id above 0; use a number such as 10001, or "image"`,
    ]);
  });

  test("has time to leave load balancers on top of its grace period", async () => {
    const pod = await podOf({ gracePeriod: "1m" });
    expect(pod.terminationGracePeriodSeconds).toBe(65);
    expect(pod.containers[0].lifecycle).toEqual({ preStop: { sleep: { seconds: 5 } } });
  });

  test.each(["500ms", "soon", 30])("has no grace period of %o", async (gracePeriod) => {
    const { findings } = await serviceWith({ gracePeriod: gracePeriod as "30s" });
    expect(brief(findings)).toEqual([
      `units/duration dev/shop/web: gracePeriod ${JSON.stringify(gracePeriod)} is not a whole number of seconds; write "30s" or "2m"`,
    ]);
  });
});
