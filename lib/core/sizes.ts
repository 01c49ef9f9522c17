import type { Problem } from "./findings";
import { checkKeys, show } from "./keys";
import { quoted } from "./lists";
import { isPlainObject } from "./merge";
import type { BuiltinTier, Named } from "./scope";
import { type Bytes, type Cpu, formatKibibytes, formatMillicores, toKibibytes, toMillicores } from "./units";

/** What the name of a size means. */
export interface Size {
  /** CPU that is requested. */
  readonly cpu: Cpu;
  /** Memory that is requested, and the limit of it. */
  readonly memory: Bytes;
}

/**
 * What the name of a size means on a platform: the same everywhere, or by tier. A tier of the platform's own that is not there has what the
 * tier has that it is like, then `default`.
 */
export type SizeFacts<T extends string = string> =
  Size | { readonly [P in T | BuiltinTier | "default"]?: Size | undefined };

/** What the names of sizes mean where the platform says nothing. */
export const SIZES: Named<Size> = {
  small: { cpu: "100m", memory: "128Mi" },
  medium: { cpu: "500m", memory: "512Mi" },
  large: { cpu: 2, memory: "2Gi" },
};

/**
 * What the names of sizes mean in a tier.
 *
 * @param given - what the platform says of them, over what they mean by themselves
 * @param tiers - the tier, and the built-in one that it is like
 */
export function sizesIn(given: Named<SizeFacts | undefined>, tiers: readonly string[]): Named<Size> {
  const sizes: Record<string, Size> = { ...SIZES };
  for (const [name, facts] of Object.entries(given)) {
    const size = facts && sizeIn(facts, tiers);
    if (size) sizes[name] = size;
  }
  return sizes;
}

function sizeIn(facts: SizeFacts, tiers: readonly string[]): Size | undefined {
  if (isSize(facts)) return facts;
  for (const tier of [...tiers, "default"]) {
    const size = Object.hasOwn(facts, tier) ? facts[tier] : undefined;
    if (size) return size;
  }
  return undefined;
}

function isSize(facts: SizeFacts): facts is Size {
  return "cpu" in facts || "memory" in facts;
}

/** As an answer to what a size is: `100m CPU, 128Mi memory`. */
export function describeSize({ cpu, memory }: Size): string | undefined {
  const [millicores, kibibytes] = [toMillicores(cpu), toKibibytes(memory)];
  if (millicores === undefined || kibibytes === undefined) return undefined;
  return `${formatMillicores(millicores)} CPU, ${formatKibibytes(kibibytes)} memory`;
}

/**
 * Everything that is wrong with what a platform says of sizes.
 *
 * @param tiers - all tiers that there are
 * @param used - the tiers that environments have, each with the built-in one that it is like
 */
export function checkSizes(
  given: Named<SizeFacts | undefined>,
  tiers: readonly string[],
  used: readonly (readonly string[])[],
): Problem[] {
  return Object.entries<unknown>(given).flatMap(([name, facts]): Problem[] => {
    const where = `sizes.${name}`;
    if (facts === undefined) return [];
    if (!isPlainObject(facts)) return [badSize(where, facts)];
    const said = facts as SizeFacts;
    if (isSize(said)) return checkSize(where, said);
    const missing = new Set(used.filter((of) => !sizeIn(said, of)).map(([tier]) => tier ?? ""));
    return [
      ...checkKeys(where, facts, [...tiers, "default"]),
      ...Object.entries(facts).flatMap(([tier, size]) =>
        size === undefined || (!tiers.includes(tier) && tier !== "default") ? [] : checkSize(`${where}.${tier}`, size),
      ),
      ...(missing.size === 0
        ? []
        : [
            {
              rule: "facts/size",
              message: `${where} means nothing in tier ${quoted([...missing])}`,
              fix: `say it for ${missing.size > 1 ? "each" : "that"}, or as default`,
            },
          ]),
    ];
  });
}

function checkSize(where: string, size: unknown): Problem[] {
  if (!isPlainObject(size)) return [badSize(where, size)];
  const { cpu, memory } = size;
  return [
    ...checkKeys(where, size, ["cpu", "memory"]),
    ...(toMillicores(cpu as Cpu) === undefined
      ? [badAmount(`${where}.cpu`, cpu, "cpu", '"250m" or a number of cores')]
      : []),
    ...(toKibibytes(memory as Bytes) === undefined
      ? [badAmount(`${where}.memory`, memory, "memory", '"256Mi" or "1Gi"')]
      : []),
  ];
}

function badSize(where: string, size: unknown): Problem {
  return {
    rule: "facts/size",
    message: `${where} ${show(size)} is no size`,
    fix: 'write { cpu: "500m", memory: "1Gi" }',
  };
}

function badAmount(where: string, value: unknown, what: string, example: string): Problem {
  return {
    rule: "facts/size",
    message:
      value === undefined ? `${where} is missing` : `${where} ${show(value)} is not an amount of ${what} above zero`,
    fix: `write ${example}`,
  };
}
