import type { Exception } from "./findings.ts";

const noCpuLimit =
  "a CPU limit throttles a container that could use idle cores; its request alone gives it its share of busy ones";
const development = ["quickstart/dev/main", "acme/dev/main", "uploads/dev/main"];

/** Rules of scanners that our output does not follow, each with the reason. An entry that nothing needs fails the tests. */
export const exceptions: readonly Exception[] = [
  {
    tool: "checkov",
    rule: "CKV_K8S_11",
    kinds: ["Deployment", "CronJob", "Job"],
    reason: noCpuLimit,
  },
  {
    tool: "kube-score",
    rule: "container-resources",
    message: "CPU limit is not set",
    kinds: ["Deployment", "CronJob", "Job"],
    reason: noCpuLimit,
  },
  {
    tool: "checkov",
    rule: "CKV_K8S_35",
    objects: ["Deployment media/gallery"],
    reason:
      "the program asks for an output as an environment variable: its Secret is made for this one Deployment, and named key by key",
  },
  {
    tool: "checkov",
    rule: "CKV_K8S_43",
    objects: ["Deployment demo/hello"],
    places: ["quickstart/dev/main"],
    reason:
      "the first program that one reads names a public image by its version; in production a tag alone is a finding",
  },
  {
    tool: "kube-score",
    rule: "cronjob-has-deadline",
    kinds: ["CronJob"],
    reason:
      "a nightly run that could not start for an hour is to start late, not to be left out; whoever wants that says startWithin",
  },
  {
    tool: "kube-score",
    rule: "deployment-has-host-podantiaffinity",
    kinds: ["Deployment"],
    reason:
      "topology spread constraints over nodes and zones do the same, evenly at any number of pods, and kube-score does not read them",
  },
  {
    tool: "kube-score",
    rule: "deployment-replicas",
    kinds: ["Deployment"],
    places: development,
    reason: "one replica is enough in an environment of the development tier; others have two or more",
  },
  {
    tool: "kube-score",
    rule: "pod-probes-identical",
    kinds: ["Deployment"],
    reason:
      "kube-score compares path and port only: liveness waits longer than readiness, so that a pod leaves its Service well before it is restarted, which is the pattern that Kubernetes' documentation gives",
  },
];
