import { type EndpointProps, WebService, withEndpoints } from "flagstone";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkEndpoints } from "../../../lib/workloads/endpoints/endpoints";
import { brief, IMAGE, serviceWith, tenantIn } from "../../testing/fixtures";

describe("endpoints", () => {
  test("are container ports, Service ports and what the network policy lets in", async () => {
    const plan = await serviceWith<string>({
      endpoints: {
        http: { port: 8080, servicePort: 80 },
        grpc: { port: 50051, protocol: "grpc" },
        ws: { port: 8081, protocol: "websocket" },
        db: { port: 5432, protocol: "tcp" },
        dns: { port: 53, protocol: "udp" },
      },
    });
    expect(plan.findings).toEqual([]);
    expect(plan.object("Service", "web").spec.ports).toEqual([
      { name: "http", port: 80, targetPort: "http", protocol: "TCP", appProtocol: "http" },
      { name: "grpc", port: 50051, targetPort: "grpc", protocol: "TCP", appProtocol: "kubernetes.io/h2c" },
      { name: "ws", port: 8081, targetPort: "ws", protocol: "TCP", appProtocol: "kubernetes.io/ws" },
      { name: "db", port: 5432, targetPort: "db", protocol: "TCP" },
      { name: "dns", port: 53, targetPort: "dns", protocol: "UDP" },
    ]);
    expect(plan.object("Deployment", "web").spec.template.spec.containers[0]!["ports"]).toEqual([
      { name: "http", containerPort: 8080, protocol: "TCP" },
      { name: "grpc", containerPort: 50051, protocol: "TCP" },
      { name: "ws", containerPort: 8081, protocol: "TCP" },
      { name: "db", containerPort: 5432, protocol: "TCP" },
      { name: "dns", containerPort: 53, protocol: "UDP" },
    ]);
    expect(plan.object("NetworkPolicy", "web")).toMatchObject({
      spec: {
        ingress: [
          {
            ports: [
              { port: "http", protocol: "TCP" },
              { port: "grpc", protocol: "TCP" },
              { port: "ws", protocol: "TCP" },
              { port: "db", protocol: "TCP" },
              { port: "dns", protocol: "UDP" },
            ],
          },
        ],
      },
    });
  });

  test("tell the container where to listen when there is one only", async () => {
    const envOf = async (endpoints: Record<string, EndpointProps>) =>
      (await serviceWith<string>({ endpoints })).object("Deployment", "web").spec.template.spec.containers[0]!.env;
    expect(await envOf({ api: { port: 9000 } })).toEqual([{ name: "PORT", value: "9000" }]);
    expect(await envOf({ api: { port: 9000 }, admin: { port: 9001 } })).toBeUndefined();
  });

  test("are known to whoever has the service, with everything said", () => {
    const web = new WebService(tenantIn("dev"), "web", {
      image: IMAGE,
      endpoints: { http: { port: 8080, servicePort: 80 }, rpc: { port: 50051, protocol: "grpc" } },
    });
    expect(web.endpoints.http).toMatchObject({
      name: "http",
      port: 8080,
      servicePort: 80,
      protocol: "http",
      visibility: "tenant",
      hosts: [],
      coordinates: { url: "http://web.shop.svc:80", host: "web.shop.svc", port: "80", address: "web.shop.svc:80" },
    });
    expect(web.endpoints.rpc).toMatchObject({
      name: "rpc",
      port: 50051,
      servicePort: 50051,
      protocol: "grpc",
      coordinates: { url: "grpc://web.shop.svc:50051" },
    });
  });

  test("may share a port number over different transports", async () => {
    const { findings } = await serviceWith<string>({
      endpoints: { tcp: { port: 53, protocol: "tcp" }, udp: { port: 53, protocol: "udp" } },
    });
    expect(findings).toEqual([]);
  });

  test.each<[string, Record<string, unknown>, string[]]>([
    ["none", {}, ["endpoints/none: a WebService without an endpoint cannot be reached"]],
    ["a name in capitals", { HTTP: { port: 80 } }, ['endpoints/name: endpoint name "HTTP" cannot name a port']],
    ["a name of digits", { "8080": { port: 80 } }, ['endpoints/name: endpoint name "8080" cannot name a port']],
    ["port 0", { http: { port: 0 } }, ["endpoints/port: endpoints.http.port 0 is not a port"]],
    ["no port", { http: {} }, ["endpoints/port: endpoints.http.port undefined is not a port"]],
    ["half a port", { http: { port: 80.5 } }, ["endpoints/port: endpoints.http.port 80.5 is not a port"]],
    [
      "a service port too high",
      { http: { port: 80, servicePort: 65_536 } },
      ["endpoints/port: endpoints.http.servicePort 65536 is not a port"],
    ],
    [
      "an unknown protocol",
      { http: { port: 80, protocol: "grcp" } },
      ['endpoints/protocol: endpoints.http.protocol "grcp" is not known'],
    ],
    ["an unknown key", { http: { port: 80, path: "/" } }, ['props/unknown: unknown property "endpoints.http.path"']],
    [
      "a port twice",
      { a: { port: 80 }, b: { port: 80, servicePort: 81 } },
      ['endpoints/port-taken: endpoints "a" and "b" both take port 80/TCP'],
    ],
    [
      "a service port twice",
      { a: { port: 80 }, b: { port: 81, servicePort: 80 } },
      ['endpoints/port-taken: endpoints "a" and "b" both take service port 80/TCP'],
    ],
  ])("cannot be %s", (_, endpoints, problems) => {
    const found = checkEndpoints(endpoints as Record<string, EndpointProps>);
    expect(found.map(({ rule, message }) => `${rule}: ${message}`)).toEqual(problems);
    expect(found.every(({ fix }) => fix !== "")).toBe(true);
  });

  test("report their mistakes on the construct", async () => {
    const plan = await serviceWith<string>({ endpoints: { http: { port: 80, protocol: "grcp" as "grpc" } } });
    expect(brief(plan.findings)).toEqual([
      'endpoints/protocol dev/shop/web: endpoints.http.protocol "grcp" is not known; did you mean "grpc"?',
    ]);
  });

  // https://github.com/kubernetes/apimachinery/blob/master/pkg/util/validation/validation.go (IsValidPortName)
  const isPortName = (name: string) =>
    name.length <= 15 &&
    /^[-a-z0-9]+$/.test(name) &&
    /[a-z]/.test(name) &&
    !name.includes("--") &&
    !name.startsWith("-") &&
    !name.endsWith("-");

  test("have names that Kubernetes takes for a port", () => {
    const name = fc.string({ unit: fc.constantFrom("a", "z", "0", "9", "-", "A", "_"), minLength: 1, maxLength: 17 });
    fc.assert(
      fc.property(name, (given) => {
        expect(checkEndpoints({ [given]: { port: 80 } }).length === 0).toBe(isPortName(given));
      }),
      { numRuns: 500 },
    );
  });
});

describe("withEndpoints", () => {
  test("adds to what a caller gave, which may not override what is added", () => {
    expect(withEndpoints({ api: { port: 1 } }, { admin: { port: 2 } })).toEqual({
      api: { port: 1 },
      admin: { port: 2 },
    });
    expect(withEndpoints({ admin: { port: 1 } }, { admin: { port: 2 } })).toEqual({ admin: { port: 2 } });
  });

  test("adds to the default endpoint when a caller gave none", () => {
    expect(withEndpoints(undefined, { admin: { port: 2 } })).toEqual({ http: { port: 8080 }, admin: { port: 2 } });
  });
});
