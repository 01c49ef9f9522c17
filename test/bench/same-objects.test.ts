// Speed is compared fairly: all contenders make the same objects.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadAll } from "js-yaml";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeDraft } from "../../lib/plan/make-draft.ts";
import { render } from "../../lib/render/render.ts";
import { missingTools, toolPath } from "../tools/status.ts";
import { onePass, synth } from "./by-hand.ts";
import { helmInput, kustomizeInput } from "./inputs.ts";
import { benchProgram } from "./program.ts";
import { OBJECTS_PER_SERVICE, type Shape } from "./shape.ts";

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: any;
}

/** Objects by kind and name. */
function read(texts: Iterable<string>): Map<string, Manifest> {
  const objects = [...texts]
    .flatMap((text) => loadAll(text) as (Manifest | null)[])
    .filter((object) => object !== null);
  return new Map(objects.map((object) => [`${object.kind} ${object.metadata.name}`, object]));
}

describe.each(["few", "many"] as const)("with %s scopes", (scopes) => {
  const shape: Shape = { services: 3, scopes };
  let folder: string;
  let expected: Map<string, Manifest>;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "flagstone-same-"));
    expected = read(render(makeDraft(benchProgram(shape).instantiate("staging"))).files.values());
    expect(expected.size).toBe(shape.services * OBJECTS_PER_SERVICE);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("one pass by hand makes the objects that Flagstone renders", () => {
    expect(read(onePass(shape))).toEqual(expected);
  });

  test("App.synth() makes the objects that Flagstone renders, but for a field that cdk8s-plus-28 drops", () => {
    const out = join(folder, "synth");
    synth(shape, out);
    const made = read(readdirSync(out).map((file) => readFileSync(join(out, file), "utf8")));
    for (const object of made.values()) {
      if (object.kind === "Deployment")
        object.spec.template.spec.containers[0].lifecycle = { preStop: { sleep: { seconds: 5 } } };
    }
    expect(made).toEqual(expected);
  });

  test("helm template makes the objects that Flagstone renders", ({ skip }) => {
    const missing = missingTools(["helm"]);
    if (missing !== undefined) skip(missing);
    const args = helmInput(join(folder, "helm"), shape);
    expect(read([execFileSync(toolPath("helm"), args, { encoding: "utf8" })])).toEqual(expected);
  });

  test("kustomize build makes the objects that Flagstone renders", ({ skip }) => {
    const missing = missingTools(["kustomize"]);
    if (missing !== undefined) skip(missing);
    const args = kustomizeInput(join(folder, "kustomize"), shape);
    expect(read([execFileSync(toolPath("kustomize"), args, { encoding: "utf8" })])).toEqual(expected);
  });
});
