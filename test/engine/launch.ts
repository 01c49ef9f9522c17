// The stand-in behind the wire: programs run in a process of their own, started by Pulumi's launcher for Node.js as `pulumi up` does.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import {
  GetRootResourceResponse,
  type LogRequest,
  LogSeverity,
  SetRootResourceResponse,
} from "@pulumi/pulumi/proto/engine_pb";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import {
  DeploymentInfo,
  type ReadResourceRequest,
  ReadResourceResponse,
  type RegisterResourceOutputsRequest,
  type RegisterResourceRequest,
  RegisterResourceResponse,
  ResourceMonitorFeature,
} from "@pulumi/pulumi/proto/resource_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { answered } from "./engine.ts";
import { type Computed, type Registered, Registry, type Stacks } from "./registry.ts";
import { decode } from "./wire.ts";

export interface LaunchSettings {
  readonly project: string;
  readonly stack: string;
  /** Folder of the program. */
  readonly directory: string;
  /** The program's file in that folder. */
  readonly main: string;
  readonly preview?: boolean | undefined;
  readonly computed?: Computed | undefined;
  /** What references to stacks find. @default - there is no other stack */
  readonly stacks?: Stacks | undefined;
}

/** What became of a program. */
export interface Launched {
  readonly exitCode: number | null;
  /** What the engine was told, and what the process wrote. */
  readonly log: string;
  readonly resources: readonly Registered[];
  readonly refusals: readonly string[];
  readonly outputs: unknown;
}

const LAUNCHER = join(dirname(createRequire(import.meta.url).resolve("@pulumi/pulumi/package.json")), "cmd", "run");

/** Runs a program to its end. */
export async function launch(settings: LaunchSettings): Promise<Launched> {
  const { project, stack, preview = false, computed, stacks } = settings;
  const registry = new Registry({ project, stack, preview, computed, stacks });
  const logged: string[] = [];
  const server = new Server();
  server.addService(ResourceMonitorService, monitorOf(registry));
  server.addService(EngineService, engineOf(logged));
  const address = await new Promise<string>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
      if (error) reject(error);
      else resolve(`127.0.0.1:${port}`);
    });
  });
  try {
    const exitCode = await run(settings, address, logged);
    registry.close();
    return {
      exitCode,
      log: logged.join("\n"),
      resources: registry.resources,
      refusals: registry.refusals,
      outputs: decode(registry.stackOutputs ?? {}).value,
    };
  } finally {
    server.forceShutdown();
  }
}

function run(
  { project, stack, directory, main, preview = false }: LaunchSettings,
  address: string,
  logged: string[],
): Promise<number | null> {
  const flags = { project, stack, monitor: address, engine: address, pwd: directory, parallel: "16" };
  const { NODE_OPTIONS: _, VITEST: __, ...environment } = process.env;
  const child = spawn(
    process.execPath,
    [
      LAUNCHER,
      ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
      ...(preview ? ["--dry-run"] : []),
      join(directory, main),
    ],
    // As `typescript: false` in Pulumi.yaml has it: Node runs the program as it is.
    { cwd: directory, env: { ...environment, PULUMI_NODEJS_TYPESCRIPT: "false", PULUMI_CONFIG: "{}" } },
  );
  child.stdout.on("data", (text: Buffer) => logged.push(text.toString()));
  child.stderr.on("data", (text: Buffer) => logged.push(text.toString()));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
}

type Answer<T> = (error: Error | null, response: T) => void;
interface Call<T> {
  readonly request: T;
}

function monitorOf(registry: Registry) {
  return {
    getDeploymentInfo: (_: unknown, answer: Answer<DeploymentInfo>) => {
      const info = new DeploymentInfo();
      info.setSupportedfeaturesList([
        ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_SECRETS,
        ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
        ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
      ]);
      answer(null, info);
    },
    registerResource: ({ request }: Call<RegisterResourceRequest>, answer: Answer<RegisterResourceResponse>) => {
      const { urn, id, state } = registry.register(request);
      const response = new RegisterResourceResponse();
      response.setUrn(urn);
      response.setId(id);
      response.setObject(Struct.fromJavaScript(state));
      answer(null, response);
    },
    readResource: ({ request }: Call<ReadResourceRequest>, answer: Answer<ReadResourceResponse>) => {
      const read = answered(() => registry.read(request));
      const response = new ReadResourceResponse();
      if (read instanceof Error) {
        answer(read, response);
        return;
      }
      response.setUrn(read.urn);
      response.setProperties(Struct.fromJavaScript(read.state));
      answer(null, response);
    },
    registerResourceOutputs: ({ request }: Call<RegisterResourceOutputsRequest>, answer: Answer<Empty>) => {
      registry.setOutputs(request.getUrn(), request.getOutputs()?.toJavaScript() ?? {});
      answer(null, new Empty());
    },
    signalAndWaitForShutdown: (_: unknown, answer: Answer<Empty>) => answer(null, new Empty()),
  };
}

function engineOf(logged: string[]) {
  return {
    log: ({ request }: Call<LogRequest>, answer: Answer<Empty>) => {
      if (request.getSeverity() !== LogSeverity.DEBUG) logged.push(request.getMessage());
      answer(null, new Empty());
    },
    getRootResource: (_: unknown, answer: Answer<GetRootResourceResponse>) =>
      answer(null, new GetRootResourceResponse()),
    setRootResource: (_: unknown, answer: Answer<SetRootResourceResponse>) =>
      answer(null, new SetRootResourceResponse()),
  };
}
