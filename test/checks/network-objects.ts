import type { Network } from "../../lib/checks/network.ts";
import type { NetworkObject, NetworkPod } from "../../lib/checks/network-pods.ts";

type Fields = Record<string, unknown>;

/** An object as it is in a Plan, of cluster `eu`. */
export function object(
  apiVersion: string,
  kind: string,
  name: string,
  fields: Fields & { metadata?: Fields } = {},
  { cluster = "eu", tenant }: { cluster?: string; tenant?: string } = {},
): NetworkObject {
  const { metadata, ...rest } = fields;
  const namespace = kind === "Namespace" ? undefined : ((metadata?.["namespace"] as string | undefined) ?? "shop");
  return {
    id: `${cluster}/${kind}/${namespace ?? "-"}/${name}`,
    environment: "prod",
    cluster,
    tenant,
    manifest: { apiVersion, kind, ...rest, metadata: { ...metadata, ...(namespace ? { namespace } : {}), name } },
  };
}

export interface PodOptions {
  readonly namespace?: string;
  readonly labels?: Record<string, string>;
  readonly ports?: readonly { name?: string; containerPort: number; protocol?: string }[];
  readonly cluster?: string;
  readonly tenant?: string;
  readonly spec?: Fields;
}

export const HTTP = { name: "http", containerPort: 8080 };

/** A Deployment whose pods are labeled `app: <name>` and listen on 8080, which is called `http`. */
export function deployment(name: string, options: PodOptions = {}): NetworkObject {
  const { namespace = "shop", labels = { app: name }, ports = [HTTP], cluster, tenant, spec } = options;
  return object(
    "apps/v1",
    "Deployment",
    name,
    {
      metadata: { namespace },
      spec: { template: { metadata: { labels }, spec: { containers: [{ name, ports }], ...spec } } },
    },
    { ...(cluster ? { cluster } : {}), ...(tenant ? { tenant } : {}) },
  );
}

export function namespace(name: string, labels: Record<string, string> = {}): NetworkObject {
  return object("v1", "Namespace", name, { metadata: { labels } });
}

export function policy(
  name: string,
  spec: Fields,
  options: { namespace?: string; cluster?: string } = {},
): NetworkObject {
  const { namespace: at = "shop", cluster } = options;
  const metadata = { namespace: at };
  return object("networking.k8s.io/v1", "NetworkPolicy", name, { metadata, spec }, cluster ? { cluster } : {});
}

export function ciliumPolicy(name: string, spec: Fields): NetworkObject {
  return object("cilium.io/v2", "CiliumNetworkPolicy", name, { spec });
}

/** The pods of one workload. */
export function podNamed(network: Network, name: string): NetworkPod {
  const found = network.pods.find((pod) => pod.name === name);
  if (!found) throw new Error(`there are no pods of ${name}`);
  return found;
}
