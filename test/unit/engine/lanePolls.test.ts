import { describe, expect, it } from "vitest";
import { queueKey } from "#engine/queue.ts";
import type { Key, Query } from "#table/table.ts";
import { aCaller } from "../../support/engineCaller.ts";
import { FakeClock } from "../../support/fakeClock.ts";
import { MemoryTable } from "../../support/memoryTable.ts";
import { bodiesOf, TestProcess } from "./aQueue.ts";

const wait = { WaitTimeSeconds: 20 };

/** Queries, with what is asked of them, and what DynamoDB bills for reads that find next to nothing. */
class WatchedTable extends MemoryTable {
  readonly queries: Query[] = [];
  gets = 0;

  get readUnits(): number {
    const stale = this.queries.filter(({ mayBeStale }) => mayBeStale === true).length;
    return this.gets + this.queries.length - stale / 2;
  }

  override async get(key: Key) {
    this.gets += 1;
    return await super.get(key);
  }

  override async query(query: Query) {
    this.queries.push(query);
    return await super.query(query);
  }
}

/** Two processes at a queue with so many lanes. */
async function aQueueOf(lanes: number, name = "queue") {
  const clock = new FakeClock();
  const table = new WatchedTable();
  const process = new TestProcess(table, clock);
  const url = await process.create(name, name === "queue" ? {} : { FifoQueue: "true" });
  const key = queueKey(aCaller().account, name);
  const item = await table.get(key);
  const q = JSON.stringify({ ...JSON.parse(String(item?.["q"])), lanes });
  await table.write({ kind: "patch", key, set: { q }, when: [] });
  return { clock, table, url, receiver: process.another(2), sender: process.another(3) };
}

/** Lets a process wait for messages, one receive after the other, until there are some. */
async function waitFor(receiver: TestProcess, url: string) {
  for (let receives = 0; receives < 12; receives += 1) {
    const messages = await receiver.receive(url, wait);
    if (messages.length > 0) return bodiesOf(messages);
  }
  return [];
}

async function aQuietQueueOf(lanes: number, name?: string) {
  const queue = await aQueueOf(lanes, name);
  const answer = waitFor(queue.receiver, queue.url);
  await queue.clock.advance(30_000);
  queue.table.queries.length = 0;
  queue.table.gets = 0;
  return { ...queue, answer };
}

describe("a receive that waits at a quiet queue", () => {
  it.each([
    { lanes: 1, name: "queue", unitsMax: 0.8 },
    { lanes: 2, name: "queue", unitsMax: 1 },
    { lanes: 64, name: "queue", unitsMax: 1 },
    { lanes: 1, name: "queue.fifo", unitsMax: 1 },
  ])("of $lanes lanes reads at most $unitsMax units a second: $name", async (expected) => {
    const { clock, table } = await aQuietQueueOf(expected.lanes, expected.name);

    // As long as three receives, whose first looks are at what is there now.
    await clock.advance(60_000);

    expect(table.readUnits / 60).toBeLessThanOrEqual(expected.unitsMax);
    expect(table.readUnits / 60).toBeGreaterThan(0.5);
  });

  it("makes no more of them for a hundred that wait", async () => {
    const { clock, table, receiver, url } = await aQuietQueueOf(64);
    for (let others = 0; others < 100; others += 1) void waitFor(receiver, url);

    await clock.advance(60_000);

    expect(table.queries.length).toBeLessThanOrEqual(100);
  });

  it.each([
    { lanes: 1, name: "queue" },
    { lanes: 64, name: "queue" },
    { lanes: 1, name: "queue.fifo" },
  ])("makes no more where they begin at all times: $lanes lanes, $name", async (expected) => {
    const { clock, table, receiver, url } = await aQuietQueueOf(expected.lanes, expected.name);
    for (let others = 0; others < 40; others += 1) {
      void waitFor(receiver, url);
      await clock.advance(530);
    }
    table.queries.length = 0;
    table.gets = 0;

    await clock.advance(60_000);

    expect(table.readUnits / 60).toBeLessThanOrEqual(1);
  });

  it("finds within a second and a half what is sent to a FIFO queue", async () => {
    const { clock, sender, receiver, url, answer } = await aQuietQueueOf(1, "queue.fifo");
    await clock.advance(500);
    await sender.sendOfGroup(url, "group", "first");
    const late = waitFor(receiver, url);

    await clock.advance(1500);

    expect(await Promise.race([answer, late])).toEqual(["first"]);
  });

  it("answers a repeated attempt, which others that wait would not find", async () => {
    const { clock, sender, receiver, url } = await aQuietQueueOf(1, "queue.fifo");
    const attempt = { ...wait, ReceiveRequestAttemptId: "attempt", VisibilityTimeout: 300 };
    await sender.sendOfGroup(url, "group", "a message");
    const first = bodiesOf(await sender.receive(url, attempt));

    const repeated = receiver.receive(url, attempt).then(bodiesOf);
    await clock.advance(3000);

    expect(first).toEqual(["a message"]);
    expect(await Promise.race([repeated, "still waiting"])).toEqual(first);
  });

  it.each(["queue", "queue.fifo"])("looks in each wait, however short: %s", async (name) => {
    const { clock, sender, receiver, url } = await aQueueOf(1, name);
    // By then it is quiet, and somebody has looked a moment ago.
    for (let waits = 0; waits < 20; waits += 1) {
      const nothing = receiver.receive(url, { WaitTimeSeconds: 1 });
      await clock.advance(1000);
      expect(await nothing).toEqual([]);
    }
    await sender.sendOfGroup(url, "group", "first");

    const messages = receiver.receive(url, { WaitTimeSeconds: 1 });
    await clock.advance(1000);

    expect(bodiesOf(await messages)).toEqual(["first"]);
  });

  it("finds within a second what another process sends first", async () => {
    const { clock, sender, url, answer } = await aQuietQueueOf(64);
    await sender.send(url, "first");

    await clock.advance(1000);

    expect(await answer).toEqual(["first"]);
  });

  it("finds within a second what is sent again, as it was not stored", async () => {
    const { clock, sender, url, answer } = await aQuietQueueOf(64);
    sender.fates.next("write", { fault: "lostRequest" });
    await expect(sender.send(url, "again")).rejects.toThrow();
    await sender.send(url, "again");

    await clock.advance(1000);

    expect(await answer).toEqual(["again"]);
  });

  it("finds within a second what another process moves there as a dead letter", async () => {
    const { clock, sender, answer } = await aQuietQueueOf(64);
    const deadLetterTargetArn = `arn:aws:sqs:us-east-1:${aCaller().account}:queue`;
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1 });
    const source = await sender.create("source", { RedrivePolicy });
    const mover = sender.another(5);
    await sender.send(source, "dead");
    await mover.receive(source, { VisibilityTimeout: 0 });
    await mover.receive(source);
    await clock.advance(1000);

    expect(await answer).toEqual(["dead"]);
  });

  it("finds, having found one, within a second what is sent to any lane", async () => {
    const { clock, sender, receiver, url, answer } = await aQuietQueueOf(64);
    for (let number = 0; number < 8; number += 1) await sender.send(url, `${number}`);
    await clock.advance(1000);
    const found = [...(await answer)];

    const receive = async () => void found.push(...bodiesOf(await receiver.receive(url, wait)));
    for (let receives = 0; receives < 8; receives += 1) void receive();
    await clock.advance(1000);

    expect(found).toHaveLength(8);
  });

  it("finds by turns what no sign tells of", async () => {
    const { clock, table, sender, url, answer } = await aQuietQueueOf(64);
    await sender.send(url, "first");
    await sender.send(url, "second");
    // Somebody else has received and deleted the first one.
    for (const item of [...table.items()].filter(({ pk }) => pk.endsWith(".0.0"))) {
      await table.write({ kind: "delete", key: item, when: [] });
    }

    await clock.advance(126_000);

    expect(await answer).toEqual(["second"]);
  });
});
