// What an engine would do to the resources of one run to come to those of another.
// https://github.com/pulumi/pulumi/blob/master/pkg/resource/deploy/step_generator.go
import { isDeepStrictEqual } from "node:util";
import type { Up } from "./engine.ts";
import { parseToken, replacingFields } from "./kubernetes.ts";
import type { Registered } from "./registry.ts";
import { isRecord } from "./wire.ts";

export type Operation = "same" | "updated" | "replaced" | "created" | "deleted";

/** What happens to one resource. */
export interface Change {
  readonly urn: string;
  readonly operation: Operation;
  /** Fields or other things that differ. */
  readonly because: readonly string[];
  /** Why the engine, or the API server, would stop here. */
  readonly refused?: string | undefined;
}

const PROVIDER_PREFIX = "pulumi:providers:";
// What decides which cluster or account a provider means, when it has no identifier.
const TARGETS = ["kubeconfig", "context", "cluster", "region", "allowedAccountIds"];

/** What happens to each resource, those of `next` first. */
export function changesBetween(previous: Up, next: Up): Change[] {
  const before = new Map(previous.resources.map((resource) => [resource.urn, resource]));
  const after = new Map(next.resources.map((resource) => [resource.urn, resource]));
  const matched = new Map<string, string>();
  const changes = next.resources.map((resource): Change => {
    const { urn, aliases } = resource;
    const formerUrn = [urn, ...aliases].find((candidate) => before.has(candidate));
    const former = formerUrn === undefined ? undefined : before.get(formerUrn);
    if (!former || formerUrn === undefined) return { urn, operation: "created", because: [] };
    const other = matched.get(formerUrn) ?? (formerUrn !== urn && after.has(formerUrn) ? formerUrn : undefined);
    matched.set(formerUrn, urn);
    const refused = other === undefined ? undefined : `${formerUrn} is claimed by ${other} too`;
    const target = targetChange(former, resource, before, after);
    const change = differences(former, resource, target, providerOf(resource, after));
    return { urn, ...change, ...refusal(former, change.operation, refused) };
  });
  const gone = previous.resources.filter(({ urn }) => !matched.has(urn));
  return [
    ...changes.map((change) => withExisting(change, gone, before, after)),
    ...gone.map((former): Change => ({
      urn: former.urn,
      operation: "deleted",
      because: [],
      ...refusal(former, "deleted", undefined),
    })),
  ];
}

/** Changes of everything that exists outside of Pulumi's state: components are only names in it. */
export function realChanges(previous: Up, next: Up): Change[] {
  const components = new Set([...previous.resources, ...next.resources].flatMap((r) => (r.custom ? [] : [r.urn])));
  return changesBetween(previous, next).filter(({ urn, operation }) => operation !== "same" && !components.has(urn));
}

function differences(
  former: Registered,
  resource: Registered,
  target: string | undefined,
  provider: Readonly<Record<string, unknown>>,
): Pick<Change, "operation" | "because"> {
  if (target !== undefined) return { operation: "replaced", because: [target] };
  if (isDeepStrictEqual(former.inputs, resource.inputs)) return { operation: "same", because: [] };
  const fields = [...new Set([...Object.keys(former.inputs), ...Object.keys(resource.inputs)])].filter(
    (field) => !isDeepStrictEqual(former.inputs[field], resource.inputs[field]),
  );
  const replacing = parseToken(resource.type)
    ? replacingFields(resource.type, provider).filter(
        (path) => !isDeepStrictEqual(at(former.inputs, path), at(resource.inputs, path)),
      )
    : [];
  return replacing.length > 0
    ? { operation: "replaced", because: replacing }
    : { operation: "updated", because: fields.sort() };
}

/** Why a resource would be in another cluster or account than before; undefined when it would not. */
function targetChange(
  former: Registered,
  resource: Registered,
  before: ReadonlyMap<string, Registered>,
  after: ReadonlyMap<string, Registered>,
): string | undefined {
  const isProvider = resource.type.startsWith(PROVIDER_PREFIX);
  const old = isProvider ? former.inputs : providerOf(former, before);
  const now = isProvider ? resource.inputs : providerOf(resource, after);
  const [was, is] = [old["clusterIdentifier"], now["clusterIdentifier"]];
  if (was !== undefined && is !== undefined) return was === is ? undefined : "clusterIdentifier";
  return TARGETS.find((key) => !isDeepStrictEqual(old[key], now[key]));
}

/** Configuration of the provider of a resource. */
function providerOf(
  { provider }: Registered,
  resources: ReadonlyMap<string, Registered>,
): Readonly<Record<string, unknown>> {
  return (provider === undefined ? undefined : resources.get(provider)?.inputs) ?? {};
}

function refusal(
  former: Registered,
  operation: Operation,
  refused: string | undefined,
): Pick<Change, "refused"> | undefined {
  const isProtected = former.protect && (operation === "deleted" || operation === "replaced");
  const reason = refused ?? (isProtected ? "the resource is protected" : undefined);
  return reason === undefined ? undefined : { refused: reason };
}

/** Creation comes before deletion, so that an object which only changed its URN is already there. */
function withExisting(
  change: Change,
  gone: readonly Registered[],
  before: ReadonlyMap<string, Registered>,
  after: ReadonlyMap<string, Registered>,
): Change {
  const resource = after.get(change.urn);
  if (change.operation !== "created" || !resource) return change;
  const identity = identityOf(resource, after);
  const exists = identity !== undefined && gone.some((former) => identityOf(former, before) === identity);
  return exists ? { ...change, refused: "an object of this name already exists" } : change;
}

function identityOf(resource: Registered, resources: ReadonlyMap<string, Registered>): string | undefined {
  const token = parseToken(resource.type);
  const { metadata } = resource.inputs;
  if (!token || !isRecord(metadata)) return undefined;
  const { clusterIdentifier, context } = providerOf(resource, resources);
  return JSON.stringify([
    clusterIdentifier ?? context,
    token.group,
    token.kind,
    metadata["namespace"],
    metadata["name"],
  ]);
}

function at(value: unknown, path: string): unknown {
  return path.split(".").reduce((inner: unknown, key) => (isRecord(inner) ? inner[key] : undefined), value);
}
