// Every rule is provoked here and its text is read; a new rule without a mistake that provokes it fails this test.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CustomResource, output } from "@pulumi/pulumi";
import { ApiObject } from "cdk8s";
import * as kplus from "cdk8s-plus-28";
import type { Construct } from "constructs";
import {
  Application,
  Cluster,
  Component,
  defaultsFor,
  definePlatform,
  FlagstoneError,
  Tenant,
  type TenantProps,
  Token,
  WebService,
  type WebServiceProps,
} from "flagstone";
import { type Finding, planOf, testTenant } from "flagstone/testing";
import { describe, expect, test } from "vitest";
import { makeDraft } from "../lib/plan/make-draft";
import { render } from "../lib/render/render";
import { writeFiles } from "../lib/render/write";
import { acme, type AcmeEnvironment, applicationThat, brief, IMAGE, platformThat, tenantIn } from "./testing/fixtures";

type Findings = readonly Finding[] | Promise<readonly Finding[]>;
interface Mistake {
  /** Makes the mistake; what it is reported as. */
  readonly by: () => Findings;
  /** Is read in the report. */
  readonly says: string;
}

const main = Cluster.fromKubeconfig();
const token = Token.asString(output("x"));

/** Findings about a tenant with something in it. */
const inShop = async (define: (shop: Tenant) => unknown): Promise<readonly Finding[]> => {
  const shop = tenantIn("dev");
  define(shop);
  return (await shop.plan()).findings;
};
const service = (props: object) => inShop((shop) => new WebService(shop, "web", { image: IMAGE, ...props }));
const object = (manifest: object, id = "x") =>
  inShop((shop) => new ApiObject(shop, id, { apiVersion: "v1", kind: "ConfigMap", ...manifest }));
const program = async (define: (environment: AcmeEnvironment) => unknown, environment: "dev" | "prod" = "dev") =>
  (await planOf(platformThat(define), environment)).findings;
/** What is thrown at once, because nothing can go on. */
const thrown = async (act: () => unknown): Promise<readonly Finding[]> => {
  try {
    await act();
  } catch (error) {
    if (error instanceof FlagstoneError) return error.findings;
    throw error;
  }
  return [];
};
const facts = (given: object, name = "acme") =>
  thrown(() => definePlatform(name, { domain: "acme.example", environments: { dev: {} }, ...given }));
const reaching = async (clusters: object) => {
  const application = new Application("shop", { platform: acme, environments: { prod: { clusters } } });
  application.run((environment) => new WebService(Tenant.fromName(environment, "shop"), "web", { image: IMAGE }));
  return (await planOf(application, "prod")).findings;
};
const intoFolder = (prepare: (out: string) => unknown) =>
  thrown(async () => {
    const out = mkdtempSync(join(tmpdir(), "errors-"));
    try {
      await prepare(out);
      await writeFiles(out, "shop", new Map([["dev", new Map([["a.yaml", "a"]])]]), ["dev"]);
    } finally {
      rmSync(out, { recursive: true });
    }
  });

class Group extends Component {}
class Thing extends CustomResource {}
class Store extends Component {
  public constructor(scope: Construct, id: string, create: () => never, ...more: readonly string[]) {
    super(scope, id);
    for (const name of ["Thing", ...more]) this.cloud(name, create);
  }
}
const never = () => expect.unreachable();

const UNKNOWN_CASE: object = { live: 1 };

const MISTAKES: Readonly<Record<string, Mistake>> = {
  "cloud/collision": {
    by: () => inShop((shop) => [new Store(shop, "a", never), new Store(new Group(shop, "g"), "a", never)]),
    says: '"shop-a-Thing" is declared by dev/shop/a and dev/shop/g/a',
  },
  "cloud/default-provider": {
    by: () => inShop((shop) => new Group(shop, "g").cloud("Thing", (name) => new Thing("acme:index:Thing", name, {}))),
    says: "makes a acme:index:Thing that would use the default provider",
  },
  "cloud/duplicate": {
    by: () => inShop((shop) => new Store(shop, "a", never, "Thing")),
    says: 'cloud("Thing", …) is declared twice',
  },
  "cloud/no-resource": {
    by: () => inShop((shop) => new Store(shop, "a", (() => ({})) as () => never)),
    says: 'cloud("Thing", …) returned no Pulumi resource',
  },
  "cloud/threw": {
    by: () =>
      inShop(
        (shop) =>
          new Store(shop, "a", () => {
            throw new Error("no quota");
          }),
      ),
    says: 'cloud("Thing", …) threw: no quota',
  },
  "cluster/missing": { by: () => reaching({ eu: main }), says: 'cluster "us" of environment "prod" is not given' },
  "cluster/unknown": { by: () => reaching({ eu: main, us: main, uk: main }), says: 'cluster "uk" is not in the facts' },
  "compute/amount": { by: () => service({ memory: "1GB" }), says: 'memory "1GB" is not an amount of memory' },
  "compute/limit-below-request": {
    by: () => service({ cpu: { request: 2, limit: 1 } }),
    says: "cpu.limit 1 is below cpu.request 2",
  },
  "compute/size": { by: () => service({ size: "huge" }), says: 'size "huge" does not exist' },
  "construct/invalid": {
    by: () => inShop((shop) => new Group(shop, "g").node.addValidation({ validate: () => ["is not round"] })),
    says: "is not round",
  },
  "construct/threw": {
    by: () =>
      inShop((shop) => {
        class Broken extends Component {
          protected override objectsIn(): void {
            throw new Error("no route");
          }
        }
        new Broken(shop, "broken");
      }),
    says: "making its objects failed: no route",
  },
  "defaults/two-copies": {
    by: async () => {
      const copy = { WebService: class WebService extends Component {} }.WebService;
      const platform = definePlatform("copies", {
        domain: "copies.example",
        environments: { dev: {} },
        tenants: { shop: {} },
        defaults: [defaultsFor(copy, {})],
      });
      const shop = testTenant(platform, "dev", "shop");
      new WebService(shop, "web", { image: IMAGE });
      return (await shop.plan()).findings;
    },
    says: "the platform's defaults for WebService do not reach this construct",
  },
  "defaults/unused": {
    by: () => program((environment) => new Tenant(environment, "shop", { defaults: [defaultsFor(WebService, {})] })),
    says: "the tenant's defaults for WebService reach no construct",
  },
  "dependencies/cycle": {
    by: () =>
      inShop((shop) => {
        const [a, b] = ["a", "b"].map((id) => new ApiObject(shop, id, { apiVersion: "v1", kind: "ConfigMap" }));
        a!.addDependency(b!);
        b!.addDependency(a!);
      }),
    says: "depends on itself: dev/shop/a → dev/shop/b → dev/shop/a",
  },
  "disruption-budget/blocks": {
    by: () => service({ disruptionBudget: { minAvailable: 1 } }),
    says: 'disruptionBudget {"minAvailable":1} never lets go of one of 1 pods',
  },
  "endpoints/name": {
    by: () => service({ endpoints: { HTTP: { port: 80 } } }),
    says: 'name "HTTP" cannot name a port',
  },
  "endpoints/none": { by: () => service({ endpoints: {} }), says: "without an endpoint cannot be reached" },
  "endpoints/port": { by: () => service({ endpoints: { a: { port: 0 } } }), says: "endpoints.a.port 0 is not a port" },
  "endpoints/port-taken": {
    by: () => service({ endpoints: { a: { port: 80 }, b: { port: 80, servicePort: 81 } } }),
    says: 'endpoints "a" and "b" both take port 80/TCP',
  },
  "endpoints/protocol": {
    by: () => service({ endpoints: { a: { port: 80, protocol: "htp" } } }),
    says: 'endpoints.a.protocol "htp" is not known',
  },
  "env/name": { by: () => service({ env: { "1A": "x" } }), says: 'env has a variable "1A"' },
  "env/value": { by: () => service({ env: { A: [] } }), says: "env.A is [], which is no value" },
  "environment/unknown": {
    by: () =>
      thrown(() => new Application("a", { platform: acme, environments: { live: { clusters: main } } as object })),
    says: 'environment "live" is not in the facts of platform "acme"',
  },
  "facts/domain": { by: () => facts({ domain: "a b" }), says: 'domain "a b" is not a DNS domain' },
  "facts/namespace": {
    by: () => facts({ tenants: { a: {}, b: { namespaces: ["a"] } } }),
    says: 'namespace "a" belongs to tenant "a" and to tenant "b"',
  },
  "facts/no-environment": { by: () => facts({ environments: {} }), says: "the platform has no environment" },
  "facts/tier": { by: () => facts({ tiers: { staging: { like: "staging" } } }), says: 'tier "staging" is built in' },
  "facts/unknown-name": {
    by: () => facts({ environments: { dev: { tier: "gold" } } }),
    says: 'environments.dev.tier names "gold", which does not exist',
  },
  "files/key": { by: () => service({ files: { "/a/b": "", "/a_b": "" } }), says: "would be one key of a ConfigMap" },
  "files/path": { by: () => service({ files: { "a b": "" } }), says: 'files has a path "a b"' },
  "files/pod-field": {
    by: async () => service({ files: { "/a": (await import("flagstone")).Field.podIp } }),
    says: 'file "/a" is a field of the pod',
  },
  "files/value": { by: () => service({ files: { "/a": 1 } }), says: 'file "/a" is 1, which is no text' },
  "health/endpoint": {
    by: () => service({ health: { tcp: true, endpoint: "admin" } }),
    says: 'endpoint "admin" is not an endpoint that can be probed',
  },
  "health/failures": { by: () => service({ health: { tcp: true, failures: 0 } }), says: "failures 0 is not a number" },
  "health/unknown": { by: () => service({ health: "up" }), says: 'health.readiness "up" is not a probe' },
  "image/invalid": { by: () => service({ image: "A:b" }), says: 'image "A:b" is not an image reference' },
  "image/mutable": { by: () => service({ image: "web:latest" }), says: 'image "web:latest" is tagged latest' },
  "image/no-digest": {
    by: async () => {
      const shop = tenantIn("prod");
      new WebService(shop, "web", { image: "web:1" });
      return (await shop.plan()).findings;
    },
    says: 'image "web:1" is pinned by a tag',
  },
  "labels/invalid-key": { by: () => service({ labels: { "a b": "c" } }), says: 'label key "a b"' },
  "labels/invalid-value": { by: () => service({ labels: { a: "b c" } }), says: 'value "b c" of label "a"' },
  "labels/reserved": {
    by: () => service({ labels: { "app.kubernetes.io/name": "x" } }),
    says: 'label "app.kubernetes.io/name" is set by Flagstone',
  },
  "names/collision": {
    by: () =>
      inShop((shop) => {
        for (const id of ["a", "b"])
          new ApiObject(shop, id, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" } });
      }),
    says: 'ConfigMap "x" in namespace "shop" of cluster "main" is declared by dev/shop/a and dev/shop/b',
  },
  "names/invalid": {
    by: () => inShop((shop) => new WebService(shop, "Web", { image: IMAGE })),
    says: 'workload name "Web" is not a DNS label',
  },
  "namespace/foreign": {
    by: () => service({ namespace: "bank" }),
    says: 'namespace "bank" is not one of tenant "shop"',
  },
  "namespace/missing": {
    by: () => program((environment) => new ApiObject(environment, "a", { apiVersion: "v1", kind: "ConfigMap" })),
    says: 'ConfigMap "a" has no namespace',
  },
  "object/invalid": { by: () => object({ data: { at: new Map() } }), says: "Map" },
  "placement/nowhere": {
    by: () => service({ placement: { cluster: "asia" } }),
    says: 'placement {"cluster":"asia"} fits no cluster of the tenant',
  },
  "pods/count": {
    by: () => service({ rollout: { strategy: "rolling", maxSurge: "x" } }),
    says: 'rollout.maxSurge "x" is not a number of pods',
  },
  "program/async": { by: () => program(async () => undefined), says: "is asynchronous" },
  "program/empty": { by: () => program(() => undefined), says: "declares nothing in this environment" },
  "program/threw": {
    by: () =>
      program(() => {
        throw new Error("oops");
      }),
    says: "the program threw: oops",
  },
  "props/unknown": { by: () => service({ imgae: "web" }), says: 'unknown property "imgae"' },
  "render/foreign-file": {
    by: () => intoFolder((out) => writeFileSync(join(out, "a.yaml"), "by hand")),
    says: "file a.yaml exists, and was not written by this program",
  },
  "render/two-programs": {
    by: () => intoFolder((out) => writeFiles(out, "acme", new Map([["dev", new Map([["a.yaml", "a"]])]]), ["dev"])),
    says: 'file a.yaml is rendered by program "acme" too',
  },
  "replicas/invalid": { by: () => service({ replicas: -1 }), says: "replicas -1 is not possible" },
  "rollout/strategy": {
    by: () => service({ rollout: { strategy: "recreate" } }),
    says: 'rollout.strategy "recreate" is not known',
  },
  "rollout/stuck": { by: () => service({ rollout: { strategy: "rolling", maxSurge: 0 } }), says: "are both zero" },
  "security/user": { by: () => service({ user: 0 }), says: "user 0 is not a user id above 0" },
  "select/unknown-case": {
    by: () => program((environment) => environment.select(UNKNOWN_CASE)),
    says: 'select() has a case "live"',
  },
  "selectors/path": {
    by: () => inShop((shop) => new kplus.Deployment(shop, "worker", { containers: [{ image: "worker:1" }] })),
    says: 'Deployment "worker" selects its pods by a hash of its construct path',
  },
  "tenant/environment": {
    by: async () => {
      const environments = { dev: {}, prod: {} };
      const tenants = { shop: { environments: ["prod"] } } as const;
      const shop = testTenant(definePlatform("x", { domain: "x.example", environments, tenants }), "dev", "shop");
      return (await shop.plan()).findings;
    },
    says: 'tenant "shop" has no share of environment "dev"',
  },
  "tenant/not-yours": {
    by: async () =>
      (
        await planOf(
          applicationThat((environment) => new Tenant(environment, "shop")),
          "dev",
        )
      ).findings,
    says: 'an application\'s program creates tenant "shop"',
  },
  "tenant/unknown": {
    by: () => program((environment) => new Tenant(environment, "shpo" as "shop")),
    says: 'tenant "shpo" is not in the facts of platform "acme"',
  },
  "tokens/in-id": {
    by: () => object({ metadata: { name: "a" } }, `x-${token}`),
    says: "a construct id holds an output",
  },
  "tokens/in-json": {
    by: () => object({ data: { a: JSON.stringify([token]) } }),
    says: "data.a is JSON text with an output",
  },
  "tokens/in-name": { by: () => object({ metadata: { name: token } }), says: "metadata.name holds an output" },
  "tokens/unresolved": {
    by: () => {
      const environment = platformThat((scope) => {
        new ApiObject(scope, "a", { apiVersion: "v1", kind: "ConfigMap", data: { a: token } });
      }).instantiate("dev");
      return render(makeDraft(environment), {}).findings;
    },
    says: "is not among those given",
  },
  "transform/unused": {
    by: () => service({ transform: { autoscaler: {} } }),
    says: "transform.autoscaler changes nothing, because this workload has no autoscaler",
  },
  "units/duration": { by: () => service({ gracePeriod: 30 }), says: "gracePeriod 30 is not a whole number of seconds" },
};

/** Names of rules in the sources: texts of their form, outside of comments and imports. */
function rulesInSources(): string[] {
  const lib = join(import.meta.dirname, "../lib");
  const files = readdirSync(lib, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const lines = files.flatMap((file) => readFileSync(join(lib, file), "utf8").split("\n"));
  const code = lines.filter((line) => !/^\s*(\*|\/\*|\/\/)|\bfrom "|"flagstone\//.test(line)).join("\n");
  return [...new Set(code.match(/(?<=")[a-z]+(-[a-z]+)*\/[a-z]+(-[a-z]+)*(?=")/g))].sort();
}

describe("every rule", () => {
  test("has a mistake here that provokes it", () => {
    expect(rulesInSources().length).toBeGreaterThan(60);
    expect(Object.keys(MISTAKES).sort()).toEqual(rulesInSources());
  });

  test.each(Object.entries(MISTAKES))(
    "%s is reported with where, what and how to mend it",
    async (rule, { by, says }) => {
      const findings = (await by()).filter((finding) => finding.rule === rule);
      expect(findings).not.toEqual([]);
      const [finding] = findings;
      expect(finding!.message).toContain(says);
      expect(finding!.path).not.toBe("");
      expect(finding!.fix.length).toBeGreaterThan(5);
      expect(finding!.owner).toMatch(/^(platform|group:shop)$/);
      for (const text of [finding!.message, finding!.fix]) {
        expect(text).not.toMatch(/\.$|undefined undefined|\[object/);
        expect(text).not.toMatch(/^[A-Z][a-z]+ (is|has|are|must) /);
      }
    },
  );
});

describe("a program with ten mistakes", () => {
  const web = (shop: Tenant, id: string, props: Partial<WebServiceProps>) =>
    new WebService(shop, id, { image: IMAGE, ...props });

  test("reports all ten in one run, each with construct, value and fix", async () => {
    const plan = await planOf(
      platformThat((environment) => {
        const shop = new Tenant(environment, "shop");
        web(shop, "one", { image: "registry.acme.example/one" });
        web(shop, "two", { replicas: { min: 5, max: 2 } });
        web(shop, "three", { gracePeriod: 30 as unknown as "30s" });
        web(shop, "four", { endpoints: { http: { port: 80_000 } } });
        web(shop, "five", { memory: "1GB" as "1Gi" });
        web(shop, "six", { helath: "/healthz" } as Partial<WebServiceProps>);
        web(shop, "seven", { health: { http: "/", endpoint: "htpp" } });
        web(shop, "eight", { transform: { autoscaler: {} } });
        new ApiObject(shop, "nine", { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace: "bank" } });
        new Tenant(environment, "bank", { onwers: ["group:bank"] } as TenantProps);
      }),
      "dev",
    );
    const { findings } = plan;
    expect(brief(findings)).toEqual([
      'props/unknown dev/bank: unknown property "onwers"; did you mean "owners"?',
      "transform/unused dev/shop/eight: transform.autoscaler changes nothing, because this workload has no autoscaler; remove it, or ask for the child that it is about",
      'compute/amount dev/shop/five: memory "1GB" is not an amount of memory above zero; write "256Mi" or "1Gi"',
      "endpoints/port dev/shop/four: endpoints.http.port 80000 is not a port; use a whole number from 1 to 65535",
      'namespace/foreign dev/shop/nine: ConfigMap "nine" goes to namespace "bank", which is not one of tenant "shop"; use "shop", or make it outside of the tenant',
      'image/mutable dev/shop/one: image "registry.acme.example/one" has no tag, so what runs depends on when it was pulled; pin a digest or a version tag, or say allowMutableImage: true',
      'health/endpoint dev/shop/seven: health.readiness.endpoint "htpp" is not an endpoint that can be probed; did you mean "http"?',
      'props/unknown dev/shop/six: unknown property "helath"; did you mean "health"?',
      'units/duration dev/shop/three: gracePeriod 30 is not a whole number of seconds; write "30s" or "2m"',
      "replicas/invalid dev/shop/two: replicas.max 2 is not possible; use a whole number from replicas.min (5)",
    ]);
    expect(findings.every(({ severity }) => severity === "error")).toBe(true);
    expect(findings.every(({ source }) => source?.file === "errors.test.ts")).toBe(true);
    expect(plan.objects("Namespace").length).toBeGreaterThan(0);
  });
});
