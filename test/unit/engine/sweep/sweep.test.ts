import { describe, expect, it } from "vitest";
import { type Queue, queueKey, readQueueItem } from "#engine/queue.ts";
import { writeSlot } from "#engine/slot.ts";
import type { SweepReport } from "#engine/sweep/sweepReport.ts";
import { aQueue, ownTable, type TestProcess } from "../aQueue.ts";

const account = "000000000000";
const fifo = { FifoQueue: "true" };

function figuresOf({ queues }: SweepReport, name: string) {
  const found = queues.find((queue) => queue.name === name);
  if (found === undefined) return undefined;
  const { available, inFlight, delayed, oldestAgeMs } = found;
  return [available, inFlight, delayed, oldestAgeMs];
}

async function queueOf({ table }: Pick<TestProcess, "table">, name: string): Promise<Queue> {
  const item = await table.get(queueKey(account, name));
  const entry = item === undefined ? undefined : readQueueItem(item, account);
  if (entry?.kind !== "live") throw new Error("expected a queue");
  return entry.queue;
}

function cursorsOf({ table }: TestProcess): readonly unknown[] {
  return [...table.items()].filter(({ pk }) => pk === "sweep");
}

describe("the figures of a standard queue", () => {
  it("say where its messages stand, and how old the oldest is", async () => {
    const { process, clock, url } = await aQueue();
    await process.send(url, "a");
    await clock.advance(5000);
    await process.send(url, "b", "c");
    await process.receive(url, { MaxNumberOfMessages: 1 });
    await process.sendAfter(url, 60, "d");

    const report = await process.sweep();

    expect(figuresOf(report, "queue")).toEqual([2, 1, 1, 5000]);
  });

  it("are nothing for an empty one", async () => {
    const { process } = await aQueue();

    const report = await process.sweep();

    expect(figuresOf(report, "queue")).toEqual([0, 0, 0, 0]);
    expect(report.totals).toEqual({ deadLetters: 0, oldestAgeMs: 0 });
  });

  it("are estimated when it is very long", async () => {
    const { process, clock, url } = await aQueue();
    for (let sent = 0; sent < 12_000; sent += 1) {
      await process.send(url, "a");
      if (sent % 100 === 0) await clock.advance(10);
    }

    const [available = 0] = figuresOf(await process.sweep(), "queue") ?? [];

    expect(Math.abs(available - 12_000)).toBeLessThan(600);
  });
});

describe("the figures of a FIFO queue", () => {
  it("count overflow pages, and all groups", async () => {
    const { process, clock } = await aQueue();
    const url = await process.create("q.fifo", fifo);
    const bodies = Array.from({ length: 40 }, (_, index) => `${index} ${"x".repeat(100)}`);
    await process.sendOfGroup(url, "one", ...bodies);
    await clock.advance(3000);
    await process.sendOfGroup(url, "two", "a", "b");
    await process.receive(url, { MaxNumberOfMessages: 3 });

    const report = await process.sweep();

    expect(figuresOf(report, "q.fifo")).toEqual([39, 3, 0, 3000]);
  });
});

describe("the totals", () => {
  it("count what is available in dead-letter queues, and know the oldest message", async () => {
    const { process, clock, url } = await aQueue();
    const dead = await process.create("dead");
    const deadLetterTargetArn = `arn:aws:sqs:us-east-1:${account}:dead`;
    const policy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1 });
    await process.set(url, { RedrivePolicy: policy });
    await process.send(dead, "a", "b");
    await clock.advance(7000);
    await process.send(url, "c", "d", "e");

    const { totals } = await process.sweep();

    expect(totals).toEqual({ deadLetters: 2, oldestAgeMs: 7000 });
  });
});

describe("a run that ends early", () => {
  async function manyQueues() {
    const { process, clock, url } = await aQueue();
    const names = Array.from({ length: 20 }, (_, index) => `q${String(index).padStart(2, "0")}`);
    for (const name of names) {
      const created = await process.create(name);
      await process.send(created, "a", "b");
    }
    return { process, clock, url, names: ["queue", ...names].toSorted() };
  }

  const seenIn = ({ queues }: SweepReport) => queues.map(({ name }) => name);

  it("for its items is gone on with, until every queue was seen", async () => {
    const { process, names } = await manyQueues();

    const reports = [await process.sweep({ itemsMax: 1 })];
    const cursors = [cursorsOf(process).length];
    while (reports.at(-1)?.totals === undefined && reports.length < 10) {
      reports.push(await process.sweep({ itemsMax: 1 }));
      cursors.push(cursorsOf(process).length);
    }

    expect(reports.flatMap(seenIn)).toEqual(names);
    expect(cursors).toEqual([1, 1, 0]);
    expect(reports.map(({ totals }) => totals)).toEqual([
      undefined,
      undefined,
      { deadLetters: 0, oldestAgeMs: expect.any(Number) },
    ]);
  });

  it("for its time sees some queues all the same", async () => {
    const { process, names } = await manyQueues();

    const report = await process.sweep({ forMs: 0 });

    expect(seenIn(report)).toEqual(names.slice(0, 8));
  });

  it("adds up the totals of all its runs", async () => {
    const { process, clock } = await manyQueues();
    const source = await process.create("z");
    const policies = ["q00", "q19"].map((name) =>
      JSON.stringify({
        deadLetterTargetArn: `arn:aws:sqs:us-east-1:${account}:${name}`,
        maxReceiveCount: 1,
      }),
    );
    await process.set(source, { RedrivePolicy: policies[0] ?? "" });
    await process.set(await process.create("zz"), { RedrivePolicy: policies[1] ?? "" });
    await clock.advance(1000);

    let report = await process.sweep({ itemsMax: 1 });
    while (report.totals === undefined) report = await process.sweep({ itemsMax: 1 });

    expect(report.totals).toEqual({ deadLetters: 4, oldestAgeMs: 1000 });
  });

  it("inside a long queue is gone on with, behind what every run reads", async () => {
    const { process, clock, url } = await aQueue({ attributes: { VisibilityTimeout: "1" } });
    const dead = await process.create("dead");
    for (let sent = 0; sent < 9000; sent += 1) {
      if (sent % 100 === 0) await clock.advance(500);
      await process.send(url, "in front");
    }
    await process.send(url, "exhausted");
    await exhaustLast(process, url);
    const deadLetterTargetArn = `arn:aws:sqs:us-east-1:${account}:dead`;
    const policy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 3 });
    await process.set(url, { RedrivePolicy: policy });

    const runs = [await process.sweep({ itemsMax: 8000 }), await process.sweep()];

    expect(runs.map(({ deadLettered }) => deadLettered)).toEqual([0, 1]);
    expect(await process.counts(dead)).toEqual([1, 0, 0]);
    expect(cursorsOf(process)).toEqual([]);
  });
});

describe("a lane that is longer than two runs read of it", () => {
  it("is gone through in several runs, from where the last one was", async () => {
    const { process, clock, url } = await aQueue();
    const dead = await process.create("dead");
    for (let sent = 0; sent < 400; sent += 1) {
      if (sent % 100 === 0) await clock.advance(1000);
      await process.send(url, "in front");
    }
    await exhaustLast(process, url);
    // Of 64 lanes each is read by 125 segments, and 125 behind those.
    await setLanes(process, 64);
    const deadLetterTargetArn = `arn:aws:sqs:us-east-1:${account}:dead`;
    const policy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 3 });
    await process.set(url, { RedrivePolicy: policy });
    const moved: number[] = [];
    const cursors: number[] = [];

    for (let runs = 0; runs < 4; runs += 1) {
      moved.push((await process.sweep()).deadLettered);
      cursors.push(cursorsOf(process).length);
    }

    expect(moved).toEqual([0, 0, 1, 0]);
    expect(cursors).toEqual([1, 1, 0, 1]);
    expect(await process.counts(dead)).toEqual([1, 0, 0]);
  });
});

async function setLanes({ table }: TestProcess, lanes: number): Promise<void> {
  const key = queueKey(account, "queue");
  const item = await table.get(key);
  const q = JSON.stringify({ ...JSON.parse(String(item?.["q"])), lanes });
  await table.write({ kind: "patch", key, set: { q, v: Number(item?.["v"]) + 1 }, when: [] });
}

/** Makes the last message of a queue one that was received three times. */
async function exhaustLast({ table, clock }: TestProcess, url: string): Promise<void> {
  const queue = await queueOf({ table }, url.split("/").at(-1) ?? "");
  const segments = [...table.items()].filter(({ pk }) => pk.startsWith(`${queue.id}.`));
  const last = segments.toSorted((left, right) => (left.sk < right.sk ? -1 : 1)).at(-1);
  if (last === undefined) throw new Error("expected a segment");
  const slot = { kind: "received", token: "aaaaaa", receiveCount: 3 } as const;
  const atMs = clock.nowMs();
  const s0 = writeSlot({ ...slot, visibleAtMs: atMs, firstReceivedAtMs: atMs }) ?? "";
  await table.write({ kind: "patch", key: last, set: { s0 }, when: [] });
}

describe("lanes", () => {
  /** Sends so many messages within two seconds, by processes of which each sends little. */
  async function sendFast(process: TestProcess, url: string, count: number) {
    const senders = Array.from({ length: 6 }, (_, index) => process.another(index + 2));
    for (let sent = 0; sent < count; sent += 1) {
      if (sent % 100 === 0) await process.clock.advance(Math.floor((1900 * 100) / count));
      await senders[sent % senders.length]?.send(url, "a");
    }
  }

  it("are doubled where the last seconds hold more than 250 segments each", async () => {
    const { process, url } = await aQueue();
    await sendFast(process, url, 600);
    const before = (await queueOf(process, "queue")).lanes;

    await process.sweep();

    expect([before, (await queueOf(process, "queue")).lanes]).toEqual([1, 2]);
  });

  it("stay where as many were sent over a longer time", async () => {
    const { process, clock, url } = await aQueue();
    await sendFast(process, url, 600);
    await clock.advance(2000);

    await process.sweep();

    expect((await queueOf(process, "queue")).lanes).toBe(1);
  });

  it("are doubled behind a long backlog too", async () => {
    const { process, clock, url } = await aQueue();
    for (let sent = 0; sent < 8200; sent += 1) {
      if (sent % 100 === 0) await clock.advance(600);
      await process.send(url, "a");
    }
    const before = (await queueOf(process, "queue")).lanes;
    await sendFast(process, url, 600);

    await process.sweep();

    expect([before, (await queueOf(process, "queue")).lanes]).toEqual([1, 2]);
  });

  it("stay on a table of its own", async () => {
    const { process, url } = await aQueue({ traits: ownTable });
    await sendFast(process, url, 600);

    await process.sweep();

    expect((await queueOf(process, "queue")).lanes).toBe(1);
  });
});
