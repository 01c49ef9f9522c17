// Props of containers, right and wrong ones: names, images, variables, files, hooks, health.
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { type EnvironmentSource, Field, type FileContent, type Hook, type Lifecycle, Ref, type Value } from "flagstone";

/** Mostly what `right` gives; now and then what `wrong` does, as a program in plain JavaScript might. */
export function mostly<T>(right: fc.Arbitrary<T>, ...wrong: readonly unknown[]): fc.Arbitrary<T> {
  if (wrong.length === 0) return right;
  return fc.oneof({ weight: 40, arbitrary: right }, { weight: 1, arbitrary: fc.constantFrom(...(wrong as T[])) });
}

/** Now and then a value, else none. */
export const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });

/** What the given arbitraries give, without the keys that got nothing. */
export const record = <T extends object>(shape: { readonly [K in keyof T]: fc.Arbitrary<T[K] | undefined> }) =>
  fc
    .record(shape as { [K in keyof T]: fc.Arbitrary<T[K]> })
    .map((made) => Object.fromEntries(Object.entries(made).filter(([, value]) => value !== undefined)) as T);

const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;
export const image = mostly(
  fc.constantFrom("registry.acme.example/shop/web:1.4.2", `registry.acme.example:5000/web@${DIGEST}`, "nginx:1.29"),
  "nginx",
  "Nginx:1.29",
  "nginx:latest",
  "",
  "a b:1",
);
export const cpu = mostly(fc.constantFrom<"250m" | number>("250m", 1, 0.5), "0m", "lots", -1);
export const bytes = mostly(fc.constantFrom("64Mi", "1Gi", "2.5Gi"), "64MB", "0Gi", "1");
export const seconds = mostly(fc.constantFrom("1s", "30s", "2m"), "500ms", "soon", "-1s");
export const count = (max: number) => mostly(fc.integer({ min: 1, max }), -1, 1.5);
export const label = mostly(fc.constantFrom("web", "a", "x-1", "b2"), "Web", "-a", "a_b", "x".repeat(64));
export const path = mostly(
  fc.constantFrom("/etc/app/a.yaml", "/etc/app/b", "/data", "/srv/x", "/var/lib/app" as const),
  "/../etc",
  "relative",
);
export const absolute = path as fc.Arbitrary<`/${string}`>;

const plain = fc.constantFrom<string | number | boolean>("text", "", 1.5, 0, true, "$$x $(Y) ${Z}", "a: 'b'\n\"c\"");
export const value: fc.Arbitrary<Value> = mostly(
  fc.oneof(
    plain,
    fc.constantFrom<Value>(
      Ref.secretKey({ name: "stripe", key: "api-key" }),
      Ref.configKey({ name: "settings", key: "level", optional: true }),
      Field.podName,
      Field.podIp,
      Field.label("app.kubernetes.io/name"),
    ),
    fc.constant<Value>(pulumi.output("from the cloud")),
  ),
  null,
  {},
);

const variable = mostly(fc.constantFrom("LEVEL", "a.b", "_x", "PORT", "SHOP_URL"), "1A", "A=B", "", "a b");
export const env = fc.dictionary(variable, value, { maxKeys: 4 });

export const keys = fc.oneof(
  fc.record({ secret: mostly(fc.constantFrom("stripe", "tls.acme"), "Not_A_Name", "") }),
  fc.record({ config: mostly(fc.constantFrom("settings"), "UPPER") }),
);
export const envFrom: fc.Arbitrary<readonly EnvironmentSource[]> = fc.array(
  fc
    .tuple(
      keys,
      record<{ prefix: string; optional: boolean }>({
        prefix: maybe(mostly(fc.constantFrom("A_", "b."), "1", "a b")),
        optional: maybe(fc.boolean()),
      }),
    )
    .map(([from, more]) => ({ ...from, ...more })),
  { maxLength: 2 },
);

const data = fc.jsonValue({ maxDepth: 2 });
const table = fc.dictionary(fc.constantFrom("a", "b.c", "d e"), fc.oneof(fc.string(), fc.integer(), fc.boolean()));
const mode = mostly(fc.constantFrom("0400", "0444", "0640"), "0999", "rw", "01777");
const onChange = fc.constantFrom("restart", "reload");
const content: fc.Arbitrary<FileContent> = fc.oneof(
  fc.constantFrom<FileContent>("", "a: 1\n", "\u00e9\u{1f600}", Ref.secretKey({ name: "tls.acme", key: "tls.key" })),
  fc
    .tuple(
      fc.oneof(
        fc.record({ text: fc.constantFrom("x", "") }),
        fc.record({ json: data }),
        fc.record({ yaml: data }),
        fc.record({ toml: table }),
        fc.record({ properties: table }),
      ),
      record<{ mode: string; onChange: string }>({ mode: maybe(mode), onChange: maybe(onChange) }),
    )
    .map(([format, options]) => ({ ...format, ...options }) as FileContent),
);
export const files = fc.dictionary(path, mostly(content, 1, { html: "x" }), { maxKeys: 3 });

const hook: fc.Arbitrary<Hook> = mostly(
  fc.oneof(
    fc.record({ exec: fc.constantFrom<readonly string[]>(["/bin/true"], ["sh", "-c", "sleep 1"]) }),
    fc.record({ sleep: seconds as fc.Arbitrary<"1s"> }),
    record({ http: fc.constantFrom("/stop" as const), scheme: maybe(fc.constantFrom("http", "https")) }),
  ),
  {},
  { exec: [] },
);
export const lifecycle: fc.Arbitrary<Lifecycle> = record<Lifecycle>({
  postStart: maybe(hook),
  preStop: maybe(fc.oneof(hook, fc.constant(false as const))),
});

const timing = {
  every: maybe(seconds as fc.Arbitrary<"1s">),
  timeout: maybe(seconds as fc.Arbitrary<"1s">),
  failures: maybe(mostly(count(20), 2 ** 31)),
  successes: maybe(count(3)),
  delay: maybe(seconds as fc.Arbitrary<"1s">),
};
const probe = fc.oneof(
  fc.constantFrom<unknown>("/healthz", "grpc", "tcp", false),
  record({
    http: fc.constantFrom("/ready?a=1"),
    headers: maybe(mostly(fc.constant({ Host: "x.example" }), { "a b": "c" })),
    scheme: maybe(fc.constantFrom("http", "https")),
    ...timing,
  }),
  record({ grpc: fc.constantFrom<true | string>(true, "shop.v1.Shop"), ...timing }),
  record({ tcp: fc.constant(true), ...timing }),
  record({ exec: mostly(fc.constant(["/bin/check"]), []), ...timing }),
);
export const health = mostly(
  fc.oneof(
    probe,
    record({ readiness: maybe(probe), liveness: maybe(probe), startup: maybe(probe) }) as fc.Arbitrary<unknown>,
  ),
  "healthz",
  {},
  { http: "/a", tcp: true },
) as fc.Arbitrary<"/healthz">;

const range = mostly(
  fc.constantFrom({ request: "64Mi", limit: "1Gi" }, { request: "1Gi", limit: "1Gi" }),
  { request: "1Gi", limit: "64Mi" },
  { request: "1Gi" },
);
const amount = fc.oneof(bytes, range) as fc.Arbitrary<"1Gi">;
export const compute = {
  size: maybe(mostly(fc.constantFrom("small", "medium", "large"), "huge") as fc.Arbitrary<"small">),
  cpu: maybe(
    fc.oneof(
      cpu,
      record({ request: fc.constant("250m"), limit: maybe(fc.oneof(cpu, fc.constant("none"))) }),
    ) as fc.Arbitrary<1>,
  ),
  memory: maybe(amount),
  ephemeralStorage: maybe(amount),
  gpus: maybe(mostly(fc.integer({ min: 0, max: 4 }), -1, 0.5)),
};

const words = mostly(fc.constantFrom<readonly string[]>(["/bin/server"], ["sh", "-c", "exec $(A)"], []), [1], "serve");
/** What every container has, besides its image. */
export const container = {
  command: maybe(words),
  args: maybe(words),
  workingDirectory: maybe(absolute),
  env: maybe(env),
  envFrom: maybe(envFrom),
  files: maybe(files),
  ...compute,
};
