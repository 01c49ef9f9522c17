import type { ApiObject } from "cdk8s";
import type { IConstruct } from "constructs";
import type { KubeObject } from "../core/amend";
import type { CloudDeclaration } from "../core/cloud";
import type { Component, EnvironmentTree } from "../core/component";
import type { Finding } from "../core/findings";
import type { ClusterRef, TenantScope } from "../core/scope";

/** One Kubernetes object for one cluster. */
export interface DraftObject {
  /** `<cluster>/<group>/<kind>/<namespace>/<name>`; without a namespace `-` stands for it. */
  readonly id: string;
  readonly cluster: ClusterRef;
  /** Final JSON; strings may hold tokens. */
  json: KubeObject;
  readonly construct: ApiObject;
  readonly component: Component;
  readonly tenant: TenantScope | undefined;
  /** Whether a string in it, or a key, holds a token. Most objects have none, and are not searched again. */
  readonly hasTokens: boolean;
  /** Whether a value is known only when resources exist. */
  readonly hasOutputs: boolean;
  /** Objects that must exist before. */
  readonly dependsOn: DraftObject[];
  /** Constructs all of whose objects must exist before. */
  readonly dependsOnGroups: DraftGroup[];
  /** How many Jobs must have ended before, one after the other. */
  stage: number;
}

/** The objects of a construct, in one cluster, that others wait for. */
export interface DraftGroup {
  readonly path: string;
  readonly members: readonly DraftObject[];
}

/** Everything that one environment of a program declares, with what is wrong with it. No resource exists yet. */
export interface Draft {
  readonly environment: EnvironmentTree;
  /** In an order that respects dependencies, and else does not depend on the order of construction. */
  readonly objects: readonly DraftObject[];
  readonly components: readonly Component[];
  readonly cloud: readonly CloudDeclaration[];
  readonly findings: readonly Finding[];
}

/** What a walk over the tree found, before order and findings. */
export interface Collected {
  readonly objects: CollectedObject[];
  readonly components: Component[];
  /** Constructs that wait for others. */
  readonly dependents: Dependent[];
  readonly findings: Finding[];
  /** Objects below each construct are neighbors in `objects`: from the first index up to the second. */
  readonly ranges: Map<IConstruct, readonly [number, number]>;
}

/** A construct that waits for others, and whose it is. */
export interface Dependent {
  readonly construct: IConstruct;
  readonly component: Component;
  readonly tenant: TenantScope | undefined;
}

/** One object of the tree, which may go to several clusters. */
export interface CollectedObject {
  readonly construct: ApiObject;
  readonly component: Component;
  readonly tenant: TenantScope | undefined;
  readonly clusters: readonly ClusterRef[];
  readonly json: KubeObject;
}
