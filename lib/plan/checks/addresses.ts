import type { KubeObject } from "../../core/amend";
import type { Component } from "../../core/component";
import { isPlainObject } from "../../core/merge";
import type { Problem } from "../../core/findings";
import type { DraftObject } from "../draft";
import { groupKindOf, podTemplateOf } from "../kinds";

/** An address in text, as in `http://cart.shop.svc:8080/v1`: name of a Service, its namespace where that is said, and the port. */
export interface Address {
  readonly service: string;
  readonly namespace: string | undefined;
  readonly port: number;
}

const LABEL = "[a-z](?:[-a-z0-9]*[a-z0-9])?";
const ADDRESS = new RegExp(
  `(?<![\\w.-])(?:(?<scheme>https?)://)?(?<service>${LABEL})(?:\\.(?<namespace>${LABEL})(?:\\.svc(?:\\.cluster\\.local)?)?)?(?::(?<port>\\d{1,5}))?(?![\\w.:-])`,
  "g",
);
const PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 };

/** What could be addresses of Services in a text: with a port, or with a scheme that has one. */
export function addressesIn(text: string): Address[] {
  if (!text.includes(":")) return []; // most texts, and long ones that are read in no time so
  return [...text.matchAll(ADDRESS)].flatMap(({ groups = {} }) => {
    const { scheme = "", service = "", namespace, port } = groups;
    const number = port === undefined ? PORTS[scheme] : Number(port);
    return number === undefined ? [] : [{ service, namespace, port: number }];
  });
}

/**
 * Variables that hold the address of a workload to which there is no connection: the program would run, and its calls be held off.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
 */
export function checkAddresses(
  objects: readonly DraftObject[],
): { readonly component: Component; readonly problem: Problem }[] {
  const services = new Map<string, DraftObject>();
  const closed = new Set<Component>();
  for (const object of objects) {
    const kind = groupKindOf(object.json);
    if (kind === "core/Service") services.set(keyOf(object, object.json.metadata.name, undefined), object);
    if (kind === "networking.k8s.io/NetworkPolicy" && closesEgress(object.json)) closed.add(object.component);
  }
  const found = new Map<string, { component: Component; problem: Problem }>();
  for (const object of objects) {
    const { component } = object;
    if (!closed.has(component)) continue;
    for (const { name, value } of variablesOf(object.json)) {
      for (const address of addressesIn(value)) {
        const target = services.get(keyOf(object, address.service, address.namespace));
        if (!target || target.component === component || !hasPort(target.json, address.port)) continue;
        const path = target.component.node.path;
        if (component.relations.some(({ to }) => to === path || to.startsWith(`${path}.`))) continue;
        const problem = notConnected(name, path);
        found.set(`${component.node.path} ${problem.message}`, { component, problem });
      }
    }
  }
  return [...found.values()];
}

function notConnected(variable: string, path: string): Problem {
  return {
    rule: "connections/missing",
    severity: "warning",
    message: `env.${variable} is an address of "${path}", which it is not connected to: its NetworkPolicy lets no traffic out to there`,
    fix: `add it to connections; to keep the variable: .connection({ env: ({ address }) => ({ ${variable}: address }) })`,
  };
}

function keyOf({ cluster, json }: DraftObject, name: string, namespace: string | undefined): string {
  return [cluster.name, namespace ?? json.metadata.namespace ?? "", name].join("/");
}

function closesEgress(json: KubeObject): boolean {
  const policyTypes = fieldOf(json["spec"], "policyTypes");
  return Array.isArray(policyTypes) && policyTypes.includes("Egress");
}

function hasPort(json: KubeObject, port: number): boolean {
  return listOf(json["spec"], "ports").some((each) => fieldOf(each, "port") === port);
}

/** Variables with text, of the containers of the pods that an object makes. */
function variablesOf(json: KubeObject): { readonly name: string; readonly value: string }[] {
  const spec = fieldOf(podTemplateOf(groupKindOf(json), json), "spec");
  return [...listOf(spec, "containers"), ...listOf(spec, "initContainers")].flatMap((container) =>
    listOf(container, "env").flatMap((variable) => {
      const [name, value] = [fieldOf(variable, "name"), fieldOf(variable, "value")];
      return typeof name === "string" && typeof value === "string" ? [{ name, value }] : [];
    }),
  );
}

/** A field of what is an object in what Kubernetes takes; what a transform made of it may be anything. */
function fieldOf(json: unknown, field: string): unknown {
  return isPlainObject(json) ? json[field] : undefined;
}

function listOf(json: unknown, field: string): readonly unknown[] {
  const list = fieldOf(json, field);
  return Array.isArray(list) ? list : [];
}
