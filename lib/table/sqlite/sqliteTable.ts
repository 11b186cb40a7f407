import assert from "node:assert/strict";
import type { DatabaseSync } from "node:sqlite";
import {
  assertDistinct,
  assertStorable,
  assertWrites,
  type Item,
  type Key,
  keyOf,
  type Page,
  type Query,
  queryLimitMax,
  type Table,
  type TableTraits,
  type TransactResult,
  transactMax,
  type Write,
  type WriteResult,
  writeManyMax,
} from "#table/table.ts";
import { failureOf, mayHappen, patched } from "#table/writes.ts";
import { GroupCommit } from "./groupCommit.ts";
import { type ItemRow, ItemRows } from "./itemRows.ts";
import { keepHouse } from "./keepHouse.ts";
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
  appliesAtOnce: true,
};

/** A page of so many items took a millisecond or more. */
const longPageItems = 500;

/**
 * A table in one SQLite file, owned by this process. Writes of one turn of the event loop share a
 * commit, and nothing is answered before that commit is on disk.
 */
export function openSqliteTable({ path, clock }: SqliteTableOptions): Table {
  const database = openDatabase(path);
  const rows = new ItemRows(database);
  const commits = new GroupCommit(database, () => rows.forgetAll());
  return new SqliteTable(database, rows, commits, keepHouse({ database, rows, commits, clock }));
}

class SqliteTable implements Table {
  readonly traits = traits;
  readonly blobs = undefined;
  readonly #database: DatabaseSync;
  readonly #commits: GroupCommit;
  readonly #leaveHouse: () => void;
  readonly #rows: ItemRows;

  constructor(
    database: DatabaseSync,
    rows: ItemRows,
    commits: GroupCommit,
    leaveHouse: () => void,
  ) {
    this.#database = database;
    this.#rows = rows;
    this.#commits = commits;
    this.#leaveHouse = leaveHouse;
  }

  async get(key: Key): Promise<Item | undefined> {
    return await this.#commits.settle(this.#rows.read(key)?.item);
  }

  async getMany(keys: readonly Key[]): Promise<readonly (Item | undefined)[]> {
    assertDistinct(keys, writeManyMax);
    return await this.#commits.settle(keys.map((key) => this.#rows.read(key)?.item));
  }

  async query(query: Query): Promise<Page> {
    assert(query.limit >= 1 && query.limit <= queryLimitMax, `got a limit of ${query.limit}`);
    const items = this.#rows.readRange(query);
    const page = this.#commits.settle({ items, more: items.length === query.limit });
    if (items.length < longPageItems) return await page;
    return (await Promise.all([page, othersRan()]))[0];
  }

  async write(write: Write): Promise<WriteResult> {
    assertStorable(write);
    return await this.#commits.run(() => this.#apply(write));
  }

  async writeMany(writes: readonly Write[]): Promise<readonly WriteResult[]> {
    assertWrites(writes, writeManyMax);
    return await this.#commits.run(() => writes.map((write) => this.#apply(write)));
  }

  async transact(writes: readonly Write[]): Promise<TransactResult> {
    assertWrites(writes, transactMax);
    return await this.#commits.run(() => {
      const found = writes.map((write) => ({ write, row: this.#rows.read(keyOf(write)) }));
      const failures = found.map(({ write, row }) => failureOf(write, row?.item));
      if (failures.some(({ failed }) => failed)) return { outcome: "conditionFailed", failures };
      for (const { write, row } of found) this.#make(write, row);
      return { outcome: "written" };
    });
  }

  async close(): Promise<void> {
    this.#leaveHouse();
    this.#commits.flush();
    this.#database.close();
  }

  #apply(write: Write): WriteResult {
    switch (write.kind) {
      case "insert":
        return this.#rows.insert(write.item)
          ? { outcome: "written", current: write.item }
          : { outcome: "conditionFailed", current: this.#rows.read(write.item)?.item };
      case "put":
        return { outcome: "written", current: this.#make(write, this.#rows.read(write.item)) };
      case "patch":
      case "delete": {
        const row = this.#rows.read(write.key);
        return mayHappen(write, row?.item)
          ? { outcome: "written", current: this.#make(write, row) }
          : { outcome: "conditionFailed", current: row?.item };
      }
    }
  }

  /** Makes a write that may happen, to the row that was found. Answers the item after it. */
  #make(write: Write, row: ItemRow | undefined): Item | undefined {
    switch (write.kind) {
      case "insert":
      case "put":
        if (row === undefined) this.#rows.insert(write.item);
        else this.#rows.update(row, write.item);
        return write.item;
      case "patch": {
        assert(row !== undefined);
        const item = patched(row.item, write);
        this.#rows.update(row, item);
        return item;
      }
      case "delete":
        assert(row !== undefined);
        this.#rows.delete(row);
        return undefined;
    }
  }
}

/** Whoever reads page after page would otherwise have the event loop to itself. */
async function othersRan(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
