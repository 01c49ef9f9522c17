import { type AccessHolder, whoCan as whoCanIn } from "../../access/who-can";
import { compare } from "../../core/findings";
import { didYouMean } from "../../core/suggest";
import { type AccessPlace, accessPlaces, alikeClusters, printNotJudged } from "../access-places";
import { type AskedObject, checkVerb, knownAccess, parseObject } from "../access-question";
import { titleOf } from "../joined";
import { hasErrors, type LoadOptions, loadEnvironments } from "../load-program";
import { alignColumns, complainAbout, print, printJson, Progress, style } from "../output";
import { UsageError } from "../usage-error";

export interface WhoCanOptions extends LoadOptions {
  readonly namespace?: string | undefined;
  readonly cluster?: string | undefined;
  readonly subresource?: string | undefined;
}

/** Who may do it in one namespace, or in all. */
interface Answer {
  /** None for what holds in all namespaces, and for what is in none. */
  readonly namespace?: string | undefined;
  readonly holders: readonly AccessHolder[];
}

/**
 * Says who may do something, and by which binding.
 *
 * @param object - as in `pods`, `deployments.apps`, `deployments.apps/checkout`, `pods/log`
 */
export async function whoCan(
  verb: string,
  object: string,
  paths: readonly string[],
  options: WhoCanOptions,
): Promise<number> {
  const environments = await loadEnvironments(paths, options, new Progress());
  const plans = environments.map(({ plan }) => plan);
  const findings = plans.flatMap((plan) => plan.findings);
  const known = knownAccess(plans);
  checkVerb(verb, known);
  const asked = parseObject(object, options.subresource, known);
  const places = accessPlaces(plans, options.cluster);
  checkNamespace(options.namespace, places);
  const answers = places.map(
    (place) =>
      [
        place,
        {
          answers: answersIn(place, verb, asked, options.namespace),
          notJudged: notJudgedIn(place, asked, options.namespace),
        },
      ] as const,
  );
  if (options.json) {
    const { isClusterScoped: _, ...question } = asked;
    printJson(
      answers.map(([{ joined, cluster }, answer]) => ({
        platform: joined.platform,
        environment: joined.environment,
        cluster,
        question: { verb, ...question },
        ...answer,
        findings: joined.plans.flatMap((plan) => plan.findings),
      })),
    );
  } else {
    const question = [
      verb,
      object,
      ...(options.subresource === undefined ? [] : ["--subresource", options.subresource]),
    ].join(" ");
    alikeClusters(answers).forEach(({ joined, clusters, answer }, i) => {
      if (i > 0) print();
      print(`${style("bold", question)} in ${titleOf(joined)} · ${clusters.join(", ")}`);
      printAnswers(answer.answers, asked);
      printNotJudged(answer.notJudged);
    });
    complainAbout(findings.filter(({ severity }) => severity === "error"));
  }
  return hasErrors(findings) ? 1 : 0;
}

function checkNamespace(namespace: string | undefined, places: readonly AccessPlace[]): void {
  if (namespace === undefined) return;
  const known = [...new Set(places.flatMap(({ namespaces }) => namespaces))];
  if (!known.includes(namespace))
    throw new UsageError(`no program has the namespace "${namespace}": ${didYouMean(namespace, known)}`);
}

/** First what holds everywhere, then what RoleBindings add in each namespace. */
function answersIn(
  { objects, namespaces }: AccessPlace,
  verb: string,
  { isClusterScoped, ...object }: AskedObject,
  only: string | undefined,
): Answer[] {
  const question = { verb, ...object };
  const everywhere = whoCanIn(objects, question);
  const asked = isClusterScoped ? itself(object) : only === undefined ? namespaces : [only];
  const inNamespaces = asked.map((namespace) => {
    const holders = whoCanIn(objects, { ...question, namespace }).flatMap((holder) => {
      const through = holder.through.filter((binding) => binding.startsWith("RoleBinding "));
      return through.length === 0 ? [] : [{ ...holder, through }];
    });
    return { namespace, holders };
  });
  return [{ holders: everywhere }, ...inNamespaces].filter(({ holders }) => holders.length > 0);
}

/** The API server takes a Namespace for a part of itself. */
function itself({ resource, group, name }: Omit<AskedObject, "isClusterScoped">): string[] {
  return resource === "namespaces" && group === "" && name !== undefined ? [name] : [];
}

/** Bindings that could give it, to roles that nobody knows. */
function notJudgedIn(
  { notJudged }: AccessPlace,
  { isClusterScoped, ...object }: AskedObject,
  only: string | undefined,
): AccessPlace["notJudged"] {
  return notJudged.filter(({ namespace }) => {
    if (namespace === undefined) return true;
    return isClusterScoped ? itself(object).includes(namespace) : only === undefined || only === namespace;
  });
}

function printAnswers(answers: readonly Answer[], { isClusterScoped }: AskedObject): void {
  const rows = answers.flatMap(({ namespace, holders }) =>
    [...holders]
      .sort(byName)
      .map(({ kind, name, namespace: home, through }) => [
        style("cyan", kind),
        home === undefined ? name : `${home}/${name}`,
        namespace === undefined ? (isClusterScoped ? "" : "in all namespaces") : `in ${namespace}`,
        style("dim", `by ${through.join(", ")}`),
      ]),
  );
  const nobody = style("dim", "  nobody, but for those whom Kubernetes itself lets, such as system:masters");
  for (const line of rows.length > 0 ? alignColumns(rows) : [nobody]) print(line);
}

function byName(a: AccessHolder, b: AccessHolder): number {
  return compare(a.kind, b.kind) || compare(a.namespace ?? "", b.namespace ?? "") || compare(a.name, b.name);
}
