import { expect, test } from "vitest";
import { flagstone } from "./command.ts";
import { twoTeams } from "./two-teams.ts";

const at = twoTeams();
const ALL = ["platform.ts", "shop.ts", "bank.ts"];

test("what is lost is listed, with those who depend on it, and the steps in order", async () => {
  const { code, stdout, stderr } = await flagstone(at, ["offboard", "bank", ...ALL, "-e", "prod"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const lines = stdout.split("\n");
  expect(lines[0]).toBe("When tenant bank goes, this is lost");
  expect(stdout).toContain("  1 workload\n    Deployment bank/ledger  prod on eu, us, by bank\n");
  expect(stdout).toContain("  1 connection of others\n    prod/shop/web → prod/bank/ledger.grpc  prod, tenant shop\n");
  expect(stdout).toContain("  1 group with access\n    bank  prod, as tenant-admin\n");
  expect(lines.flatMap((line) => /^ {2}(\d)\. \S/.exec(line)?.[1] ?? [])).toEqual(["1", "2", "3", "4", "5"]);
  expect(stdout).toContain("Nothing was changed. Seen were acme in prod, shop in prod, bank in prod;");
});

test("what is in no program that was named is not seen", async () => {
  const { stdout } = await flagstone(at, ["offboard", "bank", "platform.ts", "-e", "prod"]);
  expect(stdout).not.toContain("ledger");
  expect(stdout).toContain("Seen were acme in prod;");
});

test("--json has everything of all environments", async () => {
  const { code, stdout } = await flagstone(at, ["offboard", "shop", ...ALL, "--json"]);
  expect(code).toBe(0);
  const lost = JSON.parse(stdout);
  expect(lost.tenant).toBe("shop");
  expect(lost.workloads.map((one: any) => [one.environment, one.cluster, one.name, one.program])).toEqual([
    ["dev", "main", "Deployment shop/cart", "shop"],
    ["dev", "main", "Deployment shop/web", "shop"],
    ["prod", "eu", "Deployment shop/cart", "shop"],
    ["prod", "eu", "Deployment shop/web", "shop"],
    ["prod", "us", "Deployment shop/cart", "shop"],
    ["prod", "us", "Deployment shop/web", "shop"],
  ]);
  expect(lost.hosts.map(({ host }: any) => host)).toEqual(["web.shop.dev.acme.example", "web.shop.prod.acme.example"]);
  expect(lost.steps.length).toBeGreaterThan(3);
});
