// What somebody of a tenant tries, and by which mechanism the server has to refuse it.
import type { KubernetesObject, Method } from "./api.ts";
import { type Place, type Role, userOf } from "./two-tenants.ts";

/** Parts of the server's message; `<user>` stands for who asked. */
export type Refusal = readonly string[];

/** One request, made by somebody of each of the roles. */
export interface Attempt {
  readonly what: string;
  readonly as: readonly Role[];
  /** As in `PATCH own/pods/web/status`, `DELETE rival/services` or `POST cluster/namespaces`. A patch is a merge patch. */
  readonly request: string;
  readonly body?: object | undefined;
}

export interface Attack extends Attempt {
  readonly says: Refusal;
}

export const everyone: readonly Role[] = ["admin", "developer", "viewer"];
export const writers: readonly Role[] = ["admin", "developer"];

// The mechanisms, by what only they say.

export const RBAC: Refusal = ['User "<user>" cannot '];

export const ESCALATION: Refusal = ['user "<user>" ', "is attempting to grant RBAC permissions not currently held"];

export const podSecurity = (reason: string): Refusal => ['violates PodSecurity "restricted:latest": ', reason];

export const quotaSays = (reason: string): Refusal => [`exceeded quota: tenant, requested: ${reason}`];

export const policySays = ({ tenant }: Place, about: string, reason: string): Refusal => [
  `ValidatingAdmissionPolicy 'flagstone-${tenant}-${about}' with binding 'flagstone-${tenant}-${about}' denied request: `,
  reason,
];

export const messageParts = (says: Refusal, { tenant }: Place, role: Role): readonly string[] =>
  says.map((part) => part.replace("<user>", userOf(tenant, role).user));

// Where things are.

const RBAC_API = "rbac.authorization.k8s.io";
const ROUTES_API = "gateway.networking.k8s.io";

const groups: Readonly<Record<string, string>> = {
  certificatesigningrequests: "certificates.k8s.io",
  clusterrolebindings: RBAC_API,
  endpointslices: "discovery.k8s.io",
  externalsecrets: "external-secrets.io",
  grpcroutes: ROUTES_API,
  httproutes: ROUTES_API,
  ingresses: "networking.k8s.io",
  leases: "coordination.k8s.io",
  networkpolicies: "networking.k8s.io",
  referencegrants: ROUTES_API,
  rolebindings: RBAC_API,
  roles: RBAC_API,
  scaledobjects: "keda.sh",
  secretstores: "external-secrets.io",
  triggerauthentications: "keda.sh",
  validatingadmissionpolicies: "admissionregistration.k8s.io",
};

/** Method and path of a request; nothing that is tried lasts. */
export function addressOf({ request }: Attempt, place: Place): { readonly method: Method; readonly path: string } {
  const [method, where] = request.split(" ") as [Method, string];
  const dryRun = method === "GET" ? "" : `${where.includes("?") ? "&" : "?"}dryRun=All`;
  if (where.startsWith("/")) return { method, path: `${where}${dryRun}` };
  const [scope, ...rest] = where.split("/");
  const group = groups[rest[0] ?? ""];
  const namespace = scope === "own" ? place.namespace : scope === "rival" ? place.target : scope;
  const version = group === "keda.sh" ? "v1alpha1" : "v1";
  const root = group === undefined ? "/api/v1" : `/apis/${group}/${version}`;
  const inside = scope === "cluster" ? "" : `/namespaces/${namespace}`;
  return { method, path: `${root}${inside}/${rest.join("/")}${dryRun}` };
}

// Objects that nothing is wrong with.

export const object = (apiVersion: string, kind: string, fields: object, name = "x"): KubernetesObject => ({
  apiVersion,
  kind,
  metadata: { name },
  ...fields,
});

export const image = ({ tenant }: Pick<Place, "tenant">): string => `registry.acme.example/${tenant}/web:1`;

export const container = (place: Place, fields: object = {}, name = "main"): object => ({
  name,
  image: image(place),
  imagePullPolicy: "Always",
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
  ...fields,
});

const podSpec = (place: Place, fields: object): object => ({
  securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
  containers: [container(place)],
  ...fields,
});

export const pod = (place: Place, fields: object = {}, name?: string): KubernetesObject =>
  object("v1", "Pod", { spec: podSpec(place, fields) }, name);

export function deployment(place: Place, fields: object, name: string): KubernetesObject {
  const labels = { app: name };
  const template = { metadata: { labels }, spec: podSpec(place, fields) };
  return object("apps/v1", "Deployment", { spec: { selector: { matchLabels: labels }, template } }, name);
}

export const service = (spec: object): object => object("v1", "Service", { spec: { ports: [{ port: 80 }], ...spec } });

export const claim = (storageClassName: string, storage = "1Gi"): object =>
  object("v1", "PersistentVolumeClaim", {
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } }, storageClassName },
  });

export const backend = { service: { name: "web", port: { number: 80 } } };

export const rule = (host?: string): object => ({
  ...(host === undefined ? {} : { host }),
  http: { paths: [{ path: "/", pathType: "Prefix", backend }] },
});

export const ingress = (spec: object, annotations: object = {}): object => ({
  ...object("networking.k8s.io/v1", "Ingress", { spec }),
  metadata: { name: "x", annotations },
});

export const route = (kind: string, hostnames?: readonly string[], version = "v1"): object =>
  object(`${ROUTES_API}/${version}`, kind, { spec: { ...(hostnames && { hostnames }) } });

export const externalSecret = (spec: object, store: object = { name: "vault", kind: "ClusterSecretStore" }): object =>
  object("external-secrets.io/v1", "ExternalSecret", { spec: { secretStoreRef: store, ...spec } });

/** What an ExternalSecret reads from a path. */
export const read = (key: string): object => ({ secretKey: "a", remoteRef: { key } });

export const scaledObject = (authenticationRef?: object): object => {
  const metadata = { url: "https://evil.example", valueLocation: "a", targetValue: "1", authMode: "bearer" };
  return object("keda.sh/v1alpha1", "ScaledObject", {
    spec: { scaleTargetRef: { name: "web" }, triggers: [{ type: "metrics-api", metadata, authenticationRef }] },
  });
};

const node = "node.kubernetes.io";

/** What the server adds to pods that do not say it. */
export const tolerations: readonly object[] = ["not-ready", "unreachable"].map((key) => ({
  key: `${node}/${key}`,
  operator: "Exists",
  effect: "NoExecute",
  tolerationSeconds: 300,
}));

/** What is there before anything is tried: a pod that fits no node yet, one that may not be scheduled yet, and an account. */
export const prepared = (place: Place): readonly (readonly [resource: string, object: KubernetesObject])[] => [
  ["pods", pod(place, { nodeSelector: { "node-role.kubernetes.io/control-plane": "" }, tolerations }, "pending")],
  ["pods", pod(place, { schedulingGates: [{ name: "acme.example/wait" }], tolerations }, "gated")],
  ["serviceaccounts", object("v1", "ServiceAccount", {}, "worker")],
];

export const networkPolicy = object("networking.k8s.io/v1", "NetworkPolicy", {
  spec: { podSelector: { matchLabels: { app: "x" } }, policyTypes: ["Ingress"] },
});

/** A right is written as `get pods`, with the group of the API last if it has one. */
export const role = (right: string): object => {
  const [verb, resource, group = ""] = right.split(" ");
  return object(`${RBAC_API}/v1`, "Role", { rules: [{ apiGroups: [group], resources: [resource], verbs: [verb] }] });
};

/** A role is written as `Role/tenant-admin`. */
export const binding = (to: string, group: string): object => {
  const [kind, name] = to.split("/");
  return object(`${RBAC_API}/v1`, "RoleBinding", {
    roleRef: { apiGroup: RBAC_API, kind, name },
    subjects: [{ apiGroup: RBAC_API, kind: "Group", name: group }],
  });
};
