// Whatever stands in a prop, planning ends with findings or a plan, and says nothing that only this library would understand.
import fc from "fast-check";
import { expect, test } from "vitest";
import { makeDraft } from "../../../lib/plan/make-draft";
import { makePlan } from "../../../lib/plan/make-plan";
import type { Plan } from "../../../lib/plan/plan";
import { render } from "../../../lib/render/render";
import { sketchesWithJunk } from "./junk";
import { programOf, type Sketch } from "./workloads";

/** The Plan, which is written as JSON, and as YAML where nothing is wrong. */
async function planOf(sketch: Sketch): Promise<Plan> {
  const draft = makeDraft(programOf(sketch).instantiate("dev"));
  const plan = await makePlan(draft);
  JSON.stringify(plan);
  if (!plan.findings.some(({ severity }) => severity === "error")) render(draft);
  return plan;
}

test("a value that no prop takes is a finding, or makes no difference", async () => {
  await fc.assert(
    fc.asyncProperty(sketchesWithJunk, async (sketch) => {
      for (const { path, message, fix } of (await planOf(sketch)).findings)
        expect([path, message, fix].every((text) => typeof text === "string" && text !== "")).toBe(true);
    }),
    { numRuns: 200 },
  );
}, 60_000);

// What an engine of JavaScript says of a value that code took for something else.
const OURS =
  /Cannot (read|convert|destructure|use|mix)|is not (a function|iterable|a constructor)|\(reading '|Invalid value used|call stack/;

test("what is said of it is not what happened inside of this library", async () => {
  for (const sketch of fc.sample(sketchesWithJunk, { numRuns: 300, seed: 1 }))
    for (const { message } of (await planOf(sketch)).findings) expect(message).not.toMatch(OURS);
}, 60_000);
