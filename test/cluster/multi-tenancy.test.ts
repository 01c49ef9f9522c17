// Two tenants attack each other and the cluster. Everything is refused or allowed by the server itself, to the tenants' own users.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { missingTools } from "../tools/status.ts";
import { bodyOf, createRequest, discover, type KubernetesList, type KubernetesObject, type Request } from "./api.ts";
import { type Applied, applyDirectory, expectUnchanged } from "./apply.ts";
import { attacks, everyday, podAttacks } from "./attacks.ts";
import {
  addressOf,
  type Attack,
  claim,
  container,
  deployment,
  image,
  messageParts,
  networkPolicy,
  object,
  pod,
  podSecurity,
  policySays,
  prepared,
  quotaSays,
  type Refusal,
  writers,
} from "./attempts.ts";
import { controlPlaneTools } from "./control-plane.ts";
import { expectNothingRemains, type Inventory, takeInventory } from "./inventory.ts";
import { readyPods, waitForPods } from "./pods.ts";
import { until } from "./processes.ts";
import { ask, makes, notRefused, rulesOf } from "./rights.ts";
import { withControlPlane } from "./suite.ts";
import {
  type Place,
  places,
  quota,
  renderApplication,
  renderPlatform,
  type Role,
  type TenantName,
  userOf,
} from "./two-tenants.ts";

const controlPlane = withControlPlane("gateway-api", "external-secrets", "keda");
const ready = missingTools([...controlPlaneTools, "gateway-api", "external-secrets", "keda"]) === undefined;
const folder = mkdtempSync(join(tmpdir(), "tenants-"));
const [red, batch, blue] = places as readonly [Place, Place, Place];
let renders = 0;
let before: Inventory;
let platform: Applied;

const next = (): string => join(folder, String(++renders));
const as = (tenant: TenantName, role: Role): Request => controlPlane().as(userOf(tenant, role));
const deliver = async (...cordoned: readonly TenantName[]): Promise<Applied> =>
  applyDirectory(controlPlane(), renderPlatform(next(), ...cordoned));
const namespaces = places.map(({ namespace }) => namespace);

/** Tries it as somebody of each role. */
async function expectRefused(attack: Attack, place: Place): Promise<void> {
  const { method, path } = addressOf(attack, place);
  for (const role of attack.as) {
    const { status, message } = await ask(as(place.tenant, role), method, path, attack.body);
    expect(status, `${role}: ${message}`).toBe(403);
    for (const part of messageParts(attack.says, place, role)) expect(message).toContain(part);
  }
}

const asPod = (place: Place, { what, spec, says }: { what: string; spec: object; says: Refusal }): Attack => ({
  what,
  as: writers,
  request: "POST own/pods",
  body: pod(place, spec),
  says,
});

beforeAll(async () => {
  if (!ready) return;
  before = await takeInventory(controlPlane());
  platform = await deliver();
  // A policy begins to hold a moment after it was stored.
  const samples = [
    "takes the rival's priority",
    "takes addresses of others",
    "claims all hosts",
    "claims all hosts by an HTTPRoute",
    "takes any volume that lies about",
    "MTB-PL1-BC-CPI-2: deletes the default of its network",
    "reads from another store",
    "lets KEDA take the platform's credentials to strangers",
    "asks for a token that never ends",
  ];
  for (const place of places)
    for (const attack of [...podAttacks(place).map((each) => asPod(place, each)), ...attacks(place)]) {
      if (!samples.includes(attack.what) || attack.says[0]?.startsWith("Validating") !== true) continue;
      const { method, path } = addressOf(attack, place);
      const refused = async () => {
        const { status, message } = await ask(as(place.tenant, "admin"), method, path, attack.body);
        return status === 403 ? undefined : `${status} ${message}`;
      };
      await until(`${attack.what} is refused`, refused, { timeout: 30_000 });
    }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const roles: readonly Role[] = ["admin", "developer", "viewer"];
const everybody = (["red", "blue"] as const).flatMap((tenant) => roles.map((role) => [tenant, role] as const));

describe.each(everybody)("of %s, any %s", (tenant, role) => {
  const place = tenant === "red" ? red : blue;

  test("MTB-PL1-CC-CPI-1: has no access to cluster resources, but asks what it may do", async () => {
    const kinds = (await discover(controlPlane().request)).filter(({ namespaced }) => !namespaced);
    expect(kinds.length).toBeGreaterThan(20);
    expect(await notRefused(controlPlane(), userOf(tenant, role), kinds)).toEqual([
      "create selfsubjectaccessreviews",
      "create selfsubjectreviews",
      "create selfsubjectrulesreviews",
    ]);
  });

  test("MTB-PL1-CC-TI-2: has no access to anything of the rival, or of the system", async () => {
    const kinds = (await discover(controlPlane().request)).filter(({ namespaced }) => namespaced);
    expect(kinds.length).toBeGreaterThan(30);
    for (const namespace of [place.target, "kube-system", "default"])
      expect(await notRefused(controlPlane(), userOf(tenant, role), kinds, namespace), namespace).toEqual([]);
  });

  test("holds no wildcard, nothing that leads to more rights, and nothing elsewhere", async () => {
    const own = (await rulesOf(controlPlane(), userOf(tenant, role), place.namespace)).flatMap(
      ({ verbs, apiGroups, resources }) => [...verbs, ...(apiGroups ?? []), ...(resources ?? [])],
    );
    expect(own).toContain("pods");
    const dangerous = ["*", "escalate", "bind", "impersonate", "serviceaccounts/token", "pods/proxy", "services/proxy"];
    expect(own.filter((each) => dangerous.includes(each))).toEqual([]);
    const stranger = { user: "stranger", groups: [] };
    for (const namespace of [place.target, "kube-system", "default"])
      expect(await rulesOf(controlPlane(), userOf(tenant, role), namespace)).toEqual(
        await rulesOf(controlPlane(), stranger, namespace),
      );
  });
});

test("what holds the tenants fits the types of what it is about, those of operators too", async () => {
  const path = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies";
  const checked = async () =>
    bodyOf(await controlPlane().request<KubernetesList<Policy>>("GET", path), path).items.filter(
      ({ metadata: { name, generation }, status }) =>
        name.startsWith("flagstone-") && status?.observedGeneration === generation,
    );
  const count = platform.objects.filter(({ manifest }) => manifest.object.kind === "ValidatingAdmissionPolicy").length;
  const all = async () => ((await checked()).length === count ? undefined : "not all are checked");
  await until("types are checked", all, { timeout: 30_000 });
  const wrong = (await checked()).filter(({ status }) => Object.keys(status?.typeChecking ?? {}).length > 0);
  expect(wrong.map(({ status }) => status?.typeChecking)).toEqual([]);
});

describe.each(places)("$tenant in its namespace $namespace", (place) => {
  const core = `/api/v1/namespaces/${place.namespace}`;
  beforeAll(async () => {
    if (!ready) return;
    for (const [resource, made] of prepared(place))
      bodyOf(await as(place.tenant, "developer")("POST", `${core}/${resource}`, made), made.metadata.name);
  });
  afterAll(async () => {
    if (!ready) return;
    for (const [resource, { metadata }] of prepared(place))
      bodyOf(
        await controlPlane().request("DELETE", `${core}/${resource}/${metadata.name}?gracePeriodSeconds=0`),
        resource,
      );
  });

  describe("must not have a pod that", () => {
    test.each(podAttacks(place))("$what", async (attack) => {
      await expectRefused(asPod(place, attack), place);
    });
  });

  describe("must not be somebody who", () => {
    test.each(attacks(place))("$what", async (attack) => {
      await expectRefused(attack, place);
    });
  });

  describe("must be somebody who", () => {
    test.each(everyday(place))("$what", async (attempt) => {
      const { method, path } = addressOf(attempt, place);
      for (const role of attempt.as) {
        const { status, message } = await ask(as(place.tenant, role), method, path, attempt.body);
        expect(status, `${role}: ${message}`).toBe(method === "POST" ? 201 : 200);
      }
    });
  });

  test("MTB-PL1-BC-CPI-2: changes and deletes nothing that the platform made there", async () => {
    const own = platform.objects.filter(({ manifest }) => manifest.object.metadata.namespace === place.namespace);
    expect(own.length).toBeGreaterThan(10);
    for (const { path, identity } of own)
      for (const [method, body] of [["DELETE"], ["PATCH", { metadata: { annotations: { a: "b" } } }]] as const) {
        const { status, message } = await ask(as(place.tenant, "admin"), method, `${path}?dryRun=All`, body);
        expect(status, `${method} ${identity}: ${message}`).toBe(403);
      }
  });

  test("MTB-PL1-CC-FNS-1, MTB-PL1-CC-FNS-2: is bounded in whatever it may make", async () => {
    const { spec } = bodyOf(
      await as(place.tenant, "viewer")("GET", `/api/v1/namespaces/${place.namespace}/resourcequotas/tenant`),
      "quota",
    );
    const { hard } = spec as { readonly hard: Readonly<Record<string, string>> };
    const may = makes(await rulesOf(controlPlane(), userOf(place.tenant, "admin"), place.namespace));
    expect(may.length).toBeGreaterThan(15);
    const isBounded = (kind: string) => kind in hard || `count/${kind}` in hard;
    expect(may.filter((kind) => !isBounded(kind))).toEqual(
      [
        "ciliumnetworkpolicies.cilium.io",
        "externalsecrets.external-secrets.io",
        "grpcroutes.gateway.networking.k8s.io",
        "httproutes.gateway.networking.k8s.io",
        "scaledobjects.keda.sh",
        "verticalpodautoscalers.autoscaling.k8s.io",
      ], // not Kubernetes' own
    );
    expect(Object.keys(hard)).toEqual(
      expect.arrayContaining(["requests.cpu", "requests.memory", "requests.ephemeral-storage"]),
    );
  });
});

describe("a pod that somebody else starts for the tenant", () => {
  const path = "/apis/apps/v1/namespaces/red-batch/deployments";
  afterEach(async () => {
    if (ready) await ask(as("red", "developer"), "DELETE", path);
  });

  test("is refused for the same reasons as the tenant's own", async () => {
    const all = podAttacks(batch).map((attack, index) => ({ ...attack, name: `attack-${index}` }));
    for (const { spec, name } of all)
      bodyOf(await as("red", "developer")("POST", path, deployment(batch, spec, name)), name);
    const missing = async () => {
      const messages = await refusedPods("red-batch");
      const not = all.filter(({ name, says }) => {
        const own = messages.filter(([from]) => from.startsWith(`${name}-`)).map(([, message]) => message);
        return !own.some((message) => says.every((part) => message.includes(part)));
      });
      return not.length === 0 ? undefined : `${not.map(({ what }) => what).join(", ")}\n${messages.join("\n")}`;
    };
    await until("each is refused for its reason", missing, { timeout: 60_000 });
    const list = "/api/v1/namespaces/red-batch/pods";
    expect(bodyOf(await controlPlane().request<KubernetesList>("GET", list), list).items).toEqual([]);
  });
});

interface Policy extends KubernetesObject {
  readonly status?: { readonly observedGeneration?: number; readonly typeChecking?: object };
}

interface Event extends KubernetesObject {
  readonly message: string;
  readonly involvedObject: { readonly name: string };
}

/** Whose pods were refused, and why. */
async function refusedPods(namespace: string): Promise<(readonly [from: string, message: string])[]> {
  const path = `/api/v1/namespaces/${namespace}/events?fieldSelector=reason=FailedCreate`;
  const { items } = bodyOf(await controlPlane().request<KubernetesList<Event>>("GET", path), path);
  return items.map(({ involvedObject, message }) => [involvedObject.name, message] as const);
}

// The server counts anew whenever something goes, and for that moment the quota does not hold strictly, whoever wrote it.
describe("a quota is enforced", { retry: 2 }, () => {
  const core = "/api/v1/namespaces/red-batch";
  const kinds = ["pods", "configmaps", "persistentvolumeclaims"] as const;
  /** Every namespace has this one, made again as soon as it is deleted. */
  const own = "fieldSelector=metadata.name!=kube-root-ca.crt";
  const count = async (resource: string) =>
    bodyOf(await controlPlane().request<KubernetesList>("GET", `${core}/${resource}`), resource).items.length;

  // After a deletion the controller counts again, from a cache that lags behind. It is done when its count stays right.
  let right = 0;
  const settled = async () => {
    const quotas = bodyOf(await controlPlane().request<KubernetesList>("GET", `${core}/resourcequotas`), "quotas");
    const used = Object.assign({}, ...quotas.items.map(({ status }) => (status as { readonly used?: object }).used));
    const counts = await Promise.all(kinds.map(async (kind) => [kind, await count(kind)] as const));
    const not = counts.filter(([kind, found]) => used[kind] !== undefined && Number(used[kind]) !== found);
    right = not.length === 0 ? right + 1 : 0;
    return right >= 10 ? undefined : `${JSON.stringify(not)}, but the quota says ${JSON.stringify(used)}`;
  };
  beforeEach(async () => {
    right = 0;
    if (ready) await until("the quota counts what there is", settled, { timeout: 60_000, interval: 200 });
  });
  afterEach(async () => {
    if (!ready) return;
    for (const kind of kinds) await controlPlane().request("DELETE", `${core}/${kind}?gracePeriodSeconds=0&${own}`);
  });

  test.each([
    ["pods", pod(batch), quota.pods, quotaSays("pods=1")],
    ["configmaps", object("v1", "ConfigMap", {}), quota.objects.configmaps, quotaSays("configmaps=1")],
    ["persistentvolumeclaims", claim("red-disks", "3Gi"), 3, quotaSays("requests.storage=3Gi")],
  ] as const)("in %s, also on those who hurry", async (resource, made, limit, says) => {
    const list = () => count(resource);
    const make = (name: string) =>
      ask(as("red", "developer"), "POST", `${core}/${resource}`, { ...made, metadata: { name } });
    const answers = await Promise.all(Array.from({ length: limit + 4 }, (_, index) => make(`x-${index}`)));
    expect(await list()).toBeLessThanOrEqual(limit);
    const refused = answers.filter(({ status }) => status !== 201);
    expect(refused.length).toBeGreaterThanOrEqual(4);
    // Of those who hurry, the server may for a moment refuse more than it must.
    const fill = async () => {
      await make(`y-${Date.now()}`);
      const found = await list();
      return found === limit ? undefined : `${found} of ${limit}`;
    };
    if ((await list()) < limit) await until(`${resource} up to the quota`, fill, { timeout: 30_000, interval: 200 });
    refused.push(await make("z"));
    expect(await list()).toBe(limit);
    // Those who hurry may also be told that others were counted just now, and to try again.
    const full = refused.filter(({ status, message }) => !(status === 409 && message.includes("resourcequotas")));
    expect(full.at(-1)).toBe(refused.at(-1));
    for (const { status, message } of full) {
      expect(status, message).toBe(403);
      for (const part of says) expect(message).toContain(part);
    }
  });
});

describe("an account of a tenant that its admin made an admin", () => {
  const account = "system:serviceaccount:red:robot";

  test("poses as nobody, and reaches nothing of the rival", async () => {
    const core = "/api/v1/namespaces/red/serviceaccounts";
    const rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/red/rolebindings";
    const admin = as("red", "admin");
    bodyOf(await admin("POST", core, object("v1", "ServiceAccount", {}, "robot")), "account");
    const robots = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { name: "robots" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "tenant-admin" },
      subjects: [{ kind: "ServiceAccount", name: "robot", namespace: "red" }],
    };
    bodyOf(await admin("POST", rbac, robots), "binding");
    const path = `${core}/robot/token`;
    const review = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} };
    const { status } = bodyOf(await controlPlane().request("POST", path, review), path);
    const robot = createRequest(
      {
        url: controlPlane().url,
        token: (status as { readonly token: string }).token,
        certificateAuthority: certificateAuthority(),
      },
      () => undefined,
    );

    expect((await ask(robot(), "GET", "/api/v1/namespaces/red/secrets")).status).toBe(200);
    const elsewhere = await ask(robot(), "GET", "/api/v1/namespaces/blue/pods");
    expect(elsewhere).toMatchObject({ status: 403, message: expect.stringContaining(`User "${account}" cannot list`) });
    for (const somebody of [
      userOf("blue", "admin"),
      { user: account, groups: ["system:masters"] },
      { user: "system:serviceaccount:blue:default" },
    ]) {
      const answer = await ask(robot(somebody), "GET", "/api/v1/namespaces/blue/pods");
      expect(answer.status).toBe(403);
      expect(answer.message).toContain(`User "${account}" cannot impersonate`);
    }
    bodyOf(await admin("DELETE", `${rbac}/robots`), "binding");
    bodyOf(await admin("DELETE", `${core}/robot`), "account");
  });
});

function certificateAuthority(): string {
  const { clusters } = JSON.parse(readFileSync(controlPlane().kubeconfig, "utf8")) as {
    readonly clusters: readonly { readonly cluster: { readonly "certificate-authority-data": string } }[];
  };
  return Buffer.from(clusters[0]!.cluster["certificate-authority-data"], "base64").toString();
}

/** Delivers the tenants' own programs as the tenants' admins. */
async function deliverApplications(): Promise<Record<TenantName, Applied>> {
  const one = async (tenant: TenantName) =>
    applyDirectory({ ...controlPlane(), request: as(tenant, "admin") }, renderApplication(next(), tenant));
  return { red: await one("red"), blue: await one("blue") };
}

const running = { backend: 2, frontend: 2 };

async function untilRunning(): Promise<void> {
  for (const tenant of ["red", "blue"]) {
    const done = async () => {
      await waitForPods(controlPlane(), [tenant]);
      const found = await readyPods(controlPlane(), tenant);
      return found.backend === running.backend && found.frontend === running.frontend
        ? undefined
        : JSON.stringify(found);
    };
    await until(`the services of ${tenant} run`, done, { timeout: 60_000 }); // an autoscaler takes its time
  }
}

describe("services of ours", () => {
  let applied: Record<TenantName, Applied>;

  test("are delivered by each tenant's admins, taken without a warning, become Ready and stay", async () => {
    applied = await deliverApplications();
    await untilRunning();
    for (const tenant of ["red", "blue"] as const) await expectUnchanged(controlPlane(), applied[tenant]);
  });

  test("are watched by viewers, looked into by admins, and scaled by developers", async () => {
    const name = await podOf("red");
    const path = `/api/v1/namespaces/red/pods/${name}`;
    // On it went to the node, which kwok made without an address.
    for (const [role, method, at] of [
      ["viewer", "GET", "log"],
      ["admin", "POST", "exec?command=ls&stdout=true"],
    ] as const)
      expect((await ask(as("red", role), method, `${path}/${at}`)).message).toContain("no preferred addresses found");
    const scale = "/apis/apps/v1/namespaces/red/deployments/backend/scale?dryRun=All";
    expect((await ask(as("red", "developer"), "PATCH", scale, { spec: { replicas: 3 } })).status).toBe(200);
    expect((await ask(as("red", "viewer"), "PATCH", scale, { spec: { replicas: 3 } })).status).toBe(403);
  });

  test("cannot be changed or looked into past what holds for new pods", async () => {
    const path = `/api/v1/namespaces/red/pods/${await podOf("red")}`;
    const type = "application/strategic-merge-patch+json";
    const change = async (at: string, spec: object) => {
      const { status, body } = await as("red", "admin")("PATCH", `${path}${at}?dryRun=All`, { spec }, type);
      return { status, message: (body as { message?: string }).message ?? "" };
    };
    const debug = (fields: object) =>
      change("/ephemeralcontainers", { ephemeralContainers: [container(red, fields, "debug")] });
    const foreign = policySays(red, "pods", "image docker.io/evil:1 is not from");
    for (const [answer, says] of [
      [await change("", { containers: [{ name: "backend", image: "docker.io/evil:1" }] }), foreign],
      [await debug({ image: "docker.io/evil:1" }), foreign],
      [await debug({ imagePullPolicy: "Never" }), policySays(red, "pods", "have imagePullPolicy Always")],
      [await debug({ securityContext: { privileged: true } }), podSecurity("privileged")],
    ] as const) {
      expect(answer.status, answer.message).toBe(403);
      for (const part of says) expect(answer.message).toContain(part);
    }
    expect(await debug({ image: image(red) })).toMatchObject({ status: 200 });
  });
});

async function podOf(namespace: string): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=app.kubernetes.io/name=backend`;
  return bodyOf(await controlPlane().request<KubernetesList>("GET", path), path).items[0]!.metadata.name;
}

describe("a cordoned tenant", () => {
  afterEach(async () => {
    if (ready) await deliver();
  });

  test("starts nothing new but keeps what runs, and its rival does not notice", async () => {
    await deliver("red");
    const says = policySays(
      red,
      "pods",
      "tenant red is cordoned, so nothing new starts: ask the platform team of acme",
    );
    const tryPod = (place: Place) =>
      ask(as(place.tenant, "developer"), "POST", `/api/v1/namespaces/${place.namespace}/pods?dryRun=All`, pod(place));
    for (const place of [red, batch])
      await until(
        "it is cordoned",
        async () => {
          const { status, message } = await tryPod(place);
          return status === 403 && says.every((part) => message.includes(part)) ? undefined : `${status} ${message}`;
        },
        { timeout: 30_000 },
      );
    expect(await readyPods(controlPlane(), "red")).toEqual(running);
    const core = "/api/v1/namespaces/red";
    const type = "application/strategic-merge-patch+json";
    const path = `${core}/pods/${await podOf("red")}`;
    for (const [at, spec] of [
      ["", { containers: [{ name: "backend", image: image(red) }] }],
      ["/ephemeralcontainers", { ephemeralContainers: [container(red, {}, "debug")] }],
    ] as const) {
      const { status } = await as("red", "admin")("PATCH", `${path}${at}?dryRun=All`, { spec }, type);
      expect(status, `a new container by ${at === "" ? "another image" : at}`).toBe(403);
    }

    const scale = "/apis/apps/v1/namespaces/red/deployments/backend/scale";
    expect((await ask(as("red", "developer"), "PATCH", scale, { spec: { replicas: 3 } })).status).toBe(200);
    await until(
      "the third pod is refused",
      async () =>
        (await refusedPods("red")).some(([from, message]) => from.startsWith("backend-") && message.includes(says[1]!))
          ? undefined
          : "no",
      { timeout: 30_000 },
    );
    expect(await readyPods(controlPlane(), "red")).toEqual(running);
    expect((await tryPod(blue)).status).toBe(201);
    expect(await readyPods(controlPlane(), "blue")).toEqual(running);
    expect((await ask(as("red", "developer"), "PATCH", scale, { spec: { replicas: 2 } })).status).toBe(200);
  });
});

describe("the end of a tenant", () => {
  test("is not held off by what guards it, whoever cleans up", async () => {
    const system = "system:serviceaccount:kube-system";
    for (const controller of ["namespace-controller", "generic-garbage-collector"]) {
      const request = controlPlane().as({
        user: `${system}:${controller}`,
        groups: ["system:serviceaccounts", "system:serviceaccounts:kube-system"],
      });
      for (const { path, identity, manifest } of platform.objects) {
        if (manifest.object.metadata.namespace !== "red") continue;
        const { status, message } = await ask(request, "DELETE", `${path}?dryRun=All`);
        expect(status, `${controller} deletes ${identity}: ${message}`).toBe(200);
      }
    }
  });

  test("takes its namespaces with everything in them, and nothing remains", async () => {
    bodyOf(
      await as("red", "admin")("POST", "/apis/networking.k8s.io/v1/namespaces/red/networkpolicies", networkPolicy),
      "a policy of its own",
    );
    const paths = namespaces.map((name) => `/api/v1/namespaces/${name}`);
    for (const path of paths) bodyOf(await controlPlane().request("DELETE", path), path);
    for (const path of paths)
      await until(
        `${path} is gone`,
        async () => {
          const { status, body } = await controlPlane().request("GET", path);
          return status === 404 ? undefined : JSON.stringify(body.status);
        },
        { timeout: 90_000 },
      );
    for (const { path, manifest, identity } of platform.objects)
      if (manifest.object.metadata.namespace === undefined && manifest.object.kind !== "Namespace")
        bodyOf(await controlPlane().request("DELETE", path), identity);
    await expectNothingRemains(controlPlane(), before);
  });
});
