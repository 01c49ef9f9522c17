import { compare, type Problem } from "../core/findings";
import { show } from "../core/keys";
import { quotedClusters } from "../core/lists";
import type { Relation } from "../core/relations";
import type { ClusterRef, Named } from "../core/scope";
import { type Connectable, type Consumer, isConnectable, optionsOf, type Peer } from "./connectable";
import { isNamed, type NamedHost } from "./egress";
import { type EnvironmentNames, variablesOf } from "./variables";

/** What connections are to a workload in one cluster. */
export interface Derived {
  /** Variables, in order of the names of connections. */
  readonly variables: Named<string>;
  /** Where it must be able to send traffic. */
  readonly peers: readonly Peer[];
  /** Those hosts among them that the workload is to report where policies know no names. */
  readonly hosts: readonly NamedHost[];
  /** Hosts of the services among its targets that run in the cluster. */
  readonly services: readonly string[];
  readonly problems: readonly Problem[];
}

/** Connections of a workload by name. */
export type Edges = ReadonlyMap<string, Connectable>;

/** Derives everything from the connections of a workload, once for each cluster. */
export function derive(edges: Edges, consumer: Consumer, cluster: ClusterRef, names: EnvironmentNames): Derived {
  const variables: Record<string, string> = {};
  const madeBy = new Map<string, string>();
  const peers: Peer[] = [];
  const hosts: NamedHost[] = [];
  const services: string[] = [];
  const problems: Problem[] = [];
  for (const [name, connection] of sorted(edges)) {
    const { target } = connection;
    const reach = target.reach(consumer, cluster);
    problems.push(
      ...[...reach.problems, ...checkPeers(reach.peers)].map((problem) => ({
        ...problem,
        message: `connection "${name}": ${problem.message}`,
      })),
    );
    peers.push(...reach.peers);
    if (!target.reportsHosts) hosts.push(...reach.peers.filter(isNamed));
    const { kind } = target;
    const { host } = reach.coordinates;
    const isService = kind === "endpoint" && reach.peers.some((peer) => peer.kind === "pods");
    if (isService && typeof host === "string") services.push(host);
    const given = { name, kind, coordinates: reach.coordinates, options: optionsOf(connection) };
    const { variables: made, problems: wrong } = variablesOf(given, names);
    problems.push(...wrong);
    const clashes = new Map<string, string[]>();
    for (const [variable, value] of Object.entries(made)) {
      const other = madeBy.get(variable);
      if (other !== undefined) clashes.set(other, [...(clashes.get(other) ?? []), variable]);
      madeBy.set(variable, name);
      variables[variable] = value;
    }
    problems.push(...[...clashes].map(([other, both]) => clash(other, name, both)));
  }
  return { variables, peers, hosts, services, problems };
}

/** Places that nothing is known of, which plain JavaScript and casts give. */
function checkPeers(peers: readonly Peer[]): Problem[] {
  return peers.flatMap((peer) => {
    const isKnown = peer.kind !== "addresses" || [...peer.cidrs].length > 0;
    if (isKnown) return [];
    return [
      {
        rule: "connections/no-address",
        message: `none of its addresses is known, so its port ${peer.port} stays closed`,
        fix: "let its target name ranges of addresses, or a host",
      },
    ];
  });
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
 * @param unnamed - clusters without policies by host name, and the hosts that are reached from there
 * @param users - how many workloads reach them
 */
export function checkHosts(unnamed: ReadonlyMap<string, readonly NamedHost[]>, users = 1): Problem[] {
  const clusters = new Map<string, string[]>();
  for (const [cluster, hosts] of unnamed) {
    for (const { host, port } of hosts) {
      const address = `${host}:${port}`;
      clusters.set(address, [...new Set([...(clusters.get(address) ?? []), cluster])]);
    }
  }
  const whose = users === 1 ? "" : ` to ${users} workloads`;
  return [...clusters]
    .sort(([a], [b]) => compare(a, b))
    .map(([host, found]) => ({
      rule: "connections/public-egress",
      severity: "info",
      message: `policies of ${quotedClusters(found.sort(compare))} know no host names: to reach ${host}, that port of every public address is open${whose}`,
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
