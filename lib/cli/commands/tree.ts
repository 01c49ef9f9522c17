import { type LoadOptions, hasErrors, loadEnvironments } from "../load-program";
import { print, printFindings, printJson, Progress, style } from "../output";
import { environmentLine, treeLines } from "../tree-text";

/** Prints what a program declares, and what became of each construct. */
export async function tree(paths: readonly string[], options: LoadOptions): Promise<number> {
  const progress = new Progress();
  const environments = await loadEnvironments(paths, options, progress);
  const plans = environments.map(({ plan }) => plan);
  const findings = plans.flatMap((plan) => plan.findings);
  if (options.json) {
    printJson(
      plans.map(({ program, environment, constructs, objects, cloud, findings: found }) => ({
        program,
        environment: environment.name,
        constructs: constructs.map(({ path, type, source, clusters }) => ({
          path,
          type,
          source,
          clusters,
          objects: objects.filter(({ construct }) => construct === path).map(({ id }) => id),
          cloud: cloud.filter(({ construct }) => construct === path).map(({ id }) => id),
        })),
        findings: found,
      })),
    );
  } else {
    for (const plan of plans) {
      print(`${style("bold", plan.program)} in ${environmentLine(plan)}`);
      for (const line of treeLines(plan)) print(line);
      print();
    }
    printFindings(findings);
  }
  return hasErrors(findings) ? 1 : 0;
}
