// What becomes of hooks of Helm: a program has a moment before workloads, and no other.
import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { translate } from "../../lib/import/kubernetes/translate.ts";
import type { JsonMap } from "../../lib/import/json.ts";
import { deployment, type Imported, importText, manifests, service } from "./imported.ts";

/** A Job or Pod that Helm runs. */
function hook(name: string, hooks: string, { kind = "Job", weight }: { kind?: "Job" | "Pod"; weight?: string } = {}) {
  const pod = { restartPolicy: "Never", containers: [{ name, image: "registry.acme.example/shop/web:1.0.0" }] };
  const annotations = {
    "helm.sh/hook": hooks,
    ...(weight === undefined ? {} : { "helm.sh/hook-weight": weight }),
  };
  return kind === "Job"
    ? { apiVersion: "batch/v1", kind, metadata: { name, annotations }, spec: { template: { spec: pod } } }
    : { apiVersion: "v1", kind, metadata: { name, annotations }, spec: pod };
}

const web = [deployment("web"), service("web")];
const hintsOf = ({ report }: Imported): string => report.hints.join("\n");

describe("jobs before each installation and upgrade", () => {
  test("run one after the other by weight, then by name, and everything else runs after the last", async () => {
    const imported = await importText(
      manifests(
        ...web,
        hook("b-last", "pre-install,pre-upgrade", { weight: "5" }),
        hook("a-last", "pre-upgrade, pre-install", { weight: "5" }),
        hook("zz-first", "pre-install,pre-upgrade", { weight: "-5" }),
        hook("middle", "pre-install,pre-upgrade"),
      ),
    );
    expect(imported.text).toMatch(/const middle = new Job\(shop, "middle", \{[^}]*runAfter: \[zzFirst\]/);
    expect(imported.text).toMatch(/const aLast = new Job\(shop, "a-last", \{[^}]*runAfter: \[middle\]/);
    expect(imported.text).toMatch(/const bLast = new Job\(shop, "b-last", \{[^}]*runAfter: \[aLast\]/);
    expect(imported.text).toMatch(/new WebService\(shop, "web", \{[^}]*runAfter: \[bLast\]/);
    expect(imported.report.unexplained).toEqual([]);
    expect(imported.report.findings.filter(({ severity }) => severity === "error")).toEqual([]);
  });

  test("are in one order whatever order they stand in", () => {
    const weights = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(weights, fc.infiniteStream(fc.nat()), (given, random) => {
        const jobs = given.map((weight, i) => hook(`job-${i}`, "pre-install,pre-upgrade", { weight: String(weight) }));
        const sorted = given
          .map((weight, i) => ({ weight, name: `job-${i}` }))
          .sort((a, b) => a.weight - b.weight || (a.name < b.name ? -1 : 1))
          .map(({ name }) => name);
        const objects = [...web, ...jobs]
          .map((object) => ({ object, at: random.next().value as number }))
          .sort((a, b) => a.at - b.at)
          .map(({ object }) => object as JsonMap);
        const { program } = translate(objects, {
          tenant: "shop",
          namespace: "shop",
          domain: "dev.shop.example",
          defaultReplicas: 1,
        });
        const waits = Object.fromEntries(program.workloads.map(({ id, runAfter }) => [id, runAfter]));
        const expected = sorted.map((name, i) => [name, i === 0 ? [] : [sorted[i - 1]]]);
        expect(waits).toEqual({ ...Object.fromEntries(expected), web: [sorted.at(-1)] });
      }),
      { numRuns: 50 },
    );
  });

  test("that also ran at a rollback say that nothing runs them then", async () => {
    const imported = await importText(manifests(...web, hook("migrate", "pre-install,pre-upgrade,pre-rollback")));
    expect(imported.text).toContain("runAfter: [migrate]");
    expect(hintsOf(imported)).toContain("Helm ran batch/Job/-/migrate at pre-rollback, too, where nothing runs it");
  });

  test("say what does not wait for them as it did", async () => {
    const set = { ...deployment("store"), kind: "StatefulSet" };
    const imported = await importText(manifests(...web, set, hook("migrate", "pre-install,pre-upgrade")));
    expect(hintsOf(imported)).toContain(
      'apps/StatefulSet/-/store: what stays as it was does not wait for the job "migrate"',
    );
  });
});

describe("what Helm runs at another time", () => {
  test.each([
    ["post-install,post-upgrade", "helm/post-hook", "once the new version runs"],
    ["post-install,pre-upgrade", "helm/post-hook", "once the new version runs"],
    ["pre-install", "helm/install-hook", "before you first deploy"],
    ["pre-upgrade", "helm/upgrade-hook", "before each deployment"],
  ])("by %s is not deployed, and the report says what to do", async (hooks, rule, advice) => {
    const imported = await importText(manifests(...web, hook("task", hooks)));
    expect(imported.text).not.toContain("new Job(");
    expect(imported.text).not.toContain("runAfter");
    expect(imported.report.notDeployed).toEqual([{ object: "batch/Job/-/task", file: "job-task.yaml", rule }]);
    expect(imported.read("not-deployed/job-task.yaml")).toContain("kind: Job");
    expect(hintsOf(imported)).toContain(advice);
    expect(hintsOf(imported)).toContain("kubectl create --namespace shop -f not-deployed/job-task.yaml");
    expect(imported.read("import-report.md")).toContain("are those of the input, but for what is not deployed and");
    expect(imported.report.unexplained).toEqual([]);
  });

  test("as a pod is not deployed either", async () => {
    const imported = await importText(manifests(...web, hook("task", "pre-install,pre-upgrade", { kind: "Pod" })));
    expect(imported.report.notDeployed).toMatchObject([{ object: "core/Pod/-/task", rule: "helm/pod-hook" }]);
    expect(hintsOf(imported)).toContain("Make it a Job that workloads name in runAfter");
  });

  test("leaves what only has to be there: it is deployed", async () => {
    const config = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "settings", annotations: { "helm.sh/hook": "post-install" } },
      data: { level: "info" },
    };
    const { report } = await importText(manifests(...web, config));
    expect(report.notDeployed).toEqual([]);
    expect(report.kept).toMatchObject([{ object: "core/ConfigMap/-/settings" }]);
  });
});
