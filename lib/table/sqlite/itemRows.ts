import assert from "node:assert/strict";
import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import { type Item, type Key, type Query, ttlAttribute } from "#table/table.ts";
import {
  decodeItem,
  encodeItem,
  noParts,
  type Parts,
  partsIn,
  type StoredItem,
} from "./itemCodec.ts";
import { PartRows } from "./partRows.ts";
import { RecentRows } from "./recentRows.ts";

/** An item and where it is kept. */
export interface ItemRow {
  readonly id: number;
  readonly item: Item;
  readonly parts: Parts;
  readonly weightBytes: number;
}

/** By their places, as statements say that are `reading`. */
type Columns = Readonly<Record<number, SQLOutputValue>>;

/** The rows of the table of items, with what lies outside of them; no condition but the key. */
export class ItemRows {
  readonly #select: StatementSync;
  readonly #ascending: StatementSync;
  readonly #descending: StatementSync;
  readonly #keysAscending: StatementSync;
  readonly #keysDescending: StatementSync;
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #updateAndExpire: StatementSync;
  readonly #delete: StatementSync;
  readonly #parts: PartRows;
  readonly #recent = new RecentRows<ItemRow>();

  constructor(database: DatabaseSync) {
    const range = "FROM items WHERE pk = ? AND sk BETWEEN ? AND ? ORDER BY sk";
    const columns = "id, attributes, bytes";
    this.#select = reading(database, `SELECT ${columns} FROM items WHERE pk = ? AND sk = ?`);
    this.#ascending = reading(database, `SELECT ${columns}, sk ${range} ASC LIMIT ?`);
    this.#descending = reading(database, `SELECT ${columns}, sk ${range} DESC LIMIT ?`);
    // These two read the index alone.
    this.#keysAscending = reading(database, `SELECT sk ${range} ASC LIMIT ?`);
    this.#keysDescending = reading(database, `SELECT sk ${range} DESC LIMIT ?`);
    this.#insert = database.prepare(
      `INSERT INTO items (pk, sk, expires, attributes, bytes) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT DO NOTHING`,
    );
    this.#update = database.prepare("UPDATE items SET attributes = ?, bytes = ? WHERE id = ?");
    this.#updateAndExpire = database.prepare(
      "UPDATE items SET attributes = ?, bytes = ?, expires = ? WHERE id = ?",
    );
    this.#delete = database.prepare("DELETE FROM items WHERE id = ?");
    this.#parts = new PartRows(database);
  }

  read(key: Key): ItemRow | undefined {
    const known = this.#recent.get(key);
    if (known !== undefined) return known;
    const row = this.#select.get(key.pk, key.sk);
    return row === undefined ? undefined : this.#decoded(key, row);
  }

  readRange(query: Query): readonly Item[] {
    return this.#readKnown(query) ?? this.#readAll(query);
  }

  /** Whether there was none. */
  insert(item: Item): boolean {
    if (this.#recent.get(item) !== undefined) return false;
    const parts = this.#parts.change(item, undefined, noParts);
    const stored = encodeItem(item, parts);
    const { changes, lastInsertRowid } = this.#insert.run(
      item.pk,
      item.sk,
      expiryOf(item),
      stored.attributes,
      stored.bytes,
    );
    if (changes !== 1) {
      for (const part of parts.values()) this.#parts.delete(part);
      return false;
    }
    this.#remember(Number(lastInsertRowid), item, parts, stored);
    return true;
  }

  /** Stores an item over the one that was read, which has the same key. */
  update({ id, ...row }: ItemRow, item: Item): void {
    const parts = this.#parts.change(item, row.item, row.parts);
    const stored = encodeItem(item, parts);
    const expires = expiryOf(item);
    // To name an indexed column is to write its index, changed or not.
    if (expires === expiryOf(row.item)) this.#update.run(stored.attributes, stored.bytes, id);
    else this.#updateAndExpire.run(stored.attributes, stored.bytes, expires, id);
    this.#remember(id, item, parts, stored);
  }

  delete({ id, item, parts }: ItemRow): void {
    for (const part of parts.values()) this.#parts.delete(part);
    this.#delete.run(id);
    this.#recent.delete(item);
  }

  /** To be told when a row is gone without `delete`: drops what of it lies elsewhere. */
  leave(key: Key, attributes: string): void {
    for (const part of partsIn(attributes)) this.#parts.delete(part);
    this.#recent.delete(key);
  }

  /** To be told when what was written is undone. */
  forgetAll(): void {
    this.#recent.clear();
  }

  /** The items of a range, if most of them need not be read again. */
  #readKnown({ pk, from, to, limit, descending = false }: Query): readonly Item[] | undefined {
    if (!this.#recent.knows(pk)) return undefined;
    const statement = descending ? this.#keysDescending : this.#keysAscending;
    const keys = statement.all(pk, from, to, limit).map((row) => ({ pk, sk: textIn(row[0]) }));
    const rows = keys.map((key) => this.#recent.get(key));
    const unknown = rows.filter((row) => row === undefined).length;
    if (unknown > rows.length / 2) return undefined;
    return keys.map((key, at) => {
      const row = rows[at] ?? this.read(key);
      assert(row !== undefined);
      return row.item;
    });
  }

  #readAll({ pk, from, to, limit, descending = false }: Query): readonly Item[] {
    const statement = descending ? this.#descending : this.#ascending;
    return statement
      .all(pk, from, to, limit)
      .map((row) => this.#decoded({ pk, sk: textIn(row[3]) }, row).item);
  }

  #decoded(key: Key, columns: Columns): ItemRow {
    const { 0: id, 1: attributes, 2: bytes } = columns;
    assert(bytes === null || bytes instanceof Uint8Array);
    assert(typeof id === "number");
    const stored = { attributes: textIn(attributes), bytes };
    const { item, parts } = decodeItem(key, stored, (part) => this.#parts.read(part));
    return this.#remember(id, item, parts, stored);
  }

  #remember(id: number, item: Item, parts: Parts, { attributes, bytes }: StoredItem): ItemRow {
    const weightBytes = attributes.length + (bytes?.byteLength ?? 0) + weightOf(item, parts);
    const row = { id, item, parts, weightBytes };
    this.#recent.set(item, row);
    return row;
  }
}

/** A statement whose rows are arrays, which are read a third faster than objects. */
function reading(database: DatabaseSync, sql: string): StatementSync {
  const statement = database.prepare(sql);
  statement.setReturnArrays(true);
  return statement;
}

/** What an item's parts add to the weight of its row. */
function weightOf(item: Item, parts: Parts): number {
  let bytes = 0;
  for (const name of parts.keys()) {
    const value = item[name];
    if (value instanceof Uint8Array) bytes += value.byteLength;
  }
  return bytes;
}

function expiryOf(item: Item): number | null {
  const value = item[ttlAttribute];
  return typeof value === "number" ? value : null;
}

function textIn(value: unknown): string {
  assert(typeof value === "string");
  return value;
}
