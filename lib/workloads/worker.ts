import type { Construct } from "constructs";
import { withDefaults } from "../core/defaults";
import type { Named } from "../core/scope";
import type { EndpointSpec } from "./endpoints/endpoints";
import { checkPorts, type PortSpec, portsOf } from "./pod/ports";
import type { PortProps } from "./pod/types";
import {
  type ReplicatedChild,
  replicatedDefaults,
  type ReplicatedProps,
  ReplicatedWorkload,
} from "./replicated-workload";

/** Properties of a {@link Worker}. */
export interface WorkerProps extends ReplicatedProps<ReplicatedChild> {
  /** Ports by name that its probes ask; nobody else reaches them. @default - none */
  readonly ports?: Named<PortProps> | undefined;
}

/**
 * A workload that nobody calls: it takes its work from a queue, a topic or a table. A Deployment without a Service.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/deployment/
 * @example
 * ```ts
 * import { type Tenant, Worker } from "flagstone";
 *
 * export const invoicer = (shop: Tenant) =>
 *   new Worker(shop, "invoicer", {
 *     image: "registry.acme.example/shop/invoicer:1.4.2",
 *     health: { exec: ["/app/healthy"] },
 *     replicas: { min: 1, max: 10, cpu: 60 },
 *   });
 * ```
 */
export class Worker extends ReplicatedWorkload {
  /** @internal */
  protected readonly props: WorkerProps;
  /** @internal Nobody reaches it. */
  protected readonly endpointList: readonly EndpointSpec[] = [];

  public constructor(scope: Construct, id: string, props: WorkerProps) {
    const merged = withDefaults<WorkerProps>(Worker, scope, props, replicatedDefaults(scope));
    super(scope, id, merged);
    this.props = merged;
    this.report(...this.checkReplicated([], ["ports"]), ...checkPorts(merged.ports));
  }

  /** @internal */
  protected override get ports(): readonly PortSpec[] {
    return portsOf(this.props.ports);
  }
}
