import { compare, type Problem } from "../core/findings";
import { show } from "../core/keys";
import { quotedClusters } from "../core/lists";
import type { Relation } from "../core/relations";
import type { ClusterRef, Named } from "../core/scope";
import { type Connectable, type Consumer, isConnectable, optionsOf, type Peer } from "./connectable";
import { type EnvironmentNames, variablesOf } from "./variables";

/** What connections are to a workload in one cluster. */
export interface Derived {
  /** Variables, in order of the names of connections. */
  readonly variables: Named<string>;
  /** Where it must be able to send traffic. */
  readonly peers: readonly Peer[];
  readonly problems: readonly Problem[];
}

/** Connections of a workload by name. */
export type Edges = ReadonlyMap<string, Connectable>;

/** Derives everything from the connections of a workload, once for each cluster. */
export function derive(edges: Edges, consumer: Consumer, cluster: ClusterRef, names: EnvironmentNames): Derived {
  const variables: Record<string, string> = {};
  const madeBy = new Map<string, string>();
  const peers: Peer[] = [];
  const problems: Problem[] = [];
  for (const [name, connection] of sorted(edges)) {
    const { target } = connection;
    const reach = target.reach(consumer, cluster);
    problems.push(
      ...reach.problems.map((problem) => ({ ...problem, message: `connection "${name}": ${problem.message}` })),
    );
    peers.push(...reach.peers);
    const { kind } = target;
    const made = variablesOf({ name, kind, coordinates: reach.coordinates, options: optionsOf(connection) }, names);
    const clashes = new Map<string, string[]>();
    for (const [variable, value] of Object.entries(made)) {
      const other = madeBy.get(variable);
      if (other !== undefined) clashes.set(other, [...(clashes.get(other) ?? []), variable]);
      madeBy.set(variable, name);
      variables[variable] = value;
    }
    problems.push(...[...clashes].map(([other, both]) => clash(other, name, both)));
  }
  return { variables, peers, problems };
}

function clash(one: string, other: string, variables: readonly string[]): Problem {
  return {
    rule: "connections/variable",
    message: `connections "${one}" and "${other}" both make ${variables.join(", ")}`,
    fix: "rename one of them, or say its variables: .connection({ env: (c) => ({ … }) })",
  };
}

/** What is wrong with one entry of `connections`. */
export function checkConnection(name: string, connection: unknown, known: ReadonlyMap<string, unknown>): Problem[] {
  const problems: Problem[] = [];
  if (!/^[A-Za-z][A-Za-z0-9_-]*$/.test(name)) {
    problems.push({
      rule: "connections/name",
      message: `connection "${name}" cannot name variables`,
      fix: "use letters, digits, - and _, starting with a letter",
    });
  }
  if (known.has(name)) {
    problems.push({
      rule: "connections/duplicate",
      message: `connection "${name}" is declared twice`,
      fix: "declare it once, or give one of them another name",
    });
  }
  if (!isConnectable(connection)) {
    problems.push({
      rule: "connections/invalid",
      message: `connection "${name}" is ${show(connection)}, which nothing connects to`,
      fix: "give an endpoint, a workload with one endpoint, a resource or an ExternalService",
    });
  }
  return problems;
}

/**
 * What to know of hosts that policies cannot name.
 *
 * @param unnamed - clusters without policies by host name, and the hosts that the workload reaches from there
 */
export function checkHosts(unnamed: ReadonlyMap<string, readonly Peer[]>): Problem[] {
  const clusters = new Map<string, string[]>();
  for (const [cluster, peers] of unnamed) {
    for (const peer of peers) {
      if (peer.kind !== "host") continue;
      const host = `${peer.host}:${peer.port}`;
      clusters.set(host, [...new Set([...(clusters.get(host) ?? []), cluster])]);
    }
  }
  return [...clusters]
    .sort(([a], [b]) => compare(a, b))
    .map(([host, found]) => ({
      rule: "connections/public-egress",
      severity: "info",
      message: `policies of ${quotedClusters(found)} know no host names: to reach ${host}, that port of every public address is open`,
      fix: "say the addresses as cidrs of the ExternalService, or add Capability.cilium() to the cluster's facts where it is there",
    }));
}

/** Who uses what, a target once. */
export function relationsOf(edges: Edges): Relation[] {
  const relations = new Map<string, Relation>();
  for (const [name, { target }] of sorted(edges)) {
    const { id, kind, tenant } = target;
    relations.set(id, { to: id, kind, tenant, names: [...(relations.get(id)?.names ?? []), name] });
  }
  return [...relations.values()].sort((a, b) => compare(a.to, b.to));
}

function sorted(edges: Edges): [string, Connectable][] {
  return [...edges].sort(([a], [b]) => compare(a, b));
}
