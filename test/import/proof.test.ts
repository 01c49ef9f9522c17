// The proof finds what is not as it was: a proof that cannot fail proves nothing.
import fc from "fast-check";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { loadEnvironments } from "../../lib/cli/load-program.ts";
import { Progress } from "../../lib/cli/output.ts";
import { importProgram } from "../../lib/import/import.ts";
import { readFiles, readInput } from "../../lib/import/input/read.ts";
import type { Json, JsonMap } from "../../lib/import/json.ts";
import { differences } from "../../lib/import/proof/differ.ts";
import { prove } from "../../lib/import/proof/prove.ts";
import { matches, RULES } from "../../lib/import/proof/rules.ts";
import { canonical } from "../../lib/import/quantities.ts";
import type { Draft } from "../../lib/plan/draft.ts";
import { copyOf, fixture, importPaths } from "./imported.ts";

async function loaded(path: string): Promise<{ translation: Parameters<typeof prove>[0]; draft: Draft }> {
  const { folder } = await importPaths([fixture(path)], { tenant: "shop" });
  const { translation } = importProgram({ input: readInput(readFiles([fixture(path)]), undefined), tenant: "shop" });
  const [environment] = await loadEnvironments([copyOf(folder)], {}, new Progress());
  return { translation, draft: environment!.draft };
}

/** The same draft with one object changed, or gone. */
function changed(draft: Draft, kind: string, name: string, change: (json: any) => void): Draft {
  const objects = draft.objects.map((object) => {
    if (object.json.kind !== kind || object.json.metadata.name !== name) return object;
    const json = structuredClone(object.json);
    change(json);
    return { ...object, json };
  });
  return { ...draft, objects };
}

const CHANGES: readonly (readonly [
  what: string,
  kind: string,
  name: string,
  path: string,
  change: (json: any) => void,
])[] = [
  [
    "an image",
    "Deployment",
    "blue-portal",
    "pod.own.image",
    (d) => (d.spec.template.spec.containers[0].image = "other:1"),
  ],
  [
    "a variable",
    "Deployment",
    "blue-portal",
    "pod.own.env.REGION",
    (d) =>
      d.spec.template.spec.containers[0].env.splice(
        d.spec.template.spec.containers[0].env.findIndex((e: any) => e.name === "REGION"),
        1,
      ),
  ],
  [
    "a limit",
    "Deployment",
    "blue-portal",
    "pod.own.resources.limits.memory",
    (d) => (d.spec.template.spec.containers[0].resources.limits.memory = "2Gi"),
  ],
  [
    "a user",
    "Deployment",
    "blue-portal",
    "pod.own.securityContext.runAsUser",
    (d) => (d.spec.template.spec.containers[0].securityContext.runAsUser = 7),
  ],
  [
    "a path of a probe",
    "Deployment",
    "blue-portal",
    "pod.own.readinessProbe.httpGet.path",
    (d) => (d.spec.template.spec.containers[0].readinessProbe.httpGet.path = "/x"),
  ],
  ["a toleration", "Deployment", "blue-portal", "pod.tolerations", (d) => delete d.spec.template.spec.tolerations],
  [
    "a label that is selected by",
    "Deployment",
    "blue-portal",
    "pod.labels.app.kubernetes.io/instance",
    (d) => delete d.spec.template.metadata.labels["app.kubernetes.io/instance"],
  ],
  [
    "a step before the start",
    "Deployment",
    "blue-portal",
    "pod.init.assets",
    (d) =>
      (d.spec.template.spec.initContainers = d.spec.template.spec.initContainers.filter(
        (c: any) => c.name !== "assets",
      )),
  ],
  [
    "text of a file",
    "ConfigMap",
    "blue-portal-files",
    "pod.own.files./etc/portal/logback.xml.text",
    (c) => (c.data["etc_portal_logback.xml"] = ""),
  ],
  [
    "a port of a Service",
    "Service",
    "blue-portal",
    "spec.ports.80/TCP.target",
    (s) => (s.spec.ports[0].targetPort = 1),
  ],
  [
    "an annotation",
    "Service",
    "blue-portal",
    "metadata.annotations.prometheus.io/scrape",
    (s) => delete s.metadata.annotations,
  ],
  ["a number of pods", "HorizontalPodAutoscaler", "blue-portal", "spec.maxReplicas", (h) => (h.spec.maxReplicas = 2)],
  [
    "a metric",
    "HorizontalPodAutoscaler",
    "blue-portal",
    "spec.metrics.Pods requests_per_second",
    (h) => h.spec.metrics.pop(),
  ],
  ["a budget", "PodDisruptionBudget", "blue-portal", "spec.minAvailable", (b) => (b.spec.minAvailable = 1)],
  [
    "a host",
    "Ingress",
    "blue-portal",
    "spec.routes.portal.acme.example/",
    (i) => (i.spec.rules[0].http.paths[0].backend.service.port.number = 9),
  ],
  [
    "a certificate",
    "Ingress",
    "blue-portal",
    "spec.certificates.portal.acme.example",
    (i) => (i.spec.tls[0].secretName = "other"),
  ],
  ["a schedule", "CronJob", "blue-portal-cleanup", "spec.schedule", (c) => (c.spec.schedule = "@daily")],
  [
    "a deadline",
    "CronJob",
    "blue-portal-cleanup",
    "job.activeDeadlineSeconds",
    (c) => (c.spec.jobTemplate.spec.activeDeadlineSeconds = 1),
  ],
  [
    "an account's role",
    "ServiceAccount",
    "blue-portal",
    "metadata.annotations.eks.amazonaws.com/role-arn",
    (a) => delete a.metadata.annotations,
  ],
  ["an object that stays", "Secret", "blue-portal", "data.session-key", (s) => (s.data["session-key"] = "")],
];

describe("the proof", () => {
  let translation: Parameters<typeof prove>[0];
  let draft: Draft;

  beforeAll(async () => {
    ({ translation, draft } = await loaded("web-chart.yaml"));
  });

  test("finds nothing where nothing is other", () => {
    expect(prove(translation, draft).unexplained).toEqual([]);
  });

  test.each(CHANGES)("finds %s that is other", (_, kind, name, path, change) => {
    const { unexplained } = prove(translation, changed(draft, kind, name, change));
    expect(unexplained.map((each) => each.path).join(" ")).toContain(path);
  });

  test.each(["Deployment", "Service", "HorizontalPodAutoscaler", "Ingress", "Secret", "ServiceMonitor", "Job"])(
    "finds that a %s is gone",
    (kind) => {
      const objects = draft.objects.filter(({ json }) => json.kind !== kind);
      const { unexplained } = prove(translation, { ...draft, objects });
      expect(unexplained.map(({ object }) => object).join(" ")).toContain(`/${kind}/`);
    },
  );

  test("finds an object that nobody asked for", () => {
    const deployment = draft.objects.find(({ json }) => json.kind === "Deployment")!;
    const extra = {
      ...deployment,
      id: "main/core/Service/shop/extra",
      json: { ...deployment.json, kind: "Service", metadata: { name: "extra" } },
    };
    const { unexplained } = prove(translation, { ...draft, objects: [...draft.objects, extra] });
    expect(unexplained.map(({ object }) => object)).toEqual(["main/core/Service/shop/extra"]);
  });
});

describe("rules of intended differences", () => {
  test("have a name and a sentence each, once", () => {
    const names = RULES.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, sentence } of RULES) {
      expect(name).toMatch(/^[a-z]+\/[a-z-]+$/);
      expect(sentence, name).toMatch(/^[A-Z].*\.$/);
    }
  });

  test("are in the guide, each with its sentence", () => {
    const guide = readFileSync(join(import.meta.dirname, "../../docs/from-helm.md"), "utf8").replace(/\s+/g, " ");
    for (const { name, sentence } of RULES)
      expect(guide, name).toContain(`| \`${name}\` | ${sentence.replaceAll("|", "\\|")}`.replace(/\s+/g, " "));
  });

  test("match paths", () => {
    expect(matches(["pod", "own", "image"], "pod own image")).toBe(true);
    expect(matches(["pod", "init", "a", "image"], "pod own|init>* image")).toBe(true);
    expect(matches(["pod", "own", "env", "A"], "pod own env")).toBe(false);
    expect(matches(["pod", "own", "env", "A"], "pod own **")).toBe(true);
    expect(matches(["a", "app.kubernetes.io/name"], "a *")).toBe(true);
  });
});

test("what is the same has no differences, and what is other has", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      expect(differences(a as Json, structuredClone(a) as Json)).toEqual([]);
      const found = differences({ a } as JsonMap, { a: b } as JsonMap);
      if (found.length === 0) expect(canonicalJson(a)).toBe(canonicalJson(b));
    }),
  );
});

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    typeof item === "object" && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : Object.is(item, -0)
        ? 0
        : item,
  );
}

test.each([
  ["1", "1000m"],
  ["0.5", "500m"],
  ["1Gi", "1024Mi"],
  ["128M", "128e6"],
  ["1.5Gi", "1536Mi"],
  ["100000k", "100M"],
])("%s and %s are one quantity", (a, b) => {
  expect(canonical(a)).toBe(canonical(b));
  expect(canonical(a)).not.toBe(canonical(`1${b}`));
});
