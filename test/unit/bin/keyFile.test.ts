import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { keyFileText, sealingKey } from "#service/sealingKeys.ts";
import { KeyFile } from "../../../bin/keyFile.ts";
import { aFolder } from "./millraceProcess.ts";

const [one, two] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];

describe("KeyFile", () => {
  it("is made with the first key, for its owner alone, and stays", async () => {
    await using folder = await aFolder();
    const path = join(folder.path, "made", "k");
    const before = await new KeyFile(path).find("any");

    const key = await new KeyFile(path).current();

    expect(before).toBeUndefined();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await new KeyFile(path).current()).toEqual(key);
    expect(await new KeyFile(path).find(key.id)).toEqual(key);
    expect(await new KeyFile(path).isExposed()).toBe(false);
  });

  it("is made once by two who want it at the same time", async () => {
    await using folder = await aFolder();
    const path = join(folder.path, "k");

    const keys = await Promise.all([1, 2, 3, 4].map(() => new KeyFile(path).current()));

    expect(new Set(keys.map(({ id }) => id)).size).toBe(1);
    expect(await readdir(folder.path)).toEqual(["k"]);
  });

  it("is read again for a key that it did not hold", async () => {
    await using folder = await aFolder();
    const path = join(folder.path, "k");
    await writeFile(path, keyFileText(one));
    const file = new KeyFile(path);
    await file.current();

    await writeFile(path, keyFileText(two) + (await readFile(path, "utf8")));

    expect(await file.find(sealingKey(two).id)).toMatchObject({ id: sealingKey(two).id });
    expect(await file.find(sealingKey(one).id)).toMatchObject({ id: sealingKey(one).id });
    expect(await file.current()).toMatchObject({ id: sealingKey(two).id });
  });

  it("says which file it is that cannot be read", async () => {
    await using folder = await aFolder();

    await expect(new KeyFile(folder.path).current()).rejects.toThrow(
      `key file ${folder.path}: EISDIR`,
    );
  });
});
