// What the guides show of an import is what it writes.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { FIELD_RULES } from "../../lib/import/field-rules.ts";
import { importText, root } from "./imported.ts";

const GUIDES = { "from-helm": "portal.yaml", "from-compose": "compose.yaml", "from-score": "score.yaml" };

const guideOf = (name: string): string => readFileSync(join(root, `docs/${name}.md`), "utf8");
const blocksOf = (guide: string, language: string): string[] =>
  [...guide.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map(([, text]) => text!);

describe.each(Object.entries(GUIDES))("the guide %s", (name, input) => {
  const guide = guideOf(name);
  const [yaml = ""] = blocksOf(guide, "yaml");
  const [index, platform = ""] = blocksOf(guide, "ts");

  test("shows what is written", async () => {
    expect(yaml).toMatch(new RegExp(`^# ${input}\n`));
    const imported = await importText({ [input]: yaml }, { tenant: "shop" });
    expect(imported.text).toBe(index);
    const withoutFirstLine = (text: string): string => text.slice(text.indexOf("\n"));
    expect(withoutFirstLine(imported.read("platform.ts"))).toBe(withoutFirstLine(platform));
    expect(imported.report.unexplained).toEqual([]);
  });
});

test("rules for fields are in the guides, each with its sentence", () => {
  const all = Object.keys(GUIDES).map(guideOf).join("\n").replace(/\s+/g, " ");
  for (const [rule, sentence] of Object.entries(FIELD_RULES))
    expect(all, rule).toContain(`| \`${rule}\` | ${sentence} |`);
});
