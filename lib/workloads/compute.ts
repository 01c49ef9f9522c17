import { k8s } from "cdk8s-plus-28";
import { DEFAULT_MEMORY_LIMIT } from "../core/allowed";
import type { Problem } from "../core/findings";
import { checkKeys, show } from "../core/keys";
import { didYouMean } from "../core/suggest";
import { type Bytes, type Cpu, formatKibibytes, formatMillicores, toKibibytes, toMillicores } from "../core/units";
import type { Compute, SizeName } from "./types";

/** What the names of sizes mean. */
export const SIZES: Readonly<Record<SizeName, { readonly cpu: Cpu; readonly memory: Bytes }>> = {
  small: { cpu: "100m", memory: "128Mi" },
  medium: { cpu: "500m", memory: "512Mi" },
  large: { cpu: 2, memory: "2Gi" },
};

/** Local disk for logs and writable layers, so that one pod cannot fill a node. */
const EPHEMERAL_STORAGE = { request: "64Mi", limit: "1Gi" } as const;

interface Amounts {
  readonly request: number | undefined;
  readonly limit: number | undefined;
}

/** Requests and limits of a container, and what is wrong with what was asked for. */
export function computeResources(compute: Compute): {
  readonly resources: k8s.ResourceRequirements;
  readonly problems: Problem[];
} {
  const problems: Problem[] = [];
  const size = sizeOf(compute.size ?? "small", problems);
  const cpu = amounts("cpu", compute.cpu ?? size.cpu, toMillicores, '"250m" or a number of cores', "none", problems);
  const memory = amounts("memory", compute.memory ?? size.memory, toKibibytes, '"256Mi" or "1Gi"', "same", problems);
  if (memory.limit === undefined) problems.push(...checkDefaultLimit(memory.request));
  return {
    problems,
    resources: {
      requests: quantities({ cpu: cpu.request, memory: memory.request }, EPHEMERAL_STORAGE.request),
      limits: quantities({ cpu: cpu.limit, memory: memory.limit }, EPHEMERAL_STORAGE.limit),
    },
  };
}

/** What has no limit of memory gets that of its namespace, which may be below what it needs. */
function checkDefaultLimit(request: number | undefined): Problem[] {
  const limit = toKibibytes(DEFAULT_MEMORY_LIMIT) ?? 0;
  if (request === undefined || request <= limit) return [];
  return [
    {
      rule: "compute/default-limit",
      message: `memory.request ${formatKibibytes(request)} without a limit gets the limit ${DEFAULT_MEMORY_LIMIT} of the tenant's LimitRange, which is below it`,
      fix: `say a limit of at least ${formatKibibytes(request)}`,
    },
  ];
}

function sizeOf(
  size: NonNullable<Compute["size"]>,
  problems: Problem[],
): { readonly cpu: Cpu; readonly memory: Bytes } {
  if (typeof size === "object") {
    problems.push(...checkKeys("size", size, ["cpu", "memory"]));
    return size;
  }
  const known = (SIZES as Readonly<Record<string, (typeof SIZES)[SizeName] | undefined>>)[size];
  if (known) return known;
  problems.push({
    rule: "compute/size",
    message: `size ${show(size)} does not exist`,
    fix: didYouMean(String(size), Object.keys(SIZES)),
  });
  return SIZES.small;
}

function amounts<T extends Cpu | Bytes>(
  what: "cpu" | "memory",
  given: T | { readonly request: T; readonly limit?: T | "none" | undefined },
  parse: (value: T) => number | undefined,
  example: string,
  single: "none" | "same",
  problems: Problem[],
): Amounts {
  const read = (value: T, where: string): number | undefined => {
    const amount = parse(value);
    if (amount === undefined) {
      problems.push({
        rule: "compute/amount",
        message: `${where} ${show(value)} is not an amount of ${what} above zero`,
        fix: `write ${example}`,
      });
    }
    return amount;
  };
  if (typeof given !== "object" || given === null || !("request" in given)) {
    const request = read(given, what);
    return { request, limit: single === "same" ? request : undefined };
  }
  problems.push(...checkKeys(what, given, ["request", "limit"]));
  const request = read(given.request, `${what}.request`);
  const limit = given.limit === undefined || given.limit === "none" ? undefined : read(given.limit, `${what}.limit`);
  if (request !== undefined && limit !== undefined && limit < request) {
    problems.push({
      rule: "compute/limit-below-request",
      message: `${what}.limit ${show(given.limit)} is below ${what}.request ${show(given.request)}`,
      fix: "raise the limit, or leave it out",
    });
  }
  return { request, limit };
}

function quantities(
  given: { cpu: number | undefined; memory: number | undefined },
  storage: string,
): Record<string, k8s.Quantity> {
  return {
    ...(given.cpu === undefined ? {} : { cpu: k8s.Quantity.fromString(formatMillicores(given.cpu)) }),
    ...(given.memory === undefined ? {} : { memory: k8s.Quantity.fromString(formatKibibytes(given.memory)) }),
    "ephemeral-storage": k8s.Quantity.fromString(storage),
  };
}
