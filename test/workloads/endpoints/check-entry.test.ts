import * as pulumi from "@pulumi/pulumi";
import { Capability, Token } from "flagstone";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ClusterRef } from "../../../lib/core/scope";
import { checkEntry } from "../../../lib/workloads/endpoints/check-entry";
import type { EntryEndpoint } from "../../../lib/workloads/endpoints/entry";
import type { Protocol } from "../../../lib/workloads/endpoints/types";

const gateway = Capability.gatewayApi({ gateway: "edge/public" });
const ingress = Capability.ingress({ className: "public", from: { cidrs: ["10.0.0.0/8"] } });
const certManager = Capability.certManager({ issuer: "letsencrypt" });
const token = Token.asString(pulumi.output("x"));

const cluster = (name: string, ...capabilities: readonly Capability[]): ClusterRef => ({
  name,
  region: undefined,
  labels: {},
  capabilities,
  dns: [],
});

interface Case {
  readonly clusters?: readonly ClusterRef[];
  readonly protocol?: Protocol;
  readonly [prop: string]: unknown;
}

/** Problems of one endpoint of which this is said, as `rule: message`, with a mark where it is a warning. */
function problemsOf({ clusters = [cluster("eu", gateway)], protocol = "http", ...props }: Case): string[] {
  const endpoint = {
    name: "http",
    servicePort: 80,
    protocol,
    hosts: props["hosts"] ?? ["web.shop.acme.example"],
    props: { port: 80, visibility: "external", ...props },
  } as unknown as EntryEndpoint;
  const allowed = { hosts: ["shop.acme.example", "*.shop.acme.example", "www.acme.example"] };
  return checkEntry([endpoint], { clusters, allowed }).map(
    ({ rule, severity, message }) => `${severity === "warning" ? "warning " : ""}${rule}: ${message}`,
  );
}

test("an external endpoint of which nothing is said has no fault", () => {
  expect(problemsOf({})).toEqual([]);
});

describe("hosts", () => {
  test.each([["web.shop.acme.example"], ["*.shop.acme.example"], ["shop.acme.example"], ["www.acme.example"]])(
    "can be %s",
    (host) => {
      expect(problemsOf({ hosts: [host] })).toEqual([]);
    },
  );

  test.each([
    ["Web.shop.acme.example"],
    ["https://web.shop.acme.example"],
    ["web.shop.acme.example:8443"],
    ["web.shop.acme.example/a"],
    ["web_1.shop.acme.example"],
    ["web..shop.acme.example"],
    ["web.*.shop.acme.example"],
    ["*web.shop.acme.example"],
    ["*"],
    [""],
    ["10.0.0.1"],
    [`${"a".repeat(64)}.shop.acme.example`],
    [`${"a.".repeat(120)}shop.acme.example`],
  ])("cannot be %j", (host) => {
    expect(problemsOf({ hosts: [host] })).toEqual([
      expect.stringMatching(/^entry\/host: endpoints\.http\.hosts has "/),
    ]);
  });

  test("cannot be missing, doubled or unknown", () => {
    expect(problemsOf({ hosts: [] })).toEqual(["entry/host: endpoints.http.hosts is empty"]);
    expect(problemsOf({ hosts: ["a.shop.acme.example", "a.shop.acme.example"] })).toEqual([
      'entry/host: endpoints.http.hosts has "a.shop.acme.example" twice',
    ]);
    expect(problemsOf({ hosts: [`${token}.shop.acme.example`] })).toEqual([
      "entry/host: endpoints.http.hosts holds an output, which is not known before deploying",
    ]);
  });

  test("are those of the tenant only", () => {
    expect(problemsOf({ hosts: ["api.acme.example", "*.acme.example", "www.acme.example"] })).toEqual([
      'host/not-allowed: endpoints.http.hosts has "api.acme.example", which is not the tenant\'s to serve',
      'host/not-allowed: endpoints.http.hosts has "*.acme.example", which is not the tenant\'s to serve',
    ]);
  });

  test("that the platform's rule makes are the platform's to mend", () => {
    const endpoint = { name: "http", servicePort: 80, protocol: "http", hosts: ["Web.acme.example"] } as const;
    const [problem] = checkEntry([{ ...endpoint, props: { port: 80, visibility: "external" } }], {
      clusters: [cluster("eu", gateway)],
      allowed: { hosts: [] },
    });
    expect(problem).toMatchObject({
      message: 'endpoints.http.hosts is "Web.acme.example" by the platform\'s rule, which is not a host name',
      fix: "say hosts, or mend hostNames in the platform's facts",
    });
  });
});

describe("paths", () => {
  test.each(["/", "/api", "/api/", "/a.b/~c", "/a%20b", "/(a)", "/..a", "/a:b@c,d;e=f"])("can be %s", (path) => {
    expect(problemsOf({ paths: [path] })).toEqual([]);
  });

  test.each([
    ["api", "does not start with a slash"],
    ["", "does not start with a slash"],
    ["/a//b", 'holds "//", which no path may'],
    ["/a/../b", 'holds "/../", which no path may'],
    ["/a/./b", 'holds "/./", which no path may'],
    ["/a%2Fb", 'holds "%2F", which no path may'],
    ["/a#b", 'holds "#", which no path may'],
    ["/a?b=c", 'holds "?", which no path may'],
    ["/api/*", 'holds "*", which stands for itself: a path is served with everything below it'],
    ["/a/..", "ends with a dot segment"],
    ["/a/.", "ends with a dot segment"],
    ["/a b", "holds what must be percent-encoded"],
    ["/ä", "holds what must be percent-encoded"],
    ["/a%2", "holds what must be percent-encoded"],
  ])("cannot be %j, which %s", (path, fault) => {
    expect(problemsOf({ paths: [path] })).toEqual([
      `entry/path: path ${JSON.stringify(path)} of endpoints.http.paths ${fault}`,
    ]);
  });

  test("cannot be missing, doubled or too long", () => {
    expect(problemsOf({ paths: [] })).toEqual(["entry/path: endpoints.http.paths is empty"]);
    expect(problemsOf({ paths: ["/a", "/a/"] })).toEqual(['entry/path: endpoints.http.paths has "/a" twice']);
    expect(problemsOf({ paths: [`/${"a".repeat(1024)}`] })).toEqual([
      expect.stringMatching(/of endpoints\.http\.paths is longer than 1024 characters$/),
    ]);
  });
});

describe("redirects", () => {
  test.each([
    [{ "/old": "/new" }],
    [{ "/old": "/new/sub/" }],
    [{ "/old": "https://docs.acme.example" }],
    [{ "/old": "https://docs.acme.example:8443/shop" }],
    [{ "/old": "/older", "/older": "/" }],
    // It leads to a more specific path, which is served.
    [{ "/old": "/old/new" }, ["/old/new"]],
  ])("can be %j", (redirects, paths = ["/"]) => {
    expect(problemsOf({ redirects, paths })).toEqual([]);
  });

  test.each([
    [{ old: "/new" }, 'path "old" of endpoints.http.redirects does not start with a slash'],
    [{ "/old": "new" }, 'endpoints.http.redirects sends "/old" to "new", which is no path and no URL'],
    [{ "/old": 1 }, 'endpoints.http.redirects sends "/old" to 1, which is no path and no URL'],
    [
      { "/old": "http://a.example" },
      'endpoints.http.redirects sends "/old" to "http://a.example", which is no path and no URL',
    ],
    [
      { "/old": "https://a.example?b" },
      'endpoints.http.redirects sends "/old" to "https://a.example?b", which is no path and no URL',
    ],
    [
      { "/old": "https://u:p@a.example/" },
      'endpoints.http.redirects sends "/old" to "https://u:p@a.example/", which is no path and no URL',
    ],
    [
      { "/old": "https://*.example/" },
      'endpoints.http.redirects sends "/old" to "https://*.example/", where no host can be',
    ],
    [
      { "/old": "https://a.example:99999" },
      'endpoints.http.redirects sends "/old" to "https://a.example:99999", where no host can be',
    ],
    [{ "/old": "/a//b" }, 'path "/a//b" of endpoints.http.redirects holds "//", which no path may'],
    [{ "/": "/new" }, 'endpoints.http.redirects sends "/" away, which is among the paths that are served'],
    [{ "/old": "/new", "/old/": "/other" }, 'endpoints.http.redirects has "/old" twice'],
    [{ "/old": "/old" }, 'endpoints.http.redirects sends "/old" in a circle'],
    [{ "/old": "/old/new" }, 'endpoints.http.redirects sends "/old" in a circle'],
  ])("cannot be %j", (redirects, message) => {
    expect(problemsOf({ redirects })).toEqual([`entry/redirect: ${message}`]);
  });

  test("do not send around", () => {
    expect(problemsOf({ redirects: { "/a": "/b", "/b": "/c", "/c": "/a" } })).toEqual(
      ["/a", "/b", "/c"].map((from) => `entry/redirect: endpoints.http.redirects sends "${from}" in a circle`),
    );
    expect(problemsOf({ redirects: { "/": "/a", "/a": "/b" }, paths: ["/c"] })).toEqual([
      'entry/redirect: endpoints.http.redirects sends "/" in a circle',
      'entry/redirect: endpoints.http.redirects sends "/a" in a circle',
    ]);
  });
});

describe("headers", () => {
  test("can be set, also to an output, and removed", () => {
    expect(problemsOf({ requestHeaders: { set: { "X-A": "b", "X-C": token }, remove: ["Cookie"] } })).toEqual([]);
  });

  test.each([
    [{ set: { "X A": "b" } }, 'requestHeaders has a header "X A"'],
    [{ remove: [""] }, 'requestHeaders has a header ""'],
    [{ set: { "X-A": "" } }, 'requestHeaders.set has "" for "X-A", which is no value of a header'],
    [{ set: { "X-A": "a\r\nb" } }, 'requestHeaders.set has "a\\r\\nb" for "X-A", which is no value of a header'],
    [{ set: { "X-A": 1 } }, 'requestHeaders.set has 1 for "X-A", which is no value of a header'],
    [{ set: { "X-A": "1" }, remove: ["x-a"] }, 'requestHeaders has "x-a" twice; upper and lower case are one'],
  ])("cannot be %j", (requestHeaders, message) => {
    expect(problemsOf({ requestHeaders })).toEqual([`entry/header: endpoints.http.${message}`]);
  });

  test("have no other changes", () => {
    expect(problemsOf({ responseHeaders: { add: { a: "b" } } })).toEqual([
      'props/unknown: unknown property "endpoints.http.responseHeaders.add"',
    ]);
  });
});

describe("the timeout", () => {
  test.each(["30s", "1.5s", "0s", "2d"])("can be %s", (timeout) => {
    expect(problemsOf({ timeout })).toEqual([]);
  });

  test.each([30, "30", "0.5ms", "-1s", "9999d"])("cannot be %j", (timeout) => {
    expect(problemsOf({ timeout })).toEqual([
      `units/duration: endpoints.http.timeout ${JSON.stringify(timeout)} is not a duration in whole milliseconds below 100000 hours`,
    ]);
  });
});

describe("what clusters offer", () => {
  const eu = cluster("eu", gateway);
  const us = cluster("us", ingress, certManager);
  const asia = cluster("asia", certManager);
  const secret = { secret: "bought" };

  test("lets an endpoint be external, or not", () => {
    expect(problemsOf({ clusters: [eu, us] })).toEqual([]);
    expect(problemsOf({ clusters: [eu, asia] })).toEqual([
      'entry/no-capability: endpoints.http is external, and cluster "asia" offers neither Gateway API nor an Ingress controller',
    ]);
    expect(problemsOf({ clusters: [cluster("a"), cluster("b")] })).toEqual([
      'entry/no-capability: endpoints.http is external, and clusters "a", "b" offer neither Gateway API nor an Ingress controller',
    ]);
    expect(problemsOf({ clusters: [] })).toEqual([]);
  });

  test("lets it have what an Ingress has not", () => {
    const more = {
      redirects: { "/old": "/new" },
      requestHeaders: { remove: ["Cookie"] },
      responseHeaders: { remove: ["Server"] },
      timeout: "30s",
    };
    expect(problemsOf({ clusters: [eu], ...more })).toEqual([]);
    expect(problemsOf({ clusters: [eu, us], ...more })).toEqual(
      Object.keys(more).map(
        (key) => `entry/not-in-ingress: endpoints.http.${key} is not possible on cluster "us": an Ingress has none`,
      ),
    );
  });

  test("lets it speak gRPC for certain, or as the controller likes", () => {
    expect(problemsOf({ clusters: [eu], protocol: "grpc" })).toEqual([]);
    expect(problemsOf({ clusters: [eu, us], protocol: "grpc" })).toEqual([
      'warning entry/grpc-by-ingress: endpoints.http speaks gRPC, and whether the Ingress of cluster "us" brings it depends on the controller',
    ]);
  });

  test("lets it speak TCP or UDP nowhere", () => {
    for (const protocol of ["tcp", "udp"] as const) {
      expect(problemsOf({ clusters: [eu, us], protocol })).toEqual([
        `entry/protocol: endpoints.http is external and speaks ${protocol}, which has no host and no path to be found by`,
      ]);
    }
  });

  test("gives it a certificate, or it says which, or that it needs none", () => {
    const bare = cluster("us", ingress);
    expect(problemsOf({ clusters: [eu, bare] })).toEqual([
      'warning entry/no-certificate: endpoints.http has no certificate on cluster "us"',
    ]);
    expect(problemsOf({ clusters: [bare], tls: secret })).toEqual([]);
    expect(problemsOf({ clusters: [bare], tls: false })).toEqual([]);
    expect(problemsOf({ clusters: [eu], tls: false })).toEqual([]);
  });

  test("makes a Secret useless where there are gateways only", () => {
    expect(problemsOf({ clusters: [eu], tls: secret })).toEqual([
      'entry/gateway-certificate: endpoints.http.tls names a Secret, and on cluster "eu" the gateway holds the certificates',
    ]);
    expect(problemsOf({ clusters: [eu, us], tls: secret })).toEqual([]);
  });

  test("does not make a Secret of what is none", () => {
    for (const tls of [true, {}, { secret: "A b" }, "bought"]) {
      expect(problemsOf({ clusters: [us], tls })).toEqual([
        `entry/tls: endpoints.http.tls ${JSON.stringify(tls)} names no Secret`,
      ]);
    }
  });

  test("limits how many there are, with Gateway API only", () => {
    const list = (count: number, at: (i: number) => string) => Array.from({ length: count }, (_, i) => at(i));
    const most = {
      hosts: list(16, (i) => `h${i}.shop.acme.example`),
      paths: list(64, (i) => `/p${i}`),
    };
    const more = {
      hosts: list(17, (i) => `h${i}.shop.acme.example`),
      paths: list(65, (i) => `/p${i}`),
    };
    expect(problemsOf({ clusters: [eu], ...most })).toEqual([]);
    expect(problemsOf({ clusters: [us], ...more })).toEqual([]);
    expect(problemsOf({ clusters: [eu], ...more })).toEqual([
      "entry/too-many: endpoints.http.hosts has 17 entries, and Gateway API takes at most 16",
      "entry/too-many: endpoints.http.paths has 65 entries, and Gateway API takes at most 64",
    ]);
    const redirects = Object.fromEntries(list(16, (i) => `/r${i}`).map((from) => [from, "/new"]));
    const headers = { set: Object.fromEntries(list(17, (i) => `x-${i}`).map((name) => [name, "a"])) };
    expect(problemsOf({ clusters: [eu], redirects, requestHeaders: headers })).toEqual([
      "entry/too-many: endpoints.http.redirects has 16 entries, and Gateway API takes at most 15",
      "entry/too-many: endpoints.http.requestHeaders.set has 17 entries, and Gateway API takes at most 16",
    ]);
  });
});

test("whatever is said of an endpoint in plain JavaScript, the check says what is wrong and does not throw", () => {
  const texts = fc.array(fc.oneof(fc.string(), fc.constantFrom("/", "/a", "*.x", "a.shop.acme.example")));
  const changes = fc.record({ set: fc.dictionary(fc.string(), fc.jsonValue()), remove: texts }, { requiredKeys: [] });
  const said = fc.record(
    {
      hosts: texts,
      paths: texts,
      redirects: fc.dictionary(fc.string(), fc.jsonValue()),
      requestHeaders: changes,
      timeout: fc.jsonValue(),
      tls: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(said, (props) => {
      for (const problem of problemsOf(props)) expect(problem).toMatch(/^(warning )?[a-z-]+\/[a-z-]+: \S/);
    }),
  );
});
