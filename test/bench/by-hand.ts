// The same objects as program.ts declares, written by hand on cdk8s-plus-28.
import { createHash } from "node:crypto";
import { ApiObject, App, type AppProps, Chart, Yaml } from "cdk8s";
import { k8s } from "cdk8s-plus-28";
import { CONFIG, OBJECTS_PER_SERVICE, serviceName, type Shape } from "./shape.ts";

/** A field that cdk8s-plus-28 drops, from what a JsonPatch adds too. */
const LIFECYCLE = { preStop: { sleep: { seconds: 5 } } };

/** The floor: every object constructed, serialized and stringified in one pass, without validation, order or files. */
export function onePass(shape: Shape): string[] {
  return declare(shape)
    .node.findAll()
    .flatMap((construct) => {
      if (!(construct instanceof ApiObject)) return [];
      const json = construct.toJson();
      if (construct.kind === "Deployment") json.spec.template.spec.containers[0].lifecycle = LIFECYCLE;
      return [Yaml.stringify(json)];
    });
}

/** What a program on cdk8s does: one file for each chart. Without the dropped field. */
export function synth(shape: Shape, outdir: string): number {
  declare(shape, { outdir }).synth();
  return shape.services * OBJECTS_PER_SERVICE;
}

function declare(shape: Shape, props: AppProps = {}): App {
  const app = new App(props);
  const chart = (id: string) => new Chart(app, id, { namespace: "shop", disableResourceNameHashes: true });
  const shared = shape.scopes === "few" ? chart("shop") : undefined;
  for (let i = 0; i < shape.services; i++) service(shared ?? chart(`group-${i}`), serviceName(i));
  return app;
}

function service(chart: Chart, name: string): void {
  const selector = { "app.kubernetes.io/name": name };
  const labels = {
    ...selector,
    "app.kubernetes.io/managed-by": "flagstone",
    "app.kubernetes.io/part-of": "bench",
    "flagstone.dev/environment": "staging",
    "flagstone.dev/tenant": "shop",
  };
  const metadata = { name, labels };
  const part = (suffix: string) => ({ name: `${name}-${suffix}`, labels });

  new k8s.KubeServiceAccount(chart, `${name}-account`, { metadata, automountServiceAccountToken: false });
  const files = new k8s.KubeConfigMap(chart, `${name}-files`, {
    metadata: part("files"),
    data: { "etc_app_config.yaml": CONFIG },
  });
  const deployment = new k8s.KubeDeployment(chart, `${name}-deployment`, {
    metadata,
    spec: {
      selector: { matchLabels: selector },
      strategy: {
        type: "RollingUpdate",
        rollingUpdate: {
          maxSurge: k8s.IntOrString.fromString("25%"),
          maxUnavailable: k8s.IntOrString.fromNumber(0),
        },
      },
      revisionHistoryLimit: 5,
      progressDeadlineSeconds: 600,
      template: podTemplate(name, selector, labels),
    },
  });
  deployment.addDependency(files);
  new k8s.KubeService(chart, `${name}-service`, {
    metadata,
    spec: {
      type: "ClusterIP",
      selector,
      ports: [
        {
          name: "http",
          port: 8080,
          targetPort: k8s.IntOrString.fromString("http"),
          protocol: "TCP",
          appProtocol: "http",
        },
      ],
    },
  });
  new k8s.KubeNetworkPolicy(chart, `${name}-policy`, {
    metadata,
    spec: {
      podSelector: { matchLabels: selector },
      policyTypes: ["Ingress", "Egress"],
      ingress: [
        {
          from: [{ namespaceSelector: { matchLabels: { "flagstone.dev/tenant": "shop" } } }],
          ports: [{ port: k8s.IntOrString.fromString("http"), protocol: "TCP" }],
        },
      ],
    },
  });
  new k8s.KubePodDisruptionBudget(chart, `${name}-budget`, {
    metadata,
    spec: {
      selector: { matchLabels: selector },
      maxUnavailable: k8s.IntOrString.fromNumber(1),
      unhealthyPodEvictionPolicy: "AlwaysAllow",
    },
  });
  new k8s.KubeHorizontalPodAutoscalerV2(chart, `${name}-autoscaler`, {
    metadata,
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
      minReplicas: 3,
      maxReplicas: 12,
      metrics: [
        { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } } },
      ],
    },
  });
  new k8s.KubeConfigMap(chart, `${name}-settings`, {
    metadata: part("settings"),
    data: { theme: "dark", currency: "EUR" },
  });
  new k8s.KubeRole(chart, `${name}-reader`, {
    metadata: part("reader"),
    rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "watch"] }],
  });
  new k8s.KubeRoleBinding(chart, `${name}-readers`, {
    metadata: part("readers"),
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: `${name}-reader` },
    subjects: [{ kind: "ServiceAccount", name, namespace: "shop" }],
  });
}

type Labels = Readonly<Record<string, string>>;

function podTemplate(name: string, selector: Labels, labels: Labels): k8s.PodTemplateSpec {
  const probe = (periodSeconds: number, failureThreshold: number): k8s.Probe => ({
    httpGet: { path: "/healthz", port: k8s.IntOrString.fromString("http") },
    periodSeconds,
    timeoutSeconds: 2,
    failureThreshold,
  });
  const quantity = (text: string) => k8s.Quantity.fromString(text);
  const user = 10_001;
  return {
    metadata: {
      labels: { ...labels, "app.kubernetes.io/version": "1.4.2" },
      annotations: { "flagstone.dev/config-hash": digest("etc_app_config.yaml", CONFIG) },
    },
    spec: {
      serviceAccountName: name,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: user,
        runAsGroup: user,
        fsGroup: user,
        fsGroupChangePolicy: "OnRootMismatch",
        seccompProfile: { type: "RuntimeDefault" },
      },
      terminationGracePeriodSeconds: 35,
      topologySpreadConstraints: ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map((topologyKey) => ({
        topologyKey,
        maxSkew: 1,
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: selector },
        matchLabelKeys: ["pod-template-hash"],
      })),
      containers: [
        {
          name,
          image: `registry.bench.example/shop/${name}:1.4.2`,
          imagePullPolicy: "Always",
          ports: [{ name: "http", containerPort: 8080, protocol: "TCP" }],
          env: [
            { name: "LOG_LEVEL", value: "info" },
            { name: "PORT", value: "8080" },
            { name: "REGION", value: "eu-central-1" },
          ],
          resources: {
            requests: { cpu: quantity("100m"), memory: quantity("128Mi"), "ephemeral-storage": quantity("64Mi") },
            limits: { memory: quantity("128Mi"), "ephemeral-storage": quantity("1Gi") },
          },
          securityContext: {
            allowPrivilegeEscalation: false,
            capabilities: { drop: ["ALL"] },
            privileged: false,
            readOnlyRootFilesystem: true,
            runAsNonRoot: true,
            runAsUser: user,
            runAsGroup: user,
          },
          volumeMounts: [
            { name: "tmp", mountPath: "/tmp" },
            { name: "files", mountPath: "/etc/app/config.yaml", subPath: "etc_app_config.yaml", readOnly: true },
          ],
          readinessProbe: probe(5, 3),
          livenessProbe: probe(10, 6),
          startupProbe: probe(2, 60),
        },
      ],
      volumes: [
        { name: "tmp", emptyDir: { sizeLimit: quantity("512Mi") } },
        { name: "files", configMap: { name: `${name}-files` } },
      ],
    },
  };
}

/** So that a change of the files replaces the pods. */
function digest(...parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest("hex").slice(0, 16);
}
