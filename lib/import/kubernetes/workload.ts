import { isMap, type Json, type JsonMap, mapOf, mapsOf, prunedMap, take, textOf, said } from "../json";
import type { EndpointModel, WorkloadKind, WorkloadModel } from "../model";
import { secondsCode } from "../quantities";
import { Call, type Code } from "../write/code";
import type { Addresses } from "./addresses";
import type { Variable } from "./configuration";
import { stripDefaults } from "./defaults";
import { entryCode, type Ways } from "./entry";
import { PURPOSES } from "./health";
import type { Inventory } from "./inventory";
import { type Selected, takeLabels } from "./labels";
import { labelsOf, podTemplateOf } from "./objects";
import type { Planned } from "./plan";
import { type NamedPort, portsCode, takePod, variablesCode } from "./pod";
import { containerPortsOf, isEndpointName, portNameFor, protocolOf } from "./ports";
import { budgetCode, takeAutoscaler, takeRollout } from "./scaling";
import type { Selectors } from "./scheduling";
import { endpointsOf, ownContainer, probesByPort } from "./services";
import type { TranslateOptions } from "./translate";

/** What the translation of one workload needs of the rest. */
export interface BuildNeeds {
  readonly inventory: Inventory;
  readonly planned: readonly Planned[];
  /** Texts that go to files of their own, by path in the folder of files. */
  readonly files: Map<string, string>;
  readonly ways: Ways;
  readonly options: TranslateOptions;
}

/** A workload before it is known what others select and connect to. */
export interface Built {
  readonly planned: Planned;
  readonly endpoints: ReadonlyMap<string, EndpointModel>;
  readonly props: Record<string, Code | undefined>;
  readonly variables: Map<string, Variable>;
  readonly texts: readonly string[];
  /** Last words by child, without labels. */
  readonly patch: Record<string, JsonMap>;
}

const CHILD = { WebService: "deployment", Worker: "deployment", Job: "job", ScheduledJob: "cronJob" } as const;

/** Translates a workload with all that belongs to it. */
export function buildWorkload(plan: Planned, needs: BuildNeeds): Built {
  const { kind, id, item, service } = plan;
  const object = structuredClone(item.object);
  stripDefaults(item.kind, object);
  const template = mapOf(podTemplateOf(object));
  const own = ownContainer(plan.item, service);
  const { endpoints, patch: servicePatch } = endpointsFor(plan, template, own);
  const ports =
    kind === "Worker"
      ? workerPorts(template, own)
      : [...endpoints].map(([name, { port, protocol }]) => ({ name, port, protocol }));
  const isPodOfJob = kind === "Job" || kind === "ScheduledJob";
  const pod = takePod(mapOf(template["spec"]), {
    id,
    kind,
    own,
    ports,
    configs: new Map(plan.configs.map((config) => [config.name, needs.inventory.textsOfConfig(config) ?? {}])),
    claims: plan.claims,
    selectors: selectorsOf(plan, needs),
    text: (container, path, text) => fileCode(needs.files, id, container, path, text),
    isPodOfJob,
  });
  const rest = mapOf(object["spec"]);
  const run = isPodOfJob ? takeRun(kind, rest) : {};
  const scaled = isPodOfJob ? undefined : scalingOf(plan, rest, needs, pod.props["volumes"]);
  const podAnnotations = take(template, "metadata", "annotations");
  if (isMap(podAnnotations)) take(podAnnotations, "kubectl.kubernetes.io/default-container");
  take(template, "metadata");
  putPatch(template, pod.patch);
  const account = accountPatches(plan, needs.inventory);
  const { entry, ...external } = entriesFor(plan, endpoints, needs);
  const renamed = [...pod.renamed];
  const patch: Record<string, JsonMap> = {
    [CHILD[kind]]: mergeDeep(objectPatch(object), podPatchFor(kind, renamedVolumes(renamed), account.pod)),
    service: servicePatch,
    entry: entry ?? {},
    autoscaler: scaled?.autoscaler ?? {},
    disruptionBudget: scaled?.budget ?? {},
    serviceAccount: account.object,
    claim: renamed.length > 0 ? { metadata: { name: renamed[0]?.[1] ?? "" } } : {},
  };
  for (const child of Object.keys(patch))
    if (Object.keys(patch[child] ?? {}).length === 0) Reflect.deleteProperty(patch, child);
  const { init, sidecars, volumes, scheduling, imagePullSecrets, gracePeriod, user, health, ...container } = pod.props;
  return {
    planned: plan,
    endpoints: external.endpoints,
    props: {
      ...container,
      ...run,
      ports: kind === "Worker" && ports.length > 0 ? portsCode(ports) : undefined,
      health: kind === "WebService" || kind === "Worker" ? quietHealth(health, [...endpoints.values()]) : health,
      ...scaled?.props,
      init,
      sidecars,
      volumes,
      scheduling,
      imagePullSecrets,
      podAnnotations: isMap(podAnnotations) && Object.keys(podAnnotations).length > 0 ? podAnnotations : undefined,
      gracePeriod,
      user,
    },
    variables: pod.variables,
    texts: pod.texts,
    patch,
  };
}

function endpointsFor(plan: Planned, template: JsonMap, own: string): ReturnType<typeof endpointsOf> {
  if (!plan.service) return { endpoints: new Map(), patch: {} };
  return endpointsOf(plan.service, template, own, new Set(plan.entries.map(({ port }) => port)));
}

/** Ports of a worker, which only its probes ask. */
function workerPorts(template: JsonMap, own: string): NamedPort[] {
  const containers = ["containers", "initContainers"].flatMap((key) => mapsOf(mapOf(template["spec"])[key]));
  const all = containerPortsOf(containers);
  const probed = probesByPort(
    containers.filter(({ name }) => name === own),
    all,
  );
  const mine = all.filter(({ container }) => container === own);
  const listed = [
    ...mine.map(({ port }) => port),
    ...[...probed.keys()].filter((port) => !mine.some((each) => each.port === port)),
  ];
  const names = new Set<string>();
  return listed.map((port) => {
    const said = mine.find((each) => each.port === port);
    const protocol = protocolOf({
      transport: said?.transport,
      appProtocol: undefined,
      names: [said?.name],
      port,
      probed: probed.get(port) ?? new Set(),
      isEntered: false,
    });
    const name = isEndpointName(said?.name) && !names.has(said.name) ? said.name : portNameFor(protocol, port, names);
    names.add(name);
    return { name, port, protocol };
  });
}

/** A check that nobody asked for must not need what the process may not have: gRPC's health protocol. */
function quietHealth(health: Code | undefined, endpoints: readonly EndpointModel[]): Code | undefined {
  const [first] = endpoints.filter(({ protocol }) => protocol !== "udp");
  if (first?.protocol !== "grpc") return health;
  if (health === undefined) return "tcp";
  if (!isMap(health) || !PURPOSES.some((purpose) => purpose in health)) return health;
  const startup = health["liveness"] === false ? { startup: "tcp" } : {};
  return { readiness: "tcp", liveness: "tcp", ...startup, ...(health as Record<string, Code>) };
}

function selectorsOf({ item }: Planned, { planned }: BuildNeeds): Selectors {
  const others = planned.map((other) => ({
    id: other.id,
    item: other.item,
    labels: labelsOf(mapOf(podTemplateOf(other.item.object))),
  }));
  const found = (labels: unknown): typeof others => {
    const wanted = Object.entries(mapOf(labels));
    if (wanted.length === 0) return [];
    return others.filter(
      (other) => other.item.namespace === item.namespace && wanted.every(([key, value]) => other.labels[key] === value),
    );
  };
  return {
    isOwn: (labels) => {
      const selected = found(labels);
      return selected.length === 1 && selected[0]?.item === item;
    },
    workloadOf: (labels) => {
      const selected = found(labels);
      return selected.length === 1 ? selected[0]?.id : undefined;
    },
  };
}

/** Text of one line stands in the program; more goes to a file. */
function fileCode(files: Map<string, string>, id: string, container: string, path: string, text: string): Code {
  if (text.length <= 80 && /^[^\n]*\n?$/.test(text)) return text;
  const folder = container === id || container === "" ? id : `${id}/${container}`;
  const base = path.slice(path.lastIndexOf("/") + 1);
  let file = `${folder}/${base}`;
  for (let i = 2; files.has(file) && files.get(file) !== text; i++) file = `${folder}/${i}-${base}`;
  files.set(file, text);
  return new Call("text", file);
}

/** Takes what runs to its end: how often, how long, when. */
function takeRun(kind: WorkloadKind, spec: JsonMap): Record<string, Code | undefined> {
  const job = kind === "Job" ? spec : mapOf(mapOf(spec["jobTemplate"])["spec"]);
  const retries = job["backoffLimit"];
  const run: Record<string, Code | undefined> = {
    retries: typeof retries === "number" && retries !== 3 ? retries : undefined,
    deadline: job["activeDeadlineSeconds"] === 3600 ? undefined : secondsCode(job["activeDeadlineSeconds"]),
  };
  for (const key of ["backoffLimit", "activeDeadlineSeconds", "selector"]) take(job, key);
  take(job, "template", "spec", "restartPolicy");
  if (kind === "Job") return run;
  const overlap = { Allow: "allow", Forbid: undefined, Replace: "replace" }[
    textOf(spec["concurrencyPolicy"]) ?? "Allow"
  ];
  const succeeded = spec["successfulJobsHistoryLimit"];
  const failed = spec["failedJobsHistoryLimit"];
  const history = {
    succeeded: typeof succeeded === "number" ? succeeded : undefined,
    failed: typeof failed === "number" ? failed : undefined,
  };
  const timeZone = textOf(spec["timeZone"]);
  const schedule = said(spec["schedule"]);
  const suspended = spec["suspend"] === true ? true : undefined;
  const startWithin = secondsCode(spec["startingDeadlineSeconds"]);
  for (const key of [
    "concurrencyPolicy",
    "successfulJobsHistoryLimit",
    "failedJobsHistoryLimit",
    "timeZone",
    "schedule",
    "suspend",
    "startingDeadlineSeconds",
  ])
    take(spec, key);
  take(spec, "jobTemplate", "metadata");
  return {
    schedule,
    timeZone: timeZone === "Etc/UTC" ? undefined : timeZone,
    overlap,
    startWithin,
    history: history.succeeded === undefined && history.failed === undefined ? undefined : history,
    suspended,
    ...run,
  };
}

interface Scaled {
  readonly props: Record<string, Code | undefined>;
  readonly autoscaler: JsonMap;
  readonly budget: JsonMap;
}

/** Takes the number of pods, how they are replaced, and how many may be missing. */
function scalingOf(plan: Planned, spec: JsonMap, { options }: BuildNeeds, volumes: Code | undefined): Scaled {
  const said = take(spec, "replicas");
  const fixed = typeof said === "number" ? said : 1;
  const scaler = plan.autoscaler && takeAutoscaler(structuredClone(plan.autoscaler.object));
  const fewest = scaler ? Number(scaler.replicas["min"]) : fixed;
  take(spec, "selector");
  const disks = Object.values(mapOf(volumes as Json)).filter(isMap);
  const mustRecreate = disks.some((disk) => disk["kind"] === "persistent" && disk["access"] === undefined);
  const budget = plan.budget && budgetPatch(plan.budget.object, fewest);
  return {
    props: {
      replicas: scaler ? scaler.replicas : fixed === options.defaultReplicas ? undefined : fixed,
      rollout: takeRollout(spec, mustRecreate),
      disruptionBudget: plan.hasKeptBudget ? false : budget?.code,
    },
    autoscaler: scaler?.patch ?? {},
    budget: budget?.patch ?? {},
  };
}

function budgetPatch(object: JsonMap, fewest: number): { readonly code: Code | undefined; readonly patch: JsonMap } {
  const spec = { ...mapOf(object["spec"]) };
  const code = budgetCode(spec, fewest);
  for (const key of ["selector", "minAvailable", "maxUnavailable"]) take(spec, key);
  if (spec["unhealthyPodEvictionPolicy"] === "AlwaysAllow") take(spec, "unhealthyPodEvictionPolicy");
  const isDefault = same(code, { maxUnavailable: 1 }) && fewest > 1;
  return { code: isDefault ? undefined : code, patch: prunedMap({ metadata: annotationsOnly(object), spec }) };
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function annotationsOnly(object: JsonMap): JsonMap {
  const { annotations } = mapOf(object["metadata"]);
  return annotations === undefined ? {} : { annotations };
}

/** What runs as an account that Flagstone does not make, or that has more than a name. */
function accountPatches(
  { item, account }: Planned,
  inventory: Inventory,
): { readonly object: JsonMap; readonly pod: JsonMap } {
  const spec = mapOf(mapOf(podTemplateOf(item.object))["spec"]);
  const name = textOf(spec["serviceAccountName"] ?? spec["serviceAccount"]);
  const isBound = name !== undefined && inventory.isBound(item.namespace, name);
  const wantsToken =
    spec["automountServiceAccountToken"] === true || (isBound && spec["automountServiceAccountToken"] === undefined);
  const pod: JsonMap = wantsToken ? { automountServiceAccountToken: true } : {};
  if (account) {
    // One of the name that Flagstone's has, but not the one that the pods run as.
    if (name !== undefined && name !== "default" && name !== account.name) pod["serviceAccountName"] = name;
    const {
      apiVersion: _,
      kind: __,
      metadata,
      automountServiceAccountToken: ___,
      ...rest
    } = structuredClone(account.object);
    const { name: ____, namespace: _____, labels: ______, ...more } = mapOf(metadata);
    return { object: prunedMap({ metadata: more, ...rest }), pod };
  }
  const isKept =
    name !== undefined &&
    name !== "default" &&
    inventory.find("core/ServiceAccount", item.namespace, name) !== undefined;
  // An account that nobody of the input makes is there already; what it may do is not known.
  const isThere = name !== undefined && name !== "default" && !isKept;
  return { object: {}, pod: isKept || isThere ? { serviceAccountName: name, ...pod } : pod };
}

/** Where an Ingress leads to endpoints, those are external. */
function entriesFor(
  plan: Planned,
  endpoints: Map<string, EndpointModel>,
  { options, ways }: BuildNeeds,
): { readonly endpoints: ReadonlyMap<string, EndpointModel>; readonly entry: JsonMap | undefined } {
  let patch: JsonMap | undefined;
  const named = mapsOf(mapOf(plan.service?.object["spec"])["ports"]);
  for (const entry of plan.entries) {
    const number =
      typeof entry.port === "number" ? entry.port : named.find(({ name }) => name === entry.port)?.["port"];
    const found = [...endpoints].find(([, each]) => each.servicePort === number);
    if (!found) continue;
    const [name, endpoint] = found;
    const suffix = name === "http" ? "" : `-${name}`;
    const made = entryCode(
      entry,
      { entry: `${plan.id}${suffix}`, defaultHost: `${plan.id}${suffix}.${options.tenant}.${options.domain}` },
      ways,
    );
    endpoints.set(name, { ...endpoint, entry: made.code });
    if (Object.keys(made.patch).length > 0) patch = mergeDeep(patch ?? {}, made.patch);
  }
  return { endpoints, entry: patch };
}

function renamedVolumes(renamed: readonly (readonly [string, string])[]): JsonMap {
  if (renamed.length === 0) return {};
  return { volumes: renamed.map(([name, claimName]) => ({ name, persistentVolumeClaim: { claimName } })) };
}

function podPatchFor(kind: Planned["kind"], ...specs: readonly JsonMap[]): JsonMap {
  const spec = Object.assign({}, ...specs) as JsonMap;
  if (Object.keys(spec).length === 0) return {};
  const template = { spec: { template: { spec } } };
  return kind === "ScheduledJob" ? { spec: { jobTemplate: template } } : template;
}

function putPatch(template: JsonMap, patch: JsonMap): void {
  // Said by Flagstone, or by patches of the account.
  for (const key of ["serviceAccountName", "serviceAccount"]) take(patch, key);
  if (patch["automountServiceAccountToken"] !== undefined) take(patch, "automountServiceAccountToken");
  if (patch["enableServiceLinks"] === false) take(patch, "enableServiceLinks");
  // Runs that fail are tried again by another pod, which is what their failure policy needs.
  take(patch, "restartPolicy");
  template["spec"] = patch;
}

/** What of an object no prop says. */
function objectPatch(object: JsonMap): JsonMap {
  for (const key of ["apiVersion", "kind"]) take(object, key);
  for (const key of ["name", "generateName", "namespace", "labels"]) take(object, "metadata", key);
  return prunedMap(object);
}

/** Merges maps; lists of the second win, but for lists of what has names. */
function mergeDeep(a: JsonMap, b: JsonMap): JsonMap {
  const result: JsonMap = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const before = result[key];
    if (isMap(before) && isMap(value)) result[key] = mergeDeep(before, value);
    else if (Array.isArray(before) && Array.isArray(value)) result[key] = [...before, ...value];
    else result[key] = value;
  }
  return result;
}

/** What is known when all workloads are. */
export interface FinishNeeds {
  /** Labels that something selects by. */
  readonly needed: Selected;
  readonly addresses: Addresses;
  readonly namespaces: readonly string[];
  /** Addresses that it calls, besides those in its variables. */
  readonly calls: readonly string[];
  readonly runAfter: readonly string[];
  readonly comments: readonly string[];
}

/** Adds labels and connections. */
export function finishWorkload(built: Built, needs: FinishNeeds): WorkloadModel {
  const { planned: plan, props, variables, endpoints } = built;
  const template = mapOf(podTemplateOf(plan.item.object));
  const { labels, own } = takeLabels(plan.item.object, template, needs.needed);
  const edges = needs.addresses.edgesOf({ id: plan.id, namespace: plan.item.namespace }, variables, [
    ...built.texts,
    ...needs.calls,
  ]);
  const [only, ...more] = endpoints.values();
  // The port of a sole endpoint is there anyway.
  const port = variables.get("PORT");
  if (only && more.length === 0 && port && "text" in port && port.text === said(only.port)) variables.delete("PORT");
  const child = CHILD[plan.kind];
  const transform =
    Object.keys(own).length > 0
      ? { ...built.patch, [child]: mergeDeep(built.patch[child] ?? {}, { metadata: { labels: own } }) }
      : built.patch;
  return {
    kind: plan.kind,
    id: plan.id,
    namespace: plan.item.namespace === needs.namespaces[0] ? undefined : plan.item.namespace,
    endpoints,
    props: {
      ...props,
      env: variables.size > 0 ? variablesCode(variables) : undefined,
      labels: Object.keys(labels).length > 0 ? labels : undefined,
    },
    edges,
    runAfter: needs.runAfter,
    transform,
    comments: needs.comments,
  };
}
