/** Width of a line, and what a level is indented by. */
const WIDTH = 120;
const STEP = "  ";

/** An expression as it stands, as the name of a variable. */
export class Raw {
  public constructor(public readonly text: string) {}
}

/** A call, as in `Ref.secretKey({ … })`. */
export class Call {
  public readonly args: readonly Code[];
  public constructor(
    public readonly callee: string,
    ...args: readonly Code[]
  ) {
    this.args = args;
  }
}

/** A function of one parameter that returns a value. */
export class Arrow {
  public constructor(
    public readonly parameter: string,
    public readonly body: Code,
  ) {}
}

/** A record that stands on several lines even where it would fit on one. */
export class Spread {
  public constructor(public readonly record: CodeRecord) {}
}

/** An expression of TypeScript: data, and what only code can say. */
export type Code = string | number | boolean | null | Raw | Call | Arrow | Spread | readonly Code[] | CodeRecord;

/** A record of expressions; `undefined` leaves a key out. */
export type CodeRecord = { readonly [key: string]: Code | undefined };

/** Where an expression begins: how far its lines are indented, at which column it starts, how much stands behind it. */
interface Place {
  readonly indent: string;
  readonly column: number;
  readonly behind: number;
}

/**
 * Prints an expression as prettier would leave it: on one line where it fits, else one item a line.
 *
 * @param before - what stands before it on its first line, with the indentation
 * @param behind - what stands behind it on its last line
 * @see https://prettier.io/docs/rationale
 */
export function printCode(code: Code, before: string, behind = ""): string {
  const indent = /^ */.exec(before)?.[0] ?? "";
  return `${before}${print(code, { indent, column: before.length, behind: behind.length })}${behind}`;
}

function print(code: Code, place: Place): string {
  const line = flat(code);
  if (line !== undefined && place.column + line.length + place.behind <= WIDTH) return line;
  if (code instanceof Spread) return printRecord(code.record, place);
  if (code instanceof Call) return printCall(code, place);
  if (code instanceof Arrow) return printArrow(code, place);
  if (isList(code)) return printList(code, place);
  if (isRecord(code)) return printRecord(code, place);
  return line ?? "";
}

/** On one line; undefined where it cannot be. */
function flat(code: Code): string | undefined {
  if (code instanceof Raw) return code.text;
  if (code instanceof Spread) return undefined;
  if (code instanceof Call) {
    const args = flatAll(code.args);
    return args && `${code.callee}(${args.join(", ")})`;
  }
  if (code instanceof Arrow) {
    const body = flat(code.body);
    return body && `(${code.parameter}) => ${isRecord(code.body) ? `(${body})` : body}`;
  }
  if (isList(code)) {
    const items = flatAll(code);
    return items === undefined || isMatrix(code) ? undefined : `[${items.join(", ")}]`;
  }
  if (isRecord(code)) {
    const entries = entriesOf(code);
    const values = flatAll(entries.map(([, value]) => value));
    if (!values) return undefined;
    if (entries.length === 0) return "{}";
    return `{ ${entries.map(([key, value], i) => propertyOf(key, value, values[i] ?? "")).join(", ")} }`;
  }
  return typeof code === "string" ? quote(code) : String(code);
}

function flatAll(codes: readonly Code[]): string[] | undefined {
  const texts = codes.map(flat);
  return texts.every((text) => text !== undefined) ? texts : undefined;
}

/** Lists of several records, or of several lists, with more than one item each stand on several lines. */
function isMatrix(list: readonly Code[]): boolean {
  return (
    list.length > 1 &&
    (list.every((item) => isRecord(item) && entriesOf(item).length > 1) ||
      list.every((item) => isList(item) && item.length > 1))
  );
}

function propertyOf(key: string, value: Code, text: string): string {
  return value instanceof Raw && value.text === key ? key : `${keyText(key)}: ${text}`;
}

function printRecord(record: CodeRecord, { indent }: Place): string {
  const inner = indent + STEP;
  const lines = entriesOf(record).map(([key, value]) => {
    const name = keyText(key);
    const place = { indent: inner, column: inner.length + name.length + 2, behind: 1 };
    const text = print(value, place);
    const isTooLong = !text.includes("\n") && place.column + text.length + 1 > WIDTH;
    // A string that does not fit goes to the next line; behind a short key that would gain nothing.
    if (isTooLong && typeof value === "string" && name.length >= STEP.length + 3)
      return `${inner}${name}:\n${inner}${STEP}${text},`;
    return `${inner}${propertyOf(key, value, text)},`;
  });
  return `{\n${lines.join("\n")}\n${indent}}`;
}

function printList(list: readonly Code[], { indent }: Place): string {
  const inner = indent + STEP;
  const place = { indent: inner, column: inner.length, behind: 1 };
  if (list.length > 1 && list.every((item) => typeof item === "number")) return printNumbers(list, indent);
  return `[\n${list.map((item) => `${inner}${print(item, place)},`).join("\n")}\n${indent}]`;
}

/** Numbers fill lines. */
function printNumbers(list: readonly number[], indent: string): string {
  const lines: string[] = [];
  for (const number of list) {
    const last = lines.at(-1);
    const text = `${number},`;
    if (last !== undefined && indent.length + STEP.length + last.length + 1 + text.length <= WIDTH)
      lines[lines.length - 1] = `${last} ${text}`;
    else lines.push(text);
  }
  return `[\n${lines.map((line) => `${indent}${STEP}${line}`).join("\n")}\n${indent}]`;
}

/** The last argument keeps the parentheses company; what comes before fits on the line. */
function printCall({ callee, args }: Call, place: Place): string {
  const first = args.slice(0, -1).map((arg) => `${flat(arg) ?? ""}, `);
  const before = `${callee}(${first.join("")}`;
  const last = args.at(-1);
  if (last === undefined) return `${before})`;
  if (place.column + before.length + 1 > WIDTH && args.length > 1) return printArguments(callee, args, place);
  const text = print(last, { ...place, column: place.column + before.length, behind: place.behind + 1 });
  return `${before}${text})`;
}

/** Each argument on lines of its own, where the first ones are too long for company. */
function printArguments(callee: string, args: readonly Code[], { indent }: Place): string {
  const inner = indent + STEP;
  const place = { indent: inner, column: inner.length, behind: 1 };
  return `${callee}(\n${args.map((arg) => `${inner}${print(arg, place)},`).join("\n")}\n${indent})`;
}

function printArrow({ parameter, body }: Arrow, place: Place): string {
  const isWrapped = isRecord(body) || body instanceof Spread;
  const before = `(${parameter}) => ${isWrapped ? "(" : ""}`;
  const text = print(body, {
    ...place,
    column: place.column + before.length,
    behind: place.behind + (isWrapped ? 1 : 0),
  });
  return `${before}${text}${isWrapped ? ")" : ""}`;
}

export function isList(code: Code | undefined): code is readonly Code[] {
  return Array.isArray(code);
}

export function isRecord(code: Code | undefined): code is CodeRecord {
  if (typeof code !== "object" || code === null || isList(code)) return false;
  return !(code instanceof Raw || code instanceof Call || code instanceof Arrow || code instanceof Spread);
}

function entriesOf(record: CodeRecord): [string, Code][] {
  return Object.entries(record).filter((entry): entry is [string, Code] => entry[1] !== undefined);
}

function keyText(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : quote(key);
}

/** A string literal, in the quotes that take fewer escapes. */
export function quote(text: string): string {
  const literal = JSON.stringify(text).replace(/[\u2028\u2029\ud800-\udfff\u007f]/gu, escaped);
  const doubles = text.split('"').length;
  const singles = text.split("'").length;
  if (doubles <= singles) return literal;
  return `'${literal.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Text as it stands between the backticks of a template. */
export function templateText(text: string): string {
  return text
    .replace(/[\\`]|\$(?=\{)/g, (character) => `\\${character}`)
    .replaceAll("\r", "\\r")
    .replaceAll("\n", "\\n");
}
