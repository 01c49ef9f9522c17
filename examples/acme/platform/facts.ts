// What is known before anything is deployed. Importing it creates nothing.
import { Capability, definePlatform, defaultsFor, type EnvironmentNames, WebService } from "flagstone";

/** Every cluster of Acme has the same controllers. */
const capabilities = [
  Capability.ingress({ className: "public", from: { namespace: "ingress" } }),
  Capability.certManager({ issuer: "letsencrypt" }),
];

/** Programs at Acme are told `CART_ADDR`; of what is not ours, they are told `TRACKING_URL`. */
const environmentNames: EnvironmentNames = ({ constantName, kind, coordinates }) =>
  kind === "external"
    ? { [`${constantName}_URL`]: coordinates["url"] ?? "" }
    : { [`${constantName}_ADDR`]: coordinates["address"] ?? "" };

export const acme = definePlatform("acme", {
  domain: "acme.example",
  tiers: { regulated: { like: "production" } },
  environments: {
    dev: { tier: "development", stack: "organization/acme-platform/dev", clusters: { main: { capabilities } } },
    prod: {
      tier: "regulated",
      stack: "organization/acme-platform/prod",
      domain: "acme.example",
      clusters: {
        eu: { region: "eu-central-1", labels: { disk: "nvme" }, capabilities },
        us: { region: "us-east-1", capabilities },
      },
    },
  },
  tenants: {
    shop: {
      owners: ["group:shop-leads"],
      members: { developer: ["group:shop"], viewer: ["group:support"] },
      costCenter: "4711",
      allowed: {
        registries: ["registry.acme.example/shop/"],
        hosts: { prod: ["www.acme.example"] },
        priorityClasses: ["business-critical"],
      },
    },
    payments: {
      owners: ["group:payments-leads"],
      members: { developer: ["group:payments"] },
      costCenter: "4712",
      dataClass: "restricted",
      allowed: { registries: ["registry.acme.example/payments/"] },
    },
  },
  // Sizes that finance has agreed to.
  sizes: { large: { development: { cpu: "500m", memory: "512Mi" }, default: { cpu: 1, memory: "1Gi" } } },
  defaults: [defaultsFor(WebService, { env: { LOG_FORMAT: "json" }, environmentNames })],
});
