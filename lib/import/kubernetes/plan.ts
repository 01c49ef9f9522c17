import { LABEL } from "../../core/labels";
import { isDnsLabel } from "../../core/names";
import { type JsonMap, mapOf, mapsOf, textOf, said } from "../json";
import type { WorkloadKind } from "../model";
import { canBeVariables } from "./configuration";
import { type TakenEntry, takeIngress, type Ways } from "./entry";
import { ruleOfHook } from "./hooks";
import type { Inventory, Item } from "./inventory";
import { labelsOf, podTemplateOf, selects } from "./objects";
import { containerPortsOf, portNumber } from "./ports";
import { budgetCode } from "./scaling";
import { usesNode } from "./security";
import { type Served, servicesOf } from "./services";
import { canBeDisk, canBeFiles, type Claim, diskCode, keysSeen, pathOf } from "./volumes";

/** A workload of the input that becomes a construct, and the objects that it takes in. */
export interface Planned {
  readonly item: Item;
  readonly kind: WorkloadKind;
  readonly id: string;
  readonly service: Item | undefined;
  /** Further Services of its pods, which stay. */
  readonly otherServices: readonly Item[];
  readonly autoscaler: Item | undefined;
  readonly budget: Item | undefined;
  /** Whether there is a budget that stays, so that there must not be another. */
  readonly hasKeptBudget: boolean;
  readonly account: Item | undefined;
  readonly configs: readonly Item[];
  readonly claims: ReadonlyMap<string, Claim & { readonly item: Item }>;
  /** What brings traffic from outside, by port of the Service. */
  readonly entries: readonly TakenEntry[];
}

/** What becomes a construct, and why the rest does not. */
export interface Plan {
  readonly planned: readonly Planned[];
  /** Reasons by item. */
  readonly reasons: ReadonlyMap<Item, string>;
}

const KINDS: Readonly<Record<string, WorkloadKind>> = {
  "apps/Deployment": "WebService",
  "batch/Job": "Job",
  "batch/CronJob": "ScheduledJob",
};
const MAX_NAME: Readonly<Record<WorkloadKind, number>> = { WebService: 63, Worker: 63, Job: 54, ScheduledJob: 52 };

/**
 * Says which objects become which constructs.
 *
 * @param refused - reasons by id of what Flagstone refused when it was tried
 */
export function planConstructs(inventory: Inventory, ways: Ways, refused: ReadonlyMap<string, string>): Plan {
  const reasons = new Map<Item, string>();
  const candidates: Omit<Planned, "entries">[] = [];
  const ids = new Set<string>();
  for (const item of inventory.items) {
    const first = KINDS[item.kind];
    if (first === undefined || ruleOfHook(item) !== undefined) continue;
    const served = first === "WebService" ? servicesOf(item, inventory) : undefined;
    const kind = first === "WebService" && !served ? "Worker" : first;
    const id = idFor(item, served, inventory);
    const reason = refused.get(item.id) ?? reasonToKeep(item, kind, id);
    if (reason !== undefined || ids.has(id)) {
      reasons.set(item, reason ?? `there is another workload called "${id}"`);
      continue;
    }
    ids.add(id);
    candidates.push({ item, kind, id, ...attachments(item, kind, id, served, inventory) });
  }
  const planned = candidates.map((each) => ({ ...each, entries: [] as TakenEntry[] }));
  for (const ingress of inventory.ofKind("networking.k8s.io/Ingress")) {
    const reason = refused.get(ingress.id) ?? planEntry(ingress, ways, planned);
    if (reason !== undefined) reasons.set(ingress, reason);
  }
  return { planned, reasons };
}

function idFor(item: Item, served: Served | undefined, inventory: Inventory): string {
  const labels = labelsOf(item.object);
  // What Flagstone rendered says what it was; the name of a Job has its version, too.
  const own = labels[LABEL.managedBy] === "flagstone" ? labels[LABEL.name] : undefined;
  if (own !== undefined) return own;
  const name = served?.primary.name ?? item.name;
  const isTaken = inventory
    .ofKind(...Object.keys(KINDS))
    .some((other) => other !== item && other.name === name && other.namespace === item.namespace);
  return isTaken ? item.name : name;
}

/** Why no construct can run these pods. */
function reasonToKeep(item: Item, kind: WorkloadKind, id: string): string | undefined {
  const spec = mapOf(mapOf(podTemplateOf(item.object))["spec"]);
  const containers = mapsOf(spec["containers"]);
  const all = [...containers, ...mapsOf(spec["initContainers"])];
  const names = all.map(({ name }) => name);
  if (!isDnsLabel(id, MAX_NAME[kind])) return `its name is no DNS label of at most ${MAX_NAME[kind]} characters`;
  if (containers.length === 0) return "it has no containers";
  if (all.some(({ image, name }) => typeof image !== "string" || image === "" || typeof name !== "string"))
    return "a container has no image or no name";
  if (new Set(names).size !== names.length) return "two containers have one name";
  const shared = mapsOf(spec["volumes"]).find((volume) => {
    const places = all.flatMap((json) =>
      mapsOf(json["volumeMounts"])
        .filter(({ name }) => name === volume["name"])
        .map(pathOf),
    );
    return places.includes("/tmp") && (places.length > 1 || volume["emptyDir"] === undefined);
  });
  if (shared)
    return `its volume "${said(shared["name"])}" is at /tmp, where each container of a construct has room of its own`;
  return usesNode(spec);
}

function attachments(
  item: Item,
  kind: WorkloadKind,
  id: string,
  served: Served | undefined,
  inventory: Inventory,
): Omit<Planned, "item" | "kind" | "id" | "entries"> {
  const isReplicated = kind === "WebService" || kind === "Worker";
  const mine = inventory.items.filter(({ namespace }) => namespace === item.namespace);
  const template = mapOf(podTemplateOf(item.object));
  const labels = mapOf(mapOf(template["metadata"])["labels"]) as Record<string, string>;
  const autoscalers = mine.filter(
    ({ kind: other, object }) => other === "autoscaling/HorizontalPodAutoscaler" && scales(object, item),
  );
  const budgets = mine.filter(
    ({ kind: other, object }) =>
      other === "policy/PodDisruptionBudget" && isPlainSelector(object) && selects(selectorOf(object), labels),
  );
  const accountName = textOf(
    mapOf(template["spec"])["serviceAccountName"] ?? mapOf(template["spec"])["serviceAccount"],
  );
  const account =
    accountName === undefined ? undefined : inventory.find("core/ServiceAccount", item.namespace, accountName);
  const autoscaler = isReplicated && autoscalers.length === 1 ? autoscalers[0] : undefined;
  const scaling = mapOf((autoscaler ?? item).object["spec"]);
  const fewest = Number((autoscaler ? scaling["minReplicas"] : scaling["replicas"]) ?? 1);
  const [budget] = budgets;
  const isFolded =
    isReplicated &&
    budget !== undefined &&
    budgets.length === 1 &&
    selectsOnly(budget, item, inventory) &&
    budgetCode(mapOf(budget.object["spec"]), fewest) !== undefined;
  return {
    service: kind === "WebService" ? served?.primary : undefined,
    otherServices: served?.others ?? [],
    autoscaler,
    budget: isFolded ? budget : undefined,
    hasKeptBudget: isReplicated && budgets.length > 0 && !isFolded,
    // Flagstone makes one of this name in any case.
    account:
      account && isOwnAccount(account, item, id, inventory)
        ? account
        : inventory.find("core/ServiceAccount", item.namespace, id),
    configs: foldedConfigs(item, mine, inventory),
    claims: foldedClaims(item, kind, id, mine, inventory),
  };
}

function scales(autoscaler: JsonMap, item: Item): boolean {
  const { kind, name } = mapOf(mapOf(autoscaler["spec"])["scaleTargetRef"]);
  return kind === "Deployment" && name === item.name;
}

function selectorOf(object: JsonMap): unknown {
  return mapOf(mapOf(mapOf(object["spec"])["selector"])["matchLabels"]);
}

function isPlainSelector(object: JsonMap): boolean {
  return mapOf(mapOf(object["spec"])["selector"])["matchExpressions"] === undefined;
}

function selectsOnly(selecting: Item | undefined, item: Item, inventory: Inventory): boolean {
  if (!selecting) return false;
  const selected = inventory.selected(selectorOf(selecting.object), item.namespace);
  return selected.length === 1 && selected[0] === item;
}

/** An account that Flagstone makes as well: nobody else runs as it, and what it may do hangs on its name. */
function isOwnAccount(account: Item, item: Item, id: string, inventory: Inventory): boolean {
  const users = inventory.items.filter((other) => {
    const spec = mapOf(mapOf(podTemplateOf(other.object))["spec"]);
    return (
      other.namespace === account.namespace && (spec["serviceAccountName"] ?? spec["serviceAccount"]) === account.name
    );
  });
  if (account.name === id) return true;
  if (users.length !== 1 || users[0] !== item) return false;
  return (
    !inventory.find("core/ServiceAccount", account.namespace, id) && !inventory.isBound(account.namespace, account.name)
  );
}

/** ConfigMaps that only this workload uses, and that its `env` and `files` can hold. */
function foldedConfigs(item: Item, mine: readonly Item[], inventory: Inventory): Item[] {
  return mine.filter((config) => {
    if (config.kind !== "core/ConfigMap" || config.hooks.length > 0) return false;
    const uses = inventory.usesOfConfig(config);
    const data = inventory.textsOfConfig(config);
    if (uses.length === 0 || data === undefined || uses.some(({ by, how }) => by !== item || how === "projected"))
      return false;
    const spec = mapOf(mapOf(podTemplateOf(item.object))["spec"]);
    const containers = ["containers", "initContainers"].flatMap((key) => mapsOf(spec[key]));
    const volumes = mapsOf(spec["volumes"]).filter((volume) => mapOf(volume["configMap"])["name"] === config.name);
    const fits = volumes.every((volume) => {
      const mounts = containers.flatMap((json) =>
        mapsOf(json["volumeMounts"]).filter(({ name }) => name === volume["name"]),
      );
      return mounts.length > 0 && canBeFiles(volume, mounts, data);
    });
    const prefixes = containers.flatMap(({ envFrom }) =>
      mapsOf(envFrom)
        .filter(({ configMapRef }) => mapOf(configMapRef)["name"] === config.name)
        .map(({ prefix }) => textOf(prefix) ?? ""),
    );
    const keys = containers.flatMap(({ env }) =>
      mapsOf(env).flatMap(({ valueFrom }) => {
        const ref = mapOf(mapOf(valueFrom)["configMapKeyRef"]);
        return ref["name"] === config.name ? [said(ref["key"])] : [];
      }),
    );
    const areKnown = keys.every((key) => Object.hasOwn(data, key) && !(data[key] ?? "").includes("$$("));
    const used = new Set([
      ...keys,
      ...(prefixes.length > 0 ? Object.keys(data) : []),
      ...volumes.flatMap((volume) => {
        const mounts = containers.flatMap((json) =>
          mapsOf(json["volumeMounts"]).filter(({ name }) => name === volume["name"]),
        );
        return mounts.flatMap((mount) => keysSeen(volume, mount, data));
      }),
    ]);
    // What nobody reads would be lost.
    const isWhole = Object.keys(data).every((key) => used.has(key));
    return isWhole && fits && areKnown && prefixes.every((prefix) => canBeVariables(data, prefix));
  });
}

/** Disks that only this workload uses. */
function foldedClaims(
  item: Item,
  kind: WorkloadKind,
  id: string,
  mine: readonly Item[],
  inventory: Inventory,
): ReadonlyMap<string, Claim & { readonly item: Item }> {
  const claims = new Map<string, Claim & { readonly item: Item }>();
  const { replicas } = mapOf(item.object["spec"]);
  for (const claim of mine) {
    if (claim.kind !== "core/PersistentVolumeClaim") continue;
    const users = inventory.usersOfClaim(claim);
    const spec = mapOf(claim.object["spec"]);
    const code = diskCode("persistent", spec);
    if (users.length !== 1 || users[0] !== item || !code) continue;
    const pod = mapOf(mapOf(podTemplateOf(item.object))["spec"]);
    const containers = ["containers", "initContainers"].flatMap((key) => mapsOf(pod[key]));
    const volumes = mapsOf(pod["volumes"]).filter(
      (volume) => mapOf(volume["persistentVolumeClaim"])["claimName"] === claim.name,
    );
    const fits = volumes.every((volume) =>
      canBeDisk(
        volume,
        containers.flatMap((json) => mapsOf(json["volumeMounts"]).filter(({ name }) => name === volume["name"])),
      ),
    );
    if (!fits || volumes.length !== 1) continue;
    // Several pods on a disk of one node are refused.
    if (kind === "WebService" || kind === "Worker") {
      if (code["access"] === undefined && typeof replicas === "number" && replicas > 1) continue;
      if (
        code["access"] === undefined &&
        inventory.items.some(
          ({ object, kind: other }) => other === "autoscaling/HorizontalPodAutoscaler" && scales(object, item),
        )
      )
        continue;
    }
    claims.set(claim.name, { name: claim.name, spec, item: claim });
  }
  // A patch of claims holds for all of them, so that only one can have a name of its own.
  const renamed = [...claims.keys()].filter((name) => !name.startsWith(`${id}-`));
  if (renamed.length > 1 || (renamed.length === 1 && claims.size > 1)) for (const name of renamed) claims.delete(name);
  return claims;
}

/** Gives the parts of an Ingress to the workloads behind it, or says why it stays. */
function planEntry(
  ingress: Item,
  ways: Ways,
  planned: readonly (Planned & { entries: TakenEntry[] })[],
): string | undefined {
  const taken = takeIngress(ingress, ways);
  if (typeof taken === "string") return taken;
  const places = taken.map((entry) => ({
    entry,
    to: planned.find(({ service, item }) => service?.name === entry.service && item.namespace === ingress.namespace),
  }));
  for (const { entry, to } of places) {
    if (!to) return `it leads to Service "${entry.service}", which is no construct's`;
    const ports = mapsOf(mapOf(to.service?.object["spec"])["ports"]);
    const spec = mapOf(mapOf(podTemplateOf(to.item.object))["spec"]);
    const containerPorts = containerPortsOf(["containers", "initContainers"].flatMap((key) => mapsOf(spec[key])));
    const asked = ports.find(({ port, name }) => port === entry.port || name === entry.port);
    const target = asked && portNumber(asked["targetPort"] ?? asked["port"], containerPorts);
    if (target === undefined) return `port ${entry.port} of Service "${entry.service}" leads nowhere`;
    const numberOf = (port: number | string): unknown =>
      ports.find((each) => each["port"] === port || each["name"] === port)?.["port"];
    if (to.entries.some((other) => numberOf(other.port) === numberOf(entry.port)))
      return `another Ingress leads to port ${entry.port} of "${to.id}"`;
    if (to.id !== to.service?.name) return `Service "${entry.service}" gets another name`;
  }
  for (const { entry, to } of places) to?.entries.push(entry);
  return undefined;
}
