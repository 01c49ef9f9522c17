import { Application, Capability, Cluster, definePlatform, Tenant, WebService } from "flagstone";
import { describe, expect, test } from "vitest";
import { withSharedClaims } from "../../lib/cli/shared-claims";
import { readEnvironment } from "../../lib/plan/read";
import { brief, IMAGE } from "../testing/fixtures";

const platform = definePlatform("acme", {
  domain: "acme.example",
  environments: {
    dev: { clusters: { main: { capabilities: [Capability.gatewayApi({ gateway: "edge/public" })] } } },
    stage: { clusters: { main: { capabilities: [Capability.gatewayApi({ gateway: "edge/public" })] } } },
  },
  tenants: {
    pay: { allowed: { hosts: { dev: ["pay.acme.example"], stage: ["pay.acme.example"] } } },
    shop: { allowed: { hosts: { dev: ["pay.acme.example"], stage: ["pay.acme.example"] } } },
  },
});
const host = "pay.acme.example" as const;

/** One environment of an application that serves the host in a tenant. */
function reading(name: string, tenant: "pay" | "shop", endpoint: object = {}, environment: "dev" | "stage" = "dev") {
  const clusters = Cluster.fromKubeconfig();
  const application = new Application(name, { platform, environments: { dev: { clusters }, stage: { clusters } } });
  application.run((scope) => {
    const http = { port: 8080, visibility: "external", hosts: [host], ...endpoint } as const;
    new WebService(Tenant.fromName(scope, tenant), `${tenant}-web`, { image: IMAGE, endpoints: { http } });
  });
  return readEnvironment(application, environment);
}
const shared = async (...readings: readonly ReturnType<typeof reading>[]) =>
  withSharedClaims(await Promise.all(readings)).map(({ plan }) =>
    brief(plan.findings.filter(({ rule }) => rule === "entry/claimed")),
  );

describe("programs that are named together", () => {
  test("must not claim the same", async () => {
    expect(await shared(reading("a", "pay"), reading("b", "shop"))).toEqual([
      [
        `entry/claimed dev/pay/pay-web/@main/entry: host "${host}" and path "/" of cluster "main" are claimed by ` +
          "dev/pay/pay-web/@main/entry and dev/shop/shop-web/@main/entry; give one of them another host, or other paths",
      ],
      [],
    ]);
  });

  test("may claim other paths, or the same in another environment", async () => {
    expect(await shared(reading("a", "pay"), reading("b", "shop", { paths: ["/shop"] }))).toEqual([[], []]);
    expect(await shared(reading("a", "pay"), reading("b", "shop", {}, "stage"))).toEqual([[], []]);
  });
});
