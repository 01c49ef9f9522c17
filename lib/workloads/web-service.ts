import type { Chart } from "cdk8s";
import { k8s } from "cdk8s-plus-28";
import type { Construct } from "constructs";
import {
  type Connectable,
  type ConnectionOptions,
  type ConnectionTarget,
  connectionTo,
  type EndpointKey,
  type Peer,
} from "../connections/connectable";
import { withDefaults } from "../core/defaults";
import { ANNOTATION } from "../core/labels";
import { type ClusterRef, findEnvironment, type Named, type TenantScope } from "../core/scope";
import { type Configuration, configure } from "./configuration";
import { checkEndpoints, containerPorts, DEFAULT_ENDPOINTS, type EndpointSpec, servicePorts } from "./endpoints";
import type { Endpoint } from "./endpoint";
import { networkPolicy } from "./network-policy";
import { checkEntry } from "./check-entry";
import { type EntryEndpoint, makeEntries } from "./entry";
import { makeProbes, type Probes } from "./probes";
import {
  autoscalerMetrics,
  checkDisruptionBudget,
  checkReplicas,
  checkRollout,
  minimumReplicas,
  podCount,
} from "./scaling";
import type { DisruptionBudget, EndpointProps, Health, Replicas, Rollout, WorkloadProps } from "./types";
import { coordinatesOf, type CoordinatesOf, targetOf } from "./sole-endpoint";
import { endpointsOf, WebServiceReference, type WebServiceReferenceProps } from "./web-service-reference";
import { drainGracefully, Workload } from "./workload";

/** The objects of a {@link WebService}, as `transform` calls them. */
export type WebServiceChild =
  | "deployment"
  | "service"
  | "serviceAccount"
  | "disruptionBudget"
  | "autoscaler"
  | "networkPolicy"
  | "hostPolicy"
  | "entry"
  | "files";

const CHILDREN: readonly WebServiceChild[] = [
  "deployment",
  "service",
  "serviceAccount",
  "disruptionBudget",
  "autoscaler",
  "networkPolicy",
  "hostPolicy",
  "entry",
  "files",
];

/**
 * Properties of a {@link WebService}.
 *
 * @typeParam E - names of the endpoints
 */
export interface WebServiceProps<E extends string = "http"> extends WorkloadProps<WebServiceChild> {
  /** Named ways in. The port of a sole endpoint is in the variable `PORT`. @default - `http` on port 8080 */
  readonly endpoints?: Named<EndpointProps, E> | undefined;
  /** How its health is known. @default - gRPC health for a gRPC endpoint, else whether the port accepts connections */
  readonly health?: Health | undefined;
  /** How many pods run in each cluster. @default - 1 in tiers like development, else 2 */
  readonly replicas?: Replicas | undefined;
  /** How new pods take over. @default - rolling, a quarter more pods at a time, never fewer */
  readonly rollout?: Rollout | undefined;
  /** How many pods may be missing; `false` makes no budget. @default - one at a time, where there is more than one pod */
  readonly disruptionBudget?: DisruptionBudget | false | undefined;
}

const KEYS = ["endpoints", "health", "replicas", "rollout", "disruptionBudget"];

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
export class WebService<E extends string = "http"> extends Workload {
  /** Its endpoints by name. */
  public readonly endpoints: { readonly [P in E]: Endpoint<P> };
  private readonly props: WebServiceProps<E>;

  public constructor(scope: Construct, id: string, props: WebServiceProps<E>) {
    const merged = withDefaults<WebServiceProps<E>>(WebService, scope, props, ownDefaults(scope));
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
  protected override objectsIn(chart: Chart, cluster: ClusterRef): void {
    const derived = this.derived(cluster);
    const env = { ...derived.variables, ...this.props.env };
    const configuration = configure(env, this.props.files ?? {}, this.carriers);
    this.makeServiceAccount(chart, cluster);
    this.makeDeployment(chart, cluster, configuration);
    this.makeService(chart, cluster);
    this.makeNetworkPolicies(chart, cluster, derived.peers);
    this.makeDisruptionBudget(chart, cluster);
    this.makeAutoscaler(chart, cluster);
    for (const { object } of makeEntries(chart, cluster, { name: this.name, endpoints: this.entries })) {
      // Whoever answers for an Ingress gives it an address, if it does at all; Pulumi would wait ten minutes for one, and fail.
      if (object.kind === "Ingress" && this.environment.delivery === "pulumi")
        object.metadata.addAnnotation(ANNOTATION.skipAwait, "true");
      this.child("entry", object, cluster, this.props.transform);
    }
    this.checkTransforms(this.props.transform);
  }

  private get endpointProps(): Named<EndpointProps, E> {
    return this.props.endpoints ?? (DEFAULT_ENDPOINTS as Named<EndpointProps, E>);
  }

  private get endpointList(): readonly EndpointSpec[] {
    return Object.values(this.endpoints);
  }

  private get entries(): readonly EntryEndpoint[] {
    return Object.entries<EndpointProps>(this.endpointProps).flatMap(([name, props]) => {
      if (props.visibility !== "external") return [];
      const { servicePort, protocol, hosts } = this.endpoints[name as E];
      return [{ name, servicePort, protocol, hosts, props }];
    });
  }

  private get replicas(): Replicas {
    return this.props.replicas ?? 1;
  }

  private get probes(): ReturnType<typeof makeProbes> {
    return makeProbes(this.props.health, this.endpointList);
  }

  private makeServiceAccount(chart: Chart, cluster: ClusterRef): void {
    const account = new k8s.KubeServiceAccount(chart, "serviceAccount", {
      metadata: { name: this.name },
      automountServiceAccountToken: false,
    });
    this.child("serviceAccount", account, cluster, this.props.transform);
  }

  private makeDeployment(chart: Chart, cluster: ClusterRef, configuration: Configuration): void {
    const carriers = this.makeCarriers(chart, cluster, configuration, this.props.transform);
    const rollout = this.props.rollout;
    const deployment = new k8s.KubeDeployment(chart, "deployment", {
      metadata: { name: this.name },
      spec: {
        // An autoscaler owns the number; saying it here would undo its work at every deployment.
        ...(typeof this.replicas === "number" ? { replicas: this.replicas } : {}),
        selector: { matchLabels: this.selector },
        strategy: {
          type: "RollingUpdate",
          rollingUpdate: {
            maxSurge: podCount(rollout?.maxSurge ?? "25%"),
            maxUnavailable: podCount(rollout?.maxUnavailable ?? 0),
          },
        },
        revisionHistoryLimit: 5,
        progressDeadlineSeconds: 600,
        template: this.podTemplate(this.props, configuration, {
          ports: containerPorts(this.endpointList),
          probes: this.probes.probes satisfies Probes,
          env: this.portVariable(),
        }),
      },
    });
    deployment.addDependency(...carriers, ...this.waitsFor());
    drainGracefully(deployment);
    this.child("deployment", deployment, cluster, this.props.transform);
  }

  /** The twelve-factor way to say where to listen, when there is one place only. */
  private portVariable(): k8s.EnvVar[] {
    const [only, ...more] = this.endpointList;
    return only && more.length === 0 ? [{ name: "PORT", value: String(only.port) }] : [];
  }

  private makeService(chart: Chart, cluster: ClusterRef): void {
    const service = new k8s.KubeService(chart, "service", {
      metadata: { name: this.name },
      spec: { type: "ClusterIP", selector: this.selector, ports: servicePorts(this.endpointList) },
    });
    this.child("service", service, cluster, this.props.transform);
  }

  private makeNetworkPolicies(chart: Chart, cluster: ClusterRef, peers: readonly Peer[]): void {
    const needs = { selector: this.selector, endpoints: this.endpointList, tenant: this.tenant.name, peers };
    const policy = new k8s.KubeNetworkPolicy(chart, "networkPolicy", {
      metadata: { name: this.name },
      spec: networkPolicy(needs, cluster),
    });
    this.child("networkPolicy", policy, cluster, this.props.transform);
    this.makeHostPolicy(chart, cluster, peers, this.props.transform);
  }

  private makeDisruptionBudget(chart: Chart, cluster: ClusterRef): void {
    const given = this.props.disruptionBudget;
    if (given === false || (given === undefined && minimumReplicas(this.replicas) < 2)) return;
    const { minAvailable, maxUnavailable } = given ?? { maxUnavailable: 1 };
    const budget = new k8s.KubePodDisruptionBudget(chart, "disruptionBudget", {
      metadata: { name: this.name },
      spec: {
        selector: { matchLabels: this.selector },
        ...(minAvailable === undefined ? {} : { minAvailable: podCount(minAvailable) }),
        ...(maxUnavailable === undefined ? {} : { maxUnavailable: podCount(maxUnavailable) }),
        // A pod that does not work anyway must not keep a node from being drained.
        unhealthyPodEvictionPolicy: "AlwaysAllow",
      },
    });
    this.child("disruptionBudget", budget, cluster, this.props.transform);
  }

  private makeAutoscaler(chart: Chart, cluster: ClusterRef): void {
    if (typeof this.replicas === "number") return;
    const autoscaler = new k8s.KubeHorizontalPodAutoscalerV2(chart, "autoscaler", {
      metadata: { name: this.name },
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: this.name },
        minReplicas: this.replicas.min,
        maxReplicas: this.replicas.max,
        metrics: autoscalerMetrics(this.replicas),
      },
    });
    this.child("autoscaler", autoscaler, cluster, this.props.transform);
  }

  private check(): void {
    const { rollout, disruptionBudget } = this.props;
    this.report(
      ...this.checkWorkload(this.props, CHILDREN, KEYS),
      ...checkEndpoints(this.endpointProps),
      ...checkEntry(this.entries, { clusters: this.clusters, allowed: this.tenant.allowed }),
      ...this.probes.problems,
      ...checkReplicas(this.replicas),
      ...(rollout ? checkRollout(rollout) : []),
      ...(disruptionBudget ? checkDisruptionBudget(disruptionBudget, this.replicas) : []),
    );
  }
}

/** What a WebService does when nobody says otherwise. */
function ownDefaults<E extends string>(scope: Construct): Partial<WebServiceProps<E>> {
  const isDevelopment = findEnvironment(scope)?.tierLike === "development";
  return {
    endpoints: DEFAULT_ENDPOINTS as Named<EndpointProps, E>,
    size: "small",
    replicas: isDevelopment ? 1 : 2,
    rollout: { strategy: "rolling", maxSurge: "25%", maxUnavailable: 0 },
    gracePeriod: "30s",
    user: 10_001,
  };
}
