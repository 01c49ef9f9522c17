import type { Problem } from "../core/findings";
import type { BuiltinTier } from "../core/scope";
import { didYouMean } from "../core/suggest";
import type { Names } from "./facts";

/** The cases that `Environment.select` knows: `preview`, environments, own tiers, built-in tiers, `default`. */
export type SelectKey<X extends Names> = "preview" | X["environment"] | X["tier"] | BuiltinTier | "default";

const ALWAYS = ["preview", "development", "staging", "production", "default"];

/** The value of the first case that is there, else of `default`. */
export function selectCase<T>(cases: Readonly<Record<string, T>>, mostSpecificFirst: readonly string[]): T | undefined {
  for (const name of [...mostSpecificFirst, "default"]) if (Object.hasOwn(cases, name)) return cases[name];
  return undefined;
}

/** Problems of cases that no environment can ever have. */
export function checkSelect(cases: readonly string[], environmentsAndTiers: readonly string[]): Problem[] {
  const known = [...environmentsAndTiers, ...ALWAYS];
  return cases
    .filter((name) => !known.includes(name))
    .map((name) => ({
      rule: "select/unknown-case",
      message: `select() has a case "${name}", which is neither an environment nor a tier`,
      fix: didYouMean(name, known),
    }));
}
