import type { EndpointConnection, Named } from "./scope";

/** Version of the contract. It changes when something is removed or means another thing, not when something is added. */
export const CONTRACT_VERSION = 1;

/** What kind of program a contract is of. */
export type ProgramKind = "platform" | "application";

/**
 * What `run` returns: the stack output that other repositories read. It holds names and addresses, and no secret.
 *
 * Applications read the platform's by a reference to its stack; what only a platform's has is undefined in theirs, and when no engine
 * runs.
 */
export interface Contract {
  /** Changes when something is removed or means another thing, not when something is added. */
  readonly contractVersion: typeof CONTRACT_VERSION;
  /** Whose it is. */
  readonly kind: ProgramKind;
  /** Name of the platform or application. */
  readonly program: string;
  /** Name of the platform. */
  readonly platform: string;
  /** The environment or preview that the stack deploys: the stack's name. Undefined when no engine runs. */
  readonly environment: string | undefined;
  /** Tenants that the platform's program creates there. */
  readonly tenants?: Named<ContractTenant> | undefined;
  /** Clusters of the environment, and how they are reached. */
  readonly clusters?: Named<ContractCluster> | undefined;
  /** What outputs in objects became, by place, for `flagstone synth --outputs`; secrets are left out. */
  readonly outputs?: Readonly<Record<string, unknown>> | undefined;
}

/** One tenant in the contract of a platform. */
export interface ContractTenant {
  /** Its namespaces, sorted. */
  readonly namespaces: readonly string[];
  /** Names of the clusters that have them, sorted. */
  readonly clusters: readonly string[];
}

/** A cluster that is reached by a context of everybody's own kubeconfig file. */
export interface ContractContext {
  /** How: by a kubeconfig file. */
  readonly kind: "kubeconfig";
  /** Name of the context. It is not there when the platform's program takes whatever context is current. */
  readonly context?: string | undefined;
}

/** How a contract says that a cluster is reached: by a context, or by its address. */
export type ContractCluster = ContractContext | EndpointConnection;
