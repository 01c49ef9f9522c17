import { checkDnsLabel } from "../core/names";
import type { Problem } from "../core/findings";
import { checkKeys } from "../core/keys";
import type { Names, PlatformDefinition } from "./facts";
import { type ApplicationEnvironmentProps, Program, type ProgramSettings } from "./program";

/** Previews of an application: for a while, another copy of it beside that of an environment. */
export interface PreviewProps<E extends string = string> {
  /** The environment that a preview is beside: it has the same facts, clusters, tenants and domain. */
  readonly from: E;
}

/** Properties of an {@link Application}. */
export interface ApplicationProps<X extends Names = Names> {
  /** The platform facts, from the platform team's package. */
  readonly platform: PlatformDefinition<X>;
  /**
   * How environments are reached that the application runs in. It runs in those that are given here, and in those whose facts name the
   * platform's `stack`: what is not said here, the contract of that stack says.
   *
   * @default - as the contracts of the platform's stacks say
   */
  readonly environments?:
    { readonly [E in X["environment"]]?: ApplicationEnvironmentProps<X["cluster"]> | undefined } | undefined;
  /**
   * Lets stacks called `pr-…` or `preview-…` be previews. Their objects stand in the tenant's own namespaces, and have the preview's name
   * in theirs.
   *
   * @default - none: a stack is an environment of the facts
   */
  readonly previews?: PreviewProps<X["environment"]> | undefined;
}

/**
 * The root of an application team's program, in its own repository. Tenants and their namespaces belong to the platform's program; an
 * application refers to them.
 *
 * Where the platform facts name the stack of an environment, the contract of that stack says how the clusters are reached. It is read
 * when Pulumi deploys, and nothing is created before it was found to be what the application needs.
 *
 * @throws FlagstoneError when its name is not a DNS label, or an environment is not in the platform facts
 * @example
 * ```ts
 * import { Application, Cluster, definePlatform, Tenant, WebService } from "flagstone";
 *
 * const acme = definePlatform("acme", {
 *   domain: "acme.example",
 *   environments: { dev: {}, prod: { tier: "production", stack: "organization/acme-platform/prod" } },
 *   tenants: { shop: {} },
 * });
 * const app = new Application("checkout", {
 *   platform: acme,
 *   environments: { dev: { clusters: Cluster.fromKubeconfig({ context: "dev" }) } }, // prod as its contract says
 *   previews: { from: "dev" },
 * });
 * export const flagstone = app.run((environment) => {
 *   const shop = Tenant.fromName(environment, "shop");
 *   new WebService(shop, "checkout", {
 *     image: "registry.acme.example/checkout:1.4.2",
 *     replicas: environment.select({ production: 3, preview: 1 }),
 *   });
 * });
 * ```
 */
export class Application<X extends Names = Names> extends Program<X> {
  public constructor(name: string, props: ApplicationProps<X>) {
    const { platform, previews } = props;
    const environments = environmentsOf(platform, props.environments ?? {});
    super(name, platform, {
      kind: "application",
      environments,
      previewsFrom: previews?.from,
      problems: [
        ...checkDnsLabel("application name", name),
        ...checkKeys("", props, ["platform", "environments", "previews"]),
        ...checkKeys("previews", previews, ["from"]),
        ...(previews ? checkPreviews(previews.from, environments) : []),
      ],
    });
  }
}

/** Those that are given, and those of which the contract says how they are reached; in the order of the facts. */
function environmentsOf(
  { facts }: PlatformDefinition,
  given: ProgramSettings["environments"],
): ProgramSettings["environments"] {
  // Those that the facts do not have stay, to be reported.
  const names = new Set([...Object.keys(facts.environments), ...Object.keys(given)]);
  const all = [...names].map((name) => {
    const contracted = facts.environments[name]?.stack === undefined ? undefined : {};
    return [name, given[name] ?? contracted] as const;
  });
  return Object.fromEntries(all.filter(([, props]) => props !== undefined));
}

function checkPreviews(from: string, environments: ProgramSettings["environments"]): Problem[] {
  if (Object.hasOwn(environments, from)) return [];
  const known = Object.keys(environments).map((name) => `"${name}"`);
  return [
    {
      rule: "previews/from",
      message: `previews are made from "${from}", in which the application does not run`,
      fix:
        known.length === 0
          ? `give environment "${from}"`
          : `use ${known.join(" or ")}, or give "${from}" in environments`,
    },
  ];
}
