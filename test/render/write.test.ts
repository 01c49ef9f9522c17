import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { FlagstoneError } from "flagstone";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { writeFiles } from "../../lib/render/write";

/** A disk that runs full while one file is written. */
const disk = vi.hoisted(() => ({ fullAt: undefined as string | undefined }));
vi.mock("node:fs/promises", async (load) => {
  const fs = await load<typeof import("node:fs/promises")>();
  const writeFile = async (path: string, text: string): Promise<void> => {
    const isFull = disk.fullAt !== undefined && path.includes(disk.fullAt);
    await fs.writeFile(path, isFull ? text.slice(0, 1) : text);
    if (isFull) throw new Error("ENOSPC: no space left on device");
  };
  return { ...fs, writeFile };
});

let out: string;
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), "write-"));
});
afterEach(() => {
  rmSync(out, { recursive: true, force: true });
});

type Texts = Readonly<Record<string, string>>;
const write = (texts: Texts, program = "shop") =>
  writeFiles(out, program, new Map([["dev", new Map(Object.entries(texts))]]), () => true);
const foreign = (path: string, text = "by hand\n") => {
  mkdirSync(dirname(join(out, path)), { recursive: true });
  writeFileSync(join(out, path), text);
};

/** All files of the folder but the manifests, with their texts. */
function files(): Texts {
  const paths = readdirSync(out, { recursive: true, encoding: "utf8" })
    .filter((path) => !path.startsWith(".flagstone") && statSync(join(out, path)).isFile())
    .sort();
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(out, path), "utf8")]));
}
const temporary = () => readdirSync(out, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".tmp"));
const manifest = (program: string): unknown =>
  JSON.parse(readFileSync(join(out, ".flagstone", `${program}.json`), "utf8"));

async function findingsOf(writing: Promise<unknown>): Promise<string[]> {
  const error: unknown = await writing.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(FlagstoneError);
  return (error as FlagstoneError).findings.map(({ rule, message, fix }) => `${rule}: ${message}; ${fix}`);
}

describe("writing", () => {
  test("creates, changes and removes files, and says what it did", async () => {
    expect(await write({ "dev/a.yaml": "a\n", "dev/b.yaml": "b\n", "dev/c.yaml": "c\n" })).toEqual({
      created: ["dev/a.yaml", "dev/b.yaml", "dev/c.yaml"],
      changed: [],
      unchanged: 0,
      removed: [],
    });
    expect(await write({ "dev/a.yaml": "a\n", "dev/b.yaml": "B\n", "dev/d.yaml": "d\n" })).toEqual({
      created: ["dev/d.yaml"],
      changed: ["dev/b.yaml"],
      unchanged: 1,
      removed: ["dev/c.yaml"],
    });
    expect(files()).toEqual({ "dev/a.yaml": "a\n", "dev/b.yaml": "B\n", "dev/d.yaml": "d\n" });
    expect(temporary()).toEqual([]);
  });

  test("makes the folder when it is not there", async () => {
    rmSync(out, { recursive: true });
    await write({ "dev/main/shop/a.yaml": "a\n" });
    expect(files()).toEqual({ "dev/main/shop/a.yaml": "a\n" });
  });

  test("leaves files that are as they should be untouched", async () => {
    await write({ "dev/a.yaml": "a\n" });
    const before = statSync(join(out, "dev/a.yaml"));
    const { mtimeMs } = statSync(join(out, ".flagstone/shop.json"));
    await write({ "dev/a.yaml": "a\n" });
    expect(statSync(join(out, "dev/a.yaml"))).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs });
    expect(statSync(join(out, ".flagstone/shop.json")).mtimeMs).toBe(mtimeMs);
  });

  test("puts back what somebody changed or removed", async () => {
    await write({ "dev/a.yaml": "a\n", "dev/b.yaml": "b\n" });
    foreign("dev/a.yaml", "changed\n");
    rmSync(join(out, "dev/b.yaml"));
    expect(await write({ "dev/a.yaml": "a\n", "dev/b.yaml": "b\n" })).toMatchObject({
      created: ["dev/b.yaml"],
      changed: ["dev/a.yaml"],
    });
  });

  test("removes the folders that it leaves empty, and no others", async () => {
    await write({ "dev/main/shop/a.yaml": "a\n", "dev/main/bank/b.yaml": "b\n" });
    foreign("dev/main/shop/README.md");
    mkdirSync(join(out, "dev/empty"));
    await write({});
    expect(files()).toEqual({ "dev/main/shop/README.md": "by hand\n" });
    expect(existsSync(join(out, "dev/main/bank"))).toBe(false);
    expect(existsSync(join(out, "dev/empty"))).toBe(true);
  });

  test("does not mind when what it would remove is gone", async () => {
    await write({ "dev/a.yaml": "a\n", "dev/b.yaml": "b\n" });
    rmSync(join(out, "dev/a.yaml"));
    expect(await write({ "dev/b.yaml": "b\n" })).toMatchObject({ removed: [] });
  });

  test("leaves the files of environments that were not rendered", async () => {
    const one = (environment: string, name: string) =>
      new Map([[environment, new Map([[`${environment}/${name}.yaml`, "x\n"]])]]);
    await writeFiles(out, "shop", one("dev", "a"), () => true);
    await writeFiles(out, "shop", one("prod", "a"), () => true);
    expect(await writeFiles(out, "shop", one("dev", "b"), () => true)).toMatchObject({ removed: ["dev/a.yaml"] });
    expect(Object.keys(files())).toEqual(["dev/b.yaml", "prod/a.yaml"]);
    expect(manifest("shop")).toEqual({
      version: 1,
      program: "shop",
      environments: { dev: ["dev/b.yaml"], prod: ["prod/a.yaml"] },
    });
  });

  test("removes the files of environments that the program does not have any more", async () => {
    await writeFiles(out, "shop", new Map([["dev", new Map([["dev/a.yaml", "x\n"]])]]), (name) => name === "dev");
    const prod = new Map([["prod", new Map([["prod/a.yaml", "x\n"]])]]);
    expect(await writeFiles(out, "shop", prod, (name) => name === "prod")).toMatchObject({ removed: ["dev/a.yaml"] });
    expect(manifest("shop")).toEqual({ version: 1, program: "shop", environments: { prod: ["prod/a.yaml"] } });
  });
});

describe("files of others", () => {
  test("are left alone", async () => {
    foreign("README.md");
    foreign("dev/kustomization.yaml");
    await write({ "dev/a.yaml": "a\n" });
    await write({});
    expect(files()).toEqual({ "README.md": "by hand\n", "dev/kustomization.yaml": "by hand\n" });
  });

  test("that are in the way are all named, and nothing is written", async () => {
    foreign("dev/a.yaml");
    foreign("dev/b.yaml");
    const writing = write({ "dev/a.yaml": "a\n", "dev/b.yaml": "b\n", "dev/c.yaml": "c\n" });
    expect(await findingsOf(writing)).toEqual([
      "render/foreign-file: file dev/a.yaml exists, and was not written by this program; move it away, or render to another folder",
      "render/foreign-file: file dev/b.yaml exists, and was not written by this program; move it away, or render to another folder",
    ]);
    expect(files()).toEqual({ "dev/a.yaml": "by hand\n", "dev/b.yaml": "by hand\n" });
    expect(existsSync(join(out, ".flagstone"))).toBe(false);
  });

  test("are in the way as folders, too", async () => {
    mkdirSync(join(out, "dev/a.yaml"), { recursive: true });
    expect(await findingsOf(write({ "dev/a.yaml": "a\n" }))).toEqual([
      "render/foreign-file: file dev/a.yaml exists, and was not written by this program; move it away, or render to another folder",
    ]);
  });

  test("that are what would be written become ours", async () => {
    foreign("dev/a.yaml", "a\n");
    expect(await write({ "dev/a.yaml": "a\n" })).toMatchObject({ created: [], unchanged: 1 });
    expect(await write({})).toMatchObject({ removed: ["dev/a.yaml"] });
  });
});

describe("two programs in one folder", () => {
  test("each know their own files", async () => {
    await write({ "dev/platform.yaml": "p\n" }, "acme");
    await write({ "dev/shop.yaml": "s\n" }, "shop");
    await write({}, "shop");
    expect(files()).toEqual({ "dev/platform.yaml": "p\n" });
  });

  test("cannot write the same file, even with the same text", async () => {
    await write({ "dev/a.yaml": "a\n" }, "acme");
    for (const text of ["a\n", "b\n"]) {
      expect(await findingsOf(write({ "dev/a.yaml": text, "dev/b.yaml": "b\n" }, "shop"))).toEqual([
        'render/two-programs: file dev/a.yaml is rendered by program "acme" too; declare the object in one of them',
      ]);
    }
    expect(files()).toEqual({ "dev/a.yaml": "a\n" });
  });
});

describe("when something goes wrong", () => {
  test("no file is half there, and the next run goes on, whatever it has to write", async () => {
    const before = { "dev/a.yaml": "one\n", "dev/b.yaml": "one\n" };
    const meant = { "dev/a.yaml": "two\n", "dev/b.yaml": "two\n", "dev/c.yaml": "two\n", "dev/d.yaml": "two\n" };
    const next = { "dev/a.yaml": "three\n", "dev/c.yaml": "three\n", "dev/d.yaml": "three\n" };
    for (const path of Object.keys(meant)) {
      rmSync(out, { recursive: true });
      await write(before);
      disk.fullAt = path;
      await expect(write(meant)).rejects.toThrow("ENOSPC");
      disk.fullAt = undefined;
      expect(temporary()).toEqual([]);
      for (const [file, text] of Object.entries(files())) {
        const whole: unknown[] = [before[file as keyof typeof before], meant[file as keyof typeof meant]];
        expect(whole).toContain(text);
      }
      await write(next);
      expect(files()).toEqual(next);
    }
  });

  test.each(["../victim/precious.txt", "/etc/hosts", "dev/../../x", "dev\\..\\..\\x", ""])(
    "a manifest that names %j, outside of the folder, is refused, and nothing is removed",
    async (path) => {
      foreign("victim/precious.txt");
      const inner = join(out, "rendered");
      mkdirSync(join(inner, ".flagstone"), { recursive: true });
      writeFileSync(
        join(inner, ".flagstone/shop.json"),
        JSON.stringify({ version: 1, program: "shop", environments: { dev: [path] } }),
      );
      const writing = writeFiles(inner, "shop", new Map([["dev", new Map([["dev/a.yaml", "a\n"]])]]), () => true);
      await expect(writing).rejects.toThrow(/it names .*, which is not in the folder; restore it/);
      expect(files()).toMatchObject({ "victim/precious.txt": "by hand\n" });
      expect(existsSync(join(inner, "dev/a.yaml"))).toBe(false);
    },
  );

  test.each([null, [], { version: 1 }, { version: 1, program: "shop", environments: { dev: "x" } }])(
    "a manifest that is %j is refused",
    async (content) => {
      foreign(".flagstone/shop.json", JSON.stringify(content));
      await expect(write({ "dev/a.yaml": "a\n" })).rejects.toThrow(/shop\.json cannot be read: .*; restore it/);
    },
  );

  test("a manifest that cannot be read says which, and what to do", async () => {
    await write({ "dev/a.yaml": "a\n" });
    writeFileSync(join(out, ".flagstone/shop.json"), "{");
    await expect(write({})).rejects.toThrow(
      /shop\.json cannot be read: .*; restore it, or remove the folder .* to render anew/,
    );
    writeFileSync(join(out, ".flagstone/shop.json"), '{ "version": 2 }');
    await expect(write({})).rejects.toThrow("version 2 is not known");
    expect(files()).toEqual({ "dev/a.yaml": "a\n" });
  });
});
