import { describe, expect, it } from "vitest";
import { aQueue, bodiesOf, ownTable, type TestProcess } from "./aQueue.ts";

const large = "a".repeat(10_000);

/** Everything that is stored besides queues. */
function storedIn({ table }: TestProcess): number {
  return [...table.items()].filter(({ pk }) => !pk.startsWith("queues.")).length;
}

describe("a purge", () => {
  it("is one write: messages in whatever state are gone, and their handles mean nothing", async () => {
    const { process, url } = await aQueue();
    await process.send(url, "available");
    await process.sendAfter(url, 60, "delayed");
    const [message] = await process.receive(url);
    process.fates.calls.length = 0;

    await process.operate("PurgeQueue", url);

    expect(process.fates.calls.map(({ kind }) => kind)).toEqual(["get", "write"]);
    expect(await process.counts(url)).toEqual([0, 0, 0]);
    if (message !== undefined) await process.remove(url, message);
    await expect(process.change(url, message, 0)).rejects.toThrow("does not exist");
  });

  it("hides messages from other processes when they ask for the queue anew", async () => {
    const { process, clock, url } = await aQueue();
    const other = process.another();
    await process.send(url, "a");
    await other.counts(url);

    await process.operate("PurgeQueue", url);
    await clock.advance(2000);

    expect(await other.receive(url)).toEqual([]);
  });

  it("makes room where that costs room: segments and chunks of the time before", async () => {
    const { process, clock, url } = await aQueue({ traits: ownTable });
    for (let sent = 0; sent < 600; sent += 1) await process.send(url, "a");
    await process.send(url, large);

    await process.operate("PurgeQueue", url);
    await process.send(url, "new");
    await clock.settle();
    await clock.settle();

    expect(storedIn(process)).toBe(1);
    expect(bodiesOf(await process.receive(url))).toEqual(["new"]);
  });

  it("leaves all to expire where that is free", async () => {
    const { process, clock, url } = await aQueue();
    await process.send(url, "a");

    await process.operate("PurgeQueue", url);
    await clock.settle();

    expect(storedIn(process)).toBe(1);
  });

  it("that cannot make room says so, and is a purge all the same", async () => {
    const { process, clock, url } = await aQueue({ traits: ownTable });
    await process.send(url, "a");
    process.fates.next("query", { fault: "lostRequest" });

    await process.operate("PurgeQueue", url);
    await clock.settle();

    expect(process.events).toMatchObject([{ event: "background.failed", name: "reclaim" }]);
    expect(await process.receive(url)).toEqual([]);
  });
});

describe("the deletion of a queue", () => {
  it("makes room, and leaves nothing to a queue of the same name", async () => {
    const { process, clock, url } = await aQueue({ traits: ownTable });
    await process.send(url, "a", large);

    await process.operate("DeleteQueue", url);
    await clock.settle();
    await process.create("queue");

    expect(storedIn(process)).toBe(0);
    expect(await process.receive(url)).toEqual([]);
  });
});
