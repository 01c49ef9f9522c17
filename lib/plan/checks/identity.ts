import { isPlainObject } from "../../core/merge";
import type { Problem } from "../../core/findings";
import { isDnsLabel, isDnsSubdomain, suggestDnsLabel } from "../../core/names";
import { hasToken } from "../../core/tokens";
import type { Draft, DraftObject } from "../draft";
import { groupKindOf, groupOf, isBuiltIn, isClusterScoped } from "../kinds";

/** Two objects that would be one. */
export function checkCollisions(
  objects: readonly DraftObject[],
): { readonly object: DraftObject; readonly problem: Problem }[] {
  const byId = new Map<string, DraftObject[]>();
  for (const object of objects) {
    const known = byId.get(object.id);
    if (known) known.push(object);
    else byId.set(object.id, [object]);
  }
  return [...byId.values()].flatMap((same) => {
    if (same.length < 2) return [];
    const paths = same.map(({ construct }) => construct.node.path).sort();
    const [first] = same;
    if (!first) return [];
    const { kind, metadata } = first.json;
    return [
      {
        object: same.find(({ construct }) => construct.node.path === paths[0]) ?? first,
        problem: {
          rule: "names/collision",
          message: `${kind} "${metadata.name}"${metadata.namespace === undefined ? "" : ` in namespace "${metadata.namespace}"`} of cluster "${first.cluster.name}" is declared by ${paths.join(" and ")}`,
          fix: "give one of them another id, or another name",
        },
      },
    ];
  });
}

/** Logical names of cloud resources that would be one. */
export function checkCloudNames(draft: Pick<Draft, "cloud">): { readonly path: string; readonly problem: Problem }[] {
  const byName = new Map<string, string[]>();
  for (const { name, construct } of draft.cloud) byName.set(name, [...(byName.get(name) ?? []), construct.node.path]);
  return [...byName].flatMap(([name, all]) => {
    const paths = [...new Set(all)].sort();
    if (paths.length < 2) return [];
    return [
      {
        path: paths[0] ?? "",
        problem: {
          rule: "cloud/collision",
          message: `cloud resource "${name}" is declared by ${paths.join(" and ")}`,
          fix: "ids of constructs with cloud resources are unique within a tenant: rename one",
        },
      },
    ];
  });
}

/** Names and namespaces that the API server would refuse, or that belong to somebody else. */
export function checkObject({ json, tenant }: DraftObject): Problem[] {
  const { name, namespace } = json.metadata;
  const problems: Problem[] = [];
  const isLabel = ["core/Service", "core/Namespace"].includes(groupKindOf(json));
  const isPathSegment = groupOf(json.apiVersion) === "rbac.authorization.k8s.io";
  const isValid = isPathSegment ? /^(?!\.{1,2}$)[^/%]+$/.test(name) : isLabel ? isDnsLabel(name) : isDnsSubdomain(name);
  if (!isValid && !hasToken(name)) {
    const suggestion = suggestDnsLabel(name);
    problems.push({
      rule: "names/invalid",
      message: `${json.kind} name "${name}" is not one that Kubernetes takes (${name.length} characters)`,
      fix: suggestion === undefined ? "choose a name of lower-case letters, digits and -" : `call it "${suggestion}"`,
    });
  }
  if (namespace === undefined && isBuiltIn(json.apiVersion) && !isClusterScoped(json, new Map())) {
    problems.push({
      rule: "namespace/missing",
      message: `${json.kind} "${name}" has no namespace`,
      fix: "make it below a tenant, or say metadata.namespace",
    });
  }
  if (isSelectedByPath(json)) {
    problems.push({
      rule: "selectors/path",
      severity: "warning",
      message: `${json.kind} "${name}" selects its pods by a hash of its construct path, so moving the code changes a field that cannot be changed`,
      fix: 'pass select: false, then podMetadata.addLabel(Pod.ADDRESS_LABEL, "…") and select({ … }) with labels of your own',
    });
  }
  if (tenant && namespace !== undefined && !tenant.namespaces.includes(namespace)) {
    problems.push({
      rule: "namespace/foreign",
      message: `${json.kind} "${name}" goes to namespace "${namespace}", which is not one of tenant "${tenant.name}"`,
      fix: `use ${tenant.namespaces.map((own) => `"${own}"`).join(" or ")}, or make it outside of the tenant`,
    });
  }
  return problems;
}

/** cdk8s-plus selects the pods of a workload so, unless told otherwise. */
function isSelectedByPath({ spec }: DraftObject["json"]): boolean {
  const { selector, template } = (spec ?? {}) as { selector?: { matchLabels?: unknown } | null; template?: object };
  const labels = selector?.matchLabels;
  return template !== undefined && isPlainObject(labels) && "cdk8s.io/metadata.addr" in labels;
}
