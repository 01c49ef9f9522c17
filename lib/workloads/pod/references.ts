import type { k8s } from "cdk8s-plus-28";
import { compare, type Problem } from "../../core/findings";
import { quoted } from "../../core/lists";
import type { Named } from "../../core/scope";

/** Variables as the kubelet is given them. */
export interface OrderedVariables {
  readonly env: readonly k8s.EnvVar[];
  readonly problems: readonly Problem[];
}

/**
 * Puts variables in the order of their names, but each after those that it names as `$(NAME)`: the kubelet expands only what comes before.
 * So the order in which a program says them changes nothing.
 *
 * @param variables - by the name that they were given under, with those that it needs
 * @param envFrom - whole Secrets and ConfigMaps, whose variables come before all
 * @param own - names of those whose mistakes are to be told
 * @see https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
 */
export function orderVariables(
  variables: Named<readonly k8s.EnvVar[]>,
  envFrom: readonly k8s.EnvFromSource[],
  own: readonly string[],
): OrderedVariables {
  const names = Object.keys(variables).sort(compare);
  const needs = new Map(names.map((name) => [name, referencesOf(variables[name] ?? [])]));
  const ordered = new Set<string>();
  const circles = new Map<string, readonly string[]>();
  const visit = (name: string, around: readonly string[]): void => {
    const start = around.indexOf(name);
    if (start >= 0) {
      const circle = around.slice(start);
      // What names only itself may mean one of that name that whole Secrets and ConfigMaps bring.
      if (circle.length > 1 || !mayBring(envFrom, name)) circles.set([...circle].sort(compare).join(" "), circle);
      return;
    }
    if (ordered.has(name)) return;
    for (const needed of needs.get(name) ?? []) if (needs.has(needed)) visit(needed, [...around, name]);
    ordered.add(name);
  };
  for (const name of names) visit(name, []);
  const unknown = own
    .toSorted(compare)
    .flatMap((name) =>
      (needs.get(name) ?? [])
        .filter((needed) => !needs.has(needed) && !needed.startsWith("KUBERNETES_") && !mayBring(envFrom, needed))
        .map((needed) => unknownReference(name, needed)),
    );
  const told = [...circles.values()].filter((circle) => circle.some((name) => own.includes(name)));
  return {
    env: [...ordered].flatMap((name) => variables[name] ?? []),
    problems: [...unknown, ...told.map(circleOf)],
  };
}

/** Names of other variables in the values of some, as the kubelet reads them: `$$` is a `$`. */
function referencesOf(variables: readonly k8s.EnvVar[]): readonly string[] {
  const made = variables.map(({ name }) => name);
  const [given] = made.slice(-1);
  const found = variables.flatMap(({ value = "" }) => namesIn(value));
  // Text with values inside names helpers that were made for it.
  return [...new Set(found)].filter((name) => name === given || !made.includes(name));
}

/** Names that text has as `$(NAME)`. */
export function namesIn(text: string): string[] {
  return [...text.matchAll(/\$(?:\$|\(([^)]*)\))/g)].flatMap(([, name]) => (name === undefined ? [] : [name]));
}

function mayBring(envFrom: readonly k8s.EnvFromSource[], name: string): boolean {
  return envFrom.some(({ prefix = "" }) => name.startsWith(prefix));
}

function unknownReference(name: string, needed: string): Problem {
  return {
    rule: "env/reference",
    severity: "warning",
    message: `env.${name} names $(${needed}), which is no variable of the container, and stays as it is written`,
    fix: `add ${needed} to env, or write it otherwise where the text is meant`,
  };
}

function circleOf(names: readonly string[]): Problem {
  return {
    rule: "env/cycle",
    severity: "warning",
    message:
      names.length === 1
        ? `env.${names.join("")} names itself, which stays as it is written`
        : `variables ${quoted(names)} name each other, and one of them stays as it is written`,
    fix: "give one of them its value",
  };
}
