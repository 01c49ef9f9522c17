import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  interpolate,
  parseEnvFile,
  parseMemory,
  parsePort,
  parseSeconds,
  shellSplit,
} from "../../lib/import/compose/syntax.ts";
import { fieldOf, fixture, importPaths, importText } from "./imported.ts";

const compose = (services: string, more = "") =>
  importText({ "compose.yaml": `services:\n${services}${more}`, "page.html": "<p>hi</p>\n" }, { tenant: "shop" });

describe("a Compose file", () => {
  test("becomes services, workers, and jobs that they wait for", async () => {
    const { text, report } = await importPaths([fixture("voting/compose.yaml")]);
    expect(report.constructs.map(({ type, id }) => `${type} ${id}`).sort()).toEqual([
      "Job migrate",
      "WebService db",
      "WebService result",
      "WebService tally",
      "WebService vote",
      "Worker worker",
    ]);
    expect(text).toContain("runAfter: [migrate]");
    expect(text).toContain('args: ["migrate", "--database", "postgres://db:5432/votes"]');
    expect(text).toContain("({ DATABASE_URL: `postgres://votes:votes@${address}/votes` })");
    expect(text).toContain('rollout: { strategy: "recreate" }');
    expect(report.hints.join("\n")).toContain("db is a database in a pod");
  });

  test("has jobs that wait for jobs", async () => {
    const { text, report } = await compose(`  web:
    image: registry.acme.example/shop/web:1.0.0
    depends_on: { seed: { condition: service_completed_successfully } }
  seed:
    image: registry.acme.example/shop/web:1.0.0
    depends_on: { migrate: { condition: service_completed_successfully } }
  migrate:
    image: registry.acme.example/shop/web:1.0.0
`);
    expect(text).toMatch(/const seed = new Job\(shop, "seed", \{[^}]*runAfter: \[migrate\]/);
    expect(text).toMatch(/new Worker\(shop, "web", \{[^}]*runAfter: \[seed\]/);
    expect(report.unexplained).toEqual([]);
  });

  test("extends services of other files, which are read beside it", async () => {
    const { text, report } = await importText(
      {
        "compose.yaml": `services:
  web: { extends: { file: common/base.yaml, service: web }, environment: { LEVEL: debug } }
`,
        "common/base.yaml": `services:
  base: { image: "registry.acme.example/shop/web:1.0.0", environment: { MODE: fast } }
  web: { extends: base, command: serve, environment: { LEVEL: info } }
`,
      },
      { tenant: "shop" },
    );
    expect(text).toContain('image: "registry.acme.example/shop/web:1.0.0"');
    expect(text).toContain('env: { MODE: "fast", LEVEL: "debug" }');
    expect(report.unexplained).toEqual([]);
  });

  test.each([
    ["{ file: gone.yaml, service: base }", "the file gone.yaml is not there"],
    ["{ service: gone }", 'there is no service "gone"'],
    ["{ file: other.yaml, service: gone }", 'there is no service "gone" in other.yaml'],
    ["web", "services extend each other in a circle"],
  ])("that extends %s says that it has nothing of it", async (given, reason) => {
    const imported = await importText({
      "compose.yaml": `services: { web: { image: "a:1", extends: ${given} } }`,
      "other.yaml": "services: {}",
    });
    expect(imported.report.hints).toContain(`service "web" has nothing of what it extends: ${reason}`);
    expect(
      imported.report.fields.filter(({ path }) => path.startsWith("services.web.extends")).map(({ note }) => note),
    ).toContain(reason);
  });

  test("says what Compose itself would not start without", async () => {
    const { report } = await compose(`  web:
    image: registry.acme.example/shop/web:1.0.0
    depends_on: [nope]
    environment: { B: "\${B:?must be set}" }
`);
    expect(report.hints.join("\n")).toContain('service "web" depends on "nope", which the file does not have');
    expect(report.hints.join("\n")).toContain("Compose does not start without a value of B: must be set");
  });

  test("has no jobs that wait for each other", async () => {
    const job = (name: string, other: string): string =>
      `  ${name}: { image: "a:1", depends_on: { ${other}: { condition: service_completed_successfully } } }\n`;
    await expect(compose(job("a", "b") + job("b", "a"))).rejects.toThrow("services wait for each other: a → b → a");
  });

  test("has no two services of one name", async () => {
    await expect(compose('  x_y: { image: "a:1" }\n  x-y: { image: "a:1" }\n')).rejects.toThrow(
      'services "x_y" and "x-y" would both be called "x-y": rename one of them',
    );
  });

  test("with secrets as text says so", async () => {
    const { report } = await compose(`  web:
    image: registry.acme.example/shop/web:1.0.0
    environment: { POSTGRES_PASSWORD: hunter2, TOKEN_FILE: /run/token, DATABASE_URL: "postgres://a:b@db.example/x" }
`);
    expect(report.hints.join("\n")).toContain("web (POSTGRES_PASSWORD, DATABASE_URL): what looks secret stands in");
    expect(report.hints.join("\n")).not.toContain("hunter2");
  });

  test("accounts for each of its fields, unknown ones too", async () => {
    const imported = await importPaths([fixture("compose/docker-compose.yml")]);
    expect(fieldOf(imported, "services.api_server.entrypoint")).toBe("expressed");
    expect(fieldOf(imported, "services.api_server.restart")).toBe("changed: compose/restart");
    expect(fieldOf(imported, "services.api_server.something_new.deep.0")).toBe(
      "not-expressible: the field is not known",
    );
    expect(fieldOf(imported, "services.api_server.environment.UNSET")).toContain("not-expressible");
    expect(fieldOf(imported, "version")).toBe("changed: compose/version");
    expect(imported.report.fields.every(({ path, fate }) => path !== "" && fate)).toBe(true);
  });

  test("says what its parts become", async () => {
    const { text } = await importPaths([fixture("compose/docker-compose.yml")]);
    expect(text).toContain('command: ["/bin/api", "--listen", "0.0.0.0:8000"]');
    expect(text).toContain('args: ["serve", "--name", "the api", "--quiet mode"]');
    expect(text).toContain('"/etc/nginx.conf": "events {}\\n"');
    expect(text).toContain('"/run/secrets/token": Ref.secretKey({ name: "token", key: "token" })');
    expect(text).toContain('env: { LEVEL: "debug", QUOTED: "a b", PRICE: "5$" }');
    expect(text).toContain('memory: { request: "20Mi", limit: "50Mi" }');
    expect(text).toContain('{ kind: "empty", path: "/run", medium: "memory", size: "16Mi" }');
    expect(text).toContain("({ CACHE_URL: `redis://${address}/0` })");
  });

  test("without an image gets one that somebody has to build", async () => {
    const imported = await compose("  web: { build: . }\n");
    expect(imported.text).toContain("// TODO: Compose builds this image.");
    expect(imported.text).toContain('image: "registry.todo.example/web:0.0.0"');
    expect(fieldOf(imported, "services.web.build")).toContain("not-expressible");
  });

  test("takes in files that it mounts, and says which it cannot", async () => {
    const imported = await compose(
      '  web: { image: "nginx:1.29.3", volumes: ["./page.html:/srv/page.html:ro", "./missing:/x"] }\n',
    );
    expect(imported.text).toContain('"/srv/page.html": "<p>hi</p>\\n"');
    expect(fieldOf(imported, "services.web.volumes.0")).toBe("changed: compose/bind-file");
    expect(fieldOf(imported, "services.web.volumes.1")).toContain("not-expressible");
  });

  test("is reached from outside where it publishes what speaks HTTP, and only there", async () => {
    const imported = await compose(
      '  web: { image: "nginx:1.29.3", ports: ["8080:80"] }\n  db: { image: "postgres:18.0", ports: ["5432:5432"] }\n',
    );
    expect(imported.text).toContain('endpoints: { http: { port: 80, visibility: "external", tls: false } }');
    expect(imported.text).toContain('endpoints: { "tcp-5432": { port: 5432, protocol: "tcp" } }');
    expect(fieldOf(imported, "services.db.ports.0")).toBe("changed: compose/published-tcp");
  });

  test("checks health as it did, with the time to start as a probe of its own", async () => {
    const imported = await compose(
      '  web: { image: "nginx:1.29.3", healthcheck: { test: "curl -f http://localhost || exit 1", interval: 10s, retries: 2, start_period: 1m } }\n',
    );
    expect(imported.text).toContain('exec: ["/bin/sh", "-c", "curl -f http://localhost || exit 1"]');
    expect(imported.text).toContain('every: "10s", failures: 8');
    expect(imported.report.unexplained).toEqual([]);
  });
});

test.each([
  ["a b", ["a", "b"]],
  ["  a   b  ", ["a", "b"]],
  [`sh -c 'echo "x y"'`, ["sh", "-c", 'echo "x y"']],
  [`"a \\" b" c\\ d`, ['a " b', "c d"]],
  ["a''b", ["ab"]],
  ['""', [""]],
  ["", []],
])("a shell splits %j into %j", (text, words) => {
  expect(shellSplit(text)).toEqual(words);
});

test("words in single quotes are split into themselves", () => {
  fc.assert(
    fc.property(fc.array(fc.string().filter((word) => !word.includes("'"))), (words) => {
      expect(shellSplit(words.map((word) => `'${word}'`).join(" "))).toEqual(words);
    }),
  );
});

test.each([
  ["$A-${A}", "1-1", []],
  ["${B:-two} ${B-three}", "two ", []],
  ["${C:-${A}}", "1", []],
  ["${A:+set}${C:+unset}", "set", []],
  ["$$A ${C}", "$A ", ["C"]],
  ["5$ and $1", "5$ and $1", []],
  ["${C:?say it}${A?}${D?}", "1", [], ["C: say it", "D"]],
])("variables in %j are filled in as Compose does", (text, expected, unknown, required: string[] = []) => {
  expect(
    interpolate(
      text,
      new Map([
        ["A", "1"],
        ["B", ""],
      ]),
    ),
  ).toEqual({ text: expected, unknown, required });
});

test("a file of variables is read with quotes and comments", () => {
  const text = `# c\nA=1 # one\nexport B="x\\ny"\nC='$A'\nD=\n not a line\n`;
  expect([...parseEnvFile(text)]).toEqual([
    ["A", "1"],
    ["B", "x\ny"],
    ["C", "$A"],
    ["D", ""],
  ]);
});

test.each([
  ["80", [80]],
  ["8080:80", [80]],
  ["127.0.0.1:8080:80/tcp", [80]],
  ["8000-8002:9000-9002", [9000, 9001, 9002]],
  [53, [53]],
  ["nothing", undefined],
])("port %j leads to %j", (given, targets) => {
  expect(parsePort(given)?.map(({ target }) => target)).toEqual(targets);
});

test("times and amounts are those of Compose", () => {
  expect(["1m30s", "90s", "500ms", "1h", "x"].map((given) => parseSeconds(given))).toEqual([
    90,
    90,
    1,
    3600,
    undefined,
  ]);
  expect(["50M", "1gb", "512k", "1024", "lots"].map((given) => parseMemory(given))).toEqual([
    "50Mi",
    "1Gi",
    "512Ki",
    "1024",
    undefined,
  ]);
});
