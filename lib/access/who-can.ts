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
  readonly rules: readonly AccessRule[];
}

/**
 * Who may do something, by the Roles and bindings among these objects: users, groups and ServiceAccounts. What Kubernetes brings itself,
 * such as the power of `system:masters`, is not among them.
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
 * What a group may do, by the Roles and bindings among these objects.
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
    if (!binding.subjects.some(({ kind, name }) => kind === "Group" && name === group)) continue;
    const namespace = binding.namespace ?? "";
    byNamespace.set(namespace, [...(byNamespace.get(namespace) ?? []), ...binding.rules]);
  }
  return [...byNamespace]
    .sort(([a], [b]) => compare(a, b))
    .map(([namespace, rules]) => ({ namespace: namespace === "" ? undefined : namespace, rules: distinct(rules) }));
}

function distinct(rules: readonly AccessRule[]): AccessRule[] {
  return [...new Map(rules.map((rule) => [JSON.stringify(rule), rule])).values()];
}

/** The name and the groups that RBAC compares. */
function identityOf(subject: AccessSubject): { readonly user: string | undefined; readonly groups: readonly string[] } {
  if (subject.serviceAccount === undefined)
    return { user: subject.user, groups: [...(subject.groups ?? []), "system:authenticated"] };
  const { namespace, name } = subject.serviceAccount;
  return {
    user: userOf(namespace, name),
    groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"],
  };
}

const userOf = (namespace: string, name: string): string => `system:serviceaccount:${namespace}:${name}`;

function isBound({ subjects, namespace }: Binding, { user, groups }: ReturnType<typeof identityOf>): boolean {
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
  return rules.some((rule) => allows(rule, question));
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
  const clusterRules = new Map(clusterRoles.map((role) => [role.metadata.name, aggregated(role, clusterRoles)]));
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
    const rules =
      roleRef.kind === "ClusterRole" ? clusterRules.get(roleRef.name) : roles.get(roleKey(namespace, roleRef.name));
    const id = `${kind} ${namespace === undefined ? "" : `${namespace}/`}${metadata.name}`;
    return [{ id, namespace, subjects: subjects ?? [], rules: rules ?? [] }];
  });
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
