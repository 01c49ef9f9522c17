// Compiles programs as users do.
import { join } from "node:path";
import ts from "typescript";

const root = join(import.meta.dirname, "..");

/** What the guides tell users to set, and nothing that is more forgiving. */
const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  lib: ["lib.es2023.d.ts"],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: ["node"],
  typeRoots: [join(root, "node_modules/@types")],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  verbatimModuleSyntax: true,
  erasableSyntaxOnly: true,
  allowImportingTsExtensions: true,
  skipLibCheck: true,
  noEmit: true,
  paths: {
    flagstone: [join(root, "lib/index.ts")],
    "flagstone/testing": [join(root, "lib/testing/index.ts")],
    "@acme/platform": [join(root, "examples/acme/platform/index.ts")],
  },
};

/** What the compiler says against files, each with its place: `placeOf` a file and a line from 0. */
export function compilerProblems(
  files: readonly string[],
  placeOf: (file: string, line: number) => string = (file, line) => `${file}:${line + 1}`,
): string[] {
  const program = ts.createProgram(files, OPTIONS);
  return files.flatMap((file) => {
    const source = program.getSourceFile(file);
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map(({ start, messageText }) => {
      const line = source?.getLineAndCharacterOfPosition(start ?? 0).line ?? 0;
      return `${placeOf(file, line)} ${ts.flattenDiagnosticMessageText(messageText, "\n  ")}`;
    });
  });
}
