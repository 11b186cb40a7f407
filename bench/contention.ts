import { createEngine } from "#engine/createEngine.ts";
import type { Table, Write, WriteResult } from "#table/table.ts";
import { clock, random } from "../bin/platform.ts";
import { bodiesOf } from "./bodies.ts";
import { openEngineQueue } from "./engineQueue.ts";
import { openMeteredTable, sumOf } from "./freshTable.ts";
import { setLanes } from "./setLanes.ts";
import { figure, textTable } from "./textTable.ts";

export interface ContentionOptions {
  /** Of an engine that speaks DynamoDB's API. */
  readonly endpoint: string;
  /** Messages a receive asks for. */
  readonly batch: number;
  /** Lanes of the queue, as many as growth would have given it. */
  readonly lanes: number;
  readonly consumers: number;
  readonly messages: number;
}

/** How often consumers got in each other's way. */
export interface ContentionRun extends Omit<ContentionOptions, "endpoint"> {
  /** Claims that were made, a write of one segment each. */
  readonly won: number;
  /** Claims that lost their race, which are billed as well. */
  readonly lost: number;
  readonly readUnitsPerMessage: number;
  /** Messages that somebody received a second time. */
  readonly doubled: number;
  /** Receives that the engine did not answer in time. */
  readonly failed: number;
}

/** What is compared: receives of one and of ten, before lanes have grown and after. */
export const contentionCases = [
  { batch: 1, lanes: 1, messages: 1000 },
  { batch: 1, lanes: 64, messages: 2000 },
  { batch: 10, lanes: 1, messages: 1000 },
  { batch: 10, lanes: 64, messages: 6000 },
] as const;

const queueName = "contention";
const bodyBytes = 200;
const sendersAtOnce = 20;
const visibilityTimeoutSeconds = 600;
const waitSeconds = 1;
/** Messages of receives that failed come back too late to be waited for. */
const quietMsMax = 10_000;

/**
 * Lets consumers take a backlog of messages that were sent one by one: each is an engine of its own, with
 * a memory of its own, as in processes of their own.
 */
export async function runContention(options: ContentionOptions): Promise<ContentionRun> {
  const { endpoint, batch, lanes, consumers, messages } = options;
  const { table, bill } = await openMeteredTable(endpoint);
  const claims = { won: 0, lost: 0 };
  const engines = Array.from({ length: consumers }, () =>
    createEngine({ table: countingClaims(table, claims), clock, random }),
  );
  const queues = await Promise.all(engines.map((engine) => openEngineQueue(engine, queueName)));
  await setLanes(table, queueName, lanes);
  // What the engines remember of the queue is two seconds old at most.
  await new Promise((resolve) => setTimeout(resolve, 2100));
  await sendAll(queues, messages);
  bill.length = 0;
  const seen = new Set<string>();
  let doubled = 0;
  let failed = 0;
  let left = messages;
  let changedMs = clock.nowMs();
  const mayGoOn = () => left > 0 && clock.nowMs() - changedMs < quietMsMax;
  await Promise.all(
    queues.map(async (queue) => {
      while (mayGoOn()) {
        const wish = { most: batch, visibilityTimeoutSeconds, waitSeconds };
        const deliveries = await queue.receive(wish).catch(() => {
          // On a busy machine the engine may be too slow to answer a hundred at once.
          failed += 1;
          return [];
        });
        for (const { messageId } of deliveries) {
          if (seen.has(messageId)) doubled += 1;
          seen.add(messageId);
        }
        if (deliveries.length === 0) continue;
        await queue.delete(deliveries.map(({ receiptHandle }) => receiptHandle));
        left -= deliveries.length;
        changedMs = clock.nowMs();
      }
    }),
  );
  await Promise.all(engines.map((engine) => engine.close()));
  await table.close();
  const readUnitsPerMessage = sumOf(bill).readUnits / messages;
  return { batch, lanes, consumers, messages, ...claims, doubled, failed, readUnitsPerMessage };
}

/** Claims are the patches that are made while nobody sends, changes visibility or moves anything. */
function countingClaims(table: Table, claims: { won: number; lost: number }): Table {
  const count = (write: Write, { outcome }: WriteResult) => {
    if (write.kind === "patch") claims[outcome === "written" ? "won" : "lost"] += 1;
  };
  return {
    traits: table.traits,
    blobs: table.blobs,
    get: (key) => table.get(key),
    getMany: (keys) => table.getMany(keys),
    query: (query) => table.query(query),
    transact: (writes) => table.transact(writes),
    close: () => table.close(),
    async write(write) {
      const result = await table.write(write);
      count(write, result);
      return result;
    },
    async writeMany(writes) {
      const results = await table.writeMany(writes);
      for (const [index, result] of results.entries()) {
        const write = writes[index];
        if (write !== undefined) count(write, result);
      }
      return results;
    },
  };
}

async function sendAll(
  queues: readonly Awaited<ReturnType<typeof openEngineQueue>>[],
  messages: number,
): Promise<void> {
  const bodyOf = bodiesOf(bodyBytes);
  let sent = 0;
  const senders = queues.slice(0, sendersAtOnce).map(async (queue) => {
    while (sent < messages) {
      sent += 1;
      await queue.send([bodyOf(sent)]);
    }
  });
  await Promise.all(senders);
}

/** The runs as a table, with its bound. */
export function contentionTable(runs: readonly ContentionRun[]): string {
  return textTable([
    [
      "messages a receive",
      "lanes",
      "consumers",
      "messages",
      "claims won",
      "lost",
      "lost per won (≤ 0.5 once grown)",
      "read units/message",
      "doubled",
      "failed",
    ],
    ...runs.map((run) => [
      String(run.batch),
      String(run.lanes),
      String(run.consumers),
      String(run.messages),
      String(run.won),
      String(run.lost),
      figure(run.lost / run.won),
      figure(run.readUnitsPerMessage),
      String(run.doubled),
      String(run.failed),
    ]),
  ]);
}
