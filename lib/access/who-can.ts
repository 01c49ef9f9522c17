import type { KubeObject } from "../core/amend";
import { compare } from "../core/findings";

/** A question to RBAC: may somebody do this? */
export interface AccessQuestion {
  /** As in `get` or `create`. */
  readonly verb: string;
  /** Group of the API; the core group is empty. @default "" */
  readonly group?: string | undefined;
  /** Plural name of a kind, as in `deployments`. */
  readonly resource: string;
  /** As `log` of `pods/log`. @default - the resource itself */
  readonly subresource?: string | undefined;
  /** Name of one object. @default - any, as `list` and `create` ask */
  readonly name?: string | undefined;
  /** Namespace that it is in. @default - all namespaces, or none for what has none */
  readonly namespace?: string | undefined;
}

/** Who asks, as the API server knows them. */
export type AccessSubject =
  | { readonly groups: readonly string[]; readonly user?: string | undefined; readonly serviceAccount?: never }
  | { readonly user: string; readonly groups?: readonly string[] | undefined; readonly serviceAccount?: never }
  | { readonly serviceAccount: { readonly namespace: string; readonly name: string } };

/** Somebody who may do something. */
export interface AccessHolder {
  /** As RBAC calls it. */
  readonly kind: "User" | "Group" | "ServiceAccount";
  /** As the API server knows it. */
  readonly name: string;
  /** Of a ServiceAccount. */
  readonly namespace?: string | undefined;
  /** The bindings that give it, as `RoleBinding shop/tenant-admin` or `ClusterRoleBinding admins`. */
  readonly through: readonly string[];
}

/** A rule of a Role or a ClusterRole. */
export interface AccessRule {
  /** Verbs, `*` for all. */
  readonly verbs: readonly string[];
  /** Groups of APIs, `*` for all; the core group is empty. */
  readonly apiGroups: readonly string[];
  /** Resources, with subresources after a slash; `*` for all. */
  readonly resources: readonly string[];
  /** Names of objects. @default - all */
  readonly resourceNames?: readonly string[] | undefined;
}

/** What somebody may do in one namespace. */
export interface AccessGrant {
  /** The namespace; undefined for what holds in all of them, and for what has none. */
  readonly namespace: string | undefined;
  /** What is allowed there. */
  readonly rules: readonly AccessRule[];
}

/** A binding to a role that is not among the objects, so that nobody knows what it gives. */
export interface UnjudgedBinding {
  /** As `RoleBinding shop/edit` or `ClusterRoleBinding admins`. */
  readonly binding: string;
  /** Undefined for a ClusterRoleBinding. */
  readonly namespace?: string | undefined;
  /** As `ClusterRole admin`. */
  readonly role: string;
  /** Whom it gives the role, as `Group oidc:helpers`. */
  readonly subjects: readonly string[];
}

interface Subject {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string | undefined;
}

interface Binding {
  readonly id: string;
  /** Undefined for a ClusterRoleBinding. */
  readonly namespace: string | undefined;
  readonly subjects: readonly Subject[];
  /** As `ClusterRole admin`. */
  readonly role: string;
  /** Undefined where the role is not among the objects. */
  readonly rules: readonly AccessRule[] | undefined;
  /** What it gives of the API server's own URLs, as `get /metrics`. */
  readonly urls: readonly string[];
}

/**
 * Who may do something, by the Roles and bindings among these objects: users, groups and ServiceAccounts. Whom `cluster-admin` is bound to
 * may do everything. What else Kubernetes brings itself, such as the power of `system:masters` and the role `edit`, is not known.
 *
 * @param objects - Kubernetes objects, those of one cluster
 * @param question - what would be done
 * @returns sorted by kind and name
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/
 * @example
 * ```ts
 * import { whoCan } from "flagstone";
 * import type { PlanView } from "flagstone/testing";
 *
 * export const whoSeesSecrets = (plan: PlanView) =>
 *   whoCan(plan.objects(), { verb: "get", resource: "secrets", namespace: "shop" }).map(({ name }) => name);
 * ```
 */
export function whoCan(objects: readonly KubeObject[], question: AccessQuestion): readonly AccessHolder[] {
  const found = new Map<string, AccessHolder>();
  for (const binding of bindingsOf(objects)) {
    if (!applies(binding, question)) continue;
    for (const subject of binding.subjects) {
      const holder = holderOf(subject, binding);
      if (!holder) continue;
      const key = [holder.kind, holder.namespace ?? "", holder.name].join("\0");
      const through = [...(found.get(key)?.through ?? []), binding.id];
      found.set(key, { ...holder, through: [...new Set(through)].sort() });
    }
  }
  return [...found].sort(([a], [b]) => compare(a, b)).map(([, holder]) => holder);
}

/**
 * Whether somebody may do something, by the Roles and bindings among these objects.
 *
 * @param objects - Kubernetes objects, those of one cluster
 * @param subject - who asks; everybody is in `system:authenticated`, and a ServiceAccount in the groups that all of them are in
 * @param question - what would be done
 * @example
 * ```ts
 * import { canI } from "flagstone";
 * import type { PlanView } from "flagstone/testing";
 *
 * export const mayDeploy = (plan: PlanView) =>
 *   canI(plan.objects(), { groups: ["shop"] }, { verb: "create", group: "apps", resource: "deployments", namespace: "shop" });
 * ```
 */
export function canI(objects: readonly KubeObject[], subject: AccessSubject, question: AccessQuestion): boolean {
  const identity = identityOf(subject);
  return bindingsOf(objects).some((binding) => isBound(binding, identity) && applies(binding, question));
}

/**
 * What members of a group may do, by the Roles and bindings among these objects: also what everybody may, by `system:authenticated`.
 *
 * @param objects - Kubernetes objects, those of one cluster
 * @param group - its name, as the API server knows it
 * @returns rules by namespace; what holds in all namespaces comes first
 * @example
 * ```ts
 * import { whatCan } from "flagstone";
 * import type { PlanView } from "flagstone/testing";
 *
 * export const namespacesOf = (plan: PlanView) => whatCan(plan.objects(), "shop").map(({ namespace }) => namespace);
 * ```
 */
export function whatCan(objects: readonly KubeObject[], group: string): readonly AccessGrant[] {
  const byNamespace = new Map<string, AccessRule[]>();
  for (const binding of bindingsOf(objects)) {
    if (!isBound(binding, membersOf(group)) || !binding.rules?.length) continue;
    const namespace = binding.namespace ?? "";
    byNamespace.set(namespace, [...(byNamespace.get(namespace) ?? []), ...binding.rules]);
  }
  return [...byNamespace]
    .sort(([a], [b]) => compare(a, b))
    .map(([namespace, rules]) => ({ namespace: namespace === "" ? undefined : namespace, rules: distinct(rules) }));
}

/**
 * What members of a group may do with the API server's own URLs, as `get /metrics`.
 *
 * @param objects - Kubernetes objects, those of one cluster
 */
export function urlsOf(objects: readonly KubeObject[], group: string): readonly string[] {
  const bound = bindingsOf(objects).filter((binding) => isBound(binding, membersOf(group)));
  return [...new Set(bound.flatMap(({ urls }) => urls))].sort(compare);
}

/**
 * Bindings whose role is not among these objects: what they give is in no answer.
 *
 * @param objects - Kubernetes objects, those of one cluster
 */
export function unjudgedBindings(objects: readonly KubeObject[]): readonly UnjudgedBinding[] {
  return bindingsOf(objects)
    .filter(({ rules }) => rules === undefined)
    .map(({ id, namespace, role, subjects }) => ({
      binding: id,
      ...(namespace === undefined ? {} : { namespace }),
      role,
      subjects: subjects.map(
        ({ kind, name, namespace: home }) => `${kind} ${home === undefined ? "" : `${home}/`}${name}`,
      ),
    }))
    .sort((a, b) => compare(a.binding, b.binding));
}

function distinct(rules: readonly AccessRule[]): AccessRule[] {
  return [...new Map(rules.map((rule) => [JSON.stringify(rule), rule])).values()];
}

interface Identity {
  readonly user: string | undefined;
  readonly groups: readonly string[];
}

/** Who is in a group, as far as that says it. */
function membersOf(group: string): Identity {
  return identityOf({ groups: [group] });
}

/** The name and the groups that RBAC compares. */
function identityOf(subject: AccessSubject): Identity {
  if (subject.serviceAccount === undefined)
    return { user: subject.user, groups: [...(subject.groups ?? []), "system:authenticated"] };
  const { namespace, name } = subject.serviceAccount;
  return {
    user: userOf(namespace, name),
    groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"],
  };
}

const userOf = (namespace: string, name: string): string => `system:serviceaccount:${namespace}:${name}`;

function isBound({ subjects, namespace }: Binding, { user, groups }: Identity): boolean {
  return subjects.some((subject) => {
    if (subject.kind === "Group") return groups.includes(subject.name);
    if (subject.kind === "User") return subject.name === user;
    const home = subject.namespace ?? namespace;
    return subject.kind === "ServiceAccount" && home !== undefined && userOf(home, subject.name) === user;
  });
}

function holderOf({ kind, name, namespace }: Subject, binding: Binding): Omit<AccessHolder, "through"> | undefined {
  if (kind === "User" || kind === "Group") return { kind, name };
  const home = namespace ?? binding.namespace;
  return kind === "ServiceAccount" && home !== undefined ? { kind, name, namespace: home } : undefined;
}

function applies({ namespace, rules }: Binding, question: AccessQuestion): boolean {
  if (namespace !== undefined && namespace !== question.namespace) return false;
  return rules?.some((rule) => allows(rule, question)) ?? false;
}

// https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/rbac/v1/evaluation_helpers.go
function allows(
  rule: AccessRule,
  { verb, group = "", resource, subresource = "", name = "" }: AccessQuestion,
): boolean {
  const asked = subresource === "" ? resource : `${resource}/${subresource}`;
  return (
    has(rule.verbs, verb) &&
    has(rule.apiGroups, group) &&
    (has(rule.resources, asked) || (subresource !== "" && rule.resources.includes(`*/${subresource}`))) &&
    (rule.resourceNames === undefined || rule.resourceNames.length === 0 || rule.resourceNames.includes(name))
  );
}

const has = (list: readonly string[], value: string): boolean => list.includes("*") || list.includes(value);

const RBAC = /^rbac\.authorization\.k8s\.io\//;

/** All bindings, with the rules of the role that each refers to. */
function bindingsOf(objects: readonly KubeObject[]): Binding[] {
  const rbac = objects.filter(({ apiVersion }) => RBAC.test(apiVersion));
  const clusterRoles = rbac.filter(({ kind }) => kind === "ClusterRole");
  const clusterRules = new Map([
    ...BUILT_IN,
    ...clusterRoles.map((role) => [role.metadata.name, aggregated(role, clusterRoles)] as const),
  ]);
  const roleKey = (namespace: string | undefined, name: string): string => `${namespace ?? ""}/${name}`;
  const roles = new Map(
    rbac
      .filter(({ kind }) => kind === "Role")
      .map((role) => [roleKey(role.metadata.namespace, role.metadata.name), ownRules(role)]),
  );
  return rbac.flatMap((object): Binding[] => {
    const { kind, metadata } = object;
    if (kind !== "RoleBinding" && kind !== "ClusterRoleBinding") return [];
    const namespace = kind === "RoleBinding" ? metadata.namespace : undefined;
    const { roleRef, subjects } = object as { roleRef?: { kind: string; name: string }; subjects?: readonly Subject[] };
    if (!roleRef || (kind === "RoleBinding" && namespace === undefined)) return [];
    const isOfCluster = roleRef.kind === "ClusterRole";
    const rules = isOfCluster ? clusterRules.get(roleRef.name) : roles.get(roleKey(namespace, roleRef.name));
    const own = isOfCluster && namespace === undefined ? clusterRoles : [];
    const urls = own.filter((role) => role.metadata.name === roleRef.name).flatMap(urlsOfRole);
    const id = `${kind} ${namespace === undefined ? "" : `${namespace}/`}${metadata.name}`;
    const role = isOfCluster ? `ClusterRole ${roleRef.name}` : `Role ${namespace ?? ""}/${roleRef.name}`;
    return [{ id, namespace, subjects: subjects ?? [], role, rules, urls }];
  });
}

/**
 * The one role of Kubernetes whose rules are the same in all versions: it allows everything.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles
 */
const BUILT_IN: readonly (readonly [string, readonly AccessRule[]])[] = [
  ["cluster-admin", [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }]],
];

function urlsOfRole(role: KubeObject): string[] {
  const rules = (role["rules"] ?? []) as readonly { verbs?: readonly string[]; nonResourceURLs?: readonly string[] }[];
  return rules.flatMap(({ verbs = [], nonResourceURLs = [] }) =>
    nonResourceURLs.flatMap((url) => verbs.map((verb) => `${verb} ${url}`)),
  );
}

/** Rules about resources; those about URLs grant nothing here. */
function ownRules(role: KubeObject): AccessRule[] {
  const rules = (role["rules"] ?? []) as readonly Partial<AccessRule>[];
  return rules.flatMap(({ verbs, apiGroups, resources, resourceNames }) =>
    verbs && apiGroups && resources
      ? [{ verbs, apiGroups, resources, ...(resourceNames?.length ? { resourceNames } : {}) }]
      : [],
  );
}

interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

/**
 * The rules of a ClusterRole; those of an aggregated one are written by a controller, from the roles that its selectors match.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/#aggregated-clusterroles
 */
function aggregated(
  role: KubeObject,
  all: readonly KubeObject[],
  seen: ReadonlySet<KubeObject> = new Set(),
): readonly AccessRule[] {
  const { clusterRoleSelectors } = (role["aggregationRule"] ?? {}) as { clusterRoleSelectors?: readonly Selector[] };
  if (!clusterRoleSelectors) return ownRules(role);
  const within = new Set([...seen, role]);
  const parts = all.filter(
    (other) =>
      !within.has(other) && clusterRoleSelectors.some((selector) => matches(selector, other.metadata.labels ?? {})),
  );
  return distinct(parts.flatMap((part) => aggregated(part, all, within)));
}

function matches(
  { matchLabels = {}, matchExpressions = [] }: Selector,
  labels: Readonly<Record<string, string>>,
): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key];
      if (operator === "Exists") return value !== undefined;
      if (operator === "DoesNotExist") return value === undefined;
      const isIn = value !== undefined && values.includes(value);
      return operator === "In" ? isIn : operator === "NotIn" && !isIn;
    })
  );
}
