import assert from "node:assert/strict";
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
import { forgetExpired } from "./forgetExpired.ts";
import { Partitions } from "./partitions.ts";

export interface MemoryTableOptions {
  readonly clock: { nowMs(): number };
}

const traits: TableTraits = {
  itemBytesMax: 64 * 1024 * 1024,
  billedBytes: undefined,
  expiryIsFree: false,
  isShared: false,
  appliesAtOnce: true,
};

/** A page of so many items took a good part of a millisecond. */
const longPageItems = 500;
/** After so many calls the rest of the process gets its turn. */
const callsPerTurn = 100;

/** A table in this process, gone when closed. Items are kept as they were given, and never changed. */
export function openMemoryTable({ clock }: MemoryTableOptions): Table {
  return new MemoryTable(clock);
}

class MemoryTable implements Table {
  readonly traits = traits;
  readonly blobs = undefined;
  readonly #partitions = new Partitions();
  readonly #stopForgetting: () => void;
  #callsLeft = callsPerTurn;

  constructor(clock: { nowMs(): number }) {
    this.#stopForgetting = forgetExpired(this.#partitions, clock);
  }

  async get(key: Key): Promise<Item | undefined> {
    return this.#partitions.get(key);
  }

  async getMany(keys: readonly Key[]): Promise<readonly (Item | undefined)[]> {
    assertDistinct(keys, writeManyMax);
    return keys.map((key) => this.#partitions.get(key));
  }

  async query(query: Query): Promise<Page> {
    assert(query.limit >= 1 && query.limit <= queryLimitMax, `got a limit of ${query.limit}`);
    const items = this.#partitions.range(query);
    if (items.length >= longPageItems || this.#isTurnOver()) await this.#othersRan();
    return { items, more: items.length === query.limit };
  }

  async write(write: Write): Promise<WriteResult> {
    assertStorable(write);
    const result = this.#apply(write);
    if (this.#isTurnOver()) await this.#othersRan();
    return result;
  }

  async writeMany(writes: readonly Write[]): Promise<readonly WriteResult[]> {
    assertWrites(writes, writeManyMax);
    const results = writes.map((write) => this.#apply(write));
    if (this.#isTurnOver()) await this.#othersRan();
    return results;
  }

  async transact(writes: readonly Write[]): Promise<TransactResult> {
    assertWrites(writes, transactMax);
    const found = writes.map((write) => this.#partitions.get(keyOf(write)));
    if (!writes.every((write, index) => mayHappen(write, found[index]))) {
      const failures = writes.map((write, index) => failureOf(write, found[index]));
      return { outcome: "conditionFailed", failures };
    }
    for (const [index, write] of writes.entries()) this.#perform(write, found[index]);
    if (this.#isTurnOver()) await this.#othersRan();
    return { outcome: "written" };
  }

  async close(): Promise<void> {
    this.#stopForgetting();
    this.#partitions.clear();
  }

  #apply(write: Write): WriteResult {
    const current = this.#partitions.get(keyOf(write));
    return mayHappen(write, current)
      ? { outcome: "written", current: this.#perform(write, current) }
      : { outcome: "conditionFailed", current };
  }

  /** Does a write that may happen. Answers the item after it. */
  #perform(write: Write, current: Item | undefined): Item | undefined {
    switch (write.kind) {
      case "insert":
      case "put":
        return this.#store(write.item);
      case "patch":
        assert(current !== undefined);
        return this.#store(patched(current, write));
      case "delete":
        this.#partitions.delete(write.key);
        return undefined;
    }
  }

  #store(item: Item): Item {
    this.#partitions.set(item);
    return item;
  }

  /** Promises alone never leave the turn of the event loop, and whoever loops over calls would keep it. */
  #isTurnOver(): boolean {
    this.#callsLeft -= 1;
    return this.#callsLeft <= 0;
  }

  async #othersRan(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#callsLeft = callsPerTurn;
  }
}
