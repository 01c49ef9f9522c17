import type { AccessQuestion, AccessRule } from "../access/who-can";
import { didYouMean, nearest } from "../core/suggest";
import type { Plan } from "../plan/plan";
import { UsageError } from "./usage-error";

// https://kubernetes.io/docs/reference/access-authn-authz/authorization/#request-verb-resource
const VERBS = [
  ...["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"],
  ...["approve", "attest", "bind", "escalate", "impersonate", "sign", "use"],
];

/** Resources of Kubernetes and of what else constructs render, by group; what is in a namespace, and what is not. */
const RESOURCES: Readonly<Record<string, { readonly inNamespaces?: string; readonly inCluster?: string }>> = {
  "": {
    inNamespaces:
      "bindings configmaps endpoints events limitranges persistentvolumeclaims pods podtemplates replicationcontrollers resourcequotas secrets serviceaccounts services",
    inCluster: "componentstatuses groups namespaces nodes persistentvolumes users",
  },
  "admissionregistration.k8s.io": {
    inCluster:
      "mutatingadmissionpolicies mutatingadmissionpolicybindings mutatingwebhookconfigurations validatingadmissionpolicies validatingadmissionpolicybindings validatingwebhookconfigurations",
  },
  "apiextensions.k8s.io": { inCluster: "customresourcedefinitions" },
  "apiregistration.k8s.io": { inCluster: "apiservices" },
  apps: { inNamespaces: "controllerrevisions daemonsets deployments replicasets statefulsets" },
  "authentication.k8s.io": { inCluster: "selfsubjectreviews tokenreviews" },
  "authorization.k8s.io": {
    inNamespaces: "localsubjectaccessreviews",
    inCluster: "selfsubjectaccessreviews selfsubjectrulesreviews subjectaccessreviews",
  },
  autoscaling: { inNamespaces: "horizontalpodautoscalers" },
  batch: { inNamespaces: "cronjobs jobs" },
  "autoscaling.k8s.io": { inNamespaces: "verticalpodautoscalers" },
  "certificates.k8s.io": { inCluster: "certificatesigningrequests signers" },
  "cilium.io": { inNamespaces: "ciliumnetworkpolicies", inCluster: "ciliumclusterwidenetworkpolicies" },
  "coordination.k8s.io": { inNamespaces: "leases" },
  "discovery.k8s.io": { inNamespaces: "endpointslices" },
  "events.k8s.io": { inNamespaces: "events" },
  "external-secrets.io": {
    inNamespaces: "externalsecrets pushsecrets secretstores",
    inCluster: "clusterexternalsecrets clustersecretstores",
  },
  "gateway.networking.k8s.io": {
    inNamespaces: "gateways grpcroutes httproutes referencegrants",
    inCluster: "gatewayclasses",
  },
  "keda.sh": {
    inNamespaces: "scaledjobs scaledobjects triggerauthentications",
    inCluster: "clustertriggerauthentications",
  },
  "networking.k8s.io": { inNamespaces: "ingresses networkpolicies", inCluster: "ingressclasses" },
  "node.k8s.io": { inCluster: "runtimeclasses" },
  policy: { inNamespaces: "poddisruptionbudgets" },
  "rbac.authorization.k8s.io": { inNamespaces: "rolebindings roles", inCluster: "clusterrolebindings clusterroles" },
  "scheduling.k8s.io": { inCluster: "priorityclasses" },
  "storage.k8s.io": {
    inNamespaces: "csistoragecapacities",
    inCluster: "csidrivers csinodes storageclasses volumeattachments",
  },
};

/** As kubectl has them: `kubectl api-resources`. */
const SHORT_NAMES: Readonly<Record<string, string>> = {
  ...{ cm: "configmaps", ep: "endpoints", ev: "events", limits: "limitranges", no: "nodes", ns: "namespaces" },
  ...{ po: "pods", pv: "persistentvolumes", pvc: "persistentvolumeclaims", quota: "resourcequotas" },
  ...{ rc: "replicationcontrollers", sa: "serviceaccounts", svc: "services" },
  ...{ deploy: "deployments.apps", ds: "daemonsets.apps", rs: "replicasets.apps", sts: "statefulsets.apps" },
  ...{ cj: "cronjobs.batch", hpa: "horizontalpodautoscalers.autoscaling", pdb: "poddisruptionbudgets.policy" },
  ...{ ing: "ingresses.networking.k8s.io", netpol: "networkpolicies.networking.k8s.io" },
  ...{ cnp: "ciliumnetworkpolicies.cilium.io", es: "externalsecrets.external-secrets.io" },
  ...{ gtw: "gateways.gateway.networking.k8s.io", so: "scaledobjects.keda.sh" },
  ...{ crd: "customresourcedefinitions.apiextensions.k8s.io", csr: "certificatesigningrequests.certificates.k8s.io" },
  ...{ pc: "priorityclasses.scheduling.k8s.io", sc: "storageclasses.storage.k8s.io" },
  ...{ vpa: "verticalpodautoscalers.autoscaling.k8s.io" },
};

const SUBRESOURCES: Readonly<Record<string, string>> = {
  certificatesigningrequests: "approval",
  namespaces: "finalize",
  nodes: "proxy",
  pods: "attach binding ephemeralcontainers eviction exec log portforward proxy resize",
  serviceaccounts: "token",
  services: "proxy",
};

/** What is asked of RBAC, but for the namespace. */
export interface AskedObject extends Pick<AccessQuestion, "resource" | "subresource" | "name"> {
  /** Group of the API; the core group is empty. */
  readonly group: string;
  /** Whether it is in no namespace, so that a RoleBinding gives nothing. */
  readonly isClusterScoped: boolean;
}

/** What roles in Plans speak of besides Kubernetes' own. */
export interface KnownAccess {
  readonly verbs: readonly string[];
  /** As in `deployments.apps`; subresources after a slash. */
  readonly resources: readonly string[];
}

/** Verbs and resources that roles in the Plans name, and resources that they define. */
export function knownAccess(plans: readonly Plan[]): KnownAccess {
  const verbs = new Set(VERBS);
  const resources = new Set<string>();
  // First, because a name without a group means the first that has it.
  for (const [group, { inNamespaces = "", inCluster = "" }] of Object.entries(RESOURCES))
    for (const resource of `${inNamespaces} ${inCluster}`.trim().split(" ")) resources.add(written(resource, group));
  for (const { kind, name, manifest } of plans.flatMap(({ objects }) => objects)) {
    if (kind === "CustomResourceDefinition") resources.add(name);
    if (kind !== "Role" && kind !== "ClusterRole") continue;
    for (const rule of (manifest["rules"] ?? []) as readonly Partial<AccessRule>[]) {
      for (const verb of rule.verbs ?? []) verbs.add(verb);
      for (const resource of resourcesOf(rule)) resources.add(resource);
    }
  }
  return { verbs: [...verbs], resources: [...resources] };
}

/** Every resource of a rule, as in `deployments.apps/scale`. */
export function resourcesOf({ apiGroups = [], resources = [] }: Partial<AccessRule>): string[] {
  return apiGroups.flatMap((group) => resources.map((resource) => written(resource, group)));
}

function written(resource: string, group: string): string {
  const [plural = "", ...subresource] = resource.split("/");
  return [group === "" ? plural : `${plural}.${group}`, ...subresource].join("/");
}

/** @throws UsageError when nobody knows the verb */
export function checkVerb(verb: string, { verbs }: KnownAccess): void {
  if (verb !== "*" && !verbs.includes(verb))
    throw new UsageError(`there is no verb "${verb}": ${didYouMean(verb, verbs)}`);
}

/**
 * Reads `pods`, `po`, `deployments.apps`, `deployments.apps/checkout` or `pods/log`. What follows the slash is a subresource where the resource
 * has one of that name, else the name of an object.
 *
 * @param subresource - said apart, so that what follows the slash is a name
 * @throws UsageError when nobody knows the resource
 */
export function parseObject(text: string, subresource: string | undefined, known: KnownAccess): AskedObject {
  const slash = text.indexOf("/");
  const type = slash < 0 ? text : text.slice(0, slash);
  const rest = slash < 0 ? undefined : text.slice(slash + 1);
  if (type === "" || rest === "")
    throw new UsageError(`"${text}" is no object; write it as in pods, or deployments.apps/checkout`);
  const { resource, group } = resourceNamed(type, known);
  const isSubresource = subresource === undefined && rest !== undefined && hasSubresource(resource, group, rest, known);
  const said = isSubresource ? rest : subresource;
  const name = isSubresource ? undefined : rest;
  return {
    group,
    resource,
    ...(said === undefined ? {} : { subresource: said }),
    ...(name === undefined ? {} : { name }),
    isClusterScoped: RESOURCES[group]?.inCluster?.split(" ").includes(resource) ?? false,
  };
}

function resourceNamed(
  type: string,
  { resources }: KnownAccess,
): { readonly resource: string; readonly group: string } {
  const plain = resources.filter((one) => !/[/*]/.test(one));
  const dot = type.indexOf(".");
  const short = Object.hasOwn(SHORT_NAMES, type) ? SHORT_NAMES[type] : undefined;
  const whole = short ?? (plain.includes(type) ? type : plain.find((one) => dot < 0 && one.startsWith(`${type}.`)));
  const meant = whole ?? (type === "*" ? "*" : undefined);
  if (meant === undefined) {
    const close = nearest(type, plain) ?? nearest(type, plain.map(withoutGroup));
    if (close !== undefined) throw new UsageError(`there is no resource "${type}": did you mean "${close}"?`);
    // A resource of somebody else's API.
    if (dot > 0) return { resource: type.slice(0, dot), group: type.slice(dot + 1) };
    throw new UsageError(
      `there is no resource "${type}": write its plural, and its API group after a dot, as in deployments.apps`,
    );
  }
  const at = meant.indexOf(".");
  return at < 0 ? { resource: meant, group: "" } : { resource: meant.slice(0, at), group: meant.slice(at + 1) };
}

function withoutGroup(resource: string): string {
  return resource.replace(/\..*$/, "");
}

function hasSubresource(resource: string, group: string, name: string, { resources }: KnownAccess): boolean {
  const own =
    group === "" || resource === "certificatesigningrequests" ? (SUBRESOURCES[resource]?.split(" ") ?? []) : [];
  return ["scale", "status", ...own].includes(name) || resources.includes(written(`${resource}/${name}`, group));
}
