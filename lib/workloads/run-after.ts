import type { Problem } from "../core/findings";
import { show } from "../core/keys";
import { quotedClusters } from "../core/lists";
import type { ClusterRef, TenantScope } from "../core/scope";
import type { Job } from "./job";

const JOB = Symbol.for("flagstone.Job");

/** Marks a Job, so that those of another copy of this package are known, and this file needs no class. */
export function markJob(job: Job): void {
  Object.defineProperty(job, JOB, { value: true });
}

function isJob(value: unknown): value is Job {
  return typeof value === "object" && value !== null && JOB in value;
}

/** The jobs that a workload waits for, without what is none. */
export function jobsOf(runAfter: unknown): readonly Job[] {
  return Array.isArray(runAfter) ? runAfter.filter(isJob) : [];
}

/** What is wrong with what a workload waits for. */
export function checkRunAfter(
  runAfter: unknown,
  waiting: { readonly tenant: TenantScope; readonly clusters: readonly ClusterRef[] },
): Problem[] {
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

function checkJob(
  job: Job,
  waiting: { readonly tenant: TenantScope; readonly clusters: readonly ClusterRef[] },
): Problem[] {
  const { path } = job.node;
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
