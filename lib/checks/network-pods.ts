import type { KubeObject } from "../core/amend";
import { LABEL, NAMESPACE_NAME } from "../core/labels";
import { groupKindOf, podTemplateOf } from "../plan/kinds";
import type { PlanObject } from "../plan/plan";
import type { Labels } from "./network-selectors";

/** What the evaluator reads of an object of a Plan. */
export type NetworkObject = Pick<PlanObject, "id" | "environment" | "cluster" | "tenant" | "manifest">;

/** The pods of one workload in one cluster: they are alike, and so is what they may reach. */
export interface NetworkPod {
  /** Id of the object that makes them, as in `eu/apps/Deployment/shop/checkout`. */
  readonly id: string;
  /** Name of the cluster. */
  readonly cluster: string;
  /** Name of the namespace. */
  readonly namespace: string;
  /** Name of the object that makes them. */
  readonly name: string;
  /** Its kind, as in `Deployment`. */
  readonly kind: string;
  /** The tenant that it belongs to. */
  readonly tenant: string | undefined;
  /** Labels of the pods. */
  readonly labels: Labels;
  /** Ports that their containers declare. */
  readonly ports: readonly NetworkPort[];
  /** Whether they are in the network of their nodes, where no policy holds for them. */
  readonly hostNetwork: boolean;
}

/** A port of a container. */
export interface NetworkPort {
  /** Name of the port, which is that of the endpoint. */
  readonly name: string | undefined;
  readonly port: number;
  readonly protocol: Protocol;
}

/** Protocols of which policies speak. */
export type Protocol = "TCP" | "UDP" | "SCTP";

interface PodTemplate {
  readonly metadata?: { readonly labels?: Labels };
  readonly spec?: PodSpec;
}

interface PodSpec {
  readonly hostNetwork?: boolean;
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly (Container & { readonly restartPolicy?: string })[];
}

interface Container {
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number; readonly protocol?: Protocol }[];
}

/** The pods that an object makes, if it makes any. */
export function podOf({ id, cluster, tenant, manifest }: NetworkObject): NetworkPod | undefined {
  const template = podTemplateOf(groupKindOf(manifest), manifest) as PodTemplate | undefined;
  if (!template) return undefined;
  const { containers = [], initContainers = [], hostNetwork = false } = template.spec ?? {};
  const running = [...containers, ...initContainers.filter(({ restartPolicy }) => restartPolicy === "Always")];
  const ports = running.flatMap((container) =>
    (container.ports ?? []).map(({ name, containerPort, protocol = "TCP" }) => ({
      name,
      port: containerPort,
      protocol,
    })),
  );
  return {
    id,
    cluster,
    namespace: namespaceOf(manifest),
    name: manifest.metadata.name,
    kind: manifest.kind,
    tenant,
    labels: template.metadata?.labels ?? {},
    ports: ports.sort((a, b) => a.port - b.port || (a.protocol < b.protocol ? -1 : 1)),
    hostNetwork,
  };
}

/** The namespace that an object is in. */
export function namespaceOf({ metadata }: KubeObject): string {
  return metadata.namespace ?? "default";
}

/** Labels of namespaces by cluster and name. */
export class Namespaces {
  private readonly labels = new Map<string, Labels>();

  /**
   * Takes labels from Namespace objects. A namespace of another program has the labels that tenants' namespaces have, as the tenant of
   * the objects in it says.
   */
  public constructor(objects: readonly NetworkObject[]) {
    for (const { environment, cluster, tenant, manifest } of objects) {
      if (manifest.metadata.namespace === undefined || tenant === undefined) continue;
      const assumed = { [LABEL.tenant]: tenant, [LABEL.environment]: environment };
      this.labels.set(keyOf(cluster, manifest.metadata.namespace), assumed);
    }
    for (const { cluster, manifest } of objects) {
      if (manifest.apiVersion !== "v1" || manifest.kind !== "Namespace") continue;
      this.labels.set(keyOf(cluster, manifest.metadata.name), manifest.metadata.labels ?? {});
    }
  }

  /** Labels of a namespace, with the one that the API server sets. */
  public labelsOf(cluster: string, name: string): Labels {
    return { ...this.labels.get(keyOf(cluster, name)), [NAMESPACE_NAME]: name };
  }
}

function keyOf(cluster: string, name: string): string {
  return `${cluster}\0${name}`;
}
