import { type JsonMap, listOf, mapOf, mapsOf, take, textOf, textsOf, said } from "../json";
import type { Code } from "../write/code";

const ZONE = "topology.kubernetes.io/zone";
const HOST = "kubernetes.io/hostname";

/** What pods of a workload are found by, before and after. */
export interface Selectors {
  /** Whether labels select the pods of the workload itself. */
  isOwn(labels: unknown): boolean;
  /** Name of another imported workload that labels select, alone. */
  workloadOf(labels: unknown): string | undefined;
}

/** Takes where pods run; what `scheduling` cannot say is left in the spec. */
export function takeScheduling(spec: JsonMap, selectors: Selectors): Code | undefined {
  const scheduling: Record<string, Code | undefined> = {
    spread: takeSpread(spec, selectors),
    ...takeNearness(spec, selectors),
    ...takeNodes(spec),
    tolerations: takeTolerations(spec),
    priority: textOf(take(spec, "priorityClassName")),
    runtimeClass: textOf(take(spec, "runtimeClassName")),
  };
  take(spec, "priority"); // which an exported pod says besides the name
  return Object.values(scheduling).some((value) => value !== undefined) ? scheduling : undefined;
}

/** Constraints as Flagstone makes them: by zone or by node, of the own pods. */
function takeSpread(spec: JsonMap, selectors: Selectors): Code | undefined {
  const given = mapsOf(spec["topologySpreadConstraints"]);
  if (given.length === 0) return undefined;
  const found: Record<string, string> = {};
  for (const constraint of given) {
    const { topologyKey, maxSkew, whenUnsatisfiable, labelSelector, ...rest } = constraint;
    const key = topologyKey === ZONE ? "zones" : topologyKey === HOST ? "hosts" : undefined;
    const isPlain = maxSkew === 1 && selectors.isOwn(mapOf(labelSelector)["matchLabels"]);
    const extra = Object.keys(rest).filter((field) => field !== "matchLabelKeys");
    if (key === undefined || found[key] !== undefined || !isPlain || extra.length > 0) return undefined;
    if (mapOf(labelSelector)["matchExpressions"] !== undefined) return undefined;
    found[key] = whenUnsatisfiable === "ScheduleAnyway" ? "preferred" : "required";
  }
  take(spec, "topologySpreadConstraints");
  const spread = Object.fromEntries(Object.entries(found).filter(([, value]) => value !== "preferred"));
  return Object.keys(spread).length > 0 ? spread : undefined;
}

/** Pod affinity whose terms each name one workload. All of it, or nothing: weights and the like are in the way. */
function takeNearness(spec: JsonMap, selectors: Selectors): Record<string, Code | undefined> {
  const result: Record<string, Code | undefined> = {};
  for (const [field, prop] of [["podAffinity", "near"] as const, ["podAntiAffinity", "apart"] as const]) {
    const affinity = mapOf(mapOf(spec["affinity"])[field]);
    const required = mapsOf(affinity["requiredDuringSchedulingIgnoredDuringExecution"]).map((term) => ({
      term,
      must: true,
    }));
    const preferred = mapsOf(affinity["preferredDuringSchedulingIgnoredDuringExecution"]).map((item) => ({
      term: mapOf(item["podAffinityTerm"]),
      must: false,
    }));
    const terms = [...required, ...preferred];
    if (terms.length === 0) continue;
    const named = terms.map(({ term, must }) => {
      const { labelSelector, topologyKey, ...rest } = term;
      const within = topologyKey === ZONE ? "zone" : topologyKey === HOST ? "host" : undefined;
      const selector = mapOf(labelSelector);
      const labels = selector["matchLabels"] ?? labelsOfExpressions(selector["matchExpressions"]);
      const isPlain = Object.keys(rest).length === 0 && Object.keys(selector).length === 1;
      const name = isPlain ? selectors.workloadOf(labels) : undefined;
      return name === undefined || within === undefined ? undefined : { name, within, must };
    });
    const whole = named.every((each) => each !== undefined) ? named : undefined;
    if (!whole || new Set(whole.map(({ name }) => name)).size !== whole.length) continue;
    take(spec, "affinity", field);
    result[prop] = Object.fromEntries(
      whole.map(({ name, within, must }) => [name, { within, required: must ? true : undefined }]),
    );
  }
  return result;
}

/** `app In (web)` is `app: web`. */
function labelsOfExpressions(expressions: unknown): JsonMap | undefined {
  const given = mapsOf(expressions);
  const isPlain = given.every(({ operator, values }) => operator === "In" && listOf(values).length === 1);
  if (given.length === 0 || !isPlain) return undefined;
  return Object.fromEntries(given.map(({ key, values }) => [said(key), listOf(values)[0] ?? ""]));
}

function takeNodes(spec: JsonMap): Record<string, Code | undefined> {
  const labels = textsOf(spec["nodeSelector"]);
  if (!labels) return {};
  take(spec, "nodeSelector");
  const { "kubernetes.io/arch": architecture, ...others } = labels;
  const isKnown = architecture === "amd64" || architecture === "arm64";
  const nodes = isKnown ? others : labels;
  return {
    architectures: isKnown ? [architecture] : undefined,
    nodes: Object.keys(nodes).length > 0 ? nodes : undefined,
  };
}

function takeTolerations(spec: JsonMap): Code | undefined {
  const given = mapsOf(spec["tolerations"]);
  if (given.length === 0) return undefined;
  const codes = given.map(({ key, operator = "Equal", value, effect, ...rest }) => {
    if (typeof key !== "string" || key === "" || Object.keys(rest).length > 0) return undefined;
    if (operator === "Exists") return { key, effect };
    return operator === "Equal" && typeof value === "string" ? { key, value, effect } : undefined;
  });
  if (
    !codes.every((code) => code !== undefined) ||
    new Set(codes.map((code) => JSON.stringify(code))).size < codes.length
  )
    return undefined;
  take(spec, "tolerations");
  return codes;
}
