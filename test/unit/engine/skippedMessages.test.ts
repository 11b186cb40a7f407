import { describe, expect, it } from "vitest";
import { inFlightMax } from "#contract/limits.ts";
import { isOverInFlightLimit } from "#engine/inFlightLimit.ts";
import { LaneMemories } from "#engine/laneMemory.ts";
import { lanesOf } from "#engine/lanes.ts";
import { queueKey, readQueueItem } from "#engine/queue.ts";
import type { Query, Write } from "#table/table.ts";
import { FakeClock } from "../../support/fakeClock.ts";
import { MemoryTable } from "../../support/memoryTable.ts";
import { SeededRandom } from "../../support/seededRandom.ts";
import { aQueue, bodiesOf, TestProcess } from "./aQueue.ts";

const account = "000000000000";
const random = new SeededRandom(1);

/** Gives a queue lanes, as growth would have. */
async function setLanes({ table, clock }: TestProcess, lanes: number): Promise<void> {
  const key = queueKey(account, "queue");
  const item = await table.get(key);
  const q = JSON.stringify({ ...JSON.parse(String(item?.["q"])), lanes });
  await table.write({ kind: "patch", key, set: { q, v: Number(item?.["v"]) + 1 }, when: [] });
  await clock.advance(2000);
}

/** A table that refuses to read chosen lanes, and notes what it is asked for. */
class LanesTable extends MemoryTable {
  readonly queries: Query[] = [];
  refuses: (query: Query) => boolean = () => false;
  /** The lane of the last message that was sent. */
  sentTo = "";

  override async write(write: Write) {
    if (write.kind === "insert") this.sentTo = write.item.pk;
    return await super.write(write);
  }

  override async query(query: Query) {
    this.queries.push(query);
    if (this.refuses(query)) throw new Error("lost");
    return await super.query(query);
  }
}

/** A queue of many lanes with one message in flight, which has been skipped and returns now. */
async function aReturnInManyLanes(seed: number) {
  const table = new LanesTable();
  const process = new TestProcess(table, new FakeClock(), seed);
  const url = await process.create("queue", { VisibilityTimeout: "30" });
  await setLanes(process, 16);
  await process.send(url, "returns");
  await process.receive(url);
  await process.clock.advance(3000);
  await process.receive(url);
  await process.clock.advance(27_000);
  table.queries.length = 0;
  return { process, table, url };
}

describe("a message that returns in one of many lanes", () => {
  it("is found in time, though a look at another lane failed while it was read", async () => {
    let overlapped = 0;
    for (let seed = 1; seed <= 30; seed += 1) {
      const { process, table, url } = await aReturnInManyLanes(seed);
      table.refuses = ({ pk }) => table.queries.length > 1 && pk !== table.sentTo;
      const isHalfRead = await process.receive(url).then(
        () => false,
        () => table.queries.some(({ from, to }) => from === to),
      );
      if (!isHalfRead) continue;
      overlapped += 1;
      table.refuses = () => false;
      await process.clock.advance(1000);

      expect(bodiesOf(await process.receive(url))).toEqual(["returns"]);
    }
    expect(overlapped).toBeGreaterThan(0);
  });
});

/** A queue to which a message is being sent so slowly that a later one is in flight by now. */
async function aSlowSend() {
  const { process, clock, url } = await aQueue({ attributes: { VisibilityTimeout: "3600" } });
  const stored = Promise.withResolvers<void>();
  process.fates.next("write", { before: () => stored.promise });
  const sending = process.send(url, "late");
  await clock.advance(1);
  await process.send(url, "in time");
  await process.receive(url);
  await clock.advance(3000);
  const store = async (): Promise<void> => {
    stored.resolve();
    await sending;
  };
  return { process, url, store };
}

describe("what this process sends", () => {
  it("is found at once, though its write took so long that what came later is skipped", async () => {
    const { process, url, store } = await aSlowSend();
    // So that a look back has just been, and the next is not due.
    await process.receive(url);
    await process.receive(url);
    await store();

    expect(bodiesOf(await process.receive(url))).toEqual(["late"]);
  });

  it("is found at once, though a look was on its way that skips what came later", async () => {
    const { process, url, store } = await aSlowSend();
    process.fates.next("query", { after: store });
    await process.receive(url);

    expect(bodiesOf(await process.receive(url))).toEqual(["late"]);
  });
});

describe("the limit of messages in flight", () => {
  it("holds although nothing is in flight in another lane", async () => {
    const { process, clock, table } = await aQueue();
    await setLanes(process, 2);
    const item = await table.get(queueKey(account, "queue"));
    const entry = item === undefined ? undefined : readQueueItem(item, account);
    if (entry?.kind !== "live") throw new Error("expected a queue");
    const lanes = new LaneMemories(true);
    const [{ partition } = { partition: "" }] = lanesOf(entry.queue);
    const { shared } = lanes.of(partition);
    const wish = { head: "", nowMs: clock.nowMs(), wanted: 1, isContended: false, random };
    shared?.settle(shared.plan(wish), {
      returns: [],
      isFruitful: false,
      lookBack: undefined,
      behind: [{ sk: "0", inFlight: inFlightMax, returnsAtMs: Infinity }],
      mayBeStale: false,
    });

    const isOver = isOverInFlightLimit({ lanes, clock }, entry.queue);

    expect(isOver).toBe(true);
  });
});
