// What is read, what is not, and what is refused before anything is written.
import { describe, expect, test } from "vitest";
import { readInput } from "../../lib/import/input/read.ts";
import { deployment, importText, manifests } from "./imported.ts";

const hintsOf = async (text: string, path = "shop.yaml"): Promise<readonly string[]> =>
  (await importText({ [path]: text }, { tenant: "shop" })).report.hints;
const web = manifests(deployment("web"));

describe("what is not imported", () => {
  test.each([
    [`${web}\n---\njust text`, /shop\.yaml, document 2 is not an object of Kubernetes: it was not imported$/],
    [`${web}\n---\n- kind: ConfigMap\n`, /shop\.yaml, document 2 is not an object/],
    [`${web}\n---\nkind: ConfigMap\nmetadata: { name: a }\n`, /shop\.yaml, document 2 is not an object/],
    [
      JSON.stringify({ apiVersion: "v1", kind: "List", items: [deployment("web"), null, 5, { kind: "Foo" }] }),
      /shop\.yaml, document 1, item 2 is not an object/,
    ],
  ])("is named with its place: %#", async (text, expected) => {
    expect(await hintsOf(text)).toContainEqual(expect.stringMatching(expected));
  });

  test("of keys that are there twice is the first", async () => {
    const text = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata:\n  a: "1"\n  a: "2"\n';
    expect(await hintsOf(text)).toContainEqual(
      expect.stringMatching(/shop\.yaml has a duplicated mapping key \(6:3\).*: the last one counts$/),
    );
    expect(await hintsOf(web)).not.toContainEqual(expect.stringContaining("duplicated"));
  });
});

describe("an import writes nothing of", () => {
  test.each<[string, string, string, object?]>([
    ["a list of nothing", "shop.json", '{ "apiVersion": "v1", "kind": "List", "items": [null] }'],
    ["a number for a name", "shop.yaml", web.replace('"name":"web"', '"name":5')],
    ["a boolean for a name", "shop.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: on }\n"],
    ["no name", "shop.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n"],
    ["no services", "compose.yaml", "services: {}"],
    ["manifests where a Compose file is asked for", "shop.yaml", web, { from: "compose" }],
    ["a workload without containers", "score.yaml", "apiVersion: score.dev/v1b1\nmetadata: { name: web }\n"],
    ["a workload without a name", "score.yaml", 'apiVersion: score.dev/v1b1\ncontainers: { a: { image: "a:1" } }'],
    [
      "an anchor in itself",
      "shop.yaml",
      "apiVersion: v1\nkind: ConfigMap\nmetadata: &m { name: x, labels: { a: *m } }",
    ],
    ["a namespace that is none", "shop.yaml", web, { namespace: "B C" }],
  ])("%s", async (_, path, text, options = {}) => {
    await expect(importText({ [path]: text }, options)).rejects.toMatchObject({ name: "UsageError" });
  });

  test("anchors that have no end, which it says soon", { timeout: 30_000 }, async () => {
    const levels = Array.from({ length: 12 }, (_, i) => {
      const item = i === 0 ? '"x"' : `*l${i - 1}`;
      return `  l${i}: &l${i} [${Array(9).fill(item).join(", ")}]`;
    });
    const text = `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\ndata:\n${levels.join("\n")}\n`;
    await expect(importText(text)).rejects.toThrow("its anchors stand for more than");
  });
});

test("all files that cannot be read are named at once", () => {
  const files = [
    { path: "a.yaml", text: "a: [" },
    { path: "b.yaml", text: web },
    { path: "c.yaml", text: "c: {" },
  ];
  expect(() => readInput(files, "kubernetes")).toThrow(/^a\.yaml cannot be read: .*\nc\.yaml cannot be read: [^\n]*$/);
});
