import { k8s } from "cdk8s-plus-28";
import type { Problem } from "../../core/findings";
import { checkKeys, show } from "../../core/keys";
import { type Duration, toSeconds } from "../../core/units";
import type { Protocol } from "../endpoints/types";
import type { Health, HealthByPurpose, Probe, ProbeShorthand } from "./health";
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
const TIMING_KEYS = ["endpoint", "every", "timeout", "failures", "successes", "delay"];

/** Probes of a container with these endpoints, and what is wrong with what was asked for. */
export function makeProbes(
  health: Health | undefined,
  endpoints: readonly PortSpec[],
): { readonly probes: Probes; readonly problems: Problem[] } {
  const problems: Problem[] = [];
  const byPurpose = normalize(health, problems);
  const fallback = byPurpose.readiness ?? defaultProbe(endpoints);
  const probes: Partial<Record<`${Purpose}Probe`, k8s.Probe>> = {};
  for (const purpose of PURPOSES) {
    const probe = makeProbe(purpose, byPurpose[purpose] ?? following(fallback), endpoints, problems);
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

/** What follows from readiness, but for what only readiness has. */
function following(readiness: ProbeShorthand): ProbeShorthand {
  return typeof readiness === "object" ? { ...readiness, successes: undefined } : readiness;
}

function normalize(health: Health | undefined, problems: Problem[]): HealthByPurpose {
  if (health === undefined) return {};
  if (typeof health !== "object" || ACTIONS.some((action) => action in health)) {
    const probe = health as ProbeShorthand;
    return { readiness: probe, liveness: probe, startup: probe };
  }
  problems.push(...checkKeys("health", health, [...PURPOSES, ...ACTIONS, ...TIMING_KEYS]));
  return health as HealthByPurpose;
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
  problems.push(...checkKeys(where, probe, [...ACTIONS, ...TIMING_KEYS, "headers"]));
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
  if (failures !== undefined && (!Number.isInteger(failures) || failures < 1)) {
    problems.push({
      rule: "health/failures",
      message: `${where}.failures ${show(failures)} is not a number of failures`,
      fix: "use a whole number from 1",
    });
  }
  if (successes === undefined) return problems;
  if (!Number.isInteger(successes) || successes < 1) {
    problems.push({
      rule: "health/successes",
      message: `${where}.successes ${show(successes)} is not a number of successes`,
      fix: "use a whole number from 1",
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
  return ACTIONS.filter((action) => action in given).length === 1 ? given : undefined;
}

function makeAction(
  probe: Probe,
  where: string,
  endpoints: readonly PortSpec[],
  problems: Problem[],
): k8s.Probe | undefined {
  if (probe.exec) {
    problems.push(...checkWords(`${where}.exec`, probe.exec, 1));
    return { exec: { command: [...probe.exec] } };
  }
  const asks = { where, rule: "health/endpoint", verb: "probe", done: "probed" };
  const endpoint = askedPort(asks, { endpoint: probe.endpoint, speaks: protocolsOf(probe) }, endpoints, problems);
  if (!endpoint) return undefined;
  const reference = portReference(endpoint);
  const port =
    typeof reference === "number" ? k8s.IntOrString.fromNumber(reference) : k8s.IntOrString.fromString(reference);
  if (probe.http !== undefined) {
    const httpHeaders = Object.entries(probe.headers ?? {}).map(([name, value]) => ({ name, value }));
    return { httpGet: { path: probe.http, port, ...(httpHeaders.length > 0 ? { httpHeaders } : {}) } };
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
  if (value !== undefined && value >= least) return value;
  problems.push({
    rule: "units/duration",
    message: `${where} ${show(duration)} is not a whole number of seconds${least > 0 ? " above zero" : ""}`,
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
