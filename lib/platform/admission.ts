import { ApiObject } from "cdk8s";
import type { Construct } from "constructs";
import { LABEL } from "../core/labels";
import { bindingPolicy, guardPolicy, tokenPolicy } from "./admission/access";
import { ingressPolicy, routePolicy, servicePolicy } from "./admission/network";
import { externalSecretPolicy, scaledObjectPolicy } from "./admission/operators";
import { podPolicy, volumePolicy } from "./admission/pods";
import type { Admission, Policy } from "./admission/policy";

/**
 * What admission refuses the tenant, one policy for each kind: an expression that fits several is not checked against their types.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 */
export function policiesOf(admission: Admission): readonly Policy[] {
  return [
    podPolicy(admission),
    ...(admission.allowed.storageClasses ? [volumePolicy(admission, admission.allowed.storageClasses)] : []),
    servicePolicy(admission),
    ingressPolicy(admission),
    routePolicy(admission),
    externalSecretPolicy(admission),
    scaledObjectPolicy(admission),
    bindingPolicy(admission),
    tokenPolicy(admission),
    guardPolicy(admission),
  ];
}

/** Makes the policies of a tenant, each with a binding to the tenant's namespaces. */
export function makeAdmission(scope: Construct, admission: Admission): void {
  for (const { about, rule, ...spec } of policiesOf(admission)) {
    const name = `flagstone-${admission.tenant}-${about}`;
    const policy = new ApiObject(scope, `policy-${about}`, {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingAdmissionPolicy",
      metadata: { name },
      spec: {
        failurePolicy: "Fail",
        matchConstraints: { resourceRules: [rule] },
        ...spec,
        validations: spec.validations.map((validation) => ({ ...validation, reason: "Forbidden" })),
      },
    });
    const binding = new ApiObject(scope, `policy-binding-${about}`, {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingAdmissionPolicyBinding",
      metadata: { name },
      spec: {
        policyName: name,
        validationActions: ["Deny"],
        matchResources: { namespaceSelector: { matchLabels: { [LABEL.tenant]: admission.tenant } } },
      },
    });
    binding.addDependency(policy);
  }
}
