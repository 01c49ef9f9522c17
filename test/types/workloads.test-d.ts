import type { Output } from "@pulumi/pulumi";
import { Duration, Size } from "cdk8s";
import { Cpu } from "cdk8s-plus-28";
import {
  type Endpoint,
  type Environment,
  ExternalService,
  type KubeObject,
  type Peer,
  Field,
  type Platform,
  Ref,
  type Tenant,
  WebService,
  withEndpoints,
  type WebServiceProps,
} from "flagstone";
import { describe, expectTypeOf, test } from "vitest";

declare const shop: Tenant;
declare const host: Output<string>;
declare const platform: Platform;
declare const environment: Environment;
const image = "registry.acme.example/web:1";

describe("a web service", () => {
  test("needs an image and nothing else", () => {
    new WebService(shop, "web", { image });
    // @ts-expect-error there is no image
    new WebService(shop, "web", {});
    // @ts-expect-error there is no image
    new WebService(shop, "web", { replicas: 2 });
  });

  test("takes no prop that it does not know, at any depth", () => {
    // @ts-expect-error did you mean replicas?
    new WebService(shop, "web", { image, replcias: 2 });
    // @ts-expect-error not a key of an endpoint
    new WebService(shop, "web", { image, endpoints: { http: { port: 80, path: "/" } } });
    // @ts-expect-error not a key of replicas
    new WebService(shop, "web", { image, replicas: { min: 1, max: 2, gpu: 50 } });
    // @ts-expect-error not a key of memory
    new WebService(shop, "web", { image, memory: { request: "1Gi", limits: "2Gi" } });
    // @ts-expect-error not a child of a web service
    new WebService(shop, "web", { image, transform: { deploymnet: {} } });
  });

  test("has transforms that return nothing, as that would change nothing", () => {
    const paused = (object: KubeObject) => {
      object["spec"] = { paused: true };
    };
    new WebService(shop, "web", { image, transform: { deployment: paused, service: () => undefined } });
    // @ts-expect-error a patch is given, and not returned
    new WebService(shop, "web", { image, transform: { deployment: () => ({ spec: { paused: true } }) } });
    // @ts-expect-error nobody waits for it
    new WebService(shop, "web", { image, transform: { deployment: async () => undefined } });
  });

  test("does not stand directly below a platform", () => {
    // @ts-expect-error a platform is no construct: nothing deployable lives outside of an environment
    new WebService(platform, "web", { image });
  });

  test("can stand below any construct, which is checked when it is made", () => {
    expectTypeOf(WebService).toBeConstructibleWith(environment, "web", { image });
  });

  test("and its props cannot be changed", () => {
    const props: WebServiceProps = { image, args: ["a"], env: { A: "b" } };
    // @ts-expect-error cannot be changed
    props.image = "other";
    // @ts-expect-error cannot be changed
    props.args?.push("b");
    // @ts-expect-error cannot be changed
    props.env!["A"] = "c";
    const web = new WebService(shop, "web", props);
    // @ts-expect-error cannot be changed
    web.name = "other";
    // @ts-expect-error cannot be changed
    web.endpoints.http.port = 81;
  });

  test("takes undefined for what is not said, and readonly arrays", () => {
    const args = ["a"] as const;
    new WebService(shop, "web", { image, args, replicas: undefined, env: undefined, health: undefined });
  });
});

describe("endpoints", () => {
  test("have the names that they are given", () => {
    const web = new WebService(shop, "web", { image, endpoints: { http: { port: 80 }, admin: { port: 81 } } });
    expectTypeOf(web).toEqualTypeOf<WebService<"http" | "admin">>();
    expectTypeOf(web.endpoints.admin).toEqualTypeOf<Endpoint<"admin">>();
    expectTypeOf(web.endpoints).not.toHaveProperty("grpc");
  });

  test("are one called http when none is given", () => {
    const web = new WebService(shop, "web", { image });
    expectTypeOf(web).toEqualTypeOf<WebService>();
    expectTypeOf(web.endpoints.http.port).toBeNumber();
    expectTypeOf(web.endpoints).not.toHaveProperty("admin");
  });

  test("need a port, and a protocol that there is", () => {
    // @ts-expect-error there is no port
    new WebService(shop, "web", { image, endpoints: { http: {} } });
    // @ts-expect-error there is no such protocol
    new WebService(shop, "web", { image, endpoints: { http: { port: 80, protocol: "grcp" } } });
  });

  test("that are added keep the names of those that were given", () => {
    expectTypeOf(withEndpoints({ api: { port: 1 } }, { admin: { port: 2 } })).toHaveProperty("api");
    expectTypeOf<keyof ReturnType<typeof withEndpoints<"api", "admin">>>().toEqualTypeOf<"api" | "admin">();
  });
});

describe("external endpoints", () => {
  test("say how they are reached", () => {
    const external = { port: 80, visibility: "external" } as const;
    new WebService(shop, "web", {
      image,
      endpoints: { http: { ...external, hosts: ["a.example"], paths: ["/a"], tls: false } },
    });
    new WebService(shop, "web", {
      image,
      endpoints: { grpc: { ...external, protocol: "grpc", requestHeaders: { set: { a: "b" } } } },
    });
  });

  test("may be external in some environments only", () => {
    const visibility = environment.select({ production: "external", default: "tenant" });
    new WebService(shop, "web", { image, endpoints: { http: { port: 80, visibility } } });
    const http = environment.select({
      production: { port: 80, visibility: "external", hosts: ["www.acme.example"] },
      default: { port: 80 },
    });
    new WebService(shop, "web", { image, endpoints: { http } });
  });

  test("are the only ones that do", () => {
    // @ts-expect-error only what is reached from outside has a host
    new WebService(shop, "web", { image, endpoints: { http: { port: 80, hosts: ["a.example"] } } });
    // @ts-expect-error only what is reached from outside has paths
    new WebService(shop, "web", { image, endpoints: { http: { port: 80, visibility: "environment", paths: ["/a"] } } });
  });

  test("speak what an entry speaks", () => {
    // @ts-expect-error no entry speaks UDP
    new WebService(shop, "web", { image, endpoints: { dns: { port: 53, visibility: "external", protocol: "udp" } } });
    const grpc = { port: 1, visibility: "external", protocol: "grpc" } as const;
    // @ts-expect-error gRPC has services, not paths
    new WebService(shop, "web", { image, endpoints: { grpc: { ...grpc, paths: ["/"] } } });
    // @ts-expect-error there is no such visibility
    new WebService(shop, "web", { image, endpoints: { http: { port: 80, visibility: "public" } } });
    // @ts-expect-error an empty list serves nothing
    new WebService(shop, "web", { image, endpoints: { http: { port: 80, visibility: "external", hosts: [] } } });
  });
});

describe("connections", () => {
  const one = new WebService(shop, "one", { image });
  const two = new WebService(shop, "two", { image, endpoints: { http: { port: 80 }, admin: { port: 81 } } });

  test("take an endpoint, and a workload that has one only", () => {
    new WebService(shop, "web", { image, connections: { one, admin: two.endpoints.admin } });
    // @ts-expect-error it has several endpoints
    new WebService(shop, "web", { image, connections: { two } });
    // @ts-expect-error text is no target
    new WebService(shop, "web", { image, connections: { one: "http://one" } });
    expectTypeOf(one.coordinates.url).toEqualTypeOf<string>();
    expectTypeOf(two.coordinates).toHaveProperty("has several endpoints: connect one, as in x.endpoints.http");
  });

  test("take references to services of other programs, whose endpoints keep their names", () => {
    const ledger = WebService.fromName(shop, "ledger", { endpoints: { grpc: { port: 1, protocol: "grpc" } } });
    expectTypeOf(ledger.endpoints).toHaveProperty("grpc");
    expectTypeOf(ledger.endpoints).not.toHaveProperty("http");
    new WebService(shop, "web", { image, connections: { ledger } });
    expectTypeOf(WebService.fromName(shop, "x").endpoints).toHaveProperty("http");
    // @ts-expect-error there is no such endpoint
    new WebService(shop, "web", { image, connections: { x: ledger.endpoints.http } });
  });

  test("take what a platform makes itself, and name only what it publishes", () => {
    const stripe = new ExternalService(shop, "stripe", { url: "https://api.stripe.com" });
    stripe.connection({ env: ({ url, host }) => ({ A: `${url}${host}` }) });
    // @ts-expect-error it publishes no password
    stripe.connection({ env: ({ password }) => ({ A: password }) });
    // @ts-expect-error this is no URL
    new ExternalService(shop, "x", { url: "api.stripe.com" });
    const url = "http://prometheus.monitoring.svc:9090";
    const pods = { namespace: "monitoring", labels: { app: "prometheus" } };
    new ExternalService(shop, "x", { url, pods });
    // @ts-expect-error a place is pods or addresses, not both
    new ExternalService(shop, "x", { url, pods, cidrs: ["10.0.0.0/8"] });
    // @ts-expect-error no address at all is what policies take for every one
    new ExternalService(shop, "x", { url, cidrs: [] });
    // @ts-expect-error no address at all is what policies take for every one
    expectTypeOf({ kind: "addresses", cidrs: [], port: 1 } as const).toExtend<Peer>();
  });
});

describe("an external endpoint", () => {
  const http = { port: 80, visibility: "external" } as const;

  test("has hosts, paths and what Gateway API can do", () => {
    new WebService(shop, "web", {
      image,
      endpoints: {
        http: {
          port: 80,
          visibility: "external",
          hosts: ["a.example"],
          paths: ["/a"],
          tls: { secret: "a" },
          redirects: { "/b": "/a", "/c": "https://c.example" },
          requestHeaders: { set: { A: "b" }, remove: ["C"] },
          responseHeaders: undefined,
          timeout: "30s",
        },
        live: { port: 81, visibility: "external", protocol: "websocket", timeout: Duration.seconds(5), tls: false },
        rpc: { port: 82, visibility: "external", protocol: "grpc", hosts: ["b.example"], requestHeaders: {} },
      },
      transform: { entry: {} },
    });
    expectTypeOf(new WebService(shop, "web", { image, endpoints: { http } }).url).toEqualTypeOf<string | undefined>();
  });

  test("says so, or it has none of that", () => {
    // @ts-expect-error it is its tenant's
    new WebService(shop, "web", { image, endpoints: { http: { port: 80, hosts: ["a.example"] } } });
    // @ts-expect-error it is the environment's
    new WebService(shop, "web", { image, endpoints: { http: { port: 80, visibility: "environment", timeout: "1s" } } });
  });

  test("speaks HTTP, WebSocket or gRPC", () => {
    // @ts-expect-error TCP has no host
    new WebService(shop, "web", { image, endpoints: { db: { port: 80, visibility: "external", protocol: "tcp" } } });
    // @ts-expect-error gRPC has no paths
    new WebService(shop, "web", { image, endpoints: { a: { ...http, protocol: "grpc", paths: ["/a"] } } });
    // @ts-expect-error gRPC has no timeout
    new WebService(shop, "web", { image, endpoints: { a: { ...http, protocol: "grpc", timeout: "1s" } } });
  });

  test("has at least one host, and paths that start with a slash", () => {
    // @ts-expect-error no host at all
    new WebService(shop, "web", { image, endpoints: { http: { port: 80, visibility: "external", hosts: [] } } });
    // @ts-expect-error a path starts with a slash
    new WebService(shop, "web", { image, endpoints: { http: { port: 80, visibility: "external", paths: ["a"] } } });
    new WebService(shop, "web", {
      image,
      // @ts-expect-error sent without encryption
      endpoints: { http: { port: 80, visibility: "external", redirects: { "/a": "http://a.example" } } },
    });
    // @ts-expect-error thirty of what?
    new WebService(shop, "web", { image, endpoints: { http: { port: 80, visibility: "external", timeout: 30 } } });
    // @ts-expect-error true says nothing
    new WebService(shop, "web", { image, endpoints: { http: { port: 80, visibility: "external", tls: true } } });
  });
});

describe("units", () => {
  test("say of what they are", () => {
    new WebService(shop, "web", { image, gracePeriod: "30s", cpu: "250m", memory: "64Mi" });
    new WebService(shop, "web", {
      image,
      gracePeriod: Duration.seconds(30),
      cpu: Cpu.millis(250),
      memory: Size.mebibytes(64),
    });
    new WebService(shop, "web", { image, cpu: 0.5 });
    // @ts-expect-error thirty of what?
    new WebService(shop, "web", { image, gracePeriod: 30 });
    // @ts-expect-error thirty of what?
    new WebService(shop, "web", { image, gracePeriod: "30" });
    // @ts-expect-error bytes or mebibytes?
    new WebService(shop, "web", { image, memory: 128 });
    // @ts-expect-error not a unit of Kubernetes
    new WebService(shop, "web", { image, memory: "128MB" });
    // @ts-expect-error not a unit of CPU
    new WebService(shop, "web", { image, cpu: "1 core" });
    // @ts-expect-error five of what?
    new WebService(shop, "web", { image, health: { http: "/", every: 5 } });
  });
});

describe("health", () => {
  test("is asked in one way", () => {
    new WebService(shop, "web", { image, health: { http: "/", endpoint: "http", failures: 2 } });
    new WebService(shop, "web", { image, health: { readiness: "/", liveness: { exec: ["ok"] }, startup: false } });
    // @ts-expect-error two ways at once
    new WebService(shop, "web", { image, health: { http: "/", tcp: true } });
    // @ts-expect-error two ways at once, for one purpose
    new WebService(shop, "web", { image, health: { readiness: { grpc: true, exec: ["ok"] } } });
    // @ts-expect-error a path starts with a slash
    new WebService(shop, "web", { image, health: "healthz" });
    // @ts-expect-error true says nothing
    new WebService(shop, "web", { image, health: true });
    // @ts-expect-error times belong to a probe
    new WebService(shop, "web", { image, health: { readiness: "/ready", failures: 10 } });
    // @ts-expect-error one answer for all purposes, or one for each
    new WebService(shop, "web", { image, health: { http: "/", readiness: "/ready" } });
    // @ts-expect-error one purpose inside of another
    new WebService(shop, "web", { image, health: { readiness: { http: "/", liveness: "/live" } } });
    new WebService(shop, "web", { image, health: { http: "/", scheme: "https" } });
    // @ts-expect-error only HTTP has a scheme
    new WebService(shop, "web", { image, health: { tcp: true, scheme: "https" } });
    // @ts-expect-error only HTTP has headers
    new WebService(shop, "web", { image, health: { tcp: true, headers: { a: "b" } } });
  });
});

describe("what runs", () => {
  test("has variables that are values, outputs and references", () => {
    const key = Ref.secretKey({ name: "a", key: "b" });
    new WebService(shop, "web", { image, env: { A: "b", B: 1, C: true, D: host, E: key, F: Field.podIp } });
    // @ts-expect-error an object is no value
    new WebService(shop, "web", { image, env: { A: { b: 1 } } });
    // @ts-expect-error null is no value
    new WebService(shop, "web", { image, env: { A: null } });
  });

  test("has files at absolute paths", () => {
    new WebService(shop, "web", { image, files: { "/etc/a": "b", "/etc/c": Ref.configKey({ name: "a", key: "b" }) } });
    // @ts-expect-error the path is relative
    new WebService(shop, "web", { image, files: { "etc/a": "b" } });
    new WebService(shop, "web", { image, files: { "/etc/a": host } });
    // @ts-expect-error a number is no text
    new WebService(shop, "web", { image, files: { "/etc/a": 1 } });
  });

  test("has a size, a rollout, a budget that can be", () => {
    new WebService(shop, "web", { image, size: "large", rollout: { strategy: "rolling", maxSurge: "50%" } });
    new WebService(shop, "web", { image, disruptionBudget: false });
    // @ts-expect-error there is no such size
    new WebService(shop, "web", { image, size: "gigantic" });
    // @ts-expect-error there is no such strategy
    new WebService(shop, "web", { image, rollout: { strategy: "canary" } });
    new WebService(shop, "web", { image, rollout: { strategy: "recreate" } });
    // @ts-expect-error there are none above the number when all end first
    new WebService(shop, "web", { image, rollout: { strategy: "recreate", maxSurge: 1 } });
    // @ts-expect-error a share has a percent sign
    new WebService(shop, "web", { image, rollout: { strategy: "rolling", maxSurge: "half" } });
    // @ts-expect-error one of both
    new WebService(shop, "web", { image, disruptionBudget: { minAvailable: 1, maxUnavailable: 1 } });
    // @ts-expect-error a range has an upper end
    new WebService(shop, "web", { image, replicas: { min: 1 } });
    // @ts-expect-error a user is a number
    new WebService(shop, "web", { image, user: "root" });
  });
});

describe("a Ref", () => {
  test("is no string", () => {
    expectTypeOf<Ref>().not.toExtend<string>();
    // @ts-expect-error it is made by its factories
    new Ref({ kind: "secret-key", name: "a", key: "b" });
  });
});
