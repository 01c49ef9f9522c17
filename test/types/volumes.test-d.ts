import { definePlatform, Field, type SizeName, type Tenant, type Volume, WebService } from "flagstone";
import { describe, expectTypeOf, test } from "vitest";

declare module "flagstone" {
  interface SizeNames {
    readonly huge: true;
  }
}

declare const shop: Tenant;
const image = "registry.acme.example/web:1";
const volume = (data: Volume) => new WebService(shop, "web", { image, volumes: { data } });

describe("a volume", () => {
  test("is of one of the kinds that there are", () => {
    volume({ kind: "empty", medium: "memory", size: "64Mi", path: "/cache" });
    volume({ kind: "persistent", size: "10Gi", access: "many-nodes", storageClass: "fast", path: "/data" });
    volume({ kind: "ephemeral", size: "10Gi", path: "/scratch" });
    volume({ kind: "keys", secret: "tls", files: { "tls.crt": "crt" }, mode: "0400", path: "/tls" });
    volume({ kind: "projected", sources: [{ kind: "token", audience: "vault", expires: "10m" }], path: "/token" });
    // @ts-expect-error a pod that sees the node's folders sees other tenants' pods
    volume({ kind: "host", hostPath: "/var/run" });
    // @ts-expect-error a disk has a size
    volume({ kind: "persistent", path: "/data" });
    // @ts-expect-error a size has a unit
    volume({ kind: "empty", size: 1024, path: "/data" });
    // @ts-expect-error an empty volume has no class
    volume({ kind: "empty", storageClass: "fast", path: "/data" });
    // @ts-expect-error keys are those of one object
    volume({ kind: "keys", secret: "a", config: "b", path: "/keys" });
    // @ts-expect-error keys are those of an object
    volume({ kind: "keys", path: "/keys" });
    // @ts-expect-error a mode is octal, and text
    volume({ kind: "keys", secret: "tls", mode: 400, path: "/keys" });
    // @ts-expect-error it is made of something
    volume({ kind: "projected", sources: [], path: "/x" });
    // @ts-expect-error a token is for somebody
    volume({ kind: "projected", sources: [{ kind: "token" }], path: "/x" });
    volume({ kind: "projected", sources: [{ kind: "pod", files: { name: Field.podName } }], path: "/x" });
    // @ts-expect-error a field is a Field
    volume({ kind: "projected", sources: [{ kind: "pod", files: { name: "metadata.name" } }], path: "/x" });
    // @ts-expect-error a path starts with a slash
    volume({ kind: "empty", path: "cache" });
  });

  test("is mounted by name, in part, or for reading only", () => {
    new WebService(shop, "web", { image, mounts: { "/a": "data", "/b": { volume: "data", subPath: "b" } } });
    // @ts-expect-error a path starts with a slash
    new WebService(shop, "web", { image, mounts: { a: "data" } });
    // @ts-expect-error a part of what volume
    new WebService(shop, "web", { image, mounts: { "/a": { readOnly: true } } });
  });
});

describe("scheduling", () => {
  test("names what can be", () => {
    new WebService(shop, "web", {
      image,
      scheduling: {
        spread: { zones: "required", hosts: false },
        near: { cache: { within: "zone" } },
        apart: { web: { within: "host", required: true } },
        architectures: ["arm64"],
        tolerations: [{ key: "spot", effect: "NoSchedule" }],
      },
    });
    // @ts-expect-error there is no other way
    new WebService(shop, "web", { image, scheduling: { spread: { zones: "always" } } });
    // @ts-expect-error pods share nodes and zones
    new WebService(shop, "web", { image, scheduling: { near: { cache: { within: "rack" } } } });
    // @ts-expect-error near to what extent
    new WebService(shop, "web", { image, scheduling: { near: { cache: {} } } });
    // @ts-expect-error the name is amd64
    new WebService(shop, "web", { image, scheduling: { architectures: ["x86_64"] } });
    // @ts-expect-error a toleration without a key fits every node
    new WebService(shop, "web", { image, scheduling: { tolerations: [{ effect: "NoSchedule" }] } });
    // @ts-expect-error there is no such effect
    new WebService(shop, "web", { image, scheduling: { tolerations: [{ key: "a", effect: "Never" }] } });
  });
});

describe("sizes", () => {
  const domain = "acme.example";
  const huge = { cpu: 8, memory: "32Gi" } as const;

  test("have the names that Flagstone and the platform give them", () => {
    expectTypeOf<SizeName>().toEqualTypeOf<"small" | "medium" | "large" | "huge">();
    new WebService(shop, "web", { image, size: "huge" });
    // @ts-expect-error there is no such size
    new WebService(shop, "web", { image, size: "tiny" });
  });

  test("mean something everywhere, or by tier", () => {
    const tiers = { regulated: { like: "production" } } as const;
    const environments = { dev: {} };
    definePlatform("x", {
      domain,
      environments,
      tiers,
      sizes: { small: huge, huge: { regulated: huge, default: huge } },
    });
    // @ts-expect-error nobody can ask for that size
    definePlatform("x", { domain, environments, sizes: { tiny: huge } });
    // @ts-expect-error there is no such tier
    definePlatform("x", { domain, environments, tiers, sizes: { huge: { regulatd: huge, default: huge } } });
    // @ts-expect-error there is memory, too
    definePlatform("x", { domain, environments, sizes: { huge: { cpu: 8 } } });
    // @ts-expect-error memory has a unit
    definePlatform("x", { domain, environments, sizes: { huge: { default: { cpu: 8, memory: 32 } } } });
  });
});
