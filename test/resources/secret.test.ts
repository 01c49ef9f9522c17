import {
  Capability,
  Cluster,
  definePlatform,
  Job,
  Platform,
  ScheduledJob,
  Secret,
  type SecretProps,
  Tenant,
  WebService,
} from "flagstone";
import { type Plan, planOf } from "flagstone/testing";
import { describe, expect, test } from "vitest";
import { brief, IMAGE, rulesOf, tenantIn } from "../testing/fixtures";

const vault = Capability.externalSecrets({ store: "vault" });
const facts = definePlatform("acme", {
  domain: "acme.example",
  environments: {
    dev: { clusters: { main: { capabilities: [vault] } } },
    prod: {
      tier: "production",
      clusters: { eu: { capabilities: [Capability.externalSecrets({ store: "own", kind: "SecretStore" })] }, us: {} },
    },
  },
  tenants: { shop: { namespaces: ["shop", "shop-batch"] }, bank: {} },
});
const main = Cluster.fromKubeconfig();

function planWith(declare: (shop: Tenant, bank: Tenant) => void, environment: "dev" | "prod" = "dev") {
  const platform = new Platform(facts, {
    environments: { dev: { clusters: { main } }, prod: { clusters: { eu: main, us: main } } },
  });
  platform.run((each) => declare(new Tenant(each, "shop"), new Tenant(each, "bank")));
  return planOf(platform, environment).then(({ plan }) => plan);
}

const STRIPE = { path: "shop/stripe", keys: ["api_key", "webhook-secret", "tls.crt"] } as const;

const externalSecrets = (plan: Plan) => plan.objects.filter(({ kind }) => kind === "ExternalSecret");

describe("a Secret", () => {
  test("is read from the store of the cluster, every hour", async () => {
    const plan = await planWith((shop) => new Secret(shop, "stripe", { path: "shop/stripe", keys: ["api_key"] }));
    expect(plan.findings).toEqual([]);
    expect(externalSecrets(plan).map(({ manifest }) => manifest)).toEqual([
      {
        apiVersion: "external-secrets.io/v1",
        kind: "ExternalSecret",
        metadata: expect.objectContaining({ name: "stripe", namespace: "shop" }),
        spec: {
          refreshInterval: "3600s",
          secretStoreRef: { name: "vault", kind: "ClusterSecretStore" },
          target: { name: "stripe", creationPolicy: "Owner", deletionPolicy: "Retain" },
          data: [
            {
              secretKey: "api_key",
              remoteRef: {
                key: "shop/stripe",
                property: "api_key",
                conversionStrategy: "Default",
                decodingStrategy: "None",
                metadataPolicy: "None",
              },
            },
          ],
        },
      },
    ]);
  });

  test("is read as often as it says, from a store of the namespace where the cluster has that", async () => {
    const plan = await planWith(
      (shop) => new Secret(shop, "stripe", { ...STRIPE, refresh: "15m", placement: { cluster: "eu" } }),
      "prod",
    );
    expect(plan.findings).toEqual([]);
    expect(externalSecrets(plan).map(({ cluster, manifest }) => [cluster, manifest["spec"]])).toEqual([
      [
        "eu",
        expect.objectContaining({ refreshInterval: "900s", secretStoreRef: { name: "own", kind: "SecretStore" } }),
      ],
    ]);
  });

  test.each<[string, Partial<SecretProps<string>>, string | undefined]>([
    ["of registry credentials, which pods pull images with", { keys: [".dockerconfigjson"] }, "dockerconfigjson"],
    ["of a certificate", { keys: ["tls.key", "ca.crt", "tls.crt"] }, "tls"],
    ["of nothing in particular", { keys: ["tls.crt"] }, undefined],
    ["that is said", { keys: ["tls.key", "tls.crt"], type: "kubernetes.io/tls" }, "tls"],
    ["of nothing in particular, where that is said", { keys: [".dockerconfigjson"], type: "Opaque" }, undefined],
  ])("has the type %s", async (_, props, type) => {
    const plan = await planWith((shop) => new Secret<string>(shop, "pull", { ...STRIPE, ...props }));
    expect(plan.findings).toEqual([]);
    const { target } = externalSecrets(plan)[0]!.manifest["spec"] as { target: { template?: object } };
    const template = { type: `kubernetes.io/${type}`, engineVersion: "v2", mergePolicy: "Replace" };
    expect(target.template).toEqual(type === undefined ? undefined : template);
  });

  test("is read only from where the tenant has its secrets", async () => {
    const path = async (given: string) =>
      brief((await planWith((shop) => new Secret(shop, "stripe", { ...STRIPE, path: given }))).findings);
    expect(await path("shop/deep/stripe")).toEqual([]);
    for (const foreign of ["bank/stripe", "shopping", "shop/../bank"]) {
      expect(await path(foreign)).toEqual([
        `secrets/foreign-path dev/shop/stripe: path "${foreign}" is not where tenant "shop" has its secrets; use one below "shop/", or extend allowed.secretPaths of the tenant's facts`,
      ]);
    }
  });

  test("gives its keys to whoever connects to it, as variables", async () => {
    const { objects } = await planWith((shop) => {
      const stripe = new Secret(shop, "stripe", STRIPE);
      new WebService(shop, "web", { image: IMAGE, connections: { stripe } });
    });
    const [container] = (objects.find(({ kind }) => kind === "Deployment")!.manifest as any).spec.template.spec
      .containers;
    const key = (name: string, of: string) => ({ name, valueFrom: { secretKeyRef: { name: "stripe", key: of } } });
    expect(container.env).toEqual(
      expect.arrayContaining([
        key("STRIPE_API_KEY", "api_key"),
        key("STRIPE_TLS_CRT", "tls.crt"),
        key("STRIPE_WEBHOOK_SECRET", "webhook-secret"),
      ]),
    );
  });

  test("gives other variables where the connection says so", async () => {
    const { objects } = await planWith((shop) => {
      const stripe = new Secret(shop, "stripe", STRIPE);
      const connection = stripe.connection({ env: ({ api_key }) => ({ KEY: api_key }) });
      new ScheduledJob(shop, "bill", { image: IMAGE, schedule: "@daily", connections: { stripe: connection } });
    });
    const cronJob = objects.find(({ kind }) => kind === "CronJob")!.manifest as any;
    expect(cronJob.spec.jobTemplate.spec.template.spec.containers[0].env).toEqual([
      { name: "KEY", valueFrom: { secretKeyRef: { name: "stripe", key: "api_key" } } },
    ]);
  });

  test("opens no door: it is the operator who asks the store", async () => {
    const { objects } = await planWith((shop) => {
      new WebService(shop, "web", { image: IMAGE, connections: { stripe: new Secret(shop, "stripe", STRIPE) } });
    });
    const policy = objects.find(({ kind, name }) => kind === "NetworkPolicy" && name === "web")!.manifest as any;
    expect(policy.spec.egress ?? []).toEqual([]);
  });

  test("is a relation of those who connect to it", async () => {
    const { relations } = await planWith((shop) => {
      new WebService(shop, "web", { image: IMAGE, connections: { stripe: new Secret(shop, "stripe", STRIPE) } });
    });
    expect(relations).toMatchObject([
      { from: "dev/shop/web", to: "dev/shop/stripe", kind: "resource", names: ["stripe"] },
    ]);
  });

  test.each<[string, (shop: Tenant, stripe: Secret<"api_key">) => void]>([
    ["by a connection", (shop, stripe) => new Job(shop, "it", { image: IMAGE, connections: { stripe } })],
    ["by a variable", (shop, stripe) => new Job(shop, "it", { image: IMAGE, env: { KEY: stripe.keys.api_key } })],
    ["by a file", (shop, stripe) => new Job(shop, "it", { image: IMAGE, files: { "/etc/key": stripe.keys.api_key } })],
    [
      "by all its keys as variables",
      (shop, stripe) => new Job(shop, "it", { image: IMAGE, envFrom: [{ secret: stripe }] }),
    ],
    [
      "by a volume",
      (shop, stripe) =>
        new Job(shop, "it", { image: IMAGE, volumes: { it: { kind: "keys", secret: stripe, path: "/etc/it" } } }),
    ],
    [
      "by a part of a volume",
      (shop, stripe) =>
        new Job(shop, "it", {
          image: IMAGE,
          volumes: { it: { kind: "projected", path: "/etc/it", sources: [{ kind: "keys", secret: stripe }] } },
        }),
    ],
  ])("is there before a workload that uses it %s", async (_, use) => {
    const { objects, findings } = await planWith((shop) =>
      use(shop, new Secret(shop, "stripe", { path: "shop/stripe", keys: ["api_key"] })),
    );
    expect(findings).toEqual([]);
    const job = objects.find(({ kind }) => kind === "Job")!;
    expect([...job.dependsOn, ...job.dependsOnConstructs]).toContain(
      "main/external-secrets.io/ExternalSecret/shop/stripe",
    );
  });

  test("says on its keys what becomes of pods when they change", () => {
    const shop = tenantIn("dev");
    const stripe = new Secret(shop, "stripe", { path: "shop/p", keys: ["a"], onChange: "restart" });
    expect(stripe.keys.a.source).toEqual({ kind: "secret-key", name: "stripe", key: "a", onChange: "restart" });
    const quiet = new Secret(shop, "quiet", { path: "shop/p", keys: ["a"] });
    expect(quiet.keys.a.source).toEqual({ kind: "secret-key", name: "quiet", key: "a" });
  });

  test("shows its values to nobody who reads the plan", async () => {
    const plan = await planWith((shop) => new Secret(shop, "stripe", STRIPE));
    expect(plan.objects.filter(({ kind }) => kind === "Secret")).toEqual([]);
  });
});

describe("a Secret is refused", () => {
  test("on a cluster that has no store", async () => {
    const { findings } = await planWith((shop) => new Secret(shop, "stripe", STRIPE), "prod");
    expect(brief(findings)).toEqual([
      'secrets/no-store prod/shop/stripe: cluster "us" of the tenant cannot read secrets from a store; add Capability.externalSecrets({ store }) to the facts of the cluster where the operator runs, or place the secret elsewhere',
    ]);
  });

  test("for pods of another namespace or tenant, and of another cluster", async () => {
    const { findings } = await planWith((shop, bank) => {
      const stripe = new Secret(shop, "stripe", { ...STRIPE, placement: { cluster: "eu" } });
      new WebService(shop, "batch", { image: IMAGE, namespace: "shop-batch", connections: { stripe } });
      new WebService(bank, "bank", { image: IMAGE, connections: { stripe } });
      new WebService(shop, "web", { image: IMAGE, connections: { stripe } });
    }, "prod");
    expect(brief(findings)).toEqual([
      'secrets/namespace prod/bank/bank: connection "stripe": Secret prod/shop/stripe is in namespace "shop", and pods of namespace "bank" cannot use it; declare another Secret of the same path in their namespace',
      'secrets/namespace prod/shop/batch: connection "stripe": Secret prod/shop/stripe is in namespace "shop", and pods of namespace "shop-batch" cannot use it; declare another Secret of the same path in their namespace',
      'secrets/cluster prod/shop/web: connection "stripe": Secret prod/shop/stripe is not on cluster "us"; give both the same placement',
    ]);
  });

  test.each<[string, object, string]>([
    ["with no path", { path: " " }, "secrets/path"],
    ["with no keys", { keys: [] }, "secrets/keys"],
    ["with a key that no Secret can have", { keys: ["a/b"] }, "secrets/keys"],
    ["with a key twice", { keys: ["a", "a"] }, "secrets/keys"],
    ["that is never read", { refresh: "0s" }, "units/duration"],
    ["with a change that nobody knows", { onChange: "reload" }, "secrets/on-change"],
    ["with a property that is none", { key: "a" }, "props/unknown"],
    ["in a namespace of others", { namespace: "bank" }, "namespace/foreign"],
    ["nowhere", { placement: { cluster: "moon" } }, "placement/nowhere"],
  ])("%s", async (_, props, rule) => {
    const all = { path: "shop/p", keys: ["a"], ...props } as SecretProps<string>;
    expect(rulesOf((await planWith((shop) => new Secret(shop, "it", all))).findings)).toEqual([rule]);
  });
});
