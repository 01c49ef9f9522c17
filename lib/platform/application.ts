import { checkDnsLabel } from "../core/names";
import { FlagstoneError } from "../core/errors";
import type { Finding } from "../core/findings";
import type { Names, PlatformDefinition } from "./facts";
import { type EnvironmentProps, Program } from "./program";

/** Properties of an {@link Application}. */
export interface ApplicationProps<X extends Names = Names> {
  /** The platform facts, from the platform team's package. */
  readonly platform: PlatformDefinition<X>;
  /** How each environment that the application runs in is reached. It does not run in those that are left out. */
  readonly environments: { readonly [E in X["environment"]]?: EnvironmentProps<X["cluster"]> };
}

/**
 * The root of an application team's program, in its own repository. Tenants and their namespaces belong to the platform's program; an
 * application refers to them.
 *
 * @throws FlagstoneError when its name is not a DNS label, or an environment is not in the platform facts
 * @example
 * ```ts
 * import { Application, Cluster, definePlatform, Tenant, WebService } from "flagstone";
 *
 * const acme = definePlatform("acme", { domain: "acme.example", environments: { dev: {} }, tenants: { shop: {} } });
 * const app = new Application("checkout", { platform: acme, environments: { dev: { clusters: Cluster.fromKubeconfig() } } });
 * export const flagstone = app.run((environment) => {
 *   const shop = Tenant.fromName(environment, "shop");
 *   new WebService(shop, "checkout", { image: "registry.acme.example/checkout:1.4.2" });
 * });
 * ```
 */
export class Application<X extends Names = Names> extends Program<X> {
  public constructor(name: string, props: ApplicationProps<X>) {
    const problems = checkDnsLabel("application name", name);
    if (problems.length > 0) {
      const findings = problems.map(
        (problem) => ({ severity: "error", path: name, owner: "platform", ...problem }) as Finding,
      );
      throw new FlagstoneError(`application "${name}" cannot be made`, findings);
    }
    super(name, props.platform, props.environments, false);
  }
}
