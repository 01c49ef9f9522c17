import fc from "fast-check";
import type { Duration, EndpointProps, Health } from "flagstone";
import { describe, expect, test } from "vitest";
import { brief, serviceWith } from "../../testing/fixtures";

type Endpoints = Record<string, EndpointProps>;
const HTTP: Endpoints = { http: { port: 8080 } };

async function probes(health: Health | undefined, endpoints: Endpoints = HTTP) {
  const plan = await serviceWith<string>({ health, endpoints });
  expect(plan.findings).toEqual([]);
  const { readinessProbe, livenessProbe, startupProbe } = plan.object("Deployment", "web").spec.template.spec
    .containers[0] as unknown as Record<"readinessProbe" | "livenessProbe" | "startupProbe", object | undefined>;
  return { readiness: readinessProbe, liveness: livenessProbe, startup: startupProbe };
}

const TIMES = {
  readiness: { periodSeconds: 5, timeoutSeconds: 2, failureThreshold: 3 },
  liveness: { periodSeconds: 10, timeoutSeconds: 2, failureThreshold: 6 },
  startup: { periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 60 },
};
const all = (action: object) => ({
  readiness: { ...action, ...TIMES.readiness },
  liveness: { ...action, ...TIMES.liveness },
  startup: { ...action, ...TIMES.startup },
});
const none = { readiness: undefined, liveness: undefined, startup: undefined };

describe("without a word about health", () => {
  test.each<[string, Endpoints, object]>([
    ["HTTP is asked whether its port accepts connections", HTTP, all({ tcpSocket: { port: "http" } })],
    ["TCP is asked the same", { db: { port: 5432, protocol: "tcp" } }, all({ tcpSocket: { port: "db" } })],
    ["a web socket too", { ws: { port: 80, protocol: "websocket" } }, all({ tcpSocket: { port: "ws" } })],
    [
      "gRPC is asked by its health protocol",
      { api: { port: 50051, protocol: "grpc" } },
      all({ grpc: { port: 50051 } }),
    ],
    [
      "the first endpoint that can be asked is asked",
      { dns: { port: 53, protocol: "udp" }, api: { port: 50051, protocol: "grpc" }, http: { port: 80 } },
      all({ grpc: { port: 50051 } }),
    ],
  ])("%s", async (_, endpoints, expected) => {
    expect(await probes(undefined, endpoints)).toEqual(expected);
  });

  test("UDP cannot be asked, and so nobody knows", async () => {
    const plan = await serviceWith<string>({ endpoints: { dns: { port: 53, protocol: "udp" } } });
    expect(plan.findings).toMatchObject([{ rule: "health/none", severity: "warning" }]);
    const [container] = plan.object("Deployment", "web").spec.template.spec.containers;
    expect(Object.keys(container!).filter((key) => key.endsWith("Probe"))).toEqual([]);
  });
});

describe("health", () => {
  const BOTH: Endpoints = { api: { port: 50051, protocol: "grpc" }, http: { port: 8080 } };

  test.each<[string, Health, Endpoints, object]>([
    ["a path", "/healthz", HTTP, all({ httpGet: { path: "/healthz", port: "http" } })],
    ["a path, where HTTP is spoken", "/healthz", BOTH, all({ httpGet: { path: "/healthz", port: "http" } })],
    ['"tcp"', "tcp", HTTP, all({ tcpSocket: { port: "http" } })],
    ['"grpc", where gRPC is spoken', "grpc", { http: { port: 80 }, ...BOTH }, all({ grpc: { port: 50051 } })],
    ["false", false, HTTP, none],
    ["{ http }", { http: "/up" }, HTTP, all({ httpGet: { path: "/up", port: "http" } })],
    [
      "{ http } with headers",
      { http: "/up", headers: { Host: "web.example" } },
      HTTP,
      all({ httpGet: { path: "/up", port: "http", httpHeaders: [{ name: "Host", value: "web.example" }] } }),
    ],
    ["{ grpc: true }", { grpc: true }, BOTH, all({ grpc: { port: 50051 } })],
    ["{ grpc } with a service", { grpc: "shop.Cart" }, BOTH, all({ grpc: { port: 50051, service: "shop.Cart" } })],
    ["{ tcp: true }", { tcp: true }, HTTP, all({ tcpSocket: { port: "http" } })],
    ["{ exec }", { exec: ["/bin/check", "-q"] }, HTTP, all({ exec: { command: ["/bin/check", "-q"] } })],
    [
      "{ exec } without an endpoint to ask",
      { exec: ["ok"] },
      { u: { port: 1, protocol: "udp" } },
      all({ exec: { command: ["ok"] } }),
    ],
    [
      "an endpoint by name",
      { http: "/healthz", endpoint: "admin" },
      { ...HTTP, admin: { port: 9090 } },
      all({ httpGet: { path: "/healthz", port: "admin" } }),
    ],
    [
      "{ http } with a scheme",
      { http: "/up", scheme: "https" },
      HTTP,
      all({ httpGet: { path: "/up", port: "http", scheme: "HTTPS" } }),
    ],
    [
      "{ http } with the scheme that goes without saying",
      { http: "/up", scheme: "http" },
      HTTP,
      all({ httpGet: { path: "/up", port: "http" } }),
    ],
    [
      "times of its own, which are those of readiness",
      { tcp: true, every: "1m", timeout: "3s", failures: 9, delay: "20s", successes: 2 },
      HTTP,
      {
        readiness: {
          tcpSocket: { port: "http" },
          periodSeconds: 60,
          timeoutSeconds: 3,
          failureThreshold: 9,
          initialDelaySeconds: 20,
          successThreshold: 2,
        },
        liveness: { tcpSocket: { port: "http" }, ...TIMES.liveness, timeoutSeconds: 3 },
        startup: { tcpSocket: { port: "http" }, ...TIMES.startup, timeoutSeconds: 3 },
      },
    ],
  ])("is %s", async (_, health, endpoints, expected) => {
    expect(await probes(health, endpoints)).toEqual(expected);
  });

  test("may be asked from the start of the container on, which is no delay", async () => {
    const { readiness } = await probes({ tcp: true, delay: "0s" });
    expect(readiness).toEqual({ tcpSocket: { port: "http" }, ...TIMES.readiness, initialDelaySeconds: 0 });
  });

  test("by purpose: nothing follows readiness, which may ask for what a restart does not bring back", async () => {
    const readiness = { httpGet: { path: "/ready", port: "http" }, periodSeconds: 1, failureThreshold: 1 };
    expect(await probes({ readiness: { http: "/ready", every: "1s", failures: 1 } })).toEqual({
      ...all({ tcpSocket: { port: "http" } }),
      readiness: { ...readiness, timeoutSeconds: 2 },
    });
    expect(await probes({ readiness: "/ready" }, { api: { port: 50051, protocol: "grpc" } })).toEqual({
      ...all({ grpc: { port: 50051 } }),
      readiness: { httpGet: { path: "/ready", port: "api" }, ...TIMES.readiness },
    });
  });

  test("by purpose: startup asks what liveness asks, at its own times", async () => {
    const liveness = { httpGet: { path: "/live", port: "http", httpHeaders: [{ name: "a", value: "b" }] } };
    expect(
      await probes({ liveness: { http: "/live", headers: { a: "b" }, every: "1m", failures: 1, delay: "1m" } }),
    ).toEqual({
      readiness: { tcpSocket: { port: "http" }, ...TIMES.readiness },
      liveness: { ...liveness, ...TIMES.liveness, periodSeconds: 60, failureThreshold: 1, initialDelaySeconds: 60 },
      startup: { ...liveness, ...TIMES.startup },
    });
  });

  test("by purpose: what is said is asked", async () => {
    expect(await probes({ readiness: "/ready", liveness: "tcp", startup: false })).toEqual({
      readiness: { httpGet: { path: "/ready", port: "http" }, ...TIMES.readiness },
      liveness: { tcpSocket: { port: "http" }, ...TIMES.liveness },
      startup: undefined,
    });
  });

  test("by purpose: what is not asked leaves the others as they are", async () => {
    expect(await probes({ liveness: false })).toEqual({ ...all({ tcpSocket: { port: "http" } }), liveness: undefined });
    expect(await probes({ readiness: false })).toEqual({
      ...all({ tcpSocket: { port: "http" } }),
      readiness: undefined,
    });
  });

  test("never has times of readiness in another probe", async () => {
    const timing = fc.record(
      {
        every: fc.constantFrom<Duration>("1s", "30s"),
        failures: fc.integer({ min: 1, max: 9 }),
        successes: fc.integer({ min: 1, max: 9 }),
        delay: fc.constantFrom<Duration>("1s", "30s"),
      },
      { requiredKeys: [] },
    );
    const plain = await probes("/up");
    await fc.assert(
      fc.asyncProperty(timing, async (times) => {
        expect(await probes({ http: "/up", ...times })).toMatchObject({
          liveness: plain.liveness,
          startup: plain.startup,
        });
        const { liveness, startup } = await probes({ readiness: { http: "/ready", ...times } });
        expect({ liveness, startup }).toEqual({
          liveness: all({ tcpSocket: { port: "http" } }).liveness,
          startup: all({ tcpSocket: { port: "http" } }).startup,
        });
      }),
      { numRuns: 50 },
    );
  });
});

describe("health that cannot be asked", () => {
  test.each<[string, unknown, string]>([
    [
      "a path without a slash",
      "healthz",
      'health/unknown dev/shop/web: health.readiness "healthz" is not a probe; use a path as in "/healthz", "grpc", "tcp", false, or { http: "/healthz" }',
    ],
    [
      "a command without a name",
      { exec: [] },
      'health/unknown dev/shop/web: health.readiness {"exec":[]} is not a probe; use a path as in "/healthz", "grpc", "tcp", false, or { http: "/healthz" }',
    ],
    [
      "two ways at once",
      { http: "/", tcp: true },
      'health/unknown dev/shop/web: health.readiness {"http":"/","tcp":true} is not a probe; use a path as in "/healthz", "grpc", "tcp", false, or { http: "/healthz" }',
    ],
    [
      "an unknown endpoint",
      { http: "/", endpoint: "amdin" },
      'health/endpoint dev/shop/web: health.readiness.endpoint "amdin" is not an endpoint that can be probed; did you mean "admin"?',
    ],
    [
      "an endpoint of UDP",
      { tcp: true, endpoint: "dns" },
      'health/endpoint dev/shop/web: health.readiness.endpoint "dns" is not an endpoint that can be probed; known are "admin", "http"',
    ],
    [
      "a bare number as time",
      { tcp: true, every: 5 },
      'units/duration dev/shop/web: health.readiness.every 5 is not a whole number of seconds above zero; write "5s" or "1m"',
    ],
    [
      "a time below a second",
      { tcp: true, timeout: "500ms" },
      'units/duration dev/shop/web: health.readiness.timeout "500ms" is not a whole number of seconds above zero; write "5s" or "1m"',
    ],
    [
      "no time at all",
      { tcp: true, every: "0s" },
      'units/duration dev/shop/web: health.readiness.every "0s" is not a whole number of seconds above zero; write "5s" or "1m"',
    ],
    [
      "no failures",
      { tcp: true, failures: 0 },
      "health/failures dev/shop/web: health.readiness.failures 0 is not a number of failures; use a whole number from 1 to 2147483647",
    ],
    [
      "more failures than Kubernetes counts",
      { tcp: true, failures: 99_999_999_999 },
      "health/failures dev/shop/web: health.readiness.failures 99999999999 is not a number of failures; use a whole number from 1 to 2147483647",
    ],
    [
      "a time longer than Kubernetes counts",
      { tcp: true, every: "99999d" },
      'units/duration dev/shop/web: health.readiness.every "99999d" is longer than Kubernetes can count; write "5s" or "1m"',
    ],
    [
      "a header whose name has a space",
      { http: "/", headers: { "Bad Header": "a" } },
      'http/header dev/shop/web: health.readiness.headers has "Bad Header": "a", which is no header; use letters, digits and - in its name, and text as its value',
    ],
    [
      "a header without a name",
      { http: "/", headers: { "": "a" } },
      'http/header dev/shop/web: health.readiness.headers has "": "a", which is no header; use letters, digits and - in its name, and text as its value',
    ],
    [
      "an unknown scheme",
      { http: "/", scheme: "HTTPS" },
      'http/scheme dev/shop/web: health.readiness.scheme "HTTPS" is not known; write "http" or "https"',
    ],
    [
      "times beside purposes",
      { readiness: "/r", failures: 10, every: "30s" },
      'health/misplaced dev/shop/web: health has "every", "failures" beside "readiness"; say it inside of a probe, as in readiness: { http: "/ready", every: "5s" }',
    ],
    [
      "an answer for all beside one for a purpose",
      { http: "/x", liveness: "/r" },
      'health/misplaced dev/shop/web: health has "http" beside "liveness"; say it inside of a probe, as in liveness: { http: "/ready", every: "5s" }',
    ],
    [
      "times of nothing",
      { every: "30s" },
      'health/misplaced dev/shop/web: health has "every" and no probe; say it inside of a probe, as in readiness: { http: "/ready", every: "5s" }',
    ],
    [
      "no successes",
      { readiness: { tcp: true, successes: 0 } },
      "health/successes dev/shop/web: health.readiness.successes 0 is not a number of successes; use a whole number from 1 to 2147483647",
    ],
    [
      "more successes than one for liveness",
      { liveness: { tcp: true, successes: 2 } },
      "health/successes dev/shop/web: health.liveness.successes 2 is above 1, which readiness alone takes; say it as health: { readiness: { …, successes } }",
    ],
    [
      "a delay below zero",
      { tcp: true, delay: "-1s" },
      'units/duration dev/shop/web: health.readiness.delay "-1s" is not a whole number of seconds; write "5s" or "1m"',
    ],
    [
      "an unknown key",
      { tcp: true, period: "5s" },
      'props/unknown dev/shop/web: unknown property "health.readiness.period"; known are "delay", "endpoint", "every", "exec", "failures", "grpc", "headers", "http", "scheme", "successes", "tcp", "timeout"',
    ],
    [
      "an unknown purpose",
      { rediness: "/" },
      'props/unknown dev/shop/web: unknown property "health.rediness"; did you mean "readiness"?',
    ],
    [
      "a wrong answer for one purpose",
      { liveness: "up" },
      'health/unknown dev/shop/web: health.liveness "up" is not a probe; use a path as in "/healthz", "grpc", "tcp", false, or { http: "/healthz" }',
    ],
  ])("%s is one finding", async (_, health, finding) => {
    const endpoints: Endpoints = { ...HTTP, admin: { port: 9090 }, dns: { port: 53, protocol: "udp" } };
    const plan = await serviceWith<string>({ health: health as Health, endpoints });
    expect(brief(plan.findings)).toEqual([finding]);
  });

  test("for want of an endpoint is a finding", async () => {
    const plan = await serviceWith<string>({ health: "/", endpoints: { dns: { port: 53, protocol: "udp" } } });
    expect(brief(plan.findings)).toEqual([
      "health/endpoint dev/shop/web: health.readiness has no endpoint to probe; add an endpoint, or use { exec: […] }",
    ]);
  });
});
