// The platform team's program. One Pulumi stack deploys one environment.
import { ApiObject } from "cdk8s";
import { Cluster, Platform, Tenant } from "flagstone";
import { acme } from "./index.ts";

const platform = new Platform(acme, {
  environments: {
    dev: { clusters: Cluster.fromKubeconfig() },
    prod: {
      clusters: {
        eu: Cluster.fromKubeconfig({ context: "prod-eu" }),
        us: Cluster.fromKubeconfig({ context: "prod-us" }),
      },
    },
  },
});

export const flagstone = platform.run((environment) => {
  new Tenant(environment, "shop", { quota: { cpu: 40, memory: "80Gi" } });
  new Tenant(environment, "payments", { quota: { cpu: 10, memory: "20Gi" } });

  // Anything of Kubernetes can stand next to constructs.
  new ApiObject(environment, "business-critical", {
    apiVersion: "scheduling.k8s.io/v1",
    kind: "PriorityClass",
    metadata: { name: "business-critical" },
    value: 100_000,
    description: "takes precedence over everything that is not",
  });
});
