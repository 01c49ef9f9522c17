import { ApiObject } from "cdk8s";
import type { Construct } from "constructs";
import { imagePrefixes } from "../core/allowed";
import { LABEL, NODE_ROLES } from "../core/labels";
import type { Allowed } from "../core/scope";

/** What admission holds a tenant to. */
export interface Admission {
  readonly tenant: string;
  /** Whom the messages say to ask. */
  readonly platform: string;
  readonly allowed: Allowed;
  /** Whether nothing new may start. */
  readonly cordoned: boolean;
}

/** What one ValidatingAdmissionPolicy is about. */
interface Policy {
  /** Last part of its name. */
  readonly about: string;
  readonly rule: {
    readonly apiGroups: readonly string[];
    readonly apiVersions: readonly string[];
    readonly operations: readonly ("CREATE" | "UPDATE" | "DELETE")[];
    readonly resources: readonly string[];
  };
  readonly matchConditions?: readonly { readonly name: string; readonly expression: string }[];
  readonly variables?: readonly { readonly name: string; readonly expression: string }[];
  readonly validations: readonly Validation[];
}

interface Validation {
  readonly expression: string;
  /** In CEL, for messages that name what was refused. */
  readonly messageExpression?: string;
  readonly message?: string;
}

/** A text or a list of texts in CEL, whose escapes are those of JSON. */
const cel = (value: string | readonly string[]): string => JSON.stringify(value);

/**
 * Without this, what was there before a policy could not change any more, not even to be deleted: controllers remove their finalizers
 * by an update.
 */
const SPEC_CHANGES = [{ name: "spec-changes", expression: "oldObject == null || object.spec != oldObject.spec" }];

/**
 * What admission refuses the tenant, one policy for each kind: an expression that fits several is not checked against their types.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 */
export function policiesOf(admission: Admission): readonly Policy[] {
  return [
    podPolicy(admission),
    ...(admission.allowed.storageClasses ? [volumePolicy(admission, admission.allowed.storageClasses)] : []),
    servicePolicy(admission),
    ingressPolicy(admission),
    routePolicy(admission),
    bindingPolicy(admission),
    guardPolicy(admission),
  ];
}

const ask = ({ platform }: Admission): string => `ask the platform team of ${platform}`;

/**
 * Containers of all three kinds of a pod, and volumes that are images, in one list; each as a map of texts, for their own types differ, and
 * lists have one.
 */
function imagesOf(pod: "object" | "oldObject"): string {
  const texts = (image: string, pull: string): string =>
    `{"id": [string(c.name), ${image}, ${pull}].join(" "), "image": ${image}, "pull": ${pull}}`;
  const ofContainer = texts('string(c.?image.orValue(""))', 'string(c.?imagePullPolicy.orValue(""))');
  const ofVolume = texts('string(c.image.?reference.orValue(""))', 'string(c.image.?pullPolicy.orValue(""))');
  return [
    `${pod}.spec.containers.map(c, ${ofContainer})`,
    `${pod}.spec.?initContainers.orValue([]).map(c, ${ofContainer})`,
    `${pod}.spec.?ephemeralContainers.orValue([]).map(c, ${ofContainer})`,
    `${pod}.spec.?volumes.orValue([]).filter(c, has(c.image)).map(c, ${ofVolume})`,
  ].join(" + ");
}

/** Only images that are new count: controllers must be able to update a pod that was there before. */
function podPolicy(admission: Admission): Policy {
  const { tenant, allowed, cordoned } = admission;
  const { registries, priorityClasses } = allowed;
  const validations: Validation[] = [
    {
      expression: 'variables.added.all(c, c.pull == "Always")',
      message: `containers of tenant ${tenant} have imagePullPolicy Always, and images that are volumes pullPolicy Always, or they could use images of others that are on the node`,
    },
  ];
  if (registries) {
    const isForeign = `!${cel(imagePrefixes(registries))}.exists(p, (c.image + ":").startsWith(p))`;
    validations.push({
      expression: `!variables.added.exists(c, ${isForeign})`,
      messageExpression: [
        `"image " + variables.added.filter(c, ${isForeign}).map(c, c.image).join(", ")`,
        cel(` is not from where tenant ${tenant} takes its images (${registries.join(", ")}): ${ask(admission)}`),
      ].join(" + "),
    });
  }
  // Whoever goes before Kubernetes' own pods displaces everybody's.
  const priority = 'object.spec.?priorityClassName.orValue("")';
  const isOwn = priorityClasses
    ? `${priority} in ${cel(["", ...priorityClasses])}`
    : `!${priority}.startsWith("system-")`;
  const among = priorityClasses ? `one of tenant ${tenant} (${orNone(priorityClasses)})` : `tenant ${tenant}'s`;
  validations.push({
    expression: `request.operation != "CREATE" || ${isOwn}`,
    messageExpression: `"priority class " + ${priority} + ${cel(` is not ${among}: ${ask(admission)}`)}`,
  });
  // The scheduler knows which nodes are for whom; who goes around it, or tolerates everything, gets to those of the control plane.
  const key = 't.?key.orValue("")';
  const tolerable = `${key} != "" && !${key}.startsWith(${cel(NODE_ROLES)})`;
  validations.push({
    expression: [
      'request.operation != "CREATE"',
      `(object.spec.?nodeName.orValue("") == "" && object.spec.?tolerations.orValue([]).all(t, ${tolerable}))`,
    ].join(" || "),
    message: `pods of tenant ${tenant} name no node, and tolerate taints by key only, those of node roles not at all: ${ask(admission)}`,
  });
  if (cordoned) {
    validations.unshift({
      expression: "variables.added.size() == 0",
      message: `tenant ${tenant} is cordoned, so nothing new starts: ${ask(admission)}`,
    });
  }
  return {
    about: "pods",
    rule: {
      apiGroups: [""],
      apiVersions: ["v1"],
      operations: ["CREATE", "UPDATE"],
      resources: ["pods", "pods/ephemeralcontainers"],
    },
    variables: [
      {
        name: "before",
        expression: `oldObject == null ? [] : (${imagesOf("oldObject")}).map(c, c["id"])`,
      },
      { name: "added", expression: `(${imagesOf("object")}).filter(c, !(c["id"] in variables.before))` },
    ],
    validations,
  };
}

/** A class is there when the API server is done with defaults; none, or an empty one, would bind to any volume that is lying about. */
function volumePolicy(admission: Admission, classes: readonly string[]): Policy {
  return {
    about: "volumes",
    rule: { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["persistentvolumeclaims"] },
    validations: [
      {
        expression: `object.spec.?storageClassName.orValue("") in ${cel(classes)}`,
        messageExpression: [
          `"storage class '" + object.spec.?storageClassName.orValue("")`,
          cel(`' is not one of tenant ${admission.tenant} (${orNone(classes)}): ${ask(admission)}`),
        ].join(" + "),
      },
    ],
  };
}

/**
 * What takes traffic that is meant for others, or leads an Ingress, which may go everywhere, to Services of others.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/service/#external-ips
 * @see https://github.com/kubernetes/kubernetes/issues/103675
 */
function servicePolicy(admission: Admission): Policy {
  return {
    about: "services",
    rule: { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: ["services"] },
    matchConditions: SPEC_CHANGES,
    validations: [
      {
        expression: "object.spec.?externalIPs.orValue([]).size() == 0",
        message: `Services of tenant ${admission.tenant} have no externalIPs, which take traffic of others: ${ask(admission)}`,
      },
      {
        expression: 'object.spec.?type.orValue("") != "ExternalName"',
        message: `Services of tenant ${admission.tenant} are not of type ExternalName, which leads an Ingress past NetworkPolicies: ${ask(admission)}`,
      },
    ],
  };
}

/** That a host is none of the tenant's, in CEL. */
function isForeignHost(name: string, hosts: readonly string[]): string {
  const below = hosts.filter((host) => host.startsWith("*.")).map((host) => host.slice(1));
  return `!(${name} in ${cel(hosts)} || ${cel(below)}.exists(s, ${name}.endsWith(s)))`;
}

function hostMessage(admission: Admission, foreign: string): string {
  const hosts = admission.allowed.hosts.join(", ");
  return `"host " + ${foreign}.join(", ") + ${cel(` is not one of tenant ${admission.tenant} (${hosts}): ${ask(admission)}`)}`;
}

function ingressPolicy(admission: Admission): Policy {
  const isForeign = isForeignHost("h", admission.allowed.hosts);
  return {
    about: "ingresses",
    rule: {
      apiGroups: ["networking.k8s.io"],
      apiVersions: ["v1"],
      operations: ["CREATE", "UPDATE"],
      resources: ["ingresses"],
    },
    matchConditions: SPEC_CHANGES,
    variables: [
      { name: "hosts", expression: 'object.spec.?rules.orValue([]).map(r, r.?host.orValue(""))' },
      { name: "foreign", expression: `variables.hosts.filter(h, h != "").filter(h, ${isForeign})` },
    ],
    validations: [
      {
        expression: '!has(object.spec.defaultBackend) && variables.hosts.size() > 0 && !("" in variables.hosts)',
        message: `an Ingress of tenant ${admission.tenant} names a host in each rule and has no default backend, or it would answer for hosts of others`,
      },
      {
        expression: "variables.foreign.size() == 0",
        messageExpression: hostMessage(admission, "variables.foreign"),
      },
      {
        expression: `object.spec.?tls.orValue([]).all(t, t.?hosts.orValue([]).all(h, !(${isForeign})))`,
        message: `an Ingress of tenant ${admission.tenant} has certificates for its own hosts only: ${ask(admission)}`,
      },
    ],
  };
}

/** Where no cluster serves these kinds, the policy waits for them. */
function routePolicy(admission: Admission): Policy {
  return {
    about: "routes",
    rule: {
      apiGroups: ["gateway.networking.k8s.io"],
      apiVersions: ["v1"],
      operations: ["CREATE", "UPDATE"],
      resources: ["httproutes", "grpcroutes"],
    },
    matchConditions: SPEC_CHANGES,
    variables: [
      { name: "hosts", expression: "object.spec.?hostnames.orValue([])" },
      { name: "foreign", expression: `variables.hosts.filter(h, ${isForeignHost("h", admission.allowed.hosts)})` },
    ],
    validations: [
      {
        expression: "variables.hosts.size() > 0",
        message: `a route of tenant ${admission.tenant} names its hosts, or it would answer for hosts of others`,
      },
      {
        expression: "variables.foreign.size() == 0",
        messageExpression: hostMessage(admission, "variables.foreign"),
      },
    ],
  };
}

/** Whom the API server names itself: everybody, nobody in particular, or its own parts. Accounts of namespaces may be given roles. */
function bindingPolicy(admission: Admission): Policy {
  const isSystem =
    's.kind in ["User", "Group"] && s.name.startsWith("system:") && !s.name.startsWith("system:serviceaccount")';
  return {
    about: "rolebindings",
    rule: {
      apiGroups: ["rbac.authorization.k8s.io"],
      apiVersions: ["v1"],
      operations: ["CREATE", "UPDATE"],
      resources: ["rolebindings"],
    },
    validations: [
      {
        expression: `!object.?subjects.orValue([]).exists(s, ${isSystem})`,
        message: `a RoleBinding of tenant ${admission.tenant} gives nothing to users and groups that begin with system:, who may be anybody: ${ask(admission)}`,
      },
    ],
  };
}

/** An admin of the tenant may write policies and roles of its own, but not those that it is held by. Controllers delete namespaces, too. */
function guardPolicy(admission: Admission): Policy {
  return {
    about: "guard",
    rule: {
      apiGroups: ["", "networking.k8s.io", "rbac.authorization.k8s.io"],
      apiVersions: ["v1"],
      operations: ["UPDATE", "DELETE"],
      resources: ["limitranges", "networkpolicies", "resourcequotas", "rolebindings", "roles", "serviceaccounts"],
    },
    matchConditions: [
      {
        name: "is-guarded",
        expression: `${cel(LABEL.guard)} in oldObject.metadata.?labels.orValue({})`,
      },
    ],
    validations: [
      {
        expression: 'authorizer.group("").resource("namespaces").name(request.namespace).check("delete").allowed()',
        message: `this object holds tenant ${admission.tenant} to its bounds, and only who may delete the namespace may change it: ${ask(admission)}`,
      },
    ],
  };
}

function orNone(names: readonly string[]): string {
  return names.length === 0 ? "none" : names.join(", ");
}

/** Makes the policies of a tenant, each with a binding to the tenant's namespaces. */
export function makeAdmission(scope: Construct, admission: Admission): void {
  for (const { about, rule, ...spec } of policiesOf(admission)) {
    const name = `flagstone-${admission.tenant}-${about}`;
    const policy = new ApiObject(scope, `policy-${about}`, {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingAdmissionPolicy",
      metadata: { name },
      spec: {
        failurePolicy: "Fail",
        matchConstraints: { resourceRules: [rule] },
        ...spec,
        validations: spec.validations.map((validation) => ({ ...validation, reason: "Forbidden" })),
      },
    });
    const binding = new ApiObject(scope, `policy-binding-${about}`, {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingAdmissionPolicyBinding",
      metadata: { name },
      spec: {
        policyName: name,
        validationActions: ["Deny"],
        matchResources: { namespaceSelector: { matchLabels: { [LABEL.tenant]: admission.tenant } } },
      },
    });
    binding.addDependency(policy);
  }
}
