import { ApiObject, type Chart } from "cdk8s";
import { k8s } from "cdk8s-plus-28";
import type { Construct } from "constructs";
import {
  type Connectable,
  type ConnectionOptions,
  type ConnectionTarget,
  connectionTo,
  type EndpointKey,
} from "../connections/connectable";
import { withDefaults } from "../core/defaults";
import { ANNOTATION } from "../core/labels";
import { checkServiceName } from "../core/names";
import type { ClusterRef, Named, TenantScope } from "../core/scope";
import { checkEntry } from "./endpoints/check-entry";
import type { Endpoint } from "./endpoints/endpoint";
import {
  checkEndpoints,
  DEFAULT_ENDPOINTS,
  endpointEntries,
  type EndpointSpec,
  servicePorts,
} from "./endpoints/endpoints";
import { type EntryEndpoint, makeEntries } from "./endpoints/entry";
import { ciliumEntry } from "./endpoints/network-policy";
import { coordinatesOf, type CoordinatesOf, targetOf } from "./endpoints/sole-endpoint";
import type { EndpointProps } from "./endpoints/types";
import type { PortSpec } from "./pod/ports";
import type { Value } from "./pod/sources";
import {
  type ReplicatedChild,
  replicatedDefaults,
  type ReplicatedProps,
  ReplicatedWorkload,
} from "./replicated-workload";
import { endpointsOf, WebServiceReference, type WebServiceReferenceProps } from "./web-service-reference";

/** The objects of a {@link WebService}, as `transform` calls them. */
export type WebServiceChild = ReplicatedChild | "service" | "entry" | "entryPolicy";

const CHILDREN: readonly WebServiceChild[] = ["service", "entry", "entryPolicy"];

/**
 * Properties of a {@link WebService}.
 *
 * @typeParam E - names of the endpoints
 */
export interface WebServiceProps<E extends string = "http"> extends ReplicatedProps<WebServiceChild> {
  /** Named ways in. The port of a sole endpoint is in the variable `PORT`. @default - `http` on port 8080 */
  readonly endpoints?: Named<EndpointProps, E> | undefined;
}

/**
 * A service that answers requests: a Deployment with a Service, hardened, spread over zones and nodes, replaced without a gap.
 *
 * @typeParam E - names of the endpoints
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/deployment/
 * @example
 * ```ts
 * import { WebService, type Tenant } from "flagstone";
 *
 * export const checkout = (shop: Tenant) =>
 *   new WebService(shop, "checkout", {
 *     image: "registry.acme.example/shop/checkout:1.4.2",
 *     endpoints: { http: { port: 8080 } },
 *     health: "/healthz",
 *     replicas: { min: 3, max: 12 },
 *   });
 * ```
 */
export class WebService<E extends string = "http"> extends ReplicatedWorkload {
  /** Its endpoints by name. */
  public readonly endpoints: { readonly [P in E]: Endpoint<P> };
  /** @internal */
  protected readonly props: WebServiceProps<E>;

  public constructor(scope: Construct, id: string, props: WebServiceProps<E>) {
    const merged = withDefaults<WebServiceProps<E>>(WebService, scope, props, {
      endpoints: DEFAULT_ENDPOINTS as Named<EndpointProps, E>,
      ...replicatedDefaults(scope),
    });
    super(scope, id, merged);
    this.props = merged;
    this.endpoints = endpointsOf(this.endpointProps, {
      name: this.name,
      namespace: this.namespace ?? this.tenant.namespaces[0],
      tenant: this.tenant,
      clusters: this.clusters,
      path: this.node.path,
    });
    this.check();
  }

  /**
   * A service that another program declares, to connect to.
   *
   * @param tenant - the tenant that it belongs to
   * @param name - its construct id there
   * @param props - what its program says of it
   * @example
   * ```ts
   * import { type Environment, Tenant, WebService } from "flagstone";
   *
   * export const checkout = (environment: Environment) => {
   *   const shop = Tenant.fromName(environment, "shop");
   *   const catalog = WebService.fromName(shop, "catalog", { endpoints: { grpc: { port: 50051, protocol: "grpc" } } });
   *   return new WebService(shop, "checkout", { image: "registry.acme.example/shop/checkout:1.4.2", connections: { catalog } });
   * };
   * ```
   */
  public static fromName<E extends string = "http">(
    tenant: TenantScope,
    name: string,
    props: WebServiceReferenceProps<E> = {},
  ): WebServiceReference<E> {
    return new WebServiceReference(tenant, name, props);
  }

  /** What its sole endpoint publishes. */
  public get coordinates(): CoordinatesOf<E> {
    return coordinatesOf<E>(this.endpoints);
  }

  /** How its sole endpoint is reached. */
  public get target(): ConnectionTarget {
    return targetOf(this.endpoints, this.node.path);
  }

  /** Where it is reached from outside: the first external endpoint, if there is one. */
  public get url(): string | undefined {
    return Object.values<Endpoint>(this.endpoints).find(({ publicUrl }) => publicUrl !== undefined)?.publicUrl;
  }

  /** A connection to its sole endpoint, with other variables. */
  public connection(options: ConnectionOptions<EndpointKey>): Connectable<EndpointKey> {
    return connectionTo<EndpointKey>(this as Connectable<EndpointKey>, options);
  }

  /** @internal */
  protected override makeMore(chart: Chart, cluster: ClusterRef): void {
    this.makeService(chart, cluster);
    for (const { object } of makeEntries(chart, cluster, { name: this.name, endpoints: this.entries })) {
      // Whoever answers for an Ingress gives it an address, if it does at all; Pulumi would wait ten minutes for one, and fail.
      if (object.kind === "Ingress" && this.environment.delivery === "pulumi")
        object.metadata.addAnnotation(ANNOTATION.skipAwait, "true");
      this.child("entry", object, cluster);
    }
    this.makeEntryPolicy(chart, cluster);
  }

  /** @internal */
  protected override get ports(): readonly PortSpec[] {
    return this.endpointList;
  }

  /** @internal */
  protected override get endpointList(): readonly EndpointSpec[] {
    return Object.values(this.endpoints);
  }

  /** @internal The twelve-factor way to say where to listen, when there is one place only. */
  protected override get ownVariables(): Named<Value> {
    const [only, ...more] = this.endpointList;
    return only && more.length === 0 ? { PORT: String(only.port) } : {};
  }

  private get endpointProps(): Named<EndpointProps, E> {
    return this.props.endpoints === undefined ? (DEFAULT_ENDPOINTS as Named<EndpointProps, E>) : this.props.endpoints;
  }

  private get entries(): readonly EntryEndpoint[] {
    return endpointEntries(this.endpointProps).flatMap(([name, props]) => {
      if (props.visibility !== "external") return [];
      const { servicePort, protocol, hosts } = this.endpoints[name];
      return [{ name, servicePort, protocol, hosts, props }];
    });
  }

  /** Admits what Cilium itself brings from outside. */
  private makeEntryPolicy(chart: Chart, cluster: ClusterRef): void {
    const spec = ciliumEntry({ endpoints: this.endpointList, selector: this.selector }, cluster);
    if (!spec) return;
    const policy = new ApiObject(chart, "entryPolicy", {
      apiVersion: "cilium.io/v2",
      kind: "CiliumNetworkPolicy",
      metadata: { name: `${this.name}-entry` },
      spec,
    });
    this.child("entryPolicy", policy, cluster);
  }

  private makeService(chart: Chart, cluster: ClusterRef): void {
    const service = new k8s.KubeService(chart, "service", {
      metadata: { name: this.name },
      spec: { type: "ClusterIP", selector: this.selector, ports: servicePorts(this.endpointList) },
    });
    this.child("service", service, cluster);
  }

  private check(): void {
    this.report(
      ...this.checkReplicated(CHILDREN, ["endpoints"]),
      ...checkServiceName(this.name),
      ...checkEndpoints(this.endpointProps),
      ...checkEntry(this.entries, { clusters: this.clusters, allowed: this.tenant.allowed }),
    );
  }
}
