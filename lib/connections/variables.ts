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

/** Variables that one connection gives to a workload. */
export function variablesOf(
  connection: {
    readonly name: string;
    readonly kind: TargetKind;
    readonly coordinates: Named<Coordinate>;
    readonly options: ConnectionOptions<string>;
  },
  environmentNames: EnvironmentNames,
): Named<string> {
  const { name, kind, options } = connection;
  const coordinates = Object.fromEntries(
    Object.entries(connection.coordinates).map(([key, value]) => [key, value instanceof Ref ? refToken(value) : value]),
  );
  if (options.env) return options.env(coordinates);
  return environmentNames({ name, constantName: constantName(name), kind, coordinates });
}
