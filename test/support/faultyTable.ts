import { resultOfFailedCondition } from "#table/dynamodb/lostAnswer.ts";
import {
  type BlobStore,
  type Item,
  type Key,
  type Page,
  type Query,
  type Table,
  TableThrottledError,
  type TableTraits,
  type TransactResult,
  type Write,
  type WriteResult,
} from "#table/table.ts";

export interface TableCall {
  readonly kind: "get" | "getMany" | "query" | "write" | "writeMany" | "transact";
  /** Empty when the call only reads. */
  readonly writes: readonly Write[];
}

/**
 * - `lostRequest`: fails, and nothing happened.
 * - `lostAnswer`: fails, and all of it happened.
 * - `throttled`: fails, and of a `writeMany` the first half happened.
 * - `sentTwice`: an adapter that lost an answer sends the write once more, and reads the second
 *   answer as the port allows.
 */
export type Fault = "lostRequest" | "lostAnswer" | "throttled" | "sentTwice";

/** What becomes of one call. Without any of these it goes well, at once. */
export interface Fate {
  /** Awaited before the call reaches the table, and so the time for others to get in between. */
  readonly before?: (() => Promise<unknown>) | undefined;
  readonly fault?: Fault | undefined;
  /** Awaited between the writes of a `writeMany`, and between the two times of `sentTwice`. */
  readonly between?: (() => Promise<unknown>) | undefined;
  /** Awaited when the call has done its work, before it answers. */
  readonly after?: (() => Promise<unknown>) | undefined;
}

/** A table whose calls have the fate that is chosen for each. */
export class FaultyTable implements Table {
  readonly traits: TableTraits;
  readonly blobs: BlobStore | undefined;
  readonly #table: Table;
  readonly #fateOf: (call: TableCall) => Fate;

  constructor(table: Table, fateOf: (call: TableCall) => Fate) {
    this.traits = table.traits;
    this.blobs = table.blobs;
    this.#table = table;
    this.#fateOf = fateOf;
  }

  get(key: Key): Promise<Item | undefined> {
    return this.#read("get", () => this.#table.get(key));
  }

  getMany(keys: readonly Key[]): Promise<readonly (Item | undefined)[]> {
    return this.#read("getMany", () => this.#table.getMany(keys));
  }

  query(query: Query): Promise<Page> {
    return this.#read("query", () => this.#table.query(query));
  }

  async write(write: Write): Promise<WriteResult> {
    const fate = this.#fateOf({ kind: "write", writes: [write] });
    return await meet(fate, async () => {
      if (fate.fault === "throttled") throw throttled();
      return await this.#writeOne(write, fate);
    });
  }

  async writeMany(writes: readonly Write[]): Promise<readonly WriteResult[]> {
    const fate = this.#fateOf({ kind: "writeMany", writes });
    return await meet(fate, async () => {
      if (fate.fault === undefined && fate.between === undefined) {
        return await this.#table.writeMany(writes);
      }
      const results: WriteResult[] = [];
      for (const [index, write] of writes.entries()) {
        if (index > 0) await fate.between?.();
        if (fate.fault === "throttled" && index >= writes.length / 2) throw throttled();
        results.push(await this.#writeOne(write, fate));
      }
      return results;
    });
  }

  /** Never done twice: a transaction has a name by which the database knows it again. */
  async transact(writes: readonly Write[]): Promise<TransactResult> {
    const fate = this.#fateOf({ kind: "transact", writes });
    return await meet(fate, async () => {
      if (fate.fault === "throttled") throw throttled();
      return await this.#table.transact(writes);
    });
  }

  async close(): Promise<void> {
    await this.#table.close();
  }

  async #read<T>(kind: TableCall["kind"], read: () => Promise<T>): Promise<T> {
    const fate = this.#fateOf({ kind, writes: [] });
    return await meet(fate, async () => {
      if (fate.fault === "throttled") throw throttled();
      return await read();
    });
  }

  async #writeOne(write: Write, { fault, between }: Fate): Promise<WriteResult> {
    const result = await this.#table.write(write);
    if (fault !== "sentTwice") return result;
    await between?.();
    const second = await this.#table.write(write);
    return second.outcome === "written" || write.kind === "put"
      ? second
      : resultOfFailedCondition(write, second.current, true);
  }
}

async function meet<T>(fate: Fate, work: () => Promise<T>): Promise<T> {
  if (fate.before !== undefined) await fate.before();
  if (fate.fault === "lostRequest") throw new Error("the request was lost");
  const result = await work();
  if (fate.after !== undefined) await fate.after();
  if (fate.fault === "lostAnswer") throw new Error("the answer was lost");
  return result;
}

function throttled(): TableThrottledError {
  return new TableThrottledError("the table refuses more work");
}
