import { Instance } from "@pulumi/aws/rds/instance.js";
import { Bucket } from "@pulumi/aws/s3/bucket.js";
import * as pulumi from "@pulumi/pulumi";
import { ApiObject } from "cdk8s";
import fc from "fast-check";
import { Component, type Program, type Tenant, Token, WebService, type WebServiceProps } from "flagstone";
import { describe, expect, test } from "vitest";
import type { KnownOutputs } from "../../lib/render/outputs.ts";
import { type Computed, resourceOf, UNKNOWN, type Up, upOf } from "../engine/engine.ts";
import { platformOf, registeredObjects, renderedObjects } from "./programs.ts";

const IMAGE = "registry.acme.example/web:1.0.0@sha256:5f0c2d4c1fd4a1d2b6d4d1f3b0c0a8c8a7f1f6f2c6a3d5b9e7c1d0f8a2b4c6d8";
const AWS = { aws: { region: "eu-central-1" } };

class Orders extends Component {
  readonly address = this.handle.output((database) => database.address);
  readonly port = this.handle.output((database) => database.port);
  readonly password = this.handle.output((database) => database.password as pulumi.Output<string>);
  private get handle() {
    return (this.made ??= this.cloud("Instance", (name, options) => {
      const password = pulumi.secret("correct horse battery");
      return new Instance(name, { instanceClass: "db.t4g.micro", password }, options);
    }));
  }
  private made: ReturnType<typeof this.cloud<Instance>> | undefined;
}

class Uploads extends Component {
  readonly bucket = this.cloud("Bucket", (name, options) => new Bucket(name, {}, options)).output((b) => b.bucket);
}

const computed: Computed = ({ type, name }) =>
  type.startsWith("aws:rds/")
    ? { address: "orders.abc.rds.amazonaws.com", port: 5432, endpoint: "orders.abc.rds.amazonaws.com:5432" }
    : { bucket: `${name.toLowerCase()}-1a2b3c` };

/** A service with variables, files or whatever else may carry outputs. */
function serviceWith(props: (shop: Tenant) => Partial<WebServiceProps>): Program {
  return platformOf((shop) => new WebService(shop, "web", { image: IMAGE, ...props(shop) }), AWS);
}

/** A ConfigMap that holds what `data` says. */
function configMapWith(data: (shop: Tenant) => Record<string, unknown>): Program {
  return platformOf(
    (shop) => new ApiObject(shop, "settings", { apiVersion: "v1", kind: "ConfigMap", data: data(shop) }),
    AWS,
  );
}

const settingsOf = (up: Up) => resourceOf(up, "kubernetes:core/v1:ConfigMap", "main/shop/settings");
const deploymentOf = (up: Up) => resourceOf(up, "kubernetes:apps/v1:Deployment", "main/shop/web");
const carrierOf = (up: Up) => resourceOf(up, "kubernetes:core/v1:Secret", "main/shop/web-outputs");
const templateOf = (up: Up) => (deploymentOf(up).inputs as any).spec.template;
const HASH = 'spec.template.metadata.annotations["flagstone.dev/outputs-hash"]';
const hashOf = (up: Up) => templateOf(up).metadata.annotations["flagstone.dev/outputs-hash"] as string;

describe("an output in a variable", () => {
  const program = serviceWith((shop) => {
    const { address, port, password } = new Orders(shop, "orders");
    return {
      env: {
        PGHOST: address,
        PGPORT: port,
        PGPASSWORD: password,
        URL: `postgres://shop@${Token.asString(address)}:${Token.asString(port)}/shop`,
        LOG_FORMAT: "json",
      },
    };
  });

  test("travels by a Secret that Pulumi delivers, and the pod refers to it", async () => {
    const done = await upOf(program, "dev", { computed });
    expect(carrierOf(done).inputs["stringData"]).toEqual({
      PGHOST: "orders.abc.rds.amazonaws.com",
      PGPORT: "5432",
      PGPASSWORD: "correct horse battery",
      URL: "postgres://shop@orders.abc.rds.amazonaws.com:5432/shop",
    });
    const env = templateOf(done).spec.containers[0].env as { name: string }[];
    expect(env).toContainEqual({
      name: "PGPASSWORD",
      valueFrom: { secretKeyRef: { name: "web-outputs", key: "PGPASSWORD" } },
    });
    expect(env).toContainEqual({ name: "LOG_FORMAT", value: "json" });
  });

  test("is secret to Pulumi in that Secret, whether or not it was before", async () => {
    const carrier = carrierOf(await upOf(program, "dev", { computed }));
    expect(carrier.secrets).toEqual(["PGHOST", "PGPASSWORD", "PGPORT", "URL"].map((key) => `stringData.${key}`));
    expect(carrier.additionalSecretOutputs).toEqual(["data", "stringData"]);
  });

  test("leaves its own place unknown in a preview, and the digest of what it belongs to", async () => {
    const preview = await upOf(program, "dev", { computed, preview: true });
    expect(carrierOf(preview).unknown).toEqual(["stringData.PGHOST", "stringData.PGPORT", "stringData.URL"]);
    expect(deploymentOf(preview).unknown).toEqual([HASH]);
    const others = preview.resources.filter((r) => ![carrierOf(preview), deploymentOf(preview)].includes(r));
    expect(others.flatMap(({ unknown }) => unknown)).toEqual([]);
  });

  test("makes the Deployment wait for its Secret, so that new pods never start with old values", async () => {
    const done = await upOf(program, "dev", { computed });
    expect(deploymentOf(done).dependencies).toContain(carrierOf(done).urn);
  });

  test("that is secret makes the digest secret too", async () => {
    expect(deploymentOf(await upOf(program, "dev", { computed })).secrets).toEqual([HASH]);
  });
});

describe("a digest over configuration", () => {
  const program = serviceWith((shop) => ({ env: { BUCKET: new Uploads(shop, "uploads").bucket } }));
  const withName = (bucket: string) => upOf(program, "dev", { computed: () => ({ bucket }) });

  test("changes when a resolved value changes, and only then", async () => {
    const [first, again, other] = [await withName("a-1"), await withName("a-1"), await withName("a-2")];
    expect(hashOf(first)).toMatch(/^[0-9a-f]{16}$/);
    expect(hashOf(again)).toBe(hashOf(first));
    expect(hashOf(other)).not.toBe(hashOf(first));
  });

  test("is that of the values, not of the tokens that stood for them", async () => {
    const annotationsOf = async () => templateOf(await withName("a-1")).metadata.annotations as Record<string, string>;
    const first = await annotationsOf();
    expect(Object.keys(first).sort()).toEqual(["flagstone.dev/config-hash", "flagstone.dev/outputs-hash"]);
    for (const shift of ["the", "numbers", "of", "tokens"]) Token.asString(pulumi.output(shift));
    expect(await annotationsOf()).toEqual(first);
  });
});

describe("Token.asString", () => {
  test("stands for the output inside of longer text", async () => {
    const done = await upOf(
      configMapWith((shop) => {
        const { address, port } = new Orders(shop, "orders");
        return { url: `postgres://${Token.asString(address)}:${Token.asString(port)}/shop?sslmode=require` };
      }),
      "dev",
      { computed },
    );
    expect(settingsOf(done).inputs["data"]).toEqual({
      url: "postgres://orders.abc.rds.amazonaws.com:5432/shop?sslmode=require",
    });
  });

  test("leaves only its own place unknown in a preview", async () => {
    const program = configMapWith((shop) => ({
      bucket: `s3://${Token.asString(new Uploads(shop, "uploads").bucket)}/`,
      known: "known",
      inside: `<${Token.asString(pulumi.output("known too"))}>`,
    }));
    const preview = await upOf(program, "dev", { computed, preview: true });
    expect(settingsOf(preview).inputs["data"]).toEqual({ bucket: UNKNOWN, known: "known", inside: "<known too>" });
  });

  test("keeps a secret secret, inside of longer text too", async () => {
    const program = configMapWith(() => ({
      password: Token.asString(pulumi.secret("hunter2")),
      inside: `password=${Token.asString(pulumi.secret("hunter2"))}`,
      open: Token.asString(pulumi.output("open")),
    }));
    const settings = settingsOf(await upOf(program, "dev"));
    expect(settings.secrets).toEqual(["data.inside", "data.password"]);
    expect(settings.inputs["data"]).toMatchObject({ inside: "password=hunter2" });
  });

  test("makes text of numbers and booleans", async () => {
    const program = configMapWith(() => ({
      number: Token.asString(pulumi.output(3)),
      boolean: Token.asString(pulumi.output(true)),
    }));
    expect(settingsOf(await upOf(program, "dev")).inputs["data"]).toEqual({ number: "3", boolean: "true" });
  });

  test("takes any text, as it is", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.string(), fc.string()), { minLength: 1, maxLength: 4 }), async (parts) => {
        const program = configMapWith(() => ({
          text: parts.map(([plain, value]) => plain + Token.asString(pulumi.output(value))).join(""),
        }));
        const { text } = settingsOf(await upOf(program, "dev")).inputs["data"] as { text: string };
        expect(text).toBe(parts.map(([plain, value]) => plain + value).join(""));
      }),
      { numRuns: 30 },
    );
  });
});

describe("Token.asJson", () => {
  test("gives JSON that parses, whatever an output holds", async () => {
    const nasty = 'say "hi"\nand \\ go \u2028 ${flagstone}';
    const program = configMapWith((shop) => ({
      json: Token.asJson({
        nasty: pulumi.output(nasty),
        inside: `<${Token.asString(pulumi.output(nasty))}>`,
        list: [new Orders(shop, "orders").address, 1, true, null],
      }),
    }));
    const { json } = settingsOf(await upOf(program, "dev", { computed })).inputs["data"] as { json: string };
    expect(JSON.parse(json)).toEqual({
      nasty,
      inside: `<${nasty}>`,
      list: ["orders.abc.rds.amazonaws.com", 1, true, null],
    });
  });

  test("keeps a secret secret", async () => {
    const program = configMapWith(() => ({ json: Token.asJson({ password: pulumi.secret("hunter2") }) }));
    expect(settingsOf(await upOf(program, "dev")).secrets).toEqual(["data.json"]);
  });

  test("may stand in longer text, and in a file", async () => {
    const program = serviceWith(() => ({
      files: { "/etc/app/config.json": `${Token.asJson({ host: pulumi.output("db.example") })}\n` },
    }));
    expect(carrierOf(await upOf(program, "dev")).inputs["stringData"]).toEqual({
      "etc_app_config.json": '{"host":"db.example"}\n',
    });
  });

  test("keeps the type of an output: a number is a number in JSON", async () => {
    const program = configMapWith(() => ({
      json: Token.asJson({ port: pulumi.output(5432), tls: pulumi.output(true) }),
    }));
    const { json } = settingsOf(await upOf(program, "dev")).inputs["data"] as { json: string };
    expect(JSON.parse(json)).toEqual({ port: 5432, tls: true });
  });
});

test("an output that is the whole value of a field keeps its type", async () => {
  const program = platformOf((shop) => {
    new ApiObject(shop, "sized", {
      apiVersion: "acme.example/v1",
      kind: "Cache",
      spec: { nodes: pulumi.output(3), tls: pulumi.output(true), name: pulumi.output("redis") },
    });
  });
  const { inputs } = resourceOf(await upOf(program, "dev"), "kubernetes:acme.example/v1:Cache", "main/shop/sized");
  expect(inputs["spec"]).toEqual({ nodes: 3, tls: true, name: "redis" });
});

test("what a handle of cloud() gives keeps its type there too", async () => {
  const program = platformOf((shop) => {
    const { address, port } = new Orders(shop, "orders");
    const spec = { address, port, url: `${Token.asString(address)}:${Token.asString(port)}` };
    new ApiObject(shop, "proxy", { apiVersion: "acme.example/v1", kind: "Proxy", spec });
  }, AWS);
  const done = await upOf(program, "dev", { computed });
  expect(resourceOf(done, "kubernetes:acme.example/v1:Proxy", "main/shop/proxy").inputs["spec"]).toEqual({
    address: "orders.abc.rds.amazonaws.com",
    port: 5432,
    url: "orders.abc.rds.amazonaws.com:5432",
  });
});

test("a Secret of plain Kubernetes is secret on the wire, whichever way its values are said", async () => {
  const program = platformOf((shop) => {
    const secret = (id: string, fields: object) =>
      new ApiObject(shop, id, { apiVersion: "v1", kind: "Secret", ...fields });
    secret("plain", { stringData: { key: "in the program" }, data: { key2: "aGVsbG8=" } });
    secret("outputs", {
      stringData: { key: pulumi.output("known"), inside: `<${Token.asString(pulumi.output("x"))}>` },
    });
    secret("whole", { stringData: pulumi.output({ key: "all of it" }) });
  });
  const done = await upOf(program, "dev");
  const secretsOf = (name: string) => resourceOf(done, "kubernetes:core/v1:Secret", `main/shop/${name}`).secrets;
  expect(secretsOf("plain")).toEqual(["data.key2", "stringData.key"]);
  expect(secretsOf("outputs")).toEqual(["stringData.inside", "stringData.key"]);
  expect(secretsOf("whole")).toEqual(["stringData"]);
});

describe("the outputs that a stack exports", () => {
  const exported = (up: Up) => (up.outputs as any).flagstone.outputs as KnownOutputs;

  test("are the values by place, and null for what is secret or in a Secret", async () => {
    const program = serviceWith((shop) => {
      const { address, password } = new Orders(shop, "orders");
      return {
        env: { PGHOST: address, PGPASSWORD: password },
        podAnnotations: { "acme.example/bucket": Token.asString(new Uploads(shop, "uploads").bucket) },
      };
    });
    const done = await upOf(program, "dev", { computed });
    const deployment = "main/apps/Deployment/shop/web";
    expect(exported(done)).toEqual({
      [`${deployment}#spec.template.metadata.annotations["acme.example/bucket"]`]: "shop-uploads-bucket-1a2b3c",
      [`${deployment}#${HASH}`]: null,
      "main/core/Secret/shop/web-outputs#stringData.PGHOST": null,
      "main/core/Secret/shop/web-outputs#stringData.PGPASSWORD": null,
    });
    expect(done.decoded.secrets).toEqual([]);
  });

  test("give the registered objects when they are rendered with, apart from Secrets, which no file ever holds", async () => {
    const program = platformOf((shop) => {
      const { bucket } = new Uploads(shop, "uploads");
      const name = Token.asString(bucket);
      new WebService(shop, "web", {
        image: IMAGE,
        env: { BUCKET: bucket },
        podAnnotations: { "acme.example/bucket": `s3://${name}` },
      });
      new ApiObject(shop, "settings", {
        apiVersion: "v1",
        kind: "ConfigMap",
        data: { bucket: name, json: Token.asJson({ bucket }) },
      });
      new ApiObject(shop, "sized", {
        apiVersion: "acme.example/v1",
        kind: "Cache",
        spec: { nodes: pulumi.output(3), tls: pulumi.output(true) },
      });
    }, AWS);
    const done = await upOf(program, "dev", { computed });
    const { [`main v1 Secret shop web-outputs`]: carrier, ...others } = registeredObjects(done);
    expect(carrier).toMatchObject({ kind: "Secret", metadata: { namespace: "shop", name: "web-outputs" } });
    expect(renderedObjects(program, "dev", exported(done))).toEqual(others);
  });

  test("are not there for a program that has none", async () => {
    const done = await upOf(
      serviceWith(() => ({})),
      "dev",
    );
    expect(done.contract).toMatchObject({ contractVersion: 1, program: "acme", environment: "dev" });
    expect(done.contract).not.toHaveProperty("outputs");
  });
});
