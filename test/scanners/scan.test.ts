import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { yamlFiles } from "../cluster/manifests.ts";
import { missingTools } from "../tools/status.ts";
import { type Exception, json, markdown, report, type Scan } from "./findings.ts";
import { checkov, kubeScore, podSecurity, scanDirectory, scannerTools } from "./scan.ts";

const hardened = join(import.meta.dirname, "../cluster/fixtures/hardened");
const directory = mkdtempSync(join(tmpdir(), "scan-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("real scanners", { timeout: 120_000 }, () => {
  beforeEach((context) => {
    const missing = missingTools(scannerTools);
    if (missing !== undefined) context.skip(missing);
  });

  test("what is left to find in a hand-hardened workload is known", async () => {
    const scans = await scanDirectory(hardened);
    const found = scans.flatMap(({ findings }) => findings.map(({ tool, rule, message }) => [tool, rule, message]));
    expect(found.sort()).toEqual([
      ["checkov", "CKV_K8S_11", "CPU limits should be set"],
      ["checkov", "CKV_K8S_15", "Image Pull Policy should be Always"],
      ["checkov", "CKV_K8S_35", "Prefer using secrets as files over secrets as environment variables"],
      ["checkov", "CKV_K8S_40", "Containers should run as a high UID to avoid host conflict"],
      ["checkov", "CKV_K8S_43", "Image should use digest"],
      ["kube-score", "container-image-pull-policy", "checkout: ImagePullPolicy is not set to Always"],
      ["kube-score", "container-resources", "checkout: CPU limit is not set"],
      [
        "kube-score",
        "container-security-context-user-group-id",
        "checkout: The container is running with a low user ID",
      ],
      ["kube-score", "container-security-context-user-group-id", "checkout: The container running with a low group ID"],
      ["kube-score", "deployment-has-host-podantiaffinity", "Deployment does not have a host podAntiAffinity set"],
      ["kube-score", "pod-networkpolicy", "The pod does not have a matching egress NetworkPolicy"],
    ]);
    expect(scans.map(({ rules }) => rules.length)).toEqual([expect.any(Number), expect.any(Number), 19]);
    expect(scans[0]!.rules.length).toBeGreaterThan(80);
    expect(scans[1]!.rules.length).toBeGreaterThan(20);
  });

  test("a bare pod fails in all scanners", async () => {
    const folder = join(directory, "bare");
    mkdirSync(folder);
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "bare", namespace: "shop" },
      spec: { containers: [{ name: "main", image: "example", securityContext: { privileged: true } }] },
    };
    writeFileSync(join(folder, "pod.yaml"), JSON.stringify(pod));
    const scans = await scanDirectory(folder);
    for (const { findings } of scans) {
      expect(findings.length).toBeGreaterThan(3);
      for (const { object } of findings) expect(object).toEqual({ kind: "Pod", namespace: "shop", name: "bare" });
    }
    expect(scans[2]!.findings.map(({ rule }) => rule)).toContain("privileged");
  });

  test("a scan of nothing is an error", async () => {
    const folder = join(directory, "empty");
    mkdirSync(folder);
    await expect(checkov(folder)).rejects.toThrow("checkov found nothing to scan");
    const namespaces = yamlFiles(hardened).filter((file) => file.includes("namespace-"));
    await expect(kubeScore(namespaces)).rejects.toThrow("kube-score scanned nothing");
    await expect(podSecurity(namespaces)).rejects.toThrow("pod-security scanned nothing");
  });
});

const object = { kind: "Deployment", namespace: "shop", name: "checkout" };
const scan: Scan = {
  tool: "checkov",
  place: "prod/eu",
  version: "1",
  flags: ["--compact"],
  objects: [object],
  rules: [
    { rule: "A", title: "asks for a", passed: 0, failed: 1 },
    { rule: "B", title: "asks for b", passed: 1, failed: 1 },
  ],
  findings: [
    { tool: "checkov", rule: "A", object, message: "no a", severity: "unrated" },
    { tool: "checkov", rule: "B", object, message: "no b", severity: "unrated" },
  ],
};

describe("an exception", () => {
  const covering: Exception = {
    tool: "checkov",
    rule: "A",
    message: "no a",
    kinds: ["Deployment"],
    objects: ["Deployment shop/checkout"],
    places: ["prod/eu"],
    reason: "a is not for us",
  };

  test("covers the finding that it describes, and nothing else", () => {
    const { open, excepted, unusedExceptions } = report([scan], [covering]);
    expect(excepted).toEqual([{ finding: { ...scan.findings[0], place: "prod/eu" }, exception: covering }]);
    expect(open).toEqual([{ ...scan.findings[1], place: "prod/eu" }]);
    expect(unusedExceptions).toEqual([]);
  });

  test.each<Partial<Exception>>([
    { tool: "kube-score" },
    { rule: "C" },
    { message: "no c" },
    { kinds: ["Job"] },
    { objects: ["Deployment shop/cart"] },
    { places: ["dev/main"] },
  ])("that differs by %o covers nothing, and is reported as unused", (difference) => {
    const exception = { ...covering, ...difference };
    const { open, excepted, unusedExceptions } = report([scan], [exception]);
    expect(open.map(({ rule }) => rule)).toEqual(["A", "B"]);
    expect(excepted).toEqual([]);
    expect(unusedExceptions).toEqual([exception]);
  });
});

test("the report names the flags, the checks that ran, and every open finding", () => {
  const other: Scan = { ...scan, place: "prod/us", findings: [] };
  const exceptions: Exception[] = [
    { tool: "checkov", rule: "A", message: "no a", reason: "a is not for us" },
    { tool: "kube-score", rule: "B", reason: "another tool" },
  ];
  const result = report([scan, other], exceptions);
  const text = markdown([scan, other], result);
  expect(text).toContain("Scanned: prod/eu, prod/us.");
  expect(text).toContain("| checkov 1 | `--compact` | 2 | 2 | 0 | 2 | 1 | 1 |");
  expect(text).toContain("- **checkov B** (unrated) Deployment shop/checkout in prod/eu: no b");
  expect(text).toContain('- **checkov A** ("no a"), 1 times: a is not for us\n  (Deployment shop/checkout in prod/eu)');
  expect(text).toContain("- **kube-score B**: another tool");
  expect(text).toContain("| B | 2 | 2 | asks for b |");
  expect(JSON.parse(json([scan], result))).toMatchObject({ open: [{ rule: "B" }], scans: [{ tool: "checkov" }] });
});
