// Every prop of every kind of workload, and what it becomes in the final JSON; every child, reached by `transform`.
import {
  Capability,
  Cluster,
  definePlatform,
  Job,
  type JobProps,
  Platform,
  ScheduledJob,
  type ScheduledJobProps,
  Tenant,
  Trigger,
  WebService,
  type WebServiceProps,
  Worker,
  type WorkerProps,
} from "flagstone";
import { planOf, type PlanView } from "flagstone/testing";
import { describe, expect, test } from "vitest";
import { IMAGE } from "../testing/fixtures";

const facts = definePlatform("acme", {
  domain: "acme.example",
  environments: {
    dev: {
      clusters: {
        main: {
          region: "eu-central-1",
          capabilities: [
            Capability.keda(),
            Capability.verticalPodAutoscaler(),
            Capability.cilium(),
            Capability.ingress({ className: "cilium", from: { entity: "ingress" } }),
          ],
        },
        plain: { region: "us-east-1" },
      },
    },
  },
  tenants: { shop: { namespaces: ["shop", "shop-batch"] } },
});

const KINDS = { WebService, Worker, ScheduledJob, Job };
type Kind = keyof typeof KINDS;

/** The plan of one workload called `web`. */
async function planned(kind: Kind, props: object): Promise<PlanView> {
  const clusters = { main: Cluster.fromKubeconfig(), plain: Cluster.fromKubeconfig() };
  const platform = new Platform(facts, { environments: { dev: { clusters } } });
  platform.run((environment) => {
    const shop = new Tenant(environment, "shop");
    const before = new Job(shop, "before", { image: IMAGE });
    const after = "runAfter" in props ? { runAfter: [before] } : {};
    const schedule = kind === "ScheduledJob" ? { schedule: "@daily" } : {};
    const placement = "awake" in props || "replicas" in props ? { placement: { cluster: "main" } } : {};
    const made = KINDS[kind] as unknown as new (scope: Tenant, id: string, props: object) => object;
    new made(shop, "web", { image: IMAGE, ...schedule, ...placement, ...props, ...after });
  });
  return planOf(platform, "dev");
}

type Json = any;
/** The spec of the object that carries the pods, and that of the pods. */
function found(plan: PlanView, kind: Kind): { readonly object: Json; readonly template: Json; readonly own: Json } {
  const carrier = { WebService: "Deployment", Worker: "Deployment", ScheduledJob: "CronJob", Job: "Job" }[kind];
  const object: Json = plan.objects(carrier).find(({ metadata }) => /^web(-[0-9a-f]{8})?$/.test(metadata.name));
  const template = (kind === "ScheduledJob" ? object.spec.jobTemplate.spec : object.spec).template;
  return { object, template, own: template.spec.containers[0] };
}

interface Case {
  readonly value: unknown;
  readonly becomes: (json: ReturnType<typeof found>, plan: PlanView) => void;
}
type Matrix<P> = { readonly [K in Exclude<keyof P, "transform">]-?: Case };

const helper = { image: "registry.acme.example/helper:1", command: ["/run"] };

/** What all kinds have. */
const common: Matrix<Omit<JobProps, "retries" | "deadline">> = {
  image: { value: IMAGE, becomes: ({ own }) => expect(own.image).toBe(IMAGE) },
  allowMutableImage: { value: true, becomes: ({ own }) => expect(own.image).toBe(IMAGE) },
  command: { value: ["/a"], becomes: ({ own }) => expect(own.command).toEqual(["/a"]) },
  args: { value: ["--b"], becomes: ({ own }) => expect(own.args).toEqual(["--b"]) },
  workingDirectory: { value: "/srv", becomes: ({ own }) => expect(own.workingDir).toBe("/srv") },
  env: { value: { A: 1 }, becomes: ({ own }) => expect(own.env).toContainEqual({ name: "A", value: "1" }) },
  envFrom: {
    value: [
      { secret: "stripe", prefix: "S_" },
      { config: "flags", optional: true },
    ],
    becomes: ({ own }) =>
      expect(own.envFrom).toEqual([
        { prefix: "S_", secretRef: { name: "stripe" } },
        { configMapRef: { name: "flags", optional: true } },
      ]),
  },
  files: {
    value: { "/etc/a.json": { json: { a: [1] } } },
    becomes: ({ own }, plan) => {
      expect(own.volumeMounts).toContainEqual(expect.objectContaining({ mountPath: "/etc/a.json", readOnly: true }));
      expect(JSON.parse((plan.object("ConfigMap", "web-files", "main") as Json).data["etc_a.json"])).toEqual({
        a: [1],
      });
    },
  },
  mounts: {
    value: { "/tmp/more": "data" },
    becomes: ({ own }) =>
      expect(own.volumeMounts).toContainEqual(expect.objectContaining({ mountPath: "/tmp/more", name: "data" })),
  },
  lifecycle: {
    value: { postStart: { exec: ["/warm"] }, preStop: { sleep: "7s" } },
    becomes: ({ own }) =>
      expect(own.lifecycle).toEqual({
        postStart: { exec: { command: ["/warm"] } },
        preStop: { sleep: { seconds: 7 } },
      }),
  },
  size: {
    value: "medium",
    becomes: ({ own }) => expect(own.resources.requests).toMatchObject({ cpu: "500m", memory: "512Mi" }),
  },
  cpu: { value: "250m", becomes: ({ own }) => expect(own.resources.requests.cpu).toBe("250m") },
  memory: { value: "1Gi", becomes: ({ own }) => expect(own.resources.limits.memory).toBe("1Gi") },
  ephemeralStorage: {
    value: "2Gi",
    becomes: ({ own }) => expect(own.resources.limits["ephemeral-storage"]).toBe("2Gi"),
  },
  gpus: {
    value: 2,
    becomes: ({ own, template }) => {
      expect(String(own.resources.limits["nvidia.com/gpu"])).toBe("2");
      expect(template.spec.tolerations).toContainEqual(expect.objectContaining({ key: "nvidia.com/gpu" }));
    },
  },
  connections: { value: {}, becomes: ({ own }) => expect(own.name).toBe("web") },
  environmentNames: { value: () => ({}), becomes: ({ own }) => expect(own.name).toBe("web") },
  init: {
    value: { wait: helper },
    becomes: ({ template }) =>
      expect(template.spec.initContainers).toMatchObject([{ name: "wait", command: ["/run"] }]),
  },
  sidecars: {
    value: { proxy: helper },
    becomes: ({ template }) =>
      expect(template.spec.initContainers).toMatchObject([{ name: "proxy", restartPolicy: "Always" }]),
  },
  volumes: {
    value: { scratch: { kind: "empty", path: "/scratch", size: "64Mi" } },
    becomes: ({ own, template }) => {
      expect(template.spec.volumes).toContainEqual({ name: "scratch", emptyDir: { sizeLimit: "64Mi" } });
      expect(own.volumeMounts).toContainEqual({ name: "scratch", mountPath: "/scratch" });
    },
  },
  scheduling: {
    value: { priority: "high", architectures: ["arm64"], nodes: { disk: "nvme" } },
    becomes: ({ template }) =>
      expect(template.spec).toMatchObject({ priorityClassName: "high", nodeSelector: { disk: "nvme" } }),
  },
  runAfter: {
    value: [],
    becomes: ({ object }, plan) => {
      const { dependsOn, dependsOnConstructs } = plan.plan.objects.find(
        ({ name, cluster }) => name === object.metadata.name && cluster === "main",
      )!;
      const waitsFor = [...dependsOn, ...dependsOnConstructs];
      expect(waitsFor).toContainEqual(expect.stringMatching(/^(main\/batch\/Job\/shop\/before-|dev\/shop\/before$)/));
    },
  },
  placement: {
    value: { cluster: "plain" },
    becomes: ({ object }, plan) => {
      const { cluster } = plan.plan.objects.find(({ name }) => name === object.metadata.name)!;
      expect(cluster).toBe("plain");
    },
  },
  imagePullSecrets: {
    value: ["registry"],
    becomes: ({ template }) => expect(template.spec.imagePullSecrets).toEqual([{ name: "registry" }]),
  },
  namespace: {
    value: "shop-batch",
    becomes: ({ object }) => expect(object.metadata.namespace).toBe("shop-batch"),
  },
  labels: { value: { team: "a" }, becomes: ({ template }) => expect(template.metadata.labels.team).toBe("a") },
  podAnnotations: {
    value: { note: "b" },
    becomes: ({ template }) => expect(template.metadata.annotations).toMatchObject({ note: "b" }),
  },
  gracePeriod: {
    value: "90s",
    becomes: ({ template }) => expect([90, 95]).toContain(template.spec.terminationGracePeriodSeconds),
  },
  user: { value: 4711, becomes: ({ own }) => expect(own.securityContext.runAsUser).toBe(4711) },
};

/** What keeps running. */
const replicated: Omit<Matrix<WorkerProps>, keyof typeof common | "ports"> = {
  health: {
    value: { exec: ["/ok"] },
    becomes: ({ own }) => expect(own.readinessProbe.exec).toEqual({ command: ["/ok"] }),
  },
  replicas: {
    value: { min: 0, max: 5, triggers: { jobs: Trigger.of("rabbitmq", { queueName: "jobs", host: "amqp://x" }) } },
    becomes: ({ object }, plan) => {
      expect(object.spec.replicas).toBeUndefined();
      expect(plan.objects("ScaledObject")).toMatchObject([{ spec: { minReplicaCount: 0, maxReplicaCount: 5 } }]);
    },
  },
  awake: {
    value: { from: "07:00", to: "20:00" },
    becomes: (_, plan) =>
      expect(plan.objects("ScaledObject")).toMatchObject([{ spec: { triggers: [{ type: "cron" }] } }]),
  },
  rollout: {
    value: { strategy: "recreate", minReady: "5s", deadline: "2m", history: 2 },
    becomes: ({ object }) =>
      expect(object.spec).toMatchObject({
        strategy: { type: "Recreate" },
        minReadySeconds: 5,
        progressDeadlineSeconds: 120,
        revisionHistoryLimit: 2,
      }),
  },
  disruptionBudget: {
    value: { maxUnavailable: "50%" },
    becomes: (_, plan) =>
      expect(plan.object("PodDisruptionBudget", "web", "main")).toMatchObject({ spec: { maxUnavailable: "50%" } }),
  },
};

/** What runs to its end. */
const run: Pick<Matrix<JobProps>, "retries" | "deadline"> = {
  retries: { value: 7, becomes: ({ object }) => expect(jobSpecOf(object).backoffLimit).toBe(7) },
  deadline: { value: "2m", becomes: ({ object }) => expect(jobSpecOf(object).activeDeadlineSeconds).toBe(120) },
};
const jobSpecOf = (object: Json): Json => object.spec.jobTemplate?.spec ?? object.spec;

const webService: Matrix<WebServiceProps> = {
  ...common,
  ...replicated,
  endpoints: {
    value: { rpc: { port: 9000, protocol: "grpc", servicePort: 80 } },
    becomes: ({ own }, plan) => {
      expect(own.ports).toEqual([{ name: "rpc", containerPort: 9000, protocol: "TCP" }]);
      expect(plan.object("Service", "web", "main")).toMatchObject({ spec: { ports: [{ name: "rpc", port: 80 }] } });
    },
  },
};
const worker: Matrix<WorkerProps> = {
  ...common,
  ...replicated,
  ports: {
    value: { metrics: { port: 9100 } },
    becomes: ({ own }) => expect(own.ports).toEqual([{ name: "metrics", containerPort: 9100, protocol: "TCP" }]),
  },
};
const job: Matrix<JobProps> = { ...common, ...run };
const scheduledJob: Matrix<ScheduledJobProps> = {
  ...common,
  ...run,
  schedule: { value: "0 6 * * 1-5", becomes: ({ object }) => expect(object.spec.schedule).toBe("0 6 * * 1-5") },
  timeZone: {
    value: "Europe/Berlin",
    becomes: ({ object }) => expect(object.spec.timeZone).toBe("Europe/Berlin"),
  },
  overlap: { value: "replace", becomes: ({ object }) => expect(object.spec.concurrencyPolicy).toBe("Replace") },
  startWithin: { value: "5m", becomes: ({ object }) => expect(object.spec.startingDeadlineSeconds).toBe(300) },
  history: {
    value: { succeeded: 5, failed: 2 },
    becomes: ({ object }) =>
      expect(object.spec).toMatchObject({ successfulJobsHistoryLimit: 5, failedJobsHistoryLimit: 2 }),
  },
  suspended: { value: true, becomes: ({ object }) => expect(object.spec.suspend).toBe(true) },
};

const MATRIX: Readonly<Record<Kind, Readonly<Record<string, Case>>>> = {
  WebService: webService,
  Worker: worker,
  ScheduledJob: scheduledJob,
  Job: job,
};
/** Props that mean something only beside others. */
const BESIDE: Readonly<Record<string, object>> = { mounts: { volumes: { data: { kind: "empty" } } } };

describe.each(Object.keys(KINDS) as Kind[])("a %s", (kind) => {
  test.each(Object.keys(MATRIX[kind]))("has %s in its final JSON", async (prop) => {
    const { value, becomes } = MATRIX[kind][prop]!;
    const plan = await planned(kind, { ...BESIDE[prop], [prop]: value });
    expect(plan.findings.filter(({ severity }) => severity === "error")).toEqual([]);
    becomes(found(plan, kind), plan);
  });
});

describe("transform", () => {
  const everything = {
    files: { "/etc/a": "b" },
    volumes: { disk: { kind: "persistent", size: "1Gi", path: "/disk", access: "many-nodes" } },
  };
  const external = { http: { port: 8080, visibility: "external", hosts: ["web.shop.dev.acme.example"] } };
  const replicatedToo = { replicas: { min: 2, max: 3 }, placement: { cluster: "main" } };
  const CHILDREN: readonly (readonly [Kind, string, string, object])[] = [
    ["WebService", "serviceAccount", "ServiceAccount", {}],
    ["WebService", "networkPolicy", "NetworkPolicy", {}],
    ["WebService", "files", "ConfigMap", everything],
    ["WebService", "claim", "PersistentVolumeClaim", everything],
    ["WebService", "deployment", "Deployment", {}],
    ["WebService", "service", "Service", {}],
    ["WebService", "entry", "Ingress", { endpoints: external, placement: { cluster: "main" } }],
    ["WebService", "entryPolicy", "CiliumNetworkPolicy", { endpoints: external, placement: { cluster: "main" } }],
    ["WebService", "disruptionBudget", "PodDisruptionBudget", replicatedToo],
    ["WebService", "autoscaler", "HorizontalPodAutoscaler", replicatedToo],
    ["WebService", "verticalAutoscaler", "VerticalPodAutoscaler", { placement: { cluster: "main" } }],
    ["Worker", "deployment", "Deployment", {}],
    ["Worker", "autoscaler", "ScaledObject", { awake: { from: "07:00", to: "20:00" } }],
    ["ScheduledJob", "cronJob", "CronJob", {}],
    ["Job", "job", "Job", {}],
  ];

  test.each(CHILDREN)("of a %s reaches any field of its %s", async (kind, child, expected, props) => {
    const marked: string[] = [];
    const transform = {
      [child]: (object: Json, cluster: { readonly name: string }) => {
        object.metadata.annotations = { ...object.metadata.annotations, "acme.example/cluster": cluster.name };
        marked.push(object.kind as string);
      },
    };
    const plan = await planned(kind, { ...props, transform });
    expect(plan.findings.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(new Set(marked)).toEqual(new Set([expected]));
    const changed = plan.plan.objects.filter(({ manifest }) => manifest.metadata.annotations?.["acme.example/cluster"]);
    expect(new Set(changed.map(({ kind }) => kind))).toEqual(new Set([expected]));
    for (const { manifest, cluster } of changed)
      expect(manifest.metadata.annotations).toMatchObject({ "acme.example/cluster": cluster });
  });
});
