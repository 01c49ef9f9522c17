// A program that sets every prop of a WebService at least once, in every form that it takes.
import * as pulumi from "@pulumi/pulumi";
import { Duration, Size } from "cdk8s";
import { Cpu } from "cdk8s-plus-28";
import {
  Capability,
  Cluster,
  type Connections,
  definePlatform,
  ExternalService,
  Field,
  Job,
  Platform,
  Ref,
  Tenant,
  Token,
  type Transforms,
  WebService,
  type WebServiceChild,
  type WebServiceProps,
} from "flagstone";

const facts = definePlatform("acme", {
  domain: "acme.example",
  labels: { "acme.example/region": "emea" },
  environments: {
    prod: {
      tier: "production",
      clusters: {
        eu: {
          region: "eu-central-1",
          labels: { disk: "nvme" },
          capabilities: [
            Capability.gatewayApi({ gateway: "edge/public", from: { entity: "ingress" } }),
            Capability.cilium(),
            Capability.verticalPodAutoscaler(),
          ],
        },
        us: { region: "us-east-1" },
      },
    },
  },
  tenants: {
    shop: {
      owners: ["group:shop"],
      namespaces: ["shop", "shop-batch"],
      labels: { "acme.example/cost-center": "4711" },
    },
  },
});

const image = `registry.acme.example:5000/shop/web:1.4.2@sha256:${"0123456789abcdef".repeat(4)}`;
const annotate = { metadata: { annotations: { "acme.example/changed": "yes" } } };

/** A service, and what it is connected to, which needs a tenant. */
interface Service {
  readonly props: WebServiceProps<string>;
  readonly connections?: (shop: Tenant) => Connections;
  readonly runAfter?: (shop: Tenant) => readonly Job[];
}

/** Services by name, and how many pods each of them must have in the cluster `eu`. */
export const services: Readonly<Record<string, Service & { readonly pods: number }>> = {
  plain: { props: { image }, pods: 2 },
  everything: {
    props: {
      image,
      command: ["/bin/server"],
      args: ["--verbose", "--name=$(POD_NAME)"],
      workingDirectory: "/srv/app",
      env: {
        TEXT: "no: # {not} 'yaml'\n\ttrue",
        EMPTY: "",
        NUMBER: 1.5,
        BOOLEAN: true,
        "dotted.name-1": "x",
        OUTPUT: pulumi.output("from the cloud"),
        COMPOSED: Token.asString(pulumi.secret("hunter2")),
        SECRET: Ref.secretKey({ name: "stripe", key: "api-key" }),
        CONFIG: Ref.configKey({ name: "settings", key: "level" }),
        POD_NAME: Field.podName,
        POD_IP: Field.podIp,
        NODE: Field.nodeName,
        NAMESPACE: Field.namespace,
        SERVICE: Field.label("app.kubernetes.io/name"),
      },
      files: {
        "/etc/app/config.yaml": "a: 1\n",
        "/etc/app/empty": "",
        "/etc/app/output.txt": Token.asString(pulumi.output("text")),
        "/etc/app/tls.key": Ref.secretKey({ name: "tls.example.com", key: "tls.key" }),
        "/etc/app/level": Ref.configKey({ name: "settings", key: "level" }),
      },
      endpoints: {
        http: { port: 8080, servicePort: 80, visibility: "external" },
        socket: { port: 8081, protocol: "websocket", visibility: "environment" },
        rpc: { port: 9000, protocol: "grpc" },
        dns: { port: 5353, protocol: "udp", servicePort: 53 },
        "dns-tcp": { port: 5353, protocol: "tcp", servicePort: 53 },
      },
      health: {
        readiness: {
          http: "/ready?full=1",
          headers: { Host: "shop.acme.example" },
          endpoint: "http",
          every: "3s",
          timeout: "1s",
          failures: 2,
        },
        liveness: { grpc: "shop.v1.Shop", endpoint: "rpc", every: Duration.seconds(20) },
        startup: { exec: ["/bin/check", "--deep"], timeout: "5s" },
      },
      size: "medium",
      cpu: { request: "250m", limit: 2 },
      memory: { request: "256Mi", limit: "1Gi" },
      replicas: { min: 3, max: 9, cpu: 60, memory: 80 },
      rollout: { strategy: "rolling", maxSurge: 2, maxUnavailable: "10%", minReady: "1s", deadline: "5m", history: 3 },
      disruptionBudget: { minAvailable: "50%" },
      placement: { cluster: ["eu", "us"], region: "eu-central-1", labels: { disk: "nvme" } },
      labels: { "acme.example/team": "web" },
      podAnnotations: { "prometheus.io/scrape": "true" },
      gracePeriod: "2m",
      user: 20_001,
      envFrom: [
        { secret: "stripe", prefix: "STRIPE_" },
        { config: "settings", optional: true },
      ],
      ephemeralStorage: { request: "128Mi", limit: "4Gi" },
      gpus: 0,
      imagePullSecrets: ["registry"],
      lifecycle: { postStart: { exec: ["/bin/warm", "up"] }, preStop: { sleep: "10s" } },
      init: {
        wait: { command: ["/bin/wait"], after: { proxy: "healthy" } },
        copy: { image, inherit: false, args: ["copy"], mounts: { "/to": "cache" }, size: "small" },
      },
      sidecars: {
        proxy: { image, ports: { proxy: { port: 15_000 } }, health: { http: "/ready", delay: "1s" }, cpu: "50m" },
        logs: { image, inherit: true, after: { copy: "complete" }, lifecycle: { preStop: { exec: ["/bin/flush"] } } },
      },
      volumes: {
        cache: { kind: "empty", path: "/var/cache/app", size: "256Mi" },
        fast: { kind: "empty", path: "/dev/fast", size: "16Mi", medium: "memory" },
        own: { kind: "ephemeral", size: "1Gi", storageClass: "kwok-volume" },
        shared: { kind: "persistent", size: "1Gi", access: "many-nodes", storageClass: "kwok-volume", path: "/shared" },
        keys: { kind: "keys", secret: "stripe", files: { "api.key": "api-key" }, mode: "0440", path: "/etc/stripe" },
        about: {
          kind: "projected",
          path: "/etc/about",
          sources: [
            { kind: "pod", files: { name: Field.podName } },
            { kind: "token", audience: "vault", expires: "10m" },
            { kind: "keys", config: "settings", optional: true },
          ],
        },
      },
      mounts: { "/srv/cache": { volume: "cache", subPath: "srv", readOnly: true } },
      scheduling: {
        spread: { zones: "preferred", hosts: false },
        near: { plain: { within: "zone" } },
        apart: { everything: { within: "host" } },
        tolerations: [{ key: "spot", effect: "NoSchedule" }],
      },
      environmentNames: ({ constantName, coordinates }) => ({ [`${constantName}_ADDR`]: coordinates["address"] ?? "" }),
      transform: {
        deployment: { spec: { template: { spec: { dnsPolicy: "Default" } } } },
        service: { spec: { sessionAffinity: "ClientIP" } },
        serviceAccount: annotate,
        disruptionBudget: annotate,
        autoscaler: { spec: { behavior: { scaleDown: { stabilizationWindowSeconds: 60 } } } },
        networkPolicy: (object, cluster) => {
          object.metadata.annotations = { "acme.example/cluster": cluster.name };
        },
        files: { immutable: false },
        entry: annotate,
        entryPolicy: annotate,
        hostPolicy: annotate,
        claim: annotate,
        verticalAutoscaler: annotate,
      } satisfies Required<Transforms<WebServiceChild>>,
    },
    connections: (shop) => ({
      plain: WebService.fromName(shop, "plain"),
      stripe: new ExternalService(shop, "stripe", { url: "https://api.stripe.com" }).connection({
        env: ({ url }) => ({ STRIPE: `${url}/v1` }),
      }),
    }),
    runAfter: (shop) => [new Job(shop, "migrate", { image, args: ["migrate"], placement: { cluster: "eu" } })],
    pods: 3,
  },
  "image-user": {
    props: {
      image: "registry.acme.example/shop/latest",
      allowMutableImage: true,
      user: "image",
      namespace: "shop-batch",
      size: { cpu: Cpu.millis(50), memory: Size.mebibytes(64) },
      memory: { request: "64Mi", limit: "none" },
      cpu: { request: "50m", limit: "none" },
      endpoints: { http: { port: 80 } },
      health: { http: "/healthz", scheme: "https", failures: 5, successes: 2 },
      replicas: 2,
      disruptionBudget: { maxUnavailable: "50%" },
      rollout: { strategy: "rolling", maxSurge: "100%", maxUnavailable: 0 },
      gracePeriod: Duration.minutes(1),
    },
    pods: 2,
  },
  rpc: {
    props: {
      image,
      endpoints: { grpc: { port: 50051, protocol: "grpc" } },
      health: "grpc",
      size: "large",
      cpu: 1,
      memory: "1Gi",
      replicas: { min: 1, max: 2, memory: 75 },
      disruptionBudget: { maxUnavailable: 1 },
    },
    pods: 1,
  },
  udp: {
    props: {
      image,
      endpoints: { syslog: { port: 5140, protocol: "udp" } },
      health: false,
      replicas: 1,
      disruptionBudget: false,
      placement: { cluster: "eu" },
    },
    pods: 1,
  },
  "tcp-only": {
    props: {
      image,
      endpoints: { amqp: { port: 5672, protocol: "tcp" } },
      health: { readiness: "tcp", liveness: false, startup: { tcp: true, failures: 10 } },
      replicas: 2,
      disruptionBudget: { minAvailable: 1 },
    },
    pods: 2,
  },
  stopped: { props: { image, health: { grpc: true, endpoint: "http" }, replicas: 0 }, pods: 0 },
  elsewhere: { props: { image, placement: { cluster: "us" } }, pods: 0 },
};

/** Every prop there is, but hours of sleep, which tiers like production refuse; a new one that is missing here does not compile. */
export const allProps: Readonly<Record<Exclude<keyof WebServiceProps, "awake">, true>> = {
  image: true,
  allowMutableImage: true,
  command: true,
  args: true,
  workingDirectory: true,
  env: true,
  files: true,
  size: true,
  cpu: true,
  memory: true,
  placement: true,
  namespace: true,
  labels: true,
  podAnnotations: true,
  gracePeriod: true,
  user: true,
  connections: true,
  environmentNames: true,
  transform: true,
  endpoints: true,
  health: true,
  replicas: true,
  rollout: true,
  disruptionBudget: true,
  envFrom: true,
  mounts: true,
  lifecycle: true,
  ephemeralStorage: true,
  gpus: true,
  imagePullSecrets: true,
  init: true,
  sidecars: true,
  volumes: true,
  scheduling: true,
  runAfter: true,
};

/** The program with these services. */
export function programOf(made: Readonly<Record<string, Service>>): Pick<Platform, "instantiate"> {
  const cluster = Cluster.fromKubeconfig();
  const platform = new Platform(facts, { environments: { prod: { clusters: { eu: cluster, us: cluster } } } });
  platform.run((environment) => {
    const shop = new Tenant(environment, "shop");
    for (const [name, { props, connections, runAfter }] of Object.entries(made))
      new WebService<string>(shop, name, { ...props, connections: connections?.(shop), runAfter: runAfter?.(shop) });
  });
  return platform;
}
