import assert from "node:assert/strict";
import {
  assertDistinct,
  assertStorable,
  assertWrites,
  type BlobStore,
  type Item,
  type Key,
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
import { Connection, type ConnectionOptions } from "./connection.ts";
import { queryItems, readItem, readItems } from "./readItems.ts";
import { transactItems } from "./transactItems.ts";
import { writeItem } from "./writeItem.ts";
import { BatchWriter } from "./writeItems.ts";

export interface DynamodbTableOptions extends ConnectionOptions {
  /** A fresh id at each call, such as `randomUUID` gives: the token of a transaction. */
  readonly newId: () => string;
  /** Where large contents go. Without it they are in chunks of items. */
  readonly blobs?: BlobStore | undefined;
}

const traits: TableTraits = {
  itemBytesMax: 400 * 1024,
  billedBytes: 1024,
  expiryIsFree: true,
  isShared: true,
  appliesAtOnce: false,
};

/**
 * A table in DynamoDB, or in an engine that speaks its API. The table must exist: see `ensureTable`.
 * Other processes may use it at the same time.
 *
 * Calls wait about 3 seconds for an answer and are sent up to 5 times, with short pauses between.
 * Refusals that last longer are a `TableThrottledError`.
 */
export function openDynamodbTable(options: DynamodbTableOptions): Table {
  return new DynamodbTable(new Connection(options), options);
}

class DynamodbTable implements Table {
  readonly traits = traits;
  readonly blobs: BlobStore | undefined;
  readonly #connection: Connection;
  readonly #batchWriter: BatchWriter;
  readonly #newId: () => string;

  constructor(connection: Connection, { newId, blobs }: DynamodbTableOptions) {
    this.blobs = blobs;
    this.#connection = connection;
    this.#batchWriter = new BatchWriter(connection);
    this.#newId = newId;
  }

  async get(key: Key): Promise<Item | undefined> {
    return await readItem(this.#connection, key);
  }

  async getMany(keys: readonly Key[]): Promise<readonly (Item | undefined)[]> {
    assertDistinct(keys, writeManyMax);
    return await readItems(this.#connection, keys);
  }

  async query(query: Query): Promise<Page> {
    assert(query.limit >= 1 && query.limit <= queryLimitMax, `got a limit of ${query.limit}`);
    return await queryItems(this.#connection, query);
  }

  async write(write: Write): Promise<WriteResult> {
    assertStorable(write);
    return await writeItem(this.#connection, write);
  }

  async writeMany(writes: readonly Write[]): Promise<readonly WriteResult[]> {
    assertWrites(writes, writeManyMax);
    return await this.#batchWriter.write(writes);
  }

  async transact(writes: readonly Write[]): Promise<TransactResult> {
    assertWrites(writes, transactMax);
    return await transactItems(this.#connection, writes, this.#newId());
  }

  async close(): Promise<void> {
    this.#connection.client.destroy();
  }
}
