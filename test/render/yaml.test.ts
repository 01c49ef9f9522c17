import fc from "fast-check";
import { CORE_SCHEMA, load, YAML11_SCHEMA } from "js-yaml";
import { describe, expect, test } from "vitest";
import { toYaml } from "../../lib/render/yaml";

/** Texts that one or the other version of YAML reads as something else, or that its syntax could stumble over. */
const tricky = fc.constantFrom(
  ..."yes no on off y n Y N true False NULL null ~ .inf -.INF .nan 0644 0o644 0x1F 1e3 1E-2 +1 1_000 0b11 12:30:45 190:20:30.15".split(
    " ",
  ),
  ..."2001-12-14 2001-12-14T21:59:43.10-05:00 = << - ? : | > % @ ` & * ! # [ ] { } , --- ... -- ? -: a: :a".split(" "),
  "",
  " ",
  "\n",
  "\n\n",
  "a: b",
  "a #b",
  "- a",
  " a",
  "a ",
  "a\nb",
  "a\n",
  "\na",
  "a\n\n",
  "  a\nb",
  "a\n  b\n c\n",
  "\ttab",
  "... end",
  "--- begin",
  "a\r\nb",
  "\u0000",
  "\u0085",
  "\u2028",
  "\ufeff",
  "'",
  '"',
  "\\",
  "!!binary aGk=",
  "é",
  "🙂",
  "x".repeat(200),
  `${"word ".repeat(60)}end`,
);
const text = fc.oneof(
  tricky,
  fc.string(),
  fc.string({ unit: "grapheme" }),
  fc.array(tricky).map((parts) => parts.join(" ")),
  fc.array(tricky).map((parts) => parts.join("\n")),
);
const key = text.filter((name) => name !== "__proto__");
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3 },
    text,
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (Object.is(n, -0) ? 0 : n)),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("json"), { maxLength: 4 }),
    fc.dictionary(key, tie("json"), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

describe("YAML", () => {
  test("of any text is read back by YAML 1.2 and by YAML 1.1 alike", () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(load(toYaml({ value }), { schema: CORE_SCHEMA })).toEqual({ value });
        expect(load(toYaml({ value }), { schema: YAML11_SCHEMA })).toEqual({ value });
      }),
      { numRuns: 2000 },
    );
  });

  test("of any JSON is read back by YAML 1.2 and by YAML 1.1 alike", () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(load(toYaml(value), { schema: CORE_SCHEMA })).toEqual(value);
        expect(load(toYaml(value), { schema: YAML11_SCHEMA })).toEqual(value);
      }),
      { numRuns: 500 },
    );
  });

  test("is the same whatever the order of keys", () => {
    const shuffle = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(shuffle);
      if (typeof value !== "object" || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([name, item]) => [name, shuffle(item)]),
      );
    };
    fc.assert(
      fc.property(json, (value) => {
        expect(toYaml(shuffle(value))).toBe(toYaml(value));
      }),
    );
  });

  test("says first what identifies an object", () => {
    const object = {
      spec: 1,
      metadata: { labels: {}, namespace: "a", name: "b" },
      kind: "A",
      data: 2,
      apiVersion: "v1",
    };
    expect(toYaml(object)).toBe(
      "apiVersion: v1\nkind: A\nmetadata:\n  name: b\n  namespace: a\n  labels: {}\ndata: 2\nspec: 1\n",
    );
  });

  test("repeats what is there twice, without references, and does not break long lines", () => {
    const shared = { a: "x ".repeat(100).trim() };
    expect(toYaml({ one: shared, two: shared })).toBe(`one:\n  a: ${shared.a}\ntwo:\n  a: ${shared.a}\n`);
  });
});
