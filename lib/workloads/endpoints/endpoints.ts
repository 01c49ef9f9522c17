import { k8s } from "cdk8s-plus-28";
import type { Problem } from "../../core/findings";
import { checkKeys, checkRecord, show } from "../../core/keys";
import { isPlainObject } from "../../core/merge";
import type { ClusterRef, Named } from "../../core/scope";
import { didYouMean } from "../../core/suggest";
import { checkPortName, checkPortNumber, checkProtocol, portNumber, type PortSpec } from "../pod/ports";
import { hasCertificates } from "./entry";
import type { EndpointProps, HttpEntry, Protocol, Visibility } from "./types";

/** An endpoint with everything said. */
export interface EndpointSpec<N extends string = string> {
  readonly name: N;
  readonly port: number;
  readonly servicePort: number;
  readonly protocol: Protocol;
  readonly visibility: Visibility;
  /** Host names of an external one. */
  readonly hosts: readonly string[];
  readonly publicUrl: string | undefined;
  /** Whether it is asked in a cluster how many pods of another workload are to run. */
  isAskedByScaler?(cluster: ClusterRef): boolean;
}

const KEYS = ["port", "protocol", "servicePort", "visibility"];
const EXTERNAL_KEYS = [
  ...KEYS,
  ...([
    "hosts",
    "paths",
    "tls",
    "redirects",
    "requestHeaders",
    "responseHeaders",
    "timeout",
  ] satisfies (keyof HttpEntry)[]),
];
const VISIBILITIES: readonly string[] = ["tenant", "environment", "external"] satisfies Visibility[];
// https://kubernetes.io/docs/reference/kubernetes-api/service-resources/service-v1/ (appProtocol)
const APP_PROTOCOL: Readonly<Record<Protocol, string | undefined>> = {
  http: "http",
  grpc: "kubernetes.io/h2c",
  tcp: undefined,
  udp: undefined,
  websocket: "kubernetes.io/ws",
};

/** Schemes of addresses: without encryption, and with it. */
const SCHEMES: Readonly<Record<Protocol, readonly [string, string]>> = {
  http: ["http", "https"],
  grpc: ["grpc", "grpcs"],
  tcp: ["tcp", "tcp"],
  udp: ["udp", "udp"],
  websocket: ["ws", "wss"],
};

/** What an address begins with. */
export function schemeOf(protocol: Protocol, isEncrypted: boolean): string {
  const [plain, encrypted] = SCHEMES[protocol] ?? SCHEMES.http;
  return isEncrypted ? encrypted : plain;
}

/**
 * Fills in what an endpoint leaves open.
 *
 * @param place - the rule for host names, and the clusters that the workload runs on
 */
export function resolveEndpoint<N extends string>(
  name: N,
  props: EndpointProps,
  place: EndpointPlace,
): EndpointSpec<N> {
  return {
    name,
    port: portOf(props.port),
    servicePort: portOf(props.servicePort ?? props.port),
    protocol: props.protocol ?? "http",
    visibility: props.visibility ?? "tenant",
    ...entryOf(name, props, place),
  };
}

/** What is no number is reported, and must not break what else is made of the endpoint. */
function portOf(port: unknown): number {
  return typeof port === "number" ? port : 0;
}

/** What an endpoint's address from outside follows from. */
export interface EndpointPlace {
  readonly hostOf: (endpoint: string) => string;
  readonly clusters: readonly ClusterRef[];
}

function entryOf(
  name: string,
  props: EndpointProps,
  { hostOf, clusters }: EndpointPlace,
): Pick<EndpointSpec, "hosts" | "publicUrl"> {
  if (props.visibility !== "external") return { hosts: [], publicUrl: undefined };
  const hosts = props.hosts ?? [hostOf(name)];
  const [path = ""] = props.paths ?? [];
  const host = singleHost(hosts);
  const isEncrypted = props.tls === undefined ? clusters.every(hasCertificates) : props.tls !== false;
  return { hosts, publicUrl: host && `${schemeOf(props.protocol ?? "http", isEncrypted)}://${host}${path}` };
}

/** The first host that does not stand for many. */
export function singleHost(hosts: readonly string[]): string | undefined {
  return hosts.find((host) => !host.startsWith("*."));
}

/** Endpoints by name, without what is none. */
export function endpointEntries<E extends string>(given: Named<EndpointProps, E>): (readonly [E, EndpointProps])[] {
  if (!isPlainObject(given)) return [];
  return (Object.entries(given) as [E, EndpointProps][]).filter(([, props]) => isPlainObject(props));
}

/** What is wrong with endpoints: names and ports that Kubernetes refuses, ports taken twice. */
export function checkEndpoints(given: Named<EndpointProps>): Problem[] {
  const problems = checkRecord("endpoints", given);
  if (problems.length > 0) return problems;
  if (!Object.values(given).some((props: unknown) => props !== undefined)) {
    problems.push({
      rule: "endpoints/none",
      message: "a WebService without an endpoint cannot be reached",
      fix: "add one, as in endpoints: { http: { port: 8080 } }",
    });
  }
  const taken = new Map<string, string>();
  for (const [name, props] of Object.entries(given)) {
    const where = `endpoints.${name}`;
    if (!isPlainObject(props)) {
      problems.push(...checkRecord(where, props));
      continue;
    }
    problems.push(
      ...checkKeys(where, props, props.visibility === "external" ? EXTERNAL_KEYS : KEYS),
      ...checkPortName("endpoint", name),
      ...checkPortNumber("endpoints/port", `${where}.port`, props.port),
      ...(props.servicePort === undefined
        ? []
        : checkPortNumber("endpoints/port", `${where}.servicePort`, props.servicePort)),
      ...checkProtocol("endpoints/protocol", `${where}.protocol`, props.protocol),
    );
    if (props.visibility !== undefined && !VISIBILITIES.includes(props.visibility)) {
      problems.push({
        rule: "endpoints/visibility",
        message: `${where}.visibility ${show(props.visibility)} is not known`,
        fix: didYouMean(props.visibility, VISIBILITIES),
      });
    }
    for (const [what, port] of [
      ["port", props.port],
      ["service port", props.servicePort ?? props.port],
    ] as const) {
      if (typeof port !== "number") continue;
      const key = `${what} ${portNumber({ port, protocol: props.protocol ?? "http" })}`;
      const other = taken.get(key);
      if (other !== undefined) {
        problems.push({
          rule: "endpoints/port-taken",
          message: `endpoints "${other}" and "${name}" both take ${key}`,
          fix: "give one of them another port",
        });
      }
      taken.set(key, name);
    }
  }
  return problems;
}

/** The protocol of layer 4. */
export function transport(protocol: Protocol): "TCP" | "UDP" {
  return protocol === "udp" ? "UDP" : "TCP";
}

export function containerPorts(endpoints: readonly PortSpec[]): k8s.ContainerPort[] {
  return endpoints.map(({ name, port, protocol }) => ({ name, containerPort: port, protocol: transport(protocol) }));
}

export function servicePorts(endpoints: readonly EndpointSpec[]): k8s.ServicePort[] {
  return endpoints.map(({ name, servicePort, protocol }) => {
    const appProtocol = APP_PROTOCOL[protocol];
    return {
      name,
      port: servicePort,
      targetPort: k8s.IntOrString.fromString(name),
      protocol: transport(protocol),
      ...(appProtocol === undefined ? {} : { appProtocol }),
    };
  });
}

/**
 * Adds endpoints to those that a caller gave, for golden paths that bring their own; without any, to the default one, `http` on 8080.
 *
 * @param given - `endpoints` of the caller's props
 * @param added - what the golden path brings; it wins where names are equal
 * @example
 * ```ts
 * import type { Construct } from "constructs";
 * import { WebService, withEndpoints, type WebServiceProps } from "flagstone";
 *
 * export class MeasuredService<E extends string = "http"> extends WebService<E | "metrics"> {
 *   constructor(scope: Construct, id: string, props: WebServiceProps<E>) {
 *     super(scope, id, { ...props, endpoints: withEndpoints(props.endpoints, { metrics: { port: 9090 } }) });
 *   }
 * }
 * ```
 */
export function withEndpoints<E extends string, A extends string>(
  given: Named<EndpointProps, E> | undefined,
  added: Named<EndpointProps, A>,
): Named<EndpointProps, E | A> {
  return { ...(given ?? DEFAULT_ENDPOINTS), ...added } as Named<EndpointProps, E | A>;
}

/** What a WebService has when nothing is said. */
export const DEFAULT_ENDPOINTS: Named<EndpointProps, "http"> = { http: { port: 8080 } };
