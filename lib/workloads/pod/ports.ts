import type { Problem } from "../../core/findings";
import { checkKeys, show } from "../../core/keys";
import { isPortName } from "../../core/names";
import type { Named } from "../../core/scope";
import { didYouMean } from "../../core/suggest";
import type { Protocol } from "../endpoints/types";
import type { PortProps } from "./types";

/** A port of a container. */
export interface PortSpec {
  readonly name: string;
  readonly port: number;
  readonly protocol: Protocol;
  /** Whether another container lists it, under its own name. */
  readonly listedElsewhere?: boolean;
}

const PROTOCOLS: readonly string[] = ["http", "grpc", "tcp", "udp", "websocket"] satisfies Protocol[];

/** Ports of a container with everything said. */
export function portsOf(ports: Named<PortProps> = {}): PortSpec[] {
  return Object.entries(ports).map(([name, { port, protocol }]) => ({ name, port, protocol: protocol ?? "http" }));
}

/** How probes and hooks say a port: by the name under which its container lists it, else by number. */
export function portReference({ name, port, listedElsewhere }: PortSpec): string | number {
  return listedElsewhere === true ? port : name;
}

/** A port as the network has it. */
export function portNumber({ port, protocol }: Pick<PortSpec, "port" | "protocol">): string {
  return `${port}/${protocol === "udp" ? "UDP" : "TCP"}`;
}

/**
 * The port that is asked: by name, else the first that speaks one of these, else the first of all. UDP answers nobody.
 *
 * @param asks - what asks, as in `health.readiness`; `done` says it of the port, as in `probed`
 */
export function askedPort(
  asks: { readonly where: string; readonly rule: string; readonly verb: string; readonly done: string },
  wish: { readonly endpoint?: string | undefined; readonly speaks: readonly Protocol[] },
  ports: readonly PortSpec[],
  problems: Problem[],
): PortSpec | undefined {
  const { endpoint, speaks } = wish;
  const possible = ports.filter(({ protocol }) => protocol !== "udp");
  const first = possible.find(({ protocol }) => speaks.includes(protocol)) ?? possible[0];
  const port = endpoint === undefined ? first : possible.find(({ name }) => name === endpoint);
  if (port) return port;
  const names = possible.map(({ name }) => name);
  problems.push(
    endpoint === undefined
      ? {
          rule: asks.rule,
          message: `${asks.where} has no endpoint to ${asks.verb}`,
          fix: "add an endpoint, or use { exec: […] }",
        }
      : {
          rule: asks.rule,
          message: `${asks.where}.endpoint "${endpoint}" is not an endpoint that can be ${asks.done}`,
          fix: didYouMean(endpoint, names),
        },
  );
  return undefined;
}

/** What is wrong with the name of a port; `what` it names. */
export function checkPortName(what: "port" | "endpoint", name: string): Problem[] {
  if (isPortName(name)) return [];
  return [
    {
      rule: what === "port" ? "ports/name" : "endpoints/name",
      message: `${what} name "${name}" cannot name a port`,
      fix: "use at most 15 lower-case letters, digits and -, with a letter among them",
    },
  ];
}

/** What is wrong with the number of a port. */
export function checkPortNumber(rule: "ports/port" | "endpoints/port", where: string, port: number): Problem[] {
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return [];
  return [{ rule, message: `${where} ${show(port)} is not a port`, fix: "use a whole number from 1 to 65535" }];
}

/** What is wrong with a protocol, where one is said. */
export function checkProtocol(
  rule: "ports/protocol" | "endpoints/protocol",
  where: string,
  protocol: Protocol | undefined,
): Problem[] {
  if (protocol === undefined || PROTOCOLS.includes(protocol)) return [];
  return [{ rule, message: `${where} ${show(protocol)} is not known`, fix: didYouMean(protocol, PROTOCOLS) }];
}

/** What is wrong with ports of a container that only its probes ask. */
export function checkPorts(ports: Named<PortProps> = {}): Problem[] {
  const problems: Problem[] = [];
  const taken = new Map<string, string>();
  for (const [name, props] of Object.entries(ports)) {
    const where = `ports.${name}`;
    problems.push(
      ...checkKeys(where, props, ["port", "protocol"]),
      ...checkPortName("port", name),
      ...checkPortNumber("ports/port", `${where}.port`, props.port),
      ...checkProtocol("ports/protocol", `${where}.protocol`, props.protocol),
    );
    const key = portNumber({ port: props.port, protocol: props.protocol ?? "http" });
    const other = taken.get(key);
    if (other !== undefined) {
      problems.push({
        rule: "ports/taken",
        message: `ports "${other}" and "${name}" both take ${key}`,
        fix: "give one of them another port",
      });
    }
    taken.set(key, name);
  }
  return problems;
}
