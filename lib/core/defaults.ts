import type { Construct, IConstruct } from "constructs";
import type { Problem } from "./findings";
import { checkRecord } from "./keys";
import { isPlainObject, type LayerName, type MergedLayers, mergeLayers, type Merging } from "./merge";
import { checkProps, checkScope } from "./place";
import { findEnvironment, findTenant } from "./scope";

/** Any class of constructs: `new (scope, id, props)`. */
export type ConstructClass = abstract new (scope: never, id: never, props: never) => Construct;

/** The props that a class of constructs takes. */
export type PropsOf<C extends ConstructClass> = C extends abstract new (
  scope: never,
  id: never,
  props: infer P extends object,
) => unknown
  ? P
  : never;

/** What one class made of its layers. */
export interface DefaultsTrace extends Pick<MergedLayers<object>, "values" | "overridden"> {
  readonly kind: ConstructClass;
  /** What is wrong with what it was given. */
  readonly problems: readonly Problem[];
}

/**
 * Defaults for exactly one class; made by {@link defaultsFor}.
 *
 * @example
 * ```ts
 * import { type Default, defaultsFor, WebService } from "flagstone";
 *
 * export const patient: Default = defaultsFor(WebService, { gracePeriod: "60s" });
 * ```
 */
export class Default {
  /** @internal */
  public constructor(
    /** @internal */
    public readonly kind: ConstructClass,
    /** @internal */
    public readonly values: object,
  ) {}
}

/**
 * Defaults for a class of constructs, to be listed under `defaults` of a platform, an environment or a tenant.
 *
 * They hold for exactly this class, and so for what its subclasses pass on to it; a golden path has its own besides. Layers are
 * own < platform < environment < tenant < props. Records of workloads, as `env`, `files`, `sidecars` and `scheduling`, merge by key, and
 * init containers and sidecars as workloads do; everything else is replaced. `undefined` means "not said", and `false` takes away a
 * file, a volume, an init container or a sidecar of a lower layer.
 *
 * @param kind - the class
 * @param defaults - some of its props
 * @example
 * ```ts
 * import { defaultsFor, definePlatform, WebService } from "flagstone";
 *
 * export const acme = definePlatform("acme", {
 *   domain: "acme.example",
 *   environments: { prod: { tier: "production" } },
 *   defaults: [defaultsFor(WebService, { gracePeriod: "60s" })],
 * });
 * ```
 */
export function defaultsFor<C extends ConstructClass>(kind: C, defaults: Partial<PropsOf<C>>): Default {
  return new Default(kind, defaults);
}

/** How the props of a class merge; subclasses inherit the static properties. */
function mergingOf(kind: ConstructClass): Merging {
  const { recordProps = [], nestedProps = [] } = kind as Partial<
    Record<`${"record" | "nested"}Props`, readonly string[]>
  >;
  return { records: recordProps, nested: nestedProps };
}

const UNKNOWN: Problem = { rule: "props/unknown", message: 'unknown property "__proto__"', fix: "leave it out" };

/** What of a layer can be merged: a record that is none would be taken for something else, or for nothing. */
function soundOf(values: object, { records, nested }: Merging, problems: Problem[]): object {
  const sound = Object.entries(values).filter(([name, value]: [string, unknown]) => {
    const isRecord = records.includes(name) || nested.includes(name);
    const found = name === "__proto__" ? [UNKNOWN] : isRecord ? checkRecord(name, value) : [];
    if (nested.includes(name) && isPlainObject(value))
      for (const [key, item] of Object.entries(value))
        if (item !== false) found.push(...checkRecord(`${name}.${key}`, item));
    problems.push(...found);
    return found.length === 0;
  });
  return Object.fromEntries(sound);
}

/** Resolves the props of exactly this class at this place in the tree. */
export function resolveDefaults<P extends object>(
  kind: ConstructClass,
  scope: IConstruct,
  props: P,
  own: Partial<P>,
): { readonly props: P; readonly trace: DefaultsTrace } {
  const environment = findEnvironment(scope);
  const layers: { layer: LayerName; values: object }[] = [{ layer: "own", values: own }];
  for (const { layer, defaults } of [
    ...(environment?.defaultLayers ?? []),
    ...(findTenant(scope)?.defaultLayers ?? []),
  ]) {
    for (const item of defaults) {
      if (item.kind !== kind) continue;
      environment?.consumedDefaults.add(item);
      layers.push({ layer, values: item.values });
    }
  }
  layers.push({ layer: "props", values: props });
  const merging = mergingOf(kind);
  const problems: Problem[] = [];
  const sound = layers.map(({ layer, values }) => ({ layer, values: soundOf(values, merging, problems) }));
  const { props: merged, values, overridden } = mergeLayers<P>(sound, merging);
  return { props: merged, trace: { kind, values, overridden, problems } };
}

// A golden path merges before it calls super(), when there is no construct yet to keep the trace. It is kept by scope until the
// construct that it was for is made, so that `explain` can name the layer of every value.
const pending = new WeakMap<IConstruct, DefaultsTrace[]>();

/**
 * For golden paths: what the caller gave, on top of the defaults of this class. Call it before `super()`, and pass on the result.
 *
 * Layers are own < platform < environment < tenant < props. `flagstone explain` shows the layer of each value.
 *
 * @param kind - the class itself
 * @param scope - the scope that its constructor was given
 * @param props - the props that its constructor was given
 * @param own - what the class says when nobody else does
 * @example
 * ```ts
 * import { WebService, withDefaults, type WebServiceProps } from "flagstone";
 * import type { Construct } from "constructs";
 *
 * export class AcmeWebService<E extends string = "http"> extends WebService<E> {
 *   constructor(scope: Construct, id: string, props: WebServiceProps<E>) {
 *     super(scope, id, withDefaults(AcmeWebService, scope, props, { health: "/healthz" }));
 *   }
 * }
 * ```
 */
export function withDefaults<P extends object>(kind: ConstructClass, scope: Construct, props: P, own: Partial<P>): P {
  checkScope(kind, scope);
  checkProps(kind, scope, props);
  const resolved = resolveDefaults(kind, scope, props, own);
  const waiting = pending.get(scope);
  if (waiting) waiting.push(resolved.trace);
  else pending.set(scope, [resolved.trace]);
  return resolved.props;
}

/** Takes the traces that golden paths left for a construct of this class, most derived first. */
export function takeTraces(scope: IConstruct | undefined, construct: object): DefaultsTrace[] {
  const waiting = scope && pending.get(scope);
  if (!scope || !waiting) return [];
  const taken = waiting.filter(({ kind }) => construct instanceof kind);
  const left = waiting.filter((trace) => !taken.includes(trace));
  if (left.length > 0) pending.set(scope, left);
  else pending.delete(scope);
  return taken;
}
