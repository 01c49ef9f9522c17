import { isMap, type Json, leaves, same, said } from "../json";

/** One difference between two views. */
export interface Difference {
  /** Keys from the top of the view downwards. */
  readonly path: readonly string[];
  /** What was there; undefined where there was nothing. */
  readonly before: Json | undefined;
  readonly after: Json | undefined;
  /** Where one side ends: keys of the whole map that is there, or not there. */
  readonly root: readonly string[];
}

/** All differences, each as far down as both sides have maps. */
export function differences(
  before: Json | undefined,
  after: Json | undefined,
  path: readonly string[] = [],
): Difference[] {
  if (same(before, after)) return [];
  if (isMap(before) && isMap(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap((key) => differences(before[key], after[key], [...path, key]));
  }
  if (isTable(before) && isTable(after) && before.length === after.length) {
    return before.flatMap((item, i) => differences(item, after[i], [...path, said(i)]));
  }
  return split({ path, before, after, root: path });
}

/** A list of maps. */
function isTable(value: Json | undefined): value is Json[] {
  return Array.isArray(value) && value.length > 0 && value.every(isMap);
}

/** What is there on one side only is told apart by its own keys. */
function split(difference: Difference): Difference[] {
  const { path, before, after, root } = difference;
  const known = before ?? after;
  if ((before !== undefined && after !== undefined) || !isMap(known) || Object.keys(known).length === 0)
    return [difference];
  return Object.entries(known).flatMap(([key, value]) =>
    split({
      path: [...path, key],
      before: before === undefined ? undefined : value,
      after: after === undefined ? undefined : value,
      root,
    }),
  );
}

/** Number of values that a difference is about. */
export function fieldsOf({ before, after }: Difference): number {
  return Math.max(before === undefined ? 0 : leaves(before), after === undefined ? 0 : leaves(after));
}
