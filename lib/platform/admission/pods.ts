import { imagePrefixes } from "../../core/allowed";
import { NODE_ROLES } from "../../core/labels";
import { type Admission, ask, cel, orNone, type Policy, type Validation } from "./policy";

/**
 * Containers of all three kinds of a pod, and volumes that are images, in one list; each as a map of texts, for their own types differ, and
 * lists have one.
 */
function imagesOf(pod: "object" | "oldObject"): string {
  const texts = (image: string, pull: string): string =>
    `{"id": [string(c.name), ${image}, ${pull}].join(" "), "image": ${image}, "pull": ${pull}}`;
  const ofContainer = texts('string(c.?image.orValue(""))', 'string(c.?imagePullPolicy.orValue(""))');
  const ofVolume = texts('string(c.image.?reference.orValue(""))', 'string(c.image.?pullPolicy.orValue(""))');
  return [
    `${pod}.spec.containers.map(c, ${ofContainer})`,
    `${pod}.spec.?initContainers.orValue([]).map(c, ${ofContainer})`,
    `${pod}.spec.?ephemeralContainers.orValue([]).map(c, ${ofContainer})`,
    `${pod}.spec.?volumes.orValue([]).filter(c, has(c.image)).map(c, ${ofVolume})`,
  ].join(" + ");
}

/** Only images and tolerations that are new count: controllers must be able to update a pod that was there before. */
export function podPolicy(admission: Admission): Policy {
  const { tenant, allowed, cordoned } = admission;
  const { registries, priorityClasses } = allowed;
  const validations: Validation[] = [
    {
      expression: 'variables.added.all(c, c.pull == "Always")',
      message: `containers of tenant ${tenant} have imagePullPolicy Always, and images that are volumes pullPolicy Always, or they could use images of others that are on the node`,
    },
  ];
  if (registries) {
    const isForeign = `!${cel(imagePrefixes(registries))}.exists(p, (c.image + ":").startsWith(p))`;
    validations.push({
      expression: `!variables.added.exists(c, ${isForeign})`,
      messageExpression: [
        `"image " + variables.added.filter(c, ${isForeign}).map(c, c.image).join(", ")`,
        cel(` is not from where tenant ${tenant} takes its images (${registries.join(", ")}): ${ask(admission)}`),
      ].join(" + "),
    });
  }
  // Whoever goes before Kubernetes' own pods displaces everybody's.
  const priority = 'object.spec.?priorityClassName.orValue("")';
  const isOwn = priorityClasses
    ? `${priority} in ${cel(["", ...priorityClasses])}`
    : `!${priority}.startsWith("system-")`;
  const among = priorityClasses ? `one of tenant ${tenant} (${orNone(priorityClasses)})` : `tenant ${tenant}'s`;
  validations.push({
    expression: `request.operation != "CREATE" || ${isOwn}`,
    messageExpression: `"priority class " + ${priority} + ${cel(` is not ${among}: ${ask(admission)}`)}`,
  });
  // The scheduler knows which nodes are for whom; who goes around it, or tolerates everything, gets to those of the control plane.
  const key = 't.?key.orValue("")';
  const tolerable = `(${key} != "" && !${key}.startsWith(${cel(NODE_ROLES)}))`;
  const before = "(oldObject != null && t in oldObject.spec.?tolerations.orValue([]))";
  validations.push({
    expression: [
      '(request.operation != "CREATE" || object.spec.?nodeName.orValue("") == "")',
      `object.spec.?tolerations.orValue([]).all(t, ${tolerable} || ${before})`,
    ].join(" && "),
    message: `pods of tenant ${tenant} name no node, and tolerate taints by key only, those of node roles not at all: ${ask(admission)}`,
  });
  validations.push(deviceValidation(admission));
  if (cordoned) {
    validations.unshift({
      expression: "variables.added.size() == 0",
      message: `tenant ${tenant} is cordoned, so nothing new starts: ${ask(admission)}`,
    });
  }
  return {
    about: "pods",
    rule: {
      apiGroups: [""],
      apiVersions: ["v1"],
      operations: ["CREATE", "UPDATE"],
      resources: ["pods", "pods/ephemeralcontainers"],
    },
    variables: [
      {
        name: "before",
        expression: `oldObject == null ? [] : (${imagesOf("oldObject")}).map(c, c["id"])`,
      },
      { name: "added", expression: `(${imagesOf("object")}).filter(c, !(c["id"] in variables.before))` },
    ],
    validations,
  };
}

/**
 * Extended resources, whose names alone have a slash, are bounded only where a quota counts them by name, and vendors have many: those of
 * a part of a GPU say how big it is. They always have a limit.
 *
 * @see https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#extended-resources
 */
function deviceValidation(admission: Admission): Validation {
  const { tenant, extendedResources } = admission;
  const isCounted = `(!r.contains("/") || r in ${cel(extendedResources)})`;
  // The types that the API server checks expressions by know no maps of quantities.
  const ofContainer = `all(c, dyn(c).?resources.?limits.orValue({}).all(r, ${isCounted}))`;
  return {
    expression: [
      'request.operation != "CREATE"',
      `(object.spec.containers.${ofContainer} && object.spec.?initContainers.orValue([]).${ofContainer})`,
    ].join(" || "),
    message: `pods of tenant ${tenant} ask for no devices but those that its quota counts (${extendedResources.join(", ")}): ${ask(admission)}`,
  };
}

/** A class is there when the API server is done with defaults; none, or an empty one, would bind to any volume that is lying about. */
export function volumePolicy(admission: Admission, classes: readonly string[]): Policy {
  return {
    about: "volumes",
    rule: { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["persistentvolumeclaims"] },
    validations: [
      {
        expression: `object.spec.?storageClassName.orValue("") in ${cel(classes)}`,
        messageExpression: [
          `"storage class '" + object.spec.?storageClassName.orValue("")`,
          cel(`' is not one of tenant ${admission.tenant} (${orNone(classes)}): ${ask(admission)}`),
        ].join(" + "),
      },
    ],
  };
}
