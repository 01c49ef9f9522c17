import { ApiObject } from "cdk8s";
import { Construct } from "constructs";
import fc from "fast-check";
import { Tenant, WebService } from "flagstone";
import { describe, expect, test } from "vitest";
import { findEnvironment } from "../../lib/core/scope";
import type { EnvironmentTree } from "../../lib/core/component";
import type { Draft } from "../../lib/plan/draft";
import { makeDraft } from "../../lib/plan/make-draft";
import { brief, IMAGE, platformThat, tenantIn } from "../testing/fixtures";

const configMap = (scope: Construct, id: string, metadata: object = {}) =>
  new ApiObject(scope, id, { apiVersion: "v1", kind: "ConfigMap", metadata });
const draftOf = (scope: Construct): Draft => makeDraft(findEnvironment(scope) as EnvironmentTree);
const shop = () => tenantIn("dev") as Construct;

/** Groups of objects; each may wait for groups before it, as a whole or by one of its objects. */
interface Graph {
  readonly sizes: readonly number[];
  readonly edges: readonly { readonly from: number; readonly to: number; readonly object: number | undefined }[];
}

const graph: fc.Arbitrary<Graph> = fc
  .array(fc.integer({ min: 0, max: 3 }), { minLength: 2, maxLength: 8 })
  .chain((sizes) =>
    fc.record({
      sizes: fc.constant(sizes),
      edges: fc.array(
        fc.integer({ min: 1, max: sizes.length - 1 }).chain((from) =>
          fc.record({
            from: fc.constant(from),
            to: fc.integer({ min: 0, max: from - 1 }),
            object:
              sizes[from]! > 0
                ? fc.option(fc.nat({ max: sizes[from]! - 1 }), { nil: undefined })
                : fc.constant(undefined),
          }),
        ),
        { maxLength: 16 },
      ),
    }),
  );
const shuffled = graph.chain((of) =>
  fc.record({
    of: fc.constant(of),
    order: fc.shuffledSubarray([...of.sizes.keys()], { minLength: of.sizes.length }),
  }),
);

/** Builds a graph with its groups constructed in the given order. */
function build({ sizes, edges }: Graph, constructed: readonly number[]): Tenant {
  const tenant = tenantIn("prod");
  const groups = new Map(constructed.map((i) => [i, new Construct(tenant, `g${i}`)]));
  for (const [i, group] of groups) for (let k = 0; k < sizes[i]!; k++) configMap(group, String(k));
  for (const { from, to, object } of edges) {
    const source = object === undefined ? groups.get(from)! : groups.get(from)!.node.findChild(String(object));
    source.node.addDependency(groups.get(to)!);
  }
  return tenant;
}

describe("the order of objects", () => {
  test("puts every object after all that it depends on, in each cluster", () => {
    fc.assert(
      fc.property(shuffled, ({ of, order }) => {
        const { objects, findings } = draftOf(build(of, order));
        expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
        expect(objects.length).toBe(2 * of.sizes.reduce((sum, size) => sum + size, 0));
        const at = new Map(objects.map(({ id }, index) => [id, index]));
        for (const { from, to, object } of of.edges) {
          const sources = object === undefined ? [...Array(of.sizes[from]).keys()] : [object];
          for (const cluster of ["eu", "us"]) {
            const index = (group: number, item: number) => at.get(`${cluster}/core/ConfigMap/shop/g${group}-${item}`)!;
            for (const source of sources)
              for (let target = 0; target < of.sizes[to]!; target++)
                expect(index(from, source)).toBeGreaterThan(index(to, target));
          }
        }
      }),
    );
  });

  test("does not depend on the order of construction", () => {
    fc.assert(
      fc.property(shuffled, ({ of, order }) => {
        const ids = (tenant: Tenant) => draftOf(tenant).objects.map(({ id }) => id);
        expect(ids(build(of, order))).toEqual(ids(build(of, [...of.sizes.keys()])));
      }),
    );
  });

  test("is by identity where nothing else is said", () => {
    const tenant = shop();
    for (const id of ["c", "a", "b"]) configMap(tenant, id);
    expect(draftOf(tenant).objects.map(({ json }) => json.metadata.name)).toEqual(["a", "b", "c"]);
  });

  test("has namespaces and definitions before what needs them", () => {
    const environment = platformThat((scope) => {
      new ApiObject(scope, "widget", {
        apiVersion: "acme.example/v1",
        kind: "Widget",
        metadata: { name: "a", namespace: "zoo" },
      });
      configMap(scope, "settings", { namespace: "zoo" });
      new ApiObject(scope, "zoo", { apiVersion: "v1", kind: "Namespace", metadata: { name: "zoo" } });
      new ApiObject(scope, "definition", {
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: { name: "widgets.acme.example" },
        spec: { group: "acme.example", scope: "Namespaced", names: { kind: "Widget", plural: "widgets" } },
      });
    }).instantiate("dev");
    const { objects } = makeDraft(environment);
    expect(objects.map(({ json }) => json.kind)).toEqual([
      "CustomResourceDefinition",
      "Namespace",
      "Widget",
      "ConfigMap",
    ]);
    expect(objects[2]!.dependsOn.map(({ id }) => id)).toEqual([
      "main/core/Namespace/-/zoo",
      "main/apiextensions.k8s.io/CustomResourceDefinition/-/widgets.acme.example",
    ]);
  });

  test("has the limits of a namespace before its pods, or the API server would refuse them", () => {
    const environment = platformThat((scope) => {
      new WebService(new Tenant(scope, "shop"), "web", { image: IMAGE });
    }).instantiate("dev");
    const deployment = makeDraft(environment).objects.find(({ json }) => json.kind === "Deployment");
    expect(deployment?.dependsOn.map(({ json }) => json.kind).sort()).toEqual([
      "LimitRange",
      "Namespace",
      "ResourceQuota",
    ]);
  });

  test("lets a construct wait for one that is in another cluster only", () => {
    const tenant = tenantIn("prod");
    const [eu, us] = ["eu", "us"].map(
      (cluster) => new WebService(tenant, cluster, { image: IMAGE, placement: { cluster } }),
    );
    us!.node.addDependency(eu!);
    const { objects } = draftOf(tenant);
    const clusters = objects.map(({ cluster }) => cluster.name);
    expect(clusters.lastIndexOf("eu")).toBeLessThan(clusters.indexOf("us"));
  });

  test("lets a construct wait for what is inside of it", () => {
    const tenant = shop();
    const outer = new Construct(tenant, "outer");
    configMap(outer, "a");
    const inner = new Construct(outer, "z");
    for (const id of ["1", "2"]) configMap(inner, id);
    outer.node.addDependency(inner);
    const { objects, findings } = draftOf(tenant);
    expect(findings).toEqual([]);
    expect(objects.map(({ json }) => json.metadata.name)).toEqual(["outer-z-1", "outer-z-2", "outer-a"]);
  });

  test("lets what is inside of a construct wait for the rest of it", () => {
    const tenant = shop();
    const outer = new Construct(tenant, "outer");
    configMap(outer, "a").node.addDependency(outer);
    configMap(outer, "z");
    const { objects, findings } = draftOf(tenant);
    expect(findings).toEqual([]);
    expect(objects.map(({ json }) => json.metadata.name)).toEqual(["outer-z", "outer-a"]);
  });
});

test("what waits for a construct of another tree says so, and is in no order with it", () => {
  const group = new Construct(shop(), "group");
  configMap(group, "a");
  group.node.addDependency(new Construct(tenantIn("prod"), "migrate"));
  group.node.addDependency("b");
  expect(brief(draftOf(group).findings)).toEqual([
    'dependencies/invalid dev/shop/group: b does not implement IDependable. Use "Dependable.implement()" to implement; give addDependency() constructs',
  ]);
  const other = new Construct(shop(), "group");
  configMap(other, "a");
  other.node.addDependency(new Construct(tenantIn("prod"), "migrate"));
  expect(brief(draftOf(other).findings)).toEqual([
    "dependencies/other-environment dev/shop/group: waits for prod/shop/migrate, which was made in another call of the function that run() was given; make both in the same call: every environment has constructs of its own",
  ]);
});

describe("a cycle", () => {
  test("is reported with its path", () => {
    const tenant = shop();
    const [a, b, c] = ["a", "b", "c"].map((id) => configMap(tenant, id));
    configMap(tenant, "d").node.addDependency(a!);
    a!.node.addDependency(b!);
    b!.node.addDependency(c!);
    c!.node.addDependency(a!);
    const { objects, findings } = draftOf(tenant);
    expect(brief(findings)).toEqual([
      "dependencies/cycle dev/shop/a: depends on itself: dev/shop/a → dev/shop/b → dev/shop/c → dev/shop/a; remove one of the dependencies",
    ]);
    expect(objects).toHaveLength(4);
  });

  test("of groups names the groups", () => {
    const tenant = shop();
    const [one, two] = ["one", "two"].map((id) => {
      const group = new Construct(tenant, id);
      for (const item of ["x", "y"]) configMap(group, `${id}-${item}`);
      return group;
    });
    one!.node.addDependency(two!);
    two!.node.addDependency(one!);
    const [finding, ...more] = draftOf(tenant).findings;
    expect(more).toEqual([]);
    expect(finding!.message).toMatch(/^depends on itself: (dev\/shop\/\S+ → ){2,4}dev\/shop\/\S+$/);
    const [first, ...rest] = finding!.message.replace("depends on itself: ", "").split(" → ");
    expect(rest.at(-1)).toBe(first);
    expect(finding!.message).toContain("dev/shop/one");
    expect(finding!.message).toContain("dev/shop/two");
  });

  test("is the same finding in whatever order it was made", () => {
    const nodes = ["a", "b", "c", "d"];
    fc.assert(
      fc.property(fc.shuffledSubarray(nodes, { minLength: 4 }), (order) => {
        const tenant = shop();
        const made = new Map(order.map((id) => [id, configMap(tenant, id)]));
        nodes.forEach((id, i) => made.get(id)!.node.addDependency(made.get(nodes[(i + 1) % 4]!)!));
        expect(draftOf(tenant).findings.map(({ message }) => message)).toEqual([
          "depends on itself: dev/shop/a → dev/shop/b → dev/shop/c → dev/shop/d → dev/shop/a",
        ]);
      }),
    );
  });
});

describe("a graph of 100 layers", () => {
  const layers = 100;
  const width = 10;
  function layered(connect: (upper: Construct, lower: Construct) => void): Construct {
    const tenant = shop();
    let before: Construct | undefined;
    for (let layer = 0; layer < layers; layer++) {
      const group = new Construct(tenant, `layer-${layer}`);
      for (let i = 0; i < width; i++) configMap(group, `object-${layer}-${i}`);
      if (before) connect(group, before);
      before = group;
    }
    return tenant;
  }
  /** The best of some runs, so that whatever else the machine does counts little. */
  function milliseconds(make: () => Construct): number {
    return Math.min(
      ...Array.from({ length: 5 }, () => {
        const tenant = make();
        const start = performance.now();
        expect(draftOf(tenant).objects).toHaveLength(layers * width);
        return performance.now() - start;
      }),
    );
  }
  const objectsOf = (group: Construct) => group.node.children;

  test("costs little more than the same objects without dependencies", () => {
    const without = milliseconds(() => layered(() => undefined));
    const byGroup = milliseconds(() => layered((upper, lower) => upper.node.addDependency(lower)));
    const byObject = milliseconds(() =>
      layered((upper, lower) => objectsOf(upper).forEach((object) => object.node.addDependency(...objectsOf(lower)))),
    );
    expect(byGroup / without).toBeLessThan(5);
    expect(byObject / without).toBeLessThan(10);
  });
});
