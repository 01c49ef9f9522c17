// Builds and installs what tests run against: a Kubernetes control plane, definitions of custom resources, scanners, and
// tools to compare speed with. They land in a cache outside the checkout; `status.json` there says what is to be had and
// why the rest is not. Versions are pinned by go/*/go.mod and requirements.txt, and nowhere else. Plain JavaScript, so any
// Node >= 20 runs it.
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const here = import.meta.dirname ?? new URL(".", import.meta.url).pathname;
const cache = process.env.FLAGSTONE_TOOLS ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "flagstone");
const bin = join(cache, "bin");
const statusFile = join(cache, "status.json");
const started = Date.now();

/** The Go programs: where each is built, what, and which module of that go.mod gives it its version (none: our own). */
const kubernetes = "k8s.io/kubernetes";
const programs = {
  etcd: { from: "kubernetes", main: "go.etcd.io/etcd/server/v3", module: "go.etcd.io/etcd/server/v3" },
  "kube-apiserver": { from: "kubernetes", main: `${kubernetes}/cmd/kube-apiserver`, module: kubernetes },
  "kube-controller-manager": {
    from: "kubernetes",
    main: `${kubernetes}/cmd/kube-controller-manager`,
    module: kubernetes,
  },
  kubectl: { from: "kubernetes", main: `${kubernetes}/cmd/kubectl`, module: kubernetes },
  "kube-scheduler": { from: "kubernetes", main: `${kubernetes}/cmd/kube-scheduler`, module: kubernetes },
  kwok: { from: "kubernetes", main: "sigs.k8s.io/kwok/cmd/kwok", module: "sigs.k8s.io/kwok" },
  helm: { from: "kubernetes", main: "helm.sh/helm/v3/cmd/helm", module: "helm.sh/helm/v3" },
  kustomize: {
    from: "kubernetes",
    main: "sigs.k8s.io/kustomize/kustomize/v5",
    module: "sigs.k8s.io/kustomize/kustomize/v5",
  },
  "pod-security": { from: "kubernetes", main: "./pod-security", module: kubernetes },
  "yaml-to-json": { from: "kubernetes", main: "./yaml-to-json", module: "sigs.k8s.io/yaml" },
  "kube-score": {
    from: "kube-score",
    main: "github.com/zegl/kube-score/cmd/kube-score",
    module: "github.com/zegl/kube-score",
  },
};

/** Definitions of custom resources, one file each: the module of go/definitions that has them, in which folder, and which. */
const definitions = {
  "gateway-api": { module: "sigs.k8s.io/gateway-api", folder: "config/crd/standard", files: /^gateway\..*\.yaml$/ },
  "external-secrets": {
    module: "github.com/external-secrets/external-secrets",
    folder: "config/crds/bases",
    files: /^external-secrets\.io_externalsecrets\.yaml$/,
  },
  cilium: {
    module: "github.com/cilium/cilium",
    folder: "pkg/k8s/apis/cilium.io/client/crds/v2",
    files: /^ciliumnetworkpolicies\.yaml$/,
  },
  keda: { module: "github.com/kedacore/keda/v2", folder: "config/crd/bases", files: /^keda\.sh_scaledobjects\.yaml$/ },
  "vertical-pod-autoscaler": {
    module: "k8s.io/autoscaler/vertical-pod-autoscaler",
    folder: "deploy",
    files: /^vpa-v1-crd-gen\.yaml$/,
  },
};

// What kwok makes of nodes, pods and volumes: folders of its module, joined into one file. Without stages kwok exits.
const stageFolders = ["node/fast", "node/heartbeat-with-lease", "pod/fast", "volume/fast"];

const say = (text) => console.log(`[tools] ${text}`);
const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;
const hash = (...parts) => createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 16);

/** Runs a command; on failure throws its last lines, which are what a reader wants to see. */
function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let errors = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (errors += chunk));
    child.on("error", (error) => reject(new Error(`${command} could not be started: ${error.message}`)));
    child.on("close", (code) => {
      if (code === 0) resolve(output);
      else
        reject(
          new Error(`${command} exited with ${code}: ${(errors || output).trim().split("\n").slice(-3).join(" | ")}`),
        );
    });
  });
}

/** What a build depends on: the pinned versions, and for our own programs their sources. */
function goInputs(program) {
  const folder = join(here, "go", program.from);
  const ours = program.main.startsWith("./");
  return sources(folder).filter(([path]) => ours || path.endsWith("/go.mod") || path.endsWith("/go.sum"));
}

function sources(folder) {
  const found = [];
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...sources(path));
    else found.push([path.slice(here.length), readFileSync(path, "utf8")]);
  }
  return found;
}

function moduleVersion(from, module) {
  const text = readFileSync(join(here, "go", from, "go.mod"), "utf8");
  const line = text.split("\n").find((each) =>
    each
      .trim()
      .replace(/^require /, "")
      .startsWith(`${module} v`),
  );
  if (line === undefined) throw new Error(`${module} is not required by test/tools/go/${from}/go.mod`);
  return line
    .trim()
    .replace(/^require /, "")
    .split(" ")[1];
}

/** kube-apiserver reads its own version to decide which features are on; a build outside its repository has none. */
function linkerFlags(program) {
  if (program.module !== kubernetes) return "-s -w";
  const version = moduleVersion(program.from, kubernetes);
  const [major, minor] = version.slice(1).split(".");
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor, gitTreeState: "clean" };
  const set = Object.entries(values).flatMap(([name, value]) =>
    ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"].map((path) => `-X ${path}.${name}=${value}`),
  );
  return ["-s -w", ...set].join(" ");
}

// -mod=readonly: the committed go.sum decides. No cgo: nothing here needs it, and it asks for a C compiler.
const goEnvironment = { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-mod=readonly", GOWORK: "off" };

async function buildProgram(name, program) {
  const folder = join(here, "go", program.from);
  const target = join(bin, name);
  await run(
    "go",
    [
      "build",
      "-p",
      "2",
      "-trimpath",
      "-buildvcs=false",
      "-ldflags",
      linkerFlags(program),
      "-o",
      `${target}.new`,
      program.main,
    ],
    { cwd: folder, env: goEnvironment },
  );
  chmodSync(`${target}.new`, 0o755);
  renameSync(`${target}.new`, target); // a program that runs meanwhile keeps its old file
  return target;
}

async function gatherStages() {
  const module = "sigs.k8s.io/kwok";
  const folder = (
    await run("go", ["list", "-m", "-f", "{{.Dir}}", module], {
      cwd: join(here, "go", "kubernetes"),
      env: goEnvironment,
    })
  ).trim();
  const documents = stageFolders.flatMap((name) => {
    const from = join(folder, "kustomize", "stage", name);
    return readdirSync(from)
      .filter((file) => file.endsWith(".yaml"))
      .map((file) => readFileSync(join(from, file), "utf8"))
      .filter((text) => /^kind: Stage$/m.test(text));
  });
  const target = join(cache, "kwok-stages.yaml");
  writeFileSync(target, documents.join("\n---\n"));
  return target;
}

async function gatherDefinitions(name, { module, folder, files }) {
  const options = { cwd: join(here, "go", "definitions"), env: goEnvironment };
  const downloaded = JSON.parse(await run("go", ["mod", "download", "-json", module], options));
  const from = join(downloaded.Dir, folder);
  const target = join(cache, "definitions", name);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const found = readdirSync(from).filter((file) => files.test(file));
  for (const file of found) {
    const text = readFileSync(join(from, file), "utf8");
    if (/^kind: CustomResourceDefinition$/m.test(text)) writeFileSync(join(target, file), text);
  }
  if (readdirSync(target).length === 0) throw new Error(`${module} has no definitions in ${folder}`);
  return target;
}

async function installCheckov() {
  const environment = join(cache, "checkov");
  rmSync(environment, { recursive: true, force: true });
  await run("python3", ["-m", "venv", environment]);
  const options = ["--quiet", "--disable-pip-version-check", "--only-binary", ":all:"];
  await run(join(environment, "bin", "pip"), ["install", ...options, "-r", join(here, "requirements.txt")]);
  return join(environment, "bin", "checkov");
}

/** One step per tool: what its result depends on, and how it is made. */
function steps() {
  const goVersion = commandVersion("go", ["env", "GOVERSION"]);
  const needGo = goVersion ? undefined : "go is not on the PATH: install Go 1.26 or newer";
  const python = commandVersion("python3", ["--version"]);
  const go = Object.entries(programs).map(([name, program]) => ({
    name,
    version: moduleVersion(program.from, program.module),
    inputs: hash(program, goInputs(program), linkerFlags(program)),
    missing: needGo,
    make: () => buildProgram(name, program),
  }));
  const stages = {
    name: "kwok-stages",
    version: moduleVersion("kubernetes", "sigs.k8s.io/kwok"),
    inputs: hash(stageFolders, moduleVersion("kubernetes", "sigs.k8s.io/kwok")),
    missing: needGo,
    make: gatherStages,
  };
  const gathered = Object.entries(definitions).map(([name, definition]) => ({
    name,
    version: moduleVersion("definitions", definition.module),
    inputs: hash(String(definition.files), definition, sources(join(here, "go", "definitions"))),
    missing: needGo,
    make: () => gatherDefinitions(name, definition),
  }));
  const requirements = readFileSync(join(here, "requirements.txt"), "utf8");
  const checkov = {
    name: "checkov",
    version: /^checkov==(.+)$/m.exec(requirements)[1],
    inputs: hash(requirements, python),
    missing: python ? undefined : "python3 is not on the PATH",
    make: installCheckov,
  };
  return { go: [...go, stages, ...gathered], python: [checkov] };
}

function commandVersion(command, args) {
  try {
    return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return undefined;
  }
}

function readStatus() {
  try {
    return JSON.parse(readFileSync(statusFile, "utf8"));
  } catch {
    return {};
  }
}

function writeStatus(status) {
  writeFileSync(`${statusFile}.new`, `${JSON.stringify(status, null, 2)}\n`);
  renameSync(`${statusFile}.new`, statusFile);
}

/** Two installs at once would build everything twice, slowly; the second waits for the first. */
async function lock() {
  const file = join(cache, "install.lock");
  for (let waited = false; ; waited = true) {
    try {
      writeFileSync(file, String(process.pid), { flag: "wx" });
      process.on("exit", () => rmSync(file, { force: true }));
      for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));
      return;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    const owner = Number(existsSync(file) ? readFileSync(file, "utf8") : 0);
    try {
      process.kill(owner || process.pid, 0);
    } catch {
      rmSync(file, { force: true }); // whoever held it is gone
      continue;
    }
    if (!waited) say(`waiting for another install (process ${owner})`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function install() {
  mkdirSync(bin, { recursive: true });
  await lock();
  const status = readStatus();
  const perform = async (list) => {
    for (const step of list) {
      const before = status[step.name];
      if (before?.path && before.inputs === step.inputs && existsSync(before.path)) continue;
      const since = Date.now();
      try {
        if (step.missing) throw new Error(step.missing);
        say(`${step.name} ${step.version}: installing`);
        status[step.name] = { path: await step.make(), version: step.version, inputs: step.inputs };
        say(`${step.name} ${step.version}: done in ${seconds(since)}`);
      } catch (error) {
        status[step.name] = { skipped: error.message };
        say(`${step.name} ${step.version}: SKIPPED, tests that need it will be skipped: ${error.message}`);
      }
      writeStatus(status);
    }
  };
  const { go, python } = steps();
  await Promise.all([perform(go), perform(python)]); // pip waits for the network while Go keeps the cores busy
  const names = [...go, ...python].map((step) => step.name);
  for (const name of Object.keys(status)) if (!names.includes(name)) delete status[name];
  writeStatus(status);
  const skipped = names.filter((name) => status[name].skipped);
  say(`${names.length - skipped.length} of ${names.length} tools are in ${cache} (${seconds(started)})`);
  if (skipped.length) say(`not there: ${skipped.join(", ")}`);
}

await install();
