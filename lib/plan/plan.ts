import type { KubeObject } from "../core/amend";
import type { Finding, SourceLocation } from "../core/findings";
import type { BuiltinTier, Delivery } from "../core/scope";

/** Version of the Plan's format. It changes when something is removed or means another thing, not when something is added. */
export const PLAN_VERSION = 1;

/**
 * Everything that a program declares in one environment: normalized and serializable. Whoever wants to know what was declared reads it.
 *
 * Its JSON Schema is in the package, as `flagstone/plan.schema.json`. Values of Secrets and of outputs are masked.
 */
export interface Plan {
  readonly planVersion: typeof PLAN_VERSION;
  /** Name of the platform or application. */
  readonly program: string;
  readonly platform: string;
  readonly environment: PlanEnvironment;
  readonly clusters: readonly PlanCluster[];
  /** Flagstone's constructs, parents first, siblings by id. */
  readonly constructs: readonly PlanConstruct[];
  /** Kubernetes objects, each after those that it depends on. */
  readonly objects: readonly PlanObject[];
  /** Cloud resources by logical name. */
  readonly cloud: readonly PlanCloudResource[];
  /** Sorted by severity, path and rule. */
  readonly findings: readonly Finding[];
}

export interface PlanEnvironment {
  readonly name: string;
  readonly tier: string;
  readonly tierLike: BuiltinTier;
  readonly domain: string;
  readonly delivery: Delivery;
}

export interface PlanCluster {
  readonly name: string;
  readonly region?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
}

/** What everything in a Plan says about where it comes from. */
export interface PlanOrigin {
  /** Path of the nearest construct of Flagstone, from the environment downwards. */
  readonly construct: string;
  /** Class of that construct. */
  readonly constructType: string;
  /** Where that construct is declared, relative to its npm package. */
  readonly source?: SourceLocation | undefined;
  readonly tenant?: string | undefined;
  /** The tenant's first owner, or `platform`. */
  readonly owner: string;
}

export interface PlanConstruct extends Omit<PlanOrigin, "construct" | "constructType"> {
  readonly path: string;
  readonly type: string;
  readonly clusters: readonly string[];
  /** Its props, with the layer that each value comes from. */
  readonly settings: readonly PlanSetting[];
}

export interface PlanSetting {
  /** As in `replicas` or `env.LOG_LEVEL`. */
  readonly name: string;
  readonly value: unknown;
  /** `own` is a class's own default, `class` was set by the code of a golden path, `props` by whoever used it. */
  readonly layer: "own" | "platform" | "environment" | "tenant" | "class" | "props";
  /** The class whose default it is, or whose code set it. */
  readonly by: string;
  /** What the value was meant to be in lower layers, nearest first. */
  readonly over: readonly { readonly layer: string; readonly by: string; readonly value: unknown }[];
}

export interface PlanObject extends PlanOrigin {
  /** Identity: `<cluster>/<group>/<kind>/<namespace>/<name>`, with `core` for the core group and `-` for no namespace. */
  readonly id: string;
  readonly environment: string;
  readonly cluster: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name: string;
  /** Path of the object itself in the tree. */
  readonly path: string;
  readonly deliveredBy: Delivery;
  /** Ids of objects, and of cloud resources whose outputs it carries, that must exist before. */
  readonly dependsOn: readonly string[];
  /** Paths of constructs all of whose objects must exist before. */
  readonly dependsOnConstructs: readonly string[];
  /** The object itself. */
  readonly manifest: KubeObject;
}

export interface PlanCloudResource extends PlanOrigin {
  /** Identity: type and logical name. */
  readonly id: string;
  readonly environment: string;
  /** Pulumi's type token. */
  readonly type: string;
  /** Logical name. */
  readonly name: string;
  readonly deliveredBy: "pulumi";
  /** False for Pulumi resources that the program makes outside of `cloud()`, or without its options; they deploy as ever. */
  readonly ours: boolean;
  readonly protect: boolean;
  /** Ids of cloud resources that must exist before. */
  readonly dependsOn: readonly string[];
  readonly inputs: Readonly<Record<string, unknown>>;
}
