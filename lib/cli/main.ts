#!/usr/bin/env node
import { enableCompileCache } from "node:module";

const OLDEST = [22, 18];

/** Older versions cannot run TypeScript as it is. */
function isTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST;
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
}

if (isTooOld(process.versions.node)) {
  process.stderr.write(
    `error: flagstone needs Node ${OLDEST.join(".")} or newer, and this is ${process.versions.node}\n`,
  );
  process.exitCode = 2;
} else {
  // Loading is most of what a short command does.
  enableCompileCache();
  // Required only now, so that the cache serves it.
  const { run } = require("./run") as typeof import("./run");
  const { flushed } = require("./output") as typeof import("./output");
  void run(process.argv.slice(2)).then(async (code) => {
    await flushed();
    // A program may have left timers and connections open, which nobody waits for.
    process.exit(code);
  });
}
