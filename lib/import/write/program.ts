import type { EndpointModel, ProgramModel, WorkloadModel } from "../model";
import { Identifiers } from "../names";
import { Call, type Code, type CodeRecord, isRecord, printCode, quote, Raw, Spread } from "./code";
import { sharedProps } from "./defaults";
import { connectionCode, connectionNames, namingRule, type NamingRule, stemOf } from "./connections";

/** Where the program comes from and goes to. */
export interface ProgramOptions {
  /** What was imported, as it was named. */
  readonly source: string;
  /** Name of the Application, where there is a platform already. */
  readonly name: string;
  /** A platform that is there already. */
  readonly platform?: GivenPlatform | undefined;
}

/** A platform that programs import. */
export interface GivenPlatform {
  /** As imports say it. */
  readonly module: string;
  readonly export: string;
  /** Names of clusters by environment, of those whose stack no facts name. */
  readonly environments: Readonly<Record<string, readonly string[]>>;
}

/** Names of props in the order in which they are written. */
const ORDER = [
  "namespace",
  "image",
  "allowMutableImage",
  "schedule",
  "timeZone",
  "overlap",
  "startWithin",
  "history",
  "suspended",
  "retries",
  "deadline",
  "endpoints",
  "ports",
  "command",
  "args",
  "workingDirectory",
  "connections",
  "env",
  "envFrom",
  "files",
  "mounts",
  "lifecycle",
  "size",
  "cpu",
  "memory",
  "ephemeralStorage",
  "gpus",
  "health",
  "replicas",
  "rollout",
  "disruptionBudget",
  "init",
  "sidecars",
  "volumes",
  "scheduling",
  "runAfter",
  "imagePullSecrets",
  "labels",
  "podAnnotations",
  "gracePeriod",
  "user",
  "transform",
];

/** The text of the program's own file. */
export function programText(program: ProgramModel, options: ProgramOptions): string {
  const rule = options.platform ? undefined : namingRule(program);
  const writer = new Writer(program, rule, options.platform ? new Map() : sharedProps(program));
  const body = writer.statements();
  const uses = (name: string): boolean =>
    body.some((line) => line.includes(name) && !line.trimStart().startsWith("//"));
  const hasTenantKept = program.kept.some(({ scope }) => scope === "tenant");
  const hasOtherKept = program.kept.some(({ scope }) => scope === "environment");
  const names = ["ExternalService", "Job", "ScheduledJob", "WebService", "Worker"].filter((name) =>
    uses(`new ${name}(`),
  );
  const values = ["Field", "Ref"].filter((name) => uses(`${name}.`));
  const hasFiles = program.files.size > 0;
  const root = options.platform ? "Application" : "Platform";
  const needsCluster = !options.platform || Object.keys(options.platform.environments).length > 0;
  const imported = [root, ...(needsCluster ? ["Cluster"] : []), "Tenant", ...names, ...values].sort(byName);
  const tenant = writer.tenant;
  const usesTenant = hasTenantKept || body.length > 0;
  const facts = options.platform?.export ?? "facts";
  return [
    `// Imported from ${options.source.replace(/\s+/g, " ")}. It is a program like any other now: change what you like.`,
    ...(hasFiles ? ['import { readFileSync } from "node:fs";', 'import { join } from "node:path";'] : []),
    importOf(imported, "flagstone"),
    ...(options.platform ? [importOf([options.platform.export], options.platform.module)] : []),
    ...(hasTenantKept || hasOtherKept ? ['import { keptObjects } from "./kept.ts";'] : []),
    ...(options.platform ? [] : ['import { facts } from "./platform.ts";']),
    "",
    ...(hasFiles
      ? [
          "/** Text of a file in the folder files. */",
          'const text = (path: string) => readFileSync(join(import.meta.dirname, "files", path), "utf8");',
          "",
        ]
      : []),
    ...rootLines(facts, options),
    "",
    `export const flagstone = ${options.platform ? "app" : "platform"}.run((environment) => {`,
    tenantLine(program, options, usesTenant ? `const ${tenant} = ` : ""),
    ...body,
    ...(hasTenantKept
      ? [
          "",
          "  // What no construct expresses stands as it was, one object in each file of the folder kept.",
          `  keptObjects(${tenant}, "kept");`,
        ]
      : []),
    ...(hasOtherKept
      ? [
          "",
          "  // Objects of the whole cluster, or of namespaces of others, as they were.",
          '  keptObjects(environment, "kept/environment");',
        ]
      : []),
    "});",
    "",
  ].join("\n");
}

function byName(a: string, b: string): number {
  return a.toLowerCase() < b.toLowerCase() ? -1 : 1;
}

function importOf(names: readonly string[], module: string): string {
  const line = `import { ${names.join(", ")} } from ${quote(module)};`;
  return line.length <= 120
    ? line
    : `import {\n${names.map((name) => `  ${name},`).join("\n")}\n} from ${quote(module)};`;
}

function rootLines(facts: string, { platform, name }: ProgramOptions): string[] {
  if (!platform) {
    return [
      "const platform = new Platform(facts, {",
      "  environments: { dev: { clusters: Cluster.fromKubeconfig() } }, // the current context of kubectl",
      "});",
    ];
  }
  const environments: CodeRecord = Object.fromEntries(
    Object.entries(platform.environments).map(([environment, clusters]) => [
      environment,
      {
        clusters:
          clusters.length === 1 && clusters[0] === "main"
            ? new Raw("Cluster.fromKubeconfig()")
            : Object.fromEntries(
                clusters.map((cluster) => [
                  cluster,
                  new Call("Cluster.fromKubeconfig", { context: `${environment}-${cluster}` }),
                ]),
              ),
      },
    ]),
  );
  const props: CodeRecord = {
    platform: new Raw(facts),
    environments: Object.keys(environments).length > 0 ? environments : undefined,
  };
  return [printCode(new Call("new Application", name, props), "const app = ", ";")];
}

function tenantLine({ tenant, facts }: ProgramModel, options: ProgramOptions, declaration: string): string {
  if (options.platform) return `  ${declaration}Tenant.fromName(environment, ${quote(tenant)});`;
  const props: CodeRecord = {
    quota: Object.keys(facts.quota).length > 0 ? { ...facts.quota } : undefined,
    podSecurity: Object.keys(facts.podSecurity).length > 0 ? { ...facts.podSecurity } : undefined,
  };
  const args: Code[] = [new Raw("environment"), tenant];
  if (Object.values(props).some((value) => value !== undefined)) args.push(props);
  return printCode(new Call("new Tenant", ...args), `  ${declaration}`, ";");
}

/** Writes the statements of a program, each after what it uses. */
class Writer {
  public readonly tenant: string;
  private readonly identifiers = new Identifiers();
  private readonly variables = new Map<string, string>();
  private readonly names: ReadonlyMap<WorkloadModel, ReturnType<typeof connectionNames>>;

  public constructor(
    private readonly program: ProgramModel,
    private readonly rule: NamingRule | undefined,
    private readonly shared: ReturnType<typeof sharedProps>,
  ) {
    this.tenant = this.identifiers.name(program.tenant);
    this.names = new Map(program.workloads.map((workload) => [workload, connectionNames(workload)]));
    const used = new Set(
      program.workloads.flatMap(({ edges, runAfter }) => [...edges.map(({ to }) => to), ...runAfter]),
    );
    for (const { id } of [...program.externals, ...program.workloads])
      if (used.has(id)) this.variables.set(id, this.identifiers.name(this.wishFor(id)));
  }

  /** What all who use it call it; else its own name. */
  private wishFor(id: string): string {
    const names = this.program.workloads.flatMap((workload) =>
      workload.edges
        .filter(({ to, endpoint }) => to === id && endpoint === undefined)
        .map((edge) => (stemOf(edge) === undefined ? id : (this.names.get(workload)?.get(edge) ?? id))),
    );
    const [first] = names;
    return first !== undefined && names.every((name) => name === first) ? first : id;
  }

  public statements(): string[] {
    const lines: string[] = [];
    const add = (statement: string, comments: readonly string[]): void => {
      const isLong = statement.includes("\n") || comments.length > 0;
      const before = lines.at(-1);
      if (before !== undefined && (isLong || before === "  });" || /\n|^ *\/\//.test(before))) lines.push("");
      lines.push(...comments.flatMap(wrapped).map((comment) => `  // ${comment}`), statement);
    };
    for (const { id, url, comments } of this.program.externals) {
      add(this.statement(id, new Call("new ExternalService", new Raw(this.tenant), id, { url })), comments);
    }
    lines.push(...this.outside(lines.length > 0));
    const { order, late } = ordered(this.program.workloads);
    for (const workload of order) add(this.statement(workload.id, this.construct(workload, late)), workload.comments);
    for (const workload of order) {
      const edges = workload.edges.filter((edge) => late.has(edge));
      if (edges.length === 0) continue;
      const record = this.connections(workload, (edge) => late.has(edge));
      add(printCode(new Call(`${this.variables.get(workload.id) ?? ""}.connect`, record), "  ", ";"), []);
    }
    return lines.length > 0 ? ["", ...lines.flatMap((line) => line.split("\n"))] : [];
  }

  /** External services that a reader has to agree to, as a comment. */
  private outside(isBehind: boolean): string[] {
    const { outside } = this.program;
    if (outside.length === 0) return [];
    const code = outside.map(({ id, url, isPrivate }) => {
      const cidrs = isPrivate ? ["<range of addresses>"] : undefined;
      const made = new Call("new ExternalService", new Raw(this.tenant), id, { url, cidrs });
      return `  // ${printCode(made, `const ${this.identifiers.name(id)} = `, ";").replaceAll("\n", "\n  // ")}`;
    });
    const why =
      "TODO: variables name these, and the workloads' policies let nothing out to them. Say those that are called, and connect to them.";
    return [...(isBehind ? [""] : []), ...wrapped(why).map((line) => `  // ${line}`), ...code];
  }

  private statement(id: string, construct: Call): string {
    const variable = this.variables.get(id);
    return printCode(construct, variable === undefined ? "  " : `  const ${variable} = `, ";");
  }

  private construct(workload: WorkloadModel, late: ReadonlySet<WorkloadModel["edges"][number]>): Call {
    const { kind, id, props, endpoints, runAfter, transform, namespace } = workload;
    // Who connects late has to be known by name.
    if (workload.edges.some((edge) => late.has(edge)) && !this.variables.has(id))
      this.variables.set(id, this.identifiers.name(id));
    const said = Object.keys(this.shared.get(kind) ?? {});
    const all: CodeRecord = {
      ...Object.fromEntries(Object.entries(props).filter(([key]) => !said.includes(key))),
      namespace,
      endpoints: kind === "WebService" ? endpointsCode(endpoints) : undefined,
      connections: nonEmpty(this.connections(workload, (edge) => !late.has(edge))),
      runAfter: runAfter.length > 0 ? runAfter.map((job) => new Raw(this.variables.get(job) ?? job)) : undefined,
      transform: nonEmpty(Object.fromEntries(Object.entries(transform).map(([child, patch]) => [child, patch]))),
    };
    const keys = [
      ...ORDER.filter((key) => all[key] !== undefined),
      ...Object.keys(all).filter((key) => !ORDER.includes(key) && all[key] !== undefined),
    ];
    const record = tidy(Object.fromEntries(keys.map((key) => [key, all[key]])));
    return new Call(`new ${kind}`, new Raw(this.tenant), id, keys.length > 2 ? new Spread(record) : record);
  }

  private connections(workload: WorkloadModel, wanted: (edge: WorkloadModel["edges"][number]) => boolean): CodeRecord {
    const names = this.names.get(workload);
    return Object.fromEntries(
      workload.edges.filter(wanted).map((edge) => {
        const name = names?.get(edge) ?? edge.to;
        return [name, connectionCode(edge, name, this.variables.get(edge.to) ?? edge.to, this.rule)];
      }),
    );
  }
}

/** Lines of a comment. */
function wrapped(comment: string): string[] {
  const lines: string[] = [];
  for (const word of comment.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < 114) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function nonEmpty(record: CodeRecord): CodeRecord | undefined {
  return Object.keys(record).length > 0 ? record : undefined;
}

/** Endpoints where they are not what a WebService has anyway. */
function endpointsCode(endpoints: ReadonlyMap<string, EndpointModel>): Code | undefined {
  const [first, ...more] = endpoints;
  const isDefault =
    first && more.length === 0 && first[0] === "http" && first[1].port === 8080 && first[1].servicePort === 8080;
  if (isDefault && first[1].protocol === "http" && first[1].entry === undefined) return undefined;
  return Object.fromEntries(
    [...endpoints].map(([name, { port, servicePort, protocol, entry }]) => [
      name,
      {
        port,
        servicePort: servicePort === port ? undefined : servicePort,
        protocol: protocol === "http" ? undefined : protocol,
        ...entry,
      },
    ]),
  );
}

/** Code without keys that say nothing. */
function tidy(record: CodeRecord): CodeRecord {
  return Object.fromEntries(
    Object.entries(record)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, isRecord(value) ? tidy(value) : value]),
  );
}

/** Workloads after those that they use; edges that close a circle are told afterwards. */
function ordered(workloads: readonly WorkloadModel[]): {
  readonly order: readonly WorkloadModel[];
  readonly late: ReadonlySet<WorkloadModel["edges"][number]>;
} {
  const byId = new Map(workloads.map((workload) => [workload.id, workload]));
  const order: WorkloadModel[] = [];
  const late = new Set<WorkloadModel["edges"][number]>();
  const state = new Map<WorkloadModel, "entered" | "done">();
  const visit = (workload: WorkloadModel): void => {
    if (state.has(workload)) return;
    state.set(workload, "entered");
    for (const job of workload.runAfter) {
      const other = byId.get(job);
      if (other) visit(other);
    }
    for (const edge of workload.edges) {
      const other = byId.get(edge.to);
      if (!other) continue;
      if (state.get(other) === "entered") late.add(edge);
      else visit(other);
    }
    state.set(workload, "done");
    order.push(workload);
  };
  for (const workload of workloads) visit(workload);
  return { order, late };
}
