import { type Admission, ask, cel, type Policy, SPEC_CHANGES } from "./policy";

/**
 * What takes traffic that is meant for others, or leads an Ingress, which may go everywhere, to Services of others.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/service/#external-ips
 * @see https://github.com/kubernetes/kubernetes/issues/103675
 */
export function servicePolicy(admission: Admission): Policy {
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
  const endings = hosts.filter((host) => host.startsWith("*")).map((host) => host.slice(1));
  return `!(${name} in ${cel(hosts)} || ${cel(endings)}.exists(s, ${name}.endsWith(s)))`;
}

const annotationsOf = (which: "object" | "oldObject"): string => `${which}.metadata.?annotations.orValue({})`;

/** Controllers take an Ingress's annotations as much to heart as its spec. */
const INGRESS_CHANGES = [
  {
    name: "spec-or-annotations-change",
    expression: `oldObject == null || object.spec != oldObject.spec || ${annotationsOf("object")} != ${annotationsOf("oldObject")}`,
  },
];

/**
 * Annotations by which an Ingress gets beyond its own hosts and its namespace, in CEL: further hosts and names in certificates, text that
 * becomes the controller's configuration, and Secrets and ConfigMaps, which the controller may read everywhere. Controllers call these
 * alike, but for the domain before the slash.
 *
 * @see https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/
 * @see https://cert-manager.io/docs/usage/ingress/#supported-annotations
 */
function reachingAnnotations(): string {
  const value = "variables.annotations[k]";
  const reaches = [
    'k.contains("/server-alias")',
    'k in ["cert-manager.io/alt-names", "cert-manager.io/common-name"]',
    'k.matches("-snippets?$")',
    `(k.matches("-(secret|configmap|headers|ca|crt)$") && ${value}.contains("/") && !${value}.startsWith(request.namespace + "/"))`,
  ];
  return `variables.annotations.filter(k, ${reaches.join(" || ")})`;
}

function hostMessage(admission: Admission, foreign: string): string {
  const hosts = admission.allowed.hosts.join(", ");
  return `"host " + ${foreign}.join(", ") + ${cel(` is not one of tenant ${admission.tenant} (${hosts}): ${ask(admission)}`)}`;
}

/** What an Ingress serves, and what it makes the controller do. */
export function ingressPolicy(admission: Admission): Policy {
  const isForeign = isForeignHost("h", admission.allowed.hosts);
  return {
    about: "ingresses",
    rule: {
      apiGroups: ["networking.k8s.io"],
      apiVersions: ["v1"],
      operations: ["CREATE", "UPDATE"],
      resources: ["ingresses"],
    },
    matchConditions: INGRESS_CHANGES,
    variables: [
      { name: "hosts", expression: 'object.spec.?rules.orValue([]).map(r, r.?host.orValue(""))' },
      { name: "foreign", expression: `variables.hosts.filter(h, h != "").filter(h, ${isForeign})` },
      { name: "annotations", expression: annotationsOf("object") },
      { name: "reaching", expression: reachingAnnotations() },
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
      {
        expression: "variables.reaching.size() == 0",
        messageExpression: `"annotation " + variables.reaching.join(", ") + ${cel(` gets an Ingress of tenant ${admission.tenant} beyond its hosts or its namespace: ${ask(admission)}`)}`,
      },
    ],
  };
}

/** Where no cluster serves these kinds, the policy waits for them. */
export function routePolicy(admission: Admission): Policy {
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
