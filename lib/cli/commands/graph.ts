import { joinPlans } from "../joined";
import { type LoadOptions, hasErrors, loadEnvironments } from "../load-program";
import { mermaid } from "../mermaid";
import { networkChart } from "../mermaid-network";
import { reachability } from "../network-edges";
import { complainAbout, print, printJson, Progress } from "../output";

export interface GraphOptions extends LoadOptions {
  /** Who reaches whom, instead of what waits for what. */
  readonly network?: boolean | undefined;
}

/** Prints constructs with their connections and what they wait for, or who can reach whom, as a Mermaid flowchart. */
export async function graph(paths: readonly string[], options: GraphOptions): Promise<number> {
  const environments = await loadEnvironments(paths, options, new Progress());
  const plans = environments.map(({ plan }) => plan);
  const findings = plans.flatMap((plan) => plan.findings);
  if (options.network) {
    const charts = joinPlans(plans).map((joined) => ({ joined, reachability: reachability(joined) }));
    if (options.json) {
      printJson(
        charts.map(({ joined, reachability: { edges } }) => ({
          platform: joined.platform,
          programs: [...new Set(joined.plans.map(({ program }) => program))].sort(),
          environment: joined.environment,
          edges,
          findings: joined.plans.flatMap((plan) => plan.findings),
        })),
      );
    } else print(networkChart(charts).trimEnd());
  } else if (options.json) {
    printJson(
      plans.map((plan) => ({
        program: plan.program,
        environment: plan.environment.name,
        mermaid: mermaid([plan]),
        findings: plan.findings,
      })),
    );
  } else print(mermaid(plans).trimEnd());
  if (!options.json) complainAbout(findings);
  return hasErrors(findings) ? 1 : 0;
}
