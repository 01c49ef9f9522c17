import type { Component } from "../../core/component";
import type { Default } from "../../core/defaults";
import type { Finding, Problem } from "../../core/findings";
import { findTenant, isTenantScope } from "../../core/scope";
import { findingAt } from "../collect";
import type { Draft } from "../draft";
import { checkStages } from "../stages";
import { checkAddresses } from "./addresses";
import { checkClaims } from "./claims";
import { checkCloudNames, checkCollisions, checkObject } from "./identity";
import { checkPreview } from "./previews";
import { checkTokens } from "./tokens";

/**
 * Everything that is wrong with a draft.
 *
 * @param found - what the walk and the ordering found
 */
export function validate(draft: Omit<Draft, "findings">, found: readonly Finding[]): Finding[] {
  const findings = [
    ...found,
    ...draft.environment.recorded,
    ...draft.components.flatMap((component) => component.problems.map((problem) => at(component, problem))),
    ...checkCollisions(draft.objects).map(({ object, problem }) => findingAt(object, problem, object.construct)),
    ...checkClaims(draft.objects).map(({ object, problem }) => findingAt(object, problem, object.construct)),
    ...checkStages(draft.objects, draft.environment).map(({ object, problem }) => at(object.component, problem)),
    ...checkAddresses(draft.objects).map(({ component, problem }) => at(component, problem)),
    ...onePerConstruct(draft),
    ...checkCloudNames(draft).flatMap(({ path, problem }) => {
      const component = draft.components.find((candidate) => candidate.node.path === path);
      return component ? [at(component, problem)] : [];
    }),
    ...checkDefaults(draft),
  ];
  // What has an error declares less than it was meant to, and is not deployed.
  return findings.some(({ severity }) => severity === "error") ? findings : [...findings, ...checkEmpty(draft)];
}

function at(component: Component, problem: Problem): Finding {
  return findingAt({ component, tenant: findTenant(component) }, problem);
}

/** An object that goes to several clusters is judged once. */
function onePerConstruct(draft: Omit<Draft, "findings">): Finding[] {
  const seen = new Set<unknown>();
  return draft.objects.flatMap((object) => {
    if (seen.has(object.construct)) return [];
    seen.add(object.construct);
    const problems = [...checkObject(object), ...checkPreview(object, draft.environment), ...checkTokens(object)];
    return problems.map((problem) => findingAt(object, problem, object.construct));
  });
}

/**
 * Defaults that nothing consumed. Those that a program gives to a tenant are for its own constructs; those of the platform's package are
 * for all programs, and here they can only be known to miss when a class has two copies.
 */
function checkDefaults({ environment, components }: Omit<Draft, "findings">): Finding[] {
  const tenants = components.flatMap((component) => (isTenantScope(component) ? [component] : []));
  const layers = [environment, ...tenants].flatMap((owner) =>
    (owner.defaultLayers ?? []).map((layer) => ({ ...layer, owner })),
  );
  return layers.flatMap(({ layer, defaults, isShared, owner }) =>
    defaults
      .filter((item) => !environment.consumedDefaults.has(item))
      .flatMap((item) => {
        if (!isShared) return [at(owner, unusedProblem(item))];
        const twin = components.find(
          ({ constructor }) => constructor.name === item.kind.name && constructor !== item.kind,
        );
        return twin ? [at(twin, twinProblem(layer, item))] : [];
      }),
  );
}

function unusedProblem({ kind }: Default): Problem {
  return {
    rule: "defaults/unused",
    severity: "warning",
    message: `the tenant's defaults for ${kind.name} reach no construct: this program has none of exactly this class in the tenant`,
    fix: "declare them for the class that is used; for other programs, in the tenant's facts of definePlatform",
  };
}

function twinProblem(layer: string, { kind }: Default): Problem {
  return {
    rule: "defaults/two-copies",
    severity: "warning",
    message: `the ${layer}'s defaults for ${kind.name} do not reach this construct, whose class is another one of that name`,
    fix: "install one copy of the package that has the class (npm ls)",
  };
}

/** Pulumi reads an empty program as "delete everything". */
function checkEmpty({ environment, objects, cloud }: Omit<Draft, "findings">): Finding[] {
  if (objects.length + cloud.length > 0) return [];
  return [
    {
      rule: "program/empty",
      severity: "warning",
      path: environment.node.path,
      message: "the program declares nothing in this environment: deploying it deletes what was there",
      fix: "declare something, or destroy the stack",
      owner: "platform",
    },
  ];
}
