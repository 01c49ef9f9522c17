import { type LoadOptions, hasErrors, loadEnvironments } from "../load-program";
import { mermaid } from "../mermaid";
import { complainAbout, print, printJson, Progress } from "../output";

/** Prints constructs and what they wait for, as a Mermaid flowchart. */
export async function graph(paths: readonly string[], options: LoadOptions): Promise<number> {
  const environments = await loadEnvironments(paths, options, new Progress());
  const plans = environments.map(({ plan }) => plan);
  const findings = plans.flatMap((plan) => plan.findings);
  if (options.json) {
    printJson(
      plans.map((plan) => ({
        program: plan.program,
        environment: plan.environment.name,
        mermaid: mermaid([plan]),
        findings: plan.findings,
      })),
    );
  } else {
    print(mermaid(plans).trimEnd());
    complainAbout(findings);
  }
  return hasErrors(findings) ? 1 : 0;
}
