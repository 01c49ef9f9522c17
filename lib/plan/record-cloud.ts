import { compare } from "../core/findings";
import { isPlainObject } from "../core/defaults";
import { loadPulumi } from "../core/pulumi";
import type { Draft } from "./draft";
import { SECRET } from "./mask";
import { COMPONENT_TYPE, type CloudProblem, Components, runCloud } from "./run-cloud";

/** A cloud resource as Pulumi was asked to register it. */
export interface RecordedResource {
  readonly type: string;
  readonly name: string;
  /** Path of the construct that it belongs to; undefined when it was made without the options that `cloud()` gives. */
  readonly construct: string | undefined;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly protect: boolean;
  /** `<type>::<name>` of resources that it depends on. */
  readonly dependsOn: readonly string[];
}

/** The part of a registration request that is read here. */
interface Request {
  getType(): string;
  getName(): string;
  getParent(): string;
  getProtect(): boolean;
  getDependenciesList(): string[];
  getObject(): { toJavaScript(): Record<string, unknown> } | undefined;
}

interface Monitor {
  registerResource(request: Request, callback: (error: unknown, response: { getUrn(): string }) => void): unknown;
}

// Markers of Pulumi's wire format: https://github.com/pulumi/pulumi/blob/master/sdk/nodejs/runtime/rpc.ts
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/**
 * Runs the functions of `cloud()` under Pulumi's mock runtime, as a preview, and records what they register.
 *
 * Nothing is created. Inputs keep their values, what only a provider knows is unknown, secrets are masked.
 */
export async function recordCloud(
  draft: Draft,
): Promise<{ readonly resources: RecordedResource[]; readonly problems: readonly CloudProblem[] }> {
  const { runtime } = loadPulumi();
  const { environment } = draft;
  await runtime.setMocks(
    {
      newResource: ({ inputs }) => ({ id: undefined, state: { ...(inputs as object) } }),
      call: ({ inputs }) => inputs as Record<string, unknown>,
    },
    environment.programName,
    environment.name,
    true,
  );
  const requests: { readonly request: Request; urn: string }[] = [];
  watch(runtime.getMonitor() as Monitor | undefined, (request, urn) => requests.push({ request, urn }));
  const { problems } = runCloud(draft.cloud, new Components(environment));
  await runtime.disconnect();

  const constructs = new Map<string, string>();
  for (const { request, urn } of requests)
    if (request.getType() === COMPONENT_TYPE) constructs.set(urn, request.getName());
  for (const { request, urn } of requests) {
    const construct = constructs.get(request.getParent());
    if (construct !== undefined) constructs.set(urn, construct);
  }
  const resources = requests
    .filter(({ request }) => request.getType() !== COMPONENT_TYPE && !request.getType().startsWith("pulumi:providers:"))
    .map(({ request }): RecordedResource => ({
      type: request.getType(),
      name: request.getName(),
      construct: constructs.get(request.getParent()),
      inputs: describeInput(request.getObject()?.toJavaScript() ?? {}) as Record<string, unknown>,
      protect: request.getProtect(),
      dependsOn: request.getDependenciesList().map(identityOf).sort(),
    }))
    .sort((a, b) => compare(a.type, b.type) || compare(a.name, b.name));
  return { resources, problems };
}

/** Sees requests as they are sent: mocks are told of inputs only, with secrets in clear. */
function watch(monitor: Monitor | undefined, seen: (request: Request, urn: string) => void): void {
  if (!monitor) return;
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) =>
    register(request, (error, response) => {
      if (!error) seen(request, response.getUrn());
      callback(error, response);
    });
}

function identityOf(urn: string): string {
  const [, , types = "", name = ""] = urn.split("::");
  return `${types.split("$").at(-1) ?? types}::${name}`;
}

/** A value on the wire as a Plan shows it, with keys in order. */
function describeInput(value: unknown): unknown {
  if (value === UNKNOWN) return "[unknown]";
  if (Array.isArray(value)) return value.map(describeInput);
  if (!isPlainObject(value)) return value;
  if (value[SIGNATURE] === SECRET_SIGNATURE) return SECRET;
  if (SIGNATURE in value) return "[asset]";
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => compare(a, b))
      .map(([key, item]) => [key, describeInput(item)]),
  );
}
