import { readdirSync, readFileSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import { isMap, type Json, type JsonMap, said } from "../json";
import { isObject, objectsIn } from "../kubernetes/objects";
import { documentsOf, KUBERNETES_YAML, PLAIN_YAML } from "./yaml";

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
  /** What was read and is nothing of the kind. */
  readonly ignored: readonly string[];
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

/** Reads documents, and finds out what they are. */
export function readInput(files: readonly InputFile[], asked: InputKind | undefined): Input {
  const plain = asked === "kubernetes" ? [] : files.flatMap((file) => parse(file, false));
  const kind = asked ?? kindOf(plain);
  if (kind === "kubernetes") {
    const parsed = files.flatMap((file) => parse(file, true));
    // What kustomize reads is no object: it is imported as kustomize build prints it.
    const isPart = ({ document }: { readonly document: Json }): boolean =>
      isObject(document) && !said(document["apiVersion"]).startsWith("kustomize.config.k8s.io/");
    const objects = parsed.filter(isPart).flatMap(({ document }) => objectsIn(document));
    const ignored = parsed.filter((each) => !isPart(each)).map(({ file }) => file.path);
    return { kind, files, objects, documents: [], ignored };
  }
  const documents = plain.flatMap(({ file, document }) =>
    isMap(document) && looksLike(document) === kind ? [{ file, document }] : [],
  );
  const ignored = plain
    .filter(({ document }) => !isMap(document) || looksLike(document) !== kind)
    .map(({ file }) => file.path);
  return { kind, files, objects: [], documents, ignored };
}

function parse(file: InputFile, asKubernetes: boolean): { readonly file: InputFile; readonly document: Json }[] {
  try {
    return documentsOf(file.text, asKubernetes ? KUBERNETES_YAML : PLAIN_YAML).map((document) => ({ file, document }));
  } catch (thrown) {
    const message = thrown instanceof Error ? (thrown.message.split("\n", 1)[0] ?? "") : said(thrown);
    const fix = file.text.includes("{{") ? "; it looks like a template: import what helm template prints" : "";
    throw new InputError(`${file.path} cannot be read: ${message}${fix}`);
  }
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
