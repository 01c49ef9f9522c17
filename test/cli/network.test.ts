import { expect, test } from "vitest";
import { nesting, readChart } from "./chart.ts";
import { flagstone, folder, program, root } from "./command.ts";
import { twoTeams } from "./two-teams.ts";

const at = twoTeams();
const ALL = ["platform.ts", "shop.ts", "bank.ts"];

async function network(...args: string[]) {
  const { code, stdout } = await flagstone(at, ["graph", "--network", ...args]);
  expect(code).toBe(0);
  const chart = readChart(stdout);
  return { chart, text: stdout, arrows: chart.arrows.map((arrow) => arrow.replaceAll("<br/>Deployment", "")) };
}

test("workloads are joined across programs, and reach exactly what their connections say", async () => {
  const { chart, arrows } = await network("-e", "dev", ...ALL);
  expect(nesting(chart)).toEqual([
    "acme, bank and shop in dev",
    "acme, bank and shop in dev > bank",
    "acme, bank and shop in dev > bank > ledger<br/>Deployment",
    "acme, bank and shop in dev > shop",
    "acme, bank and shop in dev > shop > cart<br/>Deployment",
    "acme, bank and shop in dev > shop > web<br/>Deployment",
    "acme, bank and shop in dev > internet",
    "acme, bank and shop in dev > namespace edge",
  ]);
  expect(arrows).toEqual([
    "web → ledger (50051/TCP grpc)",
    "web → cart (8080/TCP http)",
    "web → internet (443/TCP)",
    "namespace edge ⇢ web (8080/TCP http)",
  ]);
});

test("pods of a program that was not named are at the end of a dotted arrow", async () => {
  const { chart, arrows } = await network("-e", "dev", "shop.ts");
  expect(arrows).toContain("web ⇢ bank/ledger (50051/TCP)");
  expect(chart.boxes.find(({ label }) => label === "bank/ledger")?.isRounded).toBe(true);
});

test("the order in which programs are named changes nothing", async () => {
  const [one, other] = [await network(...ALL), await network(...ALL.toReversed())];
  expect(other.text).toBe(one.text);
});

test("several clusters are boxes, and nothing leads from one to the other", async () => {
  const { chart, text } = await network("-e", "prod", ...ALL);
  expect(nesting(chart)).toContain("acme, bank and shop in prod > us > shop > web<br/>Deployment");
  expect(chart.boxes.filter(({ label }) => label === "internet")).toHaveLength(2);
  const ends = [...text.matchAll(/^ {2}(e0c\d)\w+ \S+\|.*\| (e0c\d)\w+$/gm)];
  expect(ends).toHaveLength(8);
  for (const [, from, to] of ends) expect(to).toBe(from);
});

test("several ports are on one arrow, and what no policy holds off comes from anywhere", async () => {
  const open = `new ApiObject(environment, "open", {
    apiVersion: "v1", kind: "Pod", metadata: { name: "open", namespace: "tools" },
    spec: { containers: [{ name: "c", ports: [{ containerPort: 1, name: "a" }, { containerPort: 2, protocol: "UDP" }] }] },
  });`;
  const { stdout } = await flagstone(folder({ "index.ts": program(open) }), ["graph", "--network", "-e", "dev"]);
  expect(readChart(stdout).arrows).toEqual([
    "open<br/>Pod → open<br/>Pod (1/TCP a<br/>2/UDP)",
    "open<br/>Pod → anywhere (any port)",
    "anywhere → open<br/>Pod (1/TCP a<br/>2/UDP)",
  ]);
});

test("--json has each edge with the policies that admit it, of both sides", async () => {
  const { code, stdout } = await flagstone(at, ["graph", "--network", "--json", "-e", "dev", ...ALL]);
  expect(code).toBe(0);
  const [{ platform, programs, environment, edges }] = JSON.parse(stdout);
  expect({ platform, programs, environment }).toEqual({
    platform: "acme",
    programs: ["acme", "bank", "shop"],
    environment: "dev",
  });
  expect(edges).toHaveLength(5); // the internet is one of IPv4 and one of IPv6
  expect(edges[0]).toEqual({
    cluster: "main",
    from: {
      kind: "workload",
      id: "main/apps/Deployment/shop/web",
      namespace: "shop",
      name: "web",
      type: "Deployment",
      tenant: "shop",
    },
    to: {
      kind: "workload",
      id: "main/apps/Deployment/bank/ledger",
      namespace: "bank",
      name: "ledger",
      type: "Deployment",
      tenant: "bank",
    },
    port: 50051,
    protocol: "TCP",
    endpoint: "grpc",
    by: {
      egress: ["main/networking.k8s.io/NetworkPolicy/shop/web"],
      ingress: ["main/networking.k8s.io/NetworkPolicy/bank/ledger"],
    },
  });
  expect(edges.at(-1)).toMatchObject({
    from: { kind: "pods", namespace: "edge", selector: {} },
    to: { name: "web" },
    endpoint: "http",
    by: { egress: [], ingress: ["main/networking.k8s.io/NetworkPolicy/shop/web"] },
  });
  expect(edges.some(({ port }: { port: number }) => port === 53)).toBe(false);
});

test("the examples' teams reach each other across their programs", async () => {
  const programs = ["platform", "shop", "payments"].map((name) => `examples/acme/${name}`);
  const { code, stdout } = await flagstone(root, ["graph", "--network", "-e", "dev", ...programs]);
  expect(code).toBe(0);
  expect(readChart(stdout).arrows).toContain("checkout<br/>Deployment → ledger<br/>Deployment (50051/TCP grpc)");
});
