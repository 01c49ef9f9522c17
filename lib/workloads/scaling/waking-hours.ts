import type { Problem } from "../../core/findings";
import { checkKeys, show } from "../../core/keys";
import { checkTimeZone } from "../../core/time-zones";
import type { WakingHours, Weekday } from "./types";

/** Days as cron numbers them. */
const WEEK: readonly Weekday[] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const WORKDAYS: readonly Weekday[] = ["mon", "tue", "wed", "thu", "fri"];

/** What is wrong with waking hours. */
export function checkWakingHours(awake: WakingHours): Problem[] {
  const { from, to, timeZone } = awake;
  const days = daysOf(awake);
  const [begin, end] = [minutesOf(from), minutesOf(to)];
  const problems = [
    ...checkKeys("awake", awake, ["from", "to", "days", "timeZone"]),
    ...(begin === undefined ? [invalid("from", from, 'write it as in "07:00"')] : []),
    ...(end === undefined ? [invalid("to", to, 'write it as in "20:00"')] : []),
    ...(begin !== undefined && begin === end ? [invalid("to", to, "let it be another time than awake.from")] : []),
    ...(timeZone === undefined ? [] : checkTimeZone("awake.timeZone", timeZone)),
  ];
  if (days.length === 0) return [...problems, invalid("days", awake.days, `name some of ${KNOWN}`)];
  const unknown = days.filter((day) => !WEEK.includes(day));
  return [...problems, ...unknown.map((day) => invalid("days", day, `use ${KNOWN}`))];
}

const KNOWN = WEEK.map((day) => `"${day}"`).join(", ");

function invalid(key: keyof WakingHours, value: unknown, fix: string): Problem {
  return { rule: "awake/invalid", message: `awake.${key} ${show(value)} is not possible`, fix };
}

/** The days, without what plain JavaScript may have put there. */
function daysOf({ days = WORKDAYS }: { readonly days?: unknown }): readonly Weekday[] {
  return Array.isArray(days) ? (days as readonly Weekday[]) : [];
}

/** Minutes after midnight. */
function minutesOf(time: unknown): number | undefined {
  const match = typeof time === "string" ? /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(time) : null;
  return match ? Number(match[1]) * 60 + Number(match[2]) : undefined;
}

/** Waking hours as two schedules. Hours that pass midnight end on the day after each of their days. */
export function wakingSchedules(awake: WakingHours): {
  readonly start: string;
  readonly end: string;
} {
  const [begin, end] = [minutesOf(awake.from) ?? 0, minutesOf(awake.to) ?? 0];
  const numbers = daysOf(awake).map((day) => WEEK.indexOf(day));
  return { start: cron(begin, numbers), end: cron(end, end > begin ? numbers : numbers.map((day) => (day + 1) % 7)) };
}

function cron(minutes: number, days: readonly number[]): string {
  const list = [...new Set(days)].sort((a, b) => a - b);
  return `${minutes % 60} ${Math.floor(minutes / 60)} * * ${list.length === WEEK.length ? "*" : list.join(",")}`;
}
