// One file, one service: the platform's facts, a platform that reaches one cluster, a tenant, and what it runs.
import { Cluster, definePlatform, Platform, Tenant, WebService } from "flagstone";

const quickstart = definePlatform("quickstart", {
  domain: "quickstart.example",
  environments: { dev: { tier: "development" } },
  tenants: { demo: { owners: ["group:demo"] } },
});

const platform = new Platform(quickstart, {
  environments: { dev: { clusters: Cluster.fromKubeconfig() } }, // the current context of kubectl
});

export const flagstone = platform.run((environment) => {
  const demo = new Tenant(environment, "demo");
  new WebService(demo, "hello", {
    image: "docker.io/nginxinc/nginx-unprivileged:1.29.3",
    health: "/",
  });
});
