import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { flagstone, folder, program, type Result } from "./command.ts";

const tree = (files: Record<string, string>): Promise<Result> => flagstone(folder(files), ["tree"]);

/** A stack trace of this library, of its packages or of Node. */
const FRAME_OF_OURS = /\/dist\/|\/lib\/|node_modules|node:internal|Node\.js v/;

describe("the program's own errors", () => {
  test.each<[string, Record<string, string>, string]>([
    [
      "what it throws comes with the lines that threw",
      { "index.ts": "function inner(): never {\n  throw new RangeError('no');\n}\n\ninner();\n" },
      "index.ts threw: RangeError: no\n  at index.ts:2 (inner)\n  at index.ts:5\n",
    ],
    [
      "what a file that it imports throws comes with the line in that file",
      { "index.ts": 'import "./src/facts.ts";', "src/facts.ts": "\nthrow new Error('no facts');\n" },
      "index.ts threw: no facts\n  at src/facts.ts:2\n",
    ],
    [
      "what an await at the top level throws comes with its line",
      { "index.ts": 'import { readFile } from "node:fs/promises";\n\nawait readFile("config.json");\n' },
      "index.ts threw: ENOENT: no such file or directory, open 'config.json'\n  at index.ts:3\n",
    ],
    [
      "a cause comes with its own line",
      {
        "index.ts":
          "function read(): never {\n  throw new TypeError('bad');\n}\ntry {\n  read();\n} catch (cause) {\n  throw new Error('no config', { cause });\n}",
      },
      "index.ts threw: no config\n  at index.ts:7\n  caused by TypeError: bad\n  at index.ts:2 (read)\n  at index.ts:5\n",
    ],
    ["what is thrown need not be an error", { "index.ts": "throw 'enough';" }, "index.ts threw: enough\n"],
    [
      "facts that are not valid come with the line that declared them",
      {
        "index.ts":
          'import { definePlatform } from "flagstone";\n\ndefinePlatform("Acme", { domain: "acme.example", environments: { dev: {} } });',
      },
      `the facts of platform "Acme" are not valid
error: Acme: platform name "Acme" is not a DNS label (lower-case letters, digits and "-", at most 63 characters) (names/invalid)
  fix: call it "acme"
  at index.ts:3
`,
    ],
    [
      "run that is called twice comes with the line of the second call",
      { "index.ts": `${program()}\nplatform.run(() => undefined);\n` },
      `acme: run was called twice; a program has one\n  at index.ts:${program().split("\n").length + 1}\n`,
    ],
    [
      "run that is never called is an error, as an empty program would delete everything",
      { "index.ts": program().replace("platform.run(", "((_: unknown) => 0)(") },
      "acme: run was never called, and an empty program would delete everything; end index.ts with\n  export const flagstone = … .run((environment) => { … });\n",
    ],
    [
      "two programs in one file are an error",
      {
        "a.ts": program(undefined, { name: "a" }),
        "b.ts": program(undefined, { name: "b" }),
        "index.ts": 'import "./a.ts"; import "./b.ts";',
      },
      'index.ts makes "a" and "b": a program is one Platform or one Application, so split it\n',
    ],
    [
      "two programs in one file are an error too where only one is run",
      {
        "a.ts": program(undefined, { name: "a" }),
        "index.ts": `import "./a.ts";\n${program().replace("platform.run(", "((_: unknown) => 0)(")}`,
      },
      'index.ts makes "a" and "acme": a program is one Platform or one Application, so split it\n',
    ],
    [
      "an application without environments is an error",
      {
        "index.ts": `import { Application, definePlatform } from "flagstone";
const platform = definePlatform("acme", { domain: "acme.example", environments: { dev: {} } });
export const flagstone = new Application("shop", { platform, environments: {} }).run(() => undefined);`,
      },
      "shop has no environments\n",
    ],
    [
      "a program that ends the process is an error",
      { "index.ts": "process.exit(0);" },
      "the program ended the process while it was read, or waits for what never comes\n",
    ],
    [
      "a program that waits for what never comes is an error",
      { "index.ts": "await new Promise(() => {});" },
      "the program ended the process while it was read, or waits for what never comes\n",
    ],
  ])("%s", async (_, files, message) => {
    expect(await tree(files)).toEqual({ code: 1, signal: null, stdout: "", stderr: `error: ${message}` });
  });

  test("a rejection that nobody handles is told with its line", async () => {
    const { code, stderr } = await tree({ "index.ts": `${program()}void Promise.reject(new Error("lost"));` });
    expect(code).toBe(1);
    expect(stderr).toBe(`error: the program threw: lost\n  at index.ts:${program().split("\n").length}\n`);
  });

  // The first lines are Node's words, which differ from version to version.
  test.each<[string, Record<string, string>, readonly string[]]>([
    [
      "a syntax error in TypeScript",
      { "index.ts": "const a = 1;\nconst b = ;\n" },
      ["error: index.ts cannot be loaded: SyntaxError: ", "  at index.ts:2", "    const b = ;", "              ^"],
    ],
    [
      "a syntax error in JavaScript",
      { "index.js": 'import "./b.js";', "b.js": "const a = 1;\nconst b = ;\n" },
      ["error: index.js cannot be loaded: SyntaxError: ", "  at b.js:2", "    const b = ;", "              ^"],
    ],
    [
      "an enum, which stripping types does not remove",
      { "index.ts": 'import "./color.ts";', "color.ts": "\nenum Color {}\n" },
      [
        "error: index.ts cannot be loaded: SyntaxError: ",
        "  at color.ts:2",
        "    enum Color {}",
        "    ^^^^^^^^^^^^^",
        "  fix: Node removes types and nothing else, so write it without; erasableSyntaxOnly in tsconfig.json makes the editor say so",
      ],
    ],
    [
      "an import without the file's extension",
      { "index.ts": 'import "./facts";', "facts.ts": "" },
      [
        "error: index.ts cannot be loaded: Cannot find module ",
        '  fix: relative imports name the file with its extension, as in "./facts.ts"; packages have to be installed',
      ],
    ],
    [
      "a package that is not installed",
      { "index.ts": 'import "@acme/nothing";' },
      [
        "error: index.ts cannot be loaded: Cannot find package '@acme/nothing' imported from ",
        '  fix: relative imports name the file with its extension, as in "./facts.ts"; packages have to be installed',
      ],
    ],
    [
      "a name that a module does not export",
      { "index.ts": 'import { WebServce } from "flagstone";\nWebServce();' },
      [
        "error: index.ts cannot be loaded: SyntaxError: ",
        "  at index.ts:1",
        '    import { WebServce } from "flagstone";',
        "             ^^^^^^^^^",
        "  fix: check the name; a type is imported with import { type … }",
      ],
    ],
  ])("%s comes with its place, and no stack trace", async (_, files, lines) => {
    const { code, stdout, stderr } = await tree(files);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    const [first = "", ...rest] = stderr.trimEnd().split("\n");
    expect(first.slice(0, lines[0]!.length)).toBe(lines[0]);
    expect(rest).toEqual(lines.slice(1));
  });

  test("what the function of run throws is a finding with its line, in every environment", async () => {
    const body =
      'if (environment.name === "prod") throw new TypeError("no prod");\n  new WebService(shop, "web", { image });';
    const { code, stdout, stderr } = await tree({ "index.ts": program(body) });
    expect(code).toBe(1);
    const line =
      program(body)
        .split("\n")
        .findIndex((text) => text.includes("no prod")) + 1;
    expect(stderr).toBe(`error prod: the program threw: no prod (program/threw)
  fix: mend the program; what it declares after this line is not checked yet
  at shop/index.ts:${line}, owner platform
1 error
`);
    expect(stdout).toContain("web  WebService");
  });

  test("no error of a program comes with a stack trace of ours", async () => {
    const texts = [
      "throw new Error('no');",
      "await Promise.reject(new Error('no'));",
      "const a = ;",
      'import "./nowhere.ts";',
      program("throw new Error('no');"),
      program('environment.node.addValidation({ validate: () => { throw new Error("no"); } });'),
    ];
    for (const text of texts) {
      const { code, stdout, stderr } = await tree({ "index.ts": text });
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.not.stringMatching(FRAME_OF_OURS) });
      expect(stdout).not.toMatch(FRAME_OF_OURS);
    }
  });
});

describe("findings", () => {
  const unpinned = 'new WebService(shop, "web", { image: "registry.acme.example/web" });';

  test("findings of all environments and programs are in one report, and nothing is written", async () => {
    const at = folder({
      "a.ts": program(unpinned, { name: "a" }),
      "b.ts": program(`${unpinned}\n  throw new Error("no");`, { name: "b" }),
    });
    const { code, stdout, stderr } = await flagstone(at, ["synth", "a.ts", "b.ts"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    const errors = stderr
      .split("\n")
      .flatMap((line) => /^error ([\w/, ]+): .*\((.+)\)$/.exec(line)?.slice(1).join(" ") ?? []);
    expect(errors).toEqual(["dev, prod program/threw", "dev/shop/web, prod/shop/web image/mutable"]);
    expect(stderr.trimEnd().split("\n").slice(-2)).toEqual(["6 errors", "nothing was written"]);
    expect(existsSync(join(at, "rendered"))).toBe(false);
  });

  test.each(["tree", "plan", "graph"])("%s prints its result and, apart from that, the findings", async (command) => {
    const { code, stdout, stderr } = await flagstone(folder({ "index.ts": program(unpinned) }), [command]);
    expect(code).toBe(1);
    expect(stdout).toContain("acme in prod");
    expect(stdout).not.toContain("fix:");
    expect(stderr).toMatch(/^error dev\/shop\/web, prod\/shop\/web: [^]*\n2 errors\n$/);
  });

  test("the error of one environment comes before the warnings of another, and what is alike is one", async () => {
    const top = `class Note extends Component {
  constructor(scope: Construct, id: string, severity: "error" | "warning") {
    super(scope, id);
    this.report({ rule: "note/made", severity, message: "this is a note", fix: "make none" });
  }
}`;
    const body = `for (let i = 0; i < 5; i++) new Note(shop, \`note-\${i}\`, "warning");
  if (environment.name === "prod") new Note(shop, "wrong", "error");`;
    const { stderr } = await flagstone(folder({ "index.ts": program(body, { top }) }), ["tree"]);
    expect(
      stderr
        .trimEnd()
        .split("\n")
        .filter((line) => !line.startsWith("  at ")),
    ).toEqual([
      "error prod/shop/wrong: this is a note (note/made)",
      "  fix: make none",
      "warning dev/shop/note-0, dev/shop/note-1, dev/shop/note-2 and 7 more: this is a note (note/made)",
      "  fix: make none",
      "1 error, 10 warnings",
    ]);
  });

  test("a finding names the line, the fix and the owner", async () => {
    const { stderr } = await flagstone(folder({ "index.ts": program(unpinned) }), ["tree", "-e", "dev"]);
    const line =
      program(unpinned)
        .split("\n")
        .findIndex((text) => text.includes(unpinned)) + 1;
    expect(stderr).toMatch(
      new RegExp(`\\n {2}fix: .+\\n {2}at shop/index\\.ts:${line}, owner group:shop\\n1 error\\n$`),
    );
  });

  test("warnings are told, and are no error", async () => {
    const body = 'new WebService(shop, "web", { image: "registry.acme.example/web:1.0.0" });';
    const { code, stderr } = await flagstone(folder({ "index.ts": program(body) }), ["synth", "-e", "prod"]);
    expect(stderr).toMatch(/^warning prod\/shop\/web: [^]*\n1 warning\n$/);
    expect(code).toBe(0);
  });
});

describe("the command ends", () => {
  test("when it is done, whatever the program keeps open", async () => {
    const body = 'new WebService(shop, "web", { image });\n  setInterval(() => {}, 1_000);';
    const { code, stdout } = await flagstone(folder({ "index.ts": program(body) }), ["plan", "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toHaveLength(2);
  });

  test("with what the system said, and no stack, where it cannot write", async () => {
    const at = folder({ "index.ts": program(), taken: "" });
    const { code, stderr } = await flagstone(at, ["synth", "--out", "taken"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: cannot \w+ taken\S*: (file already exists|not a directory)$/m);
    expect(stderr).not.toContain("    at ");
  });
});

describe("what is typed wrong", () => {
  test.each<[readonly string[], string]>([
    [["synth", "--out", ""], "error: --out names no folder\n"],
    [["import", "index.ts", "--out", ""], "error: --out names no folder\n"],
    [["tree", "-e", "prd"], 'error: there is no environment "prd": did you mean "prod"?\n'],
    [
      ["tree", "-e", "prd,qa,dev"],
      'error: there is no environment "prd": did you mean "prod"?\nthere is no environment "qa": known are "dev", "prod"\n',
    ],
    [["tree", "-e", ","], 'error: --environment names none: known are "dev", "prod"\n'],
    [["explain", "shop/wbe"], 'error: there is no construct "shop/wbe": did you mean "shop/web"?\n'],
    [["explain", "wbe"], 'error: there is no construct "wbe": did you mean "web"?\n'],
    [["explain", "dev/shop/wbe"], 'error: there is no construct "dev/shop/wbe": did you mean "dev/shop/web"?\n'],
    [
      ["explain", "something-else"],
      'error: there is no construct "something-else": flagstone tree prints all of them\n',
    ],
    [["explain"], "error: missing required argument 'path'\n"],
    [["who-can", "gte", "pods"], 'error: there is no verb "gte": did you mean "get"?\n'],
    [["who-can", "get", "deployment"], 'error: there is no resource "deployment": did you mean "deployments.apps"?\n'],
    [["who-can", "get", "pods.app"], 'error: there is no resource "pods.app": did you mean "pods"?\n'],
    [
      ["who-can", "get", "wat"],
      'error: there is no resource "wat": write its plural, and its API group after a dot, as in deployments.apps\n',
    ],
    [["who-can", "get", "pods/"], 'error: "pods/" is no object; write it as in pods, or deployments.apps/checkout\n'],
    [["who-can", "get", "pods", "-n", "shp"], 'error: no program has the namespace "shp": did you mean "shop"?\n'],
    [["who-can", "get", "pods", "--cluster", "mian"], 'error: there is no cluster "mian": did you mean "main"?\n'],
    [["who-can", "get"], "error: missing required argument 'object'\n"],
    [["what-can", "shp"], 'error: no binding names the group "shp": did you mean "shop"?\n'],
    [["offboard", "shp"], 'error: no program has the tenant "shp": did you mean "shop"?\n'],
    [["tre"], "error: unknown command 'tre'\n(Did you mean tree?)\n"],
    [["tree", "--jsn"], "error: unknown option '--jsn'\n(Did you mean --json?)\n"],
    [
      ["synth", "--outputs", "nothing.json"],
      "error: --outputs nothing.json cannot be read: ENOENT: no such file or directory, open 'nothing.json'\n",
    ],
  ])("flagstone %j ends with 2 and says why on standard error", async (args, stderr) => {
    expect(await flagstone(folder({ "index.ts": program() }), args)).toEqual({
      code: 2,
      signal: null,
      stdout: "",
      stderr,
    });
  });

  test("a file without a Platform or an Application is no program", async () => {
    expect(await tree({ "index.ts": "export {};" })).toEqual({
      code: 2,
      signal: null,
      stdout: "",
      stderr: "error: index.ts makes no Platform and no Application\n",
    });
  });

  test("no command at all prints the help to standard error", async () => {
    const { code, stdout, stderr } = await flagstone(folder({}), []);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("Usage: flagstone [options] [command]");
  });

  test.each([
    [["explain", "web"], 'error: there is no construct "web"'],
    [["what-can", "bank"], 'error: no binding names the group "bank"'],
    [["offboard", "bank"], 'error: no program has the tenant "bank"'],
  ])("what %j does not find because the program threw comes with what it threw", async (args, error) => {
    const { code, stderr } = await flagstone(folder({ "index.ts": program('throw new Error("half-way");') }), args);
    expect(code).toBe(2);
    expect(stderr).toContain("error dev, prod: the program threw: half-way");
    expect(stderr).toContain(error);
  });

  test.each([
    [["who-can", "get", "pods"]],
    [["what-can", "group:shop"]],
    [["offboard", "shop"]],
    [["graph", "--network"]],
  ])("%j answers, and ends with 1 where the program has errors", async (args) => {
    const body = 'new WebService(shop, "web", { image: "web:latest" });';
    const { code, stdout, stderr } = await flagstone(folder({ "index.ts": program(body) }), args);
    expect(code).toBe(1);
    expect(stdout).toContain(args[0] === "offboard" ? "tenant shop" : "in dev");
    expect(stderr).toMatch(/^error dev\/shop\/web, prod\/shop\/web: [^]*\n2 errors\n$/);
  });
});
