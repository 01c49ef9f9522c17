// What Flagstone renders, imported, renders the same: import(synth(p)) is p, whatever p is.
import fc from "fast-check";
import {
  definePlatform,
  type Endpoint,
  type EndpointProps,
  ExternalService,
  Job,
  ScheduledJob,
  WebService,
  type WebServiceProps,
  Worker,
} from "flagstone";
import { testTenant } from "flagstone/testing";
import { expect, test } from "vitest";
import { importText, manifests } from "./imported.ts";

const platform = definePlatform("shop", { domain: "shop.example", environments: { dev: {} }, tenants: { shop: {} } });

const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });
const text = fc.constantFrom(
  "",
  "info",
  "a b",
  "5$",
  "$$",
  'it\'s "so"',
  "line\nbreak",
  "`${x}`",
  "0644",
  "yes",
  "http://else:1",
  "é\u{1f600}",
);
const env = fc.dictionary(fc.constantFrom("LEVEL", "A", "b.c", "_x", "GREETING"), text, { maxKeys: 4 });
const seconds = fc.constantFrom("1s", "10s", "45s", "2m", "1h");
const timing = {
  every: maybe(seconds),
  timeout: maybe(fc.constantFrom("1s", "5s")),
  failures: maybe(fc.integer({ min: 1, max: 90 })),
  delay: maybe(seconds),
};
const probe = fc.oneof(
  fc.constantFrom<unknown>("/healthz", "tcp", "grpc"),
  fc.record({ http: fc.constant("/ready"), headers: maybe(fc.constant({ Host: "x.example" })), ...timing }),
  fc.record({ grpc: fc.constantFrom<true | string>(true, "shop.v1.Shop"), ...timing }),
  fc.record({ exec: fc.constant(["/bin/check", "--all"]), ...timing }),
);
// That nobody is to ask is nothing that a manifest says: there, it is silence.
const health = fc.oneof(probe, fc.record({ readiness: probe, liveness: maybe(probe), startup: maybe(probe) }));
const bytes = fc.constantFrom("64Mi", "1Gi", "1536Mi", "300Mi");
const compute = {
  size: maybe(fc.constantFrom("small", "medium", "large")),
  cpu: maybe(
    fc.oneof(
      fc.constantFrom<"250m" | 1>("250m", 1),
      fc.record({ request: fc.constant("100m"), limit: fc.constant("1500m") }),
    ),
  ),
  memory: maybe(fc.oneof(bytes, fc.record({ request: fc.constant("64Mi"), limit: fc.constantFrom("128Mi", "2Gi") }))),
};
const words = fc.constantFrom(["/bin/server"], ["sh", "-c", "exec $(A)\ntrue"], ["--level=info", "--say=a b"]);
const volumes = fc
  .dictionary(
    fc.constantFrom("data", "cache"),
    fc.constantFrom(
      { kind: "empty" },
      { kind: "empty", size: "2Gi" },
      { kind: "empty", medium: "memory", size: "16Mi" },
      { kind: "ephemeral", size: "5Gi", storageClass: "fast" },
      { kind: "keys", config: "settings", files: { "a.txt": "a" } },
      { kind: "keys", secret: "tls", optional: true, mode: "0400" },
      { kind: "persistent", size: "1Gi", access: "many-nodes" },
    ),
    { maxKeys: 2 },
  )
  .map((given) =>
    Object.fromEntries(Object.entries(given).map(([name, volume]) => [name, { ...volume, path: `/var/${name}` }])),
  );
const helper = fc.record({
  image: fc.constant("registry.acme.example/shop/helper:1.0.0"),
  command: maybe(words),
  env: maybe(env),
  inherit: fc.constant(false as const),
  ...compute,
});
const common = {
  image: fc.constantFrom(
    "registry.acme.example/shop/app:1.4.2",
    `registry.acme.example/shop/app@sha256:${"ab".repeat(32)}`,
  ),
  command: maybe(words),
  args: maybe(words),
  env: maybe(env),
  envFrom: maybe(fc.constant([{ secret: "shared" }, { config: "more", prefix: "MORE_", optional: true }])),
  files: maybe(fc.dictionary(fc.constantFrom("/etc/app/a.conf", "/etc/b"), text, { maxKeys: 2 })),
  volumes: maybe(volumes),
  init: maybe(fc.record({ first: helper })),
  sidecars: maybe(fc.record({ agent: helper })),
  labels: maybe(fc.constant({ stage: "live" })),
  podAnnotations: maybe(fc.constant({ "example.com/a": "b" })),
  gracePeriod: maybe(seconds),
  user: maybe(fc.constantFrom<number | "image">(1000, "image")),
  scheduling: maybe(
    fc.record({
      spread: maybe(fc.constantFrom({ hosts: "required" }, { zones: "required", hosts: "required" })),
      nodes: maybe(fc.constant({ disk: "ssd" })),
      architectures: maybe(fc.constant(["arm64"])),
      tolerations: maybe(fc.constant([{ key: "a" }, { key: "b", value: "c", effect: "NoExecute" }])),
      priority: maybe(fc.constant("high")),
    }),
  ),
  ...compute,
};
const replicated = {
  replicas: maybe(
    fc.oneof(
      fc.integer({ min: 0, max: 5 }),
      fc.record({
        min: fc.integer({ min: 1, max: 3 }),
        max: fc.integer({ min: 3, max: 9 }),
        cpu: maybe(fc.constantFrom(50, 70)),
        memory: maybe(fc.constant(80)),
      }),
    ),
  ),
  rollout: maybe(
    fc.constantFrom(
      { strategy: "recreate" },
      { strategy: "rolling", maxSurge: 1 },
      { strategy: "rolling", maxUnavailable: "50%", minReady: "10s", history: 2 },
    ),
  ),
};
const endpoints: fc.Arbitrary<Readonly<Record<string, EndpointProps>>> = fc.constantFrom<
  Readonly<Record<string, EndpointProps>>
>(
  { http: { port: 8080 } },
  { http: { port: 8080, servicePort: 80 } },
  { http: { port: 80 } },
  { grpc: { port: 50051, protocol: "grpc" } },
  { http: { port: 3000 }, metrics: { port: 9090 } },
  { main: { port: 5432, protocol: "tcp" }, discovery: { port: 53, protocol: "udp" } },
);
const run = { retries: maybe(fc.integer({ min: 0, max: 5 })), deadline: maybe(seconds) };

const defined = (props: object): object => JSON.parse(JSON.stringify(props)) as object;
const web = fc.record({ endpoints, health: maybe(health), ...common, ...replicated }).map(defined);
const worker = fc
  .record({ ...common, ...replicated, health: maybe(fc.constant({ exec: ["/bin/check"] })) })
  .map(defined);
const job = fc.record({ ...common, ...run }).map(defined);
const schedule = fc
  .record({
    schedule: fc.constantFrom("0 6 * * 1-5", "@daily"),
    timeZone: maybe(fc.constant("Europe/Berlin")),
    overlap: maybe(fc.constantFrom("allow", "replace")),
    ...common,
    ...run,
  })
  .map(defined);

// What is said otherwise when nothing is meant to be other.
const INNOCENT = new Set([
  "naming/labels", // of the program that it belongs to
  "naming/job-version",
  "deploy/annotations",
  "shape/files",
  "shape/autoscaled-replicas",
  "shape/app-protocol", // of a port of any protocol that a probe asks over gRPC or HTTP
  "hardening/network-policy", // not given to the import: each workload gets its own
  "tenant/guards",
]);

test("what is rendered is imported to what renders the same", { timeout: 240_000 }, async () => {
  const program = fc.record({
    web,
    other: maybe(web),
    worker: maybe(worker),
    job: maybe(job),
    schedule: maybe(schedule),
    isConnected: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(program, async (given) => {
      const shop = testTenant(platform, "dev", "shop");
      const frontend = new WebService<string>(shop, "frontend", given.web as WebServiceProps<string>);
      if (given.other) {
        const other = new WebService<string>(shop, "other", given.other as WebServiceProps<string>);
        const [first] = Object.values<Endpoint>(other.endpoints);
        if (given.isConnected && first) frontend.connect({ other: first });
      }
      if (given.worker) new Worker(shop, "worker", given.worker as never);
      if (given.job) new Job(shop, "migrate", given.job as never);
      if (given.schedule) new ScheduledJob(shop, "nightly", given.schedule as never);
      const plan = await shop.plan();
      fc.pre(!plan.findings.some(({ severity }) => severity === "error"));
      const objects = plan.objects().filter(({ kind }) => kind !== "NetworkPolicy");
      const { report } = await importText(manifests(...objects), { tenant: "shop" });
      expect(report.unexplained).toEqual([]);
      expect(report.findings.filter(({ severity }) => severity === "error")).toEqual([]);
      expect(report.kept).toEqual([]);
      expect(report.rules.map(({ rule }) => rule).filter((rule) => !INNOCENT.has(rule))).toEqual([]);
    }),
    { numRuns: 200 },
  );
});

test("services of others are services of others again", async () => {
  const shop = testTenant(platform, "dev", "shop");
  const stripe = new ExternalService(shop, "stripe", { url: "https://api.stripe.example" });
  new WebService(shop, "checkout", { image: "registry.acme.example/shop/app:1.4.2", connections: { stripe } });
  const plan = await shop.plan();
  const { report } = await importText(manifests(...plan.objects().filter(({ kind }) => kind !== "NetworkPolicy")), {
    tenant: "shop",
  });
  expect(report.unexplained).toEqual([]);
});
