import { output } from "@pulumi/pulumi";
import { Job, type JobProps, Ref, Tenant, Token, WebService } from "flagstone";
import { describe, expect, test } from "vitest";
import { versionOf } from "../../lib/workloads/job-spec";
import { brief, IMAGE, platformThat, rulesOf, tenantIn } from "../testing/fixtures";
import { planOf } from "flagstone/testing";

/** What a Job called `migrate` becomes. */
async function jobWith(props: Partial<JobProps> = {}, environment: "dev" | "prod" = "dev") {
  const shop = tenantIn(environment);
  new Job(shop, "migrate", { image: IMAGE, ...props });
  return (await shop.plan()).plan;
}

async function nameWith(props: Partial<JobProps> = {}): Promise<string> {
  const { objects } = await jobWith(props);
  return objects.find(({ kind }) => kind === "Job")!.name;
}

const specOf = async (props: Partial<JobProps> = {}): Promise<any> =>
  (await jobWith(props)).objects.find(({ kind }) => kind === "Job")!.manifest["spec"];

describe("a Job", () => {
  test("runs its pod to its end: tried again three times, for an hour at most", async () => {
    const { findings } = await jobWith();
    expect(findings).toEqual([]);
    expect(await specOf({ args: ["migrate"] })).toMatchObject({
      backoffLimit: 3,
      activeDeadlineSeconds: 3600,
      template: {
        spec: { restartPolicy: "Never", containers: [{ name: "migrate", image: IMAGE, args: ["migrate"] }] },
      },
    });
  });

  test("is tried again, and ends, as it says", async () => {
    expect(await specOf({ retries: 0, deadline: "5m" })).toMatchObject({ backoffLimit: 0, activeDeadlineSeconds: 300 });
  });

  test("does not count pods that go with their nodes as failures", async () => {
    expect((await specOf()).podFailurePolicy).toEqual({
      rules: [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] }],
    });
  });

  test("is never deleted by the time, because a GitOps controller would make it again", async () => {
    expect(await specOf()).not.toHaveProperty("ttlSecondsAfterFinished");
  });

  test("has the account, the files and the policies of any workload, by its plain name", async () => {
    const { objects } = await jobWith({ files: { "/etc/motd": "hello" } });
    const own = objects.filter(({ construct }) => construct === "dev/shop/migrate").map(({ id }) => id);
    expect(own.filter((id) => !id.includes("/Job/"))).toEqual([
      "main/core/ConfigMap/shop/migrate-files",
      "main/core/ServiceAccount/shop/migrate",
      "main/networking.k8s.io/NetworkPolicy/shop/migrate",
    ]);
  });

  test("is reached by nobody, and reaches nobody but what it is connected to", async () => {
    const shop = tenantIn("dev");
    const web = new WebService(shop, "web", { image: IMAGE });
    new Job(shop, "migrate", { image: IMAGE, connections: { web } });
    const { objects } = (await shop.plan()).plan;
    const policy = objects.find(({ kind, name }) => kind === "NetworkPolicy" && name === "migrate")!.manifest;
    expect(policy["spec"]).toMatchObject({
      podSelector: { matchLabels: { "app.kubernetes.io/name": "migrate" } },
      policyTypes: ["Ingress", "Egress"],
      egress: [{ to: [{ podSelector: { matchLabels: { "app.kubernetes.io/name": "web" } } }] }],
    });
    expect(policy["spec"]).not.toHaveProperty("ingress.0");
  });

  test("has its pods found by its plain name, and no selector of its own", async () => {
    const spec = await specOf();
    expect(spec.template.metadata.labels["app.kubernetes.io/name"]).toBe("migrate");
    expect(spec).not.toHaveProperty("selector");
  });

  test("waits for its files", async () => {
    const { objects } = await jobWith({ files: { "/etc/motd": "hello" } });
    expect(objects.find(({ kind }) => kind === "Job")!.dependsOn).toContain("main/core/ConfigMap/shop/migrate-files");
  });

  test("lets transform have the last word", async () => {
    const spec = await specOf({
      transform: { job: { spec: { completions: 2, template: { spec: { hostname: "one" } } } } },
    });
    expect(spec).toMatchObject({ completions: 2, template: { spec: { hostname: "one" } } });
  });

  test("has Pulumi wait as long as it may take, and try a failed version again", async () => {
    const { objects } = await jobWith({ deadline: "2h" });
    expect(objects.find(({ kind }) => kind === "Job")!.manifest.metadata.annotations).toEqual({
      "pulumi.com/replaceUnready": "true",
      "pulumi.com/timeoutSeconds": "7260",
    });
  });
});

describe("the name of a Job", () => {
  test("ends in 8 digits of what it is made of", async () => {
    expect(await nameWith()).toMatch(/^migrate-[0-9a-f]{8}$/);
  });

  test("is the same for the same version, in every run and cluster", async () => {
    const names = [await nameWith(), await nameWith()];
    const { objects } = await jobWith({}, "prod");
    const prod = objects.filter(({ kind }) => kind === "Job").map(({ name }) => name);
    expect(prod).toHaveLength(2);
    expect(new Set(names).size).toBe(1);
    expect(new Set(prod).size).toBe(1);
  });

  test.each<[string, Partial<JobProps>]>([
    ["the image", { image: IMAGE.replace("1.4.2", "1.4.3") }],
    ["arguments", { args: ["migrate"] }],
    ["a variable", { env: { LEVEL: "debug" } }],
    ["a file's content", { files: { "/etc/motd": "hello" } }],
    ["the number of retries", { retries: 1 }],
    ["the deadline", { deadline: "2h" }],
    ["transform", { transform: { job: { spec: { template: { spec: { hostname: "one" } } } } } }],
  ])("changes with %s", async (_, props) => {
    expect(await nameWith(props)).not.toBe(await nameWith());
  });

  test("changes when a file does", async () => {
    const name = (text: string) => nameWith({ files: { "/etc/motd": text } });
    expect(await name("hello")).not.toBe(await name("good bye"));
  });

  test.each<[string, (host: string, text: string) => Partial<JobProps>]>([
    ["a file beside an output", (host, text) => ({ env: { HOST: host }, files: { "/sql/1.sql": text } })],
    ["text around an output", (host, text) => ({ env: { URL: `postgres://${host}/${text}` } })],
    ["an argument around an output", (host, text) => ({ args: [`--${text}=${host}`] })],
    ["a structured file that holds an output", (host, text) => ({ files: { "/a": { yaml: { host, text } } } })],
    ["a file that pods read anew", (_, text) => ({ files: { "/sql/1.sql": { text, onChange: "reload" } } })],
  ])("changes with %s", async (_, props) => {
    const name = (text: string) => nameWith(props(Token.asString(output("x")), text));
    expect(await name("a")).toBe(await name("a"));
    expect(await name("b")).not.toBe(await name("a"));
  });

  test("does not change with the order of variables", async () => {
    expect(await nameWith({ env: { A: "1", B: "2" } })).toBe(await nameWith({ env: { B: "2", A: "1" } }));
    expect(await nameWith({ env: { A: "1", B: "2" } })).not.toBe(await nameWith({ env: { A: "2", B: "1" } }));
  });

  test("does not change with what is not of its pods", async () => {
    const transform = {
      job: { metadata: { annotations: { "acme.example/note": "x" } } },
      serviceAccount: { metadata: {} },
    };
    expect(await nameWith({ transform })).toBe(await nameWith());
  });

  test("does not change with what outputs turn out to be, whatever was declared before", async () => {
    const withOutput = () =>
      nameWith({ env: { HOST: output("x") }, podAnnotations: { a: Token.asString(output("y")) } });
    const first = await withOutput();
    for (let i = 0; i < 5; i++) Token.asString(output(`other ${i}`));
    expect(await withOutput()).toBe(first);
    expect(first).not.toBe(await nameWith());
  });

  test("differs by cluster where the object does", async () => {
    const transform: JobProps["transform"] = {
      job: (job, cluster) => {
        (job["spec"] as any).template.spec.hostname = cluster.name;
      },
    };
    const { objects } = await jobWith({ transform }, "prod");
    expect(new Set(objects.filter(({ kind }) => kind === "Job").map(({ name }) => name)).size).toBe(2);
  });

  test("is what identifies it in the Plan", async () => {
    const { objects } = await jobWith();
    const job = objects.find(({ kind }) => kind === "Job")!;
    expect(job.id).toBe(`main/batch/Job/shop/${job.name}`);
    expect(job.manifest.metadata.name).toBe(job.name);
  });

  test("is as long as a label of its pods can be, and no longer", async () => {
    const named = async (id: string) => {
      const shop = tenantIn("dev");
      new Job(shop, id, { image: IMAGE });
      return (await shop.plan()).plan;
    };
    const longest = await named("a".repeat(54));
    expect(longest.findings).toEqual([]);
    expect(longest.objects.find(({ kind }) => kind === "Job")!.name).toHaveLength(63);
    expect(brief((await named("a".repeat(55))).findings)).toEqual([
      expect.stringContaining(`is not a DNS label (lower-case letters, digits and "-", at most 54 characters)`),
    ]);
    expect(rulesOf((await named("a".repeat(64))).findings)).toEqual(["names/invalid"]);
  });
});

describe("a version", () => {
  test("does not depend on the order of fields", () => {
    expect(versionOf({ a: 1, b: [{ c: 2, d: 3 }] })).toBe(versionOf({ b: [{ d: 3, c: 2 }], a: 1 }));
    expect(versionOf({ a: [1, 2] })).not.toBe(versionOf({ a: [2, 1] }));
  });
});

describe("outputs", () => {
  test("reach a Job by a Secret, and leave no trace in its pods that changes with them", async () => {
    const { objects } = await jobWith({ env: { HOST: output("x") } });
    const job = objects.find(({ kind }) => kind === "Job")!;
    expect(job.manifest).toMatchObject({
      spec: {
        template: { spec: { containers: [{ env: [{ name: "HOST", valueFrom: { secretKeyRef: { key: "HOST" } } }] }] } },
      },
    });
    expect(JSON.stringify(job.manifest)).not.toContain("flagstone.dev/outputs-hash");
    expect(job.dependsOn).toContain("main/core/Secret/shop/migrate-outputs");
  });
});

describe("a Job is refused", () => {
  test.each<[string, object, string]>([
    ["with half a retry", { retries: 0.5 }, "jobs/count"],
    ["with fewer than no retries", { retries: -1 }, "jobs/count"],
    ["with no time", { deadline: "0s" }, "units/duration"],
    ["with half a second", { deadline: "500ms" }, "units/duration"],
    ["with a property of others", { schedule: "0 6 * * *" }, "props/unknown"],
    ["with a transform of a child that it has not", { transform: { deployment: {} } }, "props/unknown"],
  ])("%s", async (_, props, rule) => {
    expect(rulesOf((await jobWith(props)).findings)).toEqual([rule]);
  });
});

describe("runAfter", () => {
  const shopWith = async (declare: (shop: Tenant) => void) =>
    (
      await planOf(
        platformThat((environment) => declare(new Tenant(environment, "shop"))),
        "prod",
      )
    ).plan;

  test("has all of a workload wait for the Job in its own cluster", async () => {
    const { objects, findings } = await shopWith((shop) => {
      const migrate = new Job(shop, "migrate", { image: IMAGE });
      new WebService(shop, "web", { image: IMAGE, runAfter: [migrate] });
    });
    expect(findings).toEqual([]);
    const ids = objects.map(({ id }) => id);
    for (const cluster of ["eu", "us"]) {
      const job = ids.findIndex((id) => id.startsWith(`${cluster}/batch/Job/shop/migrate-`));
      for (const object of objects.filter((one) => one.cluster === cluster && one.construct === "prod/shop/web")) {
        expect(object.dependsOnConstructs).toEqual(["prod/shop/migrate"]);
        expect(ids.indexOf(object.id)).toBeGreaterThan(job);
      }
    }
  });

  test("is refused for a Job that is not on a cluster of the workload", async () => {
    const { findings } = await shopWith((shop) => {
      const migrate = new Job(shop, "migrate", { image: IMAGE, placement: { cluster: "eu" } });
      new WebService(shop, "web", { image: IMAGE, runAfter: [migrate] });
    });
    expect(brief(findings)).toEqual([
      'run-after/cluster prod/shop/web: runAfter has prod/shop/migrate, which is not on cluster "us"; give both the same placement',
    ]);
  });

  test("is refused for a Job of another tenant, and for what is no Job", async () => {
    const program = platformThat((environment) => {
      const shop = new Tenant(environment, "shop");
      const migrate = new Job(new Tenant(environment, "bank"), "migrate", { image: IMAGE });
      const web = new WebService(shop, "web", { image: IMAGE, runAfter: [migrate] });
      new WebService(shop, "cart", { image: IMAGE, runAfter: [web, Ref.secretKey({ name: "a", key: "b" })] as never });
      new WebService(shop, "stock", { image: IMAGE, runAfter: migrate as never });
    });
    expect(rulesOf((await planOf(program, "dev")).findings)).toEqual([
      "run-after/job",
      "run-after/job",
      "run-after/job",
      "run-after/tenant",
    ]);
  });
});
