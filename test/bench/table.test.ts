// What `npm run bench` prints.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { median, type Outcome, repeat } from "./measure.ts";
import { report, updateReadme } from "./table.ts";

function runs(...seconds: readonly number[]): Outcome {
  return { runs: seconds.map((time) => ({ time: time * 1000, memory: time * 100e6 })) };
}

test("a cell is the median of the runs, and a tool that is missing says why", async () => {
  const cells = new Map<string, Outcome[]>([
    ["Flagstone", [runs(3, 1, 2), runs(4)]],
    ["`helm template`", [{ missing: "skipped: go is not on the PATH" }, { missing: "skipped: go is not on the PATH" }]],
  ]);
  const text = await report([{ scopes: "few", sizes: [1, 1000], cells }], []);
  const rows = text.split("\n").filter((line) => line.startsWith("| "));
  expect(rows.map((row) => row.split("|").map((part) => part.trim()))).toEqual(
    expect.arrayContaining([
      ["", "Services, all in one scope", "1", "1,000", ""],
      ["", "Flagstone", "2.00 s, 200 MB", "4.00 s, 400 MB", ""],
      ["", "`helm template`", "skipped", "skipped", ""],
    ]),
  );
  expect(text).toContain("`helm template` was skipped: go is not on the PATH.");
});

test.each([
  { value: 1.3, verdict: "met" },
  { value: 1.31, verdict: "**missed**" },
  { value: undefined, verdict: "**missed**" },
])("a target of 1.3 with $value is $verdict", async ({ value, verdict }) => {
  const text = await report([], [{ what: "time", value, limit: 1.3, unit: "×" }]);
  expect(/\| time .*\| *(\S+) \|$/m.exec(text)?.[1]).toBe(verdict);
});

test("subjects run in turn, and one without a result is not run again", async () => {
  const order: string[] = [];
  const subject = (name: string, time?: number) => ({
    name,
    run: () => {
      order.push(name);
      return Promise.resolve(time === undefined ? undefined : { time, memory: undefined });
    },
  });
  const outcomes = await repeat("test", [subject("a", 1), subject("b"), subject("c", 40_000)], 3);
  expect(order).toEqual(["a", "b", "c", "a", "c", "a"]);
  expect(outcomes.get("a")?.runs).toHaveLength(3);
  expect(outcomes.get("b")).toEqual({ missing: "> 60 s" });
});

test("the median of an even number of runs is between the middle two", () => {
  expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
});

test("the README is changed between its markers only, and refused without them", () => {
  const folder = mkdtempSync(join(tmpdir(), "flagstone-readme-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const readme = join(folder, "README.md");
  writeFileSync(readme, "# Title\n\n<!-- bench:start -->\nold\n<!-- bench:end -->\n\nafter\n");
  updateReadme(readme, "new\n");
  const expected = "# Title\n\n<!-- bench:start -->\n\nnew\n\n<!-- bench:end -->\n\nafter\n";
  expect(readFileSync(readme, "utf8")).toBe(expected);
  updateReadme(readme, "new\n");
  expect(readFileSync(readme, "utf8")).toBe(expected);
  writeFileSync(readme, "# Title\n");
  expect(() => updateReadme(readme, "new\n")).toThrow("has no <!-- bench:start -->");
});
