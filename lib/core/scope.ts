import type { IConstruct } from "constructs";
import type { Default } from "./defaults";
import type { Finding } from "./findings";

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
}

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

/** Where the API server of a cluster is reached. */
export interface ClusterConnection {
  /** How: by a kubeconfig file. */
  readonly kind: "kubeconfig";
  /** Path of the file; undefined follows kubectl's rules. */
  readonly path: string | undefined;
  /** Name of the context; undefined means the current one. */
  readonly context: string | undefined;
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
  readonly platformName: string;
  readonly programName: string;
  readonly clusters: readonly ClusterRef[];
  /** How its clusters are reached, by name. */
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
