import type { Problem } from "./findings";

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const LABEL_NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Longest DNS label, and so the longest name of most things. */
export const MAX_LABEL = 63;

/** Whether Kubernetes takes it as the name of a Namespace or Service (RFC 1123 label). */
export function isDnsLabel(name: string, maxLength = MAX_LABEL): boolean {
  return name.length > 0 && name.length <= maxLength && DNS_LABEL.test(name);
}

/** Whether Kubernetes takes it as the name of most objects (RFC 1123 subdomain). */
export function isDnsSubdomain(name: string): boolean {
  return name.length > 0 && name.length <= 253 && DNS_SUBDOMAIN.test(name);
}

/**
 * Whether Kubernetes takes it as the name of a port.
 *
 * @see https://datatracker.ietf.org/doc/html/rfc6335#section-5.1
 */
export function isPortName(name: string): boolean {
  return /^(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*$/.test(name);
}

/** The DNS label nearest to what was written, for a fix; undefined when nothing is left of it. */
export function suggestDnsLabel(name: string, maxLength = MAX_LABEL): string | undefined {
  const label = name
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, maxLength)
    .replace(/-+$/, "");
  return label === "" ? undefined : label;
}

/** The label value nearest to a text. */
export function suggestLabelValue(text: string): string {
  return text
    .replace(/[^A-Za-z0-9_.-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+/, "")
    .slice(0, MAX_LABEL)
    .replace(/[^A-Za-z0-9]+$/, "");
}

/** Problems of a name that becomes a DNS label. */
export function checkDnsLabel(what: string, name: string, maxLength = MAX_LABEL): Problem[] {
  if (isDnsLabel(name, maxLength)) return [];
  const suggestion = suggestDnsLabel(name, maxLength);
  return [
    {
      rule: "names/invalid",
      message: `${what} "${name}" is not a DNS label (lower-case letters, digits and "-", at most ${maxLength} characters)`,
      fix: suggestion === undefined ? "choose a name of letters, digits and -" : `call it "${suggestion}"`,
    },
  ];
}

/** Problems of labels that become Kubernetes labels. */
export function checkLabels(labels: Readonly<Record<string, string | undefined>>): Problem[] {
  const problems: Problem[] = [];
  for (const [key, value] of Object.entries(labels)) {
    if (value === undefined) continue;
    if (!isQualifiedName(key)) {
      problems.push({
        rule: "labels/invalid-key",
        message: `label key "${key}" is not one that Kubernetes takes`,
        fix: 'write it as "example.com/name" or "name", with at most 63 characters after the slash',
      });
    }
    if (typeof value !== "string" || value.length > MAX_LABEL || !LABEL_VALUE.test(value)) {
      problems.push({
        rule: "labels/invalid-value",
        message: `value ${JSON.stringify(value)} of label "${key}" is not one that Kubernetes takes`,
        fix: "use at most 63 letters, digits, - _ and ., or put it into an annotation",
      });
    }
  }
  return problems;
}

/** What is wrong with annotations: their keys are like those of labels, their values any text. */
export function checkAnnotations(where: string, annotations: Readonly<Record<string, unknown>>): Problem[] {
  return Object.entries(annotations).flatMap(([key, value]) => {
    if (value === undefined || (isQualifiedName(key) && typeof value === "string")) return [];
    return [
      {
        rule: "annotations/invalid",
        message: `${where} has ${JSON.stringify(key)}: ${JSON.stringify(value)}, which Kubernetes does not take`,
        fix: 'write the key as "example.com/name" or "name", and the value as text',
      },
    ];
  });
}

function isQualifiedName(key: string): boolean {
  const [name = "", prefix] = key.split("/").reverse();
  return (
    key.split("/").length <= 2 &&
    name.length <= MAX_LABEL &&
    LABEL_NAME.test(name) &&
    (prefix === undefined || isDnsSubdomain(prefix))
  );
}
