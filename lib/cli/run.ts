import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { FlagstoneError } from "../core/errors";
import type { GraphOptions } from "./commands/graph";
import type { ImportOptions } from "./commands/import";
import type { RunJobOptions } from "./commands/run-job";
import type { SynthOptions } from "./commands/synth";
import type { WhoCanOptions } from "./commands/who-can";
import { guardProcess } from "./guard";
import type { LoadOptions } from "./load-program";
import { claimStdout, complain, displayPath, print, printJson, style } from "./output";
import { isUsers, programError, ProgramError } from "./program-error";
import { UsageError } from "./usage-error";

const PROGRAMS = "files or folders of programs, found as Pulumi finds them (default: the working directory)";

const NOTES = `Exit codes: 0 done; 1 the program has errors, which go to standard error;
2 the command was typed wrong, or there is no program.
Color is used on a terminal only; NO_COLOR and FORCE_COLOR are respected.`;

/**
 * Runs the command line.
 *
 * @returns the exit code: 0 done, 1 the program has errors, 2 the command was typed wrong or there is no program
 */
export async function run(args: readonly string[]): Promise<number> {
  let code = 0;
  const finish = (result: number): void => {
    code = result;
  };
  const isJson = args.includes("--json");
  const fail = (thrown: unknown): number => failure(thrown, isJson);
  const guard = guardProcess(fail);
  claimStdout();
  try {
    await cli(finish).parseAsync(args, { from: "user" });
    return code;
  } catch (thrown) {
    return fail(thrown);
  } finally {
    guard.done();
  }
}

function cli(finish: (code: number) => void): Command {
  const command = new Command("flagstone")
    .description(
      "Reads programs that declare internal developer platforms: renders, plans and explains them. Deploying is Pulumi's: pulumi up.",
    )
    .version(version(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand("help [command]", "print help for a command")
    .showSuggestionAfterError()
    .configureHelp({ subcommandTerm: (subcommand) => subcommand.name() })
    .addHelpText("after", `\n${NOTES}`)
    .configureOutput({ writeOut: (text) => print(text.trimEnd()) })
    .exitOverride();
  // Each command loads its own code, so that a short one starts fast.
  reading(command, "synth", "render programs as YAML, one file for each object")
    .option("-o, --out <folder>", "folder to render to", "rendered")
    .option("--outputs <file>", 'outputs of the stack, written by "pulumi stack output --json", to fill in')
    .action(async (paths: string[], options: SynthOptions) =>
      finish(await (await import("./commands/synth.js")).synth(paths, options)),
    );
  reading(command, "plan", "print everything that programs declare, in the order in which it comes to life").action(
    async (paths: string[], options: LoadOptions) =>
      finish(await (await import("./commands/plan.js")).plan(paths, options)),
  );
  reading(command, "tree", "print the tree of constructs, and what became of each").action(
    async (paths: string[], options: LoadOptions) =>
      finish(await (await import("./commands/tree.js")).tree(paths, options)),
  );
  reading(command, "explain", "explain a construct: where each value comes from, and what became of it", {
    path: "path of a construct, or its end, as in shop/checkout",
  }).action(async (path: string, paths: string[], options: LoadOptions) =>
    finish(await (await import("./commands/explain.js")).explain(path, paths, options)),
  );
  reading(
    command,
    "graph",
    "print constructs, their connections and what they wait for, as a Mermaid flowchart; or who can reach whom",
  )
    .option("--network", "who can reach whom, by the NetworkPolicies of all programs that are named")
    .action(async (paths: string[], options: GraphOptions) =>
      finish(await (await import("./commands/graph.js")).graph(paths, options)),
    );
  reading(command, "who-can", "print who may do something, and by which binding", {
    verb: "as in get or create",
    object:
      "a resource with its API group, and an object of it or a subresource, as in pods, deployments.apps/checkout, pods/log",
  })
    .option("-n, --namespace <name>", "only in this namespace (default: in each)")
    .option("--cluster <name>", "only in this cluster (default: in each)")
    .option("--subresource <name>", "part of the object, where the name after the slash is an object's")
    .action(async (verb: string, object: string, paths: string[], options: WhoCanOptions) =>
      finish(await (await import("./commands/who-can.js")).whoCan(verb, object, paths, options)),
    );
  reading(command, "what-can", "print what a group may do in each namespace", {
    group: "as bindings or programs name it, as in oidc:shop or group:shop",
  }).action(async (group: string, paths: string[], options: LoadOptions) =>
    finish(await (await import("./commands/what-can.js")).whatCan(group, paths, options)),
  );
  reading(command, "offboard", "print what is lost when a tenant goes, and in which steps it goes; change nothing", {
    tenant: "name of the tenant",
  }).action(async (tenant: string, paths: string[], options: LoadOptions) =>
    finish(await (await import("./commands/offboard.js")).offboard(tenant, paths, options)),
  );
  reading(command, "run-job", "run a deployed ScheduledJob once, now, by kubectl, and wait for its end", {
    job: "path of a ScheduledJob, or its end, as in shop/dunning",
  })
    .option("--cluster <name>", "the cluster, where it is on several")
    .option("--context <name>", "a context of your own kubeconfig, instead of what the program says")
    .option("--dry-run", "print the command, and run nothing")
    .option("--no-wait", "end as soon as the run was made")
    .action(async (job: string, paths: string[], options: RunJobOptions) =>
      finish(await (await import("./commands/run-job.js")).runJob(job, paths, options)),
    );
  command
    .command("import")
    .description(
      "write a program from manifests of Kubernetes, a score.yaml or a Compose file, and prove that it renders the same",
    )
    .argument("<paths...>", "files or folders, or - for standard input, as from helm template")
    .option("--from <kind>", "kubernetes, score or compose (default: found out)")
    .option("--tenant <name>", "tenant that it is for (default: the namespace, the release or the folder)")
    .option("-n, --namespace <name>", "namespace of objects that name none (default: the tenant's)")
    .option("--platform <module#export>", "facts of a platform that is there (default: some are written)")
    .option("-o, --out <folder>", "folder to write to", "imported")
    .option("--force", "write over what is there")
    .option("--json", "print JSON")
    .action(async (paths: string[], options: ImportOptions) =>
      finish(await (await import("./commands/import.js")).importCommand(paths, options)),
    );
  return command;
}

function reading(
  parent: Command,
  name: string,
  description: string,
  args: Readonly<Record<string, string>> = {},
): Command {
  const command = parent.command(name).description(description);
  for (const [argument, meaning] of Object.entries(args)) command.argument(`<${argument}>`, meaning);
  return command
    .argument("[programs...]", PROGRAMS)
    .option(
      "-e, --environment <name>",
      "only this environment or preview; repeat it, or separate names by commas",
      collect,
    )
    .option("--json", "print JSON");
}

function collect(value: string, before: readonly string[] | undefined): string[] {
  return [
    ...(before ?? []),
    ...value
      .split(",")
      .map((name) => name.trim())
      .filter(Boolean),
  ];
}

function version(): string {
  const manifest = readFileSync(join(__dirname, "..", "..", "package.json"), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}

/** Says what went wrong; who asked for JSON gets it as that, too. */
function failure(thrown: unknown, isJson: boolean): number {
  if (thrown instanceof CommanderError) {
    if (thrown.exitCode === 0) return 0;
    if (isJson) printJson({ error: thrown.message.replace(/^error: /, "") });
    return 2;
  }
  const text = textOf(thrown);
  if (isJson) printJson({ error: text });
  complain(`${style("red", "error", process.stderr)}: ${text}`);
  return thrown instanceof UsageError ? 2 : 1;
}

/** A mistake of ours comes with its stack, to be reported. */
function textOf(thrown: unknown): string {
  if (thrown instanceof UsageError || thrown instanceof ProgramError) return thrown.message;
  if (thrown instanceof FlagstoneError || isUsers(thrown)) return programError("the program", thrown).message;
  if (isSystemError(thrown)) return systemText(thrown);
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}

function isSystemError(thrown: unknown): thrown is NodeJS.ErrnoException {
  return thrown instanceof Error && "syscall" in thrown && "errno" in thrown;
}

/** A full disk or a file that is in the way is nobody's mistake: `cannot mkdir rendered: file already exists`. */
function systemText({ message, syscall, path }: NodeJS.ErrnoException): string {
  const reason = /^[A-Z0-9]+: ([^,]+)/.exec(message)?.[1] ?? message;
  return `cannot ${syscall}${path === undefined ? "" : ` ${displayPath(path)}`}: ${reason}`;
}
