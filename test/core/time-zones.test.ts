import { describe, expect, test } from "vitest";
import { checkTimeZone, timeZones } from "../../lib/core/time-zones";

describe("a time zone", () => {
  test.each([
    "Europe/Berlin",
    "Etc/UTC",
    "UTC",
    "Asia/Calcutta",
    "Asia/Kolkata",
    "America/Argentina/Buenos_Aires",
    "Etc/GMT+5",
    "EST5EDT",
  ])("%s is known", (name) => {
    expect(checkTimeZone("timeZone", name)).toEqual([]);
  });

  test.each([
    ["Europe/Berln", 'did you mean "Europe/Berlin"?'],
    ["europe/berlin", 'did you mean "Europe/Berlin"?'],
    ["Berlin", 'did you mean "Europe/Berlin"?'],
    ["new york", 'did you mean "America/New_York"?'],
    ["Local", 'name a zone of the tz database, as in "Europe/Berlin"'],
    ["", 'name a zone of the tz database, as in "Europe/Berlin"'],
    ["+01:00", 'name a zone of the tz database, as in "Europe/Berlin"'],
    ["PST", 'name a zone of the tz database, as in "Europe/Berlin"'],
  ])("%j is refused: %s", (name, fix) => {
    const message = `timeZone ${JSON.stringify(name)} is no time zone`;
    expect(checkTimeZone("timeZone", name)).toEqual([{ rule: "schedule/time-zone", message, fix }]);
  });

  test("that Node knows is known", () => {
    expect([...timeZones()]).toEqual(expect.arrayContaining(Intl.supportedValuesOf("timeZone")));
  });

  test("is listed only where there is one, whatever Node calls it", () => {
    // A zone that is defined for tests of the tz database only, and that Node has no data of.
    for (const name of [...timeZones()].filter((zone) => zone !== "Factory"))
      expect(() => new Intl.DateTimeFormat("en", { timeZone: name })).not.toThrow();
  });
});
