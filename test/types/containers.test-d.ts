// What the compiler must refuse of containers and their configuration.
import { type Output } from "@pulumi/pulumi";
import type { Construct } from "constructs";
import { type FileContent, type Hook, Ref, type Tenant, type WebServiceProps, WebService } from "flagstone";
import { describe, test } from "vitest";

declare const shop: Tenant & Construct;
declare const host: Output<string>;
const image = "registry.acme.example/web:1";
const web = (props: Omit<WebServiceProps, "image">) => new WebService(shop, "web", { image, ...props });
const file = (content: FileContent) => web({ files: { "/etc/app": content } });

describe("other containers", () => {
  test("wait for each other in words that there are", () => {
    web({ init: { a: {}, b: { after: { a: "complete" } } }, sidecars: { c: { image, after: { a: "complete" } } } });
    // @ts-expect-error there is no such word
    web({ init: { a: {}, b: { after: { a: "completed" } } } });
  });

  test("that run to their end have no hooks, no health and no ports", () => {
    // @ts-expect-error an init container has no hooks
    web({ init: { a: { lifecycle: { preStop: { sleep: "1s" } } } } });
    // @ts-expect-error an init container has no health
    web({ init: { a: { health: "/ready" } } });
    // @ts-expect-error an init container has no ports
    web({ init: { a: { ports: { a: { port: 1 } } } } });
    web({ sidecars: { a: { image, health: "/ready", ports: { a: { port: 1 } }, lifecycle: { preStop: false } } } });
  });
});

test("a variable may be undefined, which is not said", () => {
  const debug = (on: boolean) => (on ? "1" : undefined);
  web({ env: { DEBUG: debug(true) }, sidecars: { a: { image, env: { DEBUG: debug(false) } } } });
  web({ env: process.env });
  // @ts-expect-error null is no value
  web({ env: { DEBUG: null } });
});

test("what a default says is taken away by false, where that is possible", () => {
  web({ init: { a: false }, sidecars: { b: false }, volumes: { c: false }, files: { "/etc/d": false } });
  // @ts-expect-error true says nothing
  web({ sidecars: { b: true } });
  // @ts-expect-error not what a mount is
  web({ mounts: { "/a": false } });
});

test("a hook does one thing", () => {
  const hooks: Hook[] = [{ exec: ["a"] }, { http: "/a", endpoint: "b" }, { sleep: "1s" }];
  // @ts-expect-error two are one too many
  hooks.push({ exec: ["a"], sleep: "1s" });
  // @ts-expect-error a path begins with a slash
  hooks.push({ http: "drain" });
  // @ts-expect-error a number has no unit
  hooks.push({ sleep: 5 });
});

describe("a file", () => {
  test("is written in one format", () => {
    file({ json: { host, nested: [1, null] } });
    file({ yaml: ["a", { b: Ref.secretKey({ name: "a", key: "b" }) }], mode: "0400", onChange: "reload" });
    file({ properties: { host, port: 1 } });
    // @ts-expect-error two are one too many
    file({ json: {}, yaml: {} });
    // @ts-expect-error one is needed
    file({ mode: "0400" });
    // @ts-expect-error the top of TOML is a table
    file({ toml: [1] });
    // @ts-expect-error properties have no depth
    file({ properties: { a: { b: "c" } } });
    // @ts-expect-error a function is no data
    file({ json: () => 1 });
  });

  test("is of whatever type the program has for it, also with fields that need not be there", () => {
    interface Limits {
      readonly items: number;
      readonly note?: string | undefined;
    }
    interface Config {
      readonly limits: Limits;
      readonly all: readonly Limits[];
    }
    const config: Config = { limits: { items: 1 }, all: [] };
    file({ json: config });
    file({ yaml: [config] });
    file({ toml: config });
    file({ properties: { ...config.limits } });
  });

  test("has an absolute path, and a mode in octal", () => {
    // @ts-expect-error a path begins with a slash
    web({ files: { "etc/app": "" } });
    // @ts-expect-error octal digits begin with 0
    file({ text: "", mode: "400" });
    // @ts-expect-error there is no such word
    file({ text: "", onChange: "ignore" });
  });
});

test("variables come from a Secret or a ConfigMap", () => {
  web({
    envFrom: [
      { secret: "a", prefix: "A_" },
      { config: "b", optional: true, onChange: "restart" },
    ],
  });
  // @ts-expect-error one of both
  web({ envFrom: [{ secret: "a", config: "b" }] });
  // @ts-expect-error one of both
  web({ envFrom: [{ prefix: "A_" }] });
});
