import { type AdmittedBy, Network } from "../checks/network";
import type { Outside } from "../checks/network-outside";
import type { NetworkPod } from "../checks/network-pods";
import type { LabelSelector } from "../checks/network-selectors";
import { compare } from "../core/findings";
import { LABEL } from "../core/labels";
import type { JoinedPlans } from "./joined";

/** One end of an edge: a workload, or something that is in none of the Plans. */
export type NetworkNode = WorkloadNode | Outside;

/** The pods of a workload. */
export interface WorkloadNode extends Pick<NetworkPod, "id" | "namespace" | "name" | "tenant"> {
  readonly kind: "workload";
  /** Kind of the object that makes the pods, as in `Deployment`. */
  readonly type: string;
}

/** That one end reaches a port of the other. */
export interface ReachEdge {
  readonly cluster: string;
  readonly from: NetworkNode;
  readonly to: NetworkNode;
  /** Number, or name where pods of another program have it; none means all ports. */
  readonly port?: number | string | undefined;
  /** The last port of a range. */
  readonly endPort?: number | undefined;
  /** None means all protocols. */
  readonly protocol?: string | undefined;
  /** Name of the endpoint, where it is one of the Plans. */
  readonly endpoint?: string | undefined;
  /** Policies that admit it, by side. What is in no Plan has none that are known. */
  readonly by: AdmittedBy;
}

/** Who reaches whom in one environment. */
export interface Reachability {
  readonly workloads: readonly (WorkloadNode & { readonly cluster: string })[];
  readonly edges: readonly ReachEdge[];
}

/** Every tenant's pods may ask DNS, by this policy of each namespace. */
const DNS_POLICY = "/allow-dns";
const DNS = 53;

/** Who reaches whom, inside of the clusters and out of them. Questions to DNS are left out: everybody asks them. */
export function reachability({ environment, plans }: JoinedPlans): Reachability {
  // A preview has the namespaces, and so the labels, of the environment that it is made from.
  const network = new Network(plans.flatMap(({ objects }) => objects.map((object) => ({ ...object, environment }))));
  const inside = network.reachable().map(({ from, to, port, by }): ReachEdge => {
    return { cluster: from.cluster, from: nodeOf(from), to: nodeOf(to), ...portOf(port), by };
  });
  const entries = network.entries().map(({ from, to, port, by }): ReachEdge => {
    return { cluster: to.cluster, from, to: nodeOf(to), ...portOf(port), by: { egress: [], ingress: by } };
  });
  const exits = network.exits().map(({ from, to, port, by }): ReachEdge => {
    return { cluster: from.cluster, from: nodeOf(from), to, ...port, by: { egress: by, ingress: [] } };
  });
  return {
    workloads: network.pods.map((pod) => ({ ...nodeOf(pod), cluster: pod.cluster })),
    edges: [...inside, ...entries, ...exits].filter((edge) => !isDns(edge)).sort(byPlace),
  };
}

/** Pods ask on port 53, or by the policy that is for that alone, whichever port DNS has there. */
function isDns({ port, to, by }: ReachEdge): boolean {
  if (port === DNS) return true;
  return to.kind !== "workload" && by.egress.length > 0 && by.egress.every((id) => id.endsWith(DNS_POLICY));
}

function nodeOf({ id, namespace, name, kind, tenant }: NetworkPod): WorkloadNode {
  return { kind: "workload", id, namespace, name, type: kind, tenant };
}

function portOf({
  port,
  protocol,
  name,
}: NetworkPod["ports"][number]): Pick<ReachEdge, "port" | "protocol" | "endpoint"> {
  return { port, protocol, ...(name === undefined ? {} : { endpoint: name }) };
}

function byPlace(a: ReachEdge, b: ReachEdge): number {
  return (
    compare(a.cluster, b.cluster) ||
    compare(nodeKey(a.from), nodeKey(b.from)) ||
    compare(nodeKey(a.to), nodeKey(b.to)) ||
    Number(a.port) - Number(b.port) ||
    compare(portText(a), portText(b))
  );
}

/** Tells nodes of a cluster apart. */
export function nodeKey(node: NetworkNode): string {
  return node.kind === "workload" ? `0${node.id}` : `1${outsideText(node)}`;
}

/** `8080/TCP http`, `8000-8010/UDP`, `any port` */
export function portText({
  port,
  endPort,
  protocol,
  endpoint,
}: Omit<ReachEdge, "from" | "to" | "by" | "cluster">): string {
  if (port === undefined) return protocol === undefined ? "any port" : `any ${protocol} port`;
  const ports = endPort === undefined ? String(port) : `${port}-${endPort}`;
  return `${ports}${protocol === undefined ? "" : `/${protocol}`}${endpoint === undefined ? "" : ` ${endpoint}`}`;
}

/** `internet`, `203.0.113.0/24`, `api.stripe.com`, `payments/ledger`, `namespace edge`, `ingress of Cilium` */
export function outsideText(node: Outside): string {
  switch (node.kind) {
    case "anywhere":
      return "anywhere";
    case "addresses": {
      if (node.isInternet) return "internet";
      return node.except.length === 0 ? node.cidr : `${node.cidr} except ${node.except.join(", ")}`;
    }
    case "host":
      return node.host;
    case "entity":
      return `${node.entity} of Cilium`;
    case "pods": {
      const selector = selectorText(node.selector);
      if (selector === "") return `namespace ${node.namespace}`;
      return `${node.namespace}${selector.includes(" ") ? ": " : "/"}${selector}`;
    }
  }
}

/** The name of a workload where that is all that is asked for, else every requirement. */
function selectorText({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  const labels = Object.entries(matchLabels);
  const [[key, value] = ["", ""]] = labels;
  if (key === LABEL.name && labels.length === 1 && matchExpressions.length === 0) return value;
  return [
    ...labels.sort(([a], [b]) => compare(a, b)).map(([name, wanted]) => `${name} = ${wanted}`),
    ...matchExpressions.map(({ key: name, operator, values }) =>
      [name, operator, ...(values ? [`(${values.join(", ")})`] : [])].join(" "),
    ),
  ].join(", ");
}
