import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { renderExamples } from "../cluster/examples.ts";
import { readManifest, yamlFiles } from "../cluster/manifests.ts";
import { missingTools } from "../tools/status.ts";
import { exceptions } from "./exceptions.ts";
import { json, markdown, objectName, report, type Report, type Scan, summary } from "./findings.ts";
import { scanDirectory, scannerTools } from "./scan.ts";

const missing = missingTools(scannerTools);
const reports = join(import.meta.dirname, "../../node_modules/.cache/scanners");
const out = mkdtempSync(join(tmpdir(), "scanned-"));
afterAll(() => rmSync(out, { recursive: true, force: true }));

let places: readonly string[];
let scans: Scan[];
let result: Report;

beforeAll(async () => {
  if (missing !== undefined) return;
  ({ places } = await renderExamples(out));
  scans = await scanAll(places);
  result = report(scans, exceptions);
  mkdirSync(reports, { recursive: true });
  writeFileSync(join(reports, "report.md"), markdown(scans, result));
  writeFileSync(join(reports, "report.json"), json(scans, result));
  console.log(`${summary(scans, result)}\n\nall of it: node_modules/.cache/scanners/report.md`);
}, 300_000);

beforeEach((context) => {
  if (missing !== undefined) context.skip(missing);
});

/** Two at a time: checkov is slow to start and uses one core. */
async function scanAll(all: readonly string[]): Promise<Scan[]> {
  const found: Scan[][] = [];
  const left = [...all.entries()];
  const worker = async () => {
    for (let next = left.shift(); next; next = left.shift())
      found[next[0]] = await scanDirectory(join(out, next[1]), next[1]);
  };
  await Promise.all([worker(), worker()]);
  return found.flat();
}

test("all scanners judge every environment and cluster of every example", () => {
  const scanned = scans.map(({ tool, place }) => `${tool} ${place}`);
  expect(scanned).toEqual(places.flatMap((place) => scannerTools.map((tool) => `${tool} ${place}`)));
  expect(places).toEqual(expect.arrayContaining(["quickstart/dev/main", "acme/prod/eu", "uploads/prod/main"]));
});

test("nothing that is rendered has a finding without an exception", () => {
  const open = result.open.map(({ tool, rule, object, place, message }) =>
    [place, objectName(object), tool, rule, message].join(": "),
  );
  expect(open).toEqual([]);
});

test("every exception is needed", () => {
  expect(result.unusedExceptions).toEqual([]);
});

interface Probe {
  readonly periodSeconds: number;
  readonly failureThreshold: number;
}

interface Container {
  readonly readinessProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly restartPolicy?: string;
}

interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly topologySpreadConstraints?: readonly { readonly topologyKey: string }[];
}

test("what the exceptions rely on is there: liveness is slower than readiness, and pods spread over nodes", () => {
  const deployments = yamlFiles(out)
    .map(readManifest)
    .filter(({ object }) => object.kind === "Deployment");
  expect(deployments.length).toBeGreaterThan(0);
  for (const { object } of deployments) {
    const { template } = object.spec as { readonly template: { readonly spec: PodSpec } };
    for (const { readinessProbe, livenessProbe } of [
      ...template.spec.containers,
      ...(template.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always"),
    ])
      expect(patience(livenessProbe!)).toBeGreaterThanOrEqual(2 * patience(readinessProbe!));
    expect(template.spec.topologySpreadConstraints?.map(({ topologyKey }) => topologyKey)).toContain(
      "kubernetes.io/hostname",
    );
  }
});

/** How long a container may fail a probe before it counts. */
const patience = ({ periodSeconds, failureThreshold }: Probe): number => periodSeconds * failureThreshold;

test("Pod Security has nothing to except", () => {
  const scanned = scans.filter(({ tool }) => tool === "pod-security");
  expect(scanned.flatMap(({ findings }) => findings)).toEqual([]);
  for (const { rules } of scanned) expect(rules.every(({ passed }) => passed > 0)).toBe(true);
});
