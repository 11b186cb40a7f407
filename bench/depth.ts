import assert from "node:assert/strict";
import { createEngine } from "#engine/createEngine.ts";
import { queueKey, readQueueItem } from "#engine/queue.ts";
import { type Segment, segmentItem, segmentKey } from "#engine/segment.ts";
import { slotAttribute, writeSlot } from "#engine/slot.ts";
import { type Put, type Table, writeManyMax } from "#table/table.ts";
import { random, clock as systemClock } from "../bin/platform.ts";
import { insider, openEngineQueue } from "./engineQueue.ts";
import { openMeteredTable, sumOf } from "./freshTable.ts";
import type { QueueClient } from "./queueClient.ts";
import { seededRandom, wholeBelow } from "./seededRandom.ts";
import { type Percentiles, percentilesOf } from "./statistics.ts";
import { figure, textTable } from "./textTable.ts";

/** What traffic costs on DynamoDB behind so many messages in flight, and how soon those come back. */
export interface DepthResult {
  readonly inFlight: number;
  /** Messages sent, received and deleted in each simulated second. */
  readonly perSecond: number;
  readonly lives: number;
  /** What a process pays once, when it comes to the queue. */
  readonly firstLookReadUnits: number;
  readonly writeUnits: number;
  readonly readUnits: number;
  /** From the end of a visibility timeout to the message's next receive. */
  readonly redeliveryMs: Percentiles;
}

export const depths = [0, 1000, 10_000, 119_000] as const;
export const depthRates = [100] as const;

const account = "000000000000";
const queueName = "deep";
const simulatedSeconds = 30;
/** Timeouts that end while the traffic goes on; all others outlast it. */
const returning = 100;
const hour = 3_600_000;
const body = "x".repeat(100);

/**
 * Puts so many messages in flight at the head of a lane, then lets one process send, receive and
 * delete at a steady rate. Time is simulated: a run takes as long as the engine needs for it.
 */
export async function runDepth(
  endpoint: string,
  { inFlight, perSecond }: Pick<DepthResult, "inFlight" | "perSecond">,
): Promise<DepthResult> {
  const { table, bill } = await openMeteredTable(endpoint);
  let nowMs = systemClock.nowMs();
  const engine = createEngine({ table, clock: { ...systemClock, nowMs: () => nowMs }, random });
  try {
    const queue = await openEngineQueue(engine, queueName);
    const returnsMs = await putInFlight(table, inFlight, nowMs);
    await engine.operate("GetQueueUrl", { QueueName: queueName }, insider);
    bill.length = 0;
    const nothing = await queue.receive({ most: 1, visibilityTimeoutSeconds: 600, waitSeconds: 0 });
    assert.equal(nothing.length, 0, "expected nothing to be available yet");
    const firstLookReadUnits = sumOf(bill).readUnits;
    bill.length = 0;

    const lives = simulatedSeconds * perSecond;
    const redelivered: number[] = [];
    for (let life = 0; life < lives; life += 1) {
      nowMs += 1000 / perSecond;
      for (const back of await live(queue)) {
        const returnedMs = returnsMs.get(back);
        if (returnedMs !== undefined) redelivered.push(nowMs - returnedMs);
      }
    }
    assert.equal(redelivered.length, returnsMs.size, "expected every timeout that ended to show");
    const { writeUnits, readUnits } = sumOf(bill);
    const redeliveryMs = percentilesOf(redelivered);
    const cost = { firstLookReadUnits, writeUnits, readUnits };
    return { inFlight, perSecond, lives, ...cost, redeliveryMs };
  } finally {
    await engine.close();
    await table.close();
  }
}

/** Sends one message, and receives and deletes up to two: its own, and one that came back. */
async function live(queue: QueueClient): Promise<readonly string[]> {
  await queue.send([body]);
  const deliveries = await queue.receive({
    most: 2,
    visibilityTimeoutSeconds: 600,
    waitSeconds: 0,
  });
  await Promise.all(deliveries.map(({ receiptHandle }) => queue.delete([receiptHandle])));
  return deliveries.map(({ body: text }) => text);
}

/** Answers, by their bodies, which messages become available during the run, and when. */
async function putInFlight(
  table: Table,
  count: number,
  nowMs: number,
): Promise<ReadonlyMap<string, number>> {
  const key = queueKey(account, queueName);
  const item = await table.get(key);
  const entry = item && readQueueItem(item, account);
  assert(entry?.kind === "live");
  const queueId = entry.queue.id;
  const chance = seededRandom(1);
  const returnsMs = new Map<string, number>();
  const every = Math.max(1, Math.floor(count / returning));
  let puts: Put[] = [];
  for (let number = 0; number < count; number += 1) {
    const text = `in flight ${number}`;
    const isReturning = number % every === 0 && returnsMs.size < returning;
    const window = (simulatedSeconds / 2) * 1000;
    const visibleAtMs = nowMs + (isReturning ? 1000 + wholeBelow(chance, window) : 12 * hour);
    if (isReturning) returnsMs.set(text, visibleAtMs);
    puts.push({ kind: "put", item: itemInFlight(queueId, number, { text, visibleAtMs, nowMs }) });
    if (puts.length === writeManyMax || number === count - 1) {
      await table.writeMany(puts);
      puts = [];
    }
    if (number % 20_000 === 19_999) process.stderr.write(`depth: ${number + 1} in flight\n`);
  }
  return returnsMs;
}

function itemInFlight(
  queueId: string,
  number: number,
  message: { readonly text: string; readonly visibleAtMs: number; readonly nowMs: number },
) {
  const { text, visibleAtMs, nowMs } = message;
  const startsAtMs = nowMs - hour + Math.floor(number / 100);
  const lane = { queueId, epoch: 0, lane: 0 };
  const randomDigits = number.toString(16).padStart(13, "0");
  const segment: Segment = {
    key: segmentKey(lane, { startsAtMs, order: number % 100, randomDigits }),
    startsAtMs,
    delayMs: 0,
    slots: [{ kind: "fresh" }],
    contents: { kind: "inline", payload: Buffer.from(`\0\0${text}`) },
    expiresAtSeconds: Math.ceil(nowMs / 1000) + 86_400,
  };
  const slot = writeSlot({
    kind: "received",
    token: "aaaaaa",
    visibleAtMs,
    firstReceivedAtMs: startsAtMs,
    receiveCount: 1,
  });
  assert(slot !== undefined);
  return { ...segmentItem(segment, queueId), [slotAttribute(0)]: slot };
}

/** The cost, without that of the first look, beside that of the same traffic with nothing in flight. */
export function depthTable(results: readonly DepthResult[]): string {
  const head = ["in flight", "messages/s", "first look, read units"];
  const lives = ["write units/life", "read units/life"];
  const more = [
    "overhead, units (≤ 5 %)",
    "dollars",
    "redelivery p50 ms",
    "p99 ms (≤ 2,000)",
    "max ms",
  ];
  return textTable([
    [...head, ...lives, ...more],
    ...results.map((result) => {
      const { inFlight, perSecond, firstLookReadUnits, writeUnits, readUnits } = result;
      const { lives: count, redeliveryMs } = result;
      const base = results.find((each) => each.inFlight === 0 && each.perSecond === perSecond);
      const extraReads = readUnits - (base?.readUnits ?? 0);
      const share = (part: number) => `${figure((100 * part) / writeUnits)} %`;
      return [
        String(inFlight),
        String(perSecond),
        figure(firstLookReadUnits),
        figure(writeUnits / count),
        figure(readUnits / count),
        share(extraReads),
        // A read unit is a fifth of a write unit's price.
        share(extraReads / 5),
        figure(redeliveryMs.p50),
        figure(redeliveryMs.p99),
        figure(redeliveryMs.max),
      ];
    }),
  ]);
}
