import { isLinkLocal, isMixed, rangeOf } from "../core/address-ranges";
import type { Problem } from "../core/findings";
import { checkKeys, show } from "../core/keys";
import { quotedClusters } from "../core/lists";
import { checkLabels, isDnsLabel } from "../core/names";
import type { Peer } from "./connectable";

/**
 * What is wrong with the addresses of an external service, whether `cidrs` say them or its url.
 *
 * @param given - `cidrs`
 */
export function checkCidrs(peer: Peer | undefined, given: readonly string[] | undefined): Problem[] {
  const cidrs = given ?? (peer?.kind === "addresses" ? peer.cidrs : []);
  const where = given ? "cidrs has" : "url has the address";
  if (given?.length === 0) {
    return [{ rule: "external/cidr", message: "cidrs is empty", fix: "name a range of addresses, or leave it out" }];
  }
  return cidrs.flatMap((cidr): Problem[] => {
    if (typeof cidr !== "string" || !rangeOf(cidr)) {
      const message = `${where} ${show(cidr)}, which is no range of addresses`;
      return [{ rule: "external/cidr", message, fix: 'write it as "203.0.113.0/24"' }];
    }
    if (isLinkLocal(cidr)) {
      return [
        {
          rule: "external/link-local",
          message: `${where} ${show(cidr)}, where a cloud tells nodes their credentials`,
          fix: "give the workload an identity of its own, and leave the address out",
        },
      ];
    }
    if (!isMixed(cidr)) return [];
    return [
      {
        rule: "external/wide",
        severity: "warning",
        message: `${where} ${show(cidr)}, which holds private addresses too: those of pods, nodes and a cloud's metadata`,
        fix: 'for any public host write url: "https://*" without cidrs; else name smaller ranges',
      },
    ];
  });
}

/** What is wrong with the pods that answer for an external service. */
export function checkPods(
  pods: { readonly namespace: string; readonly labels: Readonly<Record<string, string>>; readonly port?: unknown },
  cidrs: unknown,
): Problem[] {
  const { namespace, labels, port = 1 } = pods;
  const problem = (message: string, fix: string): Problem => ({ rule: "external/pods", message, fix });
  return [
    ...checkKeys("pods", pods, ["namespace", "labels", "port"]),
    ...(cidrs === undefined ? [] : [problem("pods and cidrs are both said", "say which of them answers")]),
    ...(isDnsLabel(String(namespace))
      ? []
      : [problem(`pods.namespace ${show(namespace)} is no name of a namespace`, "name the namespace of the pods")]),
    ...(Object.keys(labels ?? {}).length > 0
      ? checkLabels(labels)
      : [problem("pods.labels is empty: every pod of the namespace would be open", "say labels that the pods have")]),
    ...(Number.isInteger(port) && Number(port) >= 1 && Number(port) <= 65_535
      ? []
      : [problem(`pods.port ${show(port)} is not a port`, "use a whole number from 1 to 65535")]),
  ];
}

const IN_CLUSTER = /\.(svc|svc\.cluster\.local|cluster\.local)$/;

/** Whether a name is that of a Service of the cluster. */
export function isInCluster(host: string): boolean {
  return IN_CLUSTER.test(host);
}

/** What is wrong with the name of a Service of the cluster, where it would stand for public addresses. */
export function checkInCluster(host: string): Problem[] {
  if (!isInCluster(host)) return [];
  return [
    {
      rule: "external/in-cluster",
      message: `url leads to "${host}", a Service of the cluster itself: no policy would let traffic out to there`,
      fix: 'connect the workload, or WebService.fromName(…); of what is no tenant\'s, say the pods: { namespace: "monitoring", labels: { … } }',
    },
  ];
}

// https://www.iana.org/assignments/special-use-domain-names/, and what companies use besides
const PRIVATE_NAME = /^[^.]+$|\.(internal|local|lan|corp|home\.arpa)$/;

/** Whether a name is none of the public DNS. */
export function isPrivateName(host: string): boolean {
  return PRIVATE_NAME.test(host);
}

/**
 * What to know of a private name that stands for public addresses.
 *
 * @param unnamed - the clusters from where it is reached whose policies know no names
 */
export function checkPrivateName(host: string, unnamed: readonly string[]): Problem[] {
  if (unnamed.length === 0) return [];
  return [
    {
      rule: "external/private-name",
      severity: "warning",
      message: `url leads to "${host}", a private name, and policies of ${quotedClusters(unnamed)} know no host names: they open every public address, and not its own`,
      fix: "say its addresses as cidrs",
    },
  ];
}
