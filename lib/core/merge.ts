/** A layer that says something: `own` is the class itself, `props` whoever called its constructor. */
export type LayerName = "own" | "platform" | "environment" | "tenant" | "props";

/** Where one value came from. A key inside a record is written as `env.LOG_LEVEL`. */
export interface Provenance {
  readonly layer: LayerName;
  readonly value: unknown;
}

/** How the props of a class merge through layers; whatever is not named is replaced. */
export interface Merging {
  /** Records, which merge by key. */
  readonly records: readonly string[];
  /** Those records whose entries are sets of props themselves: they merge as the props do, and `false` takes one away. */
  readonly nested: readonly string[];
}

/** What layers make together. */
export interface MergedLayers<P> {
  readonly props: P;
  readonly values: ReadonlyMap<string, Provenance>;
  /** What lower layers said before a higher one replaced it, lowest first. */
  readonly overridden: ReadonlyMap<string, readonly Provenance[]>;
}

/**
 * Merges layers, lowest first, and says where each value came from.
 *
 * An entry that is taken away is remembered: a higher layer that says anything of it has it again, with all that was said before. So it
 * does not matter how many golden paths merge what becomes the highest layer of the class below.
 */
export function mergeLayers<P extends object>(
  layers: readonly { readonly layer: LayerName; readonly values: object }[],
  merging: Merging,
): MergedLayers<P> {
  const root = new Slot();
  for (const { layer, values } of layers) layFields(root, values, layer, merging);
  const values = new Map<string, Provenance>();
  const overridden = new Map<string, readonly Provenance[]>();
  const trace = (name: string, slot: Slot): void => {
    const last = slot.said.at(-1);
    if (slot.isRecord) for (const [key, field] of slot.fields) trace(`${name}.${key}`, field);
    else if (last) {
      values.set(name, last);
      if (slot.said.length > 1) overridden.set(name, slot.said.slice(0, -1));
    }
  };
  for (const [name, slot] of root.fields) trace(name, slot);
  return { props: fieldsOf(root) as P, values, overridden };
}

/** What layers say of one prop, or of one entry of a record. */
class Slot {
  public readonly said: Provenance[] = [];
  public readonly fields = new Map<string, Slot>();
  /** Whether its fields are what holds, and not the last thing that was said. */
  public isRecord = false;

  public field(name: string): Slot {
    const field = this.fields.get(name) ?? new Slot();
    this.fields.set(name, field);
    return field;
  }
}

/** What a slot is in the props: a value that is replaced, a record, a record of sets of props, or one of these sets. */
type Kind = "value" | "record" | "nested" | "props";

function layFields(slot: Slot, given: object, layer: LayerName, merging: Merging): void {
  for (const [name, value] of Object.entries(given) as [string, unknown][]) {
    if (value === undefined) continue;
    const kind = merging.nested.includes(name) ? "nested" : merging.records.includes(name) ? "record" : "value";
    lay(slot.field(name), kind, { layer, value }, merging);
  }
}

function lay(slot: Slot, kind: Kind, said: Provenance, merging: Merging): void {
  slot.said.push(said);
  slot.isRecord = kind !== "value" && isPlainObject(said.value);
  if (!slot.isRecord) return;
  const { layer, value } = said;
  if (kind === "props") {
    layFields(slot, value as object, layer, merging);
    return;
  }
  for (const [name, item] of Object.entries(value as object) as [string, unknown][]) {
    if (item !== undefined)
      lay(slot.field(name), kind === "nested" ? "props" : "value", { layer, value: item }, merging);
  }
}

function fieldsOf(slot: Slot): Record<string, unknown> {
  return Object.fromEntries(
    [...slot.fields].map(([name, field]) => [name, field.isRecord ? fieldsOf(field) : field.said.at(-1)?.value]),
  );
}

/** The entries of a record but those that were taken away. */
export function withoutFalse<T>(record: Readonly<Record<string, T | false>> | undefined): Readonly<Record<string, T>> {
  const isLeft = (entry: [string, T | false]): entry is [string, T] => entry[1] !== false;
  return Object.fromEntries(Object.entries(record ?? {}).filter(isLeft));
}

/** Whether a value is an object literal, and not an instance of a class or an array. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
