import { type AccessGrant, urlsOf, whatCan as whatCanIn } from "../../access/who-can";
import { compare } from "../../core/findings";
import { didYouMean } from "../../core/suggest";
import type { Plan } from "../../plan/plan";
import { type AccessPlace, accessPlaces, alikeClusters, printNotJudged } from "../access-places";
import { resourcesOf } from "../access-question";
import { groupBy } from "../../core/lists";
import { titleOf } from "../joined";
import { hasErrors, type LoadOptions, loadEnvironments } from "../load-program";
import { alignColumns, complainAbout, print, printJson, Progress, style } from "../output";
import { UsageError } from "../usage-error";

/**
 * Says what a group may do, as a table of resources and verbs for each namespace.
 *
 * @param group - as the API server knows it, or as programs write it: `oidc:shop`, `group:shop`
 */
export async function whatCan(group: string, paths: readonly string[], options: LoadOptions): Promise<number> {
  const environments = await loadEnvironments(paths, options, new Progress());
  const plans = environments.map(({ plan }) => plan);
  const findings = plans.flatMap((plan) => plan.findings);
  const errors = findings.filter(({ severity }) => severity === "error");
  const places = accessPlaces(plans);
  const names = namesOf(group, groupsOf(plans));
  if (names.length === 0) {
    // A program that threw half-way has not declared everything.
    complainAbout(errors);
    throw new UsageError(`no binding names the group "${group}": ${didYouMean(group, groupsOf(plans))}`);
  }
  const answers = names.flatMap((name) => places.map((place) => [place, answerIn(place, name)] as const));
  if (options.json) {
    printJson(
      answers.map(([{ joined, cluster }, answer]) => ({
        platform: joined.platform,
        environment: joined.environment,
        cluster,
        ...answer,
        findings: joined.plans.flatMap((plan) => plan.findings),
      })),
    );
  } else {
    alikeClusters(answers).forEach(({ joined, clusters, answer }, i) => {
      if (i > 0) print();
      print(`${style("bold", answer.group)} in ${titleOf(joined)} · ${clusters.join(", ")}`);
      printGrants(answer);
      printNotJudged(answer.notJudged);
    });
    complainAbout(errors);
  }
  return hasErrors(findings) ? 1 : 0;
}

interface Answer {
  readonly group: string;
  readonly grants: readonly AccessGrant[];
  /** As `get /metrics`. */
  readonly urls: readonly string[];
  readonly notJudged: AccessPlace["notJudged"];
}

function answerIn({ objects, notJudged }: AccessPlace, group: string): Answer {
  const everybody = [`Group ${group}`, "Group system:authenticated"];
  return {
    group,
    grants: whatCanIn(objects, group),
    urls: urlsOf(objects, group),
    notJudged: notJudged.filter(({ subjects }) => subjects.some((subject) => everybody.includes(subject))),
  };
}

/** Groups that bindings name. */
function groupsOf(plans: readonly Plan[]): string[] {
  const bindings = plans
    .flatMap(({ objects }) => objects)
    .filter(({ kind }) => kind === "RoleBinding" || kind === "ClusterRoleBinding");
  const subjects = bindings.flatMap(
    ({ manifest }) => (manifest["subjects"] ?? []) as readonly { readonly kind: string; readonly name: string }[],
  );
  return [...new Set(subjects.flatMap(({ kind, name }) => (kind === "Group" ? name : [])))].sort(compare);
}

/** API servers may put something before the names of groups: what programs call `group:shop` may be `oidc:shop` there. */
function namesOf(given: string, known: readonly string[]): string[] {
  if (known.includes(given)) return [given];
  const name = given.replace(/^group:/, "");
  return known.filter((one) => one === name || one.replace(/^[^:/]*[:/]/, "") === name);
}

/** Namespaces in which a group may do the same are in one table. */
function printGrants({ grants, urls, notJudged }: Answer): void {
  if (grants.length + urls.length + notJudged.length === 0) print(style("dim", "  nothing"));
  const alike = groupBy(grants, ({ rules }) => JSON.stringify(rules));
  for (const same of alike.values()) {
    const names = same.map(({ namespace }) => namespace ?? "all namespaces, and what is in none");
    print(`  in ${names.join(", ")}`);
    for (const line of tableOf(same[0]?.rules ?? [])) print(line);
  }
  if (urls.length > 0) print(`  of URLs of the API server itself: ${urls.join(", ")}`);
}

const ORDER = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];

function tableOf(rules: AccessGrant["rules"]): string[] {
  const rows = new Map<string, Set<string>>();
  for (const rule of rules) {
    for (const resource of resourcesOf(rule)) {
      for (const name of rule.resourceNames ?? [""]) {
        const key = name === "" ? resource : `${resource} ${name}`;
        rows.set(key, new Set([...(rows.get(key) ?? []), ...rule.verbs]));
      }
    }
  }
  const verbs = [...new Set(rules.flatMap((rule) => rule.verbs))].sort((a, b) => rank(a) - rank(b) || compare(a, b));
  return alignColumns(
    [
      ["", ...verbs.map((verb) => style("dim", verb))],
      ...[...rows]
        .sort(([a], [b]) => compare(a, b))
        .map(([resource, allowed]) => [
          resource,
          ...verbs.map((verb) => (allowed.has(verb) ? style("green", "✓") : "")),
        ]),
    ],
    "    ",
  );
}

function rank(verb: string): number {
  const at = ORDER.indexOf(verb);
  return at < 0 ? ORDER.length : at;
}
