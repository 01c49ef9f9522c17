import { type Chart } from "cdk8s";
import type { Construct } from "constructs";
import { checkGroups, groupsByRole, makeAccess } from "../access/bindings";
import { capabilityOf } from "../core/capability";
import { Component } from "../core/component";
import { FlagstoneError } from "../core/errors";
import { checkPlace, checkProps, checkScope } from "../core/place";
import {
  type Allowed,
  type ClusterRef,
  type DefaultLayer,
  type Group,
  isEnvironmentScope,
  markScope,
  type Named,
  placedOn,
  type TenantScope,
} from "../core/scope";
import { checkKeys } from "../core/keys";
import { LABEL } from "../core/labels";
import { quoted } from "../core/lists";
import { didYouMean } from "../core/suggest";
import { makeAdmission } from "./admission";
import type { Environment } from "./environment";
import type { Names } from "./facts";
import { checkPodSecurity, makeIsolation, makeNamespace, namespaceLabels, type PodSecurityLevel } from "./isolation";
import { checkQuota, extendedResourcesOf, makeQuota, type TenantQuota } from "./quota";
import type { Defaults, TenantFacts } from "./tenant-facts";
import { checkAddedHosts } from "./tenant-names";

/** Properties of a {@link Tenant}; what is not said here comes from the platform facts. */
export interface TenantProps {
  /** Groups that own the tenant, and are its admins. @default - those of the platform facts */
  readonly owners?: readonly Group[] | undefined;
  /** What it may ask for, in each of its namespaces and clusters. @default - numbers of objects, no load balancers, no node ports */
  readonly quota?: TenantQuota | undefined;
  /** What pods may ask of the node, by namespace. @default "restricted" */
  readonly podSecurity?: Named<PodSecurityLevel | undefined> | undefined;
  /** Lets nothing new start: no pod is created any more, those that are there go on. @default false */
  readonly cordoned?: boolean | undefined;
  /** Defaults for the tenant's constructs of this program, above those of the facts. @default - none */
  readonly defaults?: Defaults | undefined;
}

const KEYS: readonly (keyof TenantProps)[] = ["owners", "quota", "podSecurity", "cordoned", "defaults"];

/**
 * A team's share of an environment: namespaces, quota, access, isolation, and what admission holds it to.
 *
 * Each namespace has Pod Security enforced, a ResourceQuota and a LimitRange, NetworkPolicies that deny all traffic but questions to the
 * cluster's DNS, a default ServiceAccount without a token, and Roles with RoleBindings for the tenant's groups. Admission policies
 * refuse images, hosts and classes that the facts do not allow.
 *
 * The platform's program creates it with `new Tenant(…)`; an application's program refers to it by {@link Tenant.fromName}. A namespace
 * belongs to the platform's stack, and what an application makes in it to the application's.
 *
 * @see https://kubernetes.io/docs/concepts/security/multi-tenancy/
 * @example
 * ```ts
 * import { Tenant, type Environment } from "flagstone";
 *
 * export const tenants = (environment: Environment) => {
 *   new Tenant(environment, "shop", { owners: ["group:shop"], quota: { cpu: 20, memory: "40Gi" } });
 * };
 * ```
 */
export class Tenant<X extends Names = Names> extends Component implements TenantScope {
  /** Its name in the platform facts. */
  public readonly name: X["tenant"];
  /** The environment that it is a share of. */
  public readonly environment: Environment<X>;
  /** Its namespaces, the default one first. */
  public readonly namespaces: readonly [string, ...string[]];
  /** Groups that own it; the first is the owner in findings and in the Plan. */
  public readonly owners: readonly Group[];
  /** @internal */
  public readonly allowed: Allowed;
  /** @internal */
  public readonly defaultLayers: readonly DefaultLayer[];
  private readonly creates: boolean;
  private readonly props: TenantProps;
  private readonly facts: TenantFacts;

  public constructor(scope: Environment<X>, name: X["tenant"], props?: TenantProps);
  /** @internal */
  public constructor(scope: Environment<X>, name: X["tenant"], props: TenantProps, creates: boolean);
  public constructor(scope: Environment<X>, name: X["tenant"], props: TenantProps = {}, creates = true) {
    checkPlace(new.target, scope, name);
    checkProps(new.target, scope, props);
    if (!isEnvironmentScope(scope))
      throw new FlagstoneError(
        `new Tenant(…) in ${(scope as Construct).node.path}: a tenant is made in an environment`,
      );
    const known = scope.platform.facts.tenants ?? {};
    const facts: TenantFacts = known[name] ?? {};
    const namespaces = facts.namespaces ?? [name];
    const clusters = placedOn(scope.clusters, facts.placement?.[scope.name]);
    super(scope, name, {
      namespace: namespaces[0],
      labels: { ...facts.labels, [LABEL.tenant]: name },
      clusters,
    });
    markScope(this, "tenant");
    this.name = name;
    this.environment = scope;
    this.namespaces = namespaces;
    this.owners = props.owners ?? facts.owners ?? [];
    this.creates = creates;
    this.props = props;
    this.facts = facts;
    this.allowed = allowedIn(scope, name, facts);
    this.defaultLayers = [
      { layer: "tenant", defaults: facts.defaults ?? [], isShared: true },
      { layer: "tenant", defaults: props.defaults ?? [], isShared: false },
    ];
    this.check(props, facts, Object.keys(known));
  }

  /**
   * A tenant that the platform's program creates, for an application's program to put its constructs into.
   *
   * @param scope - the environment
   * @param name - one of the tenants of the platform facts
   * @returns the same construct at each call
   * @example
   * ```ts
   * import { Tenant, type Environment, WebService } from "flagstone";
   *
   * export const web = (environment: Environment) =>
   *   new WebService(Tenant.fromName(environment, "shop"), "web", { image: "registry.acme.example/web:1.0.0" });
   * ```
   */
  public static fromName<X extends Names>(scope: Environment<X>, name: NoInfer<X["tenant"]>): Tenant<X> {
    checkScope(Tenant, scope);
    const existing = typeof name === "string" ? scope.node.tryFindChild(name) : undefined;
    return existing instanceof Tenant ? (existing as Tenant<X>) : new Tenant(scope, name, {}, false);
  }

  /** @internal */
  protected override objectsIn(chart: Chart, cluster: ClusterRef): void {
    if (!this.creates) return;
    const { quota, podSecurity, cordoned } = this.props;
    const { platform, tierLike } = this.environment;
    const labels = namespaceLabels(this.facts, this.owners);
    const groups = groupsByRole(this.owners, this.facts.members);
    const groupsPrefix = platform.facts.oidc?.groupsPrefix ?? "";
    for (const namespace of this.namespaces) {
      makeNamespace(chart, namespace, podSecurity?.[namespace] ?? "restricted", labels);
      makeQuota(chart, namespace, quota ?? {});
      makeIsolation(chart, namespace, cluster.dns);
      makeAccess(chart, { namespace, groups, groupsPrefix, tierLike });
    }
    makeAdmission(chart, {
      tenant: this.name,
      platform: platform.name,
      allowed: this.allowed,
      cordoned: cordoned ?? false,
      extendedResources: extendedResourcesOf(quota ?? {}),
      secretStore: capabilityOf(cluster, "external-secrets"),
    });
  }

  private check(props: TenantProps, facts: TenantFacts, known: readonly string[]): void {
    this.report(
      ...checkKeys("", props, KEYS),
      ...checkGroups("owners", props.owners ?? [], this.environment.platform.facts.oidc?.groupsPrefix ?? ""),
      ...checkQuota(props.quota ?? {}),
      ...checkPodSecurity(props.podSecurity ?? {}, this.namespaces),
    );
    if (!known.includes(this.name)) {
      this.report({
        rule: "tenant/unknown",
        message: `tenant "${this.name}" is not in the facts of platform "${this.environment.platformName}"`,
        fix: `add it to tenants of definePlatform("${this.environment.platformName}", …); ${didYouMean(this.name, known)}`,
      });
    }
    if (facts.environments && !facts.environments.includes(this.environment.name)) {
      this.report({
        rule: "tenant/environment",
        message: `tenant "${this.name}" has no share of environment "${this.environment.name}"`,
        fix: `declare it only in ${quoted(facts.environments)}, or extend the facts`,
      });
    }
    if (this.creates && !this.environment.ownsNamespaces) {
      this.report({
        rule: "tenant/not-yours",
        message: `an application's program creates tenant "${this.name}", whose namespaces belong to the platform's program`,
        fix: `refer to it by Tenant.fromName(environment, "${this.name}")`,
      });
    }
    if (this.creates) {
      const { environment } = this;
      this.report(...checkAddedHosts(this.name, environment, environment.platform.facts.tenants ?? {}));
    }
    if (this.clusters.length === 0) {
      this.report({
        rule: "placement/nowhere",
        message: "the placement in the tenant's facts fits no cluster of the environment",
        fix: `known clusters are ${quoted(this.environment.clusters.map(({ name }) => name))}`,
      });
    }
  }
}

/** A tenant may serve what is below its own domain, and what its facts allow besides; its secrets are below its name, or where they say. */
function allowedIn(environment: Environment, tenant: string, facts: TenantFacts): Allowed {
  const { hosts, secretPaths, triggerAuthentications, ...others } = facts.allowed ?? {};
  const domain = `${tenant}.${environment.domain}`;
  return {
    ...others,
    hosts: [domain, `*.${domain}`, ...(hosts?.[environment.name] ?? [])],
    secretPaths: secretPaths ?? [`${tenant}/`],
    triggerAuthentications: triggerAuthentications ?? [],
  };
}
