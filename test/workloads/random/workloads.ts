// Whole programs of one workload, with any props, right and wrong ones, on clusters with any capabilities.
import fc from "fast-check";
import {
  Application,
  Capability,
  Cluster,
  definePlatform,
  ExternalService,
  Job,
  type Mount,
  ScheduledJob,
  type Scheduling,
  Secret,
  Tenant,
  Trigger,
  type Volume,
  WebService,
  Worker,
} from "flagstone";
import {
  absolute,
  bytes,
  container,
  count,
  env,
  health,
  image,
  keys,
  label,
  lifecycle,
  maybe,
  mostly,
  record,
  seconds,
} from "./containers";

const KINDS = { WebService, Worker, ScheduledJob, Job };

/** A program of one workload, as data. */
export interface Sketch {
  readonly kind: keyof typeof KINDS;
  readonly name: string;
  readonly props: Readonly<Record<string, unknown>>;
  readonly isProduction: boolean;
  readonly capabilities: readonly string[];
  readonly runsAfter: boolean;
  /** Names of what it is connected to. */
  readonly uses: readonly (keyof typeof TARGETS)[];
}

/** What there is to connect to. */
const TARGETS = {
  parcels: (shop: Shop) => new ExternalService(shop, "parcels", { url: "https://api.parcels.example" }),
  stripe: (shop: Shop) => new Secret(shop, "stripe", { path: "shop/stripe", keys: ["api-key", "tls.crt"] }),
  cart: (shop: Shop) => new WebService(shop, "cart", { image: "registry.acme.example/cart:1" }),
};
type Shop = ReturnType<typeof Tenant.fromName>;

const CAPABILITIES: Readonly<Record<string, Capability>> = {
  keda: Capability.keda(),
  vpa: Capability.verticalPodAutoscaler(),
  reloader: Capability.reloader(),
  cilium: Capability.cilium(),
  gateway: Capability.gatewayApi({ gateway: "edge/public" }),
  ingress: Capability.ingress({ className: "public", from: { namespace: "ingress" } }),
  secrets: Capability.externalSecrets({ store: "vault" }),
};

const quantity = mostly(fc.constantFrom<number | string>(100, "500m"), "x", -1) as fc.Arbitrary<number>;
const disk = { size: bytes, access: maybe(fc.constantFrom("one-node", "many-nodes")), storageClass: maybe(label) };
const place = { path: maybe(absolute), readOnly: maybe(fc.boolean()) };
const parts = { files: maybe(fc.dictionary(label, fc.constantFrom("key", "tls.crt"), { minKeys: 1, maxKeys: 2 })) };
const volume = mostly(
  fc.oneof(
    record({
      kind: fc.constant("empty"),
      size: maybe(bytes),
      medium: maybe(fc.constantFrom("disk", "memory")),
      ...place,
    }),
    record({ kind: fc.constant("persistent"), ...disk, ...place }),
    record({ kind: fc.constant("ephemeral"), ...disk, ...place }),
    fc
      .tuple(keys, record({ kind: fc.constant("keys"), optional: maybe(fc.boolean()), ...parts, ...place }))
      .map(([from, more]) => ({ ...from, ...more })),
    record({
      kind: fc.constant("projected"),
      sources: fc.array(
        fc.oneof(
          fc.tuple(keys, record({ kind: fc.constant("keys"), ...parts })).map(([a, b]) => ({ ...a, ...b })),
          record({
            kind: fc.constant("token"),
            audience: mostly(fc.constantFrom("vault"), ""),
            expires: maybe(mostly(fc.constantFrom("1h", "10m"), "1m")),
          }),
        ),
        { minLength: 1, maxLength: 2 },
      ),
      ...place,
    }),
  ) as fc.Arbitrary<unknown>,
  { kind: "host", path: "/data" },
) as fc.Arbitrary<Volume>;
const volumeName = mostly(fc.constantFrom("data", "cache"), "tmp", "Data");
const mounts = fc.dictionary(
  absolute,
  mostly(fc.oneof(volumeName, record({ volume: volumeName, subPath: maybe(fc.constantFrom("a/b", "..")) })), "nothing"),
  { maxKeys: 2 },
) as fc.Arbitrary<Readonly<Record<`/${string}`, Mount>>>;

const helperName = mostly(fc.constantFrom("proxy", "migrate", "logs"), "web", "A");
const after = fc.dictionary(helperName, fc.constantFrom("started", "healthy", "complete"), { maxKeys: 1 });
const helper = {
  image: fc.oneof({ weight: 4, arbitrary: image }, { weight: 1, arbitrary: fc.constant(undefined) }),
  inherit: maybe(fc.boolean()),
  after: maybe(after),
  mounts: maybe(mounts),
  ...container,
};
const port = mostly(fc.integer({ min: 1, max: 65_535 }), 0, 65_536);
const ports = fc.dictionary(
  mostly(fc.constantFrom("http", "rpc", "admin"), "Web", "1", "a".repeat(16)),
  record({ port, protocol: maybe(fc.constantFrom("http", "grpc", "tcp", "udp")) }),
  { minKeys: 1, maxKeys: 2 },
);

const nearness = fc.dictionary(
  label,
  record({ within: mostly(fc.constantFrom("host", "zone"), "rack"), required: maybe(fc.boolean()) }),
  { maxKeys: 2 },
) as fc.Arbitrary<Scheduling["near"]>;
const spread = fc.constantFrom("preferred", "required", false);
const scheduling = record({
  spread: maybe(record({ zones: maybe(spread), hosts: maybe(spread) })),
  near: maybe(nearness),
  apart: maybe(nearness),
  architectures: maybe(fc.constantFrom(["amd64"], ["amd64", "arm64"])),
  nodes: maybe(
    fc.dictionary(mostly(fc.constantFrom("disk", "acme.example/pool"), "a b"), mostly(fc.constant("x"), "a b")),
  ),
  tolerations: maybe(
    fc.array(
      record({
        key: mostly(fc.constantFrom("spot"), "", "a b"),
        value: maybe(label),
        effect: maybe(fc.constant("NoExecute")),
      }),
    ),
  ),
  priority: maybe(label),
  runtimeClass: maybe(label),
});

const workload = {
  image,
  ...container,
  mounts: maybe(mounts),
  lifecycle: maybe(lifecycle),
  init: maybe(fc.dictionary(helperName, mostly(record(helper), false), { maxKeys: 2 })),
  sidecars: maybe(
    fc.dictionary(helperName, mostly(record({ ...helper, ports: maybe(ports), health: maybe(health) }), false), {
      maxKeys: 2,
    }),
  ),
  volumes: maybe(fc.dictionary(volumeName, mostly(volume, false), { maxKeys: 2 })),
  scheduling: maybe(scheduling),
  labels: maybe(
    fc.dictionary(mostly(fc.constantFrom("team", "acme.example/x"), "a b"), mostly(fc.constantFrom("x", ""), "a b"), {
      maxKeys: 2,
    }),
  ),
  podAnnotations: maybe(
    fc.dictionary(
      mostly(fc.constantFrom("note", "acme.example/x"), "a b"),
      env.map(() => "x"),
      { maxKeys: 1 },
    ),
  ),
  imagePullSecrets: maybe(mostly(fc.constantFrom<readonly string[]>(["registry"], []), ["A_b"], "registry")),
  gracePeriod: maybe(seconds),
  user: maybe(mostly(fc.constantFrom<number | string>(1, 10_001, "image"), 0, -1)),
};

const podCount = mostly(fc.constantFrom<number | string>(1, 2, "25%", "100%"), "101%", -1, "half");
const speed = record({ after: maybe(seconds), pods: maybe(podCount), every: maybe(seconds) });
const scaling = record({
  min: mostly(fc.integer({ min: 0, max: 3 }), -1),
  max: mostly(fc.integer({ min: 3, max: 9 }), 0, 2.5),
  cpu: maybe(mostly(fc.integer({ min: 1, max: 1000 }), 0, 1001)),
  memory: maybe(mostly(fc.integer({ min: 1, max: 100 }), 0)),
  metrics: maybe(
    fc.dictionary(
      fc.constantFrom("queue_length", "requests"),
      fc.oneof(
        record({ kind: fc.constant("pods"), average: quantity }),
        record({ kind: fc.constant("external"), average: quantity, selector: maybe(fc.constant({ queue: "orders" })) }),
      ),
      { maxKeys: 2 },
    ),
  ),
  triggers: maybe(
    fc.dictionary(label, fc.constantFrom(Trigger.of("rabbitmq", { queueName: "orders", hostFromEnv: "LEVEL" })), {
      maxKeys: 1,
    }),
  ),
  up: maybe(speed),
  down: maybe(speed),
});
const replicated = {
  ...workload,
  health: maybe(health),
  replicas: maybe(fc.oneof(count(4), scaling as fc.Arbitrary<unknown>)),
  awake: maybe(
    record({
      from: mostly(fc.constantFrom("07:00", "22:30"), "25:00", "7"),
      to: fc.constantFrom("20:00", "06:00"),
      days: maybe(mostly(fc.constantFrom(["mon", "fri"], ["sun"]), [], ["monday"])),
      timeZone: maybe(mostly(fc.constantFrom("Europe/Berlin", "Etc/UTC"), "Berlin")),
    }),
  ),
  rollout: maybe(
    fc.oneof(
      record({
        strategy: fc.constant("rolling"),
        maxSurge: maybe(podCount),
        maxUnavailable: maybe(podCount),
        minReady: maybe(seconds),
        deadline: maybe(seconds),
        history: maybe(count(9)),
      }),
      record({
        strategy: fc.constant("recreate"),
        minReady: maybe(seconds),
        deadline: maybe(seconds),
        history: maybe(count(9)),
      }),
    ),
  ),
  disruptionBudget: maybe(
    fc.oneof(
      fc.constant(false),
      record({ minAvailable: podCount }),
      record({ maxUnavailable: podCount }),
      fc.constant({}),
    ),
  ),
};
const endpoints = fc.dictionary(
  mostly(fc.constantFrom("http", "rpc", "admin"), "Web", "1", "a".repeat(16)),
  record({
    port,
    servicePort: maybe(port),
    protocol: maybe(fc.constantFrom("http", "grpc", "tcp", "udp", "websocket")),
    visibility: maybe(mostly(fc.constantFrom("tenant", "environment", "external"), "public")),
  }),
  { maxKeys: 3 },
);
const run = { ...workload, retries: maybe(mostly(fc.nat(9), -1, 0.5)), deadline: maybe(seconds) };
const schedule = mostly(
  fc.constantFrom("0 6 * * 1-5", "@daily", "*/5 * * * *", "0 0 1 JAN ?", "1,2,3-9/2 * * * SUN"),
  "* * * *",
  "60 * * * *",
  "hourly",
  "TZ=UTC 0 0 * * *",
  "",
);
const propsOf: Readonly<Record<keyof typeof KINDS, fc.Arbitrary<object>>> = {
  WebService: record({ ...replicated, endpoints: maybe(endpoints) }),
  Worker: record({ ...replicated, ports: maybe(ports) }),
  Job: record(run),
  ScheduledJob: record({
    ...run,
    schedule,
    timeZone: maybe(
      mostly(fc.constantFrom("Europe/Berlin", "Etc/UTC", "America/New_York"), "Local", "Mars/Olympus", ""),
    ),
    overlap: maybe(mostly(fc.constantFrom("allow", "skip", "replace"), "forbid")),
    startWithin: maybe(seconds),
    history: maybe(record({ succeeded: maybe(count(9)), failed: maybe(count(9)) })),
    suspended: maybe(fc.boolean()),
  }),
};

/** Takes away the mounts of volumes that there are not, but for one name: most programs would be wrong for nothing else. */
function mountingWhatIsThere(props: Sketch["props"]): Sketch["props"] {
  const { volumes = {}, init = {}, sidecars = {} } = props as Record<string, Record<string, object>>;
  const isThere = (mount: unknown) => {
    const name = typeof mount === "object" && mount !== null ? (mount as { volume: string }).volume : String(mount);
    return Object.hasOwn(volumes, name) || name === "nothing";
  };
  const kept = <T extends { readonly mounts?: object }>(container: T): T => ({
    ...container,
    ...(container.mounts && {
      mounts: Object.fromEntries(Object.entries(container.mounts).filter(([, mount]) => isThere(mount))),
    }),
  });
  const all = (containers: Record<string, object>) =>
    Object.fromEntries(Object.entries(containers).map(([name, container]) => [name, kept(container)]));
  return {
    ...kept(props),
    ...(props["init"] ? { init: all(init) } : {}),
    ...(props["sidecars"] ? { sidecars: all(sidecars) } : {}),
  };
}

/** Any program of one workload. */
export const sketches: fc.Arbitrary<Sketch> = fc
  .constantFrom(...(Object.keys(KINDS) as (keyof typeof KINDS)[]))
  .chain((kind) =>
    fc.record({
      kind: fc.constant(kind),
      name: mostly(
        fc.constantFrom("web", "w", "checkout-2", "x".repeat(40)),
        "x".repeat(53),
        "x".repeat(64),
        "Web",
        "a_b",
      ),
      props: (propsOf[kind] as fc.Arbitrary<Sketch["props"]>).map(mountingWhatIsThere),
      isProduction: fc.boolean(),
      capabilities: fc.subarray(Object.keys(CAPABILITIES)),
      runsAfter: fc.boolean(),
      uses: fc.subarray(Object.keys(TARGETS) as (keyof typeof TARGETS)[]),
    }),
  );

/** The program that a sketch is of. */
export function programOf({
  kind,
  name,
  props,
  isProduction,
  capabilities,
  runsAfter,
  uses,
}: Sketch): Pick<Application, "instantiate"> {
  const facts = definePlatform("acme", {
    domain: "acme.example",
    environments: {
      dev: {
        tier: isProduction ? "production" : "development",
        clusters: { main: { capabilities: capabilities.map((each) => CAPABILITIES[each]!) } },
      },
    },
    tenants: { shop: {} },
  });
  const application = new Application("random", {
    platform: facts,
    environments: { dev: { clusters: Cluster.fromKubeconfig() } },
  });
  application.run((environment) => {
    const shop = Tenant.fromName(environment, "shop");
    const connections = Object.fromEntries(uses.map((used) => [used, TARGETS[used](shop)]));
    const before = runsAfter
      ? { runAfter: [new Job(shop, "before", { image: "registry.acme.example/before:1" })] }
      : {};
    new (
      KINDS[kind] as new (scope: typeof shop, id: string, props: object) => WebService | Worker | Job | ScheduledJob
    )(shop, name, { ...props, ...before, connections });
  });
  return application;
}
