import { type Json, said } from "../json";

/**
 * Splits a command as a shell does, without running anything.
 *
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_02
 */
export function shellSplit(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i);
    if (character === "'") {
      const end = text.indexOf("'", i + 1);
      word = (word ?? "") + text.slice(i + 1, end < 0 ? text.length : end);
      i = end < 0 ? text.length : end;
    } else if (character === '"') {
      word ??= "";
      for (i++; i < text.length && text.charAt(i) !== '"'; i++) {
        const isEscape = text.charAt(i) === "\\" && ['"', "\\", "$", "`", "\n"].includes(text.charAt(i + 1));
        if (isEscape) i += 1;
        word += text.charAt(i);
      }
    } else if (character === "\\") {
      i += 1;
      if (text.charAt(i) !== "\n") word = (word ?? "") + text.charAt(i);
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + character;
  }
  return word === undefined ? words : [...words, word];
}

/** What `${…}` becomes, and what is not known. */
export interface Interpolated {
  readonly text: string;
  readonly unknown: readonly string[];
  /** Variables that have to be set, each with the message of the text. */
  readonly required: readonly string[];
}

/**
 * Fills in variables as Compose does: `${A}`, `${A:-default}`, `${A-default}`, `${A:?message}`, `${A:+other}`, `$A`; `$$` is `$`.
 *
 * @see https://docs.docker.com/reference/compose-file/interpolation/
 */
export function interpolate(text: string, variables: ReadonlyMap<string, string>): Interpolated {
  const unknown: string[] = [];
  const required: string[] = [];
  const fill = (given: string): string =>
    given.replace(
      /\$(?:(\$)|([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-?+])((?:[^{}]|\{[^{}]*\})*))?\})/g,
      (
        all,
        dollar: string | undefined,
        plain: string | undefined,
        name: string | undefined,
        operator = "",
        rest = "",
      ) => {
        if (dollar !== undefined) return "$";
        const key = plain ?? name ?? "";
        const value = variables.get(key);
        const isThere = value !== undefined && !(String(operator).startsWith(":") && value === "");
        if (String(operator).endsWith("+")) return isThere ? fill(String(rest)) : "";
        if (isThere) return value;
        if (String(operator).endsWith("-")) return fill(String(rest));
        if (String(operator).endsWith("?")) required.push(`${key}${rest === "" ? "" : `: ${String(rest)}`}`);
        else unknown.push(key);
        return all === "" ? all : "";
      },
    );
  return { text: fill(text), unknown, required };
}

/** Variables of an environment file. */
export function parseEnvFile(text: string): Map<string, string> {
  const variables = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*(?:export\s+)?([A-Za-z_][\w.-]*)\s*=\s*(.*?)\s*$/.exec(line);
    if (!match) continue;
    const [, name = "", raw = ""] = match;
    const quoted = /^(["'])((?:\\.|(?!\1).)*)\1(?:\s+#.*)?$/.exec(raw);
    const value = quoted
      ? quoted[1] === '"'
        ? (quoted[2] ?? "").replace(
            /\\([nrt"\\$])/g,
            (_, character: string) => ({ n: "\n", r: "\r", t: "\t" })[character] ?? character,
          )
        : (quoted[2] ?? "")
      : raw.replace(/\s+#.*$/, "");
    variables.set(name, value);
  }
  return variables;
}

/** One published or exposed port. */
export interface PortMapping {
  readonly target: number;
  readonly published: number | undefined;
  readonly protocol: "TCP" | "UDP";
}

/** Ports in any of the ways in which Compose has them; undefined where it is none. */
export function parsePort(given: Json): PortMapping[] | undefined {
  if (typeof given === "object" && given !== null && !Array.isArray(given)) {
    const target = Number(given["target"]);
    if (!Number.isInteger(target)) return undefined;
    const published = Number(given["published"]);
    return [
      {
        target,
        published: Number.isInteger(published) && published > 0 ? published : undefined,
        protocol: given["protocol"] === "udp" ? "UDP" : "TCP",
      },
    ];
  }
  const match =
    /^(?:(?:(?:\d{1,3}\.){3}\d{1,3}|\[[0-9a-f:]+\]):)?(?:(\d*)(?:-(\d+))?:)?(\d+)(?:-(\d+))?(?:\/(tcp|udp))?$/i.exec(
      said(given),
    );
  if (!match) return undefined;
  const [, host, , first = "", last, protocol = "tcp"] = match;
  const from = Number(first);
  const to = last === undefined ? from : Number(last);
  if (to < from || to - from > 100) return undefined;
  return Array.from({ length: to - from + 1 }, (_, i) => ({
    target: from + i,
    published: host === undefined || host === "" ? (host === undefined ? undefined : from + i) : Number(host) + i,
    protocol: protocol.toLowerCase() === "udp" ? "UDP" : "TCP",
  }));
}

/** Whole seconds of a duration such as `1m30s`; undefined where it is none. */
export function parseSeconds(given: Json | undefined): number | undefined {
  if (typeof given === "number") return given;
  const units: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 0.001, us: 0.000_001 };
  const parts = typeof given === "string" ? [...given.matchAll(/(\d+(?:\.\d+)?)(h|ms|us|m|s)/g)] : [];
  if (parts.length === 0) return undefined;
  return Math.ceil(parts.reduce((sum, [, number, unit = "s"]) => sum + Number(number) * (units[unit] ?? 1), 0));
}

/** Memory as Kubernetes writes it: units of Compose are powers of 1024. */
export function parseMemory(given: Json | undefined): string | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([bkmg]?)b?$/i.exec(said(given ?? ""));
  if (!match) return undefined;
  const unit = { k: "Ki", m: "Mi", g: "Gi" }[(match[2] ?? "").toLowerCase()];
  return unit === undefined ? String(match[1]) : `${match[1]}${unit}`;
}

/** A volume of a service. */
export interface VolumeMapping {
  readonly type: "volume" | "bind" | "tmpfs";
  readonly source: string | undefined;
  readonly target: string;
  readonly readOnly: boolean;
}

/** Volumes in any of the ways in which Compose has them. */
export function parseVolume(given: Json): VolumeMapping | undefined {
  if (typeof given === "string") {
    const parts = given.split(":");
    const [first = "", second, options] = parts;
    if (second === undefined) return { type: "volume", source: undefined, target: first, readOnly: false };
    const isBind = /^[./~]/.test(first);
    return {
      type: isBind ? "bind" : "volume",
      source: first,
      target: second,
      readOnly: (options ?? "").split(",").includes("ro"),
    };
  }
  if (typeof given !== "object" || given === null || Array.isArray(given)) return undefined;
  const { type, source, target, read_only: readOnly } = given;
  if (typeof target !== "string" || (type !== "volume" && type !== "bind" && type !== "tmpfs")) return undefined;
  return { type, source: typeof source === "string" ? source : undefined, target, readOnly: readOnly === true };
}
