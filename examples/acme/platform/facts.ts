// What is known before anything is deployed. Importing it creates nothing.
import { definePlatform, defaultsFor, WebService } from "flagstone";

export const acme = definePlatform("acme", {
  domain: "acme.example",
  tiers: { regulated: { like: "production" } },
  environments: {
    dev: { tier: "development" },
    prod: {
      tier: "regulated",
      domain: "acme.example",
      clusters: {
        eu: { region: "eu-central-1", labels: { disk: "nvme" } },
        us: { region: "us-east-1" },
      },
    },
  },
  tenants: {
    shop: { owners: ["group:shop"], labels: { "acme.example/cost-center": "4711" } },
    payments: {
      owners: ["group:payments"],
      labels: { "acme.example/cost-center": "4712" },
      placement: { prod: { region: "eu-central-1" } },
    },
  },
  defaults: [defaultsFor(WebService, { env: { LOG_FORMAT: "json" } })],
});
