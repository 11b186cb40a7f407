import assert from "node:assert/strict";
import { BatchExecuteStatementCommand, BatchWriteCommand } from "@aws-sdk/lib-dynamodb";
import { keyOf, type Put, type Write, type WriteResult } from "#table/table.ts";
import { attemptsOf, type Connection, refused } from "./connection.ts";
import type { Document } from "./documents.ts";
import { resultOfFailedCondition } from "./lostAnswer.ts";
import { statementFor } from "./partiql.ts";
import { readItems } from "./readItems.ts";
import { sendUntilDone } from "./retry.ts";
import {
  type Entry,
  estimatedUnits,
  type Guarded,
  type Verdict,
  verdictOn,
} from "./statementVerdict.ts";
import { writeItem } from "./writeItem.ts";

/** What became of each write. */
type Results = Map<Write, WriteResult>;

/**
 * Makes many writes, each with a fate of its own, in as few round trips as DynamoDB has actions for.
 *
 * ```
 *   puts ───────────────────────► BatchWriteItem           (it knows no conditions)
 *   insert, patch, delete ──────► BatchExecuteStatement    (PartiQL knows no unguarded put)
 *      what PartiQL cannot say ─► PutItem, UpdateItem, DeleteItem
 *      lost, item not shown ────► BatchGetItem             (after the batch)
 * ```
 */
export class BatchWriter {
  readonly #connection: Connection;
  /** Some engines that speak DynamoDB's API know no PartiQL; the first batch tells. */
  #knowsPartiql = true;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Writes with distinct keys. Answers in their order. */
  async write(writes: readonly Write[]): Promise<readonly WriteResult[]> {
    const results: Results = new Map();
    const puts = writes.filter((write) => write.kind === "put");
    const guarded = writes.filter((write) => write.kind !== "put");
    await Promise.all([this.#putAll(puts, results), this.#writeGuarded(guarded, results)]);
    return writes.map((write) => {
      const result = results.get(write);
      assert(result !== undefined, "expected a result for every write");
      return result;
    });
  }

  async #putAll(puts: readonly Put[], results: Results): Promise<void> {
    if (puts.length < 2) return await this.#writeSingly(puts, results);
    const left = await sendUntilDone(
      this.#connection.patience,
      puts.map(({ item }) => putRequest(item)),
      async (requests) => {
        const table = this.#connection.tableName;
        const { UnprocessedItems } = await this.#connection.call("BatchWriteItem", (measured) =>
          this.#connection.documents.send(
            new BatchWriteCommand({ ...measured, RequestItems: { [table]: [...requests] } }),
          ),
        );
        const unprocessed = UnprocessedItems?.[table] ?? [];
        return unprocessed.flatMap(({ PutRequest }) =>
          PutRequest?.Item === undefined ? [] : [putRequest(PutRequest.Item)],
        );
      },
    );
    if (left.length > 0) throw this.#refused("BatchWriteItem", "UnprocessedItems");
    for (const put of puts) results.set(put, { outcome: "written", current: put.item });
  }

  async #writeGuarded(writes: readonly Guarded[], results: Results): Promise<void> {
    const entries = writes.flatMap((write): Entry[] => {
      const statement = statementFor(write, this.#connection.tableName);
      return statement === undefined ? [] : [{ write, statement, wasSentAgain: false }];
    });
    if (entries.length < 2 || !this.#knowsPartiql) return await this.#writeSingly(writes, results);
    const inBatch = new Set<Write>(entries.map(({ write }) => write));
    await Promise.all([
      this.#writeBatch(entries, results),
      this.#writeSingly(
        writes.filter((write) => !inBatch.has(write)),
        results,
      ),
    ]);
  }

  async #writeSingly(writes: readonly Write[], results: Results): Promise<void> {
    await Promise.all(
      writes.map(async (write) => results.set(write, await writeItem(this.#connection, write))),
    );
  }

  async #writeBatch(entries: readonly Entry[], results: Results): Promise<void> {
    const unseen: Entry[] = [];
    const refusedStatements: Write[] = [];
    let lastCode = "";
    const left = await sendUntilDone(this.#connection.patience, entries, async (sent) => {
      const again: Entry[] = [];
      for (const [entry, verdict] of await this.#send(sent)) {
        switch (verdict.kind) {
          case "settled":
            results.set(entry.write, verdict.result);
            break;
          case "lostUnseen":
            unseen.push(entry);
            break;
          case "sendAgain":
            again.push(verdict.entry);
            lastCode = verdict.code;
            break;
          case "refusedStatement":
            refusedStatements.push(entry.write);
            break;
        }
      }
      return again;
    });
    if (left.length > 0) throw this.#refused("BatchExecuteStatement", lastCode);
    await Promise.all([
      this.#lookAt(unseen, results),
      // Either the engine reads less PartiQL than we write, or the write itself is wrong, which the
      // action for it then says in a better way.
      this.#writeSingly(refusedStatements, results),
    ]);
  }

  /** Sends one batch and reads what its answer says about each entry. */
  async #send(entries: readonly Entry[]): Promise<readonly (readonly [Entry, Verdict])[]> {
    try {
      const output = await this.#connection.call(
        "BatchExecuteStatement",
        (measured) =>
          this.#connection.documents.send(
            new BatchExecuteStatementCommand({
              ...measured,
              Statements: entries.map(({ statement }) => statement),
            }),
          ),
        ({ Responses }) => estimatedUnits(entries, Responses),
      );
      const wasSentAgain = attemptsOf(output) > 1;
      return entries.map((entry, index) => {
        const sent = { ...entry, wasSentAgain: entry.wasSentAgain || wasSentAgain };
        return [sent, verdictOn(sent, output.Responses?.[index])];
      });
    } catch (error) {
      if (!isUnknownOperation(error)) throw error;
      this.#knowsPartiql = false;
      return entries.map((entry) => [entry, { kind: "refusedStatement" }]);
    }
  }

  /** Finds the items that made conditions fail. */
  async #lookAt(entries: readonly Entry[], results: Results): Promise<void> {
    const items = await readItems(
      this.#connection,
      entries.map(({ write }) => keyOf(write)),
    );
    for (const [index, { write, wasSentAgain }] of entries.entries()) {
      results.set(write, resultOfFailedCondition(write, items[index], wasSentAgain));
    }
  }

  #refused(call: string, code: string): Error {
    return refused(call, this.#connection.tableName, code);
  }
}

function putRequest(document: Document): { PutRequest: { Item: Document } } {
  return { PutRequest: { Item: document } };
}

function isUnknownOperation(error: unknown): boolean {
  return (
    error instanceof Error &&
    error.cause instanceof Error &&
    error.cause.name === "UnknownOperationException"
  );
}
