// `npm run bench`: time and peak memory, side by side in one run. `--update-readme` writes what came out into README.md.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { toolStatus } from "../tools/status.ts";
import { helmInput, kustomizeInput } from "./inputs.ts";
import {
  measureCase,
  measureCommand,
  medianOf,
  type Outcome,
  repeat,
  type Run,
  type Subject,
  TOO_LONG,
} from "./measure.ts";
import { OBJECTS_PER_SERVICE, type Shape } from "./shape.ts";
import { type Comparison, report, type Target, updateReadme } from "./table.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SIZES = [1, 100, 1000, 5000];
const temporary = mkdtempSync(join(tmpdir(), "flagstone-bench-"));

/** A way to make the objects of a shape. */
interface Contender {
  readonly name: string;
  /** Writes what it needs, and says how it is run; or why it cannot be. */
  readonly prepare: (shape: Shape, folder: string) => (() => Promise<Run | undefined>) | string;
}

const FLAGSTONE = "Flagstone";
const FLOOR = "by hand, in one pass (the floor)";

const contenders: readonly Contender[] = [
  { name: FLAGSTONE, prepare: (shape) => () => measureCase("flagstone", shape) },
  { name: FLOOR, prepare: (shape) => () => measureCase("floor", shape) },
  { name: "by hand, `App.synth()`", prepare: (shape, folder) => () => measureCase("synth", shape, folder) },
  { name: "`helm template`", prepare: tool("helm", helmInput) },
  { name: "`kustomize build`", prepare: tool("kustomize", kustomizeInput) },
];

function tool(name: "helm" | "kustomize", write: (folder: string, shape: Shape) => string[]): Contender["prepare"] {
  return (shape, folder) => {
    const status = toolStatus(name);
    if (status.path === undefined) return `skipped: ${status.skipped}`;
    const args = write(folder, shape);
    return () => measureCommand(status.path, args);
  };
}

/** All contenders at all sizes. One that needed too long is not tried with more. */
async function compareSizes(scopes: Shape["scopes"]): Promise<Comparison> {
  const cells = new Map<string, Outcome[]>(contenders.map(({ name }) => [name, []]));
  for (const services of SIZES) {
    const subjects = contenders.map(({ name, prepare }): Subject => {
      const last = cells.get(name)?.at(-1);
      if (last && !last.runs) return { name, run: last.missing === TOO_LONG ? "–" : last.missing };
      return {
        name,
        run: prepare({ services, scopes }, join(temporary, `${name.replace(/\W/g, "")}-${scopes}-${services}`)),
      };
    });
    for (const [name, outcome] of await repeat(`${services} services, ${scopes} scopes`, subjects)) {
      cells.get(name)?.push(outcome);
    }
  }
  return { scopes, sizes: SIZES, cells };
}

/** Growth from 10,000 to 50,000 objects: the slope of a straight line between them, in logarithms. */
function slope({ cells }: Comparison): number | undefined {
  const [small, large] = (cells.get(FLAGSTONE) ?? []).slice(-2).map((outcome) => medianOf(outcome, workOf));
  return small === undefined || large === undefined
    ? undefined
    : Math.log(large / small) / Math.log(SIZES.at(-1)! / SIZES.at(-2)!);
}

function workOf(run: Run): number | undefined {
  return run.report?.work;
}

async function compareLayers(): Promise<Target> {
  const shape: Shape = { services: 100, scopes: "many", layers: 100 };
  const subjects: Subject[] = [
    { name: "edges", run: () => measureCase("flagstone", shape) },
    { name: "none", run: () => measureCase("flagstone", { ...shape, edges: false }) },
  ];
  const outcomes = await repeat("100 layers", subjects, 15);
  const [edges, none] = subjects.map(({ name }) => medianOf(outcomes.get(name), workOf));
  return {
    what: `100 layers of ${OBJECTS_PER_SERVICE} objects, more than the same objects without edges`,
    value: difference(edges, none),
    limit: 50,
    unit: "ms",
  };
}

async function compareQuickstart(): Promise<Target[]> {
  let count = 0;
  const synth = (compileCache: string, ...options: readonly string[]) => {
    const args = [join(ROOT, "dist/cli/main.js"), "synth", join(ROOT, "examples/quickstart")];
    const out = join(temporary, `quickstart-${count++}`);
    return measureCommand(process.execPath, [...options, ...args, "--out", out], { NODE_COMPILE_CACHE: compileCache });
  };
  const plain = ["--import", import.meta.resolve("cdk8s-plus-28"), "--eval", ""];
  const outcomes = await repeat(
    "quickstart",
    [
      { name: "import", run: () => measureCommand(process.execPath, plain) },
      { name: "first", run: () => synth(join(temporary, `cache-${count}`)) },
      { name: "again", run: () => synth(join(temporary, "cache")) },
    ],
    11,
  );
  const [start, first, again] = ["import", "first", "again"].map((name) =>
    medianOf(outcomes.get(name), ({ time }) => time),
  );
  const target = (when: string, time: number | undefined): Target => ({
    what: `the quickstart from command to done, ${when}, more than importing cdk8s-plus`,
    value: difference(time, start),
    limit: 500,
    unit: "ms",
  });
  const counted = await synth(join(temporary, "cache"), "--import", import.meta.resolve("./count-pulumi.ts"));
  const modules = /modules of Pulumi: (\d+)$/.exec(counted?.errors ?? "")?.[1];
  return [
    target("the first time", first),
    target("again", again),
    {
      what: "modules of Pulumi that the quickstart loads",
      value: modules === undefined ? undefined : Number(modules),
      limit: 0,
      unit: "",
    },
  ];
}

try {
  const few = await compareSizes("few");
  const many = await compareSizes("many");
  const at = SIZES.indexOf(1000);
  const [ours, floor] = [FLAGSTONE, FLOOR].map((name) => many.cells.get(name)?.[at]);
  const [time, floorTime] = [ours, floor].map((outcome) => medianOf(outcome, (run) => run.time));
  const slopes = [few, many].flatMap((comparison) => slope(comparison) ?? []);
  const targets: Target[] = [
    {
      what: "10,000 objects in 1,000 scopes, time against the floor",
      value: time === undefined || floorTime === undefined ? undefined : time / floorTime,
      limit: 1.3,
      unit: "×",
    },
    {
      what: "10,000 objects in 1,000 scopes, peak memory",
      value: megabytes(medianOf(ours, (run) => run.memory)),
      limit: 400,
      unit: "MB",
    },
    {
      what: "growth from 10,000 to 50,000 objects, log-log slope",
      value: slopes.length === 2 ? Math.max(...slopes) : undefined,
      limit: 1.1,
      unit: "",
    },
    await compareLayers(),
    ...(await compareQuickstart()),
  ];
  const text = await report([few, many], targets);
  process.stdout.write(text);
  if (process.argv.includes("--update-readme")) updateReadme(join(ROOT, "README.md"), text);
} finally {
  rmSync(temporary, { recursive: true, force: true });
}

function difference(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a - b;
}

function megabytes(bytes: number | undefined): number | undefined {
  return bytes === undefined ? undefined : bytes / 1e6;
}
