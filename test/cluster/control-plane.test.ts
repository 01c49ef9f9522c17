import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { missingTools } from "../tools/status.ts";
import { applyDirectory, expectStored, expectUnchanged } from "./apply.ts";
import { controlPlaneTools } from "./control-plane.ts";
import { deleteAll, expectNothingRemains, takeInventory } from "./inventory.ts";
import { waitForPods } from "./pods.ts";
import { until } from "./processes.ts";
import { withControlPlane } from "./suite.ts";

const controlPlane = withControlPlane();
const hardened = join(import.meta.dirname, "fixtures/hardened");

const directories: string[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

function manifests(files: Readonly<Record<string, object>>): string {
  const directory = mkdtempSync(join(tmpdir(), "manifests-"));
  directories.push(directory);
  for (const [name, object] of Object.entries(files)) {
    const file = join(directory, "prod/main/shop", name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(object));
  }
  return directory;
}

const namespace = (name: string) => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name, labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
});

test("a hardened workload is applied, becomes ready, is unchanged by a second apply and leaves nothing behind", async () => {
  const before = await takeInventory(controlPlane());
  const applied = await applyDirectory(controlPlane(), hardened);
  expect(applied.objects.map(({ identity }) => identity).sort()).toEqual([
    "apps/v1 Deployment shop/checkout",
    "autoscaling/v2 HorizontalPodAutoscaler shop/checkout",
    "networking.k8s.io/v1 NetworkPolicy shop/checkout",
    "policy/v1 PodDisruptionBudget shop/checkout",
    "v1 Namespace shop",
    "v1 Service shop/checkout",
    "v1 ServiceAccount shop/checkout",
  ]);
  // The autoscaler, not the Deployment, says three.
  await until(
    "three pods",
    async () => ((await waitForPods(controlPlane(), ["shop"])).pods.shop === 3 ? undefined : "fewer pods"),
    { timeout: 60_000 },
  );
  await expectUnchanged(controlPlane(), applied);
  await deleteAll(controlPlane(), applied);
  await expectNothingRemains(controlPlane(), before);
});

test("what a deleted workload left behind is found", async () => {
  const before = await takeInventory(controlPlane());
  const applied = await applyDirectory(controlPlane(), manifests({ "namespace.yaml": namespace("leftover") }));
  await expect(expectNothingRemains(controlPlane(), before, { timeout: 0 })).rejects.toThrow(
    "namespaces. leftover remains",
  );
  await deleteAll(controlPlane(), applied);
  await expectNothingRemains(controlPlane(), before);
});

test("a manifest that changes on every apply is found", async () => {
  const generated = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "unstable", namespace: "default" } };
  const first = manifests({ "a.yaml": { ...generated, data: { at: "1" } } });
  const applied = await applyDirectory(controlPlane(), first);
  const [object] = applied.objects;
  const second = {
    ...object!,
    manifest: { ...object!.manifest, text: JSON.stringify({ ...generated, data: { at: "2" } }) },
  };
  // Another writer puts the old value back between the attempts, as a second render would.
  const flapping = { ...controlPlane() };
  flapping.request = async (method, path, body, contentType) => {
    const response = await controlPlane().request<any>(method, path, body, contentType);
    if (method === "PATCH") await applyDirectory(controlPlane(), first);
    return response;
  };
  await expect(expectUnchanged(flapping, { ...applied, objects: [second] })).rejects.toThrow(
    'v1 ConfigMap default/unstable changed: .data.at from "1" to "2"',
  );
  await deleteAll(controlPlane(), applied);
});

test("a field that the server stored with another value, or not at all, is found", async () => {
  const map = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "stored", namespace: "default" } };
  const applied = await applyDirectory(
    controlPlane(),
    manifests({ "configmap.yaml": { ...map, data: { a: "1", empty: "" } } }),
  );
  await expectStored(controlPlane(), applied);
  const [object] = applied.objects;
  const wanted = { ...object!.manifest.object, data: { a: "2", b: "3" } };
  const other = { ...object!, manifest: { ...object!.manifest, object: wanted } };
  await expect(expectStored(controlPlane(), { ...applied, objects: [other] })).rejects.toThrow(
    [
      "not stored as written:",
      'v1 ConfigMap default/stored.data.a is "1" instead of "2"',
      'v1 ConfigMap default/stored.data.b is undefined instead of "3"',
    ].join("\n"),
  );
  await deleteAll(controlPlane(), applied);
});

test("a privileged pod is refused in a restricted namespace, in the server's words", async () => {
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "root", namespace: "guarded" },
    spec: { containers: [{ name: "main", image: "example/root:1", securityContext: { privileged: true } }] },
  };
  const directory = manifests({ "namespace.yaml": namespace("guarded"), "pod.yaml": pod });
  await expect(applyDirectory(controlPlane(), directory)).rejects.toThrow(
    /v1 Pod guarded\/root: 403: .*violates PodSecurity "restricted:latest": privileged \(container "main" must not set/,
  );
});

test("a workload whose pods are refused is reported with the refusal", async () => {
  const labels = { app: "root" };
  const deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "root", namespace: "refused" },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "main", image: "example/root:1" }] } },
    },
  };
  const quota = {
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: { name: "none", namespace: "refused" },
    spec: { hard: { pods: "0" } },
  };
  const unguarded = { apiVersion: "v1", kind: "Namespace", metadata: { name: "refused" } };
  await applyDirectory(
    controlPlane(),
    manifests({ "namespace.yaml": unguarded, "quota.yaml": quota, "deployment.yaml": deployment }),
  );
  await expect(waitForPods(controlPlane(), ["refused"])).rejects.toThrow(
    /were refused:\nReplicaSet\/root-.*exceeded quota: none/,
  );
});

test("an unknown field is refused", async () => {
  const map = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "typo", namespace: "default" },
    dta: { a: "b" },
  };
  await expect(applyDirectory(controlPlane(), manifests({ "configmap.yaml": map }))).rejects.toThrow(
    /v1 ConfigMap default\/typo: 500: .*dta: field not declared in schema/,
  );
});

test("a warning of admission counts as a failure", async () => {
  const warned = { apiVersion: "v1", kind: "Namespace", metadata: { name: "warned", labels: {} } };
  const labels = { "pod-security.kubernetes.io/warn": "restricted" };
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "plain", namespace: "warned" },
    spec: { containers: [{ name: "main", image: "example/plain:1" }] },
  };
  const directory = manifests({ "a.yaml": { ...warned, metadata: { name: "warned", labels } }, "b.yaml": pod });
  await expect(applyDirectory(controlPlane(), directory)).rejects.toThrow(
    "the server warned: would violate PodSecurity",
  );
});

test("a kind that is not served is an error unless it was expected", async () => {
  const application = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name: "shop", namespace: "default" },
  };
  const directory = manifests({ "application.yaml": application });
  await expect(applyDirectory(controlPlane(), directory)).rejects.toThrow(
    "the server serves no argoproj.io/v1alpha1 Application",
  );
  const { objects, notServed } = await applyDirectory(controlPlane(), directory, {
    notServed: ["argoproj.io/v1alpha1 Application"],
  });
  expect([objects.length, notServed.length]).toEqual([0, 1]);
});

test("a custom resource is applied together with its definition, and both go", async () => {
  const spec = { type: "object", properties: { size: { type: "string" } } };
  const schema = { openAPIV3Schema: { type: "object", properties: { spec } } };
  const definition = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "widgets.example.com" },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { plural: "widgets", singular: "widget", kind: "Widget", listKind: "WidgetList" },
      versions: [{ name: "v1", served: true, storage: true, schema }],
    },
  };
  const widget = {
    apiVersion: "example.com/v1",
    kind: "Widget",
    metadata: { name: "first", namespace: "default" },
    spec: { size: "small" },
  };
  const before = await takeInventory(controlPlane());
  const applied = await applyDirectory(controlPlane(), manifests({ "a-widget.yaml": widget, "b.yaml": definition }));
  expect(applied.objects).toHaveLength(2);
  await expectUnchanged(controlPlane(), applied);
  await deleteAll(controlPlane(), applied);
  await expectNothingRemains(controlPlane(), before);
});

test("a stateful workload with a volume and a finished job become ready", async () => {
  const pod = (labels: Record<string, string>, restartPolicy: string, mounts: object[] = []) => ({
    metadata: { labels },
    spec: {
      restartPolicy,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          name: "main",
          image: "example/app:1",
          volumeMounts: mounts,
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        },
      ],
    },
  });
  const labels = { app: "database" };
  const resources = { requests: { storage: "1Gi" } };
  const statefulSet = {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "database", namespace: "stateful" },
    spec: {
      serviceName: "database",
      selector: { matchLabels: labels },
      template: pod(labels, "Always", [{ name: "data", mountPath: "/data" }]),
      volumeClaimTemplates: [{ metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"], resources } }],
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete" },
    },
  };
  const job = {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "migrate", namespace: "stateful" },
    spec: { template: pod({ app: "migrate" }, "Never") },
  };
  const quota = {
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: { name: "tenant", namespace: "stateful" },
    spec: { hard: { pods: "5" } },
  };
  const before = await takeInventory(controlPlane());
  const applied = await applyDirectory(
    controlPlane(),
    manifests({ "a.yaml": statefulSet, "b.yaml": job, "c.yaml": quota, "d.yaml": namespace("stateful") }),
  );
  await until(
    "database and job",
    async () => ((await waitForPods(controlPlane(), ["stateful"])).pods.stateful === 2 ? undefined : "fewer pods"),
    { timeout: 60_000 },
  );
  await expectUnchanged(controlPlane(), applied);
  await deleteAll(controlPlane(), applied);
  await expectNothingRemains(controlPlane(), before);
});

test("the programs end with the process that started them, even when that is killed", async (context) => {
  const missing = missingTools(controlPlaneTools);
  if (missing !== undefined) context.skip(missing);
  const program = `
    const { startControlPlane } = await import(${JSON.stringify(join(import.meta.dirname, "control-plane.ts"))});
    const { kubeconfig } = await startControlPlane();
    console.log("kubeconfig " + kubeconfig);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const directory = () => /^kubeconfig (.+)\/kubeconfig$/m.exec(output)?.[1];
  await until("it started", async () => (directory() === undefined ? output : undefined), { timeout: 120_000 });
  const processes = () => execFileSync("ps", ["-eo", "args"], { encoding: "utf8" }).includes(directory()!);
  expect(processes()).toBe(true);
  child.kill("SIGKILL");
  await until("all ended", async () => (processes() ? "still running" : undefined), { timeout: 20_000 });
});
