import type { k8s } from "cdk8s-plus-28";
import type { Problem } from "../../core/findings";
import { checkKeys, checkList, show } from "../../core/keys";
import { withoutFalse } from "../../core/merge";
import { isDnsSubdomain, isVariableName } from "../../core/names";
import { type KeyPlace, Ref } from "../../core/refs";
import type { Named } from "../../core/scope";
import { hasToken, isLocal, isOutput, splitTokens, Token, tokenText } from "../../core/tokens";
import type { Carried, Carriers } from "./carriers";
import { type PlacedFile, placeFiles } from "./files";
import { namesIn } from "./references";
import type { EnvironmentSource, FileContent, Value } from "./sources";
import { keysOf } from "./volumes";

/** Variables and files of a container, and the objects that they come from. */
export interface Configuration {
  /** Variables by the name that they were given under: text with values inside needs more than one. */
  readonly variables: Named<readonly k8s.EnvVar[]>;
  /** Names of those that the container has of its own. */
  readonly ownVariables: readonly string[];
  readonly envFrom: readonly k8s.EnvFromSource[];
  readonly files: Named<PlacedFile>;
  /** Secrets and ConfigMaps made elsewhere whose changes replace the pods. */
  readonly restartsOn: readonly Pick<Carried, "kind" | "name">[];
  readonly problems: readonly Problem[];
}

/** What a container is configured with. */
export interface ConfigurationProps {
  readonly env?: Named<Value | undefined> | undefined;
  readonly envFrom?: readonly EnvironmentSource[] | undefined;
  readonly files?: Named<FileContent | false> | undefined;
}

/**
 * Sorts variables and files by where their values live.
 *
 * @param owner - name of a container beside the workload's own: keys of its own begin with it
 */
export function configure(props: ConfigurationProps, carriers: Carriers, owner = ""): Configuration {
  const variables = new Variables(owner === "" ? "" : `${owner}.`, carriers);
  const byName = Object.fromEntries(
    Object.entries(props.env ?? {}).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, variables.make(name, value)]],
    ),
  );
  const wrong = checkList("envFrom", props.envFrom);
  const sources = wrong.length > 0 ? [] : (props.envFrom ?? []).map(environmentSource);
  const files = placeFiles(withoutFalse(props.files), owner, carriers);
  return {
    variables: byName,
    ownVariables: Object.keys(byName),
    envFrom: sources.flatMap(({ made }) => made),
    files: files.files,
    restartsOn: [...variables.restartsOn, ...sources.flatMap(({ restartsOn }) => restartsOn), ...files.restartsOn],
    problems: [...variables.problems, ...wrong, ...sources.flatMap(({ problems }) => problems), ...files.problems],
  };
}

/** What a container has that has another's, too; its own wins. */
export function inherit(own: Configuration, from: Configuration): Configuration {
  return {
    ...own,
    variables: { ...from.variables, ...own.variables },
    envFrom: [...from.envFrom, ...own.envFrom],
    files: { ...from.files, ...own.files },
  };
}

/** Makes the variables of one container. */
class Variables {
  public readonly problems: Problem[] = [];
  public readonly restartsOn: Pick<Carried, "kind" | "name">[] = [];

  public constructor(
    private readonly prefix: string,
    private readonly carriers: Carriers,
  ) {}

  public make(name: string, value: Value): k8s.EnvVar[] {
    if (!isVariableName(name)) {
      this.problems.push({
        rule: "env/name",
        message: `env has a variable "${name}", which cannot be one`,
        fix: "use letters, digits and _, not starting with a digit",
      });
    }
    if (value instanceof Ref) return [this.fromRef(name, value)];
    if (isOutput(value)) return [this.fromOutput(name, Token.asString(value))];
    if (typeof value === "string" && hasToken(value)) return this.composed(name, value);
    if (typeof value === "string" || typeof value === "boolean" || Number.isFinite(value))
      return [{ name, value: literal(String(value)) }];
    this.problems.push({
      rule: "env/value",
      message: `env.${name} is ${show(value)}, which is no value`,
      fix: "give a string, number, boolean, output, or a Ref",
    });
    return [];
  }

  private fromRef(name: string, ref: Ref): k8s.EnvVar {
    const { source } = ref;
    switch (source.kind) {
      case "secret-key":
        if (source.onChange === "restart") this.restartsOn.push({ kind: "secret", name: source.name });
        return { name, valueFrom: { secretKeyRef: keyOf(source) } };
      case "config-key":
        if (source.onChange === "restart") this.restartsOn.push({ kind: "config", name: source.name });
        return { name, valueFrom: { configMapKeyRef: keyOf(source) } };
      case "pod-field":
        return { name, valueFrom: { fieldRef: { fieldPath: source.fieldPath } } };
      case "resource-field":
        return { name, valueFrom: { resourceFieldRef: { resource: source.resource } } };
      case "cloud":
        return this.fromOutput(name, Token.asString(ref));
    }
  }

  /**
   * Text with values inside that only the kubelet knows, those of other variables among them: each value inside becomes a variable of its
   * own, which the text then names. Text whose values are all outputs is put together before.
   */
  private composed(name: string, text: string): k8s.EnvVar[] {
    const parts = splitTokens(text);
    const isForKubelet = parts.some((part) => (typeof part === "string" ? namesIn(part).length > 0 : isLocal(part)));
    if (!isForKubelet) return [this.fromOutput(name, text)];
    const [only, ...more] = parts;
    if (typeof only === "object" && more.length === 0 && only.kind === "ref") return [this.fromRef(name, only.ref)];
    const made: k8s.EnvVar[] = [];
    const value = parts.map((part) => {
      if (typeof part === "string") return literal(part);
      const helper = `${name}__${made.length + 1}`;
      made.push(part.kind === "ref" ? this.fromRef(helper, part.ref) : this.fromOutput(helper, tokenText(part)));
      return `$(${helper})`;
    });
    return [...made, { name, value: value.join("") }];
  }

  private fromOutput(name: string, text: string): k8s.EnvVar {
    const from = this.carriers.addOutput(this.prefix + name, text, `env.${name}`, true, this.problems);
    return { name, valueFrom: { secretKeyRef: { name: from.name, key: from.key } } };
  }
}

/**
 * The kubelet takes `$$` for an escaped `$`. What was written is what the process sees; `$(NAME)` of another variable is still expanded.
 *
 * @see https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
 */
function literal(value: string): string {
  return value.replaceAll("$$", () => "$$$$");
}

interface MadeSource {
  readonly made: readonly k8s.EnvFromSource[];
  readonly restartsOn: Configuration["restartsOn"];
  readonly problems: readonly Problem[];
}

function environmentSource(source: EnvironmentSource, index: number): MadeSource {
  const where = `envFrom.${index}`;
  const problems = checkSource(where, source);
  if (problems.length > 0) return { made: [], restartsOn: [], problems };
  const { kind, name } = keysOf(source);
  const { prefix, optional } = source;
  const ref = { name, ...(optional === undefined ? {} : { optional }) };
  return {
    made: [
      {
        ...(prefix === undefined ? {} : { prefix }),
        ...(kind === "secret" ? { secretRef: ref } : { configMapRef: ref }),
      },
    ],
    restartsOn: source.onChange === "restart" ? [{ kind, name }] : [],
    problems,
  };
}

function checkSource(where: string, source: EnvironmentSource): Problem[] {
  const { secret, config }: { readonly secret?: unknown; readonly config?: unknown } = source;
  if ((secret === undefined) === (config === undefined)) {
    return [
      {
        rule: "env/source",
        message: `${where} names ${secret === undefined ? "neither a secret nor a config" : "a secret and a config"}`,
        fix: 'say one of both, as in { secret: "stripe" }',
      },
    ];
  }
  const problems = checkKeys(where, source, ["secret", "config", "prefix", "optional", "onChange"]);
  const name: unknown = keysOf(source).name;
  if (typeof name !== "string" || !isDnsSubdomain(name)) {
    problems.push({
      rule: "env/source",
      message: `${where} names an object ${show(name)}, which cannot be one`,
      fix: "use the name of a Secret or ConfigMap of the namespace",
    });
  }
  if (source.prefix !== undefined && !isVariableName(source.prefix)) {
    problems.push({
      rule: "env/name",
      message: `${where}.prefix ${show(source.prefix)} cannot begin a variable`,
      fix: "use letters, digits and _, not starting with a digit",
    });
  }
  return problems;
}

function keyOf({ name, key, optional }: KeyPlace): k8s.SecretKeySelector {
  return { name, key, ...(optional === true ? { optional } : {}) };
}
