import { compare } from "../core/findings";
import { LABEL } from "../core/labels";
import { groupKindOf, isPrecious, makesPods } from "../plan/kinds";
import type { Plan, PlanObject } from "../plan/plan";

/** Something of a tenant, and where it is. */
export interface Possession {
  readonly environment: string;
  /** The program whose stack, or whose files, it is in. */
  readonly program: string;
  /** None for cloud resources. */
  readonly cluster?: string | undefined;
  /** As `Deployment shop/checkout`, or type and name of a cloud resource. */
  readonly name: string;
  /** Whether Pulumi refuses to delete it. */
  readonly isProtected: boolean;
}

/** A workload of another tenant that will call in vain. */
export interface Dependent {
  readonly environment: string;
  /** None for what belongs to the whole environment. */
  readonly tenant?: string | undefined;
  /** Path of its construct. */
  readonly from: string;
  /** What it connects to. */
  readonly to: string;
  readonly kind: Plan["relations"][number]["kind"];
}

/** A group that has access by the tenant only. */
export interface LostAccess {
  readonly environment: string;
  /** As the API server knows it. */
  readonly group: string;
  /** Names of the roles that it has in the tenant's namespaces. */
  readonly roles: readonly string[];
}

/** One thing to do, in order. */
export interface OffboardingStep {
  readonly title: string;
  /** What it is about; empty where there is nothing to do. */
  readonly items: readonly string[];
}

/** What is lost when a tenant goes, and how to let it go. */
export interface Offboarding {
  readonly tenant: string;
  readonly namespaces: readonly Possession[];
  readonly workloads: readonly Possession[];
  /** Claims, and templates of claims, whose volumes go with them unless their class retains these. */
  readonly volumes: readonly Possession[];
  readonly secrets: readonly Possession[];
  readonly cloud: readonly Possession[];
  /** Host names that nobody answers for any more, by environment. */
  readonly hosts: readonly { readonly environment: string; readonly host: string }[];
  readonly dependents: readonly Dependent[];
  readonly groups: readonly LostAccess[];
  readonly steps: readonly OffboardingStep[];
}

/**
 * What would be lost if a tenant went, and the steps in which it goes.
 *
 * @param tenant - its name
 * @param plans - Plans of the platform and of the applications, of all environments that matter; what is in no Plan is not seen
 */
export function offboarding(tenant: string, plans: readonly Plan[]): Offboarding {
  const owned = possessions(tenant, plans);
  const pick = (isMeant: (object: PlanObject) => boolean): Possession[] =>
    owned.filter(({ object }) => isMeant(object)).map(({ possession }) => possession);
  const lost = {
    namespaces: pick((object) => groupKindOf(object) === "core/Namespace"),
    workloads: pick((object) => makesPods(groupKindOf(object))),
    volumes: volumesOf(owned),
    secrets: pick((object) => groupKindOf(object) === "core/Secret"),
    cloud: plans
      .flatMap((plan) =>
        plan.cloud.filter((resource) => resource.tenant === tenant).map((resource) => ({ plan, resource })),
      )
      .map(({ plan, resource: { type, name, protect } }) => ({
        ...placeOf(plan),
        name: `${type} ${name}`,
        isProtected: protect,
      }))
      .sort(byPlace),
    hosts: hostsOf(owned),
    dependents: dependentsOf(tenant, plans),
    groups: groupsOf(owned),
  };
  return { tenant, ...lost, steps: stepsOf(tenant, plans, owned, lost) };
}

interface Owned {
  readonly object: PlanObject;
  readonly possession: Possession;
}

const placeOf = (plan: Plan): Pick<Possession, "environment" | "program"> => ({
  environment: plan.environment.name,
  program: plan.program,
});

/** What is made in the tenant, and what others made in its namespaces, once for each cluster. */
function possessions(tenant: string, plans: readonly Plan[]): Owned[] {
  const namespaces = new Set(
    plans.flatMap((plan) =>
      plan.objects
        .filter((object) => object.kind === "Namespace" && object.manifest.metadata.labels?.[LABEL.tenant] === tenant)
        .map(({ name }) => `${plan.environment.name} ${name}`),
    ),
  );
  return plans
    .flatMap((plan) =>
      plan.objects
        .filter(
          (object) => object.tenant === tenant || namespaces.has(`${plan.environment.name} ${object.namespace ?? ""}`),
        )
        .map((object) => ({
          object,
          possession: {
            ...placeOf(plan),
            cluster: object.cluster,
            name: nameOf(object),
            isProtected:
              plan.environment.tierLike === "production" && object.deliveredBy === "pulumi" && isPrecious(object),
          },
        })),
    )
    .sort((a, b) => byPlace(a.possession, b.possession));
}

function nameOf({ kind, namespace, name }: PlanObject): string {
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}

const keyOf = ({ environment, cluster = "", name, program }: Possession): string =>
  [environment, cluster, name, program].join("\0");

const byPlace = (a: Possession, b: Possession): number => compare(keyOf(a), keyOf(b));

function volumesOf(owned: readonly Owned[]): Possession[] {
  return owned.flatMap(({ object, possession }): Possession[] => {
    if (groupKindOf(object) === "core/PersistentVolumeClaim") return [possession];
    if (groupKindOf(object) !== "apps/StatefulSet") return [];
    const { volumeClaimTemplates = [] } = (object.manifest["spec"] ?? {}) as {
      volumeClaimTemplates?: readonly { metadata: { name: string } }[];
    };
    return volumeClaimTemplates.map(({ metadata: { name } }) => ({
      ...possession,
      name: `PersistentVolumeClaims ${object.namespace ?? ""}/${name}-${object.name}-*`,
      isProtected: false, // Kubernetes makes them, and keeps them unless told otherwise
    }));
  });
}

function hostsOf(owned: readonly Owned[]): { readonly environment: string; readonly host: string }[] {
  const found = owned.flatMap(({ object, possession: { environment } }) => {
    const spec = (object.manifest["spec"] ?? {}) as {
      rules?: readonly { host?: string }[];
      hostnames?: readonly string[];
    };
    const isRoute = ["HTTPRoute", "GRPCRoute"].includes(object.kind);
    const rules = object.kind === "Ingress" ? (spec.rules ?? []).map(({ host = "*" }) => host) : [];
    return [...rules, ...(isRoute ? (spec.hostnames ?? []) : [])].map((host) => ({ environment, host }));
  });
  return unique(found, ({ environment, host }) => `${environment}\0${host}`);
}

function dependentsOf(tenant: string, plans: readonly Plan[]): Dependent[] {
  const found = plans.flatMap((plan) =>
    plan.relations
      .filter(({ fromTenant, toTenant }) => toTenant === tenant && fromTenant !== tenant)
      .map(({ from, to, kind, fromTenant }): Dependent => ({
        environment: plan.environment.name,
        ...(fromTenant === undefined ? {} : { tenant: fromTenant }),
        from,
        to,
        kind,
      })),
  );
  return unique(found, ({ environment, from, to }) => [environment, from, to].join("\0"));
}

function groupsOf(owned: readonly Owned[]): LostAccess[] {
  const roles = new Map<string, { environment: string; group: string; roles: Set<string> }>();
  for (const {
    object,
    possession: { environment },
  } of owned) {
    if (object.kind !== "RoleBinding") continue;
    const { roleRef, subjects = [] } = object.manifest as {
      roleRef?: { name: string };
      subjects?: readonly { kind: string; name: string }[];
    };
    for (const { kind, name } of subjects) {
      if (kind !== "Group" || !roleRef) continue;
      const key = `${environment}\0${name}`;
      const entry = roles.get(key) ?? { environment, group: name, roles: new Set() };
      entry.roles.add(roleRef.name);
      roles.set(key, entry);
    }
  }
  return [...roles]
    .sort(([a], [b]) => compare(a, b))
    .map(([, entry]) => ({ ...entry, roles: [...entry.roles].sort() }));
}

/** The order in which nothing is lost by surprise: what is protected stays until somebody has looked at it. */
function stepsOf(
  tenant: string,
  plans: readonly Plan[],
  owned: readonly Owned[],
  lost: Pick<Offboarding, "dependents" | "cloud" | "namespaces">,
): OffboardingStep[] {
  const makers = new Set(lost.namespaces.map(({ environment, program }) => `${environment}\0${program}`));
  const applications = unique(
    [...owned.map(({ possession }) => possession), ...lost.cloud].filter(
      ({ environment, program }) => !makers.has(`${environment}\0${program}`),
    ),
    ({ environment, program }) => `${environment}\0${program}`,
  );
  const deliveryIn = (environment: string): string | undefined =>
    plans.find((plan) => plan.environment.name === environment)?.environment.delivery;
  const protectedOnes = [...owned.map(({ possession }) => possession), ...lost.cloud].filter(
    ({ isProtected }) => isProtected,
  );
  return [
    {
      title: "move or warn who connects to it",
      items: lost.dependents.map(({ environment, from, to }) => `${from} → ${to} (${environment})`),
    },
    {
      title: `cordon it: new Tenant(environment, "${tenant}", { cordoned: true })`,
      items: environmentsOf(lost.namespaces),
    },
    {
      title: "remove the applications, but for what is protected",
      items: applications.map(({ environment, program }) =>
        deliveryIn(environment) === "pulumi"
          ? `${program}: pulumi destroy --stack ${environment} --exclude-protected`
          : `${program}: its files of ${environment} in Git, then pulumi destroy --stack ${environment} --exclude-protected`,
      ),
    },
    {
      title: "save what is protected, then let go of it: pulumi state unprotect <urn>",
      items: protectedOnes.map(
        ({ environment, cluster, name }) => `${name} (${[environment, cluster].filter(Boolean).join(", ")})`,
      ),
    },
    {
      title: `remove new Tenant(environment, "${tenant}", …) and deploy; remove it from the facts when no environment has it`,
      items: environmentsOf(lost.namespaces),
    },
  ];
}

function environmentsOf(items: readonly Possession[]): string[] {
  return unique(items, ({ environment }) => environment).map(({ environment }) => environment);
}

/** The first of each key, sorted by key. */
function unique<T>(items: readonly T[], key: (item: T) => string): T[] {
  const byKey = new Map<string, T>();
  for (const item of items) if (!byKey.has(key(item))) byKey.set(key(item), item);
  return [...byKey].sort(([a], [b]) => compare(a, b)).map(([, item]) => item);
}
