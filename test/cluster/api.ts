// A small typed client of the Kubernetes API: enough for tests, and nothing that would hide what the server says.
import { Agent, request as httpsRequest } from "node:https";

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly generation?: number;
    readonly resourceVersion?: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec?: unknown;
  readonly status?: unknown;
}

export interface KubernetesList<T = KubernetesObject> {
  readonly items: readonly T[];
}

export interface ApiResponse<T> {
  readonly status: number;
  readonly body: T;
  /** The texts of the Warning headers: deprecations, admission's warnings. */
  readonly warnings: readonly string[];
}

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Where and as whom to ask. */
export interface Connection {
  readonly url: string;
  readonly token: string;
  readonly certificateAuthority: string;
}

export type Request = <T = KubernetesObject>(
  method: Method,
  path: string,
  body?: string | object,
  contentType?: string,
) => Promise<ApiResponse<T>>;

/** A response with a failure status, as an error: carries the server's own message. */
export class ApiError extends Error {
  public readonly status: number;
  public readonly serverMessage: string;

  public constructor(status: number, serverMessage: string, what: string) {
    super(`${what}: ${status}: ${serverMessage}`);
    this.name = "ApiError";
    this.status = status;
    this.serverMessage = serverMessage;
  }
}

/** Somebody whom an administrator asks for; the server judges every request as theirs. */
export interface Identity {
  readonly user: string;
  /** Besides those that the server adds itself, as `system:authenticated`. */
  readonly groups?: readonly string[];
}

/** Any failure to reach the server; a failure status is a response like any other. */
export function createRequest(connection: Connection, explain: () => string | undefined): (as?: Identity) => Request {
  const agent = new Agent({ keepAlive: true, maxSockets: 16, ca: connection.certificateAuthority });
  return (as) => requestAs(connection, agent, explain, as);
}

function requestAs(
  connection: Connection,
  agent: Agent,
  explain: () => string | undefined,
  as: Identity | undefined,
): Request {
  return <T>(method: Method, path: string, body?: string | object, contentType = "application/json") => {
    const text = typeof body === "object" ? JSON.stringify(body) : body;
    return new Promise<ApiResponse<T>>((resolve, reject) => {
      const failed = (error: Error) => {
        const reason = explain();
        reject(new Error(`${method} ${path}: ${error.message}${reason === undefined ? "" : `\n${reason}`}`));
      };
      const outgoing = httpsRequest(
        `${connection.url}${path}`,
        {
          method,
          agent,
          headers: {
            authorization: `Bearer ${connection.token}`,
            ...(as === undefined ? {} : { "impersonate-user": as.user, "impersonate-group": [...(as.groups ?? [])] }),
            accept: path === "/api" || path === "/apis" ? aggregatedDiscovery : "application/json",
            ...(text === undefined ? {} : { "content-type": contentType, "content-length": Buffer.byteLength(text) }),
          },
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
          incoming.on("error", failed);
          incoming.on("end", () => {
            const received = Buffer.concat(chunks).toString("utf8");
            resolve({
              status: incoming.statusCode ?? 0,
              body: parseBody(received) as T,
              warnings: warningTexts(incoming.rawHeaders),
            });
          });
        },
      );
      outgoing.on("error", failed);
      outgoing.end(text);
    });
  };
}

/** The body of a successful response; throws an `ApiError` with the server's message for any other. */
export function bodyOf<T>(response: ApiResponse<T>, what: string): T {
  if (response.status >= 200 && response.status < 300) return response.body;
  throw new ApiError(response.status, messageOf(response.body), what);
}

function messageOf(body: unknown): string {
  if (typeof body === "object" && body !== null && "message" in body) return String(body.message);
  return typeof body === "string" ? body : JSON.stringify(body);
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text; // health endpoints answer in plain text
  }
}

/** `299 - "text"` per header; Node joins repeated headers, so the raw list is read. */
export function warningTexts(rawHeaders: readonly string[]): string[] {
  return rawHeaders.flatMap((value, index) => {
    if (index % 2 === 0 || rawHeaders[index - 1]?.toLowerCase() !== "warning") return [];
    const quoted = /^\d{3} \S+ "((?:[^"\\]|\\.)*)"/.exec(value)?.[1];
    return [quoted === undefined ? value : quoted.replace(/\\(.)/g, "$1")];
  });
}

const aggregatedDiscovery = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/** A kind that the server serves. */
export interface ServedKind {
  /** `v1`, `apps/v1` */
  readonly apiVersion: string;
  readonly group: string;
  readonly kind: string;
  /** The plural in the path: `deployments`. */
  readonly resource: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

interface DiscoveryList {
  readonly items: readonly {
    readonly metadata: { readonly name?: string };
    readonly versions: readonly {
      readonly version: string;
      readonly resources?: readonly {
        readonly resource: string;
        readonly responseKind: { readonly kind: string };
        readonly scope: "Namespaced" | "Cluster";
        readonly verbs: readonly string[];
      }[];
    }[];
  }[];
}

/** Every kind that the server serves, the preferred version of a group first. */
export async function discover(request: Request): Promise<ServedKind[]> {
  const lists = await Promise.all(["/api", "/apis"].map((path) => request<DiscoveryList>("GET", path)));
  return lists
    .flatMap((response) => bodyOf(response, "discovery").items)
    .flatMap(({ metadata: { name: group = "" }, versions }) =>
      versions.flatMap(({ version, resources = [] }) =>
        resources.map(({ resource, responseKind, scope, verbs }) => ({
          apiVersion: group === "" ? version : `${group}/${version}`,
          group,
          kind: responseKind.kind,
          resource,
          namespaced: scope === "Namespaced",
          verbs,
        })),
      ),
    );
}

/** The path of a kind's collection (without a name) or of one object. */
export function pathOf(kind: ServedKind, namespace?: string, name?: string): string {
  const root = kind.group === "" ? `/api/${kind.apiVersion}` : `/apis/${kind.apiVersion}`;
  const scope = kind.namespaced && namespace !== undefined ? `/namespaces/${namespace}` : "";
  return `${root}${scope}/${kind.resource}${name === undefined ? "" : `/${encodeURIComponent(name)}`}`;
}
