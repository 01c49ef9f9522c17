import { checkGroups, type Members } from "../access/bindings";
import { ROLES } from "../access/roles";
import type { Default } from "../core/defaults";
import type { Problem } from "../core/findings";
import { checkKeys, show } from "../core/keys";
import { LABEL } from "../core/labels";
import { checkDnsLabel, checkLabels, checkOwnLabels, isDnsSubdomain } from "../core/names";
import { type Group, type Named, type Placement, PLACEMENT_KEYS } from "../core/scope";
import { didYouMean } from "../core/suggest";

/** Defaults by class, made by `defaultsFor`. */
export type Defaults = readonly Default[];

/** What a tenant may use; a list that is left out does not restrict, but where its default says otherwise. */
export interface AllowedFacts<E extends string = string> {
  /**
   * Where images come from: a registry, as in `registry.acme.example`, or what is below a path, as in `registry.acme.example/shop/`.
   *
   * @default - anywhere
   */
  readonly registries?: readonly string[] | undefined;
  /**
   * Hosts by environment that it may serve besides those below `<tenant>.<domain of the environment>`; `*.shop.example` means everything
   * below, `*-shop.acme.example` all that end so.
   *
   * @default - none
   */
  readonly hosts?: { readonly [P in E]?: readonly string[] | undefined } | undefined;
  /** Names of StorageClasses; the cluster's default one too, if the tenant may use that. @default - any */
  readonly storageClasses?: readonly string[] | undefined;
  /** Names of PriorityClasses; also the one, if any, that the cluster gives to pods without one. @default - any but `system-…` */
  readonly priorityClasses?: readonly string[] | undefined;
  /**
   * Where the external store keeps secrets that it may read: `shop` and `shop/` both mean what is there and everything below.
   *
   * @default - what is below the tenant's name, as in `shop/`
   */
  readonly secretPaths?: readonly string[] | undefined;
  /** Names of ClusterTriggerAuthentications, by which KEDA asks with credentials of the platform. @default - none */
  readonly triggerAuthentications?: readonly string[] | undefined;
}

/** How sensitive data is. */
export type DataClass = "public" | "internal" | "confidential" | "restricted";

const DATA_CLASSES: readonly string[] = ["public", "internal", "confidential", "restricted"] satisfies DataClass[];

/** What is known of a tenant before anything is deployed. */
export interface TenantFacts<E extends string = string> {
  /**
   * Groups that own the tenant: they are its admins, and findings about its constructs are theirs.
   *
   * @default - none: findings are the platform team's
   */
  readonly owners?: readonly Group[] | undefined;
  /** More groups, by what they may do in its namespaces. @default - only the owners have access */
  readonly members?: Members | undefined;
  /** The environments that it has a share of. @default - all */
  readonly environments?: readonly E[] | undefined;
  /** The clusters of an environment that it has a share of. @default - all */
  readonly placement?: { readonly [P in E]?: Placement | undefined } | undefined;
  /** Its namespaces, the default one first. @default - one, with the tenant's name */
  readonly namespaces?: readonly [string, ...string[]] | undefined;
  /** What it may use: images, hosts, classes. Admission holds everyone to it, findings say so earlier. @default - anything */
  readonly allowed?: AllowedFacts<E> | undefined;
  /** Who pays; its namespaces carry it as the label `flagstone.dev/cost-center`. @default - not said */
  readonly costCenter?: string | undefined;
  /** How sensitive its data is; its namespaces carry it as the label `flagstone.dev/data-class`. @default - not said */
  readonly dataClass?: DataClass | undefined;
  /** Who is called when something breaks; its namespaces carry it as the label `flagstone.dev/on-call`. @default - not said */
  readonly onCall?: string | undefined;
  /** Labels of everything that the tenant has; `flagstone.dev/…` and `app.kubernetes.io/name` are taken. @default - none */
  readonly labels?: Named<string> | undefined;
  /** Defaults for the tenant's constructs. @default - none */
  readonly defaults?: Defaults | undefined;
}

const KEYS: readonly (keyof TenantFacts)[] = [
  "owners",
  "members",
  "environments",
  "placement",
  "namespaces",
  "allowed",
  "costCenter",
  "dataClass",
  "onCall",
  "labels",
  "defaults",
];

/** Everything that is wrong with the tenants of a platform. */
export function checkTenants(
  tenants: Named<TenantFacts>,
  environments: readonly string[],
  groupsPrefix: string,
): Problem[] {
  const problems: Problem[] = [];
  const holders = new Map<string, string>();
  for (const [tenant, given] of Object.entries(tenants)) {
    problems.push(...checkTenant(tenant, given, environments, groupsPrefix));
    for (const namespace of given.namespaces ?? [tenant]) {
      const other = holders.get(namespace);
      if (other !== undefined) {
        problems.push({
          rule: "facts/namespace",
          message: `namespace "${namespace}" belongs to tenant "${other}" and to tenant "${tenant}"`,
          fix: "give one of them another namespace",
        });
      }
      holders.set(namespace, tenant);
    }
  }
  return problems;
}

function checkTenant(
  tenant: string,
  given: TenantFacts,
  environments: readonly string[],
  groupsPrefix: string,
): Problem[] {
  const where = `tenants.${tenant}`;
  const { owners, members, placement, namespaces, allowed, costCenter, dataClass, onCall } = given;
  const problems = [
    ...checkDnsLabel("tenant name", tenant),
    ...checkOwnLabels(given.labels ?? {}),
    ...checkKeys(where, given, KEYS),
    ...(namespaces ?? []).flatMap((namespace) => checkDnsLabel(`namespace of tenant "${tenant}"`, namespace)),
    ...checkGroups(`${where}.owners`, owners ?? [], groupsPrefix),
    ...checkKeys(`${where}.members`, members, ROLES),
    ...ROLES.flatMap((role) => checkGroups(`${where}.members.${role}`, members?.[role] ?? [], groupsPrefix)),
    ...checkLabels({ [LABEL.costCenter]: costCenter, [LABEL.onCall]: onCall }),
    ...checkAllowed(`${where}.allowed`, allowed ?? {}),
  ];
  if (dataClass !== undefined && !DATA_CLASSES.includes(dataClass))
    problems.push(unknownName(`${where}.dataClass`, dataClass, DATA_CLASSES));
  for (const [environment, at] of Object.entries(placement ?? {}))
    problems.push(...checkKeys(`${where}.placement.${environment}`, at, PLACEMENT_KEYS));
  const named = {
    environments: given.environments ?? [],
    placement: Object.keys(placement ?? {}),
    "allowed.hosts": Object.keys(allowed?.hosts ?? {}),
  };
  for (const [key, names] of Object.entries(named)) {
    for (const environment of names) {
      if (!environments.includes(environment)) problems.push(unknownName(`${where}.${key}`, environment, environments));
    }
  }
  return problems;
}

// [host[:port]/]path, with or without a slash at the end
const REGISTRY = /^[a-z0-9]+([._-]+[a-z0-9]+)*(:\d+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*\/?$/;

const ALLOWED_KEYS: readonly (keyof AllowedFacts)[] = [
  "registries",
  "hosts",
  "storageClasses",
  "priorityClasses",
  "secretPaths",
  "triggerAuthentications",
];

// Without a segment that is empty, or that a store would resolve.
const SECRET_PATH = /^\/?(?!\.{1,2}(\/|$))[^\s/]+(\/(?!\.{1,2}(\/|$))[^\s/]+)*\/?$/;

function checkAllowed(where: string, allowed: AllowedFacts): Problem[] {
  const lists: [string, readonly unknown[], (text: string) => boolean, string][] = [
    ["registries", allowed.registries ?? [], (text) => REGISTRY.test(text), '"registry.acme.example/shop/"'],
    ...Object.entries(allowed.hosts ?? {}).map(([environment, hosts]): (typeof lists)[number] => [
      `hosts.${environment}`,
      hosts ?? [],
      (text) => isDnsSubdomain(text.replace(/^\*[.-]/, "")),
      '"shop.acme.example", "*.shop.acme.example" or "*-shop.acme.example"',
    ]),
    ["storageClasses", allowed.storageClasses ?? [], isDnsSubdomain, "the name of a StorageClass"],
    ["priorityClasses", allowed.priorityClasses ?? [], isDnsSubdomain, "the name of a PriorityClass"],
    ["secretPaths", allowed.secretPaths ?? [], (text) => SECRET_PATH.test(text), '"shop/" or "teams/shop/"'],
    [
      "triggerAuthentications",
      allowed.triggerAuthentications ?? [],
      isDnsSubdomain,
      "the name of a ClusterTriggerAuthentication",
    ],
  ];
  return [
    ...checkKeys(where, allowed, ALLOWED_KEYS),
    ...lists.flatMap(([key, values, isValid, example]) =>
      values
        .filter((value) => typeof value !== "string" || !isValid(value))
        .map((value) => ({
          rule: "facts/allowed",
          message: `${where}.${key} has ${show(value)}, which nothing can match`,
          fix: `write ${example}`,
        })),
    ),
  ];
}

/** A name that refers to nothing. */
export function unknownName(where: string, value: unknown, known: readonly string[]): Problem {
  return {
    rule: "facts/unknown-name",
    message: `${where} names ${show(value)}, which does not exist`,
    fix: didYouMean(value, known),
  };
}
