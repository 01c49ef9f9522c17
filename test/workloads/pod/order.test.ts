import fc from "fast-check";
import type { Readiness } from "flagstone";
import { describe, expect, test } from "vitest";
import { type Helper, orderHelpers } from "../../../lib/workloads/pod/order";

const init = (name: string, after: Helper["after"] = {}): Helper => ({
  name,
  kind: "init",
  after,
  hasStartupProbe: false,
});
const sidecar = (name: string, after: Helper["after"] = {}, hasStartupProbe = true): Helper => ({
  name,
  kind: "sidecar",
  after,
  hasStartupProbe,
});
const namesOf = (helpers: readonly Helper[]) => orderHelpers(helpers).order.map((index) => helpers[index]!.name);
const problemsOf = (...helpers: readonly Helper[]) =>
  orderHelpers(helpers).problems.map(({ rule, message, fix }) => `${rule}: ${message}; ${fix}`);

describe("the order of containers", () => {
  test("is as they were given, where nothing else is said", () => {
    expect(namesOf([sidecar("proxy"), sidecar("log"), init("migrate"), init("assets")])).toEqual([
      "proxy",
      "log",
      "migrate",
      "assets",
    ]);
  });

  test("moves only what comes after something else", () => {
    expect(namesOf([sidecar("proxy", { secrets: "complete" }), sidecar("log"), init("secrets"), init("warm")])).toEqual(
      ["log", "secrets", "proxy", "warm"],
    );
  });

  const reach: Record<Helper["kind"], Readiness> = { init: "complete", sidecar: "started" };
  /** Helpers whose `after` leads to lower ranks only, given in an order that has nothing to do with the ranks. */
  const acyclic = fc
    .array(fc.record({ isSidecar: fc.boolean(), edges: fc.infiniteStream(fc.boolean()) }), { maxLength: 8 })
    .chain((drawn) => {
      const kinds = drawn.map(({ isSidecar }): Helper["kind"] => (isSidecar ? "sidecar" : "init"));
      const made = drawn.map(({ edges, isSidecar }, rank): Helper => {
        const wanted = kinds.slice(0, rank).flatMap((kind, other) => {
          const isWanted = edges.next().value === true;
          return isWanted ? [[`c${other}`, reach[kind]] as const] : [];
        });
        const after = Object.fromEntries(wanted);
        return isSidecar ? sidecar(`c${rank}`, after) : init(`c${rank}`, after);
      });
      return fc.shuffledSubarray(made, { minLength: made.length, maxLength: made.length });
    });

  test("holds every after, and is everything once", () => {
    fc.assert(
      fc.property(acyclic, (helpers) => {
        const { order, problems } = orderHelpers(helpers);
        expect(problems).toEqual([]);
        expect([...order].sort((a, b) => a - b)).toEqual([...helpers.keys()]);
        const placeOf = new Map(order.map((index, place) => [helpers[index]!.name, place]));
        for (const { name, after } of helpers)
          for (const other of Object.keys(after)) expect(placeOf.get(other)!).toBeLessThan(placeOf.get(name)!);
      }),
      { numRuns: 500 },
    );
  });

  test("takes the first of what could be next, so that it is one order and no other", () => {
    fc.assert(
      fc.property(acyclic, (helpers) => {
        const { order } = orderHelpers(helpers);
        const done = new Set<string>();
        for (const index of order) {
          const ready = helpers.findIndex(
            ({ name, after }) => !done.has(name) && Object.keys(after).every((other) => done.has(other)),
          );
          expect(index).toBe(ready);
          done.add(helpers[index]!.name);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("does not depend on the order in which after was written", () => {
    fc.assert(
      fc.property(acyclic, (helpers) => {
        const turned = helpers.map((helper) => ({
          ...helper,
          after: Object.fromEntries(Object.entries(helper.after).reverse()),
        }));
        expect(orderHelpers(turned).order).toEqual(orderHelpers(helpers).order);
      }),
    );
  });

  test("of a circle is an error, whatever is around it, and nothing is lost", () => {
    const size = fc.integer({ min: 1, max: 5 });
    fc.assert(
      fc.property(acyclic, size, fc.nat(), (others, length, turn) => {
        const circle = Array.from({ length }, (_, i) => init(`x${i}`, { [`x${(i + 1) % length}`]: "complete" }));
        const helpers = [...others, ...circle.slice(turn % length), ...circle.slice(0, turn % length)];
        const { order, problems } = orderHelpers(helpers);
        expect(problems.map(({ rule }) => rule)).toEqual(["containers/cycle"]);
        for (const { name } of circle) expect(problems[0]!.message).toContain(`"${name}"`);
        expect([...order].sort((a, b) => a - b)).toEqual([...helpers.keys()]);
      }),
    );
  });
});

describe("after", () => {
  test.each<[string, Helper[], string]>([
    [
      "an unknown name",
      [init("migrate"), init("seed", { migrat: "complete" })],
      'containers/after: init.seed.after has "migrat", which is no init container or sidecar; did you mean "migrate"?',
    ],
    [
      "itself",
      [init("seed", { seed: "complete" })],
      'containers/cycle: container "seed" is to come after itself; leave out one after',
    ],
    [
      "each other",
      [init("a", { b: "complete" }), init("b", { a: "complete" })],
      'containers/cycle: containers "a", "b" wait for each other; leave out one after',
    ],
    [
      "the end of a sidecar",
      [sidecar("proxy"), init("seed", { proxy: "complete" })],
      'containers/readiness: init.seed.after.proxy is "complete", and a sidecar ends only after the workload\'s own container; write "started", or "healthy" where it has health',
    ],
    [
      "the health of a sidecar that nobody knows",
      [sidecar("proxy", {}, false), init("seed", { proxy: "healthy" })],
      'containers/readiness: init.seed.after.proxy is "healthy", which nobody knows of a sidecar without a startup probe; say sidecars.proxy.health, or write "started"',
    ],
    [
      "the start of an init container",
      [sidecar("proxy", { keys: "started" }), init("keys")],
      'containers/readiness: sidecars.proxy.after.keys is "started", and an init container runs to its end first; write "complete"',
    ],
    [
      "the health of an init container",
      [init("keys"), init("seed", { keys: "healthy" })],
      'containers/readiness: init.seed.after.keys is "healthy", and an init container runs to its end first; write "complete"',
    ],
    [
      "a word that is none",
      [init("keys"), init("seed", { keys: "completed" as Readiness })],
      'containers/readiness: init.seed.after.keys "completed" is not known; did you mean "complete"?',
    ],
  ])("%s is a mistake", (_, helpers, problem) => {
    expect(problemsOf(...helpers)).toEqual([problem]);
  });

  test("may ask for the start of a sidecar, and for its health where that is known", () => {
    expect(problemsOf(sidecar("a", {}, false), init("x", { a: "started" }))).toEqual([]);
    expect(problemsOf(sidecar("a"), init("x", { a: "healthy" }), init("y", { x: "complete" }))).toEqual([]);
  });

  test("what waits for a circle is not said to be in it", () => {
    const [problem] = problemsOf(
      init("late", { a: "complete" }),
      init("a", { b: "complete" }),
      init("b", { a: "complete" }),
    );
    expect(problem).not.toContain("late");
  });
});
