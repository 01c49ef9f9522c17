import type { Problem } from "../core/findings";
import type { ClusterConnection, ExecAuthentication } from "../core/scope";
import { checkEndpoint } from "./endpoint";

/** Properties of {@link Cluster.fromKubeconfig}. */
export interface KubeconfigProps {
  /** Path of the kubeconfig file. @default - `$KUBECONFIG`, else `~/.kube/config` */
  readonly path?: string | undefined;
  /** Context in that file. @default - its current context */
  readonly context?: string | undefined;
}

/** Properties of {@link Cluster.fromEndpoint}. */
export interface ClusterEndpointProps {
  /** URL of the API server, as in `https://10.0.0.1:6443`. */
  readonly server: string;
  /** The certificate authority of that server: PEM in base64, as kubeconfig files have it. */
  readonly certificateAuthority: string;
  /** The command that gives credentials; there is no way to write down a token. */
  readonly exec: ExecAuthentication;
}

/**
 * How the Kubernetes API server of an environment is reached. Making one connects to nothing.
 */
export class Cluster {
  private constructor(
    /** @internal */
    public readonly connection: ClusterConnection,
    /** @internal What is wrong with it, for the program to report. */
    public readonly problems: readonly Problem[] = [],
  ) {}

  /**
   * A cluster that exists, reached as kubectl reaches it.
   *
   * In the contract that applications read, it is known by the name of the context: each of them has one of that name. Without a name,
   * applications say themselves how they reach it.
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

  /**
   * A cluster that exists, reached by its address as whoever runs the program: no file is needed. The values are plain text, and stand in
   * the contract that applications read, so none of them is a secret.
   *
   * @example
   * ```ts
   * import { Cluster } from "flagstone";
   *
   * export const prod = Cluster.fromEndpoint({
   *   server: "https://0A1B2C.gr7.eu-central-1.eks.amazonaws.com",
   *   certificateAuthority: "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t…",
   *   exec: { command: "aws", args: ["eks", "get-token", "--cluster-name", "prod", "--region", "eu-central-1"] },
   * });
   * ```
   * @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
   */
  public static fromEndpoint(props: ClusterEndpointProps): Cluster {
    const { server, certificateAuthority, exec } = props;
    return new Cluster({ kind: "endpoint", server, certificateAuthority, exec }, checkEndpoint(props));
  }
}
