import type { Composed, CoordinateKey, Edge, ProgramModel, WorkloadModel } from "../model";
import { camelCase } from "../names";
import { Arrow, Call, type Code, type CodeRecord, Raw, templateText } from "./code";

/** How the names of variables follow from those of connections, where many do in one way. */
export interface NamingRule {
  /** As in `_ADDR`. */
  readonly suffix: string;
  readonly coordinate: CoordinateKey;
}

const SUFFIX = /(_(?:ADDR|ADDRESS|URL|URI|HOST|HOSTNAME|ENDPOINT|SERVER))$/;

/** The rule that most connections of a program with one variable follow, if it is worth a line. */
export function namingRule(program: ProgramModel): NamingRule | undefined {
  const counts = new Map<string, { readonly rule: NamingRule; count: number }>();
  const edges = program.workloads.flatMap((workload) => workload.edges);
  for (const edge of edges) {
    const rule = ruleOf(edge);
    if (!rule) continue;
    const key = `${rule.suffix} ${rule.coordinate}`;
    const known = counts.get(key);
    if (known) known.count += 1;
    else counts.set(key, { rule, count: 1 });
  }
  const [most] = [...counts.values()].sort((a, b) => b.count - a.count || (a.rule.suffix < b.rule.suffix ? -1 : 1));
  return most && most.count >= 3 && most.count * 2 > edges.length ? most.rule : undefined;
}

function ruleOf(edge: Edge): NamingRule | undefined {
  const [entry, ...more] = edge.variables;
  if (!entry || more.length > 0) return undefined;
  const [name, parts] = entry;
  const [part, ...others] = parts;
  const suffix = SUFFIX.exec(name)?.[1];
  if (suffix === undefined || others.length > 0 || typeof part !== "object") return undefined;
  const stem = name.slice(0, -suffix.length);
  return constantOf(camelCase(stem)) === stem ? { suffix, coordinate: part.coordinate } : undefined;
}

/** `PAYMENTS_API` for `paymentsApi`, as connections name variables. */
export function constantOf(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/[^A-Za-z0-9]+/g, "_")
    .toUpperCase();
}

/** Names of connections: after their variables where those begin alike, else after what they lead to. */
export function connectionNames(workload: WorkloadModel): Map<Edge, string> {
  const names = new Map<Edge, string>();
  const taken = new Set<string>();
  for (const edge of workload.edges) {
    const wish = stemOf(edge) ?? edge.to;
    const base = camelCase(wish);
    const own =
      edge.endpoint === undefined || stemOf(edge) !== undefined ? base : `${base}${capital(camelCase(edge.endpoint))}`;
    let name = taken.has(own) ? camelCase(edge.endpoint === undefined ? edge.to : `${edge.to}-${edge.endpoint}`) : own;
    for (let i = 2; taken.has(name); i++) name = `${own}${i}`;
    taken.add(name);
    names.set(edge, name);
  }
  return names;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What all variables of a connection begin with. */
export function stemOf(edge: Edge): string | undefined {
  const stems = [...edge.variables.keys()].map(
    (name) => /^(.+)_(?:ADDR|ADDRESS|URL|URI|HOST|HOSTNAME|ENDPOINT|SERVER|PORT)$/.exec(name)?.[1],
  );
  const [stem] = stems;
  if (stem === undefined || stems.some((other) => other !== stem)) return undefined;
  return constantOf(camelCase(stem)) === stem ? stem : undefined;
}

/** One entry of `connections`. */
export function connectionCode(edge: Edge, name: string, target: string, rule: NamingRule | undefined): Code {
  const to = edge.endpoint === undefined ? target : `${target}.endpoints${memberOf(edge.endpoint)}`;
  if (followsFrom(edge, name, rule)) return new Raw(to);
  const used = [
    ...new Set(
      [...edge.variables.values()].flatMap((parts) =>
        parts.flatMap((part) => (typeof part === "string" ? [] : [part.coordinate])),
      ),
    ),
  ].sort();
  const record: CodeRecord = Object.fromEntries(
    [...edge.variables].map(([variable, parts]) => [variable, composedCode(parts)]),
  );
  return new Call(`${to}.connection`, { env: new Arrow(used.length > 0 ? `{ ${used.join(", ")} }` : "", record) });
}

function memberOf(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `["${name}"]`;
}

/** Whether the variables of a connection are those that it gives by itself. */
function followsFrom(edge: Edge, name: string, rule: NamingRule | undefined): boolean {
  const constant = constantOf(name);
  const entries = [...edge.variables];
  const isOne = (parts: Composed, coordinate: string): boolean => {
    const [part, ...more] = parts;
    return more.length === 0 && typeof part === "object" && part.coordinate === coordinate;
  };
  if (rule) {
    const [entry, ...more] = entries;
    return (
      entry !== undefined &&
      more.length === 0 &&
      entry[0] === `${constant}${rule.suffix}` &&
      isOne(entry[1], rule.coordinate)
    );
  }
  const own: Readonly<Record<string, CoordinateKey>> = {
    [`${constant}_URL`]: "url",
    [`${constant}_HOST`]: "host",
    [`${constant}_PORT`]: "port",
  };
  return (
    entries.length > 0 &&
    entries.every(([variable, parts]) => own[variable] !== undefined && isOne(parts, own[variable]))
  );
}

function composedCode(parts: Composed): Code {
  const [only, ...more] = parts;
  if (only !== undefined && more.length === 0) return typeof only === "string" ? only : new Raw(only.coordinate);
  const text = parts.map((part) => (typeof part === "string" ? templateText(part) : `\${${part.coordinate}}`)).join("");
  return new Raw(`\`${text}\``);
}
