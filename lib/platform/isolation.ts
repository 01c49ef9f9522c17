import { k8s } from "cdk8s-plus-28";
import type { Construct } from "constructs";
import { GUARD } from "../access/bindings";
import { placeOf } from "../connections/egress";
import type { Problem } from "../core/findings";
import { show } from "../core/keys";
import { LABEL } from "../core/labels";
import { suggestLabelValue } from "../core/names";
import type { DnsServer, Named } from "../core/scope";
import { didYouMean } from "../core/suggest";
import type { TenantFacts } from "./tenant-facts";

/**
 * What pods of a namespace may ask of the node.
 *
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */
export type PodSecurityLevel = "restricted" | "baseline" | "privileged";

const LEVELS: readonly string[] = ["restricted", "baseline", "privileged"] satisfies PodSecurityLevel[];

/** Problems of levels by namespace: namespaces of others, unknown levels, and the one that lets pods do anything. */
export function checkPodSecurity(
  levels: Named<PodSecurityLevel | undefined>,
  namespaces: readonly string[],
): Problem[] {
  return Object.entries(levels).flatMap(([namespace, level]): Problem[] => {
    const where = `podSecurity["${namespace}"]`;
    if (!namespaces.includes(namespace)) {
      return [
        {
          rule: "pod-security/namespace",
          message: `${where} is about no namespace of the tenant`,
          fix: didYouMean(namespace, namespaces),
        },
      ];
    }
    if (level === undefined) return [];
    if (!LEVELS.includes(level)) {
      return [
        {
          rule: "pod-security/level",
          message: `${where} ${show(level)} is not known`,
          fix: didYouMean(level, LEVELS),
        },
      ];
    }
    if (level !== "privileged") return [];
    return [
      {
        rule: "pod-security/privileged",
        severity: "warning",
        message: `pods in namespace "${namespace}" may be privileged, and so take over a node with everything of other tenants on it`,
        fix: 'use "baseline", or keep such pods on nodes of their own',
      },
    ];
  });
}

/** Labels of the tenant's namespaces beside those of everything; pods do not have them, or a new owner would replace all pods. */
export function namespaceLabels(facts: TenantFacts, owners: readonly string[]): Record<string, string> {
  const [owner] = owners;
  return {
    ...(owner === undefined ? {} : { [LABEL.owner]: suggestLabelValue(owner.replace(/^group:/, "")) }),
    ...(facts.costCenter === undefined ? {} : { [LABEL.costCenter]: facts.costCenter }),
    ...(facts.dataClass === undefined ? {} : { [LABEL.dataClass]: facts.dataClass }),
    ...(facts.onCall === undefined ? {} : { [LABEL.onCall]: facts.onCall }),
  };
}

/** Makes a namespace with its Pod Security level. */
export function makeNamespace(
  scope: Construct,
  namespace: string,
  level: PodSecurityLevel,
  labels: Readonly<Record<string, string>>,
): void {
  new k8s.KubeNamespace(scope, namespace, {
    metadata: {
      name: namespace,
      labels: {
        ...labels,
        "pod-security.kubernetes.io/enforce": level,
        "pod-security.kubernetes.io/audit": level,
        "pod-security.kubernetes.io/warn": level,
      },
    },
  });
}

/**
 * Makes what holds where nobody says otherwise: no traffic but questions to the cluster's DNS, and pods without a token for the API
 * server.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/network-policies/#default-policies
 */
export function makeIsolation(scope: Construct, namespace: string, dns: readonly DnsServer[]): void {
  new k8s.KubeNetworkPolicy(scope, `${namespace}-default-deny`, {
    metadata: { name: "default-deny", namespace, labels: GUARD },
    spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
  });
  new k8s.KubeNetworkPolicy(scope, `${namespace}-allow-dns`, {
    metadata: { name: "allow-dns", namespace, labels: GUARD },
    spec: {
      podSelector: {},
      policyTypes: ["Egress"],
      egress: dns.map((server) => ({
        to: [...placeOf(server)],
        ports: (["TCP", "UDP"] as const).map((protocol) => ({
          port: k8s.IntOrString.fromNumber(server.port ?? 53),
          protocol,
        })),
      })),
    },
  });
  new k8s.KubeServiceAccount(scope, `${namespace}-default-account`, {
    metadata: { name: "default", namespace, labels: GUARD },
    automountServiceAccountToken: false,
  });
}
