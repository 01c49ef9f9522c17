import { capabilityOf } from "../../core/capability";
import type { Problem } from "../../core/findings";
import { quoted } from "../../core/lists";
import type { ClusterRef } from "../../core/scope";
import type { Carried } from "./carriers";

/** Names of Secrets and ConfigMaps whose changes replace the pods. */
export interface RestartSources {
  readonly secrets: readonly string[];
  readonly configs: readonly string[];
}

/** All of several, each once and sorted. */
export function restartSources(
  objects: readonly Pick<Carried, "kind" | "name">[],
  { secrets, configs }: RestartSources,
): RestartSources {
  const named = (kind: Carried["kind"], more: readonly string[]): string[] =>
    [...new Set([...objects.filter((object) => object.kind === kind).map(({ name }) => name), ...more])].sort();
  return { secrets: named("secret", secrets), configs: named("config", configs) };
}

/**
 * Annotations of a Deployment whose pods Reloader replaces when one of these objects changes.
 *
 * @see https://github.com/stakater/Reloader
 */
export function reloaderAnnotations({ secrets, configs }: RestartSources): Record<string, string> {
  return {
    ...(configs.length > 0 ? { "configmap.reloader.stakater.com/reload": configs.join(",") } : {}),
    ...(secrets.length > 0 ? { "secret.reloader.stakater.com/reload": secrets.join(",") } : {}),
  };
}

/** Kubernetes itself replaces no pods when what they were given changes. */
export function checkReloader({ secrets, configs }: RestartSources, cluster: ClusterRef): Problem[] {
  const names = [...new Set([...secrets, ...configs])].sort();
  if (names.length === 0 || capabilityOf(cluster, "reloader")) return [];
  return [
    {
      rule: "configuration/reloader",
      message: `pods are to be replaced when ${quoted(names)} ${names.length > 1 ? "change" : "changes"}, and cluster "${cluster.name}" has nothing that does it`,
      fix: "add Capability.reloader() to the cluster's facts where it is there, or leave out onChange",
    },
  ];
}
