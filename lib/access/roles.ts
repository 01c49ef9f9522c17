import type { BuiltinTier } from "../core/scope";

/** What somebody may do in a tenant; each role may do all that the one before it may. */
export type RoleName = "viewer" | "developer" | "admin";

/** Roles, the weakest first. */
export const ROLES: readonly RoleName[] = ["viewer", "developer", "admin"];

/** What roles may do: nothing that gives more than one has (`escalate`, `bind`, `impersonate`), and no wildcard. */
type Verb = "get" | "list" | "watch" | "create" | "update" | "patch" | "delete" | "deletecollection";

/** A rule of a Role, with everything in it spelled out. */
export interface RoleRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly Verb[];
}

const READ: readonly Verb[] = ["get", "list", "watch"];
const WRITE: readonly Verb[] = ["create", "update", "patch", "delete", "deletecollection"];

/** Everything of a namespace but Secrets; an ExternalSecret says where one is kept, and not what it holds. */
const VIEW: readonly RoleRule[] = [
  {
    apiGroups: [""],
    resources: [
      "configmaps",
      "endpoints",
      "events",
      "limitranges",
      "persistentvolumeclaims",
      "persistentvolumeclaims/status",
      "pods",
      "pods/log",
      "pods/status",
      "podtemplates",
      "replicationcontrollers",
      "replicationcontrollers/scale",
      "replicationcontrollers/status",
      "resourcequotas",
      "resourcequotas/status",
      "serviceaccounts",
      "services",
      "services/status",
    ],
    verbs: READ,
  },
  {
    apiGroups: ["apps"],
    resources: [
      "controllerrevisions",
      ...["daemonsets", "deployments", "replicasets", "statefulsets"].flatMap((name) => [name, `${name}/status`]),
      ...["deployments", "replicasets", "statefulsets"].map((name) => `${name}/scale`),
    ],
    verbs: READ,
  },
  {
    apiGroups: ["autoscaling"],
    resources: ["horizontalpodautoscalers", "horizontalpodautoscalers/status"],
    verbs: READ,
  },
  { apiGroups: ["batch"], resources: ["cronjobs", "cronjobs/status", "jobs", "jobs/status"], verbs: READ },
  { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: READ },
  { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: READ },
  { apiGroups: ["events.k8s.io"], resources: ["events"], verbs: READ },
  {
    apiGroups: ["networking.k8s.io"],
    resources: ["ingresses", "ingresses/status", "networkpolicies"],
    verbs: READ,
  },
  { apiGroups: ["policy"], resources: ["poddisruptionbudgets", "poddisruptionbudgets/status"], verbs: READ },
  { apiGroups: ["rbac.authorization.k8s.io"], resources: ["rolebindings", "roles"], verbs: READ },
  { apiGroups: ["resource.k8s.io"], resources: ["resourceclaims", "resourceclaimtemplates"], verbs: READ },
  {
    apiGroups: ["gateway.networking.k8s.io"],
    resources: ["grpcroutes", "grpcroutes/status", "httproutes", "httproutes/status"],
    verbs: READ,
  },
  { apiGroups: ["cilium.io"], resources: ["ciliumnetworkpolicies"], verbs: READ },
  {
    apiGroups: ["external-secrets.io"],
    resources: ["externalsecrets", "externalsecrets/status"],
    verbs: READ,
  },
  { apiGroups: ["keda.sh"], resources: ["scaledobjects", "scaledobjects/status"], verbs: READ },
  {
    apiGroups: ["autoscaling.k8s.io"],
    resources: ["verticalpodautoscalers", "verticalpodautoscalers/status"],
    verbs: READ,
  },
  { apiGroups: ["metrics.k8s.io"], resources: ["pods"], verbs: ["get", "list"] },
];

/** What applications consist of. Who may start pods can use any ServiceAccount of the namespace, so those may be made, too. */
const DEVELOP: readonly RoleRule[] = [
  {
    apiGroups: [""],
    resources: ["configmaps", "persistentvolumeclaims", "pods", "serviceaccounts", "services"],
    verbs: WRITE,
  },
  { apiGroups: [""], resources: ["pods/eviction"], verbs: ["create"] },
  {
    apiGroups: ["apps"],
    resources: ["daemonsets", "deployments", "replicasets", "statefulsets"],
    verbs: WRITE,
  },
  {
    apiGroups: ["apps"],
    resources: ["deployments/scale", "replicasets/scale", "statefulsets/scale"],
    verbs: ["update", "patch"],
  },
  { apiGroups: ["autoscaling"], resources: ["horizontalpodautoscalers"], verbs: WRITE },
  { apiGroups: ["batch"], resources: ["cronjobs", "jobs"], verbs: WRITE },
  { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: WRITE },
  { apiGroups: ["networking.k8s.io"], resources: ["ingresses"], verbs: WRITE },
  { apiGroups: ["policy"], resources: ["poddisruptionbudgets"], verbs: WRITE },
  { apiGroups: ["gateway.networking.k8s.io"], resources: ["grpcroutes", "httproutes"], verbs: WRITE },
  { apiGroups: ["external-secrets.io"], resources: ["externalsecrets"], verbs: WRITE },
  { apiGroups: ["keda.sh"], resources: ["scaledobjects"], verbs: WRITE },
  { apiGroups: ["autoscaling.k8s.io"], resources: ["verticalpodautoscalers"], verbs: WRITE },
];

/**
 * What keeps applications running, and shows no secret: who may write pods, or what makes them, could mount any Secret of the namespace and
 * read it in a log.
 */
const OPERATE: readonly RoleRule[] = [
  { apiGroups: [""], resources: ["pods"], verbs: ["delete"] },
  { apiGroups: [""], resources: ["pods/eviction"], verbs: ["create"] },
  {
    apiGroups: ["apps"],
    resources: ["deployments/scale", "replicasets/scale", "statefulsets/scale"],
    verbs: ["update", "patch"],
  },
];

/** What shows customers' data: secrets, and the inside of pods. `kubectl` begins a stream by `get` or by `create`. */
const LOOK_INSIDE: readonly RoleRule[] = [
  { apiGroups: [""], resources: ["secrets"], verbs: [...READ, ...WRITE] },
  { apiGroups: [""], resources: ["pods/attach", "pods/exec", "pods/portforward"], verbs: ["get", "create"] },
  { apiGroups: [""], resources: ["pods/ephemeralcontainers"], verbs: ["get", "update", "patch"] },
];

/** Who may do what in the tenant, and who reaches whom. The API server lets nobody give away more than they have. */
const ADMINISTER: readonly RoleRule[] = [
  { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"], verbs: WRITE },
  { apiGroups: ["cilium.io"], resources: ["ciliumnetworkpolicies"], verbs: WRITE },
  { apiGroups: ["rbac.authorization.k8s.io"], resources: ["rolebindings", "roles"], verbs: WRITE },
];

/**
 * What a role may do in the namespaces of a tenant. Quotas, limit ranges and namespaces are nobody's.
 *
 * @param tierLike - in tiers like production, developers see no secrets and do not enter pods
 * @see https://kubernetes.io/docs/concepts/security/rbac-good-practices/
 */
export function rulesOf(role: RoleName, tierLike: BuiltinTier): readonly RoleRule[] {
  if (role === "viewer") return VIEW;
  if (role === "developer" && tierLike === "production") return [...VIEW, ...OPERATE];
  return [...VIEW, ...DEVELOP, ...LOOK_INSIDE, ...(role === "admin" ? ADMINISTER : [])];
}
