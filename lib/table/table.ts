/**
 * The table port: all that the engine asks of a database. It is shaped like a table of items under a
 * partition key and a sort key, and has no word of queues in it.
 *
 *   item       pk + sk (strings) and named values
 *   get        one item
 *   getMany    several items, in the order asked
 *   query      a range of one partition, in the order of sk
 *   write      put / patch / delete of one item, guarded by a condition
 *   writeMany  many guarded writes in one round trip, each with a fate of its own
 *   transact   many guarded writes, all or nothing
 *
 * A condition that fails lost a race: that is an answer (`conditionFailed`, with the item as it now
 * stands), not an exception. An exception is an outage or a bug, and leaves open whether the write
 * happened.
 *
 * An adapter repeats a write whose answer was lost. So a guard that fails once its write is made lets
 * it happen once at most; under a guard that still holds, the same values may be stored again, over
 * what others stored in between. And the guard of a repeated write may fail on its own work:
 *
 * - insert, and patch that sets something: an adapter that finds all it wanted to store takes that
 *   for its own work and answers `written`. A caller who must know whether it was the only winner
 *   therefore stores a value that nobody else would store, such as a fresh token.
 * - delete, and patch that only removes: nothing is left that could tell whose work it was, and the
 *   answer is `conditionFailed`. Callers look at what they find.
 * - transact: the answer is the true one, whatever was lost, for two writes or more.
 */

import assert from "node:assert/strict";

/** What an attribute may hold. Numbers are whole and exact in a double. */
export type Value = string | number | Uint8Array;

/** Neither part is empty; at most 2048 bytes of `pk` and 1024 of `sk`. */
export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** Attributes other than the key. The names in `ttlAttribute`, `pk` and `sk` have a meaning. */
export interface Attributes {
  readonly [attribute: string]: Value;
}

export type Item = Key & Attributes;

/**
 * The attribute that says when an item may be dropped: seconds since the epoch. A table removes the
 * item some time after it; until then it is still returned, so readers look at the time themselves.
 */
export const ttlAttribute = "x";

/** One statement about one attribute of the item as it stands. */
export type Test =
  | { readonly attribute: string; readonly is: "absent" }
  | { readonly attribute: string; readonly is: "present" }
  | { readonly attribute: string; readonly is: "equal"; readonly value: Value }
  /** Strings only. */
  | { readonly attribute: string; readonly is: "prefixed"; readonly value: string }
  /** Strings only: strictly greater, compared by UTF-8 bytes. */
  | { readonly attribute: string; readonly is: "above"; readonly value: string };

/** Every statement must hold. */
export type Condition = readonly Test[];

/** Stores a whole item, only where there is none under its key. */
export interface Insert {
  readonly kind: "insert";
  readonly item: Item;
}

/** Stores a whole item over whatever is there. For what is immutable or has one writer only. */
export interface Put {
  readonly kind: "put";
  readonly item: Item;
}

/**
 * Changes attributes of an item that exists and meets the condition. Never creates an item. What is
 * set and what is removed are different attributes, and not the key's.
 */
export interface Patch {
  readonly kind: "patch";
  readonly key: Key;
  readonly set: Attributes;
  readonly remove?: readonly string[];
  readonly when: Condition;
}

/** Removes an item that exists and meets the condition. */
export interface Delete {
  readonly kind: "delete";
  readonly key: Key;
  readonly when: Condition;
}

export type Write = Insert | Put | Patch | Delete;

export type WriteResult =
  /** `current` is the item after the write; absent after a delete. */
  | { readonly outcome: "written"; readonly current: Item | undefined }
  /**
   * `current` is the item as the failed condition found it, `undefined` if there was none. Where the
   * database does not show that, it is the item as found just after.
   */
  | { readonly outcome: "conditionFailed"; readonly current: Item | undefined };

export type TransactResult =
  | { readonly outcome: "written" }
  /** One entry a write, in order; `current` only where the write's own condition failed. */
  | { readonly outcome: "conditionFailed"; readonly failures: readonly TransactFailure[] };

export type TransactFailure =
  | { readonly failed: false }
  | { readonly failed: true; readonly current: Item | undefined };

export interface Query {
  readonly pk: string;
  /**
   * Inclusive bounds on the sort key, compared by UTF-8 bytes. The lower may be empty, for the start
   * of the partition; bounds in the wrong order hold nothing.
   */
  readonly from: string;
  readonly to: string;
  /** At most so many items, 1 to 1000. */
  readonly limit: number;
  /** Defaults to ascending. */
  readonly descending?: boolean;
  /**
   * Whether the answer may lack what was written a moment ago, which is half the price where reads are
   * billed. Default: it may not.
   */
  readonly mayBeStale?: boolean;
}

export interface Page {
  readonly items: readonly Item[];
  /**
   * Whether the range may hold more behind the last item (ahead of it when descending); ask again
   * from just after that item's key. A page may be shorter than its limit and still not the last.
   */
  readonly more: boolean;
}

/**
 * The database refuses more work for now, and went on refusing while the adapter tried again. Some
 * writes of a `writeMany` may have been applied. Trying again later is right.
 */
export class TableThrottledError extends Error {
  override readonly name = "TableThrottledError";
  /** Whether it may be that one partition takes no more, while others would. Default: it may. */
  readonly mayBePartition: boolean;

  constructor(
    message: string,
    options: { readonly cause?: unknown; readonly mayBePartition?: boolean } = {},
  ) {
    const { mayBePartition = true, ...others } = options;
    super(message, others);
    this.mayBePartition = mayBePartition;
  }
}

/** What a caller may need to know about the database's nature, without knowing which one it is. */
export interface TableTraits {
  /** No item is larger, keys and names included. */
  readonly itemBytesMax: number;
  /** A write is billed in steps of so many bytes of the whole item; `undefined` if it is not. */
  readonly billedBytes: number | undefined;
  /** Whether expired items vanish at no cost, so that it pays not to delete them one by one. */
  readonly expiryIsFree: boolean;
  /** Whether other processes may read and write the same table while this one does. */
  readonly isShared: boolean;
  /**
   * Whether a call has taken effect, for all later calls, when it returns its promise, be it long
   * before that is answered. What was written may be lost until then, and what followed with it.
   */
  readonly appliesAtOnce: boolean;
}

/** The most writes that one `writeMany` takes, and the most keys of one `getMany`. */
export const writeManyMax = 25;
/** The most writes that one `transact` takes. */
export const transactMax = 25;
export const queryLimitMax = 1000;

/**
 * Immutable bytes under names, beside the items: for what would cost more in items. A name is never
 * given to other bytes. Nothing is deleted one by one: the store drops what was put more than 16 days
 * ago or later, which is longer than any message is kept.
 */
export interface BlobStore {
  /** What is smaller is better off in items. */
  readonly bytesMin: number;
  /** Once answered, every later `get` finds them. Putting the same again is fine. */
  put(name: string, bytes: Uint8Array): Promise<void>;
  /** `undefined` if there is nothing of that name; an exception if that could not be learnt. */
  get(name: string): Promise<Uint8Array | undefined>;
}

export interface Table {
  readonly traits: TableTraits;
  /** There where the table was given one. All who share a table must share it as well. */
  readonly blobs: BlobStore | undefined;
  /**
   * Reads are consistent: they see every write that was answered before they began. A query may say
   * that it need not be.
   */
  get(key: Key): Promise<Item | undefined>;
  /** Distinct keys, at most `writeManyMax`. */
  getMany(keys: readonly Key[]): Promise<readonly (Item | undefined)[]>;
  query(query: Query): Promise<Page>;
  write(write: Write): Promise<WriteResult>;
  /** Distinct keys, at most `writeManyMax`. */
  writeMany(writes: readonly Write[]): Promise<readonly WriteResult[]>;
  /** Distinct keys, at most `transactMax`. */
  transact(writes: readonly Write[]): Promise<TransactResult>;
  /** Ends open work and lets go of the database. No call may follow. */
  close(): Promise<void>;
}

/** The key of whatever item a write is about. */
export function keyOf(write: Write): Key {
  switch (write.kind) {
    case "insert":
    case "put":
      return write.item;
    case "patch":
    case "delete":
      return write.key;
  }
}

/** Throws unless keys are distinct and at most so many, as every call that takes several asks. */
export function assertDistinct(keys: readonly Key[], most: number): void {
  assert(keys.length <= most, `expected at most ${most} keys, got ${keys.length}`);
  // There are few, and to compare them is less work than to hash them.
  for (const [index, key] of keys.entries()) {
    for (let other = 0; other < index; other += 1) {
      assert(!isSameKey(key, keys[other]), "expected distinct keys");
    }
  }
}

function isSameKey(one: Key, other: Key | undefined): boolean {
  return one.sk === other?.sk && one.pk === other.pk;
}

/** Throws unless every number that a write stores is whole, and exact in a double. */
export function assertStorable(write: Write): void {
  const attributes = attributesOf(write);
  for (const name of Object.keys(attributes)) {
    const value = attributes[name];
    if (typeof value !== "number" || Number.isSafeInteger(value)) continue;
    assert.fail(`expected ${name} to be a whole number, got ${value}`);
  }
}

/** Throws unless writes are storable, with distinct keys, and at most so many. */
export function assertWrites(writes: readonly Write[], most: number): void {
  assertDistinct(writes.map(keyOf), most);
  for (const write of writes) assertStorable(write);
}

function attributesOf(write: Write): Attributes {
  switch (write.kind) {
    case "insert":
    case "put":
      return write.item;
    case "patch":
      return write.set;
    case "delete":
      return {};
  }
}
