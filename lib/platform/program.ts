import { type Cluster } from "../clusters/cluster";
import { FlagstoneError, messageOf } from "../core/errors";
import type { Finding, SourceLocation } from "../core/findings";
import {
  type Contract,
  deployUnderEngine,
  registerProgram,
  type Runnable,
  underEngine,
  withProgram,
} from "../core/host";
import type { AwsProps, Delivery } from "../core/scope";
import { captureSource, locate, userFrames } from "../core/source";
import { didYouMean } from "../core/suggest";
import { Environment } from "./environment";
import type { Names, PlatformDefinition } from "./facts";

/** How a program reaches one environment. */
export interface EnvironmentProps<C extends string = string> {
  /** How each cluster is reached, by its name in the platform facts; a single one stands for `main`. */
  readonly clusters: Cluster | { readonly [P in C]?: Cluster };
  /** The AWS account and region of its cloud resources. @default - none: a resource of AWS is a finding */
  readonly aws?: AwsProps | undefined;
  /** Who applies Kubernetes objects. @default "pulumi" */
  readonly delivery?: Delivery | undefined;
}

/** What a program does for each environment. */
export type Define<X extends Names> = (environment: Environment<X>) => void;

/** What `Platform` and `Application` share: environments that are made one by one, each in a tree of its own. */
export abstract class Program<X extends Names = Names> implements Runnable {
  /** Name of the platform or application; objects carry it in the label `app.kubernetes.io/part-of`. */
  public readonly name: string;
  // Not typed by X: a program of one platform is assignable to a program of any.
  #define: Define<never> | undefined;
  readonly #declaredAt: SourceLocation | undefined;
  readonly #platform: PlatformDefinition<X>;
  readonly #environments: Readonly<Record<string, EnvironmentProps | undefined>>;
  readonly #ownsNamespaces: boolean;

  /** @internal */
  protected constructor(
    name: string,
    platform: PlatformDefinition<X>,
    environments: Readonly<Record<string, EnvironmentProps | undefined>>,
    ownsNamespaces: boolean,
  ) {
    this.name = name;
    this.#platform = platform;
    this.#environments = environments;
    this.#ownsNamespaces = ownsNamespaces;
    this.#declaredAt = captureSource(this);
    const known = Object.keys(platform.facts.environments);
    const findings = Object.keys(environments)
      .filter((environment) => !known.includes(environment))
      .map((environment) =>
        this.finding(
          "environment/unknown",
          `environment "${environment}" is not in the facts of platform "${platform.name}"`,
          didYouMean(environment, known),
        ),
      );
    if (findings.length > 0) throw new FlagstoneError(`${name} cannot be made`, findings);
    registerProgram(this);
    failUnlessRun(this);
  }

  /** @internal */
  public get environmentNames(): readonly string[] {
    return Object.keys(this.#environments).filter((name) => this.#environments[name] !== undefined);
  }

  /** @internal */
  public get defined(): boolean {
    return this.#define !== undefined;
  }

  /**
   * Says what the program declares in each environment. It is the program's last line, and its result is exported:
   * `export const flagstone = platform.run((environment) => { … })`.
   *
   * Under Pulumi's engine it calls back for the environment of the stack, under the command line and in tests for those asked for.
   * A program that never calls it fails: Pulumi would read it as "delete everything".
   *
   * @param define - declares what belongs to one environment; synchronous
   * @returns what other repositories may read of the stack
   * @throws FlagstoneError when it is called twice; under the engine also when the stack is no environment, or with everything that is
   * wrong with the program
   */
  public run(define: Define<X> = () => undefined): Contract {
    if (this.#define) throw new FlagstoneError(`${this.name}: run was called twice; a program has one`);
    this.#define = define;
    if (underEngine()) return deployUnderEngine(this);
    return withProgram({ contractVersion: 1, program: this.name, environment: undefined }, this);
  }

  /** @internal */
  public instantiate(name: string): Environment {
    const props = this.#environments[name];
    if (!props) {
      throw new FlagstoneError(`${this.name} has no environment "${name}"; ${didYouMean(name, this.environmentNames)}`);
    }
    const environment = Environment.make(
      this.#platform,
      name,
      { name: this.name, ownsNamespaces: this.#ownsNamespaces, declaredAt: this.#declaredAt },
      props,
    );
    environment.recorded.push(...this.checkClusters(environment));
    try {
      const result: unknown = this.#define?.(environment as never);
      if (result instanceof Promise) {
        environment.recorded.push(
          this.finding(
            "program/async",
            "the function that run() was given is asynchronous, so what it declares later is lost",
            "make it synchronous; await before the program calls run()",
            name,
          ),
        );
      }
    } catch (thrown) {
      environment.recorded.push(this.thrownFinding(thrown, name));
    }
    return environment;
  }

  private checkClusters(environment: Environment): Finding[] {
    const known = environment.clusters.map((cluster) => cluster.name);
    const given = Object.keys(environment.connections);
    return [
      ...given
        .filter((name) => !known.includes(name))
        .map((name) =>
          this.finding(
            "cluster/unknown",
            `cluster "${name}" is not in the facts of environment "${environment.name}"`,
            didYouMean(name, known),
            environment.name,
          ),
        ),
      ...known
        .filter((name) => !given.includes(name))
        .map((name) =>
          this.finding(
            "cluster/missing",
            `cluster "${name}" of environment "${environment.name}" is not given`,
            `add clusters: { "${name}": Cluster.fromKubeconfig({ … }) }`,
            environment.name,
          ),
        ),
    ];
  }

  private finding(rule: string, message: string, fix: string, path = this.name): Finding {
    return { rule, severity: "error", path, message, fix, owner: "platform" };
  }

  /** What user code threw, with the user's own frame. */
  private thrownFinding(thrown: unknown, path: string): Finding {
    const [frame] = thrown instanceof Error ? userFrames(thrown.stack ?? "") : [];
    return {
      ...this.finding(
        "program/threw",
        `the program threw: ${messageOf(thrown)}`,
        "mend the program; what it declares after this line is not checked yet",
        path,
      ),
      ...(frame ? { source: locate(frame) } : {}),
    };
  }
}

/** An empty program is read by Pulumi as "delete everything": fail before it gets that far. */
function failUnlessRun(program: Runnable): void {
  if (!underEngine()) return;
  process.once("exit", () => {
    if (program.defined || process.exitCode) return;
    process.stderr.write(
      `error: ${program.name}: run was never called, and an empty program would delete everything; end the program with\n` +
        "  export const flagstone = … .run((environment) => { … });\n",
    );
    process.exitCode = 1;
  });
}
