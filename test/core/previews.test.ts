import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hasPreviewName, isPreviewName, suggestEnvironment } from "../../lib/core/previews";

test.each(["pr-1", "pr-12", "preview-new-basket", "preview-1"])("%s is the name of a preview", (name) => {
  expect(isPreviewName(name)).toBe(true);
});

test.each(["pr", "pr-", "preview-", "prod", "pr_12", "PR-12", "my-pr-12", "pr-12-", `pr-${"1".repeat(61)}`, ""])(
  "%s is not",
  (name) => {
    expect(isPreviewName(name)).toBe(false);
  },
);

describe("a name of an object", () => {
  test.each(["web-pr-1", "pr-1", "pr-1-web", "web-pr-1-files", "web.pr-1.acme.example", "system:pr-1"])(
    "tells of preview pr-1: %s",
    (name) => {
      expect(hasPreviewName(name, "pr-1")).toBe(true);
    },
  );

  test.each(["web", "web-pr-12", "web-pr", "webpr-1", "web-xpr-1"])("does not tell of preview pr-1: %s", (name) => {
    expect(hasPreviewName(name, "pr-1")).toBe(false);
  });

  test("that tells of a preview does not tell of another one", () => {
    const number = fc.integer({ min: 0, max: 999 });
    fc.assert(
      fc.property(fc.constantFrom("web", "web-files", "cart"), number, number, (name, one, other) => {
        expect(hasPreviewName(`${name}-pr-${one}`, `pr-${other}`)).toBe(one === other);
      }),
    );
  });
});

describe("a name that no program knows", () => {
  const platform = { environmentNames: ["dev", "prod"], previewsFrom: undefined };
  const application = { environmentNames: ["dev", "prod"], previewsFrom: "dev" };

  test("is probably a known one, misspelled", () => {
    expect(suggestEnvironment("prdo", [platform])).toBe('did you mean "prod"?');
    expect(suggestEnvironment("prdo", [application])).toBe('did you mean "prod"?');
  });

  test("may be meant as a preview: how those are called, or what lets a program have them", () => {
    expect(suggestEnvironment("PR_12345", [platform, application])).toBe(
      'known are "dev", "prod"; previews are called pr-… or preview-…, as DNS labels',
    );
    expect(suggestEnvironment("pr-12345", [platform])).toBe(
      'known are "dev", "prod"; previews: { from: … } of an application lets it have previews',
    );
    expect(suggestEnvironment("elsewhere", [platform])).toBe('known are "dev", "prod"');
  });
});
