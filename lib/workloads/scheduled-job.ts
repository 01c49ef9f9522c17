import type { Chart } from "cdk8s";
import { k8s } from "cdk8s-plus-28";
import type { Construct } from "constructs";
import { checkCron } from "../core/cron";
import { withDefaults } from "../core/defaults";
import type { Problem } from "../core/findings";
import { checkKeys, show } from "../core/keys";
import { withoutFalse } from "../core/merge";
import type { ClusterRef } from "../core/scope";
import { didYouMean } from "../core/suggest";
import { checkTimeZone } from "../core/time-zones";
import { type Duration, toSeconds } from "../core/units";
import type { RunProps } from "./job";
import {
  checkCount,
  checkRun,
  checkRunName,
  checkSeconds,
  jobSpec,
  RUN_DEFAULTS,
  RUN_KEYS,
  RUN_PARTS,
} from "./job-spec";
import { checkOverlappingDisks } from "./pod/check-disks";
import { completePods, Workload, type WorkloadChild } from "./workload";

/** Properties of a {@link ScheduledJob}. */
export interface ScheduledJobProps extends RunProps<WorkloadChild | "cronJob"> {
  /**
   * When it runs: minute, hour, day of the month, month, day of the week, as in `"0 6 * * 1-5"`, or `"@daily"` and the like.
   *
   * @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax
   */
  readonly schedule: string;
  /** Time zone of the schedule, as in `Europe/Berlin`. @default "Etc/UTC" */
  readonly timeZone?: string | undefined;
  /** What happens when it is time and the last run goes on: another beside it, none, or another instead. @default "skip" */
  readonly overlap?: "allow" | "skip" | "replace" | undefined;
  /** How late a run may start before it is left out. @default - as late as it gets */
  readonly startWithin?: Duration | undefined;
  /** How many ended runs are kept to look at. @default - 3 that succeeded, 1 that failed */
  readonly history?: { readonly succeeded?: number | undefined; readonly failed?: number | undefined } | undefined;
  /** Whether it does not run for now. @default false */
  readonly suspended?: boolean | undefined;
}

const KEYS: readonly (keyof ScheduledJobProps)[] = [
  ...RUN_KEYS,
  "schedule",
  "timeZone",
  "overlap",
  "startWithin",
  "history",
  "suspended",
];
const HISTORY_KEYS: readonly (keyof NonNullable<ScheduledJobProps["history"]>)[] = ["succeeded", "failed"];

const POLICIES = { allow: "Allow", skip: "Forbid", replace: "Replace" } as const;

// Most characters of its name, because Kubernetes adds eleven for each run: the API server takes no more.
const MAX_NAME = 52;

/**
 * Something that runs at set times, each time to its end. `flagstone run-job` runs it once, now.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/
 * @example
 * ```ts
 * import { ScheduledJob, type Tenant } from "flagstone";
 *
 * export const dunning = (shop: Tenant) =>
 *   new ScheduledJob(shop, "dunning", {
 *     image: "registry.acme.example/shop/billing:1.4.2",
 *     args: ["dunning"],
 *     schedule: "0 6 * * 1-5",
 *     timeZone: "Europe/Berlin",
 *   });
 * ```
 */
export class ScheduledJob extends Workload {
  /** @internal */
  protected readonly props: ScheduledJobProps;

  public constructor(scope: Construct, id: string, props: ScheduledJobProps) {
    const merged = withDefaults<ScheduledJobProps>(ScheduledJob, scope, props, {
      ...RUN_DEFAULTS,
      overlap: "skip",
      timeZone: "Etc/UTC",
    });
    super(scope, id, merged);
    this.props = merged;
    this.report(
      ...this.checkWorkload(["cronJob"], KEYS, RUN_PARTS),
      ...checkRunName(this.name, MAX_NAME),
      ...checkRun(merged),
      ...checkSchedule(merged),
      ...checkOverlappingDisks(withoutFalse(merged.volumes), merged.overlap),
    );
  }

  /** @internal */
  protected override objectsIn(chart: Chart, cluster: ClusterRef): void {
    this.makeCronJob(chart, cluster);
    this.makeNetworkPolicies(chart, cluster, []);
    this.checkTransforms();
  }

  private makeCronJob(chart: Chart, cluster: ClusterRef): void {
    const { schedule, timeZone, overlap, startWithin, history, suspended } = this.props;
    const latest = startWithin === undefined ? undefined : toSeconds(startWithin);
    const pod = this.pod(RUN_PARTS, this.derived(cluster));
    const needs = this.makeNeeds(chart, cluster, pod);
    const cronJob = new k8s.KubeCronJob(chart, "cronJob", {
      metadata: { name: this.name },
      spec: {
        schedule,
        timeZone: timeZone ?? "Etc/UTC",
        concurrencyPolicy: POLICIES[overlap ?? "skip"],
        ...(latest === undefined ? {} : { startingDeadlineSeconds: latest }),
        successfulJobsHistoryLimit: history?.succeeded ?? 3,
        failedJobsHistoryLimit: history?.failed ?? 1,
        suspend: suspended ?? false,
        jobTemplate: { metadata: { labels: this.labels }, spec: jobSpec(this.props, pod.template) },
      },
    });
    cronJob.addDependency(...needs);
    completePods(cronJob, pod);
    this.child("cronJob", cronJob, cluster);
  }
}

/** What is wrong with when it runs. */
function checkSchedule({ schedule, timeZone, overlap, startWithin, history, suspended }: ScheduledJobProps): Problem[] {
  return [
    ...checkCron("schedule", schedule),
    ...(timeZone === undefined ? [] : checkTimeZone("timeZone", timeZone)),
    ...checkOverlap(overlap),
    ...(startWithin === undefined ? [] : checkStart(startWithin)),
    ...checkKeys("history", history, HISTORY_KEYS),
    ...checkCount("history.succeeded", history?.succeeded),
    ...checkCount("history.failed", history?.failed),
    ...(suspended === undefined || typeof suspended === "boolean"
      ? []
      : [
          { rule: "jobs/suspended", message: `suspended ${show(suspended)} is not possible`, fix: "use true or false" },
        ]),
  ];
}

function checkOverlap(overlap: ScheduledJobProps["overlap"]): Problem[] {
  if (overlap === undefined || Object.hasOwn(POLICIES, overlap)) return [];
  const fix = didYouMean(overlap, Object.keys(POLICIES));
  return [{ rule: "jobs/overlap", message: `overlap ${show(overlap)} is not known`, fix }];
}

/** @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#starting-deadline */
function checkStart(startWithin: Duration): Problem[] {
  const seconds = toSeconds(startWithin);
  if (seconds === undefined || seconds >= 10) return checkSeconds("startWithin", startWithin, 0, 'write "5m"');
  return [
    {
      rule: "jobs/start-within",
      severity: "warning",
      message: `startWithin ${show(startWithin)} may leave out every run, because Kubernetes looks every 10 seconds only`,
      fix: 'use at least "10s"',
    },
  ];
}
