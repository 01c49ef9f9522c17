import { execFile, type ExecFileException } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { ClusterConnection } from "../core/scope";
import { kubeconfigOf } from "../deploy/providers";
import { ProgramError } from "./program-error";

/** kubectl for one cluster. */
export interface Kubectl {
  /** What comes before any other argument, to be shown: how the cluster is reached. */
  readonly flags: readonly string[];
  /**
   * Runs it and returns what it printed.
   *
   * @throws ProgramError when it fails, with its own words
   */
  run(args: readonly string[]): Promise<string>;
}

/**
 * Lets `body` use kubectl with a cluster.
 *
 * @param connection - how the cluster is reached; a file that is needed for it is there meanwhile
 * @param folder - what paths of the connection are relative to
 */
export async function withKubectl<T>(
  connection: ClusterConnection,
  folder: string,
  body: (kubectl: Kubectl) => Promise<T>,
): Promise<T> {
  if (connection.kind === "kubeconfig") {
    const { path, context } = connection;
    const flags = [
      ...(path === undefined ? [] : ["--kubeconfig", resolve(folder, path)]),
      ...(context === undefined ? [] : ["--context", context]),
    ];
    return await body({ flags, run: (args) => kubectl([...flags, ...args]) });
  }
  const directory = mkdtempSync(join(tmpdir(), "flagstone-")); // which nobody else can read
  try {
    const file = join(directory, "kubeconfig");
    writeFileSync(file, kubeconfigOf(connection), { mode: 0o600 });
    return await body({ flags: [], run: (args) => kubectl(["--kubeconfig", file, ...args]) });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function kubectl(args: readonly string[]): Promise<string> {
  return new Promise((done, fail) => {
    execFile("kubectl", args, { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error) fail(new ProgramError(problemOf(error, stderr.trim())));
      else done(stdout);
    });
  });
}

function problemOf(error: ExecFileException, said: string): string {
  if (error.code === "ENOENT")
    return "kubectl is not on the PATH, and runs jobs here; install it: https://kubernetes.io/docs/tasks/tools/";
  return `kubectl failed: ${said === "" ? error.message : said}`;
}
