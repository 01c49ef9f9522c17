// One control plane for all tests of a file, or a reason why there is none.
import { afterAll, beforeAll, beforeEach } from "vitest";
import { missingTools } from "../tools/status.ts";
import { type ControlPlane, controlPlaneTools, startControlPlane } from "./control-plane.ts";

/**
 * Starts a control plane before the tests of this file (or `describe` block) and stops it after them. Without the
 * tools of `test/tools/install` each of these tests is reported as skipped, with the reason. Returns a function,
 * because there is no control plane before the first test runs.
 */
export function withControlPlane(): () => ControlPlane {
  const missing = missingTools(controlPlaneTools);
  let controlPlane: ControlPlane | undefined;
  beforeAll(async () => {
    if (missing === undefined) controlPlane = await startControlPlane();
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
