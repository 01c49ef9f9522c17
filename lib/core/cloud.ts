import type { CustomResourceOptions, Output, Resource } from "@pulumi/pulumi";
import type { IConstruct } from "constructs";
import { FlagstoneError } from "./errors";
import { Ref } from "./refs";

/** A function that creates one Pulumi resource, called once, after the whole program was found valid. */
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

  /** One value of the resource, for the `env` of a workload or for `Token.asString`. */
  public output<T extends string | number | boolean>(select: (resource: R) => Output<T> | T): Ref {
    return Ref.cloudOutput(this.declaration, select);
  }
}
