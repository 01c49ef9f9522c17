import type { Problem } from "../../core/findings";
import { quoted } from "../../core/lists";
import type { ClusterRef, Named } from "../../core/scope";
import type { Trigger } from "./trigger";
import { isTrigger } from "./trigger-checks";

/**
 * Whether triggers ask a host: their settings name it, or variables that they read.
 *
 * @param variables - of the workload, those of its connections too
 */
export function asksHost(triggers: Named<Trigger>, variables: Named<unknown>, host: string): boolean {
  const named = new RegExp(`(?<![\\w.-])${host.replaceAll(".", "\\.")}(?![\\w-])`);
  const known = new Map<string, string>();
  return Object.values(triggers)
    .filter(isTrigger)
    .flatMap(({ metadata }) => Object.entries(metadata))
    .some(([setting, text]) => named.test(setting.endsWith("FromEnv") ? expanded(text, variables, known) : text));
}

/** Longer than any address, or list of them; variables that name each other twice grow without end. */
const LONGEST = 4096;

/**
 * The text of a variable, with that of others that it names.
 *
 * @see https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
 */
function expanded(name: string, variables: Named<unknown>, known: Map<string, string>): string {
  const before = known.get(name);
  if (before !== undefined) return before;
  known.set(name, ""); // what goes round in a circle ends here
  const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
  if (typeof value !== "string") return "";
  const text = value.replace(/\$\(([^()]+)\)/g, (_, other: string) => expanded(other, variables, known));
  known.set(name, text.slice(0, LONGEST));
  return text.slice(0, LONGEST);
}

/** What to know of services that triggers ask in a cluster where nobody knows who KEDA is. */
export function checkScalerEntry(asked: readonly string[], { name }: ClusterRef): Problem[] {
  if (asked.length === 0) return [];
  return [
    {
      rule: "replicas/keda-outside",
      severity: "warning",
      message: `replicas.triggers ask ${quoted([...new Set(asked)].sort())} in cluster "${name}", whose policies do not let KEDA in`,
      fix: 'say where it runs in the platform facts: Capability.keda({ from: { namespace: "keda" } })',
    },
  ];
}
