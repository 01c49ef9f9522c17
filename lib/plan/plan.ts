import type { KubeObject } from "../core/amend";
import type { Finding, SourceLocation } from "../core/findings";
import type { TargetKind } from "../core/relations";
import type { BuiltinTier, Delivery } from "../core/scope";

/** Version of the Plan's format. It changes when something is removed or means another thing, not when something is added. */
export const PLAN_VERSION = 1;

/**
 * Everything that a program declares in one environment: normalized and serializable. Whoever wants to know what was declared reads it.
 *
 * Its JSON Schema is in the package, as `flagstone/plan.schema.json`. Values of Secrets and of outputs are masked.
 */
export interface Plan {
  /** Version of this format. */
  readonly planVersion: typeof PLAN_VERSION;
  /** Name of the platform or application. */
  readonly program: string;
  /** Name of the platform. */
  readonly platform: string;
  /** The environment that it is about. */
  readonly environment: PlanEnvironment;
  /** All clusters of the environment. */
  readonly clusters: readonly PlanCluster[];
  /** Flagstone's constructs, parents first, siblings by id. */
  readonly constructs: readonly PlanConstruct[];
  /** Who uses what: connections of workloads, by construct and target. */
  readonly relations: readonly PlanRelation[];
  /** Kubernetes objects, each after those that it depends on. */
  readonly objects: readonly PlanObject[];
  /** Cloud resources by logical name. */
  readonly cloud: readonly PlanCloudResource[];
  /** Sorted by severity, path and rule. */
  readonly findings: readonly Finding[];
}

/** The environment of a Plan. */
export interface PlanEnvironment {
  /** Its name; Pulumi's stack has the same. */
  readonly name: string;
  /** Of a preview: the environment of the platform facts that it is made from. */
  readonly preview?: { readonly from: string } | undefined;
  /** Its tier. */
  readonly tier: string;
  /** The built-in tier whose rules hold. */
  readonly tierLike: BuiltinTier;
  /** DNS domain below which its hosts live. */
  readonly domain: string;
  /** Who applies its Kubernetes objects, but for those that carry outputs. */
  readonly delivery: Delivery;
}

/** A cluster of a Plan. */
export interface PlanCluster {
  /** Name within its environment. */
  readonly name: string;
  /** Region, as the platform facts say it. */
  readonly region?: string | undefined;
  /** Labels, as the platform facts say them. */
  readonly labels: Readonly<Record<string, string>>;
  /** Names of what it offers beyond Kubernetes itself, as in `gateway-api`. */
  readonly capabilities: readonly string[];
}

/** What everything in a Plan says about where it comes from. */
export interface PlanOrigin {
  /** Path of the nearest construct of Flagstone, from the environment downwards. */
  readonly construct: string;
  /** Class of that construct. */
  readonly constructType: string;
  /** Where that construct is declared, relative to its npm package. */
  readonly source?: SourceLocation | undefined;
  /** The tenant that it is in; none for what belongs to the whole environment. */
  readonly tenant?: string | undefined;
  /** The tenant's first owner, or `platform`. */
  readonly owner: string;
}

/** A construct of Flagstone. */
export interface PlanConstruct extends Omit<PlanOrigin, "construct" | "constructType"> {
  /** Path from the environment downwards. */
  readonly path: string;
  /** Its class. */
  readonly type: string;
  /** Names of the clusters that its objects go to. */
  readonly clusters: readonly string[];
  /** Its props, with the layer that each value comes from. */
  readonly settings: readonly PlanSetting[];
}

/** That one construct uses something. */
export interface PlanRelation {
  /** Path of the construct that uses it. */
  readonly from: string;
  /** Tenant of that construct. */
  readonly fromTenant?: string | undefined;
  /** What it uses: path of a construct, with an endpoint after a dot, as in `prod/shop/checkout.http`. It may be another program's. */
  readonly to: string;
  /** Tenant of what it uses; none for what belongs to the environment. */
  readonly toTenant?: string | undefined;
  /** What it uses is one of these. */
  readonly kind: TargetKind;
  /** What the construct calls it. */
  readonly names: readonly string[];
}

/** One value that a construct ended up with. */
export interface PlanSetting {
  /** As in `replicas` or `env.LOG_LEVEL`. */
  readonly name: string;
  /** The value; what is not plain data is described in brackets. */
  readonly value: unknown;
  /** What a name stands for in this environment, as `100m CPU, 128Mi memory` for a size; none for a value that says it itself. */
  readonly means?: string | undefined;
  /** `own` is a class's own default, `class` was set by the code of a golden path, `props` by whoever used it. */
  readonly layer: "own" | "platform" | "environment" | "tenant" | "class" | "props";
  /** The class whose default it is, or whose code set it. */
  readonly by: string;
  /** What the value was meant to be in lower layers, nearest first. */
  readonly over: readonly { readonly layer: string; readonly by: string; readonly value: unknown }[];
}

/** A Kubernetes object for one cluster. */
export interface PlanObject extends PlanOrigin {
  /** Identity: `<cluster>/<group>/<kind>/<namespace>/<name>`, with `core` for the core group and `-` for no namespace. */
  readonly id: string;
  /** Name of the environment. */
  readonly environment: string;
  /** Name of the cluster. */
  readonly cluster: string;
  /** As in `apps/v1`. */
  readonly apiVersion: string;
  /** As in `Deployment`. */
  readonly kind: string;
  /** Its namespace; none for objects of a whole cluster. */
  readonly namespace?: string | undefined;
  /** Its name. */
  readonly name: string;
  /** Path of the object itself in the tree. */
  readonly path: string;
  /** Who applies it. */
  readonly deliveredBy: Delivery;
  /** Ids of objects, and of cloud resources whose outputs it carries, that must exist before. */
  readonly dependsOn: readonly string[];
  /** Paths of constructs all of whose objects must exist before. */
  readonly dependsOnConstructs: readonly string[];
  /** The object itself. */
  readonly manifest: KubeObject;
}

/** A Pulumi resource that is no Kubernetes object. */
export interface PlanCloudResource extends PlanOrigin {
  /** Identity: `<type>::<logical name>`. */
  readonly id: string;
  /** Name of the environment. */
  readonly environment: string;
  /** Pulumi's type token. */
  readonly type: string;
  /** Logical name. */
  readonly name: string;
  /** Who creates it. */
  readonly deliveredBy: "pulumi";
  /** False for Pulumi resources that the program makes outside of `cloud()`, or without its options; they deploy as ever. */
  readonly ours: boolean;
  /** Whether Pulumi refuses to delete it. */
  readonly protect: boolean;
  /** Ids of cloud resources that must exist before. */
  readonly dependsOn: readonly string[];
  /** What it is given: secrets are masked as `[secret]`, what only a provider knows is `[unknown]`. */
  readonly inputs: Readonly<Record<string, unknown>>;
}
