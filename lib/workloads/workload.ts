import { ApiObject, type Chart } from "cdk8s";
import { k8s } from "cdk8s-plus-28";
import type { Construct, IConstruct } from "constructs";
import { type Connectable, type Connections, type Peer } from "../connections/connectable";
import { checkConnection, checkHosts, derive, type Derived, relationsOf } from "../connections/edges";
import { ciliumEgress, isNamed, type NamedHost } from "../connections/egress";
import { defaultEnvironmentNames, type EnvironmentNames } from "../connections/variables";
import { amend, type KubeObject, transform } from "../core/amend";
import { capabilityOf } from "../core/capability";
import { Component } from "../core/component";
import { FlagstoneError } from "../core/errors";
import type { Problem } from "../core/findings";
import { checkKeys, checkRecord, show } from "../core/keys";
import { LABEL } from "../core/labels";
import { quoted } from "../core/lists";
import { withoutFalse } from "../core/merge";
import { checkAnnotations, checkDnsLabel, checkOwnLabels, checkReservedName } from "../core/names";
import type { Relation } from "../core/relations";
import {
  type ClusterRef,
  type EnvironmentScope,
  findEnvironment,
  findTenant,
  type Named,
  PLACEMENT_KEYS,
  placedOn,
  type TenantScope,
} from "../core/scope";
import { describeSize } from "../core/sizes";
import { didYouMean } from "../core/suggest";
import { toSeconds } from "../core/units";
import type { EndpointSpec } from "./endpoints/endpoints";
import { networkPolicy } from "./endpoints/network-policy";
import { checkNeighbors, checkPriority } from "./pod/check-scheduling";
import { checkStorageClasses } from "./pod/check-volumes";
import { CONTAINER_KEYS, checkImages } from "./pod/containers";
import { checkPullSecrets } from "./pod/image";
import { carrierNames, makePod, type Pod, type PodInput, type PodSpecJson } from "./pod/pod";
import type { PortSpec } from "./pod/ports";
import type { Probes } from "./pod/probes";
import type { Value } from "./pod/sources";
import { claimAnnotations } from "./pod/volumes";
import { checkRunAfter, jobsOf } from "./run-after";
import type { WorkloadProps } from "./types";

/** Props that every workload has, for the check of unknown ones. */
export const WORKLOAD_KEYS: readonly (keyof WorkloadProps<string>)[] = [
  ...CONTAINER_KEYS,
  "lifecycle",
  "init",
  "sidecars",
  "volumes",
  "scheduling",
  "runAfter",
  "imagePullSecrets",
  "placement",
  "namespace",
  "labels",
  "podAnnotations",
  "gracePeriod",
  "user",
  "connections",
  "environmentNames",
  "transform",
];

/** Objects that every workload may have, as `transform` calls them. */
export type WorkloadChild = "serviceAccount" | "networkPolicy" | "hostPolicy" | "files" | "claim";

export const WORKLOAD_CHILDREN: readonly WorkloadChild[] = [
  "serviceAccount",
  "networkPolicy",
  "hostPolicy",
  "files",
  "claim",
];

/** What a kind of workload adds to the pod that all of them have. */
export interface PodParts {
  readonly kind: PodInput["kind"];
  readonly ports: readonly PortSpec[];
  readonly probes: Probes;
  /** Its own, before those of connections and of the user, which win. */
  readonly variables: Named<Value>;
}

/**
 * Something that a team runs, in a tenant: what all kinds of workloads share.
 *
 * @throws FlagstoneError outside of a tenant
 */
export abstract class Workload extends Component {
  /** Props that merge by key through the layers of defaults. */
  public static readonly recordProps: readonly string[] = [
    "env",
    "files",
    "mounts",
    "init",
    "sidecars",
    "volumes",
    "scheduling",
    "labels",
    "podAnnotations",
    "connections",
    "transform",
  ];

  /** Those of them whose entries merge as the props do. */
  public static readonly nestedProps: readonly string[] = ["init", "sidecars"];

  /** Name of its objects, a DNS label: its construct id; in a preview, with the preview's name after it. */
  public readonly name: string;
  /** The tenant that it belongs to. */
  public readonly tenant: TenantScope;
  /** @internal */
  protected readonly environment: EnvironmentScope;
  private readonly usedTransforms = new Set<string>();
  private readonly edges = new Map<string, Connectable>();
  private readonly derivedIn = new Map<ClusterRef, Derived>();
  private readonly environmentNames: EnvironmentNames;
  /** @internal What it was given, with all defaults. */
  protected abstract readonly props: WorkloadProps<string>;

  protected constructor(
    scope: Construct,
    id: string,
    given: Pick<
      WorkloadProps<string>,
      "placement" | "namespace" | "labels" | "connections" | "environmentNames" | "runAfter"
    >,
  ) {
    const tenant = findTenant(scope);
    const environment = findEnvironment(scope);
    if (!tenant || !environment) {
      throw new FlagstoneError(
        `${scope.node.path === "" ? id : `${scope.node.path}/${id}`}: a workload belongs to a tenant; make it below new Tenant(…) or Tenant.fromName(…)`,
      );
    }
    const name = environment.preview ? `${id}-${environment.preview.name}` : id;
    super(scope, id, {
      namespace: typeof given.namespace === "string" ? given.namespace : tenant.namespaces[0],
      labels: { ...given.labels, [LABEL.name]: name, [LABEL.partOf]: environment.programName },
      clusters: placedOn(tenant.clusters, given.placement),
    });
    this.name = name;
    this.tenant = tenant;
    this.environment = environment;
    this.environmentNames = given.environmentNames ?? defaultEnvironmentNames;
    this.connect(given.connections ?? {});
    this.report(...checkRunAfter(given.runAfter, this));
    // All of it waits, so that the version that runs meanwhile keeps its configuration and its policies.
    this.node.addDependency(...jobsOf(given.runAfter, this));
  }

  /**
   * Adds connections, where what is connected to is made later: two workloads that use each other, or another file.
   *
   * @param connections - as the prop of the same name
   * @example
   * ```ts
   * import { type Tenant, WebService } from "flagstone";
   *
   * export const pair = (shop: Tenant) => {
   *   const cart = new WebService(shop, "cart", { image: "registry.acme.example/shop/cart:1.4.2" });
   *   const stock = new WebService(shop, "stock", { image: "registry.acme.example/shop/stock:2.0.1", connections: { cart } });
   *   cart.connect({ stock });
   * };
   * ```
   */
  public connect(connections: Connections): void {
    for (const [name, connection] of Object.entries(connections)) {
      if (connection === undefined) continue;
      const problems = checkConnection(name, connection, this.edges);
      this.report(...problems);
      if (problems.length > 0) continue;
      this.edges.set(name, connection);
      connection.target.connectedBy?.(this);
    }
  }

  /** @internal */
  public override get relations(): readonly Relation[] {
    return relationsOf(this.edges);
  }

  /** @internal Names of sizes are the platform's, and mean one thing here and another there. */
  public override meaningOf(setting: string, value: unknown): string | undefined {
    const { sizes } = this.environment;
    const isSize =
      /^((init|sidecars)\.[^.]+\.)?size$/.test(setting) && typeof value === "string" && Object.hasOwn(sizes, value);
    const size = isSize ? sizes[value] : undefined;
    return size && describeSize(size);
  }

  /** @internal What its connections are in one cluster; known once the whole program was declared. */
  protected derived(cluster: ClusterRef): Derived {
    const derived =
      this.derivedIn.get(cluster) ??
      derive(
        this.edges,
        { name: this.name, tenant: this.tenant, namespace: this.namespace ?? this.tenant.namespaces[0] },
        cluster,
        this.environmentNames,
      );
    this.derivedIn.set(cluster, derived);
    return derived;
  }

  /** @internal Only what keeps running scales. */
  public isScaledBy(_host: string, _cluster: ClusterRef): boolean {
    return false;
  }

  /** @internal */
  public override checkDeclared(): void {
    this.derivedIn.clear(); // a tree that more was added to is planned anew
    const unnamed = new Map<string, readonly NamedHost[]>();
    for (const cluster of this.clusters) {
      const { problems, hosts } = this.derived(cluster);
      this.report(...problems);
      if (!capabilityOf(cluster, "cilium")) unnamed.set(cluster.name, hosts);
    }
    this.report(...checkHosts(unnamed));
    const { near, apart } = this.props.scheduling ?? {};
    if (near || apart) {
      const known = this.neighbors().flatMap(({ node, name }) => [node.id, name]);
      this.report(...checkNeighbors({ near, apart }, known));
    }
  }

  /**
   * Labels by which Services and policies find its pods. They never hold a construct path, because selectors cannot be changed.
   *
   * @internal
   */
  protected get selector(): Record<string, string> {
    return { [LABEL.name]: this.name };
  }

  /** @internal Problems of what every workload has. */
  protected checkWorkload(children: readonly string[], known: readonly string[], parts: PodParts): Problem[] {
    const { props } = this;
    const problems = [
      ...checkKeys("", props, [...WORKLOAD_KEYS, ...known]),
      ...checkDnsLabel("workload name", this.name),
      ...checkReservedName(this.name),
      ...checkPullSecrets(props.imagePullSecrets),
      ...checkImages(props, {
        production: this.environment.tierLike === "production",
        allowed: this.tenant.allowed,
      }),
      ...checkStorageClasses(withoutFalse(props.volumes), this.tenant.allowed),
      ...checkPriority(props.scheduling ?? {}, this.tenant.allowed),
      ...this.pod(parts).problems,
      ...checkOwnLabels(props.labels ?? {}),
      ...checkAnnotations("podAnnotations", props.podAnnotations ?? {}),
      ...checkKeys("transform", props.transform, [...WORKLOAD_CHILDREN, ...children]),
      ...checkRecord("placement", props.placement),
      ...checkKeys("placement", props.placement, PLACEMENT_KEYS),
    ];
    if (props.gracePeriod !== undefined && toSeconds(props.gracePeriod) === undefined) {
      problems.push({
        rule: "units/duration",
        message: `gracePeriod ${show(props.gracePeriod)} is not a whole number of seconds`,
        fix: 'write "30s" or "2m"',
      });
    }
    if (props.user !== undefined && props.user !== "image" && (!Number.isInteger(props.user) || props.user < 1)) {
      problems.push({
        rule: "security/user",
        message: `user ${show(props.user)} is not a user id above 0`,
        fix: 'use a number such as 10001, or "image"',
      });
    }
    if (props.namespace !== undefined && !this.tenant.namespaces.includes(props.namespace)) {
      problems.push({
        rule: "namespace/foreign",
        message: `namespace ${show(props.namespace)} is not one of tenant "${this.tenant.name}"`,
        fix: didYouMean(props.namespace, this.tenant.namespaces),
      });
    }
    if (this.clusters.length === 0 && this.tenant.clusters.length > 0) {
      problems.push({
        rule: "placement/nowhere",
        message: `placement ${show(props.placement)} fits no cluster of the tenant`,
        fix: `known clusters are ${quoted(this.tenant.clusters.map(({ name }) => name))}`,
      });
    }
    return problems;
  }

  /** @internal The pod that it runs; in a cluster, with what its connections give there. */
  protected pod(parts: PodParts, derived?: Derived): Pod {
    return makePod({
      ...parts,
      props: this.props,
      name: this.name,
      selector: this.selector,
      labels: this.labels,
      sizes: this.environment.sizes,
      nameOf: (said) => this.nameOf(said),
      variables: { ...parts.variables, ...derived?.variables },
    });
  }

  /** The name of a workload of its namespace: in a preview, the id that programs say is only the beginning of it. */
  private nameOf(said: string): string {
    if (!this.environment.preview) return said;
    return this.neighbors().find(({ node }) => node.id === said)?.name ?? said;
  }

  /** Workloads that the program has in its namespace, itself too. */
  private neighbors(): Workload[] {
    return this.tenant.node
      .findAll()
      .filter((construct) => construct instanceof Workload && construct.namespace === this.namespace) as Workload[];
  }

  /** @internal Lets the user's transform have the last word on one child; `name` is its key in `transform`. */
  protected child(name: string, object: ApiObject, cluster: ClusterRef): void {
    const change = this.props.transform?.[name];
    if (change === undefined) return;
    this.usedTransforms.add(name);
    amend(object, `transform.${name}`, (json) =>
      transform(json, typeof change === "function" ? () => change(json, cluster) : change),
    );
  }

  /** @internal Reports transforms of children that were not made. */
  protected checkTransforms(): void {
    const transforms = this.props.transform;
    for (const name of Object.keys(transforms ?? {})) {
      if (transforms?.[name] === undefined || this.usedTransforms.has(name)) continue;
      this.report({
        rule: "transform/unused",
        message: `transform.${name} changes nothing, because this workload has no ${name}`,
        fix: "remove it, or ask for the child that it is about",
      });
    }
  }

  /** @internal Makes what its pods need; whatever makes the pods waits for that. */
  protected makeNeeds(chart: Chart, cluster: ClusterRef, pod: Pod): IConstruct[] {
    this.report(...pod.references);
    this.makeServiceAccount(chart, cluster);
    const waitFor = [...this.edges.values()].flatMap(({ target }) => target.waitFor ?? []);
    return [...this.makeCarriers(chart, cluster, pod), ...this.makeClaims(chart, cluster, pod), ...waitFor];
  }

  private makeServiceAccount(chart: Chart, cluster: ClusterRef): void {
    const account = new k8s.KubeServiceAccount(chart, "serviceAccount", {
      metadata: { name: this.name },
      automountServiceAccountToken: false,
    });
    this.child("serviceAccount", account, cluster);
  }

  private makeCarriers(chart: Chart, cluster: ClusterRef, pod: Pod): ApiObject[] {
    const names = carrierNames(this.name);
    const made: ApiObject[] = [];
    if (Object.keys(pod.files).length > 0) {
      const files = new k8s.KubeConfigMap(chart, "files", { metadata: { name: names.files }, data: { ...pod.files } });
      this.child("files", files, cluster);
      made.push(files);
    }
    if (Object.keys(pod.outputs).length > 0) {
      made.push(
        new k8s.KubeSecret(chart, "outputs", {
          metadata: { name: names.outputs },
          type: "Opaque",
          stringData: { ...pod.outputs },
        }),
      );
    }
    return made;
  }

  private makeClaims(chart: Chart, cluster: ClusterRef, pod: Pod): ApiObject[] {
    return pod.claims.map(({ name, spec }) => {
      const annotations = claimAnnotations(this.environment);
      const metadata = { name, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) };
      const claim = new k8s.KubePersistentVolumeClaim(chart, `claim-${name}`, { metadata, spec });
      this.child("claim", claim, cluster);
      return claim;
    });
  }

  /** @internal Makes the policies that say who reaches it, and whom it reaches. */
  protected makeNetworkPolicies(chart: Chart, cluster: ClusterRef, endpoints: readonly EndpointSpec[]): void {
    const { peers } = this.derived(cluster);
    const needs = { selector: this.selector, endpoints, tenant: this.tenant.name, peers };
    const policy = new k8s.KubeNetworkPolicy(chart, "networkPolicy", {
      metadata: { name: this.name },
      spec: networkPolicy(needs, cluster),
    });
    this.child("networkPolicy", policy, cluster);
    this.makeHostPolicy(chart, cluster, peers);
  }

  /** Admits traffic to hosts by name, where the cluster can. */
  private makeHostPolicy(chart: Chart, cluster: ClusterRef, peers: readonly Peer[]): void {
    const hosts = peers.filter(isNamed);
    if (hosts.length === 0 || !capabilityOf(cluster, "cilium")) return;
    const policy = new ApiObject(chart, "hostPolicy", {
      apiVersion: "cilium.io/v2",
      kind: "CiliumNetworkPolicy",
      metadata: { name: `${this.name}-hosts` },
      spec: { endpointSelector: { matchLabels: this.selector }, egress: ciliumEgress(hosts, cluster.dns) },
    });
    this.child("hostPolicy", policy, cluster);
  }
}

/** Adds fields that cdk8s-plus-28 does not know to the pods of an object. */
export function completePods(object: ApiObject, pod: Pod): void {
  amend(object, "fields of pods", (json) => pod.complete(podSpecOf(json)));
}

interface WithPods {
  readonly template: { readonly spec: PodSpecJson };
}

/** A CronJob has what a Job or a Deployment has, one level below. */
function podSpecOf(json: KubeObject): PodSpecJson {
  const spec = json["spec"] as WithPods | { readonly jobTemplate: { readonly spec: WithPods } };
  return ("jobTemplate" in spec ? spec.jobTemplate.spec : spec).template.spec;
}
