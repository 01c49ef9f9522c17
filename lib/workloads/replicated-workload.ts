import { ApiObject, type Chart } from "cdk8s";
import { k8s } from "cdk8s-plus-28";
import type { Construct } from "constructs";
import { capabilityOf } from "../core/capability";
import type { Problem } from "../core/findings";
import { ANNOTATION } from "../core/labels";
import { withoutFalse } from "../core/merge";
import { type ClusterRef, findEnvironment, type Named } from "../core/scope";
import type { EndpointSpec } from "./endpoints/endpoints";
import { checkSharedDisks } from "./pod/check-disks";
import { helpersOf } from "./pod/containers";
import type { Health } from "./pod/health";
import type { PortSpec } from "./pod/ports";
import { makeProbes, type Probes } from "./pod/probes";
import { checkReloader, reloaderAnnotations } from "./pod/restarts";
import type { Pod } from "./pod/pod";
import type { Value } from "./pod/sources";
import { asksHost, checkScalerEntry } from "./scaling/asked";
import { autoscalerSpec, type ScaleTarget } from "./scaling/autoscaler";
import { checkDisruptionBudget, disruptionBudgetOf, disruptionBudgetSpec } from "./scaling/budget";
import { checkKeda, NOT_MINDED_BY_KEDA, scaledObjectSpec, scalerIn, type ScalingWishes } from "./scaling/keda";
import { checkPatchedReplicas, checkReplicas } from "./scaling/replicas";
import { checkProgress, checkRollout, checkRoom, rolloutFields, secondsToAwait } from "./scaling/rollout";
import type { Trigger } from "./scaling/trigger";
import { checkAllowedAuthentications, checkVariables } from "./scaling/trigger-checks";
import type { DisruptionBudget, Replicas, Rollout, Scaling, WakingHours } from "./scaling/types";
import { verticalAutoscalerSpec } from "./scaling/vertical";
import type { WorkloadProps } from "./types";
import { completePods, type PodParts, Workload, type WorkloadChild } from "./workload";

/** The objects of workloads that keep running, as `transform` calls them. */
export type ReplicatedChild = WorkloadChild | "deployment" | "disruptionBudget" | "autoscaler" | "verticalAutoscaler";

const CHILDREN: readonly ReplicatedChild[] = ["deployment", "disruptionBudget", "autoscaler", "verticalAutoscaler"];

/** What workloads that keep running have. */
export interface ReplicatedProps<Child extends string> extends WorkloadProps<Child> {
  /** How its health is known. @default - gRPC health for a gRPC endpoint, else whether the port accepts connections */
  readonly health?: Health | undefined;
  /** How many pods run in each cluster. @default - 1 in tiers like development, else 2 */
  readonly replicas?: Replicas | undefined;
  /** Hours in which pods run, where the clusters have KEDA; not in tiers like production. `false` means always. @default false */
  readonly awake?: WakingHours | false | undefined;
  /** How new pods take over. @default - rolling, a quarter more pods at a time, never fewer */
  readonly rollout?: Rollout | undefined;
  /** How many pods may be missing; `false` makes no budget. @default - one at a time, where there can be more than one pod */
  readonly disruptionBudget?: DisruptionBudget | false | undefined;
}

const KEYS = ["health", "replicas", "awake", "rollout", "disruptionBudget"];

/**
 * A workload whose pods keep running: a Deployment, hardened, spread over zones and nodes, replaced without a gap.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/deployment/
 */
export abstract class ReplicatedWorkload extends Workload {
  /** @internal */
  protected abstract override readonly props: ReplicatedProps<string>;
  /** @internal What its container listens on. */
  protected abstract readonly ports: readonly PortSpec[];
  /** @internal Where others reach it. */
  protected abstract readonly endpointList: readonly EndpointSpec[];
  /** @internal Variables of its own. */
  protected get ownVariables(): Named<Value> {
    return {};
  }

  /** @internal */
  protected override objectsIn(chart: Chart, cluster: ClusterRef): void {
    const { probes } = makeProbes(this.props.health, this.ports);
    const pod = this.pod(this.partsWith(probes), this.derived(cluster));
    const deployment = this.makeDeployment(chart, cluster, pod);
    this.makeMore?.(chart, cluster);
    this.makeNetworkPolicies(chart, cluster, this.endpointList);
    this.makeDisruptionBudget(chart, cluster);
    this.makeAutoscaler(chart, cluster, deployment);
    this.makeVerticalAutoscaler(chart, cluster);
    this.checkTriggerVariables(pod);
    this.checkTransforms();
  }

  /** @internal */
  public override isScaledBy(host: string, cluster: ClusterRef): boolean {
    const { replicas } = this.wishes;
    if (typeof replicas === "number" || !this.clusters.includes(cluster)) return false;
    if (scalerIn(cluster, this.wishes) !== "keda") return false;
    const variables = { ...this.ownVariables, ...this.derived(cluster).variables, ...this.props.env };
    return asksHost(replicas.triggers ?? {}, variables, host);
  }

  /** @internal */
  public override checkDeclared(): void {
    super.checkDeclared();
    for (const cluster of this.clusters) {
      if (capabilityOf(cluster, "keda")?.from) continue;
      const asked = this.derived(cluster).services.filter((host) => this.isScaledBy(host, cluster));
      this.report(...checkScalerEntry(asked, cluster));
    }
  }

  /** @internal Objects that only this kind of workload has. */
  protected makeMore?(chart: Chart, cluster: ClusterRef): void;

  /** @internal Problems of what all workloads that keep running have. */
  protected checkReplicated(children: readonly string[], known: readonly string[]): Problem[] {
    const { rollout, disruptionBudget } = this.props;
    const replicaProblems = checkReplicas(this.wishes.replicas);
    const { probes, problems } = makeProbes(this.props.health, this.ports);
    return [
      ...this.checkWorkload([...CHILDREN, ...children], [...KEYS, ...known], this.partsWith(probes)),
      ...problems,
      ...(rollout ? this.checkRollout(rollout, probes) : []),
      ...replicaProblems,
      ...(replicaProblems.length === 0 ? this.checkScaling(disruptionBudget) : []),
    ];
  }

  private checkRollout(rollout: Rollout, probes: Probes): Problem[] {
    const problems = checkRollout(rollout);
    return problems.length > 0 ? problems : checkProgress(rollout, probes.startupProbe);
  }

  /** What can be judged of a number of replicas that is possible. */
  private checkScaling(disruptionBudget: DisruptionBudget | false | undefined): Problem[] {
    const { replicas } = this.wishes;
    const { rollout, scheduling, transform } = this.props;
    const isScaled = this.clusters.some((cluster) => scalerIn(cluster, this.wishes) !== "none");
    return [
      ...checkRoom(rollout ?? { strategy: "rolling" }, replicas, scheduling?.apart, [this.node.id, this.name]),
      ...(isScaled ? checkPatchedReplicas(transform?.["deployment"]) : []),
      ...checkSharedDisks(withoutFalse(this.props.volumes), replicas, this.props.rollout),
      ...checkAllowedAuthentications(triggersOf(replicas), this.tenant.allowed),
      ...checkKeda(this.wishes, { environment: this.environment, clusters: this.clusters }),
      ...(disruptionBudget ? checkDisruptionBudget(disruptionBudget, replicas) : []),
    ];
  }

  private checkTriggerVariables(pod: Pod): void {
    const { replicas } = this.wishes;
    const own = pod.template.spec?.containers.find(({ name }) => name === this.name);
    // What comes from whole Secrets and ConfigMaps is not known by name.
    if (!own || own.envFrom !== undefined) return;
    this.report(...checkVariables(triggersOf(replicas), own.env?.map(({ name }) => name) ?? []));
  }

  private get wishes(): ScalingWishes {
    const { replicas = 1, awake } = this.props;
    return { replicas, awake: awake === false ? undefined : awake };
  }

  private get scaleTarget(): ScaleTarget {
    const hasSidecars = helpersOf(this.props).some(({ kind }) => kind === "sidecar");
    return { deployment: this.name, container: hasSidecars ? this.name : undefined };
  }

  private partsWith(probes: Probes): PodParts {
    // Only what has endpoints has traffic that must stop before the process may.
    const kind = this.endpointList.length > 0 ? "service" : "worker";
    return { kind, ports: this.ports, probes, variables: this.ownVariables };
  }

  private makeDeployment(chart: Chart, cluster: ClusterRef, pod: Pod): ApiObject {
    const needs = this.makeNeeds(chart, cluster, pod);
    this.report(...checkReloader(pod.restartsOn, cluster));
    const rollout = this.props.rollout ?? { strategy: "rolling" };
    const { replicas } = this.wishes;
    const deployment = new k8s.KubeDeployment(chart, "deployment", {
      metadata: { name: this.name },
      spec: {
        // An autoscaler owns the number; saying it here would undo its work at every deployment.
        ...(typeof replicas === "number" && scalerIn(cluster, this.wishes) === "none" ? { replicas } : {}),
        selector: { matchLabels: this.selector },
        ...rolloutFields(rollout),
        template: pod.template,
      },
    });
    const patience = secondsToAwait(rollout, replicas);
    if (patience !== undefined && this.environment.delivery === "pulumi")
      deployment.metadata.addAnnotation(ANNOTATION.secondsToAwait, String(patience));
    for (const [key, value] of Object.entries(reloaderAnnotations(pod.restartsOn)))
      deployment.metadata.addAnnotation(key, value);
    deployment.addDependency(...needs);
    completePods(deployment, pod);
    this.child("deployment", deployment, cluster);
    return deployment;
  }

  private makeDisruptionBudget(chart: Chart, cluster: ClusterRef): void {
    const budget = disruptionBudgetOf(this.props.disruptionBudget, this.wishes.replicas);
    if (!budget) return;
    const object = new k8s.KubePodDisruptionBudget(chart, "disruptionBudget", {
      metadata: { name: this.name },
      spec: disruptionBudgetSpec(budget, this.selector),
    });
    this.child("disruptionBudget", object, cluster);
  }

  private makeAutoscaler(chart: Chart, cluster: ClusterRef, deployment: ApiObject): void {
    const scaler = scalerIn(cluster, this.wishes);
    if (scaler === "none") return;
    const autoscaler = scaler === "keda" ? this.scaledObject(chart) : this.autoscaler(chart, cluster);
    // KEDA refuses what scales a Deployment that it does not find.
    if (scaler === "keda") autoscaler.addDependency(deployment);
    this.child("autoscaler", autoscaler, cluster);
  }

  private autoscaler(chart: Chart, cluster: ClusterRef): ApiObject {
    return new k8s.KubeHorizontalPodAutoscalerV2(chart, "autoscaler", {
      metadata: {
        name: this.name,
        ...(capabilityOf(cluster, "keda") ? { annotations: NOT_MINDED_BY_KEDA } : {}),
      },
      spec: autoscalerSpec(this.scaleTarget, this.wishes.replicas as Scaling),
    });
  }

  private scaledObject(chart: Chart): ApiObject {
    return new ApiObject(chart, "autoscaler", {
      apiVersion: "keda.sh/v1alpha1",
      kind: "ScaledObject",
      metadata: { name: this.name },
      spec: scaledObjectSpec(this.scaleTarget, this.wishes),
    });
  }

  private makeVerticalAutoscaler(chart: Chart, cluster: ClusterRef): void {
    if (!capabilityOf(cluster, "vertical-pod-autoscaler")) return;
    const autoscaler = new ApiObject(chart, "verticalAutoscaler", {
      apiVersion: "autoscaling.k8s.io/v1",
      kind: "VerticalPodAutoscaler",
      metadata: { name: this.name },
      spec: verticalAutoscalerSpec(this.name),
    });
    this.child("verticalAutoscaler", autoscaler, cluster);
  }
}

function triggersOf(replicas: Replicas): Named<Trigger> {
  return typeof replicas === "number" ? {} : (replicas.triggers ?? {});
}

/** What workloads that keep running do when nobody says otherwise. */
export function replicatedDefaults(scope: Construct): Partial<ReplicatedProps<never>> {
  const isDevelopment = findEnvironment(scope)?.tierLike === "development";
  return {
    size: "small",
    replicas: isDevelopment ? 1 : 2,
    rollout: { strategy: "rolling", maxSurge: "25%", maxUnavailable: 0 },
    gracePeriod: "30s",
    user: 10_001,
  };
}
