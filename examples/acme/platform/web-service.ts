import { WebService, withDefaults, type WebServiceProps, type Without } from "flagstone";
import { ConfigMap } from "cdk8s-plus-28";
import type { Construct } from "constructs";
import { acme } from "./facts.ts";

export interface AcmeWebServiceProps<E extends string = "http"> extends Without<
  WebServiceProps<E>,
  "size" | "cpu" | "memory"
> {
  /** @default "small" */
  readonly size?: "small" | "large" | undefined;
  /** Page of the service in the handbook. */
  readonly handbook: `https://${string}`;
}

/** The golden path for anything that answers HTTP or gRPC at Acme. */
export class AcmeWebService<E extends string = "http"> extends WebService<E> {
  constructor(scope: Construct, id: string, props: AcmeWebServiceProps<E>) {
    const environment = acme.environmentOf(scope);
    const { handbook, ...rest } = withDefaults(AcmeWebService, scope, props, {
      size: "small",
      health: "/healthz",
      gracePeriod: "20s",
      replicas: environment.select({ production: { min: 2, max: 8 }, default: 1 }),
    });
    super(scope, id, rest);
    // Plain cdk8s-plus: it gets the tenant's namespace and labels, and goes wherever the service goes.
    new ConfigMap(this, "handbook", { data: { url: handbook } });
  }
}

export interface AcmeGrpcServiceProps extends Without<AcmeWebServiceProps<"grpc">, "endpoints"> {
  /** Whose workloads may connect to it. @default "tenant" */
  readonly visibility?: "tenant" | "environment" | undefined;
}

/** A narrower one: fixed endpoints, so that it is not generic. */
export class AcmeGrpcService extends AcmeWebService<"grpc"> {
  constructor(scope: Construct, id: string, props: AcmeGrpcServiceProps) {
    const { visibility, ...rest } = withDefaults(AcmeGrpcService, scope, props, { health: "grpc" });
    super(scope, id, { ...rest, endpoints: { grpc: { port: 50051, protocol: "grpc", visibility } } });
  }
}
