import { Capability, definePlatform, type DnsServer, type TrafficSource } from "flagstone";
import { describe, expectTypeOf, test } from "vitest";

const namespace = "edge";
const labels = { app: "dns" };
const cidrs = ["10.0.0.10/32"] as const;

describe("who brings traffic", () => {
  test("is pods, addresses or Cilium, one of them", () => {
    for (const from of [{ namespace }, { cidrs }, { entity: "ingress" }] as const) {
      expectTypeOf(from).toExtend<TrafficSource>();
      Capability.gatewayApi({ gateway: "edge/public", from });
    }
    // @ts-expect-error one of them
    expectTypeOf({ namespace, cidrs }).toExtend<TrafficSource>();
    // @ts-expect-error an empty list is nobody
    Capability.ingress({ className: "public", from: { cidrs: [] } });
    // @ts-expect-error KEDA runs in pods
    Capability.keda({ from: { entity: "ingress" } });
  });
});

describe("where pods ask for names", () => {
  test("is pods with labels, or addresses", () => {
    expectTypeOf({ namespace, labels, port: 5353 }).toExtend<DnsServer>();
    expectTypeOf({ cidrs }).toExtend<DnsServer>();
    // @ts-expect-error one of them
    expectTypeOf({ namespace, labels, cidrs }).toExtend<DnsServer>();
    // @ts-expect-error of which pods
    expectTypeOf({ namespace }).toExtend<DnsServer>();
    const dns = [{ namespace, labels }] as const;
    definePlatform("acme", { domain: "acme.example", environments: { dev: { clusters: { main: { dns } } } } });
    // @ts-expect-error nobody could find anything
    definePlatform("acme", { domain: "acme.example", environments: { dev: { clusters: { main: { dns: [] } } } } });
  });
});
