// Expressions of cron, such as people write and mistype.
import fc from "fast-check";

const PLACES = [
  { min: 0, max: 59, names: [] },
  { min: 0, max: 23, names: [] },
  { min: 1, max: 31, names: [] },
  { min: 1, max: 12, names: ["jan", "FEB", "Mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"] },
  { min: 0, max: 6, names: ["sun", "MON", "Tue", "wed", "thu", "fri", "sat"] },
] as const;

/** One item of a field, with the numbers that it stands for; `isStar` where it names them all and no step follows. */
interface Item {
  readonly text: string;
  readonly values: readonly number[];
  readonly isStar: boolean;
}

const numbers = (from: number, to: number, step = 1): number[] =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step);

function item({ min, max, names }: (typeof PLACES)[number]): fc.Arbitrary<Item> {
  const number = fc
    .integer({ min, max })
    .chain((value) =>
      fc
        .constantFrom(...[String(value), `0${value}`, names[value - min] ?? String(value)])
        .map((text) => ({ value, text })),
    );
  const step = fc.integer({ min: 1, max: max + 2 });
  return fc.oneof(
    fc.constantFrom("*", "?").map((text) => ({ text, values: numbers(min, max), isStar: true })),
    number.map(({ text, value }) => ({ text, values: [value], isStar: false })),
    fc.tuple(fc.constantFrom("*", "?"), step).map(([text, by]) => ({
      text: `${text}/${by}`,
      values: numbers(min, max, by),
      isStar: by === 1,
    })),
    fc.tuple(number, step).map(([{ text, value }, by]) => ({
      text: `${text}/${by}`,
      values: numbers(value, max, by),
      isStar: false,
    })),
    fc.tuple(number, number, fc.option(step)).map(([a, b, by]) => {
      const [low, high] = a.value <= b.value ? [a, b] : [b, a];
      const text = `${low.text}-${high.text}${by === null ? "" : `/${by}`}`;
      return { text, values: numbers(low.value, high.value, by ?? 1), isStar: false };
    }),
  );
}

/** A field, with the numbers that it admits. */
export interface GivenField {
  readonly text: string;
  readonly values: ReadonlySet<number>;
  readonly isStar: boolean;
}

/** Expressions of five fields that are right. */
export const rightFields: fc.Arbitrary<readonly GivenField[]> = fc.tuple(
  ...PLACES.map((place) =>
    fc.array(item(place), { minLength: 1, maxLength: 3 }).map((items) => ({
      text: items.map(({ text }) => text).join(","),
      values: new Set(items.flatMap(({ values }) => values)),
      isStar: items.some(({ isStar }) => isStar),
    })),
  ),
);

const right = rightFields.map((fields) => fields.map(({ text }) => text).join(" "));

const duration = fc
  .array(
    fc.tuple(
      fc.constantFrom("1", "90", "0.5", ".5", "1.", "", "-1", "99999999"),
      fc.constantFrom("s", "m", "h", "ms", "us", "µs", "ns", "d", "", "w"),
    ),
    { minLength: 0, maxLength: 2 },
  )
  .map((parts) => parts.map((part) => part.join("")).join(""));

const descriptor = fc.oneof(
  fc.constantFrom(
    "@yearly",
    "@annually",
    "@monthly",
    "@weekly",
    "@daily",
    "@midnight",
    "@hourly",
    "@Daily",
    "@reboot",
    "@",
  ),
  fc.tuple(fc.constantFrom("@every ", "@every", "@every  ", "@Every "), duration).map((parts) => parts.join("")),
  fc.constantFrom("@every 0", "@every +1h", "@every -1h", "@every 2562048h", "@every 1h1", "@daily "),
);

const ODD = [
  "60",
  "24",
  "32",
  "13",
  "7",
  "0",
  "-1",
  "+5",
  "5-",
  "-",
  "/",
  "*/0",
  "*-3",
  "?-x",
  "*/",
  "1/2/3",
  "1-2-3",
  ",",
  "5,,6",
];
const ODDER = [
  "",
  "L",
  "W",
  "5#2",
  "mon-7",
  "sat-sun",
  "december",
  "1.5",
  "0x5",
  "1e1",
  "99999999999999999999",
  "*/99999999999",
  "TZ",
  "٣",
  "*\u00a0",
  "1\u200b",
];

/** One change to a right expression, as a slip of the hand. */
const mistyped = fc
  .tuple(right, fc.nat(), fc.oneof(fc.constantFrom(...ODD, ...ODDER), fc.string({ maxLength: 4 })), fc.nat(5))
  .map(([text, at, odd, how]) => {
    const fields = text.split(" ");
    const index = at % fields.length;
    if (how === 0) return fields.slice(1).join(" ");
    if (how === 1) return [...fields, odd].join(" ");
    if (how === 2) return fields.join("  \t");
    if (how === 3) return ` ${text}\n`;
    if (how === 4) return text.slice(0, at % text.length) + odd + text.slice(at % text.length);
    return fields.map((field, i) => (i === index ? odd : field)).join(" ");
  });

const zoned = fc
  .tuple(fc.constantFrom("TZ=UTC ", "CRON_TZ=Europe/Berlin ", "TZ=", "CRON_TZ=UTC", "TZ=Nowhere/X "), right)
  .map((parts) => parts.join(""));

/** Expressions of all kinds, right and wrong. */
export const expressions: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: right },
  { weight: 6, arbitrary: mistyped },
  { weight: 2, arbitrary: descriptor },
  { weight: 1, arbitrary: zoned },
  { weight: 1, arbitrary: fc.string({ maxLength: 12 }) },
);
