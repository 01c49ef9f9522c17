import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { COMMANDS, flagstone, folder, main, program, root, start } from "./command.ts";

// Progress moves the cursor, which is no color.
const COLOR = /\u001b\[[\d;]*m/;

describe("color", () => {
  const broken = program('new WebService(shop, "web", { image: "web:latest" });');

  test.each(COMMANDS)("flagstone %s prints none into a pipe", async (...command) => {
    const { stdout, stderr } = await flagstone(folder({ "index.ts": program() }), command);
    expect(stdout).not.toMatch(COLOR);
    expect(stderr).not.toMatch(COLOR);
  });

  test.each(COMMANDS.filter(([name]) => name !== "graph"))(
    "flagstone %s prints some with FORCE_COLOR=1, and else the same",
    async (...command) => {
      const at = folder({ "index.ts": program() });
      await flagstone(at, ["synth"]);
      const { stdout } = await flagstone(at, command, { FORCE_COLOR: "1" });
      expect(stdout).toMatch(COLOR);
      expect(stripVTControlCharacters(stdout)).toBe((await flagstone(at, command)).stdout);
    },
  );

  test("a chart and JSON have none, even with FORCE_COLOR=1", async () => {
    const at = folder({ "index.ts": program() });
    for (const args of [["graph"], ["graph", "--network"], ...COMMANDS.map((command) => [...command, "--json"])])
      expect((await flagstone(at, args, { FORCE_COLOR: "1" })).stdout).not.toMatch(COLOR);
  });

  test("findings and errors have some with FORCE_COLOR=1", async () => {
    const found = await flagstone(folder({ "index.ts": broken }), ["tree"], { FORCE_COLOR: "1" });
    expect(found.stderr).toMatch(COLOR);
    const failed = await flagstone(folder({}), ["tree"], { FORCE_COLOR: "1" });
    expect(failed.stderr).toMatch(COLOR);
  });

  test("there is color on a terminal, and none with NO_COLOR", async (context) => {
    if (!hasScript()) context.skip("the command script of util-linux, which makes terminals, is not here");
    const at = folder({ "index.ts": broken });
    const command = `${process.execPath} ${main} tree`;
    const onTerminal = (env: NodeJS.ProcessEnv) =>
      start("script", ["--quiet", "--return", "--command", command, "/dev/null"], at, {
        TERM: "xterm-256color",
        ...env,
      }).result;
    expect((await onTerminal({})).stdout).toMatch(COLOR);
    expect((await onTerminal({ NO_COLOR: "1" })).stdout).not.toMatch(COLOR);
    expect((await onTerminal({ TERM: "dumb" })).stdout).not.toMatch(COLOR);
    // What goes to a file has none, whatever the other stream is.
    await start("script", ["--quiet", "--command", `${command} 2> errors.txt`, "/dev/null"], at, {
      TERM: "xterm-256color",
    }).result;
    const errors = spawnSync("cat", [join(at, "errors.txt")], { encoding: "utf8" }).stdout;
    expect(errors).toContain("error dev/shop/web");
    expect(errors).not.toMatch(COLOR);
  });
});

function hasScript(): boolean {
  return spawnSync("script", ["--version"], { encoding: "utf8" }).stdout?.includes("util-linux") ?? false;
}

describe("pipes", () => {
  test.each(COMMANDS)("flagstone %s does not mind a reader that stops", async (...command) => {
    const many = program(
      'for (let i = 0; i < 100; i++) new WebService(shop, `web-${i}`, { image });\n  new WebService(shop, "web", { image });',
    );
    const at = folder({ "index.ts": many });
    const typed = [process.execPath, main, ...command, ...(command[0] === "explain" ? ["--json"] : [])].join(" ");
    const { stdout, stderr } = await start("sh", ["-c", `{ ${typed}; echo "code $?" >&2; } | head -n 1`], at).result;
    expect(stdout.split("\n")).toHaveLength(2);
    expect(stderr).toBe("code 0\n");
    if (command[0] === "synth")
      expect(existsSync(join(at, "rendered/prod/main/shop/deployment-web-99.yaml"))).toBe(true);
  });

  test("a reader of standard error that stops does not matter either", async () => {
    // Warnings only, so that the exit code is not that of an error.
    const warned = program('new WebService(shop, "web", { image: "registry.acme.example/web:1.0.0" });');
    const at = folder({ "index.ts": warned });
    const typed = `exec 3>&1; { ${process.execPath} ${main} tree -e prod 2>&1 >/dev/null; echo "code $?" >&3; } | true`;
    expect((await start("sh", ["-c", typed], at).result).stdout).toBe("code 0\n");
  });
});

describe("help", () => {
  test.each(["", "synth", "plan", "tree", "explain", "graph", "who-can", "what-can", "offboard"])(
    "of flagstone %s",
    async (name) => {
      const command = name === "" ? [] : [name];
      const { code, stdout, stderr } = await flagstone(folder({}), [...command, "--help"]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toMatchSnapshot();
      expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
      if (command.length > 0) expect((await flagstone(folder({}), ["help", ...command])).stdout).toBe(stdout);
    },
  );

  test("--version is that of the package", async () => {
    const { stdout } = await flagstone(folder({}), ["--version"]);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+/);
  });
});

describe("Node", () => {
  // The one of the machine, next to the one that npm installed.
  const system = spawnSync("/usr/bin/env", ["-i", "PATH=/usr/local/bin:/usr/bin:/bin", "node", "--version"], {
    encoding: "utf8",
  }).stdout;
  const [, major = "", minor = ""] = /^v(\d+)\.(\d+)/.exec(system ?? "") ?? [];
  const isOld = major !== "" && (Number(major) < 22 || (Number(major) === 22 && Number(minor) < 18));

  test("that is too old is refused", async (context) => {
    if (!isOld) context.skip(`the machine has ${system?.trim() || "no Node"}, which is not too old`);
    const args = ["-i", "PATH=/usr/local/bin:/usr/bin:/bin", "node", main, "tree"];
    expect(await start("/usr/bin/env", args, root).result).toEqual({
      code: 2,
      signal: null,
      stdout: "",
      stderr: `error: flagstone needs Node 22.18 or newer, and this is ${system.trim().slice(1)}\n`,
    });
  });
});
