// Programs with a value somewhere that no prop takes, as plain JavaScript, a cast or a file of JSON may bring it.
import { output } from "@pulumi/pulumi";
import { Lazy } from "cdk8s";
import fc from "fast-check";
import { type Sketch, sketches } from "./workloads";

const itself: { self?: unknown } = {};
itself.self = itself;

const JUNK: readonly unknown[] = [
  null,
  undefined,
  NaN,
  Infinity,
  -1,
  10n,
  true,
  Symbol("junk"),
  () => "junk",
  async () => undefined,
  new Date(0),
  new Map([["a", 1]]),
  Buffer.from("junk"),
  new (class Own {})(),
  Object.create(null),
  output("known after deployment"),
  Lazy.any({ produce: () => "late" }),
  "",
  "junk",
  "a\0b",
  "\ud800",
  // eslint-disable-next-line @typescript-eslint/restrict-template-expressions, @typescript-eslint/no-base-to-string -- the mistake that is meant
  `${output("known after deployment")}`,
  [],
  [null],
  [undefined, , 1],
  [[]],
  {},
  { a: null },
  { constructor: "x" },
  { name: 5 },
  JSON.parse('{ "__proto__": { "a": 1 } }'),
  itself,
];

const TRANSFORMED = ["deployment", "service", "networkPolicy", "job", "cronJob", "files", "serviceAccount"];
const PROPS = [
  ...["image", "command", "args", "workingDirectory", "env", "envFrom", "files", "mounts", "size", "cpu", "memory"],
  ...["ephemeralStorage", "gpus", "lifecycle", "init", "sidecars", "volumes", "scheduling", "imagePullSecrets"],
  ...["placement", "namespace", "labels", "podAnnotations", "gracePeriod", "user", "environmentNames", "transform"],
  ...["health", "replicas", "awake", "rollout", "disruptionBudget", "endpoints", "schedule", "timeZone", "retries"],
  ...["deadline", "concurrency", "suspend", "history"],
];

/** Puts a value somewhere into another: in its place, or in one of its entries, and so on. */
function place(value: unknown, junk: unknown, steps: readonly number[]): unknown {
  const [step = 0, ...more] = steps;
  if (more.length === 0 || typeof value !== "object" || value === null) return junk;
  if (Array.isArray(value)) {
    const at = step % (value.length + 1);
    return [...value.slice(0, at), place(value[at], junk, more), ...value.slice(at + 1)];
  }
  if (![Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null)) return junk;
  const keys = [...Object.keys(value), "more"];
  const key = keys[step % keys.length]!;
  return { ...value, [key]: place((value as Record<string, unknown>)[key], junk, more) };
}

const steps = fc.array(fc.nat(20), { maxLength: 5 });
const junk = fc.constantFrom(...JUNK);
/** One prop that is junk, or holds some. */
const mistake = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(fc.constantFrom(...PROPS), junk, steps).map(([name, value, at]) => (props: object) => ({
      ...props,
      [name]: place(Reflect.get(props, name), value, at),
    })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.constantFrom(...TRANSFORMED),
        junk,
        fc.array(fc.constantFrom("metadata", "spec", "data", "name", "template", "labels"), { maxLength: 4 }),
      )
      .map(([child, value, path]) => (props: object) => ({
        ...props,
        transform: { [child]: path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) },
      })),
  },
);

/** A program of one workload, with one or two values where they do not belong. */
export const sketchesWithJunk: fc.Arbitrary<Sketch> = fc
  .tuple(sketches, fc.array(mistake, { minLength: 1, maxLength: 2 }))
  .map(([sketch, mistakes]) => ({
    ...sketch,
    props: mistakes.reduce<object>((props, make) => make(props), sketch.props) as Sketch["props"],
  }));
