import { withSlash } from "../../core/allowed";
import { type Admission, ask, cel, orNone, type Policy, SPEC_CHANGES } from "./policy";

/**
 * The operator reads for everybody with rights of its own. What reads by a search is refused, for some stores do not know paths there; and
 * so is whatever leads to other stores, to generators, or to objects other than Secrets.
 *
 * @see https://external-secrets.io/latest/api/externalsecret/
 */
export function externalSecretPolicy(admission: Admission): Policy {
  const { tenant, allowed, secretStore } = admission;
  const { secretPaths } = allowed;
  // Stores resolve `..`.
  const isOwn = `!(".." in k.split("/")) && ${cel(secretPaths.map(withSlash))}.exists(p, (k + "/").startsWith(p))`;
  const ref = "object.spec.secretStoreRef";
  const given = `${ref}.?kind.orValue("SecretStore") + " " + ${ref}.?name.orValue("")`;
  return {
    about: "externalsecrets",
    rule: {
      apiGroups: ["external-secrets.io"],
      apiVersions: ["v1"],
      operations: ["CREATE", "UPDATE"],
      resources: ["externalsecrets"],
    },
    matchConditions: SPEC_CHANGES,
    variables: [
      { name: "data", expression: "object.spec.?data.orValue([])" },
      { name: "from", expression: "object.spec.?dataFrom.orValue([])" },
      {
        name: "paths",
        expression:
          "variables.data.map(d, d.remoteRef.key) + variables.from.filter(d, has(d.extract)).map(d, d.extract.key)",
      },
      { name: "store", expression: `has(${ref}) ? ${given} : "none"` },
      { name: "foreign", expression: `variables.paths.filter(k, !(${isOwn}))` },
    ],
    validations: [
      {
        expression: "variables.foreign.size() == 0",
        messageExpression: `"path " + variables.foreign.join(", ") + ${cel(` is not one of tenant ${tenant} (${orNone(secretPaths)}): ${ask(admission)}`)}`,
      },
      {
        expression:
          "variables.data.all(d, !has(d.sourceRef)) && variables.from.all(d, has(d.extract) && !has(d.sourceRef))",
        message: `an ExternalSecret of tenant ${tenant} names each path that it reads, without find and sourceRef: ${ask(admission)}`,
      },
      {
        expression: "!has(object.spec.target) || !has(object.spec.target.manifest)",
        message: `an ExternalSecret of tenant ${tenant} makes a Secret, without target.manifest: ${ask(admission)}`,
      },
      ...(secretStore
        ? [
            {
              expression: `variables.store == ${cel(`${secretStore.storeKind} ${secretStore.store}`)}`,
              messageExpression: `variables.store + ${cel(` is not the store of tenant ${tenant} (${secretStore.storeKind} ${secretStore.store}): ${ask(admission)}`)}`,
            },
          ]
        : []),
    ],
  };
}

/**
 * KEDA takes what such an object has to wherever a trigger says. Those of the namespace itself are the tenant's own.
 *
 * @see https://keda.sh/docs/latest/concepts/authentication/
 */
export function scaledObjectPolicy(admission: Admission): Policy {
  const { tenant, allowed } = admission;
  const { triggerAuthentications } = allowed;
  const isForeign = [
    "has(t.authenticationRef)",
    't.authenticationRef.?kind.orValue("") == "ClusterTriggerAuthentication"',
    `!(t.authenticationRef.name in ${cel(triggerAuthentications)})`,
  ].join(" && ");
  return {
    about: "scaledobjects",
    rule: {
      apiGroups: ["keda.sh"],
      apiVersions: ["v1alpha1"],
      operations: ["CREATE", "UPDATE"],
      resources: ["scaledobjects"],
    },
    matchConditions: SPEC_CHANGES,
    variables: [
      { name: "foreign", expression: `object.spec.triggers.filter(t, ${isForeign}).map(t, t.authenticationRef.name)` },
    ],
    validations: [
      {
        expression: "variables.foreign.size() == 0",
        messageExpression: `"ClusterTriggerAuthentication " + variables.foreign.join(", ") + ${cel(` is not one of tenant ${tenant} (${orNone(triggerAuthentications)}): ${ask(admission)}`)}`,
      },
    ],
  };
}
