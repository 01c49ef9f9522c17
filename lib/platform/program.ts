import { Cluster } from "../clusters/cluster";
import { type Contract, CONTRACT_VERSION, type ProgramKind } from "../core/contract";
import { FlagstoneError, messageOf } from "../core/errors";
import type { Finding, Problem, SourceLocation } from "../core/findings";
import { deployUnderEngine, registerProgram, type Runnable, underEngine, withProgram } from "../core/host";
import { isDuplicateId, OTHER_ID } from "../core/ids";
import { show } from "../core/keys";
import { isPreviewName, suggestEnvironment } from "../core/previews";
import type { AwsProps, Delivery } from "../core/scope";
import { captureSource, locate, userFrames } from "../core/source";
import { didYouMean } from "../core/suggest";
import { isOutputText } from "../core/tokens";
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

/** How an application reaches one environment. */
export interface ApplicationEnvironmentProps<C extends string = string> extends Omit<EnvironmentProps<C>, "clusters"> {
  /**
   * How each cluster is reached, by its name in the platform facts; a single one stands for `main`.
   *
   * @default - as the contract of the platform's stack says, where the facts name that `stack`
   */
  readonly clusters?: EnvironmentProps<C>["clusters"] | undefined;
}

/** What a subclass tells {@link Program}. */
export interface ProgramSettings {
  readonly kind: ProgramKind;
  /** How its environments are reached, by name. */
  readonly environments: Readonly<Record<string, ApplicationEnvironmentProps | undefined>>;
  /** The environment that previews are made from. */
  readonly previewsFrom?: string | undefined;
  /** What is wrong with its props. */
  readonly problems?: readonly Problem[];
}

/** What a program does for each environment. */
export type Define<X extends Names> = (environment: Environment<X>) => void;

/** What `Platform` and `Application` share: environments that are made one by one, each in a tree of its own. */
export abstract class Program<X extends Names = Names> implements Runnable {
  /** Name of the platform or application; objects carry it in the label `app.kubernetes.io/part-of`. */
  public readonly name: string;
  /** @internal */
  public readonly kind: ProgramKind;
  /** @internal */
  public readonly previewsFrom: string | undefined;
  // Not typed by X: a program of one platform is assignable to a program of any.
  #define: Define<never> | undefined;
  readonly #declaredAt: SourceLocation | undefined;
  readonly #platform: PlatformDefinition<X>;
  readonly #environments: ProgramSettings["environments"];

  /** @internal */
  protected constructor(
    name: string,
    platform: PlatformDefinition<X>,
    { kind, environments, previewsFrom, problems = [] }: ProgramSettings,
  ) {
    this.name = name;
    this.kind = kind;
    this.previewsFrom = previewsFrom;
    this.#platform = platform;
    this.#environments = environments;
    this.#declaredAt = captureSource(this);
    const known = Object.keys(platform.facts.environments);
    const unknown = Object.keys(environments)
      .filter((environment) => !known.includes(environment))
      .map((environment) => ({
        rule: "environment/unknown",
        message: `environment "${environment}" is not in the facts of platform "${platform.name}"`,
        fix: didYouMean(environment, known),
      }));
    const findings = [...problems, ...unknown].map((problem) => this.finding(problem));
    if (findings.length > 0) throw new FlagstoneError(`${name} cannot be made`, findings);
    registerProgram(this);
    failUnlessRun(this);
  }

  /** @internal */
  public get environmentNames(): readonly string[] {
    return Object.keys(this.#environments).filter((name) => this.#environments[name] !== undefined);
  }

  /** @internal */
  public knows(name: string): boolean {
    return this.environmentNames.includes(name) || this.isPreview(name);
  }

  private isPreview(name: string): boolean {
    const isOther = Object.hasOwn(this.#platform.facts.environments, name);
    return this.previewsFrom !== undefined && isPreviewName(name) && !isOther;
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
   * @throws FlagstoneError when it is given no function, or is called twice; under the engine also when the stack is no environment, or
   * with everything that is wrong with the program
   */
  public run(define: Define<X>): Contract {
    if (typeof define !== "function") {
      const what = `the function that declares what belongs to one environment, and was given ${show(define)}`;
      throw new FlagstoneError(`${this.name}: run takes ${what}`);
    }
    if (this.#define) throw new FlagstoneError(`${this.name}: run was called twice; a program has one`);
    this.#define = define;
    if (underEngine()) return deployUnderEngine(this);
    const { name: program, kind } = this;
    const platform = this.#platform.name;
    return withProgram({ contractVersion: CONTRACT_VERSION, kind, program, platform, environment: undefined }, this);
  }

  /** @internal */
  public instantiate(name: string): Environment {
    const base = (this.isPreview(name) ? this.previewsFrom : undefined) ?? name;
    const props = this.#environments[base];
    if (!props) {
      throw new FlagstoneError(`${this.name} has no environment "${name}"; ${suggestEnvironment(name, [this])}`);
    }
    const environment = Environment.make(
      this.#platform,
      base,
      { name: this.name, ownsNamespaces: this.kind === "platform", declaredAt: this.#declaredAt },
      props,
      base === name ? undefined : name,
    );
    for (const problem of [...checkClusters(environment, this.kind), ...problemsOf(props)])
      environment.recorded.push(this.finding(problem, name));
    try {
      const result: unknown = this.#define?.(environment as never);
      if (result instanceof Promise) {
        const problem = {
          rule: "program/async",
          message: "the function that run() was given is asynchronous, so what it declares later is lost",
          fix: "make it synchronous; await before the program calls run()",
        };
        environment.recorded.push(this.finding(problem, name));
      }
    } catch (thrown) {
      environment.recorded.push(this.thrownFinding(thrown, name));
    }
    return environment;
  }

  private finding({ rule, message, fix }: Problem, path = this.name): Finding {
    return { rule, severity: "error", path, message, fix, owner: "platform" };
  }

  /** What user code threw, with the user's own frame. */
  private thrownFinding(thrown: unknown, path: string): Finding {
    const [frame] = thrown instanceof Error ? userFrames(thrown.stack ?? "") : [];
    const message = messageOf(thrown);
    // With PULUMI_ERROR_OUTPUT_STRING an output throws where it else explains itself.
    const problem = isOutputText(message)
      ? {
          rule: "tokens/in-text",
          message: "the program puts an output into text, which Pulumi was told to refuse",
          fix: "write Token.asString(output) in the text, or make all of it an output by pulumi.interpolate",
        }
      : {
          rule: "program/threw",
          message: `the program threw: ${message}`,
          fix: `${isDuplicateId(message) ? OTHER_ID : "mend the program"}; what it declares after this line is not checked yet`,
        };
    return { ...this.finding(problem, path), ...(frame ? { source: locate(frame) } : {}) };
  }
}

function checkClusters(environment: Environment, kind: ProgramKind): Problem[] {
  const known = environment.clusters.map((cluster) => cluster.name);
  const given = Object.keys(environment.connections).filter((name) => environment.connections[name] !== undefined);
  const unknown = given
    .filter((name) => !known.includes(name))
    .map((name) => ({
      rule: "cluster/unknown",
      message: `cluster "${name}" is not in the facts of environment "${environment.name}"`,
      fix: didYouMean(name, known),
    }));
  // What is not given, the contract says.
  const missing = environment.platformStack === undefined ? known.filter((name) => !given.includes(name)) : [];
  const orElse = kind === "application" ? ", or the address of the platform's stack to the facts" : "";
  return [
    ...unknown,
    ...missing.map((name) => ({
      rule: "cluster/missing",
      message: `cluster "${name}" of environment "${environment.name}" is not given`,
      fix: `add clusters: { "${name}": Cluster.fromKubeconfig({ … }) }${orElse}`,
    })),
  ];
}

/** What is wrong with the clusters that an environment was given. */
function problemsOf({ clusters = {} }: ApplicationEnvironmentProps): Problem[] {
  const given = clusters instanceof Cluster ? { main: clusters } : clusters;
  return Object.entries(given).flatMap(([name, cluster]) =>
    (cluster?.problems ?? []).map((found) => ({ ...found, message: `cluster "${name}": ${found.message}` })),
  );
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
