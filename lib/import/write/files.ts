import { dump } from "js-yaml";
import { compare } from "../../core/findings";
import type { KeptObject, ProgramModel, WorkloadKind } from "../model";
import { sharedProps } from "./defaults";
import { Arrow, Call, type Code, type CodeRecord, printCode, Raw, Spread } from "./code";
import { namingRule } from "./connections";
import { programText, type ProgramOptions } from "./program";

/** Every file of a program, by path. */
export function programFiles(program: ProgramModel, options: ProgramOptions): Map<string, string> {
  const files = new Map<string, string>();
  const hasKept = program.kept.length > 0;
  files.set("index.ts", programText(program, options));
  if (!options.platform) files.set("platform.ts", platformText(program));
  if (hasKept) files.set("kept.ts", KEPT);
  files.set("package.json", packageText(options, hasKept));
  files.set("tsconfig.json", TSCONFIG);
  files.set("Pulumi.yaml", projectText(options.name));
  for (const object of program.kept) files.set(`kept/${object.file}`, objectText(object));
  for (const object of program.aside) files.set(`not-deployed/${object.file}`, objectText(object));
  for (const [path, text] of program.files) files.set(`files/${path}`, text);
  return files;
}

/** One object, as the program reads it back. */
function objectText({ object }: KeptObject): string {
  return dump(object, { lineWidth: -1, noRefs: true });
}

/** Facts of a platform with one environment and one tenant, as the program needs them. */
function platformText(program: ProgramModel): string {
  const { tenant, facts } = program;
  const rule = namingRule(program);
  const capabilities: Code[] = [
    ...(facts.ingress
      ? [
          new Call("Capability.ingress", {
            className: facts.ingress.className,
            from: { namespace: facts.ingress.namespace },
          }),
        ]
      : []),
    ...(facts.issuer
      ? [
          new Call("Capability.certManager", {
            issuer: facts.issuer.name,
            kind: facts.issuer.kind === "Issuer" ? "Issuer" : undefined,
          }),
        ]
      : []),
  ];
  const shared = sharedProps(program);
  const kinds = [...new Set(program.workloads.map(({ kind }) => kind))].sort();
  const defaults = kinds.flatMap((kind): [WorkloadKind, CodeRecord][] => {
    const isNaming =
      rule !== undefined && program.workloads.some((workload) => workload.kind === kind && workload.edges.length > 0);
    const values: CodeRecord = {
      ...(isNaming ? { environmentNames: new Raw("environmentNames") } : {}),
      ...shared.get(kind),
    };
    return Object.keys(values).length > 0 ? [[kind, values]] : [];
  });
  const own: CodeRecord = {
    namespaces: facts.namespaces.length === 1 && facts.namespaces[0] === tenant ? undefined : facts.namespaces,
    allowed: allowedCode(facts),
  };
  const record: CodeRecord = {
    domain: `${tenant}.example`,
    environments: {
      dev: {
        tier: "development",
        clusters: capabilities.length > 0 ? { main: { capabilities } } : undefined,
      },
    },
    tenants: { [tenant]: own },
    defaults:
      defaults.length > 0
        ? defaults.map(([kind, values]) => new Call("defaultsFor", new Raw(kind), values))
        : undefined,
  };
  const names = [
    ...(capabilities.length > 0 ? ["Capability"] : []),
    ...(defaults.length > 0 ? ["defaultsFor"] : []),
    "definePlatform",
    ...(rule ? ["type EnvironmentNames"] : []),
    ...defaults.map(([kind]) => kind),
  ];
  return [
    "// What is known before anything is deployed. Where a platform team publishes its own, import that instead.",
    `import { ${names.join(", ")} } from "flagstone";`,
    "",
    ...(rule
      ? [
          `/** Programs are told the ${rule.coordinate} of what they use as \`<NAME>${rule.suffix}\`. */`,
          printCode(
            new Arrow("{ constantName, coordinates }", {
              [`[\`\${constantName}${rule.suffix}\`]`]: new Raw(`coordinates["${rule.coordinate}"] ?? ""`),
            }),
            "const environmentNames: EnvironmentNames = ",
            ";",
          ).replace(/"(\[`.*?`\])":/, "$1:"),
          "",
        ]
      : []),
    printCode(new Call("definePlatform", tenant, new Spread(clean(record))), "export const facts = ", ";"),
    "",
  ].join("\n");
}

function allowedCode({ hosts, priorityClasses }: ProgramModel["facts"]): CodeRecord | undefined {
  if (hosts.length + priorityClasses.length === 0) return undefined;
  return {
    hosts: hosts.length > 0 ? { dev: hosts } : undefined,
    priorityClasses: priorityClasses.length > 0 ? priorityClasses : undefined,
  };
}

function clean(record: CodeRecord): CodeRecord {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}

const KEPT = `// Reads objects of Kubernetes that no construct expresses.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ApiObject, type ApiObjectProps } from "cdk8s";
import type { Construct } from "constructs";
import { load } from "js-yaml";

/** Declares the objects of a folder, one in each file, as they are. */
export function keptObjects(scope: Construct, folder: string): void {
  const at = join(import.meta.dirname, folder);
  const files = readdirSync(at).filter((file) => file.endsWith(".yaml"));
  for (const file of files.sort()) {
    new ApiObject(scope, file.replace(/\\.yaml$/, ""), load(readFileSync(join(at, file), "utf8")) as ApiObjectProps);
  }
}
`;

const TSCONFIG = `{
  "compilerOptions": {
    "target": "es2023",
    "lib": ["es2023"],
    "module": "nodenext",
    "types": ["node"],
    "strict": true,
    "exactOptionalPropertyTypes": true,
    "noUncheckedIndexedAccess": true,
    "erasableSyntaxOnly": true,
    "verbatimModuleSyntax": true,
    "allowImportingTsExtensions": true,
    "skipLibCheck": true,
    "noEmit": true
  }
}
`;

function packageText({ name, platform }: ProgramOptions, hasKept: boolean): string {
  const dependencies: Record<string, string> = {
    ...(platform && !platform.module.startsWith(".") ? { [packageOf(platform.module)]: "*" } : {}),
    "@pulumi/kubernetes": "^4.34.0",
    "@pulumi/pulumi": "^3.270.0",
    cdk8s: "^2.70.0",
    "cdk8s-plus-28": "^2.5.0",
    constructs: "^10.4.0",
    flagstone: "*",
    ...(hasKept ? { "js-yaml": "^5.5.0" } : {}),
  };
  const sorted = Object.fromEntries(Object.entries(dependencies).sort(([a], [b]) => compare(a, b)));
  const devDependencies = { "@types/node": "^24.0.0", typescript: "~6.0.0" };
  return `${JSON.stringify({ name, private: true, type: "module", dependencies: sorted, devDependencies }, undefined, 2)}\n`;
}

function packageOf(module: string): string {
  return module
    .split("/")
    .slice(0, module.startsWith("@") ? 2 : 1)
    .join("/");
}

function projectText(name: string): string {
  return `name: ${name}
main: index.ts
runtime:
  name: nodejs
  options:
    typescript: false # Node runs the program as it is
config:
  # Every resource names its provider; one that would take a default provider fails.
  pulumi:disable-default-providers:
    value: ["*"]
`;
}
