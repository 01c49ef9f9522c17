import { countFindings, FlagstoneError } from "../core/errors";
import { formatFinding } from "../core/findings";
import type { Deploy } from "../core/host";
import { suggestEnvironment } from "../core/previews";
import { loadPulumi } from "../core/pulumi";
import type { Component } from "../core/component";
import { findTenant } from "../core/scope";
import { findingAt } from "../plan/collect";
import { draftOf } from "../plan/read";
import { Components, runCloud } from "../plan/run-cloud";
import { contractOf } from "./contract";
import { registerObjects } from "./objects";
import { readContract } from "./read-contract";

/**
 * Brings the stack's environment to life: nothing is registered before the whole program was found valid, and nothing but a reference to
 * the platform's stack before its contract was.
 *
 * @throws FlagstoneError when the stack is no environment, or with every error of the program
 */
export const deploy: Deploy = (program) => {
  const pulumi = loadPulumi();
  const stack = pulumi.getStack();
  if (!program.knows(stack)) {
    throw new FlagstoneError(
      `${program.name} has no environment "${stack}", and a stack is called as its environment: ${suggestEnvironment(stack, [program])}`,
    );
  }
  const draft = draftOf(program, stack);
  refuse(`${program.name} cannot be deployed to ${stack}`, draft.findings);
  for (const finding of draft.findings)
    if (finding.severity === "warning") void pulumi.log.warn(formatFinding(finding));

  const checked = readContract(draft);
  const components = new Components(draft.environment, checked?.passed);
  const { resources, problems } = runCloud(draft.cloud, components);
  refuse(
    `cloud resources of ${program.name} cannot be deployed to ${stack}`,
    problems.map(({ declaration, problem }) => {
      const component = declaration.construct as Component;
      return findingAt({ component, tenant: findTenant(component) }, problem);
    }),
  );
  return contractOf(program, draft, registerObjects(draft, components, resources, checked));
};

function refuse(what: string, findings: FlagstoneError["findings"]): void {
  if (!findings.some(({ severity }) => severity === "error")) return;
  throw new FlagstoneError(`${what}: ${countFindings(findings)}`, findings);
}
