// Deploys an example with Pulumi to the current context of kubectl, and takes it away again. State stays in this checkout.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const EXAMPLES = {
  quickstart: ["quickstart"],
  acme: ["acme/platform", "acme/payments", "acme/shop"],
};
const USAGE = `usage: npm run up [-- [destroy] [quickstart | acme] [<flags of pulumi>]]

Deploys an example, quickstart unless told otherwise, as stack "dev" to the current context of kubectl; "destroy" takes it away
again. Everything else is passed on to pulumi, as in

  npm run up -- --yes
  npm run up -- destroy --yes
  npm run up -- acme --yes

Pulumi's state is kept in .pulumi-state; no account is needed. The images of acme are made up: its Deployments become ready
only on a cluster that does not run them, such as one with kwok's nodes.
`;
const LAUNCHER = "pulumi@3";
const INSTALL = `there is no pulumi: install it as https://www.pulumi.com/docs/install/ says, or let npm fetch it (npx ${LAUNCHER} version)`;
const STACK = "dev";

const examples = fileURLToPath(new URL(".", import.meta.url));
const state = join(examples, "..", ".pulumi-state");

process.exitCode = main(process.argv.slice(2));

function main(args) {
  if (args.includes("--help") || args.includes("-h")) {
    process.stdout.write(USAGE);
    return 0;
  }
  const [command, afterCommand] = take(args, ["up", "destroy"]);
  const [example, flags] = take(afterCommand, Object.keys(EXAMPLES));

  const context = currentContext();
  if (context === undefined) {
    return fail("kubectl has no current context: choose one (kubectl config use-context …), or set KUBECONFIG");
  }
  const pulumi = findPulumi();
  if (pulumi === undefined) return fail(INSTALL);
  process.stdout.write(
    `pulumi ${command} of ${EXAMPLES[example].map((folder) => `examples/${folder}`).join(", ")}, cluster context: ${context}\n`,
  );

  // Says where state is without `pulumi login`, which would change that for all of the user's projects.
  const env = {
    ...process.env,
    PULUMI_BACKEND_URL: pathToFileURL(makeState()).href,
    PULUMI_CONFIG_PASSPHRASE: process.env.PULUMI_CONFIG_PASSPHRASE ?? "",
  };
  const programs = EXAMPLES[example].map((folder) => join(examples, folder));
  if (command === "destroy") programs.reverse();
  for (const cwd of programs) {
    const run = (...given) => spawnSync(pulumi[0], [...pulumi.slice(1), ...given], { cwd, env, stdio: "inherit" });
    const steps = [
      ["stack", "select", STACK, "--create"],
      [command, "--stack", STACK, ...flags],
    ];
    for (const step of steps) {
      const { status, error } = run(...step);
      if (error) return fail(`${pulumi.join(" ")}: ${error.message}`);
      if (status !== 0) return status ?? 1;
    }
  }
  return 0;
}

/** The first argument when it is one of `words`, else the first of those; and the other arguments. */
function take(args, words) {
  const [first, ...rest] = args;
  return words.includes(first) ? [first, rest] : [words[0], args];
}

/** The command line of a real pulumi: one on PATH, else npm's launcher, which fetches it. */
function findPulumi() {
  const names = process.platform === "win32" ? ["pulumi.exe", "pulumi.cmd"] : ["pulumi"];
  const folders = (process.env.PATH ?? "")
    .split(delimiter)
    // npm puts these first, and a launcher there would hide the real one.
    .filter((folder) => folder !== "" && !folder.split(sep).includes("node_modules"));
  const found = folders.flatMap((folder) => names.map((name) => join(folder, name))).find(isFile);
  if (found !== undefined) return [found];
  const launcher = ["npx", "--yes", LAUNCHER];
  const { status } = spawnSync(launcher[0], [...launcher.slice(1), "version"], { stdio: "ignore" });
  return status === 0 ? launcher : undefined;
}

/** The current context as kubectl finds it: the first file that names one. */
function currentContext() {
  const files = process.env.KUBECONFIG ? process.env.KUBECONFIG.split(delimiter) : [join(homedir(), ".kube", "config")];
  for (const file of files.filter((path) => path !== "" && isFile(path))) {
    const [, context] =
      /(?:^|[{,])\s*"?current-context"?\s*:\s*["']?([^"',\s}]+)/m.exec(readFileSync(file, "utf8")) ?? [];
    if (context !== undefined) return context;
  }
  return undefined;
}

/** The folder for Pulumi's state, which git ignores. */
function makeState() {
  mkdirSync(state, { recursive: true });
  const ignore = join(state, ".gitignore");
  if (!existsSync(ignore)) writeFileSync(ignore, "*\n");
  return state;
}

function isFile(path) {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function fail(message) {
  process.stderr.write(`error: ${message}\n`);
  return 1;
}
