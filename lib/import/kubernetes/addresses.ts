import { said } from "../json";
import type { Composed, CoordinateKey, Edge, EndpointModel } from "../model";
import type { Variable } from "./configuration";

/** A Service that others reach by its name. */
export interface AddressTarget {
  /** Id of the workload or the external service behind it. */
  readonly id: string;
  readonly namespace: string;
  /** Name of the Service. */
  readonly service: string;
  /** Host of what is somewhere else. */
  readonly host?: string | undefined;
  /** Endpoints by name; none for an external service. */
  readonly endpoints: ReadonlyMap<string, EndpointModel>;
}

const LABEL = "[a-z](?:[-a-z0-9]*[a-z0-9])?";
const ADDRESS = new RegExp(
  `(?<![\\w.-])(?<host>(?<service>${LABEL})(?:\\.(?<namespace>${LABEL})(?:\\.svc(?:\\.cluster\\.local\\.?)?)?)?)(?::(?<port>\\d{1,5}))?(?![\\w.:-])`,
  "g",
);
// Variables that hold nothing but the name of a host.
const HOST_VARIABLE = /(^|_|\.)(HOST|HOSTNAME|ADDR|ADDRESS|SERVER|ENDPOINT|URL|URI)S?$/i;
const SCHEMES: Readonly<Record<string, string>> = {
  http: "http",
  websocket: "ws",
  grpc: "grpc",
  tcp: "tcp",
  udp: "udp",
};
const SCHEME_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443, ws: 80, wss: 443 };

/** One address in a text. */
interface Found {
  readonly target: AddressTarget;
  readonly endpoint: string | undefined;
  readonly from: number;
  readonly to: number;
  readonly coordinate: CoordinateKey;
}

/** What knows the Services that can be connected to. */
export class Addresses {
  public constructor(private readonly targets: readonly AddressTarget[]) {}

  /**
   * Addresses in a text.
   *
   * @param isHost - whether a text that is a name alone can be meant to be a host
   */
  private find(text: string, namespace: string, isHost: boolean): Found[] {
    return [...this.findHosts(text), ...this.findServices(text, namespace, isHost)];
  }

  /** Hosts somewhere else, which nothing else is called like. */
  private findHosts(text: string): Found[] {
    return this.targets.flatMap((target) => {
      const { host } = target;
      if (host === undefined) return [];
      const port = [...target.endpoints.values()][0]?.servicePort;
      const pattern = new RegExp(`(?<![\\w.-])${host.replaceAll(".", "\\.")}(?<port>:${port})?(?![\\w.:-])`, "g");
      return [...text.matchAll(pattern)].map((match): Found => ({
        target,
        endpoint: [...target.endpoints.keys()][0],
        from: match.index,
        to: match.index + match[0].length,
        coordinate: match.groups?.["port"] === undefined ? "host" : "address",
      }));
    });
  }

  private findServices(text: string, namespace: string, isHost: boolean): Found[] {
    return [...text.matchAll(ADDRESS)].flatMap((match): Found[] => {
      const { host = "", service = "", namespace: said = namespace, port } = match.groups ?? {};
      const target = this.targets.find((each) => each.service === service && each.namespace === said);
      if (!target) return [];
      const before = text.slice(0, match.index);
      const scheme = /([a-z][a-z0-9+.-]*):\/\/(?:[^/@\s]*@)?$/i.exec(before)?.[1];
      const isWhole = match[0].length === text.length;
      if (port === undefined && scheme === undefined && !(isWhole && isHost) && !before.endsWith("@")) return [];
      const number = port === undefined ? SCHEME_PORTS[scheme ?? ""] : Number(port);
      const named = [...target.endpoints].find(([, each]) => each.servicePort === number);
      if (target.endpoints.size > 0 && port !== undefined && !named) return [];
      const [first] = target.endpoints;
      const endpoint = (named ?? first)?.[0];
      const to = match.index + match[0].length;
      const protocol = target.endpoints.get(endpoint ?? "")?.protocol ?? "tcp";
      const isUrl = port !== undefined && scheme === SCHEMES[protocol] && before === `${scheme}://`;
      if (isUrl && target.endpoints.size > 0) return [{ target, endpoint, from: 0, to, coordinate: "url" }];
      const coordinate = port === undefined ? "host" : "address";
      return [
        { target, endpoint, from: match.index, to: coordinate === "host" ? match.index + host.length : to, coordinate },
      ];
    });
  }

  /**
   * Turns variables with addresses into edges, and takes those that a connection will give out of the variables.
   *
   * @param texts - other texts that may hold addresses: their edges give no variables
   */
  public edgesOf(
    consumer: { readonly id: string; readonly namespace: string },
    variables: Map<string, Variable>,
    texts: readonly string[],
  ): Edge[] {
    const edges = new Map<string, { edge: Edge; variables: Map<string, Composed> }>();
    const edgeTo = (target: AddressTarget, endpoint: string | undefined) => {
      const key = `${target.id} ${endpoint ?? ""}`;
      const made = edges.get(key) ?? {
        edge: { to: target.id, endpoint: target.endpoints.size > 1 ? endpoint : undefined, variables: new Map() },
        variables: new Map(),
      };
      edges.set(key, made);
      return made;
    };
    const isOther = ({ target }: Found): boolean => target.id !== consumer.id;
    const hosts = new Map<string, Found>();
    for (const [name, variable] of [...variables]) {
      if (!("text" in variable)) continue;
      const { text } = variable;
      const found = this.find(text, consumer.namespace, HOST_VARIABLE.test(name)).filter(isOther);
      const places = new Set(found.map(({ target, endpoint }) => `${target.id} ${endpoint ?? ""}`));
      for (const { target, endpoint } of found) edgeTo(target, endpoint);
      const [only] = found;
      // An address of another namespace in short is not what a connection would write for several at once.
      if (!only || places.size > 1 || text.includes("$(") || only.target.namespace !== consumer.namespace) continue;
      edgeTo(only.target, only.endpoint).variables.set(name, composed(text, found));
      variables.delete(name);
      const prefix = /^(.*)_(?:HOST|HOSTNAME|ADDR|ADDRESS|SERVER)$/i.exec(name)?.[1];
      if (prefix !== undefined && only.coordinate === "host" && only.to === text.length) hosts.set(prefix, only);
    }
    for (const [prefix, { target, endpoint }] of hosts) {
      const name = `${prefix}_PORT`;
      const variable = variables.get(name);
      const named = [...target.endpoints].find(
        ([, each]) => variable && "text" in variable && said(each.servicePort) === variable.text,
      )?.[0];
      if (named === undefined || (named !== endpoint && target.endpoints.size > 1)) continue;
      edgeTo(target, endpoint).variables.set(name, [{ coordinate: "port" }]);
      variables.delete(name);
    }
    for (const text of texts)
      for (const each of this.find(text, consumer.namespace, false).filter(isOther)) edgeTo(each.target, each.endpoint);
    return [...edges.values()].map(({ edge, variables: made }) => ({ ...edge, variables: made }));
  }
}

function composed(text: string, found: readonly Found[]): Composed {
  const parts: (string | { readonly coordinate: CoordinateKey })[] = [];
  let at = 0;
  for (const { from, to, coordinate } of [...found].sort((a, b) => a.from - b.from)) {
    if (from > at) parts.push(text.slice(at, from));
    parts.push({ coordinate });
    at = to;
  }
  if (at < text.length) parts.push(text.slice(at));
  return parts;
}
