import type { KubeObject } from "../core/amend";
import { groupKindOf } from "./kinds";

/** The Secret that an object of an operator stands for, by name. */
export function secretMadeBy(object: KubeObject): string | undefined {
  if (groupKindOf(object) !== "external-secrets.io/ExternalSecret") return undefined;
  const spec = object["spec"] as { readonly target?: { readonly name?: unknown } | null } | undefined;
  const name = spec?.target?.name;
  return typeof name === "string" ? name : object.metadata.name;
}

// Where pods name a Secret: variables, all keys as variables; volumes, parts of projected volumes.
const PLACES: Readonly<Record<string, string>> = { secretKeyRef: "name", secretRef: "name", secret: "secretName" };

/** Names of the Secrets that the pods of an object use, wherever in it they stand. */
export function secretsUsedBy(object: KubeObject): ReadonlySet<string> {
  const names = new Set<string>();
  gather(object["spec"], names);
  return names;
}

function gather(json: unknown, names: Set<string>): void {
  if (typeof json !== "object" || json === null) return;
  for (const [key, value] of Object.entries(json)) {
    const reference = value as Readonly<Record<string, unknown>> | null;
    const place = PLACES[key];
    if (place !== undefined && typeof reference === "object" && reference !== null) {
      const name = reference[place] ?? reference["name"]; // a projected volume says it so
      if (typeof name === "string") names.add(name);
    }
    gather(value, names);
  }
}
