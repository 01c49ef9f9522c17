import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkCron } from "../../lib/core/cron";
import { type GivenField, rightFields } from "./cron-expressions";

const brief = (text: string): string[] =>
  checkCron("schedule", text).map(({ rule, message, fix }) => `${rule}: ${message}; ${fix}`);

describe("a cron expression", () => {
  test.each([
    "* * * * *",
    "0 6 * * 1-5",
    "*/15 0-23/2 1,15 JAN-mar sun",
    "0 0 ? * MON",
    "5/20 * * * *",
    "  0\t6 * * *\n",
    "@daily",
    "@every 1h30m",
  ])("%j is taken", (text) => {
    expect(brief(text)).toEqual([]);
  });

  test.each([
    ["", "has 0 fields, not 5"],
    ["0 6 * *", "has 4 fields, not 5"],
    ["0 0 6 * * *", "has 6 fields, not 5"],
    ["60 * * * *", 'has "60" as its minute;'],
    ["* 24 * * *", 'has "24" as its hour;'],
    ["* * 0 * *", 'has "0" as its day of the month;'],
    ["* * * 13 *", 'has "13" as its month;'],
    ["* * * * 7", 'has "7" as its day of the week;'],
    ["* * * * friday", 'has "friday" as its day of the week;'],
    ["*/0 * * * *", 'has "*/0" as its minute, whose step is none;'],
    ["30-10 * * * *", 'has "30-10" as its minute, which ends before it begins;'],
    ["1-2-3 * * * *", 'has "1-2-3" as its minute;'],
    ["L * * * *", 'has "L" as its minute;'],
    ["@reboot", "is not known"],
    ["@every tuesday", "has no duration after @every"],
    ["TZ=Europe/Berlin 0 6 * * *", "says a time zone"],
    ["CRON_TZ=UTC 0 6 * * *", "says a time zone"],
  ])("%j %s", (text, expected) => {
    expect(brief(text)).toEqual([
      expect.stringContaining(`schedule/cron: schedule ${JSON.stringify(text)} ${expected}`),
    ]);
  });

  test("that is no text is refused, not thrown over", () => {
    expect(brief(undefined as never)).toEqual([expect.stringContaining("schedule undefined is not a cron expression")]);
  });

  test("with several mistakes has them all reported", () => {
    expect(brief("60 24 * * *")).toHaveLength(2);
  });

  test("says how to mend it", () => {
    expect(brief("0 0 6 * * *")[0]).toContain("there are no seconds");
    expect(brief("0 6 * * 7")[0]).toContain("use 0 to 6, or sun to sat; Sunday is 0");
    expect(brief("@dayly")[0]).toContain('did you mean "@daily"?');
    expect(brief("TZ=UTC 0 6 * * *")[0]).toContain("give the time zone in timeZone");
  });
});

describe("a schedule of less than a second", () => {
  test.each(["@every 0", "@every -5m", "@every 999ms", "@every +1ns"])("%j is refused", (text) => {
    expect(brief(text)).toEqual([
      `schedule/every: schedule "${text}" would come once a second; write "@every 90m" or "@every 1h30m"`,
    ]);
  });

  test("is anything below one, and nothing from there on", () => {
    fc.assert(
      fc.property(fc.integer({ min: -5_000, max: 5_000 }), (milliseconds) => {
        const refused = checkCron("schedule", `@every ${milliseconds}ms`).map(({ rule }) => rule);
        expect(refused).toEqual(milliseconds < 1_000 ? ["schedule/every"] : []);
      }),
    );
  });
});

describe("a schedule that never comes", () => {
  test.each(["0 0 30 2 *", "0 0 31 4,6,9,11 ?", "0 0 30-31 feb *", ", * * * *", "* * * * ,"])(
    "%j is a warning",
    (text) => {
      expect(checkCron("schedule", text)).toMatchObject([
        { rule: "schedule/never", severity: "warning", message: `schedule "${text}" never comes` },
      ]);
    },
  );

  test.each(["0 0 29 2 *", "0 0 31 1-12 *", "0 0 30 2 1", "0 0 30 2 */2"])("%j comes some day", (text) => {
    expect(checkCron("schedule", text)).toEqual([]);
  });

  test("is found exactly where no day of many years fits", () => {
    const days = Array.from({ length: 366 * 29 }, (_, i) => new Date(Date.UTC(2000, 0, 1 + i)));
    fc.assert(
      fc.property(rightFields, (fields) => {
        const [, , day, month, weekday] = fields as [GivenField, GivenField, GivenField, GivenField, GivenField];
        const comes = days.some((date) => {
          const byDay = day.values.has(date.getUTCDate());
          const byWeekday = weekday.values.has(date.getUTCDay());
          const isDay = day.isStar || weekday.isStar ? byDay && byWeekday : byDay || byWeekday;
          return isDay && month.values.has(date.getUTCMonth() + 1);
        });
        const found = checkCron("schedule", fields.map(({ text }) => text).join(" "));
        expect(found.map(({ rule }) => rule)).toEqual(comes ? [] : ["schedule/never"]);
      }),
      { numRuns: 500 },
    );
  });
});
