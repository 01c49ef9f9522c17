/** What a connection leads to. */
export type TargetKind = "endpoint" | "resource" | "external";

/** That one construct uses something: said once, read by whoever wants to know who uses what. */
export interface Relation {
  /** Identity of the target: path of a construct, with an endpoint after a dot. */
  readonly to: string;
  /** What the target is. */
  readonly kind: TargetKind;
  /** What the construct calls it, sorted: a target may have several names. */
  readonly names: readonly string[];
  /** Name of the target's tenant; none for what belongs to the environment. */
  readonly tenant: string | undefined;
}
