import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TenantProps } from "flagstone";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { missingTools } from "../tools/status.ts";
import { type ApiResponse, bodyOf, discover, type KubernetesList, type KubernetesObject, pathOf } from "./api.ts";
import { type Applied, applyDirectory, expectStored, expectUnchanged } from "./apply.ts";
import { controlPlaneTools } from "./control-plane.ts";
import { everyProp, renderTo } from "./every-tenant.ts";
import { deleteAll, expectNothingRemains, type Inventory, takeInventory } from "./inventory.ts";
import { until } from "./processes.ts";
import { withControlPlane } from "./suite.ts";

const controlPlane = withControlPlane();
const folder = mkdtempSync(join(tmpdir(), "tenant-"));
let renders = 0;
let before: Inventory;
let applied: Applied;

/** Renders the platform with these props, and applies it as a GitOps controller does. */
async function apply(props?: TenantProps): Promise<Applied> {
  const directory = join(folder, String(++renders));
  renderTo(directory, props);
  return applyDirectory(controlPlane(), directory);
}

const ready = missingTools(controlPlaneTools) === undefined;
beforeAll(async () => {
  if (!ready) return;
  before = await takeInventory(controlPlane());
  applied = await apply();
  await untilEnforced();
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
});

/** A policy begins to hold a moment after it was stored; the last one that is made is the one to wait for. */
async function untilEnforced(): Promise<void> {
  for (const tenant of ["shop", "bank"])
    for (const [about, body] of [
      ["pods", pod({ imagePullPolicy: "Never" })],
      ["services", service({ externalIPs: ["192.0.2.7"] })],
      ["ingresses", ingress({ rules: [{ host: "evil.example" }] })],
    ] as const) {
      const ask = async () => {
        const { status, body: said } = await create(tenant, body, "dryRun=All");
        return status === 403 ? undefined : `${status} ${JSON.stringify(said)}`;
      };
      await until(`${tenant}'s policy about ${about} holds`, ask, { timeout: 30_000 });
    }
}

/** Creates an object in a namespace, as an administrator whom no role stops. */
async function create(
  namespace: string,
  object: KubernetesObject,
  query = "",
): Promise<ApiResponse<{ readonly message?: string }>> {
  const served = (await discover(controlPlane().request)).find(
    ({ apiVersion, kind }) => apiVersion === object.apiVersion && kind === object.kind,
  );
  return controlPlane().request("POST", `${pathOf(served!, namespace)}?${query}`, object);
}

/** What the server says when an object is created, and that it would not be there afterwards. */
async function refusal(namespace: string, object: KubernetesObject): Promise<string> {
  const { status, body } = await create(namespace, object, "dryRun=All");
  expect(status, JSON.stringify(body)).toBe(403);
  return body.message ?? "";
}

async function isTaken(namespace: string, object: KubernetesObject): Promise<void> {
  const { status, body } = await create(namespace, object, "dryRun=All");
  expect(status, JSON.stringify(body)).toBe(201);
}

interface Policy extends KubernetesObject {
  readonly status?: { readonly observedGeneration?: number; readonly typeChecking?: object };
}

/** What the server says of the types in each policy; empty where it finds nothing. */
async function typeWarnings(): Promise<unknown[]> {
  const list = async () =>
    bodyOf(await controlPlane().request<KubernetesList<Policy>>("GET", policies), policies).items.filter(
      ({ metadata }) => metadata.labels?.["flagstone.dev/tenant"] !== undefined,
    );
  const ask = async () =>
    (await list()).every(({ metadata, status }) => status?.observedGeneration === metadata.generation)
      ? undefined
      : "not all are checked";
  await until("types are checked", ask, { timeout: 30_000 });
  return (await list()).map(({ status }) => status?.typeChecking);
}

const policies = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies";
const bindings = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings";

const named = (apiVersion: string, kind: string, spec: object, name = "x"): KubernetesObject => ({
  apiVersion,
  kind,
  metadata: { name },
  spec,
});
const image = "registry.acme.example/shop/web:1";
const hardened = {
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
};
const container = (fields: object = {}, name = "main") => ({
  name,
  image,
  imagePullPolicy: "Always",
  ...hardened,
  ...fields,
});
const podOf = (spec: object, name?: string) =>
  named(
    "v1",
    "Pod",
    {
      containers: [container()],
      securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
      ...spec,
    },
    name,
  );
const pod = (fields: object, name?: string) => podOf({ containers: [container(fields)] }, name);
const service = (spec: object) => named("v1", "Service", { ports: [{ port: 80 }], ...spec });
const backend = { service: { name: "web", port: { number: 80 } } };
const ingress = ({ rules, ...spec }: { rules?: readonly object[]; tls?: object; defaultBackend?: object }) =>
  named("networking.k8s.io/v1", "Ingress", {
    ...spec,
    ...(rules && {
      rules: rules.map((rule) => ({ ...rule, http: { paths: [{ path: "/", pathType: "Prefix", backend }] } })),
    }),
  });
const route = (kind: "HTTPRoute" | "GRPCRoute", hostnames?: readonly string[]) =>
  named("gateway.networking.k8s.io/v1", kind, { ...(hostnames && { hostnames }), rules: [] });
const claim = (storageClassName?: string) =>
  named("v1", "PersistentVolumeClaim", {
    accessModes: ["ReadWriteOnce"],
    resources: { requests: { storage: "1Gi" } },
    ...(storageClassName === undefined ? {} : { storageClassName }),
  });

describe("the objects of a tenant", () => {
  test("are taken by the server, strictly read and without a warning, and stored as written", async () => {
    await expectStored(controlPlane(), applied);
    const kinds = new Map<string, number>();
    for (const { manifest } of applied.objects)
      kinds.set(manifest.object.kind, (kinds.get(manifest.object.kind) ?? 0) + 1);
    expect(Object.fromEntries([...kinds].sort())).toEqual({
      LimitRange: 3,
      Namespace: 3,
      NetworkPolicy: 6,
      ResourceQuota: 3,
      Role: 7, // three in each of the shop's two namespaces, one in the bank's
      RoleBinding: 7,
      ServiceAccount: 3,
      ValidatingAdmissionPolicy: 19, // the bank has none about volumes, because any class will do
      ValidatingAdmissionPolicyBinding: 19,
    });
  });

  test("do not change when they are applied again", async () => {
    await expectUnchanged(controlPlane(), applied);
  });

  test("have policies that the server finds nothing wrong with, checked against the types of what they match", async () => {
    expect(await typeWarnings()).toEqual(Array.from({ length: 19 }, () => ({})));
  });

  test("leave the default account of each namespace without a token", async () => {
    for (const namespace of ["shop", "shop-batch", "bank"]) {
      const { body } = await controlPlane().request("GET", `/api/v1/namespaces/${namespace}/serviceaccounts/default`);
      expect(body).toMatchObject({ automountServiceAccountToken: false });
    }
  });
});

describe("admission refuses the tenant", () => {
  test("images of others, in any kind of container, and says whom to ask", async () => {
    const evil = { image: "docker.io/evil:1" };
    const says =
      "ValidatingAdmissionPolicy 'flagstone-shop-pods' with binding 'flagstone-shop-pods' denied request: image docker.io/evil:1 is not from where tenant shop takes its images (registry.acme.example/shop/, registry.acme.example/base/debug): ask the platform team of acme";
    expect(await refusal("shop", pod(evil))).toContain(says);
    expect(await refusal("shop", podOf({ initContainers: [container(evil, "init")] }))).toContain(says);
    for (const near of ["registry.acme.example/shopping:1", "registry.acme.example/base/debugger:1", "web", "shop/web"])
      expect(await refusal("shop", pod({ image: near }))).toContain(`image ${near} is not from`);
    for (const own of ["registry.acme.example/base/debug", "registry.acme.example/base/debug:1", image])
      await isTaken("shop", pod({ image: own }));
    await isTaken("bank", pod({ image: "docker.io/anything:1" }));
  });

  test("images that are pulled only when they are missing", async () => {
    for (const tenant of ["shop", "bank"])
      expect(await refusal(tenant, pod({ imagePullPolicy: "IfNotPresent" }))).toContain(
        `containers of tenant ${tenant} have imagePullPolicy Always`,
      );
  });

  test("priority classes of others", async () => {
    const priority = "/apis/scheduling.k8s.io/v1/priorityclasses";
    for (const name of ["business-critical", "other"])
      bodyOf(
        await controlPlane().request("POST", priority, {
          apiVersion: "scheduling.k8s.io/v1",
          kind: "PriorityClass",
          metadata: { name },
          value: 1000,
        }),
        name,
      );
    await until(
      "the classes are known to admission",
      async () =>
        (await create("bank", podOf({ priorityClassName: "other" }), "dryRun=All")).status === 201 ? undefined : "no",
      { timeout: 10_000 },
    );
    expect(await refusal("shop", podOf({ priorityClassName: "other" }))).toContain(
      "priority class other is not one of tenant shop (business-critical): ask the platform team of acme",
    );
    await isTaken("shop", podOf({ priorityClassName: "business-critical" }));
    expect(await refusal("bank", podOf({ priorityClassName: "system-node-critical" }))).toContain(
      "priority class system-node-critical is not tenant bank's: ask the platform team of acme",
    );
    for (const name of ["business-critical", "other"]) await controlPlane().request("DELETE", `${priority}/${name}`);
  });

  test("storage classes of others, and volumes without a class", async () => {
    for (const name of ["slow", ""])
      expect(await refusal("shop", claim(name))).toContain(
        `storage class '${name}' is not one of tenant shop (kwok-volume, fast)`,
      );
    await isTaken("shop", claim("kwok-volume"));
    await isTaken("shop", claim()); // the cluster's default, which is the tenant's, too
    await isTaken("bank", claim("anything"));
  });

  test("Services with addresses of others", async () => {
    expect(await refusal("bank", service({ externalIPs: ["192.0.2.1"] }))).toContain("have no externalIPs");
    await isTaken("bank", service({}));
  });

  test("an Ingress for hosts of others, or for all", async () => {
    for (const host of [
      "evil.example",
      "acme.example",
      "bank.acme.example",
      "*.acme.example",
      "evilshop.example",
      "eshop.acme.example",
    ])
      expect(await refusal("shop", ingress({ rules: [{ host: "shop.example" }, { host }] }))).toContain(
        `host ${host} is not one of tenant shop (shop.acme.example, *.shop.acme.example, shop.example, *.shop.example, *-shop.acme.example)`,
      );
    expect(await refusal("shop", ingress({ rules: [{}] }))).toContain("names a host in each rule");
    expect(await refusal("shop", ingress({ defaultBackend: backend }))).toContain("has no default backend");
    expect(
      await refusal("shop", ingress({ rules: [{ host: "shop.example" }], tls: [{ hosts: ["bank.acme.example"] }] })),
    ).toContain("has certificates for its own hosts only");
    for (const host of [
      "shop.example",
      "a.b.shop.example",
      "*.shop.example",
      "web.shop.acme.example",
      "web-shop.acme.example",
    ])
      await isTaken("shop", ingress({ rules: [{ host }], tls: [{ hosts: [host] }] }));
    expect(await refusal("bank", ingress({ rules: [{ host: "shop.example" }] }))).toContain(
      "is not one of tenant bank",
    );
  });

  test("routes for hosts of others, or for all, as soon as the cluster serves them", async () => {
    const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    for (const kind of ["HTTPRoute", "GRPCRoute"] as const)
      bodyOf(await controlPlane().request("POST", definitions, routeDefinition(kind)), kind);
    for (const kind of ["HTTPRoute", "GRPCRoute"] as const) {
      const resource = `${kind.toLowerCase()}s`;
      const ask = async () => {
        const { status } = await controlPlane().request("GET", `/apis/gateway.networking.k8s.io/v1/${resource}`);
        return status === 200 ? undefined : String(status);
      };
      await until(`${resource} are served`, ask, { timeout: 30_000 });
      await until(
        "the policy holds",
        async () =>
          (await create("shop", route(kind, ["evil.example"]), "dryRun=All")).status === 403
            ? undefined
            : "it does not",
        { timeout: 30_000 },
      );
      expect(await refusal("shop", route(kind, ["shop.example", "bank.acme.example"]))).toContain(
        "host bank.acme.example is not one of tenant shop",
      );
      expect(await refusal("shop", route(kind))).toContain("names its hosts");
      await isTaken("shop", route(kind, ["shop.example", "*.shop.acme.example"]));
    }
    // Its types are checked when it is stored.
    for (const tenant of ["shop", "bank"])
      bodyOf(await controlPlane().request("DELETE", `${policies}/flagstone-${tenant}-routes`), "the policy");
    await apply();
    expect(await typeWarnings()).toEqual(Array.from({ length: 19 }, () => ({})));
    for (const resource of ["httproutes", "grpcroutes"])
      bodyOf(await controlPlane().request("DELETE", `${definitions}/${resource}.gateway.networking.k8s.io`), resource);
  });

  test("devices that its quota does not count, and more than it counts", async () => {
    const limited = (amounts: object) => pod({ resources: { limits: amounts } });
    for (const [tenant, device] of [
      ["bank", "amd.com/gpu"],
      ["bank", "nvidia.com/mig-1g.5gb"],
      ["shop", "nvidia.com/mig-2g.10gb"],
    ] as const)
      expect(await refusal(tenant, limited({ [device]: 1 }))).toContain(
        `pods of tenant ${tenant} ask for no devices but those that its quota counts (nvidia.com/gpu`,
      );
    expect(await refusal("shop", limited({ "amd.com/gpu": 2 }))).toContain("requested: requests.amd.com/gpu=2");
    await isTaken("shop", limited({ "amd.com/gpu": 1, "nvidia.com/mig-1g.5gb": 4, "nvidia.com/gpu": 2 }));
  });

  test("load balancers and node ports beyond its quota, which is none", async () => {
    for (const [type, what] of [
      ["LoadBalancer", "services.loadbalancers=1"],
      ["NodePort", "services.nodeports=1"],
    ])
      expect(await refusal("bank", service({ type }))).toContain(`exceeded quota: tenant, requested: ${what}`);
    await isTaken("shop", service({ type: "NodePort" }));
  });

  test("nothing of what was there before, until that changes", async () => {
    const at = {
      pod: "/api/v1/namespaces/shop/pods/before",
      ingress: "/apis/networking.k8s.io/v1/namespaces/shop/ingresses/before",
    };
    const patch = async (path: string, object: object) =>
      (await controlPlane().request("PATCH", path, object, "application/strategic-merge-patch+json")).status;
    for (const about of ["pods", "ingresses"])
      bodyOf(await controlPlane().request("DELETE", `${bindings}/flagstone-shop-${about}`), about);
    const others = [
      podOf(
        {
          containers: [container({ image: "docker.io/a:1", imagePullPolicy: "IfNotPresent" })],
          tolerations: [{ operator: "Exists" }],
        },
        "before",
      ),
      { ...ingress({ rules: [{ host: "evil.example" }] }), metadata: { name: "before" } },
    ];
    for (const object of others)
      await until(
        `${object.kind} of others is taken`,
        async () => {
          const { status } = await create("shop", object);
          return status === 201 ? undefined : String(status);
        },
        { timeout: 10_000 },
      );
    await apply();
    await untilEnforced();

    const labeled = { metadata: { labels: { a: "b" } } };
    expect([await patch(at.pod, labeled), await patch(at.ingress, labeled)]).toEqual([200, 200]);
    const changed = { spec: { containers: [{ name: "main", image: "docker.io/b:1" }] } };
    expect([await patch(at.pod, changed), await patch(at.ingress, { spec: { ingressClassName: "other" } })]).toEqual([
      403, 403,
    ]);
    for (const path of Object.values(at)) bodyOf(await controlPlane().request("DELETE", path), path);
  });

  test("an image that a pod is changed to, and a container that is added to look inside", async () => {
    const path = "/api/v1/namespaces/shop/pods";
    bodyOf(await controlPlane().request("POST", path, pod({}, "inside")), "pod");
    const patch = async (object: object, at = "") => {
      const type = "application/strategic-merge-patch+json";
      const { status, body } = await controlPlane().request("PATCH", `${path}/inside${at}`, object, type);
      return `${status} ${(body as { message?: string }).message ?? ""}`;
    };
    const changed = { spec: { containers: [{ name: "main", image: "docker.io/evil:2" }] } };
    expect(await patch(changed)).toMatch(/^403 .*image docker\.io\/evil:2 is not from/);
    const added = (fields: object) => ({ spec: { ephemeralContainers: [container(fields, "debug")] } });
    expect(await patch(added({ image: "docker.io/evil:3" }), "/ephemeralcontainers")).toMatch(
      /^403 .*image docker\.io\/evil:3 is not from/,
    );
    expect(await patch(added({ image: "registry.acme.example/base/debug:1" }), "/ephemeralcontainers")).toMatch(/^200/);
    bodyOf(await controlPlane().request("DELETE", `${path}/inside`), "pod");
  });
});

describe("a cordoned tenant", () => {
  afterEach(async () => {
    if (ready) await apply();
  });

  test("starts nothing new, and keeps what runs", async () => {
    const path = "/api/v1/namespaces/shop/pods";
    bodyOf(await controlPlane().request("POST", path, pod({}, "running")), "pod");
    await apply({ ...everyProp, cordoned: true });
    const says = "tenant shop is cordoned, so nothing new starts: ask the platform team of acme";
    await until(
      "it is cordoned",
      async () => {
        const { status, body } = await create("shop", pod({}), "dryRun=All");
        return status === 403 && body.message?.includes(says) === true ? undefined : `${status} ${body.message ?? ""}`;
      },
      { timeout: 10_000 },
    );
    expect((await controlPlane().request("GET", `${path}/running`)).status).toBe(200);
    await isTaken("shop", service({}));
    await isTaken("bank", pod({}));
    bodyOf(await controlPlane().request("DELETE", `${path}/running`), "pod");
    await apply();
    await until(
      "it is no longer cordoned",
      async () => ((await create("shop", pod({}), "dryRun=All")).status === 201 ? undefined : "cordoned"),
      { timeout: 10_000 },
    );
  });
});

describe("what holds a tenant to its bounds", () => {
  const admin = { user: "ann", groups: ["oidc:shop-admins"] };
  const network = "/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies";
  const rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/shop";
  const guarded = [
    `${network}/default-deny`,
    `${network}/allow-dns`,
    `${rbac}/roles/tenant-admin`,
    `${rbac}/rolebindings/tenant-developer`,
  ];

  test.each(guarded)("cannot be changed or deleted by the tenant's admins: %s", async (path) => {
    const asAdmin = controlPlane().as(admin);
    const labels = { metadata: { labels: { "flagstone.dev/guard": null } } };
    for (const { status, body } of [
      await asAdmin("DELETE", path),
      await asAdmin("PATCH", path, labels, "application/merge-patch+json"),
    ]) {
      expect(status).toBe(403);
      expect(body).toMatchObject({
        message: expect.stringContaining(
          "this object holds tenant shop to its bounds, and only who may delete the namespace may change it: ask the platform team of acme",
        ),
      });
    }
    expect((await controlPlane().request("GET", path)).status).toBe(200);
  });

  test("cannot be swept away by the tenant's admins with what is their own", async () => {
    const asAdmin = controlPlane().as(admin);
    const own = { ...named("networking.k8s.io/v1", "NetworkPolicy", { podSelector: {} }, "own") };
    bodyOf(await asAdmin("POST", network, own), "an own policy");
    const { status } = await asAdmin("DELETE", network);
    expect(status).toBe(403);
    const { items } = bodyOf(await asAdmin<KubernetesList>("GET", network), "policies");
    expect(items.map(({ metadata }) => metadata.name)).toEqual(expect.arrayContaining(["allow-dns", "default-deny"]));
    await asAdmin("DELETE", `${network}/own`);
    expect((await asAdmin("GET", `${network}/own`)).status).toBe(404);
  });

  test("can be changed by who may delete the namespace", async () => {
    const path = `${network}/allow-dns`;
    const annotated = { metadata: { annotations: { "acme.example/note": "x" } } };
    expect((await controlPlane().request("PATCH", path, annotated, "application/merge-patch+json")).status).toBe(200);
  });

  test("goes with the namespace", async () => {
    bodyOf(await controlPlane().request("DELETE", "/api/v1/namespaces/shop-batch"), "the namespace");
    const ask = async () => {
      const { status, body } = await controlPlane().request("GET", "/api/v1/namespaces/shop-batch");
      return status === 404 ? undefined : JSON.stringify(body.status);
    };
    await until("the namespace is gone", ask, { timeout: 60_000 });
    applied = await apply();
  });
});

describe("the roles of a tenant", () => {
  test("let a viewer read everything in its namespaces but secrets and notes of storage drivers", async () => {
    const viewer = controlPlane().as({ user: "vera", groups: ["oidc:auditors"] });
    const kinds = (await discover(controlPlane().request)).filter(
      ({ namespaced, verbs }) => namespaced && verbs.includes("list"),
    );
    const hidden = new Set<string>();
    for (const kind of kinds)
      if ((await viewer("GET", pathOf(kind, "shop"))).status !== 200) hidden.add(`${kind.resource}.${kind.group}`);
    expect([...hidden].sort()).toEqual(["csistoragecapacities.storage.k8s.io", "secrets."]);
  });

  test("let nobody write what bounds the tenant, or give away more than they have", async () => {
    const asAdmin = controlPlane().as({ user: "ann", groups: ["oidc:shop-admins"] });
    for (const path of ["resourcequotas/tenant", "limitranges/tenant"])
      for (const method of ["DELETE", "PATCH"] as const) {
        const body = method === "PATCH" ? { metadata: { labels: { a: "b" } } } : undefined;
        const type = "application/merge-patch+json";
        expect((await asAdmin(method, `/api/v1/namespaces/shop/${path}`, body, type)).status).toBe(403);
      }
    const bindings = "/apis/rbac.authorization.k8s.io/v1/namespaces/shop/rolebindings";
    const binding = (name: string, kind: string, role: string) => ({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { name },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind, name: role },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "oidc:guests" }],
    });
    expect((await asAdmin("POST", bindings, binding("more", "ClusterRole", "cluster-admin"))).status).toBe(403);
    expect((await asAdmin("POST", bindings, binding("guests", "Role", "tenant-viewer"))).status).toBe(201);
    expect((await asAdmin("DELETE", `${bindings}/guests`)).status).toBe(200);
    expect((await asAdmin("GET", "/api/v1/namespaces/bank/pods")).status).toBe(403);
    expect((await asAdmin("GET", "/api/v1/nodes")).status).toBe(403);
  });
});

test("a pod that asks for nothing gets requests and a limit of memory, as its quota needs", async () => {
  const { status, body } = await create("shop", pod({}), "dryRun=All");
  expect(status).toBe(201);
  expect(body).toMatchObject({
    spec: {
      containers: [
        {
          resources: {
            requests: { cpu: "100m", memory: "128Mi", "ephemeral-storage": "64Mi" },
            limits: { memory: "512Mi" },
          },
        },
      ],
    },
  });
  expect(JSON.stringify(body)).not.toContain('"limits":{"cpu"');
});

test("a tenant that is deleted leaves nothing behind", async () => {
  await deleteAll(controlPlane(), applied);
  await expectNothingRemains(controlPlane(), before);
});

/** As much of the Gateway API as a policy about hosts needs. https://gateway-api.sigs.k8s.io/reference/spec/ */
function routeDefinition(kind: "HTTPRoute" | "GRPCRoute"): object {
  const plural = `${kind.toLowerCase()}s`;
  const hostnames = { type: "array", items: { type: "string" } };
  const spec = {
    type: "object",
    properties: { hostnames, rules: { type: "array", items: { type: "object" } } },
  };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${plural}.gateway.networking.k8s.io`,
      annotations: { "api-approved.kubernetes.io": "unapproved, a part of it" },
    },
    spec: {
      group: "gateway.networking.k8s.io",
      scope: "Namespaced",
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object", properties: { spec } } },
        },
      ],
    },
  };
}
