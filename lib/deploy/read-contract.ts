import type { Output, Resource } from "@pulumi/pulumi";
import type { Contract } from "../core/contract";
import { FlagstoneError, countFindings } from "../core/errors";
import type { Problem } from "../core/findings";
import { loadPulumi } from "../core/pulumi";
import type { Draft } from "../plan/draft";
import { findingAt } from "../plan/collect";
import { checkContract } from "./check-contract";
import { expectationOf } from "./contract";

/** The contract of the platform's stack, once it was found to be what the program needs. */
export interface CheckedContract {
  /** What is in it. */
  readonly contract: Output<Contract>;
  /** To be waited for by whatever is registered: no resource, and a failure when the contract is wrong. */
  readonly passed: Output<Resource[]>;
}

/**
 * Reads the contract of the platform's stack. Its value arrives later: what is wrong with it stops whatever waits for it.
 *
 * @returns undefined where the program reads none
 */
export function readContract(draft: Draft): CheckedContract | undefined {
  const { environment } = draft;
  const address = environment.platformStack;
  if (address === undefined) return undefined;
  const { StackReference } = loadPulumi();
  const contract = new StackReference(address).getOutput("flagstone").apply((given: unknown): Contract => {
    const problems = checkContract(given, expectationOf(draft, address));
    if (problems.length > 0) throw contractError(draft, problems);
    return given as Contract;
  });
  return { contract, passed: contract.apply((): Resource[] => []) };
}

function contractError({ environment }: Draft, problems: readonly Problem[]): FlagstoneError {
  const findings = problems.map((problem) => findingAt({ component: environment, tenant: undefined }, problem));
  const error = new FlagstoneError(
    `${environment.programName} cannot be deployed on what the platform has deployed: ${countFindings(findings)}`,
    findings,
  );
  // Pulumi prints the stack trace of what is thrown this late, and it would be all inside of Pulumi and this library.
  error.stack = error.message;
  return error;
}
