import { dirname, join, relative, resolve, sep } from "node:path";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

/** Who may import whom: a folder of `lib/` and the folders whose files it may import, besides its own. */
const constructs = ["workloads", "resources", "clusters", "access", "delivery", "observability"];
const readers = ["deploy", "render", "diff", "catalog", "cost"];
const all = ["core", "connections", ...constructs, "platform", "plan", "checks", ...readers, "import", "testing"];
export const imports = {
  core: [],
  connections: ["core"],
  ...Object.fromEntries(constructs.map((folder) => [folder, ["core", "connections"]])),
  platform: ["core", "connections", ...constructs],
  plan: ["core", "platform"],
  checks: ["core", "plan"],
  ...Object.fromEntries(readers.map((folder) => [folder, ["core", "plan"]])),
  // Writes the text of programs and reads drafts of them: it makes no construct, so it needs none.
  import: ["core", "plan"],
  testing: ["clusters", "core", "plan", "platform", "render"],
  cli: [...all, "index.ts"],
  "index.ts": all,
};

const lib = join(import.meta.dirname, "lib");
/** The first part of a path inside `lib/` (`core`, `index.ts`), or undefined outside. */
const folderOf = (path) => {
  const [first] = relative(lib, path).split(sep);
  return first === ".." ? undefined : first || "index.ts";
};

/** Reports an import, type-only ones too, that the table above does not list. */
const importTable = {
  meta: {
    type: "problem",
    schema: [],
    messages: {
      unlisted: "lib/{{from}} is not in the import table of eslint.config.mjs: add it there.",
      forbidden: "lib/{{from}} may not import lib/{{to}} (allowed: {{allowed}}).",
      outside: "lib/ may not import '{{to}}', which is outside of it.",
      self: "lib/ imports its own files by relative path, not as '{{to}}'.",
    },
  },
  create(context) {
    const from = folderOf(context.filename);
    if (from === undefined) return {};
    const allowed = imports[from];
    const check = (source) => {
      const to = source?.type === "TSLiteralType" ? source.literal.value : source?.value;
      if (typeof to !== "string") return;
      const report = (messageId, data) => {
        context.report({ node: source, messageId, data });
      };
      if (to === "flagstone" || to.startsWith("flagstone/")) report("self", { to });
      if (!/^\.{1,2}(\/|$)/.test(to)) return;
      const target = folderOf(resolve(dirname(context.filename), to));
      if (target === undefined) return void report("outside", { to });
      const folder = target.replace(/^index(\.[cm]?[jt]s)?$/, "index.ts");
      if (folder !== from && allowed && !allowed.includes(folder))
        report("forbidden", { from, to: folder, allowed: allowed.join(", ") || "none" });
    };
    return {
      Program: (node) => {
        if (!allowed) context.report({ node, messageId: "unlisted", data: { from } });
      },
      ImportDeclaration: (node) => {
        check(node.source);
      },
      ExportAllDeclaration: (node) => {
        check(node.source);
      },
      ExportNamedDeclaration: (node) => {
        check(node.source);
      },
      ImportExpression: (node) => {
        check(node.source);
      },
      TSImportType: (node) => {
        check(node.source ?? node.argument);
      },
      TSExternalModuleReference: (node) => {
        check(node.expression);
      },
      "CallExpression[callee.name='require']": (node) => {
        check(node.arguments[0]);
      },
    };
  },
};

export default defineConfig(
  { ignores: ["dist/", "rendered/", "coverage/", ".flagstone/", "examples/**/.flagstone/", "examples/**/dist/"] },
  {
    files: ["{lib,test,examples}/**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "@typescript-eslint/consistent-type-imports": [
        "error",
        { fixStyle: "inline-type-imports", disallowTypeAnnotations: false }, // types of what is loaded late
      ],
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      // These find more matters of taste than faults: props also come from untyped JavaScript and are checked anyway,
      // SDKs are loaded late by require(), factories are static, type parameters carry names.
      "@typescript-eslint/no-unnecessary-condition": "off",
      "@typescript-eslint/no-unnecessary-type-conversion": "off",
      "@typescript-eslint/no-unsafe-class-instance-assignment": "off",
      "@typescript-eslint/no-require-imports": "off",
      "@typescript-eslint/no-extraneous-class": "off",
      "@typescript-eslint/no-invalid-void-type": "off",
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/unified-signatures": "off",
      eqeqeq: "error",
    },
  },
  {
    files: ["lib/**/*.ts"],
    plugins: { flagstone: { rules: { imports: importTable } } },
    rules: {
      "flagstone/imports": "error",
      "no-console": "error",
      "no-restricted-syntax": [
        "error",
        { selector: "ExportDefaultDeclaration", message: "lib/ has named exports only." },
      ],
    },
  },
  { files: ["lib/cli/**/*.ts"], rules: { "no-console": "off" } },
  {
    files: ["test/**/*.ts"],
    rules: {
      // Tests reach into parsed YAML and JSON, and say with `!` what they know is there.
      "@typescript-eslint/no-explicit-any": "off",
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-return": "off",
      "@typescript-eslint/require-await": "off",
    },
  },
);
