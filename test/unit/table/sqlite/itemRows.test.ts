import type { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dropExpired } from "#table/sqlite/dropExpired.ts";
import { ItemRows } from "#table/sqlite/itemRows.ts";
import { openDatabase } from "#table/sqlite/openDatabase.ts";
import { type Item, ttlAttribute } from "#table/table.ts";

const key = { pk: "p", sk: "s" };

describe("ItemRows", () => {
  it("lays an item's only bytes into its row, however many", () => {
    const { database, rows } = open();

    rows.insert({ ...key, a: bytesOf(50_000) });

    expect(partsOf(database)).toEqual([]);
  });

  it("lays bytes apart that are too many for their item's row", () => {
    const { database, rows } = open();

    rows.insert({ ...key, a: bytesOf(600), b: bytesOf(400), c: bytesOf(900) });

    expect(partsOf(database)).toEqual([900]);
    expect(new ItemRows(database).read(key)?.item).toEqual(rows.read(key)?.item);
  });

  it("writes no bytes again that are as they were", () => {
    const { database, rows } = open();
    rows.insert({ ...key, a: bytesOf(900), b: bytesOf(901), c: bytesOf(902) });
    database.exec(`
      CREATE TRIGGER noInsert BEFORE INSERT ON parts BEGIN SELECT RAISE(ABORT, 'again'); END;
      CREATE TRIGGER noDelete BEFORE DELETE ON parts BEGIN SELECT RAISE(ABORT, 'gone'); END;
    `);

    change(rows, (item) => ({ ...item, n: 1 }));

    expect(new ItemRows(database).read(key)?.item).toHaveProperty("n", 1);
    expect(() => change(rows, (item) => ({ ...item, c: bytesOf(902) }))).toThrow("again");
    expect(() => change(rows, ({ b, ...item }) => item)).toThrow("gone");
  });

  it("leaves nothing of an item that was not stored, replaced or deleted", () => {
    const { database, rows } = open();
    const large = { ...key, a: bytesOf(900), b: bytesOf(901) };
    rows.insert(large);

    const other = new ItemRows(database);
    const isStored = other.insert({ ...large, b: bytesOf(902) });
    const afterInsert = partsOf(database);
    change(other, () => ({ ...large, b: bytesOf(903) }));
    const afterUpdate = partsOf(database);
    remove(other);

    expect(isStored).toBe(false);
    expect(afterInsert).toEqual([901]);
    expect(afterUpdate).toEqual([903]);
    expect(partsOf(database)).toEqual([]);
  });

  it("drops the parts of what expires", () => {
    const { database, rows } = open();
    rows.insert({ ...key, a: bytesOf(900), b: bytesOf(901), [ttlAttribute]: 100 });
    rows.insert({ ...key, sk: "t", a: bytesOf(900), b: bytesOf(902), [ttlAttribute]: 101 });

    dropExpired(database, rows)(100);

    expect(rows.read(key)).toBeUndefined();
    expect(partsOf(database)).toEqual([902]);
  });

  it("knows at all times what the file says", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { database, rows } = open();
        for (const each of steps) {
          take(each, { database, rows });
          const file = new ItemRows(database);
          const { sk } = each;
          expect(rows.read({ pk: "p", sk })?.item).toEqual(file.read({ pk: "p", sk })?.item);
          expect(itemsIn(rows, each.down)).toEqual(itemsIn(file, each.down));
        }
        const parts = partNumbersOf(database);
        expect(parts.toSorted()).toEqual(numbersNamed(database).toSorted());
      }),
    );
  });
});

const sortKey = fc.constantFrom("a", "b", "c", "d");
const value = fc.oneof(
  fc.constantFrom(0, 300, 700, 2000).map(bytesOf),
  fc.constantFrom("", "text", 1),
);
const attributes = fc.dictionary(fc.constantFrom("a", "b", "c", "d"), value);
const step = fc.record({
  sk: sortKey,
  what: fc.constantFrom("insert", "change", "add", "delete", "drop"),
  attributes,
  expires: fc.constantFrom(1, 3, 5),
  /** Whether the transaction is undone in the end. */
  isUndone: fc.boolean(),
  down: fc.boolean(),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function take(
  { sk, what, attributes, expires, isUndone }: Step,
  { database, rows }: ReturnType<typeof open>,
): void {
  const item: Item = { ...attributes, [ttlAttribute]: expires, pk: "p", sk };
  const found = rows.read(item);
  database.exec("BEGIN");
  if (what === "insert") rows.insert(item);
  else if (what === "drop") dropExpired(database, rows)(expires - 1);
  else if (found !== undefined && what === "delete") rows.delete(found);
  else if (found !== undefined && what === "change") rows.update(found, item);
  else if (found !== undefined) rows.update(found, { ...found.item, ...attributes });
  database.exec(isUndone ? "ROLLBACK" : "COMMIT");
  if (isUndone) rows.forgetAll();
}

function itemsIn(rows: ItemRows, descending: boolean): readonly Item[] {
  return rows.readRange({ pk: "p", from: "", to: "z", limit: 100, descending });
}

function open() {
  const database = openDatabase(":memory:");
  return { database, rows: new ItemRows(database) };
}

function change(rows: ItemRows, to: (item: Item) => Item): void {
  const row = rows.read(key);
  if (row === undefined) throw new Error("expected an item, got none");
  rows.update(row, to(row.item));
}

function remove(rows: ItemRows): void {
  const row = rows.read(key);
  if (row === undefined) throw new Error("expected an item, got none");
  rows.delete(row);
}

function bytesOf(byteCount: number): Uint8Array {
  return new Uint8Array(byteCount).fill(byteCount % 251);
}

function partsOf(database: DatabaseSync): readonly unknown[] {
  const sizes = database.prepare("SELECT length(bytes) AS size FROM parts ORDER BY size").all();
  return sizes.map(({ size }) => size);
}

function partNumbersOf(database: DatabaseSync): readonly unknown[] {
  return database
    .prepare("SELECT id FROM parts")
    .all()
    .map(({ id }) => id);
}

function numbersNamed(database: DatabaseSync): readonly unknown[] {
  const rows = database.prepare("SELECT attributes FROM items").all();
  return rows.flatMap(({ attributes }) =>
    JSON.parse(String(attributes)).flatMap((share: unknown[]) => share[2] ?? []),
  );
}
