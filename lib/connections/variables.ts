import { isPlainObject } from "../core/merge";
import { messageOf } from "../core/errors";
import type { Problem } from "../core/findings";
import { show } from "../core/keys";
import { isVariableName } from "../core/names";
import { Ref } from "../core/refs";
import type { TargetKind } from "../core/relations";
import type { Named } from "../core/scope";
import { refToken } from "../core/tokens";
import type { ConnectionOptions, Coordinate } from "./connectable";

/** What variables of a connection are named after. */
export interface NamedConnection {
  /** Its key in `connections`, as in `payments`. */
  readonly name: string;
  /** The same as variables are written, as in `PAYMENTS`. */
  readonly constantName: string;
  /** What it leads to. */
  readonly kind: TargetKind;
  /** What the target publishes, as text to put into template strings. */
  readonly coordinates: Named<string>;
}

/**
 * How a connection becomes variables of a workload.
 *
 * @example
 * ```ts
 * import { defaultsFor, definePlatform, type EnvironmentNames, WebService } from "flagstone";
 *
 * const addresses: EnvironmentNames = ({ constantName, coordinates }) => ({ [`${constantName}_ADDR`]: coordinates["address"] ?? "" });
 *
 * export const acme = definePlatform("acme", {
 *   domain: "acme.example",
 *   environments: { dev: {} },
 *   defaults: [defaultsFor(WebService, { environmentNames: addresses })],
 * });
 * ```
 */
export type EnvironmentNames = (connection: NamedConnection) => Named<string>;

/** `paymentsApi` and `payments-api` become `PAYMENTS_API`. */
export function constantName(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/[^A-Za-z0-9]+/g, "_")
    .toUpperCase();
}

/**
 * Endpoints and external services give `_URL`, `_HOST` and `_PORT`; a resource gives all that it publishes.
 */
export const defaultEnvironmentNames: EnvironmentNames = ({ constantName: prefix, kind, coordinates }) => {
  const keys = kind === "resource" ? Object.keys(coordinates) : ["url", "host", "port"];
  return Object.fromEntries(
    keys
      .filter((key) => coordinates[key] !== undefined)
      .map((key) => [`${prefix}_${constantName(key)}`, coordinates[key] ?? ""]),
  );
};

/** Variables that one connection gives to a workload, and what is wrong with what the program makes of them. */
export function variablesOf(
  connection: {
    readonly name: string;
    readonly kind: TargetKind;
    readonly coordinates: Named<Coordinate>;
    readonly options: ConnectionOptions<string>;
  },
  environmentNames: EnvironmentNames,
): { readonly variables: Named<string>; readonly problems: readonly Problem[] } {
  const { name, kind, options } = connection;
  const coordinates = Object.fromEntries(
    Object.entries(connection.coordinates).map(([key, value]) => [key, value instanceof Ref ? refToken(value) : value]),
  );
  const { env } = options;
  if (env !== undefined) return checked(name, "env", env, coordinates);
  // What publishes nothing has no variables, whatever the rule makes of that.
  if (Object.values(coordinates).every((value) => value === "")) return { variables: {}, problems: [] };
  const named: NamedConnection = { name, constantName: constantName(name), kind, coordinates };
  return checked(name, "environmentNames", environmentNames, named);
}

/** @param by - what the program calls its function */
function checked<T>(name: string, by: string, make: (given: T) => unknown, given: T): ReturnType<typeof variablesOf> {
  const none = (what: string): ReturnType<typeof variablesOf> => ({
    variables: {},
    problems: [noVariables(name, `${by} ${what}`)],
  });
  if (typeof make !== "function") return none(`is ${show(make)}, and not a function`);
  let made: unknown;
  try {
    made = make(given);
  } catch (thrown) {
    return none(`threw: ${messageOf(thrown)}`);
  }
  if (!isPlainObject(made)) return none(`returned ${show(made)}, which is no record of variables`);
  const problems = Object.entries(made).flatMap(([variable, value]) => checkVariable(name, by, variable, value));
  return { variables: problems.length > 0 ? {} : (made as Named<string>), problems };
}

function checkVariable(name: string, by: string, variable: string, value: unknown): Problem[] {
  const is = `${by} makes a variable ${show(variable)}`;
  if (!isVariableName(variable) || variable === "__proto__") return [noVariables(name, `${is}, which cannot be one`)];
  return typeof value === "string" ? [] : [noVariables(name, `${is} that is ${show(value)}, and not text`)];
}

function noVariables(name: string, what: string): Problem {
  return {
    rule: "connections/variables",
    message: `connection "${name}": ${what}`,
    fix: "return text by names of letters, digits and _, as in { ORDERS_HOST: host }",
  };
}
