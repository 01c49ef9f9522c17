import fc from "fast-check";
import { expect, test } from "vitest";
import { selectCase } from "../../lib/platform/select";
import { type AcmeEnvironment, brief, platformThat } from "../testing/fixtures";

function environment(name: "dev" | "prod" | "stage"): AcmeEnvironment {
  return platformThat(() => undefined).instantiate(name) as AcmeEnvironment;
}

test.each([
  ["its name before all", { prod: 1, regulated: 2, production: 3, default: 4 }, 1],
  ["its tier before the built-in one", { regulated: 2, production: 3, default: 4 }, 2],
  ["the built-in tier that its own is like", { production: 3, default: 4 }, 3],
  ["the default when nothing else fits", { dev: 1, staging: 2, default: 4 }, 4],
  ["nothing when nothing fits", { dev: 1, staging: 2 }, undefined],
])("an environment of an own tier selects %s", (_, cases, chosen) => {
  expect(environment("prod").select(cases as Record<"default", number>)).toBe(chosen);
});

test("environments of built-in tiers select by name, tier, default", () => {
  const cases = { dev: "by name", staging: "by tier", default: "by default" };
  expect(environment("dev").select(cases)).toBe("by name");
  expect(environment("stage").select(cases)).toBe("by tier");
  expect(environment("prod").select(cases)).toBe("by default");
});

test("the order in which cases are written does not matter", () => {
  const names = ["prod", "regulated", "production", "default"];
  fc.assert(
    fc.property(fc.shuffledSubarray(names), (written) => {
      const cases = Object.fromEntries(written.map((name) => [name, name]));
      expect(environment("prod").select(cases as Record<"default", string>)).toBe(
        names.find((n) => written.includes(n)),
      );
    }),
  );
});

test("a case that is said to be undefined, false or null is the one that is taken", () => {
  for (const value of [undefined, false, null, 0, ""])
    expect(environment("dev").select<unknown, "dev" | "default">({ dev: value, default: 1 })).toBe(value);
});

test("what every object has by nature is no case", () => {
  expect(selectCase({ default: 1 }, ["constructor", "toString"])).toBe(1);
});

test("a case that no environment can have is a finding, once", () => {
  const broken = environment("dev");
  const misspelled = { producton: 3, default: 1 } as unknown as { production: number; default: number };
  expect(broken.select(misspelled)).toBe(1);
  broken.select(misspelled);
  const findings = broken.problems.map(
    (problem) => ({ severity: "error", owner: "", path: "dev", ...problem }) as const,
  );
  expect(brief(findings as never)).toEqual([
    'select/unknown-case dev: select() has a case "producton", which is neither an environment nor a tier; did you mean "production"?',
  ]);
});
