import { k8s } from "cdk8s-plus-28";
import type { Problem } from "../../core/findings";
import { ANNOTATION, LABEL } from "../../core/labels";
import { listOf } from "../../core/lists";
import { withoutFalse } from "../../core/merge";
import type { Named } from "../../core/scope";
import type { Size } from "../../core/sizes";
import { toSeconds } from "../../core/units";
import type { WorkloadProps } from "../types";
import { type CarrierNames, Carriers } from "./carriers";
import { checkMounts } from "./check-mounts";
import { checkImageUser } from "./check-user";
import { checkVolumes } from "./check-volumes";
import { gpusOf } from "./compute";
import { type Configuration, configure, inherit } from "./configuration";
import {
  checkHelperPorts,
  checkHelpers,
  type HelperProps,
  helpersOf,
  inherits,
  type MadeContainer,
  makeContainer,
  sidecarPorts,
  withPlace,
} from "./containers";
import { fileVolumes, volumeName } from "./files";
import { checkSleep } from "./hooks";
import { imageVersion } from "./image";
import { type Helper, orderHelpers, placeOf } from "./order";
import { checkPorts, type PortSpec } from "./ports";
import { makeProbes, type Probes } from "./probes";
import { type RestartSources, restartSources } from "./restarts";
import { schedule } from "./scheduling";
import { podSecurity } from "./security";
import type { Value } from "./sources";
import {
  type Claim,
  claimsOf,
  diskOfEmptyVolumes,
  extraMounts,
  ownMounts,
  podVolumes,
  restartsOnVolumes,
} from "./volumes";

/** What a pod is made of. */
export interface PodInput {
  readonly props: WorkloadProps<string>;
  /** Name of the workload, of its own container and of its ServiceAccount. */
  readonly name: string;
  readonly selector: Named<string>;
  readonly labels: Named<string>;
  readonly sizes: Named<Size>;
  /** Variables that connections give; those of the user win. */
  readonly variables: Named<Value>;
  readonly ports: readonly PortSpec[];
  readonly probes: Probes;
  /** Services lose their traffic before they end, workers have none; both come in versions. Jobs end by themselves. */
  readonly kind: "service" | "worker" | "job";
  /** Name of a workload that is said by its construct id. */
  readonly nameOf: (said: string) => string;
}

/** Fields of a pod that cdk8s-plus-28 does not know, merged into the final JSON. */
export type PodSpecJson = { containers: ContainerJson[]; initContainers?: ContainerJson[] };
type ContainerJson = { name: string; lifecycle?: object; [field: string]: unknown };

/** A pod, and the objects that it needs. */
export interface Pod {
  readonly template: k8s.PodTemplateSpec;
  /** Adds what cdk8s-plus-28 does not know. */
  readonly complete: (spec: PodSpecJson) => void;
  /** Data of the ConfigMap with files whose text is known. */
  readonly files: Named<string>;
  /** Data of the Secret with whatever holds outputs. */
  readonly outputs: Named<string>;
  /** Disks that outlive it. */
  readonly claims: readonly Claim[];
  /** Secrets and ConfigMaps whose changes replace it. */
  readonly restartsOn: RestartSources;
  readonly problems: readonly Problem[];
  /** Problems that can be judged only with what its connections give. */
  readonly references: readonly Problem[];
}

/** Names of the objects that carry a workload's configuration. */
export function carrierNames(name: string): CarrierNames {
  return { files: `${name}-files`, outputs: `${name}-outputs` };
}

/** The pod that all kinds of workloads run. */
export function makePod(input: PodInput): Pod {
  const { props, name, ports } = input;
  const volumes = withoutFalse(props.volumes);
  const carriers = new Carriers(carrierNames(name));
  const own = ownContainer(input, carriers);
  const helpers = helpersOf(props).map((helper) => helperContainer(helper, own, input, carriers));
  const { order, problems } = orderHelpers(helpers.map(({ helper, probes }) => placeInOrder(helper, probes)));
  const started = order.flatMap((index) => helpers[index] ?? []);
  const all = [own, ...started];
  const scheduled = schedule(props.scheduling ?? {}, {
    selector: input.selector,
    gpus: gpusOf([props, ...helpers.map(({ helper }) => helper.props)]),
    kind: input.kind,
    nameOf: input.nameOf,
  });
  const graceSeconds = own.hooks.drain + (toSeconds(props.gracePeriod ?? "30s") ?? 30);
  const spec: k8s.PodSpec = {
    serviceAccountName: name,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: podSecurity(
      props.user ?? DEFAULT_USER,
      [...ports, ...helpers.flatMap((helper) => helper.ports)].map(({ port }) => port),
    ),
    terminationGracePeriodSeconds: graceSeconds,
    ...(props.imagePullSecrets?.length ? { imagePullSecrets: pullSecrets(props.imagePullSecrets) } : {}),
    ...scheduled.fields,
    ...(started.length > 0 ? { initContainers: started.map(({ container }) => container) } : {}),
    containers: [own.container],
    volumes: [
      ...unique(all.map(({ tmp }) => temporary(tmp))),
      ...unique(all.flatMap(({ configuration }) => fileVolumes(configuration.files))),
      ...podVolumes(volumes, name),
    ],
  };
  return {
    template: { metadata: metadataOf(input, carriers), spec },
    complete: (json) => {
      for (const container of [...(json.initContainers ?? []), ...json.containers]) {
        const lifecycle = all.find((made) => made.container.name === container.name)?.hooks.json;
        if (lifecycle) container.lifecycle = lifecycle;
      }
    },
    files: carriers.files,
    outputs: carriers.outputs,
    claims: claimsOf(volumes, name),
    restartsOn: restartSources(
      all.flatMap(({ configuration }) => configuration.restartsOn),
      restartsOnVolumes(volumes),
    ),
    references: all.flatMap((made) => withPlace(made.place, made.references)),
    problems: [
      ...all.flatMap((made) => [...made.problems, ...withPlace(made.place, checkSleep(made.hooks, graceSeconds))]),
      ...checkHelpers(helpersOf(props), name),
      ...checkHelperPorts(ports, new Map(helpers.map(({ place, ports: taken }) => [place, taken]))),
      ...problems,
      ...scheduled.problems,
      ...checkVolumes(volumes),
      ...checkMounts(spec, volumes),
      ...carriers.checkSizes(),
      ...checkImageUser(
        props.user,
        all.flatMap(({ configuration }) => Object.values(configuration.files)),
        volumes,
      ),
    ],
  };
}

const DEFAULT_USER = 10_001;
/** Name of the volume at `/tmp` of the workload's own container, and of those that inherit from it. */
const TMP = "tmp";

function metadataOf(input: PodInput, carriers: Carriers): k8s.ObjectMeta {
  const version = imageVersion(input.props.image);
  // What runs to its end reads its files once, and is another version with any of them.
  const { known, outputs } = carriers.digests(input.kind === "job");
  const annotations = {
    ...input.props.podAnnotations,
    ...(known === undefined ? {} : { [ANNOTATION.configHash]: known }),
    ...(outputs === undefined ? {} : { [ANNOTATION.outputsHash]: outputs }),
  };
  return {
    labels: { ...input.labels, ...(version === undefined ? {} : { [LABEL.version]: version }) },
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
  };
}

function pullSecrets(names: readonly string[]): k8s.LocalObjectReference[] {
  return listOf(names).map((name) => ({ name }));
}

/** A container of the pod, and what others are made from it. */
interface PodContainer extends MadeContainer {
  /** Its place in the props; empty for the workload's own. */
  readonly place: string;
  readonly configuration: Configuration;
  readonly tmp: string;
}

function ownContainer(input: PodInput, carriers: Carriers): PodContainer {
  const { props, name } = input;
  const configuration = configure({ ...props, env: { ...input.variables, ...props.env } }, carriers);
  const made = makeContainer({
    name,
    image: props.image,
    props,
    configuration,
    mounts: ownMounts(withoutFalse(props.volumes), props.mounts ?? {}),
    tmp: TMP,
    ports: input.ports,
    probes: input.probes,
    drains: input.kind === "service",
    user: props.user ?? DEFAULT_USER,
    sizes: input.sizes,
    disk: diskOfEmptyVolumes(withoutFalse(props.volumes)),
  });
  return { ...made, place: "", configuration, tmp: TMP };
}

interface HelperContainer extends PodContainer {
  readonly helper: HelperProps;
  readonly ports: readonly PortSpec[];
  readonly probes: Probes;
}

function helperContainer(helper: HelperProps, own: PodContainer, input: PodInput, carriers: Carriers): HelperContainer {
  const { kind, name, props } = helper;
  const place = placeOf(helper);
  const { mounts = {} } = input.props;
  const volumes = withoutFalse(input.props.volumes);
  const its = configure(props, carriers, name);
  const configuration = inherits(helper) ? inherit(its, own.configuration) : its;
  const ports = kind === "sidecar" ? sidecarPorts(props, input.ports) : [];
  const health = makeProbes(kind === "sidecar" ? (props.health ?? false) : false, ports);
  const tmp = inherits(helper) ? TMP : volumeName(TMP, name);
  const made = makeContainer({
    name,
    image: props.image ?? input.props.image,
    props: kind === "sidecar" ? props : { ...props, lifecycle: undefined },
    configuration,
    mounts: inherits(helper)
      ? ownMounts(volumes, { ...mounts, ...props.mounts })
      : extraMounts(volumes, props.mounts ?? {}),
    tmp,
    ports,
    probes: health.probes,
    drains: false,
    user: input.props.user ?? DEFAULT_USER,
    sizes: input.sizes,
    disk: 0,
  });
  return {
    ...made,
    container: kind === "sidecar" ? { ...made.container, restartPolicy: "Always" } : made.container,
    problems: withPlace(place, [
      ...made.problems,
      ...(kind === "sidecar" ? checkPorts(props.ports) : []),
      ...health.problems,
    ]),
    helper,
    place,
    configuration,
    tmp,
    ports,
    probes: health.probes,
  };
}

function placeInOrder({ kind, name, props }: HelperProps, probes: Probes): Helper {
  return { kind, name, after: props.after ?? {}, hasStartupProbe: probes.startupProbe !== undefined };
}

function temporary(name: string): k8s.Volume {
  return { name, emptyDir: { sizeLimit: k8s.Quantity.fromString("512Mi") } };
}

/** Volumes of several containers, each once. */
function unique(volumes: readonly k8s.Volume[]): k8s.Volume[] {
  return [...new Map(volumes.map((volume) => [volume.name, volume])).values()];
}
