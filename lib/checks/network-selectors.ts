/**
 * A label selector of Kubernetes.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */
export interface LabelSelector {
  /** Labels that must be there with these values. */
  readonly matchLabels?: Labels | undefined;
  /** Requirements, all of which must hold. */
  readonly matchExpressions?: readonly LabelRequirement[] | undefined;
}

/** One requirement of a {@link LabelSelector}. */
export interface LabelRequirement {
  readonly key: string;
  /** `In`, `NotIn`, `Exists` or `DoesNotExist`. */
  readonly operator: string;
  readonly values?: readonly string[] | undefined;
}

/** Labels of an object. */
export type Labels = Readonly<Record<string, string>>;

/** Whether a selector selects what has these labels. An empty selector selects everything. */
export function selects(selector: LabelSelector, labels: Labels): boolean {
  return (
    Object.entries(selector.matchLabels ?? {}).every(([key, value]) => valueOf(labels, key) === value) &&
    (selector.matchExpressions ?? []).every((requirement) => holds(requirement, labels))
  );
}

function holds({ key, operator, values = [] }: LabelRequirement, labels: Labels): boolean {
  const value = valueOf(labels, key);
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      // What has no such label is not in the list either.
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    default:
      // The API server refuses it, so nothing is admitted by it.
      return false;
  }
}

function valueOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

/** The values of a label of which a selector demands one; undefined where it leaves that open. */
export function demandedValues(selector: LabelSelector, key: string): readonly string[] | undefined {
  const value = valueOf(selector.matchLabels ?? {}, key);
  if (value !== undefined) return [value];
  return selector.matchExpressions?.find((one) => one.key === key && one.operator === "In")?.values;
}
