import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { createEngine } from "#engine/createEngine.ts";
import type { Engine } from "#engine/engine.ts";
import type { BlobStore } from "#table/table.ts";
import { random, clock as systemClock } from "../bin/platform.ts";
import { bodiesOf } from "./bodies.ts";
import { insider, openEngineQueue } from "./engineQueue.ts";
import { openFifoEngineQueue } from "./fifoEngineQueue.ts";
import { openMeteredTable, sumOf } from "./freshTable.ts";
import type { ReceiveOptions } from "./queueClient.ts";

/** What a life took from DynamoDB, the cached configuration of its queue left out. */
export interface LifeCost {
  readonly writeUnits: number;
  readonly readUnits: number;
  readonly roundTrips: number;
  /** The calls in order, such as `PutItem`. */
  readonly calls: readonly string[];
}

/** One way for messages to live, from their sending to their deletion. */
export interface Life {
  readonly name: string;
  /** In one group of a FIFO queue, instead of a standard queue. */
  readonly isFifo?: true;
  /** Large contents go to a bucket. */
  readonly hasBucket?: true;
  /** What the life may take at most. */
  readonly bounds?: Pick<LifeCost, "writeUnits" | "readUnits">;
  live(queue: LifeQueue, pass: (durationMs: number) => Promise<void>): Promise<void>;
}

interface LifeQueue {
  send(bodies: readonly string[]): Promise<unknown>;
  receive(options: ReceiveOptions): Promise<readonly { readonly receiptHandle: string }[]>;
  delete(receiptHandles: readonly string[]): Promise<void>;
}

const visibilityTimeoutSeconds = 30;

/** What is asked of DynamoDB in one process with nothing else to do: figures are exact. */
export const lives: readonly Life[] = [
  {
    name: "a small message",
    bounds: { writeUnits: 3, readUnits: 2 },
    live: (queue) => liveTogether(queue, ["hello"]),
  },
  {
    name: "a JSON message of 900 bytes",
    bounds: { writeUnits: 3, readUnits: 2 },
    live: (queue) => liveTogether(queue, bodies(1, 900)),
  },
  {
    name: "a JSON message of 10 KB",
    bounds: { writeUnits: 7, readUnits: 3 },
    live: (queue) => liveTogether(queue, bodies(1, 10_000)),
  },
  {
    name: "64 KB that do not compress, in S3",
    hasBucket: true,
    bounds: { writeUnits: 3, readUnits: 2 },
    live: (queue) => liveTogether(queue, [randomBytes(48 * 1024).toString("base64")]),
  },
  { name: "a JSON message of 100 KB", live: (queue) => liveTogether(queue, bodies(1, 100_000)) },
  {
    name: "ten messages of 200 bytes",
    bounds: { writeUnits: 3.5, readUnits: 2 },
    live: (queue) => liveTogether(queue, bodies(10, 200)),
  },
  {
    name: "ten JSON messages of 1 KB",
    bounds: { writeUnits: 8, readUnits: 5 },
    live: (queue) => liveTogether(queue, bodies(10, 1000)),
  },
  {
    name: "ten messages of 200 bytes sent one by one",
    live: async (queue) => {
      for (const body of bodies(10, 200)) await queue.send([body]);
      await receiveAndDelete(queue, 10);
    },
  },
  {
    name: "a small message received again after its visibility timeout",
    // Its redelivery 1.1 and 1, and the rest as above.
    bounds: { writeUnits: 4.1, readUnits: 3 },
    live: async (queue, pass) => {
      await queue.send(["hello"]);
      await receive(queue, 1);
      await pass(visibilityTimeoutSeconds * 1000 + 1);
      await receiveAndDelete(queue, 1);
    },
  },
  {
    name: "a small FIFO message",
    isFifo: true,
    live: (queue) => liveTogether(queue, bodies(1, 200)),
  },
  {
    name: "ten FIFO messages of 200 bytes",
    isFifo: true,
    live: (queue) => liveTogether(queue, bodies(10, 200)),
  },
  {
    name: "a receive that finds nothing",
    live: async (queue) => {
      await receive(queue, 0);
    },
  },
];

async function liveTogether(queue: LifeQueue, several: readonly string[]): Promise<void> {
  await queue.send(several);
  await receiveAndDelete(queue, several.length);
}

async function receiveAndDelete(queue: LifeQueue, count: number): Promise<void> {
  const deliveries = await receive(queue, count);
  await queue.delete(deliveries.map(({ receiptHandle }) => receiptHandle));
}

async function receive(queue: LifeQueue, count: number) {
  const deliveries = await queue.receive({
    most: Math.max(1, count),
    visibilityTimeoutSeconds,
    waitSeconds: 0,
  });
  assert.equal(deliveries.length, count, "expected to receive all that was sent");
  return deliveries;
}

function bodies(count: number, bytes: number): readonly string[] {
  const bodyOf = bodiesOf(bytes);
  return Array.from({ length: count }, (_, index) => bodyOf(index));
}

/**
 * Lives a life on a table of its own at an engine that speaks DynamoDB's API, and adds up what the
 * table took. Where there are `blobs`, large contents go there.
 */
export async function costOfLife(
  endpoint: string,
  life: Life,
  blobs?: BlobStore,
): Promise<LifeCost> {
  const { table, bill } = await openMeteredTable(endpoint, blobs);
  let nowMs = systemClock.nowMs();
  // Time stands still, so that what is remembered of the queue does not grow old by chance.
  const engine = createEngine({ table, clock: { ...systemClock, nowMs: () => nowMs }, random });
  const queueName = life.isFifo ? "life.fifo" : "life";
  const queue = life.isFifo
    ? await openOneGroup(engine, queueName)
    : await openEngineQueue(engine, queueName);
  bill.length = 0;
  await life.live(queue, async (durationMs) => {
    nowMs += durationMs;
    const billed = bill.length;
    await engine.operate("GetQueueUrl", { QueueName: queueName }, insider);
    bill.length = billed;
  });
  await engine.close();
  await table.close();
  return { ...sumOf(bill), calls: bill.map(({ call }) => call) };
}

/** A FIFO queue as one message group has it. */
async function openOneGroup(engine: Engine, name: string): Promise<LifeQueue> {
  const queue = await openFifoEngineQueue(engine, name);
  const messageOf = (body: string) => ({ body, groupId: "g", deduplicationId: randomUUID() });
  return { ...queue, send: (several) => queue.send(several.map(messageOf)) };
}
