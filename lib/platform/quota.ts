import { k8s } from "cdk8s-plus-28";
import type { Construct } from "constructs";
import { GUARD } from "../access/bindings";
import { DEFAULT_MEMORY_LIMIT } from "../core/allowed";
import type { Problem } from "../core/findings";
import { checkKeys, show } from "../core/keys";
import { isDnsSubdomain, MAX_LABEL } from "../core/names";
import type { Named } from "../core/scope";
import { type Bytes, type Cpu, formatKibibytes, formatMillicores, toKibibytes, toMillicores } from "../core/units";

/**
 * What a tenant may ask for, in each of its namespaces and in each cluster.
 *
 * @see https://kubernetes.io/docs/concepts/policy/resource-quotas/
 */
export interface TenantQuota {
  /** Sum of the CPU that pods request. @default - no limit */
  readonly cpu?: Cpu | undefined;
  /** Sum of the memory that pods request, and of the limits of their memory. @default - no limit */
  readonly memory?: Bytes | undefined;
  /** Sum of the disk of nodes that pods request, and of the limits of it. @default - no limit */
  readonly ephemeralStorage?: Bytes | undefined;
  /** Pods that have not ended. @default - no limit */
  readonly pods?: number | undefined;
  /** GPUs that pods request, as `nvidia.com/gpu`. @default 0 */
  readonly gpus?: number | undefined;
  /**
   * Other devices that pods request, by the names of their extended resources, as in `{ "amd.com/gpu": 4, "nvidia.com/mig-1g.5gb": 8 }`.
   *
   * @default - none: admission refuses what is not counted
   * @see https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#extended-resources
   */
  readonly extendedResources?: Named<number> | undefined;
  /** Sum of the storage that volumes request. @default - no limit */
  readonly storage?: Bytes | undefined;
  /** The same for volumes of one StorageClass, by its name. @default - no limit but that of `storage` */
  readonly storageClasses?: Named<Bytes> | undefined;
  /** Services of type LoadBalancer. Each takes node ports too, unless it says `allocateLoadBalancerNodePorts: false`. @default 0 */
  readonly loadBalancers?: number | undefined;
  /** Ports of nodes that Services take. @default 0 */
  readonly nodePorts?: number | undefined;
  /**
   * Numbers of objects, so that nobody fills the API server; they go over the defaults one by one.
   *
   * @default - of each kind of Kubernetes that a tenant may make: 100 as a rule, 200 of secrets, configmaps, count/jobs.batch and
   * count/networkpolicies.networking.k8s.io, 50 of count/statefulsets.apps and count/daemonsets.apps, 1100 of count/replicasets.apps, of
   * which a Deployment keeps its last ten
   * @see https://kubernetes.io/docs/concepts/policy/resource-quotas/#quota-on-object-count
   */
  readonly objects?: Named<number> | undefined;
}

// Without kinds that others define: until the quota's controller knows such a definition, for minutes, a quota refuses all of the kind.
const OBJECTS: Named<number> = {
  services: 100,
  secrets: 200,
  configmaps: 200,
  persistentvolumeclaims: 100,
  "count/serviceaccounts": 100,
  "count/deployments.apps": 100,
  "count/replicasets.apps": 1100,
  "count/statefulsets.apps": 50,
  "count/daemonsets.apps": 50,
  "count/jobs.batch": 200,
  "count/cronjobs.batch": 100,
  "count/leases.coordination.k8s.io": 100,
  "count/horizontalpodautoscalers.autoscaling": 100,
  "count/poddisruptionbudgets.policy": 100,
  "count/ingresses.networking.k8s.io": 100,
  "count/networkpolicies.networking.k8s.io": 200,
  "count/roles.rbac.authorization.k8s.io": 100,
  "count/rolebindings.rbac.authorization.k8s.io": 100,
};

const KEYS: readonly (keyof TenantQuota)[] = [
  "cpu",
  "memory",
  "ephemeralStorage",
  "pods",
  "gpus",
  "extendedResources",
  "storage",
  "storageClasses",
  "loadBalancers",
  "nodePorts",
  "objects",
];

const GPU = "nvidia.com/gpu";

// Resources that a quota can count without `count/`, and that have no prop of their own.
const COUNTED =
  /^(configmaps|persistentvolumeclaims|replicationcontrollers|resourcequotas|secrets|services|count\/[a-z]+(\.[a-z0-9.-]+)?)$/;

/** Problems of a quota: amounts without a unit, numbers that count nothing. */
export function checkQuota(quota: TenantQuota): Problem[] {
  return [...checkKeys("quota", quota, KEYS), ...readQuota(quota).problems];
}

/** The `hard` limits of a ResourceQuota. */
export function hardLimits(quota: TenantQuota): Readonly<Record<string, string>> {
  return readQuota(quota).hard;
}

function readQuota(quota: TenantQuota): { readonly hard: Record<string, string>; readonly problems: Problem[] } {
  const hard: Record<string, string> = {};
  const problems: Problem[] = [];
  const put = (
    value: string | undefined,
    where: string,
    given: unknown,
    example: string,
    ...resources: string[]
  ): void => {
    if (given === undefined) return;
    for (const resource of resources) if (value !== undefined) hard[resource] = value;
    if (value !== undefined) return;
    problems.push({
      rule: "quota/amount",
      message: `quota.${where} ${show(given)} is not ${example.includes("whole") ? "a number of things" : "an amount above zero"}`,
      fix: `write ${example}`,
    });
  };
  const bytes = (where: string, given: Bytes | undefined, ...resources: string[]): void =>
    put(
      given === undefined ? undefined : formatted(toKibibytes(given), formatKibibytes),
      where,
      given,
      '"40Gi"',
      ...resources,
    );
  const count = (where: string, given: number | undefined, resource: string): void =>
    put(isCount(given) ? String(given) : undefined, where, given, "a whole number from 0", resource);

  const { cpu } = quota;
  const cores = cpu === undefined ? undefined : formatted(toMillicores(cpu), formatMillicores);
  put(cores, "cpu", cpu, '"500m" or a number of cores', "requests.cpu");
  bytes("memory", quota.memory, "requests.memory", "limits.memory");
  bytes("ephemeralStorage", quota.ephemeralStorage, "requests.ephemeral-storage", "limits.ephemeral-storage");
  count("pods", quota.pods, "pods");
  count("gpus", quota.gpus ?? 0, `requests.${GPU}`);
  for (const [name, number] of Object.entries(quota.extendedResources ?? {})) {
    count(`extendedResources["${name}"]`, number, `requests.${name}`);
    if (!isExtendedResource(name)) {
      problems.push({
        rule: "quota/name",
        message: `quota.extendedResources["${name}"] is not the name of an extended resource other than ${GPU}`,
        fix: 'write it as "amd.com/gpu", and GPUs of NVIDIA as gpus',
      });
    }
  }
  bytes("storage", quota.storage, "requests.storage");
  for (const [name, amount] of Object.entries(quota.storageClasses ?? {})) {
    bytes(`storageClasses.${name}`, amount, `${name}.storageclass.storage.k8s.io/requests.storage`);
    if (!isDnsSubdomain(name)) problems.push(unknownName(`quota.storageClasses.${name}`, "the name of a StorageClass"));
  }
  count("loadBalancers", quota.loadBalancers ?? 0, "services.loadbalancers");
  count("nodePorts", quota.nodePorts ?? 0, "services.nodeports");
  for (const [name, number] of Object.entries({ ...OBJECTS, ...quota.objects })) {
    count(`objects["${name}"]`, number ?? OBJECTS[name], name);
    if (!COUNTED.test(name)) problems.push(unknownName(`quota.objects["${name}"]`, "something that a quota counts"));
  }
  return { hard, problems };
}

/** Extended resources that a quota counts. */
export function extendedResourcesOf(quota: TenantQuota): readonly string[] {
  const others = Object.entries(quota.extendedResources ?? {}).filter(([, number]) => number !== undefined);
  return [GPU, ...others.map(([name]) => name).sort()];
}

// https://kubernetes.io/docs/tasks/administer-cluster/extended-resource-node/
function isExtendedResource(name: string): boolean {
  const [domain = "", resource = "", ...more] = name.split("/");
  const isOther = name !== GPU && !/(^|\.)kubernetes\.io$/.test(domain);
  const isName = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/.test(resource) && resource.length <= MAX_LABEL;
  return isOther && more.length === 0 && isDnsSubdomain(domain) && isName;
}

function unknownName(where: string, what: string): Problem {
  return {
    rule: "quota/name",
    message: `${where} is not ${what}`,
    fix: 'write it as "services" or "count/deployments.apps", and a StorageClass by its name',
  };
}

function formatted(amount: number | undefined, format: (amount: number) => string): string | undefined {
  return amount === undefined ? undefined : format(amount);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/**
 * What containers get that say nothing: without requests, a quota would refuse their pods. There is no limit of CPU, which would slow
 * them down while nobody else needs it.
 *
 * @see https://kubernetes.io/docs/concepts/policy/limit-range/
 */
const CONTAINER_DEFAULTS = {
  defaultRequest: { cpu: "100m", memory: "128Mi", "ephemeral-storage": "64Mi" },
  default: { memory: DEFAULT_MEMORY_LIMIT, "ephemeral-storage": "1Gi" },
} as const;

/** Makes the ResourceQuota and the LimitRange of a namespace. */
export function makeQuota(scope: Construct, namespace: string, quota: TenantQuota): void {
  const metadata = { name: "tenant", namespace, labels: GUARD };
  new k8s.KubeResourceQuota(scope, `${namespace}-quota`, {
    metadata,
    spec: { hard: quantities(hardLimits(quota)) },
  });
  new k8s.KubeLimitRange(scope, `${namespace}-limits`, {
    metadata,
    spec: {
      limits: [
        {
          type: "Container",
          defaultRequest: quantities(CONTAINER_DEFAULTS.defaultRequest),
          default: quantities(CONTAINER_DEFAULTS.default),
        },
      ],
    },
  });
}

function quantities(amounts: Readonly<Record<string, string>>): Record<string, k8s.Quantity> {
  return Object.fromEntries(
    Object.entries(amounts).map(([resource, amount]) => [resource, k8s.Quantity.fromString(amount)]),
  );
}
