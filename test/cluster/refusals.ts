// Mistakes that our findings refuse and the API server does, too: the props that make the finding, and the same put into the object.
import type { KubeObject, Transforms, WebServiceChild, WebServiceProps } from "flagstone";

/** One mistake, said twice. */
export interface Mistake {
  readonly rule: string;
  readonly props: Partial<WebServiceProps<string>> & Readonly<Record<string, unknown>>;
  readonly transform: Transforms<WebServiceChild>;
}

type Json = any;

const pod = (change: (spec: Json, template: Json) => void) => ({
  deployment: (json: KubeObject) => {
    const { template } = json["spec"] as { readonly template: Json };
    change(template.spec, template);
  },
});
const own = (change: (container: Json) => void) =>
  pod(({ containers }) => {
    change(containers[0]);
  });
const wrong = <T>(props: T) => props as Mistake["props"];

/** Each rule that the server has, too. */
export const mistakes: readonly Mistake[] = [
  { rule: "image/invalid", props: { image: "" }, transform: own((c) => (c.image = "")) },
  { rule: "env/name", props: { env: { "A=B": "" } }, transform: own((c) => (c.env = [{ name: "A=B", value: "" }])) },
  {
    rule: "env/source",
    props: { envFrom: [{ secret: "Not_A_Name" }] },
    transform: own((c) => (c.envFrom = [{ secretRef: { name: "Not_A_Name" } }])),
  },
  {
    rule: "compute/limit-below-request",
    props: { memory: { request: "1Gi", limit: "64Mi" } },
    transform: own((c) => (c.resources = { requests: { memory: "1Gi" }, limits: { memory: "64Mi" } })),
  },
  {
    rule: "compute/amount",
    props: { cpu: -1 },
    transform: own((c) => (c.resources = { requests: { cpu: "-1" } })),
  },
  {
    rule: "endpoints/port",
    props: { endpoints: { http: { port: 0 } } },
    transform: own((c) => (c.ports = [{ name: "http", containerPort: 0 }])),
  },
  {
    rule: "endpoints/name",
    props: { endpoints: { "http-of-the-shop": { port: 80 } } },
    transform: own((c) => (c.ports = [{ name: "http-of-the-shop", containerPort: 80 }])),
  },
  {
    rule: "health/successes",
    props: { health: { liveness: { http: "/", successes: 2 } } },
    transform: own((c) => (c.livenessProbe.successThreshold = 2)),
  },
  {
    rule: "health/failures",
    props: { health: { http: "/", failures: -1 } },
    transform: own((c) => (c.readinessProbe.failureThreshold = -1)),
  },
  {
    rule: "lifecycle/hook",
    props: { lifecycle: wrong({ preStop: {} }) as never },
    transform: own((c) => (c.lifecycle = { preStop: {} })),
  },
  {
    rule: "lifecycle/sleep",
    props: { gracePeriod: "10s", lifecycle: { preStop: { sleep: "20s" }, postStart: { sleep: "2m" } } },
    transform: own((c) => (c.lifecycle = { postStart: { sleep: { seconds: 120 } } })),
  },
  {
    rule: "containers/taken",
    props: { sidecars: { a: { image: "a:1" } }, init: { a: { image: "a:1" } } },
    transform: pod((spec) => (spec.initContainers = [1, 2].map(() => ({ name: "a", image: "a:1" })))),
  },
  {
    rule: "containers/image",
    props: { sidecars: { a: {} } },
    transform: pod((spec) => (spec.initContainers = [{ name: "a" }])),
  },
  {
    rule: "names/invalid",
    props: { sidecars: { A: { image: "a:1" } } },
    transform: pod((spec) => (spec.initContainers = [{ name: "A", image: "a:1" }])),
  },
  {
    rule: "mounts/collision",
    props: { volumes: { a: { kind: "empty", path: "/a" }, b: { kind: "empty", path: "/a" } } },
    transform: own((c) => c.volumeMounts.push({ name: "tmp", mountPath: "/tmp" })),
  },
  {
    rule: "volumes/unknown",
    props: { mounts: { "/a": "b" } },
    transform: own((c) => c.volumeMounts.push({ name: "b", mountPath: "/a" })),
  },
  {
    rule: "volumes/path",
    props: { volumes: { a: { kind: "empty" } }, mounts: { "/a": { volume: "a", subPath: ".." } } },
    transform: own((c) => c.volumeMounts.push({ name: "tmp", mountPath: "/a", subPath: ".." })),
  },
  {
    rule: "volumes/value",
    props: { volumes: { a: { kind: "empty", path: "/a", size: wrong("-1Gi") as never } } },
    transform: pod((spec) => (spec.volumes[0].emptyDir.sizeLimit = "-1Gi")),
  },
  {
    rule: "files/mode",
    props: { files: { "/a/b": { text: "", mode: "01777" } } },
    transform: pod((spec) => spec.volumes.push({ name: "m", secret: { secretName: "a", defaultMode: 0o1777 } })),
  },
  {
    rule: "scheduling/value",
    props: { scheduling: { runtimeClass: "-a" } },
    transform: pod((spec) => (spec.runtimeClassName = "-a")),
  },
  {
    rule: "labels/invalid-key",
    props: { labels: { "a b": "" } },
    transform: pod((_, template) => (template.metadata.labels["a b"] = "")),
  },
  {
    rule: "labels/invalid-value",
    props: { labels: { a: "a b" } },
    transform: pod((_, template) => (template.metadata.labels.a = "a b")),
  },
  { rule: "replicas/invalid", props: { replicas: -1 }, transform: { deployment: { spec: { replicas: -1 } } } },
  {
    rule: "pods/count",
    props: { rollout: { strategy: "rolling", maxSurge: wrong("half") as never } },
    transform: { deployment: { spec: { strategy: { rollingUpdate: { maxSurge: "half" } } } } },
  },
  {
    rule: "rollout/stuck",
    props: { rollout: { strategy: "rolling", maxSurge: 0, maxUnavailable: 0 } },
    transform: { deployment: { spec: { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } } } },
  },
  {
    rule: "rollout/deadline",
    props: { rollout: { strategy: "rolling", minReady: "30s", deadline: "10s" } },
    transform: { deployment: { spec: { minReadySeconds: 30, progressDeadlineSeconds: 10 } } },
  },
  {
    rule: "disruption-budget/both",
    props: { disruptionBudget: wrong({ minAvailable: 1, maxUnavailable: 1 }) as never },
    transform: { disruptionBudget: { spec: { minAvailable: 1, maxUnavailable: 1 } } },
  },
  {
    rule: "rollout/history",
    props: { rollout: { strategy: "rolling", history: -1 } },
    transform: { deployment: { spec: { revisionHistoryLimit: -1 } } },
  },
  {
    rule: "containers/command",
    props: { command: wrong([1]) as never },
    transform: own((c) => (c.command = [1])),
  },
  {
    rule: "annotations/invalid",
    props: { podAnnotations: { "a b": "" } },
    transform: pod((_, template) => (template.metadata.annotations = { "a b": "" })),
  },
];
