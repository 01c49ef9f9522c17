import { describe, expect, test } from "vitest";
import { flagstone, folder, program, root } from "./command.ts";

interface Box {
  readonly id: string;
  readonly label: string;
  /** Ids of the boxes around it, outermost first. */
  readonly inside: readonly string[];
}

/** Reads a flowchart as strictly as Mermaid does the part of its language that is used here; throws on anything else. */
function read(text: string): { readonly boxes: readonly Box[]; readonly arrows: readonly string[] } {
  const [first, ...lines] = text.trimEnd().split("\n");
  expect(first).toBe("flowchart LR");
  const boxes: Box[] = [];
  const arrows: [string, string][] = [];
  const open: string[] = [];
  for (const line of lines.map((one) => one.trim())) {
    const box = /^(?<subgraph>subgraph )?(?<id>[a-z]\w*)\["(?<label>(?:[^"#<\n]|#\w+;|<br\/>)+)"\]$/.exec(line)?.groups;
    const arrow = /^(?<from>[a-z]\w*) --> (?<to>[a-z]\w*)$/.exec(line)?.groups;
    if (box) {
      expect(boxes.map(({ id }) => id)).not.toContain(box["id"]);
      expect(box["id"]).not.toBe("end");
      boxes.push({ id: box["id"]!, label: box["label"]!, inside: [...open] });
      if (box["subgraph"]) open.push(box["id"]!);
    } else if (arrow) arrows.push([arrow["from"]!, arrow["to"]!]);
    else if (line === "end" && open.length > 0) open.pop();
    else throw new Error(`Mermaid would refuse the line ${line}`);
  }
  expect(open).toEqual([]);
  const named = (id: string) => {
    const box = boxes.find((one) => one.id === id);
    if (!box) throw new Error(`an arrow names ${id}, which is no box`);
    return box;
  };
  for (const [from, to] of arrows) {
    // Mermaid refuses to draw an arrow between a box and one around it.
    expect(named(from).inside).not.toContain(to);
    expect(named(to).inside).not.toContain(from);
  }
  return { boxes, arrows: arrows.map(([from, to]) => `${named(from).label} → ${named(to).label}`) };
}

async function graph(cwd: string, ...args: string[]) {
  const { code, stdout, stderr } = await flagstone(cwd, ["graph", ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return read(stdout);
}

test.each(["quickstart", "acme/platform", "acme/shop", "uploads"])(
  "the chart of examples/%s can be drawn",
  async (example) => {
    const { boxes } = await graph(root, `examples/${example}`);
    expect(boxes.length).toBeGreaterThan(1);
  },
);

test("each environment is a box with its constructs inside", async () => {
  const { boxes } = await graph(folder({ "index.ts": program() }));
  const drawn = boxes.map(({ label, inside }) =>
    [...inside.map((id) => boxes.find((box) => box.id === id)!.label), label].join(" > "),
  );
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
  for (const { mermaid } of charts) expect(read(mermaid).boxes).toHaveLength(4);
});
