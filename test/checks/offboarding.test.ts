import { ApiObject } from "cdk8s";
import type { Construct } from "constructs";
import { Application, Cluster, Component, definePlatform, Platform, Tenant, WebService } from "flagstone";
import { CustomResource } from "@pulumi/pulumi";
import { type Plan, planOf } from "flagstone/testing";
import { beforeAll, describe, expect, test } from "vitest";
import { type Offboarding, offboarding, type Possession } from "../../lib/checks/offboarding";
import { IMAGE } from "../testing/fixtures";

const facts = definePlatform("acme", {
  domain: "acme.example",
  environments: { dev: {}, prod: { tier: "production", domain: "acme.example" } },
  tenants: {
    shop: { owners: ["group:shop"], members: { developer: ["group:devs"] }, namespaces: ["shop", "shop-batch"] },
    bank: { owners: ["group:bank"] },
  },
});
const clusters = Cluster.fromKubeconfig();
const environments = { dev: { clusters }, prod: { clusters } };

class Thing extends CustomResource {
  public constructor(name: string, options: object) {
    super("aws:s3/bucket:Bucket", name, {}, options);
  }
}
class Store extends Component {
  public constructor(scope: Construct, id: string) {
    super(scope, id);
    this.cloud("Bucket", (name, options) => new Thing(name, options));
  }
}

const platform = new Platform(facts, { environments });
platform.run((environment) => {
  new Tenant(environment, "shop");
  new Tenant(environment, "bank");
});
const app = new Application("webshop", { platform: facts, environments: withAws(environments) });
app.run((environment) => {
  const shop = Tenant.fromName(environment, "shop");
  new WebService(shop, "web", { image: IMAGE, endpoints: { http: { port: 8080, visibility: "environment" } } });
  new Store(shop, "store");
  new ApiObject(shop, "claim", { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "uploads" } });
  new ApiObject(shop, "key", { apiVersion: "v1", kind: "Secret", metadata: { name: "key" } });
  new ApiObject(shop, "database", {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "database", namespace: "shop-batch" },
    spec: { volumeClaimTemplates: [{ metadata: { name: "data" } }] },
  });
  new ApiObject(shop, "entry", {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name: "entry" },
    spec: { rules: [{ host: "shop.acme.example" }, { host: "www.shop.acme.example" }] },
  });
  new ApiObject(shop, "route", {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name: "route" },
    spec: { hostnames: ["api.shop.acme.example", "shop.acme.example"] },
  });
});
const banking = new Application("banking", { platform: facts, environments });
banking.run((environment) => {
  const bank = Tenant.fromName(environment, "bank");
  const web = WebService.fromName(Tenant.fromName(environment, "shop"), "web", {
    endpoints: { http: { port: 8080, visibility: "environment" } },
  });
  new WebService(bank, "ledger", { image: IMAGE, connections: { web } });
});

function withAws<T extends Readonly<Record<string, object>>>(given: T) {
  return Object.fromEntries(
    Object.entries(given).map(([name, props]) => [name, { ...props, aws: { region: "eu-central-1" } }]),
  ) as { readonly [P in keyof T]: T[P] & { readonly aws: { readonly region: string } } };
}

let plans: readonly Plan[];
let shop: Offboarding;
beforeAll(async () => {
  plans = await Promise.all(
    [platform, app, banking].flatMap((program) =>
      (["dev", "prod"] as const).map(async (name) => {
        const { plan } = await planOf(program, name);
        expect(plan.findings.filter(({ severity }) => severity === "error")).toEqual([]);
        return plan;
      }),
    ),
  );
  shop = offboarding("shop", plans);
});

const brief = (items: readonly Possession[]) =>
  items.map(
    ({ environment, program, cluster, name, isProtected }) =>
      `${[environment, program, cluster].filter(Boolean).join(" ")}: ${name}${isProtected ? " (protected)" : ""}`,
  );

describe("off-boarding a tenant", () => {
  test("loses its namespaces, workloads, volumes and secrets in every environment, and keeps those of others", () => {
    expect(brief(shop.namespaces)).toEqual([
      "dev acme main: Namespace shop",
      "dev acme main: Namespace shop-batch",
      "prod acme main: Namespace shop (protected)",
      "prod acme main: Namespace shop-batch (protected)",
    ]);
    expect(brief(shop.workloads)).toEqual([
      "dev webshop main: Deployment shop/web",
      "dev webshop main: StatefulSet shop-batch/database",
      "prod webshop main: Deployment shop/web",
      "prod webshop main: StatefulSet shop-batch/database",
    ]);
    expect(brief(shop.volumes)).toEqual([
      "dev webshop main: PersistentVolumeClaim shop/uploads",
      "dev webshop main: PersistentVolumeClaims shop-batch/data-database-*",
      "prod webshop main: PersistentVolumeClaim shop/uploads (protected)",
      "prod webshop main: PersistentVolumeClaims shop-batch/data-database-*",
    ]);
    expect(brief(shop.secrets)).toEqual(["dev webshop main: Secret shop/key", "prod webshop main: Secret shop/key"]);
  });

  test("loses its cloud resources, and says which are protected", () => {
    expect(brief(shop.cloud)).toEqual([
      "dev webshop: aws:s3/bucket:Bucket shop-store-Bucket",
      "prod webshop: aws:s3/bucket:Bucket shop-store-Bucket (protected)",
    ]);
  });

  test("takes its hosts off the air, each named once", () => {
    const names = ["api.shop.acme.example", "shop.acme.example", "www.shop.acme.example"];
    expect(shop.hosts).toEqual(["dev", "prod"].flatMap((environment) => names.map((host) => ({ environment, host }))));
  });

  test("is felt by workloads of other tenants that connect to it, and by nobody else", () => {
    expect(shop.dependents).toEqual(
      ["dev", "prod"].map((environment) => ({
        environment,
        tenant: "bank",
        from: `${environment}/bank/ledger`,
        to: expect.stringContaining(`${environment}/shop/web`),
        kind: "endpoint",
      })),
    );
    expect(offboarding("bank", plans).dependents).toEqual([]);
  });

  test("takes access away from its groups", () => {
    expect(shop.groups).toEqual(
      ["dev", "prod"].flatMap((environment) => [
        { environment, group: "devs", roles: ["tenant-developer"] },
        { environment, group: "shop", roles: ["tenant-admin"] },
      ]),
    );
  });

  test("is done in an order in which nothing is lost by surprise", () => {
    expect(shop.steps).toEqual([
      {
        title: "move or warn who connects to it",
        items: [expect.stringMatching(/^dev\/bank\/ledger → dev\/shop\/web/), expect.stringMatching(/^prod\/bank/)],
      },
      { title: 'cordon it: new Tenant(environment, "shop", { cordoned: true })', items: ["dev", "prod"] },
      {
        title: "remove the applications, but for what is protected",
        items: [
          "webshop: pulumi destroy --stack dev --exclude-protected",
          "webshop: pulumi destroy --stack prod --exclude-protected",
        ],
      },
      {
        title: "save what is protected, then let go of it: pulumi state unprotect <urn>",
        items: [
          "Namespace shop (prod, main)",
          "Namespace shop-batch (prod, main)",
          "PersistentVolumeClaim shop/uploads (prod, main)",
          "aws:s3/bucket:Bucket shop-store-Bucket (prod)",
        ],
      },
      {
        title:
          'remove new Tenant(environment, "shop", …) and deploy; remove it from the facts when no environment has it',
        items: ["dev", "prod"],
      },
    ]);
  });

  test("says the same whatever the order of the Plans", () => {
    expect(offboarding("shop", plans.toReversed())).toEqual(shop);
  });

  test("that nobody has loses nothing", () => {
    const { steps, tenant, ...lost } = offboarding("nobody", plans);
    expect(tenant).toBe("nobody");
    expect(Object.values(lost).flat()).toEqual([]);
    expect(steps.flatMap(({ items }) => items)).toEqual([]);
  });
});
