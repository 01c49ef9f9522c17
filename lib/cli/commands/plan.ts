import type { Plan } from "../../plan/plan";
import { type LoadOptions, hasErrors, loadEnvironments } from "../load-program";
import { print, printFindings, printJson, Progress, style } from "../output";
import { environmentLine } from "../tree-text";

/** Prints the Plan: every object and cloud resource, in the order in which they come to life. */
export async function plan(paths: readonly string[], options: LoadOptions): Promise<number> {
  const progress = new Progress();
  const environments = await loadEnvironments(paths, options, progress);
  const plans = environments.map((environment) => environment.plan);
  if (options.json) printJson(plans);
  else for (const made of plans) printPlan(made);
  const findings = plans.flatMap((made) => made.findings);
  if (!options.json) printFindings(findings);
  return hasErrors(findings) ? 1 : 0;
}

function printPlan(made: Plan): void {
  print(`${style("bold", made.program)} in ${environmentLine(made)}`);
  for (const resource of made.cloud) {
    const marks = [resource.protect ? "protected" : "", resource.ours ? "" : "made outside of cloud()"].filter(Boolean);
    print(`  ${style("cyan", resource.type)} ${resource.name}${dim(marks)}  ${style("dim", resource.construct)}`);
  }
  for (const object of made.objects) {
    const marks = [object.deliveredBy === "pulumi" ? "" : `by ${object.deliveredBy}`].filter(Boolean);
    const where = made.clusters.length > 1 ? `${object.cluster}: ` : "";
    const name = object.namespace === undefined ? object.name : `${object.namespace}/${object.name}`;
    print(`  ${where}${style("cyan", object.kind)} ${name}${dim(marks)}  ${style("dim", object.construct)}`);
  }
  print();
}

function dim(marks: readonly string[]): string {
  return marks.length === 0 ? "" : style("dim", ` (${marks.join(", ")})`);
}
