import { Duration } from "cdk8s";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type LayerName, mergeLayers } from "../../lib/core/merge";

const RECORDS = ["env", "labels", "sidecars"];
const MERGING = { records: RECORDS, nested: ["sidecars"] };
const LAYERS = ["own", "platform", "environment", "tenant", "props"] as const;

type Values = Record<string, unknown>;

/** What a layer may say: unions and arrays, which replace, and records, which merge; or nothing. */
const plain = fc.oneof(
  fc.constant(undefined),
  fc.integer(),
  fc.constant(false),
  fc.record({ min: fc.nat(), max: fc.nat() }),
  fc.array(fc.nat(), { maxLength: 3 }),
);
const record = fc.option(
  fc.dictionary(fc.constantFrom("A", "B", "C"), fc.oneof(fc.constant(undefined), fc.string()), { maxKeys: 3 }),
  { nil: undefined },
);
const values: fc.Arbitrary<Values> = fc.record(
  { replicas: plain, args: plain, env: record, labels: record },
  { requiredKeys: [] },
);
const sidecar = fc.record({ size: plain, image: plain, env: record }, { requiredKeys: [] });
const nested = (entry: fc.Arbitrary<unknown>): fc.Arbitrary<Values> =>
  fc.record(
    { sidecars: fc.dictionary(fc.constantFrom("A", "B"), entry, { maxKeys: 2 }), env: record },
    { requiredKeys: [] },
  );
const layers = fc.tuple(values, values, values, values, values);

const merge = (...given: Values[]): Values =>
  mergeLayers(
    given.map((of) => ({ layer: "own", values: of })),
    MERGING,
  ).props as Values;

/** What one layer says, flat: `env.A` for a key of a record. */
function said(of: Values): Map<string, unknown> {
  const result = new Map<string, unknown>();
  for (const [key, value] of Object.entries(of)) {
    if (value === undefined) continue;
    if (!RECORDS.includes(key)) result.set(key, value);
    else
      for (const [name, item] of Object.entries(value as Values))
        if (item !== undefined) result.set(`${key}.${name}`, item);
  }
  return result;
}

describe("layers", () => {
  test("it does not matter which layers are merged first", () => {
    fc.assert(
      fc.property(values, values, values, (a, b, c) => {
        expect(merge(merge(a, b), c)).toEqual(merge(a, b, c));
        expect(merge(a, merge(b, c))).toEqual(merge(a, b, c));
      }),
    );
  });

  test("it does not matter either for entries that merge themselves", () => {
    const entries = nested(fc.oneof(fc.constant(undefined), sidecar));
    fc.assert(
      fc.property(entries, entries, entries, (a, b, c) => {
        expect(merge(merge(a, b), c)).toEqual(merge(a, b, c));
        expect(merge(a, merge(b, c))).toEqual(merge(a, b, c));
      }),
    );
  });

  test("a golden path may merge what becomes the highest layer below, also where entries are taken away", () => {
    const entries = nested(fc.oneof(fc.constantFrom(undefined, false), sidecar));
    fc.assert(
      fc.property(entries, entries, entries, entries, (a, b, c, d) => {
        expect(merge(a, merge(b, c))).toEqual(merge(a, b, c));
        expect(merge(a, merge(b, merge(c, d)))).toEqual(merge(a, b, c, d));
      }),
    );
  });

  test("what was taken away is there again, as it was, for whoever says more of it", () => {
    fc.assert(
      fc.property(sidecar, sidecar, (a, b) => {
        const [log, again] = [{ sidecars: { log: a } }, { sidecars: { log: b } }];
        expect(merge(log, { sidecars: { log: false } }, again)).toEqual(merge(log, again));
      }),
    );
  });

  test("a layer that says nothing changes nothing", () => {
    fc.assert(
      fc.property(values, (a) => {
        expect(merge(a, {})).toEqual(merge(a));
        expect(merge({}, a)).toEqual(merge(a));
        expect(merge(a, Object.fromEntries(Object.keys(a).map((key) => [key, undefined])))).toEqual(merge(a));
      }),
    );
  });

  test("for each value, and each key of a record, the last layer that says it wins", () => {
    fc.assert(
      fc.property(layers, (given) => {
        const winners = new Map(given.flatMap((of) => [...said(of)]));
        expect(said(merge(...given))).toEqual(winners);
      }),
    );
  });

  test("a value knows the layer that it comes from and what it replaced, lowest first", () => {
    fc.assert(
      fc.property(layers, (given) => {
        const named = given.map((of, i) => ({ layer: LAYERS[i]!, values: of }));
        const { values: origins, overridden } = mergeLayers(named, MERGING);
        const history = new Map<string, { layer: LayerName; value: unknown }[]>();
        for (const { layer, values: of } of named)
          for (const [name, value] of said(of)) history.set(name, [...(history.get(name) ?? []), { layer, value }]);
        expect(new Set(origins.keys())).toEqual(new Set(history.keys()));
        for (const [name, entries] of history) {
          expect(origins.get(name)).toEqual(entries.at(-1));
          expect(overridden.get(name) ?? []).toEqual(entries.slice(0, -1));
        }
      }),
    );
  });

  test("layers are left as they were", () => {
    fc.assert(
      fc.property(layers, (given) => {
        const before = structuredClone(given);
        merge(...given);
        expect(given).toEqual(before);
      }),
    );
  });
});

describe("values", () => {
  test.each<[string, Values, Values, Values]>([
    ["undefined says nothing", { replicas: 2 }, { replicas: undefined }, { replicas: 2 }],
    [
      "false is said",
      { disruptionBudget: { maxUnavailable: 1 } },
      { disruptionBudget: false },
      { disruptionBudget: false },
    ],
    ["null is said", { replicas: 2 }, { replicas: null }, { replicas: null }],
    [
      "a union replaces",
      { replicas: { min: 2, max: 8, cpu: 50 } },
      { replicas: { min: 3, max: 4 } },
      { replicas: { min: 3, max: 4 } },
    ],
    ["an array replaces", { args: ["a", "b"] }, { args: ["c"] }, { args: ["c"] }],
    ["a record merges", { env: { A: "1", B: "2" } }, { env: { B: "3" } }, { env: { A: "1", B: "3" } }],
    ["undefined inside of a record says nothing", { env: { A: "1" } }, { env: { A: undefined } }, { env: { A: "1" } }],
    [
      "an entry that is a set of props merges as the props do",
      { sidecars: { log: { image: "a", size: "small", env: { A: "1", B: "2" }, args: ["a"] }, proxy: { image: "b" } } },
      { sidecars: { log: { size: "large", env: { B: "3" }, args: ["b"], image: undefined } } },
      { sidecars: { log: { image: "a", size: "large", env: { A: "1", B: "3" }, args: ["b"] }, proxy: { image: "b" } } },
    ],
    [
      "false takes an entry away, and a golden path passes that on",
      { sidecars: { log: { image: "a" } } },
      { sidecars: { log: false } },
      { sidecars: { log: false } },
    ],
    ["records merge one level deep", { env: { A: { x: 1 } } }, { env: { A: { y: 2 } } }, { env: { A: { y: 2 } } }],
    [
      "an object that is no record of this class replaces",
      { other: { A: 1 } },
      { other: { B: 2 } },
      { other: { B: 2 } },
    ],
  ])("%s", (_, lower, higher, result) => {
    expect(merge(lower, higher)).toEqual(result);
  });

  test("an instance of a class is one value", () => {
    const period = Duration.seconds(5);
    expect(merge({ gracePeriod: "1s" }, { gracePeriod: period })["gracePeriod"]).toBe(period);
  });
});
