// Ratios only, with room for noise: what is slow on one machine is not on another. `npm run bench` has the figures.
import { describe, expect, test } from "vitest";
import { makeDraft } from "../../lib/plan/make-draft.ts";
import { render } from "../../lib/render/render.ts";
import { onePass } from "./by-hand.ts";
import { benchProgram } from "./program.ts";
import { OBJECTS_PER_SERVICE, type Shape } from "./shape.ts";

function flagstone(shape: Shape): number {
  return render(makeDraft(benchProgram(shape).instantiate("staging"))).files.size;
}

function byHand(shape: Shape): number {
  return onePass(shape).length;
}

/** Processor time in milliseconds: other processes that want the same cores do not count. */
function timeOf(work: (shape: Shape) => number, shape: Shape): number {
  const before = process.cpuUsage();
  expect(work(shape)).toBe(shape.services * OBJECTS_PER_SERVICE);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** The least of several runs, taken in turn after one run of each that does not count: the first compiles the code. */
function leastTimes<Works extends readonly (() => number)[]>(...works: Works): { [Index in keyof Works]: number } {
  for (const work of works) work();
  const times = Array.from({ length: 3 }, () => works.map((work) => work()));
  return works.map((_, i) => Math.min(...times.map((row) => row[i]!))) as { [Index in keyof Works]: number };
}

describe("speed", { timeout: 120_000 }, () => {
  test("10,000 objects in 1,000 scopes take at most twice the time of writing them by hand in one pass", () => {
    const shape: Shape = { services: 1000, scopes: "many" };
    const [time, floor] = leastTimes(
      () => timeOf(flagstone, shape),
      () => timeOf(byHand, shape),
    );
    expect(time / floor).toBeLessThan(2);
  });

  test("time grows in proportion to the number of objects", () => {
    const [small, large] = leastTimes(
      () => timeOf(flagstone, { services: 100, scopes: "many" }),
      () => timeOf(flagstone, { services: 800, scopes: "many" }),
    );
    expect(Math.log(large / small) / Math.log(8)).toBeLessThan(1.3);
  });

  test("100 layers that depend on each other take at most half as much again as without dependencies", () => {
    const shape: Shape = { services: 200, scopes: "many", layers: 100 };
    const [layered, flat] = leastTimes(
      () => timeOf(flagstone, shape),
      () => timeOf(flagstone, { ...shape, edges: false }),
    );
    expect(layered / flat).toBeLessThan(1.5);
  });
});

test("a large scope that depends on a large scope has edges in proportion to its objects, not to their product", () => {
  const shape: Shape = { services: 100, scopes: "many", layers: 2 };
  const edgesOf = (of: Shape) => {
    const { objects } = makeDraft(benchProgram(of).instantiate("staging"));
    const groups = new Set(objects.flatMap(({ dependsOnGroups }) => dependsOnGroups));
    const direct = objects.map(({ dependsOn, dependsOnGroups }) => dependsOn.length + dependsOnGroups.length);
    return [...direct, ...[...groups].map(({ members }) => members.length)].reduce((sum, count) => sum + count, 0);
  };
  const half = (shape.services / 2) * OBJECTS_PER_SERVICE;
  expect(edgesOf(shape) - edgesOf({ ...shape, edges: false })).toBe(2 * half);
});
