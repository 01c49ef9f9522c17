import { type LoadOptions, hasErrors, loadEnvironments } from "../load-program";
import { print, printJson, Progress } from "../output";
import { mermaid } from "../mermaid";

/** Prints constructs and what they wait for, as a Mermaid flowchart. */
export async function graph(paths: readonly string[], options: LoadOptions): Promise<number> {
  const environments = await loadEnvironments(paths, options, new Progress());
  const plans = environments.map(({ plan }) => plan);
  if (options.json)
    printJson(
      plans.map((made) => ({ program: made.program, environment: made.environment.name, mermaid: mermaid([made]) })),
    );
  else print(mermaid(plans).trimEnd());
  return hasErrors(plans.flatMap(({ findings }) => findings)) ? 1 : 0;
}
