import type { Code, CodeRecord } from "../write/code";
import { type JsonMap, mapOf, mapsOf, pruned, same, take, textOf, said } from "../json";
import { secondsCode } from "../quantities";

export const PURPOSES = ["readiness", "liveness", "startup"] as const;
type Purpose = (typeof PURPOSES)[number];

// What Flagstone does where nothing is said.
const TIMING: Readonly<Record<Purpose, { readonly every: string; readonly failures: number }>> = {
  readiness: { every: "5s", failures: 3 },
  liveness: { every: "10s", failures: 6 },
  startup: { every: "2s", failures: 60 },
};

/** What knows the endpoints of a container. */
export interface Probed {
  /** Name of the port that a probe asks; undefined where there is none. */
  nameOf(port: unknown): string | undefined;
  /** The port that is asked when a probe names none: of the first that speaks HTTP, or gRPC; else of the first. */
  preferred(speaks: "http" | "grpc" | "tcp"): string | undefined;
}

/**
 * Takes the probes of a container; what `health` cannot say is left in it, and no other probe is made in its place.
 *
 * @param isExact - whether purposes that are not said are to have no probe
 */
export function takeHealth(container: JsonMap, ports: Probed, isExact: boolean): Code | undefined {
  const taken = PURPOSES.flatMap((purpose) => {
    const probe = takeProbe(container, purpose, ports);
    return probe ? [{ purpose, ...probe }] : [];
  });
  const none = PURPOSES.filter((purpose) => {
    const left = mapOf(container[`${purpose}Probe`]);
    const isLeft = ["httpGet", "tcpSocket", "grpc", "exec"].some((action) => action in left);
    const isTaken = taken.some((each) => each.purpose === purpose);
    return isTaken ? false : isLeft || (isExact && taken.length > 0);
  });
  const [first, second] = taken;
  if (none.length > 0) {
    const said = taken.map(({ purpose, short }): [string, Code] => [purpose, short]);
    return none.length === PURPOSES.length
      ? false
      : Object.fromEntries([...said, ...none.map((purpose): [string, Code] => [purpose, false])]);
  }
  if (!first) return undefined;
  // One answer for all purposes, where readiness alone has times of its own. Where nothing restarted it, no such probe is to do so.
  const isOne = first.purpose === "readiness" && second?.purpose === "liveness";
  if (isOne && taken.slice(1).every(({ short }) => same(short, first.untimed))) return first.short;
  return Object.fromEntries(taken.map(({ purpose, short }) => [purpose, short]));
}

/** A probe without what Flagstone says by itself, and what of it holds for all purposes. */
interface TakenProbe {
  readonly short: Code;
  readonly untimed: Code;
}

function takeProbe(container: JsonMap, purpose: Purpose, ports: Probed): TakenProbe | undefined {
  const key = `${purpose}Probe`;
  const probe = mapOf(container[key]);
  const action = takeAction(probe, ports);
  if (!action) return undefined;
  const { shorthand, record } = action;
  const own: Readonly<Record<string, Code>> = { ...TIMING[purpose], timeout: "2s" };
  const successes = probe["successThreshold"];
  const failures = probe["failureThreshold"];
  const timing: Record<string, Code | undefined> = {
    delay: probe["initialDelaySeconds"] === 0 ? undefined : secondsCode(probe["initialDelaySeconds"]),
    every: secondsCode(probe["periodSeconds"]),
    timeout: secondsCode(probe["timeoutSeconds"]),
    failures: typeof failures === "number" ? failures : undefined,
    successes: typeof successes === "number" && successes !== 1 ? successes : undefined,
  };
  for (const field of [
    "initialDelaySeconds",
    "periodSeconds",
    "timeoutSeconds",
    "failureThreshold",
    "successThreshold",
  ])
    take(probe, field);
  if (pruned(probe) === undefined) take(container, key);
  const codeOf = (said: [string, Code | undefined][]): Code =>
    said.length === 0 && shorthand !== undefined ? shorthand : { ...record, ...Object.fromEntries(said) };
  const said = Object.entries(timing).filter(([name, value]) => value !== undefined && own[name] !== value);
  return { short: codeOf(said), untimed: codeOf(said.filter(([name]) => name === "timeout")) };
}

/** What a probe does, shortest first. */
function takeAction(
  probe: JsonMap,
  ports: Probed,
): { readonly shorthand: Code | undefined; readonly record: CodeRecord } | undefined {
  const exec = take(probe, "exec", "command");
  if (exec !== undefined) {
    take(probe, "exec");
    return { shorthand: undefined, record: { exec } };
  }
  if (probe["httpGet"] !== undefined) return takeHttp(probe, ports);
  if (probe["grpc"] !== undefined) {
    const grpc = mapOf(probe["grpc"]);
    const endpoint = ports.nameOf(grpc["port"]);
    if (endpoint === undefined) return undefined;
    const service = textOf(take(probe, "grpc", "service"));
    take(probe, "grpc");
    const name = endpoint === ports.preferred("grpc") ? undefined : endpoint;
    const record = { grpc: service === undefined || service === "" ? true : service, endpoint: name };
    return { shorthand: record.grpc === true && name === undefined ? "grpc" : undefined, record };
  }
  if (probe["tcpSocket"] !== undefined) {
    const endpoint = ports.nameOf(mapOf(probe["tcpSocket"])["port"]);
    if (endpoint === undefined) return undefined;
    take(probe, "tcpSocket", "port");
    const name = endpoint === ports.preferred("tcp") ? undefined : endpoint;
    return { shorthand: name === undefined ? "tcp" : undefined, record: { tcp: true, endpoint: name } };
  }
  return undefined;
}

function takeHttp(probe: JsonMap, ports: Probed): ReturnType<typeof takeAction> {
  const get = mapOf(probe["httpGet"]);
  const path = textOf(get["path"]) ?? "/";
  const endpoint = ports.nameOf(get["port"]);
  if (!path.startsWith("/") || endpoint === undefined) return undefined;
  const listed = mapsOf(get["httpHeaders"]);
  const names = listed.map(({ name }) => name);
  const headers = Object.fromEntries(listed.map(({ name, value }) => [said(name), said(value)]));
  take(probe, "httpGet", "path");
  take(probe, "httpGet", "port");
  const scheme = schemeCode(get["scheme"]);
  take(probe, "httpGet", "scheme");
  if (new Set(names).size === names.length) take(probe, "httpGet", "httpHeaders");
  if (Object.keys(mapOf(probe["httpGet"])).length === 0) take(probe, "httpGet");
  const name = endpoint === ports.preferred("http") ? undefined : endpoint;
  const record = { http: path, scheme, endpoint: name, headers: listed.length > 0 ? headers : undefined };
  const isPath = scheme === undefined && name === undefined && listed.length === 0;
  return { shorthand: isPath ? path : undefined, record };
}

/** How a node asks; HTTP goes without saying. */
export function schemeCode(scheme: unknown): "https" | undefined {
  return scheme === "HTTPS" ? "https" : undefined;
}
