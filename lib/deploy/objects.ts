import type { CustomResource, CustomResourceOptions, Output, Resource } from "@pulumi/pulumi";
import { loadPulumi } from "../core/pulumi";
import type { EnvironmentScope } from "../core/scope";
import { formatJsonPath, isOutput } from "../core/tokens";
import type { Draft, DraftGroup, DraftObject } from "../plan/draft";
import { groupKindOf, isPrecious } from "../plan/kinds";
import { deliveredBy } from "../plan/stages";
import type { Components } from "../plan/run-cloud";
import { formerTokens, typeToken } from "./aliases";
import { KubernetesProviders, kubernetesVersion } from "./providers";
import type { CheckedContract } from "./read-contract";
import { type CloudResources, resolveOutputs } from "./resolve";

// Fields of a Secret whose values nobody may read.
const SECRET_FIELDS: readonly string[] = ["data", "stringData"];

/** Values of outputs by place, for those who render: `null` stands for a secret, and for whatever a Secret carries. */
export type ExportedOutputs = Record<string, Output<unknown> | null>;

/**
 * Registers each object that Pulumi delivers as one resource, after those that it depends on.
 *
 * @param checked - the contract of the platform's stack, where the program reads it
 * @returns what outputs became, by place
 */
export function registerObjects(
  draft: Draft,
  components: Components,
  cloud: CloudResources,
  checked?: CheckedContract,
): ExportedOutputs {
  // Abstract in Pulumi's types; the SDK is loaded only now, so the class cannot stand outside.
  const KubernetesObject = class extends loadPulumi().CustomResource {};
  const providers = new KubernetesProviders(draft.environment, checked);
  const version = kubernetesVersion();
  const registered = new Map<DraftObject, CustomResource>();
  const groups = new Map<DraftGroup, readonly CustomResource[]>();
  const outputs: ExportedOutputs = {};
  for (const object of draft.objects) {
    if (deliveredBy(object, draft.environment) !== "pulumi") continue;
    const { json } = object;
    const properties = resolveOutputs(json, cloud, (path, output) => {
      const isCarried = isSecret(json) && SECRET_FIELDS.includes(String(path[0]));
      outputs[`${object.id}#${formatJsonPath(path)}`] = isCarried ? null : unlessSecret(output);
    });
    const options: CustomResourceOptions = {
      ...optionsOf(object, draft.environment),
      parent: components.of(object.component),
      provider: providers.of(object.cluster),
      version,
      dependsOn: dependenciesOf(object, registered, groups),
    };
    const token = `${typeToken(json.apiVersion, json.kind)}${isMadeByKubernetes(json) ? "Patch" : ""}`;
    registered.set(object, new KubernetesObject(token, nameOf(object), withSecrets(object, properties), options));
  }
  return outputs;
}

/** Pulumi's name of an object: `<cluster>/<namespace>/<name>`. */
export function nameOf({ cluster, json }: DraftObject): string {
  const { namespace, name } = json.metadata;
  return [cluster.name, ...(namespace === undefined ? [] : [namespace]), name].join("/");
}

function optionsOf({ json }: DraftObject, environment: EnvironmentScope): CustomResourceOptions {
  const isProduction = environment.tierLike === "production";
  return {
    aliases: formerTokens(json.apiVersion, json.kind).map((type) => ({ type })),
    ...(isProduction && isPrecious(json) ? { protect: true } : {}),
    ...(isSecret(json) ? { additionalSecretOutputs: [...SECRET_FIELDS] } : {}),
  };
}

function dependenciesOf(
  object: DraftObject,
  registered: ReadonlyMap<DraftObject, CustomResource>,
  groups: Map<DraftGroup, readonly CustomResource[]>,
): Resource[] {
  const found = (objects: readonly DraftObject[]): CustomResource[] =>
    objects.flatMap((other) => registered.get(other) ?? []);
  const before = new Set(found(object.dependsOn));
  for (const group of object.dependsOnGroups) {
    const members = groups.get(group) ?? found(group.members);
    groups.set(group, members);
    for (const member of members) before.add(member);
  }
  return [...before];
}

/**
 * Kubernetes makes the default ServiceAccount of each namespace, and Pulumi's provider creates nothing that exists. As a patch it sets
 * only the fields of the program (it makes the object if Kubernetes is not that far yet), and gives them up when it goes.
 *
 * @see https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/#patch-a-resource
 */
function isMadeByKubernetes(json: DraftObject["json"]): boolean {
  return groupKindOf(json) === "core/ServiceAccount" && json.metadata.name === "default";
}

function isSecret(json: DraftObject["json"]): boolean {
  return groupKindOf(json) === "core/Secret";
}

/** Values of a Secret are secret to Pulumi too, wherever they come from. */
function withSecrets({ json }: DraftObject, properties: unknown): Record<string, unknown> {
  const { secret } = loadPulumi();
  const copy = { ...(properties as Record<string, unknown>) };
  if (!isSecret(json)) return copy;
  for (const field of SECRET_FIELDS) {
    const values = copy[field];
    if (typeof values !== "object" || values === null) continue;
    if (isOutput(values)) copy[field] = secret(values);
    else
      copy[field] = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, secret(value as unknown)]));
  }
  return copy;
}

function unlessSecret(output: Output<unknown>): Output<unknown> {
  const { isSecret: asks, output: lift } = loadPulumi();
  return lift(asks(output)).apply((secret): unknown => (secret ? null : output));
}
