import {
  type IResolver,
  ImplicitTokenResolver,
  LazyResolver,
  NumberStringUnionResolver,
  type ResolutionContext,
} from "cdk8s";
import { Cluster } from "../clusters/cluster";
import { Component } from "../core/component";
import type { Default } from "../core/defaults";
import type { Finding, SourceLocation } from "../core/findings";
import { type Size, sizesIn } from "../core/sizes";
import { LABEL } from "../core/labels";
import { ROOT } from "../core/place";
import { Ref } from "../core/refs";
import {
  type AwsProps,
  type BuiltinTier,
  type ClusterConnection,
  type ClusterRef,
  type DefaultLayer,
  type Delivery,
  type EnvironmentScope,
  type HostNames,
  markScope,
  type Named,
} from "../core/scope";
import { isOutput, type OutputValue, valueToken } from "../core/tokens";
import { FlagstoneError } from "../core/errors";
import type { ApplicationEnvironmentProps } from "./program";
import type { Names, PlatformDefinition } from "./facts";
import { checkSelect, selectCase, type SelectKey } from "./select";

/** Turns outputs into tokens wherever they are the whole value of a field. */
class OutputResolver implements IResolver {
  public resolve(context: ResolutionContext): void {
    const value: unknown = context.value;
    if (isOutput(value)) context.replaceValue(valueToken(value as OutputValue));
    else if (value instanceof Ref && value.source.kind === "cloud") context.replaceValue(valueToken(value));
  }
}

/** What an environment knows of the program that it is in. */
interface EnvironmentProgram {
  readonly name: string;
  /** Whether it is the platform's own. */
  readonly ownsNamespaces: boolean;
  readonly declaredAt?: SourceLocation | undefined;
}

const RESOLVERS: readonly IResolver[] = [
  new OutputResolver(),
  new LazyResolver(),
  new ImplicitTokenResolver(),
  new NumberStringUnionResolver(),
];

/**
 * A place where software runs: a tier, clusters, a cloud account. One Pulumi stack deploys one environment.
 *
 * It is made by `run` of a platform or an application, which hands it to the program. It is the root of its own tree of constructs.
 */
export class Environment<X extends Names = Names> extends Component implements EnvironmentScope {
  /** Its name in the platform facts, which is that of Pulumi's stack too; of a preview, the name of its base. */
  public readonly name: X["environment"];
  /** Its tier: a built-in one, or one of the platform's own. */
  public readonly tier: X["tier"] | BuiltinTier;
  /** The built-in tier whose rules hold here. */
  public readonly tierLike: BuiltinTier;
  /** DNS domain below which its hosts live. */
  public readonly domain: string;
  /**
   * The preview that this is, if it is one: an environment of an application, made beside its base for a while. The name is that of
   * Pulumi's stack, and part of the names of all its objects.
   */
  public readonly preview: { readonly name: string } | undefined;
  /** @internal */
  public readonly platformStack: string | undefined;
  /** @internal */
  public readonly hostNames: HostNames;
  /** @internal */
  public readonly sizes: Named<Size>;
  /** @internal */
  public readonly platformName: string;
  /** @internal */
  public readonly programName: string;
  /** @internal */
  public readonly delivery: Delivery;
  /** @internal */
  public readonly connections: Named<ClusterConnection | undefined>;
  /** @internal */
  public readonly aws: AwsProps | undefined;
  /** @internal */
  public readonly platform: PlatformDefinition;
  /** @internal */
  public readonly defaultLayers: readonly DefaultLayer[];
  /** @internal */
  public readonly consumedDefaults = new Set<Default>();
  /** @internal */
  public readonly recorded: Finding[] = [];
  /** @internal cdk8s asks the root of the tree how to resolve values. */
  public readonly resolvers = RESOLVERS;
  /** @internal Whether the platform's own program made it, which owns namespaces. */
  public readonly ownsNamespaces: boolean;

  private constructor(
    platform: PlatformDefinition,
    name: string,
    program: EnvironmentProgram,
    props: ApplicationEnvironmentProps,
    preview: string | undefined,
  ) {
    const facts = platform.facts.environments[name];
    if (!facts) throw new FlagstoneError(`platform "${platform.name}" has no environment "${name}"`);
    super(ROOT, preview ?? name, {
      clusters: clusterRefs(facts.clusters ?? { main: {} }),
      labels: { ...platform.facts.labels, [LABEL.managedBy]: "flagstone", [LABEL.environment]: name },
    });
    markScope(this, "environment");
    this.declaredAt = program.declaredAt;
    this.name = name;
    this.platform = platform;
    this.tier = facts.tier ?? "development";
    this.tierLike = platform.facts.tiers?.[this.tier]?.like ?? (this.tier as BuiltinTier);
    this.domain = facts.domain ?? `${name}.${platform.domain}`;
    this.preview = preview === undefined ? undefined : { name: preview };
    this.platformStack = program.ownsNamespaces ? undefined : facts.stack;
    this.hostNames = platform.facts.hostNames ?? defaultHostName;
    this.sizes = sizesIn(platform.facts.sizes ?? {}, [this.tier, this.tierLike]);
    this.platformName = platform.name;
    this.programName = program.name;
    this.ownsNamespaces = program.ownsNamespaces;
    this.delivery = props.delivery ?? "pulumi";
    this.connections = connectionsOf(props);
    this.aws = props.aws;
    this.defaultLayers = [
      { layer: "platform", defaults: platform.facts.defaults ?? [], isShared: true },
      { layer: "environment", defaults: facts.defaults ?? [], isShared: true },
    ];
  }

  /** @internal */
  public static make(
    platform: PlatformDefinition,
    name: string,
    program: EnvironmentProgram,
    props: ApplicationEnvironmentProps,
    preview?: string,
  ): Environment {
    return new Environment(platform, name, program, props, preview);
  }

  /**
   * Chooses a value by environment. The most specific case wins: `preview` in one, the environment's name, its tier, the built-in tier
   * that this one is like, `default`; `undefined` ("not said") when none is there. A case that no environment can have is an error.
   *
   * @param cases - values by `preview`, name of an environment or of a tier
   * @example
   * ```ts
   * import type { Environment } from "flagstone";
   *
   * export const replicas = (environment: Environment) => environment.select({ production: { min: 3, max: 12 }, default: 1 });
   * ```
   */
  public select<const T, N extends SelectKey<X>>(cases: { readonly [P in N]: T }): "default" extends N
    ? T
    : T | undefined {
    const known = [...Object.keys(this.platform.facts.environments), ...Object.keys(this.platform.facts.tiers ?? {})];
    this.report(...checkSelect(Object.keys(cases), known));
    return selectCase<T>(cases, [...(this.preview ? ["preview"] : []), this.name, this.tier, this.tierLike]) as T;
  }
}

/** One label for the service below the tenant's domain, so that one wildcard certificate serves a tenant. */
const defaultHostName: HostNames = ({ service, endpoint, tenant, domain }) =>
  `${endpoint === "http" ? service : `${service}-${endpoint}`}.${tenant}.${domain}`;

/** How each cluster is reached; a single one stands for `main`. */
function connectionsOf({ clusters = {} }: ApplicationEnvironmentProps): Named<ClusterConnection | undefined> {
  if (clusters instanceof Cluster) return { main: clusters.connection };
  return Object.fromEntries(Object.entries(clusters).map(([name, cluster]) => [name, cluster?.connection]));
}

/** Where DNS runs on clusters whose facts say nothing of it. https://kubernetes.io/docs/tasks/administer-cluster/coredns/ */
const KUBE_DNS: ClusterRef["dns"] = [{ namespace: "kube-system", labels: { "k8s-app": "kube-dns" } }];

function clusterRefs(
  clusters: NonNullable<PlatformDefinition["facts"]["environments"][string]["clusters"]>,
): ClusterRef[] {
  const names: Named<unknown> = clusters;
  return Object.keys(names)
    .sort()
    .map((name) => ({
      name,
      region: clusters[name]?.region,
      labels: clusters[name]?.labels ?? {},
      capabilities: clusters[name]?.capabilities ?? [],
      dns: clusters[name]?.dns ?? KUBE_DNS,
    }));
}
