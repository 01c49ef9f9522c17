import type { Finding } from "../core/findings";
import { compare } from "../core/findings";
import { stackNameOf } from "../core/scope";
import { findingAt } from "../plan/collect";
import type { Draft, DraftObject } from "../plan/draft";
import { deliveredBy } from "../plan/stages";
import { fillOutputs, type KnownOutputs } from "./outputs";
import { filePaths } from "./paths";
import { toYaml } from "./yaml";

/** What an environment renders to. */
export interface Rendered {
  /** Text by path, in order of path. */
  readonly files: ReadonlyMap<string, string>;
  /** Objects that are left to Pulumi, because they carry outputs that are secret or that nobody gave. */
  readonly leftToPulumi: readonly DraftObject[];
  /** Outputs that were expected among those given, and are not there. */
  readonly findings: readonly Finding[];
}

/**
 * Renders the objects of an environment as YAML, one file each. Same program, same bytes, in any order of construction.
 *
 * @param outputs - values of a stack; without them, objects that carry outputs are left to Pulumi
 */
export function render(draft: Draft, outputs?: KnownOutputs): Rendered {
  const leftToPulumi: DraftObject[] = [];
  const findings: Finding[] = [];
  const texts: [string, string][] = [];
  const paths = filePaths(stackNameOf(draft.environment), draft.objects, draft.environment.delivery);
  for (const object of draft.objects) {
    // Where a controller applies what is rendered, an object that Pulumi delivers must not have two owners.
    if (deliveredBy(object, draft.environment) !== draft.environment.delivery) {
      leftToPulumi.push(object);
      continue;
    }
    const { json, missing, secret } = fillOutputs(object, outputs ?? {});
    if (missing.length > 0 && outputs) {
      findings.push(...missing.map((place) => missingFinding(object, place)));
    } else if (missing.length > 0 || secret.length > 0) {
      leftToPulumi.push(object);
    } else {
      texts.push([paths.get(object) ?? "", toYaml(json)]);
    }
  }
  return { files: new Map(texts.sort(([a], [b]) => compare(a, b))), leftToPulumi, findings };
}

function missingFinding(object: DraftObject, place: string): Finding {
  const message = `the output at "${place}" is not among those given`;
  return findingAt(
    object,
    { rule: "tokens/unresolved", message, fix: "deploy the stack first, then export its outputs again" },
    object.construct,
  );
}
