import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { bodiesOf } from "./bodies.ts";
import { HttpConnection } from "./httpConnection.ts";
import { createQueue, httpQueue } from "./httpQueue.ts";
import { numbersTo } from "./load.ts";
import type { QueueClient } from "./queueClient.ts";
import { type Percentiles, percentilesOf } from "./statistics.ts";
import { figure, textTable } from "./textTable.ts";

/** How long a receive of one takes behind so many messages in flight, and in an empty queue. */
export interface InFlightResult {
  readonly table: string;
  readonly inFlight: number;
  readonly deepMs: Percentiles;
  readonly emptyMs: Percentiles;
}

const connectionsAtOnce = 8;
const batchMost = 10;
const receives = 1000;
const warmUpReceives = 200;
/** The longest that SQS has: none of them comes back meanwhile. */
const visibilityTimeoutSeconds = 12 * 60 * 60;
const bodyBytes = 300;
const progressEvery = 20_000;

/** Takes all of a queue's messages into flight, then receives by turns there and in an empty queue. */
export async function runInFlight(
  origin: string,
  inFlight: number,
): Promise<Omit<InFlightResult, "table">> {
  const connections = await Promise.all(
    Array.from({ length: connectionsAtOnce }, () => HttpConnection.open(origin)),
  );
  const [first] = connections;
  assert(first !== undefined);
  const deepUrl = await createQueue(first, `deep-${randomUUID()}`);
  await putInFlight(
    connections.map((connection) => httpQueue(connection, deepUrl)),
    inFlight,
  );
  const empty = httpQueue(first, await createQueue(first, `empty-${randomUUID()}`));
  const deep = httpQueue(first, deepUrl);
  const [deepMs, emptyMs] = [[] as number[], [] as number[]];
  for (let number = 0; number < warmUpReceives + receives; number += 1) {
    const [inDeep, inEmpty] = [await timedReceive(deep), await timedReceive(empty)];
    if (number < warmUpReceives) continue;
    deepMs.push(inDeep);
    emptyMs.push(inEmpty);
  }
  for (const connection of connections) connection.close();
  return { inFlight, deepMs: percentilesOf(deepMs), emptyMs: percentilesOf(emptyMs) };
}

async function putInFlight(queues: readonly QueueClient[], count: number): Promise<void> {
  const bodyOf = bodiesOf(bodyBytes);
  const numbers = numbersTo(count);
  let received = 0;
  const receive = async (queue: QueueClient) => {
    for (;;) {
      const some = numbers.next(batchMost);
      if (some.length === 0) return;
      await queue.send(some.map(bodyOf));
      const got = await queue.receive({
        most: batchMost,
        visibilityTimeoutSeconds,
        waitSeconds: 0,
      });
      if (
        Math.floor((received + got.length) / progressEvery) > Math.floor(received / progressEvery)
      ) {
        process.stderr.write(`inflight: ${received + got.length} in flight\n`);
      }
      received += got.length;
    }
  };
  await Promise.all(queues.map(receive));
  const [queue] = queues;
  while (queue !== undefined && received < count) {
    const got = await queue.receive({ most: batchMost, visibilityTimeoutSeconds, waitSeconds: 1 });
    assert(got.length > 0, `expected ${count} in flight, got ${received}`);
    received += got.length;
  }
}

/** One message's life, of which the receive is timed. */
async function timedReceive(queue: QueueClient): Promise<number> {
  await queue.send(["one more"]);
  const startedMs = performance.now();
  const got = await queue.receive({ most: 1, visibilityTimeoutSeconds, waitSeconds: 1 });
  const tookMs = performance.now() - startedMs;
  const [only] = got;
  assert(only !== undefined && only.receiveCount === 1, "expected the message that was just sent");
  await queue.delete([only.receiptHandle]);
  return tookMs;
}

/** The results as a table, with its bound. */
export function inFlightTable(results: readonly InFlightResult[]): string {
  return textTable([
    ["table", "in flight", "receive p50 ms", "empty queue p50 ms", "ratio (≤ 3)", "p99 ms"].concat(
      "empty queue p99 ms",
    ),
    ...results.map(({ table, inFlight, deepMs, emptyMs }) => [
      table,
      inFlight.toLocaleString("en-US"),
      figure(deepMs.p50),
      figure(emptyMs.p50),
      figure(deepMs.p50 / emptyMs.p50),
      figure(deepMs.p99),
      figure(emptyMs.p99),
    ]),
  ]);
}
