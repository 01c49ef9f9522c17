import type { Construct, IConstruct } from "constructs";
import { checkGroupsPrefix } from "../access/bindings";
import type { Capability } from "../core/capability";
import { FlagstoneError } from "../core/errors";
import type { Finding, Problem } from "../core/findings";
import { checkKeys, show } from "../core/keys";
import { checkDnsLabel, checkOwnLabels, isDnsSubdomain } from "../core/names";
import { checkSizes, type SizeFacts } from "../core/sizes";
import type { SizeName } from "../workloads/pod/types";
import {
  type BuiltinTier,
  type DnsServer,
  findEnvironment,
  findTenant,
  type HostNames,
  type Named,
} from "../core/scope";
import { checkCapabilities, checkDns } from "./cluster-facts";
import type { Environment } from "./environment";
import type { Tenant } from "./tenant";
import { checkTenants, type Defaults, type TenantFacts, unknownName } from "./tenant-facts";
import { checkTenantNames } from "./tenant-names";

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
  /** What it offers beyond Kubernetes itself. @default - nothing */
  readonly capabilities?: readonly Capability[] | undefined;
  /**
   * Where its pods ask for names: they may ask all of these, and nothing else.
   *
   * @default - pods in `kube-system` with the label `k8s-app: kube-dns`, on port 53
   * @see https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
   */
  readonly dns?: readonly [DnsServer, ...DnsServer[]] | undefined;
}

/** What is known of an environment before anything is deployed. */
export interface EnvironmentFacts<T extends string = string, C extends string = string> {
  /** The rules that it lives by. @default "development" */
  readonly tier?: T | BuiltinTier | undefined;
  /** DNS domain below which the environment's hosts live. @default - `<environment>.<domain of the platform>` */
  readonly domain?: string | undefined;
  /** Its clusters by name. @default - one cluster named `main` */
  readonly clusters?: { readonly [P in C]?: ClusterFacts } | undefined;
  /**
   * Address of the stack that deploys the platform's program there, as in `organization/acme-platform/prod`: organization, project and
   * stack. Applications read its contract when they deploy. Pulumi's own service has organizations; other backends call theirs
   * `organization`.
   *
   * @default - none: each application says how it reaches the clusters
   * @see https://www.pulumi.com/docs/iac/concepts/stacks/#stackreferences
   */
  readonly stack?: `${string}/${string}/${string}` | undefined;
  /** Defaults for constructs of this environment. @default - none */
  readonly defaults?: Defaults | undefined;
}

/** How API servers know the people whom the identity provider vouches for. */
export interface OidcFacts {
  /**
   * What they put before the names of groups.
   *
   * @default ""
   * @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#openid-connect-tokens
   */
  readonly groupsPrefix?: string | undefined;
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
  /** Labels of everything on the platform; `flagstone.dev/…` and `app.kubernetes.io/name` are taken. @default - none */
  readonly labels?: Named<string> | undefined;
  /** How the clusters know people. @default - groups are called as in the identity provider */
  readonly oidc?: OidcFacts | undefined;
  /**
   * Host of an external endpoint that names none. A tenant may serve hosts below `<tenant>.<domain of the environment>`, and those that
   * its facts allow.
   *
   * @default - `<service>.<tenant>.<domain of the environment>`; for an endpoint that is not called `http`, `<service>-<endpoint>.…`
   */
  readonly hostNames?: HostNames | undefined;
  /**
   * What the names of sizes mean, everywhere or by tier; those of its own are added to {@link SizeNames}.
   *
   * @default - `small` is 100m CPU and 128Mi memory, `medium` 500m and 512Mi, `large` 2 cores and 2Gi
   */
  readonly sizes?: { readonly [S in SizeName]?: SizeFacts<NoInfer<T>> | undefined } | undefined;
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
    ...checkKeys("", facts, [
      "domain",
      "tiers",
      "environments",
      "tenants",
      "labels",
      "oidc",
      "hostNames",
      "sizes",
      "defaults",
    ]),
    ...checkKeys("oidc", facts.oidc, ["groupsPrefix"]),
    ...checkGroupsPrefix("oidc.groupsPrefix", facts.oidc?.groupsPrefix ?? ""),
    ...checkDnsLabel("platform name", name),
    ...checkDomain("domain", facts.domain),
    ...checkOwnLabels(facts.labels ?? {}),
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
    if (!BUILTIN_TIERS.includes(like)) problems.push(unknownName(`tiers.${tier}.like`, like, BUILTIN_TIERS));
  }
  for (const [environment, { tier, domain, clusters, stack, ...rest }] of Object.entries(facts.environments)) {
    const where = `environments.${environment}`;
    problems.push(...checkDnsLabel("environment name", environment), ...checkKeys(where, rest, ["defaults"]));
    if (tier !== undefined && !tiers.includes(tier)) problems.push(unknownName(`${where}.tier`, tier, tiers));
    if (domain !== undefined) problems.push(...checkDomain(`${where}.domain`, domain));
    if (stack !== undefined) problems.push(...checkStack(`${where}.stack`, stack));
    for (const [cluster, given] of Object.entries(clusters ?? {})) {
      problems.push(...checkDnsLabel("cluster name", cluster));
      problems.push(...checkKeys(`${where}.clusters.${cluster}`, given, ["region", "labels", "capabilities", "dns"]));
      problems.push(...checkCapabilities(`${where}.clusters.${cluster}`, given?.capabilities ?? []));
      if (given?.dns) problems.push(...checkDns(`${where}.clusters.${cluster}.dns`, given.dns));
    }
  }
  const used = Object.values(facts.environments).map(({ tier = "development" }) => [
    tier,
    facts.tiers?.[tier]?.like ?? tier,
  ]);
  problems.push(
    ...checkSizes(
      facts.sizes ?? {},
      tiers,
      used.filter(([tier = ""]) => tiers.includes(tier)),
    ),
  );
  problems.push(...checkTenants(facts.tenants ?? {}, environments, facts.oidc?.groupsPrefix ?? ""));
  problems.push(...checkTenantNames(facts));
  return problems;
}

function checkStack(where: string, stack: unknown): Problem[] {
  if (typeof stack === "string" && /^[^/\s]+\/[^/\s]+\/[^/\s]+$/.test(stack)) return [];
  return [
    {
      rule: "facts/stack",
      message: `${where} ${show(stack)} is not the address of a stack`,
      fix: 'write organization, project and stack, as in "organization/acme-platform/prod"',
    },
  ];
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
