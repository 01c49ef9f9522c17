import { Duration } from "cdk8s";
import fc from "fast-check";
import { expect, test } from "vitest";
import { checkKeys, show } from "../../lib/core/keys";

test("an unknown key is a problem that suggests the key that was meant", () => {
  expect(checkKeys("", { imgae: "x", env: {} }, ["image", "env"])).toEqual([
    { rule: "props/unknown", message: 'unknown property "imgae"', fix: 'did you mean "image"?' },
  ]);
});

test("an unknown key inside of a prop says where it is", () => {
  expect(checkKeys("endpoints.http", { prot: 80 }, ["port"])).toMatchObject([
    { message: 'unknown property "endpoints.http.prot"' },
  ]);
});

test("what is not said is no unknown key, and what is no object literal is not looked into", () => {
  expect(checkKeys("", { other: undefined }, [])).toEqual([]);
  expect(checkKeys("", [1], [])).toEqual([]);
  expect(checkKeys("", "text", [])).toEqual([]);
  expect(checkKeys("", Duration.days(1), [])).toEqual([]);
});

test.each([
  ["text", '"text"'],
  [{ min: 1 }, '{"min":1}'],
  [undefined, "undefined"],
  [null, "null"],
  [NaN, "null"],
  [10n, '"10"'],
  [() => 1, "a function"],
  [Duration.days(1), "a Duration"],
  ["x".repeat(100), `"${"x".repeat(56)}…`],
])("%o is shown as %s", (value, text) => {
  expect(show(value)).toBe(text);
});

test("whatever is shown is short and on one line", () => {
  fc.assert(
    fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true, withTypedArray: true }), (value) => {
      const text = show(value);
      expect(text.length).toBeLessThanOrEqual(60);
      expect(text).not.toContain("\n");
    }),
  );
});
