import { output } from "@pulumi/pulumi";
import fc from "fast-check";
import { Field, Ref, Token } from "flagstone";
import { describe, expect, test } from "vitest";
import {
  formatJsonPath,
  hasToken,
  isOutput,
  type JsonPath,
  type OutputValue,
  replaceTokens,
  splitTokens,
  type TokenSource,
} from "../../lib/core/tokens";

/** What the library sees of an output: it need not load the SDK to know one. */
const fakeOutput = () => ({ __pulumiOutput: true }) as unknown as OutputValue;
const OUTPUTS = Array.from({ length: 5 }, fakeOutput);

const literal = fc.oneof(
  fc.string(),
  fc.constantFrom("${", "}", "${flagstone:token:", "${flagstone:token:99999999}", "$"),
);
const token = fc.constantFrom(...OUTPUTS).map((value) => Token.asString(value));
const text = fc.array(fc.oneof(literal, token), { maxLength: 6 }).map((parts) => parts.join(""));
const back = (part: string | TokenSource) =>
  typeof part === "string" ? part : Token.asString((part as { output: OutputValue }).output);

describe("texts", () => {
  test("splitting any text and joining its parts gives the text", () => {
    fc.assert(
      fc.property(text, (given) => {
        expect(splitTokens(given).map(back).join("")).toBe(given);
      }),
      { numRuns: 500 },
    );
  });

  test("the parts are what the text was made of", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.stringMatching(/^[a-z]+$/), fc.constantFrom(...OUTPUTS))), (pairs) => {
        const given = pairs.map(([before, value]) => before + Token.asString(value)).join("");
        expect(splitTokens(given)).toEqual(
          pairs.flatMap(([before, value]) => [before, { kind: "output", output: value }]),
        );
        expect(hasToken(given)).toBe(pairs.length > 0);
      }),
    );
  });

  test("an output has one token, and different outputs have different ones", () => {
    expect(new Set(OUTPUTS.map((value) => Token.asString(value))).size).toBe(OUTPUTS.length);
    expect(Token.asString(OUTPUTS[0]!)).toBe(Token.asString(OUTPUTS[0]!));
  });

  test("a text that only looks like a token stays as it is", () => {
    expect(splitTokens("${flagstone:token:123456789}")).toEqual(["${flagstone:token:123456789}"]);
    expect(hasToken("${flagstone:token:x}")).toBe(false);
  });

  test("an output of the SDK is recognized by what it is", () => {
    expect(isOutput(output("x"))).toBe(true);
    expect(isOutput(fakeOutput())).toBe(true);
    for (const other of ["x", null, undefined, {}, Field.podName]) expect(isOutput(other)).toBe(false);
  });
});

describe("Token.asString", () => {
  test("a reference to a key has no text", () => {
    const ref = Ref.secretKey({ name: "stripe", key: "api-key" });
    expect(() => Token.asString(ref)).toThrow(
      "Token.asString takes an output, not a Ref (secret-key): a Ref to a key or to a field of the pod is the whole value of a variable or file",
    );
    expect(() => Token.asString(Field.podIp)).toThrow("not a Ref (pod-field)");
  });

  test("plain text needs no token", () => {
    expect(() => Token.asString("db.example" as unknown as OutputValue)).toThrow("takes an output, not string");
  });
});

describe("Token.asJson", () => {
  test("a value without outputs is its JSON text", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(Token.asJson(value)).toBe(JSON.stringify(value));
      }),
    );
  });

  test("a date is written as JSON writes it", () => {
    expect(Token.asJson({ since: new Date(0) })).toBe('{"since":"1970-01-01T00:00:00.000Z"}');
  });

  test("a value with outputs is a token for the whole text, so that quotes in an output do no harm", () => {
    const given = Token.asJson({ database: { host: OUTPUTS[0], port: 5432 }, hosts: [OUTPUTS[1]] });
    const [part, ...more] = splitTokens(given);
    expect(more).toEqual([]);
    expect(part).toMatchObject({ kind: "document", format: "json" });
    const { database, hosts } = (part as Extract<TokenSource, { kind: "document" }>).value as {
      database: { host: string; port: number };
      hosts: string[];
    };
    expect(splitTokens(database.host)).toEqual([{ kind: "value", output: OUTPUTS[0] }]);
    expect(database.port).toBe(5432);
    expect(hosts.flatMap(splitTokens)).toEqual([{ kind: "value", output: OUTPUTS[1] }]);
  });

  test("text that holds a token inside of the value counts too", () => {
    const [part] = splitTokens(Token.asJson({ url: `postgres://${Token.asString(OUTPUTS[0]!)}` }));
    expect(part).toMatchObject({ kind: "document", format: "json" });
  });
});

describe("replacing", () => {
  const key = fc.string({ maxLength: 3 }).filter((name) => name !== "__proto__");
  const { json } = fc.letrec<{ json: unknown }>((tie) => ({
    json: fc.oneof(
      { maxDepth: 3 },
      fc.oneof(fc.boolean(), fc.integer(), fc.constant(null), fc.string(), text, token),
      fc.array(tie("json"), { maxLength: 4 }),
      fc.dictionary(key, tie("json"), { maxKeys: 4, noNullPrototype: true }),
    ),
  }));
  const at = (value: unknown, path: JsonPath) =>
    path.reduce<unknown>((inner, step) => (inner as Record<string | number, unknown>)[step], value);

  test("exactly the strings that hold a token are replaced, each told its place", () => {
    const model = (value: unknown): unknown => {
      if (typeof value === "string") return hasToken(value) ? { was: value } : value;
      if (Array.isArray(value)) return value.map(model);
      if (typeof value !== "object" || value === null) return value;
      return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, model(item)]));
    };
    fc.assert(
      fc.property(json, (value) => {
        const before = structuredClone(value);
        const replaced = replaceTokens(value, (found, path) => {
          expect(at(value, path)).toBe(found);
          return { was: found };
        });
        expect(replaced).toEqual(model(value));
        expect(value).toEqual(before);
      }),
    );
  });

  test("what holds no token is shared, not copied", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(replaceTokens(value, () => expect.unreachable())).toBe(value);
      }),
    );
    const shared = { a: [1] };
    const replaced = replaceTokens({ shared, text: Token.asString(OUTPUTS[0]!) }, () => "x") as { shared: object };
    expect(replaced.shared).toBe(shared);
  });

  test("a property that is replaced by undefined is left out", () => {
    expect(replaceTokens({ a: Token.asString(OUTPUTS[0]!), b: 1 }, () => undefined)).toStrictEqual({ b: 1 });
  });
});

describe("places", () => {
  test.each<[JsonPath, string]>([
    [["spec", "containers", 0, "image"], "spec.containers[0].image"],
    [["metadata", "annotations", "acme.example/owner"], 'metadata.annotations["acme.example/owner"]'],
    [["data", "a-b"], 'data["a-b"]'],
    [["data", ""], 'data[""]'],
    [["data", "0"], 'data["0"]'],
    [[0, "name"], "[0].name"],
    [[], ""],
  ])("%j is written as %s", (path, written) => {
    expect(formatJsonPath(path)).toBe(written);
  });

  test("different places are written differently", () => {
    const step = fc.oneof(
      fc.nat({ max: 3 }),
      fc.constantFrom("a", "b", "a.b", "0", "[0]", "", '"', "a[0]"),
      fc.string(),
    );
    const path = fc.array(step, { maxLength: 4 });
    fc.assert(
      fc.property(path, path, (a, b) => {
        expect(formatJsonPath(a) === formatJsonPath(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
      { numRuns: 2000 },
    );
  });
});
