import { describe, expect, it } from "vitest";
import type { Page, Query } from "#table/table.ts";
import { FakeClock } from "../../support/fakeClock.ts";
import { MemoryTable } from "../../support/memoryTable.ts";
import { aQueue, TestProcess } from "./aQueue.ts";

describe("the counts of a queue", () => {
  it("say of each message in each segment where it stands", async () => {
    const { process, clock, url } = await aQueue();
    await process.send(url, "a", "b", "c");
    const [first] = await process.receive(url, { MaxNumberOfMessages: 1 });
    await process.receive(url, { MaxNumberOfMessages: 1 });
    await process.sendAfter(url, 10, "d", "e");
    const counts = [await process.counts(url)];
    if (first !== undefined) await process.remove(url, first);
    counts.push(await process.counts(url));
    await clock.advance(10_000);
    counts.push(await process.counts(url));
    await clock.advance(20_000);
    counts.push(await process.counts(url));

    expect(counts).toEqual([
      [1, 2, 2],
      [1, 1, 2],
      [3, 1, 0],
      [4, 0, 0],
    ]);
  });

  it("leave out what has outlived its retention period, in whatever state", async () => {
    const { process, clock, url } = await aQueue({ attributes: { MessageRetentionPeriod: "60" } });
    await process.send(url, "a", "b");
    await process.receive(url, { MaxNumberOfMessages: 1, VisibilityTimeout: 600 });
    await process.sendAfter(url, 50, "c");

    await clock.advance(60_000);

    expect(await process.counts(url)).toEqual([0, 0, 0]);
  });

  it("assume of a very long lane that the rest is like what was read", async () => {
    const clock = new FakeClock({ turns: 1 });
    const process = new TestProcess(new ShortPages(), clock);
    const url = await process.create("queue");
    for (let sent = 0; sent < 400; sent += 1) {
      await process.send(url, "a", "b");
      await clock.advance(100);
    }

    const [available = 0, ...others] = await process.counts(url);

    // The first 200 segments are counted, and the times of all say that there are twice as many.
    expect(Math.abs(available - 800)).toBeLessThan(10);
    expect(others).toEqual([0, 0]);
  });
});

/** A table that gives one item a page. */
class ShortPages extends MemoryTable {
  override async query(query: Query): Promise<Page> {
    return await super.query({ ...query, limit: 1 });
  }
}
