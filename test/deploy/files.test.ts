import { Bucket } from "@pulumi/aws/s3/bucket.js";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { Component, Token, WebService, type WebServiceProps } from "flagstone";
import { load } from "js-yaml";
import { parse as parseToml } from "smol-toml";
import { describe, expect, test } from "vitest";
import { type Computed, resourceOf, type Up, upOf } from "../engine/engine.ts";
import { platformOf } from "./programs.ts";

const IMAGE = "registry.acme.example/web:1.0.0@sha256:5f0c2d4c1fd4a1d2b6d4d1f3b0c0a8c8a7f1f6f2c6a3d5b9e7c1d0f8a2b4c6d8";
const AWS = { aws: { region: "eu-central-1" } };

class Uploads extends Component {
  readonly bucket = this.cloud("Bucket", (name, options) => new Bucket(name, {}, options)).output((b) => b.bucket);
}
const computed: Computed = () => ({ bucket: 'say "hi": #1\n\\ = [x]' });

const withFiles = (files: (uploads: Uploads) => WebServiceProps["files"]) =>
  platformOf((shop) => new WebService(shop, "web", { image: IMAGE, files: files(new Uploads(shop, "uploads")) }), AWS);
const carrierOf = (up: Up) => resourceOf(up, "kubernetes:core/v1:Secret", "main/shop/web-outputs");
const templateOf = (up: Up) =>
  (resourceOf(up, "kubernetes:apps/v1:Deployment", "main/shop/web").inputs as any).spec.template;
const [KNOWN, OUTPUTS] = ["flagstone.dev/config-hash", "flagstone.dev/outputs-hash"] as const;
const hashesOf = (up: Up) =>
  templateOf(up).metadata.annotations as { readonly [KNOWN]: string; readonly [OUTPUTS]?: string };

describe("outputs in structured files", () => {
  const data = (bucket: Uploads["bucket"]) => ({
    bucket,
    url: `s3://${Token.asString(bucket)}/`,
    port: pulumi.output(5432),
    tls: pulumi.output(true),
    nested: { list: [pulumi.output("a: b"), 1] },
  });
  const read = (bucket: string) => ({
    bucket,
    url: `s3://${bucket}/`,
    port: 5432,
    tls: true,
    nested: { list: ["a: b", 1] },
  });

  test("are put in before the text is written, whatever they hold, and numbers stay numbers", async () => {
    const program = withFiles(({ bucket }) => ({
      "/etc/a.json": { json: data(bucket) },
      "/etc/a.yaml": { yaml: data(bucket) },
      "/etc/a.toml": { toml: data(bucket) },
      "/etc/a.properties": { properties: { bucket, port: pulumi.output(5432) } },
    }));
    const texts = carrierOf(await upOf(program, "dev", { computed })).inputs["stringData"] as Record<string, string>;
    const bucket = (computed({} as never) as { bucket: string }).bucket;
    expect(JSON.parse(texts["etc_a.json"]!)).toEqual(read(bucket));
    expect(load(texts["etc_a.yaml"]!)).toEqual(read(bucket));
    expect(parseToml(texts["etc_a.toml"]!)).toEqual(read(bucket));
    expect(texts["etc_a.properties"]).toBe('bucket=say "hi": #1\\n\\\\ = [x]\nport=5432\n');
  });

  test("are read as what they hold, in every format", async () => {
    const texts = fc.array(fc.string({ unit: "binary" }), { minLength: 20, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(texts, async (values) => {
        const list = values.map((value) => pulumi.output(value));
        const program = withFiles(() => ({
          "/j": { json: { list } },
          "/y": { yaml: { list } },
          "/t": { toml: { list } },
        }));
        const read = carrierOf(await upOf(program, "dev", { computed })).inputs["stringData"] as Record<string, string>;
        const found = [JSON.parse(read["j"]!), load(read["y"]!), parseToml(read["t"]!)];
        expect(found).toEqual(Array(3).fill({ list: values }));
      }),
      { numRuns: 3 },
    );
  });

  test("that are secret leave nothing of the text open", async () => {
    const program = withFiles(() => ({ "/etc/a": { toml: { password: pulumi.secret("hunter2") } } }));
    const done = await upOf(program, "dev", { computed });
    expect(carrierOf(done).secrets).toEqual(["stringData.etc_a"]);
    expect(carrierOf(done).inputs["stringData"]).toEqual({ etc_a: 'password = "hunter2"\n' });
  });

  test("leave their own file unknown in a preview, and no other", async () => {
    const program = withFiles(({ bucket }) => ({
      "/etc/a": { yaml: { bucket } },
      "/etc/b": { yaml: { known: pulumi.output("known") } },
    }));
    expect(carrierOf(await upOf(program, "dev", { computed, preview: true })).unknown).toEqual(["stringData.etc_a"]);
  });

  test("replace the pods when they change, unless the file follows changes", async () => {
    const hashes = async (onChange: "restart" | "reload") => {
      const program = withFiles(({ bucket }) => ({
        "/etc/app/a": { yaml: { bucket }, onChange },
        "/srv/b": "known",
      }));
      const hash = async (bucket: string) => hashesOf(await upOf(program, "dev", { computed: () => ({ bucket }) }));
      return [await hash("a"), await hash("b")] as const;
    };
    const [one, other] = await hashes("restart");
    expect(one[OUTPUTS]).toMatch(/^[0-9a-f]{16}$/);
    expect(other[OUTPUTS]).not.toBe(one[OUTPUTS]);
    expect(other[KNOWN]).toBe(one[KNOWN]);
    const [before, after] = await hashes("reload");
    expect(before).toEqual({ [KNOWN]: expect.stringMatching(/^[0-9a-f]{16}$/) as unknown });
    expect(after).toEqual(before);
  });
});
