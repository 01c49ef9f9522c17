import { runInNewContext } from "node:vm";
import fc from "fast-check";
import * as prettier from "prettier";
import { expect, test } from "vitest";
import { Arrow, Call, type Code, printCode, quote, Raw, Spread, templateText } from "../../lib/import/write/code.ts";
import { camelCase, Identifiers } from "../../lib/import/names.ts";

const key = fc.oneof(
  fc.constantFrom("a", "name", "LOG_LEVEL", "app.kubernetes.io/name", "8080", "a-b"),
  fc.string({ maxLength: 8 }),
);
const text = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.constantFrom('say "so"', "it's", "x".repeat(90), "a ".repeat(70), "line\nbreak\ttab", "\u2028", "\u{1f600}"),
);
const { code } = fc.letrec<{ code: Code }>((tie) => ({
  code: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    text,
    fc.boolean(),
    fc.integer(),
    fc.constantFrom(new Raw("cart"), new Raw("Field.podName"), new Raw("`${url}/v1`")),
    fc.array(tie("code"), { maxLength: 4 }),
    fc.dictionary(key, tie("code"), { maxKeys: 5 }),
    fc.dictionary(key, tie("code"), { minKeys: 1, maxKeys: 3 }).map((record) => new Spread(record)),
    fc.dictionary(key, text, { maxKeys: 3 }).map((record) => new Call("Ref.secretKey", record)),
    fc
      .dictionary(key, text, { minKeys: 1, maxKeys: 3 })
      .map((record) => new Call("cart.connection", { env: new Arrow("{ address }", record) })),
  ),
}));

/** What code gives. */
const evaluate = (source: string): unknown => runInNewContext(`(() => { ${source} })()`);

const format = (source: string): Promise<string> => prettier.format(source, { parser: "typescript", printWidth: 120 });

test("code is printed as prettier would leave it", { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.dictionary(key, code, { minKeys: 1, maxKeys: 5 }), async (props) => {
      const source = `${printCode(new Call("new WebService", new Raw("shop"), "web", props), "const web = ", ";")}\n`;
      expect(source).toBe(await format(source));
    }),
    { numRuns: 400 },
  );
});

test("data that is printed is the same data", () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.string({ maxLength: 8 }).filter((name) => name !== "__proto__"),
        fc.jsonValue({ maxDepth: 3 }),
        { maxKeys: 4 },
      ),
      (data) => {
        // An object literal would take it for the prototype.
        fc.pre(!JSON.stringify(data).includes("__proto__"));
        const source = printCode(data, "return ", ";");
        expect(JSON.stringify(evaluate(source))).toBe(JSON.stringify(data));
      },
    ),
  );
});

test("a string stands in the quotes that take fewer escapes", () => {
  expect(quote("plain")).toBe('"plain"');
  expect(quote('say "so"')).toBe(`'say "so"'`);
  expect(quote(`"it's"`)).toBe(`'"it\\'s"'`);
  expect(quote("a\\b\n")).toBe('"a\\\\b\\n"');
});

test("text between backticks stays text", () => {
  fc.assert(
    fc.property(fc.string(), (given) => {
      fc.pre(!given.includes("\r"));
      expect(evaluate(`return \`${templateText(given)}\`;`)).toBe(given);
    }),
  );
});

test("names of variables are camel case, each once, and no word of the language", () => {
  const identifiers = new Identifiers();
  expect(camelCase("product-catalog")).toBe("productCatalog");
  expect(camelCase("PRODUCT_CATALOG")).toBe("productCatalog");
  expect(camelCase("1st")).toBe("x1st");
  expect(identifiers.name("cart")).toBe("cart");
  expect(identifiers.name("cart")).toBe("cart2");
  expect(identifiers.name("default")).toBe("defaultService");
});
