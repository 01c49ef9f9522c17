import { isMap, type Json, type JsonMap, mapOf, mapsOf, same } from "../json";

type Defaults = Readonly<Record<string, Json>>;

// What the API server fills in, by where it stands: saying it is saying nothing.
// https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
const POD: Defaults = {
  dnsPolicy: "ClusterFirst",
  schedulerName: "default-scheduler",
  hostNetwork: false,
  hostPID: false,
  hostIPC: false,
  shareProcessNamespace: false,
  preemptionPolicy: "PreemptLowerPriority",
};
const CONTAINER: Defaults = {
  terminationMessagePath: "/dev/termination-log",
  terminationMessagePolicy: "File",
  stdin: false,
  stdinOnce: false,
  tty: false,
};
const DEPLOYMENT: Defaults = {
  paused: false,
  minReadySeconds: 0,
  progressDeadlineSeconds: 600,
  revisionHistoryLimit: 10,
};
const SERVICE: Defaults = {
  type: "ClusterIP",
  sessionAffinity: "None",
  internalTrafficPolicy: "Cluster",
  ipFamilyPolicy: "SingleStack",
  publishNotReadyAddresses: false,
};
const JOB: Defaults = {
  completions: 1,
  parallelism: 1,
  completionMode: "NonIndexed",
  suspend: false,
  manualSelector: false,
};
const CRON_JOB: Defaults = {
  concurrencyPolicy: "Allow",
  successfulJobsHistoryLimit: 3,
  failedJobsHistoryLimit: 1,
  suspend: false,
};

function strip(map: JsonMap, defaults: Defaults): void {
  for (const [key, value] of Object.entries(defaults)) if (same(map[key], value)) Reflect.deleteProperty(map, key);
}

/** Takes what the API server would fill in out of an object, in place. */
export function stripDefaults(kind: string, object: JsonMap): void {
  const spec = mapOf(object["spec"]);
  switch (kind) {
    case "apps/Deployment":
      strip(spec, DEPLOYMENT);
      stripStrategy(spec);
      break;
    case "core/Service":
      strip(spec, SERVICE);
      if (same(spec["ipFamilies"], ["IPv4"])) Reflect.deleteProperty(spec, "ipFamilies");
      break;
    case "batch/Job":
      strip(spec, JOB);
      break;
    case "batch/CronJob":
      strip(spec, CRON_JOB);
      strip(mapOf(mapOf(spec["jobTemplate"])["spec"]), JOB);
      break;
    case "core/PersistentVolumeClaim":
      strip(spec, { volumeMode: "Filesystem" });
      break;
  }
}

function stripStrategy(spec: JsonMap): void {
  const strategy = spec["strategy"];
  if (!isMap(strategy)) return;
  const rolling = mapOf(strategy["rollingUpdate"]);
  strip(rolling, { maxSurge: "25%", maxUnavailable: "25%" });
  if (Object.keys(rolling).length === 0) Reflect.deleteProperty(strategy, "rollingUpdate");
  if (strategy["type"] === "RollingUpdate" && strategy["rollingUpdate"] === undefined)
    Reflect.deleteProperty(strategy, "type");
  if (Object.keys(strategy).length === 0) Reflect.deleteProperty(spec, "strategy");
}

/** The same for the spec of a pod. */
export function stripPodDefaults(spec: JsonMap): void {
  strip(spec, POD);
  // The former name of serviceAccountName, which the API server says beside it.
  if (spec["serviceAccount"] !== undefined) {
    spec["serviceAccountName"] ??= spec["serviceAccount"];
    Reflect.deleteProperty(spec, "serviceAccount");
  }
  for (const key of ["containers", "initContainers"]) {
    for (const container of mapsOf(spec[key])) {
      strip(container, CONTAINER);
      for (const port of mapsOf(container["ports"])) strip(port, { protocol: "TCP" });
      for (const probe of ["readinessProbe", "livenessProbe", "startupProbe"]) {
        const given = mapOf(container[probe]);
        strip(given, { successThreshold: 1, initialDelaySeconds: 0 });
        strip(mapOf(given["httpGet"]), { scheme: "HTTP" });
        strip(mapOf(given["grpc"]), { service: "" });
      }
      for (const variable of mapsOf(container["env"])) {
        const from = mapOf(variable["valueFrom"]);
        strip(mapOf(from["fieldRef"]), { apiVersion: "v1" });
        strip(mapOf(from["resourceFieldRef"]), { divisor: "0" });
      }
    }
  }
  for (const volume of mapsOf(spec["volumes"])) {
    for (const key of ["configMap", "secret", "projected", "downwardAPI"])
      strip(mapOf(volume[key]), { defaultMode: 420 });
    if (volume["emptyDir"] === null) volume["emptyDir"] = {};
  }
}
