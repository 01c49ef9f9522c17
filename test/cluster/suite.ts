// One control plane for all tests of a file, or a reason why there is none.
import { afterAll, beforeAll, beforeEach } from "vitest";
import { missingTools, type ToolName, toolPath } from "../tools/status.ts";
import { applyDirectory } from "./apply.ts";
import { type ControlPlane, controlPlaneTools, startControlPlane } from "./control-plane.ts";

/** Kinds that a control plane can have besides Kubernetes' own. */
export type Definitions = Extract<
  ToolName,
  "gateway-api" | "cilium" | "external-secrets" | "keda" | "vertical-pod-autoscaler"
>;

/**
 * Starts a control plane before the tests of this file (or `describe` block) and stops it after them. Without the
 * tools of `test/tools/install` each of these tests is reported as skipped, with the reason. Returns a function,
 * because there is no control plane before the first test runs.
 *
 * @param definitions - custom resources whose definitions are there before the first test, as a cluster's operators bring them
 */
export function withControlPlane(...definitions: readonly Definitions[]): () => ControlPlane {
  const missing = missingTools([...controlPlaneTools, ...definitions]);
  let controlPlane: ControlPlane | undefined;
  beforeAll(async () => {
    if (missing !== undefined) return;
    controlPlane = await startControlPlane();
    for (const name of definitions) {
      // Their authors use formats that the server does not know, and says so.
      await applyDirectory(controlPlane, toolPath(name), { takesWarnings: true });
    }
  }, 180_000);
  beforeEach((context) => {
    if (missing !== undefined) context.skip(missing);
  });
  afterAll(async () => {
    await controlPlane?.stop();
  }, 60_000);
  return () => {
    if (controlPlane === undefined)
      throw new Error("the control plane is there in tests only, not while they are collected");
    return controlPlane;
  };
}
