// What `test/tools/install` left behind: where each tool is, or why it is not there.
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

export type ToolName =
  | "etcd"
  | "kube-apiserver"
  | "kube-controller-manager"
  | "kube-scheduler"
  | "kubectl"
  | "kwok"
  | "kwok-stages"
  | "gateway-api"
  | "cilium"
  | "external-secrets"
  | "keda"
  | "vertical-pod-autoscaler"
  | "helm"
  | "kustomize"
  | "kube-score"
  | "pod-security"
  | "yaml-to-json"
  | "checkov";

export type ToolStatus =
  { readonly path: string; readonly version: string } | { readonly path?: never; readonly skipped: string };

const cache = process.env.FLAGSTONE_TOOLS ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "flagstone");

export function toolStatus(name: ToolName): ToolStatus {
  const file = join(cache, "status.json");
  if (!existsSync(file)) return { skipped: "run test/tools/install first" };
  const all = JSON.parse(readFileSync(file, "utf8")) as Partial<Record<ToolName, ToolStatus>>;
  const status = all[name];
  if (status === undefined) return { skipped: "run test/tools/install again: it did not know this tool" };
  if (status.path !== undefined && !existsSync(status.path)) return { skipped: `${status.path} is gone` };
  return status;
}

/** Why a test that needs these tools cannot run, or undefined when it can: to be given to `context.skip`. */
export function missingTools(names: readonly ToolName[]): string | undefined {
  const reasons = new Map<string, string[]>();
  for (const name of names) {
    const status = toolStatus(name);
    if (status.path === undefined) reasons.set(status.skipped, [...(reasons.get(status.skipped) ?? []), name]);
  }
  if (reasons.size === 0) return undefined;
  return [...reasons].map(([reason, tools]) => `needs ${tools.join(", ")}: ${reason}`).join("; ");
}

export function toolPath(name: ToolName): string {
  const status = toolStatus(name);
  if (status.path === undefined) throw new Error(`${name} is not installed: ${status.skipped}`);
  return status.path;
}
