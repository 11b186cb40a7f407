import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openDatabase } from "#table/sqlite/openDatabase.ts";

let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe("openDatabase", () => {
  it("makes the file, its folder and its layout", () => {
    const database = openDatabase(join(folder, "new", "queue.db"));

    expect(database.prepare("SELECT count(*) AS n FROM items").get()).toEqual({ n: 0 });
    database.close();
  });

  it("finds what it left in the file", () => {
    const path = join(folder, "queue.db");
    const before = openDatabase(path);
    before.exec("INSERT INTO items (pk, sk, attributes) VALUES ('p', 's', '[{}]')");
    before.close();

    const database = openDatabase(path);

    expect(database.prepare("SELECT pk, sk FROM items").all()).toEqual([{ pk: "p", sk: "s" }]);
    database.close();
  });

  it("goes on with a file of the layout before, which had no parts", () => {
    const path = join(folder, "queue.db");
    const before = openDatabase(path);
    before.exec("INSERT INTO items (pk, sk, attributes) VALUES ('p', 's', '[{}]')");
    before.exec("DROP TABLE parts; PRAGMA user_version = 2");
    before.close();

    const database = openDatabase(path);

    expect(database.prepare("SELECT pk, sk FROM items").all()).toEqual([{ pk: "p", sk: "s" }]);
    expect(database.prepare("SELECT count(*) AS n FROM parts").get()).toEqual({ n: 0 });
    expect(database.prepare("PRAGMA user_version").get()).toEqual({ user_version: 3 });
    database.close();
  });

  it("refuses a file of another layout, and leaves it as it is", () => {
    const path = join(folder, "queue.db");
    const other = new DatabaseSync(path);
    other.exec("PRAGMA user_version = 1; CREATE TABLE items (pk TEXT)");
    other.close();

    expect(() => openDatabase(path)).toThrow(`${path} has layout 1, expected 3`);
  });

  it("refuses what is no database", () => {
    expect(() => openDatabase(folder)).toThrow(`cannot open ${folder}`);
  });

  it("refuses a file that another holds open", () => {
    const path = join(folder, "queue.db");
    const holder = openDatabase(path);

    expect(() => openDatabase(path)).toThrow(`${path} is in use by another process`);
    holder.close();
  });
});
