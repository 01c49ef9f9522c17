import { describe, expect, test } from "vitest";
import { type RoleName, ROLES, rulesOf } from "../../lib/access/roles";
import type { BuiltinTier } from "../../lib/core/scope";

const TIERS: readonly BuiltinTier[] = ["development", "staging", "production"];
const everyRole = TIERS.flatMap((tier) => ROLES.map((role) => [role, tier] as const));

/** Everything that a role allows, as `create apps/deployments`. */
function allowedTo(role: RoleName, tier: BuiltinTier): Set<string> {
  return new Set(
    rulesOf(role, tier).flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((verb) => `${verb} ${group === "" ? "" : `${group} `}${resource}`)),
      ),
    ),
  );
}

describe.each(everyRole)("the %s of a tenant in %s", (role, tier) => {
  test("has no wildcard", () => {
    for (const { apiGroups, resources, verbs } of rulesOf(role, tier))
      expect([...apiGroups, ...resources, ...verbs].filter((text) => text.includes("*"))).toEqual([]);
  });

  test("has no verb that gives away more than one has, and no token of an account", () => {
    for (const may of allowedTo(role, tier)) {
      expect(may).not.toMatch(/^(bind|escalate|impersonate|approve|sign|use) /);
      expect(may).not.toMatch(/ serviceaccounts\/token$/);
    }
  });

  test("sees only what is in a namespace, and writes nothing that bounds the tenant", () => {
    const all = [...allowedTo(role, tier)];
    // https://kubernetes.io/docs/reference/kubernetes-api/
    const ofClusters =
      /(namespaces|nodes|persistentvolumes|clusterroles|clusterrolebindings|customresourcedefinitions|storageclasses|priorityclasses|validatingadmission\w+|mutatingwebhook\w+|ingressclasses|gatewayclasses)(\/|$)/;
    expect(all.filter((may) => ofClusters.test(may))).toEqual([]);
    expect(all.filter((may) => /^(?!get|list|watch).* (resourcequotas|limitranges)/.test(may))).toEqual([]);
  });

  test("has every pair of a verb and a resource in one rule only", () => {
    const pairs = rulesOf(role, tier).flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((verb) => `${group}/${resource} ${verb}`)),
      ),
    );
    expect(pairs.length).toBe(new Set(pairs).size);
  });
});

describe.each(TIERS)("in %s", (tier) => {
  test("a developer may do all that a viewer may and more, and an admin all that a developer may and more", () => {
    const [viewer, developer, admin] = ROLES.map((role) => allowedTo(role, tier));
    expect([...viewer!].filter((may) => !developer!.has(may))).toEqual([]);
    expect([...developer!].filter((may) => !admin!.has(may))).toEqual([]);
    expect(developer!.size).toBeGreaterThan(viewer!.size);
    expect(admin!.size).toBeGreaterThan(developer!.size);
  });

  test("a viewer writes nothing and sees no secret", () => {
    const all = [...allowedTo("viewer", tier)];
    expect(all.filter((may) => !/^(get|list|watch) /.test(may))).toEqual([]);
    expect(all.filter((may) => / secrets$|exec|attach|portforward|ephemeralcontainers/.test(may))).toEqual([]);
    expect(all).toContain("get pods/log");
  });

  test("only an admin decides who may do what, and who reaches whom", () => {
    const decide = ["create rbac.authorization.k8s.io rolebindings", "update networking.k8s.io networkpolicies"];
    for (const may of decide)
      expect(
        ROLES.filter((role) => allowedTo(role, tier).has(may)),
        may,
      ).toEqual(["admin"]);
  });
});

test("developers in production start nothing, because a pod could mount any secret, but keep things running", () => {
  const may = allowedTo("developer", "production");
  const starts = /^(create|update|patch) \S* ?(pods|deployments|statefulsets|daemonsets|replicasets|jobs|cronjobs)$/;
  expect([...allowedTo("developer", "staging")].filter((one) => starts.test(one))).toContain("create apps deployments");
  expect([...may].filter((one) => starts.test(one))).toEqual([]);
  expect(may).toContain("delete pods");
  expect(may).toContain("patch apps deployments/scale");
});

test("developers look inside of pods and secrets outside of tiers like production, admins anywhere", () => {
  const inside = ["create pods/exec", "get pods/portforward", "create pods/attach", "get secrets", "update secrets"];
  for (const may of [...inside, "patch pods/ephemeralcontainers"]) {
    expect(
      TIERS.filter((tier) => allowedTo("developer", tier).has(may)),
      may,
    ).toEqual(["development", "staging"]);
    expect(
      TIERS.filter((tier) => allowedTo("admin", tier).has(may)),
      may,
    ).toEqual(TIERS);
  }
});
