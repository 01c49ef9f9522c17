import { output } from "@pulumi/pulumi";
import fc from "fast-check";
import { Field, Ref, Token } from "flagstone";
import { load } from "js-yaml";
import { parse as parseToml } from "smol-toml";
import { describe, expect, test } from "vitest";
import { hasToken, refToken, replaceTokens } from "../../../lib/core/tokens";
import { checkData, definedOnly, type Format, WRITERS } from "../../../lib/workloads/pod/formats";
import { serviceWith } from "../../testing/fixtures";

/** Text that readers of some format take for something else, or that has to be escaped in one. */
const NASTY = [
  ..."= : # ! \\ ' \" $ - ? ~ | > & * % @ ` , [ ] { } ${ \t \n \r \f \b \0 \x7f \x85 \xa0 \u2028 \ufeff é 🚀".split(
    " ",
  ),
  ..."yes no on off null true false 0x1F 0o17 0777 1e3 1_000 .5 .inf .nan 12:30:45 2024-01-01 << = --- ... ''' \"\"\"".split(
    " ",
  ),
  " leading",
  "trailing ",
  "a: b",
  "a #b",
  "\n\nlines\n  of\n text \n",
  "\r\n",
  "\\u0041",
  "",
];
const text = fc.oneof(
  fc.constantFrom(...NASTY),
  fc.string({ unit: "binary" }),
  fc.array(fc.constantFrom(...NASTY), { maxLength: 4 }).map((parts) => parts.join("")),
);
// Not a backslash alone: after an object with such a key, JSON.parse of V8 13.6 takes "\r" and its like for one in the next of that shape.
const key = text.filter((name) => name !== "__proto__" && name !== "\\");
const scalar = fc.oneof(
  text,
  fc.boolean(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (Object.is(number, -0) ? 0 : number)),
);
const nested = (leaf: fc.Arbitrary<unknown>) =>
  fc.letrec<{ data: unknown }>((tie) => ({
    data: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      leaf,
      fc.array(tie("data"), { maxLength: 4 }),
      fc.dictionary(key, tie("data"), { maxKeys: 4, noNullPrototype: true }),
    ),
  })).data;
const table = (leaf: fc.Arbitrary<unknown>) => fc.dictionary(key, nested(leaf), { maxKeys: 5, noNullPrototype: true });
const withNull = fc.oneof(scalar, fc.constant(null));

/**
 * Reads properties, as the specification says.
 *
 * @see https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/util/Properties.html#load(java.io.Reader)
 */
function readProperties(given: string): Record<string, string> {
  const lines: string[] = [];
  let continued = "";
  for (const natural of given.split(/\r\n|[\r\n]/)) {
    const line = continued + natural.replace(/^[ \t\f]+/, "");
    if (continued === "" && /^([#!]|$)/.test(line)) continue;
    const ends = /(\\*)$/.exec(line)![1]!.length;
    if (ends % 2 === 1) continued = line.slice(0, -1);
    else {
      lines.push(line);
      continued = "";
    }
  }
  const unescape = (escaped: string) =>
    escaped.replace(/\\(?:u([0-9a-fA-F]{4})|([^]))/g, (_, hex: string | undefined, char: string) =>
      hex === undefined
        ? ({ t: "\t", r: "\r", n: "\n", f: "\f" }[char] ?? char)
        : String.fromCharCode(parseInt(hex, 16)),
    );
  return Object.fromEntries(
    lines.map((line) => {
      const end = /^(?:\\[^]|[^\\=: \t\f])*/.exec(line)![0].length;
      const value = line.slice(end).replace(/^[ \t\f]*[=:]?[ \t\f]*/, "");
      return [unescape(line.slice(0, end)), unescape(value)];
    }),
  );
}

const PARSERS: Record<Format, (written: string) => unknown> = {
  json: (written) => JSON.parse(written),
  yaml: (written) => load(written),
  toml: (written) => parseToml(written),
  properties: readProperties,
};
const DATA: Record<Exclude<Format, "properties">, fc.Arbitrary<unknown>> = {
  json: nested(withNull),
  yaml: nested(withNull),
  toml: table(scalar),
};
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe.each(["json", "yaml", "toml"] as const)("data as %s", (format) => {
  test("is read as what was written", () => {
    fc.assert(
      fc.property(DATA[format], (data) => {
        expect(checkData("/f", format, data)).toEqual([]);
        expect(plain(PARSERS[format](WRITERS[format](data)))).toEqual(plain(data));
      }),
      { numRuns: 500 },
    );
  });

  test("is read as what was written when outputs that hold any text are put in first", () => {
    const host = Token.asString(output("x"));
    const put = (data: unknown, value: string) => replaceTokens(data, (found) => found.replaceAll(host, () => value));
    const leaf = fc.oneof(scalar, fc.constantFrom(host, `postgres://${host}:5432/`));
    fc.assert(
      fc.property(table(leaf), text, (data, value) => {
        const resolved = put(data, value);
        expect(plain(PARSERS[format](WRITERS[format](resolved)))).toEqual(plain(resolved));
      }),
      { numRuns: 300 },
    );
  });

  test("shows the tokens inside of it, by which it is known that it cannot be written yet", () => {
    const token = Token.asString(output("x"));
    fc.assert(
      fc.property(text, text, (before, after) => {
        expect(hasToken(WRITERS[format]({ a: before + token + after }))).toBe(true);
      }),
    );
  });

  test("ends with the end of a line", () => {
    expect(WRITERS[format]({ a: { b: [1] } })).toMatch(/[^\n]\n$/);
  });
});

describe("data as properties", () => {
  const properties = fc.dictionary(key, scalar, { maxKeys: 5, noNullPrototype: true });

  test("is read as what was written, and is ASCII", () => {
    fc.assert(
      fc.property(properties, (data) => {
        expect(checkData("/f", "properties", data)).toEqual([]);
        const written = WRITERS.properties(data);
        expect(written).toMatch(/^[\n -~]*$/);
        expect(readProperties(written)).toEqual(
          Object.fromEntries(Object.entries(data).map(([name, value]) => [name, String(value)])),
        );
      }),
      { numRuns: 1000 },
    );
  });

  test("is one line each, in the order of the program", () => {
    expect(WRITERS.properties({ "server.port": 8080, "a b": " x", url: "jdbc:postgresql://db/shop", tls: true })).toBe(
      "server.port=8080\na\\ b=\\ x\nurl=jdbc:postgresql://db/shop\ntls=true\n",
    );
  });

  test("shows the tokens inside of it", () => {
    expect(hasToken(WRITERS.properties({ url: ` é:${Token.asString(output("x"))}` }))).toBe(true);
  });
});

describe("what is undefined in an object", () => {
  test.each<[Format, string]>([
    ["json", '{\n  "a": "x"\n}\n'],
    ["yaml", "a: x\n"],
    ["toml", 'a = "x"\n'],
    ["properties", "a=x\n"],
  ])("is left out of %s", (format, written) => {
    const data = { b: undefined, a: "x" };
    expect(checkData("/f", format, data)).toEqual([]);
    expect(WRITERS[format](definedOnly(data))).toBe(written);
  });

  test("is left out at any depth, and what is defined stays", () => {
    const value = fc
      .anything({ withNullPrototype: false })
      .filter((item) => checkData("/f", "json", item).length === 0);
    fc.assert(
      fc.property(value, (data) => {
        expect(JSON.stringify(definedOnly(data))).toBe(JSON.stringify(data));
        expect(JSON.stringify(definedOnly({ a: [{ b: data, c: undefined }] }))).toBe(
          JSON.stringify({ a: [{ b: data }] }),
        );
      }),
    );
  });

  test("is left out of the file, also where outputs are beside it", async () => {
    const plan = await serviceWith({
      files: { "/a": { yaml: { a: undefined, b: 1 } }, "/b": { json: { a: undefined, b: output("x") } } },
    });
    expect(plan.findings).toEqual([]);
    expect(plan.object("ConfigMap", "web-files")).toMatchObject({ data: { a: "b: 1\n" } });
  });
});

describe("the order of keys", () => {
  test.each<[Format, string]>([
    ["json", '{\n  "b": 1,\n  "a": "x"\n}\n'],
    ["yaml", "b: 1\na: x\n"],
    ["toml", 'b = 1\na = "x"\n'],
    ["properties", "b=1\na=x\n"],
  ])("of %s is that of the program", (format, written) => {
    expect(WRITERS[format]({ b: 1, a: "x" })).toBe(written);
  });
});

describe("data that a format cannot hold", () => {
  const within: Record<string, unknown> = {};
  within["self"] = within;

  test.each<[Format, unknown, string]>([
    ["json", { a: [undefined] }, "json.a[0] is undefined, which json cannot hold; give plain data, or leave it out"],
    ["json", { a: NaN }, "json.a is NaN, which json cannot hold; give plain data, or leave it out"],
    ["yaml", Infinity, "yaml is Infinity, which yaml cannot hold; give plain data, or leave it out"],
    ["toml", { a: { b: null } }, "toml.a.b is null, which toml cannot hold; give plain data, or leave it out"],
    ["json", { a: () => 1 }, "json.a is a function, which json cannot hold; give plain data, or leave it out"],
    ["yaml", { a: new Date(0) }, "yaml.a is a Date, which yaml cannot hold; give plain data, or leave it out"],
    ["json", { a: 1n }, "json.a is 1, which json cannot hold; give plain data, or leave it out"],
    ["json", within, "json.self is inside of itself; give data that ends"],
    [
      "properties",
      { a: { b: 1 } },
      'properties.a is {"b":1}, which properties cannot hold; give text, a number, a boolean or an output',
    ],
    [
      "properties",
      { a: null },
      "properties.a is null, which properties cannot hold; give text, a number, a boolean or an output",
    ],
  ])("is a mistake in %s: %o", (format, data, problem) => {
    expect(checkData("/etc/f", format, data).map(({ rule, message, fix }) => `${rule}: ${message}; ${fix}`)).toEqual([
      `files/data: file "/etc/f": ${problem}`,
    ]);
  });

  test.each<[Format, unknown]>([
    ["toml", [1]],
    ["toml", "a = 1"],
    ["properties", ["a"]],
    ["toml", undefined],
  ])("is a mistake in %s at the top: %o", (format, data) => {
    expect(checkData("/etc/f", format, data)).toMatchObject([
      { rule: "files/data", message: expect.stringMatching(/ has no keys$/) as string },
    ]);
  });

  test("is each place of it, by its path", () => {
    const data = { "a.b": [{ c: NaN }], d: { e: () => 1 } };
    expect(checkData("/f", "yaml", data).map(({ message }) => message.split(" is ")[0])).toEqual([
      'file "/f": yaml["a.b"][0].c',
      'file "/f": yaml.d.e',
    ]);
  });

  test("is a key that holds an output", () => {
    expect(checkData("/f", "json", { a: { [Token.asString(output("x"))]: 1 } })).toMatchObject([
      { rule: "files/data", message: 'file "/f": json.a has a key that holds an output' },
    ]);
  });

  test("twice is no circle", () => {
    const shared = { b: 1 };
    expect(checkData("/f", "json", { a: shared, c: [shared, shared] })).toEqual([]);
  });
});

describe("a value that lives in the cluster", () => {
  const password = Ref.secretKey({ name: "orders", key: "password" });

  test.each<[string, unknown, string, string]>([
    [
      "a key of a Secret",
      password,
      'is key "password" of Secret "orders", which nobody puts into a file with anything else',
      "give the key as a file of its own, or as a variable",
    ],
    [
      "a key of a ConfigMap",
      Ref.configKey({ name: "flags", key: "beta" }),
      'is key "beta" of ConfigMap "flags", which nobody puts into a file with anything else',
      "give the key as a file of its own, or as a variable",
    ],
    [
      "a field of the pod",
      Field.podName,
      "is a field of the pod, which nobody puts into a file with anything else",
      "give it as a variable",
    ],
    [
      "text with a key inside",
      `postgres://shop:${refToken(password)}@db`,
      'is key "password" of Secret "orders", which nobody puts into a file with anything else',
      "give the key as a file of its own, or as a variable",
    ],
  ])("has no place in data: %s", (_, value, message, fix) => {
    expect(checkData("/f", "yaml", { database: { password: [value] } })).toEqual([
      { rule: "files/inside", message: `file "/f": yaml.database.password[0] ${message}`, fix },
    ]);
  });

  test("is none of those that resources give, which are known when it is deployed", () => {
    expect(checkData("/f", "json", { host: output("db"), port: output(5432) })).toEqual([]);
  });
});
