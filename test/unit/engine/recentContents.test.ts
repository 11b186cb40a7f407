import { describe, expect, it } from "vitest";
import { RecentContents } from "#engine/recentContents.ts";
import type { Segment } from "#engine/segment.ts";
import { storeContents } from "#engine/segmentContents.ts";
import type { Key } from "#table/table.ts";
import { MemoryTable } from "../../support/memoryTable.ts";
import { aQueue, bodiesOf, ownTable } from "./aQueue.ts";

const account = "000000000000";
const taken = { account, isLast: false };

/** Reads that find chunks are counted, and fail when told to. */
class ReadTable extends MemoryTable {
  reads = 0;
  isDown = false;

  override async getMany(keys: readonly Key[]) {
    this.reads += 1;
    if (this.isDown) throw new Error("the table is down");
    return await super.getMany(keys);
  }
}

/** Segments whose contents are in chunks, and a table that has those. */
async function aTable(segments: number) {
  const table = new ReadTable({ traits: ownTable });
  const stored: Segment[] = [];
  for (let number = 0; number < segments; number += 1) {
    const body = `${number} ${"a".repeat(10_000)}`;
    const contents = await storeContents(
      table,
      [{ body, attributes: new Map(), senderId: account }],
      { account, stateBytes: 100, pk: `q/${number}`, expiresAtSeconds: 2_000_000_000 },
    );
    stored.push({
      key: { pk: "q.0.0", sk: `${number}` },
      startsAtMs: 0,
      delayMs: 0,
      slots: [{ kind: "fresh" }, { kind: "fresh" }],
      contents,
      expiresAtSeconds: 2_000_000_000,
    });
  }
  return { table, stored, recent: new RecentContents(table) };
}

describe("contents of which a part was taken", () => {
  it("are read once for all receives, though they come at the same moment", async () => {
    const { table, stored, recent } = await aTable(1);

    const reads = await Promise.all(
      stored.flatMap((segment) => [1, 2, 3].map(() => recent.read(segment, taken))),
    );

    expect(reads.map((contents) => contents?.[0]?.body.length)).toEqual([10_002, 10_002, 10_002]);
    expect(table.reads).toBe(1);
  });

  it("are let go with the last of them", async () => {
    const { table, stored, recent } = await aTable(1);

    for (const segment of stored) {
      await recent.read(segment, taken);
      await recent.read(segment, { account, isLast: true });
      await recent.read(segment, taken);
    }

    expect(table.reads).toBe(2);
  });

  it("are let go when many others are asked for", async () => {
    const { table, stored, recent } = await aTable(66);
    for (const segment of stored) await recent.read(segment, taken);
    table.reads = 0;

    for (const segment of stored.toReversed()) await recent.read(segment, taken);

    expect(table.reads).toBe(2);
  });

  it("are asked for again when they could not be read", async () => {
    const { table, stored, recent } = await aTable(1);
    table.isDown = true;
    const failed = await Promise.allSettled(stored.map((segment) => recent.read(segment, taken)));
    table.isDown = false;

    const found = await Promise.all(stored.map((segment) => recent.read(segment, taken)));

    expect(failed.map(({ status }) => status)).toEqual(["rejected"]);
    expect(found.map((contents) => contents?.length)).toEqual([1]);
  });

  it("are read beside the claim on a table of one process, not after it", async () => {
    const { process, url, clock } = await aQueue({ traits: ownTable });
    await process.send(url, "a".repeat(10_000));
    const isClaimed = Promise.withResolvers<void>();
    process.fates.next("write", { after: () => isClaimed.promise });

    const receiving = process.receive(url);
    await clock.settle();
    const reads = process.fates.count("getMany");
    isClaimed.resolve();

    expect(bodiesOf(await receiving)).toEqual(["a".repeat(10_000)]);
    expect([reads, process.fates.count("getMany")]).toEqual([1, 1]);
  });

  it("are read once by receives of one message each", async () => {
    const { process, url } = await aQueue({ traits: ownTable });
    const bodies = Array.from({ length: 9 }, (_, number) => `${number} ${"a".repeat(1500)}`);
    await process.send(url, ...bodies);
    const received: (string | undefined)[] = [];

    for (let taken = 0; taken < bodies.length; taken += 1) {
      received.push(...bodiesOf(await process.receive(url, { MaxNumberOfMessages: 1 })));
    }

    expect(received).toEqual(bodies);
    expect(process.fates.count("getMany")).toBe(1);
  });
});
