import { Size } from "cdk8s";
import { Cpu } from "cdk8s-plus-28";
import type { Compute } from "flagstone";
import { describe, expect, test } from "vitest";
import { brief, serviceWith } from "../../testing/fixtures";

interface Resources {
  readonly requests: Record<string, string>;
  readonly limits: Record<string, string>;
}

async function resources(compute: Compute): Promise<Resources> {
  const plan = await serviceWith(compute);
  expect(plan.findings).toEqual([]);
  return plan.object("Deployment", "web").spec.template.spec.containers[0]!["resources"] as Resources;
}

const DISK = { requests: { "ephemeral-storage": "64Mi" }, limits: { "ephemeral-storage": "1Gi" } };
const expected = ({ cpu, memory }: Record<"cpu" | "memory", [string, string?]>): Resources => ({
  requests: { cpu: cpu[0], memory: memory[0], ...DISK.requests },
  limits: {
    ...(cpu[1] === undefined ? {} : { cpu: cpu[1] }),
    ...(memory[1] === undefined ? {} : { memory: memory[1] }),
    ...DISK.limits,
  },
});
const withDisk = ({ requests, limits }: Resources, request: string, limit: string): Resources => ({
  requests: { ...requests, "ephemeral-storage": request },
  limits: { ...limits, "ephemeral-storage": limit },
});
const SMALL = { cpu: ["100m"], memory: ["128Mi", "128Mi"] } as Record<"cpu" | "memory", [string, string?]>;

describe("requests and limits", () => {
  test.each<[string, Compute, Resources]>([
    ["small, when nothing is said", {}, expected(SMALL)],
    ["small", { size: "small" }, expected(SMALL)],
    ["medium", { size: "medium" }, expected({ cpu: ["500m"], memory: ["512Mi", "512Mi"] })],
    ["large", { size: "large" }, expected({ cpu: ["2"], memory: ["2Gi", "2Gi"] })],
    [
      "a size of one's own",
      { size: { cpu: "1500m", memory: "1.5Gi" } },
      expected({ cpu: ["1500m"], memory: ["1536Mi", "1536Mi"] }),
    ],
    ["cores as a number", { cpu: 0.25 }, expected({ ...SMALL, cpu: ["250m"] })],
    ["cores of cdk8s-plus", { cpu: Cpu.units(2) }, expected({ ...SMALL, cpu: ["2"] })],
    ["whole cores, as Kubernetes prints them", { cpu: "2000m" }, expected({ ...SMALL, cpu: ["2"] })],
    [
      "a request and a limit of CPU",
      { cpu: { request: "100m", limit: 1 } },
      expected({ ...SMALL, cpu: ["100m", "1"] }),
    ],
    ["a request of CPU only", { cpu: { request: "100m" } }, expected(SMALL)],
    ["no limit of CPU", { cpu: { request: "100m", limit: "none" } }, expected(SMALL)],
    ["memory, which is request and limit", { memory: "1Gi" }, expected({ ...SMALL, memory: ["1Gi", "1Gi"] })],
    ["memory of cdk8s", { memory: Size.mebibytes(64) }, expected({ ...SMALL, memory: ["64Mi", "64Mi"] })],
    [
      "a request and a limit of memory",
      { memory: { request: "64Mi", limit: "1Gi" } },
      expected({ ...SMALL, memory: ["64Mi", "1Gi"] }),
    ],
    ["no limit of memory", { memory: { request: "64Mi", limit: "none" } }, expected({ ...SMALL, memory: ["64Mi"] })],
    ["a size with another CPU", { size: "large", cpu: "100m" }, expected({ cpu: ["100m"], memory: ["2Gi", "2Gi"] })],
    [
      "disk of the node, which is request and limit",
      { ephemeralStorage: "2Gi" },
      withDisk(expected(SMALL), "2Gi", "2Gi"),
    ],
    [
      "a request and a limit of disk",
      { ephemeralStorage: { request: "128Mi", limit: Size.gibibytes(4) } },
      withDisk(expected(SMALL), "128Mi", "4Gi"),
    ],
    ["no GPU", { gpus: 0 }, expected(SMALL)],
    [
      "GPUs, whose request Kubernetes takes from the limit",
      { gpus: 2 },
      { ...expected(SMALL), limits: { ...expected(SMALL).limits, "nvidia.com/gpu": "2" } },
    ],
    ["equal request and limit", { cpu: { request: 1, limit: "1000m" } }, expected({ ...SMALL, cpu: ["1", "1"] })],
  ])("are %s", async (_, compute, amounts) => {
    expect(await resources(compute)).toEqual(amounts);
  });

  test.each<[string, unknown, string]>([
    [
      "an unknown size",
      { size: "smal" },
      'compute/size dev/shop/web: size "smal" does not exist; did you mean "small"?',
    ],
    [
      "CPU below zero",
      { cpu: -1 },
      'compute/amount dev/shop/web: cpu -1 is not an amount of cpu above zero; write "250m" or a number of cores',
    ],
    [
      "memory without a unit",
      { memory: 128 },
      'compute/amount dev/shop/web: memory 128 is not an amount of memory above zero; write "256Mi" or "1Gi"',
    ],
    [
      "memory in other units",
      { memory: "1GB" },
      'compute/amount dev/shop/web: memory "1GB" is not an amount of memory above zero; write "256Mi" or "1Gi"',
    ],
    [
      "a bad limit",
      { cpu: { request: 1, limit: "no" } },
      'compute/amount dev/shop/web: cpu.limit "no" is not an amount of cpu above zero; write "250m" or a number of cores',
    ],
    [
      "a limit below the request",
      { memory: { request: "1Gi", limit: "512Mi" } },
      'compute/limit-below-request dev/shop/web: memory.limit "512Mi" is below memory.request "1Gi"; raise the limit, or leave it out',
    ],
    [
      "disk in other units",
      { ephemeralStorage: "1GB" },
      'compute/amount dev/shop/web: ephemeralStorage "1GB" is not an amount of ephemeralStorage above zero; write "512Mi" or "2Gi"',
    ],
    [
      "disk without a limit",
      { ephemeralStorage: { request: "1Gi", limit: "none" } },
      'compute/amount dev/shop/web: ephemeralStorage has no limit, and a pod without one can fill a node; say one, as in limit: "1Gi"',
    ],
    [
      "a limit of disk below the request",
      { ephemeralStorage: { request: "1Gi", limit: "512Mi" } },
      'compute/limit-below-request dev/shop/web: ephemeralStorage.limit "512Mi" is below ephemeralStorage.request "1Gi"; raise the limit, or leave it out',
    ],
    [
      "a part of a GPU",
      { gpus: 0.5 },
      "compute/amount dev/shop/web: gpus 0.5 is not a whole number from 0; ask for whole ones; Kubernetes shares none",
    ],
    [
      "a size that JavaScript knows for other reasons",
      { size: "toString" },
      'compute/size dev/shop/web: size "toString" does not exist; known are "large", "medium", "small"',
    ],
    [
      "an unknown key of an amount",
      { cpu: { request: 1, limits: 2 } },
      'props/unknown dev/shop/web: unknown property "cpu.limits"; did you mean "limit"?',
    ],
    [
      "an unknown key of a size",
      { size: { cpu: 1, memory: "1Gi", disk: "1Gi" } },
      'props/unknown dev/shop/web: unknown property "size.disk"; known are "cpu", "memory"',
    ],
  ])("are not %s", async (_, compute, finding) => {
    const { findings } = await serviceWith(compute as Compute);
    expect(brief(findings)).toEqual([finding]);
  });
});
