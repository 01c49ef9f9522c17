import { type JsonMap, mapOf, mapsOf, prunedMap, take, textOf, said } from "../json";
import type { EndpointModel } from "../model";
import { stripDefaults } from "./defaults";
import type { Inventory, Item } from "./inventory";
import { labelsOf, podTemplateOf } from "./objects";
import { type ContainerPort, containerPortsOf, isEndpointName, portNameFor, portNumber, protocolOf } from "./ports";

/** The Service of a workload, and others that lead to its pods. */
export interface Served {
  readonly primary: Item;
  readonly others: readonly Item[];
}

/** The Services that lead to the pods of a workload, and to no others. */
export function servicesOf(workload: Item, inventory: Inventory): Served | undefined {
  const template = podTemplateOf(workload.object);
  if (!template) return undefined;
  const own = inventory.ofKind("core/Service").filter(({ namespace, object }) => {
    const selected = inventory.selected(mapOf(object["spec"])["selector"], namespace);
    return selected.length === 1 && selected[0] === workload;
  });
  const isPlain = ({ object }: Item): boolean => {
    const { type, clusterIP } = mapOf(object["spec"]);
    return (type === undefined || type === "ClusterIP") && clusterIP !== "None";
  };
  const ports = (item: Item): boolean => mapsOf(mapOf(item.object["spec"])["ports"]).length > 0;
  const candidates = own.filter(ports);
  const primary =
    candidates.find((item) => item.name === workload.name && isPlain(item)) ??
    candidates.find((item) => item.name === workload.name) ??
    candidates.find(isPlain) ??
    candidates[0];
  return primary && { primary, others: own.filter((item) => item !== primary) };
}

/** The endpoints of a workload, and what of its Service they do not say. */
export interface Endpoints {
  readonly endpoints: Map<string, EndpointModel>;
  readonly patch: JsonMap;
}

/**
 * Endpoints from the ports of a Service and of containers. Ports of containers that no Service leads to are endpoints, too: probes and
 * scrapers ask them by name.
 *
 * @param entered - ports of the Service that an Ingress leads to
 */
export function endpointsOf(
  service: Item,
  template: JsonMap,
  own: string,
  entered: ReadonlySet<number | string>,
): Endpoints {
  const spec = mapOf(template["spec"]);
  const containers = ["containers", "initContainers"].flatMap((key) => mapsOf(spec[key]));
  const ports = containerPortsOf(containers);
  const probed = probesByPort(containers, ports);
  const object = structuredClone(service.object);
  stripDefaults(service.kind, object);
  const rest = mapOf(object["spec"]);
  const endpoints = new Map<string, EndpointModel>();
  const names = new Set<string>();
  const left: JsonMap[] = [];
  for (const given of mapsOf(take(rest, "ports"))) {
    const { name, port, targetPort, protocol: transport, appProtocol, ...more } = given;
    const servicePort = Number(port);
    const number = portNumber(targetPort ?? port ?? null, ports);
    const container = ports.find((each) => each.port === number);
    const protocol = protocolOf({
      transport,
      appProtocol,
      names: [textOf(name), container?.name],
      port: number ?? servicePort,
      probed: probed.get(number ?? -1) ?? new Set(),
      isEntered: entered.has(servicePort) || entered.has(textOf(name) ?? ""),
    });
    const wish = [name, container?.name].find((each) => isEndpointName(each) && !names.has(each)) as string | undefined;
    const id = wish ?? portNameFor(protocol, servicePort, names);
    const twin = [...endpoints].find(([, each]) => each.port === number && isUdp(each.protocol) === isUdp(protocol));
    if (number === undefined || twin) {
      left.push({ ...given, name: id, targetPort: twin?.[0] ?? targetPort ?? null });
      names.add(id);
      continue;
    }
    names.add(id);
    endpoints.set(id, { port: number, servicePort, protocol });
    if (Object.keys(more).length > 0 || isOther(appProtocol, protocol)) {
      left.push({ name: id, ...more, ...(isOther(appProtocol, protocol) ? { appProtocol: appProtocol ?? null } : {}) });
    }
  }
  const mine = ports.filter(({ container }) => container === own);
  for (const { name, port, transport } of mine) {
    const isKnown = [...endpoints.values()].some(
      (each) => each.port === port && isUdp(each.protocol) === (transport === "UDP"),
    );
    if (isKnown) continue;
    const protocol = protocolOf({
      transport,
      appProtocol: undefined,
      names: [name],
      port,
      probed: probed.get(port) ?? new Set(),
      isEntered: false,
    });
    const id = isEndpointName(name) && !names.has(name) ? name : portNameFor(protocol, port, names);
    names.add(id);
    endpoints.set(id, { port, servicePort: freePort(port, endpoints, protocol), protocol });
  }
  // Asked by a probe of the own container, though nobody lists it.
  for (const port of probedBy(
    containers.filter(({ name }) => name === own),
    ports,
  )) {
    if ([...endpoints.values()].some((each) => each.port === port)) continue;
    const protocol = probed.get(port)?.has("grpc") ? "grpc" : probed.get(port)?.has("http") ? "http" : "tcp";
    const id = portNameFor(protocol, port, names);
    names.add(id);
    endpoints.set(id, { port, servicePort: freePort(port, endpoints, protocol), protocol });
  }
  take(rest, "selector");
  const metadata = mapOf(object["metadata"]);
  for (const key of ["name", "namespace", "labels"]) take(metadata, key);
  for (const key of ["apiVersion", "kind"]) take(object, key);
  if (left.length > 0) rest["ports"] = left;
  return { endpoints, patch: prunedMap({ ...object, metadata, spec: rest }) };
}

const APP_PROTOCOL: Readonly<Record<string, string | undefined>> = {
  http: "http",
  grpc: "kubernetes.io/h2c",
  websocket: "kubernetes.io/ws",
};

/** Whether a Service says an application protocol that Flagstone would say otherwise, and that means something else. */
function isOther(appProtocol: unknown, protocol: EndpointModel["protocol"]): boolean {
  if (appProtocol === undefined || appProtocol === null || appProtocol === APP_PROTOCOL[protocol]) return false;
  return !["http", "grpc", "tcp", "HTTP", "GRPC", "h2c"].includes(said(appProtocol));
}

function isUdp(protocol: EndpointModel["protocol"]): boolean {
  return protocol === "udp";
}

function freePort(
  wish: number,
  endpoints: ReadonlyMap<string, EndpointModel>,
  protocol: EndpointModel["protocol"],
): number {
  const taken = [...endpoints.values()]
    .filter((each) => isUdp(each.protocol) === isUdp(protocol))
    .map(({ servicePort }) => servicePort);
  let port = wish;
  while (taken.includes(port)) port += 1;
  return port;
}

const ACTIONS = [
  ["httpGet", "http"],
  ["grpc", "grpc"],
  ["tcpSocket", "tcp"],
] as const;

/** What probes of containers ask, by port. */
export function probesByPort(
  containers: readonly JsonMap[],
  ports: readonly ContainerPort[],
): ReadonlyMap<number, ReadonlySet<string>> {
  const found = new Map<number, Set<string>>();
  for (const container of containers) {
    for (const key of ["readinessProbe", "livenessProbe", "startupProbe"]) {
      for (const [action, speaks] of ACTIONS) {
        const port = portNumber(mapOf(mapOf(container[key])[action])["port"], ports);
        if (port !== undefined) found.set(port, new Set([...(found.get(port) ?? []), speaks]));
      }
    }
  }
  return found;
}

function probedBy(containers: readonly JsonMap[], ports: readonly ContainerPort[]): number[] {
  return [...probesByPort(containers, ports).keys()];
}

/** The container that the ports of a Service lead to; else the one that is called like the workload; else the first. */
export function ownContainer(workload: Item, service: Item | undefined): string {
  const template = mapOf(podTemplateOf(workload.object));
  const containers = mapsOf(mapOf(template["spec"])["containers"]);
  const ports = containerPortsOf(containers);
  const targets = mapsOf(mapOf(service?.object["spec"])["ports"]).map(({ port, targetPort }) =>
    portNumber(targetPort ?? port ?? null, ports),
  );
  const labels = Object.values(labelsOf(template));
  const found =
    containers.find(({ name }) => ports.some((port) => port.container === name && targets.includes(port.port))) ??
    containers.find(({ name }) => name === workload.name || name === service?.name) ??
    containers.find(({ name }) => labels.includes(said(name))) ??
    containers[0];
  return said(found?.["name"] ?? "");
}
