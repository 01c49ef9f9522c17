// One measurement in a process of its own: `node case.ts <what> <shape as JSON> [folder]`. Prints the result as JSON.
import { createRequire } from "node:module";
import type { Shape } from "./shape.ts";

/** What a process says about itself. */
export interface Report {
  /** Time from the first construct to the last text, without starting and importing. */
  readonly work: number;
  /** Peak memory of the process, in bytes. */
  readonly memory: number;
  readonly objects: number;
  /** Whether Pulumi's SDK was loaded. */
  readonly pulumi: boolean;
}

const require = createRequire(import.meta.url);

/** Each imports what it needs only, and returns the work: it is what `work` counts. */
const cases: Readonly<Record<string, (shape: Shape, folder: string) => Promise<() => number>>> = {
  flagstone: async (shape) => {
    const { benchProgram } = await import("./program.ts");
    const { makeDraft } = require("../../dist/plan/make-draft.js") as typeof import("../../lib/plan/make-draft.ts");
    const { render } = require("../../dist/render/render.js") as typeof import("../../lib/render/render.ts");
    return () => {
      const draft = makeDraft(benchProgram(shape).instantiate("staging"));
      const errors = draft.findings.filter(({ severity }) => severity === "error");
      if (errors.length > 0) throw new Error(JSON.stringify(errors[0]));
      return render(draft).files.size;
    };
  },
  floor: async (shape) => {
    const { onePass } = await import("./by-hand.ts");
    return () => onePass(shape).length;
  },
  synth: async (shape, folder) => {
    const { synth } = await import("./by-hand.ts");
    return () => synth(shape, folder);
  },
};

const [, , what = "", shape = "{}", folder = ""] = process.argv;
const work = await cases[what]!(JSON.parse(shape) as Shape, folder);
const start = performance.now();
const objects = work();
const report: Report = {
  work: performance.now() - start,
  memory: process.resourceUsage().maxRSS * 1024,
  objects,
  pulumi: Object.keys(require.cache).some((file) => /node_modules\/@pulumi\//.test(file)),
};
process.stdout.write(JSON.stringify(report));
