import { LABEL } from "../../core/labels";
import { groupOf, isClusterScoped } from "../../plan/kinds";
import type { KubeObject } from "../../core/amend";
import { isMap, type JsonMap, mapOf, mapsOf, textOf, said } from "../json";
import type {
  Account,
  ExternalModel,
  FactsModel,
  Fate,
  KeptObject,
  PodFacts,
  ProgramModel,
  Translation,
  WorkloadModel,
} from "../model";
import { Addresses, type AddressTarget } from "./addresses";
import { backendsIn, type Ways, waysOf } from "./entry";
import { hintsOf, plainSecretHints, unreachedHints } from "./hints";
import { hookHints, hooksBefore, ruleOfHook } from "./hooks";
import { Inventory, type Item } from "./inventory";
import { policyForKept, policyFromOutside, policyToKept, quotaOf } from "./kept";
import { rewriteSelectors, Selected } from "./labels";
import { labelsOf, podTemplateOf } from "./objects";
import { outsideOf } from "./outside";
import { type Planned, planConstructs } from "./plan";
import { helperName } from "./pod";
import { podSecurityLevel } from "./security";
import { ownContainer } from "./services";
import { buildWorkload, type Built, finishWorkload } from "./workload";

/** What the translation of manifests is told. */
export interface TranslateOptions {
  readonly tenant: string;
  /** Namespace of objects that name none. */
  readonly namespace: string;
  /** DNS domain of the environment; hosts below `<tenant>.<domain>` are a tenant's anyway. */
  readonly domain: string;
  /** What is said of the number of pods where nothing is: the environment's tier. */
  readonly defaultReplicas: number;
  /** Jobs that a workload waits for, by name. */
  readonly runAfter?: ReadonlyMap<string, readonly string[]> | undefined;
  /** Addresses that a workload calls besides those in its variables, by name. */
  readonly calls?: ReadonlyMap<string, readonly string[]> | undefined;
  /** What readers are to know, by the name of the workload or Service. */
  readonly comments?: ReadonlyMap<string, readonly string[]> | undefined;
  /** Objects that Flagstone refused as constructs, by id. */
  readonly refused?: ReadonlyMap<string, string> | undefined;
  /** Ways into the clusters that the platform has; what the input uses, where none is given. */
  readonly ways?: Ways | undefined;
}

/** Translates objects of Kubernetes to a program. */
export function translate(objects: readonly JsonMap[], options: TranslateOptions): Translation {
  const inventory = new Inventory(objects, options.namespace);
  const ways = options.ways ?? waysOf(inventory);
  const { planned, reasons } = planConstructs(inventory, ways, options.refused ?? new Map());
  const files = new Map<string, string>();
  const built = planned.map((plan) => buildWorkload(plan, { inventory, planned, files, ways, options }));
  const externals = externalsOf(inventory, options);
  const taken = takenItems(planned, externals);
  const asideItems = inventory.items.filter((item) => !taken.has(item) && ruleOfHook(item) !== undefined);
  const keptItems = inventory.items.filter(
    (item) => !taken.has(item) && !asideItems.includes(item) && item.kind !== "core/Namespace",
  );
  const kept = new KeptFolder();
  const selectables = built.map(({ planned: { id, item, service } }) => ({
    id,
    pods: labelsOf(mapOf(podTemplateOf(item.object))),
    service: service && labelsOf(service.object),
  }));
  const rewritten = keptItems.map((item) => rewrite(item, selectables, planned));
  const needed = new Selected([...rewritten.map(({ object }) => object), ...built.map(({ patch }) => patch)]);
  const namespaces = namespacesOf(inventory, planned, keptItems, options);
  const places = new Map<Item, string>();
  for (const { item, object } of rewritten) {
    const scope = isForeign(item, object, namespaces) ? "environment" : "tenant";
    places.set(item, kept.add(inNamespace(object, item, namespaces, scope), scope));
  }
  const secretHints = plainSecretHints(built); // before connections take variables
  const addresses = new Addresses(targetsOf(built, externals));
  const workloads = built.map((one) =>
    finishWorkload(one, {
      needed,
      addresses,
      namespaces,
      calls: options.calls?.get(one.planned.id) ?? [],
      runAfter: runAfterOf(one.planned, planned, options),
      comments: options.comments?.get(one.planned.id) ?? [],
    }),
  );
  addPolicies(kept, keptItems, planned, workloads);
  const outside = outsideOf(planned, {
    inventory,
    externals: externals.map(({ item, model }) => ({ item, host: hostOf(model) })),
    domain: `${options.tenant}.${options.domain}`,
  });
  const aside = new KeptFolder();
  for (const item of asideItems) places.set(item, aside.add(item.object, "tenant"));
  const program: ProgramModel = {
    tenant: options.tenant,
    facts: factsOf({ inventory, planned, keptItems, workloads, namespaces, ways, options }),
    workloads,
    externals: externals.map(({ model }) => model),
    outside: outside.models,
    kept: kept.objects,
    aside: aside.objects,
    files,
  };
  const fateOf = fates(planned, externals, places, asideItems, reasons);
  const accounts = inventory.items.map((item): Account => ({
    id: item.id,
    object: item.object,
    fate: fateOf(item),
    dropped: item.dropped,
  }));
  const pods = new Map(
    planned.map((plan): [string, PodFacts] => [
      plan.id,
      {
        own: ownContainer(plan.item, plan.service),
        renamed: renamedHelpers(plan),
        configs: new Map(plan.configs.map((config) => [config.name, inventory.textsOfConfig(config) ?? {}])),
        claims: new Set(plan.claims.keys()),
        template: mapOf(podTemplateOf(plan.item.object)),
        isScaled: plan.autoscaler !== undefined,
      },
    ]),
  );
  const hints = [
    ...hookHints(inventory, planned, places),
    ...outside.hints,
    ...hintsOf(inventory, planned, keptItems),
    ...secretHints,
    ...unreachedHints(planned, workloads),
  ];
  return { program, accounts, pods, hints };
}

/** Helpers that have the workload's name. */
function renamedHelpers({ id, item, service }: Planned): ReadonlyMap<string, string> {
  const spec = mapOf(mapOf(podTemplateOf(item.object))["spec"]);
  const all = [...mapsOf(spec["containers"]), ...mapsOf(spec["initContainers"])];
  const own = ownContainer(item, service);
  const found = all.find(({ name }) => name === id && name !== own);
  return new Map(found ? [[id, helperName(found, id, all)]] : []);
}

function takenItems(planned: readonly Planned[], externals: readonly { readonly item: Item }[]): Set<Item> {
  return new Set([...planned.flatMap((plan) => itemsOf(plan)), ...externals.map(({ item }) => item)]);
}

/** All objects that a construct takes in. */
function itemsOf({ item, service, autoscaler, budget, account, configs, claims, entries }: Planned): Item[] {
  return [
    item,
    ...[service, autoscaler, budget, account].flatMap((each) => each ?? []),
    ...configs,
    ...[...claims.values()].map((claim) => claim.item),
    ...entries.map(({ ingress }) => ingress),
  ];
}

function fates(
  planned: readonly Planned[],
  externals: readonly { readonly item: Item; readonly model: ExternalModel }[],
  places: ReadonlyMap<Item, string>,
  aside: readonly Item[],
  reasons: ReadonlyMap<Item, string>,
): (item: Item) => Fate {
  const owners = new Map<Item, Fate>();
  for (const { item, model } of externals)
    owners.set(item, { kind: "construct", type: "ExternalService", id: model.id });
  for (const plan of planned)
    for (const item of itemsOf(plan))
      if (!owners.has(item)) owners.set(item, { kind: "construct", type: plan.kind, id: plan.id });
  return (item) => {
    if (item.kind === "core/Namespace" && !places.has(item))
      return { kind: "construct", type: "Tenant", id: item.name };
    const file = places.get(item) ?? "";
    if (aside.includes(item)) return { kind: "aside", file, rule: ruleOfHook(item) ?? "" };
    const isSecond = planned.some(({ otherServices }) => otherServices.includes(item));
    const reason = isSecond ? "a workload has one Service, and another one leads to the same pods" : reasonOf(item);
    return owners.get(item) ?? { kind: "kept", file, reason: reasons.get(item) ?? reason };
  };
}

const REASONS: Readonly<Record<string, string>> = {
  "apps/StatefulSet": "Flagstone has no construct for pods with an identity of their own",
  "apps/DaemonSet": "Flagstone has no construct for what runs on every node",
  "core/Pod": "a pod by itself is not started again when its node goes",
  "core/Secret": "secrets do not belong into a program",
  "core/ConfigMap": "several use it, nobody does, or not as text",
  "core/Service": "it leads to no pods of a construct alone",
  "core/ServiceAccount": "several run as it, or what it may do hangs on its name",
  "core/PersistentVolumeClaim": "several use it, or it says more than a volume of Flagstone",
  "networking.k8s.io/NetworkPolicy": "it is let to stand beside those of the constructs",
  "policy/PodDisruptionBudget": "its pods are no construct's, or it would never let one go",
  "autoscaling/HorizontalPodAutoscaler": "what it scales is no construct",
};

function reasonOf({ kind, object }: Item): string {
  const group = groupOf(said(object["apiVersion"]));
  if (group === "rbac.authorization.k8s.io")
    return "what pods may ask of the API server is said in objects of Kubernetes";
  return REASONS[kind] ?? "Flagstone has no construct for this kind";
}

/** Services that are only a name for a host somewhere else. */
function externalsOf(
  inventory: Inventory,
  options: TranslateOptions,
): { readonly item: Item; readonly model: ExternalModel }[] {
  return inventory.ofKind("core/Service").flatMap((item) => {
    const { type, externalName, ports } = mapOf(item.object["spec"]);
    const [port, ...more] = mapsOf(ports);
    if (type !== "ExternalName" || typeof externalName !== "string" || !port || more.length > 0) return [];
    if (!/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(externalName) || options.refused?.has(item.id)) return [];
    const number = Number(port["port"]);
    const scheme = number === 443 ? "https" : "tcp";
    const url = scheme === "https" ? `https://${externalName}` : `tcp://${externalName}:${number}`;
    return [{ item, model: { id: item.name, url, comments: options.comments?.get(item.name) ?? [] } }];
  });
}

function hostOf({ url }: ExternalModel): string {
  return /:\/\/([^:]+)/.exec(url)?.[1] ?? "";
}

function targetsOf(
  built: readonly Built[],
  externals: readonly { readonly item: Item; readonly model: ExternalModel }[],
): AddressTarget[] {
  const workloads = built.flatMap(({ planned: { id, item, service }, endpoints }): AddressTarget[] =>
    service ? [{ id, namespace: item.namespace, service: service.name, endpoints }] : [],
  );
  const others = externals.map(({ item, model }): AddressTarget => {
    const port = Number(/:(\d+)$/.exec(model.url)?.[1] ?? 443);
    const host = hostOf(model);
    return {
      id: model.id,
      namespace: item.namespace,
      service: item.name,
      host,
      endpoints: new Map([["", { port, servicePort: port, protocol: "tcp" as const }]]),
    };
  });
  return [...workloads, ...others];
}

/** A copy of what stays, whose selectors find what has other labels now. */
function rewrite(
  item: Item,
  selectables: Parameters<typeof rewriteSelectors>[1],
  planned: readonly Planned[],
): { readonly item: Item; readonly object: JsonMap } {
  const object = structuredClone(item.object);
  const owner = planned.find(({ otherServices }) => otherServices.includes(item));
  const spec = object["spec"];
  if (owner && isMap(spec)) spec["selector"] = { [LABEL.name]: owner.id };
  // Flagstone makes a policy of each workload's name.
  const metadata = object["metadata"];
  if (
    item.kind === "networking.k8s.io/NetworkPolicy" &&
    isMap(metadata) &&
    planned.some(({ id, item: other }) => id === item.name && other.namespace === item.namespace)
  )
    metadata["name"] = `${item.name}-kept`;
  if (item.kind !== "core/Service" && podTemplateOf(object) === undefined) rewriteSelectors(object, selectables);
  return { item, object };
}

/** The namespaces of the tenant, the default one first. */
function namespacesOf(
  inventory: Inventory,
  planned: readonly Planned[],
  kept: readonly Item[],
  { namespace }: TranslateOptions,
): readonly [string, ...string[]] {
  const used = [
    ...planned.map(({ item }) => item),
    ...kept,
    ...inventory.ofKind("core/Namespace").map((item) => ({ ...item, namespace: item.name })),
  ]
    .filter(({ object, kind }) => kind === "core/Namespace" || !isClusterScoped(object as KubeObject, new Map()))
    .map((item) => item.namespace)
    .filter((name) => !isSystem(name) && name !== namespace);
  return [namespace, ...new Set(used)];
}

/** Namespaces of Kubernetes itself are nobody's to own. */
function isSystem(namespace: string): boolean {
  return namespace === "default" || namespace.startsWith("kube-");
}

function isForeign(item: Item, object: JsonMap, namespaces: readonly string[]): boolean {
  return isClusterScoped(object as KubeObject, new Map()) || !namespaces.includes(item.namespace);
}

/** Says the namespace where it is not the one that objects of the tenant get. */
function inNamespace(
  object: JsonMap,
  item: Item,
  namespaces: readonly string[],
  scope: "tenant" | "environment",
): JsonMap {
  const metadata = { ...mapOf(object["metadata"]) };
  if (scope === "tenant" && item.namespace === namespaces[0]) Reflect.deleteProperty(metadata, "namespace");
  return { ...object, metadata };
}

/** Ids of the Jobs that a workload waits for: those that it is said to wait for, and hooks. */
function runAfterOf(plan: Planned, planned: readonly Planned[], options: TranslateOptions): string[] {
  const jobs = planned.filter(({ kind }) => kind === "Job");
  const asked = options.runAfter?.get(plan.id) ?? [];
  const waited = [...asked.filter((name) => jobs.some(({ id }) => id === name)), ...hooksBefore(plan, jobs)];
  return [...new Set(waited)];
}

/** Policies that let through what got through before, where the tenant's own deny it. */
function addPolicies(
  kept: KeptFolder,
  items: readonly Item[],
  planned: readonly Planned[],
  workloads: readonly WorkloadModel[],
): void {
  for (const item of items) {
    if (podTemplateOf(item.object)) {
      for (const policy of [policyForKept(item), policyToKept(item)]) if (policy) kept.add(policy, "tenant");
    }
  }
  const portsOf = (id: string): number[] =>
    [...(workloads.find((each) => each.id === id)?.endpoints.values() ?? [])].map(({ port }) => port);
  for (const { id, item, service, otherServices } of planned) {
    const outside = [...(service ? [service] : []), ...otherServices].filter(({ object }) =>
      ["LoadBalancer", "NodePort"].includes(textOf(mapOf(object["spec"])["type"]) ?? ""),
    );
    const names = [service, ...otherServices].flatMap((each) => each?.name ?? []);
    const led = items.filter(
      ({ kind, object, namespace }) =>
        LEADING.test(kind) &&
        namespace === item.namespace &&
        backendsIn(object).some((name) => names.includes(name.split(".")[0] ?? "")),
    );
    const [by] = [...outside, ...led];
    if (by) kept.add(policyFromOutside(id, item.namespace, id, portsOf(id)), "tenant");
  }
}

// Kinds that bring traffic from outside.
const LEADING = /Ingress|Route|VirtualService|HTTPProxy|Mapping$/;

interface FactsInput {
  readonly inventory: Inventory;
  readonly planned: readonly Planned[];
  readonly keptItems: readonly Item[];
  readonly workloads: readonly WorkloadModel[];
  readonly namespaces: readonly [string, ...string[]];
  readonly ways: Ways;
  readonly options: TranslateOptions;
}

function factsOf({ inventory, planned, keptItems, workloads, namespaces, ways, options }: FactsInput): FactsModel {
  const entries = planned.flatMap((plan) => plan.entries);
  const own = `${options.tenant}.${options.domain}`;
  const hosts = [...new Set(entries.flatMap((entry) => entry.hosts))].filter(
    (host) => host !== own && !host.endsWith(`.${own}`),
  );
  const services = inventory.ofKind("core/Service").map(({ object }) => quotaOf(object));
  const sum = (key: "loadBalancers" | "nodePorts"): number => services.reduce((all, each) => all + each[key], 0);
  const podSecurity: Record<string, "baseline" | "privileged"> = {};
  const raise = (namespace: string, level: ReturnType<typeof podSecurityLevel>): void => {
    if (level === "privileged" || (level === "baseline" && podSecurity[namespace] !== "privileged"))
      podSecurity[namespace] = level;
  };
  for (const item of keptItems) {
    const template = podTemplateOf(item.object);
    if (template && namespaces.includes(item.namespace))
      raise(item.namespace, podSecurityLevel(mapOf(template["spec"])));
  }
  for (const workload of workloads) raise(workload.namespace ?? namespaces[0], levelOfPatch(workload));
  for (const { name, object } of inventory.ofKind("core/Namespace")) {
    const level = labelsOf(object)["pod-security.kubernetes.io/enforce"];
    if (level === "baseline" || level === "privileged") raise(name, level);
  }
  const issuers = entries.filter(({ secret }) => secret !== undefined);
  const priorities = inventory.items.flatMap(
    ({ object }) => textOf(mapOf(mapOf(podTemplateOf(object))["spec"])["priorityClassName"]) ?? [],
  );
  return {
    namespaces,
    hosts,
    ingress:
      entries.length > 0 && ways.className !== undefined
        ? { className: ways.className, namespace: `ingress-${ways.className}` }
        : undefined,
    issuer: issuers.length > 0 ? ways.issuer : undefined,
    priorityClasses: [...new Set(priorities)].filter((name) => name.startsWith("system-")),
    podSecurity,
    quota: {
      ...(sum("loadBalancers") > 0 ? { loadBalancers: sum("loadBalancers") } : {}),
      ...(sum("nodePorts") > 0 ? { nodePorts: sum("nodePorts") } : {}),
    },
  };
}

/** What the last words on a workload's pods ask of Pod Security, over what Flagstone makes of them. */
function levelOfPatch({ transform }: WorkloadModel): ReturnType<typeof podSecurityLevel> {
  const patches = Object.values(transform).flatMap((patch) => [
    mapOf(mapOf(mapOf(patch["spec"])["template"])["spec"]),
    mapOf(mapOf(mapOf(mapOf(mapOf(patch["spec"])["jobTemplate"])["spec"])["template"])["spec"]),
  ]);
  const levels = patches.map((spec) => {
    const hardened = {
      allowPrivilegeEscalation: false,
      runAsNonRoot: true,
      capabilities: { drop: ["ALL"] },
      seccompProfile: { type: "RuntimeDefault" },
    };
    const harden = (list: unknown): JsonMap[] =>
      mapsOf(list).map((container) => {
        const given = mapOf(container["securityContext"]);
        const capabilities = { drop: ["ALL"], ...mapOf(given["capabilities"]) };
        return { ...container, securityContext: { ...hardened, ...given, capabilities } };
      });
    return podSecurityLevel({
      ...spec,
      containers: harden(spec["containers"]),
      initContainers: harden(spec["initContainers"]),
    });
  });
  return levels.includes("privileged") ? "privileged" : levels.includes("baseline") ? "baseline" : "restricted";
}

/** Files of objects that stay as they are, each with a name of its own. */
class KeptFolder {
  public readonly objects: KeptObject[] = [];

  public add(object: JsonMap, scope: KeptObject["scope"]): string {
    const kind = said(object["kind"]).toLowerCase();
    const name = said(mapOf(object["metadata"])["name"] ?? mapOf(object["metadata"])["generateName"] ?? "unnamed");
    const base = `${kind}-${name}`.replace(/[^A-Za-z0-9._-]/g, "_");
    const folder = scope === "environment" ? "environment/" : "";
    let file = `${folder}${base}.yaml`;
    for (let i = 2; this.objects.some((each) => each.file === file); i++) file = `${folder}${base}-${i}.yaml`;
    this.objects.push({ file, object, scope });
    return file;
  }
}
