import { createRequire } from "node:module";
import { isPlainObject } from "../core/merge";
import { compare } from "../core/findings";
import { loadPulumi } from "../core/pulumi";
import { SECRET } from "./mask";
import { COMPONENT_TYPE } from "./run-cloud";

/** A resource as Pulumi was asked to register it. */
export interface RecordedResource {
  readonly type: string;
  readonly name: string;
  /** Path of the construct whose `cloud()` made it; undefined when the program made it by itself. */
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

/** Whether the program loaded Pulumi's SDK, so that it may make resources by itself. */
export function isPulumiLoaded(): boolean {
  const { resolve, cache } = createRequire(__filename);
  try {
    return resolve("@pulumi/pulumi") in cache;
  } catch {
    return false;
  }
}

/**
 * Pulumi's mock runtime, as a preview: whatever is registered is recorded, and nothing is created. Inputs keep their values, what only
 * a provider knows is unknown, secrets are masked.
 *
 * The mock runtime is one for the process: one recorder at a time.
 */
export class Recorder {
  private readonly requests: { readonly request: Request; readonly urn: string }[] = [];

  private constructor() {}

  /** Starts to record; `project` and `stack` are what the program is told. */
  public static start(project: string, stack: string): Recorder {
    const { runtime } = loadPulumi();
    const recorder = new Recorder();
    // Asynchronous by its signature only: the monitor is in place when it returns.
    void runtime.setMocks(
      {
        newResource: ({ inputs }) => ({ id: undefined, state: { ...(inputs as object) } }),
        call: ({ inputs }) => inputs as Record<string, unknown>,
      },
      project,
      stack,
      true,
    );
    recorder.watch(runtime.getMonitor() as Monitor | undefined);
    return recorder;
  }

  /** Waits for what is under way, and ends the recording. */
  public async finish(): Promise<RecordedResource[]> {
    await loadPulumi().runtime.disconnect();
    const constructs = new Map<string, string>();
    for (const { request, urn } of this.requests) {
      if (request.getType() === COMPONENT_TYPE) constructs.set(urn, request.getName());
    }
    for (const { request, urn } of this.requests) {
      const construct = constructs.get(request.getParent());
      if (construct !== undefined) constructs.set(urn, construct);
    }
    return this.requests
      .filter(({ request }) => request.getType() !== COMPONENT_TYPE && !request.getType().startsWith("pulumi:"))
      .map(({ request }) => describeRequest(request, constructs.get(request.getParent())))
      .sort((a, b) => compare(a.type, b.type) || compare(a.name, b.name));
  }

  /** Sees requests as they are sent: mocks are told of inputs only, with secrets in clear. */
  private watch(monitor: Monitor | undefined): void {
    if (!monitor) return;
    const register = monitor.registerResource.bind(monitor);
    monitor.registerResource = (request, callback) =>
      register(request, (error, response) => {
        if (!error) this.requests.push({ request, urn: response.getUrn() });
        callback(error, response);
      });
  }
}

function describeRequest(request: Request, construct: string | undefined): RecordedResource {
  return {
    type: request.getType(),
    name: request.getName(),
    construct,
    inputs: describeInput(request.getObject()?.toJavaScript() ?? {}) as Record<string, unknown>,
    protect: request.getProtect(),
    dependsOn: request
      .getDependenciesList()
      .map(identityOf)
      .filter((identity) => !identity.startsWith(`${COMPONENT_TYPE}::`))
      .sort(),
  };
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
