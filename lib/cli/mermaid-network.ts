import { compare } from "../core/findings";
import { groupBy } from "../core/lists";
import { type JoinedPlans, titleOf } from "./joined";
import { escape } from "./mermaid";
import { type NetworkNode, nodeKey, outsideText, portText, type Reachability, type ReachEdge } from "./network-edges";

/**
 * Who reaches whom as a Mermaid flowchart: a box for each environment, cluster and namespace with its workloads, rounded ones for what is
 * in no Plan. An arrow is dotted where it leads to, or comes from, pods of a program that was not named: only one side's policy is known.
 *
 * @see https://mermaid.js.org/syntax/flowchart.html
 */
export function networkChart(
  environments: readonly { readonly joined: JoinedPlans; readonly reachability: Reachability }[],
): string {
  const lines = ["flowchart LR"];
  environments.forEach(({ joined, reachability }, i) => {
    const ids = new Map<string, string>();
    lines.push(`  subgraph e${i}["${escape(titleOf(joined))}"]`);
    const clusters = clustersOf(reachability);
    for (const [j, [cluster, nodes]] of clusters.entries()) {
      const isOne = clusters.length === 1;
      const indent = isOne ? "    " : "      ";
      if (!isOne) lines.push(`    subgraph e${i}c${j}["${escape(cluster)}"]`);
      lines.push(...boxes(nodes, `e${i}c${j}`, indent, (node, id) => ids.set(`${cluster}\0${nodeKey(node)}`, id)));
      if (!isOne) lines.push("    end");
    }
    lines.push("  end", ...arrows(reachability.edges, ids).map((arrow) => `  ${arrow}`));
  });
  return `${lines.join("\n")}\n`;
}

/** The nodes of each cluster by name. */
function clustersOf({ workloads, edges }: Reachability): (readonly [string, readonly NetworkNode[]])[] {
  const nodes = new Map<string, Map<string, NetworkNode>>();
  const add = (cluster: string, node: NetworkNode): void => {
    const known = nodes.get(cluster) ?? new Map<string, NetworkNode>();
    nodes.set(cluster, known.set(nodeKey(node), node));
  };
  for (const { cluster, ...workload } of workloads) add(cluster, workload);
  for (const { cluster, from, to } of edges) [from, to].forEach((node) => add(cluster, node));
  return [...nodes]
    .sort(([a], [b]) => compare(a, b))
    .map(([cluster, known]) => [cluster, [...known].sort(([a], [b]) => compare(a, b)).map(([, node]) => node)]);
}

/** A box for each namespace, and what is outside next to them. */
function boxes(
  nodes: readonly NetworkNode[],
  prefix: string,
  indent: string,
  drawn: (node: NetworkNode, id: string) => void,
): string[] {
  const lines: string[] = [];
  const draw = (node: NetworkNode, id: string, at: string): void => {
    drawn(node, id);
    lines.push(
      node.kind === "workload"
        ? `${at}${id}["${escape(`${node.name}\n${node.type}`)}"]`
        : `${at}${id}(["${escape(outsideText(node))}"])`,
    );
  };
  const workloads = nodes.flatMap((node) => (node.kind === "workload" ? [node] : []));
  const namespaces = [...groupBy(workloads, ({ namespace }) => namespace)].sort(([a], [b]) => compare(a, b));
  for (const [i, [namespace, inside]] of namespaces.entries()) {
    lines.push(`${indent}subgraph ${prefix}n${i}["${escape(namespace)}"]`);
    for (const [j, node] of inside.entries()) draw(node, `${prefix}n${i}_${j}`, `${indent}  `);
    lines.push(`${indent}end`);
  }
  const outside = nodes.filter(({ kind }) => kind !== "workload");
  for (const [i, node] of outside.entries()) draw(node, `${prefix}o${i}`, indent);
  return lines;
}

/** One arrow between two nodes, with all ports. */
function arrows(edges: readonly ReachEdge[], ids: ReadonlyMap<string, string>): string[] {
  const pairs = groupBy(edges, ({ cluster, from, to }) => `${cluster}\0${nodeKey(from)}\0${nodeKey(to)}`);
  return [...pairs.values()].flatMap((same) => {
    const [edge] = same;
    if (!edge) return [];
    const idOf = (node: NetworkNode): string => ids.get(`${edge.cluster}\0${nodeKey(node)}`) ?? "";
    const isHalfKnown = [edge.from, edge.to].some(({ kind }) => kind === "pods");
    const ports = [...new Set(same.map(portText))].join("\n");
    return [`${idOf(edge.from)} ${isHalfKnown ? "-.->" : "-->"}|"${escape(ports)}"| ${idOf(edge.to)}`];
  });
}
