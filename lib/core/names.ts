import type { Problem } from "./findings";
import { LABEL } from "./labels";
import { show } from "./keys";

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

/**
 * Whether Kubernetes takes it as the name of a variable.
 *
 * @see https://kubernetes.io/docs/tasks/inject-data-application/define-environment-variable-container/
 */
export function isVariableName(name: string): boolean {
  return /^(?!\.{1,2}$|\.\.)[A-Za-z_.-][A-Za-z0-9_.-]*$/.test(name);
}

/** Names of objects that each namespace of a tenant has: an application's program would write over them. */
const TENANTS_OWN: Readonly<Record<string, string>> = {
  "allow-dns": "NetworkPolicy",
  "default-deny": "NetworkPolicy",
  default: "ServiceAccount",
};

/** Problems of the name of a workload, which its NetworkPolicy and its ServiceAccount have, too. */
export function checkReservedName(name: string): Problem[] {
  if (!Object.hasOwn(TENANTS_OWN, name)) return [];
  return [
    {
      rule: "names/reserved",
      message: `workload name "${name}" is that of a ${TENANTS_OWN[name]} which the tenant has itself`,
      fix: "give it another id",
    },
  ];
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

/**
 * Problems of a name that a Service has: before Kubernetes 1.36 it begins with a letter.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#rfc-1035-label-names
 */
export function checkServiceName(name: string): Problem[] {
  if (!/^[0-9]/.test(name)) return [];
  return [
    {
      rule: "names/service",
      message: `workload name "${name}" begins with a digit, which Kubernetes before 1.36 does not take as the name of a Service`,
      fix: "begin it with a letter",
    },
  ];
}

/** Problems of labels that become Kubernetes labels. */
export function checkLabels(labels: Readonly<Record<string, string | undefined>>): Problem[] {
  const problems: Problem[] = [];
  for (const [key, value] of Object.entries(labels)) {
    if (value === undefined) continue;
    if (key === UNWRITABLE) {
      problems.push({ rule: "labels/invalid-key", ...unwritable("label key") });
    } else if (!isQualifiedName(key)) {
      problems.push({
        rule: "labels/invalid-key",
        message: `label key "${key}" is not one that Kubernetes takes`,
        fix: 'write it as "example.com/name" or "name", with at most 63 characters after the slash',
      });
    }
    if (typeof value !== "string" || value.length > MAX_LABEL || !LABEL_VALUE.test(value)) {
      problems.push({
        rule: "labels/invalid-value",
        message: `value ${show(value)} of label "${key}" is not one that Kubernetes takes`,
        fix: "use at most 63 letters, digits, - _ and ., or put it into an annotation",
      });
    }
  }
  return problems;
}

const RESERVED_LABELS: readonly string[] = Object.values(LABEL);

/** Problems of labels that somebody gives, among which there must be none that Flagstone sets. */
export function checkOwnLabels(labels: Readonly<Record<string, string | undefined>>): Problem[] {
  const isReserved = (key: string): boolean => RESERVED_LABELS.includes(key) || key.startsWith("flagstone.dev/");
  const reserved = Object.keys(labels).filter(isReserved);
  return [
    ...checkLabels(labels),
    ...reserved.map((key) => ({
      rule: "labels/reserved",
      message: `label "${key}" is set by Flagstone`,
      fix: "use another key",
    })),
  ];
}

/**
 * Most bytes that the keys and values of an object's annotations have together.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/
 */
const MAX_ANNOTATIONS = 2 ** 18;

/** What is wrong with annotations: their keys are like those of labels, their values any text. */
export function checkAnnotations(where: string, annotations: Readonly<Record<string, unknown>>): Problem[] {
  const problems = Object.entries(annotations).flatMap(([key, value]) => {
    if (key === UNWRITABLE) return [{ rule: "annotations/invalid", ...unwritable(`the key in ${where}`) }];
    if (value === undefined || (isQualifiedName(key) && typeof value === "string")) return [];
    return [
      {
        rule: "annotations/invalid",
        message: `${where} has ${show(key)}: ${show(value)}, which Kubernetes does not take`,
        fix: 'write the key as "example.com/name" or "name", and the value as text',
      },
    ];
  });
  const bytes = Object.entries(annotations).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(`${key}${typeof value === "string" ? value : ""}`),
    0,
  );
  if (bytes <= MAX_ANNOTATIONS) return problems;
  const message = `${where} has ${bytes} bytes, and the API server takes ${MAX_ANNOTATIONS}`;
  return [...problems, { rule: "annotations/size", message, fix: "put what is large into a file" }];
}

// cdk8s takes a record with this key for an instance of a class, which it does not write.
const UNWRITABLE = "constructor";

function unwritable(what: string): Pick<Problem, "message" | "fix"> {
  return {
    message: `${what} "${UNWRITABLE}" cannot be written`,
    fix: `put a prefix before it, as in "example.com/${UNWRITABLE}"`,
  };
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
