import { setTimeout as sleep } from "node:timers/promises";
import type { ClusterConnection } from "../../core/scope";
import { nearest } from "../../core/suggest";
import type { PlanObject } from "../../plan/plan";
import { type Kubectl, withKubectl } from "../kubectl";
import { type LoadedEnvironment, type LoadOptions, loadEnvironments } from "../load-program";
import { complainAbout, print, printJson, Progress, style } from "../output";
import { UsageError } from "../usage-error";

/** What `flagstone run-job` is told. */
export interface RunJobOptions extends LoadOptions {
  /** The cluster, where the job is on several. */
  readonly cluster?: string | undefined;
  /** A context of the user's own kubeconfig, instead of what the program says. */
  readonly context?: string | undefined;
  /** Whether only the command is printed. */
  readonly dryRun?: boolean | undefined;
  /** False when the command ends as soon as the job is there. */
  readonly wait?: boolean | undefined;
}

/** A CronJob that was found, and where. */
interface Found {
  readonly loaded: LoadedEnvironment;
  readonly cronJob: PlanObject;
}

/** How a run stands. */
interface State {
  readonly state: "running" | "complete" | "failed" | "unknown";
  /** What became of its pods, why it failed, or why nobody knows. */
  readonly detail: string;
  /** Whether the job is there no more, and its logs with it. */
  readonly deleted?: boolean;
}

// Milliseconds between looks at a job.
const INTERVAL = 1000;
// Kubernetes itself adds as much to the name of a CronJob for each run, so that no name is too long.
const SUFFIX = 11;
const MAX_NAME = 63;

/**
 * Runs a deployed ScheduledJob once, now, and waits for its end.
 *
 * @param path - construct path of the ScheduledJob, or its end
 * @returns the exit code: 1 when the run failed, or was deleted before anybody saw how it ended
 */
export async function runJob(path: string, paths: readonly string[], options: RunJobOptions): Promise<number> {
  const progress = new Progress();
  const { loaded, cronJob } = find(path, await loadEnvironments(paths, options, progress), options.cluster);
  const connection = connectionOf(loaded, cronJob.cluster, options.context);
  const job = runName(cronJob.name, new Date());
  const namespace = cronJob.namespace ?? "default";
  const create = ["create", "job", job, `--from=cronjob/${cronJob.name}`, "--namespace", namespace];
  const where = { construct: cronJob.construct, environment: cronJob.environment, cluster: cronJob.cluster, namespace };
  return withKubectl(connection, loaded.folder, async (kubectl) => {
    const command = shown(kubectl, create);
    const logs = shown(kubectl, ["logs", `job/${job}`, "--namespace", namespace]);
    const result = { ...where, cronJob: cronJob.name, job, command, logs };
    if (options.dryRun) {
      if (options.json) printJson({ ...result, state: "not-run" });
      else print(command);
      return 0;
    }
    await kubectl.run(create);
    if (!options.json) print(`${style("bold", cronJob.construct)}: job ${job} was made on cluster ${cronJob.cluster}`);
    const end = options.wait === false ? undefined : await untilEnd(kubectl, { job, namespace, cronJob }, progress);
    if (options.json) printJson({ ...result, state: "started", ...end });
    else printEnd(end, logs);
    return end === undefined || end.state === "complete" ? 0 : 1;
  });
}

function printEnd(end: (State & { readonly seconds: number }) | undefined, logs: string): void {
  if (end) {
    const text = end.state === "unknown" ? "gone" : end.state;
    print(
      `${style(end.state === "complete" ? "green" : "red", text)} after ${end.seconds} s${end.detail === "" ? "" : `: ${end.detail}`}`,
    );
  }
  if (end?.deleted !== true) print(style("dim", `logs: ${logs}`));
}

/** @throws UsageError when there is none, or more than one */
function find(path: string, environments: readonly LoadedEnvironment[], cluster: string | undefined): Found {
  const constructs = environments.flatMap((loaded) =>
    loaded.plan.constructs
      .filter((construct) => `/${construct.path}`.endsWith(`/${path}`))
      .map((construct) => ({ loaded, construct })),
  );
  const found = constructs.flatMap(({ loaded, construct }) => cronJobsOf(loaded, construct.path));
  if (found.length === 0) {
    // A program with errors has not made everything.
    complainAbout(environments.flatMap(({ plan }) => plan.findings.filter(({ severity }) => severity === "error")));
    const [other] = constructs;
    const what = other
      ? `${other.construct.path} is a ${other.construct.type}, and makes no CronJob`
      : `there is no ScheduledJob "${path}"`;
    throw new UsageError(`${what}: ${suggestion(path, environments)}`);
  }
  const places = [...new Set(found.map(({ cronJob }) => `${cronJob.construct} in ${cronJob.environment}`))];
  if (places.length > 1)
    throw new UsageError(`"${path}" may be ${places.join(" or ")}: say more of its path, or --environment`);
  const clusters = found.map(({ cronJob }) => cronJob.cluster);
  const [only, another] = cluster === undefined ? found : found.filter(({ cronJob }) => cronJob.cluster === cluster);
  if (!only) {
    const near = nearest(cluster ?? "", clusters);
    throw new UsageError(
      `${places.join("")} is not on cluster "${cluster ?? ""}": ${near === undefined ? `it is on ${clusters.join(" and ")}` : `did you mean "${near}"?`}`,
    );
  }
  if (another) throw new UsageError(`${places.join("")} is on ${clusters.join(" and ")}: say one by --cluster`);
  return only;
}

function cronJobsOf(loaded: LoadedEnvironment, path: string): Found[] {
  return loaded.plan.objects
    .filter(({ construct, apiVersion, kind }) => construct === path && apiVersion === "batch/v1" && kind === "CronJob")
    .map((cronJob) => ({ loaded, cronJob }));
}

function suggestion(path: string, environments: readonly LoadedEnvironment[]): string {
  const all = environments.flatMap(({ plan }) => plan.objects.filter(({ kind }) => kind === "CronJob"));
  const depth = path.split("/").length;
  const known = [...new Set(all.map(({ construct }) => construct.split("/").slice(-depth).join("/")))].sort();
  if (known.length === 0) return "there is none in what was read";
  const near = nearest(path, known);
  return near === undefined ? `there are ${known.join(", ")}` : `did you mean "${near}"?`;
}

/** @throws UsageError when nobody says how the cluster is reached */
function connectionOf(loaded: LoadedEnvironment, cluster: string, context: string | undefined): ClusterConnection {
  if (context !== undefined) return { kind: "kubeconfig", path: undefined, context };
  const known = loaded.draft.environment.connections[cluster];
  if (known) return known;
  throw new UsageError(
    `${loaded.program.name} does not say how cluster "${cluster}" is reached: name a context of your kubeconfig by --context`,
  );
}

/** A name of its own for a run: that of the CronJob, and the time in seconds. */
export function runName(cronJob: string, now: Date): string {
  const beginning = cronJob.slice(0, MAX_NAME - SUFFIX).replace(/[-.]+$/, "");
  return `${beginning}-${Math.floor(now.getTime() / 1000)}`;
}

function shown({ flags }: Kubectl, args: readonly string[]): string {
  return ["kubectl", ...flags, ...args].map((arg) => (/^[\w@%+=:,./-]+$/.test(arg) ? arg : quote(arg))).join(" ");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

async function untilEnd(
  kubectl: Kubectl,
  { job, namespace, cronJob }: { readonly job: string; readonly namespace: string; readonly cronJob: PlanObject },
  progress: Progress,
): Promise<State & { readonly seconds: number }> {
  const start = performance.now();
  try {
    for (;;) {
      const look = ["get", "job", job, "--namespace", namespace, "--ignore-not-found", "--output", "json"];
      const text = await kubectl.run(look);
      const state = text.trim() === "" ? stateOfDeleted(cronJob) : stateOf(JSON.parse(text));
      const seconds = Math.round((performance.now() - start) / 1000);
      if (state.state !== "running") return { ...state, seconds };
      progress.say(`waiting for ${job}: ${state.detail}, ${seconds} s`);
      await sleep(INTERVAL);
    }
  } finally {
    progress.done();
  }
}

/** How a Job stands, by its status. @see https://kubernetes.io/docs/concepts/workloads/controllers/job/#job-termination-and-cleanup */
export function stateOf(job: unknown): State {
  const { status = {} } = job as { readonly status?: JobStatus };
  const holds = (type: string): Condition | undefined =>
    status.conditions?.find((condition) => condition.type === type && condition.status === "True");
  const failed = holds("Failed");
  if (failed) return { state: "failed", detail: [failed.reason, failed.message].filter(Boolean).join(": ") };
  const pods = `${status.active ?? 0} running, ${status.failed ?? 0} failed`;
  if (holds("Complete"))
    return { state: "complete", detail: (status.failed ?? 0) > 0 ? `${status.failed} failed before` : "" };
  return { state: "running", detail: pods };
}

/**
 * What is known of a Job that is there no more: Kubernetes deletes those of a CronJob that end above the numbers that are kept.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#jobs-history-limits
 */
function stateOfDeleted({ manifest }: Pick<PlanObject, "manifest">): State {
  const { successfulJobsHistoryLimit: succeeded, failedJobsHistoryLimit: failed } = (manifest["spec"] ??
    {}) as HistoryLimits;
  if (succeeded === 0 && failed !== 0)
    return {
      state: "complete",
      deleted: true,
      detail: "it was deleted at once, as history.succeeded: 0 says; one that failed is kept",
    };
  return { state: "unknown", deleted: true, detail: "somebody deleted the job before it was seen how it ended" };
}

interface HistoryLimits {
  readonly successfulJobsHistoryLimit?: number;
  readonly failedJobsHistoryLimit?: number;
}

interface JobStatus {
  readonly active?: number;
  readonly failed?: number;
  readonly conditions?: readonly Condition[];
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}
