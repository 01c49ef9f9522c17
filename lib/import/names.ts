import { suggestDnsLabel } from "../core/names";

// Words that cannot name a variable, and names that the written program gives to things of its own.
const TAKEN: ReadonlySet<string> = new Set(
  (
    "arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for function " +
    "if implements import in instanceof interface let new null package private protected public return static super switch this throw true try " +
    "typeof undefined var void while with yield async of NaN Infinity globalThis process console Object Array String Number Boolean " +
    "Application Cluster Endpoint ExternalService Field Job Platform Ref ScheduledJob Tenant WebService Worker ApiObject " +
    "environment flagstone kept text join keptObjects platform"
  ).split(" "),
);

/** `productCatalog` for `product-catalog` and `PRODUCT_CATALOG`. */
export function camelCase(name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter(Boolean);
  const joined = words
    .map((word) => (/[a-z]/.test(word) ? word : word.toLowerCase()))
    .map((word, i) =>
      i === 0 ? word.charAt(0).toLowerCase() + word.slice(1) : word.charAt(0).toUpperCase() + word.slice(1),
    )
    .join("");
  return /^[A-Za-z]/.test(joined) ? joined : `x${joined}`;
}

/** Names of variables, each once. */
export class Identifiers {
  private readonly given = new Set<string>();

  /** A name like the wish that nothing else has. */
  public name(wish: string): string {
    const base = camelCase(wish);
    let name = base;
    for (let i = 2; TAKEN.has(name) || this.given.has(name); i++)
      name = i === 2 && TAKEN.has(base) ? `${base}Service` : `${base}${i}`;
    this.given.add(name);
    return name;
  }
}

/** A name like the wish, for an object of Kubernetes. */
export function dnsLabel(wish: string, orElse: string): string {
  return suggestDnsLabel(wish) ?? orElse;
}
