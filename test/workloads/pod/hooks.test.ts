import { Job, type JobProps, type Lifecycle, Worker } from "flagstone";
import type { PlanView } from "flagstone/testing";
import { describe, expect, test } from "vitest";
import { brief, IMAGE, serviceWith, tenantIn } from "../../testing/fixtures";

interface Pod {
  readonly terminationGracePeriodSeconds: number;
  readonly containers: { readonly lifecycle?: object }[];
}
const podOf = (plan: PlanView) => plan.object("Deployment", "web").spec.template.spec as unknown as Pod;
const endOf = ({ containers: [own], terminationGracePeriodSeconds }: Pod) => ({
  lifecycle: own!.lifecycle,
  grace: terminationGracePeriodSeconds,
});
async function service(lifecycle: Lifecycle | undefined, props: object = {}) {
  const plan = await serviceWith({ ...props, lifecycle });
  expect(plan.findings).toEqual([]);
  return endOf(podOf(plan));
}
const sleep = (seconds: number) => ({ sleep: { seconds } });

describe("hooks", () => {
  test.each<[string, Lifecycle | undefined, { lifecycle: object | undefined; grace: number }]>([
    [
      "a sleep in which traffic stops, when nothing is said",
      undefined,
      { lifecycle: { preStop: sleep(5) }, grace: 35 },
    ],
    ["a longer sleep", { preStop: { sleep: "1m" } }, { lifecycle: { preStop: sleep(60) }, grace: 90 }],
    ["none at all", { preStop: false }, { lifecycle: undefined, grace: 30 }],
    [
      "a command, whose time is grace period",
      { preStop: { exec: ["/bin/drain", "-q"] } },
      { lifecycle: { preStop: { exec: { command: ["/bin/drain", "-q"] } } }, grace: 30 },
    ],
    [
      "a request",
      { preStop: { http: "/drain" } },
      { lifecycle: { preStop: { httpGet: { path: "/drain", port: "http" } } }, grace: 30 },
    ],
    [
      "one after the start, beside the one before the end",
      { postStart: { http: "/warm", endpoint: "admin" } },
      { lifecycle: { postStart: { httpGet: { path: "/warm", port: "admin" } }, preStop: sleep(5) }, grace: 35 },
    ],
    [
      "a request by HTTPS",
      { preStop: { http: "/drain", scheme: "https" } },
      { lifecycle: { preStop: { httpGet: { path: "/drain", port: "http", scheme: "HTTPS" } } }, grace: 30 },
    ],
    [
      "a sleep after the start, which is no part of the end",
      { postStart: { sleep: "20s" }, preStop: false },
      { lifecycle: { postStart: sleep(20) }, grace: 30 },
    ],
  ])("of a service are %s", async (_, lifecycle, expected) => {
    const endpoints = { grpc: { port: 50051, protocol: "grpc" }, http: { port: 8080 }, admin: { port: 9090 } } as const;
    expect(await service(lifecycle, { endpoints })).toEqual(expected);
  });

  test("sleep before the grace period begins", async () => {
    expect((await service({ preStop: { sleep: "10s" } }, { gracePeriod: "2m" })).grace).toBe(130);
  });

  test("of what has no traffic, or ends by itself, are none", async () => {
    const tenant = tenantIn("dev");
    new Worker(tenant, "worker", { image: IMAGE, health: false });
    new Job(tenant, "once", { image: IMAGE });
    const plan = await tenant.plan();
    for (const object of [...plan.objects("Deployment"), ...plan.objects("Job")])
      expect(endOf((object as any).spec.template.spec)).toEqual({ lifecycle: undefined, grace: 30 });
  });

  test("of a job are those that it asks for", async () => {
    const tenant = tenantIn("dev");
    const lifecycle: JobProps["lifecycle"] = { preStop: { sleep: "3s" } };
    new Job(tenant, "once", { image: IMAGE, lifecycle });
    const [job] = (await tenant.plan()).objects("Job") as any[];
    expect(endOf(job.spec.template.spec)).toEqual({ lifecycle: { preStop: sleep(3) }, grace: 33 });
  });

  test.each<[string, unknown, string]>([
    [
      "two things at once",
      { preStop: { exec: ["a"], sleep: "5s" } },
      'lifecycle/hook dev/shop/web: lifecycle.preStop {"exec":["a"],"sleep":"5s"} is not a hook; use { exec: […] }, { http: "/path" }, { sleep: "5s" }, or preStop: false',
    ],
    [
      "a command without a name",
      { postStart: { exec: [] } },
      'lifecycle/hook dev/shop/web: lifecycle.postStart {"exec":[]} is not a hook; use { exec: […] }, { http: "/path" }, { sleep: "5s" }, or preStop: false',
    ],
    [
      "text",
      { postStart: "/warm" },
      'lifecycle/hook dev/shop/web: lifecycle.postStart "/warm" is not a hook; use { exec: […] }, { http: "/path" }, { sleep: "5s" }, or preStop: false',
    ],
    [
      "a request to an unknown endpoint",
      { preStop: { http: "/", endpoint: "htp" } },
      'lifecycle/endpoint dev/shop/web: lifecycle.preStop.endpoint "htp" is not an endpoint that can be asked; did you mean "http"?',
    ],
    [
      "a sleep of no time",
      { preStop: { sleep: "0s" } },
      'units/duration dev/shop/web: lifecycle.preStop.sleep "0s" is not a whole number of seconds above zero; write "5s" or "1m"',
    ],
    [
      "a sleep at the start that is longer than the pod may live after its end",
      { postStart: { sleep: "40s" } },
      "lifecycle/sleep dev/shop/web: lifecycle sleeps for 40 seconds, and the pod is killed 35 seconds after it is told to end; sleep less, or raise gracePeriod of the workload",
    ],
    [
      "at another moment",
      { beforeStop: { sleep: "1s" } },
      'props/unknown dev/shop/web: unknown property "lifecycle.beforeStop"; known are "postStart", "preStop"',
    ],
    [
      "with a key that nobody reads",
      { preStop: { exec: ["a"], timeout: "5s" } },
      'props/unknown dev/shop/web: unknown property "lifecycle.preStop.timeout"; known are "endpoint", "exec", "http", "scheme", "sleep"',
    ],
  ])("cannot be %s", async (_, lifecycle, finding) => {
    expect(brief((await serviceWith({ lifecycle: lifecycle as Lifecycle })).findings)).toEqual([finding]);
  });

  test("of a job cannot ask, for want of an endpoint", async () => {
    const tenant = tenantIn("dev");
    new Job(tenant, "once", { image: IMAGE, lifecycle: { preStop: { http: "/" } } });
    expect(brief((await tenant.plan()).findings)).toEqual([
      "lifecycle/endpoint dev/shop/once: lifecycle.preStop has no endpoint to ask; add an endpoint, or use { exec: […] }",
    ]);
  });
});
