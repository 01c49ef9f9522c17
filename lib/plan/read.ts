import type { EnvironmentTree } from "../core/component";
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

let last: Promise<unknown> = Promise.resolve();

/** Readings wait for each other: Pulumi's mock runtime is one for the process. */
function oneAtATime<T>(read: () => Promise<T>): Promise<T> {
  const result = last.then(read);
  last = result.catch(() => undefined);
  return result;
}

/**
 * Makes the tree of one environment and its Plan. No file, no stack, no engine: as often as wanted.
 *
 * Pulumi's SDK is loaded only when the environment has cloud resources. Resources that the program makes outside of `cloud()` are
 * recorded when it loaded the SDK itself.
 *
 * @param outside - resources that the program made before, while it was loaded
 */
export function readEnvironment(
  program: Runnable,
  environment: string,
  outside: readonly RecordedResource[] = [],
): Promise<Reading> {
  return oneAtATime(async () => {
    const recorder = isPulumiLoaded() ? Recorder.start(program.name, environment) : undefined;
    const draft = draftOf(program, environment);
    return { draft, plan: await makePlan(draft, recorder, outside) };
  });
}

/**
 * What a program declares in one environment. Its tree is locked then: what is made in it later, after an `await` or because a construct was
 * kept for another environment, would be lost, and throws instead.
 */
export function draftOf(program: Runnable, environment: string): Draft {
  const draft = makeDraft(program.instantiate(environment));
  draft.environment.node.lock();
  return draft;
}

/** Makes the Plan of a tree that is there already. */
export function readTree(environment: EnvironmentTree): Promise<Reading> {
  return oneAtATime(async () => {
    const draft = makeDraft(environment);
    return { draft, plan: await makePlan(draft) };
  });
}
