import { ApiObject, type Chart } from "cdk8s";
import { k8s } from "cdk8s-plus-28";
import { capabilityOf } from "../../core/capability";
import type { ClusterRef } from "../../core/scope";
import { ingressOf } from "./entry-ingress";
import { GATEWAY_API, routeOf } from "./entry-routes";
import type { GrpcEntryEndpointProps, HttpEntryEndpointProps, Protocol } from "./types";

/** An external endpoint, with everything said. */
export interface EntryEndpoint {
  /** Its key in `endpoints`. */
  readonly name: string;
  /** Port of the Service. */
  readonly servicePort: number;
  readonly protocol: Protocol;
  /** Host names. */
  readonly hosts: readonly string[];
  readonly props: HttpEntryEndpointProps | GrpcEntryEndpointProps;
}

/** What brings traffic to it. */
export interface MadeEntry {
  /** Name of the endpoint. */
  readonly endpoint: string;
  readonly object: ApiObject;
}

/**
 * Name of the object that brings traffic to an endpoint. It follows from the endpoint alone, so that it stays the same when others are
 * added.
 */
export function entryName(workload: string, endpoint: string): string {
  return endpoint === "http" ? workload : `${workload}-${endpoint}`;
}

/** How traffic from outside gets into a cluster. Gateway API is taken where there are both. */
export function entryCapability(cluster: ClusterRef) {
  return capabilityOf(cluster, "gateway-api") ?? capabilityOf(cluster, "ingress");
}

/** Whether entry has certificates where endpoints name none: a gateway's own, or cert-manager's for an Ingress. */
export function hasCertificates(cluster: ClusterRef): boolean {
  return entryCapability(cluster)?.name !== "ingress" || capabilityOf(cluster, "cert-manager") !== undefined;
}

/**
 * Makes what brings traffic from outside to a workload's external endpoints: an HTTPRoute, a GRPCRoute or an Ingress each, by what the
 * cluster offers; nothing where it offers neither.
 *
 * @param name - name of the workload and of its Service
 * @see https://gateway-api.sigs.k8s.io/api-types/httproute/
 * @see https://kubernetes.io/docs/concepts/services-networking/ingress/
 */
export function makeEntries(
  chart: Chart,
  cluster: ClusterRef,
  { name, endpoints }: { readonly name: string; readonly endpoints: readonly EntryEndpoint[] },
): MadeEntry[] {
  const offer = entryCapability(cluster);
  if (!offer) return [];
  return endpoints.map((endpoint) => {
    const id = entryName("entry", endpoint.name);
    const metadata = { name: entryName(name, endpoint.name) };
    if (offer.name === "gateway-api") {
      const { kind, spec } = routeOf(endpoint, name, offer);
      return { endpoint: endpoint.name, object: new ApiObject(chart, id, { ...GATEWAY_API, kind, metadata, spec }) };
    }
    const issuer = capabilityOf(cluster, "cert-manager");
    const { annotations, spec } = ingressOf(
      endpoint,
      { service: name, object: metadata.name },
      offer.className,
      issuer,
    );
    const object = new k8s.KubeIngress(chart, id, {
      metadata: { ...metadata, ...(annotations ? { annotations } : {}) },
      spec,
    });
    return { endpoint: endpoint.name, object };
  });
}
