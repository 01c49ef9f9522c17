import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Capability } from "flagstone";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { makeDraft } from "../../lib/plan/make-draft.ts";
import { render } from "../../lib/render/render.ts";
import { checkEntry } from "../../lib/workloads/endpoints/check-entry.ts";
import type { EntryEndpoint } from "../../lib/workloads/endpoints/entry.ts";
import { ingressOf } from "../../lib/workloads/endpoints/entry-ingress.ts";
import { GATEWAY_API, routeOf } from "../../lib/workloads/endpoints/entry-routes.ts";
import { bodyOf } from "./api.ts";
import { applyDirectory, expectStored, expectUnchanged } from "./apply.ts";
import { clusters, programOf, said, sayable } from "./every-entry.ts";
import { deleteAll, expectNothingRemains, takeInventory } from "./inventory.ts";
import { withControlPlane } from "./suite.ts";

const controlPlane = withControlPlane("gateway-api");
const folder = mkdtempSync(join(tmpdir(), "entry-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the program of this test says everything that can be said of external endpoints", () => {
  expect([...said].sort()).toEqual(Object.keys(sayable).sort());
});

describe.each(clusters)("on cluster %s", (cluster) => {
  test("whatever is said of external endpoints is taken without a warning, stored as written, stays and goes", async () => {
    const draft = makeDraft(programOf().instantiate("prod"));
    expect(draft.findings.filter(({ severity }) => severity === "error")).toEqual([]);
    const directory = join(folder, cluster);
    for (const [path, text] of render(draft, undefined).files) {
      if (!path.startsWith(`prod/${cluster}/`)) continue;
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), text);
    }
    const before = await takeInventory(controlPlane());
    const applied = await applyDirectory(controlPlane(), directory);
    await expectStored(controlPlane(), applied);
    await expectUnchanged(controlPlane(), applied);

    const kinds = cluster === "routes" ? ["HTTPRoute", "GRPCRoute"] : ["Ingress"];
    const entries = applied.objects.filter(
      ({ manifest: { object } }) => kinds.includes(object.kind) && object.metadata.namespace === "shop",
    );
    expect(entries.length).toBe(kinds.length === 2 ? 8 : 5);
    for (const { manifest, path, identity } of entries) {
      // Nothing was filled in, so a GitOps controller sees no difference.
      const { spec } = bodyOf(await controlPlane().request("GET", path), identity);
      expect(spec).toEqual(manifest.object.spec);
    }
    await deleteAll(controlPlane(), applied);
    await expectNothingRemains(controlPlane(), before);
  });
});

const gateway = Capability.gatewayApi({ gateway: "edge/public" });
const ingress = Capability.ingress({ className: "public", from: { namespace: "edge" } });
const certManager = Capability.certManager({ issuer: "acme" });

describe("what the check of external endpoints finds no fault in", () => {
  /** Mostly what is good, so that not every sample has a fault. */
  const mostly = <T>(good: fc.Arbitrary<T>, any: fc.Arbitrary<T>) =>
    fc.oneof({ arbitrary: good, weight: 4 }, { arbitrary: any, weight: 1 });
  const label = fc.stringMatching(/^[a-z0-9-]{1,4}$/);
  const host = mostly(
    fc.constantFrom("a.example", "*.a.example", "b", "1.a", "a-b.example"),
    fc.oneof(
      fc.constantFrom("*", "1.2.3.4", "A.example", "a..b", "a_b.example", "*.*.a"),
      fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => labels.join(".")),
    ),
  );
  const path = mostly(
    fc.constantFrom("/", "/a", "/a/", "/b/c.d", "/%41~", "/a:b@c,d;e=f", "/(a)!$&'+"),
    fc.oneof(
      fc.constantFrom("/a//b", "/a/./b", "/a/..", "/%2f", "/%zz", "/a?b", "/a#b", "a", ""),
      fc.stringMatching(/^\/[ -~]{0,4}$/),
    ),
  );
  const target = fc.oneof(
    path,
    path.map((at) => `https://a.example${at}`),
    host.map((at) => `https://${at}`),
  );
  const name = mostly(fc.constantFrom("X-A", "x-b", "Cookie"), fc.stringMatching(/^[!-~ ]{1,3}$/));
  const headers = fc.record(
    {
      set: fc.dictionary(name, mostly(fc.constantFrom("a", 'a, b; c="d"'), fc.string({ maxLength: 3 })), {
        maxKeys: 2,
      }),
      remove: fc.array(name, { maxLength: 1 }),
    },
    { requiredKeys: [] },
  );
  const timeout = mostly(
    fc.integer({ min: 0, max: 10 ** 9 }).map((length) => `${length}ms`),
    fc.constantFrom("0s", "1.5h", "4166d", "4167d", "1"),
  );
  const http = fc.record(
    {
      hosts: fc.array(host, { minLength: 1, maxLength: 2 }),
      paths: fc.array(path, { minLength: 1, maxLength: 2 }),
      redirects: fc.dictionary(path, target, { maxKeys: 2 }),
      requestHeaders: headers,
      responseHeaders: headers,
      timeout,
    },
    { requiredKeys: ["hosts"] },
  );

  /** Asks the server for each of many, without storing any. */
  async function judge(
    said: readonly object[],
    capabilities: readonly Capability[],
    resource: string,
    objectOf: (endpoint: EntryEndpoint) => object,
  ): Promise<{ readonly taken: number; readonly refused: readonly string[]; readonly faulty: number }> {
    const cluster = { name: "eu", region: undefined, labels: {}, capabilities, dns: [] };
    const place = { clusters: [cluster], allowed: { hosts: [] } };
    let [taken, faulty] = [0, 0];
    const refused: string[] = [];
    await Promise.all(
      said.map(async (props) => {
        const { hosts } = props as { readonly hosts: readonly string[] };
        const endpoint = { name: "http", servicePort: 80, protocol: "http", hosts, props } as unknown as EntryEndpoint;
        const problems = checkEntry([endpoint], place).filter(({ rule }) => rule !== "host/not-allowed");
        if (problems.length > 0) {
          faulty++;
          return;
        }
        const path = `${resource}?dryRun=All&fieldValidation=Strict`;
        const { status, body, warnings } = await controlPlane().request<object>("POST", path, objectOf(endpoint));
        if (status === 201 && warnings.length === 0) taken++;
        else refused.push(`${JSON.stringify(props)}: ${JSON.stringify([body, warnings])}`);
      }),
    );
    return { taken, refused, faulty };
  }

  const metadata = { name: "web", namespace: "default" };

  test("is taken by the server as routes", async () => {
    const resource = "/apis/gateway.networking.k8s.io/v1/namespaces/default/httproutes";
    const said = fc.sample(http, 1_500);
    const result = await judge(said, [gateway], resource, (endpoint) => {
      const { kind, spec } = routeOf(
        endpoint,
        "web",
        gateway.offer as Extract<typeof gateway.offer, { listener: unknown }>,
      );
      return { ...GATEWAY_API, kind, metadata, spec };
    });
    expect(result.refused).toEqual([]);
    expect(result.taken).toBeGreaterThan(100);
    expect(result.faulty).toBeGreaterThan(100);
  });

  test("is taken by the server as Ingresses", async () => {
    const resource = "/apis/networking.k8s.io/v1/namespaces/default/ingresses";
    const said = fc.sample(http, 1_500).map(({ hosts, paths }) => ({ hosts, ...(paths ? { paths } : {}) }));
    const result = await judge(said, [ingress, certManager], resource, (endpoint) => {
      const names = { service: "web", object: "web" };
      const issuer = certManager.offer as Extract<typeof certManager.offer, { issuer: unknown }>;
      const { annotations, spec } = ingressOf(endpoint, names, "public", issuer);
      return { apiVersion: "networking.k8s.io/v1", kind: "Ingress", metadata: { ...metadata, annotations }, spec };
    });
    expect(result.refused).toEqual([]);
    expect(result.taken).toBeGreaterThan(100);
    expect(result.faulty).toBeGreaterThan(100);
  });
});
