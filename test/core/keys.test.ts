import { Duration } from "cdk8s";
import { output } from "@pulumi/pulumi";
import fc from "fast-check";
import { expect, test } from "vitest";
import { checkKeys, checkRecord, show } from "../../lib/core/keys";

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

test("an output in the place of an object literal is one problem", () => {
  expect(checkKeys("size", output({ cpu: 1 }), ["cpu"])).toMatchObject([
    { rule: "props/output", message: "size is an output, which is known only after deployment" },
  ]);
});

test("a record is an object literal without __proto__, or not said", () => {
  for (const sound of [undefined, {}, { a: 1 }, { constructor: "x" }, Object.create(null)])
    expect(checkRecord("env", sound)).toEqual([]);
  const wrong = [null, "abc", [], new Map(), Duration.days(1), output({}), JSON.parse('{"__proto__":"x"}')];
  expect(wrong.flatMap((value) => checkRecord("env", value).map(({ message }) => message))).toEqual([
    "env is null, which holds nothing by name",
    'env is "abc", which holds nothing by name',
    "env is [], which holds nothing by name",
    "env is a Map, which holds nothing by name",
    "env is a Duration, which holds nothing by name",
    "env is an output, which is known only after deployment",
    'env has a key "__proto__"',
  ]);
});

const itself: { self?: unknown } = {};
itself.self = itself;

test.each([
  ["text", '"text"'],
  [{ min: 1 }, '{"min":1}'],
  [undefined, "undefined"],
  [null, "null"],
  [[NaN, -Infinity], "[NaN,-Infinity]"],
  [10n, "10n"],
  [{ a: undefined, b: Symbol("c") }, '{"b":Symbol(c)}'],
  [output("x"), "an output (known only after deployment)"],
  [{ min: output(1) }, '{"min":an output}'],
  [itself, '{"self":itself}'],
  [new (class Empty {})(), "an Empty"],
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
