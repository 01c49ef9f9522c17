import { output } from "@pulumi/pulumi";
import fc from "fast-check";
import { type EnvironmentSource, Ref, Token, type Value } from "flagstone";
import { describe, expect, test } from "vitest";
import { namesIn, orderVariables } from "../../../lib/workloads/pod/references";
import { brief, serviceWith } from "../../testing/fixtures";

type Env = Readonly<Record<string, Value | undefined>>;

async function serviceOf(env: Env, envFrom: readonly EnvironmentSource[] = []) {
  const plan = await serviceWith({ env, envFrom });
  const { env: variables } = plan.object("Deployment", "web").spec.template.spec.containers[0]!;
  return { names: variables!.map(({ name }) => name), variables, findings: brief(plan.findings) };
}

describe("variables", () => {
  test("come by their names, so that the order of the program changes nothing", async () => {
    expect((await serviceOf({ B: "1", a: "2", A: "3" })).names).toEqual(["A", "B", "PORT", "a"]);
  });

  test("come after those that they name, in any order of the program", async () => {
    const env = { URL: "http://$(HOST):$(PORT)/$(PATH_)", HOST: "$(NAME).svc", PATH_: "x", NAME: "web" };
    const { names, findings } = await serviceOf(env);
    expect(findings).toEqual([]);
    expect(names).toEqual(["NAME", "HOST", "PATH_", "PORT", "URL"]);
    expect(await serviceOf(Object.fromEntries(Object.entries(env).reverse()))).toEqual(await serviceOf(env));
  });

  test("may name keys of Secrets", async () => {
    const env = { DSN: "postgres://$(PASSWORD)@db", PASSWORD: Ref.secretKey({ name: "db", key: "password" }) };
    expect((await serviceOf(env)).names).toEqual(["PASSWORD", "DSN", "PORT"]);
  });

  test("name others beside outputs, too", async () => {
    const { variables, findings } = await serviceOf({
      URL: `http://$(HOST)/${Token.asString(output("x"))}`,
      HOST: "h",
    });
    expect(findings).toEqual([]);
    expect(variables).toEqual([
      { name: "HOST", value: "h" },
      { name: "PORT", value: "8080" },
      { name: "URL__1", valueFrom: { secretKeyRef: { name: "web-outputs", key: "URL__1" } } },
      { name: "URL", value: "http://$(HOST)/$(URL__1)" },
    ]);
  });

  test("that are undefined are not said", async () => {
    expect((await serviceOf({ DEBUG: undefined })).names).toEqual(["PORT"]);
  });

  test("in any graph come after those that they name, or the circle is told", () => {
    const names = ["A", "B", "C", "D", "E"];
    const values = fc.array(fc.constantFrom(...names), { maxLength: 3 });
    fc.assert(
      fc.property(fc.record(Object.fromEntries(names.map((name) => [name, values]))), (graph) => {
        const variables = Object.fromEntries(
          Object.entries(graph).map(([name, needed]) => [
            name,
            [{ name, value: needed.map((other) => `$(${other})`).join("") }],
          ]),
        );
        const { env, problems } = orderVariables(variables, [], names);
        expect(env.map(({ name }) => name).sort()).toEqual(names);
        const early = env.filter(({ value = "" }, i) =>
          namesIn(value).some((needed) => !env.slice(0, i).some(({ name }) => name === needed)),
        );
        expect(problems.length > 0).toBe(early.length > 0);
      }),
    );
  });
});

describe("a variable that stays as it is written is a warning", () => {
  test.each<[string, Env, readonly EnvironmentSource[], readonly string[]]>([
    [
      "where it names none",
      { URL: "http://$(HOTS)", HOST: "h" },
      [],
      [
        "env/reference dev/shop/web: env.URL names $(HOTS), which is no variable of the container, and stays as it is written; add HOTS to env, or write it otherwise where the text is meant",
      ],
    ],
    [
      "where it names itself",
      { A: "$(A):/opt" },
      [],
      ["env/cycle dev/shop/web: env.A names itself, which stays as it is written; give one of them its value"],
    ],
    [
      "where several name each other",
      { A: "$(B)", B: "$(C)", C: "$(A)" },
      [{ secret: "s" }],
      [
        'env/cycle dev/shop/web: variables "A", "B", "C" name each other, and one of them stays as it is written; give one of them its value',
      ],
    ],
    ["but not where a whole Secret may bring it", { A: "$(A):$(B)" }, [{ secret: "s" }], []],
    ["but not where its prefix may", { A: "$(S_B)" }, [{ secret: "s", prefix: "S_" }], []],
    ["but not where Kubernetes brings it", { A: "$(KUBERNETES_SERVICE_HOST)" }, [], []],
    ["but not where it is no name", { A: "$$(B) $( $B ${B}" }, [], []],
  ])("%s", async (_, env, envFrom, findings) => {
    expect((await serviceOf(env, envFrom)).findings).toEqual(findings);
  });

  test("once, where other containers inherit it", async () => {
    const plan = await serviceWith({ env: { A: "$(B)" }, init: { migrate: { env: { C: "$(D)" } } } });
    expect(brief(plan.findings).map((finding) => finding.split(",")[0])).toEqual([
      "env/reference dev/shop/web: env.A names $(B)",
      "env/reference dev/shop/web: init.migrate: env.C names $(D)",
    ]);
  });
});
