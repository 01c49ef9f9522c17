import type { Runnable } from "../core/host";
import type { Draft } from "./draft";
import { makeDraft } from "./make-draft";
import { makePlan } from "./make-plan";
import type { Plan } from "./plan";
import { isPulumiLoaded, type RecordedResource, Recorder } from "./recorder";

/** One environment of a program, read without an engine. */
export interface Reading {
  readonly draft: Draft;
  readonly plan: Plan;
}

/**
 * Makes the tree of one environment and its Plan. No file, no stack, no engine: as often as wanted, one at a time.
 *
 * Pulumi's SDK is loaded only when the environment has cloud resources. Resources that the program makes outside of `cloud()` are
 * recorded when it loaded the SDK itself.
 *
 * @param outside - resources that the program made before, while it was loaded
 */
export async function readEnvironment(
  program: Runnable,
  environment: string,
  outside: readonly RecordedResource[] = [],
): Promise<Reading> {
  const recorder = isPulumiLoaded() ? Recorder.start(program.name, environment) : undefined;
  const draft = makeDraft(program.instantiate(environment));
  return { draft, plan: await makePlan(draft, recorder, outside) };
}
