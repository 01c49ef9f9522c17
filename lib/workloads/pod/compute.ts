import { k8s } from "cdk8s-plus-28";
import { DEFAULT_MEMORY_LIMIT } from "../../core/allowed";
import type { Problem } from "../../core/findings";
import { checkKeys, show } from "../../core/keys";
import type { Named } from "../../core/scope";
import { type Size, SIZES } from "../../core/sizes";
import { didYouMean } from "../../core/suggest";
import { isOutput } from "../../core/tokens";
import { type Bytes, type Cpu, formatKibibytes, formatMillicores, toKibibytes, toMillicores } from "../../core/units";
import type { Compute } from "./types";

/** Local disk for logs and writable layers, so that one pod cannot fill a node. In kibibytes. */
const EPHEMERAL_STORAGE = { request: 64 * 1024, limit: 1024 ** 2 } as const;

interface Amounts {
  readonly request: number | undefined;
  readonly limit: number | undefined;
}

/**
 * Requests and limits of a container, and what is wrong with what was asked for.
 *
 * @param disk - kibibytes of the node's disk that empty volumes may hold besides; a pod is evicted by what all of it takes
 */
export function computeResources(
  compute: Compute,
  sizes: Named<Size> = SIZES,
  disk = 0,
): {
  readonly resources: k8s.ResourceRequirements;
  readonly problems: Problem[];
} {
  const problems: Problem[] = [];
  const size = sizeOf(compute.size ?? "small", sizes, problems);
  const cpu = amounts("cpu", compute.cpu ?? size.cpu, CPU, problems);
  const memory = amounts("memory", compute.memory ?? size.memory, MEMORY, problems);
  const storage = storageOf(compute.ephemeralStorage, disk, problems);
  if (memory.limit === undefined) problems.push(...checkDefaultLimit(memory.request));
  problems.push(...checkGpus(compute.gpus));
  return {
    problems,
    resources: {
      requests: quantities(cpu.request, memory.request, storage.request),
      limits: { ...quantities(cpu.limit, memory.limit, storage.limit), ...gpuQuantity(compute.gpus) },
    },
  };
}

/** Disk of the node, of which there is always a limit. */
function storageOf(given: Compute["ephemeralStorage"], disk: number, problems: Problem[]): Amounts {
  if (given === undefined) return { ...EPHEMERAL_STORAGE, limit: EPHEMERAL_STORAGE.limit + disk };
  const storage = amounts("ephemeralStorage", given, STORAGE, problems);
  if (typeof given === "object" && given !== null && "request" in given && !isLimit(given.limit)) {
    problems.push({
      rule: "compute/amount",
      message: "ephemeralStorage has no limit, and a pod without one can fill a node",
      fix: 'say one, as in limit: "1Gi"',
    });
  }
  return storage;
}

function isLimit(limit: unknown): boolean {
  return limit !== undefined && limit !== "none";
}

function checkGpus(gpus: unknown): Problem[] {
  if (gpus === undefined || (Number.isInteger(gpus) && (gpus as number) >= 0)) return [];
  return [
    {
      rule: "compute/amount",
      message: `gpus ${show(gpus)} is not a whole number from 0`,
      fix: "ask for whole ones; Kubernetes shares none",
    },
  ];
}

/** GPUs that containers ask for together. */
export function gpusOf(containers: readonly Compute[]): number {
  return containers.reduce((all, { gpus }) => all + (typeof gpus === "number" ? gpus : 0), 0);
}

/** What nodes call a GPU. Its request follows from the limit. */
function gpuQuantity(gpus: number | undefined): Record<string, k8s.Quantity> {
  return typeof gpus !== "number" || gpus === 0 ? {} : { "nvidia.com/gpu": k8s.Quantity.fromString(String(gpus)) };
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

function sizeOf(size: NonNullable<Compute["size"]>, sizes: Named<Size>, problems: Problem[]): Size {
  if (isOutput(size)) {
    problems.push(...checkKeys("size", size, []));
    return UNKNOWN_SIZE;
  }
  if (typeof size === "object") {
    problems.push(...checkKeys("size", size, ["cpu", "memory"]));
    return size;
  }
  const known = Object.hasOwn(sizes, size) ? sizes[size] : undefined;
  if (known) return known;
  problems.push({
    rule: "compute/size",
    message: `size ${show(size)} does not exist`,
    fix: didYouMean(size, Object.keys(sizes)),
  });
  return UNKNOWN_SIZE;
}

/** Stands for a size that is an error. */
const UNKNOWN_SIZE: Size = { cpu: "100m", memory: "128Mi" };

/** How one kind of amount is read. */
interface AmountKind<T> {
  readonly parse: (value: T) => number | undefined;
  readonly example: string;
  /** What the limit is where only a request is said. */
  readonly single: "none" | "same";
}

const CPU: AmountKind<Cpu> = { parse: toMillicores, example: '"250m" or a number of cores', single: "none" };
const MEMORY: AmountKind<Bytes> = { parse: toKibibytes, example: '"256Mi" or "1Gi"', single: "same" };
const STORAGE: AmountKind<Bytes> = { ...MEMORY, example: '"512Mi" or "2Gi"' };

function amounts<T extends Cpu | Bytes>(
  what: "cpu" | "memory" | "ephemeralStorage",
  given: T | { readonly request: T; readonly limit?: T | "none" | undefined },
  { parse, example, single }: AmountKind<T>,
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
  cpu: number | undefined,
  memory: number | undefined,
  storage: number | undefined,
): Record<string, k8s.Quantity> {
  return {
    ...(cpu === undefined ? {} : { cpu: k8s.Quantity.fromString(formatMillicores(cpu)) }),
    ...(memory === undefined ? {} : { memory: k8s.Quantity.fromString(formatKibibytes(memory)) }),
    ...(storage === undefined ? {} : { "ephemeral-storage": k8s.Quantity.fromString(formatKibibytes(storage)) }),
  };
}
