// Manifests that nobody would write, but that Kubernetes takes: nothing of them is lost, whatever they say.
import fc from "fast-check";
import { expect, test } from "vitest";
import { importText, manifests } from "./imported.ts";

const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });
const name = fc.constantFrom("web", "api", "db");
const text = fc.constantFrom(
  "",
  "1",
  "$(A)",
  "$$(A)",
  "api:8080",
  "http://db:5432/x",
  "db",
  "a\nb",
  "postgres://u@db:5432",
);
const variable = fc.oneof(
  fc.record({ name: fc.constantFrom("A", "API_ADDR", "DB_HOST", "DB_PORT", "API_URL"), value: text }),
  fc.record({
    name: fc.constantFrom("S", "F"),
    valueFrom: fc.constantFrom<object>(
      { secretKeyRef: { name: "s", key: "k" } },
      { secretKeyRef: { name: "s", key: "k", optional: true } },
      { configMapKeyRef: { name: "settings", key: "a.txt" } },
      { fieldRef: { fieldPath: "status.podIPs" } },
      { fieldRef: { fieldPath: "metadata.name" } },
      { resourceFieldRef: { resource: "limits.cpu", divisor: "1m" } },
    ),
  }),
);
const quantity = fc.constantFrom("100m", "0.25", "1", 2, "1500u");
const bytes = fc.constantFrom("64Mi", "128M", "1G", "1.5Gi", "100000k", "700000001");
const action = fc.constantFrom<object>(
  { httpGet: { path: "/", port: 8080 } },
  { httpGet: { path: "/h", port: 8081, scheme: "HTTPS", host: "other", httpHeaders: [{ name: "A", value: "b" }] } },
  { tcpSocket: { port: 9999 } },
  { grpc: { port: 8080, service: "x" } },
  { exec: { command: ["true"] } },
);
const probe = fc
  .tuple(
    action,
    fc.record({
      periodSeconds: maybe(fc.constantFrom(5, 7)),
      initialDelaySeconds: maybe(fc.constantFrom(0, 3)),
      terminationGracePeriodSeconds: maybe(fc.constant(9)),
      failureThreshold: maybe(fc.constant(2)),
    }),
  )
  .map(([one, timing]) => ({ ...one, ...timing }));
const security = fc.record({
  runAsUser: maybe(fc.constantFrom(0, 1000, 999)),
  runAsGroup: maybe(fc.constantFrom(0, 1000)),
  runAsNonRoot: maybe(fc.boolean()),
  readOnlyRootFilesystem: maybe(fc.boolean()),
  allowPrivilegeEscalation: maybe(fc.boolean()),
  capabilities: maybe(fc.constantFrom({ drop: ["ALL"] }, { add: ["NET_ADMIN"], drop: ["KILL"] })),
});
const mounts = fc
  .array(
    fc.constantFrom<object>(
      { name: "scratch", mountPath: "/scratch" },
      { name: "scratch", mountPath: "/more", subPath: "sub", readOnly: true },
      { name: "settings", mountPath: "/etc/settings" },
      { name: "settings", mountPath: "/etc/one.txt", subPath: "a.txt" },
      { name: "secret", mountPath: "/run/s", readOnly: true },
      { name: "tmp", mountPath: "/tmp" },
      { name: "claim", mountPath: "/claim" },
      { name: "down", mountPath: "/down" },
    ),
    { maxLength: 4 },
  )
  .map((list) => [...new Map(list.map((mount) => [(mount as { mountPath: string }).mountPath, mount])).values()]);
const container = fc.record({
  image: fc.constantFrom("registry.acme.example/a:1.0.0", "b", "c:latest"),
  imagePullPolicy: maybe(fc.constantFrom("Always", "IfNotPresent", "Never")),
  command: maybe(fc.constantFrom(["a"], ["sh", "-c", "x\ny"])),
  args: maybe(fc.constantFrom(["--to=api:8080"], [])),
  workingDir: maybe(fc.constant("/srv")),
  env: maybe(fc.array(variable, { maxLength: 4 })),
  envFrom: maybe(
    fc.constantFrom<object[]>(
      [{ configMapRef: { name: "settings" } }],
      [{ secretRef: { name: "s", optional: true }, prefix: "P_" }],
    ),
  ),
  ports: maybe(
    fc.constantFrom<object[]>(
      [{ name: "web", containerPort: 8080 }],
      [{ containerPort: 8080 }, { containerPort: 8081, protocol: "UDP" }],
    ),
  ),
  readinessProbe: maybe(probe),
  livenessProbe: maybe(probe),
  startupProbe: maybe(probe),
  lifecycle: maybe(
    fc.constantFrom<object>(
      { preStop: { exec: { command: ["sleep", "3"] } } },
      { postStart: { httpGet: { path: "/s", port: 8080 } }, preStop: { sleep: { seconds: 7 } } },
    ),
  ),
  resources: maybe(
    fc.record({
      requests: fc.record({ cpu: maybe(quantity), memory: maybe(bytes) }),
      limits: fc.record({
        cpu: maybe(fc.constantFrom("2", 4)),
        memory: maybe(fc.constantFrom("2Gi", "3000000001")),
        "example.com/fpga": maybe(fc.constant(1)),
      }),
    }),
  ),
  securityContext: maybe(security),
  volumeMounts: mounts,
  stdin: maybe(fc.constant(true)),
  terminationMessagePolicy: maybe(fc.constantFrom("File", "FallbackToLogsOnError")),
});
const VOLUMES = [
  { name: "scratch", emptyDir: { sizeLimit: "2Gi" } },
  { name: "settings", configMap: { name: "settings" } },
  { name: "secret", secret: { secretName: "s", items: [{ key: "k", path: "deep/k", mode: 0o400 }] } },
  { name: "tmp", emptyDir: {} },
  { name: "claim", persistentVolumeClaim: { claimName: "disk", readOnly: true } },
  { name: "down", downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] } },
];
const pod = fc.record({
  more: fc.array(container, { maxLength: 1 }),
  init: fc.array(fc.tuple(container, fc.boolean()), { maxLength: 2 }),
  serviceAccountName: maybe(fc.constantFrom("web", "shared")),
  terminationGracePeriodSeconds: maybe(fc.constantFrom(0, 5, 30, 120)),
  dnsPolicy: maybe(fc.constantFrom("ClusterFirst", "None")),
  dnsConfig: maybe(fc.constant({ nameservers: ["10.0.0.10"] })),
  hostAliases: maybe(fc.constant([{ ip: "10.0.0.1", hostnames: ["a"] }])),
  imagePullSecrets: maybe(fc.constant([{ name: "r" }])),
  securityContext: maybe(
    fc.record({
      runAsUser: maybe(fc.constant(1000)),
      fsGroup: maybe(fc.constant(5)),
      supplementalGroups: maybe(fc.constant([1, 2])),
    }),
  ),
  nodeSelector: maybe(fc.constantFrom<object>({ disk: "ssd" }, { "kubernetes.io/arch": "amd64" })),
  tolerations: maybe(
    fc.constantFrom<object[]>(
      [{ operator: "Exists" }],
      [{ key: "a", operator: "Exists", effect: "NoExecute", tolerationSeconds: 5 }],
      [{ key: "a", value: "b" }],
    ),
  ),
  affinity: maybe(
    fc.constantFrom<object>(
      {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [{ key: "x", operator: "Exists" }] }],
          },
        },
      },
      {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: { app: "api" } } },
          ],
        },
      },
      {
        podAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 5, podAffinityTerm: { topologyKey: "other", labelSelector: { matchLabels: { app: "db" } } } },
          ],
        },
      },
    ),
  ),
  topologySpreadConstraints: maybe(
    fc.constantFrom<object[]>(
      [
        {
          maxSkew: 2,
          topologyKey: "kubernetes.io/hostname",
          whenUnsatisfiable: "DoNotSchedule",
          labelSelector: { matchLabels: { tier: "x" } },
        },
      ],
      [
        {
          maxSkew: 1,
          topologyKey: "topology.kubernetes.io/zone",
          whenUnsatisfiable: "DoNotSchedule",
          labelSelector: { matchLabels: { app: "web" } },
        },
      ],
    ),
  ),
});
const workload = fc.record({
  name,
  container,
  pod,
  replicas: maybe(fc.constantFrom(0, 1, 3)),
  strategy: maybe(
    fc.constantFrom<object>(
      { type: "Recreate" },
      { rollingUpdate: { maxSurge: 0 } },
      { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "10%", maxSurge: "50%" } },
    ),
  ),
  paused: maybe(fc.constant(true)),
  labels: maybe(
    fc.constantFrom<object>(
      { tier: "x", version: "v1" },
      { "app.kubernetes.io/name": "else", "app.kubernetes.io/component": "c" },
    ),
  ),
  annotations: maybe(fc.constant({ "example.com/a": "b" })),
  service: maybe(
    fc.constantFrom<object>(
      { ports: [{ port: 8080 }] },
      { type: "LoadBalancer", externalTrafficPolicy: "Local", ports: [{ name: "web", port: 80, targetPort: 8080 }] },
      {
        clusterIP: "None",
        ports: [
          { name: "a", port: 8080 },
          { name: "b", port: 81, targetPort: 8080 },
        ],
      },
      {
        sessionAffinity: "ClientIP",
        ports: [
          { name: "web", port: 80, targetPort: "web" },
          { name: "dns", port: 53, targetPort: 8081, protocol: "UDP" },
        ],
      },
    ),
  ),
  autoscaler: maybe(
    fc.constantFrom<object>(
      { maxReplicas: 4 },
      {
        minReplicas: 2,
        maxReplicas: 4,
        metrics: [
          {
            type: "ContainerResource",
            containerResource: { name: "cpu", container: "x", target: { type: "Utilization", averageUtilization: 5 } },
          },
        ],
        behavior: {
          scaleUp: {
            policies: [
              { type: "Pods", value: 1, periodSeconds: 5 },
              { type: "Percent", value: 9, periodSeconds: 5 },
            ],
          },
        },
      },
    ),
  ),
  budget: maybe(fc.constantFrom<object>({ minAvailable: 1 }, { maxUnavailable: "30%" })),
  ingress: maybe(
    fc.constantFrom<object>(
      { ingressClassName: "nginx", path: "/" },
      { path: "/a", pathType: "Exact" },
      { path: "/b", secretName: "t" },
    ),
  ),
});

const defined = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

function objectsOf(given: Awaited<ReturnType<typeof fc.sample<any>>>[number]): object[] {
  const {
    name: id,
    container: own,
    pod: { more, init, ...spec },
    replicas,
    strategy,
    paused,
    labels,
    annotations,
  } = given;
  const meta = { name: id, namespace: undefined };
  const selector = { app: id };
  const port = given.service?.ports[0].port ?? 8080;
  return [
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { ...meta, labels, annotations },
      spec: {
        replicas,
        strategy,
        paused,
        selector: { matchLabels: selector },
        template: {
          metadata: { labels: { ...selector, ...labels }, annotations },
          spec: {
            ...spec,
            containers: [
              { name: id, ...own },
              ...more.map((each: object) => ({ ...each, name: "extra", ports: undefined })),
            ],
            initContainers: init.map(([each, isSidecar]: [object, boolean], i: number) => ({
              ...each,
              name: `init-${i}`,
              ports: undefined,
              ...(isSidecar
                ? { restartPolicy: "Always" }
                : {
                    lifecycle: undefined,
                    readinessProbe: undefined,
                    livenessProbe: undefined,
                    startupProbe: undefined,
                  }),
            })),
            volumes: VOLUMES,
          },
        },
      },
    },
    ...(given.service
      ? [{ apiVersion: "v1", kind: "Service", metadata: meta, spec: { selector, ...given.service } }]
      : []),
    ...(given.autoscaler
      ? [
          {
            apiVersion: "autoscaling/v2",
            kind: "HorizontalPodAutoscaler",
            metadata: meta,
            spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: id }, ...given.autoscaler },
          },
        ]
      : []),
    ...(given.budget
      ? [
          {
            apiVersion: "policy/v1",
            kind: "PodDisruptionBudget",
            metadata: meta,
            spec: { selector: { matchLabels: selector }, ...given.budget },
          },
        ]
      : []),
    ...(given.ingress
      ? [
          {
            apiVersion: "networking.k8s.io/v1",
            kind: "Ingress",
            metadata: meta,
            spec: {
              ingressClassName: given.ingress.ingressClassName,
              tls: given.ingress.secretName && [
                { hosts: [`${id}.acme.example`], secretName: given.ingress.secretName },
              ],
              rules: [
                {
                  host: `${id}.acme.example`,
                  http: {
                    paths: [
                      {
                        path: given.ingress.path,
                        pathType: given.ingress.pathType ?? "Prefix",
                        backend: { service: { name: id, port: { number: port } } },
                      },
                    ],
                  },
                },
              ],
            },
          },
        ]
      : []),
  ];
}

const SHARED = [
  { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings" }, data: { "a.txt": "one\ntwo\n", B: "b" } },
  { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "shared" } },
  {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "disk" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  },
];

test("nothing is lost of manifests, whatever they say", { timeout: 300_000 }, async () => {
  const all = fc.uniqueArray(workload, { minLength: 1, maxLength: 3, selector: (given) => given.name });
  await fc.assert(
    fc.asyncProperty(all, async (given) => {
      const objects = [...defined(given).flatMap(objectsOf), ...SHARED];
      const { report } = await importText(manifests(...objects), { tenant: "shop" });
      expect(report.unexplained).toEqual([]);
      expect(report.findings.filter(({ severity }) => severity === "error")).toEqual([]);
      const accounted = [
        ...report.constructs.flatMap((construct) => construct.objects),
        ...report.kept.map(({ object }) => object),
      ];
      expect(accounted).toHaveLength(objects.length);
    }),
    { numRuns: 100 },
  );
});
