import type { Chart } from "cdk8s";
import { k8s } from "cdk8s-plus-28";
import type { Construct } from "constructs";
import { amend } from "../core/amend";
import { withDefaults } from "../core/defaults";
import { ANNOTATION } from "../core/labels";
import type { ClusterRef } from "../core/scope";
import type { Duration } from "../core/units";
import {
  checkRun,
  checkRunName,
  deadlineSeconds,
  jobSpec,
  RUN_DEFAULTS,
  RUN_KEYS,
  RUN_PARTS,
  versionOf,
  withoutOutputs,
} from "./job-spec";
import type { WorkloadProps } from "./types";
import { completePods, Workload, type WorkloadChild } from "./workload";

/** What everything that runs to its end has. */
export interface RunProps<Child extends string> extends WorkloadProps<Child> {
  /** How often a run that failed is tried again. @default 3 */
  readonly retries?: number | undefined;
  /** How long one run may take, with all its retries. @default "1h" */
  readonly deadline?: Duration | undefined;
}

/** Properties of a {@link Job}. */
export type JobProps = RunProps<WorkloadChild | "job">;

// Most characters of its name: `-` and a version come after it, and the whole is a label of its pods.
const MAX_NAME = 54;

/**
 * Something that runs once to its end for each version of it: the migration of a database, a one-off. It runs again when its image,
 * arguments, files or anything else of its pods change, and not before; values of outputs do not count.
 *
 * A Job of Kubernetes cannot change. So each version is one of its own, called after what it is made of, as in `migrate-5f0c2d4c`; the one
 * before goes when the new one is done.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/job/
 * @example
 * ```ts
 * import { Job, type Tenant, WebService } from "flagstone";
 *
 * export const checkout = (shop: Tenant, image: string) => {
 *   const migrate = new Job(shop, "migrate", { image, args: ["migrate"] });
 *   return new WebService(shop, "checkout", { image, runAfter: [migrate] });
 * };
 * ```
 */
export class Job extends Workload {
  /** Tells it from workloads that keep running: others can wait for its end by `runAfter`. */
  public readonly isJob = true;
  /** @internal */
  protected readonly props: JobProps;

  public constructor(scope: Construct, id: string, props: JobProps) {
    const merged = withDefaults<JobProps>(Job, scope, props, RUN_DEFAULTS);
    super(scope, id, merged);
    this.props = merged;
    this.report(
      ...this.checkWorkload(["job"], RUN_KEYS, RUN_PARTS),
      ...checkRunName(this.name, MAX_NAME),
      ...checkRun(merged),
    );
  }

  // Without private methods: the compiler would name those where something else is given for a Job.
  /** @internal */
  protected override objectsIn(chart: Chart, cluster: ClusterRef): void {
    const pod = this.pod(RUN_PARTS, this.derived(cluster));
    const needs = this.makeNeeds(chart, cluster, pod);
    const job = new k8s.KubeJob(chart, "job", {
      metadata: { name: this.name, ...(this.environment.delivery === "pulumi" ? awaited(this.props) : {}) },
      spec: jobSpec(this.props, withoutOutputs(pod.template)),
    });
    job.addDependency(...needs);
    completePods(job, pod);
    this.child("job", job, cluster);
    amend(job, "name of its version", (json) => {
      const { metadata }: { metadata?: { name: string } | null } = json;
      if (metadata) metadata.name = `${metadata.name}-${versionOf(json["spec"])}`; // without any, that is reported
    });
    this.makeNetworkPolicies(chart, cluster, []);
    this.checkTransforms();
  }
}

/** Pulumi waits for its end as long as that may take, and runs it again when the same version failed before. */
function awaited(props: JobProps): k8s.ObjectMeta {
  const timeout = deadlineSeconds(props) + 60;
  return { annotations: { [ANNOTATION.timeout]: String(timeout), [ANNOTATION.replaceUnready]: "true" } };
}
