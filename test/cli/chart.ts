import { expect } from "vitest";

/** A box of a chart, or what is drawn rounded. */
export interface Box {
  readonly id: string;
  readonly label: string;
  /** Ids of the boxes around it, outermost first. */
  readonly inside: readonly string[];
  readonly isRounded: boolean;
}

/** A chart as it is drawn. */
export interface Chart {
  readonly boxes: readonly Box[];
  /** As in `web → cart`, `web → cart (8080/TCP http)`; dotted arrows are `⇢`, thick ones `⇒`. */
  readonly arrows: readonly string[];
}

const LABEL = /(?:[^"#<\n]|#\w+;|<br\/>)+/.source;
const SHAPE = new RegExp(
  `^(?<subgraph>subgraph )?(?<id>[a-z]\\w*)(?:\\["(?<label>${LABEL})"\\]|\\(\\["(?<rounded>${LABEL})"\\]\\))$`,
);
const ARROW = new RegExp(
  `^(?<from>[a-z]\\w*) (?<line>-->|==>|-\\.->)(?:\\|"(?<label>${LABEL})"\\|)? (?<to>[a-z]\\w*)$`,
);
const LINES: Record<string, string> = { "-->": "→", "==>": "⇒", "-.->": "⇢" };

/** Reads a flowchart as strictly as Mermaid does the part of its language that is used here; throws on anything else. */
export function readChart(text: string): Chart {
  const [first, ...lines] = text.trimEnd().split("\n");
  expect(first).toBe("flowchart LR");
  const boxes: Box[] = [];
  const arrows: { from: string; to: string; line: string; label: string | undefined }[] = [];
  const open: string[] = [];
  for (const line of lines.map((one) => one.trim())) {
    const shape = SHAPE.exec(line)?.groups;
    const arrow = ARROW.exec(line)?.groups;
    if (shape) {
      const id = shape["id"]!;
      expect(boxes.map((box) => box.id)).not.toContain(id);
      expect(id).not.toBe("end");
      const isRounded = shape["rounded"] !== undefined;
      boxes.push({ id, label: shape["label"] ?? shape["rounded"]!, inside: [...open], isRounded });
      if (shape["subgraph"]) open.push(id);
    } else if (arrow) {
      arrows.push({ from: arrow["from"]!, to: arrow["to"]!, line: LINES[arrow["line"]!]!, label: arrow["label"] });
    } else if (line === "end" && open.length > 0) open.pop();
    else throw new Error(`Mermaid would refuse the line ${line}`);
  }
  expect(open).toEqual([]);
  const named = (id: string) => {
    const box = boxes.find((one) => one.id === id);
    if (!box) throw new Error(`an arrow names ${id}, which is no box`);
    return box;
  };
  for (const { from, to } of arrows) {
    // Mermaid refuses to draw an arrow between a box and one around it.
    expect(named(from).inside).not.toContain(to);
    expect(named(to).inside).not.toContain(from);
  }
  return {
    boxes,
    arrows: arrows.map(
      ({ from, to, line, label }) =>
        `${named(from).label} ${line} ${named(to).label}${label === undefined ? "" : ` (${label})`}`,
    ),
  };
}

/** Labels of all boxes, each after those around it. */
export function nesting({ boxes }: Chart): string[] {
  const labelOf = (id: string) => boxes.find((box) => box.id === id)!.label;
  return boxes.map(({ label, inside }) => [...inside.map(labelOf), label].join(" > "));
}
