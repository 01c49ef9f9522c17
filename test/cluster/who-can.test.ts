import fc from "fast-check";
import { type AccessQuestion, type AccessSubject, canI, type KubeObject } from "flagstone";
import { beforeAll, expect, test } from "vitest";
import { questions, subjects } from "../access/questions.ts";
import { rolesInUse } from "../access/roles-in-use.ts";
import { missingTools } from "../tools/status.ts";
import { bodyOf, discover, pathOf } from "./api.ts";
import { controlPlaneTools } from "./control-plane.ts";
import { objectsOf } from "./every-tenant.ts";
import { until } from "./processes.ts";
import { withControlPlane } from "./suite.ts";

const controlPlane = withControlPlane();
const objects: readonly KubeObject[] = [...objectsOf("prod"), ...rolesInUse];

beforeAll(async () => {
  if (missingTools(controlPlaneTools) !== undefined) return;
  const served = await discover(controlPlane().request);
  for (const object of objects) {
    if (object.kind !== "Namespace" && !object.apiVersion.startsWith("rbac.")) continue;
    const kind = served.find((each) => each.apiVersion === object.apiVersion && each.kind === object.kind)!;
    bodyOf(await controlPlane().request("POST", pathOf(kind, object.metadata.namespace), object), object.metadata.name);
  }
  const collected = { user: "carol", groups: ["x"] };
  const question = { verb: "create", group: "batch", resource: "jobs", namespace: "bank" };
  const ask = async () => ((await serverSays(collected, question)) ? undefined : "it is empty");
  await until("the aggregated role is filled", ask, { timeout: 30_000 });
});

/** The answer of the API server's own authorizer. */
async function serverSays(subject: AccessSubject, question: AccessQuestion): Promise<boolean> {
  const { serviceAccount } = subject;
  const identity =
    serviceAccount === undefined
      ? { user: subject.user ?? "", groups: subject.groups ?? [] }
      : {
          user: `system:serviceaccount:${serviceAccount.namespace}:${serviceAccount.name}`,
          groups: ["system:serviceaccounts", `system:serviceaccounts:${serviceAccount.namespace}`],
        };
  const review = {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SubjectAccessReview",
    metadata: {},
    spec: { user: identity.user, groups: [...identity.groups, "system:authenticated"], resourceAttributes: question },
  };
  const path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
  const { status } = bodyOf(await controlPlane().request("POST", path, review), JSON.stringify(question));
  return (status as { readonly allowed: boolean }).allowed;
}

test("who can do what is what the API server's own authorizer answers, to 1,000 questions", async () => {
  const asked = fc.sample(fc.tuple(subjects, questions), { numRuns: 1_000, seed: 4 });
  const answers = { yes: 0, no: 0 };
  const differ: unknown[] = [];
  for (let start = 0; start < asked.length; start += 16) {
    await Promise.all(
      asked.slice(start, start + 16).map(async ([subject, question]) => {
        const expected = await serverSays(subject, question);
        answers[expected ? "yes" : "no"]++;
        if (canI(objects, subject, question) !== expected) differ.push({ subject, question, expected });
      }),
    );
  }
  expect(differ).toEqual([]);
  expect(answers.yes + answers.no).toBe(1_000);
  expect(answers.yes).toBeGreaterThan(200);
  expect(answers.no).toBeGreaterThan(200);
});
