import { describe, expect, it } from "vitest";
import type { Item } from "#table/table.ts";
import { aQueue, bodiesOf, ownTable, type TestProcess } from "./aQueue.ts";

function segmentsOf({ table }: TestProcess): readonly Item[] {
  return [...table.items()].filter(({ pk }) => !pk.startsWith("queues.") && !pk.includes("/"));
}

function sizesOf(process: TestProcess): readonly unknown[] {
  return segmentsOf(process).map(({ n = 1 }) => n);
}

describe("a send", () => {
  it("is one insert, and no read", async () => {
    const { process, url } = await aQueue();
    process.fates.calls.length = 0;

    await process.send(url, "a", "b", "c");

    expect(process.fates.calls).toMatchObject([{ kind: "write", writes: [{ kind: "insert" }] }]);
    expect(sizesOf(process)).toEqual([3]);
  });

  it("of messages with different delays is one round trip of a segment each", async () => {
    const { process, url } = await aQueue();

    const ids = await process.sendEach(url, [
      { body: "a", delaySeconds: 0 },
      { body: "b", delaySeconds: 2 },
      { body: "c", delaySeconds: 0 },
    ]);

    expect(sizesOf(process).toSorted()).toEqual([1, 2]);
    expect(process.fates.calls.at(-1)).toMatchObject({ kind: "writeMany" });
    const messages = await process.receive(url);
    expect(messages.map(({ MessageId }) => MessageId)).toEqual([ids[0], ids[2]]);
    expect(bodiesOf(messages)).toEqual(["a", "c"]);
  });

  it("of messages too large to be read together keeps them apart, and in order", async () => {
    const { process, url } = await aQueue({ traits: ownTable });
    const bodies = ["a", "b", "c", "d"].map((letter) => letter.repeat(30_000));

    await process.send(url, ...bodies);

    expect(sizesOf(process)).toEqual([2, 2]);
    expect(bodiesOf(await process.receive(url))).toEqual(bodies);
  });

  it("comes after all that its process sent before, within a millisecond too", async () => {
    const { process, url } = await aQueue();
    const bodies = Array.from({ length: 10 }, (_, index) => `${index}`);

    for (const body of bodies) await process.send(url, body);

    expect(bodiesOf(await process.receive(url))).toEqual(bodies);
  });

  it("is announced to receives that wait when it is durable, and not before", async () => {
    const { process, url, clock } = await aQueue({ traits: ownTable });
    const answer = process.receive(url, { WaitTimeSeconds: 20 });
    await clock.settle();
    const looks = process.fates.count("query");
    let looksBefore = 0;
    process.fates.next("write", {
      after: async () => {
        await clock.settle();
        looksBefore = process.fates.count("query");
      },
    });

    await process.send(url, "a");

    expect(looksBefore).toBe(looks);
    expect(bodiesOf(await answer)).toEqual(["a"]);
  });
});

describe("a send whose answer is lost", () => {
  it("is recognised when the table sends it again: one message, one id", async () => {
    const { process, url } = await aQueue();
    process.fates.next("write", { fault: "sentTwice" });

    const ids = await process.send(url, "a");

    const messages = await process.receive(url);
    expect(messages.map(({ MessageId }) => MessageId)).toEqual(ids);
  });

  it("is recognised when somebody has received it meanwhile", async () => {
    const { process, url } = await aQueue();
    const other = process.another();
    process.fates.next("write", { fault: "sentTwice", between: () => other.receive(url) });

    await process.send(url, "a");

    expect(await process.counts(url)).toEqual([0, 1, 0]);
  });

  it("fails, and the message is there: it is for the caller to send it again", async () => {
    const { process, url } = await aQueue();
    process.fates.next("write", { fault: "lostAnswer" });

    await expect(process.send(url, "a")).rejects.toThrow("the answer was lost");

    expect(bodiesOf(await process.receive(url))).toEqual(["a"]);
  });

  it("stores nothing when the chunks are stored and the segment is not", async () => {
    const { process, url } = await aQueue({ traits: ownTable });
    process.fates.next("write", { fault: "lostRequest" });

    await expect(process.send(url, "a".repeat(10_000))).rejects.toThrow("the request was lost");

    expect(await process.counts(url)).toEqual([0, 0, 0]);
    expect(await process.receive(url)).toEqual([]);
  });

  it("takes another key when its own belongs to somebody else", async () => {
    const { process, url, table } = await aQueue();
    process.fates.next("write", {
      before: async () => {
        const [insert] = process.fates.calls.at(-1)?.writes ?? [];
        if (insert?.kind !== "insert") throw new Error("expected an insert");
        const item: Item = { ...insert.item, b: Buffer.from("\u0000\u0000theirs") };
        await table.write({ kind: "insert", item });
      },
    });

    await process.send(url, "ours");

    expect(bodiesOf(await process.receive(url)).toSorted()).toEqual(["ours", "theirs"]);
  });
});

describe("a send with large contents, where calls take effect at once", () => {
  const atOnce = { ...ownTable, appliesAtOnce: true };
  const large = "a".repeat(10_000);

  it("waits for both its contents and its segment, and for neither before the other", async () => {
    const { process, url, clock } = await aQueue({ traits: atOnce });
    const isStored = Promise.withResolvers<void>();
    process.fates.next("writeMany", { after: () => isStored.promise });
    let isAnswered = false;

    const sending = process.send(url, large).then(() => {
      isAnswered = true;
    });
    await clock.settle();
    const before = { isAnswered, writes: process.fates.calls.at(-1)?.writes };
    isStored.resolve();
    await sending;

    expect(before).toMatchObject({ isAnswered: false, writes: [{ kind: "insert" }] });
    expect(bodiesOf(await process.receive(url))).toEqual([large]);
  });

  it("fails when its contents could not be stored, and nobody receives it", async () => {
    const { process, url } = await aQueue({ traits: atOnce });
    process.fates.next("writeMany", { fault: "lostRequest" });

    await expect(process.send(url, large)).rejects.toThrow("the request was lost");

    expect(await process.receive(url)).toEqual([]);
    expect(await process.counts(url)).toEqual([0, 0, 0]);
  });
});
