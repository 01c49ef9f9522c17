import { k8s } from "cdk8s-plus-28";
import { isPlainObject } from "../../core/merge";
import { compare, type Problem } from "../../core/findings";
import { checkKeys, show } from "../../core/keys";
import { checkLabels } from "../../core/names";
import type { Named } from "../../core/scope";
import { didYouMean } from "../../core/suggest";
import { toSeconds } from "../../core/units";
import { checkSeconds } from "./bounds";
import { checkPodCount, isZero, percentOf } from "./pods";
import type { Scaling, ScalingMetric, ScalingSpeed } from "./types";

const DIRECTIONS = { up: "scaleUp", down: "scaleDown" } as const;
type Direction = keyof typeof DIRECTIONS;

/** How often pods come or go by default, in seconds. */
const PERIOD_SECONDS = 15;

/** How much the average pod is to use of what it requests, in percent, where anything is said or nothing else scales it. */
export function utilizationTargets({ cpu, memory, metrics = {}, triggers = {} }: Scaling): {
  readonly cpu?: number;
  readonly memory?: number;
} {
  const isSilent = memory === undefined && Object.keys({ ...metrics, ...triggers }).length === 0;
  const cpuTarget = cpu ?? (isSilent ? 70 : undefined);
  return {
    ...(cpuTarget === undefined ? {} : { cpu: cpuTarget }),
    ...(memory === undefined ? {} : { memory }),
  };
}

/** A Deployment whose number of pods moves. */
export interface ScaleTarget {
  readonly deployment: string;
  /** The container whose use counts, where there are others: a sidecar that does little would hide that it is busy. */
  readonly container: string | undefined;
}

/**
 * What a HorizontalPodAutoscaler says.
 *
 * @see https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/horizontal-pod-autoscaler-v2/
 */
export function autoscalerSpec(
  { deployment, container }: ScaleTarget,
  scaling: Scaling,
): k8s.HorizontalPodAutoscalerSpecV2 {
  const behavior = scalingBehavior(scaling);
  return {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: deployment },
    minReplicas: Math.max(1, scaling.min),
    maxReplicas: scaling.max,
    metrics: metricsOf(scaling, container),
    ...(behavior ? { behavior } : {}),
  };
}

function metricsOf(scaling: Scaling, container: string | undefined): k8s.MetricSpecV2[] {
  const resources = Object.entries(utilizationTargets(scaling)).map(([name, averageUtilization]): k8s.MetricSpecV2 => {
    const resource = { name, target: { type: "Utilization", averageUtilization } };
    if (container === undefined) return { type: "Resource", resource };
    return { type: "ContainerResource", containerResource: { ...resource, container } };
  });
  const others = Object.entries(scaling.metrics ?? {})
    .filter(([, metric]) => isPlainObject(metric))
    .sort(([a], [b]) => compare(a, b))
    .map(([name, metric]): k8s.MetricSpecV2 => {
      const target = { type: "AverageValue", averageValue: k8s.Quantity.fromString(quantityOf(metric.average)) };
      if (metric.kind === "pods") return { type: "Pods", pods: { metric: { name }, target } };
      const selector = metric.selector && { matchLabels: { ...metric.selector } };
      return { type: "External", external: { metric: { name, ...(selector ? { selector } : {}) }, target } };
    });
  return [...resources, ...others];
}

/** How fast the number of pods moves, where anything is said of that; KEDA takes the same. */
export function scalingBehavior(scaling: Scaling): k8s.HorizontalPodAutoscalerBehaviorV2 | undefined {
  const directions = (["up", "down"] as const).flatMap((direction) => {
    const rules = scaling[direction] && scalingRules(direction, scaling[direction]);
    return rules && Object.keys(rules).length > 0 ? [[DIRECTIONS[direction], rules] as const] : [];
  });
  return directions.length === 0 ? undefined : Object.fromEntries(directions);
}

function scalingRules(direction: Direction, { after, pods, every }: ScalingSpeed): k8s.HpaScalingRulesV2 {
  const policies = isZero(pods) ? [] : policiesOf(direction, { pods, every });
  return {
    ...(after === undefined ? {} : { stabilizationWindowSeconds: toSeconds(after) ?? 0 }),
    ...(policies.length === 0 ? {} : { policies }),
    ...(isZero(pods) ? { selectPolicy: "Disabled" } : {}),
  };
}

function policiesOf(
  direction: Direction,
  { pods, every }: Pick<ScalingSpeed, "pods" | "every">,
): k8s.HpaScalingPolicyV2[] {
  if (pods === undefined && every === undefined) return [];
  // With another period alone, the sizes are Kubernetes' own; it takes the larger where there are two.
  const sizes = pods === undefined ? (direction === "up" ? ([4, "100%"] as const) : (["100%"] as const)) : [pods];
  return sizes.map((size) => {
    const percent = percentOf(size);
    return {
      type: percent === undefined ? "Pods" : "Percent",
      value: percent ?? Number(size),
      periodSeconds: every === undefined ? PERIOD_SECONDS : (toSeconds(every) ?? PERIOD_SECONDS),
    };
  });
}

/**
 * What is wrong with how fast the number of pods is to move; the bounds are those of the API server.
 *
 * @see https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/horizontal-pod-autoscaler-v2/#HorizontalPodAutoscalerSpec
 */
export function checkSpeed(where: string, speed: ScalingSpeed | undefined): Problem[] {
  if (speed === undefined) return [];
  return [
    ...checkKeys(where, speed, ["after", "pods", "every"]),
    ...checkSeconds(`${where}.after`, speed.after, 0, 3600),
    ...checkPodCount(`${where}.pods`, speed.pods, Number.POSITIVE_INFINITY),
    ...checkSeconds(`${where}.every`, speed.every, 1, 1800),
  ];
}

/** What is wrong with measures of the cluster's metrics API. */
export function checkMetrics(metrics: Named<ScalingMetric>): Problem[] {
  return Object.entries(metrics).flatMap(([name, metric]) =>
    isPlainObject(metric)
      ? checkMetric(name, metric)
      : [
          {
            rule: "metric/invalid",
            message: `replicas.metrics.${name} ${show(metric)} is no metric`,
            fix: 'write { kind: "pods", average: 100 }, or { kind: "external", … }',
          },
        ],
  );
}

function checkMetric(name: string, metric: ScalingMetric): Problem[] {
  const where = `replicas.metrics.${name}`;
  const kind: unknown = metric.kind;
  const problems: Problem[] = [];
  if (name === "" || name === "." || name === ".." || /[/%]/.test(name)) {
    problems.push({
      rule: "metric/invalid",
      message: `replicas.metrics has "${name}", which is no name of a metric`,
      fix: "write it as the metrics API does, without / and %",
    });
  }
  if (kind !== "pods" && kind !== "external") {
    problems.push({
      rule: "metric/invalid",
      message: `${where}.kind ${show(kind)} is not known`,
      fix: didYouMean(kind, ["pods", "external"]),
    });
  }
  if (!(toThousandths(metric.average) > 0)) {
    problems.push({
      rule: "metric/invalid",
      message: `${where}.average ${show(metric.average)} is not an amount above zero`,
      fix: 'use a number, or thousandths as in "500m"',
    });
  }
  const selector = kind === "external" ? metric.selector : undefined;
  return [
    ...problems,
    ...checkKeys(where, metric, ["kind", "average", ...(kind === "external" ? ["selector"] : [])]),
    ...checkLabels(selector ?? {}),
  ];
}

/** Thousandths of an amount, which is how fine Kubernetes counts here; NaN for what is none. */
function toThousandths(average: ScalingMetric["average"]): number {
  const amount = typeof average === "string" ? (/^(\d+)m$/.exec(average)?.[1] ?? "none") : average;
  const thousandths = typeof amount === "number" ? Math.round(amount * 1e6) / 1e3 : Number(amount);
  return Number.isSafeInteger(thousandths) ? thousandths : Number.NaN;
}

/** As Kubernetes itself prints it, so that nothing looks changed: with the largest suffix that keeps the number whole. */
function quantityOf(average: ScalingMetric["average"]): string {
  const suffixes = ["m", "", "k", "M", "G", "T"];
  let amount = toThousandths(average);
  while (suffixes.length > 1 && amount !== 0 && amount % 1000 === 0) {
    amount /= 1000;
    suffixes.shift();
  }
  return `${amount}${suffixes[0] ?? ""}`;
}
