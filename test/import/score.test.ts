import { describe, expect, test } from "vitest";
import { placeholders } from "../../lib/import/score/resources.ts";
import { fieldOf, fixture, importPaths, importText } from "./imported.ts";

describe("a workload of Score", () => {
  test("is a web service where it has ports, else a worker", async () => {
    const { report, text } = await importPaths([fixture("score")], { tenant: "shop" });
    expect(report.constructs.map(({ type, id }) => `${type} ${id}`)).toEqual(
      expect.arrayContaining([
        "WebService catalog",
        "WebService checkout",
        "Worker hello",
        "ExternalService checkout-db",
      ]),
    );
    expect(text).toContain('sidecars: { tail: { image: "busybox:1.37.0"');
  });

  test("reads what is secret of a resource where somebody keeps it", async () => {
    const { text } = await importPaths([fixture("score/checkout.yaml")], { tenant: "shop" });
    expect(text).toContain('DB_PASSWORD: Ref.secretKey({ name: "checkout-db", key: "password" })');
    expect(text).toContain('"postgresql://$(DB_USERNAME):$(DB_PASSWORD)@checkout-db.todo.example:5432/$(DB_NAME)"');
    expect(text).toContain('FLAG: Ref.configKey({ name: "checkout-flags", key: "beta" })');
  });

  test("says in a TODO which resources somebody has to provide", async () => {
    const { text, report } = await importPaths([fixture("score/checkout.yaml")], { tenant: "shop" });
    expect(text).toContain("// TODO: Score asks for a resource of type postgres.");
    expect(text).toContain('new ExternalService(shop, "checkout-db", { url: "tcp://checkout-db.todo.example:5432" })');
    expect(report.hints.join("\n")).toContain('resources of type "feature-flags"');
  });

  test("is connected to workloads that are imported with it", async () => {
    const { text, report } = await importPaths([fixture("score")], { tenant: "shop" });
    expect(text).toMatch(/connections: \{ db, catalog,/);
    expect(report.unexplained).toEqual([]);
  });

  test("is reached at the host of its route", async () => {
    const { text } = await importPaths([fixture("score/checkout.yaml")], { tenant: "shop" });
    expect(text).toContain('visibility: "external", tls: false');
    expect(text).toContain('PUBLIC_URL: "https://checkout.shop.dev.shop.example/"');
  });

  test("accounts for each of its fields, unknown ones too", async () => {
    const imported = await importPaths([fixture("score/checkout.yaml")], { tenant: "shop" });
    expect(fieldOf(imported, "metadata.name")).toBe("expressed");
    expect(fieldOf(imported, "containers.main.variables.DB_HOST")).toBe("changed: score/placeholder");
    expect(fieldOf(imported, "resources.db.class")).toContain("not-expressible");
    expect(fieldOf(imported, "later.what")).toBe("not-expressible: the field is not known");
  });

  test("with a placeholder that nobody knows says so", async () => {
    const workload = `apiVersion: score.dev/v1b1\nmetadata: { name: a }\ncontainers: { a: { image: "b:1", variables: { X: "\${resources.none.host}" } } }\n`;
    const imported = await importText({ "score.yaml": workload });
    expect(fieldOf(imported, "containers.a.variables.X")).toBe("not-expressible: nobody knows ${resources.none.host}");
  });
});

test.each([
  ["plain", ["plain"]],
  ["${a.b}", [{ reference: "a.b" }]],
  ["x-${a}-$${b}", ["x-", { reference: "a" }, "-${b}"]],
  ["", [""]],
])("placeholders of %j are %j", (text, parts) => {
  expect(placeholders(text)).toEqual(parts);
});
