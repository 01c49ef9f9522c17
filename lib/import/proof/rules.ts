import { LABEL } from "../../core/labels";
import { type Json, listOf, same, said } from "../json";
import { IDENTITY, OWN as OWN_LABELS, type Selected } from "../kubernetes/labels";
import type { Difference } from "./differ";

/** What a rule may ask about the place of a difference. */
export interface RuleContext {
  /** `apps/Deployment` and the like, as the input says it. */
  readonly kind: string;
  /** Whether the object stands in the program as it was. */
  readonly isKept: boolean;
  /** Whether an autoscaler has the number of pods. */
  readonly isScaled: boolean;
  /** Whether it has a disk that one node at a time uses. */
  readonly hasDisk: boolean;
  /** Labels by which objects that stay select. */
  readonly selected: Selected;
  /** The same text for the same place, however an address in it is written. */
  readonly canonicalAddress: (text: string) => string;
}

/** A difference that is meant to be. */
export interface Rule {
  readonly name: string;
  /** Why, in a sentence. */
  readonly sentence: string;
  readonly explains?: (difference: Difference, context: RuleContext) => boolean;
}

const CONTAINER = "own|sidecars>*|init>*";
const WORKLOADS = new Set(["apps/Deployment", "batch/Job", "batch/CronJob"]);

const rootAt =
  (pattern: string) =>
  ({ root }: Difference): boolean =>
    matches(root, pattern);
const isAdded = ({ before, after }: Difference): boolean => before === undefined && after !== undefined;
const isGone = ({ before, after }: Difference): boolean => before !== undefined && after === undefined;

/** Whether a path is one of those that a pattern stands for: `*` is one key, `**` the rest, `a|b` either, `a>b` both. */
export function matches(path: readonly string[], pattern: string): boolean {
  return pattern.split(" ").length === 1 ? matchesWords(path, [pattern]) : matchesWords(path, pattern.split(" "));
}

function matchesWords(path: readonly string[], words: readonly string[]): boolean {
  const [word, ...rest] = words;
  if (word === undefined) return path.length === 0;
  if (word === "**") return true;
  return word.split("|").some((choice) => {
    const steps = choice.split(">");
    if (path.length < steps.length) return false;
    return steps.every((step, i) => step === "*" || step === path[i]) && matchesWords(path.slice(steps.length), rest);
  });
}

const at =
  (...patterns: readonly string[]) =>
  ({ path }: Difference): boolean =>
    patterns.some((pattern) => matches(path, pattern));

/** Rules of intended differences, most particular first. A difference that none explains is a fault. */
export const RULES: readonly Rule[] = [
  {
    name: "naming/labels",
    sentence: "Labels that say what an object is are Flagstone's own; those that something selects by stay.",
    explains: (difference, { selected }) => {
      if (!at("metadata labels *", "pod labels *")(difference)) return false;
      const last = difference.path.at(-1) ?? "";
      if (isAdded(difference)) return true;
      return isGone(difference) ? goes(last, difference.before, selected) : OWN_LABELS.has(last);
    },
  },
  {
    name: "naming/selector",
    sentence:
      "Pods are found by app.kubernetes.io/name alone; selectors of a Deployment that runs cannot change, so it has to be replaced once.",
    explains: (difference, { kind, isKept }) => {
      if (!isKept) return SELECTING.has(kind) && at("spec selector **", "spec selector")(difference);
      if (kind === "core/Service")
        return at("spec selector **")(difference) && (isGone(difference) || difference.path.at(-1) === LABEL.name);
      return difference.path.at(-2) === "matchLabels" && OWN_LABELS.has(difference.path.at(-1) ?? "");
    },
  },
  {
    name: "naming/namespace",
    sentence: "An object that named no namespace gets the tenant's.",
    explains: (difference) => at("metadata namespace")(difference) && isAdded(difference),
  },
  {
    name: "naming/job-version",
    sentence: "A Job of Kubernetes cannot change, so each version of it has a name of its own.",
    explains: (difference, { kind }) =>
      kind === "batch/Job" && at("metadata name", "metadata generateName")(difference),
  },
  {
    name: "naming/objects",
    sentence:
      "All objects of a workload have its name, and a policy that stays beside its own has another; the name of the Service stays.",
    explains: (difference, { kind, isKept }) =>
      isKept
        ? kind === "networking.k8s.io/NetworkPolicy" &&
          at("metadata name")(difference) &&
          difference.after === `${said(difference.before)}-kept`
        : RENAMED.has(kind) && at("metadata name", "spec scaleTargetRef name")(difference),
  },
  {
    name: "naming/service-account",
    sentence: "Each workload runs as an account of its own, with its name.",
    explains: (difference) => at("pod serviceAccountName")(difference),
  },
  {
    name: "naming/ports",
    sentence: "A port is called like its endpoint, in the Service and in the container.",
    explains: at("spec ports * name", `pod ${CONTAINER} ports * name`),
  },
  {
    name: "deploy/annotations",
    sentence: "Annotations tell Pulumi how long to wait, and replace pods when their configuration changes.",
    explains: (difference) =>
      isAdded(difference) &&
      at("metadata annotations *", "pod annotations *")(difference) &&
      isOurs(difference.path.at(-1) ?? ""),
  },
  {
    name: "naming/container",
    sentence: "The workload's own container is called like the workload.",
    explains: at("pod annotations kubectl.kubernetes.io/default-container"),
  },
  {
    name: "hardening/security-context",
    sentence:
      'What is not said of a container\'s rights is what Pod Security "restricted" asks for, with user 10001 and a root file system that nobody writes to.',
    explains: (difference) => {
      if (at(`pod ${CONTAINER} securityContext capabilities drop`)(difference))
        return listOf(difference.after).includes("ALL");
      return isAdded(difference) && at(`pod ${CONTAINER} securityContext **`, "pod securityContext **")(difference);
    },
  },
  {
    name: "hardening/service-account-token",
    sentence: "Pods get no token for the API server, unless a role of the input is bound to their account.",
    explains: (difference, { kind, isKept }) =>
      !isKept &&
      (kind === "core/ServiceAccount"
        ? at("automountServiceAccountToken")(difference) && difference.after === false
        : at("pod automountServiceAccountToken")(difference) && isAdded(difference)),
  },
  {
    name: "hardening/service-links",
    sentence: "Addresses of all Services of the namespace are no variables of pods any more.",
    explains: (difference) => at("pod enableServiceLinks")(difference) && difference.before !== true,
  },
  {
    name: "hardening/image-pull-policy",
    sentence:
      "The registry is asked at each start, so that nobody runs an image that was pulled with the rights of others.",
    explains: (difference) =>
      at(`pod ${CONTAINER} imagePullPolicy`)(difference) && difference.before === "IfNotPresent",
  },
  {
    name: "hardening/tmp",
    sentence: "The root file system is read-only, so each container has room of its own at /tmp.",
    explains: (difference) =>
      at(`pod ${CONTAINER} mounts /tmp **`)(difference) &&
      (isAdded(difference) || difference.path.includes("emptyDir") || difference.path.includes("seenAt")),
  },
  {
    name: "hardening/disruption-budget",
    sentence:
      "Workloads of several pods let drained nodes take one at a time; pods that do not work do not hold a node.",
    explains: (difference, { kind }) =>
      kind === "policy/PodDisruptionBudget" && isAdded(difference) && at("spec unhealthyPodEvictionPolicy")(difference),
  },
  {
    name: "hardening/one-node-disk",
    sentence: "A disk that one node at a time has cannot follow a rolling update: the old pod ends first.",
    explains: (difference, { hasDisk }) => hasDisk && at("spec strategy **")(difference),
  },
  {
    name: "hardening/drain",
    sentence: "A pod sleeps for 5 seconds before it ends, until no traffic is led to it.",
    explains: (difference) =>
      isAdded(difference) &&
      at("pod own lifecycle **")(difference) &&
      !JSON.stringify(difference.after).includes("postStart"),
  },
  {
    name: "hardening/spread",
    sentence: "Pods are spread over zones and nodes where that is possible.",
    explains: (difference) =>
      (isAdded(difference) && at("pod topologySpreadConstraints **")(difference)) ||
      at(
        "pod topologySpreadConstraints * labelSelector **",
        "pod topologySpreadConstraints * matchLabelKeys",
      )(difference),
  },
  {
    name: "naming/affinity",
    sentence: "Affinity names other workloads by what Flagstone calls their pods.",
    explains: at("pod affinity podAffinity **", "pod affinity podAntiAffinity **"),
  },
  {
    name: "shape/architectures",
    sentence: "A node's processor is asked for by affinity instead of the node selector: the same nodes.",
    explains: (difference) =>
      (isGone(difference) && at("pod nodeSelector kubernetes.io/arch")(difference)) ||
      (isAdded(difference) &&
        at("pod affinity nodeAffinity **")(difference) &&
        JSON.stringify(difference.after).includes("kubernetes.io/arch")),
  },
  {
    name: "defaults/gpu-toleration",
    sentence: "What asks for GPUs tolerates the taint that keeps others off their nodes.",
    explains: (difference) =>
      at("pod tolerations")(difference) &&
      listOf(difference.before).every((item) => listOf(difference.after).some((other) => same(item, other))) &&
      listOf(difference.after).length === listOf(difference.before).length + 1 &&
      JSON.stringify(difference.after).includes("nvidia.com/gpu"),
  },
  {
    name: "defaults/resources",
    sentence: 'A container that does not say what it needs gets the size "small", and 1Gi of the node\'s disk at most.',
    explains: (difference) => isAdded(difference) && at(`pod ${CONTAINER} resources **`)(difference),
  },
  {
    name: "defaults/probes",
    sentence: "What is not probed is probed by whether its port accepts connections, and startup as liveness is.",
    explains: (difference) =>
      isAdded(difference) && rootAt("pod own readinessProbe|livenessProbe|startupProbe")(difference),
  },
  {
    name: "defaults/probe-timing",
    sentence:
      "Times of probes that are not said are Flagstone's: readiness every 5 s, liveness every 10 s and six times, startup for two minutes.",
    explains: (difference) =>
      isAdded(difference) &&
      at(`pod ${CONTAINER} readinessProbe|livenessProbe|startupProbe periodSeconds|timeoutSeconds|failureThreshold`)(
        difference,
      ),
  },
  {
    name: "defaults/rollout",
    sentence: "New pods take over without one fewer at any time, and five former versions are kept.",
    explains: (difference, { kind }) =>
      kind === "apps/Deployment" &&
      ((isAdded(difference) && at("spec strategy **", "spec revisionHistoryLimit")(difference)) ||
        (at("spec strategy rollingUpdate maxUnavailable")(difference) && difference.before === "25%")),
  },
  {
    name: "defaults/grace-period",
    sentence: "The time that a process has to end begins when traffic has stopped, 5 seconds later.",
    explains: (difference) =>
      at("pod terminationGracePeriodSeconds")(difference) && Number(difference.after) - Number(difference.before) === 5,
  },
  {
    name: "defaults/port-variable",
    sentence: "A web service with one endpoint is told its port as PORT.",
    explains: (difference) => isAdded(difference) && at("pod own env PORT")(difference),
  },
  {
    name: "defaults/volume-size",
    sentence: "An empty volume has a limit: 1Gi on disk, 64Mi in memory.",
    explains: (difference) =>
      isAdded(difference) && at(`pod ${CONTAINER} mounts * source emptyDir sizeLimit`)(difference),
  },
  {
    name: "defaults/run",
    sentence:
      "A run has an hour and three retries, each in a pod of its own; a pod that went with its node does not count.",
    explains: (difference) =>
      at("pod restartPolicy")(difference) ||
      (isAdded(difference) && at("job backoffLimit|activeDeadlineSeconds|podFailurePolicy **")(difference)),
  },
  {
    name: "defaults/time-zone",
    sentence: "A schedule says its time zone.",
    explains: (difference) => isAdded(difference) && at("spec timeZone")(difference),
  },
  {
    name: "connections/address",
    sentence: "An address is a connection now, and says the full name of the same Service.",
    explains: ({ path, before, after }, { canonicalAddress }) =>
      matches(path, "pod own env *") &&
      typeof before === "string" &&
      typeof after === "string" &&
      canonicalAddress(before) === canonicalAddress(after),
  },
  {
    name: "connections/variables",
    sentence: "A connection gives URL, host and port of what it leads to.",
    explains: (difference) =>
      isAdded(difference) && at("pod own env *")(difference) && /_(URL|HOST|PORT)$/.test(difference.path.at(-1) ?? ""),
  },
  {
    name: "shape/app-protocol",
    sentence: "A Service says what its ports speak.",
    explains: (difference, { isKept }) =>
      !isKept && at("spec ports * appProtocol")(difference) && isProtocol(difference.after),
  },
  {
    name: "shape/ports",
    sentence:
      "Every port that the own container lists is an endpoint, so that the Service leads to it; lists of ports in other containers say nothing that holds.",
    explains: (difference, { kind, isKept }) => {
      if (isKept) return false;
      if (kind === "core/Service") return isAdded(difference) && rootAt("spec ports *")(difference);
      if (!at(`pod ${CONTAINER} ports **`)(difference)) return false;
      return isAdded(difference) || difference.path[1] !== "own" || kind !== "apps/Deployment";
    },
  },
  {
    name: "shape/autoscaled-replicas",
    sentence: "Where an autoscaler has the number of pods, nobody else says it.",
    explains: (difference, { isScaled }) => isScaled && at("spec replicas")(difference),
  },
  {
    name: "shape/container-metric",
    sentence: "Where there are several containers, an autoscaler follows the use of the workload's own.",
    explains: (difference) => isAdded(difference) && at("spec metrics * container")(difference),
  },
  {
    name: "shape/ingress-class",
    sentence: "An Ingress says its class in the field for it; one without gets that of the platform.",
    explains: (difference, { kind }) =>
      kind === "networking.k8s.io/Ingress" &&
      (at("metadata annotations kubernetes.io/ingress.class")(difference) ||
        (isAdded(difference) && at("spec ingressClassName")(difference))),
  },
  {
    name: "shape/namespace",
    sentence:
      "The tenant makes the namespace, with labels for quota, Pod Security and isolation; labels and annotations of its own have no place there.",
    explains: (_, { kind, isKept }) => kind === "core/Namespace" && !isKept,
  },
  // Not of single fields: what reports count whole objects or containers by.
  {
    name: "shape/native-sidecar",
    sentence: "Containers beside the own one are native sidecars: they start before it, and end after it.",
  },
  {
    name: "shape/files",
    sentence:
      "A ConfigMap that one workload alone reads is part of it: its texts are files and variables of the program.",
  },
  {
    name: "shape/external-service",
    sentence:
      "A Service that is only a name for a host somewhere else is an ExternalService: variables hold the host itself.",
  },
  {
    name: "shape/split-ingress",
    sentence:
      "An Ingress that leads to several workloads is one for each of them: the same hosts, paths and certificates.",
  },
  {
    name: "hardening/network-policy",
    sentence: "Each workload has a policy: only what connects reaches it, and it reaches only what it connects to.",
  },
  { name: "hardening/service-account", sentence: "Each workload has an account of its own, without a token." },
  {
    name: "hardening/budget-added",
    sentence: "A workload of two pods or more has a disruption budget, whether it had one or not.",
  },
  {
    name: "tenant/guards",
    sentence: "The tenant has a namespace with quota, limits, default policies, roles and admission rules.",
  },
  {
    name: "tenant/kept-policies",
    sentence:
      "Objects that stay would be cut off by the tenant's default policies: these let through what got through before.",
  },
  {
    name: "kubernetes/server-fields",
    sentence: "Fields that the API server and controllers write are nobody's to set.",
  },
  {
    name: "helm/metadata",
    sentence:
      "Annotations that Helm writes are about releases, of which there are none any more; hooks before each installation and upgrade become runAfter, in the order of their weights.",
  },
  { name: "helm/checksum", sentence: "Flagstone replaces pods when their configuration changes by itself." },
  {
    name: "helm/test",
    sentence: "Tests of a chart run when somebody asks Helm for them; they stand in the folder not-deployed.",
  },
  {
    name: "helm/hook",
    sentence:
      "Hooks at the deletion of a release or at a rollback have no moment any more; they stand in the folder not-deployed.",
  },
  {
    name: "helm/post-hook",
    sentence:
      "What Helm runs after a rollout would run before it or beside it as a Job; it stands in the folder not-deployed.",
  },
  {
    name: "helm/install-hook",
    sentence:
      "What Helm runs before the first installation alone would run at each version as a Job; it stands in the folder not-deployed.",
  },
  {
    name: "helm/upgrade-hook",
    sentence:
      "What Helm runs before upgrades alone would run at the first installation, too, as a Job; it stands in the folder not-deployed.",
  },
  { name: "helm/pod-hook", sentence: "A pod that Helm waits for is no Job; it stands in the folder not-deployed." },
];

const SELECTING = new Set(["apps/Deployment", "core/Service", "policy/PodDisruptionBudget"]);
const RENAMED = new Set([
  ...WORKLOADS,
  "autoscaling/HorizontalPodAutoscaler",
  "policy/PodDisruptionBudget",
  "core/ServiceAccount",
  "networking.k8s.io/Ingress",
]);

function goes(key: string, value: Json | undefined, selected: Selected): boolean {
  return OWN_LABELS.has(key) || (IDENTITY.has(key) && !selected.has(key, value));
}

function isOurs(key: string): boolean {
  return /^(flagstone\.dev|pulumi\.com)\//.test(key);
}

function isProtocol(value: Json | undefined): boolean {
  return value === undefined || ["http", "kubernetes.io/h2c", "kubernetes.io/ws"].includes(said(value));
}
