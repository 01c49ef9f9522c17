import type { Problem } from "../../core/findings";
import { hasPreviewName } from "../../core/previews";
import type { EnvironmentScope } from "../../core/scope";
import { hasToken } from "../../core/tokens";
import type { DraftObject } from "../draft";
import { claimsOf } from "./claims";

/**
 * What an object of a preview would take away from its twin of the base environment, which stands in the same namespace of the same
 * cluster: its name, or its requests. The twin is in another stack, so only the names can tell.
 */
export function checkPreview({ json }: DraftObject, { preview, name: base }: EnvironmentScope): Problem[] {
  if (!preview) return [];
  const { name } = json.metadata;
  const tells = (text: string): boolean => hasToken(text) || hasPreviewName(text, preview.name);
  const hosts = new Set(claimsOf(json).map(({ host }) => host));
  return [
    ...(tells(name)
      ? []
      : [
          {
            rule: "previews/name",
            message: `${json.kind} "${name}" does not have the name of preview "${preview.name}" in its own, so it would be that of "${base}"`,
            fix: `leave the name out, or in a preview call it "${name}-${preview.name}", by environment.preview.name`,
          },
        ]),
    ...[...hosts]
      .filter((host) => !tells(host))
      .map((host) => ({
        rule: "previews/host",
        message: `${json.kind} "${name}" of preview "${preview.name}" serves ${host === "*" ? "any host" : `host "${host}"`}, as "${base}" may`,
        fix: "leave hosts out in a preview, or put environment.preview.name into them",
      })),
  ];
}
