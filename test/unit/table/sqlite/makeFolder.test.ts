import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeFolder } from "#table/sqlite/makeFolder.ts";

let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe("makeFolder", () => {
  it("makes a folder and those above it, and leaves one that is there", async () => {
    const path = join(folder, "one", "two");

    makeFolder(path);
    await writeFile(join(path, "kept"), "");
    makeFolder(path);

    expect(await readdir(path)).toEqual(["kept"]);
  });

  it("refuses a path on which a file lies", async () => {
    const file = join(folder, "file");
    await writeFile(file, "");

    expect(() => makeFolder(file)).toThrow("EEXIST");
    expect(() => makeFolder(join(file, "new"))).toThrow("EEXIST");
  });

  it("ends where nothing can be made", () => {
    expect(() => makeFolder("/proc/new/folder")).toThrow(/mkdir '\/proc/);
  });
});
