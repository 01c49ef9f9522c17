import { isMap, type Json } from "./json";
import type { FieldReport } from "./report";

type Path = readonly (string | number)[];

/** Says what became of fields. */
export interface FieldMarks {
  /** The field, with all below it, is said by the program. */
  expressed(...path: Path): void;
  /** The field is said otherwise; `rule` says how. */
  changed(path: Path, rule: string): void;
  /** The field is not said. */
  lost(path: Path, reason: string): void;
}

/** Accounts for every field of an input: what nobody marks is reported as unknown, so that nothing is lost in silence. */
export class Fields implements FieldMarks {
  private readonly marks = new Map<string, Omit<FieldReport, "path">>();

  public constructor(
    private readonly document: Json,
    private readonly prefix = "",
  ) {}

  public expressed(...path: Path): void {
    this.mark(path, { fate: "expressed" });
  }

  public changed(path: Path, rule: string): void {
    this.mark(path, { fate: "changed", note: rule });
  }

  public lost(path: Path, reason: string): void {
    this.mark(path, { fate: "not-expressible", note: reason });
  }

  /** The same for a part of the document. */
  public below(...prefix: Path): FieldMarks {
    return {
      expressed: (...path) => this.expressed(...prefix, ...path),
      changed: (path, rule) => this.changed([...prefix, ...path], rule),
      lost: (path, reason) => this.lost([...prefix, ...path], reason),
    };
  }

  private mark(path: Path, mark: Omit<FieldReport, "path">): void {
    this.marks.set(keyOf(path), mark);
  }

  /** Every field with what became of it. */
  public report(): FieldReport[] {
    return leafPaths(this.document).map((path) => ({ path: `${this.prefix}${path.join(".")}`, ...this.markOf(path) }));
  }

  /** The mark of the field, or of the nearest part that it is in. */
  private markOf(path: Path): Omit<FieldReport, "path"> {
    for (let length = path.length; length > 0; length--) {
      const found = this.marks.get(keyOf(path.slice(0, length)));
      if (found) return found;
    }
    return { fate: "not-expressible", note: "the field is not known" };
  }
}

function keyOf(path: Path): string {
  return path.join("\u0000");
}

function leafPaths(value: Json, path: Path = []): Path[] {
  const children: [string | number, Json][] = Array.isArray(value)
    ? value.map((item, i) => [i, item])
    : isMap(value)
      ? Object.entries(value)
      : [];
  return children.length === 0 ? [path] : children.flatMap(([key, item]) => leafPaths(item, [...path, key]));
}
