import type { Problem } from "../../core/findings";
import { checkKeys, show } from "../../core/keys";
import { listOf } from "../../core/lists";
import { toSeconds } from "../../core/units";
import { schemeField } from "./http";
import { askedPort, portReference, type PortSpec } from "./ports";
import type { Hook, Lifecycle } from "./types";
import { checkWords } from "./words";

/** Time between the stop of traffic and SIGTERM: load balancers and kube-proxy need it to hear of the end of a pod. */
const DRAIN: Hook = { sleep: "5s" };

const HOOKS = ["exec", "http", "sleep"] as const;
const MOMENTS = ["postStart", "preStop"] as const;

/** Hooks of a container as JSON: cdk8s-plus-28 does not know `sleep`. */
export interface LifecycleJson {
  readonly postStart?: object;
  readonly preStop?: object;
}

/** Hooks of a container, and how long they sleep. */
export interface Hooks {
  readonly json: LifecycleJson | undefined;
  /** Seconds that pass before SIGTERM; whatever else is done before counts as grace period. */
  readonly drain: number;
  /** The longest sleep in seconds. */
  readonly longestSleep: number;
  readonly problems: readonly Problem[];
}

/**
 * Hooks of a container.
 *
 * @param drains - whether traffic leads to it, which must stop before it is told to end
 */
export function makeHooks(given: Lifecycle | undefined, ports: readonly PortSpec[], drains: boolean): Hooks {
  const problems = checkKeys("lifecycle", given, MOMENTS);
  const preStop = given?.preStop ?? (drains ? DRAIN : false);
  const hooks = { postStart: given?.postStart, preStop: preStop === false ? undefined : preStop };
  const json: Record<string, object> = {};
  const sleeps = { postStart: 0, preStop: 0 };
  for (const moment of MOMENTS) {
    const hook = hooks[moment];
    if (hook === undefined) continue;
    const made = makeHook(`lifecycle.${moment}`, hook, ports, problems);
    if (!made) continue;
    json[moment] = made;
    if ("sleep" in made) sleeps[moment] = made.sleep.seconds;
  }
  return {
    json: Object.keys(json).length > 0 ? json : undefined,
    drain: sleeps.preStop,
    longestSleep: Math.max(sleeps.preStop, sleeps.postStart),
    problems,
  };
}

type HookJson = { exec: object } | { httpGet: object } | { sleep: { seconds: number } };

function makeHook(where: string, hook: Hook, ports: readonly PortSpec[], problems: Problem[]): HookJson | undefined {
  if (!isHook(hook)) {
    problems.push({
      rule: "lifecycle/hook",
      message: `${where} ${show(hook)} is not a hook`,
      fix: 'use { exec: […] }, { http: "/path" }, { sleep: "5s" }, or preStop: false',
    });
    return undefined;
  }
  problems.push(...checkKeys(where, hook, [...HOOKS, "endpoint", "scheme"]));
  if (hook.exec) {
    problems.push(...checkWords(`${where}.exec`, hook.exec, 1));
    return { exec: { command: [...listOf(hook.exec)] } };
  }
  if (hook.sleep !== undefined) return sleep(where, hook.sleep, problems);
  const asks = { where, rule: "lifecycle/endpoint", verb: "ask", done: "asked" };
  const port = askedPort(asks, { endpoint: hook.endpoint, speaks: ["http", "websocket"] }, ports, problems);
  if (!port) return undefined;
  return { httpGet: { path: hook.http, port: portReference(port), ...schemeField(where, hook.scheme, problems) } };
}

/** Whether it does one thing, and a command has at least its name. */
function isHook(hook: Hook): boolean {
  if (typeof hook !== "object" || hook === null) return false;
  return HOOKS.filter((kind) => hook[kind] !== undefined).length === 1 && hook.exec?.length !== 0;
}

function sleep(where: string, duration: NonNullable<Hook["sleep"]>, problems: Problem[]): HookJson | undefined {
  const seconds = toSeconds(duration);
  if (seconds !== undefined && seconds >= 1) return { sleep: { seconds } };
  problems.push({
    rule: "units/duration",
    message: `${where}.sleep ${show(duration)} is not a whole number of seconds above zero`,
    fix: 'write "5s" or "1m"',
  });
  return undefined;
}

/** A pod is killed at the end of its grace period, whatever still sleeps: Kubernetes refuses longer sleeps. */
export function checkSleep({ longestSleep }: Hooks, graceSeconds: number): Problem[] {
  if (longestSleep <= graceSeconds) return [];
  return [
    {
      rule: "lifecycle/sleep",
      message: `lifecycle sleeps for ${longestSleep} seconds, and the pod is killed ${graceSeconds} seconds after it is told to end`,
      fix: "sleep less, or raise gracePeriod of the workload",
    },
  ];
}
