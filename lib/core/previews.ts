import type { Runnable } from "./host";
import { isDnsLabel } from "./names";
import { didYouMean } from "./suggest";

const PREVIEW = /^(pr|preview)-./;

/** Whether a stack of this name is a preview, in a program that has previews: `pr-12`, `preview-new-basket`. */
export function isPreviewName(name: string): boolean {
  return PREVIEW.test(name) && isDnsLabel(name);
}

/** Whether a name of an object tells it from its twins of the base environment and of other previews. */
export function hasPreviewName(name: string, preview: string): boolean {
  return `-${name}-`.replace(/[^a-z0-9]+/gi, "-").includes(`-${preview}-`);
}

/** What to do about a name that none of these programs knows as an environment. */
export function suggestEnvironment(
  name: string,
  programs: readonly Pick<Runnable, "environmentNames" | "previewsFrom">[],
): string {
  const known = [...new Set(programs.flatMap(({ environmentNames }) => environmentNames))];
  const advice = didYouMean(name, known);
  if (advice.endsWith("?")) return advice;
  const hasPreviews = programs.some(({ previewsFrom }) => previewsFrom !== undefined);
  if (hasPreviews) return `${advice}; previews are called pr-… or preview-…, as DNS labels`;
  return isPreviewName(name) ? `${advice}; previews: { from: … } of an application lets it have previews` : advice;
}
