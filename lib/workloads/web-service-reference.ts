import {
  type Connectable,
  type ConnectionOptions,
  type ConnectionTarget,
  connectionTo,
  type EndpointKey,
} from "../connections/connectable";
import { FlagstoneError } from "../core/errors";
import { findEnvironment, type Named, type Placement, placedOn, type TenantScope } from "../core/scope";
import { Endpoint, type EndpointOwner } from "./endpoints/endpoint";
import { DEFAULT_ENDPOINTS, endpointEntries, resolveEndpoint } from "./endpoints/endpoints";
import { coordinatesOf, type CoordinatesOf, targetOf } from "./endpoints/sole-endpoint";
import type { EndpointProps } from "./endpoints/types";

/**
 * What another program needs to know of a service. A team that has consumers publishes it with its package, so that both ends say the
 * same.
 *
 * @typeParam E - names of the endpoints
 */
export interface WebServiceReferenceProps<E extends string = "http"> {
  /** Its endpoints, as the program says them that declares it. @default - `http` on port 8080 */
  readonly endpoints?: Named<EndpointProps, E> | undefined;
  /** One of the tenant's namespaces. @default - the first */
  readonly namespace?: string | undefined;
  /** The clusters that it runs on. @default - all of the tenant's */
  readonly placement?: Placement | undefined;
}

/**
 * A service that another program declares; made by `WebService.fromName`.
 *
 * @typeParam E - names of the endpoints
 * @example
 * ```ts
 * import { type Environment, Tenant, WebService } from "flagstone";
 *
 * export const checkout = (environment: Environment) => {
 *   const shop = Tenant.fromName(environment, "shop");
 *   const ledger = WebService.fromName(Tenant.fromName(environment, "payments"), "ledger", {
 *     endpoints: { grpc: { port: 50051, protocol: "grpc", visibility: "environment" } },
 *   });
 *   return new WebService(shop, "checkout", { image: "registry.acme.example/shop/checkout:1.4.2", connections: { ledger } });
 * };
 * ```
 */
export class WebServiceReference<E extends string = "http"> {
  /** Its endpoints by name. */
  public readonly endpoints: { readonly [P in E]: Endpoint<P> };
  private readonly path: string;

  /** @internal `WebService.fromName` makes it. */
  public constructor(tenant: TenantScope, name: string, props: WebServiceReferenceProps<E>) {
    // A preview has no service of another program: what is meant is that of its base.
    const environment = findEnvironment(tenant);
    this.path = [environment?.name ?? tenant.node.path, tenant.name, name].join("/");
    this.endpoints = endpointsOf(props.endpoints ?? (DEFAULT_ENDPOINTS as Named<EndpointProps, E>), {
      name,
      namespace: props.namespace ?? tenant.namespaces[0],
      tenant,
      clusters: placedOn(tenant.clusters, props.placement),
      path: this.path,
    });
  }

  /** What its sole endpoint publishes. */
  public get coordinates(): CoordinatesOf<E> {
    return coordinatesOf<E>(this.endpoints);
  }

  /** How its sole endpoint is reached. */
  public get target(): ConnectionTarget {
    return targetOf(this.endpoints, this.path);
  }

  /** A connection to its sole endpoint, with other variables. */
  public connection(options: ConnectionOptions<EndpointKey>): Connectable<EndpointKey> {
    return connectionTo<EndpointKey>(this as Connectable<EndpointKey>, options);
  }
}

/** The endpoints of a workload, of this program or another. */
export function endpointsOf<E extends string>(
  given: Named<EndpointProps, E>,
  owner: EndpointOwner,
): { readonly [P in E]: Endpoint<P> } {
  const environment = findEnvironment(owner.tenant);
  if (!environment) throw new FlagstoneError(`${owner.path} is in no environment`);
  const hostOf = (endpoint: string): string =>
    environment.hostNames({
      service: owner.name,
      endpoint,
      tenant: owner.tenant.name,
      environment: environment.name,
      domain: environment.domain,
    });
  const entries = endpointEntries(given).map(
    ([name, props]) =>
      [name, new Endpoint(resolveEndpoint(name, props, { hostOf, clusters: owner.clusters }), owner)] as const,
  );
  return Object.fromEntries(entries) as { readonly [P in E]: Endpoint<P> };
}
