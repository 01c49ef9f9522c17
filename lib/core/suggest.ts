/** Number of single-character edits (insert, delete, replace, swap of neighbors) that turn `a` into `b`. */
function distance(a: string, b: string): number {
  let previous: number[] = [];
  let current = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = (current[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let best = Math.min((current[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, replace);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (previous[j - 2] ?? 0) + 1);
      }
      next.push(best);
    }
    previous = current;
    current = next;
  }
  return current[b.length] ?? 0;
}

/** The known word that was probably meant, if one is close enough. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const d = distance(word.toLowerCase(), candidate.toLowerCase());
    if (d < bestDistance) {
      best = candidate;
      bestDistance = d;
    }
  }
  return best;
}

/** `did you mean "replicas"?`, or a list of what there is. */
export function didYouMean(word: string, known: readonly string[]): string {
  const meant = nearest(word, known);
  if (meant !== undefined) return `did you mean "${meant}"?`;
  return known.length === 0
    ? "there is none"
    : `known are ${[...known]
        .sort()
        .map((k) => `"${k}"`)
        .join(", ")}`;
}
