import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const entries = ["lib/index.ts", "lib/testing/index.ts"].map((file) => `${root}${file}`);

const { config } = ts.readConfigFile(`${root}tsconfig.json`, (file) => ts.sys.readFile(file)) as { config: object };
const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
const program = ts.createProgram(entries, { ...options, noEmit: true, incremental: false });
const checker = program.getTypeChecker();

/** What a user sees of a module: what it exports, and the members of that. */
interface Visible {
  readonly name: string;
  readonly symbol: ts.Symbol;
  readonly at: string;
}

function visibleOf(entry: string): Visible[] {
  const module = checker.getSymbolAtLocation(program.getSourceFile(entry)!);
  return checker.getExportsOfModule(module!).flatMap((exported) => {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    return [describeSymbol(exported.name, symbol), ...membersOf(exported.name, symbol)].filter(
      (one) => one !== undefined,
    );
  });
}

function membersOf(owner: string, symbol: ts.Symbol): (Visible | undefined)[] {
  const members = [...(symbol.members?.values() ?? [])];
  const statics = symbol.flags & ts.SymbolFlags.Class ? [...(symbol.exports?.values() ?? [])] : [];
  return [...members, ...statics]
    .filter(
      ({ name, flags }) =>
        !name.startsWith("__") && (flags & ts.SymbolFlags.TypeParameter) === 0 && name !== "prototype",
    )
    .map((member) => describeSymbol(`${owner}.${member.name}`, member));
}

function describeSymbol(name: string, symbol: ts.Symbol): Visible | undefined {
  const [declaration] = symbol.declarations ?? [];
  const file = declaration?.getSourceFile();
  if (!declaration || !file?.fileName.startsWith(`${root}lib/`)) return undefined;
  const isHidden =
    (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Private) !== 0 ||
    (ts.isPropertyDeclaration(declaration) && ts.isPrivateIdentifier(declaration.name)) ||
    symbol.getJsDocTags().some((tag) => tag.name === "internal");
  const { line } = file.getLineAndCharacterOfPosition(declaration.getStart());
  return isHidden ? undefined : { name, symbol, at: `${relative(root, file.fileName)}:${line + 1}` };
}

describe.each(entries)("%s", (entry) => {
  const visible = visibleOf(entry);

  test("exports something", () => {
    expect(visible.length).toBeGreaterThan(10);
  });

  test("says of everything what it is", () => {
    const silent = visible.filter(({ symbol }) => {
      const text = ts.displayPartsToString(symbol.getDocumentationComment(checker));
      return text.trim() === "" && !symbol.getJsDocTags(checker).some((tag) => tag.name === "default");
    });
    expect(silent.map(({ at, name }) => `${at} ${name}`)).toEqual([]);
  });

  test("shows how each function and each class is used", () => {
    const bare = visible.filter(
      ({ name, symbol }) =>
        !name.includes(".") &&
        isUsed(symbol) &&
        !visible.some((one) => (one.name === name || one.name.startsWith(`${name}.`)) && hasExample(one.symbol)),
    );
    expect(bare.map(({ at, name }) => `${at} ${name}`)).toEqual([]);
  });
});

/** Functions, and classes that are not for subclasses only. */
function isUsed({ flags, declarations = [] }: ts.Symbol): boolean {
  const isAbstract = declarations.some(
    (declaration) => (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Abstract) !== 0,
  );
  return (flags & (ts.SymbolFlags.Function | ts.SymbolFlags.Class)) !== 0 && !isAbstract;
}

function hasExample(symbol: ts.Symbol): boolean {
  return symbol.getJsDocTags(checker).some(({ name }) => name === "example");
}
