import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeEach, expect, test } from "vitest";
import { toYaml } from "../../lib/render/yaml.ts";
import { readAsKubernetes } from "../tools/kubernetes-yaml.ts";
import { missingTools } from "../tools/status.ts";

const directory = mkdtempSync(join(tmpdir(), "kubernetes-yaml-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
beforeEach((context) => {
  const missing = missingTools(["yaml-to-json"]);
  if (missing !== undefined) context.skip(missing);
});

/** What Kubernetes' own reader makes of our text, value by value; a value is a document of its own, as objects are. */
async function throughKubernetes(values: readonly unknown[]): Promise<unknown[]> {
  const file = join(directory, "values.yaml");
  writeFileSync(file, values.map((value) => toYaml({ value })).join("---\n"));
  const documents = await readAsKubernetes([file]);
  return documents.map((document) => (document.value as { readonly value: unknown }).value);
}

/** What was meant: the API server is sent JSON in the end. */
const asJson = (values: readonly unknown[]): unknown => JSON.parse(JSON.stringify(values));

// What some reader of YAML 1.1 or 1.2 takes for something else than text, or cannot write without quotes.
const words = [
  ..."y Y yes Yes YES n N no No NO on On ON off Off OFF true True TRUE false False FALSE".split(" "),
  ..."null Null NULL ~ nil = << - -- --- ... ? : | > % @ ` & * ! # , [ ] { } \" ' \\ $".split(" "),
  ..."0 -0 +1 007 0777 0o777 0x1F 0b1010 1_000 1e3 1E3 1.e3 .5 5. -.5e-1 1e400 12e03 +.inf -.Inf .NaN nan".split(" "),
  ..."12:30 12:30:45 1:30:45.5 190:20:30 2024-01-31 2024-01-31T12:30:45Z 2024-1-1".split(" "),
  "2001-12-14 21:59:43.10 -5",
  ..."0XFF 0O17 0B1 0b+1 0o-7 1_0e2 1e1_0 -_1 +_1.5 1__0 08_7 0_x1F 1_".split(" "), // numbers to Go's reader only
  "9007199254740993",
  "123456789012345678901234567890",
  "",
  " ",
  "  two spaces before",
  "two spaces after  ",
  "\t",
  "\ttab before",
  "tab after\t",
  "a\tb",
  "\n",
  "\n\n",
  "a\n",
  "a\n\n",
  "\na",
  "a\n\nb",
  "a\n b\n  c\n",
  " a\nb\n",
  "a \nb \n",
  "a\nb  ",
  "a\n ",
  "a\n\t\n",
  "a\rb",
  "a\r\nb\r\n",
  "\r",
  "a\u0085b",
  "a\u2028b\u2029c",
  "\u2028",
  "\uFEFFa",
  "a\u00A0b",
  "\u0000\u0001\u001B\u007F\u009F",
  "😀\u200D👩",
  "---\na: 1\n",
  "...\n",
  "a\n---\nb\n",
  "key: value",
  "key:",
  ": value",
  "a #comment",
  "#comment",
  "- item",
  "? key",
  "!!binary aGk=",
  "&anchor a",
  "*alias",
  "{{ .Values.a }}",
  "${flagstone}",
  "%YAML 1.2",
  "'quoted'",
  '"quoted"',
  "it's",
  "a\\nb",
  "x".repeat(5_000),
  "word ".repeat(500),
  `${"x".repeat(200)}\n${"y".repeat(200)} \n`,
];

// Any text, and much of what is hard: such words, alone, in lines, with blanks around them.
const blank = fc.constantFrom("", " ", "  ", "\t", "\n", "\n\n", "\r", "\r\n", "\u0085", "\u2028", " \n", "\n ");
const word = fc.constantFrom(...words);
const text = fc.oneof(
  { arbitrary: word, weight: 3 },
  { arbitrary: fc.tuple(blank, word, blank).map((parts) => parts.join("")), weight: 2 },
  { arbitrary: fc.array(fc.oneof(word, blank), { maxLength: 6 }).map((parts) => parts.join("")), weight: 2 },
  { arbitrary: fc.string({ unit: "binary", maxLength: 30 }), weight: 2 },
  { arbitrary: fc.stringMatching(/^[0179_.eE+xXobOB:-]{0,8}$/), weight: 2 },
  { arbitrary: fc.stringMatching(/^[\n\t\r :#?|>'"&*!%@`{}[\],\\ayn01.e~-]{0,15}$/), weight: 3 },
);
const signedNumber = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, 1e21, 1e-7, 1e300, 5e-324, 0.1, 2 ** 53, 2 ** 63, 2 ** 64, -(2 ** 63), 100_000),
);

// JSON.stringify knows no zero below zero.
const number = signedNumber.map((value) => (value === 0 ? 0 : value));

test("each word that YAML could take for something else stays text", async () => {
  expect(await throughKubernetes(words)).toEqual(words);
});

test("each such word stays text as a key", async () => {
  const short = words.filter((each) => each.length <= 500);
  const values = short.map((key) => ({ [key]: { [key]: key } }));
  expect(await throughKubernetes(values)).toEqual(values);
});

/** Many values at once, because each run starts a program. */
const batchOf = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
  fc.array(arbitrary, { minLength: 1, maxLength: 250, size: "max" });

test("any text is read as the text that was meant", { timeout: 60_000 }, async () => {
  const property = fc.asyncProperty(batchOf(text), async (given) => {
    expect(await throughKubernetes(given)).toEqual(given);
  });
  await fc.assert(property, { numRuns: 40 });
});

test("any value is read as the JSON that was meant, however it is nested", { timeout: 60_000 }, async () => {
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4, depthSize: "small" },
      text,
      number,
      fc.boolean(),
      fc.constant(null),
      fc.array(tie("tree"), { maxLength: 4 }),
      fc.dictionary(text, tie("tree"), { maxKeys: 4 }),
    ),
  }));
  const property = fc.asyncProperty(batchOf(tree), async (given) => {
    expect(await throughKubernetes(given)).toEqual(asJson(given));
  });
  await fc.assert(property, { numRuns: 40 });
});
