// A strict stand-in for Pulumi's engine on top of Pulumi's own mock runtime, which accepts anything.
import * as pulumi from "@pulumi/pulumi";
import {
  type ReadResourceRequest,
  ReadResourceResponse,
  type RegisterResourceOutputsRequest,
  type RegisterResourceRequest,
  RegisterResourceResponse,
} from "@pulumi/pulumi/proto/resource_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { Contract } from "../../lib/core/contract.ts";
import type { Runnable } from "../../lib/core/host.ts";
import { deploy } from "../../lib/deploy/deploy.ts";
import { type Computed, type Registered, Registry, type Stacks } from "./registry.ts";
import { decode, type Decoded, type Wire } from "./wire.ts";

export { type Computed, type Registered, type Stacks } from "./registry.ts";
export { UNKNOWN, secretWire } from "./wire.ts";

export interface UpSettings {
  /** @default "test" */
  readonly project?: string | undefined;
  /** Nothing gets an id, and what a provider computes is unknown. @default false */
  readonly preview?: boolean | undefined;
  /** What providers add to the resources that they create. @default - nothing */
  readonly computed?: Computed | undefined;
  /** What references to stacks find. @default - there is no other stack */
  readonly stacks?: Stacks | undefined;
}

/** One run of a program, from its first registration to its outputs. */
export interface Up {
  readonly project: string;
  readonly stack: string;
  /** Everything but the stack itself, in the order of registration. */
  readonly resources: readonly Registered[];
  /** What the program exports, with secrets in clear; `decoded` says which those are. */
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly decoded: Decoded;
  /** The same as it is sent, which is what references to this stack find. */
  readonly wire: Readonly<Record<string, Wire>>;
}

/**
 * What failed while `body` ran and nobody handled: Pulumi's launcher reports each error once, and fails.
 */
async function withRejections(body: () => Promise<void>): Promise<Error[]> {
  const errors = new Set<Error>();
  const note = (thrown: unknown): void => {
    errors.add(thrown instanceof Error ? thrown : new Error(String(thrown)));
  };
  const others = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", note);
  try {
    await body().catch(note);
    // Rejections are told of after the microtasks.
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.off("unhandledRejection", note);
    for (const other of others) process.on("unhandledRejection", other);
  }
  return [...errors];
}

/** A run that may have failed. */
export interface Attempt extends Up {
  /** What the program threw, or what failed later. */
  readonly error: Error | undefined;
  /** What the engine would have refused. */
  readonly refusals: readonly string[];
}

type Callback = (error: unknown, response: unknown) => void;

interface Monitor {
  registerResource(request: RegisterResourceRequest, callback: Callback): unknown;
  readResource(request: ReadResourceRequest, callback: Callback): unknown;
  registerResourceOutputs(request: RegisterResourceOutputsRequest, callback: Callback): unknown;
}

/**
 * Runs `program` as the body of a stack, and says what it registered and what an engine would have refused of that.
 *
 * The runtime is global to the process: one run at a time.
 */
export async function attempt(
  program: () => Readonly<Record<string, unknown>> | undefined,
  stack: string,
  { project = "test", preview = false, computed, stacks }: UpSettings = {},
): Promise<Attempt> {
  const { runtime } = pulumi;
  await runtime.setMocks(
    { newResource: () => ({ id: undefined, state: {} }), call: ({ inputs }) => inputs as Record<string, unknown> },
    project,
    stack,
    preview,
    "organization",
  );
  const registry = new Registry({ project, stack, preview, computed, stacks });
  answerFrom(registry, runtime.getMonitor());
  let error: Error | undefined;
  const late = await withRejections(async () => {
    await runtime.runInPulumiStack(async () => {
      try {
        return program();
      } catch (thrown) {
        error = thrown instanceof Error ? thrown : new Error(String(thrown));
        return undefined;
      }
    });
    await runtime.disconnect();
  });
  error ??= late[0];
  registry.close();
  const wire = registry.stackOutputs ?? {};
  const decoded = decode(wire);
  return {
    project,
    stack,
    resources: registry.resources,
    outputs: decoded.value as Record<string, unknown>,
    decoded,
    wire: wire as Record<string, Wire>,
    error,
    refusals: registry.refusals,
  };
}

export function answered<T>(answer: () => T): T | Error {
  try {
    return answer();
  } catch (thrown) {
    return thrown instanceof Error ? thrown : new Error(String(thrown));
  }
}

/** The mock monitor knows only the last type of a URN, and tells mocks of inputs without their markers: it is asked for nothing. */
function answerFrom(registry: Registry, monitor: Monitor | undefined): void {
  if (!monitor) throw new Error("Pulumi's mock runtime has no monitor");
  monitor.registerResource = (request, callback) => {
    const { urn, id, state } = registry.register(request);
    const response = new RegisterResourceResponse();
    response.setUrn(urn);
    response.setId(id);
    response.setObject(Struct.fromJavaScript(state));
    callback(null, response);
  };
  monitor.readResource = (request, callback) => {
    const read = answered(() => registry.read(request));
    if (read instanceof Error) {
      callback(read, undefined);
      return;
    }
    const { urn, state } = read;
    const response = new ReadResourceResponse();
    response.setUrn(urn);
    response.setProperties(Struct.fromJavaScript(state));
    callback(null, response);
  };
  monitor.registerResourceOutputs = (request, callback) => {
    registry.setOutputs(request.getUrn(), request.getOutputs()?.toJavaScript() ?? {});
    callback(null, {});
  };
}

/**
 * Runs `program` as the body of a stack.
 *
 * @throws what the program threw, or an error that lists everything that an engine would have refused
 */
export async function up(
  program: () => Readonly<Record<string, unknown>> | undefined,
  stack: string,
  settings?: UpSettings,
): Promise<Up> {
  const { error, refusals, ...done } = await attempt(program, stack, settings);
  if (error) throw error;
  if (refusals.length > 0) throw new Error(["the engine would refuse this program:", ...refusals].join("\n"));
  return done;
}

/** Deploys a platform or application, as the last line of its program does under the engine. */
export function upOf(program: Runnable, stack: string, settings?: UpSettings): Promise<Up & { contract: Contract }> {
  return up(() => ({ flagstone: deploy(program) }), stack, { project: program.name, ...settings }).then((done) => ({
    ...done,
    contract: done.outputs["flagstone"] as Contract,
  }));
}

/** The same for a program that is expected to fail. */
export function attemptOf(program: Runnable, stack: string, settings?: UpSettings): Promise<Attempt> {
  return attempt(() => ({ flagstone: deploy(program) }), stack, { project: program.name, ...settings });
}

/** Resources of one type, or of all Kubernetes kinds. */
export function objectsOf({ resources }: Pick<Up, "resources">): readonly Registered[] {
  return resources.filter(({ type }) => type.startsWith("kubernetes:"));
}

/** The one resource of a type and name. */
export function resourceOf({ resources }: Pick<Up, "resources">, type: string, name: string): Registered {
  const [found, ...others] = resources.filter((resource) => resource.type === type && resource.name === name);
  if (found && others.length === 0) return found;
  const all = resources.map((resource) => `  ${resource.type} ${resource.name}`).join("\n");
  throw new Error(`there ${found ? "are several" : "is no"} ${type} "${name}" among\n${all}`);
}
