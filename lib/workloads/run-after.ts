import type { Problem } from "../core/findings";
import { show } from "../core/keys";
import { quotedClusters } from "../core/lists";
import type { IConstruct } from "constructs";
import type { ClusterRef, TenantScope } from "../core/scope";
import type { Job } from "./job";

/** Asks the value itself, so that those of another copy of this package are known, and this file needs no class. */
function isJob(value: unknown): value is Job {
  return typeof value === "object" && value !== null && (value as Partial<Job>).isJob === true;
}

/** The jobs that a workload can wait for. */
export function jobsOf(runAfter: unknown, waiting: IConstruct): readonly Job[] {
  return Array.isArray(runAfter) ? runAfter.filter(isJob).filter((job) => isTogether(job, waiting)) : [];
}

function isTogether(job: Job, waiting: IConstruct): boolean {
  return job.node.root === waiting.node.root;
}

interface Waiting extends IConstruct {
  readonly tenant: TenantScope;
  readonly clusters: readonly ClusterRef[];
}

/** What is wrong with what a workload waits for. */
export function checkRunAfter(runAfter: unknown, waiting: Waiting): Problem[] {
  if (runAfter === undefined) return [];
  if (!Array.isArray(runAfter)) return [noJob(runAfter)];
  return runAfter.flatMap((job: unknown) => (isJob(job) ? checkJob(job, waiting) : [noJob(job)]));
}

function noJob(value: unknown): Problem {
  return {
    rule: "run-after/job",
    message: `runAfter has ${show(value)}, which is no Job`,
    fix: "give a list of Jobs of the same tenant; what is used is told by connections",
  };
}

function checkJob(job: Job, waiting: Waiting): Problem[] {
  const { path } = job.node;
  if (!isTogether(job, waiting)) {
    return [
      {
        rule: "run-after/other-environment",
        message: `runAfter has ${path}, which was made in another call of the function that run() was given`,
        fix: "make both in the same call: every environment has Jobs of its own",
      },
    ];
  }
  if (job.tenant.name !== waiting.tenant.name) {
    return [
      {
        rule: "run-after/tenant",
        message: `runAfter has ${path} of tenant "${job.tenant.name}", and tenants do not wait for each other`,
        fix: `wait for a Job of tenant "${waiting.tenant.name}"`,
      },
    ];
  }
  const known = job.clusters.map(({ name }) => name);
  const missing = waiting.clusters.map(({ name }) => name).filter((name) => !known.includes(name));
  if (missing.length === 0) return [];
  return [
    {
      rule: "run-after/cluster",
      message: `runAfter has ${path}, which is not on ${quotedClusters(missing)}`,
      fix: "give both the same placement",
    },
  ];
}
