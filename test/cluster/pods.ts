// Waits until workloads are what their manifests promise: every replica there, every pod Ready, none refused.
import { bodyOf, type KubernetesList, type KubernetesObject } from "./api.ts";
import { conditionIsTrue } from "./apply.ts";
import type { ControlPlane } from "./control-plane.ts";
import { until } from "./processes.ts";

interface Event {
  readonly reason?: string;
  readonly message?: string;
  readonly involvedObject: { readonly kind?: string; readonly name?: string };
}

interface WorkloadSpec {
  readonly replicas?: number;
}

interface WorkloadStatus {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly readyReplicas?: number;
  readonly desiredNumberScheduled?: number;
  readonly updatedNumberScheduled?: number;
  readonly numberReady?: number;
}

export interface PodsReport {
  /** How many pods were seen Ready or finished, per namespace. */
  readonly pods: Readonly<Record<string, number>>;
}

/**
 * Every Deployment, StatefulSet and DaemonSet of the namespaces has all its replicas Ready, every pod is Ready or has
 * finished well, and no controller was refused a pod: that fails at once, with the server's message.
 */
export async function waitForPods(
  controlPlane: ControlPlane,
  namespaces: readonly string[],
  options: { readonly timeout?: number } = {},
): Promise<PodsReport> {
  const counts: Record<string, number> = {};
  for (const namespace of namespaces) {
    const ask = async () => {
      const list = async (path: string) =>
        bodyOf(await controlPlane.request<KubernetesList>("GET", path), `listing ${path}`).items;
      const core = `/api/v1/namespaces/${namespace}`;
      const apps = `/apis/apps/v1/namespaces/${namespace}`;
      await expectNoneRefused(controlPlane, namespace);
      for (const [kind, resource] of workloadKinds)
        for (const workload of await list(`${apps}/${resource}`)) {
          const missing = missingReplicas(kind, workload);
          if (missing !== undefined) return `${kind} ${namespace}/${workload.metadata.name} ${missing}`;
        }
      const pods = await list(`${core}/pods`);
      counts[namespace] = pods.length;
      return pods.map(podProblem).find((problem) => problem !== undefined);
    };
    await until(`pods of ${namespace} are Ready`, ask, { timeout: options.timeout ?? 90_000 });
  }
  return { pods: counts };
}

/** How many pods of each workload, by its name label, are on a node, Ready and there to stay. */
export async function readyPods(controlPlane: ControlPlane, namespace: string): Promise<Record<string, number>> {
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const counts: Record<string, number> = {};
  for (const { metadata, spec, status } of bodyOf(await controlPlane.request<KubernetesList>("GET", path), path)
    .items) {
    const name = metadata.labels?.["app.kubernetes.io/name"] ?? metadata.name;
    const { nodeName } = spec as { readonly nodeName?: string };
    const stays =
      metadata.deletionTimestamp === undefined && (status as { phase?: string } | undefined)?.phase !== "Succeeded";
    if (stays && nodeName !== undefined && conditionIsTrue(status, "Ready")) counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

const workloadKinds = [
  ["Deployment", "deployments"],
  ["StatefulSet", "statefulsets"],
  ["DaemonSet", "daemonsets"],
] as const;

async function expectNoneRefused(controlPlane: ControlPlane, namespace: string): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/events?fieldSelector=reason=FailedCreate`;
  const events = bodyOf(await controlPlane.request<KubernetesList<Event>>("GET", path), "listing events").items;
  const messages = events.map(({ involvedObject: { kind, name }, message }) => `${kind}/${name}: ${message}`);
  if (messages.length > 0) throw new Error(`pods of ${namespace} were refused:\n${[...new Set(messages)].join("\n")}`);
}

/** What a workload still lacks, or undefined when it is complete. */
export function missingReplicas(kind: string, workload: KubernetesObject): string | undefined {
  const status = (workload.status ?? {}) as WorkloadStatus;
  if ((status.observedGeneration ?? 0) < (workload.metadata.generation ?? 0)) return "is not observed yet";
  const daemon = kind === "DaemonSet";
  const wanted = daemon
    ? (status.desiredNumberScheduled ?? 0)
    : (((workload.spec ?? {}) as WorkloadSpec).replicas ?? 1);
  const updated = (daemon ? status.updatedNumberScheduled : status.updatedReplicas) ?? 0;
  const ready = (daemon ? status.numberReady : status.readyReplicas) ?? 0;
  const total = daemon ? wanted : (status.replicas ?? 0);
  if (updated === wanted && ready === wanted && total === wanted) return undefined;
  return `has ${ready} ready and ${updated} updated of ${wanted} replicas, ${total} in all`;
}

function podProblem(pod: KubernetesObject): string | undefined {
  const { phase } = (pod.status ?? {}) as { readonly phase?: string };
  if (phase === "Succeeded" || conditionIsTrue(pod.status, "Ready")) return undefined;
  return `pod ${pod.metadata.namespace}/${pod.metadata.name} is ${phase ?? "without a phase"}: ${JSON.stringify(pod.status)}`;
}
