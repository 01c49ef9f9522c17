// Roles and bindings as users make them: every form that RBAC has.
import type { KubeObject } from "flagstone";

const apiVersion = "rbac.authorization.k8s.io/v1";
const apiGroup = "rbac.authorization.k8s.io";

const role = (
  name: string,
  namespace: string | undefined,
  rules: readonly object[],
  more: object = {},
): KubeObject => ({
  apiVersion,
  kind: namespace === undefined ? "ClusterRole" : "Role",
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  rules,
  ...more,
});

const binding = (
  name: string,
  namespace: string | undefined,
  roleRef: { readonly kind: "Role" | "ClusterRole"; readonly name: string },
  subjects: readonly object[],
): KubeObject => ({
  apiVersion,
  kind: namespace === undefined ? "ClusterRoleBinding" : "RoleBinding",
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  roleRef: { apiGroup, ...roleRef },
  subjects,
});

const group = (name: string) => ({ apiGroup, kind: "Group", name });
const user = (name: string) => ({ apiGroup, kind: "User", name });
const account = (name: string, namespace?: string) => ({
  kind: "ServiceAccount",
  name,
  ...(namespace === undefined ? {} : { namespace }),
});

/** In the namespaces `shop` and `bank`, for groups, users and ServiceAccounts of all sorts. */
export const rolesInUse: readonly KubeObject[] = [
  role("one-map", "shop", [
    {
      apiGroups: [""],
      resources: ["configmaps"],
      resourceNames: ["flags", "banner"],
      verbs: ["get", "update", "list"],
    },
  ]),
  binding("one-map", "shop", { kind: "Role", name: "one-map" }, [group("oidc:marketing"), account("robot", "bank")]),

  role("any-scale", "shop", [{ apiGroups: ["apps"], resources: ["*/scale"], verbs: ["*"] }]),
  binding("any-scale", "shop", { kind: "Role", name: "any-scale" }, [user("carol"), account("robot", "shop")]),

  role("everything", "bank", [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }]),
  binding("everything", "bank", { kind: "Role", name: "everything" }, [group("oidc:bank")]),

  role("logs", undefined, [{ apiGroups: [""], resources: ["pods/log"], verbs: ["get"] }]),
  binding("logs", "shop", { kind: "ClusterRole", name: "logs" }, [group("oidc:marketing")]),
  binding("logs", undefined, { kind: "ClusterRole", name: "logs" }, [
    account("robot", "bank"),
    group("system:serviceaccounts:shop"),
  ]),

  role("read-nodes", undefined, [
    { apiGroups: [""], resources: ["nodes", "namespaces"], verbs: ["get", "list"] },
    { nonResourceURLs: ["/metrics"], verbs: ["get"] },
  ]),
  binding("read-nodes", undefined, { kind: "ClusterRole", name: "read-nodes" }, [group("oidc:auditors")]),

  // A controller fills in the rules, and writes over those that are here.
  role("collected", undefined, [], {
    aggregationRule: {
      clusterRoleSelectors: [
        { matchLabels: { "acme.example/collect": "yes" } },
        {
          matchExpressions: [
            { key: "acme.example/part", operator: "In", values: ["a", "b"] },
            { key: "acme.example/skip", operator: "DoesNotExist" },
          ],
        },
      ],
    },
  }),
  labeled({ "acme.example/collect": "yes" }, "part-jobs", ["batch"], ["jobs"], ["create", "delete"]),
  labeled({ "acme.example/part": "b" }, "part-maps", [""], ["configmaps"], ["*"]),
  labeled({ "acme.example/part": "b", "acme.example/skip": "x" }, "part-secrets", [""], ["secrets"], ["get"]),
  labeled({ "acme.example/part": "c" }, "part-pods", [""], ["pods"], ["delete"]),
  binding("collected", "bank", { kind: "ClusterRole", name: "collected" }, [user("carol"), group("oidc:contractors")]),

  role("everybody", "bank", [{ apiGroups: [""], resources: ["services"], verbs: ["get"] }]),
  binding("everybody", "bank", { kind: "Role", name: "everybody" }, [group("system:authenticated")]),

  binding("dangling", "shop", { kind: "Role", name: "there-is-none" }, [group("oidc:marketing")]),
];

function labeled(
  labels: Readonly<Record<string, string>>,
  name: string,
  apiGroups: readonly string[],
  resources: readonly string[],
  verbs: readonly string[],
): KubeObject {
  const made = role(name, undefined, [{ apiGroups, resources, verbs }]);
  return { ...made, metadata: { ...made.metadata, labels: { ...labels } } };
}
