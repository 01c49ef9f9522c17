import { output } from "@pulumi/pulumi";
import { type Health, Job, Ref, ScheduledJob, Token, WebService, type WebServiceProps, Worker } from "flagstone";
import type { PlanView } from "flagstone/testing";
import { describe, expect, test } from "vitest";
import { brief, IMAGE, serviceWith, tenantIn } from "../../testing/fixtures";

const PROXY = "registry.acme.example/tools/proxy:2.1.0";

interface Container {
  readonly name: string;
  readonly image: string;
  readonly [field: string]: unknown;
}
interface PodSpec {
  readonly containers: Container[];
  readonly initContainers?: Container[];
  readonly volumes: { readonly name: string }[];
  readonly [field: string]: unknown;
}

const specOf = (plan: PlanView) => plan.object("Deployment", "web").spec.template.spec as unknown as PodSpec;
const helpersOf = (plan: PlanView) => specOf(plan).initContainers ?? [];
/** The one helper of a service. */
async function helper(props: Partial<WebServiceProps>): Promise<Container> {
  const plan = await serviceWith(props);
  expect(plan.findings).toEqual([]);
  expect(helpersOf(plan)).toHaveLength(1);
  return helpersOf(plan)[0]!;
}
const init = (props: NonNullable<WebServiceProps["init"]>[string], more: Partial<WebServiceProps> = {}) =>
  helper({ ...more, init: { migrate: props } });
const sidecar = (props: NonNullable<WebServiceProps["sidecars"]>[string], more: Partial<WebServiceProps> = {}) =>
  helper({ ...more, sidecars: { proxy: { image: PROXY, ...props } } });

const HARDENED = {
  imagePullPolicy: "Always",
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
    runAsUser: 10001,
    runAsGroup: 10001,
  },
};

describe("an init container", () => {
  test("is hardened like any other, and has what the workload's own has", async () => {
    expect(await init({ args: ["migrate"] })).toEqual({
      name: "migrate",
      image: IMAGE,
      args: ["migrate"],
      env: [{ name: "PORT", value: "8080" }],
      volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
      ...HARDENED,
    });
  });

  test("does not keep running: nothing says that it is restarted", async () => {
    expect(await init({})).not.toHaveProperty("restartPolicy");
  });

  test("takes command, arguments, working directory, amounts and image of its own", async () => {
    const made = await init({
      image: PROXY,
      command: ["/bin/run"],
      args: ["-v"],
      workingDirectory: "/srv",
      size: "medium",
      memory: "1Gi",
    });
    expect(made).toMatchObject({
      image: PROXY,
      command: ["/bin/run"],
      args: ["-v"],
      workingDir: "/srv",
      resources: { requests: { cpu: "500m", memory: "1Gi" } },
    });
  });
});

describe("a sidecar", () => {
  test("keeps running beside the workload's own container, which it starts before", async () => {
    expect(await sidecar({})).toEqual({
      name: "proxy",
      image: PROXY,
      restartPolicy: "Always",
      volumeMounts: [{ name: "tmp-proxy", mountPath: "/tmp" }],
      ...HARDENED,
    });
  });

  test("has nothing of the workload's own, unless it inherits", async () => {
    const more: Partial<WebServiceProps> = { env: { A: "b" }, envFrom: [{ secret: "s" }], files: { "/etc/a": "b" } };
    const made = await sidecar({}, more);
    for (const field of ["env", "envFrom"]) expect(made).not.toHaveProperty(field);
    expect(made["volumeMounts"]).toEqual([{ name: "tmp-proxy", mountPath: "/tmp" }]);
    expect(await sidecar({ inherit: true }, more)).toMatchObject({
      image: PROXY,
      envFrom: [{ secretRef: { name: "s" } }],
      env: [
        { name: "A", value: "b" },
        { name: "PORT", value: "8080" },
      ],
      volumeMounts: [
        { name: "tmp", mountPath: "/tmp" },
        { name: "files", mountPath: "/etc/a", subPath: "etc_a", readOnly: true },
      ],
    });
  });

  test("is probed at ports of its own", async () => {
    const health: Health = { readiness: { http: "/ready", endpoint: "admin" }, liveness: false, startup: "/up" };
    const made = await sidecar({ ports: { proxy: { port: 15001, protocol: "tcp" }, admin: { port: 15000 } }, health });
    expect(made).toMatchObject({
      ports: [
        { name: "proxy", containerPort: 15001, protocol: "TCP" },
        { name: "admin", containerPort: 15000, protocol: "TCP" },
      ],
      readinessProbe: { httpGet: { path: "/ready", port: "admin" } },
      startupProbe: { httpGet: { path: "/up", port: "admin" }, periodSeconds: 2, failureThreshold: 60 },
    });
    expect(made).not.toHaveProperty("livenessProbe");
  });

  test("is not probed where nothing is said of its health, even with ports", async () => {
    expect(Object.keys(await sidecar({ ports: { admin: { port: 15000 } } }))).not.toContain("readinessProbe");
  });

  test("ends after the workload's own container by itself, and so has no hook before its end", async () => {
    expect(await sidecar({})).not.toHaveProperty("lifecycle");
    const { lifecycle } = await sidecar({ lifecycle: { preStop: { sleep: "3s" }, postStart: { exec: ["/up"] } } });
    expect(lifecycle).toEqual({ preStop: { sleep: { seconds: 3 } }, postStart: { exec: { command: ["/up"] } } });
  });
});

describe("what is inherited", () => {
  test("gives way to what the container says itself", async () => {
    const made = await init(
      { env: { MODE: "migrate" }, files: { "/etc/a": "own" } },
      { env: { MODE: "serve", REGION: "eu" }, files: { "/etc/a": "main", "/etc/b": "main" } },
    );
    expect(made["env"]).toEqual([
      { name: "MODE", value: "migrate" },
      { name: "PORT", value: "8080" },
      { name: "REGION", value: "eu" },
    ]);
    expect(made["volumeMounts"]).toEqual([
      { name: "tmp", mountPath: "/tmp" },
      { name: "files", mountPath: "/etc/a", subPath: "migrate.etc_a", readOnly: true },
      { name: "files", mountPath: "/etc/b", subPath: "etc_b", readOnly: true },
    ]);
  });

  test("holds variables of connections", async () => {
    const tenant = tenantIn("dev");
    const cart = new WebService(tenant, "cart", { image: IMAGE });
    new WebService(tenant, "web", {
      image: IMAGE,
      connections: { cart },
      init: { migrate: {}, own: { inherit: false, image: PROXY } },
    });
    const spec = specOf(await tenant.plan());
    const variables = (container: Container) =>
      ((container["env"] ?? []) as { name: string }[]).map(({ name }) => name).sort();
    const [migrate, own] = spec.initContainers!;
    expect(variables(migrate!)).toEqual(["CART_HOST", "CART_PORT", "CART_URL", "PORT"]);
    expect(variables(migrate!)).toEqual(variables(spec.containers[0]!));
    expect(variables(own!)).toEqual([]);
  });

  test("holds volumes at their paths; without it a container mounts what it names", async () => {
    const plan = await serviceWith({
      volumes: { cache: { kind: "empty", path: "/var/cache" } },
      mounts: { "/var/more": "cache" },
      init: { warm: { mounts: { "/in": "cache" } } },
      sidecars: { proxy: { image: PROXY, mounts: { "/data": { volume: "cache", readOnly: true } } } },
    });
    expect(plan.findings).toEqual([]);
    const mountsOf = (container: Container | undefined) => container!["volumeMounts"];
    expect(mountsOf(helpersOf(plan)[1])).toEqual([
      { name: "tmp", mountPath: "/tmp" },
      { name: "cache", mountPath: "/in" },
      { name: "cache", mountPath: "/var/cache" },
      { name: "cache", mountPath: "/var/more" },
    ]);
    expect(mountsOf(helpersOf(plan)[0])).toEqual([
      { name: "tmp-proxy", mountPath: "/tmp" },
      { name: "cache", mountPath: "/data", readOnly: true },
    ]);
    expect(mountsOf(specOf(plan).containers[0])).not.toContainEqual({ name: "cache", mountPath: "/in" });
  });
});

describe("files and outputs of several containers", () => {
  test("are carried by the same two objects, with the container's name before keys that are not the workload's own", async () => {
    const secret = output("s");
    const plan = await serviceWith({
      env: { TOKEN: secret },
      files: { "/etc/app": "main" },
      sidecars: { proxy: { image: PROXY, env: { TOKEN: secret }, files: { "/etc/app": "proxy's" } } },
    });
    expect(plan.findings).toEqual([]);
    expect(plan.object("ConfigMap", "web-files")).toMatchObject({
      data: { etc_app: "main", "proxy.etc_app": "proxy's" },
    });
    expect(plan.object("Secret", "web-outputs")).toMatchObject({
      stringData: { TOKEN: "[output]", "proxy.TOKEN": "[output]" },
    });
    expect(helpersOf(plan)[0]!["env"]).toEqual([
      { name: "TOKEN", valueFrom: { secretKeyRef: { name: "web-outputs", key: "proxy.TOKEN" } } },
    ]);
    expect(specOf(plan).volumes.map(({ name }) => name)).toEqual(["tmp", "tmp-proxy", "files"]);
  });

  test("replace the pods when those of any container change", async () => {
    const hashWith = async (text: string) => {
      const plan = await serviceWith({ sidecars: { proxy: { image: PROXY, files: { "/etc/app": text } } } });
      return plan.object("Deployment", "web").spec.template.metadata.annotations?.["flagstone.dev/config-hash"];
    };
    expect(await hashWith("a")).toMatch(/^[0-9a-f]{16}$/);
    expect(await hashWith("a")).toBe(await hashWith("a"));
    expect(await hashWith("b")).not.toBe(await hashWith("a"));
  });

  test("that would be one key are a mistake", async () => {
    const { findings } = await serviceWith({
      files: { "/proxy.etc_app": "main" },
      sidecars: { proxy: { image: PROXY, files: { "/etc/app": "proxy's" } } },
    });
    expect(brief(findings)).toEqual([
      'files/key dev/shop/web: sidecars.proxy: file "/etc/app" and file "/proxy.etc_app" would be one key of a ConfigMap or Secret; rename one of them',
    ]);
  });
});

describe("the order of containers in the pod", () => {
  test("is sidecars, then init containers, unless after says otherwise", async () => {
    const plan = await serviceWith({
      init: { keys: {}, seed: { after: { proxy: "healthy", keys: "complete" } } },
      sidecars: {
        proxy: { image: PROXY, ports: { admin: { port: 15000 } }, health: "tcp", after: { keys: "complete" } },
        log: { image: PROXY },
      },
    });
    expect(plan.findings).toEqual([]);
    expect(helpersOf(plan).map(({ name, restartPolicy }) => [name, restartPolicy])).toEqual([
      ["log", "Always"],
      ["keys", undefined],
      ["proxy", "Always"],
      ["seed", undefined],
    ]);
  });

  test("is the same in a Worker, a Job and a ScheduledJob, whose sidecars end with it", async () => {
    const tenant = tenantIn("dev");
    const props = { image: IMAGE, init: { seed: {} }, sidecars: { proxy: { image: PROXY } } };
    new Worker(tenant, "worker", { ...props, health: false });
    new Job(tenant, "once", props);
    new ScheduledJob(tenant, "nightly", { ...props, schedule: "0 3 * * *" });
    const plan = await tenant.plan();
    expect(plan.findings.filter(({ severity }) => severity === "error")).toEqual([]);
    const [worker] = plan.objects("Deployment") as any[];
    const [job] = plan.objects("Job") as any[];
    const [cron] = plan.objects("CronJob") as any[];
    const specs = [worker.spec.template, job.spec.template, cron.spec.jobTemplate.spec.template] as { spec: PodSpec }[];
    for (const { spec } of specs) {
      expect(spec.initContainers!.map(({ name, restartPolicy }) => [name, restartPolicy])).toEqual([
        ["proxy", "Always"],
        ["seed", undefined],
      ]);
    }
  });
});

describe("other containers cannot", () => {
  test.each<[string, object, string]>([
    [
      "have the name of the workload's own",
      { init: { web: {} } },
      "containers/taken dev/shop/web: init.web has the name of the workload's own container; give it another name",
    ],
    [
      "share a name",
      { init: { proxy: {} }, sidecars: { proxy: { image: PROXY } } },
      "containers/taken dev/shop/web: init.proxy has the name of sidecars.proxy; give it another name",
    ],
    [
      "have a name that is no DNS label",
      { init: { dbMigrate: {} } },
      'names/invalid dev/shop/web: init container "dbMigrate" is not a DNS label (lower-case letters, digits and "-", at most 63 characters); call it "db-migrate"',
    ],
    [
      "have a name of digits only, whose order is not the program's",
      { init: { "1": {}, a: {} } },
      'containers/name dev/shop/web: init.1 has a name of digits only, which JavaScript puts before all others, in the order of the numbers; begin it with a letter, as in "step-1"',
    ],
    [
      "be without an image",
      { sidecars: { proxy: {} } },
      "containers/image dev/shop/web: sidecars.proxy has no image, and does not inherit the workload's; say its image, or inherit: true",
    ],
    [
      "have an image that moves",
      { sidecars: { proxy: { image: "proxy:latest" } } },
      'image/mutable dev/shop/web: sidecars.proxy: image "proxy:latest" is tagged latest, so what runs depends on when it was pulled; pin a digest or a version tag, or say allowMutableImage: true',
    ],
    [
      "wait for what is not there",
      { init: { seed: { after: { migrat: "complete" } }, migrate: {} } },
      'containers/after dev/shop/web: init.seed.after has "migrat", which is no init container or sidecar; did you mean "migrate"?',
    ],
    [
      "have hooks while they only run to their end",
      { init: { seed: { lifecycle: { preStop: { sleep: "1s" } } } } },
      'props/unknown dev/shop/web: unknown property "init.seed.lifecycle"; known are "after", "allowMutableImage", "args", "command", "cpu", "env", "envFrom", "ephemeralStorage", "files", "gpus", "image", "inherit", "memory", "mounts", "size", "workingDirectory"',
    ],
    [
      "have keys that nobody reads",
      { sidecars: { proxy: { image: PROXY, heath: "/" } } },
      'props/unknown dev/shop/web: unknown property "sidecars.proxy.heath"; did you mean "health"?',
    ],
    [
      "ask for amounts that are none",
      { sidecars: { proxy: { image: PROXY, cpu: -1 } } },
      'compute/amount dev/shop/web: sidecars.proxy: cpu -1 is not an amount of cpu above zero; write "250m" or a number of cores',
    ],
    [
      "be probed at ports that they do not have",
      { sidecars: { proxy: { image: PROXY, health: "/ready" } } },
      "health/endpoint dev/shop/web: sidecars.proxy: health.readiness has no endpoint to probe; add an endpoint, or use { exec: […] }",
    ],
    [
      "have a port of a name that is none",
      { sidecars: { proxy: { image: PROXY, ports: { adminInterface: { port: 15000 } } } } },
      'ports/name dev/shop/web: sidecars.proxy: port name "adminInterface" cannot name a port; use at most 15 lower-case letters, digits and -, with a letter among them',
    ],
    [
      "have a port that is none",
      { sidecars: { proxy: { image: PROXY, ports: { admin: { port: 0 } } } } },
      "ports/port dev/shop/web: sidecars.proxy: ports.admin.port 0 is not a port; use a whole number from 1 to 65535",
    ],
    [
      "speak what nobody knows",
      { sidecars: { proxy: { image: PROXY, ports: { admin: { port: 1, protocol: "htp" } } } } },
      'ports/protocol dev/shop/web: sidecars.proxy: ports.admin.protocol "htp" is not known; did you mean "http"?',
    ],
    [
      "listen where another one does",
      {
        sidecars: {
          proxy: { image: PROXY, ports: { a: { port: 1 } } },
          log: { image: PROXY, ports: { b: { port: 1, protocol: "tcp" } } },
        },
      },
      "ports/taken dev/shop/web: sidecars.log.ports.b has port 1/TCP, which sidecars.proxy has, too; give one of them another",
    ],
    [
      "call a port as the workload's own is called, which Services would take instead",
      { sidecars: { proxy: { image: PROXY, ports: { http: { port: 15000 } } } } },
      'ports/taken dev/shop/web: sidecars.proxy.ports.http has the name "http", which the workload\'s own container has, too; give one of them another',
    ],
    [
      "sleep for longer than the pod lives after its end",
      { sidecars: { proxy: { image: PROXY, lifecycle: { preStop: { sleep: "36s" } } } } },
      "lifecycle/sleep dev/shop/web: sidecars.proxy: lifecycle sleeps for 36 seconds, and the pod is killed 35 seconds after it is told to end; sleep less, or raise gracePeriod of the workload",
    ],
  ])("%s", async (_, props, finding) => {
    expect(brief((await serviceWith(props)).findings)).toEqual([finding]);
  });

  test("come from registries that are not the tenant's", async () => {
    const { definePlatform } = await import("flagstone");
    const { testTenant } = await import("flagstone/testing");
    const platform = definePlatform("acme", {
      domain: "acme.example",
      environments: { dev: {} },
      tenants: { shop: { allowed: { registries: ["registry.acme.example/shop"] } } },
    });
    const shop = testTenant(platform, "dev", "shop");
    new WebService(shop, "web", { image: IMAGE, init: { seed: {} }, sidecars: { proxy: { image: PROXY } } });
    expect((await shop.plan()).findings.map(({ rule, message }) => `${rule}: ${message}`)).toEqual([
      `image/not-allowed: sidecars.proxy: image "${PROXY}" is not from where the tenant takes its images`,
    ]);
  });
});

test("a sidecar may listen where an endpoint leads to; its port is listed once, and asked by its number", async () => {
  const made = await sidecar({
    ports: { http: { port: 8080 }, admin: { port: 15000 } },
    health: { http: "/ping", endpoint: "http" },
    lifecycle: { postStart: { http: "/up", endpoint: "http" } },
  });
  expect(made).toMatchObject({
    ports: [{ name: "admin", containerPort: 15000 }],
    readinessProbe: { httpGet: { path: "/ping", port: 8080 } },
    lifecycle: { postStart: { httpGet: { path: "/up", port: 8080 } } },
  });
});

test("variables of other containers that are keys or hold outputs are those of any container", async () => {
  const made = await sidecar({
    env: { KEY: Ref.secretKey({ name: "s", key: "k" }), URL: `https://${Token.asString(output("h"))}/` },
  });
  expect(made["env"]).toEqual([
    { name: "KEY", valueFrom: { secretKeyRef: { name: "s", key: "k" } } },
    { name: "URL", valueFrom: { secretKeyRef: { name: "web-outputs", key: "proxy.URL" } } },
  ]);
});

test("an address in a variable of a sidecar that no connection opens is a warning, too", async () => {
  const tenant = tenantIn("dev");
  new WebService(tenant, "cart", { image: IMAGE });
  new WebService(tenant, "web", {
    image: IMAGE,
    sidecars: { proxy: { image: PROXY, env: { UPSTREAM: "http://cart:8080" } } },
  });
  expect((await tenant.plan()).findings.map(({ rule }) => rule)).toEqual(["connections/missing"]);
});
