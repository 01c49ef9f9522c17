import type { CustomResourceOptions, Output, Resource } from "@pulumi/pulumi";
import type { IConstruct } from "constructs";
import { FlagstoneError } from "./errors";
import { Ref } from "./refs";

/**
 * A function that creates one Pulumi resource, called once, after the whole program was found valid.
 *
 * It is given the resource's logical name, and options that carry parent, provider, protection and aliases: pass on both.
 */
export type CreateResource<R extends Resource> = (name: string, options: CustomResourceOptions) => R;

/** One `cloud()` of a construct: not a resource yet. */
export interface CloudDeclaration {
  readonly construct: IConstruct;
  /** The id that was given to `cloud()`. */
  readonly id: string;
  /** Logical name: `<tenant>-<construct id>-<cloud id>`. */
  readonly name: string;
  /** Logical names that the resource had before its construct was renamed. */
  readonly formerNames: readonly string[];
  readonly create: CreateResource<Resource>;
}

/** Runs declarations; deploying and planning each have one. */
export interface CloudRunner {
  /** The resource of a declaration, created now if that has not happened yet. */
  get(declaration: CloudDeclaration): Resource;
}

let running: CloudRunner | undefined;

/** Makes handles work while `body` runs. */
export function withCloudRunner<T>(runner: CloudRunner, body: () => T): T {
  const outer = running;
  running = runner;
  try {
    return body();
  } finally {
    running = outer;
  }
}

/**
 * What `cloud()` returns: the resource to be.
 *
 * @typeParam R - class of the Pulumi resource
 * @example
 * ```ts
 * import { Component } from "flagstone";
 * import { Bucket, BucketVersioning } from "@pulumi/aws/s3/index.js";
 * import type { Construct } from "constructs";
 *
 * export class Archive extends Component {
 *   readonly arn;
 *   constructor(scope: Construct, id: string) {
 *     super(scope, id);
 *     const bucket = this.cloud("Bucket", (name, options) => new Bucket(name, {}, options));
 *     this.cloud("Versioning", (name, options) =>
 *       new BucketVersioning(name, { bucket: bucket.get().id, versioningConfiguration: { status: "Enabled" } }, options),
 *     );
 *     this.arn = bucket.output((b) => b.arn);
 *   }
 * }
 * ```
 */
export class CloudHandle<R extends Resource> {
  /** @internal */
  public constructor(private readonly declaration: CloudDeclaration) {}

  /**
   * The resource itself, inside the function of another `cloud()`.
   *
   * @throws FlagstoneError anywhere else, because nothing exists before the program is valid
   */
  public get(): R {
    if (!running) {
      throw new FlagstoneError(
        `${this.declaration.construct.node.path}: the resource "${this.declaration.id}" does not exist while the program is being declared; ` +
          "call .get() inside the function of another cloud(), or use .output(r => …) for a value",
      );
    }
    return running.get(this.declaration) as R;
  }

  /**
   * One value of the resource, for `env` and `files` of a workload, for `Token.asString`, or as the whole value of a field.
   *
   * @param select - picks the value, once the resource exists
   */
  public output<T extends string | number | boolean>(select: (resource: R) => Output<T> | T): Ref {
    return Ref.cloudOutput(this.declaration, select);
  }
}
