// The measured program: services of ten objects each, declared with Flagstone.
import { k8s } from "cdk8s-plus-28";
import { Construct } from "constructs";
import { Application, Cluster, definePlatform, Tenant, WebService } from "flagstone";
import { CONFIG, serviceName, type Shape } from "./shape.ts";

const platform = definePlatform("bench", {
  domain: "bench.example",
  environments: { staging: { tier: "staging" } },
  tenants: { shop: { owners: ["group:shop"] } },
});

/** The program; making its tree is part of what is measured. */
export function benchProgram(shape: Shape): Application {
  const app = new Application("bench", {
    platform,
    environments: { staging: { clusters: Cluster.fromKubeconfig() } },
  });
  app.run((environment) => {
    const shop = Tenant.fromName(environment, "shop");
    const scopes = scopesOf(shop, shape);
    for (let i = 0; i < shape.services; i++) declareService(scopes(i), serviceName(i));
  });
  return app;
}

/** The scope of each service. */
function scopesOf(shop: Tenant, shape: Shape): (service: number) => Construct {
  const { layers } = shape;
  if (layers === undefined) return (i) => (shape.scopes === "few" ? shop : new Construct(shop, `group-${i}`));
  const made = Array.from({ length: layers }, (_, i) => new Construct(shop, `layer-${i}`));
  if (shape.edges ?? true) made.forEach((layer, i) => i > 0 && layer.node.addDependency(made[i - 1]!));
  return (i) => made[i % layers]!;
}

function declareService(scope: Construct, name: string): void {
  const service = new WebService(scope, name, {
    image: `registry.bench.example/shop/${name}:1.4.2`,
    endpoints: { http: { port: 8080 } },
    health: "/healthz",
    replicas: { min: 3, max: 12 },
    env: { LOG_LEVEL: "info", REGION: "eu-central-1" },
    files: { "/etc/app/config.yaml": CONFIG },
  });
  new k8s.KubeConfigMap(service, "settings", { data: { theme: "dark", currency: "EUR" } });
  new k8s.KubeRole(service, "reader", {
    rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "watch"] }],
  });
  new k8s.KubeRoleBinding(service, "readers", {
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: `${name}-reader` },
    subjects: [{ kind: "ServiceAccount", name, namespace: "shop" }],
  });
}
