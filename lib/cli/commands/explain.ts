import { formatSource } from "../../core/findings";
import { didYouMean } from "../../core/suggest";
import type { Plan, PlanConstruct, PlanSetting } from "../../plan/plan";
import { type LoadOptions, loadEnvironments } from "../load-program";
import { print, printFindings, printJson, Progress, style } from "../output";
import { UsageError } from "../usage-error";

/**
 * Explains one construct: where each of its values comes from, and what became of it.
 *
 * @param path - construct path, or its end: `shop/checkout` or `checkout` in every environment
 */
export async function explain(path: string, paths: readonly string[], options: LoadOptions): Promise<number> {
  const environments = await loadEnvironments(paths, options, new Progress());
  const plans = environments.map(({ plan }) => plan);
  const found = plans.flatMap((made) =>
    made.constructs.filter((construct) => isMeant(construct.path, path)).map((construct) => ({ made, construct })),
  );
  if (found.length === 0) {
    const known = plans.flatMap(({ constructs }) => constructs.map((construct) => construct.path));
    const ends = [...new Set(known.map((candidate) => candidate.split("/").slice(1).join("/")).filter(Boolean))];
    throw new UsageError(
      `there is no construct "${path}": ${didYouMean(path, path.includes("/") ? [...known, ...ends] : ends.map((end) => end.split("/").at(-1) ?? end))}`,
    );
  }
  if (options.json) {
    printJson(
      found.map(({ made, construct }) => ({
        ...construct,
        environment: made.environment.name,
        ...relatedTo(made, construct),
      })),
    );
  } else {
    for (const { made, construct } of found) printConstruct(made, construct);
  }
  return 0;
}

function isMeant(candidate: string, path: string): boolean {
  return candidate === path || candidate.endsWith(`/${path}`);
}

function relatedTo(
  made: Plan,
  construct: PlanConstruct,
): Pick<Plan, "findings"> & { readonly objects: string[]; readonly cloud: string[] } {
  return {
    objects: made.objects.filter((object) => object.construct === construct.path).map(({ id }) => id),
    cloud: made.cloud.filter((resource) => resource.construct === construct.path).map(({ id }) => id),
    findings: made.findings.filter(
      (finding) => finding.path === construct.path || finding.path.startsWith(`${construct.path}/`),
    ),
  };
}

function printConstruct(made: Plan, construct: PlanConstruct): void {
  print(`${style("bold", construct.path)}  ${style("cyan", construct.type)}`);
  const facts = [
    construct.source ? `declared at ${formatSource(construct.source)}` : "",
    `owner ${construct.owner}`,
    `clusters ${construct.clusters.join(", ")}`,
  ].filter(Boolean);
  print(style("dim", `  ${facts.join(" · ")}`));
  if (construct.settings.length > 0) {
    print();
    const rows = construct.settings.map(
      (setting) => [setting.name, JSON.stringify(setting.value), origin(setting)] as const,
    );
    const widths = [0, 1].map((i) => Math.min(48, Math.max(...rows.map((row) => (row[i] ?? "").length))));
    for (const [name, value, from] of rows) {
      print(`  ${name.padEnd(widths[0] ?? 0)}  ${value.padEnd(widths[1] ?? 0)}  ${style("dim", from)}`);
    }
  }
  const { objects, cloud, findings } = relatedTo(made, construct);
  print();
  for (const id of [...cloud, ...objects]) print(`  → ${id}`);
  printFindings(findings);
  print();
}

/** `platform's default for WebService, over 1 (own)` */
function origin({ layer, by, over }: PlanSetting): string {
  const from = {
    own: `own default of ${by}`,
    platform: `platform's default for ${by}`,
    environment: `environment's default for ${by}`,
    tenant: `tenant's default for ${by}`,
    class: `set by the code of ${by}`,
    props: "said by the program",
  }[layer];
  const [nearest] = over;
  return nearest ? `${from}, over ${JSON.stringify(nearest.value)} (${nearest.layer}, ${nearest.by})` : from;
}
