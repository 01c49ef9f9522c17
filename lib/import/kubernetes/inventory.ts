import { isMap, type JsonMap, mapOf, mapsOf, textOf, textsOf } from "../json";
import {
  annotationsOf,
  hooksOf,
  hookWeightOf,
  idOf,
  kindOf,
  labelsOf,
  nameOf,
  namespaceOf,
  podTemplateOf,
  selects,
  withoutServerFields,
} from "./objects";
import { mentioned } from "./volumes";

/** An object of the input. */
export interface Item {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  /** Without what servers and Helm wrote. */
  readonly object: JsonMap;
  readonly dropped: ReadonlyMap<string, number>;
  /** When Helm runs it. */
  readonly hooks: readonly string[];
  /** Of those that Helm runs at one time, the lowest comes first. */
  readonly hookWeight: number;
}

/** How a workload uses a ConfigMap or a Secret, or nobody knows. */
export interface Use {
  readonly by: Item;
  readonly how: "volume" | "env" | "envFrom" | "projected";
}

/** All objects, and who has to do with whom. */
export class Inventory {
  public readonly items: readonly Item[];
  /** Objects that another one of the same name replaced. */
  public readonly replaced: readonly Item[];

  public constructor(objects: readonly JsonMap[], namespace: string) {
    const byId = new Map<string, Item>();
    const replaced: Item[] = [];
    for (const given of objects) {
      const { object, dropped } = withoutServerFields(given);
      const item: Item = {
        id: idOf(object),
        kind: kindOf(object),
        name: nameOf(object),
        namespace: namespaceOf(object) ?? namespace,
        object,
        dropped,
        hooks: hooksOf(given),
        hookWeight: hookWeightOf(given),
      };
      const key = [item.kind, item.namespace, item.name].join("/");
      const before = byId.get(key);
      if (before) replaced.push(before);
      byId.set(key, item);
    }
    this.items = [...byId.values()];
    this.replaced = replaced;
  }

  public ofKind(...kinds: readonly string[]): Item[] {
    return this.items.filter(({ kind }) => kinds.includes(kind));
  }

  public find(kind: string, namespace: string, name: string): Item | undefined {
    return this.items.find((item) => item.kind === kind && item.namespace === namespace && item.name === name);
  }

  /** Objects whose pods a selector finds. */
  public selected(selector: unknown, namespace: string): Item[] {
    return this.items.filter((item) => {
      const template = podTemplateOf(item.object);
      return template !== undefined && item.namespace === namespace && selects(selector, labelsOf(template));
    });
  }

  /** Who uses a ConfigMap. */
  public usesOfConfig(config: Item): Use[] {
    return this.items.flatMap((item) => {
      const template = podTemplateOf(item.object);
      if (!template || item.namespace !== config.namespace) return [];
      const spec = mapOf(template["spec"]);
      const volumes = mapsOf(spec["volumes"]).flatMap((volume): Use[] => {
        if (!mentioned(volume).configs.includes(config.name)) return [];
        return [{ by: item, how: isMap(volume["configMap"]) ? "volume" : "projected" }];
      });
      const containers = ["containers", "initContainers"].flatMap((key) => mapsOf(spec[key]));
      const variables = containers.flatMap(({ env, envFrom }): Use[] => [
        ...mapsOf(env)
          .filter(({ valueFrom }) => mapOf(mapOf(valueFrom)["configMapKeyRef"])["name"] === config.name)
          .map((): Use => ({ by: item, how: "env" })),
        ...mapsOf(envFrom)
          .filter(({ configMapRef }) => mapOf(configMapRef)["name"] === config.name)
          .map((): Use => ({ by: item, how: "envFrom" })),
      ]);
      return [...volumes, ...variables];
    });
  }

  /** Workloads whose pods mount a claim. */
  public usersOfClaim(claim: Item): Item[] {
    return this.items.filter((item) => {
      const template = podTemplateOf(item.object);
      if (!template || item.namespace !== claim.namespace) return false;
      return mapsOf(mapOf(template["spec"])["volumes"]).some(
        (volume) => mapOf(volume["persistentVolumeClaim"])["claimName"] === claim.name,
      );
    });
  }

  /** Whether roles are bound to an account, so that its pods talk to the API server. */
  public isBound(namespace: string, account: string): boolean {
    return this.ofKind("rbac.authorization.k8s.io/RoleBinding", "rbac.authorization.k8s.io/ClusterRoleBinding").some(
      (binding) =>
        mapsOf(binding.object["subjects"]).some(
          (subject) =>
            subject["kind"] === "ServiceAccount" &&
            subject["name"] === account &&
            (textOf(subject["namespace"]) ?? binding.namespace) === namespace,
        ),
    );
  }

  /** Texts of a ConfigMap that has nothing else. */
  public textsOfConfig(config: Item): Record<string, string> | undefined {
    const { data, binaryData, immutable } = config.object;
    if (binaryData !== undefined || immutable === true || Object.keys(annotationsOf(config.object)).length > 0)
      return undefined;
    return textsOf(data ?? {});
  }
}
