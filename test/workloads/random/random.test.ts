// Whatever props a workload is given, a program is read to its end: what is wrong is a finding, never a crash.
import fc from "fast-check";
import { FlagstoneError } from "flagstone";
import { expect, test } from "vitest";
import { isPlainObject } from "../../../lib/core/merge";
import type { Draft } from "../../../lib/plan/draft";
import { makeDraft } from "../../../lib/plan/make-draft";
import { programOf, type Sketch, sketches } from "./workloads";

function draftOf(sketch: Sketch): Pick<Draft, "objects" | "findings"> | string {
  try {
    return makeDraft(programOf(sketch).instantiate("dev"));
  } catch (error) {
    if (error instanceof FlagstoneError) return error.message;
    throw error;
  }
}

test("any props give objects or findings with a place and a fix, and the same ones again", () => {
  fc.assert(
    fc.property(sketches, (sketch) => {
      const draft = draftOf(sketch);
      if (typeof draft === "string") return;
      for (const { path, message, fix } of draft.findings) {
        expect(path).toMatch(/^dev/);
        expect(message).not.toBe("");
        expect(fix).not.toBe("");
        expect(`${message} ${fix}`).not.toMatch(/undefined|\[object|NaN/);
      }
      const again = draftOf({ ...sketch, props: reversed(sketch.props) });
      if (typeof again === "string") throw new Error(again);
      const text = ({ objects }: Pick<Draft, "objects">) =>
        JSON.stringify(objects.map(({ id, json }) => [id, json])).replaceAll(/\$\{flagstone:token:\d+\}/g, "token");
      if (!draft.findings.some(({ severity }) => severity === "error")) expect(text(again)).toBe(text(draft));
    }),
    { numRuns: 500 },
  );
});

// The order of these is meant: of containers that start one after the other, of ports that are asked first, of data in files.
const ORDERED: readonly string[] = ["init", "sidecars", "ports", "endpoints", "files"];

/** The same props, said in another order, but for those whose order is meant. */
function reversed(props: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(props)
      .map(([name, value]) => [name, ORDERED.includes(name) ? value : deepReversed(value)] as const)
      .reverse(),
  );
}

function deepReversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(deepReversed);
  return isPlainObject(value) ? reversed(value) : value;
}
