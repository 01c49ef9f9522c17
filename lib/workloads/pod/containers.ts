import type { k8s } from "cdk8s-plus-28";
import { checkAllowedImage } from "../../core/allowed";
import type { Problem } from "../../core/findings";
import { checkKeys } from "../../core/keys";
import { listOf } from "../../core/lists";
import { withoutFalse } from "../../core/merge";
import { checkDnsLabel } from "../../core/names";
import type { Allowed, Named } from "../../core/scope";
import type { Size } from "../../core/sizes";
import { containerPorts } from "../endpoints/endpoints";
import type { WorkloadProps } from "../types";
import { checkMountProps } from "./check-volumes";
import { computeResources } from "./compute";
import type { Configuration } from "./configuration";
import { checkFolders, fileMounts } from "./files";
import { type Hooks, makeHooks } from "./hooks";
import { checkImage } from "./image";
import { placeOf } from "./order";
import { portNumber, type PortSpec, portsOf } from "./ports";
import type { Probes } from "./probes";
import { orderVariables } from "./references";
import { containerSecurity } from "./security";
import type { ContainerProps, HelperContainerProps, InitProps, SidecarProps } from "./types";
import { checkWords } from "./words";

/** What any container of a pod is made of. */
export interface ContainerInput {
  readonly name: string;
  readonly image: string;
  readonly props: Omit<ContainerProps, "image">;
  readonly configuration: Configuration;
  /** Where it sees volumes of the workload. */
  readonly mounts: readonly k8s.VolumeMount[];
  /** Name of the volume at its `/tmp`. */
  readonly tmp: string;
  readonly ports: readonly PortSpec[];
  readonly probes: Probes;
  /** Whether traffic leads to it, which must stop before it ends. */
  readonly drains: boolean;
  readonly user: number | "image";
  readonly sizes: Named<Size>;
  /** Kibibytes of the node's disk that it may put into volumes. */
  readonly disk: number;
}

/** A container, and what of it is not in its object. */
export interface MadeContainer {
  readonly container: k8s.Container;
  readonly hooks: Hooks;
  /** Problems of variables that name others; connections give variables, too, once the whole program was declared. */
  readonly references: readonly Problem[];
  readonly problems: readonly Problem[];
}

/** Any container of a pod: the workload's own, an init container, a sidecar. */
export function makeContainer(input: ContainerInput): MadeContainer {
  const { props, configuration } = input;
  const compute = computeResources(props, input.sizes, input.disk);
  const hooks = makeHooks(props.lifecycle, input.ports, input.drains);
  const variables = orderVariables(configuration.variables, configuration.envFrom, configuration.ownVariables);
  const listed = input.ports.filter(({ listedElsewhere }) => listedElsewhere !== true);
  const volumeMounts = [{ name: input.tmp, mountPath: "/tmp" }, ...fileMounts(configuration.files), ...input.mounts];
  const container: k8s.Container = {
    name: input.name,
    image: input.image,
    imagePullPolicy: "Always",
    ...(props.command ? { command: [...listOf(props.command)] } : {}),
    ...(props.args ? { args: [...listOf(props.args)] } : {}),
    ...(props.workingDirectory === undefined ? {} : { workingDir: props.workingDirectory }),
    ...(listed.length > 0 ? { ports: containerPorts(listed) } : {}),
    ...(configuration.envFrom.length > 0 ? { envFrom: [...configuration.envFrom] } : {}),
    ...(variables.env.length > 0 ? { env: [...variables.env] } : {}),
    resources: compute.resources,
    securityContext: containerSecurity(input.user),
    volumeMounts,
    ...input.probes,
  };
  return {
    container,
    hooks,
    references: variables.problems,
    problems: [
      ...checkWords("command", props.command),
      ...checkWords("args", props.args),
      ...compute.problems,
      ...hooks.problems,
      ...configuration.problems,
      ...checkFolders(configuration.files, volumeMounts),
      ...checkMountProps(props.mounts ?? {}),
    ],
  };
}

/** An init container or a sidecar, as it was given. */
export type HelperProps =
  | { readonly kind: "init"; readonly name: string; readonly props: InitProps }
  | { readonly kind: "sidecar"; readonly name: string; readonly props: SidecarProps };

/** Init containers and sidecars in the order in which they start where nothing else is said. */
export function helpersOf({
  init = {},
  sidecars = {},
}: Pick<WorkloadProps<string>, "init" | "sidecars">): HelperProps[] {
  return [
    ...Object.entries(withoutFalse(sidecars)).map(([name, props]) => ({ kind: "sidecar", name, props }) as const),
    ...Object.entries(withoutFalse(init)).map(([name, props]) => ({ kind: "init", name, props }) as const),
  ];
}

/** Whether it has what the workload's own container has. */
export function inherits({ kind, props }: HelperProps): boolean {
  return props.inherit ?? kind === "init";
}

/** Props that every container has. */
export const CONTAINER_KEYS = [
  "image",
  "allowMutableImage",
  "command",
  "args",
  "workingDirectory",
  "env",
  "envFrom",
  "files",
  "mounts",
  "size",
  "cpu",
  "memory",
  "ephemeralStorage",
  "gpus",
] satisfies (keyof ContainerProps)[];
const HELPER_KEYS = [...CONTAINER_KEYS, "after", "inherit"] satisfies (keyof HelperContainerProps)[];
const SIDECAR_KEYS = [...HELPER_KEYS, "lifecycle", "ports", "health"] satisfies (keyof SidecarProps)[];

/** What is wrong with names and keys of init containers and sidecars. */
export function checkHelpers(helpers: readonly HelperProps[], workload: string): Problem[] {
  const taken = new Map<string, string>([[workload, "the workload's own container"]]);
  return helpers.flatMap((helper) => {
    const { kind, name, props } = helper;
    const place = placeOf(helper);
    const problems = [
      ...checkKeys(place, props, kind === "init" ? HELPER_KEYS : SIDECAR_KEYS),
      ...checkDnsLabel(kind === "init" ? "init container" : "sidecar", name),
    ];
    if (/^\d+$/.test(name)) {
      problems.push({
        rule: "containers/name",
        message: `${place} has a name of digits only, which JavaScript puts before all others, in the order of the numbers`,
        fix: `begin it with a letter, as in "step-${name}"`,
      });
    }
    const other = taken.get(name);
    if (other !== undefined) {
      problems.push({
        rule: "containers/taken",
        message: `${place} has the name of ${other}`,
        fix: "give it another name",
      });
    }
    taken.set(name, place);
    return problems;
  });
}

/** Ports of a sidecar; an endpoint leads to whichever container listens, so one of them may be listed by the workload's own. */
export function sidecarPorts({ ports }: SidecarProps, own: readonly PortSpec[]): PortSpec[] {
  const listed = new Set(own.map(portNumber));
  return portsOf(ports).map((port) => (listed.has(portNumber(port)) ? { ...port, listedElsewhere: true } : port));
}

/** What is wrong with the ports that sidecars take of the one address that all containers of a pod have. */
export function checkHelperPorts(
  own: readonly PortSpec[],
  sidecars: ReadonlyMap<string, readonly PortSpec[]>,
): Problem[] {
  const names = new Map(own.map(({ name }) => [name, "the workload's own container"]));
  const numbers = new Map<string, string>();
  const problems: Problem[] = [];
  for (const [place, ports] of sidecars) {
    const listed = ports.filter(({ listedElsewhere }) => listedElsewhere !== true);
    for (const { name } of listed)
      problems.push(...portTaken(`${place}.ports.${name}`, `the name "${name}"`, names.get(name)));
    for (const port of ports) {
      const number = portNumber(port);
      problems.push(...portTaken(`${place}.ports.${port.name}`, `port ${number}`, numbers.get(number)));
    }
    for (const { name } of listed) names.set(name, place);
    for (const port of ports) numbers.set(portNumber(port), place);
  }
  return problems;
}

function portTaken(where: string, what: string, by: string | undefined): Problem[] {
  if (by === undefined) return [];
  return [
    { rule: "ports/taken", message: `${where} has ${what}, which ${by} has, too`, fix: "give one of them another" },
  ];
}

/** Problems of the images of all containers: not references, not pinned, not the tenant's. */
export function checkImages(
  props: WorkloadProps<string>,
  options: { readonly production: boolean; readonly allowed: Pick<Allowed, "registries"> },
): Problem[] {
  const check = ({
    image,
    allowMutableImage = false,
  }: {
    image?: unknown;
    allowMutableImage?: boolean | undefined;
  }): Problem[] => [
    ...checkImage(image, { allowMutable: allowMutableImage, production: options.production }),
    ...checkAllowedImage(image, options.allowed),
  ];
  return [
    ...check(props),
    ...helpersOf(props).flatMap((helper) => {
      const { image } = helper.props;
      if (image !== undefined) return withPlace(placeOf(helper), check(helper.props));
      if (inherits(helper)) return [];
      return [
        {
          rule: "containers/image",
          message: `${placeOf(helper)} has no image, and does not inherit the workload's`,
          fix: "say its image, or inherit: true",
        },
      ];
    }),
  ];
}

/** Problems of one container among others. */
export function withPlace(place: string, problems: readonly Problem[]): readonly Problem[] {
  if (place === "") return problems;
  return problems.map((problem) => ({ ...problem, message: `${place}: ${problem.message}` }));
}
