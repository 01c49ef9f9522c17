import { ApiObject } from "cdk8s";
import * as kplus from "cdk8s-plus-28";
import type { Construct } from "constructs";
import {
  Application,
  Capability,
  Cluster,
  Component,
  definePlatform,
  type Environment,
  Tenant,
  WebService,
} from "flagstone";
import { type KubeObject, planOf, type PlanView } from "flagstone/testing";
import { describe, expect, test } from "vitest";
import { acme, type AcmeEnvironment, brief, IMAGE, platformThat, rulesOf } from "../testing/fixtures";

const clusters = Cluster.fromKubeconfig();
const environments = { dev: { clusters }, prod: { clusters: { eu: clusters, us: clusters } } };

function applicationThat(define: (environment: AcmeEnvironment) => void): Application<NamesOf<typeof acme>> {
  const application = new Application("shop", { platform: acme, environments, previews: { from: "dev" } });
  application.run(define);
  return application;
}
type NamesOf<P> = P extends { environmentOf(scope: Construct): Environment<infer X> } ? X : never;

class Banner extends Component {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    new kplus.ConfigMap(this, "text", { data: { text: "hello" } });
  }
}

const program = applicationThat((environment) => {
  const shop = Tenant.fromName(environment, "shop");
  new WebService(shop, "web", {
    image: IMAGE,
    files: { "/etc/motd": "hello" },
    env: { WHERE: environment.select({ preview: "beside", dev: "here", default: "there" }) },
    replicas: { min: 2, max: 4 },
  });
  new Banner(shop, "banner");
  new kplus.Deployment(shop, "plus", { containers: [{ image: IMAGE, portNumber: 8080 }] }).exposeViaService();
  new ApiObject(environment, "reader", { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", rules: [] });
});
const identity = ({ kind, metadata }: KubeObject): string => `${kind} ${metadata.namespace ?? "-"}/${metadata.name}`;
const identities = (plan: PlanView): string[] => plan.objects().map(identity).sort();

describe("a preview", () => {
  test("is its base with another name: same facts, tier, domain and clusters", async () => {
    const [preview, dev] = [await planOf(program, { preview: "pr-12" }), await planOf(program, "dev")];
    // cdk8s-plus selects by path, which is all that is to be said.
    expect(rulesOf(preview.findings)).toEqual(["selectors/path"]);
    expect(rulesOf(dev.findings)).toEqual(["selectors/path"]);
    expect(preview.plan.environment).toEqual({ ...dev.plan.environment, name: "pr-12", preview: { from: "dev" } });
    expect(preview.plan.clusters).toEqual(dev.plan.clusters);
    expect(preview.plan.objects.length).toBe(dev.plan.objects.length);
    expect(new Set(preview.plan.objects.map(({ environment }) => environment))).toEqual(new Set(["pr-12"]));
    expect(dev.plan.environment).not.toHaveProperty("preview");
  });

  test("has its name at the root of all paths, so that nothing depends on whose tree it is", async () => {
    const { plan } = await planOf(program, { preview: "pr-12" });
    expect(plan.constructs.map(({ path }) => path)).toEqual([
      "pr-12",
      "pr-12/shop",
      "pr-12/shop/banner",
      "pr-12/shop/web",
    ]);
  });

  test("has no object of its base, nor one of another preview, in the same namespaces", async () => {
    const [dev, one, twelve] = await Promise.all([
      planOf(program, "dev"),
      planOf(program, { preview: "pr-1" }),
      planOf(program, { preview: "pr-12" }),
    ]);
    const all = [dev, one, twelve].flatMap(identities);
    expect(new Set(all).size).toBe(all.length);
    expect(identities(twelve)).toContain("Deployment shop/web-pr-12");
    expect(identities(twelve)).toContain("ConfigMap shop/web-pr-12-files");
    expect(identities(twelve)).toContain("ConfigMap shop/banner-text-pr-12");
    expect(identities(twelve)).toContain("ClusterRole -/reader-pr-12");
    expect(new Set(twelve.objects().flatMap(({ metadata }) => metadata.namespace ?? []))).toEqual(new Set(["shop"]));
  });

  test("selects its own pods, and its base does not select them", async () => {
    const labels = (plan: PlanView, name: string) => plan.object("Deployment", name).spec.template.metadata.labels;
    const selector = (plan: PlanView, name: string) =>
      (plan.object("Service", name).spec as unknown as { selector: Record<string, string> }).selector;
    const [dev, preview] = [await planOf(program, "dev"), await planOf(program, { preview: "pr-12" })];
    expect(labels(preview, "web-pr-12")).toMatchObject(selector(preview, "web-pr-12"));
    expect(labels(preview, "web-pr-12")).not.toMatchObject(selector(dev, "web"));
    expect(labels(dev, "web")).not.toMatchObject(selector(preview, "web-pr-12"));
  });

  test("takes the case of previews before that of its base", async () => {
    const where = async (asked: "dev" | "prod" | { preview: string }, name: string): Promise<unknown> => {
      const plan = await planOf(program, asked);
      const [container] = plan.object("Deployment", name, plan.plan.clusters[0]!.name).spec.template.spec.containers;
      return container!.env!.find((variable) => variable.name === "WHERE")!.value;
    };
    expect(await where({ preview: "pr-12" }, "web-pr-12")).toBe("beside");
    expect(await where("dev", "web")).toBe("here");
    expect(await where("prod", "web")).toBe("there");
  });

  test("knows its name, and has that of its base", async () => {
    const seen: unknown[] = [];
    const application = applicationThat((environment) => {
      seen.push([environment.name, environment.preview, environment.domain, environment.node.path]);
    });
    for (const asked of ["dev", { preview: "preview-basket" }] as const) await planOf(application, asked);
    expect(seen).toEqual([
      ["dev", undefined, "dev.acme.example", "dev"],
      ["dev", { name: "preview-basket" }, "dev.acme.example", "preview-basket"],
    ]);
  });

  test("planned again gives the same bytes", async () => {
    const [first, second] = [await planOf(program, { preview: "pr-12" }), await planOf(program, { preview: "pr-12" })];
    expect(JSON.stringify(second.plan)).toBe(JSON.stringify(first.plan));
    expect(second.yaml()).toBe(first.yaml());
    expect(first.yaml()).toContain("# pr-12/main/shop/deployment-web-pr-12.yaml");
  });
});

describe("a name that is given", () => {
  const findings = async (name: (environment: AcmeEnvironment) => string) => {
    const application = applicationThat((environment) => {
      const metadata = { name: name(environment) };
      new ApiObject(Tenant.fromName(environment, "shop"), "settings", {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata,
      });
    });
    return { dev: await planOf(application, "dev"), preview: await planOf(application, { preview: "pr-12" }) };
  };

  test("without the preview's in it is an error in the preview, and none in its base", async () => {
    const { dev, preview } = await findings(() => "settings");
    expect(dev.findings).toEqual([]);
    expect(brief(preview.findings)).toEqual([
      'previews/name pr-12/shop/settings: ConfigMap "settings" does not have the name of preview "pr-12" in its own, so it would be that of "dev"; leave the name out, or in a preview call it "settings-pr-12", by environment.preview.name',
    ]);
  });

  test("with it is fine", async () => {
    const { dev, preview } = await findings(({ preview }) => (preview ? `settings-${preview.name}` : "settings"));
    expect([...dev.findings, ...preview.findings]).toEqual([]);
  });

  test("of another preview is an error", async () => {
    const { preview } = await findings(() => "settings-pr-123");
    expect(rulesOf(preview.findings)).toEqual(["previews/name"]);
  });
});

describe("a host that is given", () => {
  const facts = definePlatform("acme", {
    domain: "acme.example",
    environments: {
      dev: {
        clusters: {
          main: { capabilities: [Capability.ingress({ className: "public", from: { namespace: "ingress" } })] },
        },
      },
    },
    tenants: { shop: {} },
  });
  const findings = async (hosts: (environment: Environment) => readonly [string, ...string[]] | undefined) => {
    const application = new Application("shop", {
      platform: facts,
      environments: { dev: { clusters } },
      previews: { from: "dev" },
    });
    application.run((environment) => {
      const http = { port: 8080, visibility: "external", tls: false, hosts: hosts(environment) } as const;
      new WebService(Tenant.fromName(environment, "shop"), "web", { image: IMAGE, endpoints: { http } });
    });
    const of = async (asked: "dev" | { preview: string }) => {
      const { findings: all } = await planOf(application, asked);
      return all.filter(({ severity }) => severity === "error");
    };
    return { dev: await of("dev"), preview: await of({ preview: "pr-12" }) };
  };

  test("would be served by the preview and by its base, which is an error", async () => {
    const { dev, preview } = await findings(() => ["www.shop.dev.acme.example"]);
    expect(dev).toEqual([]);
    expect(brief(preview)).toEqual([
      'previews/host pr-12/shop/web/@main/entry: Ingress "web-pr-12" of preview "pr-12" serves host "www.shop.dev.acme.example", as "dev" may; leave hosts out in a preview, or put environment.preview.name into them',
    ]);
  });

  test("is fine when it has the preview's name, as the one has that is made by rule", async () => {
    const named = await findings(({ preview }) => [`${preview?.name ?? "www"}.shop.dev.acme.example`]);
    const byRule = await findings(() => undefined);
    expect([named.dev, named.preview, byRule.dev, byRule.preview]).toEqual([[], [], [], []]);
  });
});

describe("what is no preview", () => {
  test("is a name of another form, or one that the facts have", () => {
    expect(program.knows("pr-12")).toBe(true);
    for (const name of ["pr_12", "feature-12", "pr-", "stage"]) expect(program.knows(name)).toBe(false);
    expect(() => program.instantiate("feature-12")).toThrow(
      'shop has no environment "feature-12"; known are "dev", "prod"; previews are called pr-… or preview-…, as DNS labels',
    );
    const facts = definePlatform("x", { domain: "x.example", environments: { dev: {}, "pr-12": { tier: "staging" } } });
    const application = new Application("shop", {
      platform: facts,
      environments: { dev: { clusters } },
      previews: { from: "dev" },
    });
    application.run(() => undefined);
    expect(application.knows("pr-12")).toBe(false);
    expect(application.knows("pr-13")).toBe(true);
  });

  test("is any stack of an application without previews, or of a platform", () => {
    const application = new Application("shop", { platform: acme, environments });
    application.run(() => undefined);
    expect(() => application.instantiate("pr-12345")).toThrow("previews: { from: … } of an application lets it have");
    const platform = platformThat(() => undefined);
    expect(platform.knows("pr-12")).toBe(false);
  });

  test("is among the environments of a program: those are made when they are asked for", () => {
    expect(program.environmentNames).toEqual(["dev", "prod"]);
  });
});

test("previews are made from an environment that the application runs in", () => {
  expect(() => new Application("shop", { platform: acme, environments, previews: { from: "stage" } })).toThrow(
    [
      "shop cannot be made",
      'error: shop: previews are made from "stage", in which the application does not run (previews/from)',
      '  fix: use "dev" or "prod", or give "stage" in environments',
    ].join("\n"),
  );
  const props: object = { previews: { from: "dev", ttl: "3d" }, environment: {} };
  expect(() => new Application("shop", { platform: acme, environments, ...props })).toThrow(
    /unknown property "environment".*\n.*did you mean "environments".*\n.*unknown property "previews.ttl"/,
  );
});
