import type { Exception } from "./findings.ts";

/** Rules of scanners that our output does not follow, each with the reason. An entry that nothing needs fails the tests. */
export const exceptions: readonly Exception[] = [];
