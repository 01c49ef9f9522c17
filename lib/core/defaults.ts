import type { Construct, IConstruct } from "constructs";
import { type DefaultLayer, findEnvironment, findTenant } from "./scope";

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

/** Where a value came from: `own` is the class itself, `props` whoever called its constructor. */
export type LayerName = "own" | DefaultLayer["layer"] | "props";

/** Where one value came from. A key inside a record is written as `env.LOG_LEVEL`. */
export interface Provenance {
  readonly layer: LayerName;
  readonly value: unknown;
}

/** What one class made of its layers. */
export interface DefaultsTrace {
  readonly kind: ConstructClass;
  readonly values: ReadonlyMap<string, Provenance>;
  /** What lower layers said before a higher one replaced it, lowest first. */
  readonly overridden: ReadonlyMap<string, readonly Provenance[]>;
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
 * own < platform < environment < tenant < props. `env`, `files`, `labels`, `podAnnotations` and `transform` of workloads merge by key,
 * everything else is replaced, and `undefined` means "not said".
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

/** The names of a class's props that merge by key; subclasses inherit the static property. */
function recordProps(kind: ConstructClass): readonly string[] {
  return (kind as { recordProps?: readonly string[] }).recordProps ?? [];
}

/** Merges layers, lowest first, and says where each value came from. */
export function mergeLayers<P extends object>(
  layers: readonly { readonly layer: LayerName; readonly values: object }[],
  records: readonly string[],
): { readonly props: P } & Pick<DefaultsTrace, "values" | "overridden"> {
  const props: Record<string, unknown> = {};
  const values = new Map<string, Provenance>();
  const overridden = new Map<string, Provenance[]>();
  const set = (name: string, provenance: Provenance): void => {
    const before = values.get(name);
    if (before) overridden.set(name, [...(overridden.get(name) ?? []), before]);
    values.set(name, provenance);
  };
  for (const { layer, values: given } of layers) {
    for (const [key, value] of Object.entries(given) as [string, unknown][]) {
      if (value === undefined) continue;
      const before = props[key];
      if (records.includes(key) && isPlainObject(value)) {
        const merged: Record<string, unknown> = isPlainObject(before) ? { ...before } : {};
        for (const [name, item] of Object.entries(value)) {
          if (item === undefined) continue;
          merged[name] = item;
          set(`${key}.${name}`, { layer, value: item });
        }
        props[key] = merged;
      } else {
        props[key] = value;
        set(key, { layer, value });
      }
    }
  }
  return { props: props as P, values, overridden };
}

/** Whether a value is an object literal, and not an instance of a class or an array. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
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
  const { props: merged, values, overridden } = mergeLayers<P>(layers, recordProps(kind));
  return { props: merged, trace: { kind, values, overridden } };
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
