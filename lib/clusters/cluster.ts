import type { ClusterConnection } from "../core/scope";

/** Properties of {@link Cluster.fromKubeconfig}. */
export interface KubeconfigProps {
  /** Path of the kubeconfig file. @default - `$KUBECONFIG`, else `~/.kube/config` */
  readonly path?: string | undefined;
  /** Context in that file. @default - its current context */
  readonly context?: string | undefined;
}

/**
 * How the Kubernetes API server of an environment is reached. Making one connects to nothing.
 */
export class Cluster {
  private constructor(
    /** @internal */
    public readonly connection: ClusterConnection,
  ) {}

  /**
   * A cluster that exists, reached as kubectl reaches it.
   *
   * @example
   * ```ts
   * import { Cluster } from "flagstone";
   *
   * export const dev = Cluster.fromKubeconfig({ context: "dev" });
   * ```
   * @see https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
   */
  public static fromKubeconfig(props: KubeconfigProps = {}): Cluster {
    return new Cluster({ kind: "kubeconfig", path: props.path, context: props.context });
  }
}
