// Two tenants, an environment of one cluster and one of two: where connections are tried.
import { type Construct } from "constructs";
import {
  Application,
  Capability,
  Cluster,
  Component,
  type Connectable,
  type ConnectionOptions,
  type ConnectionTarget,
  connectionTo,
  definePlatform,
  type Environment,
  Ref,
  Tenant,
} from "flagstone";
import { planOf, type PlanView } from "flagstone/testing";

const entry = Capability.gatewayApi({ gateway: "edge/public" });

export const facts = definePlatform("acme", {
  domain: "acme.example",
  environments: {
    dev: {},
    prod: { clusters: { eu: { capabilities: [entry, Capability.cilium()] }, us: { capabilities: [entry] } } },
  },
  tenants: {
    shop: { owners: ["group:shop"] },
    bank: { owners: ["group:bank"], placement: { prod: { cluster: "eu" } } },
  },
});
type Names = typeof facts extends { environmentOf(scope: Construct): Environment<infer X> } ? X : never;

/** What an application with these tenants declares. */
export async function planWith(
  define: (tenants: { shop: Tenant<Names>; bank: Tenant<Names>; environment: Environment<Names> }) => void,
  environment: "dev" | "prod" = "dev",
): Promise<PlanView> {
  const main = Cluster.fromKubeconfig();
  const reached = { dev: { clusters: main }, prod: { clusters: { eu: main, us: main } } };
  const application = new Application("app", { platform: facts, environments: reached });
  application.run((scope) => {
    const shop = Tenant.fromName(scope, "shop");
    define({ shop, bank: Tenant.fromName(scope, "bank"), environment: scope });
  });
  return planOf(application, environment);
}

/** A platform's own resource: a schema in a database that administrators run. */
export class Schema extends Component implements Connectable<"host" | "port" | "password"> {
  public readonly coordinates: { readonly host: string; readonly port: string; readonly password: Ref };

  public constructor(scope: Construct, id: string) {
    super(scope, id);
    const password = Ref.secretKey({ name: `${id}-credentials`, key: "password" });
    this.coordinates = { host: "db.acme.internal", port: "5432", password };
  }

  public get target(): ConnectionTarget {
    const { coordinates } = this;
    const peers = [{ kind: "addresses", cidrs: ["10.20.0.0/24"], port: 5432 }] as const;
    return {
      kind: "resource",
      id: this.node.path,
      waitFor: this,
      reach: () => ({ coordinates, peers, problems: [] }),
    };
  }

  public connection(
    options: ConnectionOptions<"host" | "port" | "password">,
  ): Connectable<"host" | "port" | "password"> {
    return connectionTo(this, options);
  }
}

/** The variables of a Deployment. */
export function variablesOf(plan: PlanView, name: string, cluster?: string): Record<string, unknown> {
  const [container] = plan.object("Deployment", name, cluster).spec.template.spec.containers;
  return Object.fromEntries((container?.env ?? []).map(({ name: key, value, valueFrom }) => [key, value ?? valueFrom]));
}

/** Rules of a NetworkPolicy. */
export function egressOf(plan: PlanView, name: string, cluster?: string): readonly any[] {
  return (plan.object("NetworkPolicy", name, cluster)["spec"] as any).egress ?? [];
}
