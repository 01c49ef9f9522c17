import { javascript, JsonFile, SampleReadme, typescript } from "projen";

// Everything that projen owns is written from here: change this file, then `npm run projen`.
const peers = {
  "@pulumi/aws": ["^7.0.0", "^7.48.0"],
  "@pulumi/kubernetes": ["^4.34.0", "^4.34.2"],
  "@pulumi/pulumi": ["^3.270.0", "^3.270.0"],
  cdk8s: ["^2.70.0", "^2.70.106"],
  "cdk8s-plus-28": ["^2.5.0", "^2.5.6"],
  constructs: ["^10.4.0", "^10.8.1"],
} as const;

const project = new typescript.TypeScriptProject({
  name: "flagstone",
  description: "Typed constructs for internal developer platforms, on Pulumi and cdk8s",
  keywords: ["platform-engineering", "internal-developer-platform", "kubernetes", "pulumi", "cdk8s", "constructs"],
  authorName: "Flagstone contributors",
  authorOrganization: true,
  license: "Apache-2.0",
  copyrightOwner: "Flagstone contributors",
  defaultReleaseBranch: "main",
  packageManager: javascript.NodePackageManager.NPM,
  minNodeVersion: "22.18.0",
  npmignoreEnabled: false,
  projenrcJs: true, // Node runs this file as it is
  projenrcJsOptions: { filename: ".projenrc.ts" },
  projenrcTs: false,

  srcdir: "lib",
  libdir: "dist",
  testdir: "test",
  entrypoint: "dist/index.js",
  entrypointTypes: "dist/index.d.ts",
  bin: { flagstone: "dist/cli/main.js" },

  peerDependencyOptions: { pinnedDevDependency: false },
  peerDeps: Object.entries(peers).map(([name, [range]]) => `${name}@${range}`),
  deps: ["commander@^14.0.0", "js-yaml@^5.5.0", "smol-toml@^1.9.0"],
  devDeps: [
    ...Object.entries(peers).map(([name, [, range]]) => `${name}@${range}`),
    "@arethetypeswrong/cli@^0.18.5",
    "@changesets/cli@^3.0.3",
    "@types/node@^24.19.2",
    "ajv@^8.20.0",
    "eslint@^10.15.0",
    "fast-check@^4.10.2",
    "node@^24.9.0", // npm scripts run on this Node, whatever the machine has
    "prettier@^3.10.1",
    "projen@^0.103.25",
    "publint@^0.3.25",
    "typedoc@^0.28.20",
    "typedoc-plugin-markdown@^4.14.1",
    "typescript@~6.0.3", // @pulumi/pulumi supports TypeScript below 7
    "typescript-eslint@^8.73.0",
    "vitest@^5.1.1",
  ],

  // What projen would add and this project has its own way of doing.
  buildWorkflow: false,
  depsUpgrade: false,
  disableTsconfigDev: true,
  eslint: false,
  github: false,
  jest: false,
  package: false,
  prettier: false,
  pullRequestTemplate: false,
  release: false,
  sampleCode: false,
  vscode: false,

  gitignore: [
    "/rendered/",
    "/coverage/",
    "*.tsbuildinfo",
    ".flagstone/",
    "/*.tgz",
    ".DS_Store",
    "/examples/**/Pulumi.*.yaml",
    "/examples/**/dist/",
    "/test/tools/bin/",
    "!/.ci/",
    "!/.changeset/",
  ],
});

project.tryRemoveFile("tsconfig.json");
new JsonFile(project, "tsconfig.json", {
  obj: {
    compilerOptions: {
      rootDir: "lib",
      outDir: "dist",
      target: "es2023",
      lib: ["es2023"],
      module: "nodenext", // CommonJS here, as package.json names no type
      types: ["node"],
      strict: true,
      exactOptionalPropertyTypes: true,
      noFallthroughCasesInSwitch: true,
      noImplicitOverride: true,
      noImplicitReturns: true,
      noUncheckedIndexedAccess: true,
      noUnusedLocals: true,
      noUnusedParameters: true,
      isolatedModules: true,
      skipLibCheck: true,
      declaration: true,
      sourceMap: true,
      noEmitOnError: true,
      incremental: true,
      tsBuildInfoFile: "dist/tsconfig.tsbuildinfo",
    },
    include: ["lib/**/*.ts"],
  },
});

new javascript.NpmConfig(project, { omitEmpty: true }).addConfig("omit-lockfile-registry-resolved", "true");

for (const child of project.node.children)
  if (child instanceof SampleReadme) project.node.tryRemoveChild(child.node.id);

const { package: pkg } = project;
// "." makes this package one of its own workspaces: changesets versions nothing else.
pkg.addField("workspaces", [
  ".",
  "examples/quickstart",
  "examples/acme/platform",
  "examples/acme/payments",
  "examples/acme/shop",
  "examples/uploads",
]);
pkg.addField("exports", {
  ".": { types: "./dist/index.d.ts", default: "./dist/index.js" },
  "./testing": { types: "./dist/testing/index.d.ts", default: "./dist/testing/index.js" },
  "./plan.schema.json": "./dist/plan/plan.schema.json",
  "./package.json": "./package.json",
});
pkg.addField("files", ["dist", "!dist/**/*.tsbuildinfo"]);
pkg.addField("sideEffects", false);
pkg.addField("peerDependenciesMeta", { "@pulumi/aws": { optional: true } });
// npm runs no other install scripts: Pulumi's fetches a plugin that the engine fetches anyway.
pkg.addField("allowScripts", { node: true, "@pulumi/kubernetes": false, protobufjs: false });
pkg.addField("prettier", { printWidth: 120 });
pkg.addField("publishConfig", { access: "public" });

const source = '.projenrc.ts "*.{mjs,md}" "{lib,test,examples,docs,.changeset}/**/*.{ts,mts,mjs,md}" "!API.md"';
const scripts: Record<string, string> = {
  build: `tsc && node -e "require('node:fs').cpSync('lib','dist',{recursive:true,filter:(f)=>!f.endsWith('.ts')});require('node:fs').chmodSync('dist/cli/main.js',0o755)" && tsc -p examples/acme/platform/tsconfig.build.json`,
  start:
    "npm run -s build && node dist/cli/main.js synth examples/acme/platform examples/acme/payments examples/acme/shop --out rendered",
  up: "npm run -s build && node examples/up.mjs",
  test: [
    "npm run build",
    "npm run lint",
    "npm run format:check",
    "npm run typecheck",
    "npm run test:run",
    "npm run docs:check",
    "npm run package:check",
  ].join(" && "),
  "test:run": "vitest run --config test/vitest.config.ts",
  "test:watch": "vitest --config test/vitest.config.ts --project unit",
  typecheck:
    "tsc -p test && tsc -p examples/quickstart && tsc -p examples/acme/platform && tsc -p examples/acme/payments && tsc -p examples/acme/shop && tsc -p examples/uploads",
  "package:check": "publint --strict && attw --pack --profile node16",
  lint: "eslint --cache --cache-location node_modules/.cache/eslint/ .",
  format: `prettier --write ${source}`,
  "format:check": `prettier --check ${source}`,
  docs: "node docs/api.mjs",
  "docs:check": "node docs/api.mjs --check",
  bench: "node test/bench/run.ts",
  changeset: "changeset",
  prepack: `node -e "require('node:fs').rmSync('dist',{recursive:true,force:true})" && npm run build`,
  projen: "node --disable-warning=MODULE_TYPELESS_PACKAGE_JSON .projenrc.ts",
};
// Plain npm scripts in the place of projen's tasks, so that none of them starts projen first.
const [keep, wired] = [
  ["default", "install", "install:ci"],
  ["build", "watch"],
];
for (const { name } of project.tasks.all) project.removeScript(name);
for (const { name } of [...project.tasks.all].sort((a) => (wired.includes(a.name) ? -1 : 1)))
  if (!keep.includes(name)) project.tasks.removeTask(name);
project.defaultTask?.reset(scripts["projen"]);
project.addScripts(scripts);

project.synth();
