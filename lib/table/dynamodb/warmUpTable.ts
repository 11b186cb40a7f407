import assert from "node:assert/strict";
import { Readable } from "node:stream";
import {
  type Item,
  type Key,
  keyOf,
  type Page,
  type Query,
  type Table,
  type TransactResult,
  type Value,
  type Write,
  type WriteResult,
} from "#table/table.ts";
import { mayHappen, patched } from "#table/writes.ts";
import type { ConnectionOptions } from "./connection.ts";
import { type DynamodbTableOptions, openDynamodbTable } from "./dynamodbTable.ts";

export type WarmUpTableOptions = Omit<DynamodbTableOptions, "blobs" | "requestHandler">;

/**
 * A table in this process for running through all that a call to DynamoDB runs through: each is made by
 * the adapter and the SDK as ever, signed and sent; but what it is sent to is in this process too, and
 * answers with the bytes that DynamoDB would answer. No request is made. For a few items, and for
 * writes whose conditions hold: it throws where one does not.
 */
export function openWarmUpTable(options: WarmUpTableOptions): Table {
  return new WarmUpTable(options);
}

class WarmUpTable implements Table {
  readonly traits;
  readonly blobs = undefined;
  readonly #table: Table;
  readonly #tableName: string;
  readonly #items = new Map<string, Item>();
  #answer: unknown;
  /** Calls are made one after the other, since an answer does not tell which of them it is to. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: WarmUpTableOptions) {
    const requestHandler = answeredBy(() => this.#answer);
    this.#table = openDynamodbTable({ ...options, requestHandler });
    this.#tableName = options.tableName;
    this.traits = this.#table.traits;
  }

  get(key: Key): Promise<Item | undefined> {
    return this.#call(
      (table) => table.get(key),
      () => ({ Item: this.#stored(key) }),
    );
  }

  getMany(keys: readonly Key[]): Promise<readonly (Item | undefined)[]> {
    return this.#call(
      (table) => table.getMany(keys),
      () => {
        const found = keys.map((key) => this.#stored(key)).filter((item) => item !== undefined);
        return { Item: found[0], Responses: { [this.#tableName]: found } };
      },
    );
  }

  query(query: Query): Promise<Page> {
    return this.#call(
      (table) => table.query(query),
      () => ({ Items: this.#range(query).map(marshalled) }),
    );
  }

  write(write: Write): Promise<WriteResult> {
    return this.#call(
      (table) => table.write(write),
      () => ({ Attributes: this.#apply(write) }),
    );
  }

  writeMany(writes: readonly Write[]): Promise<readonly WriteResult[]> {
    return this.#call(
      (table) => table.writeMany(writes),
      () => {
        const Responses = writes.map((write) => ({ Item: this.#apply(write) }));
        return { Responses, Attributes: Responses[0]?.Item };
      },
    );
  }

  transact(writes: readonly Write[]): Promise<TransactResult> {
    return this.#call(
      (table) => table.transact(writes),
      () => {
        for (const write of writes) this.#apply(write);
        return {};
      },
    );
  }

  async close(): Promise<void> {
    await this.#table.close();
  }

  /** Makes a call that gets this answer, after those that were made before. */
  #call<Result>(call: (table: Table) => Promise<Result>, answer: () => unknown): Promise<Result> {
    const result = this.#last.then(() => {
      this.#answer = answer();
      return call(this.#table);
    });
    this.#last = result.catch(() => undefined);
    return result;
  }

  #stored(key: Key): Marshalled | undefined {
    const item = this.#items.get(nameOf(key));
    return item && marshalled(item);
  }

  #range({ pk, from, to, limit, descending = false }: Query): readonly Item[] {
    const items = [...this.#items.values()]
      .filter((item) => item.pk === pk && item.sk >= from && item.sk <= to)
      .sort((left, right) => (left.sk < right.sk ? -1 : 1));
    return (descending ? items.reverse() : items).slice(0, limit);
  }

  /** Makes a write, and tells what DynamoDB tells of it: the item after a patch and before a delete. */
  #apply(write: Write): Marshalled | undefined {
    const name = nameOf(keyOf(write));
    const current = this.#items.get(name);
    assert(mayHappen(write, current), `expected the condition of the ${write.kind} to hold`);
    switch (write.kind) {
      case "insert":
      case "put":
        this.#items.set(name, write.item);
        return undefined;
      case "patch": {
        assert(current !== undefined);
        const item = patched(current, write);
        this.#items.set(name, item);
        return marshalled(item);
      }
      case "delete":
        this.#items.delete(name);
        return current && marshalled(current);
    }
  }
}

/** What the SDK takes for its connection to DynamoDB. */
function answeredBy(answer: () => unknown): NonNullable<ConnectionOptions["requestHandler"]> {
  return {
    async handle() {
      const headers = { "content-type": "application/x-amz-json-1.0" };
      const body = Readable.from([Buffer.from(JSON.stringify(answer()))]);
      return { response: { statusCode: 200, headers, body } };
    },
  };
}

function nameOf({ pk, sk }: Key): string {
  return JSON.stringify([pk, sk]);
}

/** An item as it goes over the wire. */
type Marshalled = Readonly<Record<string, Readonly<Record<string, string>>>>;

function marshalled(item: Item): Marshalled {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, onWire(value)]));
}

function onWire(value: Value): Readonly<Record<string, string>> {
  if (typeof value === "string") return { S: value };
  if (typeof value === "number") return { N: String(value) };
  return { B: Buffer.from(value).toString("base64") };
}
