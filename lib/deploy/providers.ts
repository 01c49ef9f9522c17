import { createRequire } from "node:module";
import type { ProviderResource } from "@pulumi/pulumi";
import { loadKubernetesProvider } from "../core/pulumi";
import type { ClusterRef, EnvironmentScope } from "../core/scope";

/** One provider for each cluster, made when its first object is registered. */
export class KubernetesProviders {
  private readonly made = new Map<string, ProviderResource>();

  public constructor(private readonly environment: EnvironmentScope) {}

  public of(cluster: ClusterRef): ProviderResource {
    const known = this.made.get(cluster.name);
    if (known) return known;
    const { path, context } = this.environment.connections[cluster.name] ?? {};
    const { Provider } = loadKubernetesProvider();
    const provider = new Provider(cluster.name, {
      ...(path === undefined ? {} : { kubeconfig: path }),
      ...(context === undefined ? {} : { context }),
      // Without it, the same cluster under another host name would have every object replaced.
      clusterIdentifier: [this.environment.platformName, this.environment.name, cluster.name].join("/"),
      enableConfigMapMutable: true,
      enableSecretMutable: true,
    });
    this.made.set(cluster.name, provider);
    return provider;
  }
}

/** Version of the provider's plugin that goes with the installed package. */
export function kubernetesVersion(): string {
  const load = createRequire(__filename);
  return (load("@pulumi/kubernetes/package.json") as { version: string }).version;
}
