import { isMap, type Json, type JsonMap, listOf, mapOf, textOf, said } from "../json";
import type { FieldMarks } from "../fields";
import { dnsLabel } from "../names";
import { type FileReader, readText } from "./files";
import { isPlainTcp, knownImage } from "./images";
import { parseEnvFile, parseMemory, parsePort, parseSeconds, type PortMapping, shellSplit } from "./syntax";
import { volumesOf } from "./volumes";

/** What the translation of a service needs of the rest. */
export interface ServiceNeeds {
  readonly name: string;
  readonly service: JsonMap;
  readonly fields: FieldMarks;
  readonly document: JsonMap;
  readonly file: string;
  readonly readFile: FileReader | undefined;
  /** Ports that other services call it at. */
  readonly called: readonly number[];
  /** Whether another service waits for its end. */
  readonly runsToEnd: boolean;
  /** Named volumes that several services have. */
  readonly sharedVolumes: ReadonlySet<string>;
  /** Host of its first published port. */
  readonly host: (suffix: string) => string;
  /** Why it has nothing of what it extends. */
  readonly notExtended: string | undefined;
  readonly hint: (text: string) => void;
}

/** A service as objects of Kubernetes. */
export interface ComposeObjects {
  readonly id: string;
  readonly objects: readonly JsonMap[];
  readonly comments: readonly string[];
}

const SIMPLE = ["image", "working_dir"] as const;

/** Translates one service, and accounts for each of its fields. */
export function serviceObjects(needs: ServiceNeeds): ComposeObjects {
  const { name, service, fields } = needs;
  const id = dnsLabel(name, "service");
  const comments: string[] = [];
  if (id !== name) {
    needs.hint(
      `service "${name}" is called "${id}": Kubernetes takes no other characters in names; say so where its name is an address`,
    );
  }
  for (const key of SIMPLE) if (service[key] !== undefined) fields.expressed(key);
  const image = imageOf(needs, id, comments);
  const known = knownImage(image);
  const volumes = volumesOf(needs, id);
  const isDatabase = known?.isDatabase === true && volumes.claims.length > 0;
  const ports = portsOf(needs, image);
  const probes = healthOf(needs);
  const { command, args } = commandOf(needs);
  const env = environmentOf(needs);
  const container: JsonMap = {
    name: id,
    image,
    ...(command ? { command } : {}),
    ...(args ? { args } : {}),
    ...(typeof service["working_dir"] === "string" ? { workingDir: service["working_dir"] } : {}),
    ...(env.length > 0 ? { env } : {}),
    ...(ports.length > 0
      ? { ports: ports.map(({ name: port, target, protocol }) => ({ name: port, containerPort: target, protocol })) }
      : {}),
    ...resourcesOf(needs),
    ...securityOf(needs),
    ...(volumes.mounts.length > 0 ? { volumeMounts: volumes.mounts } : {}),
    ...(needs.runsToEnd ? {} : probes),
  };
  const labels = { "app.kubernetes.io/name": id };
  const grace = parseSeconds(service["stop_grace_period"]);
  if (grace !== undefined) fields.expressed("stop_grace_period");
  const platform = /^linux\/(amd64|arm64)(?:\/v8)?$/.exec(textOf(service["platform"]) ?? "")?.[1];
  if (platform !== undefined) fields.expressed("platform");
  const template: JsonMap = {
    metadata: { labels },
    spec: {
      containers: [container],
      ...(volumes.volumes.length > 0 ? { volumes: volumes.volumes } : {}),
      ...(grace === undefined ? {} : { terminationGracePeriodSeconds: grace }),
      ...(platform === undefined ? {} : { nodeSelector: { "kubernetes.io/arch": platform } }),
      ...hostAliases(needs),
      ...(needs.runsToEnd ? { restartPolicy: "Never" } : {}),
    },
  };
  const replicas = replicasOf(needs);
  accountForRest(needs);
  const workload: JsonMap = needs.runsToEnd
    ? { apiVersion: "batch/v1", kind: "Job", metadata: { name: id }, spec: { template } }
    : {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: id },
        spec: {
          ...(replicas === undefined ? {} : { replicas }),
          selector: { matchLabels: labels },
          ...(isDatabase ? { strategy: { type: "Recreate" } } : {}),
          template,
        },
      };
  const served = needs.runsToEnd ? [] : serviceOf(id, ports);
  return {
    id,
    objects: [...volumes.objects, workload, ...served, ...(needs.runsToEnd ? [] : entriesOf(needs, id, ports))],
    comments,
  };
}

function imageOf({ service, fields }: ServiceNeeds, id: string, comments: string[]): string {
  const image = textOf(service["image"]);
  if (service["build"] !== undefined) {
    if (image === undefined) fields.lost(["build"], "an image is built before, and named here: see the TODO");
    else fields.changed(["build"], "compose/build");
  }
  if (image !== undefined && image !== "") return image;
  comments.push("TODO: Compose builds this image. Build it in your pipeline, and say its name here.");
  return `registry.todo.example/${id}:0.0.0`;
}

function commandOf({ service, fields }: ServiceNeeds): { readonly command?: Json[]; readonly args?: Json[] } {
  const words = (key: string): Json[] | undefined => {
    const given = service[key];
    if (given === undefined || given === null) return undefined;
    fields.expressed(key);
    return typeof given === "string" ? shellSplit(given) : listOf(given).map((word) => said(word as string | number));
  };
  const command = words("entrypoint");
  const args = words("command");
  return { ...(command && command.length > 0 ? { command } : {}), ...(args && args.length > 0 ? { args } : {}) };
}

/** Variables, of files first; the service's own win. */
function environmentOf({ service, fields, file, readFile }: ServiceNeeds): JsonMap[] {
  const variables = new Map<string, string>();
  const files = [service["env_file"]].flat();
  files.forEach((given, i) => {
    if (given === undefined || given === null) return;
    const path = isMap(given) ? textOf(given["path"]) : textOf(given);
    const at: (string | number)[] = Array.isArray(service["env_file"]) ? ["env_file", i] : ["env_file"];
    const text = path === undefined ? undefined : readText(readFile, file, path);
    if (text === undefined) {
      fields.lost(at, `the file ${path ?? ""} is not there`);
      return;
    }
    for (const [name, value] of parseEnvFile(text)) variables.set(name, value);
    fields.changed(at, "compose/env-file");
  });
  const given = service["environment"];
  const entries: [string, Json | undefined, string | number][] = Array.isArray(given)
    ? given.map((item, i) => {
        const text = said(item);
        const at = text.indexOf("=");
        return at < 0 ? [text, undefined, i] : [text.slice(0, at), text.slice(at + 1), i];
      })
    : Object.entries(mapOf(given)).map(([name, value]) => [name, value ?? undefined, name]);
  for (const [name, value, key] of entries) {
    if (value === undefined)
      fields.lost(["environment", key], "its value is that of the shell in which Compose is started: say it in env");
    else {
      variables.set(name, said(value));
      fields.expressed("environment", key);
    }
  }
  return [...variables].map(([name, value]) => ({ name, value: value.replaceAll("$$", "$$$$") }));
}

interface ServedPort extends PortMapping {
  readonly name: string;
  readonly isExternal: boolean;
}

/** Ports that are published, exposed, called by others, or known of the image. */
function portsOf({ service, fields, called, runsToEnd }: ServiceNeeds, image: string): ServedPort[] {
  const found = new Map<string, ServedPort>();
  const add = (port: PortMapping, isPublished: boolean): void => {
    const key = `${port.target}/${port.protocol}`;
    if (found.has(key)) return;
    const isHttp = port.protocol === "TCP" && !isPlainTcp(port.target) && knownImage(image)?.port !== port.target;
    const hasHttp = [...found.values()].some(({ name }) => name === "http");
    const name = isHttp ? (hasHttp ? `http-${port.target}` : "http") : `${port.protocol.toLowerCase()}-${port.target}`;
    found.set(key, { ...port, name, isExternal: isPublished && isHttp && !runsToEnd });
  };
  listOf(service["ports"]).forEach((given, i) => {
    const ports = parsePort(given);
    if (!ports) {
      fields.lost(["ports", i], "it is no port");
      return;
    }
    for (const port of ports) add(port, true);
    const isEntered = ports.every((port) =>
      [...found.values()].some((each) => each.target === port.target && each.isExternal),
    );
    fields.changed(["ports", i], isEntered ? "compose/published" : "compose/published-tcp");
  });
  listOf(service["expose"]).forEach((given, i) => {
    const ports = parsePort(given);
    if (!ports) {
      fields.lost(["expose", i], "it is no port");
      return;
    }
    for (const port of ports) add(port, false);
    fields.expressed("expose", i);
  });
  for (const target of called) add({ target, published: undefined, protocol: "TCP" }, false);
  const known = knownImage(image);
  if (known && found.size === 0) add({ target: known.port, published: undefined, protocol: "TCP" }, false);
  return [...found.values()];
}

function serviceOf(id: string, ports: readonly ServedPort[]): JsonMap[] {
  if (ports.length === 0) return [];
  return [
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: id },
      spec: {
        selector: { "app.kubernetes.io/name": id },
        ports: ports.map(({ name, target, protocol }) => ({ name, port: target, targetPort: target, protocol })),
      },
    },
  ];
}

function entriesOf({ host }: ServiceNeeds, id: string, ports: readonly ServedPort[]): JsonMap[] {
  return ports
    .filter(({ isExternal }) => isExternal)
    .map(({ name, target }) => ({
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: { name: name === "http" ? id : `${id}-${name}` },
      spec: {
        rules: [
          {
            host: host(name === "http" ? id : `${id}-${name}`),
            http: {
              paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: id, port: { number: target } } } }],
            },
          },
        ],
      },
    }));
}

/** A check of health, for traffic and for restarts; the time to start is a check of its own. */
function healthOf({ service, fields }: ServiceNeeds): JsonMap {
  const health = service["healthcheck"];
  if (!isMap(health)) return {};
  const { test, disable } = health;
  const words = typeof test === "string" ? ["CMD-SHELL", test] : listOf(test).map(said);
  const [how, ...rest] = words;
  if (disable === true || how === "NONE" || how === undefined) {
    fields.changed(["healthcheck"], "compose/no-healthcheck");
    return {};
  }
  const command = how === "CMD-SHELL" ? ["/bin/sh", "-c", rest.join(" ")] : how === "CMD" ? rest : words;
  const [interval, timeout, start] = ["interval", "timeout", "start_period"].map((key) => parseSeconds(health[key]));
  const retries = typeof health["retries"] === "number" ? health["retries"] : undefined;
  for (const key of ["test", "interval", "timeout", "retries"])
    if (health[key] !== undefined) fields.expressed("healthcheck", key);
  for (const key of ["start_period", "start_interval"])
    if (health[key] !== undefined) fields.changed(["healthcheck", key], "compose/start-period");
  const probe = (failures: number | undefined): JsonMap => ({
    exec: { command },
    ...(interval === undefined || interval < 1 ? {} : { periodSeconds: interval }),
    ...(timeout === undefined || timeout < 1 ? {} : { timeoutSeconds: timeout }),
    ...(failures === undefined ? {} : { failureThreshold: failures }),
  });
  const startup = start === undefined || start === 0 ? undefined : Math.ceil(start / (interval ?? 30)) + (retries ?? 3);
  return {
    readinessProbe: probe(retries),
    livenessProbe: probe(retries),
    ...(startup === undefined ? {} : { startupProbe: { ...probe(startup), periodSeconds: interval ?? 30 } }),
  };
}

function resourcesOf({ service, fields }: ServiceNeeds): JsonMap {
  const { limits, reservations } = mapOf(mapOf(service["deploy"])["resources"]);
  const amounts = (given: JsonMap, path: readonly string[]): JsonMap => {
    const cpu = given["cpus"];
    const memory = parseMemory(given["memory"]);
    if (cpu !== undefined) fields.expressed(...path, "cpus");
    if (memory !== undefined) fields.expressed(...path, "memory");
    return {
      ...(cpu === undefined ? {} : { cpu: said(cpu) }),
      ...(memory === undefined ? {} : { memory }),
    };
  };
  const most = amounts(mapOf(limits), ["deploy", "resources", "limits"]);
  const asked = amounts(mapOf(reservations), ["deploy", "resources", "reservations"]);
  for (const [key, name, target] of [
    ["cpus", "cpu", most],
    ["mem_limit", "memory", most],
    ["mem_reservation", "memory", asked],
  ] as const) {
    const value = name === "memory" ? parseMemory(service[key]) : service[key];
    if (value === undefined) continue;
    fields.expressed(key);
    target[name] ??= said(value);
  }
  const resources = {
    ...(Object.keys(asked).length > 0 ? { requests: asked } : {}),
    ...(Object.keys(most).length > 0 ? { limits: most } : {}),
  };
  return Object.keys(resources).length > 0 ? { resources } : {};
}

function securityOf({ service, fields }: ServiceNeeds): JsonMap {
  const context: JsonMap = {};
  const user = /^(\d+)(?::(\d+))?$/.exec(said(service["user"] ?? ""));
  if (service["user"] !== undefined) {
    if (user) {
      context["runAsUser"] = Number(user[1]);
      if (user[2] !== undefined) context["runAsGroup"] = Number(user[2]);
      fields.expressed("user");
    } else fields.lost(["user"], "a user by name is one of the image: say its number");
  }
  const add = listOf(service["cap_add"]).map((capability) => said(capability).replace(/^CAP_/, ""));
  if (add.length > 0) {
    context["capabilities"] = { add };
    fields.expressed("cap_add");
  }
  if (service["cap_drop"] !== undefined) fields.changed(["cap_drop"], "compose/hardened");
  if (service["read_only"] === true) fields.expressed("read_only");
  else if (service["read_only"] !== undefined) fields.changed(["read_only"], "compose/hardened");
  if (service["privileged"] === true) {
    context["privileged"] = true;
    fields.expressed("privileged");
  } else if (service["privileged"] !== undefined) fields.expressed("privileged");
  return Object.keys(context).length > 0 ? { securityContext: context } : {};
}

function replicasOf({ service, fields, hint, name }: ServiceNeeds): number | undefined {
  if (listOf(service["profiles"]).length > 0) {
    fields.changed(["profiles"], "compose/profiles");
    hint(
      `service "${name}" is one of a profile, which is started only when somebody asks for it: it has no pods until you say replicas`,
    );
    return 0;
  }
  const replicas = mapOf(service["deploy"])["replicas"];
  if (typeof replicas === "number") fields.expressed("deploy", "replicas");
  if (typeof service["scale"] === "number") fields.expressed("scale");
  return typeof replicas === "number" ? replicas : typeof service["scale"] === "number" ? service["scale"] : undefined;
}

function hostAliases({ service, fields }: ServiceNeeds): JsonMap {
  const given = service["extra_hosts"];
  if (given === undefined) return {};
  const entries = Array.isArray(given)
    ? given.map((item) => /^([^:=]+)[:=](.+)$/.exec(said(item as string))?.slice(1) ?? [])
    : Object.entries(mapOf(given)).map(([host, ip]) => [host, said(ip)]);
  const isPlain = entries.every(([host, ip]) => host !== undefined && /^[\d.]+$|:/.test(ip ?? ""));
  if (!isPlain) {
    fields.lost(["extra_hosts"], "an address that only Docker knows");
    return {};
  }
  fields.expressed("extra_hosts");
  return { hostAliases: entries.map(([host, ip]) => ({ ip: ip ?? "", hostnames: [host ?? ""] })) };
}

// What is said by other means, by rule, or has no place.
const CHANGED: Readonly<Record<string, string>> = {
  restart: "compose/restart",
  depends_on: "compose/order",
  links: "compose/order",
  networks: "compose/networks",
  container_name: "compose/names",
  hostname: "compose/names",
  pull_policy: "compose/pull-policy",
  init: "compose/init",
  extends: "compose/extends",
  tty: "compose/terminal",
  stdin_open: "compose/terminal",
  logging: "compose/logging",
};
const LOST: Readonly<Record<string, string>> = {
  labels: "labels of containers are read by tools beside Docker; say in podAnnotations what their successor reads",
  network_mode: "each pod has an address of its own",
  devices: "devices of a node are given out by plugins of Kubernetes",
  sysctls: "kernel settings of a pod are said in transform.deployment",
  ulimits: "limits of processes are those of the node",
  security_opt: "Flagstone's security context holds",
  dns: "pods ask the cluster's DNS",
  cgroup_parent: "Kubernetes has its own groups",
  volumes_from: "volumes are named where they are used",
  develop: "it is about working on the code",
  stop_signal: "the image says it, by STOPSIGNAL",
  pid: "processes of the node are none of a pod's",
  ipc: "memory of the node is none of a pod's",
};

function accountForRest({ name, service, fields, notExtended, hint }: ServiceNeeds): void {
  for (const key of Object.keys(service)) {
    const changed = CHANGED[key];
    if (key === "extends" && notExtended !== undefined) {
      fields.lost([key], notExtended);
      hint(`service "${name}" has nothing of what it extends: ${notExtended}`);
    } else if (changed !== undefined) fields.changed([key], changed);
    const lost = LOST[key];
    if (lost !== undefined) fields.lost([key], lost);
    if (key.startsWith("x-")) fields.lost([key], "an extension, which only the tool knows that reads it");
  }
  const deploy = mapOf(service["deploy"]);
  for (const key of Object.keys(deploy)) {
    if (
      ["restart_policy", "update_config", "rollback_config", "mode", "endpoint_mode", "placement", "labels"].includes(
        key,
      )
    )
      fields.lost(["deploy", key], "it is about Swarm: Kubernetes restarts and replaces pods by its own rules");
  }
}
