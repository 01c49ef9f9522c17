// Imports fixtures, and manifests that tests write, into folders of their own.
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";
import { type ImportOptions, runImport } from "../../lib/cli/commands/import.ts";
import type { ImportReport } from "../../lib/import/report.ts";

export const root = join(import.meta.dirname, "../..");
export const fixture = (path: string): string => join(import.meta.dirname, "fixtures", path);

// Outside of node_modules, where stack traces would not be taken for the user's.
const temporary = realpathSync(mkdtempSync(join(tmpdir(), "flagstone-import-")));
symlinkSync(join(root, "node_modules"), join(temporary, "node_modules"));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));
let count = 0;

/** An import, and what it wrote. */
export interface Imported {
  readonly report: ImportReport;
  readonly folder: string;
  /** Text of a file that was written. */
  readonly read: (path: string) => string;
  /** The program's own file. */
  readonly text: string;
}

/** Imports files or folders. */
export async function importPaths(paths: readonly string[], options: Partial<ImportOptions> = {}): Promise<Imported> {
  const out = join(temporary, `out-${++count}`);
  const report = await runImport(paths, { out, ...options });
  const read = (path: string): string => readFileSync(join(out, path), "utf8");
  return { report, folder: out, read, text: read("index.ts") };
}

/** Imports what a test writes: text by path; the first file is what is imported. */
export async function importText(
  files: string | Readonly<Record<string, string>>,
  options: Partial<ImportOptions> = {},
): Promise<Imported> {
  const all = typeof files === "string" ? { "shop.yaml": files } : files;
  const folder = join(temporary, `in-${++count}`);
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return await importPaths([join(folder, Object.keys(all)[0]!)], options);
}

/** The same program in another folder: Node loads a file once. */
export function copyOf(folder: string): string {
  const copy = join(temporary, `copy-${++count}`);
  cpSync(folder, copy, { recursive: true });
  return copy;
}

/** What became of a field of a Score or Compose file. */
export function fieldOf({ report }: Imported, path: string): string | undefined {
  const found = report.fields.find((field) => field.path === path);
  return found && [found.fate, found.note].filter(Boolean).join(": ");
}

/** A Deployment with a Service, as manifests say them; `pod` is merged into the spec of its pods, `container` into the only one. */
export function deployment(
  name: string,
  {
    pod = {},
    container = {},
    spec = {},
    labels = {},
  }: Partial<Record<"pod" | "container" | "spec" | "labels", object>> = {},
): object {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: {
      selector: { matchLabels: { app: name } },
      ...spec,
      template: {
        metadata: { labels: { app: name, ...labels } },
        spec: { containers: [{ name, image: `registry.acme.example/shop/${name}:1.0.0`, ...container }], ...pod },
      },
    },
  };
}

export function service(name: string, port = 8080, more: object = {}): object {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name },
    spec: { selector: { app: name }, ports: [{ name: "http", port }], ...more },
  };
}

/** Objects as one text. */
export function manifests(...objects: readonly object[]): string {
  return objects.map((object) => JSON.stringify(object)).join("\n---\n");
}
