import { output } from "@pulumi/pulumi";
import { Component, Field, Ref, Token, WebService, type WebServiceProps } from "flagstone";
import type { PlanView } from "flagstone/testing";
import { describe, expect, test } from "vitest";
import { Carriers } from "../../../lib/workloads/pod/carriers";
import { placeFiles } from "../../../lib/workloads/pod/files";
import { brief, IMAGE, serviceWith, tenantIn } from "../../testing/fixtures";

type Files = NonNullable<WebServiceProps["files"]>;
interface Pod {
  readonly containers: { readonly volumeMounts: object[] }[];
  readonly initContainers?: { readonly name: string; readonly volumeMounts: object[] }[];
  readonly volumes: object[];
}

const podOf = (plan: PlanView) => plan.object("Deployment", "web").spec.template.spec as unknown as Pod;
const hashOf = (plan: PlanView) =>
  plan.object("Deployment", "web").spec.template.metadata.annotations?.["flagstone.dev/config-hash"];
async function withFiles(files: Files, more: Partial<WebServiceProps> = {}): Promise<PlanView> {
  const plan = await serviceWith({ ...more, files });
  expect(plan.findings).toEqual([]);
  return plan;
}
/** Volumes and mounts, without those at `/tmp`. */
const mounted = (plan: PlanView) => ({
  volumes: podOf(plan).volumes.slice(1),
  mounts: podOf(plan).containers[0]!.volumeMounts.slice(1),
});

describe("a structured file", () => {
  const data = { port: 8080, hosts: ["a", "b"], tls: { enabled: true } };

  test.each<[string, Files[`/${string}`], string]>([
    ["text", { text: "plain" }, "plain"],
    [
      "JSON",
      { json: data },
      '{\n  "port": 8080,\n  "hosts": [\n    "a",\n    "b"\n  ],\n  "tls": {\n    "enabled": true\n  }\n}\n',
    ],
    ["YAML", { yaml: data }, "port: 8080\nhosts:\n  - a\n  - b\ntls:\n  enabled: true\n"],
    ["TOML", { toml: data }, 'port = 8080\nhosts = [ "a", "b" ]\n\n[tls]\nenabled = true\n'],
    ["properties", { properties: { "server.port": 8080, "a.b": "c" } }, "server.port=8080\na.b=c\n"],
  ])("is written as %s", async (_, file, written) => {
    const plan = await withFiles({ "/etc/app": file });
    expect(plan.object("ConfigMap", "web-files")).toMatchObject({ data: { etc_app: written } });
    expect(mounted(plan)).toEqual({
      volumes: [{ name: "files", configMap: { name: "web-files" } }],
      mounts: [{ name: "files", mountPath: "/etc/app", subPath: "etc_app", readOnly: true }],
    });
  });

  test("with outputs inside is in the Secret that Pulumi delivers, and the plan says in which format", async () => {
    const host = output("db");
    const plan = await withFiles({
      "/a": { json: { host } },
      "/b": { yaml: { url: `postgres://${Token.asString(host)}/` } },
      "/c": { toml: { hosts: [host] } },
      "/d": { properties: { host } },
      "/e": { text: host },
    });
    expect(plan.object("Secret", "web-outputs")).toMatchObject({
      stringData: {
        a: "[json with outputs]",
        b: "[yaml with outputs]",
        c: "[toml with outputs]",
        d: "[properties with outputs]",
        e: "[output]",
      },
    });
    expect(plan.objects("ConfigMap")).toEqual([]);
  });

  test("is the same token however often the pod is made, so that clusters do not differ by it", () => {
    const files = { "/a": { json: { host: output("db") } } };
    const textOf = () => {
      const carriers = new Carriers({ files: "f", outputs: "o" });
      placeFiles(files, "", carriers);
      return carriers.outputs["a"];
    };
    expect(textOf()).toMatch(/^\$\{flagstone:token:\d+\}$/);
    expect(textOf()).toBe(textOf());
  });

  test("may hold what a resource of the cloud gives", async () => {
    const tenant = tenantIn("dev");
    class Store extends Component {
      public readonly url = this.cloud("Bucket", () => expect.unreachable()).output(() => "url");
    }
    const { url } = new Store(tenant, "store");
    new WebService(tenant, "web", { image: IMAGE, files: { "/a": { yaml: { bucket: url } } } });
    const plan = await tenant.plan();
    expect(plan.object("Secret", "web-outputs")).toMatchObject({ stringData: { a: "[yaml with outputs]" } });
  });

  test.each<[string, unknown, string]>([
    [
      "a key of a Secret inside of data",
      { yaml: { db: { password: Ref.secretKey({ name: "orders", key: "password" }) } } },
      'files/inside dev/shop/web: file "/etc/app": yaml.db.password is key "password" of Secret "orders", which nobody puts into a file with anything else; give the key as a file of its own, or as a variable',
    ],
    [
      "what a format cannot hold",
      { toml: { a: null } },
      'files/data dev/shop/web: file "/etc/app": toml.a is null, which toml cannot hold; give plain data, or leave it out',
    ],
    [
      "two formats",
      { json: {}, yaml: {} },
      'files/value dev/shop/web: file "/etc/app" is json and yaml at once; say one of text, json, yaml, toml, properties',
    ],
    [
      "nothing",
      { mode: "0400" },
      'files/value dev/shop/web: file "/etc/app" is nothing; say one of text, json, yaml, toml, properties',
    ],
    [
      "text that is none",
      { text: 1 },
      'files/value dev/shop/web: file "/etc/app" is 1, which is no text; give a string, an output, or a Ref',
    ],
    [
      "a key that nobody reads",
      { text: "", permissions: "0400" },
      'props/unknown dev/shop/web: unknown property "files["/etc/app"].permissions"; known are "json", "mode", "onChange", "properties", "text", "toml", "yaml"',
    ],
    [
      "a mode in other digits",
      { text: "", mode: "400" },
      'files/mode dev/shop/web: mode "400" of file "/etc/app" is not a file mode; write it in octal, as in "0400"',
    ],
    [
      "a word for changes that is none",
      { text: "", onChange: "restrat" },
      'files/on-change dev/shop/web: onChange "restrat" of file "/etc/app" is not known; say "restart" or "reload"',
    ],
    [
      "a field of the pod",
      { text: Field.podName },
      'files/pod-field dev/shop/web: file "/etc/app" is a field of the pod, which only env takes; put it into env',
    ],
  ])("cannot be %s", async (_, file, finding) => {
    const { findings } = await serviceWith({ files: { "/etc/app": file } as Files });
    expect(brief(findings)).toEqual([finding]);
  });
});

describe("the mode of a file", () => {
  test("is that of the volume that it comes from, one for each object and mode", async () => {
    const tls = (key: string) => Ref.secretKey({ name: "web-tls", key });
    const plan = await withFiles({
      "/tls/tls.crt": tls("tls.crt"),
      "/tls/tls.key": { text: tls("tls.key"), mode: "0400" },
      "/etc/run": { text: "#!/bin/sh", mode: "0555" },
      "/etc/plain": "x",
    });
    expect(mounted(plan)).toEqual({
      volumes: [
        { name: "files", configMap: { name: "web-files" } },
        { name: "mode-0555-files", configMap: { name: "web-files", defaultMode: 0o555 } },
        { name: "secret-web-tls", secret: { secretName: "web-tls" } },
        { name: "mode-0400-secret-web-tls", secret: { secretName: "web-tls", defaultMode: 0o400 } },
      ],
      mounts: [
        { name: "files", mountPath: "/etc/plain", subPath: "etc_plain", readOnly: true },
        { name: "mode-0555-files", mountPath: "/etc/run", subPath: "etc_run", readOnly: true },
        { name: "secret-web-tls", mountPath: "/tls/tls.crt", subPath: "tls.crt", readOnly: true },
        { name: "mode-0400-secret-web-tls", mountPath: "/tls/tls.key", subPath: "tls.key", readOnly: true },
      ],
    });
  });
});

describe("a file that follows changes", () => {
  const reload = (text: string) => ({ text, onChange: "reload" }) as const;

  test("is mounted with its whole folder, which the kubelet replaces", async () => {
    const plan = await withFiles({
      "/etc/app/flags.json": { json: { beta: true }, onChange: "reload", mode: "0440" },
      "/etc/app/db.json": { json: { host: output("db") }, onChange: "reload" },
      "/etc/app/ca.crt": { text: Ref.configKey({ name: "company-ca", key: "ca" }), onChange: "reload" },
    });
    expect(mounted(plan)).toEqual({
      volumes: [
        {
          name: "reload-etc-app",
          projected: {
            sources: [
              { configMap: { name: "company-ca", items: [{ key: "ca", path: "ca.crt" }] } },
              { secret: { name: "web-outputs", items: [{ key: "etc_app_db.json", path: "db.json" }] } },
              {
                configMap: {
                  name: "web-files",
                  items: [{ key: "etc_app_flags.json", path: "flags.json", mode: 0o440 }],
                },
              },
            ],
          },
        },
      ],
      mounts: [{ name: "reload-etc-app", mountPath: "/etc/app", readOnly: true }],
    });
  });

  test("does not replace the pods when it changes, while others do", async () => {
    const plan = (text: string, other: string) => withFiles({ "/a/a": reload(text), "/b/b": other });
    const [one, reloaded, restarted] = [await plan("1", "x"), await plan("2", "x"), await plan("1", "y")];
    expect(hashOf(reloaded)).toBe(hashOf(one));
    expect(hashOf(restarted)).not.toBe(hashOf(one));
    expect(hashOf(await withFiles({ "/a/a": reload("1") }))).toBeUndefined();
  });

  test("has a volume for each folder, whatever the folder is called", async () => {
    const paths = ["/etc/app/a", "/etc-app/a", "/etc_app/b", "/Etc/a", `/${"x".repeat(80)}/a`] as const;
    const { volumes, mounts } = mounted(await withFiles(Object.fromEntries(paths.map((path) => [path, reload("")]))));
    const names = (volumes as { name: string }[]).map(({ name }) => name);
    expect(new Set(names).size).toBe(paths.length);
    for (const name of names) expect(name).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
    expect(mounts).toHaveLength(paths.length);
  });

  test("is in the workload's volume where another container inherits it, and in one of its own where that adds to the folder", async () => {
    const plan = await withFiles(
      { "/etc/app/a": reload("a") },
      { init: { seed: {}, more: { files: { "/etc/app/b": reload("b") } } } },
    );
    const mountsOf = (name: string) =>
      podOf(plan).initContainers!.find((found) => found.name === name)!.volumeMounts[1];
    expect(mountsOf("seed")).toEqual({ name: "reload-etc-app", mountPath: "/etc/app", readOnly: true });
    expect(mountsOf("more")).toEqual({ name: "reload--more--etc-app", mountPath: "/etc/app", readOnly: true });
    expect(podOf(plan).volumes).toContainEqual({
      name: "reload--more--etc-app",
      projected: {
        sources: [
          { configMap: { name: "web-files", items: [{ key: "etc_app_a", path: "a" }] } },
          { configMap: { name: "web-files", items: [{ key: "more.etc_app_b", path: "b" }] } },
        ],
      },
    });
  });

  test.each<[string, Partial<WebServiceProps>, string]>([
    [
      "another file",
      { files: { "/etc/app/a": reload(""), "/etc/app/b": "" } },
      'file "/etc/app/a" is to follow changes, and "/etc/app/b" is in its folder, too',
    ],
    [
      "a file further down",
      { files: { "/etc/app/a": reload(""), "/etc/app/b/c": "" } },
      'file "/etc/app/a" is to follow changes, and "/etc/app/b/c" is in its folder, too',
    ],
    [
      "another folder of its kind",
      { files: { "/etc/app/a": reload(""), "/etc/app/b/c": reload("") } },
      'file "/etc/app/a" is to follow changes, and "/etc/app/b" is in its folder, too',
    ],
    [
      "/tmp",
      { files: { "/tmp/a": reload("") } },
      'file "/tmp/a" is to follow changes, and something else is at its folder',
    ],
    ["the root", { files: { "/a": reload("") } }, 'file "/a" is to follow changes, and its folder is the root'],
  ])("cannot share its folder with %s", async (_, props, message) => {
    const { findings } = await serviceWith(props);
    expect(findings.map((finding) => [finding.rule, finding.message])).toEqual([["files/reload", message]]);
  });

  test("cannot share its folder with a volume", async () => {
    const { findings } = await serviceWith({
      files: { "/etc/app/a": reload("") },
      volumes: { data: { kind: "empty", path: "/etc/app/data" } },
    });
    expect(findings.map(({ rule }) => rule)).toContain("files/reload");
  });

  test("may lie beside a folder whose name begins the same", async () => {
    await withFiles({ "/etc/app/a": reload(""), "/etc/app.d/b": "", "/etc/apps/c": reload("") });
  });
});

test("a key of a Secret or ConfigMap is no longer than Kubernetes takes", async () => {
  const path = (length: number) => `/${"a".repeat(length)}` as const;
  expect((await serviceWith({ files: { [path(253)]: "" } })).findings).toEqual([]);
  expect((await serviceWith({ files: { [path(254)]: "" } })).findings).toMatchObject([{ rule: "files/path" }]);
  expect((await serviceWith({ files: { "/..a": "" } })).findings).toMatchObject([{ rule: "files/path" }]);
});
