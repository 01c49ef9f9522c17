import { compare } from "../../core/findings";
import { isMap, type Json, type JsonMap, listOf, mapOf, mapsOf, prunedMap, take, textOf, said } from "../json";
import type { CodeRecord } from "../write/code";
import type { Inventory, Item } from "./inventory";
import { annotationsOf } from "./objects";

/** Where hosts and paths lead to: the port of a Service. */
export interface Route {
  readonly host: string;
  readonly path: string;
  readonly pathType: string;
  readonly service: string;
  readonly port: number | string;
}

/** Every host and path of an Ingress; undefined where it has something else. */
export function routesOf(ingress: JsonMap): Route[] | undefined {
  const spec = mapOf(ingress["spec"]);
  if (spec["defaultBackend"] !== undefined || spec["backend"] !== undefined) return undefined;
  const routes: Route[] = [];
  for (const { host, http } of mapsOf(spec["rules"])) {
    const paths = mapsOf(mapOf(http)["paths"]);
    if (typeof host !== "string" || host === "" || paths.length === 0) return undefined;
    for (const { path, pathType, backend } of paths) {
      const service = mapOf(mapOf(backend)["service"]);
      const { number, name } = mapOf(service["port"]);
      const port = typeof number === "number" ? number : textOf(name);
      if (typeof service["name"] !== "string" || port === undefined) return undefined;
      routes.push({
        host,
        path: textOf(path) ?? "/",
        pathType: textOf(pathType) ?? "Prefix",
        service: service["name"],
        port,
      });
    }
  }
  return routes.length > 0 ? routes : undefined;
}

/** Secrets with certificates by host. */
export function certificatesOf(ingress: JsonMap): Map<string, string> {
  const spec = mapOf(ingress["spec"]);
  return new Map(
    mapsOf(spec["tls"]).flatMap(({ hosts, secretName }) =>
      listOf(hosts).flatMap((host): [string, string][] => [[said(host), textOf(secretName) ?? ""]]),
    ),
  );
}

const CLASS = "kubernetes.io/ingress.class";

export function ingressClassOf(ingress: JsonMap): string | undefined {
  return textOf(mapOf(ingress["spec"])["ingressClassName"]) ?? annotationsOf(ingress)[CLASS];
}

const ISSUERS = { "cert-manager.io/cluster-issuer": "ClusterIssuer", "cert-manager.io/issuer": "Issuer" } as const;

/** Who makes certificates for an Ingress. */
export function issuerOf(
  ingress: JsonMap,
): { readonly name: string; readonly kind: "ClusterIssuer" | "Issuer" } | undefined {
  for (const [annotation, kind] of Object.entries(ISSUERS)) {
    const name = annotationsOf(ingress)[annotation];
    if (name !== undefined) return { name, kind };
  }
  return undefined;
}

/** What an Ingress becomes for one endpoint. */
export interface TakenEntry {
  readonly ingress: Item;
  /** Name of the Service. */
  readonly service: string;
  readonly port: number | string;
  readonly hosts: readonly string[];
  readonly paths: readonly string[];
  readonly secret: string | undefined;
  readonly patch: JsonMap;
}

/** Ways in that all clusters of the program have. */
export interface Ways {
  readonly className: string | undefined;
  readonly issuer: { readonly name: string; readonly kind: "ClusterIssuer" | "Issuer" } | undefined;
}

/** What most Ingresses of the input use, for the platform's facts. */
export function waysOf(inventory: Inventory): Ways {
  const ingresses = inventory
    .ofKind("networking.k8s.io/Ingress")
    .filter(({ object }) => routesOf(object) !== undefined);
  const classes = ingresses.flatMap(({ object }) => ingressClassOf(object) ?? []);
  const issuers = ingresses.flatMap(({ object }) => issuerOf(object) ?? []);
  return { className: ingresses.length === 0 ? undefined : (mostCommon(classes) ?? "nginx"), issuer: issuers[0] };
}

function mostCommon(names: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort(([a, x], [b, y]) => y - x || compare(a, b))[0]?.[0];
}

// https://gateway-api.sigs.k8s.io/reference/1.6/spec/#httppathmatch, which Flagstone holds paths to
const PATH = /^\/(?:[-A-Za-z0-9/._~!$&'()+,;=:@]|%[0-9a-fA-F]{2})*$/;

/** Why an Ingress stays as it is, or what it becomes for each endpoint. */
export function takeIngress(ingress: Item, ways: Ways): readonly TakenEntry[] | string {
  const { object } = ingress;
  const routes = routesOf(object);
  if (ingress.object["apiVersion"] !== "networking.k8s.io/v1") return "its version of the API is gone";
  if (!routes) return "it has rules without a host, or a default backend";
  const className = ingressClassOf(object);
  if (className !== undefined && className !== ways.className)
    return `its class "${className}" is not that of the platform`;
  const odd = routes.find(
    ({ path, pathType }) =>
      !["Prefix", "ImplementationSpecific"].includes(pathType) || !PATH.test(path) || path.includes("//"),
  );
  if (odd) return `its path ${odd.path} is of type ${odd.pathType}`;
  const certificates = certificatesOf(object);
  const groups = new Map<string, Route[]>();
  for (const route of routes) {
    const key = `${route.service}:${route.port}`;
    groups.set(key, [...(groups.get(key) ?? []), route]);
  }
  const taken: TakenEntry[] = [];
  for (const group of groups.values()) {
    const [first] = group;
    if (!first) continue;
    const byHost = new Map<string, string[]>();
    for (const { host, path } of group) byHost.set(host, [...(byHost.get(host) ?? []), path]);
    const lists = [...byHost.values()].map((paths) => [...new Set(paths)]);
    const [paths = []] = lists;
    if (lists.some((list) => list.length !== paths.length || list.some((path) => !paths.includes(path)))) {
      return `hosts of ${first.service} have different paths`;
    }
    const hosts = [...byHost.keys()];
    const secrets = new Set(hosts.map((host) => certificates.get(host)));
    const [secret] = secrets;
    if (secrets.size > 1 || secret === "") return "its hosts have different certificates, or none by name";
    taken.push({
      ingress,
      service: first.service,
      port: first.port,
      hosts,
      paths,
      secret,
      patch: leftOver(object, ways, secret),
    });
  }
  return taken;
}

/** What of an Ingress is neither a route nor a certificate. */
function leftOver(given: JsonMap, ways: Ways, secret: string | undefined): JsonMap {
  const object = structuredClone(given);
  for (const key of ["apiVersion", "kind", "status"]) take(object, key);
  for (const key of ["name", "namespace", "labels"]) take(object, "metadata", key);
  for (const key of ["ingressClassName", "rules", "tls"]) take(object, "spec", key);
  take(object, "metadata", "annotations", CLASS);
  const issuer = issuerOf(given);
  if (issuer && secret !== undefined && issuer.name === ways.issuer?.name && issuer.kind === ways.issuer.kind) {
    // Said again only where the certificate is called otherwise; see entryCode.
    for (const annotation of Object.keys(ISSUERS)) take(object, "metadata", "annotations", annotation);
  }
  return prunedMap(object);
}

/** Props of an external endpoint. */
export function entryCode(
  entry: TakenEntry,
  names: { readonly entry: string; readonly defaultHost: string },
  ways: Ways,
): { readonly code: CodeRecord; readonly patch: JsonMap } {
  const { hosts, paths, secret, ingress } = entry;
  const issuer = issuerOf(ingress.object);
  const isIssued = issuer !== undefined && secret === `${names.entry}-tls`;
  const isSaidAgain = issuer !== undefined && secret !== undefined && !isIssued && issuer.name === ways.issuer?.name;
  const annotation = issuer?.kind === "Issuer" ? "cert-manager.io/issuer" : "cert-manager.io/cluster-issuer";
  const isDefaultHost = hosts.length === 1 && hosts[0] === names.defaultHost;
  return {
    code: {
      visibility: "external",
      hosts: isDefaultHost ? undefined : hosts,
      paths: paths.length === 1 && paths[0] === "/" ? undefined : paths,
      tls: isIssued ? undefined : secret === undefined ? false : { secret },
    },
    patch: isSaidAgain ? withAnnotation(entry.patch, annotation, issuer.name) : entry.patch,
  };
}

function withAnnotation(patch: JsonMap, key: string, value: string): JsonMap {
  const metadata = mapOf(patch["metadata"]);
  return { ...patch, metadata: { ...metadata, annotations: { ...mapOf(metadata["annotations"]), [key]: value } } };
}

/** Names of Services that something of the input leads traffic from outside to, whatever its kind. */
export function backendsIn(value: Json): string[] {
  if (Array.isArray(value)) return value.flatMap(backendsIn);
  if (!isMap(value)) return [];
  const own = ["service", "backend", "destination"].flatMap((key) => {
    const inner = value[key];
    return isMap(inner) ? [textOf(inner["name"] ?? inner["serviceName"] ?? inner["host"]) ?? ""] : [];
  });
  const listed = ["backendRefs", "services"].flatMap((key) => mapsOf(value[key]).map(({ name }) => textOf(name) ?? ""));
  return [...own, ...listed, ...Object.values(value).flatMap(backendsIn)].filter((name) => name !== "");
}
