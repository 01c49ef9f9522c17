import { describe, expect, test } from "vitest";
import { deployment, fixture, type Imported, importPaths, importText, manifests, service } from "./imported.ts";

/** Rules of what was changed, and nothing that is wrong. */
function rulesOf({ report }: Imported): string[] {
  expect(report.unexplained).toEqual([]);
  expect(report.findings.filter(({ severity }) => severity === "error")).toEqual([]);
  return report.rules.map(({ rule }) => rule);
}

const kept = ({ report }: Imported): Record<string, string> =>
  Object.fromEntries(report.kept.map(({ object, reason }) => [object, reason]));

describe("workloads", () => {
  test("a Deployment with a Service is a WebService, one without a Worker", async () => {
    const imported = await importText(manifests(deployment("web"), service("web"), deployment("queue")));
    expect(imported.text).toContain('new WebService(shop, "web", { image: "registry.acme.example/shop/web:1.0.0" });');
    expect(imported.text).toContain('new Worker(shop, "queue", { image: "registry.acme.example/shop/queue:1.0.0" });');
    rulesOf(imported);
  });

  test("what differs from the defaults is said, and nothing else", async () => {
    const container = {
      resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "128Mi" } },
      imagePullPolicy: "Always",
    };
    const imported = await importText(
      manifests(deployment("web", { container, spec: { replicas: 1 } }), service("web")),
    );
    expect(imported.text).toContain('new WebService(shop, "web", { image: "registry.acme.example/shop/web:1.0.0" });');
  });

  test("a workload is called like its Service, whose name others know", async () => {
    const imported = await importText(
      manifests(deployment("web-v2"), service("web", 8080, { selector: { app: "web-v2" } })),
    );
    expect(imported.text).toContain('new WebService(shop, "web"');
    expect(rulesOf(imported)).toContain("naming/objects");
  });

  test("an image that moves says so", async () => {
    const imported = await importText(manifests(deployment("web", { container: { image: "nginx" } })));
    expect(imported.text).toContain("allowMutableImage: true");
    rulesOf(imported);
  });

  test("pods that use their node stay as they are, and the report says why", async () => {
    const imported = await importText(manifests(deployment("agent", { pod: { hostNetwork: true } })));
    expect(kept(imported)).toEqual({ "apps/Deployment/-/agent": "it uses hostNetwork of its node" });
    expect(imported.text).toContain('podSecurity: { shop: "privileged" }');
  });

  test("settings of a pod's own network ask for no rights, and that for ports below 1024 is Flagstone's", async () => {
    const low = { name: "net.ipv4.ip_unprivileged_port_start", value: "0" };
    const programOf = async (sysctls: object[]) =>
      (
        await importText(
          manifests(
            deployment("web", { pod: { securityContext: { sysctls } }, container: { ports: [{ containerPort: 80 }] } }),
          ),
        )
      ).text;
    expect(await programOf([low])).not.toMatch(/sysctl|privileged/);
    const more = await programOf([low, { name: "net.ipv4.tcp_syncookies", value: "1" }]);
    expect(more).toContain('sysctls: [{ name: "net.ipv4.tcp_syncookies", value: "1" }]');
    expect(more).not.toContain("privileged");
    expect(await programOf([{ name: "kernel.msgmax", value: "1" }])).toContain('podSecurity: { shop: "privileged" }');
  });

  test("what Flagstone refuses stays as it is, and the report says why", async () => {
    const pod = {
      containers: [
        {
          name: "web",
          image: "registry.acme.example/web:1.0.0",
          volumeMounts: [
            { name: "a", mountPath: "/a" },
            { name: "b", mountPath: "/a/b" },
          ],
        },
      ],
      volumes: [
        { name: "a", secret: { secretName: "a" } },
        { name: "b", emptyDir: {} },
      ],
    };
    const imported = await importText(manifests(deployment("web", { pod }), deployment("other")));
    expect(kept(imported)["apps/Deployment/-/web"]).toContain("Flagstone refuses it");
    expect(imported.text).toContain('new Worker(shop, "other"');
    rulesOf(imported);
  });

  test("hooks of Helm before an installation are jobs that workloads wait for", async () => {
    const { text, report } = await importPaths([fixture("web-chart.yaml")]);
    expect(text).toContain('const bluePortalMigrate = new Job(blue, "blue-portal-migrate", {');
    expect(text).toContain("runAfter: [bluePortalMigrate]");
    expect(report.notDeployed).toEqual([
      { object: "core/Pod/-/blue-portal-test", file: "pod-blue-portal-test.yaml", rule: "helm/test" },
      { object: "batch/Job/-/blue-portal-goodbye", file: "job-blue-portal-goodbye.yaml", rule: "helm/hook" },
      {
        object: "batch/Job/-/blue-portal-create-database",
        file: "job-blue-portal-create-database.yaml",
        rule: "helm/install-hook",
      },
      {
        object: "batch/Job/-/blue-portal-add-columns",
        file: "job-blue-portal-add-columns.yaml",
        rule: "helm/upgrade-hook",
      },
      {
        object: "batch/Job/-/blue-portal-drop-columns",
        file: "job-blue-portal-drop-columns.yaml",
        rule: "helm/post-hook",
      },
      { object: "core/Pod/-/blue-portal-check", file: "pod-blue-portal-check.yaml", rule: "helm/pod-hook" },
    ]);
  });

  test("fields that no prop has are last words", async () => {
    const imported = await importText(
      manifests(deployment("web", { pod: { imagePullSecrets: [{ name: "registry" }], dnsPolicy: "None" } })),
    );
    expect(imported.text).toContain('imagePullSecrets: ["registry"],');
    expect(imported.text).toContain(
      'transform: { deployment: { spec: { template: { spec: { dnsPolicy: "None" } } } } }',
    );
    rulesOf(imported);
  });

  test("an optional key is an optional key", async () => {
    const configMapKeyRef = { name: "flags", key: "a", optional: true };
    const imported = await importText(
      manifests(deployment("web", { container: { env: [{ name: "A", valueFrom: { configMapKeyRef } }] } })),
    );
    expect(imported.text).toContain('A: Ref.configKey({ name: "flags", key: "a", optional: true })');
    rulesOf(imported);
  });

  test("a check that nobody asked for needs nothing that the process may not have", async () => {
    const imported = await importText(
      manifests(deployment("web"), service("web", 8080, { ports: [{ name: "grpc", port: 50051 }] })),
    );
    expect(imported.text).toContain('health: "tcp"');
  });
});

describe("connections", () => {
  const cart = [deployment("cart"), service("cart", 7070)];

  test("stand for addresses of imported workloads", async () => {
    const container = {
      env: [
        { name: "CART_ADDR", value: "cart:7070" },
        { name: "LEVEL", value: "info" },
      ],
    };
    const imported = await importText(manifests(...cart, deployment("web", { container })));
    expect(imported.text).toContain(
      "connections: { cart: cart.connection({ env: ({ address }) => ({ CART_ADDR: address }) }) }",
    );
    expect(imported.text).toContain('env: { LEVEL: "info" }');
    expect(rulesOf(imported)).toContain("connections/address");
  });

  test("keep what stands around an address", async () => {
    const container = { env: [{ name: "STORE", value: "http://cart.shop.svc.cluster.local:7070/v1?a=${b}" }] };
    const imported = await importText(manifests(...cart, deployment("web", { container })));
    expect(imported.text).toContain("({ url }) => ({ STORE: `${url}/v1?a=\\${b}` })");
    rulesOf(imported);
  });

  test("know host and port by the variables that say them", async () => {
    const container = {
      env: [
        { name: "CART_HOST", value: "cart" },
        { name: "CART_PORT", value: "7070" },
      ],
    };
    const imported = await importText(manifests(...cart, deployment("web", { container })));
    expect(imported.text).toContain("connections: { cart }");
    rulesOf(imported);
  });

  test("are there for addresses in arguments, too, and give no variables", async () => {
    const imported = await importText(
      manifests(...cart, deployment("web", { container: { args: ["--cart=cart:7070"] } })),
    );
    expect(imported.text).toContain("connections: { cart: cart.connection({ env: () => ({}) }) }");
    expect(imported.text).toContain('args: ["--cart=cart:7070"]');
    rulesOf(imported);
  });

  test("are not seen in a word that is called like a Service", async () => {
    const imported = await importText(
      manifests(...cart, deployment("web", { container: { env: [{ name: "THEME", value: "cart" }] } })),
    );
    expect(imported.text).not.toContain("connections");
  });

  test("of two workloads that use each other are told afterwards", async () => {
    const to = (name: string) => ({ container: { env: [{ name: "PEER_ADDR", value: `${name}:80` }] } });
    const imported = await importText(
      manifests(deployment("a", to("b")), service("a", 80), deployment("b", to("a")), service("b", 80)),
    );
    expect(imported.text).toMatch(/\w+\.connect\(\{ peer: /);
    rulesOf(imported);
  });

  test("that name their variables alike do so by one rule of the platform", async () => {
    const { text, read } = await importPaths([fixture("shop.yaml")]);
    expect(read("platform.ts")).toContain('[`${constantName}_ADDR`]: coordinates["address"] ?? ""');
    expect(text).toContain("connections: { catalog, shipping, payment, email, currency, cart }");
  });
});

describe("what belongs to a workload", () => {
  test("a ConfigMap that it alone reads becomes files and variables", async () => {
    const config = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "web" },
      data: { "a.conf": "one\ntwo\n", LEVEL: "info" },
    };
    const pod = {
      volumes: [{ name: "config", configMap: { name: "web", items: [{ key: "a.conf", path: "a.conf" }] } }],
    };
    const container = {
      env: [{ name: "LEVEL", valueFrom: { configMapKeyRef: { name: "web", key: "LEVEL" } } }],
      volumeMounts: [{ name: "config", mountPath: "/etc/web" }],
    };
    const imported = await importText(manifests(config, deployment("web", { container, pod })));
    expect(imported.text).toContain('files: { "/etc/web/a.conf": text("web/a.conf") }');
    expect(imported.text).toContain('env: { LEVEL: "info" }');
    expect(imported.read("files/web/a.conf")).toBe("one\ntwo\n");
    expect(rulesOf(imported)).toContain("shape/files");
  });

  test("a ConfigMap of which nobody reads all stays, so that nothing of it is lost", async () => {
    const config = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "web" },
      data: { LEVEL: "info", UNREAD: "x" },
    };
    const container = { env: [{ name: "LEVEL", valueFrom: { configMapKeyRef: { name: "web", key: "LEVEL" } } }] };
    const imported = await importText(manifests(config, deployment("web", { container })));
    expect(Object.keys(kept(imported))).toEqual(["core/ConfigMap/-/web"]);
    expect(imported.text).toContain('LEVEL: Ref.configKey({ name: "web", key: "LEVEL" })');
    rulesOf(imported);
  });

  test("a disk keeps the name of its claim, and so its data", async () => {
    const claim = {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: "old" },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "5Gi" } } },
    };
    const pod = { volumes: [{ name: "data", persistentVolumeClaim: { claimName: "old" } }] };
    const container = { volumeMounts: [{ name: "data", mountPath: "/data" }] };
    const imported = await importText(manifests(claim, deployment("db", { container, pod })));
    expect(imported.text).toContain('claim: { metadata: { name: "old" } }');
    expect(imported.text).toContain('rollout: { strategy: "recreate" }');
    expect(rulesOf(imported)).toContain("hardening/one-node-disk");
  });

  test("an Ingress that leads to several workloads is an external endpoint of each", async () => {
    const imported = await importPaths([fixture("guestbook")]);
    expect(imported.text.match(/visibility: "external"/g)).toHaveLength(2);
    expect(imported.text).toContain('paths: ["/raw"]');
    expect(rulesOf(imported)).toContain("shape/split-ingress");
  });

  test("a budget that would never let a pod go stays", async () => {
    const budget = {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { name: "web" },
      spec: { minAvailable: 1, selector: { matchLabels: { app: "web" } } },
    };
    const imported = await importText(manifests(deployment("web"), budget));
    expect(Object.keys(kept(imported))).toEqual(["policy/PodDisruptionBudget/-/web"]);
    expect(imported.text).toContain("disruptionBudget: false");
    expect(imported.text).toContain('labels: { app: "web" }');
    rulesOf(imported);
  });

  test("a token stays where a role is bound to the account", async () => {
    const binding = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { name: "reader" },
      subjects: [{ kind: "ServiceAccount", name: "operator" }],
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "reader" },
    };
    const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "operator" } };
    const imported = await importText(
      manifests(account, binding, deployment("operator", { pod: { serviceAccountName: "operator" } })),
    );
    expect(imported.text).toContain("automountServiceAccountToken: true");
    rulesOf(imported);
  });
});

describe("what has no construct", () => {
  test("stands in the program as it was, whatever it holds", async () => {
    const imported = await importPaths([fixture("everything.yaml")]);
    const widget = imported.read("kept/widget-blue.yaml");
    expect(widget).toContain("octal: 420");
    expect(widget).toContain("text: '0644'");
    expect(widget).toContain("nothing: []");
    expect(Object.keys(kept(imported))).toContain("apps/StatefulSet/legacy/queue");
    rulesOf(imported);
  });

  test("is not cut off by the tenant's policies", async () => {
    const { read, report } = await importPaths([fixture("everything.yaml")]);
    expect(read("kept/networkpolicy-kept-queue.yaml")).toContain("app: queue");
    expect(report.added.some(({ rule }) => rule === "tenant/kept-policies")).toBe(true);
  });

  test("finds pods by what they are called now", async () => {
    const { read } = await importPaths([fixture("web-chart.yaml")]);
    expect(read("kept/servicemonitor-blue-portal.yaml")).toContain("app.kubernetes.io/name: blue-portal");
  });

  test("belongs to the environment where it has no namespace of the tenant", async () => {
    const { read } = await importPaths([fixture("everything.yaml")]);
    expect(read("kept/environment/clusterrole-legacy-reader.yaml")).toContain("kind: ClusterRole");
    expect(read("kept/environment/rolebinding-legacy-auth.yaml")).toContain("namespace: kube-system");
  });
});

describe("input", () => {
  test("of several documents, lists and kinds is read, and what is empty passed over", async () => {
    const list = { apiVersion: "v1", kind: "List", items: [deployment("a"), deployment("b")] };
    const typed = {
      apiVersion: "apps/v1",
      kind: "DeploymentList",
      items: [{ metadata: { name: "c" }, spec: (deployment("c") as any).spec }],
    };
    const imported = await importText(`---\n# nothing\n---\n${manifests(list, typed)}\n---\n`);
    expect(imported.report.constructs.map(({ id }) => id)).toEqual(["a", "b", "c"]);
  });

  test("that is there twice counts once, and the report says so", async () => {
    const imported = await importText(manifests(deployment("web"), deployment("web", { spec: { replicas: 3 } })));
    expect(imported.text).toContain("replicas: 3");
    expect(imported.report.hints.join()).toContain("is there twice");
  });

  test("of a service that nobody is known to call says that callers are cut off, and what to say", async () => {
    const caller = deployment("web", { container: { env: [{ name: "CART", value: "http://cart" }] } });
    const imported = await importText(
      manifests(caller, deployment("cart"), service("cart"), deployment("ads"), service("ads")),
    );
    expect(imported.report.hints.join()).toMatch(/no variable of the input has an address of ads: .*connections/);
  });

  test("of a namespace makes that the tenant's", async () => {
    const inNamespace = { ...deployment("web"), metadata: { name: "web", namespace: "checkout" } };
    const { text } = await importText(manifests(inNamespace));
    expect(text).toContain('new Tenant(environment, "checkout")');
  });

  test("for a tenant goes to its namespace", async () => {
    const { report, read } = await importText(manifests(deployment("web")), { tenant: "shop", namespace: "shop-web" });
    expect(read("platform.ts")).toContain('tenants: { shop: { namespaces: ["shop-web"] } }');
    expect(report.unexplained).toEqual([]);
  });
});
