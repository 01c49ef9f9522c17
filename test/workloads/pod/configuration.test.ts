import { output } from "@pulumi/pulumi";
import fc from "fast-check";
import { Component, Field, Ref, Token, type Value, WebService, type WebServiceProps } from "flagstone";
import type { PlanView } from "flagstone/testing";
import { describe, expect, test } from "vitest";
import { Carriers } from "../../../lib/workloads/pod/carriers";
import { refToken } from "../../../lib/core/tokens";
import { configure, inherit } from "../../../lib/workloads/pod/configuration";
import { brief, IMAGE, serviceWith, tenantIn } from "../../testing/fixtures";

const HASH = "flagstone.dev/config-hash";
type Files = WebServiceProps["files"];

const podOf = (plan: PlanView) => plan.object("Deployment", "web").spec.template;
const containerOf = (plan: PlanView) => podOf(plan).spec.containers[0]!;
const hashOf = (plan: PlanView) => podOf(plan).metadata.annotations?.[HASH];

describe("an environment variable", () => {
  test.each<[string, Value, object]>([
    ["text", "json", { value: "json" }],
    ["empty text", "", { value: "" }],
    ["a number", 3, { value: "3" }],
    ["a boolean", false, { value: "false" }],
    [
      "a key of a Secret",
      Ref.secretKey({ name: "stripe", key: "api-key" }),
      { valueFrom: { secretKeyRef: { name: "stripe", key: "api-key" } } },
    ],
    [
      "a key of a ConfigMap",
      Ref.configKey({ name: "flags", key: "beta" }),
      { valueFrom: { configMapKeyRef: { name: "flags", key: "beta" } } },
    ],
    ["the name of the pod", Field.podName, { valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }],
    ["the id of the pod", Field.podUid, { valueFrom: { fieldRef: { fieldPath: "metadata.uid" } } }],
    [
      "what the container is limited to",
      Field.memoryLimit,
      { valueFrom: { resourceFieldRef: { resource: "limits.memory" } } },
    ],
    ["a label of the pod", Field.label("a"), { valueFrom: { fieldRef: { fieldPath: "metadata.labels['a']" } } }],
  ])("may be %s", async (_, value, variable) => {
    const plan = await serviceWith({ env: { X: value } });
    expect(containerOf(plan).env).toEqual([
      { name: "PORT", value: "8080" },
      { name: "X", ...variable },
    ]);
    expect(plan.objects("Secret")).toEqual([]);
    expect(plan.findings).toEqual([]);
  });

  test("that is an output travels by a Secret of which the Deployment knows only the name", async () => {
    const host = output("db.example");
    const plan = await serviceWith({ env: { HOST: host, URL: `postgres://${Token.asString(host)}/shop`, A: "b" } });
    const from = (key: string) => ({ valueFrom: { secretKeyRef: { name: "web-outputs", key } } });
    expect(containerOf(plan).env).toEqual([
      { name: "A", value: "b" },
      { name: "HOST", ...from("HOST") },
      { name: "PORT", value: "8080" },
      { name: "URL", ...from("URL") },
    ]);
    expect(plan.object("Secret", "web-outputs")).toMatchObject({ type: "Opaque", stringData: { HOST: "[output]" } });
    expect(plan.plan.objects.find(({ kind }) => kind === "Deployment")!.dependsOn).toEqual([
      "main/core/Secret/shop/web-outputs",
    ]);
    expect(plan.yaml()).not.toContain("postgres://");
  });

  test("that is an optional key is not there where the key is not", async () => {
    const plan = await serviceWith({ env: { A: Ref.configKey({ name: "flags", key: "a", optional: true }) } });
    const [container] = plan.object("Deployment", "web").spec.template.spec.containers;
    expect(container?.env).toContainEqual({
      name: "A",
      valueFrom: { configMapKeyRef: { name: "flags", key: "a", optional: true } },
    });
  });

  test("that is an output of a cloud resource names it", async () => {
    const tenant = tenantIn("dev");
    class Store extends Component {
      public readonly url = this.cloud("Bucket", () => expect.unreachable()).output(() => "url");
    }
    const { url } = new Store(tenant, "store");
    new WebService(tenant, "web", { image: IMAGE, env: { URL: url } });
    const [secret] = (await tenant.plan()).objects("Secret");
    expect(secret).toMatchObject({ stringData: { URL: "[output of shop-store-Bucket]" } });
  });

  test("of the user goes over that of the library", async () => {
    expect(containerOf(await serviceWith({ env: { PORT: "9000" } })).env).toEqual([{ name: "PORT", value: "9000" }]);
  });

  test.each<[string, unknown, string]>([
    [
      "1X",
      "a",
      'env/name dev/shop/web: env has a variable "1X", which cannot be one; use letters, digits and _, not starting with a digit',
    ],
    [
      "A B",
      "a",
      'env/name dev/shop/web: env has a variable "A B", which cannot be one; use letters, digits and _, not starting with a digit',
    ],
    [
      "X",
      { a: 1 },
      'env/value dev/shop/web: env.X is {"a":1}, which is no value; give a string, number, boolean, output, or a Ref',
    ],
    [
      "X",
      null,
      "env/value dev/shop/web: env.X is null, which is no value; give a string, number, boolean, output, or a Ref",
    ],
  ])("%s cannot be %j", async (name, value, finding) => {
    expect(brief((await serviceWith({ env: { [name]: value as Value } })).findings)).toEqual([finding]);
  });

  // https://github.com/kubernetes/apimachinery/blob/master/pkg/util/validation/validation.go (IsEnvVarName)
  const isEnvVarName = (name: string) =>
    /^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(name) && name !== "." && !name.startsWith("..");

  test("has a name that Kubernetes takes", () => {
    const name = fc.string({
      unit: fc.constantFrom("A", "z", "0", "_", ".", "-", "=", " "),
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(name, (given) => {
        const { problems } = configure({ env: { [given]: "x" } }, new Carriers({ files: "f", outputs: "o" }));
        expect(problems.length === 0).toBe(isEnvVarName(given));
      }),
      { numRuns: 500 },
    );
  });
});

describe("variables of a whole Secret or ConfigMap", () => {
  test("are in their order, before those by name, which win", async () => {
    const plan = await serviceWith({
      envFrom: [
        { secret: "stripe" },
        { config: "flags", prefix: "FLAG_", optional: true },
        { secret: { secretName: "made" } },
      ],
    });
    expect(plan.findings).toEqual([]);
    expect(containerOf(plan)["envFrom"]).toEqual([
      { secretRef: { name: "stripe" } },
      { prefix: "FLAG_", configMapRef: { name: "flags", optional: true } },
      { secretRef: { name: "made" } },
    ]);
  });

  test.each<[string, object, string]>([
    [
      "nothing",
      {},
      'env/source dev/shop/web: envFrom.0 names neither a secret nor a config; say one of both, as in { secret: "stripe" }',
    ],
    [
      "two things",
      { secret: "a", config: "b" },
      'env/source dev/shop/web: envFrom.0 names a secret and a config; say one of both, as in { secret: "stripe" }',
    ],
    [
      "a name that is none",
      { secret: "Stripe_Keys" },
      'env/source dev/shop/web: envFrom.0 names an object "Stripe_Keys", which cannot be one; use the name of a Secret or ConfigMap of the namespace',
    ],
    [
      "a prefix that begins no variable",
      { secret: "stripe", prefix: "1" },
      'env/name dev/shop/web: envFrom.0.prefix "1" cannot begin a variable; use letters, digits and _, not starting with a digit',
    ],
    [
      "a key that nobody reads",
      { secret: "stripe", prefx: "A" },
      'props/unknown dev/shop/web: unknown property "envFrom.0.prefx"; did you mean "prefix"?',
    ],
  ])("cannot come from %s", async (_, source, finding) => {
    const envFrom = [source] as unknown as NonNullable<WebServiceProps["envFrom"]>;
    expect(brief((await serviceWith({ envFrom })).findings)).toEqual([finding]);
  });
});

describe("what a container inherits", () => {
  const carriers = () => new Carriers({ files: "f", outputs: "o" });
  const password = refToken(Ref.secretKey({ name: "orders", key: "password" }));

  test("has none of the variables that text with values inside needed, where its own replaces the text", () => {
    const from = configure({ env: { URL: `postgres://shop:${password}@db`, A: "a" } }, carriers());
    const own = configure({ env: { URL: "sqlite:" } }, carriers(), "seed");
    const names = (variables: (typeof own)["variables"]) =>
      Object.values(variables)
        .flat()
        .map(({ name }) => name);
    expect(names(from.variables)).toEqual(["URL__1", "URL", "A"]);
    expect(names(inherit(own, from).variables)).toEqual(["URL", "A"]);
    expect(inherit(own, from).variables["URL"]).toEqual([{ name: "URL", value: "sqlite:" }]);
  });

  test("is no problem of it a second time", () => {
    const from = configure({ env: { "1": "a" } }, carriers());
    expect(from.problems).toHaveLength(1);
    expect(inherit(configure({}, carriers(), "seed"), from).problems).toEqual([]);
  });
});

describe("a file", () => {
  test("with text is in a ConfigMap, mounted read-only at its path", async () => {
    const plan = await serviceWith({ files: { "/etc/web/app.json": "{}", "/etc/web/b.txt": "b" } });
    expect(plan.object("ConfigMap", "web-files")).toMatchObject({
      metadata: { namespace: "shop" },
      data: { "etc_web_app.json": "{}", "etc_web_b.txt": "b" },
    });
    expect(podOf(plan).spec).toMatchObject({
      volumes: [{ name: "tmp" }, { name: "files", configMap: { name: "web-files" } }],
    });
    expect(containerOf(plan)["volumeMounts"]).toEqual([
      { name: "tmp", mountPath: "/tmp" },
      { name: "files", mountPath: "/etc/web/app.json", subPath: "etc_web_app.json", readOnly: true },
      { name: "files", mountPath: "/etc/web/b.txt", subPath: "etc_web_b.txt", readOnly: true },
    ]);
    expect(plan.findings).toEqual([]);
  });

  test("from a Secret or ConfigMap is mounted from there, with one volume for each", async () => {
    const plan = await serviceWith({
      files: {
        "/etc/tls/tls.crt": Ref.secretKey({ name: "web-tls", key: "tls.crt" }),
        "/etc/tls/tls.key": Ref.secretKey({ name: "web-tls", key: "tls.key" }),
        "/etc/flags": Ref.configKey({ name: "flags", key: "all" }),
      },
    });
    expect(podOf(plan).spec).toMatchObject({
      volumes: [
        { name: "tmp" },
        { name: "config-flags", configMap: { name: "flags" } },
        { name: "secret-web-tls", secret: { secretName: "web-tls" } },
      ],
    });
    expect(containerOf(plan)["volumeMounts"]).toEqual([
      { name: "tmp", mountPath: "/tmp" },
      { name: "config-flags", mountPath: "/etc/flags", subPath: "all", readOnly: true },
      { name: "secret-web-tls", mountPath: "/etc/tls/tls.crt", subPath: "tls.crt", readOnly: true },
      { name: "secret-web-tls", mountPath: "/etc/tls/tls.key", subPath: "tls.key", readOnly: true },
    ]);
    expect(plan.objects("ConfigMap")).toEqual([]);
  });

  test("from a Secret whose name is no volume's has a volume all the same, one for each Secret", async () => {
    const names = ["stripe.keys", "stripe-keys", "s".repeat(80)];
    const plan = await serviceWith({
      files: Object.fromEntries(names.map((name, i) => [`/etc/${i}`, Ref.secretKey({ name, key: "k" })])),
    });
    const { volumes } = podOf(plan).spec as unknown as { volumes: { name: string; secret?: { secretName: string } }[] };
    expect(volumes.slice(1).map(({ secret }) => secret!.secretName)).toEqual(names);
    expect(new Set(volumes.map(({ name }) => name)).size).toBe(4);
    for (const { name } of volumes) expect(name).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
  });

  test("with an output inside is in the Secret that Pulumi delivers", async () => {
    const plan = await serviceWith({
      files: { "/etc/app.json": Token.asJson({ host: output("db") }), "/etc/plain": "x" },
    });
    expect(plan.object("Secret", "web-outputs")).toMatchObject({
      stringData: { "etc_app.json": "[json with outputs]" },
    });
    expect(plan.object("ConfigMap", "web-files")).toMatchObject({ data: { etc_plain: "x" } });
    expect(containerOf(plan)["volumeMounts"]).toContainEqual({
      name: "outputs",
      mountPath: "/etc/app.json",
      subPath: "etc_app.json",
      readOnly: true,
    });
  });

  test.each<[string, unknown, string]>([
    [
      "etc/app.json",
      "",
      'files/path dev/shop/web: files has a path "etc/app.json", which cannot be mounted; use an absolute path of letters, digits, . _ and -',
    ],
    [
      "/etc/../passwd",
      "",
      'files/path dev/shop/web: files has a path "/etc/../passwd", which cannot be mounted; use an absolute path of letters, digits, . _ and -',
    ],
    [
      "/etc/",
      "",
      'files/path dev/shop/web: files has a path "/etc/", which cannot be mounted; use an absolute path of letters, digits, . _ and -',
    ],
    [
      "/etc/a b",
      "",
      'files/path dev/shop/web: files has a path "/etc/a b", which cannot be mounted; use an absolute path of letters, digits, . _ and -',
    ],
    [
      "/etc/pod",
      Field.podName,
      'files/pod-field dev/shop/web: file "/etc/pod" is a field of the pod, which only env takes; put it into env',
    ],
    ["/etc/n", 1, 'files/value dev/shop/web: file "/etc/n" is 1, which is no text; give a string, an output, or a Ref'],
  ])("cannot be %s: %o", async (path, content, finding) => {
    expect(brief((await serviceWith({ files: { [path]: content } as Files })).findings)).toEqual([finding]);
  });

  test("that is an output itself is in that Secret too", async () => {
    const plan = await serviceWith({ files: { "/etc/host": output("db") } });
    expect(plan.object("Secret", "web-outputs")).toMatchObject({ stringData: { etc_host: "[output]" } });
    expect(plan.findings).toEqual([]);
  });

  test("fill a ConfigMap or a Secret, and no more", async () => {
    const most = 2 ** 20;
    const host = Token.asString(output("db"));
    expect((await serviceWith({ files: { "/a": "x".repeat(most - 2), "/b": "\u00e9" } })).findings).toEqual([]);
    const files = { "/a": "x".repeat(most / 2), "/b": "\u00e9".repeat(most / 4), "/c": "x", "/d": "y" };
    expect(brief((await serviceWith({ init: { load: { files } }, files: { "/a": "" } })).findings)).toEqual([
      'files/size dev/shop/web: the ConfigMap "web-files" would hold 1048578 bytes, and the API server takes 1048576; most are of file "/a" with 524288, file "/b" with 524288, file "/c" with 1; put what is large into the image, or onto a volume',
    ]);
    const rules = (await serviceWith({ files: { "/a": `${"x".repeat(most)}${host}` } })).findings;
    expect(brief(rules)).toEqual([expect.stringContaining('the Secret "web-outputs" would hold')]);
  });

  test("whose key is another's is a finding", async () => {
    const files = await serviceWith({ files: { "/etc/a/b": "1", "/etc/a_b": "2" } });
    expect(brief(files.findings)).toEqual([
      'files/key dev/shop/web: file "/etc/a_b" and file "/etc/a/b" would be one key of a ConfigMap or Secret; rename one of them',
    ]);
    const host = output("db");
    const both = await serviceWith({ env: { host }, files: { "/host": Token.asString(host) } });
    expect(brief(both.findings)).toEqual([
      'files/key dev/shop/web: file "/host" and env.host would be one key of a ConfigMap or Secret; rename one of them',
    ]);
    expect((await serviceWith({ env: { host: "db" }, files: { "/host": "db" } })).findings).toEqual([]);
  });
});

describe("a change of configuration", () => {
  const plain: Files = { "/etc/a": "1" };

  test("of a file's text changes the pod template, so that the pods are replaced", async () => {
    const [one, same, other] = [
      await serviceWith({ files: plain }),
      await serviceWith({ files: { "/etc/a": "1" } }),
      await serviceWith({ files: { "/etc/a": "2" } }),
    ];
    expect(hashOf(one)).toMatch(/^[0-9a-f]{16}$/);
    expect(hashOf(same)).toBe(hashOf(one));
    expect(hashOf(other)).not.toBe(hashOf(one));
  });

  test("is none when files are written in another order", async () => {
    const one = await serviceWith({ files: { "/etc/a": "1", "/etc/b": "2" } });
    const other = await serviceWith({ files: { "/etc/b": "2", "/etc/a": "1" } });
    expect(other.yaml()).toBe(one.yaml());
  });

  test("that only moves text from one file to the next is a change", async () => {
    const one = await serviceWith({ files: { "/a": "1b2", "/b": "3" } });
    const other = await serviceWith({ files: { "/a": "1", "/b": "2b3" } });
    expect(hashOf(other)).not.toBe(hashOf(one));
  });

  test("of an output is known only to whoever delivers it, and rendering leaves it out", async () => {
    const plan = await serviceWith({ env: { HOST: output("db") }, podAnnotations: { a: "b" } });
    expect(podOf(plan).metadata.annotations).toEqual({
      a: "b",
      [HASH]: expect.stringMatching(/^[0-9a-f]{16}$/) as unknown,
      "flagstone.dev/outputs-hash": "[digest of outputs]",
    });
    expect(plan.yaml()).toContain(HASH);
    expect(plan.yaml()).not.toContain("outputs-hash");
  });

  test.each<[string, (host: string, text: string) => Partial<WebServiceProps>]>([
    ["a file beside an output", (host, text) => ({ env: { HOST: host }, files: { "/etc/a": text } })],
    ["the text around an output", (host, text) => ({ env: { URL: `postgres://${host}/${text}` } })],
    ["a structured file that holds one", (host, text) => ({ files: { "/etc/a": { yaml: { host, text } } } })],
    ["the text around one in it", (host, text) => ({ files: { "/etc/a": { toml: { url: `${host}/${text}` } } } })],
    ["the place of an output", (host, text) => ({ files: { "/etc/a": { json: { [text]: host } } } })],
  ])("of %s replaces the pods, whoever delivers them", async (_, make) => {
    const hash = async (text: string) => {
      const plan = await serviceWith(make(Token.asString(output("db")), text));
      expect(plan.findings).toEqual([]);
      return hashOf(plan);
    };
    const [one, same, other] = [await hash("a"), await hash("a"), await hash("b")];
    expect(one).toMatch(/^[0-9a-f]{16}$/);
    expect(same).toBe(one);
    expect(other).not.toBe(one);
  });

  test("cannot come from keys of others: they change by themselves", async () => {
    const plan = await serviceWith({ env: { K: Ref.secretKey({ name: "a", key: "b" }) } });
    expect(podOf(plan).metadata.annotations).toBeUndefined();
  });
});
