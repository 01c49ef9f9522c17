import { same } from "../json";
import type { ProgramModel, WorkloadKind, WorkloadModel } from "../model";
import type { Code } from "./code";

/** Props that can be said once for all workloads of a kind. */
const SHARED = [
  "cpu",
  "memory",
  "size",
  "health",
  "rollout",
  "scheduling",
  "imagePullSecrets",
  "labels",
  "podAnnotations",
  "gracePeriod",
  "user",
];

/** Props that all of at least three workloads of a kind have alike: a default of the platform says them. */
export function sharedProps(program: ProgramModel): ReadonlyMap<WorkloadKind, Readonly<Record<string, Code>>> {
  const byKind = new Map<WorkloadKind, WorkloadModel[]>();
  for (const workload of program.workloads) byKind.set(workload.kind, [...(byKind.get(workload.kind) ?? []), workload]);
  return new Map(
    [...byKind].map(([kind, workloads]) => {
      const [first] = workloads;
      const entries = SHARED.flatMap((key): [string, Code][] => {
        const value = first?.props[key];
        const isShared =
          workloads.length > 2 && workloads.every(({ props }) => props[key] !== undefined && same(props[key], value));
        return value !== undefined && isShared ? [[key, value]] : [];
      });
      return [kind, Object.fromEntries(entries)];
    }),
  );
}
