import type { ClusterRef } from "./scope";

/**
 * Who brings traffic from outside to services: policies admit it to external endpoints. It is the pods of a namespace, addresses, or
 * Cilium's own gateway or Ingress controller, which runs in no pod: `{ entity: "ingress" }`, besides `Capability.cilium()`.
 *
 * @see https://docs.cilium.io/en/stable/network/servicemesh/gateway-api/gateway-api/
 */
export type TrafficSource =
  | { readonly namespace: string; readonly cidrs?: never; readonly entity?: never }
  | { readonly cidrs: readonly [string, ...string[]]; readonly namespace?: never; readonly entity?: never }
  | { readonly entity: "ingress"; readonly namespace?: never; readonly cidrs?: never };

/** What a capability is, as data. */
export type Offer =
  | {
      readonly name: "gateway-api";
      readonly gateway: { readonly namespace: string; readonly name: string };
      readonly listener: string | undefined;
      readonly from: TrafficSource;
    }
  | { readonly name: "ingress"; readonly className: string; readonly from: TrafficSource }
  | { readonly name: "cert-manager"; readonly issuer: string; readonly issuerKind: "ClusterIssuer" | "Issuer" }
  | {
      readonly name: "external-secrets";
      readonly store: string;
      readonly storeKind: "ClusterSecretStore" | "SecretStore";
    }
  | { readonly name: "cilium" }
  | { readonly name: "keda"; readonly from: { readonly namespace: string } | undefined }
  | { readonly name: "vertical-pod-autoscaler" }
  | { readonly name: "reloader" };

/**
 * What a cluster offers beyond Kubernetes itself. Constructs make other objects where it is there.
 *
 * It stands in the platform facts, because an application's program must know it before anything is deployed.
 *
 * @example
 * ```ts
 * import { Capability, definePlatform } from "flagstone";
 *
 * export const acme = definePlatform("acme", {
 *   domain: "acme.example",
 *   environments: { prod: { clusters: { eu: { capabilities: [Capability.gatewayApi({ gateway: "edge/public" })] } } } },
 * });
 * ```
 */
export class Capability {
  private constructor(
    /** @internal */
    public readonly offer: Offer,
  ) {}

  /** Its name, as in `gateway-api`. */
  public get name(): string {
    return this.offer.name;
  }

  /**
   * Gateway API: external endpoints become an HTTPRoute or a GRPCRoute of this gateway, which holds the certificates.
   *
   * @param props - `gateway` is `<namespace>/<name>`; `listener` the name of one of its listeners (by default the route is offered to
   * all); `from` says who brings the traffic (by default the pods of the gateway's namespace)
   * @see https://gateway-api.sigs.k8s.io/
   */
  public static gatewayApi(props: {
    readonly gateway: `${string}/${string}`;
    readonly listener?: string | undefined;
    readonly from?: TrafficSource | undefined;
  }): Capability {
    const [namespace = "", name = ""] = props.gateway.split("/");
    return new Capability({
      name: "gateway-api",
      gateway: { namespace, name },
      listener: props.listener,
      from: props.from ?? { namespace },
    });
  }

  /**
   * An Ingress controller: external endpoints become an Ingress of this class. Where a cluster has Gateway API too, that is taken.
   *
   * @param props - `className` names the IngressClass; `from` says who brings the traffic
   * @see https://kubernetes.io/docs/concepts/services-networking/ingress/
   */
  public static ingress(props: { readonly className: string; readonly from: TrafficSource }): Capability {
    return new Capability({ name: "ingress", className: props.className, from: props.from });
  }

  /**
   * cert-manager: an Ingress gets its certificate from this issuer.
   *
   * @param props - `issuer` is the name of a ClusterIssuer, or of an Issuer where `kind` says so
   * @see https://cert-manager.io/docs/usage/ingress/
   */
  public static certManager(props: {
    readonly issuer: string;
    readonly kind?: "ClusterIssuer" | "Issuer" | undefined;
  }): Capability {
    return new Capability({ name: "cert-manager", issuer: props.issuer, issuerKind: props.kind ?? "ClusterIssuer" });
  }

  /**
   * Cilium's network policies: external services are admitted by host name, not by address.
   *
   * @see https://docs.cilium.io/en/stable/security/policy/language/#dns-based
   */
  public static cilium(): Capability {
    return new Capability({ name: "cilium" });
  }

  /**
   * KEDA: workloads scale by events, from no pods at all, and sleep.
   *
   * @param props - `from` says the namespace of its operator: workloads that triggers ask let it in (by default none do)
   * @see https://keda.sh/
   */
  public static keda(props: { readonly from?: { readonly namespace: string } | undefined } = {}): Capability {
    return new Capability({ name: "keda", from: props.from });
  }

  /**
   * The Vertical Pod Autoscaler: workloads get its recommendations, which change nothing by themselves.
   *
   * @see https://github.com/kubernetes/autoscaler/tree/master/vertical-pod-autoscaler
   */
  public static verticalPodAutoscaler(): Capability {
    return new Capability({ name: "vertical-pod-autoscaler" });
  }

  /**
   * Stakater's Reloader: pods are replaced when a Secret or a ConfigMap that they use changes, where `onChange` says so.
   *
   * @see https://github.com/stakater/Reloader
   */
  public static reloader(): Capability {
    return new Capability({ name: "reloader" });
  }

  /**
   * The External Secrets Operator: a `Secret` is read from this store.
   *
   * @param props - `store` is the name of a ClusterSecretStore, or of a SecretStore in the tenant's namespace where `kind` says so
   * @see https://external-secrets.io/
   */
  public static externalSecrets(props: {
    readonly store: string;
    readonly kind?: "ClusterSecretStore" | "SecretStore" | undefined;
  }): Capability {
    return new Capability({
      name: "external-secrets",
      store: props.store,
      storeKind: props.kind ?? "ClusterSecretStore",
    });
  }
}

/** One capability of a cluster, if it has that. */
export function capabilityOf<N extends Offer["name"]>(
  cluster: ClusterRef,
  name: N,
): Extract<Offer, { name: N }> | undefined {
  const found = cluster.capabilities.find((capability) => capability.name === name);
  return found?.offer as Extract<Offer, { name: N }> | undefined;
}
