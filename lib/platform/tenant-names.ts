import { isAllowedHost } from "../core/allowed";
import type { Capability } from "../core/capability";
import type { Problem } from "../core/findings";
import { quoted } from "../core/lists";
import type { Named } from "../core/scope";

/** What names of tenants must be seen next to. */
interface Surroundings {
  readonly domain: string;
  readonly environments: Named<{
    readonly domain?: string | undefined;
    readonly clusters?: Named<{ readonly capabilities?: readonly Capability[] | undefined } | undefined> | undefined;
  }>;
  readonly tenants?: Named<TenantNames> | undefined;
}

interface TenantNames {
  readonly namespaces?: readonly string[] | undefined;
  readonly environments?: readonly string[] | undefined;
  readonly allowed?: { readonly hosts?: Named<readonly string[] | undefined> | undefined } | undefined;
}

/** DNS domain of each environment. */
export function domainsOf({ domain, environments }: Omit<Surroundings, "tenants">): Named<string> {
  return Object.fromEntries(
    Object.entries(environments).map(([name, given]) => [name, given.domain ?? `${name}.${domain}`]),
  );
}

/** Problems of tenants that get, by their names, what is not a tenant's: namespaces of the cluster, or domains of environments. */
export function checkTenantNames(facts: Surroundings): Problem[] {
  const { tenants = {} } = facts;
  return [...checkSystemNamespaces(facts, tenants), ...checkTenantDomains(domainsOf(facts), tenants)];
}

function checkSystemNamespaces({ environments }: Surroundings, tenants: Named<TenantNames>): Problem[] {
  const taken = new Map<string, string>();
  for (const [environment, { clusters = {} }] of Object.entries(environments))
    for (const [cluster, given] of Object.entries(clusters))
      for (const capability of given?.capabilities ?? [])
        for (const namespace of namespacesOf(capability))
          taken.set(
            namespace,
            `is what ${capability.name} of environments.${environment}.clusters.${cluster}.capabilities names`,
          );
  return Object.entries(tenants).flatMap(([tenant, { namespaces = [tenant] }]) =>
    namespaces.flatMap((namespace) => {
      const isOfKubernetes = namespace === "default" || namespace.startsWith("kube-");
      const why = isOfKubernetes ? "belongs to Kubernetes itself" : taken.get(namespace);
      if (why === undefined) return [];
      return [
        {
          rule: "facts/system-namespace",
          message: `tenant "${tenant}" has namespace "${namespace}", which ${why}`,
          fix: "give the tenant another namespace",
        },
      ];
    }),
  );
}

/** Namespaces in which something runs for the whole cluster. */
function namespacesOf({ offer }: Capability): string[] {
  const from = "from" in offer ? [offer.from?.namespace] : [];
  return [...(offer.name === "gateway-api" ? [offer.gateway.namespace] : []), ...from].filter(
    (name) => name !== undefined,
  );
}

/** A tenant serves whatever is below its name in the domain of an environment. */
function checkTenantDomains(domains: Named<string>, tenants: Named<TenantNames>): Problem[] {
  return Object.entries(tenants).flatMap(([tenant, given]) =>
    (given.environments ?? Object.keys(domains)).flatMap((environment) => {
      const own = `${tenant}.${domains[environment] ?? ""}`;
      const others = Object.keys(domains).filter(
        (other) => other !== environment && `.${domains[other] ?? ""}`.endsWith(`.${own}`),
      );
      if (others.length === 0) return [];
      return [
        {
          rule: "facts/tenant-domain",
          message: `tenant "${tenant}" would serve all of ${own} in environment "${environment}", which is where environment ${quoted(others)} has its hosts`,
          fix: `call the tenant otherwise, keep it out of "${environment}" by its environments, or give that environment another domain`,
        },
      ];
    }),
  );
}

/** Problems of the hosts that a tenant's facts add in an environment: whose else they are. */
export function checkAddedHosts(
  tenant: string,
  environment: { readonly name: string; readonly domain: string },
  tenants: Named<TenantNames>,
): Problem[] {
  const others = Object.entries(tenants).filter(
    ([name, { environments }]) => name !== tenant && (environments?.includes(environment.name) ?? true),
  );
  return (tenants[tenant]?.allowed?.hosts?.[environment.name] ?? []).flatMap((pattern) => {
    const covered = others.filter(([name]) => {
      const domain = `${name}.${environment.domain}`;
      return isAllowedHost(domain, [pattern]) || isAllowedHost(pattern, [domain, `*.${domain}`]);
    });
    if (covered.length === 0) return [];
    return [
      {
        rule: "tenant/hosts-of-others",
        severity: "warning" as const,
        message: `allowed.hosts.${environment.name} of the tenant's facts has "${pattern}", by which it takes hosts of ${quoted(covered.map(([name]) => name))}`,
        fix: `write hosts of its own, or how they end, as in "*-${tenant}.${environment.domain}"`,
      },
    ];
  });
}
