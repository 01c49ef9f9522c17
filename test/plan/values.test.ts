import { output } from "@pulumi/pulumi";
import { ApiObject, Lazy } from "cdk8s";
import fc from "fast-check";
import { Token, WebService } from "flagstone";
import { describe, expect, test } from "vitest";
import { checkShape, settle } from "../../lib/plan/checks/values";
import { brief, IMAGE, rulesOf, serviceWith, tenantIn } from "../testing/fixtures";

const same = (value: object): unknown => value;
const messagesOf = (json: unknown): string[] => settle(json, same).problems.map(({ message }) => message);

describe("an object", () => {
  test("of plain JSON is settled as it is", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4, noUnicodeString: false }), (json) => {
        const settled = settle(json, same);
        if (settled.problems.length === 0) expect(settled.json).toBe(json);
      }),
    );
  });

  test("settles to plain JSON whatever it holds, or says where it does not", () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true, withSparseArray: true }), (value) => {
        const { json, problems } = settle({ value }, same);
        for (const { message, fix } of problems) expect(`${message} ${fix}`).toMatch(/^(value|the object)/);
        if (problems.length === 0) expect(json).toEqual(JSON.parse(JSON.stringify({ value })));
      }),
    );
  });

  const itself: { list: unknown[] } = { list: [] };
  itself.list.push(itself);

  test.each<[unknown, string]>([
    [NaN, "a is NaN, which JSON does not know"],
    [-Infinity, "a is -Infinity, which JSON does not know"],
    [5n, "a is 5n, which JSON does not know"],
    [Symbol("x"), "a is Symbol(x), which JSON does not know"],
    [() => 1, "a is a function, which JSON does not know"],
    [new Date(0), "a is a Date, which JSON does not know"],
    [[1, undefined], "a[1] is undefined, which JSON does not know"],
    [new Array(1), "a[0] is undefined, which JSON does not know"],
    [itself, "a.list[0] refers to itself"],
    ["x\0", "a holds a NUL or half of a character, which no text may"],
    ["\ud83d", "a holds a NUL or half of a character, which no text may"],
    [{ "\0": 1 }, "a has a key that holds a NUL or half of a character, which no text may"],
    [JSON.parse('{ "__proto__": 1 }'), 'a has a key "__proto__", which JavaScript drops'],
  ])("may not hold %o", (value, message) => {
    expect(messagesOf({ a: value })).toEqual([message]);
  });

  test("leaves out what is undefined, and keeps whole characters beyond 16 bits", () => {
    const { json, problems } = settle({ a: undefined, b: { c: undefined, d: "\u{1f600}" } }, same);
    expect([json, problems]).toEqual([{ b: { d: "\u{1f600}" } }, []]);
    expect(Object.keys(json as object)).toEqual(["b"]);
  });

  test("may name one value twice", () => {
    const labels = { a: "1" };
    expect(messagesOf({ x: labels, y: [labels] })).toEqual([]);
  });

  test("has a version, a kind and a name, or nobody asks more of it", () => {
    expect(checkShape({ apiVersion: "v1", kind: "Pod", metadata: { name: "a" } })).toEqual([]);
    expect(checkShape({ apiVersion: 1, metadata: { name: 5, namespace: null } }).map(({ message }) => message)).toEqual(
      [
        "apiVersion is 1, and not text",
        "kind is undefined, and not text",
        "metadata.name is 5, and not text",
        "metadata.namespace is null, and not text",
      ],
    );
    expect(checkShape(null)).toHaveLength(3);
  });

  test("of cdk8s with a value that is none is a finding at its path", async () => {
    const tenant = tenantIn("dev");
    new ApiObject(tenant, "a", { apiVersion: "v1", kind: "ConfigMap", data: { at: NaN } });
    new ApiObject(tenant, "b", { apiVersion: "v1", kind: "ConfigMap", metadata: { name: 5 as never } });
    expect(brief((await tenant.plan()).findings)).toEqual([
      "object/invalid dev/shop/a: data.at is NaN, which JSON does not know; give text, a finite number, a boolean, or lists and records of these",
      "object/invalid dev/shop/b: metadata.name is 5, and not text; say it as text; a name that is left out is made of construct ids",
    ]);
  });

  test("with a late value that cannot be made is a finding that says where", async () => {
    const late = Lazy.any({
      produce: () => {
        throw new Error("too late");
      },
    });
    const plan = await serviceWith({ transform: { deployment: { metadata: { annotations: { late } } } } });
    expect(plan.findings.map(({ message }) => message)).toEqual([
      "metadata.annotations.late is a Lazy, which cannot be made: too late",
    ]);
  });

  test("that a transform took apart is judged without a crash", async () => {
    const plan = await serviceWith({
      transform: {
        deployment: { spec: { template: { spec: { containers: [null] } } } },
        networkPolicy: { spec: null },
        service: { spec: { ports: 5 } },
      },
    });
    expect(plan.findings).toEqual([]);
    const without = await serviceWith({
      transform: { service: (json) => void Reflect.deleteProperty(json, "metadata") },
    });
    expect(rulesOf(without.findings)).toEqual(["object/invalid"]);
  });
});

describe("an output in text", () => {
  const host = output("db.example");
  // eslint-disable-next-line @typescript-eslint/restrict-template-expressions, @typescript-eslint/no-base-to-string -- the mistake that is meant
  const text = `postgres://${host}/shop`;

  test.each<[string, Parameters<typeof serviceWith>[0], string]>([
    ["a variable", { env: { A: text } }, "deployment: spec.template.spec.containers[0].env[0].value holds"],
    [
      "JSON text",
      { env: { A: JSON.stringify({ host }) } },
      "deployment: spec.template.spec.containers[0].env[0].value holds",
    ],
    ["a file", { files: { "/etc/url": text } }, "files: data.etc_url holds"],
    ["a file of data", { files: { "/etc/a.json": { json: { text } } } }, 'files: data["etc_a.json"] holds'],
    [
      "a file of data beside one that may be there",
      { files: { "/etc/a.yaml": { yaml: { [text]: 1, host } } } },
      'outputs: stringData["etc_a.yaml"] holds',
    ],
    [
      "a key",
      { transform: { deployment: { metadata: { annotations: { [text]: "x" } } } } },
      "deployment: metadata.annotations has a key that holds",
    ],
  ])("in %s is a finding, before what it says of itself is deployed", async (_, props, where) => {
    const { findings } = await serviceWith(props);
    expect(brief(findings)).toEqual([
      `tokens/in-text dev/shop/web/@main/${where} what an output says when it is put into text, and not its value; write Token.asString(output) in the text, or make all of it an output by pulumi.interpolate`,
    ]);
  });

  test("is told from text about outputs, and from tokens", async () => {
    const env = { A: "Calling toString on an Output<T>", B: `postgres://${Token.asString(host)}/shop` };
    expect((await serviceWith({ env })).findings).toEqual([]);
  });

  test("in an id is refused at once", () => {
    expect(() => new WebService(tenantIn("dev"), text, { image: IMAGE })).toThrow(
      "new WebService(…) in dev/shop: the id holds an output, which is known only after deployment",
    );
  });
});
