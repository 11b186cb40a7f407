import assert from "node:assert/strict";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { type Item, type Key, type Query, ttlAttribute } from "#table/table.ts";
import { decodeItem, encodeItem } from "./itemCodec.ts";

/** An item and where it is kept. */
export interface ItemRow {
  readonly id: number;
  readonly item: Item;
}

/** The rows of the table of items: one statement each, and no condition but the key. */
export class ItemRows {
  readonly #select: StatementSync;
  readonly #ascending: StatementSync;
  readonly #descending: StatementSync;
  readonly #insert: StatementSync;
  readonly #put: StatementSync;
  readonly #update: StatementSync;
  readonly #updateAndExpire: StatementSync;
  readonly #delete: StatementSync;

  constructor(database: DatabaseSync) {
    const range =
      "SELECT sk, attributes, bytes FROM items WHERE pk = ? AND sk BETWEEN ? AND ? ORDER BY sk";
    const insert =
      "INSERT INTO items (pk, sk, expires, attributes, bytes) VALUES (?, ?, ?, ?, ?) ON CONFLICT";
    this.#select = reading(
      database,
      "SELECT id, attributes, bytes FROM items WHERE pk = ? AND sk = ?",
    );
    this.#ascending = reading(database, `${range} ASC LIMIT ?`);
    this.#descending = reading(database, `${range} DESC LIMIT ?`);
    this.#insert = database.prepare(`${insert} DO NOTHING`);
    this.#put = database.prepare(
      `${insert} DO UPDATE SET expires = excluded.expires, attributes = excluded.attributes,
        bytes = excluded.bytes`,
    );
    this.#update = database.prepare("UPDATE items SET attributes = ?, bytes = ? WHERE id = ?");
    this.#updateAndExpire = database.prepare(
      "UPDATE items SET attributes = ?, bytes = ?, expires = ? WHERE id = ?",
    );
    this.#delete = database.prepare("DELETE FROM items WHERE id = ?");
  }

  read(key: Key): ItemRow | undefined {
    const row = this.#select.get(key.pk, key.sk);
    if (row === undefined) return undefined;
    return { id: numberIn(row[0]), item: itemIn(key, row[1], row[2]) };
  }

  readRange({ pk, from, to, limit, descending = false }: Query): readonly Item[] {
    const statement = descending ? this.#descending : this.#ascending;
    return statement
      .all(pk, from, to, limit)
      .map((row) => itemIn({ pk, sk: textIn(row[0]) }, row[1], row[2]));
  }

  /** Whether there was none. */
  insert(item: Item): boolean {
    const { attributes, bytes } = encodeItem(item);
    const { changes } = this.#insert.run(item.pk, item.sk, expiryOf(item), attributes, bytes);
    return changes === 1;
  }

  put(item: Item): void {
    const { attributes, bytes } = encodeItem(item);
    this.#put.run(item.pk, item.sk, expiryOf(item), attributes, bytes);
  }

  /** Stores an item over the one that was read, which has the same key. */
  update(row: ItemRow, item: Item): void {
    const { attributes, bytes } = encodeItem(item);
    const expires = expiryOf(item);
    // To name an indexed column is to write its index, changed or not.
    if (expires === expiryOf(row.item)) this.#update.run(attributes, bytes, row.id);
    else this.#updateAndExpire.run(attributes, bytes, expires, row.id);
  }

  delete(row: ItemRow): void {
    this.#delete.run(row.id);
  }
}

/** A statement whose rows are arrays, which are read a third faster than objects. */
function reading(database: DatabaseSync, sql: string): StatementSync {
  const statement = database.prepare(sql);
  statement.setReturnArrays(true);
  return statement;
}

function expiryOf(item: Item): number | null {
  const value = item[ttlAttribute];
  return typeof value === "number" ? value : null;
}

function itemIn(key: Key, attributes: unknown, bytes: unknown): Item {
  assert(bytes === null || bytes instanceof Uint8Array);
  return decodeItem(key, { attributes: textIn(attributes), bytes });
}

function textIn(value: unknown): string {
  assert(typeof value === "string");
  return value;
}

function numberIn(value: unknown): number {
  assert(typeof value === "number");
  return value;
}
