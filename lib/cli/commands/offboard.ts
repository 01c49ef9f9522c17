import { type Offboarding, offboarding, type Possession } from "../../checks/offboarding";
import { didYouMean } from "../../core/suggest";
import type { Plan } from "../../plan/plan";
import { groupBy } from "../../core/lists";
import { hasErrors, type LoadOptions, loadEnvironments } from "../load-program";
import { alignColumns, complainAbout, count, print, printJson, Progress, style } from "../output";
import { UsageError } from "../usage-error";

/** Says what would be lost when a tenant goes, and the steps in which it goes. It changes nothing. */
export async function offboard(tenant: string, paths: readonly string[], options: LoadOptions): Promise<number> {
  const environments = await loadEnvironments(paths, options, new Progress());
  const plans = environments.map(({ plan }) => plan);
  const findings = plans.flatMap((plan) => plan.findings);
  const errors = findings.filter(({ severity }) => severity === "error");
  const known = tenantsOf(plans);
  if (!known.includes(tenant)) {
    // A program that threw half-way has not declared everything.
    complainAbout(errors);
    throw new UsageError(`no program has the tenant "${tenant}": ${didYouMean(tenant, known)}`);
  }
  const lost = offboarding(tenant, plans);
  if (options.json) printJson({ ...lost, findings });
  else {
    printLost(lost);
    printSteps(lost);
    print();
    const read = plans.map(({ program, environment }) => `${program} in ${environment.name}`);
    print(
      style(
        "dim",
        `Nothing was changed. Seen were ${read.join(", ")}; what other programs have of it is not among this.`,
      ),
    );
    complainAbout(errors);
  }
  return hasErrors(findings) ? 1 : 0;
}

function tenantsOf(plans: readonly Plan[]): string[] {
  const all = plans
    .flatMap(({ constructs, objects }) => [...constructs, ...objects])
    .flatMap(({ tenant }) => tenant ?? []);
  return [...new Set(all)].sort();
}

function printLost(lost: Offboarding): void {
  print(`When ${style("bold", `tenant ${lost.tenant}`)} goes, this is lost`);
  const section = (noun: string, rows: readonly (readonly string[])[], suffix = ""): void => {
    if (rows.length === 0) return;
    print(`  ${count(rows.length, noun)}${suffix}`);
    for (const line of alignColumns(rows, "    ")) print(line);
  };
  section("namespace", rowsOf(lost.namespaces));
  section("workload", rowsOf(lost.workloads));
  section("volume claim", rowsOf(lost.volumes));
  section("secret", rowsOf(lost.secrets));
  section("cloud resource", rowsOf(lost.cloud));
  section(
    "host",
    lost.hosts.map(({ environment, host }) => [host, style("dim", environment)]),
  );
  section(
    "connection",
    lost.dependents.map(({ environment, tenant, from, to }) => [
      `${from} → ${to}`,
      style("dim", [environment, ...(tenant === undefined ? [] : [`tenant ${tenant}`])].join(", ")),
    ]),
    " of others",
  );
  section(
    "group",
    lost.groups.map(({ environment, group, roles }) => [group, style("dim", `${environment}, as ${roles.join(", ")}`)]),
    " with access",
  );
}

/** One line for what is the same in several clusters. */
function rowsOf(possessions: readonly Possession[]): string[][] {
  const alike = groupBy(possessions, ({ cluster: _, ...same }) => JSON.stringify(same));
  return [...alike.values()].flatMap((all) => {
    const [first] = all;
    if (!first) return [];
    const clusters = all.flatMap(({ cluster }) => cluster ?? []).join(", ");
    const where = `${first.environment}${clusters === "" ? "" : ` on ${clusters}`}, by ${first.program}`;
    return [[first.name, style("dim", where), ...(first.isProtected ? [style("yellow", "protected")] : [])]];
  });
}

function printSteps({ steps }: Offboarding): void {
  print();
  print("Steps");
  steps.forEach(({ title, items }, i) => {
    print(`  ${i + 1}. ${title}${items.length === 0 ? style("dim", " (nothing to do)") : ""}`);
    for (const item of items) print(`     ${item}`);
  });
}
