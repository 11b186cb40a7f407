import assert from "node:assert/strict";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { deserialize, serialize } from "node:v8";
import {
  type Attributes,
  type Delete,
  type Insert,
  type Item,
  type Key,
  keyOf,
  type Page,
  type Patch,
  type Put,
  type Query,
  queryLimitMax,
  type Table,
  type TableTraits,
  type TransactFailure,
  type TransactResult,
  transactMax,
  ttlAttribute,
  type Write,
  type WriteResult,
  writeManyMax,
} from "#table/table.ts";
import { holds } from "./conditions.ts";
import { expireItems } from "./expireItems.ts";
import { GroupCommit } from "./groupCommit.ts";
import { openDatabase } from "./openDatabase.ts";

export interface SqliteTableOptions {
  /** The database file, or `:memory:` for one that is gone when closed. */
  readonly path: string;
  readonly clock: { nowMs(): number };
}

const traits: TableTraits = {
  itemBytesMax: 64 * 1024 * 1024,
  billedBytes: undefined,
  expiryIsFree: false,
  isShared: false,
};

/**
 * A table in one SQLite file, owned by this process. Writes of one turn of the event loop share a
 * commit, and nothing is answered before that commit is on disk.
 */
export function openSqliteTable({ path, clock }: SqliteTableOptions): Table {
  const database = openDatabase(path);
  return new SqliteTable(database, expireItems(database, clock));
}

class SqliteTable implements Table {
  readonly traits = traits;
  readonly #database: DatabaseSync;
  readonly #commits: GroupCommit;
  readonly #stopExpiry: () => void;
  readonly #select: StatementSync;
  readonly #ascending: StatementSync;
  readonly #descending: StatementSync;
  readonly #insert: StatementSync;
  readonly #replace: StatementSync;
  readonly #delete: StatementSync;

  constructor(database: DatabaseSync, stopExpiry: () => void) {
    const range =
      "SELECT sk, attributes FROM items WHERE pk = ? AND sk BETWEEN ? AND ? ORDER BY sk";
    this.#database = database;
    this.#commits = new GroupCommit(database);
    this.#stopExpiry = stopExpiry;
    this.#select = database.prepare("SELECT attributes FROM items WHERE pk = ? AND sk = ?");
    this.#ascending = database.prepare(`${range} ASC LIMIT ?`);
    this.#descending = database.prepare(`${range} DESC LIMIT ?`);
    this.#insert = database.prepare(
      "INSERT INTO items (pk, sk, expires, attributes) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
    );
    this.#replace = database.prepare(
      "INSERT OR REPLACE INTO items (pk, sk, expires, attributes) VALUES (?, ?, ?, ?)",
    );
    this.#delete = database.prepare("DELETE FROM items WHERE pk = ? AND sk = ?");
  }

  async get(key: Key): Promise<Item | undefined> {
    return await this.#commits.settle(this.#read(key));
  }

  async getMany(keys: readonly Key[]): Promise<readonly (Item | undefined)[]> {
    assertDistinct(keys, writeManyMax);
    return await this.#commits.settle(keys.map((key) => this.#read(key)));
  }

  async query({ pk, from, to, limit, descending = false }: Query): Promise<Page> {
    assert(limit >= 1 && limit <= queryLimitMax);
    const statement = descending ? this.#descending : this.#ascending;
    const items: Item[] = [];
    for (const { sk, attributes } of statement.iterate(pk, from, to, limit)) {
      items.push({ pk, sk: text(sk), ...decode(attributes) });
    }
    return await this.#commits.settle({ items, more: items.length === limit });
  }

  async write(write: Write): Promise<WriteResult> {
    return await this.#commits.run(() => this.#apply(write));
  }

  async writeMany(writes: readonly Write[]): Promise<readonly WriteResult[]> {
    assertDistinct(writes.map(keyOf), writeManyMax);
    return await this.#commits.run(() => writes.map((write) => this.#apply(write)));
  }

  async transact(writes: readonly Write[]): Promise<TransactResult> {
    assertDistinct(writes.map(keyOf), transactMax);
    return await this.#commits.run(() => {
      const failures = writes.map((write) => this.#wouldFail(write));
      if (failures.some(({ failed }) => failed)) return { outcome: "conditionFailed", failures };
      for (const write of writes) this.#apply(write);
      return { outcome: "written" };
    });
  }

  async close(): Promise<void> {
    this.#stopExpiry();
    this.#commits.flush();
    this.#database.close();
  }

  #apply(write: Write): WriteResult {
    switch (write.kind) {
      case "insert":
        return this.#applyInsert(write);
      case "put":
        return this.#applyPut(write);
      case "patch":
        return this.#applyPatch(write);
      case "delete":
        return this.#applyDelete(write);
    }
  }

  #applyInsert({ item }: Insert): WriteResult {
    const { changes } = this.#insert.run(item.pk, item.sk, expires(item), encode(item));
    return changes === 1
      ? { outcome: "written", current: item }
      : { outcome: "conditionFailed", current: this.#read(item) };
  }

  #applyPut({ item }: Put): WriteResult {
    this.#replace.run(item.pk, item.sk, expires(item), encode(item));
    return { outcome: "written", current: item };
  }

  #applyPatch({ key, set, remove = [], when }: Patch): WriteResult {
    const current = this.#read(key);
    if (current === undefined || !holds(when, current)) {
      return { outcome: "conditionFailed", current };
    }
    const kept = Object.entries(current).filter(([name]) => !remove.includes(name));
    const { pk, sk } = key;
    const item: Item = { ...Object.fromEntries(kept), ...set, pk, sk };
    this.#replace.run(pk, sk, expires(item), encode(item));
    return { outcome: "written", current: item };
  }

  #applyDelete({ key, when }: Delete): WriteResult {
    const current = this.#read(key);
    if (current === undefined || !holds(when, current)) {
      return { outcome: "conditionFailed", current };
    }
    this.#delete.run(key.pk, key.sk);
    return { outcome: "written", current: undefined };
  }

  #wouldFail(write: Write): TransactFailure {
    if (write.kind === "put") return { failed: false };
    const current = this.#read(keyOf(write));
    const fine =
      write.kind === "insert"
        ? current === undefined
        : current !== undefined && holds(write.when, current);
    return fine ? { failed: false } : { failed: true, current };
  }

  #read({ pk, sk }: Key): Item | undefined {
    const row = this.#select.get(pk, sk);
    return row === undefined ? undefined : { pk, sk, ...decode(row["attributes"]) };
  }
}

function assertDistinct(keys: readonly Key[], most: number): void {
  assert(keys.length <= most, `expected at most ${most} keys, got ${keys.length}`);
  const distinct = new Set(keys.map(({ pk, sk }) => JSON.stringify([pk, sk])));
  assert.equal(distinct.size, keys.length, "expected distinct keys");
}

function expires(item: Item): number | null {
  const value = item[ttlAttribute];
  return typeof value === "number" ? value : null;
}

function encode({ pk: _pk, sk: _sk, ...attributes }: Item): Buffer {
  return serialize(attributes);
}

function decode(stored: unknown): Attributes {
  assert(stored instanceof Uint8Array);
  return deserialize(stored);
}

function text(value: unknown): string {
  assert(typeof value === "string");
  return value;
}
