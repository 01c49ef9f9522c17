// Runs real scanners over rendered manifests, without network, and reads what they found and what they looked at.
import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { identityOf, type Manifest, readManifest, readManifests, yamlFiles } from "../cluster/manifests.ts";
import { type ToolName, toolPath, toolStatus } from "../tools/status.ts";
import { type Finding, mergeRules, objectName, refOf, type Scan, type ScannedObject } from "./findings.ts";

export const scannerTools: readonly ToolName[] = ["checkov", "kube-score", "pod-security"];

interface CheckovCheck {
  readonly check_id: string;
  readonly check_name: string;
  readonly file_abs_path: string;
}

interface CheckovReport {
  readonly summary: { readonly parsing_errors: number };
  readonly results: {
    readonly passed_checks: readonly CheckovCheck[];
    readonly failed_checks: readonly CheckovCheck[];
    readonly skipped_checks: readonly CheckovCheck[];
    readonly parsing_errors: readonly string[];
  };
}

/** checkov's rules for Kubernetes, over all files below a directory (one object per file). */
export async function checkov(directory: string, place = directory): Promise<Scan> {
  // No --quiet: it also drops the list of passed checks. JSON output has no banner.
  const flags = ["--framework", "kubernetes", "--skip-download", "--compact", "-o", "json"];
  const output = await run("checkov", ["-d", resolve(directory), ...flags], {
    CKV_SKIP_PACKAGE_UPDATE_CHECK: "true", // asks a registry for its newest version otherwise
    BC_SKIP_MAPPING: "true", // asks a service for severities otherwise
  });
  const parsed = JSON.parse(output) as Partial<CheckovReport>;
  const results = parsed.results;
  // Without anything to scan the report has no results at all.
  if (results === undefined) throw new Error(`checkov found nothing to scan in ${directory}`);
  if (results.parsing_errors.length > 0) throw new Error(`checkov cannot read ${results.parsing_errors.join(", ")}`);
  const manifests = readManifests(resolve(directory));
  const objectOf = ({ file_abs_path }: CheckovCheck): ScannedObject => {
    const manifest = manifests.find(({ file }) => file === file_abs_path);
    if (manifest === undefined) throw new Error(`checkov reports on ${file_abs_path}, which is no manifest`);
    return refOf(manifest.object);
  };
  const outcome = (check: CheckovCheck, failed: boolean) => ({
    rule: check.check_id,
    title: check.check_name,
    object: objectOf(check),
    failed,
  });
  const finding = (check: CheckovCheck, message: string): Finding => ({
    tool: "checkov",
    rule: check.check_id,
    object: objectOf(check),
    message,
    severity: "unrated",
  });
  return scanOf(
    { tool: "checkov", place, flags },
    manifests,
    [
      ...results.passed_checks.map((check) => outcome(check, false)),
      ...[...results.failed_checks, ...results.skipped_checks].map((check) => outcome(check, true)),
    ],
    [
      ...results.failed_checks.map((check) => finding(check, check.check_name)),
      // Exceptions have one place, and annotations in manifests are not it.
      ...results.skipped_checks.map((check) => finding(check, `${check.check_name} (skipped by an annotation)`)),
    ],
  );
}

interface KubeScoreObject {
  readonly type_meta: { readonly kind: string };
  readonly object_meta: { readonly name: string; readonly namespace?: string };
  readonly checks: readonly {
    readonly check: { readonly id: string; readonly name: string };
    /** 10 fine, 7 nearly, 5 warning, 1 critical */
    readonly grade: number;
    readonly skipped: boolean;
    readonly comments: readonly { readonly path: string; readonly summary: string }[] | null;
  }[];
}

/** kube-score's default checks. Give it all files of one cluster at once: it looks for the policies of each pod. */
export async function kubeScore(files: readonly string[], place = files.join(", ")): Promise<Scan> {
  const flags = ["--kubernetes-version", "v1.36", "--disable-ignore-checks-annotations", "--output-format", "json"];
  const output = await run("kube-score", ["score", ...flags, ...files]);
  const objects = (JSON.parse(output) as readonly KubeScoreObject[] | null) ?? [];
  const checks = objects.flatMap((object) =>
    object.checks
      .filter(({ skipped }) => !skipped)
      .map(({ check, grade, comments }) => ({
        rule: check.id,
        title: check.name,
        object: {
          kind: object.type_meta.kind,
          namespace: object.object_meta.namespace,
          name: object.object_meta.name,
        },
        failed: grade < 7,
        severity: grade < 5 ? ("critical" as const) : ("warning" as const),
        messages: (comments ?? []).map(({ path, summary }) => (path === "" ? summary : `${path}: ${summary}`)),
      })),
  );
  const findings = checks
    .filter(({ failed }) => failed)
    .flatMap(({ rule, title, object, severity, messages }) =>
      (messages.length === 0 ? [title] : messages).map((message): Finding => ({
        tool: "kube-score",
        rule,
        object,
        message,
        severity,
      })),
    );
  return scanOf({ tool: "kube-score", place, flags }, files.map(readManifest), checks, findings);
}

interface PodSecurityReport {
  readonly checks: readonly string[];
  readonly results: readonly {
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
    readonly evaluated: boolean;
    readonly violations: readonly { readonly check: string; readonly reason: string; readonly detail: string }[];
  }[];
}

/** Kubernetes' own evaluation of the Pod Security Standards, level `restricted`, of every pod and pod template. */
export async function podSecurity(files: readonly string[], place = files.join(", ")): Promise<Scan> {
  const flags = ["--level", "restricted"];
  const { checks, results } = JSON.parse(await run("pod-security", [...flags, ...files])) as PodSecurityReport;
  const evaluated = results
    .filter(({ evaluated }) => evaluated)
    .map(({ kind, namespace, name, violations }) => ({
      object: { kind, namespace: namespace === "" ? undefined : namespace, name },
      violations,
    }));
  const outcomes = evaluated.flatMap(({ object, violations }) =>
    checks.map((rule) => ({
      rule,
      title: `Pod Security Standards, restricted: ${rule}`,
      object,
      failed: violations.some(({ check }) => check === rule),
    })),
  );
  const findings = evaluated.flatMap(({ object, violations }) =>
    violations.map(({ check, reason, detail }): Finding => {
      const message = detail === "" ? reason : `${reason} (${detail})`;
      return { tool: "pod-security", rule: check, object, message, severity: "critical" };
    }),
  );
  return scanOf({ tool: "pod-security", place, flags }, files.map(readManifest), outcomes, findings);
}

/** All three scanners over one cluster's directory; `place` is what reports call it. */
export async function scanDirectory(directory: string, place = directory): Promise<Scan[]> {
  const files = yamlFiles(resolve(directory));
  return [await checkov(directory, place), await kubeScore(files, place), await podSecurity(files, place)];
}

interface Outcome {
  readonly rule: string;
  readonly title: string;
  readonly object: ScannedObject;
  readonly failed: boolean;
}

const podKinds = ["Pod", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob"];

/** Puts a scan together, and refuses one that looked at nothing or passed over a workload. */
function scanOf(
  what: Pick<Scan, "tool" | "place" | "flags">,
  manifests: readonly Manifest[],
  outcomes: readonly Outcome[],
  findings: readonly Finding[],
): Scan {
  const { tool, place, flags } = what;
  const objects = new Map(outcomes.map(({ object }) => [objectName(object), object]));
  if (objects.size === 0) throw new Error(`${tool} scanned nothing`);
  const missed = manifests
    .filter(({ object }) => podKinds.includes(object.kind) && !objects.has(objectName(refOf(object))))
    .map(({ object }) => identityOf(object));
  if (missed.length > 0) throw new Error(`${tool} did not look at ${missed.join(", ")}`);
  const status = toolStatus(tool);
  return {
    tool,
    place,
    version: status.path === undefined ? "" : status.version,
    flags,
    objects: [...objects.values()],
    rules: mergeRules(
      outcomes.map(({ rule, title, failed }) => ({ rule, title, passed: failed ? 0 : 1, failed: failed ? 1 : 0 })),
    ),
    findings,
  };
}

/** Standard output of a scanner. Exit code 1 says that there are findings, as the output does. */
function run(
  tool: ToolName,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  return new Promise((fulfill, reject) => {
    const options = { env: { ...process.env, ...environment }, maxBuffer: 256 * 1024 * 1024 };
    execFile(toolPath(tool), args, options, (error, stdout, stderr) => {
      if (error === null || (error.code === 1 && /^\s*[[{]/.test(stdout))) fulfill(stdout);
      else reject(new Error(`${tool} failed: ${stderr.trim() || stdout.trim() || error.message}`));
    });
  });
}
