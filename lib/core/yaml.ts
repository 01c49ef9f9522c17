import { createRequire } from "node:module";

const load = createRequire(__filename);

/** At the beginning of a line, these begin and end documents. */
const MARKER = /^(---|\.\.\.)(\s|$)/;
const NUMBER = /^[-+]?(0x[0-9a-f]+|0b[-+]?[01]+|0o?[-+]?[0-7]+|(\.\d+|\d+(\.\d*)?)(e[-+]?\d+)?)$/i;

type Dump = (value: unknown, compareKeys: ((a: string, b: string) => number) | undefined) => string;
let dumpDocument: Dump | undefined;

/** The writer, loaded when the first document is written: most programs that are read write none. */
function makeDump(): Dump {
  const { defineScalarTag, dump, DUMP_SCHEMA, NOT_RESOLVED } = load("js-yaml") as typeof import("js-yaml");
  // Text that is quoted, because a reader takes it for something else: for the end of a document, or for a number although YAML does
  // not (`0XFF`, `1_0e2`), because Kubernetes' reader drops underscores first, and then asks Go:
  // https://github.com/yaml/go-yaml/blob/v2/resolve.go
  const misread = defineScalarTag("tag:flagstone.dev,2026:misread", {
    implicit: true,
    implicitFirstChars: ["-", "+", ".", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
    resolve: (text) => (MARKER.test(text) || NUMBER.test(text.replaceAll("_", "")) ? text : NOT_RESOLVED),
    identify: () => false,
  });
  const schema = DUMP_SCHEMA.withTags(misread);
  return (value, compareKeys) => dump(value, { lineWidth: -1, noRefs: true, sortKeys: compareKeys ?? false, schema });
}

/**
 * One document of YAML.
 *
 * @param compareKeys - order of keys; without it they stay in theirs
 */
export function writeYaml(value: unknown, compareKeys?: (a: string, b: string) => number): string {
  dumpDocument ??= makeDump();
  return dumpDocument(value, compareKeys);
}
