import type { Problem } from "./findings";
import { show } from "./keys";
import { didYouMean } from "./suggest";

/** One place of an expression: its bounds, and names that stand for numbers. */
interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names: readonly string[];
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const FIELDS: readonly [Field, Field, Field, Field, Field] = [
  { name: "minute", min: 0, max: 59, names: [] },
  { name: "hour", min: 0, max: 23, names: [] },
  { name: "day of the month", min: 1, max: 31, names: [] },
  { name: "month", min: 1, max: 12, names: MONTHS },
  { name: "day of the week", min: 0, max: 6, names: WEEKDAYS },
];

const DESCRIPTORS = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

// White space as Go sees it, which is not quite what JavaScript's \s matches.
const SPACE = /[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

/** The numbers that a field admits, and whether it names them all by `*`. */
interface Admitted {
  readonly values: ReadonlySet<number>;
  readonly isStar: boolean;
}

/**
 * Problems of a cron expression, in the dialect that the API server of Kubernetes takes: five fields, or a descriptor. What it refuses is
 * an error, and nothing else is but a time of less than a second after `@every`; a schedule that never comes is a warning.
 *
 * @param where - the expression's place in the props, as in `schedule`
 * @see https://pkg.go.dev/github.com/robfig/cron/v3#hdr-CRON_Expression_Format
 */
export function checkCron(where: string, text: string): Problem[] {
  const refused = (message: string, fix: string): Problem[] => [
    { rule: "schedule/cron", message: `${where} ${show(text)} ${message}`, fix },
  ];
  const five = 'write minute, hour, day of the month, month and day of the week, as in "0 6 * * 1-5"';
  if (typeof text !== "string") return refused("is not a cron expression", five);
  if (text.includes("TZ")) return refused("says a time zone", "give the time zone in timeZone");
  if (text.startsWith("@")) {
    const problem = checkDescriptor(text);
    return problem ? refused(problem.message, problem.fix) : checkEvery(where, text);
  }
  const parts = text.split(SPACE).filter((part) => part !== "");
  if (parts.length !== FIELDS.length) {
    const counted = `has ${parts.length === 1 ? "1 field" : `${parts.length} fields`}, not 5`;
    return refused(counted, parts.length === 6 ? `${five}; there are no seconds` : five);
  }
  const admitted: Admitted[] = [];
  const problems = FIELDS.flatMap((field, i) => {
    const found = parseField(parts[i] ?? "", field);
    if ("message" in found) return refused(`has ${found.message}`, found.fix);
    admitted.push(found);
    return [];
  });
  return problems.length > 0 || happens(admitted) ? problems : [neverHappens(where, text)];
}

type Mistake = Pick<Problem, "message" | "fix">;

function checkDescriptor(text: string): Mistake | undefined {
  if (DESCRIPTORS.includes(text)) return undefined;
  if (text.startsWith("@every ")) {
    if (durationOf(text) !== undefined) return undefined;
    return { message: "has no duration after @every", fix: 'write "@every 90m" or "@every 1h30m"' };
  }
  return { message: "is not known", fix: didYouMean(text, [...DESCRIPTORS, "@every 1h"]) };
}

/** Nanoseconds of the units of Go's durations. @see https://pkg.go.dev/time#ParseDuration */
const UNITS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  "\u00b5s": 1e3,
  "\u03bcs": 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** Nanoseconds after `@every`, where it is a duration of Go. */
function durationOf(text: string): number | undefined {
  const unsigned = text.slice("@every ".length).replace(/^[-+]/, "");
  if (unsigned === "0") return 0;
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|\u00b5s|\u03bcs|ms|s|m|h))+$/.test(unsigned)) return undefined;
  let nanoseconds = 0;
  for (const [, amount, unit] of unsigned.matchAll(/([\d.]+)([^\d.]+)/g)) {
    nanoseconds += Number(amount) * (UNITS[unit ?? ""] ?? 0);
  }
  if (nanoseconds >= 2 ** 63) return undefined; // more than a duration of Go holds
  return text.startsWith("@every -") ? -nanoseconds : nanoseconds;
}

/** The API server takes any, and makes one second of what is less. */
function checkEvery(where: string, text: string): Problem[] {
  const nanoseconds = durationOf(text);
  if (!text.startsWith("@every ") || nanoseconds === undefined || nanoseconds >= 1e9) return [];
  return [
    {
      rule: "schedule/every",
      message: `${where} "${text}" would come once a second`,
      fix: 'write "@every 90m" or "@every 1h30m"',
    },
  ];
}

function parseField(text: string, field: Field): Admitted | Mistake {
  const values = new Set<number>();
  let isStar = false;
  for (const item of text.split(",")) {
    if (item === "") continue; // taken by the API server, even where nothing else is left
    const range = parseRange(item, field);
    if ("message" in range) return range;
    for (let i = range.from; i <= range.to; i += range.step) values.add(i);
    isStar ||= range.isStar;
  }
  return { values, isStar };
}

interface Range {
  readonly from: number;
  readonly to: number;
  readonly step: number;
  readonly isStar: boolean;
}

function parseRange(item: string, field: Field): Range | Mistake {
  const [bounds = "", stepText, ...tooManySteps] = item.split("/");
  const [low = "", high, ...tooManyBounds] = bounds.split("-");
  const written = `"${item}" as its ${field.name}`;
  const allowed = `use ${field.min} to ${field.max}${field.names.length > 0 ? `, or ${field.names[0]} to ${field.names.at(-1)}` : ""}`;
  const isAll = low === "*" || low === "?"; // whatever follows a hyphen is ignored then
  const from = isAll ? field.min : numberOf(low, field);
  const upTo = isAll ? field.max : high === undefined ? from : numberOf(high, field);
  if (from === undefined || upTo === undefined || (!isAll && tooManyBounds.length > 0))
    return { message: written, fix: `${allowed}, a range such as "${field.min}-${field.min + 1}", or "*"` };
  const step = stepText === undefined ? 1 : wholeNumber(stepText);
  if (step === undefined || step === 0 || tooManySteps.length > 0)
    return { message: `${written}, whose step is none`, fix: 'write a step as in "*/5", with a number above 0' };
  const to = stepText !== undefined && high === undefined ? field.max : upTo;
  if (from < field.min || to > field.max) {
    const sunday = field.names === WEEKDAYS && (from === 7 || to === 7) ? "; Sunday is 0" : "";
    return { message: written, fix: `${allowed}${sunday}` };
  }
  if (from > to) return { message: `${written}, which ends before it begins`, fix: "write the smaller number first" };
  return { from, to, step, isStar: isAll && step === 1 };
}

function numberOf(text: string, field: Field): number | undefined {
  const index = field.names.indexOf(text.toLowerCase());
  return index < 0 ? wholeNumber(text) : index + field.min;
}

/** As Go reads it; a minus cannot get here. */
function wholeNumber(text: string): number | undefined {
  return /^\+?\d+$/.test(text) && BigInt(text.replace("+", "")) < 2n ** 63n ? Number(text) : undefined;
}

/** Whether there is any time, of all years, that all fields admit. */
function happens(admitted: readonly Admitted[]): boolean {
  const [minutes, hours, days, months, weekdays] = admitted;
  if (!minutes || !hours || !days || !months || !weekdays) return true;
  if ([minutes, hours, months].some(({ values }) => values.size === 0)) return false;
  const dayComes = [...months.values].some((month) => [...days.values].some((day) => day <= daysIn(month)));
  // One of the two is enough, unless one of them is a star: then the other decides.
  return days.isStar || weekdays.isStar ? dayComes && weekdays.values.size > 0 : dayComes || weekdays.values.size > 0;
}

/** Days that a month has in a leap year. */
function daysIn(month: number): number {
  return new Date(Date.UTC(2000, month, 0)).getUTCDate();
}

function neverHappens(where: string, text: string): Problem {
  return {
    rule: "schedule/never",
    severity: "warning",
    message: `${where} "${text}" never comes`,
    fix: "name a day that one of the months has",
  };
}
