import { formatSource } from "../../core/findings";
import { nearest } from "../../core/suggest";
import type { Plan, PlanConstruct, PlanSetting } from "../../plan/plan";
import { hasErrors, type LoadOptions, loadEnvironments } from "../load-program";
import { alignColumns, complainAbout, cut, findingLines, print, printJson, Progress, style, widthOf } from "../output";
import { UsageError } from "../usage-error";

/** One construct, with what became of it and what is wrong with it. */
interface Explained extends PlanConstruct, Pick<Plan, "findings"> {
  readonly environment: string;
  readonly objects: readonly string[];
  readonly cloud: readonly string[];
}

/**
 * Explains one construct: where each of its values comes from, and what became of it.
 *
 * @param path - construct path, or its end: `shop/checkout` or `checkout` in every environment
 */
export async function explain(path: string, paths: readonly string[], options: LoadOptions): Promise<number> {
  const environments = await loadEnvironments(paths, options, new Progress());
  const plans = environments.map(({ plan }) => plan);
  const found = plans.flatMap((plan) =>
    plan.constructs
      .filter((construct) => `/${construct.path}`.endsWith(`/${path}`))
      .map((construct) => explained(plan, construct)),
  );
  if (found.length === 0) {
    // A program that threw half-way has not declared everything.
    complainAbout(plans.flatMap(({ findings }) => findings).filter(({ severity }) => severity === "error"));
    throw new UsageError(`there is no construct "${path}": ${suggestion(path, plans)}`);
  }
  if (options.json) printJson(found);
  else found.forEach((one, i) => printOne(one, i > 0));
  return hasErrors(found.flatMap(({ findings }) => findings)) ? 1 : 0;
}

function suggestion(path: string, plans: readonly Plan[]): string {
  const ends = new Set<string>();
  const depth = path.split("/").length;
  for (const { constructs } of plans)
    for (const construct of constructs) ends.add(construct.path.split("/").slice(-depth).join("/"));
  const meant = nearest(path, [...ends]);
  return meant === undefined ? "flagstone tree prints all of them" : `did you mean "${meant}"?`;
}

function explained(plan: Plan, construct: PlanConstruct): Explained {
  const { path } = construct;
  return {
    ...construct,
    environment: plan.environment.name,
    objects: plan.objects.filter((object) => object.construct === path).map(({ id }) => id),
    cloud: plan.cloud.filter((resource) => resource.construct === path).map(({ id }) => id),
    findings: plan.findings.filter((finding) => `${finding.path}/`.startsWith(`${path}/`)),
  };
}

function printOne(one: Explained, isNext: boolean): void {
  if (isNext) print();
  print(`${style("bold", one.path)}  ${style("cyan", one.type)}`);
  const facts = [
    ...(one.source ? [`declared at ${formatSource(one.source)}`] : []),
    `owner ${one.owner}`,
    `${one.clusters.length === 1 ? "cluster" : "clusters"} ${one.clusters.join(", ")}`,
  ];
  print(style("dim", `  ${facts.join(" · ")}`));
  const settings = settingLines(one.settings, process.stdout.columns ?? 80);
  const became = [...one.cloud, ...one.objects].map((id) => `  → ${id}`);
  for (const lines of [settings, became, findingLines(one.findings, process.stdout)]) {
    if (lines.length > 0) print();
    for (const line of lines) print(line);
  }
}

/** A value a line, and below it what it stands for and what it was said over; whole values are in the JSON. */
function settingLines(settings: readonly PlanSetting[], width: number): string[] {
  const rows = settings.flatMap(({ name, value, means, layer, by, over }) => [
    { name, value: JSON.stringify(value), from: originOf(layer, by) },
    ...(means === undefined ? [] : [{ name: "", value: `→ ${means}`, from: "" }]),
    ...over.map((lower) => ({
      name: "",
      value: `over ${JSON.stringify(lower.value)}`,
      from: originOf(lower.layer, lower.by),
    })),
  ]);
  const widest = (texts: readonly string[]): number => Math.max(0, ...texts.map(widthOf));
  const others = widest(rows.map(({ name }) => name)) + widest(rows.map(({ from }) => from)) + "      ".length;
  const left = Math.max(16, width - others);
  const isCut = rows.some(({ value }) => value.length > left);
  return [
    ...alignColumns(
      rows.map(({ name, value, from }) => {
        const cells = [name, cut(value, left), from === "" ? "" : style("dim", from)];
        return name === "" ? cells.map((cell) => (cell === "" ? "" : style("dim", cell))) : cells;
      }),
    ),
    ...(isCut ? [style("dim", "  whole values: --json")] : []),
  ];
}

/** `platform's default for WebService` */
function originOf(layer: string, by: string): string {
  switch (layer) {
    case "own":
      return `default of ${by}`;
    case "class":
      return `code of ${by}`;
    case "props":
      return "the program";
    default:
      return `${layer}'s default for ${by}`;
  }
}
