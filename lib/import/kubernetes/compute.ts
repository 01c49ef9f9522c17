import { SIZES } from "../../core/sizes";
import { type Json, type JsonMap, take } from "../json";
import { billionths, bytesCode, canonical, cpuCode, roundedUp } from "../quantities";
import type { Code } from "../write/code";

/** Above this, memory without a limit would get a limit below its request: that of the tenant's LimitRange. */
const DEFAULT_LIMIT = "512Mi";

/** What Flagstone asks for of the node's disk where nobody says it, in billionths of a byte. */
const OWN_DISK = { request: billionths("64Mi") ?? 0n, limit: billionths("1Gi") ?? 0n };

/**
 * Takes what a container asks for of CPU, memory, disk and GPUs.
 *
 * @param empty - billionths of bytes of the node's disk that empty volumes may hold besides
 */
export function takeCompute(container: JsonMap, empty = 0n): Record<string, Code | undefined> {
  const get = (kind: "requests" | "limits", name: string): Json | undefined =>
    (container["resources"] as Record<string, JsonMap | undefined> | undefined)?.[kind]?.[name];
  const remove = (name: string): void => {
    take(container, "resources", "requests", name);
    take(container, "resources", "limits", name);
  };
  // What is finer than Flagstone counts is said by the nearest amount, and exactly by a last word.
  const amounts = (name: string, of: "cpu" | "bytes") => {
    const [request, limit] = [get("requests", name), get("limits", name)];
    const [near, most] = [roundedUp(request, of), roundedUp(limit, of)];
    const isExact = [
      [request, near],
      [limit, most],
    ].every(([said, rounded]) => said === undefined || billionths(said) === billionths(rounded));
    if (isExact) remove(name);
    else if (request === undefined && limit !== undefined) requestsOf(container)[name] = limit;
    return [near, most] as const;
  };
  const cpu = cpuOf(...amounts("cpu", "cpu"));
  const memory = memoryOf(...amounts("memory", "bytes"));
  const [diskRequest, diskLimit] = [get("requests", "ephemeral-storage"), get("limits", "ephemeral-storage")];
  const isOwnDisk = billionths(diskRequest) === OWN_DISK.request && billionths(diskLimit) === OWN_DISK.limit + empty;
  const disk = isOwnDisk ? undefined : diskOf(diskRequest, diskLimit);
  if (isOwnDisk || disk !== undefined) remove("ephemeral-storage");
  const gpus = Number(get("limits", "nvidia.com/gpu"));
  const hasGpus = Number.isInteger(gpus) && gpus > 0;
  if (hasGpus) remove("nvidia.com/gpu");
  const rest = { ephemeralStorage: disk, gpus: hasGpus ? gpus : undefined };
  const size = Object.entries(SIZES).find(([, known]) => known.cpu === cpu && known.memory === memory)?.[0];
  if (size !== undefined) return { size: size === "small" ? undefined : size, ...rest };
  return { cpu, memory, ...rest };
}

/** Requests of a container; those that are left as they are say what follows from limits. */
function requestsOf(container: JsonMap): JsonMap {
  const resources = (container["resources"] ??= {}) as JsonMap;
  return (resources["requests"] ??= {}) as JsonMap;
}

function cpuOf(request: Json | undefined, limit: Json | undefined): Code | undefined {
  const asked = cpuCode(request ?? limit);
  if (asked === undefined) return undefined;
  if (limit === undefined) return asked;
  const most = cpuCode(limit);
  return most === undefined ? undefined : { request: asked, limit: most };
}

function memoryOf(request: Json | undefined, limit: Json | undefined): Code | undefined {
  const asked = bytesCode(request ?? limit);
  if (asked === undefined) return undefined;
  if (limit === undefined) {
    const isAbove = (billionths(request) ?? 0n) > (billionths(DEFAULT_LIMIT) ?? 0n);
    return isAbove ? asked : { request: asked, limit: "none" };
  }
  const most = bytesCode(limit);
  if (most === undefined) return undefined;
  return canonical(request ?? limit) === canonical(limit) ? asked : { request: asked, limit: most };
}

function diskOf(request: Json | undefined, limit: Json | undefined): Code | undefined {
  const asked = bytesCode(request ?? limit);
  const most = bytesCode(limit);
  if (asked === undefined || most === undefined) return undefined;
  return asked === most ? asked : { request: asked, limit: most };
}
