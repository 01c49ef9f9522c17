import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Contract } from "../../lib/core/contract.ts";
import { checkContract, type ContractExpectation } from "../../lib/deploy/check-contract.ts";

const stack = "organization/acme-platform/prod";
const contract: Contract = {
  contractVersion: 1,
  kind: "platform",
  program: "acme",
  platform: "acme",
  environment: "prod",
  tenants: {
    shop: { namespaces: ["shop", "shop-batch"], clusters: ["eu", "us"] },
    payments: { namespaces: ["payments"], clusters: ["eu"] },
  },
  clusters: { eu: { kind: "kubeconfig", context: "prod-eu" }, us: { kind: "kubeconfig", context: "prod-us" } },
};
const expected: ContractExpectation = {
  stack,
  platform: "acme",
  environment: "prod",
  places: [
    { tenant: "shop", namespace: "shop", cluster: "eu" },
    { tenant: "shop", namespace: "shop", cluster: "us" },
  ],
  clusters: [
    { name: "eu", isReachedByContract: true },
    { name: "us", isReachedByContract: false },
  ],
};

const judge = (given: unknown, needs: Partial<ContractExpectation> = {}): string[] =>
  checkContract(given, { ...expected, ...needs }).map(({ rule, message, fix }) => `${rule}: ${message}; ${fix}`);

test("a contract that has all that is needed, and more, is fine", () => {
  expect(judge(contract)).toEqual([]);
  expect(judge({ ...contract, addedLater: { anything: true } })).toEqual([]);
});

describe("a stack that exports no contract", () => {
  test.each([undefined, null])("is told what to export (%s)", (given) => {
    expect(judge(given)).toEqual([
      `contract/missing: stack "${stack}" exports no "flagstone"; deploy the platform's program there, whose last line is export const flagstone = platform.run(…); or mend the address in the facts`,
    ]);
  });

  test.each([
    ["something else", "https://acme.example", 'exports "https://acme.example" as "flagstone", which is no contract'],
    ["a list", [1], 'exports [1] as "flagstone", which is no contract'],
    ["another object", { url: "https://acme.example" }, "it has no contractVersion"],
    ["damaged tenants", { ...contract, tenants: { shop: { namespaces: "shop" } } }, "is damaged"],
    ["damaged clusters", { ...contract, clusters: { eu: "prod-eu" } }, "is damaged"],
  ])("says so: %s", (_, given, says) => {
    const [problem, ...others] = checkContract(given, expected);
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ rule: "contract/missing", message: expect.stringContaining(says) as string });
  });

  test("because Pulumi left out what it could not decrypt, is told that a contract has no secrets", () => {
    expect(judge({})).toEqual([
      `contract/secret: what stack "${stack}" exports as "flagstone" was left out, because it is secret and this stack cannot decrypt it; export what run returned as it is, and not by secret(…): a contract has no secrets`,
    ]);
  });
});

describe("a contract of another version", () => {
  test("that is newer asks to upgrade in this repository, and is judged no further", () => {
    expect(judge({ ...contract, contractVersion: 2, kind: "cell", tenants: "?" })).toEqual([
      `contract/version: the contract of stack "${stack}" has version 2, and this program knows versions up to 1; upgrade flagstone in this repository: npm install flagstone@latest`,
    ]);
  });

  test("that is older asks to deploy the platform with a newer one", () => {
    expect(judge({ ...contract, contractVersion: 0 })).toEqual([
      `contract/version: the contract of stack "${stack}" has version 0, and this program needs version 1; deploy the platform's stack with a newer flagstone`,
    ]);
  });
});

describe("a contract of something else", () => {
  const fix = 'mend environments.prod.stack in the facts of platform "acme"';

  test("is not the platform's", () => {
    expect(judge({ ...contract, kind: "application", program: "shop", tenants: undefined })).toEqual([
      `contract/kind: stack "${stack}" is not the platform's, but that of application "shop"; ${fix}`,
    ]);
  });

  test("is of another platform and another environment: both are said, and nothing about what it holds", () => {
    expect(judge({ ...contract, platform: "globex", environment: "dev", tenants: {} })).toEqual([
      `contract/platform: stack "${stack}" is of platform "globex", and this program is for platform "acme"; ${fix}`,
      `contract/environment: stack "${stack}" deploys environment "dev", and this program needs "prod"; ${fix}`,
    ]);
  });
});

describe("a platform that is not deployed as far", () => {
  const first = "deploy the platform's stack first, with the facts that this program has";

  test("lacks clusters and tenants, each said once", () => {
    expect(judge({ ...contract, tenants: {}, clusters: {} })).toEqual([
      `contract/cluster: stack "${stack}" knows no cluster "eu" yet; ${first}`,
      `contract/cluster: stack "${stack}" knows no cluster "us" yet; ${first}`,
      `contract/tenant: stack "${stack}" has not created tenant "shop" yet; ${first}`,
    ]);
  });

  test("lacks a namespace of a tenant, or the tenant in one cluster", () => {
    const places = [
      { tenant: "shop", namespace: "shop-jobs", cluster: "eu" },
      { tenant: "payments", namespace: "payments", cluster: "us" },
    ];
    expect(judge(contract, { places })).toEqual([
      `contract/namespace: stack "${stack}" has not created namespace "shop-jobs" of tenant "shop" yet; ${first}`,
      `contract/tenant: stack "${stack}" has not created tenant "payments" in cluster "us" yet; ${first}`,
    ]);
  });
});

describe("how a cluster is reached", () => {
  const clusters = { eu: { kind: "kubeconfig" }, us: { kind: "kubeconfig" } };

  test("is not by whatever context is current elsewhere, unless the program says itself how", () => {
    expect(judge({ ...contract, clusters })).toEqual([
      `contract/cluster: stack "${stack}" reaches cluster "eu" by whatever context is current, which need not be that cluster here; name the context in the platform's program, or say how cluster "eu" is reached in environments of the application`,
    ]);
  });

  test("in a way that is not known here asks to upgrade", () => {
    expect(judge({ ...contract, clusters: { ...clusters, eu: { kind: "tunnel" } } })).toEqual([
      `contract/cluster: cluster "eu" of stack "${stack}" is reached in a way that this program does not know: "tunnel"; upgrade flagstone in this repository: npm install flagstone@latest`,
    ]);
  });
});

test("whatever a stack exports is judged without throwing", () => {
  fc.assert(
    fc.property(fc.anything(), fc.record({ contractVersion: fc.constant(1), rest: fc.anything() }), (given, other) => {
      expect(checkContract(given, expected).length).toBeGreaterThan(0);
      expect(checkContract({ ...other, clusters: given }, expected).length).toBeGreaterThan(0);
      expect(checkContract({ ...other, tenants: given }, expected).length).toBeGreaterThan(0);
    }),
  );
});

test("a place is missing exactly when its tenant, namespace or cluster is not in the contract", () => {
  const name = fc.constantFrom("a", "b", "c");
  const tenants = fc.dictionary(name, fc.record({ namespaces: fc.uniqueArray(name), clusters: fc.uniqueArray(name) }));
  fc.assert(
    fc.property(tenants, fc.array(fc.record({ tenant: name, namespace: name, cluster: name })), (deployed, places) => {
      const isThere = ({ tenant, namespace, cluster }: (typeof places)[number]): boolean =>
        Object.hasOwn(deployed, tenant) &&
        deployed[tenant]!.namespaces.includes(namespace) &&
        deployed[tenant]!.clusters.includes(cluster);
      const problems = checkContract({ ...contract, tenants: deployed }, { ...expected, places });
      expect(problems.length === 0).toBe(places.every(isThere));
      expect(new Set(problems.map(({ message }) => message)).size).toBe(problems.length);
    }),
  );
});
