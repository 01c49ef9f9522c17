import type { Construct } from "constructs";
import type { Problem } from "./findings";

/**
 * The id under which a construct is kept: its own, or one like it where something of the scope has that already, so that what is wrong
 * besides is found in the same run.
 */
export function freeId(scope: Construct, id: string): string {
  let free = id;
  for (let i = 2; scope.node.tryFindChild(free); i++) free = `${id}-${i}`;
  return free;
}

/** What to do about two constructs of one id. */
export const OTHER_ID =
  "give one of them another id: all constructs of a scope, whatever their kinds, have ids of their own";

/** Whether it is what a plain construct throws whose id something of the scope had already. */
export function isDuplicateId(message: string): boolean {
  return message.startsWith("There is already a Construct with name ");
}

/** The problem of a construct whose id something of the scope had already. */
export function checkFree(kind: { readonly name: string }, scope: Construct, id: string): Problem[] {
  const first = scope.node.tryFindChild(id);
  if (!first) return [];
  return [
    {
      rule: "names/duplicate",
      message: `this ${kind.name} has the id "${id}", as ${first.constructor.name} ${first.node.path} has it already`,
      fix: OTHER_ID,
    },
  ];
}
