import { folder } from "./command.ts";

const IMAGE = "registry.acme.example/app:1.0.0@sha256:5f0c2d4c1fd4a1d2b6d4d1f3b0c0a8c8a7f1f6f2c6a3d5b9e7c1d0f8a2b4c6d8";

const FACTS = `import { Capability, definePlatform } from "flagstone";

const capabilities = [Capability.gatewayApi({ gateway: "edge/public" })];
export const image = "${IMAGE}";
export const acme = definePlatform("acme", {
  domain: "acme.example",
  environments: {
    dev: { clusters: { main: { capabilities } } },
    prod: { tier: "production", clusters: { eu: { capabilities }, us: { capabilities } } },
  },
  tenants: {
    shop: { owners: ["group:shop-leads"], members: { developer: ["group:shop"] } },
    bank: { owners: ["group:bank"], namespaces: ["bank", "vault"] },
  },
});
`;

const CLUSTERS = `const connection = () => Cluster.fromKubeconfig();
const environments = {
  dev: { clusters: { main: connection() } },
  prod: { clusters: { eu: connection(), us: connection() } },
};
`;

const PLATFORM = `import { Cluster, Platform, Tenant } from "flagstone";
import { ApiObject } from "cdk8s";
import { acme } from "./facts.ts";

${CLUSTERS}
const rbac = "rbac.authorization.k8s.io";
export const flagstone = new Platform(acme, { environments }).run((environment) => {
  new Tenant(environment, "shop");
  new Tenant(environment, "bank");
  const role = { apiVersion: \`\${rbac}/v1\`, kind: "ClusterRole", metadata: { name: "backup" } };
  new ApiObject(environment, "role", {
    ...role,
    rules: [
      { apiGroups: [""], resources: ["secrets", "namespaces"], verbs: ["get", "list"] },
      { apiGroups: ["backup.example"], resources: ["snapshots", "snapshots/data"], verbs: ["create", "restore"] },
    ],
  });
  new ApiObject(environment, "binding", {
    apiVersion: \`\${rbac}/v1\`,
    kind: "ClusterRoleBinding",
    metadata: { name: "backup" },
    roleRef: { apiGroup: rbac, kind: "ClusterRole", name: "backup" },
    subjects: [
      { kind: "ServiceAccount", name: "backup", namespace: "backup" },
      { kind: "User", name: "ada", apiGroup: rbac },
    ],
  });
});
`;

const SHOP = `import { Application, Cluster, ExternalService, Tenant, WebService } from "flagstone";
import { acme, image } from "./facts.ts";

${CLUSTERS}
export const flagstone = new Application("shop", { platform: acme, environments }).run((environment) => {
  const shop = Tenant.fromName(environment, "shop");
  const ledger = WebService.fromName(Tenant.fromName(environment, "bank"), "ledger", {
    endpoints: { grpc: { port: 50051, protocol: "grpc", visibility: "environment" } },
  });
  const stripe = new ExternalService(shop, "stripe", { url: "https://api.stripe.com" });
  const cart = new WebService(shop, "cart", { image });
  new WebService(shop, "web", {
    image,
    endpoints: { http: { port: 8080, visibility: "external" }, admin: { port: 9090 } },
    connections: { cart, ledger, stripe },
  });
});
`;

const BANK = `import { Application, Cluster, Tenant, WebService } from "flagstone";
import { acme, image } from "./facts.ts";

${CLUSTERS}
export const flagstone = new Application("bank", { platform: acme, environments }).run((environment) => {
  const bank = Tenant.fromName(environment, "bank");
  new WebService(bank, "ledger", {
    image,
    endpoints: { grpc: { port: 50051, protocol: "grpc", visibility: "environment" } },
  });
});
`;

/** A folder with a platform's program, two teams' programs, and the facts that they share. */
export function twoTeams(): string {
  return folder({ "facts.ts": FACTS, "platform.ts": PLATFORM, "shop.ts": SHOP, "bank.ts": BANK });
}
