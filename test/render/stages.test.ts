// What waits for Jobs, where a GitOps controller applies what is rendered.
import { output } from "@pulumi/pulumi";
import fc from "fast-check";
import { type Delivery, Job, ScheduledJob, type Tenant, Token, WebService, Worker } from "flagstone";
import { describe, expect, test } from "vitest";
import type { DraftObject } from "../../lib/plan/draft";
import { makeDraft } from "../../lib/plan/make-draft";
import { render } from "../../lib/render/render";
import { platformOf, renderedFiles, renderedObjects } from "../deploy/programs";

const IMAGE = "registry.acme.example/web:1.0.0@sha256:5f0c2d4c1fd4a1d2b6d4d1f3b0c0a8c8a7f1f6f2c6a3d5b9e7c1d0f8a2b4c6d8";

const chain = (shop: Tenant) => {
  const migrate = new Job(shop, "migrate", { image: IMAGE, files: { "/etc/motd": "hello" } });
  const index = new Job(shop, "index", { image: IMAGE, runAfter: [migrate] });
  new WebService(shop, "web", { image: IMAGE, runAfter: [index], replicas: { min: 2, max: 4 } });
  new ScheduledJob(shop, "report", { image: IMAGE, schedule: "@daily", runAfter: [migrate] });
  new WebService(shop, "cart", { image: IMAGE });
};

const WAVE = "argocd.argoproj.io/sync-wave";
const wavesOf = (objects: Readonly<Record<string, any>>, names: RegExp) =>
  Object.fromEntries(
    Object.entries(objects)
      .filter(([key]) => names.test(key))
      .map(([key, { metadata }]) => [key.replace(/-[0-9a-f]{8}$/, ""), metadata.annotations?.[WAVE]]),
  );

describe("with Argo CD", () => {
  const program = platformOf(chain, { delivery: "argo-cd" });

  test("each object is in a wave after all Jobs that it waits for", () => {
    expect(wavesOf(renderedObjects(program, "dev"), /batch|apps/)).toEqual({
      "main batch/v1 Job shop migrate": undefined,
      "main batch/v1 Job shop index": "1",
      "main batch/v1 CronJob shop report": "1",
      "main apps/v1 Deployment shop web": "2",
      "main apps/v1 Deployment shop cart": undefined,
    });
  });

  test("all of a workload is in its wave, so that an autoscaler has what it scales", () => {
    const own = wavesOf(renderedObjects(program, "dev"), /(?<!default-deny)\bshop web$/);
    expect(Object.keys(own).length).toBeGreaterThan(4);
    expect(new Set(Object.values(own))).toEqual(new Set(["2"]));
  });

  test("a wave that the program says itself stands", () => {
    const own = platformOf(
      (shop) => {
        const migrate = new Job(shop, "migrate", { image: IMAGE });
        const transform = { deployment: { metadata: { annotations: { [WAVE]: "7" } } } };
        new Worker(shop, "worker", { image: IMAGE, runAfter: [migrate], transform });
      },
      { delivery: "argo-cd" },
    );
    expect(wavesOf(renderedObjects(own, "dev"), /Deployment/)).toEqual({ "main apps/v1 Deployment shop worker": "7" });
  });

  test("and with Pulumi or Flux there are no waves", () => {
    for (const delivery of ["pulumi", "flux"] as const)
      expect(JSON.stringify(renderedObjects(platformOf(chain, { delivery }), "dev"))).not.toContain(WAVE);
  });
});

describe("with Flux", () => {
  test("what waits for Jobs is in a folder beside the cluster's, by the number of Jobs", () => {
    const paths = Object.keys(renderedFiles(platformOf(chain, { delivery: "flux" }), "dev")).map((path) =>
      path.replace(/-[0-9a-f]{8}\.yaml$/, ".yaml"),
    );
    expect(paths).toEqual(
      expect.arrayContaining([
        "dev/main/shop/job-migrate.yaml",
        "dev/main/shop/configmap-migrate-files.yaml",
        "dev/main/shop/deployment-cart.yaml",
        "dev/main.after-1/shop/job-index.yaml",
        "dev/main.after-1/shop/cronjob-report.yaml",
        "dev/main.after-2/shop/deployment-web.yaml",
        "dev/main.after-2/shop/horizontalpodautoscaler-web.yaml",
      ]),
    );
    expect(paths.filter((path) => path.startsWith("dev/main/") && path.includes("-web.yaml"))).toEqual([]);
  });

  test("and with Pulumi or Argo CD all is in the cluster's", () => {
    for (const delivery of ["pulumi", "argo-cd"] as const)
      for (const path of Object.keys(renderedFiles(platformOf(chain, { delivery }), "prod")))
        expect(path).toMatch(/^prod\/(eu|us)\/(shop|_shared)\//);
  });
});

/** Who waits for which of the Jobs before it, by index; the last item is no Job. */
const graphs = fc
  .array(fc.array(fc.nat(20), { maxLength: 3 }), { minLength: 1, maxLength: 7 })
  .map((lists) => lists.map((list, i) => [...new Set(i === 0 ? [] : list.map((n) => n % i))]));

function declare(graph: readonly (readonly number[])[]): (shop: Tenant) => void {
  return (shop) => {
    const jobs: Job[] = [];
    graph.forEach((before, i) => {
      const runAfter = before.map((n) => jobs[n]!);
      const props = { image: IMAGE, runAfter, files: { "/etc/motd": String(i) } };
      if (i < graph.length - 1) jobs.push(new Job(shop, `job-${i}`, props));
      else new WebService(shop, "web", { ...props, replicas: { min: 2, max: 3 } });
    });
  };
}

function longest(graph: readonly (readonly number[])[], at: number): number {
  return Math.max(0, ...graph[at]!.map((before) => 1 + longest(graph, before)));
}

/** Everything that an object waits for, directly or by others, in its cluster. */
function waitedFor(object: DraftObject, found = new Set<DraftObject>()): Set<DraftObject> {
  for (const before of [...object.dependsOn, ...object.dependsOnGroups.flatMap(({ members }) => members)]) {
    if (found.has(before)) continue;
    found.add(before);
    waitedFor(before, found);
  }
  return found;
}

describe("whatever waits for whatever", () => {
  test("is applied after all Jobs that it waits for, and not before what it needs", () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const { objects, findings } = makeDraft(
          platformOf(declare(graph), { delivery: "argo-cd" }).instantiate("prod"),
        );
        expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
        const waveOf = ({ json }: DraftObject) => Number(json.metadata.annotations?.[WAVE] ?? 0);
        for (const object of objects) {
          for (const before of waitedFor(object)) {
            if (before.json.kind === "Job") expect(waveOf(before)).toBeLessThan(waveOf(object));
            else expect(waveOf(before)).toBeLessThanOrEqual(waveOf(object));
          }
        }
        const deployments = objects.filter(({ json }) => json.kind === "Deployment");
        expect(deployments.map(waveOf)).toEqual([longest(graph, graph.length - 1), longest(graph, graph.length - 1)]);
      }),
      { numRuns: 60 },
    );
  });

  test("is in the folder of its wave, alike in each cluster", () => {
    const stages = (delivery: Delivery, graph: readonly (readonly number[])[]) => {
      const draft = makeDraft(platformOf(declare(graph), { delivery }).instantiate("prod"));
      return { paths: [...render(draft).files.keys()], draft };
    };
    fc.assert(
      fc.property(graphs, (graph) => {
        const { paths, draft } = stages("flux", graph);
        const byCluster = draft.objects.map(({ cluster, stage }) =>
          stage === 0 ? cluster.name : `${cluster.name}.after-${stage}`,
        );
        expect(paths.map((path) => path.split("/")[1]).sort()).toEqual(byCluster.sort());
        expect(new Set(paths.map((path) => path.split("/").slice(2).join("/"))).size * 2).toBe(paths.length);
      }),
      { numRuns: 40 },
    );
  });
});

describe("an order that nobody could hold", () => {
  const withOutput = (delivery: Delivery) =>
    makeDraft(
      platformOf(
        (shop) => {
          const migrate = new Job(shop, "migrate", {
            image: IMAGE,
            podAnnotations: { a: Token.asString(output("x")) },
          });
          new WebService(shop, "web", { image: IMAGE, runAfter: [migrate] });
        },
        { delivery },
      ).instantiate("dev"),
    ).findings;

  test("is refused: a Job of Pulumi before a workload of a GitOps controller", () => {
    for (const delivery of ["argo-cd", "flux"] as const) {
      expect(withOutput(delivery)).toMatchObject([
        {
          rule: "run-after/delivery",
          path: "dev/shop/web",
          message: expect.stringMatching(
            new RegExp(
              `^Deployment "web" waits for Job "migrate-[0-9a-f]{8}", but Job "migrate-[0-9a-f]{8}" carries outputs, which leaves it to Pulumi and the other to ${delivery}$`,
            ),
          ),
        },
      ]);
    }
  });

  test("is none where Pulumi applies everything", () => {
    expect(withOutput("pulumi")).toEqual([]);
  });

  test("is none for outputs in variables, which are in a Secret", () => {
    const program = platformOf(
      (shop) => {
        const migrate = new Job(shop, "migrate", { image: IMAGE, env: { HOST: output("x") } });
        new WebService(shop, "web", { image: IMAGE, env: { HOST: output("x") }, runAfter: [migrate] });
      },
      { delivery: "flux" },
    );
    expect(makeDraft(program.instantiate("dev")).findings).toEqual([]);
  });
});
