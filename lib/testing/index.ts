import type { KubeObject } from "../core/amend";
import { FlagstoneError } from "../core/errors";
import type { Contract } from "../core/contract";
import { programOf } from "../core/host";
import type { Finding } from "../core/findings";
import { show } from "../core/keys";
import { quoted } from "../core/lists";
import { Environment } from "../platform/environment";
import type { Names, PlatformDefinition } from "../platform/facts";
import { Program } from "../platform/program";
import { Tenant } from "../platform/tenant";
import { Cluster } from "../clusters/cluster";
import { type Reading, readEnvironment, readTree } from "../plan/read";
import type { Plan, PlanCloudResource, PlanObject } from "../plan/plan";
import { render } from "../render/render";

export type { KubeObject } from "../core/amend";
export type { Finding } from "../core/findings";
export type {
  Plan,
  PlanCloudResource,
  PlanCluster,
  PlanConstruct,
  PlanEnvironment,
  PlanObject,
  PlanOrigin,
  PlanRelation,
  PlanSetting,
} from "../plan/plan";

/** Kinds whose fields are worth typing in a test; any other kind is plain JSON. */
export interface Kinds {
  /** Replicas and containers. */
  readonly Deployment: KubeObject & { readonly spec: DeploymentSpec };
  /** Ports. */
  readonly Service: KubeObject & {
    readonly spec: { readonly ports: readonly { readonly name: string; readonly port: number }[] };
  };
  /** Bounds. */
  readonly HorizontalPodAutoscaler: KubeObject & {
    readonly spec: { readonly minReplicas: number; readonly maxReplicas: number };
  };
}

interface DeploymentSpec {
  readonly replicas?: number;
  readonly template: {
    readonly metadata: KubeObject["metadata"];
    readonly spec: {
      readonly containers: readonly ContainerView[];
      /** Sidecars are among them. */
      readonly initContainers?: readonly ContainerView[];
    };
  };
}

interface ContainerView {
  readonly name: string;
  readonly image: string;
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: object }[];
  readonly [field: string]: unknown;
}

/** A preview that a test asks for. */
export interface AskedPreview {
  /** Its name, which is that of its stack. */
  readonly preview: string;
}

/** What a program declares in one environment, for tests. */
export interface PlanView {
  /** The Plan itself. */
  readonly plan: Plan;
  /** Everything that is wrong with the program, sorted by severity, path and rule. */
  readonly findings: readonly Finding[];
  /**
   * The one object of a kind and name.
   *
   * @param cluster - needed when several clusters have it
   * @throws FlagstoneError that lists what there is, when it is not exactly one
   */
  object<K extends keyof Kinds>(kind: K, name: string, cluster?: string): Kinds[K];
  object(kind: string, name: string, cluster?: string): KubeObject;
  /** All objects, or all of a kind. */
  objects(kind?: string): readonly KubeObject[];
  /** All cloud resources, or all of a Pulumi type. */
  cloud(type?: string): readonly PlanCloudResource[];
  /** Who uses what, by their paths below the environment, as in `shop/checkout → payments/ledger.grpc`. */
  edges(): readonly string[];
  /** Everything as YAML, as rendering would write it, in order of path. */
  yaml(): string;
}

/**
 * What a program declares in one environment: no file, no stack, no engine, no mocks; as often as wanted.
 *
 * @param program - a platform or an application, whose `run` was called
 * @param environment - name of one of its environments, or `{ preview: "pr-12" }` for a preview of an application
 * @throws FlagstoneError when the program has no such environment
 * @example
 * ```ts
 * import { planOf } from "flagstone/testing";
 * import { Application, Cluster, definePlatform, Tenant, WebService } from "flagstone";
 *
 * const acme = definePlatform("acme", { domain: "acme.example", environments: { dev: {} }, tenants: { shop: {} } });
 * const app = new Application("shop", { platform: acme, environments: { dev: { clusters: Cluster.fromKubeconfig() } } });
 * app.run((environment) => {
 *   new WebService(Tenant.fromName(environment, "shop"), "web", { image: "registry.acme.example/web:1.0.0" });
 * });
 * const plan = await planOf(app, "dev");
 * console.assert(plan.object("Deployment", "web").spec.replicas === 1);
 * ```
 */
export async function planOf<X extends Names>(
  program: Program<X>,
  environment: X["environment"] | AskedPreview,
): Promise<PlanView>;
/**
 * The same for what `run` returned, which is the only thing that a program's file exports: Pulumi makes every export an output.
 *
 * @param contract - `flagstone` of the program's file
 * @param environment - name of one of its environments, or `{ preview: "pr-12" }` for a preview of an application
 * @throws FlagstoneError when it is not what `run` returned, or the program has no such environment
 */
export async function planOf(contract: Contract, environment: string | AskedPreview): Promise<PlanView>;
export async function planOf(given: Program | Contract, asked: string | AskedPreview): Promise<PlanView> {
  const program = given instanceof Program ? given : programOf(given);
  if (!program) throw new FlagstoneError("planOf takes a platform, an application, or what their run returned");
  if (!program.defined) throw new FlagstoneError(`${program.name}: run was never called, so there is nothing to plan`);
  const name: unknown = typeof asked === "object" && asked !== null ? asked.preview : asked;
  if (typeof name !== "string")
    throw new FlagstoneError(
      `planOf(${program.name}, …) takes an environment, and was given ${show(asked)}; known are ${quoted(program.environmentNames)}`,
    );
  return view(await readEnvironment(program, name));
}

/**
 * A tenant to try a construct in, without a program around it.
 *
 * @example
 * ```ts
 * import { testTenant } from "flagstone/testing";
 * import { definePlatform, WebService } from "flagstone";
 *
 * const acme = definePlatform("acme", { domain: "acme.example", environments: { prod: { tier: "production" } }, tenants: { shop: {} } });
 * const shop = testTenant(acme, "prod", "shop");
 * new WebService(shop, "web", { image: "registry.acme.example/web:1.0.0" });
 * const plan = await shop.plan();
 * console.assert(plan.objects("PodDisruptionBudget").length === 1);
 * ```
 */
export function testTenant<X extends Names>(
  platform: PlatformDefinition<X>,
  environment: X["environment"],
  tenant: X["tenant"],
): Tenant<X> & { plan(): Promise<PlanView> } {
  const clusters = Object.keys(platform.facts.environments[environment]?.clusters ?? { main: {} });
  const given = Object.fromEntries(clusters.map((name) => [name, Cluster.fromKubeconfig()]));
  const scope = Environment.make(platform, environment, { name: "test", ownsNamespaces: false }, { clusters: given });
  const made = Tenant.fromName<X>(scope as Environment<X>, tenant);
  return Object.assign(made, { plan: async () => view(await readTree(scope)) });
}

function view({ draft, plan }: Reading): PlanView {
  const find = (kind: string, name: string, cluster?: string): KubeObject => {
    const isMeant = (object: PlanObject): boolean =>
      object.kind === kind && object.name === name && (cluster === undefined || object.cluster === cluster);
    const found = plan.objects.filter(isMeant);
    const [only] = found;
    if (only && found.length === 1) return only.manifest;
    const ids = (found.length > 1 ? found : plan.objects).map(({ id }) => `  ${id}`);
    const errors = plan.findings.filter(({ severity }) => severity === "error");
    throw new FlagstoneError(
      [
        `there ${found.length === 1 ? "is" : "are"} ${found.length} of ${kind} "${name}"${cluster === undefined ? "" : ` in cluster "${cluster}"`}; the plan has`,
        ...(ids.length > 0 ? ids : ["  nothing"]),
      ].join("\n"),
      errors,
    );
  };
  return {
    plan,
    findings: plan.findings,
    object: find,
    objects: (kind) =>
      plan.objects.filter((object) => kind === undefined || object.kind === kind).map(({ manifest }) => manifest),
    cloud: (type) => plan.cloud.filter((resource) => type === undefined || resource.type === type),
    edges: () => plan.relations.map(({ from, to }) => `${below(from)} → ${below(to)}`).sort(),
    yaml: () => [...render(draft).files].map(([path, text]) => `# ${path}\n${text}`).join("---\n"),
  };
}

/** A path without its environment. */
function below(path: string): string {
  return path.slice(path.indexOf("/") + 1);
}
