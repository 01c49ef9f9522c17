import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkDnsLabel, checkLabels, isDnsLabel, isDnsSubdomain, suggestDnsLabel } from "../../lib/core/names";

// Kubernetes' own rules, written as its source has them:
// https://github.com/kubernetes/apimachinery/blob/master/pkg/util/validation/validation.go
const dns1123LabelFmt = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const dns1123SubdomainFmt = `${dns1123LabelFmt}(\\.${dns1123LabelFmt})*`;
const qualifiedNameFmt = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const matches = (format: string, text: string) => new RegExp(`^(?:${format})$`).test(text);
const kubernetes = {
  isLabel: (text: string) => text.length <= 63 && matches(dns1123LabelFmt, text),
  isSubdomain: (text: string) => text.length <= 253 && matches(dns1123SubdomainFmt, text),
  isLabelValue: (text: string) => text.length <= 63 && matches(`(${qualifiedNameFmt})?`, text),
  isQualifiedName: (text: string) => {
    const parts = text.split("/");
    const [name = "", prefix] = parts.toReversed();
    if (parts.length > 2 || (prefix !== undefined && !kubernetes.isSubdomain(prefix))) return false;
    return name.length <= 63 && matches(qualifiedNameFmt, name);
  },
};

/** Texts near the border of what is valid. */
const nearly = (alphabet: string, maxLength: number) =>
  fc.oneof(
    fc.string({ unit: fc.constantFrom(...alphabet.split("")), maxLength: 8 }),
    fc.string({ unit: fc.constantFrom(...alphabet.split("")), minLength: maxLength - 3, maxLength: maxLength + 3 }),
    fc.string(),
  );

describe("names", () => {
  test("a DNS label is one exactly when Kubernetes takes it", () => {
    fc.assert(
      fc.property(nearly("abz09-A._", 63), (name) => {
        expect(isDnsLabel(name)).toBe(kubernetes.isLabel(name));
        expect(checkDnsLabel("name", name).length === 0).toBe(kubernetes.isLabel(name));
      }),
      { numRuns: 500 },
    );
  });

  test("a DNS subdomain is one exactly when Kubernetes takes it", () => {
    fc.assert(
      fc.property(nearly("az0-..", 253), (name) => {
        expect(isDnsSubdomain(name)).toBe(kubernetes.isSubdomain(name));
      }),
      { numRuns: 500 },
    );
  });

  test("a line break at the end is not overlooked", () => {
    expect(isDnsLabel("web\n")).toBe(false);
    expect(isDnsSubdomain("web.shop\n")).toBe(false);
  });

  test("a suggestion is always valid, and there is one whenever a letter or digit is left", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.string({ unit: "binary" }), nearly("aB-_. 0", 63)),
        fc.integer({ min: 1, max: 63 }),
        (name, maxLength) => {
          const suggestion = suggestDnsLabel(name, maxLength);
          if (suggestion === undefined) expect(name.toLowerCase()).not.toMatch(/[a-z0-9]/);
          else {
            expect(kubernetes.isLabel(suggestion)).toBe(true);
            expect(suggestion.length).toBeLessThanOrEqual(maxLength);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  test("a valid name is its own suggestion", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/), (name) => {
        fc.pre(kubernetes.isLabel(name) && !name.includes("--"));
        expect(suggestDnsLabel(name)).toBe(name);
      }),
    );
  });

  test.each([
    ["checkoutService", "checkout-service"],
    ["Checkout Service", "checkout-service"],
    ["_checkout_", "checkout"],
    ["a".repeat(70), "a".repeat(63)],
    [`${"a".repeat(62)}-b`, "a".repeat(62)],
  ])("instead of %s, %s is suggested", (name, suggestion) => {
    expect(checkDnsLabel("workload name", name)).toEqual([
      {
        rule: "names/invalid",
        message: `workload name "${name}" is not a DNS label (lower-case letters, digits and "-", at most 63 characters)`,
        fix: `call it "${suggestion}"`,
      },
    ]);
  });

  test("nothing is suggested when nothing is left of a name", () => {
    expect(checkDnsLabel("tenant name", "___")).toMatchObject([{ fix: "choose a name of letters, digits and -" }]);
  });
});

describe("labels", () => {
  const key = fc.oneof(
    nearly("aZ0-_.", 63),
    fc.tuple(nearly("az0-..", 20), nearly("aZ0-_.", 63)).map(([prefix, name]) => `${prefix}/${name}`),
    fc.string({ unit: fc.constantFrom("a", "/", ".", "-"), maxLength: 8 }),
  );

  test("a label is accepted exactly when Kubernetes takes its key and its value", () => {
    fc.assert(
      fc.property(key, nearly("aZ0-_.", 63), (name, value) => {
        fc.pre(name !== "__proto__");
        const rules = checkLabels({ [name]: value }).map(({ rule }) => rule);
        expect(rules.includes("labels/invalid-key")).toBe(!kubernetes.isQualifiedName(name));
        expect(rules.includes("labels/invalid-value")).toBe(!kubernetes.isLabelValue(value));
      }),
      { numRuns: 1000 },
    );
  });

  test("each wrong key and value is named", () => {
    expect(checkLabels({ "acme.example/team/x": "a", team: "the shop" })).toEqual([
      {
        rule: "labels/invalid-key",
        message: 'label key "acme.example/team/x" is not one that Kubernetes takes',
        fix: 'write it as "example.com/name" or "name", with at most 63 characters after the slash',
      },
      {
        rule: "labels/invalid-value",
        message: 'value "the shop" of label "team" is not one that Kubernetes takes',
        fix: "use at most 63 letters, digits, - _ and ., or put it into an annotation",
      },
    ]);
  });

  test("a value that is not text is refused, one that is not said is not there", () => {
    expect(checkLabels({ port: 8080 as unknown as string })).toMatchObject([{ rule: "labels/invalid-value" }]);
    expect(checkLabels({ port: undefined })).toEqual([]);
  });
});
