import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkSizes, describeSize, SIZES, type SizeFacts, sizesIn } from "../../lib/core/sizes";

const TIERS = ["development", "staging", "production", "regulated"];
const size = (cpu: number) => ({ cpu, memory: `${cpu}Gi` }) as const;

describe("what the names of sizes mean", () => {
  test("is what they mean by themselves, where the platform says nothing", () => {
    expect(sizesIn({}, ["development", "development"])).toEqual(SIZES);
  });

  test("is what the platform says, over that and besides", () => {
    expect(sizesIn({ small: size(1), huge: size(8) }, ["staging", "staging"])).toEqual({
      ...SIZES,
      small: size(1),
      huge: size(8),
    });
  });

  test.each<[string, SizeFacts, number]>([
    ["its own tier before all", { regulated: size(1), production: size(2), default: size(3) }, 1],
    ["the tier that it is like", { development: size(1), production: size(2), default: size(3) }, 2],
    ["the default", { development: size(1), default: size(3) }, 3],
  ])("follows %s", (_, facts, cpu) => {
    expect(sizesIn({ huge: facts }, ["regulated", "production"])["huge"]).toEqual(size(cpu));
  });

  test("is said as Kubernetes would", () => {
    expect(describeSize({ cpu: 0.25, memory: "1024Mi" })).toBe("250m CPU, 1Gi memory");
    expect(describeSize({ cpu: "2000m", memory: "1.5Gi" })).toBe("2 CPU, 1536Mi memory");
  });
});

test("facts without problems give every size to every tier that is used", () => {
  const amount = fc.integer({ min: 1, max: 64 }).map(size);
  const byTier = fc.dictionary(fc.constantFrom(...TIERS, "default"), amount);
  const facts = fc.dictionary(fc.constantFrom("small", "huge", "tiny"), fc.oneof(amount, byTier));
  const used = fc.subarray([
    ["development", "development"],
    ["staging", "staging"],
    ["production", "production"],
    ["regulated", "production"],
  ]);
  fc.assert(
    fc.property(facts, used, (given, tiers) => {
      const isFine = checkSizes(given, TIERS, tiers).length === 0;
      const hasAll = tiers.every((tier) => {
        const sizes = sizesIn(given, tier);
        return Object.entries(given).every(([name, said]) =>
          [said, ...Object.values(said as object)].includes(sizes[name]),
        );
      });
      expect(isFine).toBe(hasAll);
    }),
  );
});
