import { isPlainObject } from "../../core/merge";
import { messageOf } from "../../core/errors";
import type { Problem } from "../../core/findings";
import { show } from "../../core/keys";
import { formatJsonPath, isOutputText, type JsonPath, splitTokens } from "../../core/tokens";

/** JSON as it is sent, and what it cannot be. */
export interface Settled {
  /** A copy where something was replaced or left out. */
  readonly json: unknown;
  readonly problems: readonly Problem[];
}

/**
 * Makes plain JSON of what programs and their transforms put together: replaces what is made late, leaves out what is `undefined`, and says
 * what JSON or the API server cannot hold.
 *
 * @param resolve - what stands for an instance of a class, as cdk8s says; the instance itself where nothing does
 */
export function settle(json: unknown, resolve: (value: object) => unknown): Settled {
  const problems: Problem[] = [];
  return { json: new Walk(resolve, problems).value(json), problems };
}

class Walk {
  private readonly path: (string | number)[] = [];
  private readonly around: unknown[] = [];

  public constructor(
    private readonly resolve: (value: object) => unknown,
    private readonly problems: Problem[],
  ) {}

  public value(value: unknown): unknown {
    if (typeof value === "string") {
      this.problems.push(...checkText(value, this.path));
      return value;
    }
    if (typeof value === "boolean" || value === null || Number.isFinite(value)) return value;
    if (typeof value !== "object") return this.refuse(`is ${show(value)}, which JSON does not know`);
    if (this.around.includes(value)) return this.refuse("refers to itself");
    this.around.push(value);
    const settled = Array.isArray(value)
      ? this.list(value)
      : isPlainObject(value)
        ? this.record(value)
        : this.late(value);
    this.around.pop();
    return settled;
  }

  private list(list: readonly unknown[]): unknown {
    // Array.from() sees holes, which map() leaves out.
    const settled = Array.from(list, (item, index) => this.at(index, item));
    return settled.some((item, index) => item !== list[index]) ? settled : list;
  }

  private record(record: Record<string, unknown>): unknown {
    const entries = Object.entries(record);
    const settled = entries.flatMap(([key, item]): [string, unknown][] => {
      this.key(key);
      return item === undefined ? [] : [[key, this.at(key, item)]];
    });
    const isSame = settled.length === entries.length && settled.every(([key, item]) => item === record[key]);
    return isSame ? record : Object.fromEntries(settled);
  }

  private late(value: object): unknown {
    let made: unknown;
    try {
      made = this.resolve(value);
    } catch (thrown) {
      return this.refuse(`is ${show(value)}, which cannot be made: ${messageOf(thrown)}`);
    }
    return made === value ? this.refuse(`is ${show(value)}, which JSON does not know`) : this.value(made);
  }

  private at(step: string | number, item: unknown): unknown {
    this.path.push(step);
    const settled = this.value(item);
    this.path.pop();
    return settled;
  }

  private key(key: string): void {
    if (key === "__proto__") this.refuse('has a key "__proto__", which JavaScript drops');
    this.problems.push(...checkText(key, this.path, "has a key that holds"));
  }

  private refuse(what: string): unknown {
    this.problems.push(invalid(what, this.path));
    return undefined;
  }
}

function invalid(what: string, path: JsonPath): Problem {
  const fix = "give text, a finite number, a boolean, or lists and records of these";
  return { rule: "object/invalid", message: `${placeOf(path)} ${what}`, fix };
}

function placeOf(path: JsonPath): string {
  return path.length === 0 ? "the object" : formatJsonPath(path);
}

/** What is wrong with text, and with what documents in it are made of. */
function checkText(text: string, path: JsonPath, holds = "holds"): Problem[] {
  const problems: Problem[] = [];
  if (holdsOutputText(text)) {
    problems.push({
      rule: "tokens/in-text",
      message: `${placeOf(path)} ${holds} what an output says when it is put into text, and not its value`,
      fix: "write Token.asString(output) in the text, or make all of it an output by pulumi.interpolate",
    });
  }
  if (/[\0\p{Surrogate}]/u.test(text)) {
    problems.push({
      rule: "object/invalid",
      message: `${placeOf(path)} ${holds} a NUL or half of a character, which no text may`,
      fix: "leave it out; what is not text has its place in the image, or in base64",
    });
  }
  return problems;
}

function holdsOutputText(value: unknown): boolean {
  if (typeof value === "string") {
    const documents = splitTokens(value).flatMap((part) =>
      typeof part === "object" && part.kind === "document" ? [part.value] : [],
    );
    return isOutputText(value) || documents.some(holdsOutputText);
  }
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([key, item]) => isOutputText(key) || holdsOutputText(item));
}

/** What every object of Kubernetes has, so that others can be asked about it. */
export function checkShape(json: unknown): Problem[] {
  const { apiVersion, kind, metadata } = isPlainObject(json) ? json : {};
  const { name, namespace } = isPlainObject(metadata) ? metadata : {};
  const fields: readonly [string, unknown][] = [
    ["apiVersion", apiVersion],
    ["kind", kind],
    ["metadata.name", name],
    ...(namespace === undefined ? [] : [["metadata.namespace", namespace] satisfies [string, unknown]]),
  ];
  return fields
    .filter(([, value]) => typeof value !== "string")
    .map(([field, value]) => ({
      rule: "object/invalid",
      message: `${field} is ${show(value)}, and not text`,
      fix: "say it as text; a name that is left out is made of construct ids",
    }));
}
