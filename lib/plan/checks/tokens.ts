import type { Problem } from "../../core/findings";
import { formatJsonPath, hasToken, isLocal, type JsonPath, splitTokens } from "../../core/tokens";
import type { DraftObject } from "../draft";

/** Whether a string anywhere in a value, or a key, holds a token. */
export function hasTokenInside(json: unknown): boolean {
  if (typeof json === "string") return hasToken(json);
  if (typeof json !== "object" || json === null) return false;
  for (const [key, value] of Object.entries(json)) if (hasToken(key) || hasTokenInside(value)) return true;
  return false;
}

/** Whether a string anywhere in a value holds an output. A digest does not count: it is left out where outputs are not known. */
export function hasOutputInside(json: unknown): boolean {
  if (typeof json === "string")
    return hasToken(json) && splitTokens(json).some((part) => typeof part !== "string" && part.kind !== "digest");
  if (typeof json !== "object" || json === null) return false;
  for (const value of Object.values(json)) if (hasOutputInside(value)) return true;
  return false;
}

const IDENTITY = new Set(["apiVersion", "kind", "metadata.name", "metadata.namespace"]);

/** Tokens where the value must be known beforehand, or where replacing them would break the text around. */
export function checkTokens({ json, hasTokens, hasOutputs, construct }: DraftObject): Problem[] {
  const problems: Problem[] = [];
  if (hasToken(construct.node.path)) {
    problems.push({
      rule: "tokens/in-id",
      message: "a construct id holds an output, which is not known yet",
      fix: "use an id that is known",
    });
  }
  if (!hasTokens) return problems;
  walk(json, [], (path, text, isKey) => {
    const where = formatJsonPath(path);
    const isLabel = path[path.length - 2] === "labels" || path[path.length - 2] === "matchLabels";
    if (isKey || isLabel || IDENTITY.has(where)) {
      problems.push({
        rule: "tokens/in-name",
        message: `${where} ${isKey ? "has a key that holds" : "holds"} an output, which is not known before deploying`,
        fix: "use a value that is known; names, labels and keys decide what the object is",
      });
    } else if (splitTokens(text).some((part) => typeof part !== "string" && isLocal(part))) {
      problems.push({
        rule: "tokens/local",
        message: `${where} holds a coordinate that lives in a Secret, a ConfigMap or the pod, which only variables can`,
        fix: "use it in env of a workload, or in env of its connection()",
      });
    } else if (hasOutputs && isJson(text)) {
      problems.push({
        rule: "tokens/in-json",
        message: `${where} is JSON text with an output inside, which breaks when the value has a quote`,
        fix: "build it with Token.asJson(…) instead of JSON.stringify(…)",
      });
    }
  });
  return problems;
}

function walk(json: unknown, path: JsonPath, found: (path: JsonPath, text: string, isKey: boolean) => void): void {
  if (typeof json === "string") {
    if (hasToken(json)) found(path, json, false);
    return;
  }
  if (typeof json !== "object" || json === null) return;
  for (const [key, value] of Object.entries(json)) {
    if (hasToken(key)) found(path, key, true);
    walk(value, [...path, Array.isArray(json) ? Number(key) : key], found);
  }
}

function isJson(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
