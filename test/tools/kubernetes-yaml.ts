// What Kubernetes' own YAML reader makes of a file, to be compared with what was meant.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { toolPath } from "./status.ts";

export interface KubernetesDocument {
  readonly file: string;
  /** The document's place in the file, from 0. */
  readonly index: number;
  readonly value: unknown;
}

/** Every document of the files as `sigs.k8s.io/yaml` reads it; a duplicate key is an error. Needs `yaml-to-json`. */
export async function readAsKubernetes(files: readonly string[]): Promise<KubernetesDocument[]> {
  const { stdout } = await promisify(execFile)(toolPath("yaml-to-json"), files, { maxBuffer: 256 * 1024 * 1024 });
  return JSON.parse(stdout) as KubernetesDocument[];
}
