// Questions about access, as many as wanted, about what there is and what there is not.
import fc from "fast-check";
import type { AccessQuestion, AccessSubject } from "flagstone";

const RESOURCES: readonly (readonly [group: string, resource: string, ...subresources: string[]])[] = [
  ["", "pods", "log", "exec", "portforward", "ephemeralcontainers", "eviction", "status"],
  ["", "configmaps"],
  ["", "secrets"],
  ["", "services", "status"],
  ["", "serviceaccounts", "token"],
  ["", "resourcequotas", "status"],
  ["", "limitranges"],
  ["", "persistentvolumeclaims"],
  ["", "nodes"],
  ["", "namespaces"],
  ["apps", "deployments", "scale", "status"],
  ["apps", "statefulsets", "scale"],
  ["batch", "jobs"],
  ["autoscaling", "horizontalpodautoscalers"],
  ["networking.k8s.io", "networkpolicies"],
  ["networking.k8s.io", "ingresses"],
  ["rbac.authorization.k8s.io", "roles"],
  ["rbac.authorization.k8s.io", "rolebindings"],
  ["gateway.networking.k8s.io", "httproutes"],
  ["example.com", "widgets"],
];
const VERBS = [
  "get",
  "get",
  "list",
  "watch",
  "create",
  "create",
  "update",
  "patch",
  "delete",
  "deletecollection",
  "bind",
];

const what = fc.constantFrom(...RESOURCES).chain(([group, resource, ...subresources]) =>
  fc.record({
    group: fc.oneof({ arbitrary: fc.constant(group), weight: 19 }, fc.constantFrom("", "apps", "batch")),
    resource: fc.constant(resource),
    subresource: fc.oneof(
      { arbitrary: fc.constant(undefined), weight: 5 },
      subresources.length > 0 ? fc.constantFrom(...subresources) : fc.constant("scale"),
    ),
  }),
);

export const questions: fc.Arbitrary<AccessQuestion> = fc
  .tuple(
    what,
    fc.record({
      verb: fc.constantFrom(...VERBS),
      name: fc.option(fc.constantFrom("flags", "banner", "web"), { nil: undefined }),
      namespace: fc.oneof(
        { arbitrary: fc.constantFrom("shop", "bank"), weight: 8 },
        fc.constantFrom("shop-batch", "nowhere", undefined),
      ),
    }),
  )
  .map(([thing, circumstances]) => ({ ...thing, ...circumstances }));

const GROUPS = [
  "oidc:shop-admins",
  "oidc:platform-on-call",
  "oidc:shop-developers",
  "oidc:contractors",
  "oidc:auditors",
  "oidc:bank",
  "oidc:marketing",
  "shop-admins",
];

export const subjects: fc.Arbitrary<AccessSubject> = fc.oneof(
  { arbitrary: fc.record({ groups: fc.subarray(GROUPS, { minLength: 1, maxLength: 3 }) }), weight: 9 },
  fc.record({ user: fc.constantFrom("carol", "dave"), groups: fc.subarray(GROUPS, { maxLength: 1 }) }),
  fc.record({
    serviceAccount: fc.record({
      namespace: fc.constantFrom("shop", "bank"),
      name: fc.constantFrom("robot", "default"),
    }),
  }),
);
