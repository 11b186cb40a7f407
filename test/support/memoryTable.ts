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

/** What a write did to the item under its key. */
export interface Change {
  readonly before: Item | undefined;
  readonly after: Item | undefined;
}

export interface MemoryTableOptions {
  readonly traits?: Partial<TableTraits>;
  /** Told of what happened in one instant, a write or all those of a transaction. */
  readonly observe?: (changes: readonly Change[]) => void;
  /** By how much a query that may be stale is; asked for each. Default: not at all. */
  readonly lagMs?: () => number;
  /** The time, for that. */
  readonly nowMs?: () => number;
}

/** Changes that are kept for stale reads, at least: more than a second of any test here. */
const journalMax = 2000;

/** The nature of DynamoDB. */
const traitsDefault: TableTraits = {
  itemBytesMax: 400 * 1024,
  billedBytes: 1024,
  expiryIsFree: true,
  isShared: true,
  appliesAtOnce: false,
};

/** A table in memory. Every call happens at once, and is answered as soon as promises are. */
export class MemoryTable implements Table {
  readonly traits: TableTraits;
  readonly blobs = undefined;
  readonly #observe: (changes: readonly Change[]) => void;
  readonly #partitions = new Map<string, Map<string, Item>>();
  readonly #lagMs: () => number;
  readonly #nowMs: () => number;
  /** The last changes, the newest at the end, for reads that are stale. */
  readonly #journal: (Change & { readonly atMs: number })[] = [];

  constructor({
    traits,
    observe = () => undefined,
    lagMs = () => 0,
    nowMs = () => 0,
  }: MemoryTableOptions = {}) {
    this.traits = { ...traitsDefault, ...traits };
    this.#observe = (changes) => {
      const atMs = nowMs();
      this.#journal.push(...changes.map((change) => ({ ...change, atMs })));
      if (this.#journal.length > 2 * journalMax) this.#journal.splice(0, journalMax);
      observe(changes);
    };
    this.#lagMs = lagMs;
    this.#nowMs = nowMs;
  }

  /** Every item, for a test to look at. */
  *items(): Generator<Item> {
    for (const partition of this.#partitions.values()) yield* partition.values();
  }

  async get(key: Key): Promise<Item | undefined> {
    return this.#read(key);
  }

  async getMany(keys: readonly Key[]): Promise<readonly (Item | undefined)[]> {
    assertDistinct(keys, writeManyMax);
    return keys.map((key) => this.#read(key));
  }

  async query({ pk, from, to, limit, descending = false, mayBeStale }: Query): Promise<Page> {
    assert(limit >= 1 && limit <= queryLimitMax);
    const lagMs = mayBeStale === true ? this.#lagMs() : 0;
    const found = [...this.#partitionAgo(pk, lagMs).values()]
      .filter(({ sk }) => compare(from, sk) <= 0 && compare(sk, to) <= 0)
      .sort((left, right) => compare(left.sk, right.sk));
    if (descending) found.reverse();
    return { items: found.slice(0, limit), more: found.length > limit };
  }

  async write(write: Write): Promise<WriteResult> {
    assertStorable(write);
    const before = this.#read(keyOf(write));
    if (!mayHappen(write, before)) return { outcome: "conditionFailed", current: before };
    const after = this.#apply(write, before);
    this.#observe([{ before, after }]);
    return { outcome: "written", current: after };
  }

  async writeMany(writes: readonly Write[]): Promise<readonly WriteResult[]> {
    assertWrites(writes, writeManyMax);
    return await Promise.all(writes.map((write) => this.write(write)));
  }

  async transact(writes: readonly Write[]): Promise<TransactResult> {
    assertWrites(writes, transactMax);
    const befores = writes.map((write) => this.#read(keyOf(write)));
    const failures = writes.map((write, index) => failureOf(write, befores[index]));
    if (failures.some(({ failed }) => failed)) return { outcome: "conditionFailed", failures };
    const changes = writes.map((write, index) => {
      const before = befores[index];
      return { before, after: this.#apply(write, before) };
    });
    this.#observe(changes);
    return { outcome: "written" };
  }

  async close(): Promise<void> {}

  /** A partition as it was so long ago. */
  #partitionAgo(pk: string, lagMs: number): ReadonlyMap<string, Item> {
    const now = this.#partitions.get(pk) ?? new Map<string, Item>();
    if (lagMs === 0) return now;
    const sinceMs = this.#nowMs() - lagMs;
    const then = new Map(now);
    for (const { before, after, atMs } of this.#journal.toReversed()) {
      if (atMs <= sinceMs) break;
      const key = before ?? after;
      if (key?.pk !== pk) continue;
      if (before === undefined) then.delete(key.sk);
      else then.set(key.sk, before);
    }
    return then;
  }

  #read({ pk, sk }: Key): Item | undefined {
    return this.#partitions.get(pk)?.get(sk);
  }

  #apply(write: Write, before: Item | undefined): Item | undefined {
    const { pk, sk } = keyOf(write);
    const partition = this.#partitions.get(pk) ?? new Map<string, Item>();
    const after = afterwards(write, before);
    if (after === undefined) partition.delete(sk);
    else partition.set(sk, after);
    if (partition.size > 0) this.#partitions.set(pk, partition);
    else this.#partitions.delete(pk);
    return after;
  }
}

function afterwards(write: Write, before: Item | undefined): Item | undefined {
  switch (write.kind) {
    case "put":
    case "insert":
      return { ...write.item };
    case "patch":
      assert(before !== undefined);
      return patched(before, write);
    case "delete":
      return undefined;
  }
}

/** By code point, which is the order of UTF-8 bytes. */
function compare(left: string, right: string): number {
  for (let at = 0; at < left.length && at < right.length; at += 1) {
    const difference = (left.codePointAt(at) ?? 0) - (right.codePointAt(at) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
