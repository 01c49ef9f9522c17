import type { Construct, IConstruct } from "constructs";
import type { Default } from "../core/defaults";
import { FlagstoneError } from "../core/errors";
import type { Finding, Problem } from "../core/findings";
import { checkKeys, show } from "../core/keys";
import { checkDnsLabel, checkLabels, isDnsSubdomain } from "../core/names";
import {
  type BuiltinTier,
  findEnvironment,
  findTenant,
  type Group,
  type Named,
  type Placement,
  PLACEMENT_KEYS,
} from "../core/scope";
import { didYouMean } from "../core/suggest";
import type { Environment } from "./environment";
import type { Tenant } from "./tenant";

/** Defaults by class, made by `defaultsFor`. */
export type Defaults = readonly Default[];

/** What the type system knows of a platform: names only. */
export interface Names {
  /** Names of its environments. */
  readonly environment: string;
  /** Names of its own tiers. */
  readonly tier: string;
  /** Names of its tenants. */
  readonly tenant: string;
  /** Names of the clusters of all its environments. */
  readonly cluster: string;
}

/** A tier of the platform's own. */
export interface TierFacts {
  /** The built-in tier whose rules it obeys: number of replicas, protection against deletion, cases of `select`. */
  readonly like: BuiltinTier;
}

/** One logical cluster of an environment. */
export interface ClusterFacts {
  /** Region that it is in, for placement. @default - no region */
  readonly region?: string | undefined;
  /** Labels that it has, for placement; they reach no object. @default - none */
  readonly labels?: Named<string> | undefined;
}

/** What is known of an environment before anything is deployed. */
export interface EnvironmentFacts<T extends string = string, C extends string = string> {
  /** The rules that it lives by. @default "development" */
  readonly tier?: T | BuiltinTier | undefined;
  /** DNS domain below which the environment's hosts live. @default - `<environment>.<domain of the platform>` */
  readonly domain?: string | undefined;
  /** Its clusters by name. @default - one cluster named `main` */
  readonly clusters?: Named<ClusterFacts, C> | undefined;
  /** Defaults for constructs of this environment. @default - none */
  readonly defaults?: Defaults | undefined;
}

/** What is known of a tenant before anything is deployed. */
export interface TenantFacts<E extends string = string> {
  /** Groups that own the tenant; findings about its constructs are theirs. @default - none: findings are the platform team's */
  readonly owners?: readonly Group[] | undefined;
  /** The environments that it has a share of. @default - all */
  readonly environments?: readonly E[] | undefined;
  /** The clusters of an environment that it has a share of. @default - all */
  readonly placement?: { readonly [P in E]?: Placement | undefined } | undefined;
  /** Its namespaces, the default one first. @default - one, with the tenant's name */
  readonly namespaces?: readonly [string, ...string[]] | undefined;
  /** Labels of everything that the tenant has. @default - none */
  readonly labels?: Named<string> | undefined;
  /** Defaults for the tenant's constructs. @default - none */
  readonly defaults?: Defaults | undefined;
}

/** What `definePlatform` takes. */
export interface PlatformFacts<E extends string, T extends string, N extends string, C extends string> {
  /** DNS domain of the platform. */
  readonly domain: string;
  /** Tiers of its own, next to `development`, `staging` and `production`. @default - none */
  readonly tiers?: Named<TierFacts, T> | undefined;
  /** Environments by name, at least one. */
  readonly environments: Named<EnvironmentFacts<NoInfer<T>, C>, E>;
  /** Tenants by name. @default - none */
  readonly tenants?: Named<TenantFacts<NoInfer<E>>, N> | undefined;
  /** Labels of everything on the platform. @default - none */
  readonly labels?: Named<string> | undefined;
  /** Defaults for constructs of every environment. @default - none */
  readonly defaults?: Defaults | undefined;
}

/**
 * Platform facts: inert, typed data that a platform team publishes as an npm package. Creating it creates no construct.
 */
export interface PlatformDefinition<X extends Names = Names> {
  /** Name of the platform. */
  readonly name: string;
  /** DNS domain of the platform. */
  readonly domain: string;
  /** @internal */
  readonly facts: PlatformFacts<string, string, string, string>;
  /**
   * The environment that a construct is in, typed by this platform.
   *
   * @throws FlagstoneError outside of an environment
   */
  environmentOf(scope: Construct): Environment<X>;
  /**
   * The tenant that a construct is in, typed by this platform.
   *
   * @throws FlagstoneError outside of a tenant
   */
  tenantOf(scope: Construct): Tenant<X>;
}

const BUILTIN_TIERS: readonly string[] = ["development", "staging", "production"];

/**
 * Declares the facts of a platform: its names, environments, tiers, tenants, domains and defaults.
 *
 * @param name - name of the platform, a DNS label
 * @param facts - the facts; unknown keys are errors, also in plain JavaScript
 * @throws FlagstoneError that lists everything that is wrong with the facts
 * @example
 * ```ts
 * import { definePlatform } from "flagstone";
 *
 * export const acme = definePlatform("acme", {
 *   domain: "acme.example",
 *   tiers: { regulated: { like: "production" } },
 *   environments: { dev: { tier: "development" }, prod: { tier: "regulated" } },
 *   tenants: { shop: { owners: ["group:shop"] } },
 * });
 * ```
 */
export function definePlatform<
  const E extends string,
  const T extends string = never,
  const N extends string = never,
  const C extends string = "main",
>(
  name: string,
  facts: PlatformFacts<E, T, N, C>,
): PlatformDefinition<{ environment: E; tier: T; tenant: N; cluster: C }> {
  const problems = checkFacts(name, facts);
  if (problems.length > 0) {
    const findings = problems.map(
      (problem): Finding => ({ severity: "error", path: name, owner: "platform", ...problem }) as Finding,
    );
    throw new FlagstoneError(`the facts of platform "${name}" are not valid`, findings);
  }
  return {
    name,
    domain: facts.domain,
    facts: facts,
    environmentOf: (scope) => expectScope(scope, "environment", findEnvironment(scope)) as never,
    tenantOf: (scope) => expectScope(scope, "tenant", findTenant(scope)) as never,
  };
}

function expectScope(scope: IConstruct, what: string, found: IConstruct | undefined): IConstruct {
  if (found) return found;
  throw new FlagstoneError(
    `${scope.node.path === "" ? "the root" : scope.node.path} is not in ${what === "tenant" ? "a" : "an"} ${what}`,
  );
}

/** Everything that is wrong with the facts of a platform. */
export function checkFacts(name: string, facts: PlatformFacts<string, string, string, string>): Problem[] {
  const tiers = [...BUILTIN_TIERS, ...Object.keys(facts.tiers ?? {})];
  const environments = Object.keys(facts.environments);
  const problems: Problem[] = [
    ...checkKeys("", facts, ["domain", "tiers", "environments", "tenants", "labels", "defaults"]),
    ...checkDnsLabel("platform name", name),
    ...checkDomain("domain", facts.domain),
    ...checkLabels(facts.labels ?? {}),
  ];
  if (environments.length === 0) {
    problems.push({
      rule: "facts/no-environment",
      message: "the platform has no environment",
      fix: "add one, as in environments: { dev: {} }",
    });
  }
  for (const [tier, { like, ...rest }] of Object.entries(facts.tiers ?? {})) {
    problems.push(...checkKeys(`tiers.${tier}`, rest, []));
    if (BUILTIN_TIERS.includes(tier)) {
      problems.push({
        rule: "facts/tier",
        message: `tier "${tier}" is built in and cannot be declared`,
        fix: "give it another name",
      });
    }
    if (!BUILTIN_TIERS.includes(like)) problems.push(unknown(`tiers.${tier}.like`, like, BUILTIN_TIERS));
  }
  for (const [environment, { tier, domain, clusters, ...rest }] of Object.entries(facts.environments)) {
    const where = `environments.${environment}`;
    problems.push(...checkDnsLabel("environment name", environment), ...checkKeys(where, rest, ["defaults"]));
    if (tier !== undefined && !tiers.includes(tier)) problems.push(unknown(`${where}.tier`, tier, tiers));
    if (domain !== undefined) problems.push(...checkDomain(`${where}.domain`, domain));
    for (const [cluster, given] of Object.entries(clusters ?? {})) {
      problems.push(...checkDnsLabel("cluster name", cluster));
      problems.push(...checkKeys(`${where}.clusters.${cluster}`, given, ["region", "labels"]));
    }
  }
  const owners = new Map<string, string>();
  for (const [tenant, given] of Object.entries(facts.tenants ?? {})) {
    const where = `tenants.${tenant}`;
    problems.push(...checkDnsLabel("tenant name", tenant), ...checkLabels(given.labels ?? {}));
    problems.push(
      ...checkKeys(where, given, ["owners", "environments", "placement", "namespaces", "labels", "defaults"]),
    );
    for (const [environment, placement] of Object.entries(given.placement ?? {}))
      problems.push(...checkKeys(`${where}.placement.${environment}`, placement, PLACEMENT_KEYS));
    const named = { environments: given.environments ?? [], placement: Object.keys(given.placement ?? {}) };
    for (const [key, names] of Object.entries(named)) {
      for (const environment of names) {
        if (!environments.includes(environment)) problems.push(unknown(`${where}.${key}`, environment, environments));
      }
    }
    for (const namespace of given.namespaces ?? [tenant]) {
      if (given.namespaces) problems.push(...checkDnsLabel(`namespace of tenant "${tenant}"`, namespace));
      const other = owners.get(namespace);
      if (other !== undefined) {
        problems.push({
          rule: "facts/namespace",
          message: `namespace "${namespace}" belongs to tenant "${other}" and to tenant "${tenant}"`,
          fix: "give one of them another namespace",
        });
      }
      owners.set(namespace, tenant);
    }
  }
  return problems;
}

function checkDomain(where: string, domain: unknown): Problem[] {
  if (typeof domain === "string" && isDnsSubdomain(domain)) return [];
  return [
    {
      rule: "facts/domain",
      message: `${where} ${show(domain)} is not a DNS domain`,
      fix: 'write it as "acme.example"',
    },
  ];
}

function unknown(where: string, value: unknown, known: readonly string[]): Problem {
  return {
    rule: "facts/unknown-name",
    message: `${where} names ${show(value)}, which does not exist`,
    fix: didYouMean(String(value), known),
  };
}
