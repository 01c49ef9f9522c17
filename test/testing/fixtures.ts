// A platform that tests of all folders use, and short ways to what they look at.
import { type Construct } from "constructs";
import {
  Application,
  Cluster,
  definePlatform,
  type Environment,
  Platform,
  type Tenant,
  WebService,
  type WebServiceProps,
} from "flagstone";
import { type Finding, type PlanView, testTenant } from "flagstone/testing";

export const acme = definePlatform("acme", {
  domain: "acme.example",
  tiers: { regulated: { like: "production" } },
  environments: {
    dev: { tier: "development" },
    prod: {
      tier: "regulated",
      clusters: { eu: { region: "eu-central-1", labels: { disk: "nvme" } }, us: { region: "us-east-1" } },
    },
    stage: { tier: "staging" },
  },
  tenants: { shop: { owners: ["group:shop"] }, bank: { namespaces: ["bank", "bank-batch"] } },
});

type Names = typeof acme extends { environmentOf(scope: Construct): Environment<infer X> } ? X : never;
export type AcmeEnvironment = Environment<Names>;

const DIGEST = "0123456789abcdef".repeat(4);
/** An image that nothing is wrong with. */
export const IMAGE = `registry.acme.example/shop/web:1.4.2@sha256:${DIGEST}`;

const main = Cluster.fromKubeconfig();
const reached = { dev: { clusters: main }, prod: { clusters: { eu: main, us: main } }, stage: { clusters: main } };

/** A platform's program that does this in each environment. */
export function platformThat(define: (environment: AcmeEnvironment) => void): Platform<Names> {
  const platform = new Platform(acme, { environments: reached });
  platform.run(define);
  return platform;
}

/** An application's program that does this in each environment. */
export function applicationThat(define: (environment: AcmeEnvironment) => void, name = "shop"): Application<Names> {
  const application = new Application(name, { platform: acme, environments: reached });
  application.run(define);
  return application;
}

/** The tenant `shop`, to try constructs in. */
export function tenantIn(environment: Names["environment"]): Tenant<Names> & { plan(): Promise<PlanView> } {
  return testTenant(acme, environment, "shop");
}

/** What a service called `web` becomes; without a cluster, in an environment that has one. */
export async function serviceWith<E extends string = "http">(
  props: Partial<WebServiceProps<E>> = {},
  environment: Names["environment"] = "dev",
): Promise<PlanView> {
  const tenant = tenantIn(environment);
  new WebService<E>(tenant, "web", { image: IMAGE, ...props });
  return tenant.plan();
}

/** Findings as `rule path: message; fix`. */
export function brief(findings: readonly Finding[]): string[] {
  return findings.map(({ rule, path, message, fix }) => `${rule} ${path}: ${message}; ${fix}`);
}

/** The rules of findings. */
export function rulesOf(findings: readonly Finding[]): string[] {
  return findings.map(({ rule }) => rule);
}
