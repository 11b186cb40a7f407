import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Clock } from "#engine/clock.ts";
import { createEngine } from "#engine/createEngine.ts";
import type { Engine } from "#engine/engine.ts";
import { queueKey } from "#engine/queue.ts";
import { openDynamodbTable } from "#table/dynamodb/dynamodbTable.ts";
import { ensureTable } from "#table/dynamodb/ensureTable.ts";
import { textTable } from "../../bench/textTable.ts";
import { random } from "../../bin/platform.ts";
import {
  type DynamodbEngine,
  startDynamodbEngine,
  whyNoDynamodbEngine,
} from "../support/dynamodbEngine.ts";
import { type FaultProxy, startFaultProxy } from "../support/dynamodbFaultProxy.ts";
import { dynamodbOptions } from "../support/dynamodbFreshTable.ts";
import { aCaller } from "../support/engineCaller.ts";
import { PartitionMeter } from "../support/partitionMeter.ts";

/**
 * A queue that is offered several times what one lane takes, on a DynamoDB whose partition keys take 16
 * write units a second instead of 1,000, by a clock that runs twice as fast. Nobody intervenes.
 */
const speed = 2;
const limits = { writeUnits: 16, readUnits: 48 };
/** A life is three writes. */
const livesPerLane = limits.writeUnits / 3;
/** MILLRACE_GROWTH_TIMES=9 offers more, for longer. */
const times = Number(process.env["MILLRACE_GROWTH_TIMES"] ?? 4);
const periodSeconds = 5;
const periods = 2 * times;
const processes = 4;
const visibilitySeconds = 30;

const lack = whyNoDynamodbEngine();
let dynamodb: DynamodbEngine | undefined;
let proxy: FaultProxy | undefined;
let meter: PartitionMeter;

const startedMs = Date.now();
const clock: Clock = {
  nowMs: () => startedMs + (Date.now() - startedMs) * speed,
  after(delayMs, run) {
    const timer = setTimeout(run, Math.min(delayMs / speed, 2 ** 31 - 1));
    return () => clearTimeout(timer);
  },
};

beforeAll(async () => {
  if (lack !== undefined) return;
  dynamodb = await startDynamodbEngine();
  meter = new PartitionMeter(limits, clock.nowMs);
  proxy = await startFaultProxy(dynamodb.endpoint, (action) => meter.faultFor(action));
});
afterAll(async () => {
  await proxy?.stop();
  await dynamodb?.stop();
});

/** What happened in one period. */
interface Figures {
  lanes: number;
  sent: number;
  refused: number;
  received: number;
  refusedByTable: number;
}

function rowsOf(figures: readonly Figures[]): readonly (readonly string[])[] {
  const head = ["until second", "lanes", "sent", "refused", "received", "refused by the table"];
  const rows = figures.map(({ lanes, sent, refused, received, refusedByTable }, index) =>
    [(index + 1) * periodSeconds, lanes, sent, refused, received, refusedByTable].map(String),
  );
  return [head, ...rows];
}

it(`settles under ${times} times what a lane takes, without an operator`, async ({ skip }) => {
  skip(lack !== undefined, lack);
  const options = dynamodbOptions(dynamodb?.endpoint ?? "");
  await ensureTable(options);
  const table = openDynamodbTable({
    ...options,
    endpoint: proxy?.endpoint ?? "",
    sleep: (ms) => sleep(ms / speed),
  });
  const engines = Array.from({ length: processes }, () => createEngine({ table, clock, random }));
  const [first] = engines;
  if (first === undefined) throw new Error("expected an engine");
  const { QueueUrl = "" } = await first.operate("CreateQueue", { QueueName: "hot" }, aCaller());
  const figures: Figures[] = [];
  const beginPeriod = () => {
    const now = { lanes: 0, sent: 0, refused: 0, received: 0, refusedByTable: 0 };
    figures.push(now);
    return now;
  };
  let now = beginPeriod();
  const acknowledged = new Set<string>();
  const deleted = new Set<string>();
  let isSending = true;
  let isOver = false;

  async function sendOne(engine: Engine): Promise<void> {
    try {
      const input = { QueueUrl, MessageBody: "hello" };
      const { MessageId = "" } = await engine.operate("SendMessage", input, aCaller());
      acknowledged.add(MessageId);
      now.sent += 1;
    } catch {
      now.refused += 1;
    }
  }

  /** Offers messages at a rate, whatever becomes of them. */
  async function offer(): Promise<void> {
    const beganMs = clock.nowMs();
    const sends: Promise<void>[] = [];
    for (let offered = 0; isSending; offered += 1) {
      const dueMs = beganMs + (offered * 1000) / (times * livesPerLane);
      await sleep(Math.max(0, dueMs - clock.nowMs()) / speed);
      const engine = engines[offered % engines.length];
      if (engine !== undefined) sends.push(sendOne(engine));
    }
    await Promise.all(sends);
  }

  async function consume(engine: Engine): Promise<void> {
    while (!isOver) {
      try {
        const wish = { QueueUrl, WaitTimeSeconds: 1, MaxNumberOfMessages: 10 };
        const timeout = { VisibilityTimeout: visibilitySeconds };
        const received = await engine.operate("ReceiveMessage", { ...wish, ...timeout }, aCaller());
        for (const { MessageId = "", ReceiptHandle = "" } of received.Messages ?? []) {
          await engine.operate("DeleteMessage", { QueueUrl, ReceiptHandle }, aCaller());
          deleted.add(MessageId);
          now.received += 1;
        }
      } catch {
        // What was received comes back.
      }
    }
  }

  const offering = offer();
  const consuming = [...engines, ...engines].map(consume);
  for (let period = 0; period < periods; period += 1) {
    const before = meter.refused;
    await sleep((periodSeconds * 1000) / speed);
    const item = await table.get(queueKey(aCaller().account, "hot"));
    now.lanes = JSON.parse(String(item?.["q"])).lanes;
    now.refusedByTable = meter.refused - before;
    if (period < periods - 1) now = beginPeriod();
  }
  isSending = false;
  await offering;
  const endMs = Date.now() + 30_000;
  const isLeft = () => [...acknowledged].some((id) => !deleted.has(id));
  while (isLeft() && Date.now() < endMs) await sleep(100);
  isOver = true;
  await Promise.all(consuming);
  await Promise.all(engines.map((engine) => engine.close()));
  await table.close();
  process.stdout.write(`${textTable(rowsOf(figures))}\n`);

  const last = figures.at(-1);
  expect(isLeft()).toBe(false);
  expect(last?.lanes).toBeGreaterThanOrEqual(times);
  expect(last?.lanes).toBeLessThanOrEqual(8 * times);
  expect(last?.refused).toBeLessThanOrEqual(0.05 * ((last?.sent ?? 0) + (last?.refused ?? 0)));
}, 240_000);
