// Whatever props a workload is given: the server takes what it becomes, or our own findings refused it first.
import fc from "fast-check";
import { FlagstoneError } from "flagstone";
import { beforeAll, describe, expect, test } from "vitest";
import type { Draft } from "../../lib/plan/draft.ts";
import { makeDraft } from "../../lib/plan/make-draft.ts";
import { programOf, type Sketch, sketches } from "../workloads/random/workloads.ts";
import { missingTools } from "../tools/status.ts";
import { bodyOf, discover, pathOf, type ServedKind } from "./api.ts";
import { controlPlaneTools } from "./control-plane.ts";
import { mistakes } from "./refusals.ts";
import { withControlPlane } from "./suite.ts";

const definitions = ["cilium", "external-secrets", "gateway-api", "keda", "vertical-pod-autoscaler"] as const;
const controlPlane = withControlPlane(...definitions);
const ready = missingTools([...controlPlaneTools, ...definitions]) === undefined;
let served: readonly ServedKind[];

beforeAll(async () => {
  if (!ready) return;
  served = await discover(controlPlane().request);
  // The server then says of every object with pods whether Pod Security would refuse them.
  const labels = { "pod-security.kubernetes.io/warn": "restricted" };
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", labels } };
  bodyOf(await controlPlane().request("POST", "/api/v1/namespaces", namespace), "namespace");
});

/** What the program declares, or why it cannot be read at all. */
function draftOf(sketch: Sketch): Draft | string {
  try {
    return makeDraft(programOf(sketch).instantiate("dev"));
  } catch (error) {
    if (error instanceof FlagstoneError) return error.message;
    throw error;
  }
}

/** What the server says against the objects of the program's workloads. */
async function refusalsOf({ objects }: Draft): Promise<string[]> {
  const own = objects;
  const answers = await Promise.all(
    own.map(async ({ json }) => {
      const kind = served.find(({ apiVersion, kind }) => apiVersion === json.apiVersion && kind === json.kind);
      if (!kind) return [`${json.apiVersion} ${json.kind} is not served`];
      const path = `${pathOf(kind, "shop")}?dryRun=All&fieldValidation=Strict`;
      const answer = await controlPlane().request<{ readonly message?: string }>("POST", path, json);
      const said = answer.status === 201 ? [] : [`${answer.status} ${answer.body.message ?? ""}`];
      return [...said, ...answer.warnings].map((text) => `${json.kind} ${json.metadata.name}: ${text}`);
    }),
  );
  return answers.flat();
}

test("a workload of any kind with any props is taken by the server, strictly read and without a warning, or was refused by our findings", async () => {
  const runs = { taken: 0, refused: 0 };
  const rules = new Set<string>();
  const property = fc.asyncProperty(sketches, async (sketch) => {
    const draft = draftOf(sketch);
    const errors = typeof draft === "string" ? [] : draft.findings.filter(({ severity }) => severity === "error");
    for (const { rule } of errors) rules.add(rule);
    if (typeof draft === "string" || errors.length > 0) {
      runs.refused++;
      return;
    }
    expect(await refusalsOf(draft)).toEqual([]);
    runs.taken++;
  });
  await fc.assert(property, { numRuns: 2000 });
  console.log(`${runs.taken} programs taken, ${runs.refused} refused by ${rules.size} rules of ours`);
  // A generator that makes too little of either proves nothing.
  expect(runs.taken).toBeGreaterThan(400);
  expect(runs.refused).toBeGreaterThan(400);
}, 600_000);

describe("a mistake that our findings refuse is refused by the server, too", () => {
  const draftWith = (props: object) =>
    makeDraft(programOf({ ...plain, props: { image: "registry.acme.example/web:1", ...props } }).instantiate("dev"));
  const plain = {
    kind: "WebService",
    name: "web",
    isProduction: false,
    capabilities: [],
    runsAfter: false,
    uses: [],
  } as const;

  test.each(mistakes)("$rule", async ({ rule, props, transform }) => {
    expect(draftWith(props).findings.map((finding) => finding.rule)).toContain(rule);
    const draft = draftWith({ transform, health: "/", replicas: 2 });
    expect(draft.findings).toEqual([]);
    expect(await refusalsOf(draft)).toEqual([expect.stringMatching(/ (400|422) /)]);
  });
});
