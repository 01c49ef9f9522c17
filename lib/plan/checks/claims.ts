import type { KubeObject } from "../../core/amend";
import { compare, type Problem } from "../../core/findings";
import { groupBy } from "../../core/lists";
import { hasToken } from "../../core/tokens";
import type { DraftObject } from "../draft";
import { groupKindOf } from "../kinds";

/** That requests for one path of one host go to what an object names. */
export interface Claim {
  /** A host, or `*` for every one. */
  readonly host: string;
  readonly path: string;
  /** The path with all other conditions; equal texts match the same requests. */
  readonly match: string;
  /** What traffic comes in by: a class of Ingresses, or a Gateway. */
  readonly door: string;
  /** Part of a Gateway; undefined means all of it. */
  readonly section: string | undefined;
}

interface Claimed {
  readonly object: DraftObject;
  readonly claim: Claim;
}

/** What is wrong with an object. */
interface ClaimProblem {
  readonly object: DraftObject;
  readonly problem: Problem;
}

/**
 * Hosts and paths that several objects claim in one cluster: who gets the requests then depends on which of them is older. Wildcards are
 * compared as they are written, but for routes of different kinds: a gateway takes only one of these for a host, whatever the paths.
 */
export function checkClaims(objects: readonly DraftObject[]): ClaimProblem[] {
  const claims = objects.flatMap((object) => claimsOf(object.json).map((claim): Claimed => ({ object, claim })));
  const claimed = groupBy(claims, ({ object, claim }) =>
    JSON.stringify([object.cluster.name, claim.host, claim.match]),
  );
  const groups = [...claimed.values()].flatMap((same) => (same.length < 2 ? [] : rivalsAmong(same)));
  const known = new Set(groups.flatMap((group) => group.flatMap((a) => group.map((b) => pairOf(a, b)))));
  const mixed = mixedKinds(claims).filter(([a, b]) => !known.has(pairOf(a, b)));
  const problems = [...groups.map(problemOf), ...mixed.map(mixedProblemOf)];
  // Who share two doors, or two hosts, are told once.
  return [...new Map(problems.map((each) => [each.problem.message, each])).values()];
}

function pairOf(a: Claimed, b: Claimed): string {
  return [a, b]
    .map(({ object }) => `${object.cluster.name} ${object.construct.node.path}`)
    .sort()
    .join(" ");
}

function problemOf(rivals: readonly Claimed[]): ClaimProblem {
  const sorted = inOrder(rivals);
  const [first] = sorted as [(typeof sorted)[number]];
  const { host, path } = first.claim;
  return {
    object: first.object,
    problem: {
      rule: "entry/claimed",
      message: `host "${host}" and path "${path}" of cluster "${first.object.cluster.name}" are claimed by ${sorted.map(({ at }) => at).join(" and ")}`,
      fix: "give one of them another host, or other paths",
    },
  };
}

function mixedProblemOf([grpc, http]: readonly [Claimed, Claimed]): ClaimProblem {
  const [first, second] = inOrder([grpc, http]) as [Claimed & { at: string }, Claimed & { at: string }];
  return {
    object: first.object,
    problem: {
      rule: "entry/claimed",
      message: `host "${grpc.claim.host}" of cluster "${first.object.cluster.name}" is claimed by ${first.at} and ${second.at}, and a gateway takes only one of a GRPCRoute and an HTTPRoute that share a host`,
      fix: "give one of them another host",
    },
  };
}

function inOrder(claimed: readonly Claimed[]): (Claimed & { readonly at: string })[] {
  return claimed
    .map((each) => ({ ...each, at: each.object.construct.node.path }))
    .sort((a, b) => (a.at < b.at ? -1 : 1));
}

/**
 * A GRPCRoute and an HTTPRoute at one part of a gateway with a host in common, each pair once. Whether a route that names no part gets to
 * one that another names is the gateway's to say, which may be in no program.
 *
 * @see https://gateway-api.sigs.k8s.io/reference/1.6/spec/#grpcroute
 */
function mixedKinds(claims: readonly Claimed[]): [Claimed, Claimed][] {
  const places = groupBy(
    claims.filter(({ object }) => !isIngress(object.json)),
    ({ object, claim }) => JSON.stringify([object.cluster.name, claim.door, claim.section]),
  );
  return [...places.values()].flatMap((sharing) => {
    const [grpc, http] = ["GRPCRoute", "HTTPRoute"].map((kind) => {
      const ofKind = sharing.filter(({ object }) => object.json.kind === kind);
      return [...groupBy(ofKind, ({ claim }) => claim.host).values()].flatMap(oncePerObject);
    }) as [Claimed[], Claimed[]];
    if (grpc.length === 0 || http.length === 0) return [];
    const found = new Map<string, [Claimed, Claimed]>();
    const byHost = groupBy(http, ({ claim }) => claim.host);
    for (const one of grpc.toSorted((a, b) => compare(a.claim.host, b.claim.host))) {
      for (const host of hostsLike(one.claim.host, byHost))
        for (const other of byHost.get(host) ?? [])
          found.set(pairOf(one, other), found.get(pairOf(one, other)) ?? [one, other]);
    }
    return [...found.values()];
  });
}

/** Hosts of some that have one in common with a host, where `*.` stands for one label or more. */
function hostsLike(host: string, among: ReadonlyMap<string, unknown>): readonly string[] {
  if (host.startsWith("*")) {
    return [...among.keys()].filter((other) => isWithin(other, host) || isWithin(host, other));
  }
  const above = host.split(".").map((_, i, labels) => `*.${labels.slice(i + 1).join(".")}`);
  return [host, ...above, "*"].filter((other) => among.has(other));
}

function isWithin(host: string, wildcard: string): boolean {
  return wildcard === "*" || host === wildcard || (wildcard.startsWith("*.") && host.endsWith(wildcard.slice(1)));
}

/** Groups of two or more objects that get in each other's way, among claims of the same requests. */
function rivalsAmong(same: readonly Claimed[]): Claimed[][] {
  const byObject = oncePerObject(same);
  if (byObject.length < 2) return [];
  // One host name leads to one address, so an Ingress and a route are rivals by whatever doors they come in.
  if (new Set(same.map(({ object }) => isIngress(object.json))).size > 1) return [byObject];
  return [...groupBy(same, ({ claim }) => claim.door).values()].flatMap((sharing) => {
    const isWhole = sharing.some(({ claim }) => claim.section === undefined);
    const groups = isWhole ? [sharing] : [...groupBy(sharing, ({ claim }) => claim.section ?? "").values()];
    return groups.map(oncePerObject).filter((group) => group.length > 1);
  });
}

function oncePerObject(claimed: readonly Claimed[]): Claimed[] {
  return [...new Map(claimed.map((each) => [each.object, each])).values()];
}

const INGRESS = "networking.k8s.io/Ingress";

function isIngress(json: KubeObject): boolean {
  return groupKindOf(json) === INGRESS;
}

/** What an object claims; nothing unless it is an Ingress, an HTTPRoute or a GRPCRoute. What is not known yet is left out. */
export function claimsOf(json: KubeObject): Claim[] {
  const all = (): Claim[] => {
    switch (groupKindOf(json)) {
      case INGRESS:
        return ingressClaims(json);
      case "gateway.networking.k8s.io/HTTPRoute":
        return routeClaims(json, httpMatch);
      case "gateway.networking.k8s.io/GRPCRoute":
        return routeClaims(json, grpcMatch);
      default:
        return [];
    }
  };
  return all().filter(({ host, match }) => !hasToken(host) && !hasToken(match));
}

function ingressClaims(json: KubeObject): Claim[] {
  const spec = recordOf(json["spec"]);
  const byAnnotation = json.metadata.annotations?.["kubernetes.io/ingress.class"];
  const door = textOf(spec["ingressClassName"]) ?? byAnnotation ?? "";
  const rules = listOf(spec["rules"]).flatMap((rule) => {
    const host = textOf(rule["host"]) ?? "*";
    return listOf(recordOf(rule["http"])["paths"]).map(({ path, pathType }) => ({
      host,
      ...pathMatch(textOf(path) ?? "/", pathType === "Exact" ? "Exact" : "PathPrefix"),
    }));
  });
  const rest = spec["defaultBackend"] === undefined ? [] : [{ host: "*", ...pathMatch("/", "PathPrefix") }];
  return [...rules, ...rest].map((claim) => ({ ...claim, door, section: undefined }));
}

type Match = Pick<Claim, "path" | "match">;

function routeClaims(json: KubeObject, matchOf: (match: Readonly<Record<string, unknown>>) => Match): Claim[] {
  const spec = recordOf(json["spec"]);
  const hosts = Array.isArray(spec["hostnames"]) && spec["hostnames"].length > 0 ? spec["hostnames"] : ["*"];
  const rules = spec["rules"] === undefined ? [{}] : listOf(spec["rules"]);
  const matches = rules.flatMap((rule: Readonly<Record<string, unknown>>) => {
    const given = listOf(rule["matches"]);
    return (given.length > 0 ? given : [{}]).map(matchOf);
  });
  return listOf(spec["parentRefs"]).flatMap((parent) => {
    const { group, kind = "Gateway", namespace = json.metadata.namespace, name, sectionName, port } = parent;
    const door = JSON.stringify([group ?? "gateway.networking.k8s.io", kind, namespace, name]);
    const section = sectionName === undefined && port === undefined ? undefined : JSON.stringify([sectionName, port]);
    return hosts.filter(isText).flatMap((host) => matches.map((match) => ({ ...match, host, door, section })));
  });
}

function httpMatch({ path, ...conditions }: Readonly<Record<string, unknown>>): Match {
  const { type = "PathPrefix", value } = recordOf(path);
  return pathMatch(textOf(value) ?? "/", String(type), conditions);
}

/** A gRPC method is a path: `/<service>/<method>`. */
function grpcMatch({ method, ...conditions }: Readonly<Record<string, unknown>>): Match {
  const { type = "Exact", service, method: name } = recordOf(method);
  const [first, second] = [textOf(service), textOf(name)];
  if (first === undefined && second === undefined) return pathMatch("/", "PathPrefix", conditions);
  if (type !== "Exact" || first === undefined) {
    return pathMatch(`/${first ?? "*"}/${second ?? "*"}`, `gRPC ${String(type)}`, conditions);
  }
  return second === undefined
    ? pathMatch(`/${first}`, "PathPrefix", conditions)
    : pathMatch(`/${first}/${second}`, "Exact", conditions);
}

function pathMatch(path: string, type: string, conditions: Readonly<Record<string, unknown>> = {}): Match {
  const shown = type === "PathPrefix" ? path.replace(/(?<=.)\/$/, "") : path;
  const others = Object.entries(conditions).sort(([a], [b]) => compare(a, b));
  return { path: shown, match: JSON.stringify([type, shown, ...others]) };
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function listOf(value: unknown): Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.map(recordOf) : [];
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
