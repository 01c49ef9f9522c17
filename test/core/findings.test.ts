import fc from "fast-check";
import { FlagstoneError } from "flagstone";
import { describe, expect, test } from "vitest";
import { countFindings } from "../../lib/core/errors";
import { type Finding, foldFindings, formatFinding, type Severity, sortFindings } from "../../lib/core/findings";

const finding = (severity: Severity, path = "dev/shop/web", rest: Partial<Finding> = {}): Finding => ({
  rule: "image/no-tag",
  severity,
  path,
  message: 'image "web" has no tag',
  fix: "add one",
  owner: "group:shop",
  ...rest,
});

const anyFinding = fc.record({
  rule: fc.constantFrom("a/b", "a/c"),
  severity: fc.constantFrom<Severity[]>("error", "warning", "info"),
  path: fc.constantFrom("dev", "dev/shop", "dev/shop/web", "dev/shop-2"),
  message: fc.constantFrom("one", "two"),
  fix: fc.constant("x"),
  owner: fc.constant("platform"),
});

describe("a report", () => {
  test("does not depend on the order in which findings were made", () => {
    fc.assert(
      fc.property(
        fc
          .array(anyFinding)
          .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        ([all, shuffled]) => {
          expect(sortFindings(shuffled)).toEqual(sortFindings(all));
        },
      ),
    );
  });

  test("has errors first, then warnings, then what is for those who ask; each by path, rule and message", () => {
    const sorted = sortFindings([
      finding("info", "a"),
      finding("warning", "a"),
      finding("error", "b"),
      finding("error", "a", { rule: "z/z" }),
      finding("error", "a", { message: "b" }),
      finding("error", "a", { message: "a" }),
    ]);
    expect(sorted.map(({ severity, path, rule, message }) => [severity, path, rule, message])).toEqual([
      ["error", "a", "image/no-tag", "a"],
      ["error", "a", "image/no-tag", "b"],
      ["error", "a", "z/z", 'image "web" has no tag'],
      ["error", "b", "image/no-tag", 'image "web" has no tag'],
      ["warning", "a", "image/no-tag", 'image "web" has no tag'],
      ["info", "a", "image/no-tag", 'image "web" has no tag'],
    ]);
  });

  test("is as long folded: each finding stands once, beside those that say the same, and the worst come first", () => {
    const said = ({ severity, rule, message, fix, owner }: Finding) => [severity, rule, message, fix, owner].join();
    fc.assert(
      fc.property(fc.array(anyFinding), (all) => {
        const folded = foldFindings(all);
        expect(sortFindings(folded.flat())).toEqual(sortFindings(all));
        for (const alike of folded) expect(new Set(alike.map(said)).size).toBe(1);
        expect(new Set(folded.map(([first]) => said(first))).size).toBe(folded.length);
        const ranks = folded.map(([{ severity }]) => ["error", "warning", "info"].indexOf(severity));
        expect(ranks).toEqual(ranks.toSorted());
      }),
    );
  });

  test("says path, value, rule, fix and place of each finding", () => {
    const source = { package: "@acme/shop", file: "src/index.ts", line: 12 };
    expect(formatFinding(finding("error", "dev/shop/web", { source }))).toBe(
      [
        'error: dev/shop/web: image "web" has no tag (image/no-tag)',
        "  fix: add one",
        "  at: @acme/shop/src/index.ts:12",
      ].join("\n"),
    );
    expect(formatFinding(finding("warning"))).toBe(
      'warning: dev/shop/web: image "web" has no tag (image/no-tag)\n  fix: add one',
    );
  });

  test.each<[Severity[], string]>([
    [[], "no findings"],
    [["error"], "1 error"],
    [["error", "error", "warning"], "2 errors, 1 warning"],
    [["info", "info", "warning", "warning"], "2 warnings, 2 info"],
  ])("of %j is counted as %s", (severities, text) => {
    expect(countFindings(severities.map((severity) => finding(severity)))).toBe(text);
  });
});

describe("FlagstoneError", () => {
  test("lists all findings, sorted, and holds them as data", () => {
    const error = new FlagstoneError("shop is not valid", [finding("warning", "b"), finding("error", "a")]);
    expect(error.message.split("\n").filter((line) => !line.startsWith("  "))).toEqual([
      "shop is not valid",
      'error: a: image "web" has no tag (image/no-tag)',
      'warning: b: image "web" has no tag (image/no-tag)',
    ]);
    expect(error.findings.map(({ path }) => path)).toEqual(["a", "b"]);
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe("FlagstoneError");
  });

  test("is one that Pulumi prints without a stack trace", () => {
    expect((new FlagstoneError("x") as unknown as { __pulumiRunError: boolean }).__pulumiRunError).toBe(true);
  });
});
