import { describe, expect, it } from "vitest";
import type { Query } from "#table/table.ts";
import { FakeClock } from "../../support/fakeClock.ts";
import { MemoryTable } from "../../support/memoryTable.ts";
import { aQueue, bodiesOf, countsOf, ownTable, TestProcess } from "./aQueue.ts";

/** Queries, with what is asked of them. */
class WatchedTable extends MemoryTable {
  readonly queries: Query[] = [];

  override async query(query: Query) {
    this.queries.push(query);
    return await super.query(query);
  }
}

async function aWatchedQueue() {
  const clock = new FakeClock();
  const table = new WatchedTable({ traits: ownTable });
  const process = new TestProcess(table, clock);
  return { process, clock, table, url: await process.create("queue") };
}

function numbers(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${index}`);
}

describe("a look for messages", () => {
  it("reads few segments at first, and then more and more", async () => {
    const { process, clock, table, url } = await aWatchedQueue();
    for (const body of numbers(300)) await process.send(url, body);
    for (let taken = 0; taken < 300; taken += 10) await process.receive(url);
    await clock.advance(1);
    await process.send(url, "last");
    const messages = await process.receive(url);
    // A change to now has the next look begin at the head.
    await process.change(url, messages[0], 0);
    table.queries.length = 0;

    expect(bodiesOf(await process.receive(url, { MaxNumberOfMessages: 1 }))).toEqual(["last"]);
    expect(table.queries.map(({ limit }) => limit)).toEqual([4, 16, 64, 256]);
  });

  it("skips what it has seen in flight, and reads none of it again", async () => {
    const { process, clock, table, url } = await aWatchedQueue();
    for (const body of numbers(300)) await process.send(url, body);
    for (let taken = 0; taken < 300; taken += 10) await process.receive(url);
    await clock.advance(1);
    await process.receive(url);
    table.queries.length = 0;

    await process.send(url, "last");

    expect(bodiesOf(await process.receive(url))).toEqual(["last"]);
    expect(table.queries).toHaveLength(1);
  });

  it("begins no earlier than the retention period reaches", async () => {
    const { process, clock, table, url } = await aWatchedQueue();
    await process.set(url, { MessageRetentionPeriod: "60" });
    await process.send(url, "old");
    await clock.advance(60_001);
    table.queries.length = 0;

    const messages = await process.receive(url);

    expect(messages).toEqual([]);
    expect(table.queries.map(({ from }) => Number.parseInt(from.slice(0, 9), 36))).toEqual([
      clock.nowMs() - 60_000,
    ]);
  });

  it("finds, within two seconds, what arrives behind a skip from another process", async () => {
    const { process, clock, url } = await aQueue();
    const slow = process.another();
    await process.send(url, "first");
    await clock.advance(5000);
    slow.fates.next("write", { before: async () => await clock.advance(10_000) });
    const sending = slow.send(url, "late");
    await clock.settle();
    const held = await process.receive(url, { VisibilityTimeout: 600 });
    await process.receive(url);
    await sending;

    await clock.advance(2000);

    expect(bodiesOf(held)).toEqual(["first"]);
    expect(bodiesOf(await process.receive(url))).toEqual(["late"]);
  });

  it("finds what another process makes available again within two seconds", async () => {
    const { process, clock, url } = await aQueue();
    const other = process.another();
    await process.send(url, "a");
    await clock.advance(5000);
    const [message] = await process.receive(url, { VisibilityTimeout: 600 });
    await process.receive(url);
    await other.change(url, message, 0);

    await clock.advance(2000);

    expect(countsOf(await process.receive(url))).toEqual([2]);
  });

  it("finds at once what this process makes available, though it was told of a failure", async () => {
    const { process, clock, url } = await aQueue({ traits: ownTable });
    await process.send(url, "a");
    await clock.advance(1);
    const [message] = await process.receive(url, { VisibilityTimeout: 600 });
    await process.receive(url);
    process.fates.next("write", { fault: "lostAnswer" });

    await expect(process.change(url, message, 0)).rejects.toThrow("the answer was lost");

    expect(countsOf(await process.receive(url))).toEqual([2]);
  });
});

describe("a claim", () => {
  it("is one write, for however many messages of a segment", async () => {
    const { process, url } = await aQueue();
    await process.send(url, ...numbers(10));
    process.fates.calls.length = 0;

    await process.receive(url);

    expect(process.fates.calls.map(({ kind }) => kind)).toEqual(["query", "write"]);
  });

  it("counts its timeout from itself, however long the look took", async () => {
    const { process, clock, url } = await aQueue({ traits: ownTable });
    await process.send(url, "a");
    process.fates.next("query", { after: async () => await clock.advance(3000) });

    await process.receive(url, { VisibilityTimeout: 5 });

    await clock.advance(4999);
    const early = await process.receive(url);
    await clock.advance(1);
    expect([early, bodiesOf(await process.receive(url))]).toEqual([[], ["a"]]);
  });

  it("whose answer is lost hides the messages for their timeout, and loses none", async () => {
    const { process, clock, url } = await aQueue();
    await process.send(url, "a", "b");
    process.fates.next("write", { fault: "lostAnswer" });

    await expect(process.receive(url, { VisibilityTimeout: 5 })).rejects.toThrow("was lost");
    const early = await process.receive(url);
    await clock.advance(5000);

    expect(early).toEqual([]);
    expect(countsOf(await process.receive(url))).toEqual([2, 2]);
  });

  it("that the table sends twice holds the messages all the same", async () => {
    const { process, url } = await aQueue();
    await process.send(url, "a");
    process.fates.next("write", { fault: "sentTwice" });

    expect(countsOf(await process.receive(url))).toEqual([1]);
  });

  it("that loses to another process goes on to other messages", async () => {
    const { process, url } = await aQueue();
    const other = process.another();
    for (const body of ["a", "b"]) await process.send(url, body);
    process.fates.next("write", {
      before: async () => await other.receive(url, { MaxNumberOfMessages: 1 }),
    });

    const messages = await process.receive(url, { MaxNumberOfMessages: 1 });

    expect(bodiesOf(messages)).toEqual(["b"]);
  });
});

describe("what is taken", () => {
  it("is handed over when a later look fails", async () => {
    const { process, url } = await aQueue();
    const other = process.another();
    for (const body of ["a", "b", "c"]) await process.send(url, body);
    // Having lost one of its messages to another, the receive looks again.
    process.fates.next("writeMany", {
      before: async () => await other.receive(url, { MaxNumberOfMessages: 1 }),
      after: async () => process.fates.next("query", { fault: "lostRequest" }),
    });

    const messages = await process.receive(url);

    expect(bodiesOf(messages)).toEqual(["b", "c"]);
    expect(process.events).toMatchObject([{ event: "receive.cutShort", queue: "queue" }]);
  });

  it("is given back when its contents cannot be read", async () => {
    const { process, url } = await aQueue({ traits: ownTable });
    await process.send(url, "a".repeat(10_000));
    process.fates.next("getMany", { fault: "lostRequest" });

    await expect(process.receive(url)).rejects.toThrow("the request was lost");

    expect(countsOf(await process.receive(url))).toEqual([1]);
  });
});

describe("a segment that holds no message any more", () => {
  it("is removed with its chunks by the next look that meets it", async () => {
    const { process, clock, table, url } = await aQueue({ traits: ownTable });
    await process.send(url, "a".repeat(10_000), "b".repeat(10_000));
    const messages = await process.receive(url);
    // The last slot goes, and the process dies before it removes the item.
    process.fates.next("write", {});
    process.fates.next("write", {});
    process.fates.next("write", { fault: "lostRequest" });
    for (const message of messages) await process.remove(url, message).catch(() => undefined);
    const before = [...table.items()].length;
    await clock.advance(20_000);

    await process.receive(url);
    await process.receive(url);

    expect(before).toBeGreaterThan(1);
    expect([...table.items()].map(({ pk }) => pk)).toEqual(["queues.000000000000"]);
  });
});
