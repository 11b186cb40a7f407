import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { bodiesOf, numberOf } from "./bodies.ts";
import { HttpConnection } from "./httpConnection.ts";
import { createQueue, httpQueue } from "./httpQueue.ts";
import { type Percentiles, percentilesOf, spreadOf } from "./statistics.ts";
import { figure, textTable } from "./textTable.ts";

export interface LatencyOptions {
  readonly origin: string;
  readonly bodyBytes: number;
  /** Connections that send by turns, and others that wait. */
  readonly producers: number;
  readonly consumers: number;
  readonly messages: number;
}

/** How soon messages reach long polls that wait for them, in several runs. */
export interface LatencyResult {
  readonly table: string;
  /** From when the send is asked for to when the receive is answered, in milliseconds. */
  readonly runs: readonly Percentiles[];
}

const perSecond = 100;
const waitSeconds = 20;
const visibilityTimeoutSeconds = 600;
const lastArrivalMsMax = 5000;

/** Sends at a steady pace, whatever becomes of the messages, to receives that wait. */
export async function runLatency(options: LatencyOptions): Promise<Percentiles> {
  const { origin, bodyBytes, producers, consumers, messages } = options;
  const connections = await Promise.all(
    Array.from({ length: producers + consumers }, () => HttpConnection.open(origin)),
  );
  const control = await HttpConnection.open(origin);
  const url = await createQueue(control, `latency-${randomUUID()}`);
  control.close();
  const queues = connections.map((connection) => httpQueue(connection, url));

  const bodyOf = bodiesOf(bodyBytes);
  const sentMs = new Map<number, number>();
  const tookMs: number[] = [];
  const all = Promise.withResolvers<void>();
  const receives = queues.slice(producers).map(async (queue) => {
    while (tookMs.length < messages) {
      const deliveries = await queue.receive({ most: 1, visibilityTimeoutSeconds, waitSeconds });
      const nowMs = performance.now();
      for (const { body, receiptHandle } of deliveries) {
        tookMs.push(nowMs - (sentMs.get(numberOf(body)) ?? Number.NaN));
        await queue.delete([receiptHandle]);
      }
      if (tookMs.length === messages) all.resolve();
    }
  });
  // Those that still wait when all is received are cut off.
  for (const receive of receives) receive.catch(all.reject);

  const startMs = performance.now();
  const sends = queues.slice(0, producers).map(async (queue, first) => {
    for (let number = first; number < messages; number += producers) {
      await sleep(Math.max(0, startMs + (number * 1000) / perSecond - performance.now()));
      sentMs.set(number, performance.now());
      await queue.send([bodyOf(number)]);
    }
  });
  await Promise.all(sends);
  const late = sleep(lastArrivalMsMax, undefined, { ref: false }).then(() => {
    throw new Error(`expected ${messages} messages, got ${tookMs.length}`);
  });
  await Promise.race([all.promise, late]);
  for (const connection of connections) connection.close();
  return percentilesOf(tookMs);
}

/** The results as a table, with their bounds. */
export function latencyTable(results: readonly LatencyResult[]): string {
  return textTable([
    ["send to receive", "p50 ms (≤ 1.5)", "min – max", "p99 ms (≤ 8)", "min – max"],
    ...results.map(({ table, runs }) => {
      const [p50, p99] = [
        spreadOf(runs.map((run) => run.p50)),
        spreadOf(runs.map((run) => run.p99)),
      ];
      return [
        table,
        figure(p50.median),
        `${figure(p50.min)} – ${figure(p50.max)}`,
        figure(p99.median),
        `${figure(p99.min)} – ${figure(p99.max)}`,
      ];
    }),
  ]);
}
