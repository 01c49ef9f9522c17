import type { Problem } from "../../core/findings";
import { show } from "../../core/keys";

/** What is wrong with the words of a command; of one that is run, there is at least one. */
export function checkWords(where: string, words: readonly unknown[] | undefined, fewest: 0 | 1 = 0): Problem[] {
  if (words === undefined) return [];
  if (Array.isArray(words) && words.length >= fewest && words.every((word) => typeof word === "string")) return [];
  return [
    {
      rule: "containers/command",
      message: `${where} ${show(words)} is not a list of words`,
      fix: 'write each word as text, as in ["serve", "--port=8080"]',
    },
  ];
}
