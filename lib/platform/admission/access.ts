import { LABEL } from "../../core/labels";
import { type Admission, ask, cel, type Policy } from "./policy";

/** Whom the API server names itself: everybody, nobody in particular, or its own parts. Accounts of namespaces may be given roles. */
export function bindingPolicy(admission: Admission): Policy {
  const isSystem =
    's.kind in ["User", "Group"] && s.name.startsWith("system:") && !s.name.startsWith("system:serviceaccount")';
  return {
    about: "rolebindings",
    rule: {
      apiGroups: ["rbac.authorization.k8s.io"],
      apiVersions: ["v1"],
      operations: ["CREATE", "UPDATE"],
      resources: ["rolebindings"],
    },
    validations: [
      {
        expression: `!object.?subjects.orValue([]).exists(s, ${isSystem})`,
        message: `a RoleBinding of tenant ${admission.tenant} gives nothing to users and groups that begin with system:, who may be anybody: ${ask(admission)}`,
      },
    ],
  };
}

/**
 * An admin of the tenant may write policies and roles of its own, but not those that it is held by; nor may anybody mark others so, which
 * would keep the tenant from its own. Controllers delete namespaces, too.
 */
export function guardPolicy(admission: Admission): Policy {
  const isGuarded = (which: string): string => `${cel(LABEL.guard)} in ${which}.metadata.?labels.orValue({})`;
  return {
    about: "guard",
    rule: {
      apiGroups: ["", "networking.k8s.io", "rbac.authorization.k8s.io"],
      apiVersions: ["v1"],
      operations: ["CREATE", "UPDATE", "DELETE"],
      resources: ["limitranges", "networkpolicies", "resourcequotas", "rolebindings", "roles", "serviceaccounts"],
    },
    matchConditions: [
      {
        name: "is-guarded",
        expression: ["object", "oldObject"].map((which) => `(${which} != null && ${isGuarded(which)})`).join(" || "),
      },
    ],
    validations: [
      {
        expression: 'authorizer.group("").resource("namespaces").name(request.namespace).check("delete").allowed()',
        message: `this object holds tenant ${admission.tenant} to its bounds, and only who may delete the namespace may change it: ${ask(admission)}`,
      },
    ],
  };
}

/**
 * A Secret of this type gets a token of any account of the namespace, which never ends. The controller that writes the token updates what
 * was there before.
 *
 * @see https://kubernetes.io/docs/concepts/configuration/secret/#serviceaccount-token-secrets
 */
export function tokenPolicy(admission: Admission): Policy {
  const account = (which: string): string =>
    `${which}.metadata.?annotations[?"kubernetes.io/service-account.name"].orValue("")`;
  return {
    about: "tokens",
    rule: { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: ["secrets"] },
    matchConditions: [
      {
        name: "account-changes",
        expression: `oldObject == null || ${account("object")} != ${account("oldObject")}`,
      },
    ],
    validations: [
      {
        expression: 'object.?type.orValue("") != "kubernetes.io/service-account-token"',
        message: `Secrets of tenant ${admission.tenant} are not of type kubernetes.io/service-account-token, which gives a token that never ends: ${ask(admission)}`,
      },
    ],
  };
}
