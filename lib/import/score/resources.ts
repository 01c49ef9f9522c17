import { isMap, type JsonMap, mapOf, textOf, said } from "../json";
import { dnsLabel } from "../names";

/** Where the value of a placeholder comes from. */
export type Output =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "key"; readonly of: "secret" | "config"; readonly name: string; readonly key: string };

/** A resource of a workload, as far as a program can know it. */
export interface ScoreResource {
  readonly type: string;
  /** Name of what stands for it. */
  readonly name: string;
  readonly rule: "score/resource" | "score/dns" | "score/volume" | "score/service" | "score/route";
  /** Where it answers, once somebody says so. */
  readonly external: { readonly host: string; readonly port: number } | undefined;
  output(name: string): Output;
  readonly todo: string | undefined;
}

// Types of resources that answer at a port. https://docs.score.dev/docs/reference/score-cli/
const PORTS: Readonly<Record<string, number>> = {
  postgres: 5432,
  "postgres-instance": 5432,
  mysql: 3306,
  "mysql-instance": 3306,
  mssql: 1433,
  mongodb: 27017,
  redis: 6379,
  amqp: 5672,
  rabbitmq: 5672,
  "kafka-topic": 9092,
  kafka: 9092,
  elasticsearch: 9200,
  s3: 443,
};
const SECRET =
  /^(username|user|password|pass|connection|connection_string|url|uri|.*(secret|token|key|credential).*)$/i;

/** What the resources of a workload are here. */
export function scoreResource(
  key: string,
  given: JsonMap,
  of: { readonly workload: string; readonly host: string; readonly workloads: ReadonlyMap<string, number | undefined> },
): ScoreResource {
  const type = textOf(given["type"]) ?? "";
  const shared = textOf(given["id"]);
  const name = dnsLabel(shared ?? `${of.workload}-${key}`, key);
  if (type === "dns") return plain(type, name, "score/dns", () => of.host);
  if (type === "route") return plain(type, name, "score/route", () => of.host);
  if (type === "volume") return plain(type, key, "score/volume", () => key);
  if (type === "service") {
    const target = dnsLabel(textOf(mapOf(given["params"])["workload"]) ?? shared ?? key, key);
    const port = of.workloads.get(target);
    return plain(type, target, "score/service", (output) => (/port/i.test(output) ? said(port ?? 8080) : target));
  }
  const port = PORTS[type];
  const external = port === undefined ? undefined : { host: `${name}.todo.example`, port };
  return {
    type,
    name,
    rule: "score/resource",
    external,
    output: (output) => {
      if (external && /^(host|hostname|server|endpoint|address)$/i.test(output))
        return { kind: "text", text: output.toLowerCase() === "endpoint" ? `https://${external.host}` : external.host };
      if (external && /^port$/i.test(output)) return { kind: "text", text: said(external.port) };
      return { kind: "key", of: SECRET.test(output) ? "secret" : "config", name, key: output };
    },
    todo: external
      ? `TODO: Score asks for a resource of type ${type}. Say where it is; what "${key}" has besides is read from the Secret and the ConfigMap "${name}".`
      : undefined,
  };
}

function plain(
  type: string,
  name: string,
  rule: ScoreResource["rule"],
  text: (output: string) => string,
): ScoreResource {
  return {
    type,
    name,
    rule,
    external: undefined,
    todo: undefined,
    output: (output) => ({ kind: "text", text: text(output) }),
  };
}

/** What stands between `${` and `}`, resolved; undefined where nobody knows it. */
export type Resolve = (reference: string) => Output | undefined;

/** Parts of a text with placeholders; `$${` is `${`. */
export function placeholders(text: string): (string | { readonly reference: string })[] {
  const parts: (string | { readonly reference: string })[] = [];
  let plainText = "";
  let at = 0;
  for (const match of text.matchAll(/\$\$\{|\$\{([^{}]+)\}/g)) {
    plainText += text.slice(at, match.index);
    at = match.index + match[0].length;
    if (match[1] === undefined) plainText += "${";
    else {
      if (plainText !== "") parts.push(plainText);
      plainText = "";
      parts.push({ reference: match[1] });
    }
  }
  plainText += text.slice(at);
  return plainText === "" && parts.length > 0 ? parts : [...parts, plainText];
}

/** Resolves placeholders of a workload. */
export function resolver(document: JsonMap, resources: ReadonlyMap<string, ScoreResource>): Resolve {
  const metadata = mapOf(document["metadata"]);
  return (reference) => {
    const [root, ...path] = reference.split(".");
    if (root === "metadata") {
      let value: unknown = metadata;
      // Annotations have dots in their names.
      if (path[0] === "annotations")
        value = mapOf(metadata["annotations"])[path.slice(1).join(".").replaceAll("\\", "")];
      else for (const step of path) value = isMap(value) ? value[step] : undefined;
      return typeof value === "string" ? { kind: "text", text: value } : undefined;
    }
    const [key = "", ...rest] = path;
    const resource = root === "resources" ? resources.get(key) : undefined;
    if (!resource) return undefined;
    return rest.length === 0 ? { kind: "text", text: resource.name } : resource.output(rest.join("."));
  };
}
