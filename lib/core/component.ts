import type { Resource } from "@pulumi/pulumi";
import { type ApiObject, Chart } from "cdk8s";
import { Construct, type IConstruct } from "constructs";
import { type CloudDeclaration, CloudHandle, type CreateResource } from "./cloud";
import { type DefaultsTrace, takeTraces } from "./defaults";
import type { Problem, SourceLocation } from "./findings";
import { checkFree, freeId } from "./ids";
import { suggestDnsLabel } from "./names";
import { checkPlace, ROOT } from "./place";
import type { Relation } from "./relations";
import {
  type ClusterRef,
  type EnvironmentScope,
  findEnvironment,
  findTenant,
  isEnvironmentScope,
  isTenantScope,
} from "./scope";
import { captureSource } from "./source";

const COMPONENT = Symbol.for("flagstone.Component");
const CHART = Symbol.for("cdk8s.Chart");

/** What a subclass of {@link Component} tells its base. */
export interface ComponentProps {
  /** Namespace of objects below it that name none. @default - the scope's */
  readonly namespace?: string | undefined;
  /** Labels of all objects below it, on top of the scope's. @default - the scope's */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** The clusters that its objects go to. @default - the scope's */
  readonly clusters?: readonly ClusterRef[] | undefined;
}

/**
 * Base of all Flagstone constructs, and of platforms' own.
 *
 * Plain cdk8s and cdk8s-plus objects can stand anywhere below it: they get the tenant's namespace and labels, and a name made of the
 * ids from the nearest construct of Flagstone downwards, without a hash. Constructors only declare; what needs the whole tree, or
 * differs by cluster, is made in {@link Component.objectsIn}.
 *
 * @example
 * ```ts
 * import { ConfigMap } from "cdk8s-plus-28";
 * import type { Construct } from "constructs";
 * import { Component } from "flagstone";
 *
 * export class Banner extends Component {
 *   constructor(scope: Construct, id: string, props: { readonly text: string }) {
 *     super(scope, id);
 *     if (props.text === "") this.report({ rule: "banner/empty", message: "the banner has no text", fix: "say something" });
 *     new ConfigMap(this, "text", { data: { "banner.txt": props.text } });
 *   }
 * }
 * ```
 */
export abstract class Component
  extends Construct
  implements Pick<Chart, "namespace" | "labels" | "generateObjectName">
{
  /** The clusters that its objects go to. */
  public readonly clusters: readonly ClusterRef[];
  /** Namespace of objects below it that name none. */
  public readonly namespace?: string;
  /** Labels of all objects below it. */
  public readonly labels: Record<string, string>;
  /** @internal */
  public declaredAt: SourceLocation | undefined;
  /** @internal */
  public readonly problems: Problem[] = [];
  /** @internal */
  public readonly cloudDeclarations: CloudDeclaration[] = [];
  private readonly formerIds: string[] = [];
  /** @internal What each class made of its layers, the most derived class first. */
  public readonly traces: DefaultsTrace[];

  public constructor(scope: Construct, id: string, props?: ComponentProps);
  /** @internal */
  public constructor(scope: Construct | typeof ROOT, id: string, props?: ComponentProps);
  public constructor(given: Construct | typeof ROOT, id: string, props: ComponentProps = {}) {
    checkPlace(new.target, given, id);
    // The environment is a root, as cdk8s's own App is: it has no scope, which the type of Construct does not foresee.
    const scope = given === ROOT ? undefined : given;
    const duplicate = scope ? checkFree(new.target, scope, id) : [];
    super(scope as Construct, scope ? freeId(scope, id) : id);
    Object.defineProperty(this, COMPONENT, { value: true });
    // cdk8s finds the chart of an object by this mark, so that objects below need no Chart of their own.
    Object.defineProperty(this, CHART, { value: true });
    const outer = scope && findComponent(scope);
    const namespace = props.namespace ?? outer?.namespace;
    if (namespace !== undefined) this.namespace = namespace;
    this.labels = { ...outer?.labels, ...props.labels };
    this.clusters = props.clusters ?? outer?.clusters ?? [];
    // An environment is made by whoever reads the program, which says nothing about the program.
    this.declaredAt = scope && captureSource(this);
    this.traces = takeTraces(scope, this);
    this.report(...duplicate, ...this.traces.flatMap(({ problems }) => problems));
  }

  /**
   * Makes the objects of this construct for one cluster; called once for each cluster that it is placed on, after the whole
   * program was declared. Override it where objects differ by cluster or need what others declared.
   *
   * @param chart - scope for the objects
   * @param cluster - the cluster that they are for
   * @example
   * ```ts
   * import { ApiObject, type Chart } from "cdk8s";
   * import { type ClusterRef, Component } from "flagstone";
   *
   * export class WhereAmI extends Component {
   *   protected override objectsIn(chart: Chart, cluster: ClusterRef) {
   *     new ApiObject(chart, "place", { apiVersion: "v1", kind: "ConfigMap", data: { cluster: cluster.name } });
   *   }
   * }
   * ```
   */
  protected objectsIn?(chart: Chart, cluster: ClusterRef): void;

  /** @internal */
  public makeObjects(chart: Chart, cluster: ClusterRef): void {
    this.objectsIn?.(chart, cluster);
  }

  /** @internal Reports what can be judged only when the whole program was declared. */
  public checkDeclared(): void {}

  /** @internal What one of its settings means here, where that is not plain to see. */
  public meaningOf(_setting: string, _value: unknown): string | undefined {
    return undefined;
  }

  /** @internal What it uses. */
  public get relations(): readonly Relation[] {
    return [];
  }

  /** @internal */
  public get makesObjects(): boolean {
    return this.objectsIn !== undefined;
  }

  /**
   * Declares a cloud resource: plain Pulumi, in a function that runs once, when the engine deploys or the Plan is made, after the
   * whole program was found valid.
   *
   * Pass on `name` and `options`: the options carry parent, provider, protection and aliases. In environments of a tier like production
   * the resource is protected against deletion.
   *
   * @param id - unique within this construct; the logical name is `<tenant>-<construct id>-<id>`
   * @param create - creates the resource and returns it
   * @see https://www.pulumi.com/docs/iac/concepts/resources/names/
   * @example
   * ```ts
   * import { Component } from "flagstone";
   * import { Bucket } from "@pulumi/aws/s3/index.js";
   * import type { Construct } from "constructs";
   *
   * export class Uploads extends Component {
   *   readonly bucketName;
   *   constructor(scope: Construct, id: string) {
   *     super(scope, id);
   *     const bucket = this.cloud("Bucket", (name, options) => new Bucket(name, {}, options));
   *     this.bucketName = bucket.output((b) => b.bucket);
   *   }
   * }
   * ```
   */
  public cloud<R extends Resource>(id: string, create: CreateResource<R>): CloudHandle<R> {
    if (this.cloudDeclarations.some((declared) => declared.id === id)) {
      this.report({
        rule: "cloud/duplicate",
        message: `cloud("${id}", …) is declared twice on this construct`,
        fix: "give one of them another id",
      });
    }
    const declaration: CloudDeclaration = {
      construct: this,
      id,
      name: cloudName(this, id),
      create,
      formerNames: this.formerCloudNames(id),
    };
    this.cloudDeclarations.push(declaration);
    return new CloudHandle<R>(declaration);
  }

  /**
   * Declares ids that this construct had before, so that its cloud resources are kept when it is renamed. Call it before `cloud()`.
   *
   * Kubernetes objects cannot change their names: new ones are made before the old ones go.
   *
   * @see https://www.pulumi.com/docs/iac/concepts/resources/options/aliases/
   */
  protected formerly(...ids: readonly string[]): void {
    this.formerIds.push(...ids);
  }

  /**
   * Records what is wrong with this construct. Everything recorded is reported together, when the whole program was declared; an error
   * then stops deploying and rendering. Do this for wrong arguments, where a constructor would otherwise throw at the first.
   */
  protected report(...problems: readonly Problem[]): void {
    for (const problem of problems) {
      // What is found for each cluster, or at each call, is still one mistake.
      const isKnown = this.problems.some(({ rule, message }) => rule === problem.rule && message === problem.message);
      if (!isKnown) this.problems.push(problem);
    }
  }

  private formerCloudNames(id: string): string[] {
    return this.formerIds.map((formerId) => cloudName(this, id, formerId));
  }

  /** @internal Called by cdk8s for objects that are given no name. */
  public generateObjectName(apiObject: ApiObject): string {
    return objectName(apiObject);
  }
}

/** The root of a tree: an environment, as what reads trees sees it. */
export type EnvironmentTree = EnvironmentScope & Component;

/** Objects of one construct for one cluster. */
export class ClusterChart extends Chart {
  public constructor(scope: Component, cluster: ClusterRef) {
    const id = `@${cluster.name}`;
    scope.node.tryRemoveChild(id); // a tree that more was added to is planned anew
    super(scope, id, {
      ...(scope.namespace === undefined ? {} : { namespace: scope.namespace }),
      labels: scope.labels,
      disableResourceNameHashes: true,
    });
    clustersOfCharts.set(this, cluster);
  }

  public override generateObjectName(apiObject: ApiObject): string {
    return objectName(apiObject);
  }
}

// `instanceof` is of no use here: cdk8s makes it true for every Chart.
const clustersOfCharts = new WeakMap<IConstruct, ClusterRef>();

/** The cluster that a chart is for, when it is one of those that `objectsIn` gets. */
export function clusterOfChart(construct: IConstruct): ClusterRef | undefined {
  return clustersOfCharts.get(construct);
}

export function isComponent(construct: IConstruct): construct is Component {
  return COMPONENT in construct;
}

/** The nearest Flagstone construct, from `scope` upwards. */
export function findComponent(scope: IConstruct): Component | undefined {
  for (let c: IConstruct | undefined = scope; c; c = c.node.scope) if (isComponent(c)) return c;
  return undefined;
}

/**
 * Name of an object that was given none: the ids from its construct (the nearest one of Flagstone) downwards, without a hash. What
 * is above does not matter, so that the construct can move; what cdk8s hides from names is left out. In a preview, the preview's name
 * comes last.
 */
function objectName(apiObject: ApiObject): string {
  const ids: string[] = [];
  for (let c: IConstruct | undefined = apiObject; c && !isTenantScope(c) && !isEnvironmentScope(c); c = c.node.scope) {
    const { id } = c.node;
    if (id !== "Resource" && id !== "Default" && !id.startsWith("@")) ids.unshift(id);
    if (isComponent(c)) break;
  }
  const preview = findEnvironment(apiObject)?.preview;
  const name = [...ids, ...(preview ? [preview.name] : [])].join("-");
  return suggestDnsLabel(name, Number.MAX_SAFE_INTEGER) ?? name;
}

function cloudName(construct: IConstruct, id: string, constructId = construct.node.id): string {
  const tenant = findTenant(construct);
  const own = isTenantScope(construct) || isEnvironmentScope(construct) ? [] : [constructId];
  return [...(tenant ? [tenant.name] : []), ...own, id].join("-");
}
