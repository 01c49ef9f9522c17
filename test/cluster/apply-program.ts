// Renders what a program deploys to one cluster, and applies it.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import type { Runnable } from "../../lib/core/host.ts";
import { makeDraft } from "../../lib/plan/make-draft.ts";
import { render } from "../../lib/render/render.ts";
import { type Applied, applyDirectory } from "./apply.ts";
import type { ControlPlane } from "./control-plane.ts";

/** @param place - environment and cluster, as in `prod/eu` */
export async function applyProgram(
  controlPlane: ControlPlane,
  program: Pick<Runnable, "instantiate">,
  place: `${string}/${string}`,
): Promise<Applied> {
  const [environment = ""] = place.split("/");
  const draft = makeDraft(program.instantiate(environment));
  expect(draft.findings.filter(({ severity }) => severity === "error")).toEqual([]);
  const directory = mkdtempSync(join(tmpdir(), "applied-"));
  try {
    for (const [path, text] of render(draft, undefined).files) {
      if (!path.startsWith(`${place}/`)) continue;
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), text);
    }
    return await applyDirectory(controlPlane, directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
