import type { EnvironmentTree } from "./component";
import type { Contract, ProgramKind } from "./contract";
import { FlagstoneError } from "./errors";

/** A platform or application whose environments can be made, as often as wanted. */
export interface Runnable {
  readonly name: string;
  readonly kind: ProgramKind;
  /** Without previews. */
  readonly environmentNames: readonly string[];
  /** The environment that previews are made from, when the program has them. */
  readonly previewsFrom: string | undefined;
  /** Whether `run` was called. */
  readonly defined: boolean;
  /** Whether it can be made for this name: that of an environment, or of a preview. */
  knows(environment: string): boolean;
  /**
   * A fresh tree for one environment or preview. What the program throws is recorded as a finding.
   *
   * @throws FlagstoneError when it does not know the name
   */
  instantiate(environment: string): EnvironmentTree;
}

/** What brings a program to life under Pulumi's engine. */
export type Deploy = (program: Runnable) => Contract;

interface Host {
  deploy?: Deploy;
  /** Name of the program that the engine runs. */
  deployed?: string;
  readonly programs: Runnable[];
}

// One list for the process, whatever the number of copies of this package: the command line finds programs here.
const HOST_KEY = Symbol.for("flagstone.host");

function host(): Host {
  const holder = globalThis as { [HOST_KEY]?: Host };
  return (holder[HOST_KEY] ??= { programs: [] });
}

/** The platforms and applications that were constructed in this process. */
export function registeredPrograms(): readonly Runnable[] {
  return host().programs;
}

export function registerProgram(program: Runnable): void {
  host().programs.push(program);
}

// The program behind what its `run` returned: a program's file exports nothing else, because Pulumi makes every export an output.
const contracts = new WeakMap<object, Runnable>();

/** Links what `run` returns to its program. */
export function withProgram(contract: Contract, program: Runnable): Contract {
  contracts.set(contract, program);
  return contract;
}

/** The program whose `run` returned a contract. */
export function programOf(contract: object): Runnable | undefined {
  return contracts.get(contract);
}

/** Called once by the package's entry point: `platform/` may not import `deploy/`. */
export function setDeploy(deploy: Deploy): void {
  host().deploy = deploy;
}

/** Whether Pulumi's engine runs this process. Asks the environment, so that the SDK need not be loaded. */
export function underEngine(): boolean {
  return (process.env["PULUMI_NODEJS_MONITOR"] ?? "") !== "";
}

/** Deploys the stack's environment. */
export function deployUnderEngine(program: Runnable): Contract {
  const { deploy, deployed } = host();
  if (!deploy) throw new Error('flagstone was imported in part: import from "flagstone"');
  if (deployed !== undefined) {
    throw new FlagstoneError(
      `"${deployed}" and "${program.name}" both run in this program; a program is one of them, so split it`,
    );
  }
  host().deployed = program.name;
  return deploy(program);
}
