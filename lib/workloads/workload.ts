import { ApiObject, type Chart } from "cdk8s";
import { k8s } from "cdk8s-plus-28";
import type { Construct, IConstruct } from "constructs";
import { checkAllowedImage } from "../core/allowed";
import { amend, mergePatch } from "../core/amend";
import { Component } from "../core/component";
import { FlagstoneError } from "../core/errors";
import type { Problem } from "../core/findings";
import { checkKeys, show } from "../core/keys";
import { ANNOTATION, LABEL } from "../core/labels";
import { quoted } from "../core/lists";
import { checkDnsLabel, checkLabels } from "../core/names";
import {
  type ClusterRef,
  type EnvironmentScope,
  findEnvironment,
  findTenant,
  PLACEMENT_KEYS,
  placedOn,
  type TenantScope,
} from "../core/scope";
import { didYouMean } from "../core/suggest";
import { toSeconds } from "../core/units";
import { type Connectable, type Connections, type Peer } from "../connections/connectable";
import { ciliumEgress } from "../connections/egress";
import { checkConnection, checkHosts, derive, type Derived, relationsOf } from "../connections/edges";
import { defaultEnvironmentNames, type EnvironmentNames } from "../connections/variables";
import { capabilityOf } from "../core/capability";
import type { Relation } from "../core/relations";
import { computeResources } from "./compute";
import { type Configuration, configure } from "./configuration";
import { checkImage, imageVersion } from "./image";
import { containerSecurity, podSecurity } from "./security";
import { spread } from "./spread";
import type { Transforms, WorkloadProps } from "./types";

/** Props that every workload has, for the check of unknown ones. */
export const WORKLOAD_KEYS: readonly (keyof WorkloadProps<string>)[] = [
  "image",
  "allowMutableImage",
  "command",
  "args",
  "workingDirectory",
  "env",
  "files",
  "size",
  "cpu",
  "memory",
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

const RESERVED_LABELS: readonly string[] = Object.values(LABEL);

/** Time between the stop of traffic and SIGTERM: load balancers and kube-proxy need it to hear of the end of a pod. */
const DRAIN_SECONDS = 5;

/** What a kind of workload adds to the container that all of them have. */
export interface ContainerParts {
  readonly ports: readonly k8s.ContainerPort[];
  readonly probes: Pick<k8s.Container, "readinessProbe" | "livenessProbe" | "startupProbe">;
  /** Before those of the user, who may override them. */
  readonly env: readonly k8s.EnvVar[];
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
    "labels",
    "podAnnotations",
    "connections",
    "transform",
  ];

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

  protected constructor(
    scope: Construct,
    id: string,
    given: Pick<WorkloadProps<string>, "placement" | "namespace" | "labels" | "connections" | "environmentNames">,
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
      namespace: given.namespace ?? tenant.namespaces[0],
      labels: { ...given.labels, [LABEL.name]: name, [LABEL.partOf]: environment.programName },
      clusters: placedOn(tenant.clusters, given.placement),
    });
    this.name = name;
    this.tenant = tenant;
    this.environment = environment;
    this.environmentNames = given.environmentNames ?? defaultEnvironmentNames;
    this.connect(given.connections ?? {});
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
      if (problems.length === 0) this.edges.set(name, connection);
    }
  }

  /** @internal */
  public override get relations(): readonly Relation[] {
    return relationsOf(this.edges);
  }

  /** @internal What its connections are in one cluster; known once the whole program was declared. */
  protected derived(cluster: ClusterRef): Derived {
    const derived =
      this.derivedIn.get(cluster) ??
      derive(this.edges, { name: this.name, tenant: this.tenant }, cluster, this.environmentNames);
    this.derivedIn.set(cluster, derived);
    return derived;
  }

  /** @internal */
  public override checkDeclared(): void {
    this.derivedIn.clear(); // a tree that more was added to is planned anew
    const unnamed = new Map<string, readonly Peer[]>();
    for (const cluster of this.clusters) {
      const { problems, peers } = this.derived(cluster);
      this.report(...problems);
      if (!capabilityOf(cluster, "cilium")) unnamed.set(cluster.name, peers);
    }
    this.report(...checkHosts(unnamed));
  }

  /**
   * Labels by which Services and policies find its pods. They never hold a construct path, because selectors cannot be changed.
   *
   * @internal
   */
  protected get selector(): Record<string, string> {
    return { [LABEL.name]: this.name };
  }

  /** @internal Names of the objects that carry its configuration. */
  protected get carriers(): { readonly files: string; readonly outputs: string } {
    return { files: `${this.name}-files`, outputs: `${this.name}-outputs` };
  }

  /** @internal Problems of what every workload has. */
  protected checkWorkload(props: WorkloadProps<string>, kinds: readonly string[], known: readonly string[]): Problem[] {
    const problems = [
      ...checkKeys("", props, [...WORKLOAD_KEYS, ...known]),
      ...checkDnsLabel("workload name", this.name),
      ...checkImage(props.image, {
        allowMutable: props.allowMutableImage ?? false,
        production: this.environment.tierLike === "production",
      }),
      ...checkAllowedImage(props.image, this.tenant.allowed),
      ...computeResources(props).problems,
      ...configure(props.env ?? {}, props.files ?? {}, this.carriers).problems,
      ...checkLabels(props.labels ?? {}),
      ...checkKeys("transform", props.transform, kinds),
      ...checkKeys("placement", props.placement, PLACEMENT_KEYS),
    ];
    for (const key of Object.keys(props.labels ?? {})) {
      if (RESERVED_LABELS.includes(key) || key.startsWith("flagstone.dev/")) {
        problems.push({
          rule: "labels/reserved",
          message: `label "${key}" is set by Flagstone`,
          fix: "use another key",
        });
      }
    }
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
        message: `namespace "${props.namespace}" is not one of tenant "${this.tenant.name}"`,
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

  /** @internal Lets the user's transform have the last word on one child; `name` is its key in `transform`. */
  protected child(
    name: string,
    object: ApiObject,
    cluster: ClusterRef,
    transforms: Transforms<string> | undefined,
  ): void {
    const transform = transforms?.[name];
    if (transform === undefined) return;
    this.usedTransforms.add(name);
    amend(object, `transform.${name}`, (json) => {
      if (typeof transform === "function") transform(json, cluster);
      else mergePatch(json, transform);
    });
  }

  /** @internal Reports transforms of children that were not made. */
  protected checkTransforms(transforms: Transforms<string> | undefined): void {
    for (const name of Object.keys(transforms ?? {})) {
      if (transforms?.[name] === undefined || this.usedTransforms.has(name)) continue;
      this.report({
        rule: "transform/unused",
        message: `transform.${name} changes nothing, because this workload has no ${name}`,
        fix: "remove it, or ask for the child that it is about",
      });
    }
  }

  /** @internal Makes the objects that carry files and outputs. */
  protected makeCarriers(
    chart: Chart,
    cluster: ClusterRef,
    configuration: Configuration,
    transforms: Transforms<string> | undefined,
  ): ApiObject[] {
    const made: ApiObject[] = [];
    if (Object.keys(configuration.files).length > 0) {
      const files = new k8s.KubeConfigMap(chart, "files", {
        metadata: { name: this.carriers.files },
        data: { ...configuration.files },
      });
      this.child("files", files, cluster, transforms);
      made.push(files);
    }
    if (Object.keys(configuration.outputs).length > 0) {
      made.push(
        new k8s.KubeSecret(chart, "outputs", {
          metadata: { name: this.carriers.outputs },
          type: "Opaque",
          stringData: { ...configuration.outputs },
        }),
      );
    }
    return made;
  }

  /** @internal Resources that must exist before it starts, in this cluster. */
  protected waitsFor(): IConstruct[] {
    return [...this.edges.values()].flatMap(({ target }) => target.waitFor ?? []);
  }

  /** @internal Admits traffic to hosts by name, where the cluster can. */
  protected makeHostPolicy(
    chart: Chart,
    cluster: ClusterRef,
    peers: readonly Peer[],
    transforms: Transforms<string> | undefined,
  ): void {
    const hosts = peers.filter((peer) => peer.kind === "host");
    if (hosts.length === 0 || !capabilityOf(cluster, "cilium")) return;
    const policy = new ApiObject(chart, "hostPolicy", {
      apiVersion: "cilium.io/v2",
      kind: "CiliumNetworkPolicy",
      metadata: { name: `${this.name}-hosts` },
      spec: { endpointSelector: { matchLabels: this.selector }, egress: ciliumEgress(hosts) },
    });
    this.child("hostPolicy", policy, cluster, transforms);
  }

  /** @internal The pod that all kinds of workloads run. */
  protected podTemplate(
    props: WorkloadProps<string>,
    configuration: Configuration,
    parts: ContainerParts,
  ): k8s.PodTemplateSpec {
    const user = props.user ?? 10_001;
    const own = new Set(configuration.env.map(({ name }) => name));
    const env = [...parts.env.filter(({ name }) => !own.has(name)), ...configuration.env];
    const version = imageVersion(props.image);
    const annotations = {
      ...props.podAnnotations,
      ...(configuration.digest === undefined ? {} : { [ANNOTATION.configHash]: configuration.digest }),
    };
    return {
      metadata: {
        labels: { ...this.labels, ...(version === undefined ? {} : { [LABEL.version]: version }) },
        ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
      },
      spec: {
        serviceAccountName: this.name,
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        securityContext: podSecurity(user),
        terminationGracePeriodSeconds: DRAIN_SECONDS + (toSeconds(props.gracePeriod ?? "30s") ?? 30),
        topologySpreadConstraints: spread(this.selector),
        containers: [
          {
            name: this.name,
            image: props.image,
            imagePullPolicy: "Always",
            ...(props.command ? { command: [...props.command] } : {}),
            ...(props.args ? { args: [...props.args] } : {}),
            ...(props.workingDirectory === undefined ? {} : { workingDir: props.workingDirectory }),
            ports: [...parts.ports],
            ...(env.length > 0 ? { env } : {}),
            resources: computeResources(props).resources,
            securityContext: containerSecurity(user),
            volumeMounts: [{ name: "tmp", mountPath: "/tmp" }, ...configuration.mounts],
            ...parts.probes,
          },
        ],
        volumes: [{ name: "tmp", emptyDir: { sizeLimit: k8s.Quantity.fromString("512Mi") } }, ...configuration.volumes],
      },
    };
  }
}

/**
 * Gives the pods of an object time to leave load balancers before they are told to end. cdk8s-plus-28 does not know the field yet.
 *
 * @see https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/
 */
export function drainGracefully(object: ApiObject): void {
  amend(object, "drain", (json) => {
    const { template } = json["spec"] as { template: { spec: { containers: { lifecycle?: object }[] } } };
    for (const container of template.spec.containers)
      container.lifecycle ??= { preStop: { sleep: { seconds: DRAIN_SECONDS } } };
  });
}
