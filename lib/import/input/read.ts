import { readdirSync, readFileSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import type { Schema } from "js-yaml";
import { isMap, type Json, type JsonMap, mapOf, said } from "../json";
import { isObject, objectsIn } from "../kubernetes/objects";
import { documentsOf, duplicateKeyIn, KUBERNETES_YAML, PLAIN_YAML } from "./yaml";

/** What an import can begin with. */
export type InputKind = "kubernetes" | "score" | "compose";

/** A file that was read. */
export interface InputFile {
  /** As it was named; `-` for standard input. */
  readonly path: string;
  readonly text: string;
}

/** Everything that was given to an import. */
export interface Input {
  readonly kind: InputKind;
  readonly files: readonly InputFile[];
  /** Objects of Kubernetes; none for the other kinds. */
  readonly objects: readonly JsonMap[];
  /** Documents of the other kinds, with the file of each. */
  readonly documents: readonly { readonly file: InputFile; readonly document: JsonMap }[];
  /** What readers are to know of what was read: what is nothing of the kind, and keys that are there twice. */
  readonly notes: readonly string[];
}

const ENDINGS = new Set([".yaml", ".yml", ".json"]);

/** The files behind paths: folders stand for all YAML and JSON in them. */
export function readFiles(paths: readonly string[]): InputFile[] {
  return paths.flatMap((path) => {
    if (path === "-") return [{ path, text: readFileSync(0, "utf8") }];
    return filesAt(path).map((file) => ({ path: file, text: readFileSync(file, "utf8") }));
  });
}

function filesAt(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith(".") && name !== "node_modules")
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) =>
      entry.isDirectory()
        ? filesAt(join(path, entry.name))
        : ENDINGS.has(extname(entry.name))
          ? [join(path, entry.name)]
          : [],
    );
}

/** One document of a file. */
interface Document {
  readonly file: InputFile;
  readonly document: Json;
  /** As `shop.yaml, document 2`. */
  readonly place: string;
}

/**
 * Reads documents, and finds out what they are.
 *
 * @throws InputError when something cannot be read, or nothing is of the kind
 */
export function readInput(files: readonly InputFile[], asked: InputKind | undefined): Input {
  const plain = asked === "kubernetes" ? [] : parseAll(files, PLAIN_YAML);
  const kind = asked ?? kindOf(plain);
  const input = kind === "kubernetes" ? readObjects(files) : readDocuments(files, plain, kind);
  const schema = kind === "kubernetes" ? KUBERNETES_YAML : PLAIN_YAML;
  const twice = files.flatMap(({ path, text }) => {
    const found = duplicateKeyIn(text, schema);
    return found === undefined ? [] : [`${path} has a ${found}: the last one counts`];
  });
  return { ...input, notes: [...input.notes, ...twice] };
}

function readObjects(files: readonly InputFile[]): Input {
  const notes: string[] = [];
  const objects = parseAll(files, KUBERNETES_YAML).flatMap(({ document, place }) => {
    // What kustomize reads is no object: it is imported as kustomize build prints it.
    const isPart = isObject(document) && !said(document["apiVersion"]).startsWith("kustomize.config.k8s.io/");
    if (!isPart) notes.push(ignored(place, "an object of Kubernetes"));
    return isPart ? objectsIn(document, place, (item) => notes.push(ignored(item, "an object of Kubernetes"))) : [];
  });
  if (objects.length === 0)
    throw new InputError(["nothing that was given is an object of Kubernetes", ...notes].join("\n  "));
  const wrong = objects.flatMap(({ object, place }) => wrongMetadata(object).map((what) => `${place}: ${what}`));
  if (wrong.length > 0) throw new InputError(wrong.join("\n"));
  return { kind: "kubernetes", files, objects: objects.map(({ object }) => object), documents: [], notes };
}

const NAMES = { score: "a workload of Score", compose: "a Compose file" } as const;

function readDocuments(files: readonly InputFile[], all: readonly Document[], kind: "score" | "compose"): Input {
  const notes: string[] = [];
  const documents = all.flatMap(({ file, document, place }) => {
    if (isMap(document) && looksLike(document) === kind) return [{ file, document, place }];
    notes.push(ignored(place, NAMES[kind]));
    return [];
  });
  if (documents.length === 0) throw new InputError([`nothing that was given is ${NAMES[kind]}`, ...notes].join("\n  "));
  const wrong = documents.flatMap(({ document, place }) =>
    missingIn(document, kind).map((key) => `${place} is not ${NAMES[kind]}: it has no ${key}`),
  );
  if (wrong.length > 0) throw new InputError(wrong.join("\n"));
  return { kind, files, objects: [], documents, notes };
}

function ignored(place: string, what: string): string {
  return `${place} is not ${what}: it was not imported`;
}

/** What the API server would not take: names that are numbers or booleans, as YAML reads them without quotes, or none. */
function wrongMetadata(object: JsonMap): string[] {
  const { name, generateName, namespace } = mapOf(object["metadata"]);
  const texts = Object.entries({ name, generateName, namespace }).flatMap(([key, value]) =>
    value === undefined || value === null || typeof value === "string"
      ? []
      : [`metadata.${key} is ${JSON.stringify(value)}, which is no text: put it in quotes`],
  );
  return texts.length > 0 || typeof name === "string" || typeof generateName === "string"
    ? texts
    : ["it has no metadata.name"];
}

/** What there has to be. */
function missingIn(document: JsonMap, kind: "score" | "compose"): string[] {
  const isEmpty = (value: unknown): boolean => !isMap(value) || Object.keys(value).length === 0;
  if (kind === "compose") return isEmpty(document["services"]) ? ["services"] : [];
  return [
    ...(typeof mapOf(document["metadata"])["name"] === "string" ? [] : ["metadata.name"]),
    ...(isEmpty(document["containers"]) ? ["containers"] : []),
  ];
}

/** The documents of all files, without empty ones; what is wrong with any of them is said together. */
function parseAll(files: readonly InputFile[], schema: Schema): Document[] {
  const wrong: string[] = [];
  const documents = files.flatMap((file) => {
    try {
      return documentsOf(file.text, schema).map((document, i) => ({
        file,
        document,
        place: `${file.path}, document ${i + 1}`,
      }));
    } catch (thrown) {
      const message = thrown instanceof Error ? (thrown.message.split("\n", 1)[0] ?? "") : said(thrown);
      const fix = file.text.includes("{{") ? "; it looks like a template: import what helm template prints" : "";
      wrong.push(`${file.path} cannot be read: ${message}${fix}`);
      return [];
    }
  });
  if (wrong.length > 0) throw new InputError(wrong.join("\n"));
  return documents.filter(({ document }) => document !== null);
}

/** What was given cannot be read. */
export class InputError extends Error {
  public override readonly name = "InputError";
}

function kindOf(documents: readonly { readonly document: Json }[]): InputKind {
  const kinds = documents.flatMap(({ document }) => (isMap(document) ? (looksLike(document) ?? []) : []));
  const [first] = kinds;
  if (first === undefined)
    throw new InputError(
      "nothing that was given is a manifest of Kubernetes, a score.yaml or a Compose file; --from says what it is",
    );
  if (kinds.some((kind) => kind !== first)) {
    throw new InputError(
      `what was given is of several kinds (${[...new Set(kinds)].sort().join(", ")}): import them one after the other`,
    );
  }
  return first;
}

function looksLike(document: JsonMap): InputKind | undefined {
  if (typeof document["apiVersion"] === "string" && document["apiVersion"].startsWith("score.dev/")) return "score";
  if (isObject(document)) return "kubernetes";
  return isMap(document["services"]) ? "compose" : undefined;
}
