import { isPortName } from "../../core/names";
import { type Json, type JsonMap, mapOf, mapsOf, textOf, said } from "../json";
import type { EndpointModel } from "../model";

type Protocol = EndpointModel["protocol"];

// Ports that are known to speak something else than HTTP, or HTTP/2 at once.
const KNOWN: Readonly<Record<number, Protocol>> = {
  80: "http",
  443: "http",
  3000: "http",
  5000: "http",
  8000: "http",
  8080: "http",
  8443: "http",
  50051: "grpc",
};

/** What a port speaks, by what manifests say of it: the protocol, `appProtocol`, names as service meshes read them, the number. */
export function protocolOf(hints: {
  readonly transport: Json | undefined;
  readonly appProtocol: Json | undefined;
  readonly names: readonly (string | undefined)[];
  readonly port: number;
  /** Which kinds of probes ask it. */
  readonly probed: ReadonlySet<string>;
  /** Whether an Ingress leads to it. */
  readonly isEntered: boolean;
}): Protocol {
  if (hints.transport === "UDP") return "udp";
  const named = hints.names.map(protocolOfName);
  const said = protocolOfName(textOf(hints.appProtocol));
  if (said !== undefined && !(said === "tcp" && hints.isEntered)) return said;
  const found = named.find((protocol) => protocol !== undefined);
  if (hints.probed.has("grpc") || found === "grpc") return "grpc";
  if (found === "websocket") return "websocket";
  if (hints.isEntered || hints.probed.has("http") || found === "http") return "http";
  return found ?? KNOWN[hints.port] ?? "tcp";
}

/** `http-web`, `grpc` and the like. */
function protocolOfName(name: string | undefined): Protocol | undefined {
  if (name === undefined) return undefined;
  if (/h2c|grpc/i.test(name)) return "grpc";
  if (/(^|[-/])wss?($|-)|websocket/i.test(name)) return "websocket";
  if (/^https?|[-/]https?$|^(web|metrics|prometheus|health|api|admin)$/i.test(name)) return "http";
  if (
    /^(tcp|tls|redis|postgres(ql)?|pgsql|mysql|mariadb|mongo(db)?|amqp|kafka|nats|memcached?|mqtt|smtp|ssh)($|-)/i.test(
      name,
    )
  )
    return "tcp";
  return undefined;
}

/** Whether something can be the name of an endpoint. */
export function isEndpointName(name: unknown): name is string {
  return typeof name === "string" && isPortName(name);
}

/** A port that a container says it has. */
export interface ContainerPort {
  readonly container: string;
  readonly name: string | undefined;
  readonly port: number;
  readonly transport: "TCP" | "UDP";
}

/** Ports of containers by what they say themselves. */
export function containerPortsOf(containers: readonly JsonMap[]): ContainerPort[] {
  return containers.flatMap((container) =>
    mapsOf(container["ports"]).flatMap((port) =>
      typeof port["containerPort"] === "number"
        ? [
            {
              container: said(container["name"]),
              name: textOf(port["name"]),
              port: port["containerPort"],
              transport: port["protocol"] === "UDP" ? ("UDP" as const) : ("TCP" as const),
            },
          ]
        : [],
    ),
  );
}

/** The number behind a port that is named or numbered. */
export function portNumber(port: Json | undefined, ports: readonly ContainerPort[]): number | undefined {
  if (typeof port === "number") return port;
  if (typeof port !== "string") return undefined;
  const named = ports.find(({ name }) => name === port)?.port;
  return named ?? (/^\d+$/.test(port) ? Number(port) : undefined);
}

/** A name for a port that has none: `http`, `grpc`, `tcp-6379`. */
export function portNameFor(protocol: Protocol, port: number, taken: ReadonlySet<string>): string {
  if ((protocol === "http" || protocol === "grpc" || protocol === "websocket") && !taken.has(protocol)) return protocol;
  const name = `${protocol === "websocket" ? "ws" : protocol}-${port}`;
  return taken.has(name) ? `${name}-2` : name;
}

/** Lets probes and hooks ask ports by number: ports have other names now. */
export function numberPorts(containers: readonly JsonMap[], ports: readonly ContainerPort[]): void {
  for (const container of containers) {
    const { postStart, preStop } = mapOf(container["lifecycle"]);
    const asking = [
      container["readinessProbe"],
      container["livenessProbe"],
      container["startupProbe"],
      postStart,
      preStop,
    ];
    for (const each of asking) {
      for (const action of ["httpGet", "tcpSocket", "grpc"]) {
        const inner = mapOf(mapOf(each)[action]);
        if (inner["port"] !== undefined) inner["port"] = portNumber(inner["port"], ports) ?? inner["port"];
      }
    }
  }
}
