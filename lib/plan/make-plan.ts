import type { Component } from "../core/component";
import { compare, type Finding, sortFindings } from "../core/findings";
import { type EnvironmentScope, findTenant, stackNameOf, type TenantScope } from "../core/scope";
import { tokenSources } from "../core/tokens";
import { findingAt } from "./collect";
import type { Draft, DraftObject } from "./draft";
import { maskManifest } from "./mask";
import {
  type Plan,
  PLAN_VERSION,
  type PlanCloudResource,
  type PlanConstruct,
  type PlanObject,
  type PlanOrigin,
  type PlanRelation,
} from "./plan";
import { type RecordedResource, Recorder } from "./recorder";
import { type CloudProblem, Components, runCloud } from "./run-cloud";
import { settingsOf } from "./settings";
import { deliveredBy } from "./stages";

/**
 * The Plan of a draft. Loads Pulumi's SDK only when the draft has cloud resources.
 *
 * @param recorder - what recorded the program while it declared
 * @param outside - resources that the program made while it was loaded
 */
export async function makePlan(
  draft: Draft,
  recorder?: Recorder,
  outside: readonly RecordedResource[] = [],
): Promise<Plan> {
  const { environment } = draft;
  const recorded = await recordCloud(draft, recorder);
  const resources = [...outside, ...recorded.resources];
  const findings = recorded.problems.map(({ declaration, problem }): Finding => {
    const component = declaration.construct as Component;
    return findingAt({ component, tenant: findTenant(component) }, problem);
  });
  return {
    planVersion: PLAN_VERSION,
    program: environment.programName,
    platform: environment.platformName,
    environment: {
      name: stackNameOf(environment),
      ...(environment.preview ? { preview: { from: environment.name } } : {}),
      tier: environment.tier,
      tierLike: environment.tierLike,
      domain: environment.domain,
      delivery: environment.delivery,
    },
    clusters: environment.clusters.map(({ name, region, labels, capabilities }) => ({
      name,
      labels,
      capabilities: capabilities.map((capability) => capability.name).sort(),
      ...(region === undefined ? {} : { region }),
    })),
    constructs: draft.components.map(planConstruct).sort((a, b) => comparePaths(a.path, b.path)),
    relations: draft.components
      .flatMap(planRelations)
      .sort((a, b) => comparePaths(a.from, b.from) || compare(a.to, b.to)),
    objects: draft.objects.map((object) => planObject(object, environment, resources)),
    cloud: resources.map((resource) => planCloudResource(resource, draft)).sort((a, b) => compare(a.id, b.id)),
    findings: sortFindings([...draft.findings, ...findings]),
  };
}

/** Runs the functions of `cloud()`, which must not happen in a program that has errors, and says what was registered. */
async function recordCloud(
  draft: Draft,
  recorder: Recorder | undefined,
): Promise<{ readonly resources: readonly RecordedResource[]; readonly problems: readonly CloudProblem[] }> {
  const { cloud, findings, environment } = draft;
  const runs = cloud.length > 0 && !findings.some(({ severity }) => severity === "error");
  if (!runs) return { resources: (await recorder?.finish()) ?? [], problems: [] };
  const running = recorder ?? Recorder.start(environment.programName, stackNameOf(environment));
  const { problems } = runCloud(cloud, new Components(environment));
  return { resources: await running.finish(), problems };
}

/** Parents before children, siblings by id. */
function comparePaths(a: string, b: string): number {
  return compare(a.replaceAll("/", "\0"), b.replaceAll("/", "\0"));
}

function planConstruct(component: Component): PlanConstruct {
  const { construct, constructType, ...origin } = originOf(component, findTenant(component));
  return {
    path: construct,
    type: constructType,
    ...origin,
    clusters: component.clusters.map(({ name }) => name),
    settings: settingsOf(component.traces, (name, value) => component.meaningOf(name, value)),
  };
}

function planRelations(component: Component): PlanRelation[] {
  const tenant = findTenant(component)?.name;
  return component.relations.map(({ tenant: toTenant, ...relation }) => ({
    from: component.node.path,
    ...(tenant === undefined ? {} : { fromTenant: tenant }),
    ...relation,
    ...(toTenant === undefined ? {} : { toTenant }),
  }));
}

function originOf(component: Component, tenant: TenantScope | undefined): PlanOrigin {
  return {
    construct: component.node.path,
    constructType: component.constructor.name,
    ...(component.declaredAt ? { source: component.declaredAt } : {}),
    ...(tenant ? { tenant: tenant.name } : {}),
    owner: tenant?.owners[0] ?? "platform",
  };
}

function planObject(
  object: DraftObject,
  environment: EnvironmentScope,
  resources: readonly RecordedResource[],
): PlanObject {
  const { json, cluster, component, tenant } = object;
  return {
    id: object.id,
    environment: stackNameOf(environment),
    cluster: cluster.name,
    apiVersion: json.apiVersion,
    kind: json.kind,
    ...(json.metadata.namespace === undefined ? {} : { namespace: json.metadata.namespace }),
    name: json.metadata.name,
    path: object.construct.node.path,
    ...originOf(component, tenant),
    deliveredBy: deliveredBy(object, environment),
    dependsOn: [...new Set([...object.dependsOn.map(({ id }) => id), ...cloudDependencies(object, resources)])].sort(),
    dependsOnConstructs: [...new Set(object.dependsOnGroups.map(({ path }) => path))].sort(),
    manifest: maskManifest(json),
  };
}

/** Ids of the cloud resources whose outputs an object carries. */
function cloudDependencies(object: DraftObject, resources: readonly RecordedResource[]): string[] {
  if (!object.hasOutputs) return [];
  return [...tokenSources(object.json)].flatMap((source) => {
    if (source.kind !== "ref" || source.ref.source.kind !== "cloud") return [];
    const { name, construct } = source.ref.source.declaration;
    const found = resources.find((resource) => resource.name === name && resource.construct === construct.node.path);
    return found ? [`${found.type}::${found.name}`] : [];
  });
}

function planCloudResource(resource: RecordedResource, draft: Draft): PlanCloudResource {
  const component = draft.components.find(({ node }) => node.path === resource.construct) ?? draft.environment;
  return {
    id: `${resource.type}::${resource.name}`,
    environment: stackNameOf(draft.environment),
    type: resource.type,
    name: resource.name,
    ...originOf(component, findTenant(component)),
    deliveredBy: "pulumi",
    ours: resource.construct !== undefined,
    protect: resource.protect,
    dependsOn: resource.dependsOn,
    inputs: resource.inputs,
  };
}
