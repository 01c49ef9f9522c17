import { basename } from "node:path";
import { describe, expect, test } from "vitest";
import { brokenLinks, filesIn, guideBlocks, guides, markdownFiles, read } from "./markdown.ts";

describe.each(markdownFiles)("%s", (file) => {
  test("links to files and headings that are there", () => {
    expect(brokenLinks(file)).toEqual([]);
  });
});

describe("README.md", () => {
  test("shows the quickstart as it is", () => {
    const first = guideBlocks.find(({ file, language }) => file === "README.md" && language === "ts");
    expect(first?.text).toBe(read("examples/quickstart/index.ts"));
  });

  test("leads to every guide", () => {
    const missing = guides.filter((file) => file.startsWith("docs/") && !read("README.md").includes(`](${file})`));
    expect(missing).toEqual([]);
  });

  test("names every command", () => {
    const commands = filesIn("lib/cli/commands", ".ts").map((file) => basename(file, ".ts"));
    expect(commands.length).toBeGreaterThan(0);
    expect(commands.filter((name) => !read("README.md").includes(`| \`flagstone ${name} `))).toEqual([]);
  });

  test("leaves a place for what the bench measures", () => {
    expect(read("README.md")).toMatch(/<!-- bench:start -->[\s\S]*<!-- bench:end -->/);
  });
});
