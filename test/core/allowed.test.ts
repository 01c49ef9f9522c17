import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { output } from "@pulumi/pulumi";
import { Token } from "flagstone";
import {
  checkAllowedHosts,
  checkAllowedImage,
  isAllowedHost,
  isAllowedImage,
  isAllowedSecretPath,
} from "../../lib/core/allowed";

describe("an image is allowed", () => {
  const cases: [registry: string, image: string, allowed: boolean][] = [
    ["registry.example/shop/", "registry.example/shop/web:1", true],
    ["registry.example/shop/", "registry.example/shop/a/b@sha256:0", true],
    ["registry.example/shop/", "registry.example/shopping/web:1", false],
    ["registry.example/shop/", "registry.example/shop:1", false],
    ["registry.example", "registry.example/web:1", true],
    ["registry.example", "registry.example.evil/web:1", false],
    ["registry.example", "registry.example:5000/web:1", false],
    ["registry.example:5000", "registry.example:5000/web", true],
    ["registry.example/shop/web", "registry.example/shop/web", true],
    ["registry.example/shop/web", "registry.example/shop/web:1", true],
    ["registry.example/shop/web", "registry.example/shop/web@sha256:0", true],
    ["registry.example/shop/web", "registry.example/shop/web/debug:1", true],
    ["registry.example/shop/web", "registry.example/shop/webby:1", false],
    ["docker.io", "nginx", false],
  ];
  test.each(cases)("from %s: %s is %s", (registry, image, allowed) => {
    expect(isAllowedImage(image, [registry])).toBe(allowed);
    expect(isAllowedImage(image, ["other.example", registry])).toBe(allowed);
    expect(isAllowedImage(image, [])).toBe(false);
  });

  test("only when its host is that of a registry", () => {
    const host = fc.domain();
    fc.assert(
      fc.property(host, host, fc.constantFrom("", "/", "/a", "/a/"), (own, other, path) => {
        fc.pre(own !== other);
        expect(isAllowedImage(`${own}/a/b:1`, [own + path])).toBe(true);
        expect(isAllowedImage(`${other}/a/b:1`, [own + path])).toBe(false);
        expect(isAllowedImage(`${own}.${other}/a/b:1`, [own + path])).toBe(false);
      }),
    );
  });
});

describe("a host is allowed", () => {
  const cases: [pattern: string, host: string, allowed: boolean][] = [
    ["shop.example", "shop.example", true],
    ["shop.example", "a.shop.example", false],
    ["shop.example", "*.shop.example", false],
    ["*.shop.example", "a.shop.example", true],
    ["*.shop.example", "a.b.shop.example", true],
    ["*.shop.example", "*.shop.example", true],
    ["*.shop.example", "*.a.shop.example", true],
    ["*.shop.example", "shop.example", false],
    ["*.shop.example", "evilshop.example", false],
    ["*.shop.example", "*.example", false],
    ["*.shop.example", "", false],
    ["*-shop.example", "web-shop.example", true],
    ["*-shop.example", "a.web-shop.example", true],
    ["*-shop.example", "shop.example", false],
    ["*-shop.example", "webshop.example", false],
    ["*-shop.example", "web.shop.example", false],
    ["*-shop.example", "*.example", false],
  ];
  test.each(cases)("by %s: %s is %s", (pattern, host, allowed) => {
    expect(isAllowedHost(host, [pattern])).toBe(allowed);
  });
});

describe("a path of the store is allowed", () => {
  const cases: [given: string, path: string, allowed: boolean][] = [
    ["shop/", "shop/stripe", true],
    ["shop", "shop/stripe", true],
    ["shop/", "shop/a/b", true],
    ["shop/", "shop", true],
    ["shop", "shop/", true],
    ["shop/", "shopping/stripe", false],
    ["shop", "shop-stripe", false],
    ["shop/", "/shop/stripe", false],
    ["shop/", "shop/../pay/stripe", false],
    ["shop/", "shop/..", false],
    ["shop/", "shop/..a", true],
    ["shop/", "pay/shop/", false],
    ["shop/", "", false],
    ["teams/shop", "teams/shop/stripe", true],
    ["teams/shop", "teams", false],
  ];
  test.each(cases)("by %s: %s is %s", (given, path, allowed) => {
    expect(isAllowedSecretPath(path, [given])).toBe(allowed);
    expect(isAllowedSecretPath(path, ["other/", given])).toBe(allowed);
    expect(isAllowedSecretPath(path, [])).toBe(false);
  });

  test("with a slash at its end or without, alike", () => {
    const segment = fc.stringMatching(/^[a-z.]{1,3}$/);
    const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join("/"));
    fc.assert(
      fc.property(path, path, (given, wanted) => {
        expect(isAllowedSecretPath(wanted, [given])).toBe(isAllowedSecretPath(wanted, [`${given}/`]));
      }),
    );
  });
});

describe("a finding", () => {
  test("says which image is not allowed, and what is", () => {
    const allowed = { registries: ["registry.example/shop/", "registry.example/base"] };
    expect(checkAllowedImage("docker.io/web:1", allowed)).toEqual([
      {
        rule: "image/not-allowed",
        message: 'image "docker.io/web:1" is not from where the tenant takes its images',
        fix: 'use one from "registry.example/shop/", "registry.example/base", or extend allowed.registries of the tenant\'s facts',
      },
    ]);
    expect(checkAllowedImage("registry.example/base:1", allowed)).toEqual([]);
    expect(checkAllowedImage("docker.io/web:1", {})).toEqual([]);
    expect(checkAllowedImage("docker.io/web:1", { registries: [] })[0]!.fix).toContain("none");
  });

  test("names each host that is not allowed", () => {
    const found = checkAllowedHosts("endpoints.http.hosts", ["a.shop.example", "b.example", "c.example"], {
      hosts: ["shop.example", "*.shop.example"],
    });
    expect(found).toEqual(
      ["b.example", "c.example"].map((host) => ({
        rule: "host/not-allowed",
        message: `endpoints.http.hosts has "${host}", which is not the tenant's to serve`,
        fix: 'use one of "shop.example", "*.shop.example", or extend allowed.hosts of the tenant\'s facts',
      })),
    );
  });

  test("is not made of what is known only when it is deployed", () => {
    const token = Token.asString(output("x"));
    expect(checkAllowedImage(`${token}/web:1`, { registries: ["registry.example"] })).toEqual([]);
    expect(checkAllowedHosts("hosts", [token], { hosts: [] })).toEqual([]);
  });
});
