/** A text file of the machine. */
export interface SourceFile {
  /** Its path below what was asked for; empty where that is the file itself. */
  readonly path: string;
  readonly text: string;
  readonly isExecutable: boolean;
}

/** Reads what another file names, by its path relative to that: a file or a small folder; undefined where it is neither, or no text. */
export type FileReader = (from: string, path: string) => readonly SourceFile[] | undefined;

/** The text of one file. */
export function readText(readFile: FileReader | undefined, from: string, path: string): string | undefined {
  const [only, ...more] = readFile?.(from, path) ?? [];
  return only?.path === "" && more.length === 0 ? only.text : undefined;
}
