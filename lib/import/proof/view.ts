import { isMap, type Json, type JsonMap, listOf, mapOf, mapsOf, pruned, same, textOf, said } from "../json";
import { certificatesOf, routesOf } from "../kubernetes/entry";
import { stripDefaults, stripPodDefaults } from "../kubernetes/defaults";
import { kindOf, podTemplateOf } from "../kubernetes/objects";
import { containerPortsOf, portNumber } from "../kubernetes/ports";
import { effectiveSecurity, podOnlySecurity } from "../kubernetes/security";
import { isMutable } from "../kubernetes/pod";
import { canonical } from "../quantities";

/** What a view needs to know of other objects. */
export interface ViewContext {
  /** Name of the container that is the workload's own. */
  readonly own: string;
  /** Data of ConfigMaps whose contents are compared where they are used. */
  readonly configs: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** Names of claims that are compared by what they ask for. */
  readonly claims: ReadonlySet<string>;
  /** Names of containers that have other names now. */
  readonly renamed?: ReadonlyMap<string, string>;
}

/**
 * An object in the form in which it is compared: without what the API server fills in, lists of named things by name, quantities in one
 * form, and pods as their containers see things: variables, files and mounts instead of the volumes and ConfigMaps behind them.
 */
export function viewOf(given: JsonMap, context: ViewContext): JsonMap {
  const object = structuredClone(given);
  const kind = kindOf(object);
  stripDefaults(kind, object);
  const template = podTemplateOf(object);
  if (template && kind !== "core/Pod") {
    const { labels, annotations } = mapOf(template["metadata"]);
    object["pod"] = {
      labels: labels ?? {},
      annotations: annotations ?? {},
      ...podView(mapOf(template["spec"]), context),
    };
    Reflect.deleteProperty(
      kind === "batch/CronJob" ? mapOf(mapOf(mapOf(object["spec"])["jobTemplate"])["spec"]) : mapOf(object["spec"]),
      "template",
    );
  }
  switch (kind) {
    case "core/Service":
      object["spec"] = serviceView(mapOf(object["spec"]));
      break;
    case "networking.k8s.io/Ingress":
      object["spec"] = ingressView(object);
      break;
    case "autoscaling/HorizontalPodAutoscaler":
      object["spec"] = autoscalerView(mapOf(object["spec"]), context.own);
      break;
    case "core/PersistentVolumeClaim":
      object["spec"] = claimView(mapOf(object["spec"]));
      break;
    case "batch/CronJob": {
      const job = mapOf(mapOf(object["spec"])["jobTemplate"]);
      object["job"] = job["spec"] ?? {};
      Reflect.deleteProperty(mapOf(object["spec"]), "jobTemplate");
      break;
    }
    case "batch/Job": {
      object["job"] = object["spec"] ?? {};
      Reflect.deleteProperty(object, "spec");
      break;
    }
    case "apps/Deployment":
      if (isMap(object["spec"])) object["spec"]["replicas"] ??= 1;
      break;
  }
  Reflect.deleteProperty(object, "apiVersion");
  Reflect.deleteProperty(object, "kind");
  return mapOf(pruned(object));
}

function serviceView(spec: JsonMap): JsonMap {
  const { ports, ...rest } = spec;
  const entries = mapsOf(ports).map(({ name, port, targetPort, protocol, appProtocol, ...more }): [string, Json] => [
    `${port as number}/${textOf(protocol) ?? "TCP"}`,
    {
      name: name ?? "",
      target: targetPort ?? port ?? null,
      ...(appProtocol === undefined ? {} : { appProtocol }),
      ...more,
    },
  ]);
  return { ...rest, ports: Object.fromEntries(entries) };
}

/** Ports of Services lead to numbers: names of ports are a matter within a pod. */
export function resolveTargets(service: JsonMap, template: JsonMap | undefined): void {
  const spec = mapOf(mapOf(template)["spec"]);
  const ports = containerPortsOf(["containers", "initContainers"].flatMap((key) => mapsOf(spec[key])));
  for (const port of Object.values(mapOf(mapOf(service["spec"])["ports"]))) {
    if (isMap(port)) port["target"] = portNumber(port["target"] ?? null, ports) ?? port["target"] ?? null;
  }
}

function ingressView(object: JsonMap): JsonMap {
  const spec = mapOf(object["spec"]);
  const routes = routesOf(object) ?? [];
  const { rules: _, tls: __, ...rest } = spec;
  const byPlace = routes.map(({ host, path, pathType, service, port }): [string, Json] => [
    `${host}${path}`,
    { pathType: pathType === "ImplementationSpecific" ? "Prefix" : pathType, service, port },
  ]);
  return { ...rest, routes: Object.fromEntries(byPlace), certificates: Object.fromEntries(certificatesOf(object)) };
}

function autoscalerView(spec: JsonMap, own: string): JsonMap {
  const { metrics, targetCPUUtilizationPercentage: cpu, minReplicas, ...rest } = spec;
  const old: JsonMap[] =
    typeof cpu === "number"
      ? [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: cpu } } }]
      : [];
  const all = [...mapsOf(metrics), ...old];
  const known: JsonMap[] =
    all.length > 0
      ? all
      : [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } }];
  const byName = known.map((given): [string, Json] => {
    const metric = ofOwnContainer(given, own);
    const type = said(metric["type"]);
    const inner = mapOf(metric[`${type.charAt(0).toLowerCase()}${type.slice(1)}`]);
    const name = inner["name"] ?? mapOf(inner["metric"])["name"];
    return [`${type} ${said(name)}`, canonicalIn(metric, ["averageValue", "value"])];
  });
  return { ...rest, minReplicas: minReplicas ?? 1, metrics: Object.fromEntries(byName) };
}

/** The use of the workload's own container as that of the pod, but for the container. */
function ofOwnContainer(metric: JsonMap, own: string): JsonMap {
  const { container, ...resource } = mapOf(metric["containerResource"]);
  return metric["type"] === "ContainerResource" && container === own
    ? { type: "Resource", resource, container: OWN }
    : metric;
}

function canonicalIn(value: Json, keys: readonly string[]): Json {
  if (Array.isArray(value)) return value.map((item) => canonicalIn(item, keys));
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      keys.includes(key) && typeof item !== "object" ? canonical(item) : canonicalIn(item, keys),
    ]),
  );
}

function claimView(spec: JsonMap): JsonMap {
  const storage = mapOf(mapOf(spec["resources"])["requests"])["storage"];
  return {
    accessModes: ["ReadWriteOnce"],
    ...spec,
    resources: storage === undefined ? (spec["resources"] ?? {}) : { requests: { storage: canonical(storage) } },
  };
}

function podView(spec: JsonMap, context: ViewContext): JsonMap {
  stripPodDefaults(spec);
  const { containers, initContainers, volumes, securityContext, tolerations, topologySpreadConstraints, ...rest } =
    spec;
  const running = mapsOf(containers);
  const init = mapsOf(initContainers);
  const all = [...running, ...init];
  const ports = containerPortsOf(all);
  const view = { ports, volumes: mapsOf(volumes), context, all, security: securityContext };
  const nameOf = (json: JsonMap): string => {
    const name = said(json["name"]);
    return name === context.own && running.includes(json) ? OWN : (context.renamed?.get(name) ?? name);
  };
  const sidecars = [
    ...init.filter(({ restartPolicy }) => restartPolicy === "Always"),
    ...running.filter(({ name }) => name !== context.own),
  ];
  const byName = (list: readonly JsonMap[]): JsonMap =>
    Object.fromEntries(list.map((json) => [nameOf(json), containerView(json, view)]));
  const own = running.find(({ name }) => name === context.own) ?? {};
  const steps = init.filter((json) => !sidecars.includes(json));
  return {
    ...rest,
    terminationGracePeriodSeconds: rest["terminationGracePeriodSeconds"] ?? 30,
    securityContext: podOnlySecurity(securityContext),
    own: containerView(own, view),
    sidecars: byName(sidecars),
    init: byName(steps),
    initOrder: steps.map(nameOf),
    ...(tolerations === undefined ? {} : { tolerations: sorted(mapsOf(tolerations).map(tolerationView)) }),
    ...(topologySpreadConstraints === undefined
      ? {}
      : { topologySpreadConstraints: spreadView(mapsOf(topologySpreadConstraints)) }),
  };
}

/** What the workload's own container is called here. */
export const OWN = "own";

function tolerationView({ operator, ...rest }: JsonMap): JsonMap {
  return { ...rest, operator: operator ?? "Equal" };
}

function spreadView(constraints: readonly JsonMap[]): JsonMap {
  return Object.fromEntries(constraints.map((constraint) => [said(constraint["topologyKey"]), constraint]));
}

function sorted(list: readonly Json[]): Json[] {
  return [...list].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

interface PodParts {
  readonly ports: ReturnType<typeof containerPortsOf>;
  readonly volumes: readonly JsonMap[];
  readonly context: ViewContext;
  readonly all: readonly JsonMap[];
  readonly security: Json | undefined;
}

function containerView(json: JsonMap, pod: PodParts): JsonMap {
  const {
    name: _,
    env,
    envFrom,
    volumeMounts,
    ports,
    resources,
    securityContext,
    restartPolicy: __,
    imagePullPolicy,
    ...rest
  } = json;
  const probes = Object.fromEntries(
    ["readinessProbe", "livenessProbe", "startupProbe"].flatMap((key) =>
      isMap(rest[key]) ? [[key, probeView(rest[key], pod)]] : [],
    ),
  );
  const image = said(json["image"] ?? "");
  return {
    ...rest,
    ...probes,
    ...lifecycleView(rest["lifecycle"], pod),
    imagePullPolicy: imagePullPolicy ?? (isMutable(image) ? "Always" : "IfNotPresent"),
    securityContext: securityView(effectiveSecurity(pod.security, securityContext)),
    resources: resourcesView(mapOf(resources)),
    env: variablesView(mapsOf(env), mapsOf(envFrom), pod.context),
    envFrom: mapsOf(envFrom)
      .filter(({ configMapRef }) => !pod.context.configs.has(said(mapOf(configMapRef)["name"])))
      .map((source) => withoutFalse(source)),
    ports: Object.fromEntries(
      mapsOf(ports).map((port): [string, Json] => [
        `${port["containerPort"] as number}/${textOf(port["protocol"]) ?? "TCP"}`,
        { name: port["name"] ?? "", ...(port["hostPort"] === undefined ? {} : { hostPort: port["hostPort"] }) },
      ]),
    ),
    ...mountsView(mapsOf(volumeMounts), pod),
  };
}

function withoutFalse(value: Json): Json {
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, item]) => !(item === false || (key === "prefix" && item === "")))
      .map(([key, item]) => [key, withoutFalse(item)]),
  );
}

function probeView(probe: JsonMap, { ports }: PodParts): JsonMap {
  const copy = structuredClone(probe);
  for (const action of ["httpGet", "tcpSocket", "grpc"]) {
    const inner = copy[action];
    if (isMap(inner)) inner["port"] = portNumber(inner["port"] ?? null, ports) ?? inner["port"] ?? null;
  }
  const get = copy["httpGet"];
  if (isMap(get)) {
    get["path"] ??= "/";
    if (Array.isArray(get["httpHeaders"])) get["httpHeaders"] = sorted(get["httpHeaders"]);
  }
  return copy;
}

function lifecycleView(lifecycle: Json | undefined, pod: PodParts): JsonMap {
  if (!isMap(lifecycle)) return {};
  return {
    lifecycle: Object.fromEntries(
      Object.entries(lifecycle).map(([key, hook]) => {
        const view = isMap(hook) ? probeView(hook, pod) : hook;
        if (isMap(view) && isMap(view["httpGet"]) && view["httpGet"]["scheme"] === "HTTP")
          Reflect.deleteProperty(view["httpGet"], "scheme");
        return [key, view];
      }),
    ),
  };
}

function securityView(security: JsonMap): JsonMap {
  const { capabilities, ...rest } = security;
  if (!isMap(capabilities)) return rest;
  return {
    ...rest,
    capabilities: Object.fromEntries(Object.entries(capabilities).map(([key, list]) => [key, sorted(listOf(list))])),
  };
}

function resourcesView(resources: JsonMap): JsonMap {
  const amounts = (kind: string): JsonMap =>
    Object.fromEntries(Object.entries(mapOf(resources[kind])).map(([name, quantity]) => [name, canonical(quantity)]));
  const limits = amounts("limits");
  // What is limited is requested, where nothing else is said.
  return { ...resources, requests: { ...limits, ...amounts("requests") }, limits };
}

/** Variables by name; `$$` is the kubelet's way to write `$`. */
function variablesView(env: readonly JsonMap[], envFrom: readonly JsonMap[], { configs }: ViewContext): JsonMap {
  const result: JsonMap = {};
  for (const { configMapRef, prefix } of envFrom) {
    const data = configs.get(said(mapOf(configMapRef)["name"]));
    for (const [key, text] of Object.entries(data ?? {})) result[`${textOf(prefix) ?? ""}${key}`] = text;
  }
  for (const { name, value, valueFrom } of env) {
    const ref = mapOf(mapOf(valueFrom)["configMapKeyRef"]);
    const text = configs.get(said(ref["name"]))?.[said(ref["key"])];
    const plain = isMap(valueFrom) ? undefined : value === null || value === undefined ? "" : said(value);
    result[said(name)] =
      text ?? (plain === undefined ? { valueFrom: withoutFalse(valueFrom ?? null) } : plain.replaceAll("$$", "$"));
  }
  return result;
}

/** What a container sees where: files with text that is known, and what else is mounted. */
function mountsView(mounts: readonly JsonMap[], pod: PodParts): JsonMap {
  const files: JsonMap = {};
  const others: JsonMap = {};
  for (const mount of mounts) {
    const volume = pod.volumes.find(({ name }) => name === mount["name"]);
    const path = said(mount["mountPath"]).replace(/(?<=.)\/+$/, "");
    const { name: _, mountPath: __, subPath, readOnly, ...rest } = mount;
    if (!volume) {
      others[path] = { missing: mount["name"] ?? "" };
      continue;
    }
    const { name: ___, ...source } = volume;
    const config = mapOf(volume["configMap"]);
    const data = pod.context.configs.get(said(config["name"]));
    const items = mapsOf(mapOf(volume["configMap"] ?? volume["secret"])["items"]);
    const modeOf = (key: string): Json =>
      items.find((item) => item["key"] === key)?.["mode"] ??
      mapOf(volume["configMap"] ?? volume["secret"])["defaultMode"] ??
      420;
    const isSingle = typeof subPath === "string" && (isMap(volume["configMap"]) || isMap(volume["secret"]));
    const keyOf = (file: string): string => said(items.find((item) => item["path"] === file)?.["key"] ?? file);
    if (data) {
      const wanted =
        typeof subPath === "string"
          ? [[path, keyOf(subPath)]]
          : items.length > 0
            ? items.map((item) => [`${path}/${said(item["path"])}`, said(item["key"])])
            : Object.keys(data).map((key) => [`${path}/${key}`, key]);
      for (const [file = "", key = ""] of wanted) files[file] = { text: data[key] ?? null, mode: modeOf(key) };
    } else if (isSingle) {
      const key = keyOf(subPath);
      const object = isMap(volume["configMap"])
        ? { config: config["name"] ?? "" }
        : { secret: mapOf(volume["secret"])["secretName"] ?? "" };
      others[path] = { ...object, key, mode: modeOf(key), ...(config["optional"] === true ? { optional: true } : {}) };
    } else {
      const isReadOnly = READ_ONLY.some((key) => source[key] !== undefined);
      others[path] = {
        source: sourceView(source, pod, mount),
        ...(typeof subPath === "string" && subPath !== "" ? { subPath } : {}),
        ...(readOnly === true && !isReadOnly ? { readOnly } : {}),
        ...rest,
      };
    }
  }
  return { files, mounts: others };
}

const READ_ONLY = ["configMap", "secret", "projected", "downwardAPI"];

/** Where files come from. What several containers see is told apart by who sees it, not by its name. */
function sourceView(source: JsonMap, pod: PodParts, mount: JsonMap): Json {
  const claim = said(mapOf(source["persistentVolumeClaim"])["claimName"]);
  if (isMap(source["persistentVolumeClaim"]) && pod.context.claims.has(claim)) return { claim: "own" };
  const isOwn = isMap(source["emptyDir"]) || isMap(source["ephemeral"]);
  const copy = canonicalIn(structuredClone(source), ["sizeLimit", "storage"]);
  if (!isOwn) return withoutFalse(copy);
  const places = pod.all.flatMap((json) =>
    mapsOf(json["volumeMounts"])
      .filter(({ name }) => same(name, mount["name"]))
      .map(
        (each) =>
          `${json["name"] === pod.context.own ? OWN : (pod.context.renamed?.get(said(json["name"])) ?? said(json["name"]))}:${said(each["mountPath"]).replace(/(?<=.)\/+$/, "")}`,
      ),
  );
  return { ...mapOf(copy), seenAt: places.sort() };
}
