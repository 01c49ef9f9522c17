import { createRequire } from "node:module";
import type { Input, ProviderResource } from "@pulumi/pulumi";
import { loadKubernetesProvider } from "../core/pulumi";
import type { ClusterRef, EndpointConnection, EnvironmentScope, KubeconfigConnection } from "../core/scope";
import type { CheckedContract } from "./read-contract";

/** One provider for each cluster, made when its first object is registered. */
export class KubernetesProviders {
  private readonly made = new Map<string, ProviderResource>();

  public constructor(
    private readonly environment: EnvironmentScope,
    private readonly checked: CheckedContract | undefined,
  ) {}

  public of(cluster: ClusterRef): ProviderResource {
    const known = this.made.get(cluster.name);
    if (known) return known;
    const { Provider } = loadKubernetesProvider();
    const provider = new Provider(
      cluster.name,
      {
        ...this.reach(cluster),
        // Without it, the same cluster under another host name would have every object replaced.
        clusterIdentifier: [this.environment.platformName, this.environment.name, cluster.name].join("/"),
        enableConfigMapMutable: true,
        enableSecretMutable: true,
      },
      this.checked ? { dependsOn: this.checked.passed } : {},
    );
    this.made.set(cluster.name, provider);
    return provider;
  }

  /** As the program says, else as the contract does. */
  private reach({ name }: ClusterRef): { kubeconfig?: Input<string>; context?: Input<string> } {
    const own = this.environment.connections[name];
    if (own || !this.checked) return own ? reachBy(own) : {};
    const reached = this.checked.contract.apply(({ clusters }) => {
      const cluster = clusters?.[name];
      return cluster ? reachBy(cluster) : {};
    });
    return { kubeconfig: reached.kubeconfig as Input<string>, context: reached.context as Input<string> };
  }
}

type Reach = Partial<KubeconfigConnection> | EndpointConnection;

/** What the provider is told of how a cluster is reached. */
function reachBy(connection: Reach): { readonly kubeconfig?: string; readonly context?: string } {
  if (connection.kind === "endpoint") return { kubeconfig: kubeconfigOf(connection) };
  const { path, context } = connection;
  return { ...(path === undefined ? {} : { kubeconfig: path }), ...(context === undefined ? {} : { context }) };
}

/**
 * A kubeconfig, as text, for a cluster that is reached by its address.
 *
 * @see https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
 */
export function kubeconfigOf({ server, certificateAuthority, exec }: Omit<EndpointConnection, "kind">): string {
  const name = "main";
  const { command, args = [], env = {}, apiVersion = "client.authentication.k8s.io/v1" } = exec;
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server, "certificate-authority-data": certificateAuthority } }],
    users: [
      {
        name,
        user: {
          exec: {
            apiVersion,
            command,
            args,
            env: Object.entries(env).map(([variable, value]) => ({ name: variable, value })),
            interactiveMode: "Never", // nobody is there to type
          },
        },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: name } }],
    "current-context": name,
  });
}

/** Version of the provider's plugin that goes with the installed package. */
export function kubernetesVersion(): string {
  const load = createRequire(__filename);
  return (load("@pulumi/kubernetes/package.json") as { version: string }).version;
}
