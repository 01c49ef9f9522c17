import { isMap, type Json, listOf, mapOf, mapsOf, said, textOf } from "../json";
import type { OutsideModel } from "../model";
import { dnsLabel } from "../names";
import { addressesOfVariables, type OutsideAddress } from "./hosts";
import type { Inventory, Item } from "./inventory";
import { podTemplateOf } from "./objects";
import type { Planned } from "./plan";

/** Every variable of a pod's containers whose text the input has, and the words that they are started with. */
function textsOfPod(item: Item, inventory: Inventory): Map<string, string> {
  const spec = mapOf(mapOf(podTemplateOf(item.object))["spec"]);
  const texts = new Map<string, string>();
  const dataOf = (kind: "ConfigMap" | "Secret", name: unknown): Map<string, string> => {
    const object = mapOf(inventory.find(`core/${kind}`, item.namespace, said(name ?? ""))?.object);
    const encoded = kind === "Secret" ? Object.entries(mapOf(object["data"])) : [];
    const decoded = encoded.map(([key, value]) => [key, Buffer.from(said(value), "base64").toString()] as const);
    const plain = Object.entries(mapOf(object[kind === "Secret" ? "stringData" : "data"]));
    return new Map([...decoded, ...plain.map(([key, value]) => [key, said(value)] as const)]);
  };
  for (const container of ["containers", "initContainers"].flatMap((key) => mapsOf(spec[key]))) {
    for (const { configMapRef, secretRef, prefix } of mapsOf(container["envFrom"])) {
      const kind = secretRef === undefined ? "ConfigMap" : "Secret";
      for (const [key, text] of dataOf(kind, mapOf(secretRef ?? configMapRef)["name"]))
        texts.set(`${textOf(prefix) ?? ""}${key}`, text);
    }
    for (const { name, value, valueFrom } of mapsOf(container["env"])) {
      const { configMapKeyRef, secretKeyRef } = mapOf(valueFrom);
      const ref = mapOf(secretKeyRef ?? configMapKeyRef);
      const text = dataOf(secretKeyRef === undefined ? "ConfigMap" : "Secret", ref["name"]).get(said(ref["key"] ?? ""));
      const known = textOf(value) ?? text;
      if (known !== undefined) texts.set(said(name), known);
    }
    for (const key of ["command", "args"])
      listOf(container[key]).forEach((word, i) => {
        if (typeof word === "string") texts.set(`${key}[${i}]`, word);
      });
  }
  return texts;
}

/** What an import knows of hosts. */
export interface KnownHosts {
  readonly inventory: Inventory;
  /** Services that are constructs of their own: what names them is connected. */
  readonly externals: readonly { readonly item: Item; readonly host: string }[];
  /** Hosts below it are the tenant's own. */
  readonly domain: string;
}

/** A place that a policy holds workloads off. */
interface Place {
  readonly host: string;
  /** Whether it is a Service that the input does not have, or whose pods it does not have. */
  readonly isInCluster: boolean;
}

/** The place that a host is; undefined for what is imported, and so let through. */
function placeOf(host: string, namespace: string, { inventory, externals, domain }: KnownHosts): Place | undefined {
  if (/^(localhost|.*\.localhost|0\.0\.0\.0|127\..*)$/.test(host)) return undefined;
  if (host.endsWith(`.${domain}`) || externals.some((external) => external.host === host)) return undefined;
  const [name = "", space = namespace, ...rest] = host.split(".");
  const isServiceName = rest.length === 0 || /^svc(\.cluster\.local)?$/.test(rest.join("."));
  const service = isServiceName ? inventory.find("core/Service", space, name) : undefined;
  if (!service) return { host, isInCluster: !host.includes(".") || rest[0] === "svc" };
  if (externals.some(({ item }) => item === service)) return undefined;
  const { type, externalName, selector } = mapOf(service.object["spec"]);
  if (type === "ExternalName") return { host: textOf(externalName) ?? host, isInCluster: false };
  // Somebody else says where it leads to.
  if (!isMap(selector)) return { host: `${name}.${space}.svc`, isInCluster: false };
  return inventory.selected(selector, space).length > 0 ? undefined : { host, isInCluster: true };
}

/** Hosts that something of the input leads to its own Services, whatever its kind. */
function entryHosts(inventory: Inventory): Set<string> {
  const hosts = inventory.items.flatMap(({ kind, object }) => (ENTRIES.test(kind) ? hostsIn(object["spec"]) : []));
  return new Set(hosts);
}

const ENTRIES = /(Ingress|IngressRoute|HTTPRoute|GRPCRoute|TLSRoute|VirtualService|HTTPProxy|Route|Mapping)$/;

function hostsIn(value: Json | undefined): string[] {
  if (Array.isArray(value)) return value.flatMap(hostsIn);
  if (!isMap(value)) return [];
  const own = ["host", "hosts", "hostname", "hostnames", "fqdn"].flatMap((key) => [value[key]].flat());
  return [...own.filter((host) => typeof host === "string"), ...Object.values(value).flatMap(hostsIn)];
}

/** What workloads are held off by their policies, though a variable or an argument names it. */
export interface Outside {
  /** What could be an external service. */
  readonly models: readonly OutsideModel[];
  readonly hints: readonly string[];
}

/** Finds what constructs name and their policies hold them off: nobody can tell from the text alone whether they call it. */
export function outsideOf(planned: readonly Planned[], known: KnownHosts): Outside {
  const own = entryHosts(known.inventory);
  const found = new Map<string, { place: Place; address: OutsideAddress; by: Map<string, Set<string>> }>();
  for (const { id, item } of planned) {
    for (const [variable, addresses] of addressesOfVariables(textsOfPod(item, known.inventory))) {
      for (const address of addresses) {
        const place = own.has(address.host) ? undefined : placeOf(address.host, item.namespace, known);
        if (!place) continue;
        const key = `${place.host}:${address.port ?? ""}`;
        const one = found.get(key) ?? { place, address, by: new Map<string, Set<string>>() };
        one.by.set(id, (one.by.get(id) ?? new Set()).add(variable));
        found.set(key, one);
      }
    }
  }
  const ports = new Set([...found.values()].flatMap(({ place, address }) => (address.port ? [place.host] : [])));
  const all = [...found]
    // A host alone says nothing more where its port is known.
    .filter(([, { place, address }]) => address.port !== undefined || !ports.has(place.host))
    .map(([key, one]) => ({ ...one, text: key.replace(/:$/, "") }));
  const ids = new Set<string>();
  return {
    models: all.flatMap(({ place, address }) => (place.isInCluster ? [] : [modelOf(place.host, address, ids)])),
    hints: all.map(({ place, by, text }) => {
      const who = [...by].map(([id, variables]) => `${id} (${[...variables].join(", ")})`).join(", ");
      return `${who} ${by.size === 1 ? "is" : "are"} cut off from ${text}, ${place.isInCluster ? IN_CLUSTER : ELSEWHERE}`;
    }),
  };
}

const ELSEWHERE =
  "which is nothing that was imported: say an ExternalService and connect to it, as the comment in index.ts shows";
const IN_CLUSTER =
  "which is nothing that was imported: import it together with this, or connect to it by WebService.fromName";

/** An external service as it would be said. */
function modelOf(host: string, { scheme, port }: OutsideAddress, ids: Set<string>): OutsideModel {
  const base = dnsLabel(host.replaceAll(".", "-"), "external");
  let id = base;
  for (let i = 2; ids.has(id); i++) id = `${base}-${i}`;
  ids.add(id);
  const isWeb = scheme === "https" || scheme === "http" || scheme === "grpc" || scheme === "grpcs";
  const isUsual = (scheme === "https" && port === 443) || (scheme === "http" && port === 80);
  const end = isUsual ? "" : `:${port ?? "<port>"}`;
  return { id, url: `${isWeb ? scheme : "tcp"}://${host}${end}`, isPrivate: PRIVATE.test(host) };
}

/** Names that only private networks know; their addresses have to be said. */
const PRIVATE = /\.(internal|local|localdomain|lan|corp|home|intranet|private|svc|home\.arpa)$/;
