import { output } from "@pulumi/pulumi";
import { Lazy } from "cdk8s";
import { k8s } from "cdk8s-plus-28";
import { defaultsFor, definePlatform, type KubeObject, WebService } from "flagstone";
import { testTenant } from "flagstone/testing";
import { describe, expect, test } from "vitest";
import { brief, IMAGE, serviceWith } from "../testing/fixtures";

const SCALED = { replicas: { min: 2, max: 3 }, files: { "/etc/a": "b" } } as const;

describe("a transform", () => {
  test("as a patch merges into the object, lists of named things by name", async () => {
    const plan = await serviceWith({
      transform: {
        deployment: {
          metadata: { annotations: { "acme.example/runbook": "https://handbook.acme.example/web" } },
          spec: {
            revisionHistoryLimit: null,
            template: {
              spec: {
                containers: [
                  { name: "web", stdin: true },
                  { name: "proxy", image: "proxy:1" },
                ],
              },
            },
          },
        },
      },
    });
    const deployment = plan.object("Deployment", "web");
    expect(deployment.metadata.annotations).toEqual({ "acme.example/runbook": "https://handbook.acme.example/web" });
    expect(deployment.spec).not.toHaveProperty("revisionHistoryLimit");
    expect(deployment.spec.template.spec.containers).toMatchObject([
      { name: "web", image: IMAGE, stdin: true },
      { name: "proxy", image: "proxy:1" },
    ]);
  });

  test("as a function changes the object in place", async () => {
    const plan = await serviceWith({
      transform: {
        service: (service) => {
          (service["spec"] as { type: string }).type = "NodePort";
        },
      },
    });
    expect(plan.object("Service", "web").spec).toMatchObject({ type: "NodePort" });
  });

  test("has the last word, also over what is added after cdk8s", async () => {
    const plan = await serviceWith({
      transform: {
        deployment: { spec: { template: { spec: { containers: [{ name: "web", lifecycle: { preStop: null } }] } } } },
      },
    });
    expect(plan.object("Deployment", "web").spec.template.spec.containers[0]!["lifecycle"]).toEqual({});
  });

  test("reaches fields that Kubernetes 1.28 did not have", async () => {
    const plan = await serviceWith({
      replicas: 2,
      transform: {
        deployment: { spec: { template: { spec: { resources: { limits: { cpu: "1" } }, hostUsers: false } } } },
        service: { spec: { trafficDistribution: "PreferClose" } },
      },
    });
    expect(plan.object("Deployment", "web").spec.template.spec).toMatchObject({
      resources: { limits: { cpu: "1" } },
      hostUsers: false,
    });
    expect(plan.object("Service", "web").spec).toMatchObject({ trafficDistribution: "PreferClose" });
    expect(plan.yaml()).toContain("trafficDistribution: PreferClose");
  });

  test("as a function knows the cluster that the object is for", async () => {
    const note = (object: KubeObject, cluster: { name: string; region: string | undefined }) => {
      object.metadata.annotations = { at: `${cluster.name} in ${String(cluster.region)}` };
    };
    const plan = await serviceWith({ transform: { networkPolicy: note } }, "prod");
    const at = (cluster: string) => plan.object("NetworkPolicy", "web", cluster).metadata.annotations;
    expect(at("eu")).toEqual({ at: "eu in eu-central-1" });
    expect(at("us")).toEqual({ at: "us in us-east-1" });
  });

  test.each([
    ["deployment", "Deployment", "web"],
    ["service", "Service", "web"],
    ["serviceAccount", "ServiceAccount", "web"],
    ["disruptionBudget", "PodDisruptionBudget", "web"],
    ["autoscaler", "HorizontalPodAutoscaler", "web"],
    ["networkPolicy", "NetworkPolicy", "web"],
    ["files", "ConfigMap", "web-files"],
  ])("of %s reaches the %s", async (child, kind, name) => {
    const plan = await serviceWith({ ...SCALED, transform: { [child]: { metadata: { annotations: { x: "y" } } } } });
    expect(plan.object(kind, name).metadata.annotations).toEqual({ x: "y" });
    expect(plan.objects().filter(({ metadata }) => metadata.annotations?.["x"] === "y")).toHaveLength(1);
    expect(plan.findings).toEqual([]);
  });

  test.each(["disruptionBudget", "autoscaler", "files"])("of %s where there is none is a finding", async (child) => {
    const plan = await serviceWith({ transform: { [child]: { metadata: { annotations: { x: "y" } } } } });
    expect(brief(plan.findings)).toEqual([
      `transform/unused dev/shop/web: transform.${child} changes nothing, because this workload has no ${child}; remove it, or ask for the child that it is about`,
    ]);
  });

  test("of a child that is not made in any of several clusters is one finding", async () => {
    const plan = await serviceWith({ transform: { autoscaler: {} } }, "prod");
    expect(plan.findings.map(({ rule }) => rule)).toEqual(["transform/unused"]);
  });

  test("of a child that no such workload has is a finding with what was meant", async () => {
    const plan = await serviceWith({ transform: { deplyoment: {} } as object });
    expect(brief(plan.findings)).toEqual([
      'props/unknown dev/shop/web: unknown property "transform.deplyoment"; did you mean "deployment"?',
    ]);
  });

  test("that throws is a finding of the object, and others are still judged", async () => {
    const plan = await serviceWith({
      transform: {
        deployment: () => {
          throw new TypeError("no such field");
        },
        service: { metadata: { name: "Web" } },
      },
    });
    expect(brief(plan.findings)).toEqual([
      "object/invalid dev/shop/web/@main/deployment: transform.deployment: no such field; mend what the object was given",
      'names/invalid dev/shop/web/@main/service: Service name "Web" is not one that Kubernetes takes (3 characters); call it "web"',
    ]);
  });

  test.each<[string, unknown, string]>([
    [
      "returns a patch",
      () => ({ spec: { replicas: 3 } }),
      'returned {"spec":{"replicas":3}}, which changes nothing: change the object that is given, or give a patch instead of a function',
    ],
    [
      "is asynchronous",
      async () => undefined,
      "returned a Promise, which changes nothing: nobody waits for it, so await before the program declares",
    ],
    ["is null", null, "null is no patch"],
  ])("that %s is a finding, because it would change nothing", async (_, deployment, says) => {
    const plan = await serviceWith({ transform: { deployment: deployment as () => undefined } });
    expect(brief(plan.findings)).toEqual([
      `object/invalid dev/shop/web/@main/deployment: transform.deployment: ${says}; mend what the object was given`,
    ]);
  });

  test("takes what cdk8s makes late, outputs and quantities, as objects of cdk8s do", async () => {
    const plan = await serviceWith({
      transform: {
        deployment: { metadata: { annotations: { at: Lazy.any({ produce: () => "noon" }), host: output("db") } } },
        service: (service) => {
          service["spec"] = { port: k8s.IntOrString.fromNumber(80), size: k8s.Quantity.fromString("1Gi") };
        },
      },
    });
    expect(plan.findings).toEqual([]);
    expect(plan.object("Deployment", "web").metadata.annotations).toEqual({ at: "noon", host: "[output]" });
    expect(plan.object("Service", "web")["spec"]).toEqual({ port: 80, size: "1Gi" });
    expect(plan.yaml()).toContain("port: 80\n  size: 1Gi");
  });

  test("among defaults merges by child, and that of the props goes over it", async () => {
    const platform = definePlatform("small", {
      domain: "small.example",
      environments: { dev: {} },
      tenants: { shop: {} },
      defaults: [
        defaultsFor(WebService, {
          transform: {
            service: { metadata: { annotations: { a: "1" } } },
            networkPolicy: { metadata: { annotations: { b: "2" } } },
          },
        }),
      ],
    });
    const tenant = testTenant(platform, "dev", "shop");
    new WebService(tenant, "web", { image: IMAGE, transform: { service: { metadata: { annotations: { c: "3" } } } } });
    const plan = await tenant.plan();
    expect(plan.object("Service", "web").metadata.annotations).toEqual({ c: "3" });
    expect(plan.object("NetworkPolicy", "web").metadata.annotations).toEqual({ b: "2" });
  });
});
