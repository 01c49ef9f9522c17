import { expect, test } from "vitest";
import { flagstone, folder, program } from "./command.ts";

const at = folder({
  "index.ts": program(),
  "shop.ts": program(undefined, { name: "shop" }).replaceAll(" prod: ", " live: "),
});

async function environments(...args: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await flagstone(at, ["plan", "--json", ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return (JSON.parse(stdout) as any[]).map((plan) => `${plan.program} in ${plan.environment.name}`);
}

test.each<[string, string[], string[]]>([
  ["without --environment all are read", ["index.ts"], ["acme in dev", "acme in prod"]],
  ["one can be named", ["index.ts", "-e", "prod"], ["acme in prod"]],
  ["the long option does the same", ["index.ts", "--environment=prod"], ["acme in prod"]],
  [
    "the option can be repeated, and the order is the program's",
    ["index.ts", "-e", "prod", "-e", "dev"],
    ["acme in dev", "acme in prod"],
  ],
  ["names can be separated by commas", ["index.ts", "-e", "prod, dev"], ["acme in dev", "acme in prod"]],
  [
    "an environment of one of several programs leaves out the others",
    ["index.ts", "shop.ts", "-e", "live"],
    ["shop in live"],
  ],
  [
    "an environment of all programs is read in each",
    ["index.ts", "shop.ts", "-e", "dev"],
    ["acme in dev", "shop in dev"],
  ],
])("%s", async (_, args, expected) => {
  expect(await environments(...args)).toEqual(expected);
});
