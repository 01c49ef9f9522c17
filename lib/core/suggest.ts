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
  return best ?? partOf(word.toLowerCase(), known);
}

/** `health` for `healthCheck`: one begins with the other, and both are more than a syllable. */
function partOf(word: string, known: readonly string[]): string | undefined {
  const fits = known.filter((candidate) => {
    const [short = "", long = ""] = [word, candidate.toLowerCase()].sort((a, b) => a.length - b.length);
    return short.length >= 4 && long.startsWith(short);
  });
  return fits.length === 1 ? fits[0] : undefined;
}

/** `did you mean "replicas"?`, or a list of what there is. */
export function didYouMean(word: unknown, known: readonly string[]): string {
  const meant = typeof word === "string" ? nearest(word, known) : undefined;
  if (meant !== undefined) return `did you mean "${meant}"?`;
  return known.length === 0
    ? "there is none"
    : `known are ${[...known]
        .sort()
        .map((k) => `"${k}"`)
        .join(", ")}`;
}
