import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkImage, imageVersion, parseImage } from "../../../lib/workloads/pod/image";
import { serviceWith } from "../../testing/fixtures";

const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;

// https://github.com/distribution/reference/blob/main/reference.go
const component = fc.stringMatching(/^[a-z0-9]{1,5}((\.|_|__|-{1,3})[a-z0-9]{1,5}){0,2}$/);
const path = fc.array(component, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
const domain = fc.constantFrom(
  "",
  "localhost:5000/",
  "registry.acme.example/",
  "Registry.example:443/",
  "10.0.0.1:80/",
);
const tag = fc.option(fc.stringMatching(/^\w[\w.-]{0,20}$/), { nil: undefined });
const digest = fc.option(fc.stringMatching(/^sha256:[a-f0-9]{64}$/), { nil: undefined });

describe("an image reference", () => {
  test("is read as the parts that it was written from", () => {
    fc.assert(
      fc.property(domain, path, tag, digest, (registry, name, version, pin) => {
        const repository = registry + name;
        const image = `${repository}${version === undefined ? "" : `:${version}`}${pin === undefined ? "" : `@${pin}`}`;
        expect(parseImage(image)).toEqual({ repository, tag: version, digest: pin });
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    "",
    "Web",
    "registry.example/Web",
    "web:",
    "web:-1",
    "web@sha256:abc",
    `web@sha512:${"0".repeat(64)}`,
    "https://registry.example/web:1",
    "registry.example//web",
    "web:1:2",
    " web:1",
    "web:1\n",
    `web:${"1".repeat(129)}`,
  ])("is not %j", (image) => {
    expect(parseImage(image)).toBeUndefined();
    expect(checkImage(image, { allowMutable: true, production: false })).toMatchObject([{ rule: "image/invalid" }]);
  });
});

describe("an image", () => {
  const rules = (image: unknown, options: { allowMutable?: boolean; production?: boolean } = {}) =>
    checkImage(image, { allowMutable: false, production: false, ...options }).map(({ rule }) => rule);

  test.each<[string, Parameters<typeof rules>[1], string[]]>([
    ["registry.example/web:1.4.2", {}, []],
    ["registry.example/web:1.4.2", { production: true }, ["image/no-digest"]],
    [`registry.example/web@${DIGEST}`, { production: true }, []],
    [`registry.example/web:latest@${DIGEST}`, { production: true }, []],
    ["registry.example/web", {}, ["image/mutable"]],
    ["registry.example/web:latest", {}, ["image/mutable"]],
    ["localhost:5000/web", {}, ["image/mutable"]],
    ["registry.example/web", { allowMutable: true, production: true }, []],
    ["registry.example/web:latest", { allowMutable: true }, []],
  ])("%s with %j is judged as %j", (image, options, expected) => {
    expect(rules(image, options)).toEqual(expected);
  });

  test("says what is wrong with it and what to write", () => {
    expect(checkImage("registry.example/web:latest", { allowMutable: false, production: false })).toEqual([
      {
        rule: "image/mutable",
        message: 'image "registry.example/web:latest" is tagged latest, so what runs depends on when it was pulled',
        fix: "pin a digest or a version tag, or say allowMutableImage: true",
      },
    ]);
    expect(checkImage("registry.example/web:1", { allowMutable: false, production: true })).toEqual([
      {
        rule: "image/no-digest",
        severity: "warning",
        message: 'image "registry.example/web:1" is pinned by a tag, which can be moved',
        fix: 'pin its digest, as in "registry.example/web:1@sha256:…"',
      },
    ]);
    expect(checkImage(undefined, { allowMutable: false, production: false })).toEqual([
      {
        rule: "image/invalid",
        message: "image undefined is not a string",
        fix: 'write it as "registry.example/app:1.2.3"',
      },
    ]);
  });

  test("in an own tier that is like production is wanted by digest", async () => {
    const { findings } = await serviceWith({ image: "registry.example/web:1" }, "prod");
    expect(findings.map(({ rule, severity }) => [rule, severity])).toEqual([["image/no-digest", "warning"]]);
  });

  test("may be mutable where that is said", async () => {
    const plan = await serviceWith({ image: "web", allowMutableImage: true });
    expect(plan.findings).toEqual([]);
    expect(plan.object("Deployment", "web").spec.template.spec.containers[0]!.image).toBe("web");
  });
});

describe("the version label", () => {
  test.each([
    ["web:1.4.2", "1.4.2"],
    [`web:1.4.2@${DIGEST}`, "1.4.2"],
    ["web:v1_2-3", "v1_2-3"],
    ["web:1.", undefined],
    ["web:_1", undefined],
    [`web:${"1".repeat(64)}`, undefined],
    [`web@${DIGEST}`, undefined],
    ["web", undefined],
  ])("of %s is %s", (image, version) => {
    expect(imageVersion(image)).toBe(version);
  });

  test("is always one that Kubernetes takes", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\w[\w.-]{0,127}$/), (given) => {
        const version = imageVersion(`web:${given}`);
        fc.pre(version !== undefined);
        expect(version).toMatch(/^(?=.{1,63}$)[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/);
      }),
    );
  });

  test("is left out of the pod when there is none", async () => {
    const plan = await serviceWith({ image: `web@${DIGEST}` });
    const { labels } = plan.object("Deployment", "web").spec.template.metadata;
    expect(labels).not.toHaveProperty(["app.kubernetes.io/version"]);
    expect(labels).toHaveProperty(["app.kubernetes.io/name"], "web");
  });
});
