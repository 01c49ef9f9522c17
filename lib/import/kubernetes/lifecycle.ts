import { isMap, type JsonMap, mapOf, take, textOf } from "../json";
import { secondsCode } from "../quantities";
import type { Code } from "../write/code";
import { type Probed, schemeCode } from "./health";

/** How long a container sleeps before it is told to end. */
export function sleepOf(container: JsonMap): number {
  const { seconds } = mapOf(mapOf(mapOf(container["lifecycle"])["preStop"])["sleep"]);
  return typeof seconds === "number" ? seconds : 0;
}

/**
 * Takes the hooks of a container; what they cannot say is left in it.
 *
 * @param drains - whether Flagstone lets it sleep by itself
 */
export function takeLifecycle(container: JsonMap, ports: Probed, drains: boolean): Code | undefined {
  const hooks: Record<string, Code> = {};
  const isOwnDrain = sleepOf(container) === 5;
  for (const key of ["postStart", "preStop"]) {
    const hook = mapOf(container["lifecycle"])[key];
    const code = isMap(hook) ? hookCode(hook, ports) : undefined;
    if (code === undefined) continue;
    take(container, "lifecycle", key);
    if (!(key === "preStop" && drains && isOwnDrain)) hooks[key] = code;
  }
  return Object.keys(hooks).length > 0 ? hooks : undefined;
}

function hookCode(hook: JsonMap, ports: Probed): Code | undefined {
  const command = mapOf(hook["exec"])["command"];
  if (Array.isArray(command) && command.every((word) => typeof word === "string")) return { exec: command };
  const seconds = secondsCode(mapOf(hook["sleep"])["seconds"]);
  if (seconds !== undefined) return { sleep: seconds };
  const get = hook["httpGet"];
  if (!isMap(get)) return undefined;
  const path = textOf(get["path"]) ?? "/";
  const endpoint = ports.nameOf(get["port"]);
  const hasMore = Object.keys(get).some((key) => !["path", "port", "scheme"].includes(key));
  if (endpoint === undefined || hasMore || !path.startsWith("/")) return undefined;
  const scheme = schemeCode(get["scheme"]);
  return { http: path, scheme, endpoint: endpoint === ports.preferred("http") ? undefined : endpoint };
}
