// What variables name and nothing of the input is: the written policies hold workloads off, so that somebody has to say it.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addressesOf, addressesOfVariables } from "../../lib/import/kubernetes/hosts.ts";
import { deployment, type Imported, importText, manifests, service } from "./imported.ts";

const web = (container: object) => [deployment("web", { container }), service("web")];
const env = (variables: Readonly<Record<string, string>>) => ({
  env: Object.entries(variables).map(([name, value]) => ({ name, value })),
});
const cutOff = ({ report }: Imported): string[] => report.hints.filter((hint) => hint.includes("cut off from"));

describe("a workload is cut off from what is not imported", () => {
  test("by an address in a variable: the report says so, and the program has the external service as a comment", async () => {
    const imported = await importText(
      manifests(...web(env({ DATABASE_URL: "postgres://app:secret@db.corp.internal:5432/x", MODE: "fast" }))),
    );
    expect(cutOff(imported)).toEqual([
      "web (DATABASE_URL) is cut off from db.corp.internal:5432, which is nothing that was imported: say an ExternalService and connect to it, as the comment in index.ts shows",
    ]);
    expect(imported.text).toContain(
      '  // const dbCorpInternal = new ExternalService(shop, "db-corp-internal", {\n' +
        '  //   url: "tcp://db.corp.internal:5432",\n' +
        '  //   cidrs: ["<range of addresses>"],\n' +
        "  // });\n\n" +
        '  new WebService(shop, "web", {',
    );
    expect(imported.text).not.toMatch(/import .*ExternalService/);
    expect(imported.report.unexplained).toEqual([]);
  });

  test("with the ranges of addresses left out where the name is public", async () => {
    const { text } = await importText(manifests(...web(env({ API: "https://api.stripe.com/v1" }))));
    expect(text).toContain(
      '// const apiStripeCom = new ExternalService(shop, "api-stripe-com", { url: "https://api.stripe.com" });',
    );
  });

  test("also by what ConfigMaps and Secrets say, of which values are not repeated", async () => {
    const data = { BROKERS: "k1.corp.example:9092,k2.corp.example:9092" };
    const url = "mysql://root:hunter2@sql.corp.example/x";
    const imported = await importText(
      manifests(
        ...web({
          envFrom: [{ configMapRef: { name: "brokers" } }, { secretRef: { name: "sql" }, prefix: "SQL_" }],
          env: [{ name: "CACHE", valueFrom: { configMapKeyRef: { name: "cache", key: "url" } } }],
        }),
        { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "brokers" }, data },
        { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "cache" }, data: { url: "rediss://cache.example" } },
        { apiVersion: "v1", kind: "Secret", metadata: { name: "sql" }, data: { URL: btoa(url) } },
      ),
    );
    expect(cutOff(imported).map((hint) => hint.split(", which")[0])).toEqual([
      "web (BROKERS) is cut off from k1.corp.example:9092",
      "web (BROKERS) is cut off from k2.corp.example:9092",
      "web (SQL_URL) is cut off from sql.corp.example:3306",
      "web (CACHE) is cut off from cache.example:6379",
    ]);
    expect(imported.text + imported.report.hints.join()).not.toContain("hunter2");
  });

  test("by a Service that only has a name for it, or that the input does not have", async () => {
    const named = { type: "ExternalName", externalName: "db.example", selector: undefined, ports: undefined };
    const imported = await importText(
      manifests(
        ...web(env({ A: "tcp://database:5432", B: "http://payments.billing.svc:8080", C: "redis:6379" })),
        service("database", 5432, named),
      ),
    );
    expect(cutOff(imported)).toEqual([
      expect.stringMatching(/^web \(A\) is cut off from db\.example:5432, .* say an ExternalService/),
      expect.stringMatching(/^web \(B\) is cut off from payments\.billing\.svc:8080, .* by WebService\.fromName$/),
      expect.stringMatching(/^web \(C\) is cut off from redis:6379, .* import it together with this/),
    ]);
  });

  test("in one line for all workloads and variables that name it", async () => {
    const imported = await importText(
      manifests(
        ...web(env({ A: "nats.example:4222", B: "nats://nats.example" })),
        deployment("worker", { container: { args: ["--nats=nats.example:4222"] } }),
      ),
    );
    expect(cutOff(imported).map((hint) => hint.split(", which")[0])).toEqual([
      "web (A, B), worker (args[0]) are cut off from nats.example:4222",
    ]);
  });

  test("once where one variable has the host and another the port, too", async () => {
    const variables = { S3_ENDPOINT: "https://s3.example.com", S3_HOSTNAME: "s3.example.com" };
    expect(cutOff(await importText(manifests(...web(env(variables)))))).toEqual([
      expect.stringMatching(/^web \(S3_ENDPOINT\) is cut off from s3\.example\.com:443,/),
    ]);
  });

  test("as a service of a Compose file is", async () => {
    const imported = await importText({
      "compose.yaml": `services:
  web: { image: "registry.acme.example/shop/web:1.0.0", environment: { DATABASE_URL: "postgres://db.corp.example/x" } }
`,
    });
    expect(cutOff(imported)).toHaveLength(1);
  });
});

test("a workload is not cut off from what is imported, from itself, and from what stays as it was", async () => {
  const set = { ...deployment("store"), kind: "StatefulSet" };
  const external = { type: "ExternalName", externalName: "pay.example", selector: undefined, ports: [{ port: 443 }] };
  const ingress = {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name: "web" },
    spec: {
      rules: [
        {
          host: "shop.acme.example",
          http: {
            paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: "web", port: { number: 8080 } } } }],
          },
        },
      ],
    },
  };
  const variables = {
    CART: "http://cart:7070",
    STORE: "store.shop.svc.cluster.local:6379",
    PAY: "https://pay.example",
    SELF: "http://localhost:8080",
    LISTEN: "0.0.0.0:8080",
    PUBLIC: "https://shop.acme.example",
    IMAGE: "registry.acme.example:5000/tool:1.0.0",
    TEXT: "postgres:16, 10:30, a/b:8080x",
  };
  const imported = await importText(
    manifests(
      ...web(env(variables)),
      deployment("cart"),
      service("cart", 7070),
      set,
      service("store", 6379),
      service("pay", 443, external),
      ingress,
    ),
  );
  expect(cutOff(imported)).toEqual([]);
  expect(imported.text).not.toContain("TODO");
});

describe("addresses in text", () => {
  const label = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
  const host = fc.tuple(label, label, fc.constantFrom("example", "internal", "com")).map((parts) => parts.join("."));
  const port = fc.integer({ min: 10, max: 65_535 });

  test("are found with their ports, whatever stands around them", () => {
    const around = fc.constantFrom(
      (at: string) => at,
      (at: string) => `kafka://${at}`,
      (at: string) => `jdbc:postgresql://${at}/x?ssl=true`,
      (at: string) => `user:12345@tcp(${at})/x`,
      (at: string) => `amqp://user:p%40ss@${at}/`,
      (at: string) => `--to=${at}`,
      (at: string) => `mongodb://${at},other.example:1/x`,
    );
    fc.assert(
      fc.property(host, port, around, (name, number, wrap) => {
        expect(addressesOf(wrap(`${name}:${number}`))).toContainEqual(
          expect.objectContaining({ host: name, port: number }),
        );
      }),
    );
  });

  test.each([
    ["postgres://db.example/x", [["db.example", 5432]]],
    [
      "redis://a.example,b.example:7000",
      [
        ["a.example", 6379],
        ["b.example", 7000],
      ],
    ],
    ["10.0.0.5:5432", [["10.0.0.5", 5432]]],
    ["s3://bucket/key", []],
    ["postgres://$(DB_HOST):5432/x", []],
    ["info", []],
    ["1.2.3:8080", []],
    ["nginx:1.29.3", []],
  ])("%s has %j", (text, expected) => {
    expect(addressesOf(text).map(({ host: name, port: number }) => [name, number])).toEqual(expected);
  });

  test("a host alone gets its port of the variable beside it", () => {
    const found = (variables: Record<string, string>) =>
      [...addressesOfVariables(new Map(Object.entries(variables)))].map(([name, all]) => [
        name,
        ...all.map(({ host: at, port: number }) => `${at}:${number}`),
      ]);
    expect(found({ DB_HOST: "db", DB_PORT: "5432" })).toEqual([["DB_HOST", "db:5432"]]);
    expect(found({ SMTP_SERVER: "smtp.example.com" })).toEqual([["SMTP_SERVER", "smtp.example.com:undefined"]]);
    expect(found({ DB_HOST: "db", ALLOWED_HOSTS: "a.example", LOG_LEVEL: "info", LISTEN_ADDRESS: "1.2.3.4" })).toEqual(
      [],
    );
  });
});
