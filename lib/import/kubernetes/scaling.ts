import { type JsonMap, mapOf, mapsOf, prunedMap, take, textOf, textsOf } from "../json";
import { billionths, secondsCode } from "../quantities";
import type { Code, CodeRecord } from "../write/code";

/** Takes how new pods take over; what `rollout` cannot say is left in the spec. */
export function takeRollout(spec: JsonMap, mustRecreate: boolean): Code | undefined {
  const { type, rollingUpdate } = mapOf(spec["strategy"]);
  const history = spec["revisionHistoryLimit"];
  const { maxSurge, maxUnavailable } = mapOf(rollingUpdate);
  const timing = {
    minReady: secondsCode(spec["minReadySeconds"]),
    deadline: secondsCode(spec["progressDeadlineSeconds"]),
    // Flagstone keeps five anyway.
    history: typeof history === "number" && history !== 5 ? history : undefined,
  };
  for (const key of ["strategy", "minReadySeconds", "progressDeadlineSeconds", "revisionHistoryLimit"]) take(spec, key);
  const isTimed = Object.values(timing).some((value) => value !== undefined);
  if (type === "Recreate" || mustRecreate) return { strategy: "recreate", ...timing };
  const surge = podCount(maxSurge);
  const unavailable = podCount(maxUnavailable);
  // What was not said is a quarter, in Kubernetes.
  const shares = {
    maxSurge: surge === undefined || surge === "25%" ? undefined : surge,
    maxUnavailable: unavailable === undefined || unavailable === 0 ? undefined : unavailable,
  };
  const isSaid = Object.values(shares).some((value) => value !== undefined);
  // Without a surge, pods must be missing while others take over.
  if (surge === 0 && shares.maxUnavailable === undefined)
    return { strategy: "rolling", maxSurge: 0, maxUnavailable: "25%", ...timing };
  return isSaid || isTimed ? { strategy: "rolling", ...shares, ...timing } : undefined;
}

function podCount(value: unknown): number | string | undefined {
  if (typeof value === "number") return value;
  return typeof value === "string" && /^(100|[1-9]?\d)%$/.test(value) ? value : undefined;
}

/** What a HorizontalPodAutoscaler becomes, and what of it is left. */
export interface TakenAutoscaler {
  readonly replicas: CodeRecord;
  readonly patch: JsonMap;
}

/** Translates an autoscaler of any version of its API. */
export function takeAutoscaler(object: JsonMap): TakenAutoscaler {
  const metadata = mapOf(object["metadata"]);
  for (const key of ["name", "namespace", "labels"]) take(metadata, key);
  const spec = mapOf(object["spec"]);
  take(spec, "scaleTargetRef");
  const min = take(spec, "minReplicas") ?? 1;
  const max = take(spec, "maxReplicas") ?? 1;
  const cpu = take(spec, "targetCPUUtilizationPercentage");
  // What the controller follows when nothing is said.
  const isSilent = cpu === undefined && mapsOf(spec["metrics"]).length === 0;
  const metrics = isSilent ? { cpu: 80 } : takeMetrics(spec);
  const { up, down } = takeBehavior(spec);
  return {
    replicas: {
      min: Number(min),
      max: Number(max),
      ...metrics,
      ...(typeof cpu === "number" && cpu !== 70 ? { cpu } : {}),
      up,
      down,
    },
    patch: prunedMap({ metadata, spec }),
  };
}

/** All metrics, or none: their list is replaced as a whole. */
function takeMetrics(spec: JsonMap): CodeRecord {
  const given = mapsOf(spec["metrics"]);
  const found: Record<string, Code> = {};
  const named: Record<string, Code> = {};
  for (const metric of given) {
    const resource = mapOf(metric["resource"]);
    const target = mapOf(resource["target"]);
    const name = textOf(resource["name"]);
    if (metric["type"] === "Resource" && target["type"] === "Utilization" && (name === "cpu" || name === "memory")) {
      if (found[name] !== undefined || typeof target["averageUtilization"] !== "number") return {};
      found[name] = target["averageUtilization"];
      continue;
    }
    const kind = metric["type"] === "Pods" ? "pods" : metric["type"] === "External" ? "external" : undefined;
    const custom = kind && customMetric(kind, mapOf(metric[kind]));
    if (!custom || named[custom.name] !== undefined) return {};
    named[custom.name] = custom.code;
  }
  take(spec, "metrics");
  const isDefault = found["cpu"] === 70 && Object.keys(found).length === 1 && Object.keys(named).length === 0;
  if (isDefault) return {};
  return { ...found, metrics: Object.keys(named).length > 0 ? named : undefined };
}

function customMetric(kind: "pods" | "external", metric: JsonMap): { name: string; code: Code } | undefined {
  const { name, selector } = mapOf(metric["metric"]);
  const { type, averageValue } = mapOf(metric["target"]);
  const thousandths = (billionths(averageValue) ?? 0n) / 1_000_000n;
  if (typeof name !== "string" || type !== "AverageValue" || thousandths <= 0n) return undefined;
  if (mapOf(selector)["matchExpressions"] !== undefined || (kind === "pods" && selector !== undefined))
    return undefined;
  const labels = textsOf(mapOf(selector)["matchLabels"]);
  const average = thousandths % 1000n === 0n ? Number(thousandths / 1000n) : `${thousandths}m`;
  return { name, code: { kind, average, selector: labels } };
}

function takeBehavior(spec: JsonMap): { readonly up?: Code | undefined; readonly down?: Code | undefined } {
  const behavior = mapOf(spec["behavior"]);
  const result: Record<string, Code | undefined> = {};
  for (const [field, key] of [["scaleUp", "up"] as const, ["scaleDown", "down"] as const]) {
    const speed = speedOf(mapOf(behavior[field]));
    if (!speed) continue;
    take(spec, "behavior", field);
    result[key] = speed;
  }
  return result;
}

function speedOf(rules: JsonMap): CodeRecord | undefined {
  const { stabilizationWindowSeconds, policies, selectPolicy, ...rest } = rules;
  const listed = mapsOf(policies);
  const isDisabled = selectPolicy === "Disabled";
  if (Object.keys(rules).length === 0 || Object.keys(rest).length > 0 || listed.length > 1) return undefined;
  const [policy] = listed;
  const pods = isDisabled
    ? 0
    : policy && (policy["type"] === "Percent" ? `${Number(policy["value"])}%` : Number(policy["value"]));
  if (isDisabled && policy) return undefined;
  const period = policy?.["periodSeconds"];
  return {
    after: secondsCode(stabilizationWindowSeconds),
    pods,
    every: period === 15 ? undefined : secondsCode(period),
  };
}

/** A disruption budget as Flagstone takes it; undefined where it cannot, or would refuse it. */
export function budgetCode(spec: JsonMap, fewest: number): CodeRecord | undefined {
  const { minAvailable, maxUnavailable } = spec;
  const minimum = podCount(minAvailable);
  const maximum = podCount(maxUnavailable);
  if ((minimum === undefined) === (maximum === undefined)) return undefined;
  const share = (count: number | string): number =>
    typeof count === "number" ? count : Math.ceil((Number.parseInt(count) * fewest) / 100);
  const allowed = minimum === undefined ? share(maximum ?? 0) : fewest - share(minimum);
  if (fewest > 0 && allowed <= 0) return undefined;
  return minimum === undefined ? { maxUnavailable: maximum } : { minAvailable: minimum };
}
