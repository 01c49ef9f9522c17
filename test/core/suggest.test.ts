import fc from "fast-check";
import { expect, test } from "vitest";
import { didYouMean, nearest } from "../../lib/core/suggest";

const word = fc.stringMatching(/^[a-z]{3,12}$/);

test.each([
  ["replcias", ["image", "replicas", "health"], "replicas"],
  ["Image", ["image", "env"], "image"],
  ["prd", ["dev", "prod"], "prod"],
  ["endpoint", ["env", "endpoints"], "endpoints"],
  ["cpu", ["gpu", "memory"], "gpu"],
  ["zebra", ["image", "env"], undefined],
  ["x", [], undefined],
])("for %s among %j, %s is meant", (typed, known, meant) => {
  expect(nearest(typed, known)).toBe(meant);
});

test("one wrong, missing, doubled or swapped letter is understood", () => {
  fc.assert(
    fc.property(word, fc.nat(), fc.constantFrom("x", "y"), (meant, at, letter) => {
      const i = at % meant.length;
      const [before, after] = [meant.slice(0, i), meant.slice(i)];
      const typos = [
        `${before}${letter}${after.slice(1)}`,
        `${before}${after.slice(1)}`,
        `${before}${letter}${after}`,
        `${before}${after.slice(1, 2)}${after.slice(0, 1)}${after.slice(2)}`,
      ];
      for (const typo of typos) expect(nearest(typo, ["0000000000000000", meant])).toBe(meant);
    }),
  );
});

test("what is suggested is always known, and a known word is itself", () => {
  fc.assert(
    fc.property(fc.string(), fc.array(word, { minLength: 1 }), fc.nat(), (typed, known, at) => {
      const meant = nearest(typed, known);
      if (meant !== undefined) expect(known).toContain(meant);
      const one = known[at % known.length]!;
      expect(nearest(one, known)).toBe(one);
    }),
  );
});

test("without a near word, what is known is listed in order", () => {
  expect(didYouMean("replcias", ["replicas"])).toBe('did you mean "replicas"?');
  expect(didYouMean("zebra", ["prod", "dev"])).toBe('known are "dev", "prod"');
  expect(didYouMean("zebra", [])).toBe("there is none");
});
