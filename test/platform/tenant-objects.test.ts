import fc from "fast-check";
import {
  Capability,
  Cluster,
  definePlatform,
  Platform,
  Tenant,
  type TenantFacts,
  type TenantProps,
  whoCan,
} from "flagstone";
import { type KubeObject, planOf, type PlanView } from "flagstone/testing";
import { describe, expect, test } from "vitest";
import { brief } from "../testing/fixtures";

/** What a tenant called `shop` becomes in production, and in `dev`. */
async function made(facts: TenantFacts<"dev" | "prod"> = {}, props: TenantProps = {}, oidc?: { groupsPrefix: string }) {
  const definition = definePlatform("acme", {
    domain: "acme.example",
    ...(oidc ? { oidc } : {}),
    environments: { dev: {}, prod: { tier: "production", domain: "acme.example" } },
    tenants: { shop: facts },
  });
  const clusters = Cluster.fromKubeconfig();
  const platform = new Platform(definition, { environments: { dev: { clusters }, prod: { clusters } } });
  platform.run((environment) => new Tenant(environment, "shop", props));
  return { prod: await planOf(platform, "prod"), dev: await planOf(platform, "dev") };
}

const find = (plan: PlanView, kind: string, namespace = "shop"): KubeObject[] =>
  plan.objects(kind).filter(({ metadata }) => metadata.namespace === namespace);
const labelsOf = (plan: PlanView, name = "shop") => plan.object("Namespace", name).metadata.labels ?? {};

describe("the namespaces of a tenant", () => {
  test("say whose they are, who pays, how sensitive their data is and who is called", async () => {
    const { prod } = await made({
      owners: ["group:shop-admins", "group:shop-leads"],
      costCenter: "4711",
      dataClass: "confidential",
      onCall: "shop-primary",
    });
    expect(labelsOf(prod)).toEqual({
      "app.kubernetes.io/managed-by": "flagstone",
      "flagstone.dev/environment": "prod",
      "flagstone.dev/tenant": "shop",
      "flagstone.dev/owner": "shop-admins",
      "flagstone.dev/cost-center": "4711",
      "flagstone.dev/data-class": "confidential",
      "flagstone.dev/on-call": "shop-primary",
      "pod-security.kubernetes.io/enforce": "restricted",
      "pod-security.kubernetes.io/audit": "restricted",
      "pod-security.kubernetes.io/warn": "restricted",
    });
    const others = prod.objects().filter(({ kind }) => kind !== "Namespace");
    expect(others.filter(({ metadata }) => "flagstone.dev/owner" in (metadata.labels ?? {}))).toEqual([]);
    expect(others.length).toBeGreaterThan(0);
  });

  test("have an owner whose name is made one that a label takes", async () => {
    const label = async (name: string) =>
      labelsOf((await made({ owners: [`group:${name}`] })).dev)["flagstone.dev/owner"];
    expect(await label("acme:shop admins")).toBe("acme-shop-admins");
    expect(await label("shop@acme.example")).toBe("shop-acme.example");
    expect(await label(`${"a".repeat(62)}-b`)).toBe("a".repeat(62));
  });

  test("enforce the Pod Security level that is said, each its own", async () => {
    const { prod } = await made(
      { namespaces: ["shop", "shop-batch", "shop-nodes"] },
      { podSecurity: { "shop-batch": "baseline", "shop-nodes": "privileged" } },
    );
    const levels = ["shop", "shop-batch", "shop-nodes"].map((name) =>
      ["enforce", "audit", "warn"].map((mode) => labelsOf(prod, name)[`pod-security.kubernetes.io/${mode}`]),
    );
    expect(levels).toEqual(["restricted", "baseline", "privileged"].map((level) => [level, level, level]));
    expect(prod.findings).toMatchObject([{ rule: "pod-security/privileged", severity: "warning", path: "prod/shop" }]);
  });

  test("cannot have a level that is not known, or one for another namespace", async () => {
    const podSecurity = { shop: "strict", bank: "baseline" } as unknown as TenantProps["podSecurity"];
    expect(brief((await made({}, { podSecurity })).dev.findings)).toEqual([
      'pod-security/level dev/shop: podSecurity["shop"] "strict" is not known; known are "baseline", "privileged", "restricted"',
      'pod-security/namespace dev/shop: podSecurity["bank"] is about no namespace of the tenant; known are "shop"',
    ]);
  });
});

describe("the quota of a tenant", () => {
  const hard = async (quota?: TenantProps["quota"]) => {
    const { prod } = await made({}, { quota });
    const [found] = find(prod, "ResourceQuota");
    return { limits: (found?.["spec"] as { hard: object } | undefined)?.hard, findings: prod.findings };
  };
  const counts = {
    services: "100",
    secrets: "200",
    configmaps: "200",
    persistentvolumeclaims: "100",
    "count/serviceaccounts": "100",
    "count/deployments.apps": "100",
    "count/replicasets.apps": "1100",
    "count/statefulsets.apps": "50",
    "count/daemonsets.apps": "50",
    "count/jobs.batch": "200",
    "count/cronjobs.batch": "100",
    "count/leases.coordination.k8s.io": "100",
    "count/horizontalpodautoscalers.autoscaling": "100",
    "count/poddisruptionbudgets.policy": "100",
    "count/ingresses.networking.k8s.io": "100",
    "count/networkpolicies.networking.k8s.io": "200",
    "count/roles.rbac.authorization.k8s.io": "100",
    "count/rolebindings.rbac.authorization.k8s.io": "100",
  };

  test("that nobody asked for bounds numbers of objects, and leaves no way around the entry", async () => {
    const none = { "services.loadbalancers": "0", "services.nodeports": "0", "requests.nvidia.com/gpu": "0" };
    expect((await hard()).limits).toEqual({ ...counts, ...none });
  });

  test("is said in the words of Kubernetes", async () => {
    const { limits, findings } = await hard({
      cpu: 7.5,
      memory: "40Gi",
      ephemeralStorage: "80Gi",
      pods: 20,
      gpus: 2,
      storage: "1024Gi",
      storageClasses: { fast: "50Gi" },
      loadBalancers: 1,
      nodePorts: 3,
      objects: { services: 30, "count/httproutes.gateway.networking.k8s.io": 10 },
    });
    expect(findings).toEqual([]);
    expect(limits).toEqual({
      ...counts,
      "requests.cpu": "7500m",
      "requests.memory": "40Gi",
      "limits.memory": "40Gi",
      "requests.ephemeral-storage": "80Gi",
      "limits.ephemeral-storage": "80Gi",
      pods: "20",
      "requests.nvidia.com/gpu": "2",
      "requests.storage": "1Ti",
      "fast.storageclass.storage.k8s.io/requests.storage": "50Gi",
      "services.loadbalancers": "1",
      "services.nodeports": "3",
      services: "30",
      "count/httproutes.gateway.networking.k8s.io": "10",
    });
  });

  test("holds in each namespace", async () => {
    const { prod } = await made({ namespaces: ["shop", "shop-batch"] }, { quota: { cpu: 4 } });
    for (const namespace of ["shop", "shop-batch"])
      expect(find(prod, "ResourceQuota", namespace)).toMatchObject([{ spec: { hard: { "requests.cpu": "4" } } }]);
  });

  test("with amounts that are none is a finding for each", async () => {
    const quota = {
      cpu: "2 cores",
      memory: "40GB",
      pods: -1,
      gpus: 0.5,
      storage: 100,
      storageClasses: { "Fast SSD": "1Gi", slow: "much" },
      objects: { deployments: 3, services: "many" },
      cpus: 3,
    } as unknown as TenantProps["quota"];
    expect(brief((await hard(quota)).findings)).toEqual([
      'props/unknown prod/shop: unknown property "quota.cpus"; did you mean "cpu"?',
      'quota/amount prod/shop: quota.cpu "2 cores" is not an amount above zero; write "500m" or a number of cores',
      "quota/amount prod/shop: quota.gpus 0.5 is not a number of things; write a whole number from 0",
      'quota/amount prod/shop: quota.memory "40GB" is not an amount above zero; write "40Gi"',
      'quota/amount prod/shop: quota.objects["services"] "many" is not a number of things; write a whole number from 0',
      "quota/amount prod/shop: quota.pods -1 is not a number of things; write a whole number from 0",
      'quota/amount prod/shop: quota.storage 100 is not an amount above zero; write "40Gi"',
      'quota/amount prod/shop: quota.storageClasses.slow "much" is not an amount above zero; write "40Gi"',
      'quota/name prod/shop: quota.objects["deployments"] is not something that a quota counts; write it as "services" or "count/deployments.apps", and a StorageClass by its name',
      'quota/name prod/shop: quota.storageClasses.Fast SSD is not the name of a StorageClass; write it as "services" or "count/deployments.apps", and a StorageClass by its name',
    ]);
  });

  test("goes with requests for containers that make none, and no limit of CPU", async () => {
    const [limits] = find((await made()).prod, "LimitRange");
    expect(limits!["spec"]).toEqual({
      limits: [
        {
          type: "Container",
          defaultRequest: { cpu: "100m", memory: "128Mi", "ephemeral-storage": "64Mi" },
          default: { memory: "512Mi", "ephemeral-storage": "1Gi" },
        },
      ],
    });
  });
});

describe("the isolation of a tenant", () => {
  test("is that no traffic goes in or out, but questions to the cluster's DNS", async () => {
    const policies = find((await made()).prod, "NetworkPolicy");
    expect(Object.fromEntries(policies.map(({ metadata, spec }) => [metadata.name, spec]))).toEqual({
      "default-deny": { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
      "allow-dns": {
        podSelector: {},
        policyTypes: ["Egress"],
        egress: [
          {
            to: [
              {
                namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
                podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
              },
            ],
            ports: [
              { port: 53, protocol: "TCP" },
              { port: 53, protocol: "UDP" },
            ],
          },
        ],
      },
    });
  });

  test("leaves the default account without a token", async () => {
    expect(find((await made()).prod, "ServiceAccount")).toMatchObject([
      { metadata: { name: "default" }, automountServiceAccountToken: false },
    ]);
  });
});

describe("access to a tenant", () => {
  const members = {
    admin: ["group:on-call", "group:shop"],
    developer: ["group:devs"],
    viewer: ["group:auditors"],
  } as const;
  const bindings = (plan: PlanView, namespace?: string) =>
    Object.fromEntries(
      find(plan, "RoleBinding", namespace).map(({ metadata, subjects, roleRef }) => {
        const names = (subjects as { kind: string; name: string }[]).map(({ kind, name }) => `${kind} ${name}`);
        return [`${metadata.name} → ${(roleRef as { name: string }).name}`, names];
      }),
    );

  test("is given to its groups in each namespace; owners are admins", async () => {
    const { prod } = await made({ owners: ["group:shop"], members, namespaces: ["shop", "shop-batch"] });
    for (const namespace of ["shop", "shop-batch"]) {
      expect(bindings(prod, namespace)).toEqual({
        "tenant-admin → tenant-admin": ["Group on-call", "Group shop"],
        "tenant-developer → tenant-developer": ["Group devs"],
        "tenant-viewer → tenant-viewer": ["Group auditors"],
      });
      expect(
        find(prod, "Role", namespace)
          .map(({ metadata }) => metadata.name)
          .sort(),
      ).toEqual(["tenant-admin", "tenant-developer", "tenant-viewer"]);
    }
  });

  test("calls groups as the API servers do", async () => {
    const { prod } = await made({ owners: ["group:shop"] }, {}, { groupsPrefix: "oidc:" });
    expect(bindings(prod)).toEqual({ "tenant-admin → tenant-admin": ["Group oidc:shop"] });
  });

  test("makes no role that nobody has", async () => {
    const { prod } = await made({ members: { viewer: ["group:auditors"] } });
    expect(find(prod, "Role").map(({ metadata }) => metadata.name)).toEqual(["tenant-viewer"]);
    expect((await made()).prod.objects("Role")).toEqual([]);
  });

  test("of owners whom the props name replaces that of the facts' owners", async () => {
    const { prod } = await made({ owners: ["group:shop"] }, { owners: ["group:web"] });
    expect(bindings(prod)).toEqual({ "tenant-admin → tenant-admin": ["Group web"] });
    expect(labelsOf(prod)["flagstone.dev/owner"]).toBe("web");
  });

  test("cannot be given to groups of Kubernetes itself, or to what is no group", async () => {
    const owners = ["group:system:masters", "shop", "group:"] as unknown as TenantProps["owners"];
    expect(brief((await made({}, { owners })).dev.findings)).toEqual([
      'access/group dev/shop: owners has "group:", which is no group; write "group:shop"',
      'access/group dev/shop: owners has "shop", which is no group; write "group:shop"',
      'access/system-group dev/shop: owners has "group:system:masters": groups that begin with "system:" are Kubernetes\' own; use a group of the identity provider',
    ]);
  });

  test("in production lets developers see no secret, elsewhere it does", async () => {
    const { prod, dev } = await made({ members });
    const sees = (plan: PlanView) =>
      find(plan, "Role")
        .filter((role) =>
          (role["rules"] as { resources: string[] }[]).some(({ resources }) => resources.includes("secrets")),
        )
        .map(({ metadata }) => metadata.name)
        .sort();
    expect(sees(prod)).toEqual(["tenant-admin"]);
    expect(sees(dev)).toEqual(["tenant-admin", "tenant-developer"]);
  });

  test("lets whoever writes applications say which secrets of the store they have, and everybody see that", async () => {
    const { prod, dev } = await made({ members });
    const may = (plan: PlanView, verb: string) =>
      whoCan(plan.objects(), { verb, group: "external-secrets.io", resource: "externalsecrets", namespace: "shop" })
        .map(({ name }) => name)
        .sort();
    expect([may(prod, "get"), may(dev, "get")]).toEqual(
      Array.from({ length: 2 }, () => ["auditors", "devs", "on-call", "shop"]),
    );
    expect([may(prod, "create"), may(dev, "create")]).toEqual([
      ["on-call", "shop"],
      ["devs", "on-call", "shop"],
    ]);
  });
});

describe("admission for a tenant", () => {
  const policies = async (facts: TenantFacts<"dev" | "prod"> = {}, props: TenantProps = {}) => {
    const { prod } = await made(facts, props);
    return Object.fromEntries(
      prod.objects("ValidatingAdmissionPolicy").map((policy) => [policy.metadata.name, JSON.stringify(policy["spec"])]),
    );
  };

  test("is one policy about each kind of object, bound to the tenant's namespaces", async () => {
    const allowed = { storageClasses: ["fast"] };
    const names = [
      ...["externalsecrets", "guard", "ingresses", "pods", "rolebindings", "routes", "scaledobjects", "services"],
      ...["tokens", "volumes"],
    ].map((about) => `flagstone-shop-${about}`);
    expect(Object.keys(await policies({ allowed })).sort()).toEqual(names);
    const { prod } = await made({ allowed });
    const bindings = prod.objects("ValidatingAdmissionPolicyBinding");
    expect(bindings.map(({ metadata }) => metadata.name).sort()).toEqual(names);
    for (const { metadata, spec } of bindings)
      expect(spec).toEqual({
        policyName: metadata.name,
        validationActions: ["Deny"],
        matchResources: { namespaceSelector: { matchLabels: { "flagstone.dev/tenant": "shop" } } },
      });
    for (const object of [...bindings, ...prod.objects("ValidatingAdmissionPolicy")])
      expect(object.metadata.namespace).toBeUndefined();
  });

  test("does not ask for what the facts leave open", async () => {
    const open = await policies();
    expect(Object.keys(open)).not.toContain("flagstone-shop-volumes");
    expect(open["flagstone-shop-pods"]).not.toMatch(/takes its images|is not one of|cordoned/);
    const bound = await policies({ allowed: { registries: ["r.example/"], priorityClasses: [] } }, { cordoned: true });
    for (const part of ["takes its images", "is not one of", "cordoned"])
      expect(bound["flagstone-shop-pods"]).toContain(part);
  });

  test("holds what is of images to volumes that are images, too", async () => {
    const found = (await policies({ allowed: { registries: ["r.example/"] } }))["flagstone-shop-pods"];
    for (const part of ["c.?image.", "c.image.?reference", "c.image.?pullPolicy"]) expect(found).toContain(part);
  });

  test("leaves priorities of Kubernetes itself to Kubernetes, and Services to the cluster that they are in", async () => {
    const found = await policies();
    expect(found["flagstone-shop-pods"]).toContain('.startsWith(\\"system-\\")');
    expect(found["flagstone-shop-services"]).toContain("ExternalName");
  });

  test("knows the hosts of the environment", async () => {
    const allowed = { hosts: { prod: ["shop.example"], dev: ["dev.shop.example"] } };
    const found = (await policies({ allowed }))["flagstone-shop-ingresses"]!;
    for (const host of ["shop.acme.example", "*.shop.acme.example", "shop.example"])
      expect(found).toContain(`"${host}\\"`.slice(1));
    expect(found).not.toContain("dev.shop.example");
  });

  test("lets a tenant read below its name in the store of secrets, or where its facts say", async () => {
    const found = async (facts?: TenantFacts<"dev" | "prod">) =>
      (await policies(facts))["flagstone-shop-externalsecrets"];
    expect(await found()).toContain('[\\"shop/\\"]');
    const listed = await found({ allowed: { secretPaths: ["teams/retail", "shared/tls/"] } });
    expect(listed).toContain('[\\"teams/retail/\\",\\"shared/tls/\\"]');
    expect(listed).not.toContain("shop/");
  });

  test("holds secrets to the store that the cluster is said to have, and to any where none is said", async () => {
    const definition = definePlatform("acme", {
      domain: "acme.example",
      environments: {
        dev: {
          clusters: {
            eu: { capabilities: [Capability.externalSecrets({ store: "vault" })] },
            us: { capabilities: [Capability.externalSecrets({ store: "aws", kind: "SecretStore" })] },
            lab: {},
          },
        },
      },
      tenants: { shop: {} },
    });
    const cluster = Cluster.fromKubeconfig();
    const clusters = { eu: cluster, us: cluster, lab: cluster };
    const platform = new Platform(definition, { environments: { dev: { clusters } } });
    platform.run((environment) => new Tenant(environment, "shop"));
    const plan = await planOf(platform, "dev");
    const says = Object.keys(clusters).map((name) => {
      const policy = plan.object("ValidatingAdmissionPolicy", "flagstone-shop-externalsecrets", name);
      return / is not the store of tenant shop \(([^)]*)\)/.exec(JSON.stringify(policy["spec"]))?.[1];
    });
    expect(says).toEqual(["ClusterSecretStore vault", "SecretStore aws", undefined]);
  });

  test("admits devices that the quota counts, by name", async () => {
    const quota = { extendedResources: { "nvidia.com/mig-1g.5gb": 8, "amd.com/gpu": 4 } };
    const { prod } = await made({}, { quota });
    expect(find(prod, "ResourceQuota")[0]!["spec"]).toMatchObject({
      hard: { "requests.nvidia.com/gpu": "0", "requests.nvidia.com/mig-1g.5gb": "8", "requests.amd.com/gpu": "4" },
    });
    expect((await policies({}, { quota }))["flagstone-shop-pods"]).toContain(
      "its quota counts (nvidia.com/gpu, amd.com/gpu, nvidia.com/mig-1g.5gb)",
    );
  });

  test("fails closed, and says in each refusal whose tenant it is about", async () => {
    const { prod } = await made(
      { allowed: { registries: ["r.example/"], storageClasses: ["x"], priorityClasses: ["y"] } },
      {
        cordoned: true,
      },
    );
    for (const { spec } of prod.objects("ValidatingAdmissionPolicy")) {
      const { failurePolicy, validations } = spec as {
        failurePolicy: string;
        validations: { message?: string; messageExpression?: string; reason: string }[];
      };
      expect(failurePolicy).toBe("Fail");
      for (const { message, messageExpression, reason } of validations) {
        expect(reason).toBe("Forbidden");
        expect(message ?? messageExpression).toContain("tenant shop");
      }
    }
  });
});

test("what a tenant may not change carries a mark, and nothing else does", async () => {
  const { prod } = await made({ owners: ["group:shop"] });
  const marked = prod.objects().filter(({ metadata }) => "flagstone.dev/guard" in (metadata.labels ?? {}));
  expect([...new Set(marked.map(({ kind }) => kind))].sort()).toEqual([
    "LimitRange",
    "NetworkPolicy",
    "ResourceQuota",
    "Role",
    "RoleBinding",
    "ServiceAccount",
  ]);
});

test("the same tenant has the same objects, whatever the order of what is said", async () => {
  const groups = ["group:a", "group:b", "group:c"] as const;
  await fc.assert(
    fc.asyncProperty(
      fc.shuffledSubarray([...groups], { minLength: 3 }),
      fc.shuffledSubarray(["services", "secrets", "pods"], { minLength: 3 }),
      async (viewer, keys) => {
        const objects = { services: 1, secrets: 2, configmaps: 3 };
        const reordered = Object.fromEntries(
          Object.entries(objects).sort(([a], [b]) => keys.indexOf(a) - keys.indexOf(b)),
        );
        const first = await made({ members: { viewer: groups } }, { quota: { objects } });
        const second = await made({ members: { viewer } }, { quota: { objects: reordered } });
        expect(second.prod.objects()).toEqual(first.prod.objects());
        expect(second.prod.yaml().split("\n").sort()).toEqual(first.prod.yaml().split("\n").sort());
      },
    ),
    { numRuns: 10 },
  );
});
