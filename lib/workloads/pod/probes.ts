import { k8s } from "cdk8s-plus-28";
import { isPlainObject } from "../../core/merge";
import { compare, type Problem } from "../../core/findings";
import { checkKeys, show } from "../../core/keys";
import { listOf, quoted } from "../../core/lists";
import { type Duration, toSeconds } from "../../core/units";
import type { Protocol } from "../endpoints/types";
import { isWhole, MOST } from "../scaling/bounds";
import type { Health, HealthByPurpose, Probe, ProbeShorthand } from "./health";
import { checkHeaders, schemeField } from "./http";
import { askedPort, portReference, type PortSpec } from "./ports";
import { checkWords } from "./words";

/** The three probes of a container. */
export interface Probes {
  readonly readinessProbe?: k8s.Probe;
  readonly livenessProbe?: k8s.Probe;
  readonly startupProbe?: k8s.Probe;
}

const PURPOSES = ["readiness", "liveness", "startup"] as const;
type Purpose = (typeof PURPOSES)[number];

// Readiness reacts fast. Liveness is slow, because a restart under load makes things worse. Startup gives two minutes.
const TIMING: Readonly<Record<Purpose, { readonly every: Duration; readonly failures: number }>> = {
  readiness: { every: "5s", failures: 3 },
  liveness: { every: "10s", failures: 6 },
  startup: { every: "2s", failures: 60 },
};
const ACTIONS = ["http", "grpc", "tcp", "exec"] as const;
const PROBE_KEYS = [
  ...ACTIONS,
  "headers",
  "scheme",
  "endpoint",
  "every",
  "timeout",
  "failures",
  "successes",
  "delay",
] as const;

/** Probes of a container with these endpoints, and what is wrong with what was asked for. */
export function makeProbes(
  health: Health | undefined,
  endpoints: readonly PortSpec[],
): { readonly probes: Probes; readonly problems: Problem[] } {
  const problems: Problem[] = [];
  const asked = complete(normalize(health, problems), defaultProbe(endpoints));
  const probes: Partial<Record<`${Purpose}Probe`, k8s.Probe>> = {};
  for (const purpose of PURPOSES) {
    const probe = makeProbe(purpose, asked[purpose], endpoints, problems);
    if (probe) probes[`${purpose}Probe`] = probe;
  }
  if (health === undefined && Object.keys(probes).length === 0) problems.push(UNKNOWN_HEALTH);
  return { probes, problems: dedupe(problems) };
}

const UNKNOWN_HEALTH: Problem = {
  rule: "health/none",
  severity: "warning",
  message: "nobody can tell whether it works: when it hangs it is not restarted, and a rollout does not wait for it",
  fix: 'say how, as in health: { exec: ["/app/healthy"] }, or that nobody is to ask: health: false',
};

/** By protocol: gRPC has a health protocol, of the others only the connection is known to work. */
function defaultProbe(endpoints: readonly PortSpec[]): ProbeShorthand {
  const first = endpoints.find(({ protocol }) => protocol !== "udp");
  if (!first) return false;
  return first.protocol === "grpc" ? "grpc" : "tcp";
}

/**
 * What is left out. Readiness is followed by nothing: it may ask for what the container needs, and where that is down, all pods would be
 * restarted. A startup probe asks what liveness does.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#when-should-you-use-a-startup-probe
 */
function complete({ readiness, liveness, startup }: HealthByPurpose, fallback: ProbeShorthand): AllPurposes {
  const alive = liveness ?? fallback;
  return {
    readiness: readiness ?? fallback,
    liveness: alive,
    startup: startup ?? untimed(alive === false ? fallback : alive),
  };
}

type AllPurposes = Readonly<Record<Purpose, ProbeShorthand>>;

/** The same question at another purpose's own times. */
function untimed(probe: ProbeShorthand): ProbeShorthand {
  if (typeof probe !== "object") return probe;
  return { ...probe, every: undefined, failures: undefined, successes: undefined, delay: undefined };
}

function normalize(health: Health | undefined, problems: Problem[]): HealthByPurpose {
  if (health === undefined) return {};
  if (!isByPurpose(health)) return { readiness: health, liveness: untimed(health), startup: untimed(health) };
  const { strays, said } = keysOf(health);
  if (strays.length > 0) problems.push(misplaced(strays, said));
  problems.push(...checkKeys("health", health, [...PURPOSES, ...strays]));
  return health;
}

/** Whether each purpose is said by itself; anything but a probe is a mistake in that. */
function isByPurpose(health: Health): health is HealthByPurpose {
  if (!isPlainObject(health)) return false;
  const isSaid = (key: Purpose | (typeof ACTIONS)[number]): boolean => health[key] !== undefined;
  return PURPOSES.some(isSaid) || !ACTIONS.some(isSaid);
}

function keysOf(health: HealthByPurpose): { readonly strays: readonly string[]; readonly said: readonly string[] } {
  const keys = Object.entries(health).flatMap(([key, value]) => (value === undefined ? [] : [key]));
  return {
    strays: PROBE_KEYS.filter((key) => keys.includes(key)),
    said: PURPOSES.filter((key) => keys.includes(key)),
  };
}

function misplaced(strays: readonly string[], said: readonly string[]): Problem {
  return {
    rule: "health/misplaced",
    message: `health has ${quoted(strays)} ${said.length > 0 ? `beside ${quoted(said)}` : "and no probe"}`,
    fix: `say it inside of a probe, as in ${said[0] ?? "readiness"}: { http: "/ready", every: "5s" }`,
  };
}

function makeProbe(
  purpose: Purpose,
  given: ProbeShorthand,
  endpoints: readonly PortSpec[],
  problems: Problem[],
): k8s.Probe | undefined {
  if (given === false) return undefined;
  const probe = expand(given);
  const where = `health.${purpose}`;
  if (!probe) {
    problems.push({
      rule: "health/unknown",
      message: `${where} ${show(given)} is not a probe`,
      fix: 'use a path as in "/healthz", "grpc", "tcp", false, or { http: "/healthz" }',
    });
    return undefined;
  }
  problems.push(...checkKeys(where, probe, PROBE_KEYS));
  problems.push(...checkCounts(purpose, probe, where));
  const action = makeAction(probe, where, endpoints, problems);
  if (!action) return undefined;
  return {
    ...action,
    periodSeconds: seconds(`${where}.every`, probe.every ?? TIMING[purpose].every, problems),
    timeoutSeconds: seconds(`${where}.timeout`, probe.timeout ?? "2s", problems),
    failureThreshold: probe.failures ?? TIMING[purpose].failures,
    ...(probe.successes === undefined ? {} : { successThreshold: probe.successes }),
    ...(probe.delay === undefined ? {} : { initialDelaySeconds: seconds(`${where}.delay`, probe.delay, problems, 0) }),
  };
}

function checkCounts(purpose: Purpose, { failures, successes }: Probe, where: string): Problem[] {
  const problems: Problem[] = [];
  const fix = `use a whole number from 1 to ${MOST}`;
  if (failures !== undefined && !isWhole(failures, 1)) {
    problems.push({
      rule: "health/failures",
      message: `${where}.failures ${show(failures)} is not a number of failures`,
      fix,
    });
  }
  if (successes === undefined) return problems;
  if (!isWhole(successes, 1)) {
    problems.push({
      rule: "health/successes",
      message: `${where}.successes ${show(successes)} is not a number of successes`,
      fix,
    });
  } else if (successes > 1 && purpose !== "readiness") {
    problems.push({
      rule: "health/successes",
      message: `${where}.successes ${successes} is above 1, which readiness alone takes`,
      fix: "say it as health: { readiness: { …, successes } }",
    });
  }
  return problems;
}

function expand(given: Exclude<ProbeShorthand, false>): Probe | undefined {
  if (given === "grpc") return { grpc: true };
  if (given === "tcp") return { tcp: true };
  if (typeof given === "string") return given.startsWith("/") ? { http: given } : undefined;
  if (typeof given !== "object" || given.exec?.length === 0) return undefined;
  return ACTIONS.filter((action) => given[action] !== undefined).length === 1 ? given : undefined;
}

function makeAction(
  probe: Probe,
  where: string,
  endpoints: readonly PortSpec[],
  problems: Problem[],
): k8s.Probe | undefined {
  if (probe.exec) {
    problems.push(...checkWords(`${where}.exec`, probe.exec, 1));
    return { exec: { command: [...listOf(probe.exec)] } };
  }
  const asks = { where, rule: "health/endpoint", verb: "probe", done: "probed" };
  const endpoint = askedPort(asks, { endpoint: probe.endpoint, speaks: protocolsOf(probe) }, endpoints, problems);
  if (!endpoint) return undefined;
  const reference = portReference(endpoint);
  const port =
    typeof reference === "number" ? k8s.IntOrString.fromNumber(reference) : k8s.IntOrString.fromString(reference);
  if (probe.http !== undefined) {
    const httpHeaders = Object.entries(probe.headers ?? {})
      .map(([name, value]) => ({ name, value }))
      .sort((a, b) => compare(a.name, b.name));
    problems.push(...checkHeaders(where, probe.headers ?? {}));
    return {
      httpGet: {
        path: probe.http,
        port,
        ...schemeField(where, probe.scheme, problems),
        ...(httpHeaders.length > 0 ? { httpHeaders } : {}),
      },
    };
  }
  if (probe.grpc !== undefined) {
    return { grpc: { port: endpoint.port, ...(probe.grpc === true ? {} : { service: probe.grpc }) } };
  }
  return { tcpSocket: { port } };
}

function protocolsOf(probe: Probe): readonly Protocol[] {
  if (probe.grpc !== undefined) return ["grpc"];
  return probe.http === undefined ? [] : ["http", "websocket"];
}

function seconds(where: string, duration: Duration, problems: Problem[], least = 1): number {
  const value = toSeconds(duration);
  if (isWhole(value, least)) return value;
  const isTooMuch = value !== undefined && value > MOST;
  problems.push({
    rule: "units/duration",
    message: `${where} ${show(duration)} is ${isTooMuch ? "longer than Kubernetes can count" : `not a whole number of seconds${least > 0 ? " above zero" : ""}`}`,
    fix: 'write "5s" or "1m"',
  });
  return least;
}

/** One wrong answer for all purposes is one mistake, not three. */
function dedupe(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>();
  return problems.filter(({ rule, message }) => {
    const key = `${rule} ${message.replace(/health\.(readiness|liveness|startup)/, "health")}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
