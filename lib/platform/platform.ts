import type { Names, PlatformDefinition } from "./facts";
import { type EnvironmentProps, Program } from "./program";

/** Properties of a {@link Platform}. */
export interface PlatformProps<X extends Names = Names> {
  /** How each environment of the platform facts is reached. */
  readonly environments: Readonly<Record<X["environment"], EnvironmentProps<X["cluster"]>>>;
}

/**
 * The root of the platform team's program. It creates tenants with their namespaces, and whatever belongs to a whole cluster.
 *
 * @throws FlagstoneError when an environment is not in the platform facts
 * @example
 * ```ts
 * import { Cluster, definePlatform, Platform, Tenant } from "flagstone";
 *
 * const acme = definePlatform("acme", {
 *   domain: "acme.example",
 *   environments: { dev: { tier: "development" } },
 *   tenants: { shop: { owners: ["group:shop"] } },
 * });
 * const platform = new Platform(acme, { environments: { dev: { clusters: Cluster.fromKubeconfig() } } });
 * export const flagstone = platform.run((environment) => {
 *   new Tenant(environment, "shop");
 * });
 * ```
 */
export class Platform<X extends Names = Names> extends Program<X> {
  public constructor(definition: PlatformDefinition<X>, props: PlatformProps<X>) {
    super(definition.name, definition, { kind: "platform", environments: props.environments });
  }
}
