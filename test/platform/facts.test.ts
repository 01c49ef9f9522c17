import { Construct } from "constructs";
import { Capability, definePlatform, FlagstoneError, type SizeName, WebService } from "flagstone";
import { testTenant } from "flagstone/testing";
import { describe, expect, test } from "vitest";
import { acme, brief, IMAGE, platformThat, tenantIn } from "../testing/fixtures";

/** What is wrong with facts, as plain JavaScript would give them. */
function mistakes(name: string, facts: object): string[] {
  try {
    definePlatform(name, facts as Parameters<typeof definePlatform>[1]);
    return [];
  } catch (thrown) {
    if (!(thrown instanceof FlagstoneError)) throw thrown;
    return brief(thrown.findings);
  }
}

const good = { domain: "acme.example", environments: { dev: {} } };

describe("platform facts", () => {
  test("are inert: they only say what they were given", () => {
    expect(acme.name).toBe("acme");
    expect(acme.domain).toBe("acme.example");
    expect(mistakes("acme", good)).toEqual([]);
  });

  test("report everything that is wrong with them at once", () => {
    expect(
      mistakes("Acme", {
        domain: "acme example",
        domian: "acme.example",
        labels: { team: "a b" },
        tiers: { production: { like: "production" }, regulated: { like: "prod" } },
        environments: {
          "dev 1": { tier: "developmnt" },
          prod: { tier: "regulated", domain: "-", clusters: { EU: { regoin: "x" } }, replicas: 2 },
        },
        tenants: {
          shop: {
            environments: ["prd"],
            placement: { dve: {}, prod: { regoin: "x" } },
            owner: "group:shop",
            labels: { "a/b/c": "d" },
          },
          bank: { namespaces: ["shop", "Batch"] },
        },
      }),
    ).toEqual([
      'facts/domain Acme: domain "acme example" is not a DNS domain; write it as "acme.example"',
      'facts/domain Acme: environments.prod.domain "-" is not a DNS domain; write it as "acme.example"',
      'facts/namespace Acme: namespace "shop" belongs to tenant "shop" and to tenant "bank"; give one of them another namespace',
      'facts/tier Acme: tier "production" is built in and cannot be declared; give it another name',
      'facts/unknown-name Acme: environments.dev 1.tier names "developmnt", which does not exist; did you mean "development"?',
      'facts/unknown-name Acme: tenants.shop.environments names "prd", which does not exist; did you mean "prod"?',
      'facts/unknown-name Acme: tenants.shop.placement names "dve", which does not exist; known are "dev 1", "prod"',
      'facts/unknown-name Acme: tiers.regulated.like names "prod", which does not exist; did you mean "production"?',
      'labels/invalid-key Acme: label key "a/b/c" is not one that Kubernetes takes; write it as "example.com/name" or "name", with at most 63 characters after the slash',
      'labels/invalid-value Acme: value "a b" of label "team" is not one that Kubernetes takes; use at most 63 letters, digits, - _ and ., or put it into an annotation',
      'names/invalid Acme: cluster name "EU" is not a DNS label (lower-case letters, digits and "-", at most 63 characters); call it "eu"',
      'names/invalid Acme: environment name "dev 1" is not a DNS label (lower-case letters, digits and "-", at most 63 characters); call it "dev-1"',
      'names/invalid Acme: namespace of tenant "bank" "Batch" is not a DNS label (lower-case letters, digits and "-", at most 63 characters); call it "batch"',
      'names/invalid Acme: platform name "Acme" is not a DNS label (lower-case letters, digits and "-", at most 63 characters); call it "acme"',
      'props/unknown Acme: unknown property "domian"; did you mean "domain"?',
      'props/unknown Acme: unknown property "environments.prod.clusters.EU.regoin"; did you mean "region"?',
      'props/unknown Acme: unknown property "environments.prod.replicas"; known are "defaults"',
      'props/unknown Acme: unknown property "tenants.shop.owner"; did you mean "owners"?',
      'props/unknown Acme: unknown property "tenants.shop.placement.prod.regoin"; did you mean "region"?',
    ]);
  });

  test.each<[string, object, string]>([
    ["no environment", { ...good, environments: {} }, "facts/no-environment acme: the platform has no environment"],
    ["no domain", { environments: { dev: {} } }, "facts/domain acme: domain undefined is not a DNS domain"],
    [
      "a tier that is like nothing",
      { ...good, tiers: { x: {} } },
      "tiers.x.like names undefined, which does not exist",
    ],
    ["a tier with more to it", { ...good, tiers: { x: { like: "staging", protect: true } } }, '"tiers.x.protect"'],
    ["one namespace twice in a tenant", { ...good, tenants: { a: { namespaces: ["n", "n"] } } }, "facts/namespace"],
    ["a tenant whose name is no namespace", { ...good, tenants: { A_B: {} } }, 'call it "a-b"'],
  ])("are refused with %s", (_, facts, mistake) => {
    expect(mistakes("acme", facts)).toEqual([expect.stringContaining(mistake)]);
  });

  test("fail with one error that says what they are about", () => {
    expect(() => definePlatform("acme", { domain: "x y", environments: { dev: {} } })).toThrow(
      /^the facts of platform "acme" are not valid\nerror: acme: domain "x y" is not a DNS domain \(facts\/domain\)/,
    );
  });
});

describe("sizes", () => {
  const sizes = (given: object, more: object = {}) => mistakes("acme", { ...good, ...more, sizes: given });

  test("may be the same everywhere, or differ by tier", () => {
    const huge = { cpu: 8, memory: "32Gi" };
    expect(sizes({ small: huge, huge: { development: huge } })).toEqual([]);
    expect(sizes({ huge: { default: huge } }, { environments: { dev: {}, prod: { tier: "production" } } })).toEqual([]);
    const tiers = { regulated: { like: "production" } };
    expect(sizes({ huge: { production: huge } }, { tiers, environments: { prod: { tier: "regulated" } } })).toEqual([]);
  });

  test("report amounts that are none, tiers that are none, and tiers that they leave out", () => {
    const environments = { dev: {}, test: {}, stage: { tier: "staging" }, prod: { tier: "regulated" } };
    expect(
      sizes(
        {
          small: { cpu: "100m" },
          medium: { cpu: "1 core", memory: "1Gi", disk: "1Gi" },
          large: "1Gi",
          huge: { prodution: { cpu: 8, memory: "32Gi" }, regulated: { cpu: 0, memory: "32Gi" } },
          tiny: { default: 1 },
        },
        { tiers: { regulated: { like: "production" } }, environments },
      ),
    ).toEqual([
      'facts/size acme: sizes.huge means nothing in tier "development", "staging"; say it for each, or as default',
      'facts/size acme: sizes.huge.regulated.cpu 0 is not an amount of cpu above zero; write "250m" or a number of cores',
      'facts/size acme: sizes.large "1Gi" is no size; write { cpu: "500m", memory: "1Gi" }',
      'facts/size acme: sizes.medium.cpu "1 core" is not an amount of cpu above zero; write "250m" or a number of cores',
      'facts/size acme: sizes.small.memory is missing; write "256Mi" or "1Gi"',
      'facts/size acme: sizes.tiny.default 1 is no size; write { cpu: "500m", memory: "1Gi" }',
      'props/unknown acme: unknown property "sizes.huge.prodution"; did you mean "production"?',
      'props/unknown acme: unknown property "sizes.medium.disk"; known are "cpu", "memory"',
    ]);
  });

  test("mean in each environment what its tier says", async () => {
    const platform = definePlatform("acme", {
      domain: "acme.example",
      tiers: { regulated: { like: "production" } },
      environments: { dev: {}, stage: { tier: "staging" }, prod: { tier: "regulated" } },
      tenants: { shop: {} },
      sizes: {
        small: { cpu: "50m", memory: "64Mi" },
        huge: {
          development: { cpu: "500m", memory: "1Gi" },
          production: { cpu: 16, memory: "64Gi" },
          default: { cpu: 8, memory: "32Gi" },
        },
      },
    });
    const requests = async (environment: "dev" | "stage" | "prod", size?: SizeName) => {
      const shop = testTenant(platform, environment, "shop");
      new WebService(shop, "web", { image: IMAGE, size });
      const { resources } = (await shop.plan()).object("Deployment", "web").spec.template.spec.containers[0]!;
      const { cpu, memory } = (resources as { requests: Record<string, string> }).requests;
      return `${cpu} ${memory}`;
    };
    expect(await requests("dev", "huge")).toBe("500m 1Gi");
    expect(await requests("stage", "huge")).toBe("8 32Gi");
    expect(await requests("prod", "huge")).toBe("16 64Gi");
    expect(await requests("prod")).toBe("50m 64Mi");
    expect(await requests("prod", "medium")).toBe("500m 512Mi");
  });
});

describe("from a construct", () => {
  test("its environment and tenant are found, however deep it is", () => {
    const shop = tenantIn("prod");
    const deep = new Construct(new Construct(shop, "a"), "b");
    expect(acme.environmentOf(deep).name).toBe("prod");
    expect(acme.tenantOf(deep).name).toBe("shop");
    expect(acme.tenantOf(shop)).toBe(shop);
  });

  test("outside of one the error says which construct it was", () => {
    const platform = platformThat(() => undefined);
    const environment = platform.instantiate("dev");
    expect(() => acme.tenantOf(new Construct(environment, "group"))).toThrow("dev/group is not in a tenant");
    const root = new Construct(undefined as unknown as Construct, "");
    expect(() => acme.environmentOf(root)).toThrow("the root is not in an environment");
  });
});

describe("facts of a tenant", () => {
  const tenant = (shop: object, more: object = {}) => mistakes("acme", { ...good, ...more, tenants: { shop } });

  test("report groups that are none, or that are Kubernetes' own", () => {
    const members = {
      admin: ["ops"],
      developer: ["group: ", "group:shop ", "group: shop"],
      viewer: ["group:system:authenticated"],
      owner: [],
    };
    expect(tenant({ owners: ["group:shop", "group:system:masters"], members })).toEqual([
      'access/group acme: tenants.shop.members.admin has "ops", which is no group; write "group:shop"',
      'access/group acme: tenants.shop.members.developer has "group: ", which is no group; write "group:shop"',
      'access/group acme: tenants.shop.members.developer has "group: shop", which is no group; write "group:shop"',
      'access/group acme: tenants.shop.members.developer has "group:shop ", which is no group; write "group:shop"',
      'access/system-group acme: tenants.shop.members.viewer has "group:system:authenticated": groups that begin with "system:" are Kubernetes\' own; use a group of the identity provider',
      'access/system-group acme: tenants.shop.owners has "group:system:masters": groups that begin with "system:" are Kubernetes\' own; use a group of the identity provider',
      'props/unknown acme: unknown property "tenants.shop.members.owner"; known are "admin", "developer", "viewer"',
    ]);
  });

  test("report a prefix that would make a group one of Kubernetes' own", () => {
    for (const groupsPrefix of ["system:", "system:serviceaccounts:", "a b", 7])
      expect(tenant({}, { oidc: { groupsPrefix } })).toHaveLength(1);
    expect(tenant({ owners: ["group:m:masters"] }, { oidc: { groupsPrefix: "syste" } })).toHaveLength(1);
    expect(tenant({ owners: ["group:shop"] }, { oidc: { groupsPrefix: "oidc:" } })).toEqual([]);
    expect(tenant({}, { oidc: { groupPrefix: "oidc:" } })).toEqual([
      'props/unknown acme: unknown property "oidc.groupPrefix"; did you mean "groupsPrefix"?',
    ]);
  });

  test("report what no label takes, and a data class that is none", () => {
    expect(tenant({ costCenter: "47 11", onCall: "mailto:shop@acme.example", dataClass: "secret" })).toEqual([
      'facts/unknown-name acme: tenants.shop.dataClass names "secret", which does not exist; known are "confidential", "internal", "public", "restricted"',
      'labels/invalid-value acme: value "47 11" of label "flagstone.dev/cost-center" is not one that Kubernetes takes; use at most 63 letters, digits, - _ and ., or put it into an annotation',
      'labels/invalid-value acme: value "mailto:shop@acme.example" of label "flagstone.dev/on-call" is not one that Kubernetes takes; use at most 63 letters, digits, - _ and ., or put it into an annotation',
    ]);
  });

  test("report what is allowed and can never be", () => {
    const allowed = {
      registries: ["https://registry.example", "registry.example/shop/", "registry.example:5000/a/b", "", "a*"],
      hosts: {
        dev: ["*.shop.example", "shop.example", "*-shop.example", "*", "a.*.example", "*shop.example"],
        prod: [],
      },
      storageClasses: ["fast", "Fast SSD"],
      priorityClasses: [7],
      secretPaths: ["shop", "shop/", "/teams/shop", "a..b/.c", "", "/", "a//b", "shop/../pay", "..", "./shop", "a b"],
      triggerAuthentications: ["aws", "AWS"],
      images: [],
    };
    expect(tenant({ allowed }).map((text) => text.replace(/;.*/, ""))).toEqual([
      'facts/allowed acme: tenants.shop.allowed.hosts.dev has "*", which nothing can match',
      'facts/allowed acme: tenants.shop.allowed.hosts.dev has "*shop.example", which nothing can match',
      'facts/allowed acme: tenants.shop.allowed.hosts.dev has "a.*.example", which nothing can match',
      "facts/allowed acme: tenants.shop.allowed.priorityClasses has 7, which nothing can match",
      'facts/allowed acme: tenants.shop.allowed.registries has "", which nothing can match',
      'facts/allowed acme: tenants.shop.allowed.registries has "a*", which nothing can match',
      'facts/allowed acme: tenants.shop.allowed.registries has "https://registry.example", which nothing can match',
      'facts/allowed acme: tenants.shop.allowed.secretPaths has "", which nothing can match',
      'facts/allowed acme: tenants.shop.allowed.secretPaths has "..", which nothing can match',
      'facts/allowed acme: tenants.shop.allowed.secretPaths has "./shop", which nothing can match',
      'facts/allowed acme: tenants.shop.allowed.secretPaths has "/", which nothing can match',
      'facts/allowed acme: tenants.shop.allowed.secretPaths has "a b", which nothing can match',
      'facts/allowed acme: tenants.shop.allowed.secretPaths has "a//b", which nothing can match',
      'facts/allowed acme: tenants.shop.allowed.secretPaths has "shop/../pay", which nothing can match',
      'facts/allowed acme: tenants.shop.allowed.storageClasses has "Fast SSD", which nothing can match',
      'facts/allowed acme: tenants.shop.allowed.triggerAuthentications has "AWS", which nothing can match',
      'facts/unknown-name acme: tenants.shop.allowed.hosts names "prod", which does not exist',
      'props/unknown acme: unknown property "tenants.shop.allowed.images"',
    ]);
  });

  test("report labels that are Flagstone's own, of a tenant and of everything", () => {
    const says = 'labels/reserved acme: label "flagstone.dev/guard" is set by Flagstone; use another key';
    const labels = { "flagstone.dev/guard": "x" };
    expect(tenant({ labels })).toEqual([says]);
    expect(tenant({}, { labels })).toEqual([says]);
  });

  test("report namespaces of Kubernetes, and those in which a cluster's entry runs", () => {
    const capabilities = [
      Capability.gatewayApi({ gateway: "edge/public", from: { namespace: "envoy" } }),
      Capability.ingress({ className: "nginx", from: { namespace: "ingress-nginx" } }),
    ];
    const facts = { ...good, environments: { dev: { clusters: { main: { capabilities } } } } };
    const tenants = {
      default: {},
      "kube-system": {},
      envoy: {},
      shop: { namespaces: ["shop", "edge", "kube-tools"] },
      pay: { namespaces: ["pay", "ingress-nginx"] },
      kubeflow: {},
    };
    const named = (capability: string) =>
      `is what ${capability} of environments.dev.clusters.main.capabilities names; give the tenant another namespace`;
    const ofKubernetes = "belongs to Kubernetes itself; give the tenant another namespace";
    expect(mistakes("acme", { ...facts, tenants })).toEqual([
      `facts/system-namespace acme: tenant "default" has namespace "default", which ${ofKubernetes}`,
      `facts/system-namespace acme: tenant "envoy" has namespace "envoy", which ${named("gateway-api")}`,
      `facts/system-namespace acme: tenant "kube-system" has namespace "kube-system", which ${ofKubernetes}`,
      `facts/system-namespace acme: tenant "pay" has namespace "ingress-nginx", which ${named("ingress")}`,
      `facts/system-namespace acme: tenant "shop" has namespace "edge", which ${named("gateway-api")}`,
      `facts/system-namespace acme: tenant "shop" has namespace "kube-tools", which ${ofKubernetes}`,
    ]);
  });

  test("report a tenant that would serve all hosts of an environment, by its name", () => {
    const collide = (tenants: object, dev: object = {}) =>
      mistakes("acme", {
        domain: "acme.example",
        environments: { dev, prod: { domain: "acme.example" } },
        tenants,
      });
    const says = (name: string, serves = "dev.acme.example") =>
      `facts/tenant-domain acme: tenant "${name}" would serve all of ${serves} in environment "prod", which is where environment "dev" has its hosts; call the tenant otherwise, keep it out of "prod" by its environments, or give that environment another domain`;
    expect(collide({ dev: {} })).toEqual([says("dev")]);
    expect(collide({ lab: {} }, { domain: "dev.lab.acme.example" })).toEqual([says("lab", "lab.acme.example")]);
    expect(collide({ dev: { environments: ["dev"] } })).toEqual([]);
    expect(collide({ dev: {} }, { domain: "acme-dev.example" })).toEqual([]);
    expect(collide({ ev: {}, shop: {} })).toEqual([]);
  });
});
