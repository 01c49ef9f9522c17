import type { Plan } from "../../plan/plan";
import { type LoadOptions, hasErrors, loadEnvironments } from "../load-program";
import { alignColumns, complainAbout, print, printJson, Progress, style } from "../output";
import { environmentLine } from "../tree-text";

/** Prints the Plan: every object and cloud resource, in the order in which they come to life. */
export async function plan(paths: readonly string[], options: LoadOptions): Promise<number> {
  const environments = await loadEnvironments(paths, options, new Progress());
  const plans = environments.map((environment) => environment.plan);
  const findings = plans.flatMap((made) => made.findings);
  if (options.json) printJson(plans);
  else {
    for (const made of plans) printPlan(made);
    complainAbout(findings);
  }
  return hasErrors(findings) ? 1 : 0;
}

function printPlan(made: Plan): void {
  print(`${style("bold", made.program)} in ${environmentLine(made)}`);
  const cloud = made.cloud.map(({ type, name, construct, protect, ours }) => {
    const marks = [protect ? "protected" : "", ours ? "" : "made outside of cloud()"].filter(Boolean);
    return [style("cyan", shortType(type)), name, style("dim", [construct, ...marks].join(", "))];
  });
  const objects = made.objects.map(({ cluster, kind, namespace, name, construct, deliveredBy }) => [
    ...(made.clusters.length > 1 ? [cluster] : []),
    style("cyan", kind),
    namespace === undefined ? name : `${namespace}/${name}`,
    style("dim", [construct, ...(deliveredBy === "pulumi" ? [] : [`by ${deliveredBy}`])].join(", ")),
  ]);
  for (const line of [...alignColumns(cloud), ...alignColumns(objects)]) print(line);
  print();
}

/** `aws:s3:Bucket` for `aws:s3/bucket:Bucket`, as Pulumi prints it. */
function shortType(type: string): string {
  return type.replace(/\/[^:]*:/, ":");
}
