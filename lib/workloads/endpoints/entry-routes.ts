import type { Offer } from "../../core/capability";
import { type Duration, toMilliseconds } from "../../core/units";
import type { EntryEndpoint } from "./entry";
import type { HeaderChanges, HttpEntry } from "./types";

export const GATEWAY_API = { apiVersion: "gateway.networking.k8s.io/v1" } as const;

type Gateway = Extract<Offer, { name: "gateway-api" }>;

/** A route's part of the object; what the definitions of Gateway API would fill in is said, or GitOps controllers see a difference. */
export interface Route {
  readonly kind: "HTTPRoute" | "GRPCRoute";
  readonly spec: object;
}

/** The route of an endpoint to the port of a Service. */
export function routeOf(endpoint: EntryEndpoint, service: string, offer: Gateway): Route {
  const spec = { parentRefs: [parentRef(offer)], hostnames: [...endpoint.hosts] };
  const entry: HttpEntry = endpoint.props;
  const filters = headerFilters(entry);
  const served = {
    ...(filters.length > 0 ? { filters } : {}),
    backendRefs: [{ group: "", kind: "Service", name: service, port: endpoint.servicePort, weight: 1 }],
  };
  if (endpoint.protocol === "grpc") return { kind: "GRPCRoute", spec: { ...spec, rules: [served] } };
  const timeout = entry.timeout === undefined ? undefined : gatewayDuration(entry.timeout);
  const serves = {
    matches: (entry.paths ?? ["/"]).map(pathMatch),
    ...served,
    ...(timeout === undefined ? {} : { timeouts: { request: timeout } }),
  };
  const redirects = Object.entries(entry.redirects ?? {}).map(([from, to]) => ({
    matches: [pathMatch(from)],
    filters: [{ type: "RequestRedirect", requestRedirect: { ...redirectTo(to), statusCode: 302 } }],
  }));
  return { kind: "HTTPRoute", spec: { ...spec, rules: [serves, ...redirects] } };
}

function parentRef({ gateway, listener }: Gateway): object {
  return {
    group: "gateway.networking.k8s.io",
    kind: "Gateway",
    namespace: gateway.namespace,
    name: gateway.name,
    ...(listener === undefined ? {} : { sectionName: listener }),
  };
}

function pathMatch(value: string): object {
  return { path: { type: "PathPrefix", value } };
}

function headerFilters({ requestHeaders, responseHeaders }: HttpEntry): object[] {
  const request = headerChanges(requestHeaders);
  const response = headerChanges(responseHeaders);
  return [
    ...(request ? [{ type: "RequestHeaderModifier", requestHeaderModifier: request }] : []),
    ...(response ? [{ type: "ResponseHeaderModifier", responseHeaderModifier: response }] : []),
  ];
}

function headerChanges({ set = {}, remove = [] }: HeaderChanges = {}): object | undefined {
  const named = Object.entries(set).map(([name, value]) => ({ name, value }));
  if (named.length + remove.length === 0) return undefined;
  return { ...(named.length > 0 ? { set: named } : {}), ...(remove.length > 0 ? { remove: [...remove] } : {}) };
}

/** The parts of a URL that a redirect leads to; undefined when it is neither a URL without query nor a path. */
export function splitTarget(
  target: string,
): { readonly host?: string; readonly port?: number; readonly path: string } | undefined {
  if (target.startsWith("/")) return { path: target };
  const match = /^https:\/\/([^/?#:@]+)(?::([1-9]\d{0,4}))?(\/[^?#]*)?$/.exec(target);
  const [, host, port, path = "/"] = match ?? [];
  return host === undefined ? undefined : { host, path, ...(port === undefined ? {} : { port: Number(port) }) };
}

/** What stands below the path that is redirected is kept, as it is for paths that are served. */
function redirectTo(target: string): object {
  const { host, port, path } = splitTarget(target) ?? { path: target };
  return {
    ...(host === undefined ? {} : { scheme: "https", hostname: host }),
    ...(port === undefined ? {} : { port }),
    path: { type: "ReplacePrefixMatch", replacePrefixMatch: path },
  };
}

const UNITS = [
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
  ["ms", 1],
] as const;

/**
 * A duration as Gateway API takes it: whole numbers of at most five digits, no days.
 *
 * @returns undefined when it cannot be said so
 * @see https://gateway-api.sigs.k8s.io/geps/gep-2257/
 */
export function gatewayDuration(duration: Duration): string | undefined {
  let rest = toMilliseconds(duration);
  if (rest === undefined) return undefined;
  if (rest === 0) return "0s";
  let text = "";
  for (const [unit, milliseconds] of UNITS) {
    const count = Math.floor(rest / milliseconds);
    rest -= count * milliseconds;
    if (count > 99_999) return undefined;
    if (count > 0) text += `${count}${unit}`;
  }
  return text;
}
