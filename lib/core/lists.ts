/** Items by what they have in common, in their order. */
export function groupBy<T>(items: Iterable<T>, keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/** What a list has more than once, each once. */
export function twice(list: readonly string[]): string[] {
  return [...new Set(list.filter((item, i) => list.indexOf(item) !== i))];
}

/** `"a", "b"`, for messages. */
export function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}

/** `cluster "eu"`, or `clusters "eu", "us"`. */
export function quotedClusters(names: readonly string[]): string {
  return `${names.length > 1 ? "clusters" : "cluster"} ${quoted(names)}`;
}

/** A list as the program says it; none where plain JavaScript says something else, which the checks of a prop report. */
export function listOf<T>(given: readonly T[] | undefined): readonly T[] {
  return Array.isArray(given) ? (given as readonly T[]) : [];
}
