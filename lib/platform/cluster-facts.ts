import { rangeOf } from "../core/address-ranges";
import type { Capability, TrafficSource } from "../core/capability";
import type { Problem } from "../core/findings";
import { checkKeys, show } from "../core/keys";
import { twice } from "../core/lists";
import { checkLabels, isDnsLabel, isDnsSubdomain } from "../core/names";
import type { DnsServer } from "../core/scope";

/** What is wrong with what a cluster is said to offer. */
export function checkCapabilities(where: string, capabilities: readonly Capability[]): Problem[] {
  const names = capabilities.map(({ name }) => name);
  return [
    ...twice(names).map((name) => ({
      rule: "facts/capability",
      message: `${where}.capabilities has "${name}" twice`,
      fix: "say it once",
    })),
    ...capabilities.flatMap(({ name, offer }) =>
      namesIn(offer)
        .filter((given) => !isDnsSubdomain(given))
        .map((given) => ({
          rule: "facts/capability",
          message: `${where}.capabilities: ${name} names an object "${given}", which cannot be one`,
          fix:
            name === "gateway-api"
              ? 'write the gateway as "<namespace>/<name>"'
              : "use the name of an object that is there",
        })),
    ),
    ...capabilities.flatMap((capability) => checkFrom(`${where}.capabilities: ${capability.name}`, capability, names)),
  ];
}

/** Names of objects that a capability is about. */
function namesIn(offer: Capability["offer"]): string[] {
  switch (offer.name) {
    case "gateway-api":
      return [offer.gateway.namespace, offer.gateway.name];
    case "ingress":
      return [offer.className];
    case "cert-manager":
      return [offer.issuer];
    case "external-secrets":
      return [offer.store];
    default:
      return [];
  }
}

/** What is wrong with whom policies are to admit for a capability. */
function checkFrom(where: string, { offer }: Capability, names: readonly string[]): Problem[] {
  const from: TrafficSource | undefined = "from" in offer ? offer.from : undefined;
  if (from === undefined) return [];
  const problem = (message: string, fix: string): Problem => ({
    rule: "facts/capability",
    message: `${where}: ${message}`,
    fix,
  });
  const said = [from.namespace, from.cidrs, from.entity].filter((one) => one !== undefined);
  if (said.length !== 1) {
    return [problem(`from ${show(from)} does not say who, in one way`, 'write it as { namespace: "ingress-nginx" }')];
  }
  if (from.cidrs !== undefined)
    return rangeFaults(from.cidrs).map((fault) => problem(`from.cidrs ${fault}`, RANGE_FIX));
  if (from.namespace !== undefined) {
    if (isDnsLabel(from.namespace)) return [];
    return [problem(`from.namespace ${show(from.namespace)} is no name of a namespace`, "name one that is there")];
  }
  const entity: unknown = from.entity;
  if (entity !== "ingress") return [problem(`from.entity ${show(entity)} is not known`, 'write { entity: "ingress" }')];
  if (names.includes("cilium")) return [];
  return [
    problem(
      `from.entity "ingress" is Cilium's, which the cluster does not have`,
      "add Capability.cilium(), or say a namespace or cidrs",
    ),
  ];
}

const RANGE_FIX = 'write ranges of addresses, as in ["203.0.113.0/24"]';

/** What is wrong with a list of ranges, each as the end of a sentence. */
function rangeFaults(cidrs: readonly unknown[]): string[] {
  if (!Array.isArray(cidrs)) return [`${show(cidrs)} is no list`];
  if (cidrs.length === 0) return ["is empty"];
  return cidrs
    .filter((cidr) => typeof cidr !== "string" || !rangeOf(cidr))
    .map((cidr) => `has ${show(cidr)}, which is no range of addresses`);
}

/** What is wrong with where the pods of a cluster are to ask for names. */
export function checkDns(where: string, servers: readonly DnsServer[]): Problem[] {
  const problem = (message: string, fix: string): Problem => ({ rule: "facts/dns", message, fix });
  if (servers.length === 0)
    return [problem(`${where} is empty, and no pod could find anything`, "say who answers, or leave it out")];
  return servers.flatMap((server, i) => {
    const at = `${where}[${i}]`;
    const { namespace, labels, cidrs, port = 53 } = server;
    const problems = checkKeys(at, server, ["namespace", "labels", "cidrs", "port"]);
    if (!Number.isInteger(port) || port < 1 || port > 65_535)
      problems.push(problem(`${at}.port ${show(port)} is not a port`, "use a whole number from 1 to 65535"));
    if (cidrs !== undefined && namespace === undefined && labels === undefined)
      return [...problems, ...rangeFaults(cidrs).map((fault) => problem(`${at}.cidrs ${fault}`, RANGE_FIX))];
    if (cidrs !== undefined || namespace === undefined || Object.keys(labels ?? {}).length === 0) {
      const fix =
        'write { namespace: "kube-system", labels: { "k8s-app": "kube-dns" } } or { cidrs: ["169.254.20.10/32"] }';
      return [...problems, problem(`${at} ${show(server)} says neither pods nor addresses alone`, fix)];
    }
    if (!isDnsLabel(namespace))
      problems.push(problem(`${at}.namespace ${show(namespace)} is no name of a namespace`, "name one that is there"));
    return [...problems, ...checkLabels(labels)];
  });
}
