import type { Problem } from "../../core/findings";
import type { Named } from "../../core/scope";
import type { PlacedFile } from "./files";
import type { Volume } from "./volume-types";
import { toFileMode, volumesOf } from "./volumes";

/**
 * What a process may find closed whose user only the image knows: without its number, the pod has no group to which the kubelet gives files
 * and disks, and they stay root's.
 *
 * @see https://kubernetes.io/docs/tasks/configure-pod-container/security-context/#set-the-security-context-for-a-pod
 */
export function checkImageUser(
  user: number | "image" | undefined,
  files: readonly PlacedFile[],
  volumes: Named<Volume>,
): Problem[] {
  if (user !== "image") return [];
  const paths = new Set(files.flatMap(({ path, mode }) => (isClosed(mode) ? [path] : [])));
  return [
    ...[...paths].map((path) => closed(`file "${path}" is root's, and its mode lets no other user read it`)),
    ...volumesOf(volumes).flatMap(([name, volume]) => {
      if ((volume.kind === "persistent" || volume.kind === "ephemeral") && volume.readOnly !== true)
        return [closed(`volume "${name}" is a disk, which is root's when it is new, and no other user writes to it`)];
      if ((volume.kind === "keys" || volume.kind === "projected") && isClosed(toFileMode(volume.mode)))
        return [closed(`files of volume "${name}" are root's, and their mode lets no other user read them`)];
      return [];
    }),
  ];
}

/** Whether a file of root is closed to whoever is not in its group. */
function isClosed(mode: number | undefined): boolean {
  return mode !== undefined && (mode & 0o004) === 0;
}

function closed(what: string): Problem {
  return {
    rule: "security/image-user",
    severity: "warning",
    message: `${what}, unless user says its number`,
    fix: "say the number of the image's user, as in user: 1000",
  };
}
