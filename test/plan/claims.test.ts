import { ApiObject } from "cdk8s";
import { Construct } from "constructs";
import { Capability, definePlatform, type Tenant, Token, WebService } from "flagstone";
import { testTenant } from "flagstone/testing";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { KubeObject } from "../../lib/core/amend";
import { checkClaims, type Claim, claimsOf } from "../../lib/plan/checks/claims";
import type { DraftObject } from "../../lib/plan/draft";
import { brief, IMAGE, rulesOf } from "../testing/fixtures";

const platform = definePlatform("acme", {
  domain: "acme.example",
  environments: {
    dev: {
      clusters: {
        eu: { capabilities: [Capability.gatewayApi({ gateway: "edge/public" })] },
        us: {
          capabilities: [
            Capability.ingress({ className: "public", from: { namespace: "ingress" } }),
            Capability.certManager({ issuer: "letsencrypt" }),
          ],
        },
      },
    },
  },
  tenants: { shop: {} },
});
const host = "web.shop.dev.acme.example";
const shop = () => testTenant(platform, "dev", "shop");

const route = (spec: object, kind = "HTTPRoute") => ({
  apiVersion: "gateway.networking.k8s.io/v1",
  kind,
  spec: { parentRefs: [{ name: "public", namespace: "edge" }], ...spec },
});
const ingress = (spec: object) => ({ apiVersion: "networking.k8s.io/v1", kind: "Ingress", spec });
const paths = (...values: readonly string[]) => ({
  rules: [{ matches: values.map((value) => ({ path: { type: "PathPrefix", value } })) }],
});
const service = (tenant: Tenant, id: string, more: object = {}, placement: object = {}) =>
  new WebService(tenant, id, {
    image: IMAGE,
    placement,
    endpoints: { http: { port: 8080, visibility: "external", hosts: [host], ...more } },
  });

/** Rivals among objects `a`, `b`, … of one cluster, as `host path: a, b`; routes of two kinds as `host (kinds): a, b`. */
function rivals(...objects: readonly object[]): string[] {
  return rivalsOf(objects.map((json, i) => ({ cluster: "eu", json: named(json, i) })));
}

const named = (json: object, i: number) =>
  ({ ...json, metadata: { name: String.fromCharCode(97 + i), namespace: "shop" } }) as unknown as KubeObject;

function rivalsOf(objects: readonly { readonly cluster: string; readonly json: KubeObject }[]): string[] {
  const root = new Construct(undefined as unknown as Construct, "");
  const drafts = objects.map(({ cluster, json }) => {
    const construct = new Construct(root, `${json.metadata.name}@${cluster}`);
    return { cluster: { name: cluster }, json, construct } as unknown as DraftObject;
  });
  return checkClaims(drafts).map(({ problem }) => {
    const mixed = /^host "(.*)" of cluster "(.*)" is claimed by (.*), and a gateway takes only one of/.exec(
      problem.message,
    );
    if (mixed) return `${mixed[2]} ${mixed[1]} (kinds): ${mixed[3]?.replaceAll(`@${mixed[2]}`, "")}`;
    const [, at, path, cluster, who] =
      /^host "(.*)" and path "(.*)" of cluster "(.*)" are claimed by (.*)$/.exec(problem.message) ?? [];
    return `${cluster} ${at}${path}: ${who?.replaceAll(`@${cluster}`, "")}`;
  });
}

describe("two services with one host and path", () => {
  test("are a finding in each cluster that names both", async () => {
    const tenant = shop();
    for (const id of ["b", "a"]) service(tenant, id);
    const fix = "give one of them another host, or other paths";
    expect(brief((await tenant.plan()).findings)).toEqual([
      `entry/claimed dev/shop/a/@eu/entry: host "${host}" and path "/" of cluster "eu" are claimed by dev/shop/a/@eu/entry and dev/shop/b/@eu/entry; ${fix}`,
      `entry/claimed dev/shop/a/@us/entry: host "${host}" and path "/" of cluster "us" are claimed by dev/shop/a/@us/entry and dev/shop/b/@us/entry; ${fix}`,
    ]);
  });

  test("in different clusters are none", async () => {
    const tenant = shop();
    service(tenant, "a", {}, { cluster: "eu" });
    service(tenant, "b", {}, { cluster: "us" });
    expect((await tenant.plan()).findings).toEqual([]);
  });

  test("and another path are none", async () => {
    const tenant = shop();
    service(tenant, "a");
    service(tenant, "b", { paths: ["/b"] });
    expect((await tenant.plan()).findings).toEqual([]);
  });

  test("of which one only redirects are a finding, too", async () => {
    const tenant = shop();
    service(tenant, "a", { paths: ["/a"], redirects: { "/b": "/c" } }, { cluster: "eu" });
    service(tenant, "b", { paths: ["/b"] }, { cluster: "eu" });
    expect(brief((await tenant.plan()).findings)).toEqual([expect.stringContaining('and path "/b" of cluster "eu"')]);
  });

  test("of one workload are a finding", async () => {
    const tenant = shop();
    const endpoint = { port: 8080, visibility: "external", hosts: [host] } as const;
    new WebService(tenant, "a", {
      image: IMAGE,
      placement: { cluster: "eu" },
      endpoints: { http: endpoint, admin: { ...endpoint, port: 8081 } },
    });
    expect(rulesOf((await tenant.plan()).findings)).toEqual(["entry/claimed"]);
  });

  test("of which one is the user's own object are a finding", async () => {
    const tenant = shop();
    service(tenant, "a", {}, { cluster: "us" });
    new ApiObject(tenant, "own", {
      ...ingress({
        ingressClassName: "public",
        rules: [{ host, http: { paths: [{ path: "/", pathType: "Prefix" }] } }],
      }),
    });
    expect(brief((await tenant.plan()).findings)).toEqual([
      expect.stringMatching(/"us" are claimed by dev\/shop\/a\/@us\/entry and dev\/shop\/own;/),
    ]);
  });
});

describe("claims of routes", () => {
  test("are rivals where host, path and gateway are equal", () => {
    const a = route({ hostnames: ["a", "b"], ...paths("/x", "/y/") });
    expect(rivals(a, route({ hostnames: ["b", "c"], ...paths("/y") }))).toEqual(["eu b/y: a and b"]);
    expect(rivals(a, route({ hostnames: ["c"], ...paths("/y") }))).toEqual([]);
    expect(rivals(a, route({ hostnames: ["a"], ...paths("/x/y") }))).toEqual([]);
    expect(rivals(a, { ...route({}), spec: { hostnames: ["a"], ...paths("/x") } })).toEqual([]);
  });

  test("name all who claim it", () => {
    const one = route({ hostnames: ["a"] });
    expect(rivals(one, one, one)).toEqual(["eu a/: a and b and c"]);
  });

  test("without hosts or paths are those of every one", () => {
    expect(rivals(route({}), route({ hostnames: [], ...paths("/") }))).toEqual(["eu */: a and b"]);
    expect(rivals(route({}), route({ hostnames: ["a"] }))).toEqual([]);
    expect(rivals(route({ hostnames: ["*.a"] }), route({ hostnames: ["b.a"] }))).toEqual([]);
  });

  test("with other conditions are no rivals", () => {
    const matching = (match: object) => route({ rules: [{ matches: [{ path: { value: "/a" }, ...match }] }] });
    const get = matching({ method: "GET" });
    expect(rivals(get, matching({ method: "GET" }))).toEqual(["eu */a: a and b"]);
    expect(rivals(get, matching({ method: "POST" }))).toEqual([]);
    expect(rivals(get, matching({}))).toEqual([]);
    const exact = matching({ path: { type: "Exact", value: "/a" } });
    expect(rivals(exact, exact)).toEqual(["eu */a: a and b"]);
    expect(rivals(exact, matching({}))).toEqual([]);
    const slash = matching({ path: { type: "Exact", value: "/a/" } });
    expect(rivals(exact, slash)).toEqual([]);
  });

  test("at other gateways or listeners are no rivals", () => {
    const at = (...parentRefs: readonly object[]) => route({ parentRefs });
    const all = { name: "public", namespace: "edge" };
    const [plain, secure] = ["http", "https"].map((sectionName) => ({ ...all, sectionName })) as [object, object];
    expect(rivals(at(plain), at(secure))).toEqual([]);
    expect(rivals(at(secure), at(secure))).toEqual(["eu */: a and b"]);
    expect(rivals(at(all), at(secure))).toEqual(["eu */: a and b"]);
    expect(rivals(at(all), at({ ...all, name: "internal" }))).toEqual([]);
    expect(rivals(at({ name: "public" }), at({ ...all, namespace: "shop", kind: "Gateway" }))).toEqual([
      "eu */: a and b",
    ]);
    expect(rivals(at({ ...all, kind: "Service", group: "" }), at(all))).toEqual([]);
    expect(rivals(at(plain, secure), at(plain, secure))).toEqual(["eu */: a and b"]);
  });

  test("of gRPC methods are paths", () => {
    const grpc = (method?: object) => route({ rules: [{ matches: method ? [{ method }] : [] }] }, "GRPCRoute");
    expect(rivals(grpc(), route({}))).toEqual(["eu */: a and b"]);
    expect(rivals(grpc(), grpc({ service: "a.B" }))).toEqual([]);
    expect(rivals(grpc({ service: "a.B" }), route(paths("/a.B")))).toEqual(["eu */a.B: a and b"]);
    expect(rivals(grpc({ service: "a.B", method: "C" }), grpc({ service: "a.B", method: "C" }))).toEqual([
      "eu */a.B/C: a and b",
    ]);
    expect(rivals(grpc({ service: "a.B", method: "C" }), grpc({ service: "a.B", method: "D" }))).toEqual([]);
    expect(rivals(grpc({ method: "C" }), grpc({ method: "C" }))).toEqual(["eu */*/C: a and b"]);
  });
});

describe("routes of two kinds", () => {
  const grpc = (spec: object = {}) => route({ ...spec, rules: [{}] }, "GRPCRoute");

  test("are rivals where they share a host of one gateway, whatever their paths", () => {
    expect(rivals(grpc({ hostnames: ["a.b"] }), route({ hostnames: ["a.b"], ...paths("/x") }))).toEqual([
      "eu a.b (kinds): a and b",
    ]);
    expect(rivals(grpc({ hostnames: ["a.b"] }), route({ hostnames: ["c.b"], ...paths("/x") }))).toEqual([]);
    expect(rivals(grpc(), route(paths("/x")))).toEqual(["eu * (kinds): a and b"]);
  });

  test("share a host by wildcards, too", () => {
    const meets = (one: string, other: string) =>
      rivals(grpc({ hostnames: [one] }), route({ hostnames: [other] })).length > 0;
    expect(meets("x.a.b", "*.a.b")).toBe(true);
    expect(meets("x.y.a.b", "*.b")).toBe(true);
    expect(meets("*.a.b", "x.a.b")).toBe(true);
    expect(meets("*.b", "*.a.b")).toBe(true);
    expect(meets("*.a.b", "a.b")).toBe(false);
    expect(meets("xa.b", "*.a.b")).toBe(false);
    expect(meets("*.a.b", "*.c.b")).toBe(false);
  });

  test("at other listeners or gateways are none, nor in other clusters", () => {
    const at = (sectionName: string, name = "public") => ({ parentRefs: [{ namespace: "edge", name, sectionName }] });
    expect(rivals(grpc(at("http")), route({ ...at("http"), ...paths("/x") }))).toEqual(["eu * (kinds): a and b"]);
    expect(rivals(grpc(at("https")), route({ ...at("http"), ...paths("/x") }))).toEqual([]);
    expect(rivals(grpc(at("http", "inner")), route({ ...at("http"), ...paths("/x") }))).toEqual([]);
    // A gateway may hold off from one of its listeners what is offered to all.
    expect(rivals(grpc({ hostnames: ["a"] }), route({ ...at("http"), ...paths("/x") }))).toEqual([]);
    const two = [grpc(), route(paths("/x"))].map((json, i) => ({ cluster: ["eu", "us"][i]!, json: named(json, i) }));
    expect(rivalsOf(two)).toEqual([]);
  });

  test("of one workload are a finding, of which each pair is told once", async () => {
    const tenant = shop();
    const hosts = ["web.shop.dev.acme.example", "www.shop.dev.acme.example"] as const;
    new WebService(tenant, "a", {
      image: IMAGE,
      placement: { cluster: "eu" },
      endpoints: {
        http: { port: 8080, visibility: "external", hosts, paths: ["/web"] },
        rpc: { port: 50051, protocol: "grpc", visibility: "external", hosts },
      },
    });
    expect(brief((await tenant.plan()).findings)).toEqual([
      `entry/claimed dev/shop/a/@eu/entry: host "${host}" of cluster "eu" is claimed by dev/shop/a/@eu/entry and ` +
        "dev/shop/a/@eu/entry-rpc, and a gateway takes only one of a GRPCRoute and an HTTPRoute that share a host; " +
        "give one of them another host",
    ]);
  });
});

describe("claims of Ingresses", () => {
  const rule = (at: string | undefined, path: string, pathType = "Prefix") => ({
    ...(at === undefined ? {} : { host: at }),
    http: { paths: [{ path, pathType }] },
  });
  const of = (...rules: readonly object[]) => ingress({ ingressClassName: "public", rules });

  test("are rivals where class, host and path are equal", () => {
    expect(rivals(of(rule("a", "/x"), rule("b", "/")), of(rule("a", "/x/")))).toEqual(["eu a/x: a and b"]);
    expect(rivals(of(rule("a", "/")), of(rule("a", "/", "ImplementationSpecific")))).toEqual(["eu a/: a and b"]);
    expect(rivals(of(rule("a", "/")), of(rule("a", "/", "Exact")))).toEqual([]);
    expect(rivals(of(rule("a", "/")), ingress({ ingressClassName: "internal", rules: [rule("a", "/")] }))).toEqual([]);
  });

  test("without a host, or by default, are those of every one", () => {
    const rest = ingress({ ingressClassName: "public", defaultBackend: {} });
    expect(rivals(rest, of(rule(undefined, "/")))).toEqual(["eu */: a and b"]);
  });

  test("and of routes are rivals, whatever they come in by", () => {
    expect(rivals(of(rule("a", "/x")), route({ hostnames: ["a"], ...paths("/x") }))).toEqual(["eu a/x: a and b"]);
    expect(rivals(of(rule("a", "/x")), route({ hostnames: ["a"] }))).toEqual([]);
  });
});

test("hosts and paths that are not known yet claim nothing, and other kinds neither", () => {
  const token = Token.asString(pulumi.output("a"));
  expect(claimsOf(named(route({ hostnames: [token, "a"] }), 0)).map((claim) => claim.host)).toEqual(["a"]);
  expect(claimsOf(named(route(paths(`/${token}`)), 0))).toEqual([]);
  expect(claimsOf(named({ ...route({ hostnames: ["a"] }), kind: "TLSRoute" }, 0))).toEqual([]);
});

test("objects with fields of other types than they should be claim what is left, and nothing is thrown", () => {
  const spec = fc.record(
    { parentRefs: fc.jsonValue(), hostnames: fc.jsonValue(), rules: fc.jsonValue(), defaultBackend: fc.jsonValue() },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(spec, (given) => {
      for (const json of [route(given), route(given, "GRPCRoute"), ingress(given)])
        expect(Array.isArray(claimsOf(named(json, 0)))).toBe(true);
    }),
  );
});

describe("among any objects", () => {
  const hosts = fc.subarray(["a", "b", "*.a", "x.a"], { minLength: 0 });
  const path = fc.constantFrom("/", "/x", "/x/", "/y");
  const parent = fc.record(
    { name: fc.constantFrom("g", "h"), sectionName: fc.constantFrom("s", "t") },
    { requiredKeys: ["name"] },
  );
  const anyRoute = fc
    .tuple(
      fc.constantFrom("HTTPRoute", "GRPCRoute"),
      fc.uniqueArray(parent, { minLength: 1, maxLength: 2, selector: (each) => JSON.stringify(each) }),
      hosts,
      fc.array(path, { minLength: 1, maxLength: 2 }),
    )
    .map(([kind, parentRefs, hostnames, values]) =>
      route({ parentRefs, hostnames, ...(kind === "HTTPRoute" ? paths(...values) : {}) }, kind),
    );
  const anyIngress = fc
    .tuple(fc.constantFrom("c", "d"), fc.array(fc.tuple(hosts, path), { minLength: 1, maxLength: 2 }))
    .map(([ingressClassName, rules]) =>
      ingress({
        ingressClassName,
        rules: rules.map(([[at], value]) => ({
          ...(at === undefined ? {} : { host: at }),
          http: { paths: [{ path: value, pathType: "Prefix" }] },
        })),
      }),
    );
  const objects = fc
    .array(fc.tuple(fc.constantFrom("eu", "us"), fc.oneof(anyRoute, anyIngress)), { maxLength: 8 })
    .map((all) => all.map(([cluster, json], i) => ({ cluster, json: named(json, i) })));

  const meetByKind = (a: KubeObject, b: KubeObject) => {
    if (new Set([a.kind, b.kind, "GRPCRoute", "HTTPRoute"]).size > 2 || a.kind === b.kind) return false;
    return claimsOf(a).some((one) =>
      claimsOf(b).some((two) => {
        const hosts = [one.host, two.host];
        const isShared =
          one.host === two.host || hosts.includes("*") || (hosts.includes("*.a") && hosts.includes("x.a"));
        return isShared && one.door === two.door && one.section === two.section;
      }),
    );
  };
  const meet = (a: Claim, b: Claim, sameKind: boolean) =>
    a.host === b.host &&
    a.match === b.match &&
    (!sameKind ||
      (a.door === b.door && (a.section === undefined || b.section === undefined || a.section === b.section)));

  test("routes of two kinds are told of exactly when they share a host, or claim the same path of one", () => {
    fc.assert(
      fc.property(objects, (all) => {
        const found = rivalsOf(all).map((text) => text.split(": ")[1]!.split(" and "));
        all.forEach((a, i) => {
          for (const b of all.slice(i + 1)) {
            if (a.cluster !== b.cluster || !meetByKind(a.json, b.json)) continue;
            const both = [a, b].map(({ json }) => json.metadata.name);
            expect(found.some((who) => both.every((one) => who.includes(one)))).toBe(true);
          }
        });
        const mixed = rivalsOf(all).filter((text) => text.includes(" (kinds): "));
        for (const text of mixed) {
          const [a, b] = text
            .split(": ")[1]!
            .split(" and ")
            .map((name) => all.find(({ json }) => json.metadata.name === name)!);
          expect(a!.cluster === b!.cluster && meetByKind(a!.json, b!.json)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("a finding is there exactly when two of one cluster claim one host and path, and names them", () => {
    fc.assert(
      fc.property(objects, (all) => {
        const pairs = all.flatMap((a, i) =>
          all.slice(i + 1).flatMap((b) => {
            if (a.cluster !== b.cluster) return [];
            const sameKind = (a.json.kind === "Ingress") === (b.json.kind === "Ingress");
            const met = claimsOf(a.json).filter((one) => claimsOf(b.json).some((two) => meet(one, two, sameKind)));
            return met.map(({ host: at, path: to }) => ({
              where: `${a.cluster} ${at}${to}`,
              who: [a.json.metadata.name, b.json.metadata.name],
            }));
          }),
        );
        const byPath = rivalsOf(all).filter((text) => !text.includes(" (kinds): "));
        const found = byPath.map((text) => {
          const [where = "", who = ""] = text.split(": ");
          return { where, who: who.split(" and ") };
        });
        // Each pair is named together, and whoever is named has a rival among those who are named with it.
        for (const pair of pairs) {
          expect(
            found.some(({ where, who }) => where === pair.where && pair.who.every((one) => who.includes(one))),
          ).toBe(true);
        }
        for (const { where, who } of found) {
          for (const one of who) {
            const isRival = pairs.some(
              (pair) => pair.where === where && pair.who.includes(one) && pair.who.every((each) => who.includes(each)),
            );
            expect(isRival).toBe(true);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  test("the order of construction changes nothing", () => {
    fc.assert(
      fc.property(objects, (all) => {
        expect(rivalsOf([...all].reverse()).sort()).toEqual(rivalsOf(all).sort());
      }),
      { numRuns: 500 },
    );
  });
});
