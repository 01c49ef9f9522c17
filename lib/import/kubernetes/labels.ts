import { LABEL } from "../../core/labels";
import { isMap, type Json, type JsonMap, mapOf, mapsOf, textsOf, said } from "../json";
import { labelsOf, selectsByExpressions } from "./objects";

/** Labels that say what an object is. Flagstone says that itself, so they go where nothing selects by them. */
export const IDENTITY: ReadonlySet<string> = new Set([
  "app",
  "name",
  "k8s-app",
  "chart",
  "release",
  "heritage",
  "io.kompose.service",
  "app.kubernetes.io/instance",
  "app.kubernetes.io/component",
  "helm.sh/chart",
  LABEL.name,
  LABEL.version,
  LABEL.managedBy,
  LABEL.partOf,
]);

/** Labels that only Flagstone sets. */
export const OWN: ReadonlySet<string> = new Set(Object.values(LABEL));

/** Labels that something selects by. */
export class Selected {
  private readonly found = new Set<string>();

  public constructor(value: Json) {
    const addAll = (labels: unknown): void => {
      for (const [key, wanted] of Object.entries(mapOf(labels))) this.found.add(`${key}=${said(wanted)}`);
    };
    visit(value, (selector) => {
      addAll(selector["matchLabels"]);
      for (const { key } of mapsOf(selector["matchExpressions"])) if (typeof key === "string") this.found.add(key);
    });
    visitPlain(value, addAll);
  }

  /** Whether a label is one of them. */
  public has(key: string, value: unknown): boolean {
    return this.found.has(key) || this.found.has(`${key}=${said(value)}`);
  }
}

/** A workload as selectors see it. */
export interface Selectable {
  readonly id: string;
  /** Labels that its pods had. */
  readonly pods: Readonly<Record<string, string>>;
  /** Labels that its Service had. */
  readonly service: Readonly<Record<string, string>> | undefined;
}

/**
 * Lets selectors that found the pods or the Service of a construct find them by what Flagstone calls them: the labels that it sets itself
 * have other values now. Changes the object in place.
 *
 * @returns how many selectors were changed
 */
export function rewriteSelectors(object: Json, workloads: readonly Selectable[]): number {
  let count = 0;
  const isMonitor = isMap(object) && object["kind"] === "ServiceMonitor";
  visit(object, (selector) => {
    const own = Object.keys(mapOf(selector["matchLabels"])).filter((key) => OWN.has(key));
    if (own.length === 0) return;
    const found = workloads.filter(({ pods, service }) =>
      selectsByExpressions(selector, isMonitor ? (service ?? {}) : pods),
    );
    const [only] = found;
    if (only && found.length === 1 && rename(mapOf(selector["matchLabels"]), only.id)) count += 1;
  });
  return count;
}

/** Says Flagstone's name of a workload, and drops what else only Flagstone sets. */
function rename(labels: JsonMap, id: string): boolean {
  if (labels[LABEL.name] === id && !Object.keys(labels).some((key) => OWN.has(key) && key !== LABEL.name)) return false;
  for (const key of Object.keys(labels)) if (OWN.has(key)) Reflect.deleteProperty(labels, key);
  labels[LABEL.name] = id;
  return true;
}

/** Selectors as newer kinds have them. */
function visit(value: Json | undefined, see: (selector: JsonMap) => void): void {
  if (Array.isArray(value)) for (const item of value) visit(item, see);
  if (!isMap(value)) return;
  if (isMap(value["matchLabels"]) || Array.isArray(value["matchExpressions"])) see(value);
  for (const item of Object.values(value)) visit(item, see);
}

/** Selectors as Services have them. */
function visitPlain(value: Json | undefined, see: (selector: JsonMap) => void): void {
  if (Array.isArray(value)) for (const item of value) visitPlain(item, see);
  if (!isMap(value)) return;
  const selector = value["selector"];
  if (isMap(selector) && textsOf(selector) && value["matchLabels"] === undefined) see(selector);
  for (const item of Object.values(value)) visitPlain(item, see);
}

/** What a workload says of labels, and what goes. */
export function takeLabels(
  object: JsonMap,
  template: JsonMap,
  needed: Selected,
): { readonly labels: Record<string, string>; readonly own: Record<string, string> } {
  const pods = labelsOf(template);
  const all = { ...labelsOf(object), ...pods };
  const isKept = ([key, value]: readonly [string, string]): boolean =>
    !OWN.has(key) && !key.startsWith("flagstone.dev/") && (!IDENTITY.has(key) || needed.has(key, value));
  const labels = Object.fromEntries(Object.entries(all).filter(isKept));
  // The object itself may say another value than its pods.
  const own = Object.fromEntries(
    Object.entries(labelsOf(object)).filter((label) => isKept(label) && labels[label[0]] !== label[1]),
  );
  return { labels, own };
}
