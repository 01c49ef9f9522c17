import type { Plan } from "../../plan/plan";
import { branchesOf, type Branch } from "../branches";
import { type LoadedEnvironment, type LoadOptions, hasErrors, loadEnvironments } from "../load-program";
import { complainAbout, print, printJson, Progress, style } from "../output";
import { environmentLine, treeLines } from "../tree-text";

/** Prints what a program declares, and what became of each construct. */
export async function tree(paths: readonly string[], options: LoadOptions): Promise<number> {
  const environments = await loadEnvironments(paths, options, new Progress());
  const findings = environments.flatMap(({ plan }) => plan.findings);
  if (options.json) printJson(environments.map(({ plan }) => treeJson(plan)));
  else {
    printTrees(environments);
    complainAbout(findings);
  }
  return hasErrors(findings) ? 1 : 0;
}

/** A tree for each environment, below the file that it was read from. */
export function printTrees(environments: readonly LoadedEnvironment[]): void {
  environments.forEach(({ plan, file }, i) => {
    if (environments[i - 1]?.file !== file) print(style("dim", file));
    print(`${style("bold", plan.program)} in ${environmentLine(plan)}`);
    for (const line of treeLines(plan, process.stdout.columns)) print(line);
    print();
  });
}

function treeJson(plan: Plan): object {
  const constructs: object[] = [];
  const add = ({ construct: { path, type, source, clusters }, objects, cloud, children }: Branch): void => {
    const ids = { objects: objects.map(({ id }) => id), cloud: cloud.map(({ id }) => id) };
    constructs.push({ path, type, source, clusters, ...ids });
    children.forEach(add);
  };
  const root = branchesOf(plan);
  if (root) add(root);
  return { program: plan.program, environment: plan.environment.name, constructs, findings: plan.findings };
}
