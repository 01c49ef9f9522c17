import { Construct } from "constructs";
import { FlagstoneError } from "./errors";
import { show } from "./keys";
import { captureSource } from "./source";
import { formatSource } from "./findings";
import { isOutput, isOutputText } from "./tokens";

/** A class, as `new.target` knows it. */
interface Kind {
  readonly name: string;
  readonly prototype: object;
}

/** The scope of what has none: an environment, the root of its tree. Nothing else is lost for want of a scope. */
export const ROOT = Symbol("root");

/**
 * Makes sure that something can be made here, where going on is impossible otherwise.
 *
 * @throws FlagstoneError when the scope is no construct or was read already, or the id is none
 */
export function checkPlace(kind: Kind, scope: unknown, id: unknown): void {
  if (scope !== ROOT) checkScope(kind, scope);
  const what = `new ${kind.name}(…)${scope === ROOT ? "" : ` in ${scope.node.path}`}`;
  if (isOutput(id) || (typeof id === "string" && isOutputText(id)))
    throw new FlagstoneError(`${what}: the id holds an output, which is known only after deployment`);
  if (typeof id !== "string" || id === "")
    throw new FlagstoneError(`${what}: the id is ${show(id)}, and not a name; give it one`);
  // Constructs are kept by id in an object, which has these already.
  if (id in Object.prototype)
    throw new FlagstoneError(`${what}: the id "${id}" is what every object of JavaScript has; choose another`);
  if (scope !== ROOT && scope.node.locked) throw new FlagstoneError(tooLate(kind, scope, id));
}

/**
 * Makes sure that a scope is one, before anything is asked of it.
 *
 * @throws FlagstoneError when it is no construct
 */
export function checkScope(kind: Pick<Kind, "name">, scope: unknown): asserts scope is Construct {
  if (Construct.isConstruct(scope)) return;
  throw new FlagstoneError(
    `new ${kind.name}(…): the scope is ${show(scope)}, and not a construct; begin with the environment that run() gives, or what is in it`,
  );
}

/**
 * Makes sure that props are some, before they are merged.
 *
 * @throws FlagstoneError when they are no object
 */
export function checkProps(kind: Pick<Kind, "name">, scope: Construct, props: unknown): void {
  if (typeof props === "object" && props !== null && !Array.isArray(props) && !isOutput(props)) return;
  throw new FlagstoneError(
    `new ${kind.name}(…) in ${scope.node.path}: the props are ${show(props)}, and not an object`,
  );
}

/** Nobody reads a tree twice: what is made in it afterwards is lost, as an await in `run()` has it, or a construct that is kept in a variable. */
function tooLate(kind: Kind, scope: Construct, id: string): string {
  const source = captureSource(Object.create(kind.prototype) as object);
  const path = `${scope.node.path}/${id}`;
  return `${path} is made${source ? ` at ${formatSource(source)}` : ""} when its environment was read already, and would be lost; make everything in the function that run() is given: anew for each environment, and before it returns`;
}
