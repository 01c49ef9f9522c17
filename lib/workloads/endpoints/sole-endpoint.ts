import type { ConnectionTarget, EndpointKey } from "../../connections/connectable";
import type { Endpoint } from "./endpoint";

type Several<T, U = T> = T extends U ? ([U] extends [T] ? false : true) : never;

/** What a workload publishes: its sole endpoint stands for it. With several, say which one. */
export type CoordinatesOf<E extends string> =
  true extends Several<E>
    ? { readonly "has several endpoints: connect one, as in x.endpoints.http": true }
    : { readonly [P in EndpointKey]: string };

/** The endpoints of something, by name. */
type Endpoints = Readonly<Record<string, Endpoint>>;

/** Coordinates of a sole endpoint. */
export function coordinatesOf<E extends string>(endpoints: Endpoints): CoordinatesOf<E> {
  const [only] = Object.values(endpoints);
  return only?.coordinates as CoordinatesOf<E>;
}

/** A sole endpoint as a target; with several, a target that says so, for those whom no compiler told. */
export function targetOf(endpoints: Endpoints, path: string): ConnectionTarget {
  const [only, ...more] = Object.values(endpoints);
  if (only && more.length === 0) return only.target;
  const names = Object.keys(endpoints).sort();
  const problem = {
    rule: "connections/several",
    message: `"${path}" has ${names.length === 0 ? "no endpoint" : `several endpoints (${names.join(", ")})`}`,
    fix: `connect one of them, as in ${path.slice(path.lastIndexOf("/") + 1)}.endpoints.${names[0] ?? "http"}`,
  };
  return { kind: "endpoint", id: path, reach: () => ({ coordinates: {}, peers: [], problems: [problem] }) };
}
