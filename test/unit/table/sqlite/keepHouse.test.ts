import type { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { GroupCommit } from "#table/sqlite/groupCommit.ts";
import { ItemRows } from "#table/sqlite/itemRows.ts";
import { keepHouse } from "#table/sqlite/keepHouse.ts";
import { openDatabase } from "#table/sqlite/openDatabase.ts";

const nowSeconds = 1_800_000_000;

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ["setInterval", "clearInterval", "setImmediate", "clearImmediate"],
  });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("keepHouse", () => {
  it("drops what has expired, and nothing else, each second", () => {
    const { database, house, clock } = aHouse();
    insert(database, "long ago", 1);
    insert(database, "now", nowSeconds);
    insert(database, "soon", nowSeconds + 1);
    insert(database, "never", null);
    keepHouse(house);

    vi.advanceTimersByTime(999);
    const before = names(database);
    vi.advanceTimersByTime(1);
    const after = names(database);
    clock.nowSeconds += 1;
    vi.advanceTimersByTime(1000);

    expect(before).toEqual(["long ago", "never", "now", "soon"]);
    expect(after).toEqual(["never", "soon"]);
    expect(names(database)).toEqual(["never"]);
  });

  it("drops a backlog at once, and lets others run between its steps", () => {
    const { database, house } = aHouse();
    for (let n = 0; n < 500; n += 1) insert(database, `${n}`, n);
    keepHouse(house);
    const left: number[] = [];
    const look = () => {
      left.push(names(database).length);
      if (left.length < 4) setImmediate(look);
    };
    vi.advanceTimersToNextTimer();

    setImmediate(look);
    for (let timers = 0; timers < 7; timers += 1) vi.advanceTimersToNextTimer();

    expect(left).toEqual([300, 100, 0, 0]);
  });

  it("commits what is open before a step of its own", async () => {
    const { database, house } = aHouse();
    keepHouse(house);
    const writing = house.commits.run(() => insert(database, "a", null));

    vi.advanceTimersToNextTimer();

    await expect(writing).resolves.toBeUndefined();
    expect(database.isTransaction).toBe(false);
  });

  it("undoes a step that the disk refuses, and nothing else, and tries again later", async () => {
    const { database, house } = aHouse();
    insert(database, "expired", 1);
    const writing = house.commits.run(() => insert(database, "a", null));
    const makeRoom = fillAtDelete(database);
    keepHouse(house);

    vi.advanceTimersByTime(1000);
    const refused = names(database);
    makeRoom();
    vi.advanceTimersByTime(1000);

    await expect(writing).resolves.toBeUndefined();
    expect(refused).toEqual(["a", "expired"]);
    expect(names(database)).toEqual(["a"]);
  });

  it("hides no other failure", () => {
    const { database, house } = aHouse();
    insert(database, "expired", 1);
    database.exec(`
      CREATE TRIGGER refuse BEFORE DELETE ON items BEGIN
        SELECT RAISE(ABORT, 'not this one');
      END;
    `);
    keepHouse(house);

    expect(() => vi.advanceTimersByTime(1000)).toThrow("not this one");
  });

  it("shortens a file that is more than half empty", () => {
    const { database, house } = aHouse();
    fill(database, 64);
    // What is left lies at the end of the file.
    database.exec("DELETE FROM items WHERE id <= 56");
    const before = pagesOf(database);
    keepHouse(house);

    vi.advanceTimersByTime(1100);

    const after = pagesOf(database);
    expect(before.free).toBeGreaterThan(8192);
    expect(after.free).toBeLessThanOrEqual(8192);
    expect(after.free).toBeGreaterThan(7000);
    expect(after.pages).toBeLessThan(before.pages - 6000);
    expect(database.prepare("PRAGMA integrity_check").all()).toEqual([{ integrity_check: "ok" }]);
  });

  it("leaves free pages to a file that is more than half full", () => {
    const { database, house } = aHouse();
    fill(database, 96);
    database.exec("DELETE FROM items WHERE id > 60");
    const before = pagesOf(database);
    keepHouse(house);

    vi.advanceTimersByTime(1100);

    expect(before.free).toBeGreaterThan(8192);
    expect(pagesOf(database)).toEqual(before);
  });

  it("stops when told, even with more to do", () => {
    const { database, house } = aHouse();
    for (let n = 0; n < 500; n += 1) insert(database, `${n}`, n);
    const leave = keepHouse(house);
    vi.advanceTimersToNextTimer();

    leave();

    expect(vi.getTimerCount()).toBe(0);
  });
});

function aHouse() {
  const database = openDatabase(":memory:");
  const rows = new ItemRows(database);
  const commits = new GroupCommit(database, () => rows.forgetAll());
  const clock = { nowSeconds, nowMs: () => clock.nowSeconds * 1000 + 999 };
  return { database, clock, house: { database, rows, commits, clock } };
}

function insert(database: DatabaseSync, name: string, expires: number | null): void {
  database
    .prepare("INSERT INTO items (pk, sk, expires, attributes) VALUES ('p', ?, ?, '[{}]')")
    .run(name, expires);
}

/** Fills the table with rows of a megabyte. */
function fill(database: DatabaseSync, megabytes: number): void {
  const statement = database.prepare(
    "INSERT INTO items (pk, sk, attributes, bytes) VALUES ('p', ?, '[{}]', zeroblob(1048576))",
  );
  for (let n = 0; n < megabytes; n += 1) statement.run(`${n}`);
}

/** Lets each delete need more room than there is, until told otherwise. */
function fillAtDelete(database: DatabaseSync): () => void {
  database.exec(`
    CREATE TABLE filling (bytes BLOB);
    CREATE TRIGGER fill BEFORE DELETE ON items BEGIN
      INSERT INTO filling VALUES (zeroblob(1048576));
    END;
    PRAGMA max_page_count = 20;
  `);
  return () => database.exec("PRAGMA max_page_count = 4294967294");
}

function names(database: DatabaseSync): readonly unknown[] {
  return database
    .prepare("SELECT sk FROM items ORDER BY sk")
    .all()
    .map(({ sk }) => sk);
}

function pagesOf(database: DatabaseSync): { readonly pages: number; readonly free: number } {
  const pragma = (name: string) => Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
  return { pages: pragma("page_count"), free: pragma("freelist_count") };
}
