// A service on clusters that offer this or that, in an environment of a tier that allows everything.
import { Capability, definePlatform, WebService, type WebServiceProps } from "flagstone";
import { type PlanView, testTenant } from "flagstone/testing";
import { IMAGE } from "../../testing/fixtures";

const platform = definePlatform("acme", {
  domain: "acme.example",
  tiers: { regulated: { like: "production" } },
  environments: {
    dev: { tier: "development", clusters: { main: { capabilities: [Capability.keda()] } } },
    mixed: { tier: "development", clusters: { eu: { capabilities: [Capability.keda()] }, us: {} } },
    plain: { tier: "development" },
    vertical: { tier: "development", clusters: { eu: { capabilities: [Capability.verticalPodAutoscaler()] }, us: {} } },
    prod: { tier: "regulated", clusters: { main: { capabilities: [Capability.keda()] } } },
  },
  tenants: { shop: { allowed: { triggerAuthentications: ["aws", "kafka", "reports"] } } },
});

/** What a service called `web` becomes; without anything else said, on one cluster that has KEDA. */
export async function inCluster(
  props: Partial<WebServiceProps>,
  environment: "dev" | "mixed" | "plain" | "vertical" | "prod" = "dev",
  id = "web",
): Promise<PlanView> {
  const shop = testTenant(platform, environment, "shop");
  new WebService(shop, id, { image: IMAGE, ...props });
  return shop.plan();
}
