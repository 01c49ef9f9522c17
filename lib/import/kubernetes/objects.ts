import { groupOf, podTemplateOf as templateIn } from "../../plan/kinds";
import { at, isMap, type JsonMap, leaves, listOf, mapOf, textOf, textsOf, said } from "../json";

/** `apps/Deployment`, as plans name kinds. */
export function kindOf(object: JsonMap): string {
  return `${groupOf(said(object["apiVersion"]))}/${said(object["kind"])}`;
}

export function nameOf(object: JsonMap): string {
  const name = at(object, "metadata", "name") ?? at(object, "metadata", "generateName");
  return typeof name === "string" || typeof name === "number" ? said(name) : "";
}

export function namespaceOf(object: JsonMap): string | undefined {
  return textOf(at(object, "metadata", "namespace"));
}

export function labelsOf(object: JsonMap): Record<string, string> {
  return textsOf(at(object, "metadata", "labels")) ?? {};
}

export function annotationsOf(object: JsonMap): Record<string, string> {
  return textsOf(at(object, "metadata", "annotations")) ?? {};
}

/** Identity of an object, as reports show it. */
export function idOf(object: JsonMap): string {
  return [kindOf(object), namespaceOf(object) ?? "-", nameOf(object)].join("/");
}

/** Whether it looks like an object of Kubernetes. */
export function isObject(value: unknown): value is JsonMap {
  return isMap(value) && typeof value["apiVersion"] === "string" && typeof value["kind"] === "string";
}

/**
 * The objects of a document: those of a List one by one.
 *
 * @param place - of the document, for people
 * @param ignore - is told the places of items that are no objects
 */
export function objectsIn(
  document: unknown,
  place: string,
  ignore: (place: string) => void,
): { readonly object: JsonMap; readonly place: string }[] {
  if (!isObject(document)) {
    ignore(place);
    return [];
  }
  if (/List$/.test(said(document["kind"])) && Array.isArray(document["items"])) {
    const kind = said(document["kind"]).replace(/List$/, "");
    return listOf(document["items"]).flatMap((item, i) =>
      // Items of a typed list leave out what the list says.
      objectsIn(
        kind === "" || !isMap(item) ? item : { apiVersion: document["apiVersion"] ?? "", kind, ...item },
        `${place}, item ${i + 1}`,
        ignore,
      ),
    );
  }
  return [{ object: document, place }];
}

/** Labels and annotations must be text; numbers and booleans are what somebody forgot to quote. */
function withTexts(map: unknown): JsonMap {
  return Object.fromEntries(
    Object.entries(mapOf(map)).map(([key, value]) => [
      key,
      typeof value === "number" || typeof value === "boolean" ? said(value) : value,
    ]),
  );
}

// Written by the API server or by controllers: whoever exports objects gets them, and nobody may set them.
const SERVER_FIELDS = [
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "managedFields",
  "selfLink",
  "ownerReferences",
];
const SERVER_ANNOTATIONS =
  /^(kubectl\.kubernetes\.io\/(last-applied-configuration|restartedAt)|deployment\.kubernetes\.io\/revision|deprecated\.daemonset\.template\.generation|pv\.kubernetes\.io\/.*|volume\.(beta\.)?kubernetes\.io\/(storage-provisioner|selected-node)|autoscaling\.alpha\.kubernetes\.io\/.*|batch\.kubernetes\.io\/.*)$/;
const HELM_ANNOTATIONS = /^(meta\.helm\.sh\/.*|helm\.sh\/hook.*|helm\.sh\/resource-policy)$/;

/** An object without what servers and Helm write, and how many fields that were by rule. */
export function withoutServerFields(given: JsonMap): {
  readonly object: JsonMap;
  readonly dropped: ReadonlyMap<string, number>;
} {
  const object = structuredClone(given);
  const dropped = new Map<string, number>();
  const drop = (rule: string, map: JsonMap, key: string): void => {
    if (map[key] === undefined) return;
    if (map[key] !== null) dropped.set(rule, (dropped.get(rule) ?? 0) + leaves(map[key]));
    Reflect.deleteProperty(map, key);
  };
  const clean = (metadata: unknown): void => {
    if (!isMap(metadata)) return;
    for (const key of SERVER_FIELDS) drop("kubernetes/server-fields", metadata, key);
    for (const key of ["labels", "annotations"]) if (isMap(metadata[key])) metadata[key] = withTexts(metadata[key]);
    const annotations = mapOf(metadata["annotations"]);
    for (const key of Object.keys(annotations)) {
      if (SERVER_ANNOTATIONS.test(key)) drop("kubernetes/server-fields", annotations, key);
      else if (HELM_ANNOTATIONS.test(key)) drop("helm/metadata", annotations, key);
      else if (key.startsWith("checksum/")) drop("helm/checksum", annotations, key);
      // What Flagstone made before, it makes again.
      else if (/^(flagstone\.dev|pulumi\.com)\//.test(key)) drop("deploy/annotations", annotations, key);
    }
    if (Object.keys(annotations).length === 0) Reflect.deleteProperty(metadata, "annotations");
  };
  clean(object["metadata"]);
  clean(at(object, "spec", "template", "metadata"));
  clean(at(object, "spec", "jobTemplate", "metadata"));
  clean(at(object, "spec", "jobTemplate", "spec", "template", "metadata"));
  if (WITH_STATUS.has(kindOf(object))) drop("kubernetes/server-fields", object, "status");
  if (kindOf(object) === "core/Service") {
    const spec = mapOf(object["spec"]);
    if (spec["clusterIP"] !== "None")
      for (const key of ["clusterIP", "clusterIPs"]) drop("kubernetes/server-fields", spec, key);
    else drop("kubernetes/server-fields", spec, "clusterIPs");
  }
  if (kindOf(object) === "core/ServiceAccount") drop("kubernetes/server-fields", object, "secrets");
  if (kindOf(object) === "core/Namespace") {
    drop("kubernetes/server-fields", mapOf(object["spec"]), "finalizers");
    drop("kubernetes/server-fields", mapOf(at(object, "metadata", "labels")), "kubernetes.io/metadata.name");
  }
  return { object, dropped };
}

// Of other kinds, a field of this name may be anybody's.
const WITH_STATUS: ReadonlySet<string> = new Set([
  "apps/Deployment",
  "apps/StatefulSet",
  "apps/DaemonSet",
  "apps/ReplicaSet",
  "batch/Job",
  "batch/CronJob",
  "core/Service",
  "core/Pod",
  "core/Namespace",
  "core/PersistentVolumeClaim",
  "networking.k8s.io/Ingress",
  "autoscaling/HorizontalPodAutoscaler",
  "policy/PodDisruptionBudget",
  "apiextensions.k8s.io/CustomResourceDefinition",
]);

/** When Helm runs an object besides installing it. */
export function hooksOf(object: JsonMap): readonly string[] {
  const hooks = annotationsOf(object)["helm.sh/hook"] ?? "";
  return hooks
    .split(",")
    .map((hook) => hook.trim())
    .filter(Boolean);
}

/** The weight of a hook; Helm takes what is no number for 0. */
export function hookWeightOf(object: JsonMap): number {
  const weight = annotationsOf(object)["helm.sh/hook-weight"] ?? "";
  return /^[-+]?\d+$/.test(weight) ? Number(weight) : 0;
}

/** Whether labels have all that a selector asks for. */
export function selects(selector: unknown, labels: Readonly<Record<string, string>>): boolean {
  const wanted = Object.entries(mapOf(selector));
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
}

/** Whether labels have all that a selector with expressions asks for. */
export function selectsByExpressions(selector: unknown, labels: Readonly<Record<string, string>>): boolean {
  const given = mapOf(selector);
  const byLabels = Object.entries(mapOf(given["matchLabels"])).every(([key, value]) => labels[key] === value);
  return (
    byLabels &&
    listOf(given["matchExpressions"]).every((item) => {
      const { key, operator, values } = mapOf(item);
      const has = Object.hasOwn(labels, said(key));
      const isIn = has && listOf(values).includes(labels[said(key)] ?? "");
      return { In: isIn, NotIn: !isIn, Exists: has, DoesNotExist: !has }[said(operator)] ?? false;
    })
  );
}

/** The pods that an object makes; undefined for kinds without. */
export function podTemplateOf(object: JsonMap): JsonMap | undefined {
  const template = templateIn(kindOf(object), object);
  return isMap(template) ? template : undefined;
}
