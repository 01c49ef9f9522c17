import type { Connections } from "../connections/connectable";
import type { EnvironmentNames } from "../connections/variables";
import type { Patch, KubeObject } from "../core/amend";
import type { ClusterRef, Named, Placement } from "../core/scope";
import type { Duration } from "../core/units";
import type { Job } from "./job";
import type { Scheduling } from "./pod/scheduling-types";
import type { ContainerProps, InitProps, SidecarProps } from "./pod/types";
import type { Volume } from "./pod/volume-types";

/**
 * Changes the final JSON of an object: a {@link Patch} that is merged into it, or a function that changes it in place. What a function
 * returns would change nothing, and is an error.
 */
// A function type that returns `void` alone takes functions that return anything.
export type Transform = Patch | ((object: KubeObject, cluster: ClusterRef) => void | undefined);

/** Transforms by child; a name of no child is an error. */
export type Transforms<Child extends string> = { readonly [C in Child]?: Transform | undefined };

/** What every workload has. */
export interface WorkloadProps<Child extends string> extends ContainerProps {
  /**
   * What it uses, by the name that its variables begin with: endpoints, workloads with one endpoint, resources, external services. Each
   * gives it variables, and lets it reach what it uses; everything else is out of its reach. Variables of `env` win.
   *
   * @default - none
   */
  readonly connections?: Connections | undefined;
  /** How connections become variables. @default - `PAYMENTS_URL`, `PAYMENTS_HOST` and `PAYMENTS_PORT` for one called `payments` */
  readonly environmentNames?: EnvironmentNames | undefined;
  /** Containers that run to their end, one after the other, before its own starts. Names are DNS labels; `false` takes a default away. @default - none */
  readonly init?: Named<InitProps | false> | undefined;
  /** Containers that run beside its own. Names are DNS labels; `false` takes a default away. @default - none */
  readonly sidecars?: Named<SidecarProps | false> | undefined;
  /** Volumes by name, for its own container and the others of the pod; `false` takes a default away. There is one at `/tmp` besides. @default - none */
  readonly volumes?: Named<Volume | false> | undefined;
  /** Where its pods run. @default - spread over zones and nodes as far as possible */
  readonly scheduling?: Scheduling | undefined;
  /** Jobs that must have ended with success before this version of it starts, as the migration of a database. @default - none */
  readonly runAfter?: readonly Job[] | undefined;
  /**
   * Secrets of type `kubernetes.io/dockerconfigjson` in its namespace, by name, with which nodes pull its images. A platform says it once,
   * as a default.
   *
   * @default - none: nodes have access of their own
   * @see https://kubernetes.io/docs/tasks/configure-pod-container/pull-image-private-registry/
   */
  readonly imagePullSecrets?: readonly string[] | undefined;
  /** The clusters that it runs on. @default - all of the tenant's */
  readonly placement?: Placement | undefined;
  /** One of the tenant's namespaces. @default - the first */
  readonly namespace?: string | undefined;
  /** Labels of all its objects and pods. `app.kubernetes.io/name` and `flagstone.dev/…` are taken. @default - none */
  readonly labels?: Named<string> | undefined;
  /** Annotations of its pods. @default - none */
  readonly podAnnotations?: Named<string> | undefined;
  /** Time that the process has to finish after SIGTERM, in whole seconds; traffic has stopped 5 seconds before. @default "30s" */
  readonly gracePeriod?: Duration | undefined;
  /** User and group id that it runs as, above 0; `"image"` leaves the image's own, which must be a number above 0. @default 10001 */
  readonly user?: number | "image" | undefined;
  /** Last word on its objects, by child: reaches any field. @default - none */
  readonly transform?: Transforms<Child> | undefined;
}
