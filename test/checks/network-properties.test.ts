// The evaluator against a second one: slow, without any index, and written sentence by sentence from the API reference,
// https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/
import fc from "fast-check";
import { expect, test } from "vitest";
import { Network } from "../../lib/checks/network.ts";
import type { NetworkObject, Protocol } from "../../lib/checks/network-pods.ts";
import { deployment, namespace, policy } from "./network-objects.ts";

interface Pod {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Record<string, string>;
  readonly ports: readonly { name: string; containerPort: number; protocol: string }[];
}

interface Selector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

interface Peer {
  podSelector?: Selector;
  namespaceSelector?: Selector;
  ipBlock?: { cidr: string; except?: string[] };
}

interface Port {
  port?: number | string;
  endPort?: number;
  protocol?: string;
}

interface Spec {
  podSelector: Selector;
  policyTypes?: string[];
  ingress?: { from?: Peer[]; ports?: Port[] }[];
  egress?: { to?: Peer[]; ports?: Port[] }[];
}

interface Policy {
  readonly namespace: string;
  readonly spec: Spec;
}

const NAMESPACES: Record<string, Record<string, string>> = {
  a: { team: "x", "kubernetes.io/metadata.name": "a" },
  b: { team: "y", "kubernetes.io/metadata.name": "b" },
  c: { "kubernetes.io/metadata.name": "c" },
};
const IPS = ["203.0.113.1", "203.0.113.200", "198.51.100.7"];
const PROTOCOLS = ["TCP", "UDP"];
// Those that containers declare, and some next to them.
const PORTS = [79, 80, 81, 8080];

function matches(selector: Selector, labels: Record<string, string>): boolean {
  // "A label selector is a label query over a set of resources. The result of matchLabels and matchExpressions are ANDed."
  for (const key in selector.matchLabels) if (labels[key] !== selector.matchLabels[key]) return false;
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    const has = key in labels;
    const isListed = has && (values ?? []).includes(labels[key]!);
    if (operator === "In" && !isListed) return false;
    if (operator === "NotIn" && isListed) return false;
    if (operator === "Exists" && !has) return false;
    if (operator === "DoesNotExist" && has) return false;
  }
  return true;
}

/** Either end of traffic. */
type End = Pod | string;

function peerMatches(peer: Peer, own: string, end: End): boolean {
  if (peer.ipBlock) {
    // Pods are not in the documentation's addresses that the policies below name.
    if (typeof end !== "string") return false;
    const inside = (cidr: string): boolean => {
      const bits = (ip: string) =>
        ip
          .split(".")
          .map((part) => Number(part).toString(2).padStart(8, "0"))
          .join("");
      const [base, length] = cidr.split("/");
      return bits(base!).slice(0, Number(length)) === bits(end).slice(0, Number(length));
    };
    return inside(peer.ipBlock.cidr) && !(peer.ipBlock.except ?? []).some(inside);
  }
  if (typeof end === "string") return false;
  if (peer.namespaceSelector && peer.podSelector) {
    // "selects the pods matching podSelector in the namespaces selected by namespaceSelector"
    return matches(peer.namespaceSelector, NAMESPACES[end.namespace]!) && matches(peer.podSelector, end.labels);
  }
  // "selects all pods in the namespaces selected by namespaceSelector"
  if (peer.namespaceSelector) return matches(peer.namespaceSelector, NAMESPACES[end.namespace]!);
  // "selects the pods matching podSelector in the policy's own namespace"
  return end.namespace === own && matches(peer.podSelector!, end.labels);
}

function portMatches(ports: Port[] | undefined, to: End, port: number, protocol: string): boolean {
  // "If this field is empty or missing, this rule matches all ports (traffic not restricted by port)"
  if (ports === undefined || ports.length === 0) return true;
  for (const one of ports) {
    // "If not specified, this field defaults to TCP"
    if ((one.protocol ?? "TCP") !== protocol) continue;
    // "If this field is not provided, this matches all port names and numbers"
    if (one.port === undefined) return true;
    if (typeof one.port === "string") {
      if (typeof to === "string") continue;
      for (const declared of to.ports)
        if (declared.name === one.port && declared.containerPort === port && declared.protocol === protocol)
          return true;
    } else if (one.endPort === undefined) {
      if (one.port === port) return true;
      // "indicates that the range of ports from port to endPort if set, inclusive, should be allowed by the policy"
    } else for (let p = one.port; p <= one.endPort; p++) if (p === port) return true;
  }
  return false;
}

function types(spec: Spec): string[] {
  if (spec.policyTypes !== undefined) return spec.policyTypes;
  // "policies that contain an egress section are assumed to affect egress, and all policies (whether or not they contain an ingress
  // section) are assumed to affect ingress"
  return spec.egress !== undefined ? ["Ingress", "Egress"] : ["Ingress"];
}

function isAbout({ namespace: own, spec }: Policy, pod: Pod, isIngress: boolean): boolean {
  const isSelected = own === pod.namespace && matches(spec.podSelector, pod.labels);
  return isSelected && types(spec).includes(isIngress ? "Ingress" : "Egress");
}

function sideAllows(
  policies: Policy[],
  pod: End,
  other: End,
  isIngress: boolean,
  port: number,
  protocol: string,
): boolean {
  if (typeof pod === "string") return true;
  const about = policies.filter((one) => isAbout(one, pod, isIngress));
  // "Traffic is allowed to a pod if there are no NetworkPolicies selecting the pod"
  if (about.length === 0) return true;
  for (const { namespace: own, spec } of about) {
    const rules = isIngress
      ? (spec.ingress ?? []).map(({ from, ports }) => ({ peers: from, ports }))
      : (spec.egress ?? []).map(({ to, ports }) => ({ peers: to, ports }));
    for (const { peers, ports } of rules) {
      // "If this field is empty or missing, this rule matches all sources"
      const isPeer = peers === undefined || peers.length === 0 || peers.some((peer) => peerMatches(peer, own, other));
      // "OR if the traffic matches at least one ingress rule across all of the NetworkPolicy objects whose podSelector matches the pod"
      if (isPeer && portMatches(ports, isIngress ? pod : other, port, protocol)) return true;
    }
  }
  return false;
}

function allows(policies: Policy[], from: End, to: End, port: number, protocol: string): boolean {
  return sideAllows(policies, from, to, false, port, protocol) && sideAllows(policies, to, from, true, port, protocol);
}

const key = fc.constantFrom("app", "tier");
const value = fc.constantFrom("x", "y");
const labels = fc.dictionary(key, value, { maxKeys: 2 });
const expression = fc.oneof(
  fc.record({ key, operator: fc.constantFrom("In", "NotIn"), values: fc.uniqueArray(value, { minLength: 1 }) }),
  fc.record({ key, operator: fc.constantFrom("Exists", "DoesNotExist") }),
);
// Half of them are few, so that policies say the same in several namespaces.
const podSelector: fc.Arbitrary<Selector> = fc.oneof(
  fc.constantFrom<Selector[]>({}, { matchLabels: { app: "x" } }),
  fc.record({ matchLabels: labels, matchExpressions: fc.array(expression, { maxLength: 2 }) }, { requiredKeys: [] }),
);
const namespaceSelector: fc.Arbitrary<Selector> = fc.constantFrom(
  {},
  { matchLabels: { team: "x" } },
  { matchLabels: { "kubernetes.io/metadata.name": "b" } },
  { matchExpressions: [{ key: "team", operator: "Exists" }] },
  { matchExpressions: [{ key: "team", operator: "NotIn", values: ["x"] }] },
  { matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "In", values: ["a", "c"] }] },
);
const peer: fc.Arbitrary<Peer> = fc.oneof(
  fc.record({ podSelector }),
  fc.record({ namespaceSelector }),
  fc.record({ podSelector, namespaceSelector }),
  fc.constantFrom<Peer[]>(
    { ipBlock: { cidr: "203.0.113.0/24" } },
    { ipBlock: { cidr: "203.0.113.0/24", except: ["203.0.113.128/25"] } },
    { ipBlock: { cidr: "198.51.100.7/32" } },
  ),
);
const protocol = fc.option(fc.constantFrom(...PROTOCOLS), { nil: undefined, freq: 3 });
const port: fc.Arbitrary<Port> = fc
  .tuple(
    fc.oneof(
      fc.record({ port: fc.constantFrom<number | string>(...PORTS, "http", "admin") }),
      fc.record({ port: fc.constantFrom(79, 80), endPort: fc.constantFrom(80, 81) }),
      fc.constant({}),
    ),
    protocol,
  )
  .map(([one, said]) => ({ ...one, ...(said === undefined ? {} : { protocol: said }) }));
const peers = fc.array(peer, { maxLength: 2 });
const ports = fc.array(port, { maxLength: 2 });
const spec: fc.Arbitrary<Spec> = fc.record(
  {
    podSelector,
    policyTypes: fc.subarray(["Ingress", "Egress"], { minLength: 1 }),
    ingress: fc.array(fc.record({ from: peers, ports }, { requiredKeys: [] }), { maxLength: 2 }),
    // An empty list of egress is what the API server stores as none.
    egress: fc.array(fc.record({ to: peers, ports }, { requiredKeys: [] }), { minLength: 1, maxLength: 2 }),
  },
  { requiredKeys: ["podSelector"] },
);
const at = fc.constantFrom(...Object.keys(NAMESPACES));
const policies = fc.array(fc.record({ namespace: at, spec }), { maxLength: 5 });
const podPorts = fc.uniqueArray(
  fc.constantFrom(
    { name: "http", containerPort: 80, protocol: "TCP" },
    { name: "http", containerPort: 8080, protocol: "TCP" },
    { name: "admin", containerPort: 81, protocol: "TCP" },
    { name: "admin", containerPort: 81, protocol: "UDP" },
  ),
  { selector: ({ name }) => name },
);
const pods = fc
  .array(fc.record({ namespace: at, labels, ports: podPorts }), { minLength: 1, maxLength: 5 })
  .map((all) => all.map((pod, i): Pod => ({ name: `p${i}`, ...pod })));

function objectsOf(all: readonly Pod[], given: readonly Policy[]): NetworkObject[] {
  return [
    ...Object.entries(NAMESPACES).map(([name, { team }]) => namespace(name, team === undefined ? {} : { team })),
    ...all.map(({ name, ...pod }) => deployment(name, pod)),
    ...given.map(({ namespace: own, spec: one }, i) => policy(`n${i}`, { ...one }, { namespace: own })),
  ];
}

test("pods and addresses reach what the wording of the API reference says they reach", () => {
  let [admitted, refused] = [0, 0];
  fc.assert(
    fc.property(pods, policies, (all, given) => {
      const network = new Network(objectsOf(all, given));
      const podOf = (pod: Pod) => network.pods.find(({ name }) => name === pod.name)!;
      for (const from of [...all, ...IPS]) {
        for (const to of [...all, ...IPS]) {
          if (typeof from === "string" && typeof to === "string") continue;
          for (const number of PORTS) {
            for (const layer of PROTOCOLS as Protocol[]) {
              const expected = allows(given, from, to, number, layer);
              const source = typeof from === "string" ? { ip: from } : podOf(from);
              const { allowed } =
                typeof to === "string"
                  ? network.egressTo(podOf(from as Pod), { ip: to }, number, layer)
                  : network.reaches(source, podOf(to), number, layer);
              if (allowed !== expected) {
                throw new Error(`${JSON.stringify(from)} to ${JSON.stringify(to)}, ${number}/${layer}: ${allowed}`);
              }
              if (expected) admitted++;
              else refused++;
            }
          }
        }
      }
    }),
    { numRuns: 500 },
  );
  // Else the policies were too easy.
  expect(Math.min(admitted, refused) / (admitted + refused)).toBeGreaterThan(0.1);
});

test("what is listed as reachable is what is reached, each with policies that admit it", () => {
  fc.assert(
    fc.property(pods, policies, (all, given) => {
      const network = new Network(objectsOf(all, given));
      const expected = all.flatMap((from) =>
        all.flatMap((to) =>
          to.ports
            .filter(({ containerPort, protocol: layer }) => allows(given, from, to, containerPort, layer))
            .map(({ containerPort, protocol: layer }) => `${from.name} ${to.name} ${containerPort}/${layer}`),
        ),
      );
      const edges = network.reachable();
      const listed = edges.map(({ from, to, port: one }) => `${from.name} ${to.name} ${one.port}/${one.protocol}`);
      expect(listed.sort()).toEqual(expected.sort());
      const endOf = ({ name }: { readonly name: string }) => all.find((pod) => pod.name === name)!;
      for (const { from, to, port: one, by } of edges) {
        const admitting = (isIngress: boolean): string[] => {
          const [pod, other] = isIngress ? [endOf(to), endOf(from)] : [endOf(from), endOf(to)];
          return given.flatMap((only, i) =>
            isAbout(only, pod, isIngress) && sideAllows([only], pod, other, isIngress, one.port, one.protocol)
              ? [`eu/NetworkPolicy/${only.namespace}/n${i}`]
              : [],
          );
        };
        expect({ egress: by.egress.toSorted(), ingress: by.ingress.toSorted() }).toEqual({
          egress: admitting(false).sort(),
          ingress: admitting(true).sort(),
        });
      }
    }),
    { numRuns: 200 },
  );
});

test("pods that the Plans do not know are judged like those that they do", () => {
  fc.assert(
    fc.property(pods, policies, (all, given) => {
      const known = new Network(objectsOf(all, given));
      for (const one of all) {
        const others = new Network(
          objectsOf(
            all.filter((pod) => pod !== one),
            given,
          ),
        );
        const stranger = { cluster: "eu", namespace: one.namespace, labels: one.labels };
        const self = known.pods.find(({ name }) => name === one.name)!;
        for (const to of others.pods) {
          const same = known.pods.find(({ name }) => name === to.name)!;
          for (const number of PORTS)
            expect(others.reaches(stranger, to, number)).toEqual(known.reaches(self, same, number));
        }
      }
    }),
    { numRuns: 100 },
  );
});
