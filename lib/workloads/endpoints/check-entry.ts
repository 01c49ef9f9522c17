import { checkAllowedHosts } from "../../core/allowed";
import type { Problem } from "../../core/findings";
import { checkKeys, show } from "../../core/keys";
import { quotedClusters, twice } from "../../core/lists";
import { isDnsSubdomain } from "../../core/names";
import type { Allowed, ClusterRef, Named } from "../../core/scope";
import { hasToken } from "../../core/tokens";
import { type EntryEndpoint, entryCapability, hasCertificates } from "./entry";
import { checkPaths, checkRedirects, isHost } from "./check-paths";
import { gatewayDuration } from "./entry-routes";
import type { HeaderChanges, HttpEntry } from "./types";

/** Where external endpoints are, and what the tenant may serve there. */
export interface EntryPlace {
  /** The clusters that the workload runs on. */
  readonly clusters: readonly ClusterRef[];
  readonly allowed: Pick<Allowed, "hosts">;
}

/** What is wrong with external endpoints, or not possible with what the clusters offer. */
export function checkEntry(endpoints: readonly EntryEndpoint[], place: EntryPlace): Problem[] {
  return endpoints.flatMap((endpoint) => {
    const where = `endpoints.${endpoint.name}`;
    const entry: HttpEntry = endpoint.props;
    return [
      ...checkProtocol(where, endpoint),
      ...checkHosts(where, endpoint, place.allowed),
      ...checkPaths(where, entry),
      ...checkRedirects(where, entry),
      ...checkHeaders(`${where}.requestHeaders`, entry.requestHeaders),
      ...checkHeaders(`${where}.responseHeaders`, entry.responseHeaders),
      ...checkTimeout(where, entry),
      ...checkSecret(where, entry),
      ...checkCapabilities(where, endpoint, place),
    ];
  });
}

function checkProtocol(where: string, { protocol }: EntryEndpoint): Problem[] {
  if (protocol !== "tcp" && protocol !== "udp") return [];
  return [
    {
      rule: "entry/protocol",
      message: `${where} is external and speaks ${protocol}, which has no host and no path to be found by`,
      fix: 'use protocol "http", "websocket" or "grpc", or make a Service of type LoadBalancer for it',
    },
  ];
}

function checkHosts(where: string, { hosts, props }: EntryEndpoint, allowed: Pick<Allowed, "hosts">): Problem[] {
  const list = `${where}.hosts`;
  const byRule = props.hosts === undefined;
  const [first] = hosts;
  if (first === undefined) {
    return [{ rule: "entry/host", message: `${list} is empty`, fix: "name a host, or leave it out" }];
  }
  const invalid = hosts.flatMap((host): Problem[] => {
    if (hasToken(host)) {
      return [
        {
          rule: "entry/host",
          message: `${list} holds an output, which is not known before deploying`,
          fix: "use a host that is known",
        },
      ];
    }
    if (isHost(host)) return [];
    const fix = byRule
      ? "say hosts, or mend hostNames in the platform's facts"
      : 'write it as "shop.acme.example" or "*.shop.acme.example", without scheme, port or path';
    return [
      {
        rule: "entry/host",
        message: `${list} ${byRule ? `is ${show(host)} by the platform's rule` : `has ${show(host)}`}, which is not a host name`,
        fix,
      },
    ];
  });
  const valid = hosts.filter((host) => isHost(host));
  return [
    ...invalid,
    ...twice(valid).map((host) => ({
      rule: "entry/host",
      message: `${list} has "${host}" twice`,
      fix: "say it once",
    })),
    ...checkAllowedHosts(list, valid, allowed),
  ];
}

function checkHeaders(where: string, changes: HeaderChanges | undefined): Problem[] {
  if (changes === undefined) return [];
  const set: Named<unknown> = changes.set ?? {};
  const remove = changes.remove ?? [];
  const problem = (message: string, fix: string): Problem => ({ rule: "entry/header", message, fix });
  const names = [...Object.keys(set), ...remove];
  return [
    ...checkKeys(where, changes, ["set", "remove"]),
    ...names
      .filter((name) => !/^[A-Za-z0-9!#$%&'*+\-.^_`|~]{1,256}$/.test(name))
      .map((name) => problem(`${where} has a header ${show(name)}`, "use letters, digits and -, at most 256")),
    ...twice(names.map((name) => name.toLowerCase())).map((name) =>
      problem(`${where} has "${name}" twice; upper and lower case are one`, "say it once"),
    ),
    ...Object.entries(set)
      .filter(([, value]) => !isHeaderValue(value))
      .map(([name, value]) =>
        problem(
          `${where}.set has ${show(value)} for "${name}", which is no value of a header`,
          "use a line of 1 to 4096 characters",
        ),
      ),
  ];
}

function isHeaderValue(value: unknown): boolean {
  return typeof value === "string" && (hasToken(value) || /^[^\r\n\0]{1,4096}$/.test(value));
}

function checkTimeout(where: string, { timeout }: HttpEntry): Problem[] {
  if (timeout === undefined || gatewayDuration(timeout) !== undefined) return [];
  return [
    {
      rule: "units/duration",
      message: `${where}.timeout ${show(timeout)} is not a duration in whole milliseconds below 100000 hours`,
      fix: 'write "30s" or "500ms"',
    },
  ];
}

function checkSecret(where: string, { tls }: HttpEntry): Problem[] {
  if (tls === undefined || tls === false) return [];
  const given: unknown = tls;
  const secret: unknown = typeof given === "object" && given !== null && "secret" in given ? given.secret : undefined;
  if (typeof secret === "string" && isDnsSubdomain(secret)) return checkKeys(`${where}.tls`, tls, ["secret"]);
  return [
    {
      rule: "entry/tls",
      message: `${where}.tls ${show(given)} names no Secret`,
      fix: 'write { secret: "shop-tls" }, false for no certificate, or nothing for one by cert-manager',
    },
  ];
}

/** What only Gateway API has. */
const ROUTE_KEYS = ["redirects", "requestHeaders", "responseHeaders", "timeout"] as const satisfies (keyof HttpEntry)[];

function checkCapabilities(where: string, endpoint: EntryEndpoint, { clusters }: EntryPlace): Problem[] {
  const by = (offer: string | undefined) => clusters.filter((cluster) => entryCapability(cluster)?.name === offer);
  const closed = by(undefined);
  const ingress = by("ingress");
  const uncertified = ingress.filter((cluster) => !hasCertificates(cluster));
  const entry: HttpEntry = endpoint.props;
  const problems: Problem[] = [];
  if (closed.length > 0) {
    problems.push({
      rule: "entry/no-capability",
      message: `${where} is external, and ${named(closed)} ${closed.length > 1 ? "offer" : "offers"} neither Gateway API nor an Ingress controller`,
      fix: "add Capability.gatewayApi(…) or Capability.ingress(…) to the cluster's capabilities in the platform's facts, or say another visibility by environment.select",
    });
  }
  if (by("gateway-api").length > 0) problems.push(...checkLengths(where, endpoint));
  if (ingress.length > 0) {
    for (const key of ROUTE_KEYS) {
      if (entry[key] === undefined) continue;
      problems.push({
        rule: "entry/not-in-ingress",
        message: `${where}.${key} is not possible on ${named(ingress)}: an Ingress has none`,
        fix: "say it by environment.select only where clusters have Gateway API, or use the controller's annotations in transform.entry",
      });
    }
    if (endpoint.protocol === "grpc") {
      problems.push({
        rule: "entry/grpc-by-ingress",
        severity: "warning",
        message: `${where} speaks gRPC, and whether the Ingress of ${named(ingress)} brings it depends on the controller`,
        fix: "offer Gateway API there, or say what the controller needs in transform.entry",
      });
    }
  }
  if (entry.tls === undefined && uncertified.length > 0) {
    problems.push({
      rule: "entry/no-certificate",
      severity: "warning",
      message: `${where} has no certificate on ${named(uncertified)}`,
      fix: 'add Capability.certManager(…) to the platform\'s facts, name one as in tls: { secret: "shop-tls" }, or say tls: false',
    });
  }
  if (entry.tls && ingress.length === 0 && by("gateway-api").length > 0) {
    problems.push({
      rule: "entry/gateway-certificate",
      message: `${where}.tls names a Secret, and on ${named(clusters)} the gateway holds the certificates`,
      fix: "take it out; a listener of the gateway names the Secret",
    });
  }
  return problems;
}

/** Lists that are longer than Gateway API takes. */
function checkLengths(where: string, { hosts, props }: EntryEndpoint): Problem[] {
  const { paths, redirects, requestHeaders, responseHeaders }: HttpEntry = props;
  const lengths: readonly (readonly [string, number, number])[] = [
    ["hosts", hosts.length, 16],
    ["paths", paths?.length ?? 0, 64],
    ["redirects", Object.keys(redirects ?? {}).length, 15],
    ["requestHeaders.set", Object.keys(requestHeaders?.set ?? {}).length, 16],
    ["requestHeaders.remove", requestHeaders?.remove?.length ?? 0, 16],
    ["responseHeaders.set", Object.keys(responseHeaders?.set ?? {}).length, 16],
    ["responseHeaders.remove", responseHeaders?.remove?.length ?? 0, 16],
  ];
  return lengths
    .filter(([, length, most]) => length > most)
    .map(([list, length, most]) => ({
      rule: "entry/too-many",
      message: `${where}.${list} has ${length} entries, and Gateway API takes at most ${most}`,
      fix: "split them over several endpoints",
    }));
}

function named(clusters: readonly ClusterRef[]): string {
  return quotedClusters(clusters.map(({ name }) => name));
}
