import type { IConstruct } from "constructs";
import type { Capability } from "./capability";
import type { Default } from "./defaults";
import type { Finding } from "./findings";
import type { Size } from "./sizes";

/** A map from names to values. Whatever becomes a named object is one, never an array. */
export type Named<T, N extends string = string> = Readonly<Record<N, T>>;

/** The tiers that every platform has. */
export type BuiltinTier = "development" | "staging" | "production";

/** A group of people in the identity provider. */
export type Group = `group:${string}`;

/** One cluster of an environment, as constructs see it. */
export interface ClusterRef {
  /** Name within its environment. */
  readonly name: string;
  /** Region, as the platform facts say it; undefined where they do not. */
  readonly region: string | undefined;
  /** Labels, as the platform facts say them. */
  readonly labels: Named<string>;
  /** What it offers beyond Kubernetes itself, as the platform facts say it. */
  readonly capabilities: readonly Capability[];
  /** Where its pods ask for names, as the platform facts say it. */
  readonly dns: readonly DnsServer[];
}

/** Where pods ask for names: pods, or addresses of what runs beside them. Policies let them ask there. */
export type DnsServer =
  | {
      /** The namespace of the pods. */
      readonly namespace: string;
      /** Labels of the pods. */
      readonly labels: Named<string>;
      /** Port that the pods listen on, whatever their Service says. @default 53 */
      readonly port?: number | undefined;
      readonly cidrs?: never;
    }
  | {
      /** Ranges of addresses, as in `169.254.20.10/32`. */
      readonly cidrs: readonly [string, ...string[]];
      /** Port that is asked there. @default 53 */
      readonly port?: number | undefined;
      readonly namespace?: never;
      readonly labels?: never;
    };

/** Where a construct's objects go: clusters by name, region or labels. What is not said does not restrict. */
export interface Placement {
  /** One cluster, or several, by name. @default - any */
  readonly cluster?: string | readonly string[] | undefined;
  /** One region of clusters, or several, as the platform facts say them. @default - any */
  readonly region?: string | readonly string[] | undefined;
  /** Labels that a cluster must have, all of them. @default - none */
  readonly labels?: Named<string> | undefined;
}

export const PLACEMENT_KEYS: readonly (keyof Placement)[] = ["cluster", "region", "labels"];

/** How the API server of a cluster is reached. Nothing in it is secret: it stands in the contract of the platform's stack. */
export type ClusterConnection = KubeconfigConnection | EndpointConnection;

/** A cluster that is reached by a kubeconfig file. */
export interface KubeconfigConnection {
  /** How: by a kubeconfig file. */
  readonly kind: "kubeconfig";
  /** Path of the file; undefined follows kubectl's rules. */
  readonly path: string | undefined;
  /** Name of the context; undefined means the current one. */
  readonly context: string | undefined;
}

/** A cluster that is reached by its address, as whoever a command says. */
export interface EndpointConnection {
  /** How: by the address of its API server. */
  readonly kind: "endpoint";
  /** URL of the API server. */
  readonly server: string;
  /** The certificate authority of that server: PEM, in base64. */
  readonly certificateAuthority: string;
  /** The command that says who is asking. */
  readonly exec: ExecAuthentication;
}

/**
 * A command that gives short-lived credentials for a cluster.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 */
export interface ExecAuthentication {
  /** The command, as in `aws`. */
  readonly command: string;
  /** Its arguments. @default - none */
  readonly args?: readonly string[] | undefined;
  /** Variables of its environment, besides those that are there; never a secret. @default - none */
  readonly env?: Named<string> | undefined;
  /** Version of what it prints. @default "client.authentication.k8s.io/v1" */
  readonly apiVersion?: "client.authentication.k8s.io/v1" | "client.authentication.k8s.io/v1beta1" | undefined;
}

/** One AWS account and region. */
export interface AwsProps {
  /** Region of AWS, as in `eu-central-1`. */
  readonly region: string;
  /** Refuses to work with another account. @default - whatever account the credentials are for */
  readonly accountId?: string | undefined;
}

/**
 * Who applies the Kubernetes objects of an environment: Pulumi, or a GitOps controller that reads rendered YAML. Cloud resources, and
 * objects that carry outputs, are Pulumi's in any case.
 *
 * @see https://argo-cd.readthedocs.io/
 * @see https://fluxcd.io/flux/
 */
export type Delivery = "pulumi" | "argo-cd" | "flux";

/** What a host name of an external endpoint is made of. */
export interface HostNameParts {
  /** Name of the workload. */
  readonly service: string;
  /** Name of the endpoint. */
  readonly endpoint: string;
  /** Name of the tenant. */
  readonly tenant: string;
  /** Name of the environment. */
  readonly environment: string;
  /** DNS domain of the environment. */
  readonly domain: string;
}

/** How an external endpoint that names no host gets one. */
export type HostNames = (parts: HostNameParts) => string;

/** What a tenant may use in one environment; a list that is not there does not restrict. */
export interface Allowed {
  /** Beginnings of image references, as in `registry.acme.example/shop/`. */
  readonly registries?: readonly string[] | undefined;
  /** Host names that it may serve; `*.shop.acme.example` means everything below, `*-shop.acme.example` all that end so. */
  readonly hosts: readonly string[];
  /** Names of StorageClasses. */
  readonly storageClasses?: readonly string[] | undefined;
  /** Names of PriorityClasses. */
  readonly priorityClasses?: readonly string[] | undefined;
  /** Paths in the store of secrets that it may read, and what is below them; `shop` and `shop/` mean the same. */
  readonly secretPaths: readonly string[];
  /** Names of ClusterTriggerAuthentications. */
  readonly triggerAuthentications: readonly string[];
}

/** Defaults of one layer, lowest first in a list of them. */
export interface DefaultLayer {
  readonly layer: "platform" | "environment" | "tenant";
  readonly defaults: readonly Default[];
  /** Whether they come from the platform's package, and so are for other programs too. */
  readonly isShared: boolean;
}

/** What constructs know of the environment that they are in; `platform/` implements it. */
export interface EnvironmentScope extends IConstruct {
  readonly name: string;
  readonly tier: string;
  /** The built-in tier whose rules hold here. */
  readonly tierLike: BuiltinTier;
  readonly domain: string;
  readonly hostNames: HostNames;
  /** What the names of sizes mean here. */
  readonly sizes: Named<Size>;
  /** Of a preview: its name, which is part of the names of all its objects. */
  readonly preview: { readonly name: string } | undefined;
  /** Address of the platform's stack whose contract is read; undefined in the platform's own program, and where the facts name none. */
  readonly platformStack: string | undefined;
  readonly platformName: string;
  readonly programName: string;
  readonly clusters: readonly ClusterRef[];
  /** How its clusters are reached, by name; those that are not there are reached as the contract says. */
  readonly connections: Named<ClusterConnection | undefined>;
  readonly aws: AwsProps | undefined;
  readonly delivery: Delivery;
  readonly defaultLayers: readonly DefaultLayer[];
  readonly consumedDefaults: Set<Default>;
  readonly recorded: Finding[];
}

/** What constructs know of the tenant that they are in; `platform/` implements it. */
export interface TenantScope extends IConstruct {
  readonly name: string;
  readonly namespaces: readonly [string, ...string[]];
  readonly owners: readonly string[];
  readonly clusters: readonly ClusterRef[];
  readonly allowed: Allowed;
  readonly defaultLayers: readonly DefaultLayer[];
}

const ENVIRONMENT = Symbol.for("flagstone.Environment");
const TENANT = Symbol.for("flagstone.Tenant");

/** Marks a construct, so that lookups need no class and work across copies of this package. */
export function markScope(construct: IConstruct, as: "environment" | "tenant"): void {
  Object.defineProperty(construct, as === "environment" ? ENVIRONMENT : TENANT, { value: true });
}

export function isEnvironmentScope(construct: IConstruct): construct is EnvironmentScope {
  return ENVIRONMENT in construct;
}

export function isTenantScope(construct: IConstruct): construct is TenantScope {
  return TENANT in construct;
}

/** The environment that a construct is in, if any. */
export function findEnvironment(scope: IConstruct): EnvironmentScope | undefined {
  for (let c: IConstruct | undefined = scope; c; c = c.node.scope) if (isEnvironmentScope(c)) return c;
  return undefined;
}

/** The tenant that a construct is in, if any. */
export function findTenant(scope: IConstruct): TenantScope | undefined {
  for (let c: IConstruct | undefined = scope; c; c = c.node.scope) if (isTenantScope(c)) return c;
  return undefined;
}

/** Name of the stack that deploys an environment: its own, or that of the preview. */
export function stackNameOf({ name, preview }: Pick<EnvironmentScope, "name" | "preview">): string {
  return preview?.name ?? name;
}

/** The clusters among `clusters` that a placement means. */
export function placedOn(clusters: readonly ClusterRef[], placement: Placement | undefined): readonly ClusterRef[] {
  if (!placement) return clusters;
  const names = placement.cluster === undefined ? undefined : [placement.cluster].flat();
  const regions = placement.region === undefined ? undefined : [placement.region].flat();
  const labels = Object.entries(placement.labels ?? {});
  return clusters.filter(
    (cluster) =>
      (names === undefined || names.includes(cluster.name)) &&
      (regions === undefined || (cluster.region !== undefined && regions.includes(cluster.region))) &&
      labels.every(([key, value]) => cluster.labels[key] === value),
  );
}
