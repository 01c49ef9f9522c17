import { k8s } from "cdk8s-plus-28";
import type { Problem } from "../core/findings";
import { checkKeys, show } from "../core/keys";
import { didYouMean } from "../core/suggest";
import { type Duration, toSeconds } from "../core/units";
import type { EndpointSpec } from "./endpoints";
import type { Health, HealthByPurpose, Probe, ProbeShorthand } from "./types";

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
const TIMING_KEYS = ["endpoint", "every", "timeout", "failures"];

/** Probes of a container with these endpoints, and what is wrong with what was asked for. */
export function makeProbes(
  health: Health | undefined,
  endpoints: readonly EndpointSpec[],
): { readonly probes: Probes; readonly problems: Problem[] } {
  const problems: Problem[] = [];
  const byPurpose = normalize(health, problems);
  const fallback = byPurpose.readiness ?? defaultProbe(endpoints);
  const probes: Partial<Record<`${Purpose}Probe`, k8s.Probe>> = {};
  for (const purpose of PURPOSES) {
    const probe = makeProbe(purpose, byPurpose[purpose] ?? fallback, endpoints, problems);
    if (probe) probes[`${purpose}Probe`] = probe;
  }
  return { probes, problems: dedupe(problems) };
}

/** By protocol: gRPC has a health protocol, of the others only the connection is known to work. */
function defaultProbe(endpoints: readonly EndpointSpec[]): ProbeShorthand {
  const first = endpoints.find(({ protocol }) => protocol !== "udp");
  if (!first) return false;
  return first.protocol === "grpc" ? "grpc" : "tcp";
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
  endpoints: readonly EndpointSpec[],
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
  if (probe.failures !== undefined && (!Number.isInteger(probe.failures) || probe.failures < 1)) {
    problems.push({
      rule: "health/failures",
      message: `${where}.failures ${show(probe.failures)} is not a number of failures`,
      fix: "use a whole number from 1",
    });
  }
  const action = makeAction(probe, where, endpoints, problems);
  if (!action) return undefined;
  return {
    ...action,
    periodSeconds: seconds(`${where}.every`, probe.every ?? TIMING[purpose].every, problems),
    timeoutSeconds: seconds(`${where}.timeout`, probe.timeout ?? "2s", problems),
    failureThreshold: probe.failures ?? TIMING[purpose].failures,
  };
}

function expand(given: Exclude<ProbeShorthand, false>): Probe | undefined {
  if (given === "grpc") return { grpc: true };
  if (given === "tcp") return { tcp: true };
  if (typeof given === "string") return given.startsWith("/") ? { http: given } : undefined;
  return typeof given === "object" && ACTIONS.filter((action) => action in given).length === 1 ? given : undefined;
}

function makeAction(
  probe: Probe,
  where: string,
  endpoints: readonly EndpointSpec[],
  problems: Problem[],
): k8s.Probe | undefined {
  if (probe.exec) return { exec: { command: [...probe.exec] } };
  const probeable = endpoints.filter(({ protocol }) => protocol !== "udp");
  const endpoint =
    probe.endpoint === undefined ? preferred(probe, probeable) : probeable.find(({ name }) => name === probe.endpoint);
  if (!endpoint) {
    problems.push({
      rule: "health/endpoint",
      message:
        probe.endpoint === undefined
          ? `${where} has no endpoint to probe`
          : `${where}.endpoint "${probe.endpoint}" is not an endpoint that can be probed`,
      fix:
        probe.endpoint === undefined
          ? "add an endpoint, or use { exec: […] }"
          : didYouMean(
              probe.endpoint,
              probeable.map(({ name }) => name),
            ),
    });
    return undefined;
  }
  const port = k8s.IntOrString.fromString(endpoint.name);
  if (probe.http !== undefined) {
    const httpHeaders = Object.entries(probe.headers ?? {}).map(([name, value]) => ({ name, value }));
    return { httpGet: { path: probe.http, port, ...(httpHeaders.length > 0 ? { httpHeaders } : {}) } };
  }
  if (probe.grpc !== undefined) {
    return { grpc: { port: endpoint.port, ...(probe.grpc === true ? {} : { service: probe.grpc }) } };
  }
  return { tcpSocket: { port } };
}

/** The first endpoint that speaks what the probe speaks, else the first of all. */
function preferred(probe: Probe, endpoints: readonly EndpointSpec[]): EndpointSpec | undefined {
  const speaks = probe.grpc !== undefined ? ["grpc"] : probe.http !== undefined ? ["http", "websocket"] : [];
  return endpoints.find(({ protocol }) => speaks.includes(protocol)) ?? endpoints[0];
}

function seconds(where: string, duration: Duration, problems: Problem[]): number {
  const value = toSeconds(duration);
  if (value !== undefined && value >= 1) return value;
  problems.push({
    rule: "units/duration",
    message: `${where} ${show(duration)} is not a whole number of seconds above zero`,
    fix: 'write "5s" or "1m"',
  });
  return 1;
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
