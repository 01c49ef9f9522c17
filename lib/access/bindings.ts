import { k8s } from "cdk8s-plus-28";
import type { Construct } from "constructs";
import type { Problem } from "../core/findings";
import { show } from "../core/keys";
import { LABEL } from "../core/labels";
import type { BuiltinTier, Group } from "../core/scope";
import { type RoleName, ROLES, rulesOf } from "./roles";

/** Groups by the role that they have in a tenant, next to its owners, who are admins. */
export interface Members {
  /** As developers; besides secrets, pods' insides, NetworkPolicies, Roles and RoleBindings. @default - the owners only */
  readonly admin?: readonly Group[] | undefined;
  /** As viewers; besides they write workloads, services, configuration, routes; secrets outside of production. @default - none */
  readonly developer?: readonly Group[] | undefined;
  /** See everything but secrets. @default - none */
  readonly viewer?: readonly Group[] | undefined;
}

/** What the label {@link LABEL.guard} says on objects that a tenant may not change. */
export const GUARD = { [LABEL.guard]: "platform" } as const;

const PREFIX = "group:";

/** The name that the API server knows a group by. */
export function groupName(group: Group, prefix: string): string {
  return `${prefix}${group.slice(PREFIX.length)}`;
}

/** Problems of groups: not written as groups, or Kubernetes' own, which would give access to more than a team. */
export function checkGroups(where: string, groups: readonly unknown[], prefix: string): Problem[] {
  return groups.flatMap((group): Problem[] => {
    if (typeof group !== "string" || !/^group:\S(.*\S)?$/.test(group)) {
      return [
        { rule: "access/group", message: `${where} has ${show(group)}, which is no group`, fix: 'write "group:shop"' },
      ];
    }
    const isSystem = [group.slice(PREFIX.length), groupName(group as Group, prefix)].some((n) =>
      n.startsWith("system:"),
    );
    if (!isSystem) return [];
    return [
      {
        rule: "access/system-group",
        message: `${where} has ${show(group)}: groups that begin with "system:" are Kubernetes' own`,
        fix: "use a group of the identity provider",
      },
    ];
  });
}

/** Problems of what API servers put before the names of groups. */
export function checkGroupsPrefix(where: string, prefix: unknown): Problem[] {
  if (typeof prefix === "string" && !prefix.startsWith("system:") && !/\s/.test(prefix)) return [];
  return [
    {
      rule: "access/groups-prefix",
      message: `${where} ${show(prefix)} cannot stand before the names of groups`,
      fix: 'write it as the API servers have it in --oidc-groups-prefix, as in "oidc:"',
    },
  ];
}

/** Groups by role; who is an admin in two ways is one once. */
export function groupsByRole(
  owners: readonly Group[],
  members: Members | undefined,
): Readonly<Record<RoleName, readonly Group[]>> {
  const groups = { ...members, admin: [...owners, ...(members?.admin ?? [])] };
  const sorted = (role: RoleName): Group[] => [...new Set(groups[role] ?? [])].sort();
  return { viewer: sorted("viewer"), developer: sorted("developer"), admin: sorted("admin") };
}

/** Where roles are given, and to whom. */
export interface Access {
  readonly namespace: string;
  readonly groups: Readonly<Record<RoleName, readonly Group[]>>;
  /** What the API server puts before the names of groups. */
  readonly groupsPrefix: string;
  readonly tierLike: BuiltinTier;
}

/** Makes a Role and a RoleBinding for each role that some group has. */
export function makeAccess(scope: Construct, { namespace, groups, groupsPrefix, tierLike }: Access): void {
  for (const role of ROLES) {
    if (groups[role].length === 0) continue;
    const metadata = { name: `tenant-${role}`, namespace, labels: GUARD };
    new k8s.KubeRole(scope, `${namespace}-role-${role}`, {
      metadata,
      rules: rulesOf(role, tierLike).map(({ apiGroups, resources, verbs }) => ({
        apiGroups: [...apiGroups],
        resources: [...resources],
        verbs: [...verbs],
      })),
    });
    new k8s.KubeRoleBinding(scope, `${namespace}-binding-${role}`, {
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: metadata.name },
      subjects: groups[role].map((group) => ({
        apiGroup: "rbac.authorization.k8s.io",
        kind: "Group",
        name: groupName(group, groupsPrefix),
      })),
    });
  }
}
