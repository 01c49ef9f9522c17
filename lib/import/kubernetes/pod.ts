import { isMap, type Json, type JsonMap, listOf, mapOf, mapsOf, prunedMap, take, said } from "../json";
import type { WorkloadKind } from "../model";
import { billionths, secondsCode } from "../quantities";
import type { Code, CodeRecord } from "../write/code";
import { takeCompute } from "./compute";
import { type FoldedConfigs, takePlain, takeSources, takeVariables, type Variable } from "./configuration";
import { stripPodDefaults } from "./defaults";
import { type Probed, takeHealth } from "./health";
import { sleepOf, takeLifecycle } from "./lifecycle";
import {
  type ContainerPort,
  containerPortsOf,
  isEndpointName,
  numberPorts,
  portNameFor,
  portNumber,
  protocolOf,
} from "./ports";
import { type Selectors, takeScheduling } from "./scheduling";
import { effectiveSecurity, podSecurityPatch, securityPatch, takeSecurity, userOf, withoutOwnSysctl } from "./security";
import { type Claim, renameVolumes, takeVolumes, type VolumeNeeds } from "./volumes";

/** A port of the workload's own container. */
export interface NamedPort {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
}

/** What a pod's translation needs to know of the rest. */
export interface PodNeeds {
  /** Name of the workload. */
  readonly id: string;
  readonly kind: WorkloadKind;
  /** Name of the container that becomes the workload's own. */
  readonly own: string;
  readonly ports: readonly NamedPort[];
  readonly configs: FoldedConfigs;
  readonly claims: ReadonlyMap<string, Claim>;
  readonly selectors: Selectors;
  readonly text: VolumeNeeds["text"];
  /** Whether all kinds of what is said of pods are to be said, as there is no cluster whose defaults would do. */
  readonly isPodOfJob: boolean;
}

/** A pod as props, and what they cannot say. */
export interface TakenPod {
  readonly props: Record<string, Code | undefined>;
  /** Variables of the workload's own container, some of which connections will give. */
  readonly variables: Map<string, Variable>;
  /** All texts that might hold addresses, besides those variables. */
  readonly texts: readonly string[];
  /** What is left, as a patch of the pod's spec. */
  readonly patch: JsonMap;
  /** Claims by volume that Flagstone would call otherwise. */
  readonly renamed: ReadonlyMap<string, string>;
}

/** Translates the spec of a pod; what it is given is taken apart. */
export function takePod(spec: JsonMap, needs: PodNeeds): TakenPod {
  stripPodDefaults(spec);
  const main = mapsOf(spec["containers"]);
  const init = mapsOf(spec["initContainers"]);
  const all = [...main, ...init];
  const ports = containerPortsOf(all);
  numberPorts(all, ports);
  renameVolumes(spec, all);
  const own = main.find(({ name }) => name === needs.own) ?? {};
  const isSidecar = (json: JsonMap): boolean => main.includes(json) || json["restartPolicy"] === "Always";
  const names = new Map(all.map((json) => [json, json === own ? needs.id : helperName(json, needs.id, all)]));
  const security = new Map(
    all.map((json) => [json, effectiveSecurity(spec["securityContext"], json["securityContext"])]),
  );
  const user = userOf(security.get(own) ?? {}) ?? 10_001;
  const podContext = withoutOwnSysctl(
    mapOf(spec["securityContext"]),
    ports.map(({ port }) => port),
  );
  takeSecurity(spec);
  const texts = textsIn(
    all.filter((json) => json !== own),
    own,
  );
  const seen = takeVolumes(
    spec,
    all.map((json) => ({ name: names.get(json) ?? "", json, isOwn: json === own })),
    { workload: needs.id, configs: needs.configs, claims: needs.claims, text: needs.text },
  );
  const disk = diskOfEmpty(seen.volumes);
  const taken = (json: JsonMap, probed: Probed) =>
    takeContainer(json, names.get(json) ?? "", needs, probed, disk, seen.seenBy.get(json));
  const slept = sleepOf(own);
  const mine = taken(own, probedBy(needs.ports, ports));
  const sidecars: Record<string, CodeRecord> = {};
  const helpers: Record<string, CodeRecord> = {};
  const before: string[] = [];
  for (const json of [...init, ...main.filter((each) => each !== own)]) {
    const name = names.get(json) ?? "";
    if (isSidecar(json)) {
      const own = sidecarPorts(json, ports, needs.ports);
      const { props, variables } = taken(json, probedBy(own, ports));
      // Sidecars start first where nothing else is said.
      const after = before.length > 0 && init.includes(json) ? { [before.at(-1) ?? ""]: "complete" } : undefined;
      sidecars[name] = {
        ...withVariables(props, variables),
        ports: own.length > 0 ? portsCode(own) : undefined,
        health: props["health"],
        after,
      };
      if (init.includes(json)) take(json, "restartPolicy");
    } else {
      const { props, variables } = taken(json, probedBy([], ports));
      helpers[name] = { ...withVariables(props, variables), inherit: false };
      before.push(name);
    }
  }
  const containerPatch = (json: JsonMap): JsonMap[] => {
    const rest = prunedMap(withoutNames(json));
    const context = securityPatch(security.get(json) ?? {}, user);
    const patch = { ...rest, ...(Object.keys(context).length > 0 ? { securityContext: context } : {}) };
    return Object.keys(patch).length > 0 ? [{ name: names.get(json) ?? "", ...patch }] : [];
  };
  const patches = {
    containers: containerPatch(own),
    initContainers: all.filter((json) => json !== own).flatMap(containerPatch),
  };
  take(spec, "containers");
  take(spec, "initContainers");
  const scheduling = takeScheduling(spec, needs.selectors);
  const props: Record<string, Code | undefined> = {
    ...mine.props,
    init: Object.keys(helpers).length > 0 ? helpers : undefined,
    sidecars: Object.keys(sidecars).length > 0 ? sidecars : undefined,
    volumes: Object.keys(seen.volumes).length > 0 ? seen.volumes : undefined,
    scheduling,
    imagePullSecrets: takePullSecrets(spec),
    gracePeriod: takeGrace(spec, slept),
    user: user === 10_001 ? undefined : user,
  };
  const podPatch = podSecurityPatch(podContext, user);
  const rest = prunedMap(spec);
  const patch: JsonMap = {
    ...rest,
    ...(Object.keys(podPatch).length > 0 ? { securityContext: podPatch } : {}),
    ...(patches.initContainers.length > 0 ? { initContainers: patches.initContainers } : {}),
    ...(patches.containers.length > 0 ? { containers: patches.containers } : {}),
  };
  return { props, variables: mine.variables, texts, patch, renamed: seen.renamed };
}

function withoutNames(json: JsonMap): JsonMap {
  const { name: _, ...rest } = json;
  return rest;
}

/** What empty volumes may hold of the node's disk. */
function diskOfEmpty(volumes: CodeRecord): bigint {
  return Object.values(volumes).reduce<bigint>((sum, volume) => {
    const { kind, medium, size } = mapOf(volume);
    return kind === "empty" && medium !== "memory" ? sum + (billionths(size ?? "1Gi") ?? 0n) : sum;
  }, 0n);
}

/** A sidecar's or init container's own name, where the workload does not have it. */
export function helperName(json: JsonMap, id: string, all: readonly JsonMap[]): string {
  const name = said(json["name"]);
  if (name !== id) return name;
  let other = `${name}-helper`;
  while (all.some((each) => each["name"] === other)) other += "-2";
  return other;
}

function probedBy(own: readonly NamedPort[], all: readonly ContainerPort[]): Probed {
  const asked = own.filter(({ protocol }) => protocol !== "udp");
  return {
    nameOf: (port) => {
      const number = portNumber(port as Json, all);
      return asked.find((each) => each.port === number)?.name;
    },
    preferred: (speaks) => {
      const wanted = { http: ["http", "websocket"], grpc: ["grpc"], tcp: [] as string[] }[speaks];
      return (asked.find(({ protocol }) => wanted.includes(protocol)) ?? asked[0])?.name;
    },
  };
}

interface TakenContainer {
  readonly props: Record<string, Code | undefined>;
  readonly variables: Map<string, Variable>;
}

function takeContainer(
  json: JsonMap,
  name: string,
  needs: PodNeeds,
  probed: Probed,
  disk: bigint,
  seen: { readonly files: CodeRecord; readonly mounts: CodeRecord } | undefined,
): TakenContainer {
  const image = said(take(json, "image") ?? "");
  if (json["imagePullPolicy"] !== "Never") take(json, "imagePullPolicy");
  const { sources, variables: folded } = takeSources(json, needs.configs);
  const own = takeVariables(json, needs.configs);
  const variables = new Map([...folded].filter(([name]) => !own.has(name)));
  for (const [name, variable] of own) variables.set(name, variable);
  const { command, args, workingDirectory } = takePlain(json, (text) => needs.text(name, "/script.sh", text));
  const files = seen && Object.keys(seen.files).length > 0 ? seen.files : undefined;
  const mounts = seen && Object.keys(seen.mounts).length > 0 ? seen.mounts : undefined;
  const props: Record<string, Code | undefined> = {
    image,
    allowMutableImage: isMutable(image) ? true : undefined,
    command,
    args,
    workingDirectory,
    env: undefined,
    envFrom: sources.length > 0 ? sources : undefined,
    files,
    mounts,
    lifecycle: takeLifecycle(json, probed, needs.kind === "WebService" && name === needs.id),
    ...takeCompute(json, name === needs.id ? disk : 0n),
    health: needs.isPodOfJob ? undefined : takeHealth(json, probed, name !== needs.id),
  };
  // Ports are told by endpoints; numbers alone do nothing.
  take(json, "ports");
  return { props, variables };
}

function withVariables(
  props: Record<string, Code | undefined>,
  variables: Map<string, Variable>,
): Record<string, Code | undefined> {
  return { ...props, env: variables.size > 0 ? variablesCode(variables) : undefined };
}

export function variablesCode(variables: ReadonlyMap<string, Variable>): CodeRecord {
  return Object.fromEntries([...variables].map(([name, value]) => [name, "text" in value ? value.text : value.code]));
}

/** Whether what an image is depends on when it was pulled. */
export function isMutable(image: string): boolean {
  if (image.includes("@")) return false;
  const tag = /:([^:/]+)$/.exec(image)?.[1];
  return tag === undefined || tag === "latest";
}

/** Ports of a sidecar that probes ask, without those that endpoints name. */
function sidecarPorts(json: JsonMap, all: readonly ContainerPort[], taken: readonly NamedPort[]): NamedPort[] {
  const names = new Set(taken.map(({ name }) => name));
  const probes = ["readinessProbe", "livenessProbe", "startupProbe"].flatMap((key) =>
    isMap(json[key]) ? [json[key]] : [],
  );
  const asked = probes.flatMap((probe) =>
    (["httpGet", "tcpSocket", "grpc"] as const).flatMap((action) => {
      const port = portNumber(mapOf(probe[action])["port"], all);
      return port === undefined
        ? []
        : [{ port, speaks: action === "httpGet" ? "http" : action === "grpc" ? "grpc" : "tcp" }];
    }),
  );
  const own = all.filter(({ container, transport }) => container === json["name"] && transport === "TCP");
  const numbers = [...new Set([...own.map(({ port }) => port), ...asked.map(({ port }) => port)])];
  return numbers
    .filter((port) => !taken.some((each) => each.port === port))
    .map((port) => {
      const said = own.find((each) => each.port === port)?.name;
      const probed = new Set(asked.filter((each) => each.port === port).map(({ speaks }) => speaks));
      const protocol = protocolOf({
        transport: "TCP",
        appProtocol: undefined,
        names: [said],
        port,
        probed,
        isEntered: false,
      });
      const name = isEndpointName(said) && !names.has(said) ? said : portNameFor(protocol, port, names);
      names.add(name);
      return { name, port, protocol };
    });
}

export function portsCode(ports: readonly NamedPort[]): CodeRecord {
  return Object.fromEntries(
    ports.map(({ name, port, protocol }) => [name, { port, protocol: protocol === "http" ? undefined : protocol }]),
  );
}

/**
 * The time that the process has after SIGTERM. Flagstone adds that of a sleep before; where the input has a sleep of its own, it is part of
 * what was said.
 */
function takeGrace(spec: JsonMap, slept: number): Code | undefined {
  const given = spec["terminationGracePeriodSeconds"] ?? 30;
  if (typeof given !== "number") return undefined;
  if (given - slept < 1) return undefined;
  take(spec, "terminationGracePeriodSeconds");
  return given - slept === 30 ? undefined : secondsCode(given - slept);
}

/** Texts of containers that might hold addresses. */
function textsIn(helpers: readonly JsonMap[], own: JsonMap): string[] {
  const words = [...helpers, own].flatMap((json) =>
    [json["command"], json["args"]].flatMap((list) => (Array.isArray(list) ? list : [])),
  );
  const values = helpers.flatMap((json) => mapsOf(json["env"]).map(({ value }) => value));
  return [...words, ...values].filter((text): text is string => typeof text === "string");
}

/** Names of the Secrets that images are pulled with. */
function takePullSecrets(spec: JsonMap): Code | undefined {
  const names = mapsOf(spec["imagePullSecrets"]).flatMap(({ name }) => (typeof name === "string" ? [name] : []));
  if (names.length === 0 || names.length !== listOf(spec["imagePullSecrets"]).length) return undefined;
  take(spec, "imagePullSecrets");
  return names;
}
