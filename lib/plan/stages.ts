import type { Problem } from "../core/findings";
import { ANNOTATION } from "../core/labels";
import type { EnvironmentScope } from "../core/scope";
import type { DraftObject } from "./draft";
import { groupKindOf, makesPods } from "./kinds";

/** Who applies an object: a GitOps controller applies what is in Git; what is known only when resources exist cannot be there. */
export function deliveredBy(
  { hasOutputs }: Pick<DraftObject, "hasOutputs">,
  { delivery }: Pick<EnvironmentScope, "delivery">,
): EnvironmentScope["delivery"] {
  return hasOutputs ? "pulumi" : delivery;
}

/**
 * Tells Argo CD in which order to apply objects: it waits until all of one wave are healthy, which a Job is when it is complete. What the
 * program says itself stands.
 *
 * @see https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/
 */
export function setSyncWaves(objects: readonly DraftObject[], environment: EnvironmentScope): void {
  for (const object of objects) {
    if (object.stage === 0 || deliveredBy(object, environment) !== "argo-cd") continue;
    const { json } = object;
    const annotations = { [ANNOTATION.syncWave]: String(object.stage), ...json.metadata.annotations };
    object.json = { ...json, metadata: { ...json.metadata, annotations } }; // other clusters may share it
  }
}

/** What makes pods and waits for Jobs that somebody else applies: nobody could hold the order. */
export function checkStages(
  objects: readonly DraftObject[],
  environment: EnvironmentScope,
): { readonly object: DraftObject; readonly problem: Problem }[] {
  if (environment.delivery === "pulumi") return [];
  return objects.flatMap((object) => {
    if (object.stage === 0 || !makesPods(groupKindOf(object.json))) return [];
    const before = [...object.dependsOn, ...object.dependsOnGroups.flatMap(({ members }) => members)];
    const job = before.find((other) => isJob(other) && other.hasOutputs !== object.hasOutputs);
    if (!job) return [];
    const [waiting, ended, left] = [object, job, job.hasOutputs ? job : object].map(nameOf);
    return [
      {
        object,
        problem: {
          rule: "run-after/delivery",
          message: `${waiting} waits for ${ended}, but ${left} carries outputs, which leaves it to Pulumi and the other to ${environment.delivery}`,
          fix: "give outputs by env or files only: those are in a Secret, and whatever uses them stays free of them",
        },
      },
    ];
  });
}

function isJob({ json }: DraftObject): boolean {
  return groupKindOf(json) === "batch/Job";
}

function nameOf({ json }: DraftObject): string {
  return `${json.kind} "${json.metadata.name}"`;
}
