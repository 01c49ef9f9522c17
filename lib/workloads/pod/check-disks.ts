import type { Problem } from "../../core/findings";
import { show } from "../../core/keys";
import type { Named } from "../../core/scope";
import type { Replicas, Rollout } from "../scaling/types";
import type { Volume } from "./volume-types";
import { volumesOf } from "./volumes";

/** Problems of disks that one node at a time has, where more pods than one would have them at once. */
export function checkSharedDisks(
  volumes: Named<Volume>,
  replicas: Replicas,
  rollout: Pick<Rollout, "strategy"> | undefined,
): Problem[] {
  const most = typeof replicas === "number" ? replicas : replicas.max;
  return oneNodeDisks(volumes).flatMap((name): Problem[] => [
    ...(most > 1
      ? [
          {
            rule: "volumes/one-node",
            message: `volume "${name}" is on one node at a time, and replicas ${show(replicas)} are more pods than one, which wait for ever on other nodes`,
            fix: 'say replicas: 1, access: "many-nodes" where the storage class has that, or kind: "ephemeral" for a disk of each pod\'s own',
          },
        ]
      : []),
    ...(rollout?.strategy === "recreate"
      ? []
      : [
          {
            rule: "volumes/one-node",
            message: `volume "${name}" is on one node at a time, and in a rolling update the new pod waits for ever on another node for the old one to give it up`,
            fix: 'say rollout: { strategy: "recreate" }',
          },
        ]),
  ]);
}

/** Problems of disks that one node at a time has, where runs may overlap. */
export function checkOverlappingDisks(volumes: Named<Volume>, overlap: string | undefined): Problem[] {
  if (overlap !== "allow") return [];
  return oneNodeDisks(volumes).map((name) => ({
    rule: "volumes/one-node",
    severity: "warning",
    message: `volume "${name}" is on one node at a time, and a run that begins while the last one goes on may wait for it on another node`,
    fix: 'say overlap: "skip", or access: "many-nodes" where the storage class has that',
  }));
}

function oneNodeDisks(volumes: Named<Volume>): string[] {
  return volumesOf(volumes).flatMap(([name, volume]) =>
    volume.kind === "persistent" && volume.access !== "many-nodes" ? [name] : [],
  );
}
