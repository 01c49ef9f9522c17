import { describe, expect, test } from "vitest";
import { nesting, readChart } from "./chart.ts";
import { flagstone, folder, program, root } from "./command.ts";
import { twoTeams } from "./two-teams.ts";

async function graph(cwd: string, ...args: string[]) {
  const { code, stdout, stderr } = await flagstone(cwd, ["graph", ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return readChart(stdout);
}

test.each(["quickstart", "acme/platform", "acme/shop", "uploads"])(
  "the chart of examples/%s can be drawn",
  async (example) => {
    const { code, stdout } = await flagstone(root, ["graph", `examples/${example}`]);
    expect(code).toBe(0);
    expect(readChart(stdout).boxes.length).toBeGreaterThan(1);
  },
);

test("each environment is a box with its constructs inside", async () => {
  const drawn = nesting(await graph(folder({ "index.ts": program() })));
  expect(drawn).toEqual([
    "acme in dev",
    "acme in dev > shop<br/>Tenant",
    "acme in dev > shop<br/>Tenant > web<br/>WebService",
    "acme in prod",
    "acme in prod > shop<br/>Tenant",
    "acme in prod > shop<br/>Tenant > web<br/>WebService",
  ]);
});

describe("arrows", () => {
  const arrows = async (body: string, top = "") =>
    (await graph(folder({ "index.ts": program(body, { top }) }), "-e", "dev")).arrows.map((arrow) =>
      arrow.replaceAll("<br/>WebService", ""),
    );

  test("a service that depends on another has an arrow to it", async () => {
    const body = `const cart = new WebService(shop, "cart", { image });
  const web = new WebService(shop, "web", { image });
  web.node.addDependency(cart);`;
    expect(await arrows(body)).toEqual(["web → cart"]);
  });

  test("services that depend on a plain construct have arrows to what is below it", async () => {
    const body = `const backend = new Construct(shop, "backend");
  new WebService(backend, "cart", { image });
  new WebService(backend, "stock", { image });
  new WebService(shop, "web", { image }).node.addDependency(backend);`;
    expect(await arrows(body)).toEqual(["web → backend/cart", "web → backend/stock"]);
  });

  test("services that depend on a chart of plain cdk8s have an arrow to what it is a part of", async () => {
    const top = `class Queue extends Component {
  readonly chart = new Chart(this, "chart");
  constructor(scope: Construct, id: string) {
    super(scope, id);
    for (const name of ["a", "b"]) new ApiObject(this.chart, name, { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "shop" } });
  }
}`;
    const body = `const queue = new Queue(shop, "queue");
  new WebService(shop, "web", { image }).node.addDependency(queue.chart);`;
    expect(await arrows(body, top)).toEqual(["web → queue<br/>Queue"]);
  });

  test("no arrow goes from a box to one inside of it, or around it", async () => {
    const top = "class Group extends Component {}";
    const body = `const group = new Group(shop, "group");
  new ApiObject(group, "config", { apiVersion: "v1", kind: "ConfigMap" });
  const inner = new WebService(group, "inner", { image });
  group.node.addDependency(inner);
  new WebService(shop, "web", { image }).node.addDependency(shop);`;
    // It waits for everything else of the tenant.
    expect(await arrows(body, top)).toEqual(["web → group<br/>Group", "web → inner"]);
  });

  test("a service has an arrow to whose outputs it carries", async () => {
    const { arrows: found } = await graph(root, "examples/uploads", "-e", "prod");
    expect(found).toEqual(["gallery<br/>WebService → uploads<br/>Uploads"]);
  });
});

describe("connections", () => {
  test("are thick arrows with their names, in place of those for waiting", async () => {
    const at = folder({
      "index.ts": program(
        `const cart = new WebService(shop, "cart", { image });
  new WebService(shop, "web", { image, connections: { cart, basket: cart } }).node.addDependency(cart);`,
      ),
    });
    expect((await graph(at, "-e", "dev")).arrows).toEqual(["web<br/>WebService ⇒ cart<br/>WebService (basket, cart)"]);
  });

  test("lead to services of other programs, and to what is in no program that was named", async () => {
    const at = twoTeams();
    const arrowsOf = async (...args: string[]) => {
      const { stdout } = await flagstone(at, ["graph", "-e", "dev", ...args]);
      const chart = readChart(stdout);
      return { arrows: chart.arrows.map((arrow) => arrow.replaceAll("<br/>WebService", "")), chart };
    };
    const stripe = "web ⇒ stripe<br/>ExternalService (stripe)";
    const alone = await arrowsOf("shop.ts");
    expect(alone.arrows).toEqual(["web ⇒ bank/ledger.grpc (ledger)", "web ⇒ cart (cart)", stripe]);
    expect(alone.chart.boxes.find(({ isRounded }) => isRounded)).toMatchObject({
      label: "bank/ledger.grpc",
      inside: [],
    });
    const both = await arrowsOf("shop.ts", "bank.ts");
    expect(both.arrows).toEqual(["web ⇒ ledger (ledger)", "web ⇒ cart (cart)", stripe]);
    expect(nesting(both.chart)).toContain("bank in dev > bank<br/>Tenant > ledger<br/>WebService");
    expect(both.chart.boxes.some(({ isRounded }) => isRounded)).toBe(false);
  });

  test("do not lead from one environment to another", async () => {
    const { stdout } = await flagstone(twoTeams(), ["graph", "shop.ts", "bank.ts"]);
    for (const [, from, to] of stdout.matchAll(/^ {2}(n\d+)_\d+ ==>.* (n\d+)_\d+$/gm))
      expect(new Set(["n0 n0", "n0 n2", "n1 n1", "n1 n3"])).toContain(`${from} ${to}`);
  });
});

test("characters that mean something to Mermaid are escaped in labels", async () => {
  const top = "class Group extends Component {}";
  const { boxes } = await graph(
    folder({ "index.ts": program("new Group(shop, 'a \"b\" <c> #1');", { top }) }),
    "-e",
    "dev",
  );
  expect(boxes.at(-1)!.label).toBe("a #quot;b#quot; #lt;c> #35;1<br/>Group");
});

test("--json has a chart for each environment", async () => {
  const { stdout } = await flagstone(root, ["graph", "examples/uploads", "--json"]);
  const charts = JSON.parse(stdout) as any[];
  expect(charts.map(({ program: name, environment }) => `${name} in ${environment}`)).toEqual([
    "uploads in dev",
    "uploads in prod",
  ]);
  for (const { mermaid } of charts) expect(readChart(mermaid).boxes).toHaveLength(4);
});
