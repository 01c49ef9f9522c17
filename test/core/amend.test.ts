import { ApiObject, Chart, Lazy, Testing } from "cdk8s";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { amend, finalJson, mergePatch } from "../../lib/core/amend";

type Json = Record<string, unknown>;

const patched = (target: Json, patch: Json): Json => {
  const copy = structuredClone(target);
  mergePatch(copy, patch);
  return copy;
};

describe("a patch", () => {
  test.each<[string, Json, Json, Json]>([
    ["merges objects by key", { spec: { a: 1, b: 2 } }, { spec: { b: 3 } }, { spec: { a: 1, b: 3 } }],
    ["adds what is not there", {}, { spec: { a: { b: 1 } } }, { spec: { a: { b: 1 } } }],
    ["replaces plain lists", { args: [1, 2] }, { args: [3] }, { args: [3] }],
    ["replaces an object by a plain value", { a: { b: 1 } }, { a: "x" }, { a: "x" }],
    ["removes by null", { a: 1, b: { c: 1, d: 2 } }, { a: null, b: { c: null } }, { b: { d: 2 } }],
    ["leaves out null in what is new", {}, { a: { b: null, c: 1 } }, { a: { c: 1 } }],
    ["leaves out null in new lists", {}, { a: [{ name: "x", b: null }] }, { a: [{ name: "x" }] }],
    ["says nothing by undefined", { a: 1 }, { a: undefined }, { a: 1 }],
    [
      "merges lists of named things by name, in their order, new ones last",
      {
        containers: [
          { name: "web", image: "a" },
          { name: "proxy", image: "b" },
        ],
      },
      {
        containers: [
          { name: "log", image: "c" },
          { name: "proxy", args: ["-v"] },
        ],
      },
      {
        containers: [
          { name: "web", image: "a" },
          { name: "proxy", image: "b", args: ["-v"] },
          { name: "log", image: "c" },
        ],
      },
    ],
    [
      "removes from a named thing by null",
      { env: [{ name: "A", value: "1" }] },
      { env: [{ name: "A", value: null, valueFrom: { x: 1 } }] },
      { env: [{ name: "A", valueFrom: { x: 1 } }] },
    ],
    [
      "replaces a list where not everything has a name",
      { l: [{ name: "a" }, {}] },
      { l: [{ name: "b" }] },
      { l: [{ name: "b" }] },
    ],
  ])("%s", (_, target, patch, result) => {
    expect(patched(target, patch)).toEqual(result);
  });

  test("that refers to itself, has a key __proto__ or is none says so, and pollutes nothing", () => {
    const itself: Json = { a: [] };
    (itself["a"] as unknown[]).push(itself);
    expect(() => patched({}, itself)).toThrow("a patch has a value that refers to itself");
    expect(() => patched({ a: {} }, JSON.parse('{"a":{"__proto__":{"b":1}}}'))).toThrow(
      'a patch has a key "__proto__"',
    );
    expect(() => patched({}, null as never)).toThrow("null is no patch");
    expect(Object.prototype).not.toHaveProperty("b");
  });

  test("that names one object twice merges it twice", () => {
    const labels = { a: "1" };
    expect(patched({}, { x: { labels }, y: { labels } })).toEqual({ x: { labels }, y: { labels } });
  });

  test("leaves instances of classes as they are, which something else gives a value", () => {
    const late = Lazy.any({ produce: () => 1 });
    expect(patched({}, { a: { b: [late] } })).toEqual({ a: { b: [late] } });
    expect((patched({}, { a: late })["a"] as object) instanceof Lazy).toBe(true);
  });

  const scalar = fc.oneof(fc.nat({ max: 3 }), fc.constantFrom("x", "y", true));
  const name = fc.constantFrom("a", "b", "c");
  const json = (leaf: fc.Arbitrary<unknown>) =>
    fc.letrec<{ object: Json; value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        leaf,
        tie("object"),
        fc.array(leaf, { maxLength: 3 }),
        fc
          .uniqueArray(fc.tuple(name, tie("object")), { selector: ([of]) => of, maxLength: 3 })
          .map((items) => items.map(([of, item]) => ({ ...item, name: of }))),
      ),
      object: fc.dictionary(name, tie("value"), { maxKeys: 3, noNullPrototype: true }),
    })).object;
  const target = json(scalar);
  const patch = json(fc.oneof(scalar, fc.constant(null)));

  test("applied twice does what it does once", () => {
    fc.assert(
      fc.property(target, patch, (before, change) => {
        const once = patched(before, change);
        expect(patched(once, change)).toEqual(once);
      }),
      { numRuns: 500 },
    );
  });

  test("leaves itself and what it does not touch as they were", () => {
    fc.assert(
      fc.property(target, patch, (before, change) => {
        const [nested, copy] = [structuredClone(before), structuredClone(change)];
        mergePatch({ ...before }, change);
        expect(before).toEqual(nested);
        expect(change).toEqual(copy);
      }),
    );
  });

  test("that an object is of itself changes nothing", () => {
    fc.assert(
      fc.property(target, (before) => {
        expect(patched(before, before)).toEqual(before);
      }),
    );
  });

  test("leaves the keys that it names removed, and all others there", () => {
    fc.assert(
      fc.property(target, fc.subarray(["a", "b", "c"]), (before, names) => {
        const after = patched(before, Object.fromEntries(names.map((key) => [key, null])));
        expect(Object.keys(after).sort()).toEqual(
          Object.keys(before)
            .filter((key) => !names.includes(key))
            .sort(),
        );
      }),
    );
  });
});

describe("amendments", () => {
  const makeObject = () =>
    new ApiObject(new Chart(Testing.app(), "chart"), "object", {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "object" },
      data: { a: "1" },
    });

  test("change the final JSON in the order in which they were made", () => {
    const object = makeObject();
    amend(object, "first", (json) => (json["order"] = "first"));
    amend(object, "second", (json) => (json["order"] = `${String(json["order"])}, second`));
    expect(finalJson(object)["order"]).toBe("first, second");
    expect(object.toJson()).not.toHaveProperty("order");
  });

  test("say their name when they throw", () => {
    const object = makeObject();
    amend(object, "transform.deployment", () => {
      throw new Error("no containers");
    });
    expect(() => finalJson(object)).toThrow("transform.deployment: no containers");
  });
});
